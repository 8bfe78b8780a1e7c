//! The air quality index by a dated standard, exact.
//!
//! In: concentrations in thousandths of the standard's unit (µg/m³; mg/m³ for CO) and a standard read from
//! `rules/standards/`. Out: each individual index (IAQI), the AQI, its level and the primary pollutants.
//! Can't happen: a rounding error, because there is no floating point here; an index for a value that is missing.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::text::Lang;

/// A concentration, or any other measured quantity, in thousandths of its unit.
pub type Milli = i64;

/// What a standard gives an index to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pollutant {
    /// Sulphur dioxide.
    So2,
    /// Nitrogen dioxide.
    No2,
    /// Carbon monoxide, mg/m³.
    Co,
    /// Ozone, one hour (in a day: the largest hour).
    O3,
    /// Ozone, eight-hour mean (in a day: the largest).
    #[serde(rename = "o3_8h")]
    O38h,
    /// Particles up to 10 µm.
    Pm10,
    /// Particles up to 2.5 µm.
    Pm25,
}

impl Pollutant {
    /// All, in the order of the standard's tables.
    pub const ALL: [Self; 7] = [Self::So2, Self::No2, Self::Co, Self::O3, Self::O38h, Self::Pm10, Self::Pm25];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::So2 => "so2",
            Self::No2 => "no2",
            Self::Co => "co",
            Self::O3 => "o3",
            Self::O38h => "o3_8h",
            Self::Pm10 => "pm10",
            Self::Pm25 => "pm25",
        }
    }

    /// Thousandths to which a concentration is rounded before its index: 1 µg/m³, or 0.1 mg/m³ for CO
    /// (HJ 633-2026, 4.2.2 and 4.2.3; HJ 633-2012 is silent and the same practice is used).
    #[must_use]
    pub const fn resolution(self) -> Milli {
        if matches!(self, Self::Co) { 100 } else { 1000 }
    }
}

/// Which column of the standard's table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// Daily report and daily forecast.
    Day,
    /// Real-time report and hourly forecast.
    Hour,
}

/// What happens above a table that stops short of the scale's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShortTable {
    Cap,
    None,
}

/// What a missing pollutant does to the AQI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Missing {
    /// The AQI of the others stands.
    Others,
    /// The AQI of the others stands only above 100 (HJ 633-2026, 5.3.1).
    #[serde(rename = "above-100")]
    Above100,
}

/// When a mean counts (GB 3095, data validity).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Hourly values that a daily mean needs.
    pub day_hours: usize,
    /// Hourly values that an eight-hour mean needs.
    pub o3_8h_hours: usize,
    /// Eight-hour means that a daily maximum needs, unless it is above `o3_8h_limit`.
    pub o3_8h_windows: usize,
    /// µg/m³ above which a daily maximum counts however few means it has.
    pub o3_8h_limit: i64,
}

/// A level of the AQI: its upper end, colour and name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Largest AQI of the level.
    pub upto: u16,
    /// Colour word of the standard. Not a warning colour: an orange AQI is no orange warning.
    pub colour: String,
    /// The colour on a screen.
    pub rgb: [u8; 3],
    zh: String,
    en: String,
}

impl Level {
    /// The level's name.
    #[must_use]
    pub fn words(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// One AQI standard, read from a file under `rules/standards/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Identifier, as on the command line.
    pub id: String,
    /// The document's number.
    pub title: String,
    #[serde(default)]
    from: Option<NaiveDate>,
    #[serde(default)]
    until: Option<NaiveDate>,
    scale: Vec<u16>,
    short_table: ShortTable,
    missing: Missing,
    day: BTreeMap<Pollutant, Vec<i64>>,
    hour: BTreeMap<Pollutant, Vec<i64>>,
    /// When a mean counts.
    pub validity: Validity,
    level: Vec<Level>,
}

/// The index of one pollutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which pollutant.
    pub pollutant: Pollutant,
    /// The concentration as rounded for the index, in thousandths of its unit.
    pub concentration: Milli,
    /// Its individual index, or none where the standard gives none (see `short_table`).
    pub iaqi: Option<u16>,
}

/// The result for one place and one averaging period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The AQI, or none where the standard says `NA`.
    pub aqi: Option<u16>,
    /// Every pollutant that had a value.
    pub items: Vec<Item>,
    /// Pollutants with the largest IAQI where it is above 50; ties stand together.
    pub primary: Vec<Pollutant>,
}

/// Why a file of `rules/standards/` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Not the shape of a standard.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// The scale does not rise, or a pollutant's breakpoints do not rise or outnumber the scale.
    #[error("breakpoints of {0} must rise and may not outnumber the scale")]
    Breakpoints(&'static str),
    /// The levels do not rise to the end of the scale.
    #[error("levels must rise to the end of the scale")]
    Levels,
}

impl Standard {
    /// Reads a standard and checks that its tables can be used.
    pub fn parse(source: &str) -> Result<Self, StandardError> {
        let standard: Self = toml::from_str(source).map_err(StandardError::Toml)?;
        let rises = |points: &[i64]| points.windows(2).all(|w| w[0] < w[1]);
        let scale: Vec<i64> = standard.scale.iter().map(|v| i64::from(*v)).collect();
        if scale.len() < 2 || !rises(&scale) {
            return Err(StandardError::Breakpoints("scale"));
        }
        for (pollutant, points) in standard.day.iter().chain(&standard.hour) {
            if points.len() < 2 || points.len() > scale.len() || !rises(points) || points[0] < 0 {
                return Err(StandardError::Breakpoints(pollutant.name()));
            }
        }
        let ends: Vec<i64> = standard.level.iter().map(|l| i64::from(l.upto)).collect();
        if !rises(&ends) || ends.last() != scale.last() {
            return Err(StandardError::Levels);
        }
        Ok(standard)
    }

