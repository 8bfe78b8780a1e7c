//! Forecast runs, and the one series per region that rules look at.
//!
//! In: runs as feeds read them (issued at, hourly columns) and observations. Out: a [`Series`] in which every hour of
//! every variable is the observation, else the last forecast that covered the hour, else the current run, and says
//! which (design decision 5). Can't happen: a missing hour that reads as a number; a value without an origin.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::aqi::{Averaging, Index, Milli, Pollutant, Standards, Validity, round_half_even};
use crate::text::Lang;
use crate::time::{Hour, Zone};

/// The mark of a missing value in a column of thousandths.
pub const MISSING: i32 = i32::MIN;

/// An hourly variable. Values are kept in thousandths of [`Variable::unit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// Fine particles, µg/m³.
    Pm25,
    /// Inhalable particles, µg/m³.
    Pm10,
    /// Sulphur dioxide, µg/m³.
    So2,
    /// Nitrogen dioxide, µg/m³.
    No2,
    /// Carbon monoxide, mg/m³.
    Co,
    /// Ozone, µg/m³.
    O3,
    /// Air temperature, °C.
    Temperature,
    /// Relative humidity, %.
    Humidity,
    /// Wind speed, m/s.
    Wind,
    /// Direction the wind comes from, degrees.
    WindDirection,
    /// Precipitation of the hour, mm.
    Precipitation,
    /// Short-wave radiation, W/m².
    Radiation,
    /// Height of the mixed layer, m.
    MixingHeight,
}

impl Variable {
    /// All variables, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Pm25,
        Self::Pm10,
        Self::So2,
        Self::No2,
        Self::Co,
        Self::O3,
        Self::Temperature,
        Self::Humidity,
        Self::Wind,
        Self::WindDirection,
        Self::Precipitation,
        Self::Radiation,
        Self::MixingHeight,
    ];

    /// The name in files and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pm25 => "pm25",
            Self::Pm10 => "pm10",
            Self::So2 => "so2",
            Self::No2 => "no2",
            Self::Co => "co",
            Self::O3 => "o3",
            Self::Temperature => "temperature",
            Self::Humidity => "humidity",
            Self::Wind => "wind",
            Self::WindDirection => "wind_direction",
            Self::Precipitation => "precipitation",
            Self::Radiation => "radiation",
            Self::MixingHeight => "mixing_height",
        }
    }

    /// The variable with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == name)
    }

    /// The unit of its values.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Pm25 | Self::Pm10 | Self::So2 | Self::No2 | Self::O3 => "µg/m³",
            Self::Co => "mg/m³",
            Self::Temperature => "°C",
            Self::Humidity => "%",
            Self::Wind => "m/s",
            Self::WindDirection => "°",
            Self::Precipitation => "mm",
            Self::Radiation => "W/m²",
            Self::MixingHeight => "m",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub const fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Pm25, Lang::Zh) => "细颗粒物（PM2.5）",
            (Self::Pm25, Lang::En) => "PM2.5",
            (Self::Pm10, Lang::Zh) => "可吸入颗粒物（PM10）",
            (Self::Pm10, Lang::En) => "PM10",
            (Self::So2, Lang::Zh) => "二氧化硫",
            (Self::So2, Lang::En) => "SO2",
            (Self::No2, Lang::Zh) => "二氧化氮",
            (Self::No2, Lang::En) => "NO2",
            (Self::Co, Lang::Zh) => "一氧化碳",
            (Self::Co, Lang::En) => "CO",
            (Self::O3, Lang::Zh) => "臭氧",
            (Self::O3, Lang::En) => "ozone",
            (Self::Temperature, Lang::Zh) => "气温",
            (Self::Temperature, Lang::En) => "temperature",
            (Self::Humidity, Lang::Zh) => "相对湿度",
            (Self::Humidity, Lang::En) => "humidity",
            (Self::Wind, Lang::Zh) => "风速",
            (Self::Wind, Lang::En) => "wind speed",
            (Self::WindDirection, Lang::Zh) => "风向",
            (Self::WindDirection, Lang::En) => "wind direction",
            (Self::Precipitation, Lang::Zh) => "降水量",
            (Self::Precipitation, Lang::En) => "precipitation",
            (Self::Radiation, Lang::Zh) => "太阳辐射",
            (Self::Radiation, Lang::En) => "radiation",
            (Self::MixingHeight, Lang::Zh) => "混合层高度",
            (Self::MixingHeight, Lang::En) => "mixing height",
        }
    }

    /// Values outside this closed range (in the unit) are refused as wrong units or broken sensors: zero to twenty
    /// times the end of the AQI scale for pollutants, twice what has been recorded on earth for the weather.
    #[must_use]
    pub const fn plausible(self) -> (i64, i64) {
        match self {
            Self::Temperature => (-90, 65),
            Self::Humidity => (0, 110),
            Self::Wind => (0, 120),
            Self::WindDirection => (0, 360),
            Self::Precipitation => (0, 500),
            Self::Radiation => (0, 1500),
            Self::Co => (0, 1_000),
            _ => (0, 10_000),
        }
    }
}

