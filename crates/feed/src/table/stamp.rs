//! Times as tables write them.
//!
//! In: a cell, or one of the date and one of the hour; the format that the map states, if it states one. Out: a moment to
//! the second, local unless the cell has an offset. Can't happen: a day and a month exchanged (the year stands first, or
//! the map says where it stands); a time rounded over more than a second.

use std::fmt::Write as _;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use super::label::HourLabel;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_grid::{half_width, trimmed};

/// Days that a serial number of a spreadsheet may name: 1954 to 2119.
const SERIALS: std::ops::Range<f64> = 20_000.0..80_000.0;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Offset of the moments on which a format is tried, in seconds.
const AHEAD: i32 = 8 * 3600;

/// A moment as a cell states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    at: At,
    /// It is called 24 o'clock: it ends its day.
    pub closing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Zoned(DateTime<Utc>),
    Local(NaiveDateTime),
}

impl Moment {
    const fn local(at: NaiveDateTime) -> Self {
        Self { at: At::Local(at), closing: false }
    }

    /// A day, and seconds of it; `closing` where its cell says 24 o'clock.
    fn of(day: NaiveDate, seconds: i64, closing: bool) -> Option<Self> {
        let at = day.and_time(NaiveTime::MIN).checked_add_signed(Duration::seconds(seconds))?;
        Some(Self { at: At::Local(at), closing })
    }

    /// Whether it is before another one that stands in the same column; a moment with an offset and one without follow
    /// no order.
    pub fn is_before(self, other: Self) -> bool {
        match (self.at, other.at) {
            (At::Zoned(one), At::Zoned(other)) => one < other,
            (At::Local(one), At::Local(other)) => one < other,
            _ => true,
        }
    }

    /// The instant, in the site's zone where the cell names none.
    pub fn instant(self, zone: &Zone) -> DateTime<Utc> {
        match self.at {
            At::Zoned(at) => at,
            At::Local(at) => zone.at(at.date(), 0) + at.time().signed_duration_since(NaiveTime::MIN),
        }
    }

    /// The local day, where no time of the day stands with it.
    pub fn day(self) -> Option<NaiveDate> {
        match self.at {
            At::Local(at) if at.time() == NaiveTime::MIN && !self.closing => Some(at.date()),
            _ => None,
        }
    }

    /// The hour that the moment labels. Of what ends an hour a minute may be missing: 23:59 is that of 24:00.
    ///
    /// # Errors
    /// It is within an hour.
    pub fn hour(self, label: HourLabel, zone: &Zone) -> Result<Hour, (Message, Message)> {
        let at = self.instant(zone);
        let (hour, within) = (Hour::containing(at), at.timestamp().rem_euclid(3600));
        match label {
            HourLabel::Start if within == 0 => Ok(hour),
            HourLabel::End if within == 0 => Ok(Hour(hour.0 - 1)),
            HourLabel::End if within >= 59 * 60 => Ok(hour),
            HourLabel::Start if within >= 59 * 60 => Err((msg!("feed.whole_hour"), msg!("feed.last_minute_advice"))),
            _ => Err((msg!("feed.whole_hour"), msg!("feed.time_advice"))),
        }
    }
}

/// A format of `strftime`, split up.
#[derive(Debug, Clone)]
pub(super) struct Format(Vec<Item<'static>>);

impl Format {
    /// The format, where it can match anything: a moment written by it reads as the same one. `whole` where it has to name
    /// the hour; a column of dates does not.
    pub fn new(text: &str, whole: bool) -> Option<Self> {
        let format = Self(StrftimeItems::new(text).parse_to_owned().ok()?);
        let samples = [(2026, 11, 28, 13), (2027, 2, 3, 4), (2026, 10, 9, 23)];
        let fits = samples.into_iter().all(|(year, month, day, hour)| {
            let ahead = FixedOffset::east_opt(AHEAD);
            let sample = ahead.and_then(|ahead| ahead.with_ymd_and_hms(year, month, day, hour, 0, 0).single());
            let Some(sample) = sample else { return false };
            let mut written = String::new();
            let shown = write!(written, "{}", sample.format_with_items(format.0.iter())).is_ok();
            let read = format.once(&written).filter(|_| shown).map(|moment| match moment.at {
                At::Local(at) => at,
                At::Zoned(at) => at.with_timezone(sample.offset()).naive_local(),
            });
            read.is_some_and(|at| at.date() == sample.date_naive() && (!whole || at == sample.naive_local()))
        });
        (fits && !exchanged(text)).then_some(format)
    }

    fn read(&self, text: &str) -> Option<Moment> {
        if let Some(moment) = self.once(text) {
            return Some(moment);
        }
        // No clock shows 24 but at the end of a day: one of these is the hour.
        text.match_indices("24").find_map(|(at, _)| {
            let moment = self.once(&format!("{}00{}", text.get(..at)?, text.get(at + 2..)?))?;
            match moment.at {
                At::Local(at) if at.time() == NaiveTime::MIN => Moment::of(at.date(), DAY, true),
                _ => None,
            }
        })
    }

    fn once(&self, text: &str) -> Option<Moment> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.0.iter()).ok()?;
        if parsed.minute().is_none() {
            parsed.set_minute(0).ok()?;
        }
        let day = parsed.to_naive_date().ok()?;
        let time = parsed.to_naive_time().ok();
        let has_hour = parsed.hour_div_12().is_some() || parsed.hour_mod_12().is_some();
        let time = if has_hour { time? } else { NaiveTime::MIN };
        let at = day.and_time(time);
        match parsed.offset() {
            Some(offset) => Some(Moment {
                at: At::Zoned(at.and_utc().checked_sub_signed(Duration::seconds(i64::from(offset)))?),
                closing: false,
            }),
            None => Some(Moment::local(at)),
        }
    }
}

