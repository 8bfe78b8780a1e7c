use std::sync::LazyLock;

use proptest::collection::vec;

use super::*;
use crate::forecast::{Column, Outlook, Range};
use cuofeng_aqi::{Pollutant, Standard};

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2015, 7, 1).expect("a day")
}

fn day(n: u64) -> NaiveDate {
    first_day() + chrono::Days::new(n)
}

fn zone() -> Zone {
    static ZONE: LazyLock<Zone> = LazyLock::new(|| Zone::named("Asia/Shanghai").expect("a zone"));
    *ZONE
}

fn start() -> i64 {
    zone().first_hour(first_day()).0
}

fn standards() -> Standards {
    static STANDARDS: LazyLock<Standards> = LazyLock::new(|| {
        Standards(vec![
            Standard::parse(include_str!("../../../../../rules/standards/hj633-2012.toml")).expect("a standard"),
            Standard::parse(include_str!("../../../../../rules/standards/hj633-2026.toml")).expect("a standard"),
        ])
    });
    STANDARDS.clone()
}

fn columns(first: i64, values: &[i32]) -> Columns {
    Columns::from([(Variable::O3, Column { first: Hour(first), values: values.to_vec() })])
}

/// A run of ozone, issued and beginning at `hour` of the first day.
fn run(hour: i64, values: &[i32]) -> Run {
    let first = start() + hour;
    let issued_at = Hour(first).start();
    let (feed, region) = ("model".into(), "r".into());
    Run { feed, region, issued_at, columns: columns(first, values), days: Vec::new(), archive: false }
}

fn bulletin(issued: i64, outlook: Outlook) -> Run {
    Run { columns: Columns::new(), days: vec![outlook], feed: "bulletin".into(), ..run(issued, &[]) }
}

fn stated(date: NaiveDate, aqi: (i64, i64), primary: &[Pollutant]) -> Outlook {
    let mut outlook = Outlook::new(date);
    outlook.aqi = Range::new(aqi.0, aqi.1);
    outlook.primary = primary.to_vec();
    outlook
}

fn thresholds() -> Vec<Threshold> {
    let days = vec![(day(0), day(400))];
    let one = |name: &str, quantity, above| Threshold { name: name.into(), quantity, above, days: days.clone() };
    vec![
        one("day", Quantity::Daily(Pollutant::O38h), 160_000),
        one("index", Quantity::DailyAqi, 100_000),
        one("hour", Quantity::Hour(Variable::O3), 160_000),
    ]
}

fn scores(runs: &[Run], observed: &Columns, days: u64) -> Vec<FeedScore> {
    let (zone, standards, thresholds) = (zone(), standards(), thresholds());
    let (from, to) = (first_day(), day(days - 1));
    score(&Scored { runs, observed, zone: &zone, standards: &standards, from, to, thresholds: &thresholds })
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

/// Errors another way: floating point throughout, deviations from the means, two passes.
fn slow_errors(pairs: &[(i32, i32)]) -> Option<Errors> {
    let pairs: Vec<(f64, f64)> = pairs.iter().map(|(f, o)| (f64::from(*f) / 1e3, f64::from(*o) / 1e3)).collect();
    let n = f64::from(u32::try_from(pairs.len()).expect("few"));
    if pairs.is_empty() {
        return None;
    }
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mf, mo) = (mean(&|p| p.0), mean(&|p| p.1));
    let spread = (mean(&|p| (p.0 - mf).powi(2)) * mean(&|p| (p.1 - mo).powi(2))).sqrt();
    Some(Errors {
        n: u64::try_from(pairs.len()).expect("few"),
        mean_forecast: mf,
        mean_observed: mo,
        bias: mf - mo,
        mae: mean(&|p| (p.0 - p.1).abs()),
        rmse: mean(&|p| (p.0 - p.1).powi(2)).sqrt(),
        correlation: (spread > 1e-9).then(|| mean(&|p| (p.0 - mf) * (p.1 - mo)) / spread),
    })
}

fn same(a: &Errors, b: &Errors) -> bool {
    let figures = |e: &Errors| [e.mean_forecast, e.mean_observed, e.bias, e.mae, e.rmse];
    let correlation = match (a.correlation, b.correlation) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-6,
        (None, None) => true,
        _ => false,
    };
    a.n == b.n && correlation && figures(a).iter().zip(figures(b)).all(|(a, b)| near(*a, b))
}