/// Hourly values from `first` on, in thousandths, [`MISSING`] where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Hour of the first value.
    pub first: Hour,
    /// One value an hour.
    pub values: Vec<i32>,
}

impl Column {
    /// The value of an hour.
    #[must_use]
    pub fn get(&self, hour: Hour) -> Option<i32> {
        let index = usize::try_from(hour - self.first).ok()?;
        self.values.get(index).copied().filter(|v| *v != MISSING)
    }
}

/// One forecast run for one region, as a feed gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Name of the feed in the site file.
    pub feed: String,
    /// Region identifier.
    pub region: String,
    /// When the forecast was made.
    pub issued_at: DateTime<Utc>,
    /// Hourly values by variable.
    pub columns: BTreeMap<Variable, Column>,
}

impl Run {
    /// How many hourly values are missing between the first and the last hour, over all variables.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.columns.values().flat_map(|c| &c.values).filter(|v| **v == MISSING).count()
    }

    /// First hour and the hour after the last one that has any value.
    #[must_use]
    pub fn span(&self) -> Option<(Hour, Hour)> {
        let first = self.columns.values().map(|c| c.first).min()?;
        let end = self.columns.values().map(|c| c.first + i64::try_from(c.values.len()).unwrap_or(0)).max()?;
        Some((first, end))
    }
}

/// Where a value of a [`Series`] came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Measured.
    Observed {
        /// The feed that brought it.
        feed: String,
    },
    /// A forecast: the current run, or for past hours the last run that covered them.
    Forecast {
        /// The feed that brought it.
        feed: String,
        /// When that run was made.
        issued_at: DateTime<Utc>,
    },
}

/// What is known of one region, hour by hour: the past as observed or last forecast, the future as forecast.
#[derive(Debug, Clone)]
pub struct Series {
    /// Region identifier.
    pub region: String,
    /// First hour.
    pub first: Hour,
    /// Number of hours.
    pub hours: usize,
    tracks: Vec<Option<Track>>,
    origins: Vec<Origin>,
}

#[derive(Debug, Clone)]
struct Track {
    values: Vec<i32>,
    origin: Vec<u16>,
}

impl Series {
    /// An empty series of `hours` hours from `first`.
    #[must_use]
    pub fn new(region: impl Into<String>, first: Hour, hours: usize) -> Self {
        let tracks = vec![None; Variable::ALL.len()];
        Self { region: region.into(), first, hours, tracks, origins: Vec::new() }
    }

    /// Lays `columns` over what is there: every present value replaces the one below it.
    /// Lay runs from the oldest to the newest, then observations.
    pub fn lay(&mut self, columns: &BTreeMap<Variable, Column>, origin: &Origin) {
        let Ok(mark) = u16::try_from(self.origins.len()) else { return };
        self.origins.push(origin.clone());
        for (variable, column) in columns {
            let track = self.tracks[*variable as usize]
                .get_or_insert_with(|| Track { values: vec![MISSING; self.hours], origin: vec![0; self.hours] });
            let shift = column.first - self.first;
            let skip = usize::try_from(-shift).unwrap_or(0);
            let at = usize::try_from(shift).unwrap_or(0);
            for (i, value) in column.values.iter().skip(skip).enumerate() {
                let Some(slot) = track.values.get_mut(at + i) else { break };
                if *value != MISSING {
                    *slot = *value;
                    track.origin[at + i] = mark;
                }
            }
        }
    }

    /// The values of a variable, one an hour from `first`; nothing where no run or observation had the variable.
    #[must_use]
    pub fn values(&self, variable: Variable) -> Option<&[i32]> {
        self.tracks[variable as usize].as_ref().map(|t| t.values.as_slice())
    }

    /// The value of an hour.
    #[must_use]
    pub fn value(&self, variable: Variable, hour: Hour) -> Option<i32> {
        let index = usize::try_from(hour - self.first).ok()?;
        self.values(variable)?.get(index).copied().filter(|v| *v != MISSING)
    }

    /// Where the value of an hour came from.
    #[must_use]
    pub fn origin(&self, variable: Variable, hour: Hour) -> Option<&Origin> {
        self.value(variable, hour)?;
        let index = usize::try_from(hour - self.first).ok()?;
        let track = self.tracks[variable as usize].as_ref()?;
        self.origins.get(usize::from(*track.origin.get(index)?))
    }

    /// Local days of which the series holds at least one hour.
    #[must_use]
    pub fn days(&self, zone: &Zone) -> Vec<NaiveDate> {
        if self.hours == 0 {
            return Vec::new();
        }
        let last = zone.day_of(self.first + (i64::try_from(self.hours).unwrap_or(1) - 1));
        zone.day_of(self.first).iter_days().take_while(|d| *d <= last).collect()
    }

