//! Hours, local days and half-open periods.
//!
//! In: instants in UTC and the site's zone. Out: hours named by their start, periods `[start, end)`, and their words.
//! Can't happen: an ambiguous or missing local hour, because a [`Zone`] has one offset in whole hours all year round.

mod clock;
pub mod day;

use std::ops::{Add, Range, Sub};

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveTime, Offset, TimeZone, Timelike, Utc};

pub use self::clock::{ClockHours, ClockWindow};
use crate::msg;
use crate::text::{Lang, Message};

/// An hour, named by its start: whole hours since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub i64);

impl Hour {
    /// The hour that contains `instant`.
    #[must_use]
    pub fn containing(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp().div_euclid(3600))
    }

    /// The first hour that starts at `instant` or after it.
    #[must_use]
    pub fn not_before(instant: DateTime<Utc>) -> Self {
        let hour = Self::containing(instant);
        let whole = instant.timestamp().rem_euclid(3600) == 0 && instant.timestamp_subsec_nanos() == 0;
        if whole { hour } else { hour + 1 }
    }

    /// Its first instant.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.saturating_mul(3600), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl Add<i64> for Hour {
    type Output = Self;
    fn add(self, hours: i64) -> Self {
        Self(self.0 + hours)
    }
}

impl Sub for Hour {
    type Output = i64;
    fn sub(self, other: Self) -> i64 {
        self.0 - other.0
    }
}

/// A half-open stretch of time `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// First instant inside.
    pub start: DateTime<Utc>,
    /// First instant after.
    pub end: DateTime<Utc>,
}

impl Period {
    /// The period, or nothing where it would be empty.
    #[must_use]
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The whole hours `[first, last + 1)`.
    #[must_use]
    pub fn hours(first: Hour, count: i64) -> Option<Self> {
        Self::new(first.start(), (first + count).start())
    }

    /// Whether `instant` lies inside.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    /// The hours that start inside, as `[first, end)`.
    #[must_use]
    pub fn starts(&self) -> Range<Hour> {
        Hour::not_before(self.start)..Hour::not_before(self.end)
    }

    /// What the two have in common.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// Length in whole hours, rounded down.
    #[must_use]
    pub fn whole_hours(&self) -> i64 {
        (self.end - self.start).num_hours()
    }
}

/// Why a zone can't be a site's zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// No such name in the IANA database.
    #[error("`{0}` is not a time zone of the IANA database")]
    Unknown(String),
    /// Clocks there change, so an hour may be missing or doubled.
    #[error("clocks change in `{0}`")]
    Changes(String),
    /// The offset is not a whole number of hours.
    #[error("the offset of `{0}` is not a whole number of hours")]
    PartHours(String),
}

impl ZoneError {
    /// What is wrong, for the user.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown(name) => msg!("time.zone_unknown", name = name),
            Self::Changes(name) => msg!("time.zone_changes", name = name),
            Self::PartHours(name) => msg!("time.zone_part_hours", name = name),
        }
    }
}

/// The site's zone: one offset, in whole hours, all year round (decision 5 in `docs/decisions.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    offset: FixedOffset,
    tz: chrono_tz::Tz,
}

