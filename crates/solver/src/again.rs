//! Planning again after a plan was sent: what was told stays, unless another plan gains enough.
//!
//! In: a problem whose processes carry the plan sent, and the part of its cost that a change must gain. Out: an answer,
//! and whether it keeps what was told. Can't happen: a told plan that is still possible given up for less than that, or
//! although the same figures would give it again.

use super::answer::Answer;
use super::impossible::{self, Impossible};
use super::problem::{Habit, Problem, Window};
use super::process::Kind;
use super::slots::SlotSet;
use super::solve;
use super::strict::TOLERANCE;
use super::work::{Order, Setting};

/// What planning again came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// The plan.
    pub answer: Answer,
    /// Whether every process keeps its told hours, as far as its rules still allow them.
    pub kept: bool,
}

/// Solves a problem twice: with the told hours kept where they still can be, and free. The kept plan stands unless the
/// free one costs less by more than `gain` of it (0.03 for 3 %). In strict order it must emit and exceed less by that
/// part, or emit no more and cost less by it.
///
/// # Errors
/// The process that can't be scheduled.
pub fn again(problem: &Problem, setting: Setting, gain: f64) -> Result<Again, Box<Impossible>> {
    let free = solve(problem, setting)?;
    let Some(bound) = pinned(problem) else { return Ok(Again { answer: free, kept: false }) };
    let Ok(kept) = solve(&bound, setting) else { return Ok(Again { answer: free, kept: false }) };
    let gains = gains(&kept, &free, gain, setting.order);
    // With nothing changed, chance alone may have found something better: that is no reason to change.
    if gains && !tells(problem, &solve(&untold(problem), setting)?) {
        return Ok(Again { answer: free, kept: false });
    }
    let mut answer = kept;
    answer.bound = free.bound.min(answer.objective);
    answer.prices = free.prices;
    Ok(Again { answer, kept: true })
}

/// Whether the free answer is better than the kept one by more than a part of it.
fn gains(kept: &Answer, free: &Answer, gain: f64, order: Order) -> bool {
    let less = |kept: f64, free: f64| kept - free > gain * kept.abs();
    let ([emitted, cost, _], [emits, costs, _]) = (kept.parts.aims(), free.parts.aims());
    match order {
        Order::Weighted => less(kept.objective, free.objective),
        Order::Strict => less(emitted, emits) || emits <= emitted * (1.0 + TOLERANCE) && less(cost, costs),
    }
}

/// The problem as if nothing had been told.
fn untold(problem: &Problem) -> Problem {
    let mut untold = problem.clone();
    for habit in &mut untold.habits {
        *habit = Habit::of(habit.usual.clone(), None, 0);
    }
    untold
}

/// Whether an answer has exactly the told hours.
fn tells(problem: &Problem, answer: &Answer) -> bool {
    (0..problem.len()).all(|number| {
        let unit = &problem.units[number];
        let habit = &problem.habits[unit.habit as usize];
        let Some(told) = habit.told.as_ref().filter(|_| unit.kind != Kind::Fixed) else { return true };
        let runs: Vec<_> = answer.runs(number).collect();
        (0..habit.told_slots.min(problem.frame.slots)).all(|s| told.has(s) == runs.iter().any(|run| run.contains(&s)))
    })
}

/// The problem with every told hour that is still possible fixed; none where nothing was told.
fn pinned(problem: &Problem) -> Option<Problem> {
    let mut pinned = problem.clone();
    let mut any = false;
    for number in 0..problem.len() {
        let unit = problem.units.get(number)?;
        let habit = problem.habits.get(unit.habit as usize)?;
        let window = problem.windows.get(unit.window as usize)?;
        let Some(told) = habit.told.as_ref().filter(|_| unit.kind != Kind::Fixed) else { continue };
        let slots = problem.frame.slots;
        let spoken = |s: usize| s < habit.told_slots;
        let must_on = SlotSet::of(slots, |s| window.must_on.has(s) || spoken(s) && told.has(s));
        let must_off = SlotSet::of(slots, |s| window.must_off.has(s) || spoken(s) && !told.has(s));
        let forbidden = |s: &usize| must_on.has(*s) && (must_off.has(*s) || !window.open_to(*s));
        if (0..slots).any(|s| forbidden(&s)) {
            continue;
        }
        let fixed = Window { spared: window.spared.clone(), ..Window::of(window.allowed.clone(), must_on, must_off) };
        if impossible::may_run(problem, number, &fixed) {
            let place = u32::try_from(pinned.windows.len()).ok()?;
            pinned.windows.push(fixed);
            pinned.units.get_mut(number)?.window = place;
            any = true;
        }
    }
    any.then_some(pinned)
}