/// Whether a format has the minute where the month should stand: exchanged, it is one of the usual ones.
fn exchanged(text: &str) -> bool {
    let other = text.replace("%M", "\0").replace("%m", "%M").replace('\0', "%m");
    let sample = NaiveDate::from_ymd_opt(2026, 11, 28).and_then(|day| day.and_hms_opt(13, 0, 0));
    let is_usual = |text: &str| {
        let mut written = String::new();
        let shown = sample.is_some_and(|at| write!(written, "{}", at.format(text)).is_ok());
        shown && usual(&written).map(|moment| moment.at) == sample.map(At::Local)
    };
    !is_usual(text) && is_usual(&other)
}

/// Reads a cell: by the format where there is one, else as people and programs usually write a time, or as the serial
/// number of a spreadsheet.
pub(super) fn read(cell: &str, format: Option<&Format>) -> Option<Moment> {
    let cell = trimmed(cell);
    if cell.is_ascii() {
        return format.and_then(|format| format.read(cell)).or_else(|| usual(cell));
    }
    let narrow = half_width(cell);
    format.and_then(|format| format.read(cell).or_else(|| format.read(&narrow))).or_else(|| usual(&narrow))
}

/// Reads a date and an hour that stand in cells of their own.
pub(super) fn read_two(date: &str, hour: &str, format: Option<&Format>) -> Option<Moment> {
    let joined = format.and_then(|format| format.read(&format!("{} {}", half_width(date), half_width(hour))));
    if joined.is_some() {
        return joined;
    }
    let day = read(date, format)?.day()?;
    let (seconds, closing) = clock(&half_width(hour))?;
    Moment::of(day, seconds, closing)
}

/// Reads a year, month, day and hour.
pub(super) fn read_parts(cells: [&str; 4]) -> Option<Moment> {
    let [year, month, day, hour] = cells;
    let number = |cell: &str, mark: &str| -> Option<u32> {
        if let Ok(number) = trimmed(cell).parse() {
            return Some(number);
        }
        let text = half_width(cell);
        text.strip_suffix(mark).unwrap_or(&text).trim().parse().ok()
    };
    let year = i32::try_from(number(year, "年")?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(month, "月")?, number(day, "日")?)?;
    if let Ok(hour @ 0..24) = trimmed(hour).parse::<u32>() {
        return Some(Moment::local(day.and_hms_opt(hour, 0, 0)?));
    }
    let (seconds, closing) = clock(&half_width(hour))?;
    Moment::of(day, seconds, closing)
}

