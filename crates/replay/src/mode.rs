//! The forecasts that a replay goes by: those that the site had, or pretended ones.
//!
//! In: what was observed, a moment of issue and what is pretended. Out: the run that would have been issued then. Can't
//! happen: a run that depends on the order in which runs are made; randomness that differs between machines.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::random::Random;
use super::real::{Real, multiplied};
use cuofeng_air::forecast::errors::{Errors, Kind};
use cuofeng_air::forecast::{Column, Columns, MISSING, Outlook, Range, Run, Series, Variable};
use cuofeng_aqi::{Index, Pollutant, Standards, Validity};
use cuofeng_base::time::{Hour, Zone};

/// Hours of a run.
pub(super) const HORIZON: usize = 72;

/// Days that a bulletin speaks of, from tomorrow on (HJ 633-2026, 5.2: at least three).
pub(super) const BULLETIN_DAYS: u16 = 3;

/// Half the width of a bulletin's ranges: of the AQI, and of ozone in µg/m³.
const HALF: i64 = 15;

/// How one hour's error goes over into the next one's.
const AUTOCORRELATION: f64 = 0.95;

/// What forecasts a replay goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Pretended ones, made of what was observed.
    Pretended(Pretence),
    /// The bulletins and runs that the site got, when it got them.
    Issued,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pretended(pretence) => pretence.fmt(f),
            Self::Issued => f.write_str("issued"),
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "issued" { Ok(Self::Issued) } else { text.parse().map(Self::Pretended) }
    }
}

/// What kind of forecast is pretended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pretence {
    /// What was observed afterwards.
    Perfect,
    /// The last day observed, again and again.
    Persistence,
    /// A bulletin a day, with ranges and no hours.
    Ranges,
    /// What was observed afterwards, wrong in the way that real forecasts are.
    Real {
        /// What kind of model.
        kind: Kind,
        /// Seed of the random numbers.
        seed: u64,
    },
    /// What was observed afterwards; concentrations, and the index that stands for them, with an error that grows.
    Noisy {
        /// Spread of the error's logarithm after 24 hours.
        sigma: f64,
        /// Seed of the random numbers.
        seed: u64,
    },
}

impl fmt::Display for Pretence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Perfect => f.write_str("perfect"),
            Self::Persistence => f.write_str("persistence"),
            Self::Ranges => f.write_str("ranges"),
            Self::Real { kind: Kind::Usual, seed } => write!(f, "real:{seed}"),
            Self::Real { kind: Kind::Damped, seed } => write!(f, "real:damped:{seed}"),
            Self::Noisy { sigma, seed } => write!(f, "noisy:{sigma}:{seed}"),
        }
    }
}

impl FromStr for Pretence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let noisy = || {
            let (sigma, seed) = text.strip_prefix("noisy:")?.split_once(':')?;
            let sigma: f64 = sigma.parse().ok().filter(|s| (0.0..=3.0).contains(s))?;
            Some(Self::Noisy { sigma, seed: seed.parse().ok()? })
        };
        let real = || {
            let rest = text.strip_prefix("real")?;
            let (kind, seed) = match rest.strip_prefix(":damped") {
                Some(seed) => (Kind::Damped, seed),
                None => (Kind::Usual, rest),
            };
            let seed = if seed.is_empty() { 1 } else { seed.strip_prefix(':')?.parse().ok()? };
            Some(Self::Real { kind, seed })
        };
        match text {
            "perfect" => Ok(Self::Perfect),
            "persistence" => Ok(Self::Persistence),
            "ranges" => Ok(Self::Ranges),
            _ => real().or_else(noisy).ok_or_else(|| {
                format!("{text}: real, real:1, real:damped:1, perfect, persistence, ranges, noisy:0.3:1, issued")
            }),
        }
    }
}

