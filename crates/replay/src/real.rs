//! Pretended forecasts that are wrong in the way real ones are.
//!
//! In: what was observed in a region, the figures of `rules/errors.toml`, a seed. Out: for a run and a variable the hours
//! that it would have forecast. A day's hours are those observed, times one factor: peaks are damped, the station has a
//! bias, and the rest of the error belongs to the day that is forecast, so that it stays from run to run and from day to
//! day, and is much the same in the whole region. Can't happen: an error that depends on which days are played; weather
//! with an error.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::random::Random;
use cuofeng_air::forecast::errors::{Errors, Fit, Kind};
use cuofeng_air::forecast::{MISSING, Series, Variable};
use cuofeng_base::time::{Hour, Zone};

/// Hours before and after midnight in which one day's factor goes over into the next one's.
const BLEND: f64 = 2.0;

/// Days back that a day's error is made of: what is older weighs less than a ten-thousandth.
const MEMORY: i32 = 48;

/// Least daily value whose logarithm means anything, in thousandths of the unit.
const LEAST: f64 = 1_000.0;

/// What a random number is for.
#[derive(Clone, Copy)]
enum Purpose {
    Bias = 1,
    DayEverywhere,
    DayHere,
    RunEverywhere,
    RunHere,
}

/// How a region's runs are wrong.
pub(super) struct Real<'a> {
    errors: &'a Errors,
    zone: &'a Zone,
    seed: u64,
    region: u64,
    variables: BTreeMap<Variable, Days>,
}

/// What all runs say of a variable, as the logarithm of a factor on what was observed.
struct Days {
    fit: Fit,
    by_day: BTreeMap<NaiveDate, f64>,
}

impl<'a> Real<'a> {
    /// The errors of all runs over what was observed.
    pub(super) fn new(errors: &'a Errors, (kind, seed): (Kind, u64), truth: &Series, zone: &'a Zone) -> Self {
        let region = truth.region.bytes().fold(0, |hash: u64, byte| hash.rotate_left(8) ^ u64::from(byte));
        let mut real = Self { errors, zone, seed, region, variables: BTreeMap::new() };
        for variable in Variable::AIR.into_iter().chain([Variable::AqiHour]) {
            if truth.values(variable).is_some() {
                let days = real.days(variable, errors.fit(kind, variable), truth);
                real.variables.insert(variable, days);
            }
        }
        real
    }

    fn days(&self, variable: Variable, fit: Fit, truth: &Series) -> Days {
        let (first, last) = (
            self.zone.day_of(truth.first),
            self.zone.day_of(truth.first + (i64::try_from(truth.hours).unwrap_or(1) - 1)),
        );
        let observed: BTreeMap<NaiveDate, f64> = first
            .iter_days()
            .take_while(|day| *day <= last)
            .filter_map(|day| Some((day, daily(variable, day, truth, self.zone)?)))
            .collect();
        let count = f64::from(u32::try_from(observed.len().max(1)).unwrap_or(u32::MAX));
        let mean = observed.values().sum::<f64>() / count;
        let bias = self.errors.bias * self.random(Purpose::Bias, variable, [0, 0]).normal();
        let shared = fit.spread * self.errors.runs.sqrt();
        let factor = |day: NaiveDate| {
            let damped = observed.get(&day).map_or(0.0, |o| (fit.slope - 1.0) * (o - mean));
            damped + bias + shared * self.of_day(variable, day)
        };
        let after = last.succ_opt().unwrap_or(last);
        let by_day = first.iter_days().take_while(|day| *day <= after).map(|day| (day, factor(day))).collect();
        Days { fit, by_day }
    }

