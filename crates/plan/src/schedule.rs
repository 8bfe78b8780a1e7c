//! A plan as it is told and kept: every process asked, with the hours it is asked for and what they were chosen by.
//!
//! In: what [`super::make`] has worked out. Out: a [`Plan`] that explains itself, since the weights it was made under
//! are part of it; as text for the database and back. Can't happen: a plan that changes its worth when the weights'
//! file does.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::asked::Part;
use super::burden::Burden;
use super::horizon::{Horizon, Runs, holds, length};
use super::weights;
use cuofeng_aqi::Milli;
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its steps.
    pub horizon: Horizon,
    /// When it was made, seconds since 1970.
    pub made_at: i64,
    /// First slot that could still be chosen; the ones before are as they were.
    pub free_from: usize,
    /// Whether hours were planned one by one; else everyone is told the common hours.
    pub hourly: bool,
    /// Whether less ozone came before any saving of money.
    pub strict: bool,
    /// The set of weights it was made under.
    pub set: String,
    /// All sets over the horizon, one number an hour.
    pub weights: Vec<weights::Row>,
    /// Forecast ozone, thousandths of µg/m³, one an hour.
    pub ozone: Vec<Option<i32>>,
    /// Yuan per kWh, thousandths, by clock hour.
    pub price: Vec<Milli>,
    /// Told periods.
    pub told: Runs,
    /// Every process that is asked for something.
    pub rows: Vec<Row>,
    /// Caps that are reached: what, and in which slots.
    pub tight: Vec<Tight>,
    /// Units above the caps that could not be avoided, thousandths.
    pub overage: i64,
    /// What no other plan can save more of, thousandths of the cost.
    pub gap: i64,
    /// Whether it keeps the hours told before.
    pub kept: bool,
    /// Slots at night.
    #[serde(default)]
    pub night: Runs,
    /// What enterprises with hours of their own carry.
    #[serde(default)]
    pub burdens: Vec<Burden>,
}

/// A cap that is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tight {
    /// `voc`, `nox`, `power` or `starts`.
    pub limited: String,
    /// Where one more unit would cost something.
    pub slots: Runs,
}

impl Tight {
    /// What is capped.
    #[must_use]
    pub fn message(&self) -> Message {
        match self.limited.as_str() {
            "voc" => msg!("planned.limited_voc"),
            "nox" => msg!("planned.limited_nox"),
            "power" => msg!("planned.limited_power"),
            _ => msg!("planned.limited_starts"),
        }
    }
}

/// One process of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The enterprise's identifier.
    pub enterprise: String,
    /// Its name.
    pub enterprise_name: String,
    /// The process's identifier.
    pub process: String,
    /// Its name.
    pub name: String,
    /// Whether its figures are its own, and not its sector's.
    pub confirmed: bool,
    /// What it is asked.
    pub outcome: Outcome,
    /// What to do meanwhile, as the rule words it.
    pub advice: Option<String>,
    /// What is asked level by level; empty where every told period asks for the same.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What an hour of it emits and costs.
    pub figures: Figures,
    /// When it usually runs.
    pub usual: Runs,
    /// When it would run if it stopped in the told hours and made up for them at once.
    pub practice: Runs,
    /// When it runs under the plan.
    pub on: Runs,
    /// Slots closed to it by the rule.
    pub stop: Runs,
    /// Slots in which its load is less by `percent`.
    pub less: Runs,
    /// Per cent off its load.
    pub percent: u8,
    /// Slots of the told days in which it may run.
    pub may: Runs,
    /// Slots that fit a day where that is fewer than it needs, and those it needs.
    pub short: Option<(usize, usize)>,
    /// Slots closed to it by something else than the rule.
    pub barred: Vec<Barred>,
    /// Slots that a person has set.
    pub pinned: Runs,
}

/// What an hour of a process emits and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// VOC, g/h.
    pub voc: Milli,
    /// `NOx`, g/h.
    pub nox: Milli,
    /// Reactivity of its VOC, thousandths.
    pub reactivity: Milli,
    /// Power, W.
    pub power: Milli,
    /// A start, thousandths of a yuan.
    pub start_cost: Milli,
    /// An hour outside the usual ones, thousandths of a yuan.
    pub disruption: Milli,
    /// An hour at night, thousandths of a yuan.
    #[serde(default)]
    pub night_premium: Milli,
}

