//! What is said of a process that can't be scheduled, and of figures that make no problem.

use super::{frame, problem, process};
use crate::process::{Kind, Process};
use crate::random::Random;
use crate::slots::SlotSet;
use crate::solve;
use crate::work::Setting;
use crate::{Blocked, Frame, Of, Problem};

const SLOTS: usize = 16;

/// A process that may run in every slot of two days of eight.
fn open(kind: Kind) -> Process {
    let mut random = Random::new(1);
    let frame = frame(&mut random, 2, 8, 1);
    let base = process(&mut random, &frame, false);
    Process { kind, allowed: SlotSet::all(SLOTS), state: None, ..base }
}

fn set(ranges: &[(usize, usize)]) -> SlotSet {
    let mut set = SlotSet::none(SLOTS);
    for &(from, to) in ranges {
        set.insert(from..to);
    }
    set
}

#[test]
fn an_impossible_process_is_explained() {
    let six = Kind::Interruptible { slots_per_day: 6, min_on: 1, min_off: 1 };
    let long = Kind::Interruptible { slots_per_day: 4, min_on: 4, min_off: 1 };
    let apart = Kind::Interruptible { slots_per_day: 6, min_on: 1, min_off: 4 };
    let batch = Kind::Batch { duration: 3, per_day: 1 };
    let five = Kind::Batch { duration: 5, per_day: 2 };
    let cases = [
        (Process { allowed: set(&[(0, 8), (9, 13)]), ..open(six) }, 1, 6, 4, Blocked::Allowed),
        (Process { must_off: Some(set(&[(1, 5)])), ..open(six) }, 0, 6, 4, Blocked::MustOff),
        (Process { must_on: Some(set(&[(8, 15)])), ..open(six) }, 1, 6, 8, Blocked::MustOn),
        (Process { allowed: set(&[(0, 3), (4, 7), (8, 16)]), ..open(long) }, 0, 4, 6, Blocked::MinOn),
        (Process { allowed: set(&[(0, 3), (5, 8), (8, 16)]), ..open(apart) }, 0, 6, 6, Blocked::MinOff),
        (Process { allowed: set(&[(0, 8), (8, 10), (12, 14)]), ..open(batch) }, 1, 3, 4, Blocked::Duration),
        (open(five), 1, 10, 8, Blocked::Horizon),
        (Process { state: Some(-1), allowed: set(&[(0, 6), (8, 16)]), ..open(apart) }, 0, 6, 6, Blocked::State),
    ];
    for (number, (process, day, needed, allowed, blocked)) in cases.into_iter().enumerate() {
        let mut random = Random::new(1);
        let frame = frame(&mut random, 2, 8, 1);
        let easy = open(Kind::Batch { duration: 1, per_day: 1 });
        let problem = problem(frame, &[easy, process]);
        let said = solve(&problem, Setting::default()).expect_err("impossible");
        let found = (said.day, said.needed, said.allowed, said.blocked);
        assert_eq!(found, (day, needed, allowed, blocked), "case {number}");
        assert_eq!(said.open.iter().map(ExactSizeIterator::len).sum::<usize>(), allowed);
        assert_eq!((said.process, said.name.as_str()), (1, "p1"));
        assert!(said.to_string().contains("p1") && said.to_string().contains(blocked.word()));
    }
}

#[test]
fn wrong_figures_are_named() {
    let mut random = Random::new(1);
    let frame = frame(&mut random, 2, 8, 1);
    let good = open(Kind::Batch { duration: 1, per_day: 1 });
    let cases = [
        (Process { voc: -1.0, ..good.clone() }, "voc"),
        (Process { power: f64::NAN, ..good.clone() }, "power"),
        (Process { start_cost: 1e13, ..good.clone() }, "start_cost"),
        (Process { region: 1, ..good.clone() }, "region"),
        (Process { kind: Kind::Batch { duration: 0, per_day: 1 }, ..good.clone() }, "duration"),
        (
            Process { kind: Kind::Interruptible { slots_per_day: 9, min_on: 1, min_off: 1 }, ..good.clone() },
            "slots_per_day",
        ),
        (Process { allowed: SlotSet::all(8), ..good.clone() }, "allowed"),
    ];
    for (process, field) in cases {
        let mut problem = Problem::new(frame.clone()).expect("a frame");
        let wrong = problem.push("kiln", &process).expect_err("wrong");
        assert_eq!((wrong.field, &wrong.of), (field, &Of::Process("kiln".to_owned())));
        assert!(wrong.to_string().contains("kiln"));
        assert!(problem.is_empty());
    }
    let mut short = frame.clone();
    short.price.pop();
    assert_eq!(Problem::new(short).expect_err("wrong").field, "price");
    let odd = Frame { slots_per_day: 5, ..frame };
    assert_eq!(Problem::new(odd).expect_err("wrong").field, "slots");
}
