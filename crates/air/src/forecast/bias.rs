//! Correction of a forecast by its own past errors.
//!
//! In: a run, the runs before it, what was observed. Out: the run with each hour less the mean error of its variable at
//! that hour of the day, recent days weighing more. Can't happen: an observation of an hour that had not ended when
//! the run was issued and that changes it all the same; a concentration below zero.
//!
//! The error of a past hour is that of the forecast with the shortest lead, the last run issued up to that hour. A
//! systematic error that grows with the lead is therefore removed in part only. What a publisher states of whole days
//! stays as it is, and so do wind direction (an angle) and precipitation (a mean error would make every hour drizzle).

use std::collections::BTreeMap;

use super::{Column, Columns, MISSING, Run, Variable};
use cuofeng_base::time::{Hour, Zone};

/// What a day's error weighs beside the error of the day after it, in tenths: half after six and a half days.
pub const DECAY_TENTHS: i128 = 9;

/// How many past errors at an hour of the day a correction needs; with fewer the hour stays as it is.
pub const MINIMUM_PAIRS: usize = 5;

/// Weight of the last day: large enough that the oldest day still has one.
const LATEST_WEIGHT: i128 = 1 << 60;

/// How far back errors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    days: u16,
}

impl Correction {
    /// From the errors of the past `days` days: from [`MINIMUM_PAIRS`], below which nothing could be corrected, to 366.
    #[must_use]
    pub const fn new(days: u16) -> Option<Self> {
        // MINIMUM_PAIRS as a number of days: one pair a day at each hour of the day.
        if days >= 5 && days <= 366 { Some(Self { days }) } else { None }
    }

    /// How many days.
    #[must_use]
    pub const fn days(self) -> u16 {
        self.days
    }
}

/// The run, corrected. `history` may hold any runs, this one and later ones too: only what had been observed when the
/// run was issued counts.
#[must_use]
pub fn corrected(run: &Run, history: &[Run], observed: &Columns, zone: &Zone, correction: Correction) -> Run {
    Errors::of(&run.feed, &run.region, history, observed).correct(run, zone, correction)
}

/// Every run, each corrected by the runs of its own feed and region before it.
#[must_use]
pub fn corrected_all(runs: &[Run], observed: &Columns, zone: &Zone, correction: Correction) -> Vec<Run> {
    let mut errors: BTreeMap<(&str, &str), Errors> = BTreeMap::new();
    for run in runs {
        errors
            .entry((run.feed.as_str(), run.region.as_str()))
            .or_insert_with(|| Errors::of(&run.feed, &run.region, runs, observed));
    }
    let one = |run: &Run| match errors.get(&(run.feed.as_str(), run.region.as_str())) {
        Some(errors) => errors.correct(run, zone, correction),
        None => run.clone(),
    };
    runs.iter().map(one).collect()
}

/// Forecast minus observation by variable and hour, of the last run issued up to the hour. For every hour before a
/// run's issue that run was there too, so one table serves every run.
struct Errors(BTreeMap<Variable, BTreeMap<Hour, i64>>);

impl Errors {
    fn of(feed: &str, region: &str, history: &[Run], observed: &Columns) -> Self {
        let mut own: Vec<&Run> = history.iter().filter(|r| r.feed == feed && r.region == region).collect();
        own.sort_by_key(|r| r.issued_at);
        let mut errors: BTreeMap<Variable, BTreeMap<Hour, i64>> = BTreeMap::new();
        for run in own {
            let issued = Hour::containing(run.issued_at);
            for (variable, column) in run.columns.iter().filter(|(variable, _)| corrects(**variable)) {
                let Some(truth) = observed.get(variable) else { continue };
                let errors = errors.entry(*variable).or_default();
                for (i, forecast) in (0_i64..).zip(&column.values) {
                    let hour = column.first + i;
                    let seen = truth.get(hour).filter(|_| *forecast != MISSING && hour >= issued);
                    if let Some(seen) = seen {
                        errors.insert(hour, i64::from(*forecast) - i64::from(seen));
                    }
                }
            }
        }
        Self(errors)
    }

    fn correct(&self, run: &Run, zone: &Zone, correction: Correction) -> Run {
        let issued = Hour::containing(run.issued_at);
        let column = |(variable, column): (&Variable, &Column)| {
            let means = self.means(*variable, issued, zone, correction);
            let values = (0_i64..).zip(&column.values).map(|(i, value)| {
                let mean = usize::try_from(zone.clock(column.first + i)).ok().and_then(|clock| means.get(clock));
                match mean.copied().flatten() {
                    Some(mean) if *value != MISSING => less(*variable, *value, mean),
                    _ => *value,
                }
            });
            (*variable, Column { first: column.first, values: values.collect() })
        };
        Run { columns: run.columns.iter().map(column).collect(), ..run.clone() }
    }