/// What a process is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Hours of its own.
    Own,
    /// The common hours.
    Common,
    /// Its usual hours lie outside the told ones already.
    Keep,
    /// A move would save too little: none is asked.
    Little,
    /// To stop, without other hours.
    Stop,
    /// To take load off.
    Reduce,
    /// To run on with more care.
    Care,
    /// The enterprise can't, and said why.
    Cannot(String),
}

/// Slots closed to a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// Why.
    pub why: Why,
    /// Where.
    pub slots: Runs,
}

/// Why slots are closed, beside the rule's own hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Outside its permitted hours or its shifts.
    Permit,
    /// Night, near homes.
    Night,
    /// Ozone is forecast above the limit, and it does not usually run then.
    Ozone,
    /// Another rule has closed them.
    Standing,
    /// No working day.
    Holiday,
}

/// A way to run: what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As usual.
    Usual,
    /// Stop in the told hours, make up at once.
    Practice,
    /// As planned.
    Planned,
}

/// What the asked processes emit in each way, ozone-weighted grams, under one set of weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// The set.
    pub set: String,
    /// As usual.
    pub usual: i64,
    /// Everyone stops and makes up at once.
    pub practice: i64,
    /// As planned.
    pub planned: i64,
}

impl Worth {
    /// Whether the plan emits less of what counts than usual.
    #[must_use]
    pub const fn helps(&self) -> bool {
        self.planned < self.usual
    }
}

impl Row {
    /// Its runs in a way.
    #[must_use]
    pub fn runs(&self, way: Way) -> &Runs {
        match way {
            Way::Usual => &self.usual,
            Way::Practice => &self.practice,
            Way::Planned => &self.on,
        }
    }

    /// Whether it has hours of its own.
    #[must_use]
    pub fn planned(&self) -> bool {
        self.outcome == Outcome::Own
    }

    /// What a slot of running weighs in a way, milligrams (thousandths of a weighted gram).
    #[must_use]
    pub fn weighs(&self, slot: usize, way: Way, weights: &weights::Row, horizon: &Horizon) -> i64 {
        let hour = horizon.hour_of(slot);
        let weight = |row: &[i64]| row.get(hour).copied().unwrap_or(0);
        // g/h × thousandths × thousandths; the voc part has the reactivity's thousandths once more.
        let voc = self.figures.voc.saturating_mul(self.figures.reactivity) / 1000;
        let gross = voc.saturating_mul(weight(&weights.voc)) + self.figures.nox.saturating_mul(weight(&weights.nox));
        let less = way != Way::Usual && holds(&self.less, slot);
        let kept = if less { 100 - i64::from(self.percent.min(100)) } else { 100 };
        gross * kept / 100 / i64::try_from(horizon.per_hour()).unwrap_or(1)
    }

    /// Weighted grams of a way.
    #[must_use]
    pub fn grams(&self, way: Way, weights: &weights::Row, horizon: &Horizon) -> i64 {
        self.grams_in(way, weights, horizon, 0..horizon.slots())
    }

    /// Weighted grams of a way in the slots of a range.
    #[must_use]
    pub fn grams_in(&self, way: Way, weights: &weights::Row, horizon: &Horizon, within: Range<usize>) -> i64 {
        let slots = self.runs(way).iter().flat_map(|(from, to)| *from..*to).filter(|slot| within.contains(slot));
        slots.map(|slot| self.weighs(slot, way, weights, horizon)).sum::<i64>() / 1000
    }

    /// What the slots of a range cost in a way in electricity, starts and night work, thousandths of a yuan.
    #[must_use]
    pub fn cost(&self, way: Way, plan: &Plan, within: Range<usize>) -> i64 {
        let (runs, horizon) = (self.runs(way), &plan.horizon);
        let price = |slot: usize| {
            let clock = usize::try_from(horizon.clock(slot)).unwrap_or(0);
            plan.price.get(clock).copied().unwrap_or(0)
        };
        let night = |slot: usize| if holds(&plan.night, slot) { self.figures.night_premium } else { 0 };
        // W × thousandths of a yuan per kWh: millionths of a yuan an hour.
        let hourly = |slot: usize| self.figures.power * price(slot) + night(slot) * 1000;
        let slots = runs.iter().flat_map(|(from, to)| *from..*to).filter(|slot| within.contains(slot));
        let hourly: i64 = slots.map(hourly).sum();
        let starts = runs.iter().filter(|(from, _)| within.contains(from)).count();
        let starts = i64::try_from(starts).unwrap_or(0) * self.figures.start_cost;
        hourly / 1000 / i64::try_from(horizon.per_hour()).unwrap_or(1) + starts
    }

