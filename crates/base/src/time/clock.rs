//! Hours of the clock, as people write them: `8-12`, `22:00-次日7:00`.
//!
//! In: a text. Out: a window of a day, or hours of it. Can't happen: minutes rounded to an hour unseen.

use std::fmt;

use chrono::NaiveDate;

use super::{Period, Zone};
use crate::text::Lang;

/// A full-width form of ASCII as the plain character.
fn half_width(c: char) -> char {
    let plain = matches!(c, '\u{ff01}'..='\u{ff5e}').then(|| u32::from(c) - 0xfee0);
    plain.and_then(char::from_u32).unwrap_or(c)
}

/// `10`, `10:00`, `10时`, `10点整` as an hour; nothing where minutes are left over.
fn whole_hour(text: &str) -> Option<u32> {
    let hour = ["整", "正"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let hour =
        [":00", "：00", "时00分", "点00分", "时", "点"].iter().find_map(|end| hour.strip_suffix(end)).unwrap_or(hour);
    let digits = !hour.is_empty() && hour.len() <= 2 && hour.bytes().all(|b| b.is_ascii_digit());
    hour.parse().ok().filter(|_| digits)
}

/// Clock hours of a day `[from, to)`, which may wrap midnight: 10–17, 20–08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockWindow {
    /// First hour inside, 0–23.
    pub from: u32,
    /// First hour after, 1–24.
    pub to: u32,
}

impl ClockWindow {
    /// The window, if the hours are in range and differ.
    #[must_use]
    pub const fn new(from: u32, to: u32) -> Option<Self> {
        if from < 24 && to >= 1 && to <= 24 && from != to { Some(Self { from, to }) } else { None }
    }

    /// Reads `10-17`, `10:00-17:00`, `10时至17时`, `22时至次日7时`; nothing where it is none, or not of whole hours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
        let (from, to) = plain.split_once(['-', '—', '–', '~', '至', '到'])?;
        let to = ["次日", "第二天", "翌日"].iter().find_map(|day| to.strip_prefix(day)).unwrap_or(to);
        Self::new(whole_hour(from)?, whole_hour(to)?)
    }

    /// How many clock hours lie inside, 1–24.
    #[must_use]
    pub const fn length(self) -> u32 {
        if self.from < self.to { self.to - self.from } else { self.to + 24 - self.from }
    }

    /// Whether the clock hour (0–23) lies inside.
    #[must_use]
    pub const fn contains(self, hour: u32) -> bool {
        if self.from < self.to { self.from <= hour && hour < self.to } else { hour >= self.from || hour < self.to }
    }

    /// The window's period that begins on `day`.
    #[must_use]
    pub fn on(self, day: NaiveDate, zone: &Zone) -> Period {
        let to = if self.from < self.to { self.to } else { self.to + 24 };
        Period { start: zone.at(day, self.from), end: zone.at(day, to) }
    }
}

impl fmt::Display for ClockWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.from, self.to)
    }
}

impl From<ClockWindow> for String {
    fn from(window: ClockWindow) -> Self {
        window.to_string()
    }
}

impl TryFrom<String> for ClockWindow {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text).ok_or_else(|| format!("`{text}`: HH-HH, 10-17"))
    }
}

/// Hours of the day as a set of 24, written `05-24` or `00-03;06-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockHours(u32);

impl ClockHours {
    /// All 24 hours.
    pub const ALL: Self = Self(0x00ff_ffff);
    /// No hour.
    pub const NONE: Self = Self(0);

    /// Reads `00-03;06-24`; ranges may wrap midnight. Nothing where the text has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut set = 0u32;
        for part in text.split([';', '；', ',', '，']).map(str::trim).filter(|p| !p.is_empty()) {
            let window = ClockWindow::try_from(part.replace(['—', '–', '~', '～'], "-")).ok()?;
            for hour in 0..24 {
                if window.contains(hour) {
                    set |= 1 << hour;
                }
            }
        }
        Some(Self(set))
    }

    /// Whether the clock hour (0–23) is in the set.
    #[must_use]
    pub const fn contains(self, hour: u32) -> bool {
        hour < 24 && self.0 & (1 << hour) != 0
    }

    /// The hours of `self` that are not in `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The set and one more clock hour (0–23).
    #[must_use]
    pub const fn with(self, hour: u32) -> Self {
        if hour < 24 { Self(self.0 | (1 << hour)) } else { self }
    }

    /// Hours in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Hours in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// How many hours.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The set as ranges `[from, to)` in the order of the day.
    #[must_use]
    pub fn ranges(self) -> Vec<(u32, u32)> {
        let mut out: Vec<(u32, u32)> = Vec::new();
        for hour in (0..24).filter(|h| self.contains(*h)) {
            match out.last_mut() {
                Some((_, to)) if *to == hour => *to += 1,
                _ => out.push((hour, hour + 1)),
            }
        }
        out
    }

    /// `06:00—10:00、17:00—22:00`.
    ///
    /// ```
    /// use cuofeng_base::text::Lang;
    /// use cuofeng_base::time::ClockHours;
    /// let hours = ClockHours::parse("17-22;06-10").expect("two ranges");
    /// assert_eq!(hours.words(Lang::Zh), "06:00—10:00、17:00—22:00");
    /// ```
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let join = lang.comma();
        let parts: Vec<String> = self.ranges().iter().map(|(f, t)| format!("{f:02}:00—{t:02}:00")).collect();
        parts.join(join)
    }
}

impl fmt::Display for ClockHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.ranges().iter().map(|(from, to)| format!("{from:02}-{to:02}")).collect();
        f.write_str(&parts.join(";"))
    }
}
