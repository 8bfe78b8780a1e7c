//! What was observed of a region in the year behind: to try rules on before they are in force.
//!
//! In: the observations in the database, the feeds' order of preference. Out: one series a region, hour by hour the most
//! trusted value. Can't happen: a value of a feed that is for verification only.

use chrono::{DateTime, Duration, Utc};

use crate::error::AppError;
use crate::pulling::merge::observers;
use cuofeng_air::forecast::{Column, Columns, Origin, Series, Variable};
use cuofeng_base::time::Hour;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

/// How far back it goes: a summer and a winter.
const DAYS: i64 = 366;

/// The observations of a region over the year before `now`; empty where there are none.
pub async fn past(site: &Site, store: &Store, region: &str, now: DateTime<Utc>) -> Result<Columns, AppError> {
    let (first, end) = (Hour::containing(now - Duration::days(DAYS)), Hour::containing(now));
    let observed = store.observations(region, &observers(site, region), first, end).await?;
    let starts = || observed.iter().flat_map(|o| o.columns.values());
    let begin = starts().map(|column| column.first).min();
    let behind = starts().map(|column| column.first + i64::try_from(column.values.len()).unwrap_or(0)).max();
    let Some((begin, behind)) = begin.zip(behind) else { return Ok(Columns::new()) };
    let mut series = Series::new(region, begin, usize::try_from(behind - begin).unwrap_or(0));
    // The most trusted feed comes first, and is laid over the others.
    for one in observed.iter().rev() {
        series.lay(&one.columns, &Origin::Observed { feed: one.feed.clone() });
    }
    let column = |v: Variable| Some((v, Column { first: begin, values: series.values(v)?.to_vec() }));
    Ok(Variable::ALL.into_iter().filter_map(column).collect())
}
