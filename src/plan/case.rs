//! One process of a plan in the making.
//!
//! In: the process, what is asked of it, what else closes hours to it, what was told and said. Out: what the solver
//! needs to know of it, and its row of the plan. Can't happen: more hours asked for than its open hours hold.

use super::asked::Asked;
use super::horizon::{Horizon, Runs, holds, runs};
use super::make::{Given, Said, figure};
use super::schedule::{Barred, Figures, Outcome, Plan, Row, Why};
use super::solve::{self, Effort, Frame, Problem, Setting, SlotSet};
use crate::roster::process::Figures as Source;
use crate::roster::{Enterprise, Kind, Process};
use crate::rules::Ask;
use crate::time::ClockHours;

/// A process in the making.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) row: Row,
    pub(super) outcome: Outcome,
    pub(super) ask: Ask,
    pub(super) ordered: bool,
    kind: Kind,
    hours: Hours,
    /// Slots that have run, or that a person has set.
    must: Vec<bool>,
    /// What was told before, and up to which slot it speaks.
    told: Option<(Vec<bool>, usize)>,
    /// Slots or batches of each day.
    daily: Vec<u16>,
}

/// The sets of slots that a process's hours come from.
#[derive(Debug, Clone)]
struct Hours {
    /// All its usual hours.
    usual: Vec<bool>,
    /// Those of them that it needs: the first of each day.
    base: Vec<bool>,
    /// Slots closed by the rule.
    stop: Vec<bool>,
    /// Slots in which it may run.
    open: Vec<bool>,
    /// Days on which the rule closes hours.
    days: Vec<bool>,
    /// Slots it needs on a day.
    needed: usize,
}

impl Case {
    pub(super) fn new(
        given: &Given<'_>,
        plan: &Plan,
        (enterprise, process): (&Enterprise, &Process),
        own: &Asked,
        standing: &[Asked],
    ) -> Self {
        let mut barred = barred(given, plan, process, standing);
        let hours = Hours::of(given, plan, process, own, &barred);
        barred.retain(|b| !b.slots.is_empty());
        let said = given.words.iter().filter(|w| w.process == process.id);
        let cannot = said.clone().find_map(|w| match &w.said {
            Said::Cannot { reason } => Some(reason.clone()),
            Said::Pin { .. } => None,
        });
        let outcome = match cannot {
            Some(reason) if matches!(own.ask, Ask::Shift | Ask::Stop) => Outcome::Cannot(reason),
            _ => outcome(process, own, &hours, plan),
        };
        let told = told(plan, given.told, &process.id, &hours.days);
        let unit = unit(process.kind, plan.horizon.per_hour());
        let daily = hours.days.iter().map(|told| if *told { unit } else { 0 }).collect();
        let row = Row {
            enterprise: enterprise.id.clone(),
            enterprise_name: enterprise.name.clone(),
            process: process.id.clone(),
            name: process.name.clone(),
            confirmed: process.figures == Source::Confirmed,
            outcome: outcome.clone(),
            advice: own.advice.clone(),
            figures: figures(process),
            usual: runs(&hours.base),
            practice: Runs::new(),
            on: runs(&hours.base),
            stop: runs(&hours.stop),
            less: runs(&own.less),
            percent: own.percent,
            may: Runs::new(),
            short: None,
            barred,
            pinned: Runs::new(),
        };
        let must = vec![false; plan.horizon.slots()];
        let (ask, ordered, kind) = (own.ask, own.ordered, process.kind);
        let mut case = Self { row, outcome, ask, ordered, kind, hours, must, told, daily };
        case.row.may = runs(&case.told_open(plan.horizon.per_day()));
        if case.outcome == Outcome::Own {
            case.past(plan);
            case.pin(plan, said.map(|w| &w.said));
            if !case.fit(plan) {
                case.give_up();
            }
        }
        case
    }

    /// What has run, or can no longer be asked for, is as it was.
    fn past(&mut self, plan: &Plan) {
        let free = plan.free_from;
        let per_day = plan.horizon.per_day();
        for slot in 0..free.min(self.must.len()) {
            let told = self.told.as_ref().filter(|(_, until)| slot < *until).map(|(on, _)| on);
            let ran = told.unwrap_or(&self.hours.base).get(slot).copied().unwrap_or(false);
            let day = self.hours.days.get(slot / per_day).copied().unwrap_or(false);
            if let Some(must) = self.must.get_mut(slot) {
                *must = ran && day;
            }
            if let Some(open) = self.hours.open.get_mut(slot) {
                *open = false;
            }
        }
    }