impl Pretence {
    /// Local clock hours at which a run is issued.
    #[must_use]
    pub const fn issues(self) -> &'static [u32] {
        match self {
            Self::Ranges => &[20],
            _ => &[8, 20],
        }
    }

    /// Local clock hours at which is decided, as a new site does: also without a new run.
    const DECIDES: [u32; 2] = [8, 20];

    /// When it is decided first after an instant.
    pub(super) fn next_look(now: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
        let days = zone.day(now).iter_days().take(2);
        days.flat_map(|day| Self::DECIDES.map(|hour| zone.at(day, hour))).find(|at| *at > now)
    }

    /// The errors of all its runs over what was observed, where they hang together.
    pub(super) fn errors<'a>(self, errors: &'a Errors, truth: &Series, zone: &'a Zone) -> Option<Real<'a>> {
        let Self::Real { kind, seed } = self else { return None };
        Some(Real::new(errors, (kind, seed), truth, zone))
    }

    /// The run issued at an hour.
    pub(super) fn run(
        self,
        observed: &Series,
        issued: Hour,
        (zone, standards): (&Zone, &Standards),
        real: Option<&Real<'_>>,
    ) -> Run {
        let until = issued + hours(HORIZON);
        let ahead = |v: Variable| observed.window(v, issued, until).into_owned();
        let column = |v: Variable, values: Vec<i32>| (v, Column { first: issued, values });
        let known = Variable::ALL.into_iter().filter(|v| observed.values(*v).is_some());
        let columns: Columns = match self {
            Self::Perfect => known.map(|v| column(v, ahead(v))).collect(),
            Self::Persistence => {
                let day = |v| observed.window(v, issued + -24, issued).into_owned();
                known.map(|v| column(v, day(v).into_iter().cycle().take(HORIZON).collect())).collect()
            }
            Self::Noisy { sigma, seed } => known
                .map(|v| {
                    if !is_disturbed(v) {
                        return column(v, ahead(v));
                    }
                    let errors = errors(seed, &observed.region, issued, v);
                    let told = ahead(v).into_iter().zip(errors).enumerate();
                    column(v, told.map(|(lead, (value, z))| disturbed(value, sigma, lead, z, v)).collect())
                })
                .collect(),
            Self::Real { .. } => known
                .map(|v| column(v, real.map_or_else(|| ahead(v), |real| real.column(v, issued, ahead(v)))))
                .collect(),
            Self::Ranges => Columns::new(),
        };
        let days = if self == Self::Ranges { bulletin(observed, issued, zone, standards) } else { Vec::new() };
        let (feed, region) = (self.to_string(), observed.region.clone());
        Run { feed, region, issued_at: issued.start(), columns, days, archive: false }
    }

    /// Whether runs before the newest say anything that neither it nor observations say.
    pub(super) const fn keeps_earlier(self) -> bool {
        matches!(self, Self::Ranges | Self::Persistence)
    }

    /// The moments at which is decided from one instant to another.
    #[must_use]
    pub fn moments(self, from: DateTime<Utc>, to: DateTime<Utc>, zone: &Zone) -> Vec<DateTime<Utc>> {
        let days = zone.day(from).iter_days().take_while(|day| zone.at(*day, 0) < to);
        let moments = days.flat_map(|day| Self::DECIDES.map(|hour| zone.at(day, hour)));
        moments.filter(|at| from <= *at && *at < to).collect()
    }
}

fn hours(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(0)
}

/// A concentration, or the index that stands for concentrations, times exp(sigma · sqrt(lead / 24) · z). The weather
/// stays: a factor means nothing to degrees, and one spread does not fit amounts so different.
fn disturbed(value: i32, sigma: f64, lead: usize, z: f64, variable: Variable) -> i32 {
    if value == MISSING || !is_disturbed(variable) {
        return value;
    }
    let lead = f64::from(u32::try_from(lead).unwrap_or(0));
    multiplied(value, sigma * (lead / 24.0).sqrt() * z, variable)
}

/// Concentrations, and the index that stands for them.
fn is_disturbed(variable: Variable) -> bool {
    Variable::AIR.contains(&variable) || variable == Variable::AqiHour
}

/// The standard normal AR(1) of a run's hours.
fn errors(seed: u64, region: &str, issued: Hour, variable: Variable) -> [f64; HORIZON] {
    let purpose = region.bytes().map(u64::from).chain([issued.0.unsigned_abs(), variable as u64]);
    let mut random = Random::of(seed, purpose);
    let mut z = random.normal();
    std::array::from_fn(|lead| {
        if lead > 0 {
            z = AUTOCORRELATION * z + (1.0 - AUTOCORRELATION * AUTOCORRELATION).sqrt() * random.normal();
        }
        z
    })
}

