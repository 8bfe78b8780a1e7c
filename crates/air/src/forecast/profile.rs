//! Hourly shapes for forecasts that speak of whole days only.
//!
//! In: an [`Outlook`] and `rules/profiles.toml`. Out: hours whose daily value is the one stated, and the shape's name.
//! Can't happen: an hour without a stated or derived daily value behind it; a value for a pollutant without a shape;
//! a choice between two possible primary pollutants.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::{Column, Columns, MISSING, Outlook, Range, Variable};
use cuofeng_aqi::{Averaging, Milli, Pollutant, Standard, Standards, round_half_even};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;

/// Which value of a stated range becomes hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// The lowest: fewer warnings.
    Low,
    /// Half way.
    #[default]
    Middle,
    /// The highest: more warnings.
    High,
}

impl Take {
    /// The value of a range.
    #[must_use]
    pub const fn of(self, range: Range) -> i64 {
        match self {
            Self::Low => range.low(),
            Self::Middle => range.middle(),
            Self::High => range.high(),
        }
    }
}

/// The shape of a day for one pollutant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Identifier, as tables and notices name it.
    pub id: String,
    /// Which daily value it spreads.
    pub pollutant: Pollutant,
    /// Months in which it holds, 1 to 12; all where none is given.
    #[serde(default)]
    pub months: Vec<u32>,
    /// Where the shape comes from.
    pub source: String,
    /// One weight a clock hour, from 0 o'clock on.
    pub hours: Vec<u32>,
}

/// All shapes, the first that fits a pollutant and month wins.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// Which value of a stated range becomes hours.
    #[serde(default)]
    pub value: Take,
    /// The shapes.
    #[serde(default)]
    pub profile: Vec<Profile>,
}

/// Why `profiles.toml` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not the shape of the file.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// Not 24 weights, or none above zero, or one beyond 1,000,000.
    #[error("profile {0} needs 24 weights from 0 to 1000000, one of them above 0")]
    Hours(String),
    /// A month outside 1 to 12.
    #[error("profile {0} has a month outside 1 to 12")]
    Months(String),
}

impl ProfileError {
    /// In words of the reader's language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Toml(error) => msg!("site.not_toml", error = error.message()),
            Self::Hours(id) => msg!("site.profile_hours", id = id),
            Self::Months(id) => msg!("site.profile_months", id = id),
        }
    }
}

impl Profiles {
    /// Reads the file and checks that its shapes can be used.
    pub fn parse(source: &str) -> Result<Self, ProfileError> {
        let profiles: Self = toml::from_str(source).map_err(ProfileError::Toml)?;
        for profile in &profiles.profile {
            let fine = profile.hours.len() == 24 && profile.hours.iter().all(|w| *w <= 1_000_000);
            if !fine || profile.weight() == 0 {
                return Err(ProfileError::Hours(profile.id.clone()));
            }
            if profile.months.iter().any(|m| !(1..=12).contains(m)) {
                return Err(ProfileError::Months(profile.id.clone()));
            }
        }
        Ok(profiles)
    }

    /// The same shapes with another value of a range.
    #[must_use]
    pub fn taking(&self, value: Take) -> Self {
        Self { value, profile: self.profile.clone() }
    }

    /// The hours of an outlook's day by variable, each with the shape that made it.
    #[must_use]
    pub fn hours(&self, outlook: &Outlook, standards: &Standards, zone: &Zone) -> Vec<(Columns, String)> {
        let first = zone.first_hour(outlook.day);
        let shaped = |(pollutant, value): (Pollutant, Milli)| {
            let profile = self.find(pollutant, outlook.day)?;
            let column = Column { first, values: profile.spread(value) };
            Some((Columns::from([(variable(pollutant), column)]), profile.id.clone()))
        };
        self.daily(outlook, standards).into_iter().filter_map(shaped).collect()
    }

