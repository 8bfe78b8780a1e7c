//! Loudspeakers: how a village's text gets to the device that plays it, and how the device's word comes back.
//!
//! In: a village's text with the instant before which playing must begin. Out: an order that a device can carry out
//! without a clock of its own, and what it says of it. Can't happen: an order that a broker or a device still holds when
//! the period has ended (each carries how long it is of use); a word of a device about one attempt taken for another's.

pub mod line;
pub mod mqtt;
pub mod order;
pub mod report;

use chrono::{DateTime, Utc};

/// What a loudspeaker needs to know beside the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playing {
    /// The order's identifier: the letter's key and the attempt, so that a device plays each order once and a person may
    /// still have a text played again.
    pub order: String,
    /// The episode it is about: a later order of the same episode takes the place of an earlier one.
    pub episode: String,
    /// Before this instant it must begin, to be through before the end of the period or of the allowed hours.
    pub begin_before: DateTime<Utc>,
}

/// The identifier of an attempt's order.
#[must_use]
pub fn order_of(key: &str, attempt: i64) -> String {
    format!("{key}.{attempt}")
}

/// The letter's key and the attempt that an order's identifier names.
#[must_use]
pub fn letter_of(order: &str) -> Option<(&str, i64)> {
    let (key, attempt) = order.rsplit_once('.')?;
    Some((key, attempt.parse().ok().filter(|attempt| *attempt > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_its_letter_and_attempt() {
        let order = order_of("straw-wuping-2026-09-12-1.r2.raise.village-500199001201.speech.ab12cd", 3);
        assert_eq!(
            letter_of(&order),
            Some(("straw-wuping-2026-09-12-1.r2.raise.village-500199001201.speech.ab12cd", 3))
        );
        for junk in ["", "a", "a.", "a.b", "a.0", "a.-1", ".99999999999999999999"] {
            assert_eq!(letter_of(junk), None, "{junk}");
        }
    }
}
