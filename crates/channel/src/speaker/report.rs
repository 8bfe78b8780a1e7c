//! What a device says of an order.
//!
//! In: the bytes of a status message. Out: a [`Report`]. Can't happen: a panic on what a device sends; a report about
//! no order.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use cuofeng_base::words;

/// Longest reason that is kept, in characters.
const LONGEST: usize = 200;

/// Longest playing that is believed: a day, in seconds.
const LONGEST_SECONDS: f64 = 86_400.0;

words! {
    /// How far an order has come.
    #[derive(PartialOrd, Ord)]
    pub enum Step {
        /// The device has it.
        Accepted = "accepted" as "speaker.accepted",
        /// It is being played.
        Playing = "playing" as "speaker.playing",
        /// It was played to its end.
        Played = "played" as "speaker.played",
        /// It was not, or not to its end.
        Failed = "failed" as "speaker.failed",
    }
}

/// A device's word on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The order's identifier, as it was given.
    pub order: String,
    /// How far it has come.
    pub step: Step,
    /// Seconds that were played.
    pub seconds: Option<u32>,
    /// Why it was not played.
    pub reason: String,
    /// When, by the device's own clock.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Written {
    order: String,
    state: String,
    seconds: Option<f64>,
    #[serde(default)]
    reason: String,
    at: Option<String>,
}

/// Reads a status message: `{"order": …, "state": "played", "seconds": 96, "reason": "", "at": …}`.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Report> {
    let written: Written = serde_json::from_slice(bytes).ok()?;
    let seconds = written.seconds.filter(|s| (0.0..=LONGEST_SECONDS).contains(s)).map(|s| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = s.round() as u32;
        whole
    });
    let at = written.at.and_then(|at| DateTime::parse_from_rfc3339(&at).ok()).map(|at| at.with_timezone(&Utc));
    let reason = written.reason.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    super::letter_of(&written.order)?;
    Some(Report { step: Step::named(&written.state)?, order: written.order, seconds, reason, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_junk_is_nothing() {
        let whole = br#"{"order":"a.1","state":"played","seconds":95.6,"at":"2026-09-13T07:02:00+08:00","more":1}"#;
        let report = read(whole).expect("a report");
        assert_eq!((report.step, report.seconds), (Step::Played, Some(96)));
        assert_eq!(report.at.map(|at| at.timestamp()), Some(1_789_254_120));
        let failed =
            read("{\"order\":\"a.2\",\"state\":\"failed\",\"reason\":\"功放\\n没电\"}".as_bytes()).expect("one");
        assert_eq!((failed.reason.as_str(), failed.seconds), ("功放没电", None));
        for junk in [
            &b""[..],
            b"{}",
            b"[]",
            b"\xff\xfe",
            br#"{"order":"a","state":"played"}"#,
            br#"{"order":"a.1","state":"danced"}"#,
            br#"{"order":1,"state":"played"}"#,
            br#"{"state":"offline"}"#,
        ] {
            assert_eq!(read(junk), None, "{}", String::from_utf8_lossy(junk));
        }
        let odd = read(br#"{"order":"a.1","state":"played","seconds":-1e300,"at":"yesterday"}"#).expect("a report");
        assert_eq!((odd.seconds, odd.at), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_nothing(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&bytes);
        }
    }
}
