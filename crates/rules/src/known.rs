//! What rules look at beside the forecast: official orders and hot spots near villages.
//!
//! In: what the database holds for a region. Out: a [`Context`] that knows it. Can't happen: an hour without hot spots
//! that only means that nobody looked; a fire that counts twice because two satellites saw it.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::expr::{Context, Fires, OrderSpan, Workdays};
use crate::rule::Rule;
use crate::warning::Span;
use cuofeng_air::fire::Confidence;
use cuofeng_air::forecast::Series;
use cuofeng_aqi::Standards;
use cuofeng_base::time::{Hour, Period, Zone};
use cuofeng_town::order::{Order, Tier};

/// How long a hot spot counts after the satellite saw it, in hours: until the same satellites have come round again.
pub const FIRE_HOURS: i64 = 24;

/// Orders and hot spots of a region.
pub struct Known {
    orders: Vec<OrderSpan>,
    /// The same orders, whole.
    official: Vec<Order>,
    /// Hot spots; none where no feed has looked lately.
    fires: Option<Vec<Sighting>>,
}

/// A hot spot and the villages round it.
pub struct Sighting {
    /// When it was seen.
    pub at: DateTime<Utc>,
    /// The number of the fire that was seen.
    pub fire: usize,
    /// How sure the satellite is.
    pub confidence: Confidence,
    /// Distance in metres and code of every village with a place.
    pub villages: Vec<(u32, String)>,
}

impl Known {
    /// Orders in force or announced, and hot spots; none where no feed has looked lately.
    #[must_use]
    pub fn new(official: Vec<Order>, fires: Option<Vec<Sighting>>) -> Self {
        let orders = official.iter().filter_map(|o| Some(OrderSpan { period: o.in_force()?, tier: o.tier })).collect();
        Self { orders, official, fires }
    }

    /// How many fires were seen in the last 24 hours within so many metres of a village, each once whoever saw it. Of
    /// hours to come: as far as is known.
    #[must_use]
    pub fn fires(&self, hour: Hour, metres: u32) -> Option<u32> {
        self.fires.as_ref()?;
        u32::try_from(self.surest(hour, metres).len()).ok()
    }

    /// How many of those were seen with low confidence only.
    #[must_use]
    pub fn doubtful_fires(&self, hour: Hour, metres: u32) -> usize {
        self.surest(hour, metres).values().filter(|confidence| **confidence == Confidence::Low).count()
    }

    /// The fires that count in an hour by number, each with the surest sighting of it.
    fn surest(&self, hour: Hour, metres: u32) -> BTreeMap<usize, Confidence> {
        let near = |fire: &&Sighting| fire.villages.iter().any(|(distance, _)| *distance <= metres);
        let mut surest: BTreeMap<usize, Confidence> = BTreeMap::new();
        for seen in self.fires.iter().flatten().filter(|fire| counts(fire, (hour + 1).start())).filter(near) {
            let confidence = surest.entry(seen.fire).or_insert(seen.confidence);
            *confidence = seen.confidence.max(*confidence);
        }
        surest
    }

    /// Whether a hot spot that counts in an hour lies within so many metres of a village.
    #[must_use]
    pub fn fire_near(&self, village: &str, hour: Hour, metres: u32) -> bool {
        let near =
            |fire: &Sighting| fire.villages.iter().any(|(distance, code)| *distance <= metres && code == village);
        self.fires.iter().flatten().any(|fire| counts(fire, (hour + 1).start()) && near(fire))
    }

    /// The order of the highest tier in force during any of the periods.
    #[must_use]
    pub fn order(&self, periods: &[Period]) -> Option<&Order> {
        let touches = |o: &&Order| o.in_force().is_some_and(|f| periods.iter().any(|p| p.intersect(&f).is_some()));
        self.official.iter().filter(touches).max_by_key(|o| o.tier)
    }

    /// The orders that speak for a rule, as the levels that they call for: the level named like the tier, else the
    /// highest.
    #[must_use]
    pub fn orders_of(&self, rule: &Rule) -> Vec<Span> {
        let level = |tier: Tier| rule.levels.iter().position(|l| l.id == tier.name()).unwrap_or(0);
        let span = |o: &Order| Some(Span { period: o.in_force()?, level: level(o.tier), ordered: true });
        match &rule.relays {
            Some(order) => span(order).into_iter().collect(),
            None => self.official.iter().filter(|order| rule.hears(order)).filter_map(span).collect(),
        }
    }

    /// A context for the conditions of rules.
    #[must_use]
    pub fn context<'a>(
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

/// Whether a hot spot counts in the hour that ends then.
fn counts(fire: &Sighting, end: DateTime<Utc>) -> bool {
    fire.at < end && fire.at >= end - Duration::hours(FIRE_HOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fire_counts_once_and_one_that_was_seen_with_low_confidence_only_is_named() {
        let noon: DateTime<Utc> = "2026-08-12T04:00:00Z".parse().expect("a time");
        let seen = |minutes: i64, fire: usize, confidence| Sighting {
            at: noon + Duration::minutes(minutes),
            fire,
            confidence,
            villages: vec![(3_000, "V1".to_owned())],
        };
        let fires = vec![
            seen(0, 0, Confidence::Low),
            seen(50, 0, Confidence::Nominal),
            seen(50, 2, Confidence::Low),
            seen(-25 * 60, 3, Confidence::High),
        ];
        let known = Known::new(Vec::new(), Some(fires));
        let hour = Hour::containing(noon);
        assert_eq!((known.fires(hour, 5_000), known.doubtful_fires(hour, 5_000)), (Some(2), 1));
        assert_eq!(known.fires(hour, 2_000), Some(0), "too far from every village");
        let nobody = Known { fires: None, ..known };
        assert_eq!(nobody.fires(hour, 5_000), None, "nobody looked");
    }
}