    /// What a person has set.
    fn pin<'s>(&mut self, plan: &Plan, said: impl Iterator<Item = &'s Said>) {
        let mut pinned = vec![false; self.must.len()];
        for (period, on) in said.filter_map(|said| match said {
            Said::Pin { period, on } => Some((period, *on)),
            Said::Cannot { .. } => None,
        }) {
            let (from, to) = plan.horizon.touched(period);
            for slot in from.max(plan.free_from)..to {
                let (Some(pin), Some(must)) = (pinned.get_mut(slot), self.must.get_mut(slot)) else { continue };
                *pin = true;
                *must = on;
                if let Some(open) = self.hours.open.get_mut(slot) {
                    *open = on;
                }
            }
        }
        self.row.pinned = runs(&pinned);
    }

    /// Lowers what is asked of each told day until it fits; says whether anything does.
    fn fit(&mut self, plan: &Plan) -> bool {
        let wanted = self.daily.clone();
        if self.lower(plan) {
            return true;
        }
        // What had begun can't be carried on as it was; it counts as not run.
        let pinned = self.row.pinned.clone();
        for (slot, must) in self.must.iter_mut().enumerate() {
            *must &= holds(&pinned, slot);
        }
        self.daily = wanted;
        self.lower(plan)
    }

    fn lower(&mut self, plan: &Plan) -> bool {
        let frame = bare(&plan.horizon);
        for _ in 0..=plan.horizon.slots() {
            let Ok(mut problem) = Problem::new(frame.clone()) else { return false };
            if problem.push("", &self.process(plan)).is_err() {
                return false;
            }
            let setting = Setting { threads: 1, effort: Effort::Fast, ..Setting::default() };
            let Err(impossible) = solve::solve(&problem, setting) else { return true };
            let days = (0..=impossible.day).rev().chain(impossible.day + 1..self.daily.len());
            let place = days.into_iter().find(|day| self.daily.get(*day).is_some_and(|n| *n > 0));
            let Some(count) = place.and_then(|day| self.daily.get_mut(day)) else { return false };
            *count -= 1;
        }
        false
    }

    /// The process as the solver knows it.
    pub(super) fn process(&self, plan: &Plan) -> solve::Process {
        let figures = &self.row.figures;
        let told = self.told.as_ref();
        let per_hour = u16::try_from(plan.horizon.per_hour()).unwrap_or(1);
        let slots = |hours: u32| u16::try_from(hours).unwrap_or(24) * per_hour;
        let kind = match self.kind {
            Kind::Interruptible { hours_per_day, min_on, min_off } => solve::Kind::Interruptible {
                slots_per_day: slots(hours_per_day),
                min_on: slots(min_on).max(1),
                min_off: slots(min_off).max(1),
            },
            Kind::Batch { duration, batches_per_day } => {
                solve::Kind::Batch { duration: slots(duration), per_day: u16::try_from(batches_per_day).unwrap_or(24) }
            }
            Kind::Fixed => solve::Kind::Fixed,
        };
        // Where less ozone comes before money, changes come after it.
        let disruption = figure(figures.disruption) * if plan.strict { 1e-3 } else { 1.0 };
        solve::Process {
            region: 0,
            kind,
            voc: figure(figures.voc),
            nox: figure(figures.nox),
            reactivity: figure(figures.reactivity),
            power: figure(figures.power),
            start_cost: figure(figures.start_cost),
            disruption,
            allowed: set(&self.hours.open),
            usual: set(&self.hours.usual),
            must_on: Some(set(&self.must)),
            must_off: None,
            told: told.map(|(on, _)| set(on)),
            told_slots: told.map_or(0, |(_, until)| *until),
            daily: Some(self.daily.clone().into()),
            state: None,
        }
    }

    /// The process as a load that does not move.
    pub(super) fn fixed(&self, plan: &Plan) -> solve::Process {
        let on = SlotSet::of(plan.horizon.slots(), |slot| holds(&self.row.on, slot));
        let moved = self.process(plan);
        let (told, told_slots, must_on, daily) = (None, 0, None, None);
        solve::Process { kind: solve::Kind::Fixed, usual: on, told, told_slots, must_on, daily, ..moved }
    }

    /// Takes the hours that were chosen; days without told hours are as usual.
    pub(super) fn take(&mut self, chosen: &[(usize, usize)]) {
        let per_day = self.per_day();
        let on = |slot: usize| {
            let told = self.hours.days.get(slot / per_day).copied().unwrap_or(false);
            if told { holds(chosen, slot) } else { self.hours.base.get(slot).copied().unwrap_or(false) }
        };
        self.row.on = runs(&(0..self.must.len()).map(on).collect::<Vec<_>>());
    }

    /// No individual hours could be found: the common ones.
    pub(super) fn give_up(&mut self) {
        self.outcome = Outcome::Common;
    }

    /// A move is of little use: it runs as usual.
    pub(super) fn leave(&mut self) {
        self.outcome = Outcome::Little;
        self.row.on = self.row.usual.clone();
    }

    /// Days on which the rule closes hours.
    pub(super) fn told_days(&self) -> usize {
        self.hours.days.iter().filter(|told| **told).count()
    }

    fn per_day(&self) -> usize {
        self.must.len() / self.hours.days.len().max(1)
    }

    /// Open slots of the days on which the rule closes hours.
    fn told_open(&self, per_day: usize) -> Vec<bool> {
        let told = |slot: usize| self.hours.days.get(slot / per_day).copied().unwrap_or(false);
        self.hours.open.iter().enumerate().map(|(slot, open)| *open && told(slot)).collect()
    }

    /// Works out what remains: the hours of those that move together, and what everyone would do by themselves.
    pub(super) fn finish(&mut self, horizon: &Horizon) {
        let per_day = horizon.per_day();
        match &self.outcome {
            Outcome::Own => {
                self.row.practice = self.practice(per_day, |day| count(&self.row.on, day, per_day));
                self.row.short = self.short(|day| count(&self.row.on, day, per_day), per_day);
            }
            Outcome::Common => {
                let may = self.told_open(per_day);
                let fit = |day: usize| self.common_fit(&may, day, horizon);
                let (short, practice) = (self.short(fit, per_day), self.practice(per_day, fit));
                self.row.short = short;
                self.row.practice = practice;
                self.row.on = self.row.practice.clone();
            }
            Outcome::Stop => {
                let on = self.hours.base.iter().zip(&self.hours.stop).map(|(base, stop)| *base && !stop);
                self.row.on = runs(&on.collect::<Vec<_>>());
                self.row.practice = self.row.on.clone();
            }
            Outcome::Keep => {
                self.row.on = self.kept(per_day);
                self.row.practice = self.row.on.clone();
            }
            Outcome::Little | Outcome::Reduce | Outcome::Care | Outcome::Cannot(_) => {
                self.row.on = self.row.usual.clone();
                self.row.practice = self.row.usual.clone();
            }
        }
        self.row.outcome = self.outcome.clone();
    }

    /// Slots of a day that fit the common hours, stretches too short for a run or batch left out.
    fn common_fit(&self, may: &[bool], day: usize, horizon: &Horizon) -> usize {
        let hours = self.kind.hours_that_fit(clock_hours(may, day, horizon));
        (usize::try_from(hours).unwrap_or(0) * horizon.per_hour()).min(self.hours.needed)
    }

    /// The fewest slots of a told day, where that is fewer than needed.
    fn short(&self, of: impl Fn(usize) -> usize, per_day: usize) -> Option<(usize, usize)> {
        let days = (0..self.hours.days.len()).filter(|day| self.hours.days.get(*day).is_some_and(|told| *told));
        let needed = |day: usize| self.hours.base.iter().skip(day * per_day).take(per_day).filter(|on| **on).count();
        days.map(|day| (of(day), needed(day))).filter(|(fit, needed)| fit < needed).min()
    }

    /// The usual hours outside the told ones, as many as are needed: enough of them are left on every told day.
    fn kept(&self, per_day: usize) -> Runs {
        let mut on = self.hours.base.clone();
        for day in (0..self.hours.days.len()).filter(|d| self.hours.days.get(*d).is_some_and(|told| *told)) {
            let mut left = self.hours.needed;
            for slot in day * per_day..(day + 1) * per_day {
                let at = |set: &[bool]| set.get(slot).copied().unwrap_or(false);
                let runs = left > 0 && at(&self.hours.usual) && !at(&self.hours.stop);
                left -= usize::from(runs);
                if let Some(on) = on.get_mut(slot) {
                    *on = runs;
                }
            }
        }
        runs(&on)
    }

    /// What everyone would do by themselves: stop in the told hours, and make up for them at once when they are over, to
    /// the same number of slots a day.
    fn practice(&self, per_day: usize, wanted: impl Fn(usize) -> usize) -> Runs {
        let mut on = self.hours.base.clone();
        for day in (0..self.hours.days.len()).filter(|d| self.hours.days.get(*d).is_some_and(|told| *told)) {
            let slots = || day * per_day..(day + 1) * per_day;
            let at = |set: &[bool], slot: usize| set.get(slot).copied().unwrap_or(false);
            for slot in slots().filter(|s| at(&self.hours.stop, *s)) {
                if let Some(on) = on.get_mut(slot) {
                    *on = false;
                }
            }
            let end = slots().rev().find(|s| at(&self.hours.stop, *s)).map_or(day * per_day, |last| last + 1);
            let mut left = wanted(day).saturating_sub(slots().filter(|s| at(&on, *s)).count());
            let free = |s: usize| !at(&self.hours.stop, s) && (at(&self.hours.open, s) || at(&self.hours.usual, s));
            let after = (end..(day + 1) * per_day).chain((day * per_day..end).rev()).filter(|s| free(*s));
            // What has run, or runs by plan, can be run.
            for slot in after.chain(slots().filter(|s| holds(&self.row.on, *s))) {
                if left == 0 {
                    break;
                }
                if let Some(on) = on.get_mut(slot).filter(|on| !**on) {
                    *on = true;
                    left -= 1;
                }
            }
            let mut over = slots().filter(|s| at(&on, *s)).count().saturating_sub(wanted(day));
            for slot in slots().rev() {
                if over == 0 {
                    break;
                }
                if let Some(on) = on.get_mut(slot).filter(|on| **on) {
                    *on = false;
                    over -= 1;
                }
            }
        }
        runs(&on)
    }
}

