//! A process as a caller gives it: how it runs, what it emits and costs, when it may run.
//!
//! In: figures and sets of slots. Out: a checked [`Process`]. Can't happen: a negative emission, a batch of no slots, a
//! set of another horizon.

use super::frame::{Frame, fits};
use super::slots::SlotSet;
use super::wrong::{Of, Wrong};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// How a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// May stop and go.
    Interruptible {
        /// Slots it must be on, each day.
        slots_per_day: u16,
        /// Once on, stays on this many slots; at least 1.
        min_on: u16,
        /// Once off, stays off this many slots; at least 1.
        min_off: u16,
    },
    /// Runs without a break.
    Batch {
        /// Length in slots, at least 1.
        duration: u16,
        /// Batches that start each day.
        per_day: u16,
    },
    /// Runs exactly its usual slots.
    Fixed,
}

/// A process as a caller gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Number of its region.
    pub region: usize,
    /// How it runs.
    pub kind: Kind,
    /// VOC, kg/h while on, at least 0.
    pub voc: f64,
    /// `NOx`, kg/h while on, at least 0.
    pub nox: f64,
    /// Multiplies VOC in the objective, at least 0.
    pub reactivity: f64,
    /// kW while on, at least 0.
    pub power: f64,
    /// Yuan a start, at least 0.
    pub start_cost: f64,
    /// Yuan per hour on outside `usual`, and per hour changed from `told`; at least 0.
    pub disruption: f64,
    /// Yuan per hour on at night, at least 0.
    pub night_premium: f64,
    /// Slots in which it may be on.
    pub allowed: SlotSet,
    /// Slots in which it normally runs.
    pub usual: SlotSet,
    /// Slots in which it must be on (also where not allowed: what has run has run).
    pub must_on: Option<SlotSet>,
    /// Slots in which it must be off.
    pub must_off: Option<SlotSet>,
    /// The plan already sent.
    pub told: Option<SlotSet>,
    /// Slots from the start that the plan sent speaks of; of later ones it says nothing.
    pub told_slots: usize,
    /// Slots (of a batch process: batches) of each day, where they differ from the kind's; none above it.
    pub daily: Option<Box<[u16]>>,
    /// +n or −n: slots on or off so far at the start; none: off long enough.
    pub state: Option<i32>,
}

/// Checks what the types leave open.
pub(super) fn check(frame: &Frame, name: &str, process: &Process) -> Result<(), Wrong> {
    fault(frame, process).map_err(|(field, should)| Wrong { of: Of::Process(name.to_owned()), field, should })
}

fn fault(frame: &Frame, process: &Process) -> Result<(), (&'static str, Message)> {
    if process.region >= frame.regions {
        return Err(("region", msg!("should.region")));
    }
    let figures = [
        ("voc", process.voc),
        ("nox", process.nox),
        ("reactivity", process.reactivity),
        ("power", process.power),
        ("start_cost", process.start_cost),
        ("disruption", process.disruption),
        ("night_premium", process.night_premium),
    ];
    if let Some(&(field, _)) = figures.iter().find(|(_, v)| !fits(*v)) {
        return Err((field, msg!("should.figure")));
    }
    match process.kind {
        Kind::Interruptible { slots_per_day, .. } if usize::from(slots_per_day) > frame.slots_per_day => {
            Err(("slots_per_day", msg!("should.day", slots = frame.slots_per_day)))
        }
        Kind::Interruptible { min_on: 0, .. } => Err(("min_on", msg!("should.at_least_one"))),
        Kind::Interruptible { min_off: 0, .. } => Err(("min_off", msg!("should.at_least_one"))),
        Kind::Batch { duration: 0, .. } => Err(("duration", msg!("should.at_least_one"))),
        Kind::Batch { per_day, .. } if usize::from(per_day) > frame.slots_per_day => {
            Err(("batches_per_day", msg!("should.day", slots = frame.slots_per_day)))
        }
        _ if !process.daily.as_ref().is_none_or(|daily| daily_fits(frame, process.kind, daily)) => {
            Err(("daily", msg!("should.daily")))
        }
        _ => {
            let sets = [Some(&process.allowed), Some(&process.usual), process.must_on.as_ref()];
            let rest = [process.must_off.as_ref(), process.told.as_ref()];
            let fits = |set: &&SlotSet| set.horizon() == frame.slots;
            let good = sets.iter().chain(&rest).flatten().all(fits);
            if good { Ok(()) } else { Err(("allowed", msg!("should.set", slots = frame.slots))) }
        }
    }
}

/// Whether a count a day has every day, and none above the kind's.
fn daily_fits(frame: &Frame, kind: Kind, daily: &[u16]) -> bool {
    let most = match kind {
        Kind::Interruptible { slots_per_day, .. } => slots_per_day,
        Kind::Batch { per_day, .. } => per_day,
        Kind::Fixed => 0,
    };
    daily.len() == frame.slots / frame.slots_per_day && daily.iter().all(|n| *n <= most)
}