/// The largest eight-hour mean of a day of 24 hours by its definition; nothing where any hour is missing.
fn slow_o38h(value: impl Fn(i64) -> Option<i32>, day: i64) -> Option<f64> {
    let hours: Option<Vec<f64>> = (0..24).map(|h| value(day * 24 + h).map(f64::from)).collect();
    let means = hours?.windows(8).map(|w| w.iter().sum::<f64>() / 8.0).collect::<Vec<_>>();
    means.into_iter().reduce(f64::max)
}

/// Hours from the first local midnight to the issue.
fn issued(run: &Run) -> i64 {
    Hour::containing(run.issued_at).0 - start()
}

/// What a run says of an hour from its issue on.
fn said(run: &Run, hour: i64) -> Option<i32> {
    run.columns[&Variable::O3].get(Hour(start() + hour)).filter(|_| hour >= issued(run))
}

proptest::proptest! {
    #[test]
    fn errors_agree_with_a_reference_in_two_passes(pairs in vec((-50_000_i32..900_000, -50_000_i32..900_000), 0..60)) {
        let mut tally = Tally::default();
        for (forecast, observed) in &pairs {
            tally.add(*forecast, *observed);
        }
        match (tally.errors(), slow_errors(&pairs)) {
            (Some(a), Some(b)) => proptest::prop_assert!(same(&a, &b), "{a:?} {b:?}"),
            (a, b) => proptest::prop_assert!(a.is_none() && b.is_none()),
        }
    }

    /// Runs of any hour, length and gaps against a search hour by hour.
    #[test]
    fn scores_agree_with_a_search_through_all_runs(
        truth in vec(proptest::option::weighted(0.97, 20_000_i32..260_000), 24 * 5),
        shapes in vec((-30_i64..100, 0_usize..90, 0_i32..60_000, 0_usize..400), 0..8),
    ) {
        let at = |h: i64| usize::try_from(h).ok().and_then(|i| truth.get(i)).copied().flatten();
        let observed: Vec<i32> = truth.iter().map(|v| v.unwrap_or(MISSING)).collect();
        let mut runs = Vec::new();
        for (issued, length, error, gap) in shapes {
            let mut values: Vec<i32> = (0..i64::try_from(length).expect("short"))
                .map(|i| at(issued + i).unwrap_or(90_000) + error - 30_000)
                .collect();
            if let Some(value) = values.get_mut(gap) {
                *value = MISSING;
            }
            runs.push(run(issued, &values));
        }
        let all = scores(&runs, &columns(start(), &observed), 5);
        runs.sort_by_key(|r| r.issued_at);
        let mut hourly: BTreeMap<i64, Vec<(i32, i32)>> = BTreeMap::new();
        for r in &runs {
            for h in 0..120 {
                if let (Some(f), Some(o)) = (said(r, h), at(h)) {
                    hourly.entry(((h - issued(r)) / 24).min(5)).or_default().push((f, o));
                }
            }
        }
        let got = all.first().map(|f| f.hourly.as_slice()).unwrap_or_default();
        proptest::prop_assert_eq!(got.len(), hourly.len());
        for (one, (group, pairs)) in got.iter().zip(&hourly) {
            proptest::prop_assert_eq!(one.group.first(), group * 24);
            proptest::prop_assert!(same(&one.errors, &slow_errors(pairs).expect("pairs")));
        }
        for lead in 0..7 {
            let mut hours = Contingency::default();
            let of_lead = |d: i64| runs.iter().rev().filter(move |r| d - issued(r).div_euclid(24) == lead);
            for h in 0..120 {
                if let Some((f, o)) = of_lead(h / 24).find_map(|r| said(r, h)).zip(at(h)) {
                    hours.count(outcome(i64::from(f), i64::from(o), 160_000));
                }
            }
            let leads = all.first().map(|f| f.thresholds[2].leads.as_slice()).unwrap_or_default();
            let got = leads.iter().find(|(l, _)| *l == lead).map(|(_, c)| *c).unwrap_or_default();
            proptest::prop_assert_eq!(got, hours);
        }
    }

    #[test]
    fn whole_days_agree_with_the_definition(
        truth in vec(20_000_i32..260_000, 24 * 4), errors in vec(-20_000_i32..90_000, 24 * 4), skip in 0_i64..3,
    ) {
        let forecast: Vec<i32> = truth.iter().zip(&errors).map(|(t, e)| t + e).collect();
        let skipped = usize::try_from(skip * 24).expect("small");
        let runs = [run(0, &forecast), run(skip * 24, &forecast[skipped..])];
        let all = scores(&runs, &columns(start(), &truth), 4);
        let at = |values: &[i32], h: i64| usize::try_from(h).ok().and_then(|i| values.get(i)).copied();
        for lead in &all[0].days {
            for pair in &lead.pairs {
                let d = (pair.day - first_day()).num_days();
                let (f, o) = pair.concentration(Pollutant::O38h).expect("ozone");
                for (got, values) in [(f, forecast.as_slice()), (o, truth.as_slice())] {
                    let wanted = slow_o38h(|h| at(values, h), d).expect("a whole day");
                    // Thousandths are cut so that a rounding to whole units comes out right.
                    proptest::prop_assert!((f64::from(got) - wanted).abs() < 1.0);
                }
            }
        }
        let pairs: usize = all[0].days.iter().map(|d| d.pairs.len()).sum();
        let wanted = if skip == 0 { 4 } else { 8 - usize::try_from(skip).expect("small") };
        proptest::prop_assert_eq!(pairs, wanted);
    }
}

