//! How many parts a message goes in, which is what is paid for.
//!
//! In: the words, signature included. Out: parts, counted as the operators of mainland China count them.

use crate::setting::sms::Price;
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// Characters of a message that goes as one part, and of each part of a longer one (Aliyun Dysmsapi and Tencent
/// Cloud, 短信长度计算: Chinese, letters and signs count alike).
const ONE: usize = 70;
const EACH: usize = 67;

/// How many parts an operator in mainland China counts: up to 70 characters one, else 67 a part. Characters beyond
/// the basic plane count two.
#[must_use]
pub fn segments(text: &str) -> usize {
    let units = text.encode_utf16().count();
    if units <= ONE { 1 } else { units.div_ceil(EACH) }
}

/// What messages come to before they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bill {
    /// How many.
    pub messages: usize,
    /// Their parts.
    pub parts: usize,
    /// What they cost, where the site says what a part does.
    pub cost: Option<Price>,
}

impl Bill {
    /// Of these words at this price a part.
    #[must_use]
    pub fn of<'a>(bodies: impl Iterator<Item = &'a str>, price: Option<Price>) -> Self {
        let (messages, parts) = bodies.fold((0, 0), |(n, parts), body| (n + 1, parts + segments(body)));
        let cost = price.map(|price| price.times(u64::try_from(parts).unwrap_or(u64::MAX)));
        Self { messages, parts, cost }
    }

    /// In words.
    #[must_use]
    pub fn message(&self) -> Message {
        match self.cost {
            None => msg!("sms.bill", messages = self.messages, parts = self.parts),
            Some(cost) => {
                msg!("sms.bill_cost", messages = self.messages, parts = self.parts, cost = cost.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_the_operator_counts_them() {
        for (length, parts) in [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (160, 3)] {
            assert_eq!(segments(&"字".repeat(length)), parts, "{length}");
            assert_eq!(segments(&"a".repeat(length)), parts, "{length}");
        }
        assert_eq!(segments(&"𠮷".repeat(36)), 2, "each counts two");
    }
}
