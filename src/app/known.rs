//! What rules look at beside the forecast: official orders and hot spots near villages.
//!
//! In: what the database holds for a region. Out: a [`Context`] that knows it. Can't happen: an hour without hot spots
//! that only means that nobody looked.

use chrono::{DateTime, Duration, Utc};

use super::{App, AppError};
use crate::aqi::Standards;
use crate::config::Source;
use crate::fire::Fire;
use crate::forecast::Series;
use crate::order::{Order, Tier};
use crate::rules::Rule;
use crate::rules::expr::{Context, Fires, OrderSpan, Workdays};
use crate::time::{Hour, Period, Zone};
use crate::warning::Span;

/// How long a hot spot counts after the satellite saw it, in hours: until the same satellites have come round again.
const FIRE_HOURS: i64 = 24;

/// Orders and hot spots of a region.
pub(super) struct Known {
    orders: Vec<OrderSpan>,
    /// The same orders, whole.
    official: Vec<Order>,
    /// Hot spots with their distance to the nearest village, in metres; none where no feed has looked lately.
    fires: Option<Vec<(DateTime<Utc>, u32)>>,
}

impl Known {
    /// How many hot spots of the last 24 hours lie within so many metres of a village. Of hours to come: as far as is
    /// known.
    pub(super) fn fires(&self, hour: Hour, metres: u32) -> Option<u32> {
        let end = (hour + 1).start();
        let counts = |(at, distance): &&(DateTime<Utc>, u32)| {
            *distance <= metres && *at < end && *at >= end - Duration::hours(FIRE_HOURS)
        };
        self.fires.as_ref().and_then(|fires| u32::try_from(fires.iter().filter(counts).count()).ok())
    }

    /// The order of the highest tier in force during any of the periods.
    pub(super) fn order(&self, periods: &[Period]) -> Option<&Order> {
        let touches = |o: &&Order| o.in_force().is_some_and(|f| periods.iter().any(|p| p.intersect(&f).is_some()));
        self.official.iter().filter(touches).max_by_key(|o| o.tier)
    }

    /// The orders that speak for a rule, as the levels that they call for: the level named like the tier, else the
    /// highest.
    pub(super) fn orders_of(&self, rule: &Rule) -> Vec<Span> {
        let speaks = |order: &&Order| rule.orders.iter().any(|subject| order.subject.contains(subject.as_str()));
        let level = |tier: Tier| rule.levels.iter().position(|l| l.id == tier.name()).unwrap_or(0);
        let span = |o: &Order| Some(Span { period: o.in_force()?, level: level(o.tier), ordered: true });
        self.official.iter().filter(speaks).filter_map(span).collect()
    }

    /// A context for the conditions of rules.
    pub(super) fn context<'a>(
        &'a self,
        series: &'a Series,
        zone: &'a Zone,
        standards: &'a Standards,
        fires: &'a Fires<'a>,
        workdays: &'a Workdays<'a>,
    ) -> Context<'a> {
        Context::new(series, zone, standards).with_orders(&self.orders).with_fires(fires).with_workdays(workdays)
    }
}

impl App {
    /// What is known of a region over the hours of its series.
    pub(super) async fn known(&self, region: &str, series: &Series, now: DateTime<Utc>) -> Result<Known, AppError> {
        let hours = i64::try_from(series.hours).unwrap_or(0).max(1);
        let orders = match Period::hours(series.first, hours) {
            Some(period) => self.store.orders(region, &period).await?,
            None => Vec::new(),
        };
        let official: Vec<Order> = orders.into_iter().map(|n| n.order).collect();
        let orders = official.iter().filter_map(|o| Some(OrderSpan { period: o.in_force()?, tier: o.tier })).collect();
        Ok(Known { orders, official, fires: self.fires(region, series, now).await? })
    }

    async fn fires(
        &self,
        region: &str,
        series: &Series,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<(DateTime<Utc>, u32)>>, AppError> {
        let mut looked = false;
        for feed in &self.site.config.feeds {
            if matches!(feed.source, Source::Firms { .. }) && feed.regions.iter().any(|r| r == region) {
                let fresh = Duration::hours(i64::from(feed.fresh_hours));
                let state = self.store.feed_state(&feed.name).await?;
                looked |= state.succeeded_at.is_some_and(|at| now - at < fresh);
            }
        }
        let places: Vec<_> = self.site.roster.villages.iter().filter_map(|v| v.place).collect();
        if !looked || places.is_empty() {
            return Ok(None);
        }
        let since = series.first.start() - Duration::hours(FIRE_HOURS);
        let distance = |fire: Fire| Some((fire.at, places.iter().map(|p| p.metres_to(fire.place)).min()?));
        Ok(Some(self.store.fires(since, now).await?.into_iter().filter_map(distance).collect()))
    }
}
