//! Events: did the value cross the threshold, and had that been forecast?
//!
//! In: thresholds, and pairs of forecast and observation. Out: hits, misses, false alarms and correct rejections by
//! lead days. Can't happen: a ratio of nothing to nothing.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::errors::ratio;
use super::{DayPair, LeadDay, Truth, pairs};
use crate::forecast::{Run, Variable};
use cuofeng_aqi::{Milli, Pollutant};
use cuofeng_base::time::Hour;

/// What a threshold is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The value that usually stands for the pollutant on a day: its mean, its largest hour or largest eight-hour mean;
    /// an event is a day.
    Daily(Pollutant),
    /// The day's AQI; an event is a day.
    DailyAqi,
    /// A variable's hours; an event is an hour.
    Hour(Variable),
}

/// A value above which something is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Its name, for people.
    pub name: String,
    /// What it is held against.
    pub quantity: Quantity,
    /// The value to be exceeded, in thousandths of the quantity's unit (an AQI too).
    pub above: Milli,
    /// The local days on which anybody looks, in stretches from the first to the last: a rule's season.
    pub days: Vec<(NaiveDate, NaiveDate)>,
}

impl Threshold {
    fn looks(&self, day: NaiveDate) -> bool {
        self.days.iter().any(|(first, last)| *first <= day && day <= *last)
    }
}

/// What became of one forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Forecast and observed.
    Hit,
    /// Observed, not forecast.
    Miss,
    /// Forecast, not observed.
    FalseAlarm,
    /// Neither.
    Rejection,
}

/// What became of a forecast, all in the same unit.
#[must_use]
pub const fn outcome(forecast: Milli, observed: Milli, above: Milli) -> Outcome {
    match (forecast > above, observed > above) {
        (true, true) => Outcome::Hit,
        (false, true) => Outcome::Miss,
        (true, false) => Outcome::FalseAlarm,
        (false, false) => Outcome::Rejection,
    }
}

/// How often each outcome was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contingency {
    /// Forecast and observed.
    pub hits: u64,
    /// Observed, not forecast.
    pub misses: u64,
    /// Forecast, not observed.
    pub false_alarms: u64,
    /// Neither.
    pub rejections: u64,
}

impl Contingency {
    /// Counts one.
    pub const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Hit => self.hits += 1,
            Outcome::Miss => self.misses += 1,
            Outcome::FalseAlarm => self.false_alarms += 1,
            Outcome::Rejection => self.rejections += 1,
        }
    }

    /// Probability of detection: hits among what was observed.
    #[must_use]
    pub fn pod(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses)
    }

    /// False alarm ratio: false alarms among what was forecast.
    #[must_use]
    pub fn far(&self) -> Option<f64> {
        ratio(self.false_alarms, self.hits + self.false_alarms)
    }

    /// Critical success index, also called threat score: hits among all that was forecast or observed.
    #[must_use]
    pub fn csi(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses + self.false_alarms)
    }
}

/// How a threshold was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdScore {
    /// Which threshold.
    pub threshold: Threshold,
    /// By lead days, the day of issue first.
    pub leads: Vec<(i64, Contingency)>,
}

/// Forecast and observation by lead days and hour.
type Hours = BTreeMap<(i64, Hour), (i32, i32)>;

/// Scores every threshold. Of the runs of one day of issue the last that gives an hour counts for it.
pub(super) fn scores(
    thresholds: &[Threshold],
    runs: &[&Run],
    days: &[LeadDay],
    truth: &Truth<'_>,
) -> Vec<ThresholdScore> {
    let mut by_variable: BTreeMap<Variable, Hours> = BTreeMap::new();
    for threshold in thresholds {
        if let Quantity::Hour(variable) = threshold.quantity {
            by_variable.entry(variable).or_insert_with(|| hours(variable, runs, truth));
        }
    }
    let one = |threshold: &Threshold| {
        let mut leads: BTreeMap<i64, Contingency> = BTreeMap::new();
        let mut count = |lead: i64, forecast: i64, observed: i64| {
            leads.entry(lead).or_default().count(outcome(forecast, observed, threshold.above));
        };
        match threshold.quantity {
            Quantity::Hour(variable) => {
                let hours = by_variable.get(&variable).into_iter().flatten();
                for ((lead, _), (forecast, observed)) in
                    hours.filter(|((_, hour), _)| threshold.looks(truth.zone.day_of(*hour)))
                {
                    count(*lead, i64::from(*forecast), i64::from(*observed));
                }
            }
            Quantity::Daily(pollutant) => {
                for (lead, pair) in pairs_of_days(days).filter(|(_, pair)| threshold.looks(pair.day)) {
                    if let Some((forecast, observed)) = pair.concentration(pollutant) {
                        count(lead, i64::from(forecast), i64::from(observed));
                    }
                }
            }
            Quantity::DailyAqi => {
                for (lead, pair) in pairs_of_days(days).filter(|(_, pair)| threshold.looks(pair.day)) {
                    if let Some((forecast, observed)) = pair.aqi {
                        count(lead, i64::from(forecast) * 1000, i64::from(observed) * 1000);
                    }
                }
            }
        }
        ThresholdScore { threshold: threshold.clone(), leads: leads.into_iter().collect() }
    };
    thresholds.iter().map(one).collect()
}

/// The days of every lead.
fn pairs_of_days(days: &[LeadDay]) -> impl Iterator<Item = (i64, &DayPair)> {
    days.iter().flat_map(|day| day.pairs.iter().map(move |pair| (day.lead, pair)))
}

fn hours(variable: Variable, runs: &[&Run], truth: &Truth<'_>) -> Hours {
    let mut out = Hours::new();
    for run in runs {
        for pair in pairs(run, &truth.series).filter(|p| p.variable == variable) {
            let lead = truth.lead_days(run, truth.zone.day_of(pair.hour));
            out.insert((lead, pair.hour), (pair.forecast, pair.observed));
        }
    }
    out
}