    /// The mean error at each hour of the day, from hours that had ended when a run was issued in hour `issued`.
    fn means(&self, variable: Variable, issued: Hour, zone: &Zone, correction: Correction) -> Vec<Option<i64>> {
        let mut sums = vec![(0_usize, 0_i128, 0_i128); 24];
        let weights: Vec<i128> = std::iter::successors(Some(LATEST_WEIGHT), |w| Some(w * DECAY_TENTHS / 10))
            .take(usize::from(correction.days))
            .collect();
        let first = issued + (-24 * i64::from(correction.days));
        for (hour, error) in self.0.get(&variable).into_iter().flat_map(|errors| errors.range(first..issued)) {
            let weight = usize::try_from((issued - *hour - 1) / 24).ok().and_then(|age| weights.get(age));
            let sum = usize::try_from(zone.clock(*hour)).ok().and_then(|clock| sums.get_mut(clock));
            if let (Some(weight), Some(sum)) = (weight, sum) {
                *sum = (sum.0 + 1, sum.1 + weight * i128::from(*error), sum.2 + weight);
            }
        }
        let mean = |(pairs, sum, weight): (usize, i128, i128)| {
            let enough = pairs >= MINIMUM_PAIRS && weight > 0;
            // To the nearest thousandth, so that a constant error is removed exactly.
            enough.then(|| (2 * sum + weight).div_euclid(2 * weight)).and_then(|mean| i64::try_from(mean).ok())
        };
        sums.into_iter().map(mean).collect()
    }
}

const fn corrects(variable: Variable) -> bool {
    !matches!(variable, Variable::WindDirection | Variable::Precipitation)
}