/// Ozone alone by the 2012 table: flat 100, 160, 215 and 265 µg/m³ are an AQI of 50, 100, 150 and 200.
fn flat(levels: &[i32]) -> Vec<i32> {
    levels.iter().flat_map(|v| [*v * 1000; 24]).collect()
}

#[test]
fn the_shanghai_rule_on_four_days_worked_out_by_hand() {
    // Observed eight-hour ozone 100, 160, 215, 215, hourly maximum the same: AQI 50, 100, 150, 150.
    let observed = columns(start(), &flat(&[100, 160, 215, 215]));
    // A bulletin a day, made the day before: AQI, primary pollutant, and the points for it.
    let bulletins = [
        (stated(day(0), (40, 60), &[Pollutant::O3]), 100, 100, 100), // 优至良: no primary is possible; off by 0
        (stated(day(1), (110, 140), &[Pollutant::O38h]), 100, 50, 100), // one level off, off by 25
        (stated(day(2), (60, 80), &[Pollutant::Pm10]), 0, 50, 60),   // one level off, off by 80
        (stated(day(3), (240, 260), &[Pollutant::O3]), 100, 25, 60), // 重度: two levels off, off by 100
    ];
    let runs: Vec<Run> =
        bulletins.iter().zip([-24, 0, 24, 48]).map(|((o, ..), issued)| bulletin(issued + 9, o.clone())).collect();
    let all = scores(&runs, &observed, 4);
    assert_eq!(all[0].days.len(), 1);
    let lead = &all[0].days[0];
    let rule = lead.rule.expect("points");
    assert_eq!((lead.lead, rule.days), (1, 4));
    let mean = |points: [i32; 4]| f64::from(points.iter().sum::<i32>()) / 4.0;
    assert!(near(rule.f1, mean(bulletins.each_ref().map(|b| b.1))));
    assert!(near(rule.f2, mean(bulletins.each_ref().map(|b| b.2))));
    assert!(near(rule.f3, mean(bulletins.each_ref().map(|b| b.3))));
    // 0.2 × 75 + 0.5 × 56.25 + 0.3 × 80
    assert!(near(rule.s, 67.125), "{}", rule.s);
    // Forecast levels nearest to the observed: 1, 3, 2, 5; observed 1, 2, 3, 3.
    let ts: Vec<(u8, Option<f64>)> = lead.levels.iter().map(|l| (l.level, l.ts())).collect();
    assert_eq!(ts, [(1, Some(1.0)), (2, Some(0.0)), (3, Some(0.0)), (5, Some(0.0))]);
    let three = lead.levels[2];
    assert_eq!((three.both, three.forecast, three.observed), (0, 1, 2));
}

#[test]
fn threat_scores_worked_out_by_hand() {
    // Observed levels 2, 3, 3, 4, 2; forecast 2, 3, 2, 3, 3. Level 2: 1 / (2 + 2 - 1); level 3: 1 / (3 + 2 - 1).
    let observed = columns(start(), &flat(&[160, 215, 215, 265, 160]));
    let runs = [run(0, &flat(&[150, 200, 150, 200, 200]))];
    let all = scores(&runs, &observed, 5);
    let mut levels: BTreeMap<u8, (u64, u64, u64)> = BTreeMap::new();
    for level in all[0].days.iter().flat_map(|d| &d.levels) {
        let sum = levels.entry(level.level).or_default();
        *sum = (sum.0 + level.both, sum.1 + level.forecast, sum.2 + level.observed);
    }
    assert_eq!(levels, BTreeMap::from([(2, (1, 2, 2)), (3, (1, 3, 2)), (4, (0, 0, 1))]));
    let ts = |level: u8| {
        let (both, forecast, observed) = levels[&level];
        LevelScore { level, both, forecast, observed }.ts().expect("a score")
    };
    assert!(near(ts(2), 1.0 / 3.0) && near(ts(3), 0.25) && near(ts(4), 0.0));
    // Days above 160: observed 2, 3, 4; forecast 2, 4, 5 (one run, leads 0 to 4).
    let outcomes: Vec<Contingency> = all[0].thresholds[0].leads.iter().map(|(_, c)| *c).collect();
    let sum = |of: fn(&Contingency) -> u64| outcomes.iter().map(of).sum::<u64>();
    assert_eq!([sum(|c| c.hits), sum(|c| c.misses), sum(|c| c.false_alarms), sum(|c| c.rejections)], [2, 1, 1, 1]);
    let total = Contingency { hits: 2, misses: 1, false_alarms: 1, rejections: 1 };
    assert!(near(total.pod().expect("pod"), 2.0 / 3.0));
    assert!(near(total.far().expect("far"), 1.0 / 3.0));
    assert!(near(total.csi().expect("csi"), 0.5));
    assert_eq!(Contingency::default().csi(), None);
}

