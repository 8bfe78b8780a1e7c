//! The programme of one process against all its schedules.

use super::{brute, frame, problem, process};
use crate::process::Process;
use crate::programme::{Costs, Programme};
use crate::random::Random;
use crate::slots::{get, words};
use crate::work::regions;

/// The least cost by the programme and its schedule, and the same by trying everything.
fn both(random: &mut Random, days: usize, day: usize) -> Option<(f64, Vec<bool>, f64, Process)> {
    let frame = frame(random, days, day, 1);
    let process = process(random, &frame, true);
    let problem = problem(frame, std::slice::from_ref(&process));
    let slots = days * day;
    let slot: Vec<f64> = (0..slots).map(|_| random.unit() * 20.0 - 5.0).collect();
    let start: Vec<f64> = (0..slots).map(|_| random.unit() * 20.0).collect();
    let regions = regions(&problem);
    let region = regions.first()?;
    let mut bits = vec![0; words(slots)];
    let costs = Costs { slot: &slot, start: &start };
    let least = Programme::default().run(&region.task(region.unit(0)), costs, Some(&mut bits));
    let cost = |on: &Vec<bool>| {
        let starts = brute::starts(&process, on).unwrap_or_default();
        let held = on.iter().zip(&slot).filter(|(is, _)| **is).map(|(_, c)| c).sum::<f64>();
        held + starts.iter().map(|&s| start[s]).sum::<f64>()
    };
    let all = brute::schedules(&process, slots, day);
    let tried = all.iter().map(cost).fold(f64::INFINITY, f64::min);
    let on: Vec<bool> = (0..slots).map(|s| get(&bits, s)).collect();
    if least.is_finite() {
        assert!(all.contains(&on), "a schedule against the rules: {on:?} for {process:?}");
        assert!((cost(&on) - least).abs() < 1e-9, "{} and not {least}: {on:?} for {process:?}", cost(&on));
    }
    Some((least, on, tried, process))
}

#[test]
fn the_programme_finds_the_cheapest_of_all_schedules() {
    let mut random = Random::new(3);
    let mut possible = 0;
    for (days, day, cases) in
        [(1, 8, 1500), (2, 4, 2500), (2, 6, 200), (3, 3, 2500), (3, 4, 200), (5, 2, 500), (6, 1, 200)]
    {
        for _ in 0..cases {
            let (least, on, tried, process) = both(&mut random, days, day).expect("a region");
            possible += usize::from(least.is_finite());
            let same = (least - tried).abs() < 1e-9 || (least.is_infinite() && tried.is_infinite());
            assert!(same, "{least} instead of {tried}: {days} days of {day}, {on:?} for {process:?}");
        }
    }
    assert!(possible > 3000, "only {possible} cases have a schedule");
}
