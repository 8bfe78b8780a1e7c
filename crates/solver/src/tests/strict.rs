//! The strict order against trying every plan.

use super::{brute, problem, tiny};
use crate::again::again;
use crate::frame::Frame;
use crate::process::Process;
use crate::random::Random;
use crate::slots::SlotSet;
use crate::solve;
use crate::strict::{TOLERANCE, scaled};
use crate::work::{Order, Setting};
use crate::{Answer, Effort};

const STRICT: Setting = Setting { threads: 2, effort: Effort::Fast, seed: 1, tries: Some(300), order: Order::Strict };

/// What a schedule comes to in each aim by itself: emission, cost, change.
fn aims(frame: &Frame, process: &Process, on: &[bool]) -> [f64; 3] {
    let bare = Frame { price: vec![0.0; frame.slots], night: None, ..frame.clone() };
    let emitter = Process { start_cost: 0.0, night_premium: 0.0, disruption: 0.0, ..process.clone() };
    let mute = Frame { ozone: 0.0, ..frame.clone() };
    let payer = Process { disruption: 0.0, ..process.clone() };
    let mover = Process { start_cost: 0.0, night_premium: 0.0, power: 0.0, ..process.clone() };
    [brute::cost(&bare, &emitter, on), brute::cost(&mute, &payer, on), brute::cost(&mute, &mover, on)]
}

/// The least of all plans, aim after aim.
fn least(frame: &Frame, processes: &[Process]) -> [f64; 3] {
    let choices: Vec<Vec<_>> = processes
        .iter()
        .map(|p| {
            let all = brute::schedules(p, frame.slots, frame.slots_per_day).into_iter();
            all.map(|on| (aims(frame, p, &on), on)).collect()
        })
        .collect();
    let mut least = [f64::INFINITY; 3];
    let mut at = vec![0; choices.len()];
    loop {
        let chosen: Vec<_> = at.iter().zip(&choices).map(|(&n, all)| &all[n]).collect();
        let plan: Vec<&Vec<bool>> = chosen.iter().map(|(_, on)| on).collect();
        let over = frame.overage * brute::over(frame, processes, &plan);
        let mut sum = [0, 1, 2].map(|aim| chosen.iter().map(|(aims, _)| aims[aim]).sum::<f64>());
        sum[0] += over;
        if before(&sum, &least) {
            least = sum;
        }
        let Some(place) = (0..at.len()).find(|&p| at[p] + 1 < choices[p].len()) else { return least };
        at[..place].fill(0);
        at[place] += 1;
    }
}

/// Whether one comes before the other in the strict order; what differs by rounding alone is equal.
fn before(one: &[f64; 3], other: &[f64; 3]) -> bool {
    let differs = one.iter().zip(other).find(|(a, b)| (**a - **b).abs() >= 1e-7);
    differs.is_some_and(|(a, b)| a < b)
}

/// Figures of few sizes, so that many plans emit and cost the same and the later aims decide.
fn coarse(random: &mut Random, capped: bool) -> (Frame, Vec<Process>) {
    let (_, mut processes) = tiny(random, 2, false);
    let quarters = |random: &mut Random| (0..8).map(|_| [0.25, 0.5, 0.75][random.below(3)]).collect::<Vec<f64>>();
    let (voc_weight, price) = (quarters(random), quarters(random));
    let (frame, _) = tiny(random, 1, false);
    let mut frame = Frame { voc_weight, price, caps: Vec::new(), ..frame.frame.clone() };
    frame.nox_weight.fill(0.0);
    for process in &mut processes {
        (process.voc, process.nox, process.reactivity, process.power) = (1.0, 0.0, 1.0, 20.0);
        (process.start_cost, process.disruption, process.night_premium, process.told) = (5.0, 4.0, 5.0, None);
    }
    if capped {
        let limit = (0..8).map(|_| (random.below(2) == 0).then_some(1.0)).collect();
        frame.caps.push(crate::Cap { limited: crate::Limited::Voc, region: 0, limit });
    }
    (frame, processes)
}

fn strict(frame: &Frame, processes: &[Process]) -> Answer {
    solve(&problem(frame.clone(), processes), STRICT).expect("an answer")
}