    /// The same row in a horizon that begins so many slots earlier.
    fn later(&self, by: usize) -> Self {
        let mut row = self.clone();
        let own = [&mut row.usual, &mut row.practice, &mut row.on, &mut row.stop, &mut row.less, &mut row.may];
        let barred = row.barred.iter_mut().map(|barred| &mut barred.slots);
        for (from, to) in own.into_iter().chain(barred).chain([&mut row.pinned]).flatten() {
            (*from, *to) = (*from + by, *to + by);
        }
        row
    }

    /// Slots in which it runs under the plan and would not usually.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.on.iter().flat_map(|(from, to)| *from..*to).filter(|s| !holds(&self.usual, *s)).count()
    }
}

impl Plan {
    /// The weights of a set.
    #[must_use]
    pub fn weights_of(&self, set: &str) -> Option<&weights::Row> {
        self.weights.iter().find(|row| row.set == set)
    }

    /// The weights it was made under.
    #[must_use]
    pub fn own_weights(&self) -> Option<&weights::Row> {
        self.weights_of(&self.set)
    }

    /// The processes that any way moves: they alone are compared.
    pub fn moved_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop))
    }

    /// Its worth under every set of weights, that it was made under first.
    #[must_use]
    pub fn worth(&self) -> Vec<Worth> {
        let worth = |weights: &weights::Row| {
            let sum = |way| self.moved_rows().map(|row| row.grams(way, weights, &self.horizon)).sum();
            Worth {
                set: weights.set.clone(),
                usual: sum(Way::Usual),
                practice: sum(Way::Practice),
                planned: sum(Way::Planned),
            }
        };
        let mut all: Vec<Worth> = self.weights.iter().map(worth).collect();
        all.sort_by_key(|worth| worth.set != self.set);
        all
    }

    /// VOC of all that any way moves, slot by slot, g/h.
    #[must_use]
    pub fn load(&self, way: Way) -> Vec<i64> {
        let mut load = vec![0; self.horizon.slots()];
        for row in self.moved_rows() {
            for slot in row.runs(way).iter().flat_map(|(from, to)| *from..*to) {
                if let Some(load) = load.get_mut(slot) {
                    *load += row.figures.voc;
                }
            }
        }
        load
    }

    /// The highest slot of the plan and the highest of the usual days, g/h of VOC, where the plan's is the higher one.
    #[must_use]
    pub fn new_peak(&self) -> Option<(usize, i64, i64)> {
        let usual = self.load(Way::Usual).into_iter().max()?;
        let planned = self.load(Way::Planned).into_iter().enumerate().skip(self.free_from);
        let (slot, load) = planned.max_by_key(|(slot, load)| (*load, std::cmp::Reverse(*slot)))?;
        (load > usual).then_some((slot, load, usual))
    }

    /// Slots run in a way by all that are compared.
    #[must_use]
    pub fn output(&self, way: Way) -> usize {
        self.moved_rows().map(|row| length(row.runs(way))).sum()
    }

    /// The rows of an enterprise.
    pub fn rows_of<'a>(&'a self, enterprise: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.enterprise == enterprise)
    }

    /// The row of a process.
    #[must_use]
    pub fn row(&self, process: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.process == process)
    }

    /// What may be told of a row: outcome, hours from a slot on, and words. Equal for two plans that tell the same.
    #[must_use]
    pub fn told_of(&self, enterprise: &str, from: i64) -> Vec<(String, Outcome, Vec<i64>)> {
        let instants = |runs: &Runs| {
            let each = runs.iter().flat_map(|(a, b)| *a..*b).map(|slot| self.horizon.start_of(slot).timestamp());
            each.filter(|at| *at >= from).collect::<Vec<_>>()
        };
        self.rows_of(enterprise).map(|row| (row.process.clone(), row.outcome.clone(), instants(&row.on))).collect()
    }

    /// Takes over the hours of enterprises that it does not have from a plan made later for the same told periods.
    pub fn join(&mut self, later: &Self) {
        let Some(offset) = self.horizon.offset(&later.horizon) else { return };
        for row in &later.rows {
            if self.rows.iter().all(|known| known.process != row.process) {
                self.rows.push(row.later(offset));
            }
        }
    }

    /// The plan as text for the database.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A plan from that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
