//! The scoring rule for daily air-quality forecasts that Shanghai's monitoring centre uses.
//!
//! In: what was forecast of a day and what was observed. Out: points and threat scores. Can't happen: a day scored in
//! part, because `S` needs all three points.
//!
//! Established (the centre's paper 上海环境空气质量预报考核评分方法研究和应用, 2015, as noted down from it):
//! `S = 0.2 f1 + 0.5 f2 + 0.3 f3`; `f1` is 100 or 0 for the primary pollutant; `f3` by the error of the AQI as in
//! [`VALUE_POINTS`]; `TS = AC / (AF + AO − AC)` for each level; ozone is judged from 16 March to 15 November and on
//! the hours from 13 to 20 only.
//!
//! Decided here, because the text at hand does not say: `f2` as in [`LEVEL_POINTS`]; two days without a primary
//! pollutant agree, and one of several primary pollutants is enough (all three are what the national meteorological
//! service's verification library does, whose `f3` is the same); a forecast range counts by its middle for `f3` and
//! as a whole for `f1`, `f2` and `TS`; ozone's own score is on the mean of those hours by the hourly table, and needs
//! [`OZONE_HOURS_NEEDED`] of them.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use super::errors::ratio;
use crate::forecast::{Outlook, Series, Variable};
use cuofeng_aqi::{Averaging, Milli, Pollutant, Standard, round_half_even};
use cuofeng_base::time::Zone;

/// Tenths of `S` that `f1`, `f2` and `f3` make up.
pub const WEIGHTS: [u64; 3] = [2, 5, 3];

/// Points for the right primary pollutant.
pub const PRIMARY_POINTS: u64 = 100;

/// Points for a level that is right, one off, two off; nothing beyond.
pub const LEVEL_POINTS: [u64; 3] = [100, 50, 25];

/// Largest error of the AQI and its points; nothing beyond the last.
pub const VALUE_POINTS: [(u16, u64); 4] = [(25, 100), (50, 80), (100, 60), (150, 30)];

/// First and last day (month, day) on which ozone is judged.
pub const OZONE_SEASON: [(u32, u32); 2] = [(3, 16), (11, 15)];

/// Clock hours in which ozone is judged: 13:00 to 20:00.
pub const OZONE_HOURS: Range<i64> = 13..20;

/// How many of those hours must have a value: three quarters, as for the eight-hour mean.
pub const OZONE_HOURS_NEEDED: usize = 6;

/// Points over the days on which all three could be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleScore {
    /// Number of days, at least 1.
    pub days: u64,
    /// Mean points for the primary pollutant, 0 to 100.
    pub f1: f64,
    /// Mean points for the level.
    pub f2: f64,
    /// Mean points for the value.
    pub f3: f64,
    /// Mean of the days' `S`.
    pub s: f64,
}

/// Ozone on afternoons in season.
#[derive(Debug, Clone, PartialEq)]
pub struct OzoneScore {
    /// Number of days, at least 1.
    pub days: u64,
    /// Mean points for the level.
    pub f2: f64,
    /// Mean points for the value.
    pub f3: f64,
    /// By level of the individual index.
    pub levels: Vec<LevelScore>,
}

/// How often a level was forecast and observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelScore {
    /// 1 (best) to 6.
    pub level: u8,
    /// Days on which it was both forecast and observed (AC).
    pub both: u64,
    /// Days on which it was forecast (AF).
    pub forecast: u64,
    /// Days on which it was observed (AO).
    pub observed: u64,
}

impl LevelScore {
    /// The threat score; none where the level was neither forecast nor observed.
    #[must_use]
    pub fn ts(&self) -> Option<f64> {
        ratio(self.both, (self.forecast + self.observed).saturating_sub(self.both))
    }
}

/// What a forecast says of a day's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    /// The AQI, a range by its middle.
    pub aqi: Option<u16>,
    /// Lowest and highest level.
    pub levels: (u8, u8),
    /// Primary pollutants; none where the forecast leaves them unsaid.
    pub primary: Option<Vec<Pollutant>>,
}

impl Stated {
    /// What hours of a forecast come to.
    pub(super) fn computed(aqi: u16, primary: &[Pollutant], standard: &Standard) -> Option<Self> {
        let level = level(standard, aqi)?;
        Some(Self { aqi: Some(aqi), levels: (level, level), primary: Some(primary.to_vec()) })
    }

    /// What a publisher states. Nothing where it goes by another standard: such an index measures something else.
    pub(super) fn published(outlook: &Outlook, standard: &Standard) -> Option<Self> {
        if outlook.standard.as_ref().is_some_and(|id| *id != standard.id) {
            return None;
        }
        let index = |value: i64| u16::try_from(value).ok();
        // Both ends before the middle: they bound it.
        let ends = outlook.aqi.and_then(|range| Some((index(range.low())?, index(range.high())?, range)));
        let aqi = ends.and_then(|(low, high, range)| Some((low, index(range.middle())?, high)));
        let levels = match (outlook.levels, aqi) {
            (Some(range), _) => (u8::try_from(range.low()).ok()?, u8::try_from(range.high()).ok()?),
            (None, Some((low, _, high))) => (level(standard, low)?, level(standard, high)?),
            (None, None) => return None,
        };
        let primary = if levels.1 <= 1 {
            Some(Vec::new())
        } else {
            Some(outlook.primary.clone()).filter(|named| !named.is_empty())
        };
        Some(Self { aqi: aqi.map(|(_, middle, _)| middle), levels, primary })
    }
}

