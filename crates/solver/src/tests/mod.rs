//! What the solver says against what trying everything says.

mod answers;
mod brute;
mod failures;
mod programmes;
mod strict;

use super::frame::Frame;
use super::problem::Problem;
use super::process::{Kind, Process};
use super::random::Random;
use super::slots::SlotSet;

/// A frame of few slots with random weights and prices, without caps.
fn frame(random: &mut Random, days: usize, day: usize, regions: usize) -> Frame {
    let slots = days * day;
    let mut row = |most: f64| (0..slots).map(|_| random.unit() * most).collect::<Vec<f64>>();
    Frame {
        step_hours: 0.5,
        slots,
        slots_per_day: day,
        regions,
        voc_weight: row(1.0),
        nox_weight: row(1.0),
        price: row(1.2),
        night: Some(every_third(slots)),
        ozone: 20.0,
        overage: 40.0,
        caps: Vec::new(),
    }
}

/// Every third slot: what falls together with no other rule.
fn every_third(slots: usize) -> SlotSet {
    SlotSet::of(slots, |s| s % 3 == 0)
}

/// A set that holds each slot with a chance of one in `chance`.
fn scattered(random: &mut Random, slots: usize, chance: usize) -> SlotSet {
    SlotSet::of(slots, |_| random.below(chance) == 0)
}

/// A random process; with `twists` also with a state, a plan sent, and slots it must or must not run.
fn process(random: &mut Random, frame: &Frame, twists: bool) -> Process {
    let small = |random: &mut Random, from: usize, to: usize| {
        u16::try_from(from + random.below(to - from + 1)).expect("a small number")
    };
    let kind = match random.below(if twists { 9 } else { 8 }) {
        0..4 => Kind::Interruptible {
            slots_per_day: small(random, 0, frame.slots_per_day.min(4)),
            min_on: small(random, 1, 4),
            min_off: small(random, 1, 4),
        },
        4..8 => Kind::Batch { duration: small(random, 1, 4), per_day: small(random, 0, frame.slots_per_day.min(2)) },
        _ => Kind::Fixed,
    };
    let most = match kind {
        Kind::Interruptible { slots_per_day, .. } => slots_per_day,
        Kind::Batch { per_day, .. } => per_day,
        Kind::Fixed => 0,
    };
    let days = frame.slots / frame.slots_per_day;
    let daily = (twists && random.below(3) == 0).then(|| (0..days).map(|_| small(random, 0, most.into())).collect());
    let slots = frame.slots;
    let closed = scattered(random, slots, 6);
    let some = |random: &mut Random, chance| (twists && random.below(4) == 0).then(|| scattered(random, slots, chance));
    Process {
        region: random.below(frame.regions),
        kind,
        voc: random.unit() * 3.0,
        nox: if random.below(2) == 0 { 0.0 } else { random.unit() },
        reactivity: 0.3 + random.unit(),
        power: random.unit() * 60.0,
        start_cost: random.unit() * 30.0,
        disruption: random.unit() * 10.0,
        night_premium: if twists { random.unit() * 8.0 } else { 0.0 },
        allowed: SlotSet::of(slots, |s| !closed.has(s)),
        usual: scattered(random, slots, 2),
        must_on: some(random, 8),
        must_off: some(random, 5),
        told: some(random, 2),
        told_slots: random.below(slots + 1),
        daily,
        state: (twists && random.below(3) == 0).then(|| small(random, 0, 6).into()).map(|n: i32| n - 3),
    }
}

/// A problem of processes that can all be scheduled, with caps tight enough to bind.
fn tiny(random: &mut Random, processes: usize, twists: bool) -> (Problem, Vec<Process>) {
    let mut frame = frame(random, 2, 4, 2);
    for region in 0..2 {
        for limited in super::frame::Limited::ALL {
            let most = if limited == super::frame::Limited::Power { 60.0 } else { 3.0 };
            if random.below(2) == 0 {
                let limit = (0..8).map(|_| (random.below(5) > 0).then(|| random.unit() * most)).collect();
                frame.caps.push(super::frame::Cap { limited, region, limit });
            }
        }
    }
    let mut given = Vec::new();
    while given.len() < processes {
        let process = process(random, &frame, twists);
        if !brute::schedules(&process, frame.slots, frame.slots_per_day).is_empty() {
            given.push(process);
        }
    }
    (problem(frame, &given), given)
}

fn problem(frame: Frame, processes: &[Process]) -> Problem {
    let mut problem = Problem::new(frame).expect("a frame");
    for (number, process) in processes.iter().enumerate() {
        problem.push(&format!("p{number}"), process).expect("a process");
    }
    problem
}
