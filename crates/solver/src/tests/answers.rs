//! Whole answers against the cheapest of all plans, and what must hold between answers.

use super::{brute, frame, problem, process, tiny};
use crate::again::again;
use crate::dual;
use crate::frame::{Frame, Limited};
use crate::problem::Problem;
use crate::process::Process;
use crate::random::Random;
use crate::region::Desk;
use crate::slots::SlotSet;
use crate::solve;
use crate::work::{Order, Setting, regions};
use crate::{Answer, Cap};

fn solved(problem: &Problem) -> Answer {
    solve(problem, Setting { threads: 1, ..SHORT }).expect("an answer")
}

fn plan(answer: &Answer, processes: usize, slots: usize) -> Vec<Vec<bool>> {
    let on = |p| {
        let runs: Vec<_> = answer.runs(p).collect();
        (0..slots).map(|s| runs.iter().any(|r| r.contains(&s))).collect()
    };
    (0..processes).map(on).collect()
}

/// The objective of an answer's plan, worked out from its schedules alone.
fn objective(frame: &Frame, processes: &[Process], answer: &Answer) -> f64 {
    let plan = plan(answer, processes.len(), frame.slots);
    let own: f64 = processes.iter().zip(&plan).map(|(p, on)| brute::cost(frame, p, on)).sum();
    own + frame.overage * brute::over(frame, processes, &plan.iter().collect::<Vec<_>>())
}

#[test]
fn the_cheapest_plan_lies_between_bound_and_answer() {
    let mut random = Random::new(5);
    let mut met = 0;
    for case in 0..200 {
        let (problem, processes) = tiny(&mut random, 2 + case % 2, case % 3 == 0);
        let answer = solve(&problem, SHORT).expect("an answer");
        let least = brute::least(&problem.frame, &processes);
        let near = 1e-9 * least.abs().max(1.0);
        assert!(answer.bound <= least + near, "case {case}: bound {} above {least}", answer.bound);
        assert!(answer.objective >= least - near, "case {case}: objective {} below {least}", answer.objective);
        let found = objective(&problem.frame, &processes, &answer);
        assert!((found - answer.objective).abs() < near, "case {case}: {found} and not {}", answer.objective);
        met += u32::from(answer.objective <= least + near);
        for price in &answer.prices {
            assert!(price.values.iter().all(|v| (0.0..=problem.frame.overage).contains(v)));
        }
    }
    assert!(met >= 195, "only {met} of 200 plans are the cheapest");
}

/// Few tries: tests run unoptimised, and tiny problems need no more.
const SHORT: Setting =
    Setting { threads: 2, effort: crate::Effort::Fast, seed: 1, tries: Some(300), order: Order::Weighted };

#[test]
fn without_caps_the_answer_is_the_cheapest_plan() {
    let mut random = Random::new(6);
    for case in 0..60 {
        let (capped, processes) = tiny(&mut random, 3, case % 2 == 0);
        let bare = Frame { caps: Vec::new(), ..capped.frame.clone() };
        let answer = solved(&problem(bare.clone(), &processes));
        let near = 1e-9 * answer.objective.abs().max(1.0);
        assert!((brute::least(&bare, &processes) - answer.objective).abs() < near, "case {case}");
        assert!(answer.gap() == 0.0 && answer.prices.is_empty());
        // With caps nothing is cheaper, and the bound knows it.
        assert!(solved(&capped).bound >= answer.objective - near, "case {case}");
    }
}

#[test]
fn a_cap_in_one_region_leaves_the_other_exact() {
    let mut random = Random::new(7);
    let (mut problem_now, processes) = tiny(&mut random, 3, false);
    let limit = vec![Some(0.5); problem_now.frame.slots];
    let caps = vec![Cap { limited: Limited::Voc, region: 0, limit }];
    problem_now = problem(Frame { caps, ..problem_now.frame }, &processes);
    let answer = solved(&problem_now);
    let least = brute::least(&problem_now.frame, &processes);
    assert!(answer.bound <= least + 1e-9 && answer.objective >= least - 1e-9);
}

