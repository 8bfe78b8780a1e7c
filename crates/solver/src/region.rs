//! One region: its processes, its caps, what a schedule costs there and how it loads the caps.
//!
//! In: a problem and a region's number. Out: costs per slot and start under prices ([`Tariff`]) or under the loads of
//! the others ([`Loads`]), and the exact cost of a schedule. Can't happen: a price where there is no cap.

use super::frame::Limited;
use super::problem::{Problem, Unit};
use super::process::Kind;
use super::programme::{Costs, Programme, Task, batch_left};
use super::slots::{each, get, runs};

/// A region of a problem.
#[derive(Debug)]
pub(super) struct Region<'a> {
    pub(super) problem: &'a Problem,
    pub(super) number: usize,
    /// Numbers of its processes.
    pub(super) members: Vec<u32>,
    /// Limits of each kind, +∞ in slots without one.
    pub(super) limits: [Option<Vec<f64>>; 4],
}

/// One number per slot for each kind of cap.
pub(super) type Rows = [Vec<f64>; 4];

/// What being on costs under prices on the caps.
#[derive(Debug, Clone)]
pub(super) struct Tariff {
    /// Yuan per kg/h of VOC of reactivity 1.
    reactive: Vec<f64>,
    /// Yuan per kg/h VOC, kg/h `NOx`, kW, and start.
    rows: Rows,
}

/// Working memory of one thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    pub(super) programme: Programme,
    pub(super) slot: Vec<f64>,
    pub(super) start: Vec<f64>,
}

impl Desk {
    /// The costs as they stand.
    pub(super) fn best(&mut self, task: &Task<'_>, schedule: Option<&mut [u64]>) -> f64 {
        let costs = Costs { slot: &self.slot, start: &self.start };
        self.programme.run(task, costs, schedule)
    }
}

/// What the schedules of a region add up to, per cap and slot.
#[derive(Debug, Clone)]
pub(super) struct Loads(pub(super) Rows);

impl<'a> Region<'a> {
    /// The region with number `number`.
    pub(super) fn new(problem: &'a Problem, number: usize, members: Vec<u32>) -> Self {
        Self { problem, number, members, limits: problem.limits[number].clone() }
    }

    /// A part of the region under caps scaled per kind.
    pub(super) fn part(&self, members: Vec<u32>, scale: [f64; 4]) -> Self {
        let mut limits = self.limits.clone();
        for (row, scale) in limits.iter_mut().zip(scale) {
            row.iter_mut().flatten().for_each(|l| *l *= scale);
        }
        Region { problem: self.problem, number: self.number, members, limits }
    }

    /// Slots of the horizon.
    pub(super) fn slots(&self) -> usize {
        self.problem.frame.slots
    }

    /// The process at place `place` of the region.
    pub(super) fn unit(&self, place: usize) -> &'a Unit {
        &self.problem.units[self.members[place] as usize]
    }

    /// Whether any cap limits the region.
    pub(super) fn capped(&self) -> bool {
        self.limits.iter().flatten().flatten().any(|l| l.is_finite())
    }

    /// What the programme needs to know of a process.
    pub(super) fn task(&self, unit: &'a Unit) -> Task<'a> {
        Task {
            unit,
            window: &self.problem.windows[unit.window as usize],
            usual: self.problem.habits[unit.habit as usize].usual.words(),
            slots: self.problem.frame.slots,
            day: self.problem.frame.slots_per_day,
        }
    }

    /// Yuan that no schedule of the process avoids: a change from the told plan, as if off throughout.
    pub(super) fn constant(&self, unit: &Unit) -> f64 {
        let hours = self.problem.habits[unit.habit as usize].constant * self.problem.frame.step_hours;
        unit.disruption * hours
    }

    /// The tariff under prices, one row per kind (all zero where there is no cap).
    pub(super) fn tariff(&self, prices: &Rows) -> Tariff {
        let frame = &self.problem.frame;
        let (hours, ozone) = (frame.step_hours, frame.ozone);
        let mut rows = prices.clone();
        for (slot, nox) in rows[Limited::Nox as usize].iter_mut().enumerate() {
            *nox += hours * ozone * frame.nox_weight[slot];
        }
        for (slot, power) in rows[Limited::Power as usize].iter_mut().enumerate() {
            *power += hours * frame.price[slot];
        }
        Tariff { reactive: frame.voc_weight.iter().map(|w| hours * ozone * w).collect(), rows }
    }

    /// Lays a process's costs under a tariff on the desk.
    pub(super) fn price(&self, unit: &Unit, tariff: &Tariff, desk: &mut Desk) {
        let extra = &self.problem.habits[unit.habit as usize].extra;
        let disruption = unit.disruption * self.problem.frame.step_hours;
        let [voc, nox, power] = unit.uses;
        let reactive = voc * unit.reactivity;
        let [voc_row, nox_row, power_row, start_row] = &tariff.rows;
        let rows = tariff.reactive.iter().zip(voc_row).zip(nox_row).zip(power_row).zip(extra);
        desk.slot.clear();
        desk.slot
            .extend(rows.map(|((((w, v), n), p), e)| reactive * w + voc * v + nox * n + power * p + disruption * e));
        if let Some(night) = self.problem.frame.night.as_ref().filter(|_| unit.night_premium > 0.0) {
            let premium = unit.night_premium * self.problem.frame.step_hours;
            each(night.words()).for_each(|slot| desk.slot[slot] += premium);
        }
        desk.start.clear();
        desk.start.extend(start_row.iter().map(|s| unit.start_cost + s));
    }

    /// What a schedule costs with the costs on the desk.
    pub(super) fn cost(&self, unit: &Unit, schedule: &[u64], desk: &Desk) -> f64 {
        let on: f64 = each(schedule).map(|s| desk.slot[s]).sum();
        let mut starts = 0.0;
        starts_of(unit, schedule, self.slots(), |s| starts += desk.start[s]);
        on + starts
    }
}

