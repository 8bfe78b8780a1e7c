//! The cheapest schedule of one process under given prices, exactly: a dynamic programme.
//!
//! In: a process's kind, window and state, a cost per slot on and a cost per start (finite, of any sign). Out: the
//! least cost and, if asked, the schedule that has it. Can't happen: a schedule that breaks a rule of the process;
//! a large number standing in for "forbidden" (it is +∞, and prefix sums hold finite costs only).
//!
//! A state is a boundary between slots, the slots (or batches) run so far that day, and whether the process is on or
//! off *long enough to change*; a change jumps over the slots it commits to. So two rows per boundary suffice.

mod batch;
mod interruptible;
mod lanes;
mod rule;

pub(super) use batch::left as batch_left;
use rule::Rule;

use super::problem::{Unit, Window};
use super::process::Kind;
use super::slots::get;

const FORBIDDEN: f64 = f64::INFINITY;

/// Working memory for one process at a time; one per thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Programme {
    /// Least cost per boundary and count, on long enough (interruptible) or ready for a batch.
    on: Vec<f64>,
    /// The same, off long enough.
    off: Vec<f64>,
    /// Cost of the slots before a boundary.
    before: Vec<f64>,
}

/// What the programme needs to know of a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) unit: &'a Unit,
    pub(super) window: &'a Window,
    /// Slots of its usual hours, as words.
    pub(super) usual: &'a [u64],
    pub(super) slots: usize,
    pub(super) day: usize,
}

/// Costs of a process: one per slot on, one per start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs<'a> {
    pub(super) slot: &'a [f64],
    pub(super) start: &'a [f64],
}

impl Programme {
    /// The least cost, +∞ if there is no schedule. With `schedule` (all bits zero) its bits are set.
    pub(super) fn run(&mut self, task: &Task<'_>, costs: Costs<'_>, schedule: Option<&mut [u64]>) -> f64 {
        self.before.clear();
        self.before.push(0.0);
        let mut sum = 0.0;
        self.before.extend(costs.slot.iter().map(|c| {
            sum += c;
            sum
        }));
        match task.unit.kind {
            Kind::Interruptible { slots_per_day, min_on, min_off } => {
                let rule = Rule::new(*task, slots_per_day.into(), min_on.into(), min_off.into());
                self.interruptible(&rule, costs, schedule)
            }
            Kind::Batch { duration, per_day } => self.batch(task, duration.into(), per_day.into(), costs, schedule),
            Kind::Fixed => fixed(task, costs, schedule),
        }
    }

    /// After a run that found no schedule: the last boundary that could be reached.
    pub(super) fn reached(&self, task: &Task<'_>) -> usize {
        let cells = self.on.len().max(self.off.len());
        let stride = (cells / (task.slots + 1)).max(1);
        let last = |cells: &[f64]| cells.iter().rposition(|c| c.is_finite()).unwrap_or(0) / stride;
        last(&self.on).max(last(&self.off))
    }
}

/// Cost and schedule of a process that can't move.
fn fixed(task: &Task<'_>, costs: Costs<'_>, schedule: Option<&mut [u64]>) -> f64 {
    let mut total = 0.0;
    let mut was = task.unit.was_on();
    for slot in 0..task.slots {
        let on = get(task.usual, slot);
        if on {
            total += costs.slot[slot] + if was { 0.0 } else { costs.start[slot] };
        }
        was = on;
    }
    if let Some(bits) = schedule {
        bits.copy_from_slice(task.usual);
    }
    total
}