/// A problem of some size: days of some slots, regions, caps that bind.
fn larger(seed: u64, processes: usize, (days, day): (usize, usize), regions: usize) -> Problem {
    let mut random = Random::new(seed);
    let mut frame = frame(&mut random, days, day, regions);
    for region in 0..regions {
        for (limited, each) in [(Limited::Voc, 0.08), (Limited::Nox, 0.02), (Limited::Starts, 0.07)] {
            let limit = each * f64::from(u32::try_from(processes).expect("few"));
            frame.caps.push(Cap { limited, region, limit: vec![Some(limit); days * day] });
        }
    }
    let mut problem = Problem::new(frame.clone()).expect("a frame");
    while problem.len() < processes {
        let process = process(&mut random, &frame, false);
        let alone = super::problem(Frame { caps: Vec::new(), ..frame.clone() }, std::slice::from_ref(&process));
        if solve(&alone, SHORT).is_ok() {
            problem.push(&format!("p{}", problem.len()), &process).expect("a process");
        }
    }
    problem
}

#[test]
fn threads_change_nothing() {
    for processes in [40, 150] {
        let problem = larger(8, processes, (3, 12), 3);
        let with = |threads| solve(&problem, Setting { threads, tries: Some(50), ..SHORT }).expect("an answer");
        let one = with(1);
        assert!(one == with(2) && one == with(3) && one == with(8));
        assert!(one.gap() > 0.0 && one.gap() < 0.2, "gap {}", one.gap());
    }
}

#[test]
fn large_regions_are_priced_by_a_sample_first() {
    let problem = larger(9, 8_600, (2, 6), 2);
    let answer = solve(&problem, SHORT).expect("an answer");
    assert!(answer.gap() < 0.01, "gap {}", answer.gap());
}

#[test]
fn fewer_hours_never_cost_less() {
    let mut random = Random::new(10);
    let mut compared = 0;
    for case in 0..300 {
        let (problem_wide, wide) = tiny(&mut random, 2, case % 2 == 0);
        let mut narrow = wide.clone();
        let shut = random.below(8);
        narrow[0].allowed = SlotSet::of(8, |s| s != shut && wide[0].allowed.has(s));
        let problem_narrow = problem(problem_wide.frame.clone(), &narrow);
        let bare = Frame { caps: Vec::new(), ..problem_wide.frame.clone() };
        let Ok(less) = solve(&problem(bare.clone(), &narrow), SHORT) else { continue };
        assert!(less.objective >= solved(&problem(bare, &wide)).objective - 1e-9);
        let mut prices = dual::free(8);
        for (row, limit) in prices.iter_mut().zip(&problem_wide.limits[0]) {
            let slots = row.iter_mut().zip(limit.iter().flatten());
            slots.filter(|(_, l)| l.is_finite()).for_each(|(p, _)| *p = random.unit() * 40.0);
        }
        let at = |problem: &Problem| dual::bound(&regions(problem)[0], &prices, &mut Desk::default()).0;
        assert!(at(&problem_narrow) >= at(&problem_wide) - 1e-9, "case {case}");
        compared += 1;
    }
    assert!(compared > 100, "only {compared} cases");
}

#[test]
fn without_caps_planning_again_with_nothing_changed_changes_nothing() {
    let mut random = Random::new(11);
    for case in 0..60 {
        let (capped, mut processes) = tiny(&mut random, 3, false);
        let bare = Frame { caps: Vec::new(), ..capped.frame.clone() };
        let first = solved(&problem(bare.clone(), &processes));
        for (process, on) in processes.iter_mut().zip(plan(&first, 3, 8)) {
            process.told = Some(SlotSet::of(8, |s| on[s]));
            process.told_slots = 8;
        }
        let next = solved(&problem(bare, &processes));
        assert!(plan(&first, 3, 8) == plan(&next, 3, 8), "case {case}");
        assert!((first.objective - next.objective).abs() < 1e-9, "case {case}: a kept plan costs no more");
    }
}

