//! Verification: what was forecast at each lead time against what was observed.
//!
//! In: kept runs, the observations of one region, a period of local days. Out, per feed: errors of every variable by
//! lead hours, the daily index and eight-hour ozone by lead days, the Shanghai rule, and how thresholds were met.
//! Can't happen: an hour before its own run's issue that counts as forecast; a missing value that counts as a number;
//! a day on which forecast and observation went through different arithmetic.

mod daily;
mod errors;
pub mod shanghai;
#[cfg(test)]
mod tests;
mod threshold;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Columns, MISSING, Origin, Run, Series, Variable};
use cuofeng_aqi::{Pollutant, Standards};
use cuofeng_base::time::{Hour, Zone};
use daily::{Day, day};
pub use daily::{DayPair, LeadDay};
use errors::Tally;
pub use errors::{Errors, HourlyScore, LeadGroup};
pub use shanghai::{LevelScore, OzoneScore, RuleScore};
pub use threshold::{Contingency, Outcome, Quantity, Threshold, ThresholdScore, outcome};

/// What is scored.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// Runs of one region, of any number of feeds.
    pub runs: &'a [Run],
    /// What was observed there.
    pub observed: &'a Columns,
    /// The site's zone: it says what a day is.
    pub zone: &'a Zone,
    /// AQI standards, by date.
    pub standards: &'a Standards,
    /// First local day scored.
    pub from: NaiveDate,
    /// Last local day scored.
    pub to: NaiveDate,
    /// Thresholds whose crossing counts as an event.
    pub thresholds: &'a [Threshold],
}

/// How one feed did.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedScore {
    /// Name of the feed.
    pub feed: String,
    /// How many runs were looked at.
    pub runs: usize,
    /// How many of them come from an archive, where the issue time is the day's midnight and the lead stands for
    /// nothing: they flatter a feed beside its real runs.
    pub archived: usize,
    /// By variable and lead hours; only where there was a pair of forecast and observation. Every run counts.
    pub hourly: Vec<HourlyScore>,
    /// By lead days; of several runs issued on one local day the last that gives a day's value counts.
    pub days: Vec<LeadDay>,
    /// By threshold, in the order asked.
    pub thresholds: Vec<ThresholdScore>,
}

/// Scores every feed that has a run, in the order in which they first appear.
#[must_use]
pub fn score(scored: &Scored<'_>) -> Vec<FeedScore> {
    let truth = Truth::of(scored);
    let mut feeds: Vec<(&str, Vec<&Run>)> = Vec::new();
    for run in scored.runs {
        match feeds.iter_mut().find(|(feed, _)| *feed == run.feed) {
            Some((_, runs)) => runs.push(run),
            None => feeds.push((run.feed.as_str(), vec![run])),
        }
    }
    let one = |(feed, mut runs): (&str, Vec<&Run>)| {
        runs.sort_by_key(|r| r.issued_at);
        let days = daily::lead_days(&daily::forecasts(&runs, &truth), &truth);
        let thresholds = threshold::scores(scored.thresholds, &runs, &days, &truth);
        let archived = runs.iter().filter(|run| run.archive).count();
        FeedScore { feed: feed.to_owned(), runs: runs.len(), archived, hourly: hourly(&runs, &truth), days, thresholds }
    };
    feeds.into_iter().map(one).collect()
}

/// What was observed on the days scored.
struct Truth<'a> {
    series: Series,
    days: BTreeMap<NaiveDate, Day>,
    /// The pollutants whose daily concentrations are compared.
    asked: BTreeSet<Pollutant>,
    zone: &'a Zone,
    standards: &'a Standards,
}

impl<'a> Truth<'a> {
    /// The days asked for, as far as observations reach: a period however long costs no more than its data.
    fn of(scored: &Scored<'a>) -> Self {
        let Scored { observed, zone, standards, .. } = *scored;
        let columns = || observed.values().filter(|c| !c.values.is_empty());
        let first = columns().map(|c| c.first).min();
        let last = columns().map(|c| c.first + (i64::try_from(c.values.len()).unwrap_or(1) - 1)).max();
        let days: Vec<NaiveDate> = match first.zip(last) {
            Some((first, last)) => {
                let (from, to) = (scored.from.max(zone.day_of(first)), scored.to.min(zone.day_of(last)));
                from.iter_days().take_while(|d| *d <= to).collect()
            }
            None => Vec::new(),
        };
        let start = days.first().map_or(Hour(0), |day| zone.first_hour(*day));
        let mut series = Series::new("", start, days.len() * 24);
        series.lay(observed, &Origin::Observed { feed: String::new() });
        let looked = |t: &Threshold| if let Quantity::Daily(pollutant) = t.quantity { Some(pollutant) } else { None };
        let asked = scored.thresholds.iter().filter_map(looked).chain([Pollutant::O38h]).collect();
        let days = days.into_iter().map(|d| (d, day(&series, d, zone, standards, &asked))).collect();
        Self { series, days, asked, zone, standards }
    }

    /// The hour after the last one.
    fn end(&self) -> Hour {
        self.series.first + i64::try_from(self.series.hours).unwrap_or(0)
    }

    /// How many local days `day` lies after the one on which the run was issued.
    fn lead_days(&self, run: &Run, day: NaiveDate) -> i64 {
        (day - self.zone.day(run.issued_at)).num_days()
    }
}

/// A forecast hour and its observation, in thousandths.
struct Pair {
    variable: Variable,
    hour: Hour,
    /// Hours from the hour of issue to the hour forecast, 0 or more.
    lead: i64,
    forecast: i32,
    observed: i32,
}

/// The hours of a run that were observed. Wind direction is left out: an angle has no mean and no order.
fn pairs<'a>(run: &'a Run, observed: &'a Series) -> impl Iterator<Item = Pair> + 'a {
    let issued = Hour::containing(run.issued_at);
    let columns = run.columns.iter().filter(|(variable, _)| **variable != Variable::WindDirection);
    columns.flat_map(move |(variable, column)| {
        (0_i64..).zip(&column.values).filter_map(move |(i, forecast)| {
            let hour = column.first + i;
            let lead = hour - issued;
            if lead < 0 || *forecast == MISSING {
                return None;
            }
            let observed = observed.value(*variable, hour)?;
            Some(Pair { variable: *variable, hour, lead, forecast: *forecast, observed })
        })
    })
}

fn hourly(runs: &[&Run], truth: &Truth<'_>) -> Vec<HourlyScore> {
    let mut tallies: BTreeMap<(Variable, LeadGroup), Tally> = BTreeMap::new();
    for pair in runs.iter().flat_map(|run| pairs(run, &truth.series)) {
        tallies.entry((pair.variable, LeadGroup::of(pair.lead))).or_default().add(pair.forecast, pair.observed);
    }
    let one = |((variable, group), tally): ((Variable, LeadGroup), Tally)| {
        tally.errors().map(|errors| HourlyScore { variable, group, errors })
    };
    tallies.into_iter().filter_map(one).collect()
}