/// The value less the error, within what is plausible: concentrations stop at zero. A value that was beyond stays.
fn less(variable: Variable, value: i32, error: i64) -> i32 {
    let (low, high) = variable.plausible();
    let own = i64::from(value);
    let (low, high) = ((low * 1000).min(own), (high * 1000).max(own));
    i32::try_from((own - error).clamp(low, high)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A local midnight, as hours since the epoch.
    const START: i64 = 400_000 - 400_000 % 24 - 8;

    fn zone() -> Zone {
        static ZONE: std::sync::LazyLock<Zone> =
            std::sync::LazyLock::new(|| Zone::named("Asia/Shanghai").expect("a zone"));
        *ZONE
    }

    fn columns(first: i64, values: Vec<i32>) -> Columns {
        Columns::from([(Variable::O3, Column { first: Hour(first), values })])
    }

    fn run(issued: i64, values: Vec<i32>) -> Run {
        let (feed, region) = ("model".into(), "r".into());
        let issued_at = Hour(issued).start();
        Run { feed, region, issued_at, columns: columns(issued, values), days: Vec::new(), archive: false }
    }

    /// A daily course of ozone that also wanders from day to day.
    fn truth(hour: i64) -> i32 {
        let (clock, day) = ((hour - START).rem_euclid(24), (hour - START).div_euclid(24));
        i32::try_from(60_000 + 4_000 * (12 - (clock - 14).abs()) + 700 * (day * 7 % 11)).expect("small")
    }

    /// A run a day for `days` days, 72 hours each, off by `error(hour)`.
    fn history(days: i64, error: impl Fn(i64) -> i32) -> Vec<Run> {
        let one = |day: i64| {
            let issued = START + 24 * day;
            run(issued, (issued..issued + 72).map(|h| truth(h) + error(h)).collect())
        };
        (0..days).map(one).collect()
    }

    fn observed(days: i64) -> Columns {
        columns(START, (START..START + 24 * days).map(truth).collect())
    }

    fn o3(run: &Run) -> &[i32] {
        &run.columns[&Variable::O3].values
    }

    proptest::proptest! {
        #[test]
        fn a_constant_error_by_hour_of_day_is_removed_exactly(
            errors in proptest::collection::vec(-20_000_i32..80_000, 24), days in 5_u16..60, past in 5_i64..40,
        ) {
            let error = |h: i64| errors[usize::try_from((h - START).rem_euclid(24)).expect("a clock hour")];
            let runs = history(past + 1, error);
            let last = runs.last().expect("a run");
            let correction = Correction::new(days).expect("days");
            let better = corrected(last, &runs, &observed(past), &zone(), correction);
            let issued = START + 24 * past;
            let wanted: Vec<i32> = (issued..issued + 72).map(truth).collect();
            proptest::prop_assert_eq!(o3(&better), &wanted[..]);
        }

        #[test]
        fn nothing_that_is_observed_after_the_issue_changes_the_run(
            noise in proptest::collection::vec(-30_000_i32..30_000, 480), issue in 6_i64..12, offset in 0_i64..24,
            later in proptest::collection::vec(0_i32..300_000, 96),
        ) {
            let at = |h: i64| noise[usize::try_from((h - START).rem_euclid(480)).expect("in range")];
            let mut runs = history(20, at);
            let issued = START + 24 * issue + offset;
            runs.push(run(issued, (issued..issued + 72).map(|h| truth(h) + at(h)).collect()));
            let own = runs.last().expect("a run").clone();
            let correction = Correction::new(10).expect("days");
            let seen = observed(20);
            let mut other = seen.clone();
            let column = other.get_mut(&Variable::O3).expect("ozone");
            let cut = usize::try_from(issued - START).expect("after the start");
            for (value, new) in column.values[cut..].iter_mut().zip(&later) {
                *value = *new;
            }
            let before: Vec<Run> = runs.iter().filter(|r| r.issued_at <= own.issued_at).cloned().collect();
            let first = corrected(&own, &runs, &seen, &zone(), correction);
            proptest::prop_assert_eq!(&first, &corrected(&own, &runs, &other, &zone(), correction));
            proptest::prop_assert_eq!(&first, &corrected(&own, &before, &seen, &zone(), correction));
        }

        #[test]
        fn without_observations_every_run_stays_as_it_is(days in 1_i64..20) {
            let runs = history(days, |_| 9_000);
            let correction = Correction::new(30).expect("days");
            proptest::prop_assert_eq!(&corrected_all(&runs, &Columns::new(), &zone(), correction), &runs);
        }
    }

    #[test]
    fn fewer_pairs_than_the_minimum_correct_nothing_and_the_minimum_does() {
        let correction = Correction::new(30).expect("days");
        for (past, moved) in [(4, false), (5, true)] {
            let runs = history(past + 1, |_| 10_000);
            let last = runs.last().expect("a run");
            let better = corrected(last, &runs, &observed(past), &zone(), correction);
            assert_eq!(better != *last, moved, "{past} days");
        }
        assert!(Correction::new(4).is_none() && Correction::new(367).is_none());
        assert_eq!(usize::from(Correction::new(5).expect("days").days()), MINIMUM_PAIRS);
    }

    #[test]
    fn the_mean_leans_towards_recent_days_and_a_concentration_stops_at_zero() {
        // Five days, the last with an error of 10 µg/m³, the others without one: 10 × 1 / (1 + 0.9 + … + 0.9⁴) = 2.442.
        let runs = history(6, |h| if (h - START) / 24 == 4 { 10_000 } else { 0 });
        let correction = Correction::new(5).expect("days");
        let last = runs.last().expect("a run");
        let better = corrected(last, &runs, &observed(5), &zone(), correction);
        assert_eq!(o3(last)[0] - o3(&better)[0], 2_442);
        let runs = history(6, |_| 300_000);
        let low = run(START + 24 * 5, vec![100_000, MISSING]);
        let better = corrected(&low, &runs, &observed(5), &zone(), correction);
        assert_eq!(o3(&better), [0, MISSING]);
    }

    #[test]
    fn the_last_run_up_to_an_hour_gives_its_error_and_other_feeds_give_none() {
        let mut runs = history(6, |_| 10_000);
        // A later run of each past day is off by 20; another feed by 90.
        for day in 0..5 {
            let issued = START + 24 * day + 12;
            runs.push(run(issued, (issued..issued + 72).map(|h| truth(h) + 20_000).collect()));
        }
        runs.extend(history(6, |_| 90_000).into_iter().map(|r| Run { feed: "other".into(), ..r }));
        let own = runs[5].clone();
        let better = corrected(&own, &runs, &observed(5), &zone(), Correction::new(5).expect("days"));
        let moved: Vec<i32> = o3(&own).iter().zip(o3(&better)).map(|(a, b)| a - b).collect();
        assert_eq!(moved[..12], [10_000; 12]);
        assert_eq!(moved[12..24], [20_000; 12]);
        assert_eq!(corrected_all(&runs, &observed(5), &zone(), Correction::new(5).expect("days"))[5], better);
    }
}