/// Calls `found` with each slot in which a schedule starts the process or a batch.
pub(super) fn starts_of(unit: &Unit, schedule: &[u64], slots: usize, mut found: impl FnMut(usize)) {
    if let Kind::Batch { duration, .. } = unit.kind {
        let duration = usize::from(duration);
        let left = batch_left(unit, duration);
        for run in runs(schedule, slots) {
            let from = if run.start == 0 { left } else { run.start };
            (from..run.end).step_by(duration).for_each(&mut found);
        }
        return;
    }
    let mut carry = u64::from(unit.was_on());
    for (word, &bits) in schedule.iter().enumerate() {
        let mut begins = bits & !(bits << 1 | carry);
        carry = bits >> 63;
        while begins != 0 {
            found(word * 64 + begins.trailing_zeros() as usize);
            begins &= begins - 1;
        }
    }
}

/// Whether a schedule is on in a slot.
pub(super) fn on(schedule: &[u64], slot: usize) -> bool {
    get(schedule, slot)
}

impl Loads {
    /// Nothing on.
    pub(super) fn zero(slots: usize) -> Self {
        Self([(); 4].map(|()| vec![0.0; slots]))
    }

    /// Adds (sign 1) or takes away (−1) a schedule; only rows with a cap are kept.
    pub(super) fn add(&mut self, region: &Region<'_>, unit: &Unit, schedule: &[u64], sign: f64) {
        for ((row, limit), each_use) in self.0.iter_mut().zip(&region.limits).zip(unit.uses) {
            if limit.is_some() && each_use > 0.0 {
                let step = sign * each_use;
                each(schedule).for_each(|s| row[s] += step);
            }
        }
        if region.limits[3].is_some() {
            let row = &mut self.0[3];
            starts_of(unit, schedule, region.slots(), |s| row[s] += sign);
        }
    }

    /// What is above the caps, by kind.
    pub(super) fn over_by_kind(&self, region: &Region<'_>) -> [f64; 4] {
        let over = |row: &[f64], limit: &[f64]| row.iter().zip(limit).map(|(l, c)| (l - c).max(0.0)).sum();
        [0, 1, 2, 3].map(|k| region.limits[k].as_ref().map_or(0.0, |limit| over(&self.0[k], limit)))
    }

    /// What is above the caps.
    pub(super) fn over(&self, region: &Region<'_>) -> f64 {
        self.over_by_kind(region).iter().sum()
    }

    /// Adds to the desk's costs what a process pays for its part of the caps, given the loads of the others:
    /// `share` of the price below a cap and `overage` above it.
    pub(super) fn charge(&self, region: &Region<'_>, unit: &Unit, prices: &Rows, share: f64, desk: &mut Desk) {
        let overage = region.problem.frame.overage;
        let uses = [unit.uses[0], unit.uses[1], unit.uses[2], 1.0];
        for (kind, each_use) in uses.into_iter().enumerate() {
            let Some(limit) = region.limits[kind].as_ref().filter(|_| each_use > 0.0) else { continue };
            let costs = if kind == 3 { &mut desk.start } else { &mut desk.slot };
            for (((cost, load), limit), price) in costs.iter_mut().zip(&self.0[kind]).zip(limit).zip(&prices[kind]) {
                let above = load - limit;
                let over = (above + each_use).max(0.0) - above.max(0.0);
                let price = share * price;
                *cost += price * each_use + (overage - price) * over;
            }
        }
    }

    /// The same with prices that rise with the load, `slope` yuan per cap's worth of load, from the given prices at
    /// the cap itself.
    pub(super) fn charge_smoothly(&self, region: &Region<'_>, unit: &Unit, prices: &Rows, slope: f64, desk: &mut Desk) {
        let overage = region.problem.frame.overage;
        let uses = [unit.uses[0], unit.uses[1], unit.uses[2], 1.0];
        for (kind, each_use) in uses.into_iter().enumerate() {
            let Some(limit) = region.limits[kind].as_ref().filter(|_| each_use > 0.0) else { continue };
            let costs = if kind == 3 { &mut desk.start } else { &mut desk.slot };
            let half = each_use / 2.0;
            for (((cost, load), limit), price) in costs.iter_mut().zip(&self.0[kind]).zip(limit).zip(&prices[kind]) {
                let beyond = (load + half - limit) / limit.max(each_use);
                let rate = if limit.is_finite() { (price + slope * beyond).clamp(0.0, overage) } else { 0.0 };
                *cost += rate * each_use;
            }
        }
    }
}