    /// What the run that is issued at an hour forecasts, of what was observed from then on.
    pub(super) fn column(&self, variable: Variable, issued: Hour, observed: Vec<i32>) -> Vec<i32> {
        let Some(days) = self.variables.get(&variable) else { return observed };
        let own = days.fit.spread * (1.0 - self.errors.runs).sqrt();
        let first = self.zone.day_of(issued);
        let run = self.of_run(variable, issued);
        let node = |day: NaiveDate| {
            let number = (day.to_epoch_days() - first.to_epoch_days()).clamp(0, RUN_DAYS - 1);
            let number = usize::try_from(number).unwrap_or(0);
            days.by_day.get(&day).copied().unwrap_or(0.0) + own * run[number]
        };
        let told = observed.into_iter().zip(issued.0..).map(|(value, hour)| {
            if value == MISSING {
                return value;
            }
            let (day, other, weight) = blend(Hour(hour), self.zone);
            let factor = (1.0 - weight) * node(day) + weight * node(other);
            multiplied(value, factor, variable)
        });
        told.collect()
    }

    /// The part of a day's error that all runs have: standard normal, carried over from day to day.
    fn of_day(&self, variable: Variable, day: NaiveDate) -> f64 {
        let carry = self.carry();
        let (mut sum, mut squares, mut weight) = (0.0, 0.0, 1.0);
        for number in (day.to_epoch_days() - MEMORY..=day.to_epoch_days()).rev() {
            sum += weight
                * self.here_and_everywhere(
                    (Purpose::DayEverywhere, Purpose::DayHere),
                    variable,
                    [i64::from(number), 0],
                );
            squares += weight * weight;
            weight *= carry;
        }
        sum / squares.sqrt()
    }

    /// The part of a run's error that is its own, day by day.
    fn of_run(&self, variable: Variable, issued: Hour) -> [f64; RUN_DAYS as usize] {
        let (carry, mut z) = (self.carry(), 0.0);
        let mut number = 0;
        std::array::from_fn(|_| {
            let purposes = (Purpose::RunEverywhere, Purpose::RunHere);
            let new = self.here_and_everywhere(purposes, variable, [issued.0, number]);
            z = if number == 0 { new } else { carry * z + (1.0 - carry * carry).sqrt() * new };
            number += 1;
            z
        })
    }

    /// A standard normal number that is in part the same in all regions.
    fn here_and_everywhere(&self, purposes: (Purpose, Purpose), variable: Variable, which: [i64; 2]) -> f64 {
        let everywhere = self.random(purposes.0, variable, which).normal();
        let here = self.random(purposes.1, variable, which).normal();
        self.errors.regions.sqrt() * everywhere + (1.0 - self.errors.regions).sqrt() * here
    }

    /// Errors of one lead are alike from day to day by what their runs share alone.
    fn carry(&self) -> f64 {
        if self.errors.runs > 0.0 { self.errors.days / self.errors.runs } else { 0.0 }
    }

    fn random(&self, purpose: Purpose, variable: Variable, which: [i64; 2]) -> Random {
        let region = match purpose {
            Purpose::DayEverywhere | Purpose::RunEverywhere => 0,
            Purpose::Bias | Purpose::DayHere | Purpose::RunHere => self.region,
        };
        let which = which.map(|number| u64::from_le_bytes(number.to_le_bytes()));
        Random::of(self.seed, [purpose as u64, variable as u64, region, which[0], which[1]])
    }
}

/// Local days that a run of 72 hours can touch.
const RUN_DAYS: i32 = 5;

/// The day whose factor counts in an hour, the day beside it, and the weight of that one.
fn blend(hour: Hour, zone: &Zone) -> (NaiveDate, NaiveDate, f64) {
    let day = zone.day_of(hour);
    let past = f64::from(i32::try_from(hour - zone.first_hour(day)).unwrap_or(0)) + 0.5;
    let left = 24.0 - past;
    if past < BLEND {
        (day, day.pred_opt().unwrap_or(day), (BLEND - past) / (2.0 * BLEND))
    } else if left < BLEND {
        (day, day.succ_opt().unwrap_or(day), (BLEND - left) / (2.0 * BLEND))
    } else {
        (day, day, 0.0)
    }
}

