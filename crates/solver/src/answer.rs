//! What comes back from the solver.
//!
//! In: schedules, costs and prices. Out: the plan per process, and what is proved of it. Can't happen: a bound above
//! the objective.

use std::ops::Range;

use super::frame::Limited;
use super::slots::{runs, words};

/// Yuan by what they are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// Weighted emissions.
    pub ozone: f64,
    /// Electricity.
    pub energy: f64,
    /// Starts.
    pub starts: f64,
    /// Hours at night.
    pub night: f64,
    /// Hours outside the usual ones, and changes from the plan sent.
    pub disruption: f64,
    /// What is above the caps.
    pub overage: f64,
}

impl Parts {
    /// All of it.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.ozone + self.energy + self.starts + self.night + self.disruption + self.overage
    }
}

impl Parts {
    /// What the strict order takes one after the other: emission with cap excess, cost, change.
    #[must_use]
    pub fn aims(&self) -> [f64; 3] {
        [self.ozone + self.overage, self.energy + self.starts + self.night, self.disruption]
    }
}

/// Prices on one cap.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// What the cap limits.
    pub limited: Limited,
    /// Number of the region.
    pub region: usize,
    /// Yuan per unit, one per slot, from 0 to the overage price; 0 in slots without a limit.
    pub values: Vec<f64>,
}

/// A plan and what is proved of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the plan costs, yuan.
    pub objective: f64,
    /// What every plan costs at least, yuan; follows from `prices`.
    pub bound: f64,
    /// Units above the caps, summed over slots and caps.
    pub overage: f64,
    /// The objective by what it is paid for.
    pub parts: Parts,
    /// What emission and cap excess alone come to at least, yuan; known where the order is strict.
    pub least_emission: Option<f64>,
    /// Prices on the caps, in the order of the frame's caps.
    pub prices: Vec<Price>,
    slots: usize,
    bits: Vec<u64>,
}

impl Answer {
    pub(super) fn new(
        slots: usize,
        bits: Vec<u64>,
        objective: f64,
        bound: f64,
        overage: f64,
        parts: Parts,
        prices: Vec<Price>,
    ) -> Self {
        Self { objective, bound, overage, parts, least_emission: None, prices, slots, bits }
    }

    /// Part of the objective that may still be saved at most, 0 to 1; 0 if the plan is proved the cheapest.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let left = (self.objective - self.bound).max(0.0);
        if left == 0.0 { 0.0 } else { (left / self.objective.abs()).min(f64::MAX) }
    }

    /// When process `number` is on: runs of slots, half open, in order; nothing for a process that there isn't.
    pub fn runs(&self, number: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let width = words(self.slots);
        let schedule = self.bits.chunks_exact(width.max(1)).nth(number).unwrap_or_default();
        runs(schedule, if schedule.is_empty() { 0 } else { self.slots })
    }
}
