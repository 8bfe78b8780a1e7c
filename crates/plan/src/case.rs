//! One process of a plan in the making.
//!
//! In: the process, what is asked of it, what else closes hours to it, what was told and said. Out: what the solver
//! needs to know of it, and its row of the plan. Can't happen: more hours asked for than its open hours hold.

mod finish;
mod hours;

use self::hours::{Habit, Hours, barred, clock_hours};
use super::asked::Asked;
use super::given::{Given, Said};
use super::horizon::{Horizon, Runs, holds, runs};
use super::schedule::{Figures, Outcome, Plan, Row};
use cuofeng_rules::Ask;
use cuofeng_solver::{self as solve, Effort, Frame, Problem, Setting, SlotSet};
use cuofeng_town::roster::process::Figures as Source;
use cuofeng_town::roster::{Enterprise, Kind, Process};

/// A process in the making.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) row: Row,
    pub(super) outcome: Outcome,
    pub(super) ask: Ask,
    pub(super) ordered: bool,
    /// What an hour outside the usual ones costs more, thousandths of a yuan: it carries much already.
    pub(super) surcharge: i64,
    kind: Kind,
    hours: Hours,
    /// Slots that have run, or that a person has set.
    must: Vec<bool>,
    /// What was told before, and up to which slot it speaks.
    told: Option<(Vec<bool>, usize)>,
    /// Slots or batches of each day.
    daily: Vec<u16>,
}

impl Case {
    pub(super) fn new(
        given: &Given<'_>,
        plan: &Plan,
        (enterprise, process): (&Enterprise, &Process),
        own: &Asked,
        standing: &[Asked],
    ) -> Self {
        let habit = Habit::of(given, plan, process);
        let mut barred = barred(given, plan, process, &habit, standing);
        let hours = Hours::of(plan, own, habit, &barred);
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
            parts: own.parts.clone(),
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
        let mut case = Self { row, outcome, ask, ordered, surcharge: 0, kind, hours, must, told, daily };
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
        solve::Process {
            region: 0,
            kind,
            voc: figure(figures.voc),
            nox: figure(figures.nox),
            reactivity: figure(figures.reactivity),
            power: figure(figures.power),
            start_cost: figure(figures.start_cost),
            disruption: figure(figures.disruption + self.surcharge),
            night_premium: figure(figures.night_premium),
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

    /// Whether any way moves it: it is compared then.
    pub(super) const fn moves(&self) -> bool {
        matches!(self.outcome, Outcome::Own | Outcome::Common | Outcome::Stop)
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
}

fn outcome(process: &Process, own: &Asked, hours: &Hours, plan: &Plan) -> Outcome {
    let movable = process.kind != Kind::Fixed;
    match own.ask {
        Ask::Shift if movable => {
            let stays = |day: usize| {
                // Open is what the rule does not close, nor ozone above the limit or anything else.
                let left: Vec<bool> =
                    hours.usual.iter().zip(&hours.open).map(|(usual, open)| *usual && *open).collect();
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

/// A figure of thousandths.
pub(super) fn figure(thousandths: i64) -> f64 {
    i32::try_from(thousandths).map_or(1e9, f64::from) / 1000.0
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
    let (start_cost, disruption, night_premium) = (process.start_cost, process.disruption, process.night_premium);
    Figures { voc, nox, reactivity, power, start_cost, disruption, night_premium }
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
        night: None,
        ozone: 0.0,
        overage: 0.0,
        caps: Vec::new(),
    }
}
