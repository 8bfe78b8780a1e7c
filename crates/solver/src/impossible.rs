//! Why a process can't be scheduled at all.
//!
//! In: a process without a schedule. Out: the day, the slots needed and open there, and the rule that is in the way.
//! Can't happen: an explanation for a process that has a schedule.

use std::ops::Range;

use super::problem::{Problem, Unit, Window};
use super::process::Kind;
use super::programme::{Costs, Programme, Task};
use super::slots::{SlotSet, runs};

/// The rule that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// Too few allowed hours, even without anything else.
    Allowed,
    /// `must_off` leaves too few.
    MustOff,
    /// `must_on` asks for more than a day may have, or contradicts another rule.
    MustOn,
    /// The shortest run doesn't fit the open hours.
    MinOn,
    /// A batch doesn't fit the open hours, which would do if it could be interrupted.
    Duration,
    /// The shortest pause doesn't fit between runs.
    MinOff,
    /// What has to be finished doesn't fit before the end of the horizon.
    Horizon,
    /// What was under way at the start.
    State,
}

impl Blocked {
    /// The word used in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::MustOff => "must_off",
            Self::MustOn => "must_on",
            Self::MinOn => "min_on",
            Self::Duration => "duration",
            Self::MinOff => "min_off",
            Self::Horizon => "horizon",
            Self::State => "state",
        }
    }
}

/// A process that can't be scheduled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("process {name} can't be scheduled: day {} needs {needed} slots, {allowed} are open, and {} is in the way", day + 1, blocked.word())]
pub struct Impossible {
    /// Its number, from 0, in the order of adding.
    pub process: usize,
    /// Its name.
    pub name: String,
    /// First day, from 0, that can't be met.
    pub day: usize,
    /// Slots it has to be on that day.
    pub needed: usize,
    /// Slots of that day in which it may be on.
    pub allowed: usize,
    /// Those slots as runs, half open, counted from the day's midnight.
    pub open: Vec<Range<usize>>,
    /// The rule that is in the way.
    pub blocked: Blocked,
}

/// A case that may or may not have a schedule.
struct Case {
    unit: Unit,
    window: Window,
    usual: Vec<u64>,
    slots: usize,
    day: usize,
}

impl Case {
    fn works(&self) -> bool {
        self.reached().is_none()
    }

    /// Nothing if there is a schedule, else the last boundary that can be reached.
    fn reached(&self) -> Option<usize> {
        let costs = vec![0.0; self.slots];
        let task =
            Task { unit: &self.unit, window: &self.window, usual: &self.usual, slots: self.slots, day: self.day };
        let costs = Costs { slot: &costs, start: &costs };
        let mut programme = Programme::default();
        let works = programme.run(&task, costs, None).is_finite();
        (!works).then(|| programme.reached(&task))
    }
}

/// The first process of the problem without a schedule.
pub(super) fn find(problem: &Problem) -> Option<Impossible> {
    let mut tried = std::collections::HashSet::new();
    (0..problem.len()).find_map(|number| {
        let unit = &problem.units[number];
        if !tried.insert((unit.kind, unit.window, unit.state)) {
            return None;
        }
        let case = Case {
            unit: *unit,
            window: problem.windows[unit.window as usize].clone(),
            usual: problem.habits[unit.habit as usize].usual.words().to_vec(),
            slots: problem.frame.slots,
            day: problem.frame.slots_per_day,
        };
        (!case.works()).then(|| explain(problem, number, &case))
    })
}

/// Whether a process has a schedule in another window than its own.
pub(super) fn may_run(problem: &Problem, number: usize, window: &Window) -> bool {
    let Some(unit) = problem.units.get(number) else { return false };
    let usual = problem.habits.get(unit.habit as usize).map_or_else(Vec::new, |h| h.usual.words().to_vec());
    let (slots, day) = (problem.frame.slots, problem.frame.slots_per_day);
    Case { unit: *unit, window: window.clone(), usual, slots, day }.works()
}

fn explain(problem: &Problem, number: usize, case: &Case) -> Impossible {
    let days = case.slots / case.day;
    let day = (case.reached().unwrap_or(0) / case.day).min(days.saturating_sub(1));
    let open = SlotSet::of(case.day, |s| case.window.open[day * case.day + s] > 0);
    let spared = case.window.spared(day);
    let needed = match case.unit.kind {
        Kind::Interruptible { slots_per_day, .. } => usize::from(slots_per_day) - spared,
        Kind::Batch { duration, per_day } => usize::from(duration) * (usize::from(per_day) - spared),
        Kind::Fixed => 0,
    };
    let name = problem.name(number).to_owned();
    let allowed = open.count() as usize;
    let open = runs(open.words(), case.day).collect();
    Impossible { process: number, name, day, needed, allowed, open, blocked: blame(case) }
}

/// The first rule without which there is a schedule, the most particular rule first.
fn blame(case: &Case) -> Blocked {
    let set = &case.window.allowed;
    let slots = set.horizon();
    let none = || SlotSet::none(slots);
    let with = |change: &dyn Fn(&mut Case)| {
        let mut other = Case { window: case.window.clone(), usual: case.usual.clone(), ..*case };
        change(&mut other);
        other.works()
    };
    let own = &case.window;
    let window =
        |allowed, must_on, must_off| Window { spared: own.spared.clone(), ..Window::of(allowed, must_on, must_off) };
    if with(&|c| c.unit.state = i32::MIN) {
        return Blocked::State;
    }
    if with(&|c| c.window = window(own.allowed.clone(), own.must_on.clone(), none())) {
        return Blocked::MustOff;
    }
    if with(&|c| c.window = window(own.allowed.clone(), none(), own.must_off.clone())) {
        return Blocked::MustOn;
    }
    if with(&|c| loosen(c, false, true)) {
        return Blocked::MinOff;
    }
    if with(&|c| loosen(c, true, false)) || with(&|c| loosen(c, true, true)) {
        return Blocked::MinOn;
    }
    if with(&|c| c.window = window(SlotSet::all(slots), none(), none())) {
        return if batch_fits_hours(case) { Blocked::Duration } else { Blocked::Allowed };
    }
    Blocked::Horizon
}

/// Whether the open hours of each day would hold a batch's slots if it could be interrupted.
fn batch_fits_hours(case: &Case) -> bool {
    let Kind::Batch { duration, per_day } = case.unit.kind else { return false };
    let needed = usize::from(duration) * usize::from(per_day);
    case.window.open.chunks(case.day).all(|day| day.iter().filter(|&&o| o > 0).count() >= needed)
}

fn loosen(case: &mut Case, on: bool, off: bool) {
    if let Kind::Interruptible { min_on, min_off, .. } = &mut case.unit.kind {
        *min_on = if on { 1 } else { *min_on };
        *min_off = if off { 1 } else { *min_off };
    }
}