/// Points for the primary pollutant: one in common, or none on either side. None where the forecast leaves it unsaid.
pub(super) fn f1(stated: &Stated, observed: &[Pollutant]) -> Option<u64> {
    let named = stated.primary.as_ref()?;
    // Both ozone items are one pollutant here.
    let one = |p: Pollutant| if p == Pollutant::O3 { Pollutant::O38h } else { p };
    let right = if observed.is_empty() {
        stated.levels.0 <= 1
    } else {
        named.iter().any(|n| observed.iter().any(|o| one(*n) == one(*o)))
    };
    Some(if right { PRIMARY_POINTS } else { 0 })
}

/// Points for the level, by its distance from the nearest level forecast.
pub(super) fn f2(forecast: (u8, u8), observed: u8) -> u64 {
    let off = usize::from(nearest(forecast, observed).abs_diff(observed));
    LEVEL_POINTS.get(off).copied().unwrap_or(0)
}

/// Points for the value.
pub(super) fn f3(forecast: u16, observed: u16) -> u64 {
    let off = forecast.abs_diff(observed);
    VALUE_POINTS.iter().find(|(largest, _)| off <= *largest).map_or(0, |(_, points)| *points)
}

/// The level of a forecast range that lies nearest to the one observed.
fn nearest((low, high): (u8, u8), observed: u8) -> u8 {
    observed.max(low).min(high)
}

/// Number of an AQI's level, 1 (best) upwards.
pub(super) fn level(standard: &Standard, aqi: u16) -> Option<u8> {
    let own = standard.level(aqi)?.upto;
    let (mut number, mut lowest) = (1_u8, 0_u16);
    // Levels rise, so this ends at the own one.
    loop {
        let upto = standard.level(lowest)?.upto;
        if upto >= own {
            return Some(number);
        }
        number = number.checked_add(1)?;
        lowest = upto.checked_add(1)?;
    }
}

/// The ozone of an afternoon in season, in thousandths.
pub(super) fn afternoon(series: &Series, day: NaiveDate, zone: &Zone) -> Option<Milli> {
    let date = (day.month(), day.day());
    if date < OZONE_SEASON[0] || date > OZONE_SEASON[1] {
        return None;
    }
    let first = zone.first_hour(day);
    let values: Vec<i64> = OZONE_HOURS.filter_map(|h| series.value(Variable::O3, first + h)).map(i64::from).collect();
    let count = i64::try_from(values.len()).ok()?;
    (values.len() >= OZONE_HOURS_NEEDED).then(|| round_half_even(values.iter().sum(), count))
}

#[derive(Debug, Clone, Default)]
struct Levels(BTreeMap<u8, LevelScore>);

impl Levels {
    fn count(&mut self, forecast: (u8, u8), observed: u8) {
        let forecast = nearest(forecast, observed);
        self.at(forecast).forecast += 1;
        self.at(observed).observed += 1;
        if forecast == observed {
            self.at(observed).both += 1;
        }
    }

    fn at(&mut self, level: u8) -> &mut LevelScore {
        self.0.entry(level).or_insert(LevelScore { level, both: 0, forecast: 0, observed: 0 })
    }
}

/// Days by the rule.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleTally {
    days: u64,
    points: [u64; 3],
    levels: Levels,
}

impl RuleTally {
    /// Counts a day whose AQI and primary pollutants were observed.
    pub(super) fn add(&mut self, stated: &Stated, aqi: u16, primary: &[Pollutant], standard: &Standard) {
        let Some(observed) = level(standard, aqi) else { return };
        self.levels.count(stated.levels, observed);
        let (Some(first), Some(value)) = (f1(stated, primary), stated.aqi) else { return };
        let [p1, p2, p3] = self.points;
        self.days += 1;
        self.points = [p1 + first, p2 + f2(stated.levels, observed), p3 + f3(value, aqi)];
    }

    /// The points, and the threat scores of every day with a level.
    pub(super) fn finish(self) -> (Option<RuleScore>, Vec<LevelScore>) {
        let [p1, p2, p3] = self.points;
        let [w1, w2, w3] = WEIGHTS;
        let mean = |points| ratio(points, self.days);
        let score = || {
            let s = ratio(w1 * p1 + w2 * p2 + w3 * p3, 10 * self.days)?;
            Some(RuleScore { days: self.days, f1: mean(p1)?, f2: mean(p2)?, f3: mean(p3)?, s })
        };
        (score(), self.levels.0.into_values().collect())
    }
}

/// Ozone afternoons.
#[derive(Debug, Clone, Default)]
pub(super) struct OzoneTally {
    days: u64,
    points: [u64; 2],
    levels: Levels,
}

impl OzoneTally {
    /// Counts an afternoon, in thousandths of µg/m³.
    pub(super) fn add(&mut self, forecast: Milli, observed: Milli, standard: &Standard) {
        let index = |c| standard.iaqi(Averaging::Hour, Pollutant::O3, c);
        let (Some(forecast), Some(observed)) = (index(forecast), index(observed)) else { return };
        let (Some(said), Some(seen)) = (level(standard, forecast), level(standard, observed)) else { return };
        let [p2, p3] = self.points;
        self.days += 1;
        self.points = [p2 + f2((said, said), seen), p3 + f3(forecast, observed)];
        self.levels.count((said, said), seen);
    }

    /// The points; none without a day.
    pub(super) fn finish(self) -> Option<OzoneScore> {
        let [p2, p3] = self.points;
        let (f2, f3) = (ratio(p2, self.days)?, ratio(p3, self.days)?);
        Some(OzoneScore { days: self.days, f2, f3, levels: self.levels.0.into_values().collect() })
    }
}
