//! Several feeds, one forecast: preference, freshness, and the reason where there is none.
//!
//! In: the kept runs of each feed in order of preference, observations, `now`. Out: the region's [`Series`] and the
//! [`State`] of every feed. Per hour and variable: the observation, else the most preferred fresh feed that has it
//! (its newest run that covers the hour), else what a stale feed said of an hour already past. A feed's weather has an
//! age of its own: fresh weather makes neither a region nor the air forecast of its feed fresh. Can't happen: a stale
//! run that speaks of the future while the region counts as forecast; an archive without issue times taken for new.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::{Observations, Origin, Profiles, Run, Series};
use cuofeng_aqi::Standards;
use cuofeng_base::time::{Hour, Zone};

/// The kept runs of one feed.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name of the feed.
    pub feed: String,
    /// How long after its issue a run counts as fresh.
    pub fresh: Duration,
    /// Runs, oldest first.
    pub runs: Vec<Run>,
}

/// How a feed's forecast stands: that of the air where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The newest run is within its limit.
    Fresh {
        /// When it was made.
        issued_at: DateTime<Utc>,
    },
    /// The newest run is beyond its limit.
    Stale {
        /// When it was made.
        issued_at: DateTime<Utc>,
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// There is no run at all.
    Missing,
}

/// A feed and how its forecast stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Name of the feed.
    pub feed: String,
    /// How it stands.
    pub freshness: Freshness,
    /// Whether it says anything of the air: only such a feed makes a region judgeable.
    pub air: bool,
}

impl State {
    /// Whether it has a fresh forecast of the air.
    #[must_use]
    pub const fn fresh(&self) -> bool {
        self.air && matches!(self.freshness, Freshness::Fresh { .. })
    }
}

/// The forecast of a region.
#[derive(Debug, Clone)]
pub struct Merged {
    /// Hour by hour.
    pub series: Series,
    /// Every feed, in order of preference.
    pub states: Vec<State>,
    /// Under which numbers the runs are kept that it was made of, by feed and issue time; empty where they are not.
    pub kept: Kept,
    /// Until when a forecast of the air is fresh without a newer one; none where none is.
    pub fresh_until: Option<DateTime<Utc>>,
    /// The same by the runs before the newest one of each feed; none where nobody asks for it.
    pub before: Option<Series>,
}

/// The numbers of kept runs, by feed and issue time.
pub type Kept = BTreeMap<(String, DateTime<Utc>), Vec<i64>>;

impl Merged {
    /// Whether any feed has a fresh forecast of the air.
    #[must_use]
    pub fn fresh(&self) -> bool {
        self.states.iter().any(State::fresh)
    }
}

/// What is worked out beside the runs.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Shapes for daily forecasts.
    pub profiles: &'a Profiles,
    /// AQI standards.
    pub standards: &'a Standards,
    /// The site's zone.
    pub zone: &'a Zone,
    /// First hour of the series.
    pub first: Hour,
    /// The present.
    pub now: DateTime<Utc>,
}

/// The days that people entered, as far as they still hold: each until a bulletin or table that was issued later, and is
/// among `stated`, says something of that day.
#[must_use]
pub fn by_hand(entered: Vec<Run>, stated: &[&Run]) -> Vec<Run> {
    let holds = |mut run: Run| {
        let later = stated.iter().filter(|later| later.issued_at > run.issued_at);
        let said: Vec<_> = later.flat_map(|later| later.days.iter().map(|outlook| outlook.day)).collect();
        run.days.retain(|outlook| !said.contains(&outlook.day));
        (!run.days.is_empty()).then_some(run)
    };
    entered.into_iter().filter_map(holds).collect()
}

/// What people entered as a source: it is fresh as long as any, and until the last day that it speaks of is over. Days in
/// between of which nobody says anything stay unknown.
#[must_use]
pub fn entered(runs: Vec<Run>, (feed, fresh): (String, Duration), zone: &Zone) -> Option<Source> {
    let issued = runs.iter().map(|run| run.issued_at).max()?;
    let end = runs.iter().flat_map(|run| &run.days).map(|outlook| (zone.first_hour(outlook.day) + 24).start()).max();
    let fresh = end.map_or(fresh, |end| fresh.max(end - issued));
    Some(Source { feed, fresh, runs })
}

