//! Scoring what the feeds said against what was observed.
//!
//! In: a region, local days, days of past errors to correct by. Out: scores of the runs as they came, and of the
//! corrected ones. Can't happen: a run issued after the hours it is scored on; a forecast that a person entered.

use chrono::{Duration, NaiveDate};

use crate::error::AppError;
use cuofeng_air::forecast::bias::{self, Correction};
use cuofeng_air::forecast::profile::variable;
use cuofeng_air::forecast::score::{FeedScore, Quantity, Scored, Threshold, score};
use cuofeng_air::forecast::{Columns, Run, Series, Variable};
use cuofeng_aqi::{Pollutant, Statistic};
use cuofeng_base::time::Hour;
use cuofeng_office::site::Site;
use cuofeng_rules::expr::{Fold, Operator, Quantity as Looked, Source, Test};
use cuofeng_store::Store;

/// How far a run reaches, in days.
const REACH_DAYS: i64 = 16;

/// The scores of every feed for the local days `from..=to`: as the runs came, and corrected where asked.
pub async fn scores(
    site: &Site,
    store: &Store,
    region: &str,
    from: NaiveDate,
    to: NaiveDate,
    correction: Option<Correction>,
) -> Result<(Vec<FeedScore>, Option<Vec<FeedScore>>), AppError> {
    let (zone, standards) = (&site.config.zone, &site.standards);
    let history = Duration::days(i64::from(correction.map_or(0, Correction::days)));
    let start = zone.first_hour(from - history);
    let end = zone.first_hour(to) + 24;
    let all: Vec<String> = site.config.feeds.iter().map(|f| f.name.clone()).collect();
    let observed = observed(store, region, &all, start, end).await?;
    let since = start.start() - Duration::days(REACH_DAYS);
    // What people entered is no forecast of a feed.
    let numbered = store.numbered_runs(region, since, end.start()).await?;
    let runs: Vec<Run> = numbered.into_iter().filter(|kept| !kept.by_hand).map(|kept| kept.run).collect();
    let thresholds = thresholds(site, from, to);
    let scored = Scored { runs: &runs, observed: &observed, zone, standards, from, to, thresholds: &thresholds };
    let plain = score(&scored);
    let corrected = correction.map(|correction| {
        let runs = bias::corrected_all(&runs, &observed, zone, correction);
        score(&Scored { runs: &runs, ..scored })
    });
    Ok((plain, corrected))
}

/// The observations of a region by `feeds` in `[first, end)` as one set of columns, the first feed on top.
pub(crate) async fn observed(
    store: &Store,
    region: &str,
    feeds: &[String],
    first: Hour,
    end: Hour,
) -> Result<Columns, AppError> {
    let hours = usize::try_from(end - first).unwrap_or(0);
    let mut series = Series::new(region, first, hours);
    for observations in store.observations(region, feeds, first, end).await?.iter().rev() {
        let feed = observations.feed.clone();
        series.lay(&observations.columns, &cuofeng_air::forecast::Origin::Observed { feed });
    }
    let column = |v: Variable| Some((v, cuofeng_air::forecast::Column { first, values: series.values(v)?.to_vec() }));
    Ok(Variable::ALL.into_iter().filter_map(column).collect())
}

/// Every threshold that a level of a rule has on some day of those, by the rule's and the level's name.
fn thresholds(site: &Site, from: NaiveDate, to: NaiveDate) -> Vec<Threshold> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    for rule in &site.rules {
        let days = rule.season.within(from, to);
        if days.is_empty() {
            continue;
        }
        for level in &rule.levels {
            for (looked, test) in level.when.iter().flat_map(|when| when.expr.comparisons()) {
                let Some((quantity, above)) = threshold(looked, test) else { continue };
                let known = |t: &Threshold| (t.quantity, t.above) == (quantity, above) && t.days == days;
                if !thresholds.iter().any(known) {
                    let (name, days) = (format!("{}·{}", rule.name, level.name), days.clone());
                    thresholds.push(Threshold { name, quantity, above, days });
                }
            }
        }
    }
    thresholds
}

/// What of a comparison can be scored: a value to be exceeded, of a day's concentration, of a day's index, or of an hour.
fn threshold(looked: Looked, test: Test) -> Option<(Quantity, i64)> {
    let quantity = match looked {
        Looked::Day(Fold::Max, Source::Ozone8h) => Quantity::Daily(Pollutant::O38h),
        Looked::Day(Fold::Mean, Source::Variable(v)) => Quantity::Daily(usual(v, Statistic::Mean)?),
        Looked::Day(Fold::Max, Source::Variable(v)) => Quantity::Daily(usual(v, Statistic::Max1h)?),
        Looked::Aqi => Quantity::DailyAqi,
        Looked::Hour(Source::Variable(variable)) => Quantity::Hour(variable),
        _ => return None,
    };
    match test {
        Test::Is(Operator::Above, above) => Some((quantity, above)),
        Test::Is(Operator::AtLeast, least) => Some((quantity, least - 1)),
        _ => None,
    }
}

/// The pollutant whose usual daily value is this one of a variable's hours.
fn usual(looked: Variable, statistic: Statistic) -> Option<Pollutant> {
    Pollutant::ALL.into_iter().find(|p| variable(*p) == looked && p.usual() == statistic)
}