#[test]
fn points_at_every_edge() {
    for (off, points) in [(0, 100), (25, 100), (26, 80), (50, 80), (51, 60), (100, 60), (101, 30), (150, 30), (151, 0)]
    {
        assert_eq!(shanghai::f3(200 + off, 200), points, "{off}");
        assert_eq!(shanghai::f3(200, 200 + off), points, "-{off}");
    }
    for (range, observed, points) in [
        ((2, 3), 3, 100),
        ((2, 3), 2, 100),
        ((2, 3), 4, 50),
        ((2, 3), 1, 50),
        ((1, 1), 3, 25),
        ((1, 1), 4, 0),
        ((6, 6), 1, 0),
    ] {
        assert_eq!(shanghai::f2(range, observed), points, "{range:?} {observed}");
    }
    let standards = standards();
    let standard = standards.by_id("hj633-2012").expect("shipped");
    for (aqi, level) in
        [(0, 1), (50, 1), (51, 2), (100, 2), (101, 3), (200, 4), (300, 5), (301, 6), (500, 6), (9_999, 6)]
    {
        assert_eq!(shanghai::level(standard, aqi), Some(level), "{aqi}");
    }
}

#[test]
fn hours_before_the_issue_are_no_forecast_and_a_day_in_part_gives_nothing() {
    let observed = columns(start(), &flat(&[120, 120]));
    let mut late = run(0, &flat(&[120, 120]));
    late.issued_at = Hour(start() + 15).start();
    let all = scores(&[late], &observed, 2);
    assert_eq!(all[0].hourly.iter().map(|h| h.errors.n).sum::<u64>(), 33);
    let leads: Vec<i64> = all[0].days.iter().map(|d| d.lead).collect();
    assert_eq!(leads, [1], "nine hours of the first day are not enough");
}

#[test]
fn of_several_runs_of_a_day_the_last_counts_and_feeds_stand_apart() {
    let observed = columns(start(), &flat(&[120, 120, 120]));
    let mut other = run(1, &flat(&[200, 200, 200])[1..]);
    other.feed = "other".into();
    let runs = [run(0, &flat(&[200, 200, 200])), other, run(2, &flat(&[130, 130, 130])[2..])];
    let all = scores(&runs, &observed, 3);
    assert_eq!(all.iter().map(|f| (f.feed.as_str(), f.runs)).collect::<Vec<_>>(), [("model", 2), ("other", 1)]);
    let next = &all[0].days[1];
    assert_eq!((next.lead, next.pairs[0].concentration(Pollutant::O38h)), (1, Some((130_000, 120_000))));
    assert_eq!(all[1].days[1].pairs[0].concentration(Pollutant::O38h), Some((200_000, 120_000)));
}

#[test]
fn an_index_by_another_standard_is_not_compared_and_an_unsaid_primary_gives_no_points() {
    let observed = columns(start(), &flat(&[160, 160]));
    let mut foreign = stated(day(0), (90, 110), &[Pollutant::O3]);
    foreign.standard = Some("us-epa".into());
    let silent = stated(day(1), (90, 110), &[]);
    let all = scores(&[bulletin(0, foreign), bulletin(24, silent)], &observed, 2);
    let lead = &all[0].days[0];
    assert_eq!(lead.pairs.iter().map(|p| (p.day, p.aqi)).collect::<Vec<_>>(), [(day(1), Some((100, 100)))]);
    assert_eq!((lead.rule, lead.levels[0].both), (None, 1));
}

