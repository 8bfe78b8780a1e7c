//! The hourly variables, their units and plausible ranges.
//!
//! In: a name. Out: the variable. Can't happen: a variable without a unit.

use cuofeng_base::text::Lang;

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

    /// Values outside this closed range (in the unit) are set aside: a wrong unit or a broken sensor, and nothing that
    /// anybody is told. At least the highest that has been published of an hour in the open air; where the bound is far
    /// above it, or nothing has been found, the bound is our own choice, for the reason that stands with it.
    ///
    /// | variable | bounds | reason |
    /// |---|---|---|
    /// | PM2.5 | 3,500 | Ulaanbaatar 2018-01-30 5:00, 3,320 µg/m³ at one station (UNICEF and NCPH, 2018-02-22); rounded up by us |
    /// | PM10 | 10,000 | Beijing 2021-03-15 9:00, 8,108 µg/m³ in six districts (生态环境部 2021-03-15); near 10,000 in the core of the dust (中国环境监测总站, by Caixin of that day), which is taken as told |
    /// | SO2 | 5,000 | our own: an hour was not found; London 1952-12 had a day of 1.34 ppm (Wilkins 1954), 3,830 µg/m³ at 0 °C; HJ 633 ends at a day of 2,620 |
    /// | NO2 | 3,840 | our own: where the hourly scale of HJ 633 ends; London 1991-12, 423 ppb (The Independent 1994-06-25), is 795 µg/m³ |
    /// | CO | 150 | our own: where the hourly scale of HJ 633 ends; nothing higher was found in the open air |
    /// | ozone | 1,400 | our own: the scale ends at an hour of 1,200. Los Angeles 1955-09-13 is told as 0.68 to 0.90 ppm (1,330 to 1,770 µg/m³), a peak by the methods of that time, which measured other oxidants too |
    /// | temperature | -90 to 60 | Vostok 1983-07-21, -89.2 °C; Death Valley 1913-07-10, 56.7 °C (WMO archive of extremes); rounded outwards by us |
    /// | humidity | 110 | our own: above saturation by what sensors show of it |
    /// | wind | 114 | Barrow Island 1996-04-10, a gust of 113.3 m/s (Courtney et al. 2012, for WMO), rounded up; that a gust bounds an hour is our own choice |
    /// | precipitation | 410 | our own: 401 mm in an hour are told of Inner Mongolia 1975-07-03, which we could not look up; what we could is less (305 mm, Missouri 1947; 201.9 mm, Zhengzhou 2021) |
    /// | radiation | 1,500 | our own: the sun above the air is 1,361 W/m²; clouds add to it for minutes |
    /// | mixing height | 10,000 | our own, twice the highest: 5 km above the ground of the Tibetan Plateau, 9.4 km above the sea (Chen et al., PLOS ONE 2013), which some models give |
    /// | hourly AQI | 500 | where the scale ends |
    #[must_use]
    pub const fn plausible(self) -> (i64, i64) {
        match self {
            Self::Pm25 => (0, 3_500),
            Self::Pm10 | Self::MixingHeight => (0, 10_000),
            Self::So2 => (0, 5_000),
            Self::No2 => (0, 3_840),
            Self::Co => (0, 150),
            Self::O3 => (0, 1_400),
            Self::Temperature => (-90, 60),
            Self::Humidity => (0, 110),
            Self::Wind => (0, 114),
            Self::WindDirection => (0, 360),
            Self::Precipitation => (0, 410),
            Self::Radiation => (0, 1_500),
            Self::AqiHour => (0, 500),
        }
    }

    /// How far below zero, in thousandths, an instrument or a model may read where there is nothing: the drift of zero
    /// that instruments are allowed between calibrations. Such a value is 0; one below is a fault.
    ///
    /// Gases: 5 ppb, 0.4 ppm of CO (EPA, Reporting negative values for criteria pollutant monitors, 2016). Particles:
    /// 10 µg/m³ (the least hour that AQS takes). Neither could be looked up again: taken as they are quoted, and close to
    /// what drifts of these instruments are. Radiation: our own, the night's offset of pyranometers (zero offset A of
    /// ISO 9060), generously. Wind, rain, humidity, height: our own, what rounding and packing of models leaves.
    #[must_use]
    pub const fn drift(self) -> i64 {
        match self {
            Self::Pm25 | Self::Pm10 | Self::So2 | Self::No2 | Self::O3 => 10_000,
            Self::Co | Self::Wind | Self::Precipitation => 500,
            Self::Humidity | Self::MixingHeight => 1_000,
            Self::Radiation => 15_000,
            Self::Temperature | Self::WindDirection | Self::AqiHour => 0,
        }
    }

    /// Thousandths to which a concentration is rounded before it is compared or indexed (HJ 633-2026, 4.2.2 and 4.2.3);
    /// nothing for what is no concentration.
    #[must_use]
    pub const fn step(self) -> Option<i64> {
        match self {
            Self::Pm25 | Self::Pm10 | Self::So2 | Self::No2 | Self::O3 => Some(1_000),
            Self::Co => Some(100),
            _ => None,
        }
    }
}