    /// Whether the standard governs data of `day`.
    #[must_use]
    pub fn governs(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// The pollutants the standard indexes in this averaging period.
    pub fn pollutants(&self, averaging: Averaging) -> impl Iterator<Item = Pollutant> + '_ {
        self.table(averaging).keys().copied()
    }

    fn table(&self, averaging: Averaging) -> &BTreeMap<Pollutant, Vec<i64>> {
        match averaging {
            Averaging::Day => &self.day,
            Averaging::Hour => &self.hour,
        }
    }

    /// The individual index of a concentration: rounded by GB/T 8170 (half to even), interpolated, rounded up.
    /// Nothing for a negative concentration, a pollutant without a table, or a value above a short table that the
    /// standard does not index. Above the scale's end the index stays at its end (500).
    #[must_use]
    pub fn iaqi(&self, averaging: Averaging, pollutant: Pollutant, concentration: Milli) -> Option<u16> {
        let points = self.table(averaging).get(&pollutant)?;
        let step = pollutant.resolution();
        let c = round_half_even(concentration, step) * step;
        if c < 0 {
            return None;
        }
        let Some(hi) = points.iter().position(|p| c <= p * 1000) else {
            let complete = points.len() == self.scale.len();
            let top = self.scale.get(points.len() - 1).copied();
            return if complete || self.short_table == ShortTable::Cap { top } else { None };
        };
        if hi == 0 {
            return self.scale.first().copied();
        }
        let (bp_lo, bp_hi) = (points[hi - 1] * 1000, points[hi] * 1000);
        let (i_lo, i_hi) = (i64::from(self.scale[hi - 1]), i64::from(self.scale[hi]));
        let (rise, run) = ((i_hi - i_lo) * (c - bp_lo), bp_hi - bp_lo);
        u16::try_from(i_lo + rise.div_euclid(run) + i64::from(rise.rem_euclid(run) != 0)).ok()
    }

    /// The AQI of a set of concentrations (thousandths of the unit; none = missing).
    #[must_use]
    pub fn index(&self, averaging: Averaging, concentrations: &[(Pollutant, Option<Milli>)]) -> Index {
        let value = |p| concentrations.iter().find(|(q, _)| *q == p).and_then(|(_, c)| *c);
        let mut items = Vec::new();
        let mut complete = true;
        for pollutant in self.pollutants(averaging) {
            match value(pollutant) {
                Some(c) => {
                    let step = pollutant.resolution();
                    let concentration = round_half_even(c, step) * step;
                    items.push(Item { pollutant, concentration, iaqi: self.iaqi(averaging, pollutant, c) });
                }
                None => complete = false,
            }
        }
        let largest = items.iter().filter_map(|i| i.iaqi).max();
        let publish = complete || self.missing == Missing::Others;
        let aqi = largest.filter(|aqi| publish || *aqi > 100);
        let primary = match largest {
            Some(top) if top > 50 => items.iter().filter(|i| i.iaqi == Some(top)).map(|i| i.pollutant).collect(),
            _ => Vec::new(),
        };
        Index { aqi, items, primary }
    }

    /// The level of an AQI.
    #[must_use]
    pub fn level(&self, aqi: u16) -> Option<&Level> {
        self.level.iter().find(|l| aqi <= l.upto).or_else(|| self.level.last())
    }
}

/// The standards that a site knows; the one for a day is chosen by date.
#[derive(Debug, Clone, Default)]
pub struct Standards(pub Vec<Standard>);

impl Standards {
    /// The standard that governs data of `day`.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Standard> {
        self.0.iter().find(|s| s.governs(day))
    }

    /// The standard with this identifier.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Standard> {
        self.0.iter().find(|s| s.id == id)
    }
}

/// `numerator / denominator` rounded to the nearest integer, ties to the even one (GB/T 8170).
/// `denominator` must be positive.
#[must_use]
pub const fn round_half_even(numerator: i64, denominator: i64) -> i64 {
    let floor = numerator.div_euclid(denominator);
    let twice = 2 * numerator.rem_euclid(denominator);
    if twice > denominator || (twice == denominator && floor % 2 != 0) { floor + 1 } else { floor }
}

/// Reads a decimal number exactly into thousandths; further digits are rounded half to even. `None` for anything that
/// is not a plain finite decimal (`NaN`, `1e3`, `<3`) or is beyond ±2,000,000.
#[must_use]
pub fn parse_milli(text: &str) -> Option<Milli> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !plain(whole) || !plain(part) || whole.len() > 9 || part.len() > 15 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut scaled = whole * 1000;
    if !part.is_empty() {
        let fraction: i64 = part.parse().ok()?;
        let unit = 10_i64.pow(u32::try_from(part.len()).ok()?);
        // whole part is even in thousandths, so rounding the fraction alone keeps ties to even.
        scaled += if unit <= 1000 { fraction * (1000 / unit) } else { round_half_even(fraction, unit / 1000) };
    }
    (scaled <= 2_000_000_000).then_some(if negative { -scaled } else { scaled })
}

/// Thousandths as a decimal without trailing zeros.
#[must_use]
pub fn milli_words(value: Milli) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    let text = format!("{sign}{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
