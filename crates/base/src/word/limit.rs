//! How much a channel may carry.
//!
//! In: `200/hour`, or `20/address/day` for one recipient's address. Out: a [`Limit`]. Can't happen: a limit of none.

use chrono::{DateTime, Duration, DurationRound, Utc};

/// So many letters in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many, at least one.
    pub count: u32,
    /// In how much time.
    pub window: Window,
    /// Whether it holds of each address, or of the channel as a whole.
    pub of_address: bool,
}

/// The time in which letters are counted, as providers of SMS count (Aliyun, 44335): a minute and an hour of the clock,
/// but 24 hours back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// This minute of the clock.
    Minute,
    /// This hour of the clock.
    Hour,
    /// The last 24 hours.
    Day,
}

impl Limit {
    /// Reads a limit as written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, rest) = text.split_once('/')?;
        let (of_address, window) = rest.strip_prefix("address/").map_or((false, rest), |window| (true, window));
        let window = match window {
            "minute" => Window::Minute,
            "hour" => Window::Hour,
            "day" => Window::Day,
            _ => return None,
        };
        let count = count.parse().ok().filter(|count| *count > 0)?;
        Some(Self { count, window, of_address })
    }
}

impl Window {
    /// Since when letters count at `now`.
    #[must_use]
    pub fn since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Minute => now.duration_trunc(Duration::minutes(1)).unwrap_or(now),
            Self::Hour => now.duration_trunc(Duration::hours(1)).unwrap_or(now),
            Self::Day => now - Duration::hours(24),
        }
    }

    /// When one more may go at the earliest.
    #[must_use]
    pub fn next(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Minute => self.since(now) + Duration::minutes(1),
            Self::Hour => self.since(now) + Duration::hours(1),
            Self::Day => now + Duration::hours(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_written_and_windows_are_the_clocks() {
        let limit = Limit::parse("20/address/day").expect("a limit");
        assert_eq!(limit, Limit { count: 20, window: Window::Day, of_address: true });
        assert_eq!(Limit::parse("1/minute").map(|l| (l.count, l.of_address)), Some((1, false)));
        for wrong in ["", "0/hour", "-1/hour", "5/week", "5", "5/address", "x/day"] {
            assert_eq!(Limit::parse(wrong), None, "{wrong}");
        }
        let now: DateTime<Utc> = "2026-09-12T08:59:59Z".parse().expect("a time");
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        assert_eq!(Window::Hour.since(now), at("2026-09-12T08:00:00Z"));
        assert_eq!(Window::Hour.next(now), at("2026-09-12T09:00:00Z"));
        assert_eq!(Window::Minute.since(now), at("2026-09-12T08:59:00Z"));
        assert_eq!(Window::Day.since(now), at("2026-09-11T08:59:59Z"));
    }
}
