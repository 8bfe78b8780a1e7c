//! The frame of a problem: slots, weights, prices, regions and their caps.
//!
//! In: rows of figures. Out: a checked [`Frame`]. Can't happen: a row of another length than the horizon, a figure that
//! is not finite.

use super::slots::SlotSet;
use super::wrong::{Of, Wrong};
use cuofeng_base::msg;

/// What a cap limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limited {
    /// VOC, kg/h over the processes that are on.
    Voc,
    /// `NOx`, kg/h likewise.
    Nox,
    /// Power, kW likewise.
    Power,
    /// Processes or batches that start in the slot.
    Starts,
}

impl Limited {
    /// Every kind, in the order of the rows.
    pub const ALL: [Self; 4] = [Self::Voc, Self::Nox, Self::Power, Self::Starts];

    /// The word used in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Voc => "voc",
            Self::Nox => "nox",
            Self::Power => "power",
            Self::Starts => "starts",
        }
    }
}

/// A cap of one region.
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// What it limits.
    pub limited: Limited,
    /// Number of the region.
    pub region: usize,
    /// One limit per slot, at least 0; none where the slot is free.
    pub limit: Vec<Option<f64>>,
}

/// All of the problem but its processes.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Length of a slot in hours, above 0.
    pub step_hours: f64,
    /// Slots of the horizon, a whole number of days.
    pub slots: usize,
    /// Slots of a day, at least 1.
    pub slots_per_day: usize,
    /// Number of regions.
    pub regions: usize,
    /// Weight of a kilogram of VOC of reactivity 1, one per slot, at least 0.
    pub voc_weight: Vec<f64>,
    /// Weight of a kilogram of `NOx`, one per slot, at least 0.
    pub nox_weight: Vec<f64>,
    /// Yuan per kWh, one per slot.
    pub price: Vec<f64>,
    /// Slots in which an hour of running costs its process's night premium.
    pub night: Option<SlotSet>,
    /// Yuan per weighted kilogram, at least 0.
    pub ozone: f64,
    /// Yuan per unit above a cap and slot, at least 0.
    pub overage: f64,
    /// Caps, at most one per region and kind.
    pub caps: Vec<Cap>,
}

/// Slots of the longest horizon.
const MOST: usize = 10_000;

/// Checks what the types leave open.
pub(super) fn check(frame: &Frame) -> Result<(), Wrong> {
    let wrong = |field, should| Err(Wrong { of: Of::Frame, field, should });
    let whole_days = frame.slots_per_day > 0 && frame.slots > 0 && frame.slots.is_multiple_of(frame.slots_per_day);
    if !whole_days || frame.slots > MOST {
        return wrong("slots", msg!("should.days", most = MOST));
    }
    if !(frame.step_hours.is_finite() && frame.step_hours > 0.0) {
        return wrong("step_minutes", msg!("should.step"));
    }
    for (field, row) in
        [("weights.voc", &frame.voc_weight), ("weights.nox", &frame.nox_weight), ("price", &frame.price)]
    {
        if row.len() != frame.slots || !row.iter().all(|v| fits(v.abs())) {
            return wrong(field, msg!("should.row", slots = frame.slots));
        }
    }
    if frame.night.as_ref().is_some_and(|night| night.horizon() != frame.slots) {
        return wrong("night", msg!("should.set", slots = frame.slots));
    }
    for (field, figure) in [("objective.ozone", frame.ozone), ("objective.overage", frame.overage)] {
        if !fits(figure) {
            return wrong(field, msg!("should.figure"));
        }
    }
    let mut seen = Vec::new();
    for (number, cap) in frame.caps.iter().enumerate() {
        let wrong = |field, should| Err(Wrong { of: Of::Cap(number), field, should });
        if cap.region >= frame.regions {
            return wrong("region", msg!("should.region"));
        }
        if seen.contains(&(cap.region, cap.limited)) {
            return wrong("kind", msg!("should.cap"));
        }
        if cap.limit.len() != frame.slots || !cap.limit.iter().flatten().all(|&l| fits(l)) {
            return wrong("limit", msg!("should.limit", slots = frame.slots));
        }
        seen.push((cap.region, cap.limited));
    }
    Ok(())
}

/// Whether a figure may be used: larger ones would overflow once multiplied.
pub(super) fn fits(figure: f64) -> bool {
    (0.0..=1e12).contains(&figure)
}