/// The logarithm of a day's value: of ozone the largest mean of 8 hours, of all else the mean. None of a day with less
/// than three quarters of the hours.
fn daily(variable: Variable, day: NaiveDate, truth: &Series, zone: &Zone) -> Option<f64> {
    let first = zone.first_hour(day);
    let hours = truth.window(variable, first, first + 24).into_owned();
    let width = if variable == Variable::O3 { 8 } else { 24 };
    let means = hours.windows(width).filter_map(|window| {
        let known: Vec<f64> = window.iter().filter(|v| **v != MISSING).map(|v| f64::from(*v)).collect();
        let count = u32::try_from(known.len()).unwrap_or(0);
        (known.len() * 4 >= width * 3).then(|| known.iter().sum::<f64>() / f64::from(count))
    });
    means.max_by(f64::total_cmp).map(|mean| mean.max(LEAST).ln())
}

/// A value times the exponential of a logarithm.
pub(super) fn multiplied(value: i32, logarithm: f64, variable: Variable) -> i32 {
    let disturbed = f64::from(value) * logarithm.exp();
    // The scale of the index ends; a concentration stays far below the type's limit. A cast saturates.
    let most = if variable == Variable::AqiHour { 500_000.0 } else { 2.0e9 };
    #[expect(clippy::cast_possible_truncation)]
    let whole = disturbed.round().clamp(-2.0e9, most) as i32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_air::forecast::{Column, Columns, Origin};

    const TEN_YEARS: i32 = 3_652;

    /// Concentrations of ten years: a day's level wanders, every day has its shape.
    fn observed(region: &str, zone: &Zone) -> Series {
        let day = NaiveDate::from_ymd_opt(2015, 1, 1).expect("a day");
        let hours = usize::try_from(TEN_YEARS).expect("days") * 24;
        let first = zone.first_hour(day);
        let mut truth = Series::new(region, first, hours);
        let columns: Columns = [Variable::O3, Variable::Pm10, Variable::Pm25]
            .into_iter()
            .map(|variable| {
                let mut random = Random::of(99, region.bytes().map(u64::from).chain([variable as u64]));
                let mut level = 0.0;
                let mut values = Vec::with_capacity(hours);
                for _ in 0..TEN_YEARS {
                    level = 0.7 * level + 0.7 * random.normal();
                    for hour in 0..24 {
                        let shape = 1.0 + 0.5 * (f64::from(hour - 14) / 24.0 * std::f64::consts::TAU).cos();
                        #[expect(clippy::cast_possible_truncation)]
                        values.push((60_000.0 * shape * (0.7 * level).exp()).round() as i32);
                    }
                }
                (variable, Column { first, values })
            })
            .collect();
        truth.lay(&columns, &Origin::Observed { feed: "observed".to_owned() });
        truth
    }

    /// The daily value that the run of 48 hours before its day forecasts, and the one of half a day later.
    fn forecast(real: &Real<'_>, truth: &Series, variable: Variable, day: NaiveDate, zone: &Zone) -> [f64; 2] {
        let first = zone.first_hour(day);
        [-48, -36].map(|lead| {
            let issued = first + lead;
            let values = real.column(variable, issued, truth.window(variable, issued, issued + 72).into_owned());
            let mut run = Series::new("r", issued, 72);
            run.lay(
                &Columns::from([(variable, Column { first: issued, values })]),
                &Origin::Observed { feed: "f".to_owned() },
            );
            daily(variable, day, &run, zone).expect("a whole day")
        })
    }

    fn mean(of: &[f64]) -> f64 {
        of.iter().sum::<f64>() / f64::from(u32::try_from(of.len()).expect("few"))
    }

    fn moment(a: &[f64], b: &[f64]) -> f64 {
        let (x, y) = (mean(a), mean(b));
        mean(&a.iter().zip(b).map(|(a, b)| (a - x) * (b - y)).collect::<Vec<_>>())
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        moment(a, b) / (moment(a, a) * moment(b, b)).sqrt()
    }

    fn near(what: &str, is: f64, should: f64, within: f64) {
        assert!((is - should).abs() <= within, "{what}: {is:.3}, the table says {should:.3}");
    }

    /// Slope and what is left of forecasts against what was observed.
    fn regression(observed: &[f64], forecast: &[f64]) -> (f64, Vec<f64>) {
        let slope = moment(observed, forecast) / moment(observed, observed);
        let at = mean(forecast) - slope * mean(observed);
        (slope, observed.iter().zip(forecast).map(|(o, f)| f - at - slope * o).collect())
    }

    #[test]
    fn ten_years_of_pretended_runs_have_the_errors_of_the_table() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let errors = Errors::parse(include_str!("../../../rules/errors.toml")).expect("the table");
        let truths = ["north", "south"].map(|region| observed(region, &zone));
        let days: Vec<NaiveDate> = zone.day_of(truths[0].first).iter_days().skip(3).take(3_600).collect();
        for kind in [Kind::Usual, Kind::Damped] {
            for variable in [Variable::O3, Variable::Pm10, Variable::Pm25] {
                let fit = errors.fit(kind, variable);
                let [north, south] = truths.each_ref().map(|truth| {
                    let real = Real::new(&errors, (kind, 5), truth, &zone);
                    let seen: Vec<f64> = days.iter().filter_map(|day| daily(variable, *day, truth, &zone)).collect();
                    let told: Vec<[f64; 2]> =
                        days.iter().map(|day| forecast(&real, truth, variable, *day, &zone)).collect();
                    let of = |run: usize| regression(&seen, &told.iter().map(|runs| runs[run]).collect::<Vec<_>>());
                    (of(0), of(1))
                });
                let ((slope, left), (_, later)) = &north;
                let what = |part: &str| format!("{kind:?} {variable:?} {part}");
                near(&what("slope"), *slope, fit.slope, 0.05);
                near(&what("spread"), moment(left, left).sqrt(), fit.spread, 0.06 * fit.spread);
                near(&what("from day to day"), correlation(&left[1..], &left[..left.len() - 1]), errors.days, 0.04);
                near(&what("from run to run"), correlation(left, later), errors.runs, 0.04);
                near(&what("between stations"), correlation(left, &south.0.1), errors.regions, 0.05);
            }
        }
    }

    #[test]
    fn stations_have_the_bias_of_the_table_and_weather_has_none() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let errors = Errors::parse(include_str!("../../../rules/errors.toml")).expect("the table");
        let first = zone.first_hour(NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day"));
        let flat = Columns::from([(Variable::O3, Column { first, values: vec![100_000; 48] })]);
        let biases: Vec<f64> = (0..2_000)
            .map(|number| {
                let mut truth = Series::new(format!("station {number}").as_str(), first, 48);
                truth.lay(&flat, &Origin::Observed { feed: "observed".to_owned() });
                let real = Real::new(&errors, (Kind::Usual, 5), &truth, &zone);
                errors.bias * real.random(Purpose::Bias, Variable::O3, [0, 0]).normal()
            })
            .collect();
        near("bias", moment(&biases, &biases).sqrt(), errors.bias, 0.005);
        let truth = Series::new("r", first, 48);
        let real = Real::new(&errors, (Kind::Usual, 5), &truth, &zone);
        assert_eq!(real.column(Variable::Wind, first, vec![3_000; 48]), vec![3_000; 48]);
    }

    #[test]
    fn a_days_error_is_the_same_however_much_is_played() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let errors = Errors::parse(include_str!("../../../rules/errors.toml")).expect("the table");
        let day = NaiveDate::from_ymd_opt(2026, 7, 20).expect("a day");
        let of_day = |from: u32| {
            let first = zone.first_hour(NaiveDate::from_ymd_opt(2026, 7, from).expect("a day"));
            let truth = Series::new("r", first, 240);
            Real::new(&errors, (Kind::Usual, 5), &truth, &zone).of_day(Variable::O3, day)
        };
        assert_eq!(of_day(1).to_bits(), of_day(15).to_bits());
    }
}