    /// The daily concentrations that an outlook states, or that follow from its index (or from that of its levels, where it
    /// states no index) where it names one primary pollutant: the highest concentration with that index.
    #[must_use]
    pub fn daily(&self, outlook: &Outlook, standards: &Standards) -> Vec<(Pollutant, Milli)> {
        let mut daily: Vec<(Pollutant, Milli)> =
            outlook.concentrations.iter().map(|(p, range)| (*p, self.value.of(*range))).collect();
        let standard = match &outlook.standard {
            Some(id) => standards.by_id(id),
            None => standards.on(outlook.day),
        };
        let index = standard.and_then(|standard| outlook.index(standard));
        if let (Some((aqi, _)), [primary], Some(standard)) = (index, outlook.primary.as_slice(), standard) {
            let primary = if *primary == Pollutant::O3 { Pollutant::O38h } else { *primary };
            // A profile spreads the usual daily value; an index of another one (a largest hour of NO2) gives none.
            let usual = standard.statistic(primary) == primary.usual();
            if usual && daily.iter().all(|(p, _)| *p != primary) {
                daily.extend(concentration(standard, primary, self.value.of(aqi)).map(|c| (primary, c)));
            }
        }
        daily
    }

    fn find(&self, pollutant: Pollutant, day: NaiveDate) -> Option<&Profile> {
        let fits = |p: &&Profile| p.pollutant == pollutant && (p.months.is_empty() || p.months.contains(&day.month()));
        self.profile.iter().find(fits)
    }
}

impl Profile {
    /// What the weights' daily value is a multiple of: eight hours for ozone, the whole day for the others.
    fn weight(&self) -> u32 {
        match self.pollutant {
            Pollutant::O38h => self.hours.windows(8).map(|w| w.iter().sum()).max().unwrap_or(0),
            Pollutant::O3 => self.hours.iter().copied().max().unwrap_or(0),
            _ => self.hours.iter().sum(),
        }
    }

    /// 24 hours whose daily value (the mean; for ozone the largest eight-hour mean) is `value`.
    fn spread(&self, value: Milli) -> Vec<i32> {
        let parts = match self.pollutant {
            Pollutant::O38h => 8,
            Pollutant::O3 => 1,
            _ => 24,
        };
        let (value, weight) = (value.clamp(0, i64::from(i32::MAX) / 64), i64::from(self.weight()).max(1));
        let hour = |w: &u32| i32::try_from(round_half_even(value * parts * i64::from(*w), weight)).unwrap_or(MISSING);
        self.hours.iter().map(hour).collect()
    }
}

/// The variable whose hours make up a pollutant's daily value.
#[must_use]
pub const fn variable(pollutant: Pollutant) -> Variable {
    match pollutant {
        Pollutant::So2 | Pollutant::So224h => Variable::So2,
        Pollutant::No2 => Variable::No2,
        Pollutant::Co => Variable::Co,
        Pollutant::Pm10 => Variable::Pm10,
        Pollutant::Pm25 => Variable::Pm25,
        Pollutant::O3 | Pollutant::O38h => Variable::O3,
    }
}

