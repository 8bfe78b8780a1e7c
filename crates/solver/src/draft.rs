//! A plan of one region while it is being built: schedules, their loads on the caps, and what it all costs.
//!
//! In: a region and a way to choose schedules. Out: a draft that always holds a whole plan. Can't happen: a process
//! without a schedule, once the draft is filled; loads that drift from the schedules by more than rounding.

use super::region::{Desk, Loads, Region, Rows};
use super::slots::words;

/// A region's schedules and loads.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Schedules of the region's processes, `width` words each.
    pub(super) bits: Vec<u64>,
    pub(super) width: usize,
    pub(super) loads: Loads,
}

impl Draft {
    /// The cheapest schedules under prices.
    pub(super) fn under(region: &Region<'_>, prices: &Rows, desk: &mut Desk) -> Self {
        let tariff = region.tariff(prices);
        let width = words(region.slots());
        let mut bits = vec![0; width * region.members.len()];
        let mut loads = Loads::zero(region.slots());
        for (place, schedule) in bits.chunks_exact_mut(width).enumerate() {
            let unit = region.unit(place);
            region.price(unit, &tariff, desk);
            desk.best(&region.task(unit), Some(schedule));
            loads.add(region, unit, schedule, 1.0);
        }
        Self { bits, width, loads }
    }

    /// Schedules that are there already.
    pub(super) fn of(region: &Region<'_>, bits: Vec<u64>) -> Self {
        let mut draft = Self { bits, width: words(region.slots()), loads: Loads::zero(region.slots()) };
        draft.resum(region);
        draft
    }

    /// Schedule of the process at a place.
    pub(super) fn schedule(&self, place: usize) -> &[u64] {
        &self.bits[place * self.width..][..self.width]
    }

    /// Takes a process's schedule off the loads.
    pub(super) fn lift(&mut self, region: &Region<'_>, place: usize) {
        let Self { bits, width, loads } = self;
        loads.add(region, region.unit(place), &bits[place * *width..][..*width], -1.0);
    }

    /// Gives a process, lifted before, another schedule.
    pub(super) fn lay(&mut self, region: &Region<'_>, place: usize, schedule: &[u64]) {
        self.bits[place * self.width..][..self.width].copy_from_slice(schedule);
        self.loads.add(region, region.unit(place), schedule, 1.0);
    }

    /// Gives a process, lifted before, the schedule it had.
    pub(super) fn lay_back(&mut self, region: &Region<'_>, place: usize) {
        let Self { bits, width, loads } = self;
        loads.add(region, region.unit(place), &bits[place * *width..][..*width], 1.0);
    }

    /// Sums the loads anew, so that rounding doesn't add up.
    pub(super) fn resum(&mut self, region: &Region<'_>) {
        self.loads = Loads::zero(region.slots());
        for (place, schedule) in self.bits.chunks_exact(self.width).enumerate() {
            self.loads.add(region, region.unit(place), schedule, 1.0);
        }
    }
}
