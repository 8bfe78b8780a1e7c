//! What the site had of a region in the past, for a replay of its own forecasts.
//!
//! In: a region and `now`. Out: the runs with when the site got them, the observations that decide and all of them, and
//! the times at which the site decides: those of its schedule, and those at which a file or a correction woke it. Can't
//! happen: a run corrected by an observation that came after its issue; a person's word decided by before it was given.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::error::AppError;
use crate::pulling::merge::{entered_source, observers, publishing};
use crate::pulling::score;
use cuofeng_air::forecast::Columns;
use cuofeng_air::forecast::bias::{self, Correction};
use cuofeng_air::region::Region;
use cuofeng_feed::setting::FeedConfig;
use cuofeng_office::config::{Job, Plan};
use cuofeng_office::schedule;
use cuofeng_office::site::Site;
use cuofeng_replay::{Received, Record};
use cuofeng_store::Store;
use cuofeng_store::versions::Version;

/// How long after its due time a cycle may have asked the feeds: what it brought was decided by in the same cycle.
const CYCLE: Duration = Duration::minutes(5);

/// What a site had of one region.
pub struct Had {
    /// What a decision goes by.
    pub record: Record,
    /// Everything observed by any feed, also by those for verification only.
    pub observed: Columns,
    /// First and last local day.
    pub days: (NaiveDate, NaiveDate),
    /// Runs that came when their last hour was over, and count from their issue.
    pub late: usize,
}

/// What the site had of a region up to `now`; nothing where it never had a run.
pub async fn had(site: &Site, store: &Store, region: &Region, now: DateTime<Utc>) -> Result<Option<Had>, AppError> {
    let config = &site.config;
    let (zone, id) = (&config.zone, region.id.as_str());
    let kept = store.versions(id, DateTime::UNIX_EPOCH, now).await?;
    let Some(earliest) = kept.iter().map(|version| version.run.issued_at.min(version.received_at)).min() else {
        return Ok(None);
    };
    let plan = config.schedule.plans.iter().find(|plan| plan.job == Job::Evaluate);
    let moments = |plan: &Plan| schedule::due(plan, zone, earliest - CYCLE, now).collect();
    let moments: Vec<DateTime<Utc>> = plan.map(moments).unwrap_or_default();
    let cycle = |at: DateTime<Utc>| {
        let due = moments.partition_point(|due| *due <= at).checked_sub(1).and_then(|place| moments.get(place));
        due.copied().filter(|due| at - *due <= CYCLE).unwrap_or(at)
    };
    // A person's word is heard when it is given, whatever cycle was before.
    let said: BTreeSet<DateTime<Utc>> = kept.iter().flat_map(word).collect();
    let force = |at: DateTime<Utc>| if said.contains(&at) { at } else { cycle(at) };
    let is_watched = |feed: &&FeedConfig| feed.source.is_watched();
    let watched: BTreeSet<&str> = config.feeds.iter().filter(is_watched).map(|feed| feed.name.as_str()).collect();
    let mut moments: BTreeSet<DateTime<Utc>> = moments.iter().copied().collect();
    let mut runs: Vec<Received> = Vec::new();
    for version in kept {
        let new_file = !version.by_hand && watched.contains(version.run.feed.as_str());
        let woke = new_file || version.version > 1 || !version.by.is_empty();
        let force = (force(version.received_at), version.ended_at.map(force));
        let received = Received::new(version.run, version.by_hand, force, zone);
        // What came when it was over woke nobody who could have decided by it.
        if !received.late {
            moments.extend(woke.then_some(received.at));
            moments.extend(received.until);
        }
        runs.push(received);
    }
    let moments: Vec<DateTime<Utc>> = moments.range(..=now).copied().collect();
    let late = runs.iter().filter(|received| received.late).count();
    let Some(first) = runs.iter().map(|received| received.at).min() else { return Ok(None) };
    let span = store.observed_span(id).await?;
    let observed_until = span.map(|(_, end)| end.start() - Duration::hours(1));
    let ended = runs.iter().filter(|received| !received.late).filter_map(|received| received.until);
    let last = runs.iter().map(|received| received.at).chain(ended).chain(observed_until).max();
    let last = last.unwrap_or(first).min(now);
    let days = (zone.day(first), zone.day(last));
    // As far back as a series reaches, and as errors count.
    let back = Duration::days(i64::from(config.bias_days.unwrap_or(0)) + 20);
    let (start, end) = (zone.first_hour(days.0 - back), zone.first_hour(days.1) + 24);
    let all: Vec<String> = config.feeds.iter().map(|feed| feed.name.clone()).collect();
    let observed = score::observed(store, id, &all, start, end).await?;
    let deciding = store.observations(id, &observers(site, id), start, end).await?;
    if let Some(correction) = config.bias_days.and_then(Correction::new) {
        let seen = score::observed(store, id, &observers(site, id), start, end).await?;
        let brought = |received: &&mut Received| !received.by_hand;
        let uncorrected: Vec<_> = runs.iter_mut().filter(brought).map(|received| received.run.clone()).collect();
        let corrected = bias::corrected_all(&uncorrected, &seen, zone, correction);
        runs.iter_mut().filter(brought).zip(corrected).for_each(|(received, run)| received.run = run);
    }
    let serves = config.feeds.iter().filter(|feed| feed.regions.contains(&region.id) && feed.forecasts());
    let feeds = serves.map(|feed| (feed.name.clone(), Duration::hours(i64::from(feed.fresh_hours)))).collect();
    let (published, by_hand) = (publishing(site, id), entered_source(site));
    let record = Record { feeds, published, by_hand, runs, observed: deciding, moments };
    Ok(Some(Had { record, observed, days, late }))
}

/// When a person said something of a version: that it holds, or that it doesn't.
fn word(version: &Version) -> impl Iterator<Item = DateTime<Utc>> + use<> {
    let given = (!version.by.is_empty()).then_some(version.received_at);
    given.into_iter().chain(version.withdrawn.as_ref().map(|withdrawn| withdrawn.at))
}