/// Merges the feeds' runs and the observations (in order of preference) of one region.
#[must_use]
pub fn merge(region: &str, sources: &[Source], observed: &[Observations], setting: &Setting<'_>) -> Merged {
    let Setting { profiles, standards, zone, first, now } = *setting;
    let states: Vec<State> = sources.iter().map(|source| state(source, now)).collect();
    let present = Hour::containing(now);
    let series = Series::new(region, first, length(sources, zone, first, now)).seen_at(present);
    let until = |(source, state): (&Source, &State)| match state.freshness {
        Freshness::Fresh { issued_at } if state.air => Some(issued_at + source.fresh),
        _ => None,
    };
    let fresh_until = sources.iter().zip(&states).filter_map(until).max();
    let mut merged = Merged { series, states, kept: Kept::new(), fresh_until, before: None };
    // From the least to the most trusted: stale before fresh, then the order of preference from its end; a run's
    // weather alone below what came with the air.
    let mut order: Vec<(Vec<&Run>, bool)> = sources.iter().rev().flat_map(|source| parts(source, now)).collect();
    order.sort_by_key(|(_, fresh)| *fresh);
    let any_fresh = merged.fresh();
    for (runs, fresh) in order {
        let until = (any_fresh && !fresh).then_some(present);
        for run in runs {
            merged.series.lay_run(run, profiles, standards, zone, until);
        }
    }
    for observations in observed.iter().rev() {
        merged.series.lay(&observations.columns, &Origin::Observed { feed: observations.feed.clone() });
    }
    merged
}

/// How far apart the issue times of two forecasts are at least: what is asked for again within a few hours is mostly the
/// same one.
const APART: Duration = Duration::hours(6);

impl Source {
    /// What it said before its newest run about the air: fresh as long as that one is. Runs of the same hours are one
    /// forecast.
    #[must_use]
    pub fn before(&self, now: DateTime<Utc>) -> Self {
        let air = || self.runs.iter().filter(|run| run.tells_air());
        let newest = air().map(|run| run.issued_at).max();
        let earlier = |run: &&Run| newest.is_none_or(|newest| run.issued_at + APART <= newest);
        let runs = self.runs.iter().filter(earlier).cloned().collect();
        let stands = matches!(freshness(air(), self.fresh, now), Freshness::Fresh { .. });
        let fresh = if stands { self.fresh + Duration::days(2) } else { self.fresh };
        Self { feed: self.feed.clone(), fresh, runs }
    }
}

fn state(source: &Source, now: DateTime<Utc>) -> State {
    let air = source.runs.iter().any(Run::tells_air);
    let runs = source.runs.iter().filter(|run| run.tells_air() == air);
    State { feed: source.feed.clone(), freshness: freshness(runs, source.fresh, now), air }
}

/// The runs of the weather alone and those of the air, each with whether they are fresh.
fn parts(source: &Source, now: DateTime<Utc>) -> [(Vec<&Run>, bool); 2] {
    [false, true].map(|air| {
        let runs: Vec<&Run> = source.runs.iter().filter(|run| run.tells_air() == air).collect();
        let stands = freshness(runs.iter().copied(), source.fresh, now);
        (runs, matches!(stands, Freshness::Fresh { .. }))
    })
}

/// How runs stand; an archive keeps no issue times, so that its runs have no age.
fn freshness<'a>(runs: impl Iterator<Item = &'a Run>, limit: Duration, now: DateTime<Utc>) -> Freshness {
    let issued = runs.filter(|run| !run.archive).map(|run| run.issued_at).max();
    let Some(issued_at) = issued else { return Freshness::Missing };
    let age = now - issued_at;
    if age < limit { Freshness::Fresh { issued_at } } else { Freshness::Stale { issued_at, age, limit } }
}