/// What a bureau would have published: tomorrow and the days after, ranges of AQI and ozone, levels, the primary
/// pollutants.
fn bulletin(observed: &Series, issued: Hour, zone: &Zone, standards: &Standards) -> Vec<Outlook> {
    let days = zone.day_of(issued).iter_days().skip(1).take(usize::from(BULLETIN_DAYS));
    // A bureau forecasts the whole day, however many of its hours were measured later.
    let mut whole = standards.clone();
    for standard in &mut whole.0 {
        standard.validity = Validity { day_hours: 1, o3_8h_hours: 1, o3_8h_windows: 1, ..standard.validity };
    }
    days.filter_map(|day| {
        let standard = standards.on(day)?;
        let mut outlook = Outlook::new(day);
        // An index of some pollutants is a lower bound, and no forecast of the index.
        if let Some(index) = observed.daily_index(day, zone, &whole).filter(Index::whole)
            && let Some(aqi) = index.aqi
        {
            let (low, high) = ((i64::from(aqi) - HALF).max(1), (i64::from(aqi) + HALF).min(500));
            let level = |aqi: i64| i64::try_from(standard.level_number(u16::try_from(aqi).ok()?)).ok();
            outlook.aqi = Range::new(low, high);
            outlook.levels = level(low).zip(level(high)).and_then(|(low, high)| Range::new(low, high));
            outlook.primary = index.primary;
        }
        if let Some(ozone) = observed.daily_concentration(Pollutant::O38h, day, zone, standard) {
            let range = Range::new((ozone - HALF * 1000).max(0), ozone + HALF * 1000);
            outlook.concentrations.extend(range.map(|range| (Pollutant::O38h, range)));
        }
        (outlook.aqi.is_some() || !outlook.concentrations.is_empty()).then_some(outlook)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_standard_normal_and_carries_over_as_it_should() {
        let (mut sum, mut squares, mut products, mut count) = (0.0, 0.0, 0.0, 0.0);
        for issued in 0..4_000 {
            let z = errors(7, "r", Hour(issued * 12), Variable::O3);
            for pair in z.windows(2) {
                sum += pair[0];
                squares += pair[0] * pair[0];
                products += pair[0] * pair[1];
                count += 1.0;
            }
        }
        let (mean, variance, next): (f64, f64, f64) = (sum / count, squares / count, products / squares);
        assert!(
            mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05 && (next - 0.95).abs() < 0.01,
            "{mean} {variance} {next}"
        );
    }

    #[test]
    fn a_seed_gives_the_same_errors_and_other_seeds_runs_and_variables_others() {
        let z = |seed, hour, variable| errors(seed, "r", Hour(hour), variable)[5];
        assert!((z(1, 12, Variable::O3) - z(1, 12, Variable::O3)).abs() < f64::EPSILON);
        for other in [z(2, 12, Variable::O3), z(1, 24, Variable::O3), z(1, 12, Variable::Pm25)] {
            assert!((z(1, 12, Variable::O3) - other).abs() > 1e-9);
        }
        assert_eq!(disturbed(100_000, 0.4, 0, 3.0, Variable::O3), 100_000, "nothing is wrong at the moment of issue");
        // exp(0.4 × sqrt(1) × 0.5) = 1.2214
        assert_eq!(disturbed(100_000, 0.4, 24, 0.5, Variable::O3), 122_140);
        for weather in Variable::ALL.into_iter().filter(|v| !is_disturbed(*v)) {
            assert_eq!(
                disturbed(-3_500, 0.4, 24, 0.5, weather),
                -3_500,
                "{weather:?}: no amount of anything in the air"
            );
        }
    }

    #[test]
    fn modes_are_read_as_they_are_written() {
        for text in ["perfect", "persistence", "ranges", "noisy:0.3:7", "issued", "real:3", "real:damped:2"] {
            assert_eq!(text.parse::<Mode>().expect("a mode").to_string(), text);
        }
        for (short, whole) in [("real", "real:1"), ("real:damped", "real:damped:1")] {
            assert_eq!(short.parse::<Mode>().expect("a mode").to_string(), whole);
        }
        for text in [
            "real:",
            "real:x",
            "real1",
            "real:damped:",
            "noisy",
            "noisy:x:1",
            "noisy:0.3",
            "noisy:-1:1",
            "noisy:nan:1",
            "best",
        ] {
            assert!(text.parse::<Mode>().is_err(), "{text}");
        }
    }
}