#[test]
fn emission_comes_before_cost_and_cost_before_change_as_trying_every_plan_says() {
    let mut random = Random::new(21);
    let mut met = 0;
    for case in 0..160 {
        let capped = case % 2 == 0;
        let (frame, processes) = coarse(&mut random, capped);
        let (least, answer) = (least(&frame, &processes), strict(&frame, &processes));
        let found = answer.parts.aims();
        assert!(!before(&found, &least), "case {case}: {found:?} is less than the least, {least:?}");
        let same = found.iter().zip(&least).all(|(found, least)| (found - least).abs() < 1e-7);
        assert!(capped || same, "case {case}: {found:?} and not {least:?}");
        assert!(answer.least_emission.is_some_and(|bound| bound <= least[0] + 1e-7), "case {case}: {answer:?}");
        assert!(answer.bound <= answer.objective);
        met += u32::from(same);
    }
    assert!(met >= 155, "only {met} of 160 plans are the least in strict order");
}

#[test]
fn each_stage_keeps_the_value_of_the_one_before_to_a_thousandth() {
    let mut random = Random::new(22);
    let mut cheaper = 0;
    for case in 0..80 {
        let (mut given, _) = tiny(&mut random, 3, case % 3 == 0);
        if case % 4 == 0 {
            // Power may be worth less than nothing at noon: then what can be saved is more than what is paid.
            given.frame.price.iter_mut().for_each(|price| *price -= 0.8);
        }
        let weighted = Setting { order: Order::Weighted, ..STRICT };
        let alone = solve(&scaled(&given, [1.0, 0.0, 0.0]), weighted).expect("an answer").objective;
        let found = solve(&given, STRICT).expect("an answer").parts.aims();
        let kept = alone + (TOLERANCE + TOLERANCE * TOLERANCE) * alone.max(1.0);
        assert!(found[0] <= kept + 1e-7, "case {case}: {found:?} emits more than {alone}");
        // Weighed together, what is saved in money may be paid for in emission; in strict order it can't be.
        let together = solve(&given, weighted).expect("an answer").parts.aims();
        assert!(found[0] <= together[0] + kept - alone + 1e-7 || !given.frame.caps.is_empty(), "case {case}");
        cheaper += u32::from(together[1] < found[1] - 1e-7 && together[0] > found[0] + 1e-7);
    }
    assert!(cheaper > 10, "the two orders differ in {cheaper} of 80 cases");
}

#[test]
fn a_told_plan_is_given_up_for_less_emission_however_dear_and_for_money_only_at_no_more_emission() {
    let mut random = Random::new(23);
    let (mut kept, mut changed) = (0, 0);
    for case in 0..80 {
        let (capped, mut processes) = tiny(&mut random, 2, false);
        let frame = Frame { caps: Vec::new(), ..capped.frame.clone() };
        for process in &mut processes {
            let all = brute::schedules(process, 8, 4);
            let told = &all[random.below(all.len())];
            process.told = Some(SlotSet::of(8, |s| told[s]));
            process.told_slots = 8;
        }
        let told: Vec<Vec<bool>> =
            processes.iter().map(|p| (0..8).map(|s| p.told.as_ref().is_some_and(|t| t.has(s))).collect()).collect();
        let sum = |aim: usize| processes.iter().zip(&told).map(|(p, on)| aims(&frame, p, on)[aim]).sum::<f64>();
        let (emitted, cost) = (sum(0), sum(1));
        let free = strict(&frame, &processes).parts.aims();
        let gain = 0.3;
        let next = again(&problem(frame, &processes), STRICT, gain).expect("an answer");
        let better = emitted - free[0] > gain * emitted
            || free[0] <= emitted * (1.0 + TOLERANCE) && cost - free[1] > gain * cost;
        assert_eq!(next.kept, !better, "case {case}: {emitted} {cost} {free:?}");
        (kept, changed) = if next.kept { (kept + 1, changed) } else { (kept, changed + 1) };
    }
    assert!(kept > 5 && changed > 5, "{kept} kept, {changed} changed");
}