impl Zone {
    /// Reads an IANA name such as `Asia/Shanghai`.
    ///
    /// # Errors
    /// The name is unknown, its clocks change after 2013, or its offset has minutes.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let tz: chrono_tz::Tz = name.parse().map_err(|_| ZoneError::Unknown(name.to_owned()))?;
        let offset_at = |year: i32, month: u32| {
            let noon = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default().and_hms_opt(12, 0, 0);
            tz.offset_from_utc_datetime(&noon.unwrap_or_default()).fix()
        };
        let offset = offset_at(2026, 1);
        // 2013 is where the observations used for replay begin.
        if (2013..2038).any(|y| (1..=12).any(|m| offset_at(y, m) != offset)) {
            return Err(ZoneError::Changes(name.to_owned()));
        }
        if offset.local_minus_utc() % 3600 != 0 {
            return Err(ZoneError::PartHours(name.to_owned()));
        }
        Ok(Self { offset, tz })
    }

    /// Seconds that local time is ahead of UTC.
    #[must_use]
    pub fn offset_seconds(&self) -> i64 {
        i64::from(self.offset.local_minus_utc())
    }

    /// The IANA zone, for calendars of jobs.
    #[must_use]
    pub const fn tz(&self) -> chrono_tz::Tz {
        self.tz
    }

    /// The instant on local clocks.
    #[must_use]
    pub fn local(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        instant.with_timezone(&self.offset)
    }

    /// The local day that contains `instant`.
    #[must_use]
    pub fn day(&self, instant: DateTime<Utc>) -> NaiveDate {
        self.local(instant).date_naive()
    }

    /// The local day that contains `hour`.
    #[must_use]
    pub fn day_of(&self, hour: Hour) -> NaiveDate {
        let days = (hour.0 * 3600 + self.offset_seconds()).div_euclid(86_400);
        let day = i32::try_from(days).ok().and_then(NaiveDate::from_epoch_days);
        day.unwrap_or_else(|| self.day(hour.start()))
    }

    /// The local clock hour, 0–23.
    #[must_use]
    pub fn clock(&self, hour: Hour) -> u32 {
        let hours = (hour.0 * 3600 + self.offset_seconds()).div_euclid(3600);
        u32::try_from(hours.rem_euclid(24)).unwrap_or(0)
    }

    /// The instant at which a local clock shows `day` at `hour`:00; `hour` may be 24 or more.
    #[must_use]
    pub fn at(&self, day: NaiveDate, hour: u32) -> DateTime<Utc> {
        (self.first_hour(day) + i64::from(hour)).start()
    }

    /// The first hour of a local day.
    #[must_use]
    pub fn first_hour(&self, day: NaiveDate) -> Hour {
        Hour((i64::from(day.to_epoch_days()) * 86_400 - self.offset_seconds()).div_euclid(3600))
    }

    /// `2026-07-15T10:00:00+08:00`, the form that every file and `--json` uses.
    #[must_use]
    pub fn rfc3339(&self, instant: DateTime<Utc>) -> String {
        self.local(instant).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    }

    /// `7月15日10:00` or `15 July 10:00`.
    #[must_use]
    pub fn words(&self, instant: DateTime<Utc>, lang: Lang) -> String {
        let local = self.local(instant);
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        match lang {
            Lang::Zh => format!("{}{clock}", day_words(local.date_naive(), lang)),
            Lang::En => format!("{} {clock}", day_words(local.date_naive(), lang)),
        }
    }

    /// `7月15日10:00—17:00`; the end names its day only where it differs, and midnight is 24:00 of the day it ends.
    #[must_use]
    pub fn period_words(&self, period: &Period, lang: Lang) -> String {
        let (start, end) = (self.local(period.start), self.local(period.end));
        let midnight_end = end.time() == NaiveTime::MIN;
        let last_day = if midnight_end { end.date_naive() - Duration::days(1) } else { end.date_naive() };
        let end_clock =
            if midnight_end { "24:00".to_owned() } else { format!("{:02}:{:02}", end.hour(), end.minute()) };
        let from = self.words(period.start, lang);
        if last_day == start.date_naive() {
            format!("{from}—{end_clock}")
        } else {
            let gap = if lang == Lang::En { " " } else { "" };
            format!("{from}—{}{gap}{end_clock}", day_words(last_day, lang))
        }
    }

    /// A period over several days in a short message: `9月13日12时至15日24时`.
    #[must_use]
    pub fn long_words(&self, period: &Period, lang: Lang) -> String {
        let (start, end) = (self.local(period.start), self.local(period.end));
        let minutes = |at: NaiveTime| usize::try_from(at.hour() * 60 + at.minute()).unwrap_or(0);
        let midnight_end = end.time() == NaiveTime::MIN;
        let last = if midnight_end { end.date_naive() - Duration::days(1) } else { end.date_naive() };
        let from = clock_short(minutes(start.time()), lang);
        let to = clock_short(if midnight_end { 1440 } else { minutes(end.time()) }, lang);
        let first = start.date_naive();
        match lang {
            Lang::Zh if (last.year(), last.month()) == (first.year(), first.month()) => {
                format!("{}{from}至{}日{to}", day_words(first, lang), last.day())
            }
            Lang::Zh => format!("{}{from}至{}{to}", day_words(first, lang), day_words(last, lang)),
            Lang::En => format!("{} {from} to {} {to}", day_words(first, lang), day_words(last, lang)),
        }
    }
}

/// A time of the day in a short message: `12时`, `12:30`.
#[must_use]
pub fn clock_short(minutes: usize, lang: Lang) -> String {
    match (lang, minutes % 60) {
        (Lang::Zh, 0) => format!("{}时", minutes / 60),
        (_, part) => format!("{:02}:{part:02}", minutes / 60),
    }
}

/// `7月15日` or `15 July`.
#[must_use]
pub fn day_words(day: NaiveDate, lang: Lang) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    match lang {
        Lang::Zh => format!("{}月{}日", day.month(), day.day()),
        Lang::En => format!("{} {}", day.day(), MONTHS[day.month0() as usize]),
    }
}

/// Days in a row said by their first and last, a month once: `9月14日至16日、18日` or `14–16, 18 September`.
#[must_use]
pub fn days_words(days: &[NaiveDate], lang: Lang) -> String {
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(*day) => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    if lang == Lang::En {
        let words = |(from, to): &(NaiveDate, NaiveDate)| match (from == to, from.month() == to.month()) {
            (true, _) => day_words(*from, lang),
            (false, true) => format!("{}–{}", from.day(), day_words(*to, lang)),
            (false, false) => format!("{}–{}", day_words(*from, lang), day_words(*to, lang)),
        };
        return runs.iter().map(words).collect::<Vec<_>>().join(", ");
    }
    let mut month = 0;
    let mut short = |day: NaiveDate| {
        let named = if day.month() == month { String::new() } else { format!("{}月", day.month()) };
        month = day.month();
        format!("{named}{}日", day.day())
    };
    let mut words = Vec::new();
    for (from, to) in runs {
        let first = short(from);
        words.push(match (to - from).num_days() {
            0 => first,
            1 => format!("{first}、{}", short(to)),
            _ => format!("{first}至{}", short(to)),
        });
    }
    words.join(lang.comma())
}

/// Stretches of a day in minutes as a short message has room for them: `10—17时` or `10:00–17:00`.
#[must_use]
pub fn short_hours(stretches: &[(usize, usize)], lang: Lang) -> String {
    let clock = |minutes: usize| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let words = stretches.iter().map(|(from, to)| match lang {
        Lang::Zh if from % 60 == 0 && to % 60 == 0 => format!("{}—{}时", from / 60, to / 60),
        Lang::Zh => format!("{}—{}", clock(*from), clock(*to)),
        Lang::En => format!("{}–{}", clock(*from), clock(*to)),
    });
    words.collect::<Vec<_>>().join(lang.comma())
}

#[cfg(test)]
mod tests;
