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

/// What a far side said of its own accord.
#[derive(Clone, PartialEq, Eq)]
pub enum Came {
    /// What became of a message.
    Report(Report),
    /// What somebody answered.
    Reply(Reply),
    /// Nothing that matters here.
    Nothing,
}

/// The same, until the far side knows that it is on record.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// What.
    pub came: Came,
    /// The connection by which it came, and its number there.
    pub mark: (u64, u32),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_providers_time_is_beijings() {
        let at = |t: &str| t.parse::<DateTime<Utc>>().expect("a time");
        assert_eq!(beijing("2017-01-01 07:30:00"), Some(at("2016-12-31T23:30:00Z")));
        assert_eq!(beijing("2017-13-01 07:30:00"), None);
    }

    proptest! {
        #[test]
        fn any_time_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = beijing(&text);
        }
    }
}