    /// The AQI of a local day by the standard that governs the day.
    #[must_use]
    pub fn daily_index(&self, day: NaiveDate, zone: &Zone, standards: &Standards) -> Option<Index> {
        let standard = standards.on(day)?;
        let concentrations: Vec<(Pollutant, Option<Milli>)> = standard
            .pollutants(Averaging::Day)
            .map(|p| (p, self.daily_concentration(p, day, zone, &standard.validity)))
            .collect();
        Some(standard.index(Averaging::Day, &concentrations))
    }

    /// The concentration that stands for a pollutant on a local day: its mean, for ozone its largest hour or largest
    /// eight-hour mean. Nothing where the standard calls the day's value invalid.
    #[must_use]
    pub fn daily_concentration(
        &self,
        pollutant: Pollutant,
        day: NaiveDate,
        zone: &Zone,
        validity: &Validity,
    ) -> Option<Milli> {
        let variable = match pollutant {
            Pollutant::So2 => Variable::So2,
            Pollutant::No2 => Variable::No2,
            Pollutant::Co => Variable::Co,
            Pollutant::Pm10 => Variable::Pm10,
            Pollutant::Pm25 => Variable::Pm25,
            Pollutant::O3 | Pollutant::O38h => Variable::O3,
        };
        let first = zone.first_hour(day);
        let hours: Vec<Option<i32>> = (0..24).map(|h| self.value(variable, first + h)).collect();
        let present: Vec<i64> = hours.iter().flatten().map(|v| i64::from(*v)).collect();
        match pollutant {
            Pollutant::O38h => largest_8h(&hours, validity),
            _ if present.len() < validity.day_hours => None,
            Pollutant::O3 => present.into_iter().max(),
            _ => Some(round_half_even(present.iter().sum(), i64::try_from(present.len()).ok()?)),
        }
    }
}

/// The largest eight-hour mean among the windows that lie within the day (GB 3095-2026, 3.9).
fn largest_8h(hours: &[Option<i32>], validity: &Validity) -> Option<Milli> {
    let means: Vec<Milli> = hours
        .windows(8)
        .filter_map(|window| {
            let present: Vec<i64> = window.iter().flatten().map(|v| i64::from(*v)).collect();
            let enough = present.len() >= validity.o3_8h_hours;
            enough.then(|| round_half_even(present.iter().sum(), i64::try_from(present.len()).unwrap_or(1)))
        })
        .collect();
    let largest = *means.iter().max()?;
    let valid = means.len() >= validity.o3_8h_windows || largest > validity.o3_8h_limit * 1000;
    valid.then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(first: i64, values: &[i32]) -> BTreeMap<Variable, Column> {
        BTreeMap::from([(Variable::O3, Column { first: Hour(first), values: values.to_vec() })])
    }

    fn run(hour: i64) -> Origin {
        Origin::Forecast { feed: "f".into(), issued_at: Hour(hour).start() }
    }

    #[test]
    fn an_hour_is_the_observation_else_the_last_forecast_that_covered_it_else_the_current_run() {
        let mut series = Series::new("r", Hour(0), 5);
        series.lay(&column(-1, &[9, 10, 11, 12]), &run(-1)); // hours -1..3
        series.lay(&column(1, &[21, MISSING, 23, 24, 25]), &run(1)); // hours 1..6, hour 2 has a gap
        series.lay(&column(0, &[100]), &Origin::Observed { feed: "o".into() });
        let values: Vec<_> = (0..5).map(|h| series.value(Variable::O3, Hour(h))).collect();
        assert_eq!(values, [Some(100), Some(21), Some(12), Some(23), Some(24)]);
        assert_eq!(series.origin(Variable::O3, Hour(2)), Some(&run(-1)));
        assert_eq!(series.origin(Variable::O3, Hour(0)), Some(&Origin::Observed { feed: "o".into() }));
        assert_eq!(series.value(Variable::O3, Hour(5)), None);
        assert_eq!(series.values(Variable::Wind), None);
    }

    #[test]
    fn the_largest_eight_hour_mean_uses_windows_inside_the_day_only() {
        let validity = Validity { day_hours: 20, o3_8h_hours: 6, o3_8h_windows: 14, o3_8h_limit: 160 };
        let mut hours = vec![Some(80_000); 24];
        for hour in &mut hours[12..20] {
            *hour = Some(170_000);
        }
        assert_eq!(largest_8h(&hours, &validity), Some(170_000));
        // Five of the eight hours missing: the full window is gone, neighbours with six values remain.
        let gaps: Vec<_> = (0..24).map(|h| if h < 19 { None } else { Some(80_000) }).collect();
        assert_eq!(largest_8h(&gaps, &validity), None);
        // Few windows count only where the maximum is above the limit.
        let few: Vec<_> = (0..24).map(|h| if h < 14 { None } else { Some(180_000) }).collect();
        assert_eq!(largest_8h(&few, &validity), Some(180_000));
    }
}
