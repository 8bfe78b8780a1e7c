//! What a site had to go by in the past, as it came in.
//!
//! In: the versions of runs that the site kept, with when each came into force and went out of it, and what was observed. Out: the forecast of any moment, merged
//! as the service merges it ([`merge()`]). Can't happen: a version used before the site
//! had it, or after another took its place.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::PAST_DAYS;
use cuofeng_air::forecast::merge::{self, Merged, Source, merge};
use cuofeng_air::forecast::{Column, Columns, Observations, Profiles, Run, Series};
use cuofeng_aqi::Standards;
use cuofeng_base::time::{Hour, Zone};

/// Longest run there is, in days: older runs can't reach into a series.
const LONGEST_RUN_DAYS: i64 = 16;

/// A version of a run and when the site went by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// When it could first be decided by.
    pub at: DateTime<Utc>,
    /// Since when it is out of force; none of the one in force.
    pub until: Option<DateTime<Utc>>,
    /// What it says.
    pub run: Run,
    /// Whether a person entered it, and no feed brought it.
    pub by_hand: bool,
    /// Whether it came when its last hour was over.
    pub late: bool,
}

impl Received {
    /// A version that was kept at the first instant and taken out of force at the second. One that came when its last hour
    /// was over (fetched from an archive, copied from another machine) could decide nothing then: it counts from its time of
    /// issue, as if it had come in time, unless another took its place.
    #[must_use]
    pub fn new(
        run: Run,
        by_hand: bool,
        (kept_at, ended_at): (DateTime<Utc>, Option<DateTime<Utc>>),
        zone: &Zone,
    ) -> Self {
        let late = end(&run, zone).is_some_and(|end| end.start() <= kept_at);
        let issued_at = run.issued_at;
        let (at, until) =
            if late { (issued_at, ended_at.map(|_| issued_at)) } else { (kept_at.max(issued_at), ended_at) };
        Self { at, until, run, by_hand, late }
    }

    fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.at <= now && self.until.is_none_or(|until| now < until)
    }
}

/// What a site had of one region.
#[derive(Debug, Clone)]
pub struct Record {
    /// The feeds that forecast the region, in order of preference, and how long a run of each is fresh.
    pub feeds: Vec<(String, Duration)>,
    /// Those of them that bring what people publish for a day.
    pub published: Vec<String>,
    /// What runs are called that people entered, and how long they are fresh.
    pub by_hand: (String, Duration),
    /// Their runs, in the order of issue.
    pub runs: Vec<Received>,
    /// The observations that decide, in order of preference.
    pub observed: Vec<Observations>,
    /// When the site decides.
    pub moments: Vec<DateTime<Utc>>,
}

impl Record {
    /// The last local day of which a run says anything.
    #[must_use]
    pub fn last_day(&self, zone: &Zone) -> Option<NaiveDate> {
        self.runs.iter().filter_map(|received| end(&received.run, zone)).max().map(|end| zone.day_of(end + -1))
    }

    /// Places of the versions in force at a moment of these runs, given by feed and issue time.
    pub(super) fn places(&self, of: &BTreeSet<(String, DateTime<Utc>)>, now: DateTime<Utc>) -> Vec<usize> {
        let is_of = |r: &Received| of.contains(&(r.run.feed.clone(), r.run.issued_at));
        let in_force = self.runs.iter().enumerate().filter(|(_, r)| r.is_in_force(now));
        in_force.filter(|(_, r)| is_of(r)).map(|(place, _)| place).collect()
    }

    /// Whether versions are all in force at a moment.
    pub(super) fn in_force(&self, places: &[usize], now: DateTime<Utc>) -> bool {
        places.iter().filter_map(|place| self.runs.get(*place)).all(|r| r.is_in_force(now))
    }

    /// The forecast of a moment: by the runs that had come, and by what had been observed before.
    pub(super) fn at(
        &self,
        now: DateTime<Utc>,
        region: &str,
        profiles: &Profiles,
        standards: &Standards,
        zone: &Zone,
    ) -> Merged {
        self.merged(now, region, (profiles, standards, zone), |source| source)
    }

    /// The same by the runs before the newest one of each feed.
    pub(super) fn before(
        &self,
        now: DateTime<Utc>,
        region: &str,
        profiles: &Profiles,
        standards: &Standards,
        zone: &Zone,
    ) -> Series {
        self.merged(now, region, (profiles, standards, zone), |source| source.before(now)).series
    }

    fn merged(
        &self,
        now: DateTime<Utc>,
        region: &str,
        (profiles, standards, zone): (&Profiles, &Standards, &Zone),
        of_feed: impl Fn(Source) -> Source,
    ) -> Merged {
        let first = zone.first_hour(zone.day(now) - Duration::days(i64::from(PAST_DAYS)));
        let since = first.start() - Duration::days(LONGEST_RUN_DAYS);
        let in_force: Vec<&Received> =
            self.runs.iter().filter(|r| r.is_in_force(now) && r.run.issued_at >= since).collect();
        let known = |feed: &str| {
            let own = |r: &&&Received| !r.by_hand && r.run.feed == feed;
            in_force.iter().filter(own).map(|r| r.run.clone()).collect()
        };
        let source = |(feed, fresh): &(String, Duration)| {
            of_feed(Source { feed: feed.clone(), fresh: *fresh, runs: known(feed) })
        };
        let is_stated = |r: &&&Received| !r.by_hand && self.published.contains(&r.run.feed);
        let stated: Vec<&Run> = in_force.iter().filter(is_stated).map(|r| &r.run).collect();
        let entered = in_force.iter().filter(|r| r.by_hand).map(|r| r.run.clone()).collect();
        let runs = merge::by_hand(entered, &stated);
        let entered = merge::entered(runs, self.by_hand.clone(), zone);
        let sources: Vec<Source> = entered.into_iter().chain(self.feeds.iter().map(source)).collect();
        let present = Hour::containing(now);
        let cut = |o: &Observations| Observations { columns: cut(&o.columns, first, present), ..o.clone() };
        let observed: Vec<Observations> = self.observed.iter().map(cut).collect();
        merge(region, &sources, &observed, &merge::Setting { profiles, standards, zone, first, now })
    }
}

/// The hour behind the last of which a run says anything.
fn end(run: &Run, zone: &Zone) -> Option<Hour> {
    let days = run.days.iter().map(|outlook| zone.first_hour(outlook.day) + 24);
    run.span().map(|(_, end)| end).into_iter().chain(days).max()
}

/// The hours `[first, end)` of columns.
fn cut(columns: &Columns, first: Hour, end: Hour) -> Columns {
    let cut = |column: &Column| {
        let place = |hour: Hour| usize::try_from(hour - column.first).unwrap_or(0).min(column.values.len());
        Column { first: column.first.max(first), values: column.values[place(first)..place(end)].to_vec() }
    };
    columns.iter().map(|(variable, column)| (*variable, cut(column))).collect()
}
