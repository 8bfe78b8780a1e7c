//! The hourly variables, their units and plausible ranges.
//!
//! In: a name. Out: the variable. Can't happen: a variable without a unit.

use crate::text::Lang;

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
    /// The hourly air quality index, as a feed states it itself: most Chinese hourly forecasts carry nothing else.
    AqiHour,
}

impl Variable {
    /// All variables, in the order of their numbers.
    pub const ALL: [Self; 14] = [
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
        Self::AqiHour,
    ];

    /// The concentrations.
    pub const AIR: [Self; 6] = [Self::Pm25, Self::Pm10, Self::So2, Self::No2, Self::Co, Self::O3];

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
            Self::AqiHour => "aqi_hour",
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
            Self::AqiHour => "",
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
            (Self::AqiHour, Lang::Zh) => "实时AQI",
            (Self::AqiHour, Lang::En) => "hourly AQI",
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
            Self::Precipitation | Self::AqiHour => (0, 500),
            Self::Radiation => (0, 1500),
            Self::Co => (0, 1_000),
            _ => (0, 10_000),
        }
    }
}