/// The highest concentration, at the pollutant's resolution, whose daily individual index is at most `aqi`.
/// Nothing for an index of zero or one beyond the pollutant's table.
pub(super) fn concentration(standard: &Standard, pollutant: Pollutant, aqi: i64) -> Option<Milli> {
    let within = |steps: i64| {
        let iaqi = standard.iaqi(Averaging::Day, pollutant, steps * pollutant.resolution());
        iaqi.is_some_and(|i| i64::from(i) <= aqi)
    };
    let (mut low, mut high) = (0, 10_000);
    if aqi <= 0 || within(high) {
        return None;
    }
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if within(middle) { low = middle } else { high = middle }
    }
    Some(low * pollutant.resolution())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Origin, Series};

    fn profiles() -> Profiles {
        let source = include_str!("../../../../rules/profiles.toml");
        Profiles::parse(source).expect("the shipped profiles")
    }

    fn standards() -> Standards {
        let read = |source| Standard::parse(source).expect("a shipped standard");
        Standards(vec![
            read(include_str!("../../../../rules/standards/hj633-2012.toml")),
            read(include_str!("../../../../rules/standards/hj633-2026.toml")),
        ])
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn the_hours_of_a_day_give_back_the_stated_value_in_every_month() {
        let (profiles, standards) = (profiles(), standards());
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        for month in 1..=12 {
            let day = NaiveDate::from_ymd_opt(2026, month, 15).expect("a day");
            let mut outlook = Outlook::new(day);
            outlook.concentrations.insert(Pollutant::O38h, Range::new(155_000, 185_000).expect("a range"));
            outlook.concentrations.insert(Pollutant::Pm25, Range::new(15_000, 45_000).expect("a range"));
            let mut series = Series::new("r", zone.first_hour(day), 24);
            for (columns, _) in profiles.hours(&outlook, &standards, &zone) {
                series.lay(&columns, &Origin::Observed { feed: "f".into() });
            }
            let standard = standards.on(day).expect("a standard");
            let value = |p| series.daily_concentration(p, day, &zone, standard).expect("a value");
            assert!((value(Pollutant::O38h) - 170_000).abs() <= 1, "{month}");
            assert!((value(Pollutant::Pm25) - 30_000).abs() <= 1, "{month}");
            let noon = series.value(Variable::O3, zone.first_hour(day) + 14).expect("an hour");
            let dawn = series.value(Variable::O3, zone.first_hour(day) + 6).expect("an hour");
            assert!(noon > 2 * dawn, "ozone peaks in the afternoon, month {month}: {noon} {dawn}");
        }
    }

    #[test]
    fn an_index_with_one_primary_pollutant_gives_its_concentration_and_with_two_gives_none() {
        let (profiles, standards) = (profiles(), standards());
        let mut outlook = Outlook::new(day("2026-07-15"));
        outlook.aqi = Range::new(95, 125);
        outlook.primary = vec![Pollutant::O3];
        // HJ 633-2026 table 3: IAQI 110 lies at 160 + (110 - 100) / 50 × 55 = 171 µg/m³ of eight-hour ozone.
        assert_eq!(profiles.daily(&outlook, &standards), [(Pollutant::O38h, 171_000)]);
        outlook.primary.push(Pollutant::Pm25);
        assert_eq!(profiles.daily(&outlook, &standards), []);
        outlook.primary = vec![Pollutant::Pm25];
        outlook.aqi = Range::new(100, 100);
        assert_eq!(profiles.daily(&outlook, &standards), [(Pollutant::Pm25, 60_000)]);
        outlook.standard = Some("hj633-2012".into());
        assert_eq!(profiles.daily(&outlook, &standards), [(Pollutant::Pm25, 75_000)]);
    }

    #[test]
    fn every_index_comes_back_from_its_concentration() {
        let standards = standards();
        let standard = standards.by_id("hj633-2026").expect("shipped");
        for aqi in 1..500 {
            let Some(c) = concentration(standard, Pollutant::Pm25, aqi) else { continue };
            let iaqi = |c| standard.iaqi(Averaging::Day, Pollutant::Pm25, c).map(i64::from);
            assert!(iaqi(c).is_some_and(|i| i <= aqi) && iaqi(c + 1000).is_some_and(|i| i > aqi), "{aqi}");
        }
        assert_eq!(concentration(standard, Pollutant::O38h, 301), None, "beyond the ozone table");
        assert_eq!(concentration(standard, Pollutant::O38h, 0), None);
    }

    #[test]
    fn a_shape_that_cannot_be_used_is_refused() {
        let file = |hours: &str| {
            Profiles::parse(&format!("[[profile]]\nid='x'\npollutant='pm25'\nsource='s'\nhours=[{hours}]"))
        };
        assert!(matches!(file("1,2"), Err(ProfileError::Hours(_))));
        assert!(matches!(file(&["0"; 24].join(",")), Err(ProfileError::Hours(_))));
        assert!(file(&["1"; 24].join(",")).is_ok());
    }
}
