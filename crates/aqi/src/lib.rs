//! The air quality index by a dated standard, exact.
//!
//! In: concentrations in thousandths of µg/m³ (mg/m³ for CO), or of the standard's own unit, and a standard read from
//! `rules/standards/`. Out: each individual index (IAQI), the AQI, its level and the primary pollutants.
//! Can't happen: a rounding error, because there is no floating point here; an index for a value that is missing; a
//! concentration in one unit compared with a table in another.
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod breakpoints;
mod number;
mod standard;
mod validity;

use serde::{Deserialize, Serialize};

use cuofeng_base::text::Lang;

pub use number::{Milli, milli_words, parse_milli, parse_milli_cut, round_05up, round_half_even};
pub use standard::{Standard, StandardError, Standards};
pub use validity::Validity;

cuofeng_base::catalogue!(["aqi"], on[cuofeng_base]);

/// What a standard gives an index to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pollutant {
    /// Sulphur dioxide.
    So2,
    /// Sulphur dioxide, mean of a day, where a standard indexes it beside the largest hour.
    #[serde(rename = "so2_24h")]
    So224h,
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
    pub const ALL: [Self; 8] =
        [Self::So2, Self::So224h, Self::No2, Self::Co, Self::O3, Self::O38h, Self::Pm10, Self::Pm25];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::So2 => "so2",
            Self::So224h => "so2_24h",
            Self::No2 => "no2",
            Self::Co => "co",
            Self::O3 => "o3",
            Self::O38h => "o3_8h",
            Self::Pm10 => "pm10",
            Self::Pm25 => "pm25",
        }
    }

    /// The name in a table that people read.
    #[must_use]
    pub const fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::So2, Lang::Zh) => "二氧化硫",
            (Self::So2, Lang::En) => "SO2",
            (Self::So224h, Lang::Zh) => "二氧化硫24小时",
            (Self::So224h, Lang::En) => "SO2 24 h",
            (Self::No2, Lang::Zh) => "二氧化氮",
            (Self::No2, Lang::En) => "NO2",
            (Self::Co, Lang::Zh) => "一氧化碳",
            (Self::Co, Lang::En) => "CO",
            (Self::O3, Lang::Zh) => "臭氧",
            (Self::O3, Lang::En) => "ozone",
            (Self::O38h, Lang::Zh) => "臭氧8小时",
            (Self::O38h, Lang::En) => "ozone 8 h",
            (Self::Pm10, _) => "PM10",
            (Self::Pm25, _) => "PM2.5",
        }
    }

    /// Thousandths to which a concentration is rounded before its index: 1 µg/m³, or 0.1 mg/m³ for CO
    /// (HJ 633-2026, 4.2.2 and 4.2.3; HJ 633-2012 is silent and the same practice is used).
    #[must_use]
    pub const fn resolution(self) -> Milli {
        if matches!(self, Self::Co) { 100 } else { 1000 }
    }

    /// The unit in which the program keeps its concentrations.
    #[must_use]
    pub const fn unit(self) -> Unit {
        if matches!(self, Self::Co) { Unit::Milligram } else { Unit::Microgram }
    }

    /// The value that stands for a day where nothing else is said: the mean; for ozone the largest.
    #[must_use]
    pub const fn usual(self) -> Statistic {
        match self {
            Self::O3 => Statistic::Max1h,
            Self::O38h => Statistic::Max8h,
            _ => Statistic::Mean,
        }
    }
}

/// The unit of a concentration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Microgram per cubic metre.
    #[serde(rename = "µg/m³")]
    Microgram,
    /// Milligram per cubic metre.
    #[serde(rename = "mg/m³")]
    Milligram,
    /// Parts per million by volume.
    #[serde(rename = "ppm")]
    Ppm,
    /// Parts per thousand million by volume.
    #[serde(rename = "ppb")]
    Ppb,
}

impl Unit {
    /// As written.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Microgram => "µg/m³",
            Self::Milligram => "mg/m³",
            Self::Ppm => "ppm",
            Self::Ppb => "ppb",
        }
    }
}

/// Which value of a day's hours a daily index is worked out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Statistic {
    /// The mean of the day.
    #[serde(rename = "mean")]
    Mean,
    /// The largest hour.
    #[serde(rename = "max_1h")]
    Max1h,
    /// The largest eight-hour mean.
    #[serde(rename = "max_8h")]
    Max8h,
}

/// Which column of the standard's table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// Daily report and daily forecast.
    Day,
    /// Real-time report and hourly forecast.
    Hour,
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

/// The index of one pollutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which pollutant.
    pub pollutant: Pollutant,
    /// The concentration as rounded or truncated for the index, in thousandths of `unit`.
    pub concentration: Milli,
    /// The standard's own unit for the pollutant.
    pub unit: Unit,
    /// Its individual index, or none where the standard gives none.
    pub iaqi: Option<u16>,
}

/// What is known of a pollutant's concentration, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concentration {
    /// This is it.
    Is(Milli),
    /// Hours are missing; the true one is no smaller.
    AtLeast(Milli),
    /// Nothing is known.
    Missing,
}

impl From<Option<Milli>> for Concentration {
    fn from(value: Option<Milli>) -> Self {
        value.map_or(Self::Missing, Self::Is)
    }
}

/// The result for one place and one averaging period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The AQI, or none where the standard says `NA`. Where something is [missing](Self::missing) it is the least that
    /// the AQI can be.
    pub aqi: Option<u16>,
    /// Every pollutant that had a value.
    pub items: Vec<Item>,
    /// Pollutants with the largest IAQI where it is above the standard's limit (50 in China); ties stand together. Where
    /// something is missing another may be the primary one ([`Standard::is_primary`]).
    pub primary: Vec<Pollutant>,
    /// Pollutants that the index needs and of which nothing, or only a lower bound, is known.
    pub missing: Vec<Pollutant>,
    /// The lowest and the highest index of the levels from which the AQI was taken, where somebody published levels
    /// alone: nobody published this index.
    pub graded: Option<[u16; 2]>,
}

impl Index {
    /// The largest individual index: no more than the true AQI.
    #[must_use]
    pub fn largest(&self) -> Option<u16> {
        self.items.iter().filter_map(|item| item.iaqi).max()
    }

    /// Whether the AQI is known, and not only a bound of it.
    #[must_use]
    pub const fn whole(&self) -> bool {
        self.aqi.is_some() && self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests;
