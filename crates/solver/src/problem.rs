//! The planning problem: a frame and its processes, as the solver keeps them.
//!
//! In: a [`Frame`] and processes one by one. Out: a [`Problem`] whose rows all have the horizon's length and whose
//! figures are all finite. Can't happen: a process of an unknown region, a negative emission, a batch of no slots.

use std::collections::HashMap;

use super::frame::{self, Frame};
use super::process::{self, Kind, Process};
use super::slots::{SlotSet, get};
use super::wrong::Wrong;

/// When a process may, must and may not run; shared by all processes with the same hours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// Slots on end, up to and with this one, in which it may be on.
    pub(super) open: Vec<u16>,
    /// Slots on end, up to and with this one, in which it may be off.
    pub(super) idle: Vec<u16>,
    /// What the caller allowed, without must and must not.
    pub(super) allowed: SlotSet,
    /// Slots that must be on.
    pub(super) must_on: SlotSet,
    /// Slots that must be off.
    pub(super) must_off: SlotSet,
    /// What each day needs less than the kind says; empty where no day does.
    pub(super) spared: Box<[u16]>,
}

/// What makes a window.
type WindowKey = (SlotSet, Option<SlotSet>, Option<SlotSet>, Box<[u16]>);

/// What being on costs beside emissions and energy, in multiples of the disruption cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Habit {
    /// Usual slots.
    pub(super) usual: SlotSet,
    /// The plan sent, if any.
    pub(super) told: Option<SlotSet>,
    /// Per slot on: 1 outside usual; with a plan sent 1 more outside it and 1 less inside.
    pub(super) extra: Vec<f64>,
    /// Slots from the start that it speaks of.
    pub(super) told_slots: usize,
    /// Slots of the plan sent: what being off throughout would cost.
    pub(super) constant: f64,
}

/// A process as the solver keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) region: u32,
    pub(super) window: u32,
    pub(super) habit: u32,
    /// Slots on (+) or off (−) before slot 0; `i32::MIN` for off long enough.
    pub(super) state: i32,
    /// Use of voc, nox, power while on.
    pub(super) uses: [f64; 3],
    pub(super) reactivity: f64,
    pub(super) start_cost: f64,
    pub(super) disruption: f64,
    pub(super) night_premium: f64,
}

impl Unit {
    /// Whether it was on just before the horizon.
    pub(super) fn was_on(&self) -> bool {
        self.state > 0
    }
}

/// A checked problem.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(super) frame: Frame,
    /// Per region the limits of each kind, +∞ where there is none.
    pub(super) limits: Vec<[Option<Vec<f64>>; 4]>,
    pub(super) units: Vec<Unit>,
    pub(super) windows: Vec<Window>,
    pub(super) habits: Vec<Habit>,
    names: String,
    ends: Vec<usize>,
    known_windows: HashMap<WindowKey, u32>,
    known_habits: HashMap<(SlotSet, Option<SlotSet>, usize), u32>,
}

impl Problem {
    /// A problem without processes.
    pub fn new(frame: Frame) -> Result<Self, Wrong> {
        frame::check(&frame)?;
        let mut limits = vec![[const { None }; 4]; frame.regions];
        for cap in &frame.caps {
            let row = cap.limit.iter().map(|l| l.unwrap_or(f64::INFINITY)).collect();
            limits[cap.region][cap.limited as usize] = Some(row);
        }
        Ok(Self {
            frame,
            limits,
            units: Vec::new(),
            windows: Vec::new(),
            habits: Vec::new(),
            names: String::new(),
            ends: Vec::new(),
            known_windows: HashMap::new(),
            known_habits: HashMap::new(),
        })
    }

    /// Adds a process; its number is the count of those added before it.
    pub fn push(&mut self, name: &str, process: &Process) -> Result<(), Wrong> {
        process::check(&self.frame, name, process)?;
        let unit = Unit {
            kind: process.kind,
            region: narrow(process.region),
            window: self.window(process),
            habit: self.habit(process),
            state: process.state.filter(|&n| n != 0).unwrap_or(i32::MIN),
            uses: [process.voc, process.nox, process.power],
            reactivity: process.reactivity,
            start_cost: process.start_cost,
            disruption: process.disruption,
            night_premium: process.night_premium,
        };
        self.units.push(unit);
        self.names.push_str(name);
        self.ends.push(self.names.len());
        Ok(())
    }