/// What is left of a cell. Everything taken is taken from the front.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Takes `low` to `high` digits.
    fn number(&mut self, low: usize, high: usize) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count.min(high)).filter(|_| count >= low)?;
        self.0 = rest;
        digits.parse().ok()
    }

    fn mark(&mut self, marks: &[&str]) -> bool {
        marks.iter().any(|mark| {
            let rest = self.0.strip_prefix(mark);
            self.0 = rest.unwrap_or(self.0);
            rest.is_some()
        })
    }

    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start();
        let some = rest.len() < self.0.len();
        self.0 = rest;
        some
    }

    /// `2026-11-28`, `2026/11/28`, `2026.11.28`, `2026年11月28日`, `20261128`.
    fn date(&mut self) -> Option<NaiveDate> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (year, month, day) = if digits >= 8 {
            (self.number(4, 4)?, self.number(2, 2)?, self.number(2, 2)?)
        } else {
            let year = self.number(4, 4)?;
            let between: &[&str] = match self.0.chars().next()? {
                '-' => &["-"],
                '/' => &["/"],
                '.' => &["."],
                _ => &["年"],
            };
            self.mark(between).then_some(())?;
            let month = self.number(1, 2)?;
            self.mark(if between == ["年"] { &["月"] } else { between }).then_some(())?;
            let day = self.number(1, 2)?;
            self.mark(&["日", "号"]);
            (year, month, day)
        };
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
    }

    /// `9`, `9:00`, `09:00:00`, `09:00:00.000`, `9时`, `9点`, `9时30分`, `0900`: seconds of the day, and whether it is 24
    /// o'clock.
    fn clock(&mut self) -> Option<(i64, bool)> {
        let hour = self.number(1, 2)?;
        let (mut minute, mut second) = (0, 0);
        if self.mark(&[":"]) {
            minute = self.number(1, 2)?;
            if self.mark(&[":"]) {
                second = self.number(1, 2)?;
                if self.mark(&["."]) {
                    let tenths = self.0.bytes().next().filter(u8::is_ascii_digit)?;
                    self.0 = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
                    second += i64::from(tenths >= b'5');
                }
            }
        } else if self.mark(&["时", "時", "点", "點"]) {
            if !self.mark(&["整"])
                && let Some(number) = self.number(1, 2)
            {
                minute = number;
                self.mark(&["分"]);
                if let Some(number) = self.number(1, 2) {
                    second = number;
                    self.mark(&["秒"]).then_some(())?;
                }
            }
        } else if self.0.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
            minute = self.number(2, 2)?;
            if self.0.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
                second = self.number(2, 2)?;
            }
        }
        let seconds = hour * 3600 + minute * 60 + second;
        let fits = hour <= 24 && minute < 60 && second <= 60 && seconds <= DAY;
        fits.then_some((seconds, hour == 24))
    }

    /// `Z`, `+08:00`, `+0800`, `+08`: seconds ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.mark(&["Z", "z"]) {
            return Some(0);
        }
        self.mark(&["UTC", "GMT"]);
        let sign = if self.mark(&["+"]) {
            1
        } else if self.mark(&["-"]) {
            -1
        } else {
            return None;
        };
        let hours = self.number(1, 2)?;
        let minutes = if self.mark(&[":"]) { self.number(2, 2)? } else { self.number(2, 2).unwrap_or(0) };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// A time of the day in a cell of its own; as part of a day (`0.0416667`) where a spreadsheet shows its number.
fn clock(cell: &str) -> Option<(i64, bool)> {
    if let Some(part) = cell.parse::<f64>().ok().filter(|part| cell.contains('.') && (0.0..1.0).contains(part)) {
        return Some((seconds(part), false));
    }
    // A number in a spreadsheet may be shown with its point: `9.0`.
    let cell = cell.strip_suffix(".0").unwrap_or(cell);
    let mut rest = Rest(cell);
    let read = rest.clock()?;
    rest.0.trim().is_empty().then_some(read)
}

/// A time as people and programs usually write it.
fn usual(text: &str) -> Option<Moment> {
    if let Some(moment) = serial(text) {
        return Some(moment);
    }
    let mut rest = Rest(text);
    let day = rest.date()?;
    if !rest.mark(&["T", "t"]) {
        rest.blanks();
    }
    if rest.0.is_empty() {
        return Moment::of(day, 0, false);
    }
    if rest.mark(&["星期", "周", "("]) {
        // The weekday says nothing more.
        let end = rest.0.find([' ', ')'])?;
        rest.0 = rest.0.get(end + 1..)?.trim_start();
        if rest.0.is_empty() {
            return Moment::of(day, 0, false);
        }
    }
    let (seconds, closing) = rest.clock()?;
    rest.blanks();
    let moment = Moment::of(day, seconds, closing)?;
    if rest.0.is_empty() {
        return Some(moment);
    }
    let ahead = rest.offset()?;
    let At::Local(at) = moment.at else { return None };
    let at = at.and_utc().checked_sub_signed(Duration::seconds(ahead))?;
    rest.0.is_empty().then_some(Moment { at: At::Zoned(at), closing })
}

/// The serial number of a spreadsheet: days since 1899-12-30.
fn serial(text: &str) -> Option<Moment> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') || !(5..=24).contains(&text.len()) {
        return None;
    }
    // `20261128` and longer are dates of digits.
    let value: f64 = text.parse().ok().filter(|value| SERIALS.contains(value))?;
    let day = value.floor();
    // Below 80,000: the cast does not saturate.
    #[expect(clippy::cast_possible_truncation)]
    let days = Duration::days(day as i64);
    Moment::of(NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(days)?, seconds(value - day), false)
}

/// Part of a day in seconds, as a spreadsheet shows it.
#[expect(clippy::cast_possible_truncation)]
fn seconds(part: f64) -> i64 {
    (part * 86_400.0).round() as i64
}

#[cfg(test)]
mod tests;
