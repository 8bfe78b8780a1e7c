//! Prices on the caps: the Lagrangian bound and the prices that make it high.
//!
//! In: a region. Out: prices between zero and the overage price, and the bound that follows from them. Can't happen:
//! a bound above the cheapest plan (each process's programme is exact, and every price is in its range).

use super::problem::Unit;
use super::process::Kind;
use super::region::{Desk, Loads, Region, Rows};
use super::slots::words;

/// A bound and what it follows from.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// Yuan.
    pub(super) value: f64,
    /// Yuan per unit of cap and slot.
    pub(super) prices: Rows,
}

/// How hard to climb.
#[derive(Debug, Clone, Copy)]
pub(super) struct Climb {
    /// Passes over all processes.
    pub(super) passes: usize,
    /// First and last step, as parts of the price scale.
    pub(super) steps: (f64, f64),
}

/// Prices of zero.
pub(super) fn free(slots: usize) -> Rows {
    [(); 4].map(|()| vec![0.0; slots])
}

/// The bound that follows from prices, and the loads of the schedules that attain it.
pub(super) fn bound(region: &Region<'_>, prices: &Rows, desk: &mut Desk) -> (f64, Loads) {
    let tariff = region.tariff(prices);
    let mut loads = Loads::zero(region.slots());
    let mut bits = vec![0u64; words(region.slots())];
    let mut value = 0.0;
    for place in 0..region.members.len() {
        let unit = region.unit(place);
        region.price(unit, &tariff, desk);
        bits.fill(0);
        value += desk.best(&region.task(unit), Some(&mut bits)) + region.constant(unit);
        loads.add(region, unit, &bits, 1.0);
    }
    (value - worth(region, prices), loads)
}

/// What the caps are worth at prices.
fn worth(region: &Region<'_>, prices: &Rows) -> f64 {
    let rows = region.limits.iter().zip(prices).filter_map(|(limit, row)| Some((limit.as_ref()?, row)));
    rows.flat_map(|(limit, row)| limit.iter().zip(row)).filter(|(l, _)| l.is_finite()).map(|(l, p)| l * p).sum()
}

/// A price per kind that is of the order of what moving a process saves.
fn scales(region: &Region<'_>, desk: &mut Desk) -> [f64; 4] {
    let tariff = region.tariff(&free(region.slots()));
    let (mut spread, mut uses) = (0.0, [0.0; 4]);
    let step = region.members.len().div_ceil(2000).max(1);
    for place in (0..region.members.len()).step_by(step) {
        let unit = region.unit(place);
        region.price(unit, &tariff, desk);
        let (low, high) = desk.slot.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &c| (l.min(c), h.max(c)));
        spread += high - low;
        for (sum, each_use) in uses.iter_mut().zip([unit.uses[0], unit.uses[1], unit.uses[2], 1.0]) {
            *sum += each_use;
        }
    }
    let overage = region.problem.frame.overage;
    uses.map(|u| if u > 0.0 && spread > 0.0 { (spread / u).min(overage) } else { overage })
}

/// Climbs from `from` by projected Adam; the best prices seen are kept.
pub(super) fn climb(region: &Region<'_>, from: &Rows, how: Climb, desk: &mut Desk) -> Bound {
    let overage = region.problem.frame.overage;
    let scales = scales(region, desk);
    let (mut mean, mut square) = (free(region.slots()), free(region.slots()));
    let mut prices = from.clone();
    let mut best = Bound { value: f64::NEG_INFINITY, prices: prices.clone() };
    let (mut fade_mean, mut fade_square) = (1.0, 1.0);
    for pass in 0..how.passes {
        let (value, loads) = bound(region, &prices, desk);
        if value > best.value {
            best = Bound { value, prices: prices.clone() };
        }
        let part = ratio(pass, how.passes);
        let fall = 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
        let step = how.steps.1 + (how.steps.0 - how.steps.1) * fall;
        fade_mean *= MEAN;
        fade_square *= SQUARE;
        for kind in 0..4 {
            let Some(limit) = &region.limits[kind] else { continue };
            for slot in 0..limit.len() {
                if !limit[slot].is_finite() {
                    continue;
                }
                let slope = (loads.0[kind][slot] - limit[slot]) / limit[slot].max(1.0);
                let (m, s) = (&mut mean[kind][slot], &mut square[kind][slot]);
                *m = MEAN * *m + (1.0 - MEAN) * slope;
                *s = SQUARE * *s + (1.0 - SQUARE) * slope * slope;
                let go = (*m / (1.0 - fade_mean)) / ((*s / (1.0 - fade_square)).sqrt() + 1e-9);
                let price = &mut prices[kind][slot];
                *price = (*price + step * scales[kind] * go).clamp(0.0, overage);
            }
        }
    }
    best
}

const MEAN: f64 = 0.9;
const SQUARE: f64 = 0.99;

/// `part` of `whole` as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of passes are small")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Factors by which the caps shrink with a part of the processes: the ratio of the hours and starts needed, which no
/// price changes much, and not that of the counts, which chance changes.
pub(super) fn shares(region: &Region<'_>, part: &[u32]) -> [f64; 4] {
    let units = &region.problem.units;
    let sum = |members: &[u32]| {
        let mut needs = [0.0; 4];
        for &member in members {
            let need = need(&units[member as usize], region);
            needs.iter_mut().zip(need).for_each(|(sum, n)| *sum += n);
        }
        needs
    };
    let (part, whole) = (sum(part), sum(&region.members));
    [0, 1, 2, 3].map(|k| if whole[k] > 0.0 { part[k] / whole[k] } else { 1.0 })
}

/// What a process needs each day of each kind of cap.
fn need(unit: &Unit, region: &Region<'_>) -> [f64; 4] {
    let (slots, starts) = match unit.kind {
        Kind::Interruptible { slots_per_day, .. } => (f64::from(slots_per_day), 1.3),
        Kind::Batch { duration, per_day } => (f64::from(duration) * f64::from(per_day), f64::from(per_day)),
        Kind::Fixed => {
            let usual = &region.problem.habits[unit.habit as usize].usual;
            let days = ratio(region.problem.frame.slots, region.problem.frame.slots_per_day);
            (f64::from(usual.count()) / days, 1.0)
        }
    };
    [unit.uses[0] * slots, unit.uses[1] * slots, unit.uses[2] * slots, starts]
}