#[test]
fn with_caps_planning_again_with_nothing_changed_changes_nothing() {
    let mut random = Random::new(12);
    for case in 0..80 {
        let (bare, mut processes) = tiny(&mut random, 3, case % 2 == 0);
        for process in &mut processes {
            process.told = None;
        }
        let frame = bare.frame.clone();
        let first = solved(&problem(frame.clone(), &processes));
        for (process, on) in processes.iter_mut().zip(plan(&first, 3, 8)) {
            process.told = Some(SlotSet::of(8, |s| on[s]));
            process.told_slots = 8;
        }
        let next = again(&problem(frame, &processes), Setting { threads: 1, ..SHORT }, 0.01).expect("an answer");
        assert!(plan(&first, 3, 8) == plan(&next.answer, 3, 8), "case {case}");
        assert!((first.objective - next.answer.objective).abs() < 1e-9, "case {case}: a kept plan costs no more");
        assert!(next.answer.bound <= next.answer.objective);
    }
}

#[test]
fn what_chance_alone_found_better_is_no_reason_to_change_a_told_plan() {
    let mut random = Random::new(31);
    let (mut lucky, few) = (0, Setting { threads: 1, tries: Some(2), ..SHORT });
    for seed in 0..14 {
        let frame_now = larger(40 + seed, 24, (1, 12), 1).frame.clone();
        let mut processes = Vec::new();
        while processes.len() < 24 {
            let one = process(&mut random, &frame_now, false);
            let alone = problem(Frame { caps: Vec::new(), ..frame_now.clone() }, std::slice::from_ref(&one));
            if solve(&alone, SHORT).is_ok() {
                processes.push(one);
            }
        }
        let first = solve(&problem(frame_now.clone(), &processes), few).expect("an answer");
        let told = plan(&first, processes.len(), frame_now.slots);
        for (process, on) in processes.iter_mut().zip(&told) {
            process.told = Some(SlotSet::of(on.len(), |s| on[s]));
            process.told_slots = on.len();
        }
        let other = problem(frame_now, &processes);
        // A search that begins elsewhere comes to something else, and now and then to something cheaper.
        let free = solve(&other, few).expect("an answer");
        lucky += u32::from(free.objective < first.objective * (1.0 - 1e-6));
        let next = again(&other, few, 0.0).expect("an answer");
        assert!(next.kept && plan(&next.answer, processes.len(), told[0].len()) == told, "seed {seed}");
        assert!(next.answer.bound <= next.answer.objective);
    }
    assert!(lucky > 0, "chance never found anything better");
}

#[test]
fn a_told_plan_is_given_up_where_another_gains_enough_and_not_before() {
    let mut random = Random::new(13);
    let (mut kept, mut changed) = (0, 0);
    for case in 0..80 {
        let (tight, mut processes) = tiny(&mut random, 3, false);
        let frame = tight.frame.clone();
        let first = solved(&problem(frame.clone(), &processes));
        for (process, on) in processes.iter_mut().zip(plan(&first, 3, 8)) {
            process.told = Some(SlotSet::of(8, |s| on[s]));
            process.told_slots = 8;
        }
        // Another forecast.
        let voc_weight = frame.voc_weight.iter().map(|_| random.unit()).collect();
        let other = problem(Frame { voc_weight, ..frame }, &processes);
        let gain = 0.002;
        let next = again(&other, Setting { threads: 1, ..SHORT }, gain).expect("an answer");
        let free = solved(&other);
        if next.kept {
            assert!(plan(&first, 3, 8) == plan(&next.answer, 3, 8), "case {case}");
            assert!(next.answer.objective - free.objective <= gain * next.answer.objective, "case {case}");
            kept += 1;
        } else {
            assert!(next.answer == free, "case {case}");
            changed += 1;
        }
    }
    assert!(kept > 5 && changed > 5, "{kept} kept, {changed} changed");
}