#[test]
fn ozone_has_its_season_and_its_hours() {
    let zone = zone();
    let afternoon = |month, date, hours: std::ops::Range<i64>| {
        let day = NaiveDate::from_ymd_opt(2015, month, date).expect("a day");
        let mut series = Series::new("r", zone.first_hour(day), 24);
        let first = zone.first_hour(day) + hours.start;
        let values = vec![90_000; usize::try_from(hours.end - hours.start).expect("hours")];
        let columns = Columns::from([(Variable::O3, Column { first, values })]);
        series.lay(&columns, &Origin::Observed { feed: "f".into() });
        shanghai::afternoon(&series, day, &zone)
    };
    assert_eq!(afternoon(3, 15, 0..24), None);
    assert_eq!(afternoon(3, 16, 0..24), Some(90_000));
    assert_eq!(afternoon(11, 15, 14..24), Some(90_000), "six of seven hours");
    assert_eq!(afternoon(7, 1, 15..24), None, "five of seven hours");
    assert_eq!(afternoon(11, 16, 0..24), None);
}

#[test]
fn without_observations_or_days_there_are_runs_and_nothing_else() {
    let runs = [run(0, &flat(&[120]))];
    for (observed, days) in [(Columns::new(), 3), (columns(start() + 24 * 50, &flat(&[120])), 3)] {
        let all = scores(&runs, &observed, days);
        assert_eq!((all[0].runs, all[0].hourly.len(), all[0].days.len()), (1, 0, 0));
    }
}

#[test]
fn a_day_that_a_run_covers_in_part_does_not_count_even_where_it_exceeds() {
    let high = flat(&[200, 200, 200]);
    let runs = [run(8, &high[8..60])];
    let all = scores(&runs, &columns(start(), &high), 3);
    let leads: Vec<(i64, usize)> = all[0].days.iter().map(|l| (l.lead, l.pairs.len())).filter(|l| l.1 > 0).collect();
    assert_eq!(leads, [(1, 1)], "neither the day of issue nor the day on which it ends");
}

#[test]
fn a_daily_mean_has_thresholds_and_nothing_counts_outside_the_days_on_which_a_rule_looks() {
    // PM2.5 observed 50, 70, 70, 50 and forecast 70, 70, 50, 50 µg/m³, by one run; 60 is the limit.
    let particles =
        |levels: &[i32]| Columns::from([(Variable::Pm25, Column { first: Hour(start()), values: flat(levels) })]);
    let run = Run { columns: particles(&[70, 70, 50, 50]), ..run(0, &[]) };
    let observed = particles(&[50, 70, 70, 50]);
    let (zone, standards) = (zone(), standards());
    let counted = |quantity, days: &[(u64, u64)]| {
        let days = days.iter().map(|(first, last)| (day(*first), day(*last))).collect();
        let thresholds = [Threshold { name: "mean".into(), quantity, above: 60_000, days }];
        let (runs, zone, standards) = (std::slice::from_ref(&run), &zone, &standards);
        let (observed, from, to) = (&observed, day(0), day(3));
        let all = score(&Scored { runs, observed, zone, standards, from, to, thresholds: &thresholds });
        let sum = |of: fn(&Contingency) -> u64| all[0].thresholds[0].leads.iter().map(|(_, c)| of(c)).sum::<u64>();
        [sum(|c| c.hits), sum(|c| c.misses), sum(|c| c.false_alarms), sum(|c| c.rejections)]
    };
    let mean = Quantity::Daily(Pollutant::Pm25);
    assert_eq!(counted(mean, &[(0, 3)]), [1, 1, 1, 1]);
    assert_eq!(counted(mean, &[(1, 1), (3, 9)]), [1, 0, 0, 1]);
    assert_eq!(counted(mean, &[]), [0; 4]);
    assert_eq!(counted(Quantity::Hour(Variable::Pm25), &[(1, 2)]), [24, 24, 0, 0]);
    // What a bulletin states counts before what its hours come to.
    let mut outlook = Outlook::new(day(1));
    outlook.concentrations.insert(Pollutant::Pm25, Range::new(40_000, 60_000).expect("a range"));
    let stated = Run { columns: Columns::new(), days: vec![outlook], ..run.clone() };
    let days = vec![(day(0), day(3))];
    let thresholds = [Threshold { name: "mean".into(), quantity: mean, above: 45_000, days }];
    let (runs, zone, standards) = (std::slice::from_ref(&stated), &zone, &standards);
    let all = score(&Scored {
        runs,
        observed: &observed,
        zone,
        standards,
        from: day(0),
        to: day(3),
        thresholds: &thresholds,
    });
    assert_eq!(all[0].days[0].pairs[0].concentration(Pollutant::Pm25), Some((50_000, 70_000)));
    assert_eq!(all[0].thresholds[0].leads, [(1, Contingency { hits: 1, ..Contingency::default() })]);
}
