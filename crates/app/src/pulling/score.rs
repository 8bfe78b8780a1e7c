//! Scoring what the feeds said against what was observed.
//!
//! In: a region, local days, days of past errors to correct by. Out: scores of the runs as they came, and of the
//! corrected ones. Can't happen: a run issued after the hours it is scored on; a forecast that a person entered.

use chrono::{Duration, NaiveDate};

use crate::error::AppError;
use cuofeng_air::forecast::bias::{self, Correction};
use cuofeng_air::forecast::score::{FeedScore, Scored, score};
use cuofeng_air::forecast::{Columns, Run, Series, Variable};
use cuofeng_base::time::Hour;
use cuofeng_office::site::Site;
use cuofeng_rules::threshold::thresholds;
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
    let thresholds = thresholds(&site.rules, from, to);
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