fn length(sources: &[Source], zone: &Zone, first: Hour, now: DateTime<Utc>) -> usize {
    let runs = || sources.iter().flat_map(|s| &s.runs);
    let hours = runs().filter_map(Run::span).map(|(_, end)| end);
    let days = runs().flat_map(|r| &r.days).map(|o| zone.first_hour(o.day) + 24);
    // What needs no forecast is judged to the end of the day all the same.
    let today = zone.first_hour(zone.day(now)) + 24;
    let end = hours.chain(days).max().unwrap_or(first).max(today);
    usize::try_from(end - first).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Column, Columns, MISSING, Outlook, Range, Variable};
    use cuofeng_aqi::{Pollutant, Standard};

    const NOW: i64 = 1000;

    fn run(feed: &str, issued: i64, first: i64, values: &[i32]) -> Run {
        let columns = Columns::from([(Variable::O3, Column { first: Hour(first), values: values.to_vec() })]);
        let issued_at = Hour(issued).start();
        Run { feed: feed.into(), region: "r".into(), issued_at, columns, days: Vec::new(), archive: false }
    }

    fn source(feed: &str, fresh: i64, runs: Vec<Run>) -> Source {
        Source { feed: feed.into(), fresh: Duration::hours(fresh), runs }
    }

    fn merged(sources: &[Source], observed: &[Observations]) -> Merged {
        let standards = Standards(vec![
            Standard::parse(include_str!("../../../../rules/standards/hj633-2012.toml")).expect("a standard"),
        ]);
        let profiles = Profiles::parse(include_str!("../../../../rules/profiles.toml")).expect("profiles");
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let now = Hour(NOW).start();
        merge(
            "r",
            sources,
            observed,
            &Setting { profiles: &profiles, standards: &standards, zone: &zone, first: Hour(990), now },
        )
    }

    fn at(merged: &Merged, hour: i64) -> Option<(i32, &str)> {
        let value = merged.series.value(Variable::O3, Hour(hour))?;
        Some((value, merged.series.origin(Variable::O3, Hour(hour))?.feed()))
    }

    #[test]
    fn the_preferred_fresh_feed_wins_hour_by_hour_and_another_fills_its_gaps() {
        let sources = [
            source("good", 24, vec![run("good", 995, 998, &[1, 1, 1, MISSING, 1])]),
            source("spare", 24, vec![run("spare", 999, 990, &[2; 20])]),
        ];
        let merged = merged(&sources, &[]);
        assert_eq!(at(&merged, 997), Some((2, "spare")));
        assert_eq!(at(&merged, 1000), Some((1, "good")));
        assert_eq!(at(&merged, 1001), Some((2, "spare")));
        assert_eq!(at(&merged, 1009), Some((2, "spare")));
        assert!(merged.fresh());
    }

    #[test]
    fn what_a_person_enters_for_a_later_day_holds_until_that_day_is_over() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let day = zone.day(Hour(NOW).start()) + chrono::Days::new(3);
        let mut entry = run("e", NOW, NOW, &[]);
        entry.days.push(Outlook::new(day));
        let usual = || ("e".to_owned(), Duration::hours(36));
        let source = entered(vec![entry.clone()], usual(), &zone).expect("a source");
        let at = |hour: i64| state(&source, (zone.first_hour(day) + hour).start()).freshness;
        assert!(matches!(at(23), Freshness::Fresh { .. }), "{:?}", at(23));
        assert!(matches!(at(25), Freshness::Stale { .. }), "{:?}", at(25));
        entry.days[0].day = zone.day(Hour(NOW).start());
        assert_eq!(entered(vec![entry], usual(), &zone).expect("a source").fresh, Duration::hours(36));
        assert!(entered(Vec::new(), usual(), &zone).is_none());
    }

    #[test]
    fn a_stale_preferred_feed_gives_way_and_says_nothing_of_the_future() {
        let sources = [
            source("good", 12, vec![run("good", 980, 990, &[1; 30])]),
            source("spare", 24, vec![run("spare", 999, 999, &[2, 2, 2])]),
        ];
        let merged = merged(&sources, &[]);
        assert_eq!(at(&merged, 995), Some((1, "good")), "an hour already past, that no fresh run covers");
        assert_eq!(at(&merged, 1001), Some((2, "spare")));
        assert_eq!(at(&merged, 1002), None, "a gap, not what a stale run said");
        assert!(matches!(merged.states[0].freshness, Freshness::Stale { .. }));
    }

    #[test]
    fn with_every_feed_stale_the_region_is_not_fresh_and_the_old_forecast_can_still_be_seen() {
        let alone = [source("good", 12, vec![run("good", 980, 990, &[1; 30])])];
        let merged_alone = merged(&alone, &[]);
        assert!(!merged_alone.fresh());
        assert_eq!(at(&merged_alone, 1005), Some((1, "good")));
        let none = merged(&[source("good", 12, vec![])], &[]);
        assert_eq!(none.states[0].freshness, Freshness::Missing);
        assert!(!none.fresh());
    }

    #[test]
    fn fresh_weather_and_an_archive_make_no_region_fresh() {
        let wind = |feed: &str, issued: i64, values: &[i32]| {
            let columns = Columns::from([(Variable::Wind, Column { first: Hour(990), values: values.to_vec() })]);
            Run { columns, ..run(feed, issued, 990, &[]) }
        };
        let air = || source("air", 12, vec![run("air", 951, 990, &[1; 30])]);
        let two = merged(&[air(), source("weather", 12, vec![wind("weather", 999, &[2; 30])])], &[]);
        assert!(!two.fresh(), "an air forecast of 49 hours ago, and fresh weather");
        let one = Source { runs: vec![run("one", 951, 990, &[1; 30]), wind("one", 999, &[2; 30])], ..air() };
        let one = merged(&[one], &[]);
        assert!(!one.fresh() && matches!(one.states[0].freshness, Freshness::Stale { .. }));
        let spare = source("spare", 24, vec![run("spare", 999, 990, &[3; 30])]);
        let both = Source { runs: vec![run("one", 951, 990, &[1; 30]), wind("one", 999, &[2; 30])], ..air() };
        let beside = merged(&[both, spare], &[]);
        assert_eq!(at(&beside, 1005), Some((3, "spare")));
        assert_eq!(beside.series.value(Variable::Wind, Hour(1005)), Some(2), "the weather is fresh all the same");
        let archive = Run { archive: true, ..run("air", 996, 990, &[1; 30]) };
        let old = merged(&[source("air", 12, vec![archive])], &[]);
        assert_eq!((old.fresh(), old.states[0].freshness), (false, Freshness::Missing));
    }

    #[test]
    fn observations_lie_over_every_forecast() {
        let columns = Columns::from([(Variable::O3, Column { first: Hour(999), values: vec![9] })]);
        let observed = [Observations { feed: "station".into(), region: "r".into(), columns }];
        let merged = merged(&[source("good", 24, vec![run("good", 998, 998, &[1; 5])])], &observed);
        assert_eq!(at(&merged, 999), Some((9, "station")));
        assert_eq!(at(&merged, 1000), Some((1, "good")));
    }

    #[test]
    fn a_day_that_a_person_entered_holds_until_a_later_bulletin_speaks_of_it() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let days = |feed: &str, issued: i64, ahead: &[i64]| Run {
            days: ahead.iter().map(|day| Outlook::new(zone.day_of(Hour(NOW + 24 * day)))).collect(),
            ..run(feed, issued, issued, &[])
        };
        let entered = || vec![days("电话", 990, &[1]), days("截图", 995, &[2])];
        // A bulletin of before says nothing against it; one of later speaks for its own days alone.
        for (bulletin, left) in [
            (days("bureau", 989, &[1, 2]), entered()),
            (days("bureau", 992, &[1, 2]), vec![days("截图", 995, &[2])]),
            (days("bureau", 999, &[1, 3]), vec![days("截图", 995, &[2])]),
            (days("bureau", 999, &[1, 2]), vec![]),
            (run("model", 999, 999, &[1; 90]), entered()),
        ] {
            assert_eq!(by_hand(entered(), &[&bulletin]), left, "{bulletin:?}");
        }
    }

    #[test]
    fn a_daily_forecast_becomes_hours_and_its_index_stands_until_a_whole_or_higher_one_is_known() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let day = zone.day_of(Hour(NOW + 24));
        let mut outlook = Outlook::new(day);
        outlook.aqi = Range::new(95, 125);
        outlook.primary = vec![Pollutant::O3];
        let daily = Run { days: vec![outlook], columns: Columns::new(), ..run("bulletin", 999, 999, &[]) };
        let hourly = run("hourly", 999, zone.first_hour(day).0, &[50_000; 24]);
        let bulletin = || source("bulletin", 24, vec![daily.clone()]);
        let first = merged(&[bulletin(), source("hourly", 24, vec![hourly.clone()])], &[]);
        let noon = zone.first_hour(day) + 12;
        let origin = first.series.origin(Variable::O3, noon).expect("an origin");
        assert!(matches!(origin, Origin::Shaped { feed, .. } if feed == "bulletin"), "{origin:?}");
        let index = |m: &Merged| {
            let standards = Standards(vec![
                Standard::parse(include_str!("../../../../rules/standards/hj633-2012.toml")).expect("a standard"),
            ]);
            m.series.daily_index(day, &zone, &standards).and_then(|i| i.aqi)
        };
        assert_eq!(index(&first), Some(110));
        let second = merged(&[source("hourly", 24, vec![hourly.clone()]), bulletin()], &[]);
        // HJ 633: 50 µg/m³ of eight-hour ozone is an IAQI of 25. Of an index that needs six pollutants it says nothing.
        assert_eq!(index(&second), Some(110));
        let mut whole = hourly.clone();
        let first = zone.first_hour(day);
        for (variable, value) in Variable::AIR.into_iter().zip([10_000, 20_000, 10_000, 20_000, 1_000, 50_000]) {
            whole.columns.insert(variable, Column { first, values: vec![value; 24] });
        }
        let third = merged(&[source("hourly", 24, vec![whole]), bulletin()], &[]);
        assert_eq!(index(&third), Some(25));
        // 200 µg/m³ of it are an IAQI of 138: more than was stated, whatever the others are.
        let worse = run("hourly", 999, zone.first_hour(day).0, &[200_000; 24]);
        let fourth = merged(&[source("hourly", 24, vec![worse]), bulletin()], &[]);
        assert!(index(&fourth).is_some_and(|aqi| aqi > 110), "{:?}", index(&fourth));
    }
}
