//! What a site had to go by in the past, as it came in.
//!
//! In: the runs that the site kept, with when it got each, and what was observed. Out: the forecast of any moment, merged
//! as the service merges it ([`merge()`]). Can't happen: a run used before the site had it.

use chrono::{DateTime, Duration, Utc};

use super::PAST_DAYS;
use crate::aqi::Standards;
use crate::forecast::merge::{self, Merged, Source, merge};
use crate::forecast::{Column, Columns, Observations, Profiles, Run};
use crate::time::{Hour, Zone};

/// Longest run there is, in days: older runs can't reach into a series.
const LONGEST_RUN_DAYS: i64 = 16;

/// A run and when the site got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// When it could first be decided by.
    pub at: DateTime<Utc>,
    /// The run.
    pub run: Run,
    /// Whether it came when its last hour was over.
    pub late: bool,
}

impl Received {
    /// A run that was kept at `kept_at`. One that came when its last hour was over (fetched from an archive, copied from
    /// another machine) could decide nothing then: it counts from its time of issue, as if it had come in time.
    #[must_use]
    pub fn new(run: Run, kept_at: DateTime<Utc>, zone: &Zone) -> Self {
        let days = run.days.iter().map(|outlook| zone.first_hour(outlook.day) + 24);
        let end = run.span().map(|(_, end)| end).into_iter().chain(days).max();
        let late = end.is_some_and(|end| end.start() <= kept_at);
        Self { at: if late { run.issued_at } else { kept_at.max(run.issued_at) }, run, late }
    }
}

/// What a site had of one region.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The feeds that forecast the region, in order of preference, and how long a run of each is fresh.
    pub feeds: Vec<(String, Duration)>,
    /// Their runs, in the order of issue.
    pub runs: Vec<Received>,
    /// The observations that decide, in order of preference.
    pub observed: Vec<Observations>,
    /// When the site decides.
    pub moments: Vec<DateTime<Utc>>,
}

impl Record {
    /// The forecast of a moment: by the runs that had come, and by what had been observed before.
    pub(super) fn at(
        &self,
        now: DateTime<Utc>,
        region: &str,
        profiles: &Profiles,
        standards: &Standards,
        zone: &Zone,
    ) -> Merged {
        let first = zone.first_hour(zone.day(now) - Duration::days(i64::from(PAST_DAYS)));
        let since = first.start() - Duration::days(LONGEST_RUN_DAYS);
        let known = |feed: &str| {
            let own = |r: &&Received| r.run.feed == feed && r.at <= now && r.run.issued_at >= since;
            self.runs.iter().filter(own).map(|r| r.run.clone()).collect()
        };
        let source =
            |(feed, fresh): &(String, Duration)| Source { feed: feed.clone(), fresh: *fresh, runs: known(feed) };
        let sources: Vec<Source> = self.feeds.iter().map(source).collect();
        let present = Hour::containing(now);
        let cut = |o: &Observations| Observations { columns: cut(&o.columns, first, present), ..o.clone() };
        let observed: Vec<Observations> = self.observed.iter().map(cut).collect();
        merge(region, &sources, &observed, &merge::Setting { profiles, standards, zone, first, now })
    }
}

/// The hours `[first, end)` of columns.
fn cut(columns: &Columns, first: Hour, end: Hour) -> Columns {
    let cut = |column: &Column| {
        let place = |hour: Hour| usize::try_from(hour - column.first).unwrap_or(0).min(column.values.len());
        Column { first: column.first.max(first), values: column.values[place(first)..place(end)].to_vec() }
    };
    columns.iter().map(|(variable, column)| (*variable, cut(column))).collect()
}
