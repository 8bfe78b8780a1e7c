//! What rules look at beside the forecast, from the database: official orders and hot spots near villages.
//!
//! In: a region and the hours of its series. Out: [`Known`]. Can't happen: an hour without hot spots that only means that
//! nobody looked.

use chrono::{DateTime, Duration, Utc};

use crate::error::AppError;
use cuofeng_air::fire::{self, Fire};
use cuofeng_air::forecast::Series;
use cuofeng_base::time::Period;
use cuofeng_feed::setting::Source;
use cuofeng_office::site::Site;
use cuofeng_rules::known::{FIRE_HOURS, Known, Sighting};
use cuofeng_store::Store;
use cuofeng_town::order::Order;

/// What is known of a region over the hours of its series.
pub(crate) async fn known(
    site: &Site,
    store: &Store,
    region: &str,
    series: &Series,
    now: DateTime<Utc>,
) -> Result<Known, AppError> {
    let hours = i64::try_from(series.hours).unwrap_or(0).max(1);
    let orders = match Period::hours(series.first, hours) {
        Some(period) => store.orders(region, &period).await?,
        None => Vec::new(),
    };
    let official: Vec<Order> = orders.into_iter().map(|n| n.order).collect();
    Ok(Known::new(official, fires(site, store, region, series, now).await?))
}

async fn fires(
    site: &Site,
    store: &Store,
    region: &str,
    series: &Series,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Sighting>>, AppError> {
    let mut looked = false;
    for feed in &site.config.feeds {
        if matches!(feed.source, Source::Firms { .. }) && feed.regions.iter().any(|r| r == region) {
            let fresh = Duration::hours(i64::from(feed.fresh_hours));
            let state = store.feed_state(&feed.name).await?;
            looked |= state.succeeded_at.is_some_and(|at| now - at < fresh);
        }
    }
    let places: Vec<_> = site.roster.villages.iter().filter_map(|v| Some((v.place?, &v.code))).collect();
    if !looked || places.is_empty() {
        return Ok(None);
    }
    let since = series.first.start() - Duration::hours(FIRE_HOURS);
    let fires = store.fires(since, now).await?;
    let numbers = fire::numbered(&fires);
    let sighting = |(fire, number): (Fire, usize)| Sighting {
        at: fire.at,
        fire: number,
        confidence: fire.confidence,
        villages: places.iter().map(|(place, code)| (place.metres_to(fire.place), (*code).clone())).collect(),
    };
    Ok(Some(fires.into_iter().zip(numbers).map(sighting).collect()))
}