    /// Number of processes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are no processes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// All but the processes.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Name of process `number`; empty if there is none.
    #[must_use]
    pub fn name(&self, number: usize) -> &str {
        let end = self.ends.get(number).copied().unwrap_or(0);
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n).copied()).unwrap_or(0);
        self.names.get(start..end).unwrap_or("")
    }

    fn window(&mut self, process: &Process) -> u32 {
        let spared = spared(process);
        let key = (process.allowed.clone(), process.must_on.clone(), process.must_off.clone(), spared);
        if let Some(&known) = self.known_windows.get(&key) {
            return known;
        }
        let number = narrow(self.windows.len());
        self.windows.push(Window { spared: key.3.clone(), ..Window::new(process) });
        self.known_windows.insert(key, number);
        number
    }

    fn habit(&mut self, process: &Process) -> u32 {
        let key = (process.usual.clone(), process.told.clone(), process.told_slots);
        if let Some(&known) = self.known_habits.get(&key) {
            return known;
        }
        let number = narrow(self.habits.len());
        self.habits.push(Habit::of(process.usual.clone(), process.told.clone(), process.told_slots));
        self.known_habits.insert(key, number);
        number
    }
}

impl Window {
    /// Whether it may be on in a slot, or must have been.
    pub(super) fn open_to(&self, slot: usize) -> bool {
        self.allowed.has(slot) || self.must_on.has(slot)
    }

    /// What a day needs less than the kind says: the count with which the day begins.
    pub(super) fn spared(&self, day: usize) -> usize {
        self.spared.get(day).copied().map_or(0, usize::from)
    }

    fn new(process: &Process) -> Self {
        let slots = process.allowed.horizon();
        let set = |set: &Option<SlotSet>| set.clone().unwrap_or_else(|| SlotSet::none(slots));
        Self::of(process.allowed.clone(), set(&process.must_on), set(&process.must_off))
    }

    /// The window of three sets of the same horizon.
    pub(super) fn of(allowed: SlotSet, must_on: SlotSet, must_off: SlotSet) -> Self {
        let slots = allowed.horizon();
        let may = |s| (allowed.has(s) || must_on.has(s)) && !must_off.has(s);
        let (open, idle) = (streak(slots, may), streak(slots, |s| !must_on.has(s)));
        Self { open, idle, allowed, must_on, must_off, spared: Box::default() }
    }
}

/// What each day needs less than the kind says; empty where no day does.
fn spared(process: &Process) -> Box<[u16]> {
    let most = match process.kind {
        Kind::Interruptible { slots_per_day, .. } => slots_per_day,
        Kind::Batch { per_day, .. } => per_day,
        Kind::Fixed => 0,
    };
    let daily = process.daily.as_deref().unwrap_or_default();
    if daily.iter().all(|n| *n == most) {
        return Box::default();
    }
    daily.iter().map(|n| most.saturating_sub(*n)).collect()
}

/// How many slots on end, up to and with each one, satisfy a condition.
fn streak(slots: usize, holds: impl Fn(usize) -> bool) -> Vec<u16> {
    let mut length = 0u16;
    let mut next = |s| {
        length = if holds(s) { length.saturating_add(1) } else { 0 };
        length
    };
    (0..slots).map(&mut next).collect()
}

impl Habit {
    /// Of the usual slots, and of those sent, up to some slot.
    pub(super) fn of(usual: SlotSet, told: Option<SlotSet>, told_slots: usize) -> Self {
        let extra = |s| {
            let usual = if get(usual.words(), s) { 0.0 } else { 1.0 };
            let told = told.as_ref().filter(|_| s < told_slots);
            let told = told.map_or(0.0, |t| if t.has(s) { -1.0 } else { 1.0 });
            usual + told
        };
        let extra = (0..usual.horizon()).map(extra).collect();
        let constant = told.as_ref().map_or(0.0, |t| {
            let spoken = |s: &usize| *s < told_slots && t.has(*s);
            (0..t.horizon()).filter(spoken).map(|_| 1.0).sum()
        });
        Self { usual, told, extra, told_slots, constant }
    }
}

/// A count that fits 32 bits: no instance in memory has more.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
