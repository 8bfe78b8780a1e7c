//! What providers report of a message and what people answer to it.
//!
//! In: a provider's push, byte by byte from outside. Out: reports and replies as this program means them. Can't happen:
//! a panic on anything; one faulty entry that loses the others; "delivered" read as "read".

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

/// A provider's word on what became of one message.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// What the provider calls the message.
    pub id: String,
    /// The letter's key, where the provider gives it back.
    pub key: String,
    /// The number, eleven digits.
    pub mobile: String,
    /// When it arrived or failed.
    pub at: Option<DateTime<Utc>>,
    /// Whether it reached the telephone.
    pub arrived: bool,
    /// The operator's code and words.
    pub said: String,
}

/// A message that came back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What makes it the same reply when it is pushed again.
    pub id: String,
    /// The number it came from, eleven digits.
    pub mobile: String,
    /// Its words.
    pub text: String,
    /// When it was sent.
    pub at: Option<DateTime<Utc>>,
}

/// A push, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What could be read.
    pub entries: Vec<T>,
    /// How many entries could not.
    pub faulty: usize,
}

/// The push is no list of reports or replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON that this provider pushes")]
pub struct Unreadable;

/// Reads each entry of a list on its own.
pub(super) fn each<T>(entries: Vec<serde_json::Value>, one: fn(serde_json::Value) -> Option<T>) -> Read<T> {
    let all = entries.len();
    let entries: Vec<T> = entries.into_iter().filter_map(one).collect();
    Read { faulty: all - entries.len(), entries }
}

/// A provider's time of day, which is Beijing's without saying so.
pub(super) fn beijing(text: &str) -> Option<DateTime<Utc>> {
    let zone = FixedOffset::east_opt(8 * 3600)?;
    let local = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S").ok()?;
    Some(local.and_local_timezone(zone).single()?.to_utc())
}

/// What a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The notice was received and read.
    Acknowledged,
    /// The sender wants no more messages: a person must call, for the operator may block the number.
    Leave,
    /// For a person to read.
    Other,
}

impl Meaning {
    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Leave => "leave",
            Self::Other => "other",
        }
    }
}

/// What a reply means: 1 and 收到 in the ways people type them are an acknowledgement, nothing else is.
#[must_use]
pub fn meaning(text: &str) -> Meaning {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    let kept: String = text
        .chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace() && !c.is_control() && !c.is_ascii_punctuation())
        .filter(|c| !"，。、；：？！“”‘’（）【】《》…—～·\u{feff}\u{200b}".contains(*c))
        .flat_map(char::to_uppercase)
        .collect();
    match kept.as_str() {
        "1" | "收到" | "已收到" | "收到了" | "1收到" | "收到1" => Meaning::Acknowledged,
        "退订" | "R" | "T" | "TD" | "N" | "退订回T" | "拒收" => Meaning::Leave,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_answer_acknowledges_and_a_doubtful_one_is_for_a_person() {
        for text in ["1", "１", "1.", " 1 ", "“1”", "收到", "收到。", "已收到！", "收到了", "【收到】", "1 收到"]
        {
            assert_eq!(meaning(text), Meaning::Acknowledged, "{text}");
        }
        for text in ["退订", "td", "ＴＤ", "T", "r", "退订回T"] {
            assert_eq!(meaning(text), Meaning::Leave, "{text}");
        }
        for text in ["", "11", "10", "没收到", "收到，但停不了", "什么意思", "1号", "收到？不是我厂", "不"]
        {
            assert_eq!(meaning(text), Meaning::Other, "{text}");
        }
    }

    #[test]
    fn a_providers_time_is_beijings() {
        let at = |t: &str| t.parse::<DateTime<Utc>>().expect("a time");
        assert_eq!(beijing("2017-01-01 07:30:00"), Some(at("2016-12-31T23:30:00Z")));
        assert_eq!(beijing("2017-13-01 07:30:00"), None);
    }

    proptest! {
        #[test]
        fn any_answer_means_something(text in "\\PC{0,40}") {
            let _ = meaning(&text);
            let _ = beijing(&text);
        }
    }
}
