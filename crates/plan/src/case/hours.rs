//! The hours that a process of a plan comes from and may go to.
//!
//! In: the process, what is asked of it, what else closes hours to it. Out: sets of slots: its usual ones, those it
//! needs, those closed and open. Can't happen: an open slot that a permit, a night rule or another rule closes.

use super::super::asked::Asked;
use super::super::given::Given;
use super::super::horizon::{Horizon, Runs, holds, runs};
use super::super::schedule::{Barred, Plan, Why};
use cuofeng_base::time::ClockHours;
use cuofeng_rules::Ask;
use cuofeng_town::roster::Process;

/// The sets of slots that a process's hours come from.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    /// All its usual hours.
    pub(super) usual: Vec<bool>,
    /// Those of them that it needs: the first of each day.
    pub(super) base: Vec<bool>,
    /// Slots closed by the rule.
    pub(super) stop: Vec<bool>,
    /// Slots in which it may run.
    pub(super) open: Vec<bool>,
    /// Days on which the rule closes hours.
    pub(super) days: Vec<bool>,
    /// Slots it needs on a day.
    pub(super) needed: usize,
}

impl Hours {
    pub(super) fn of(plan: &Plan, own: &Asked, habit: Habit, barred: &[Barred]) -> Self {
        let horizon = &plan.horizon;
        let Habit { usual, base, needed } = habit;
        let stop = match own.ask {
            Ask::Stop | Ask::Shift => own.stop.clone(),
            Ask::Reduce | Ask::Care => vec![false; horizon.slots()],
        };
        let closed = |slot: usize| barred.iter().any(|b| holds(&b.slots, slot));
        let open = (0..horizon.slots()).map(|s| !stop.get(s).copied().unwrap_or(false) && !closed(s)).collect();
        let per_day = horizon.per_day();
        let days = (0..horizon.days()).map(|day| stop.iter().skip(day * per_day).take(per_day).any(|s| *s)).collect();
        Self { usual, base, stop, open, days, needed }
    }
}

/// When a process runs as long as nobody asks anything of it.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    /// All its usual hours.
    usual: Vec<bool>,
    /// Those of them that it needs.
    base: Vec<bool>,
    /// Slots it needs on a day.
    needed: usize,
}

impl Habit {
    pub(super) fn of(given: &Given<'_>, plan: &Plan, process: &Process) -> Self {
        let horizon = &plan.horizon;
        let works = works(given, horizon, process);
        let on_day = |slot: usize| works.get(horizon.day_of(slot)).copied().unwrap_or(true);
        let usual = |slot: usize| process.usual.contains(horizon.clock(slot)) && on_day(slot);
        let usual: Vec<bool> = (0..horizon.slots()).map(usual).collect();
        let hours = process.kind.hours_per_day().unwrap_or_else(|| process.usual.count());
        let needed = usize::try_from(hours).unwrap_or(0) * horizon.per_hour();
        let base = base(&usual, needed, horizon, |slot| process.allowed.contains(horizon.clock(slot)) && on_day(slot));
        Self { usual, base, needed }
    }
}

/// The hours that a process runs of those it may: the first usual ones of each day, and others after them where the
/// usual ones are too few.
fn base(usual: &[bool], needed: usize, horizon: &Horizon, allowed: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut base = vec![false; usual.len()];
    let per_day = horizon.per_day();
    for day in 0..horizon.days() {
        let is_usual = |slot: &usize| usual.get(*slot).copied().unwrap_or(false);
        let own = (day * per_day..(day + 1) * per_day).filter(is_usual);
        let others = (day * per_day..(day + 1) * per_day).filter(|s| !is_usual(s) && allowed(*s));
        for slot in own.chain(others).take(needed) {
            if let Some(on) = base.get_mut(slot) {
                *on = true;
            }
        }
    }
    base
}

/// Whether the process works, day by day.
fn works(given: &Given<'_>, horizon: &Horizon, process: &Process) -> Vec<bool> {
    let workday = |day| given.calendar.workday(horizon.date(day, given.zone)) != Some(false);
    (0..horizon.days()).map(|day| !process.workdays || workday(day)).collect()
}

/// What closes slots to a process beside the rule's hours. An hour above the limit is open to nobody who does not work in
/// it anyway, be it one of the usual ones.
pub(super) fn barred(
    given: &Given<'_>,
    plan: &Plan,
    process: &Process,
    habit: &Habit,
    standing: &[Asked],
) -> Vec<Barred> {
    let horizon = &plan.horizon;
    let works = works(given, horizon, process);
    let all = |holds: &dyn Fn(usize) -> bool| runs(&(0..horizon.slots()).map(holds).collect::<Vec<_>>());
    let usual = |slot: usize| process.usual.contains(horizon.clock(slot));
    let night = |slot: usize| process.near_homes && given.planning.night.contains(horizon.clock(slot)) && !usual(slot);
    let limit = i64::from(given.weights.limit) * 1000;
    let above = |slot: usize| {
        let ozone = plan.ozone.get(horizon.hour_of(slot)).copied().flatten();
        let works = habit.base.get(slot).copied().unwrap_or(false);
        ozone.is_some_and(|value| i64::from(value) > limit) && !works
    };
    let other = |slot: usize| standing.iter().any(|asked| asked.stop.get(slot).copied().unwrap_or(false));
    let holiday = |slot: usize| !works.get(horizon.day_of(slot)).copied().unwrap_or(true);
    [
        (Why::Permit, all(&|slot| !process.allowed.contains(horizon.clock(slot)))),
        (Why::Night, all(&night)),
        (Why::Ozone, if plan.hourly { all(&above) } else { Runs::new() }),
        (Why::Standing, all(&other)),
        (Why::Holiday, all(&holiday)),
    ]
    .map(|(why, slots)| Barred { why, slots })
    .into()
}

/// The clock hours of a day whose every slot is in a set.
pub(super) fn clock_hours(set: &[bool], day: usize, horizon: &Horizon) -> ClockHours {
    let per_hour = horizon.per_hour();
    let whole = |clock: &u32| {
        let first = day * horizon.per_day() + usize::try_from(*clock).unwrap_or(0) * per_hour;
        (first..first + per_hour).all(|slot| set.get(slot).copied().unwrap_or(false))
    };
    (0..24).filter(whole).fold(ClockHours::NONE, ClockHours::with)
}
