//! What a daily forecast says of one local day, as its publisher stated it.
//!
//! In: the publisher's words, read. Out: ranges of the daily index and of daily concentrations, levels, primary
//! pollutants. Can't happen: a range whose low end is above its high end.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use cuofeng_aqi::{Milli, Pollutant, Standard};

/// A closed range: of an index in whole numbers, of a concentration in thousandths of its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Range {
    low: i64,
    high: i64,
}

impl Range {
    /// From `low` to `high`, both included.
    #[must_use]
    pub fn new(low: i64, high: i64) -> Option<Self> {
        (low <= high).then_some(Self { low, high })
    }

    /// The lowest value.
    #[must_use]
    pub const fn low(self) -> i64 {
        self.low
    }

    /// The highest value.
    #[must_use]
    pub const fn high(self) -> i64 {
        self.high
    }

    /// Half way, rounded up.
    #[must_use]
    pub const fn middle(self) -> i64 {
        self.low + (self.high - self.low + 1) / 2
    }
}

impl TryFrom<(i64, i64)> for Range {
    type Error = &'static str;

    fn try_from((low, high): (i64, i64)) -> Result<Self, Self::Error> {
        Self::new(low, high).ok_or("a range must rise")
    }
}

impl From<Range> for (i64, i64) {
    fn from(range: Range) -> Self {
        (range.low, range.high)
    }
}

/// What a daily forecast says of one local day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// The local day.
    pub day: NaiveDate,
    /// The daily AQI, by the publisher's standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aqi: Option<Range>,
    /// Levels as stated, 1 (best) to 6, lowest and highest. Where no index is stated they are one: the levels' range by
    /// the standard's table, and said to be that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Range>,
    /// Primary pollutants as stated; several where the publisher leaves open which (joined by 或) or names both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub primary: Vec<Pollutant>,
    /// Daily concentrations in thousandths of the unit: the mean, for [`Pollutant::O38h`] the largest eight-hour mean.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub concentrations: BTreeMap<Pollutant, Range>,
    /// Identifier of the standard by which the publisher works out the index, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// The publisher states the parts of the day, and these are their hull.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_parts: bool,
}

impl Outlook {
    /// An outlook that says nothing yet.
    #[must_use]
    pub const fn new(day: NaiveDate) -> Self {
        Self {
            day,
            aqi: None,
            levels: None,
            primary: Vec::new(),
            concentrations: BTreeMap::new(),
            standard: None,
            from_parts: false,
        }
    }

    /// The daily index by the publisher's standard: as stated, else the range of the stated levels by the standard's own
    /// table; and whether it is of levels alone.
    #[must_use]
    pub fn index(&self, publisher: &Standard) -> Option<(Range, bool)> {
        if let Some(stated) = self.aqi {
            return Some((stated, false));
        }
        let levels = self.levels?;
        let [low, high] = publisher.level_range(levels.low(), levels.high())?;
        Some((Range::new(low.into(), high.into())?, true))
    }

    /// The stated concentration of a pollutant: the middle of its range.
    #[must_use]
    pub fn concentration(&self, pollutant: Pollutant) -> Option<Milli> {
        self.concentrations.get(&pollutant).map(|range| range.middle())
    }
}
