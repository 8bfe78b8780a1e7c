//! An instant on the command line.
//!
//! In: `2026-09-12T08:00:00+08:00`; midnight also as `T24:00:00` of the day it ends. Out: the instant. Can't happen: one so far off that what is worked out from it would
//! leave the calendar.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, FixedOffset, ParseError, Utc};

/// The years that are taken.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// An instant as people give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(DateTime<Utc>);

/// Why a text is no such instant.
#[derive(Debug, thiserror::Error)]
pub(super) enum TimeError {
    /// It can't be read.
    #[error(transparent)]
    Unread(#[from] ParseError),
    /// It lies behind the end of its day.
    #[error("the last instant of a day is 24:00")]
    Past,
    /// It lies too far off.
    #[error("the year is not from {} to {}", YEARS.start(), YEARS.end())]
    Far,
}

impl Time {
    /// The instant.
    pub(super) const fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let read = match text.split_once("T24:00:00") {
            Some((day, rest)) => {
                let begins: DateTime<FixedOffset> = format!("{day}T00:00:00{rest}").parse()?;
                let whole = rest.starts_with(['+', '-', 'Z']);
                begins.checked_add_days(Days::new(1)).filter(|_| whole).ok_or(TimeError::Past)?
            }
            None => text.parse()?,
        };
        if YEARS.contains(&read.year()) { Ok(Self(read.to_utc())) } else { Err(TimeError::Far) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_may_be_written_as_the_end_of_its_day() {
        let time = |text: &str| text.parse::<Time>().ok();
        assert_eq!(time("2026-09-12T24:00:00+08:00"), time("2026-09-13T00:00:00+08:00"));
        assert_eq!(time("2026-12-31T24:00:00Z"), time("2027-01-01T00:00:00Z"));
        for text in ["2026-09-12T24:01:00+08:00", "2026-09-12T24:00:01+08:00", "2026-09-12T25:00:00+08:00", "T24:00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
