//! An instant on the command line.
//!
//! In: `2026-09-12T08:00:00+08:00`. Out: the instant. Can't happen: one so far off that what is worked out from it would
//! leave the calendar.

use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, ParseError, Utc};

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
        let read: DateTime<FixedOffset> = text.parse()?;
        if YEARS.contains(&read.year()) { Ok(Self(read.to_utc())) } else { Err(TimeError::Far) }
    }
}