impl Hours {
    fn of(given: &Given<'_>, plan: &Plan, process: &Process, own: &Asked, barred: &[Barred]) -> Self {
        let horizon = &plan.horizon;
        let works = works(given, horizon, process);
        let slots = 0..horizon.slots();
        let on_day = |slot: usize| works.get(horizon.day_of(slot)).copied().unwrap_or(true);
        let usual: Vec<bool> = slots.clone().map(|s| process.usual.contains(horizon.clock(s)) && on_day(s)).collect();
        let stop = match own.ask {
            Ask::Stop | Ask::Shift => own.stop.clone(),
            Ask::Reduce | Ask::Care => vec![false; horizon.slots()],
        };
        let closed = |slot: usize| barred.iter().any(|b| holds(&b.slots, slot));
        let open = slots.map(|s| !stop.get(s).copied().unwrap_or(false) && !closed(s)).collect();
        let per_day = horizon.per_day();
        let days = (0..horizon.days()).map(|day| stop.iter().skip(day * per_day).take(per_day).any(|s| *s)).collect();
        let hours = process.kind.hours_per_day().unwrap_or_else(|| process.usual.count());
        let needed = usize::try_from(hours).unwrap_or(0) * horizon.per_hour();
        let base = base(&usual, needed, horizon, |slot| process.allowed.contains(horizon.clock(slot)) && on_day(slot));
        Self { usual, base, stop, open, days, needed }
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

/// What closes slots to a process beside the rule's hours.
fn barred(given: &Given<'_>, plan: &Plan, process: &Process, standing: &[Asked]) -> Vec<Barred> {
    let horizon = &plan.horizon;
    let works = works(given, horizon, process);
    let all = |holds: &dyn Fn(usize) -> bool| runs(&(0..horizon.slots()).map(holds).collect::<Vec<_>>());
    let usual = |slot: usize| process.usual.contains(horizon.clock(slot));
    let night = |slot: usize| process.near_homes && given.planning.night.contains(horizon.clock(slot)) && !usual(slot);
    let limit = i64::from(given.weights.limit) * 1000;
    let above = |slot: usize| {
        let ozone = plan.ozone.get(horizon.hour_of(slot)).copied().flatten();
        ozone.is_some_and(|value| i64::from(value) > limit) && !usual(slot)
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

fn outcome(process: &Process, own: &Asked, hours: &Hours, plan: &Plan) -> Outcome {
    let movable = process.kind != Kind::Fixed;
    match own.ask {
        Ask::Shift if movable => {
            let stays = |day: usize| {
                let left: Vec<bool> =
                    hours.usual.iter().zip(&hours.stop).map(|(usual, stop)| *usual && !stop).collect();
                let fit = process.kind.hours_that_fit(clock_hours(&left, day, &plan.horizon));
                usize::try_from(fit).unwrap_or(0) * plan.horizon.per_hour() >= hours.needed
            };
            let told = (0..hours.days.len()).filter(|day| hours.days.get(*day).is_some_and(|told| *told));
            let usual = hours.usual.iter().any(|on| *on);
            if usual && told.clone().all(stays) {
                Outcome::Keep
            } else if plan.hourly && process.figures == Source::Confirmed {
                Outcome::Own
            } else {
                Outcome::Common
            }
        }
        Ask::Stop if movable => Outcome::Stop,
        _ if own.percent > 0 => Outcome::Reduce,
        _ => Outcome::Care,
    }
}

/// What was told of a process, in the slots of the plan in the making, on the days that are to be planned.
fn told(plan: &Plan, told: Option<&Plan>, process: &str, days: &[bool]) -> Option<(Vec<bool>, usize)> {
    let told = told?;
    let row = told.row(process).filter(|row| !matches!(row.outcome, Outcome::Common | Outcome::Cannot(_)))?;
    let (start, end) = (told.horizon.start_of(0), told.horizon.start_of(told.horizon.slots()));
    let at = |slot: usize| {
        let instant = plan.horizon.start_of(slot);
        let known = row.on.iter().any(|run| told.horizon.period(*run).contains(instant));
        let planned = days.get(plan.horizon.day_of(slot)).copied().unwrap_or(false);
        planned && instant >= start && instant < end && known
    };
    let on = (0..plan.horizon.slots()).map(at).collect();
    Some((on, plan.horizon.slot_from(end)))
}

/// The clock hours of a day whose every slot is in a set.
fn clock_hours(set: &[bool], day: usize, horizon: &Horizon) -> ClockHours {
    let per_hour = horizon.per_hour();
    let whole = |clock: &u32| {
        let first = day * horizon.per_day() + usize::try_from(*clock).unwrap_or(0) * per_hour;
        (first..first + per_hour).all(|slot| set.get(slot).copied().unwrap_or(false))
    };
    (0..24).filter(whole).fold(ClockHours::NONE, ClockHours::with)
}

fn count(runs: &Runs, day: usize, per_day: usize) -> usize {
    (day * per_day..(day + 1) * per_day).filter(|slot| holds(runs, *slot)).count()
}

fn unit(kind: Kind, per_hour: usize) -> u16 {
    let per_hour = u32::try_from(per_hour).unwrap_or(1);
    let count = match kind {
        Kind::Interruptible { hours_per_day, .. } => hours_per_day * per_hour,
        Kind::Batch { batches_per_day, .. } => batches_per_day,
        Kind::Fixed => 0,
    };
    u16::try_from(count).unwrap_or(24)
}

fn figures(process: &Process) -> Figures {
    let (voc, nox, reactivity, power) = (process.voc, process.nox, process.reactivity, process.power);
    Figures { voc, nox, reactivity, power, start_cost: process.start_cost, disruption: process.disruption }
}

fn set(slots: &[bool]) -> SlotSet {
    SlotSet::of(slots.len(), |slot| slots.get(slot).copied().unwrap_or(false))
}

/// A frame in which nothing costs anything.
fn bare(horizon: &Horizon) -> Frame {
    let none = vec![0.0; horizon.slots()];
    Frame {
        step_hours: horizon.step_hours(),
        slots: horizon.slots(),
        slots_per_day: horizon.per_day(),
        regions: 1,
        voc_weight: none.clone(),
        nox_weight: none.clone(),
        price: none,
        ozone: 0.0,
        overage: 0.0,
        caps: Vec::new(),
    }
}
