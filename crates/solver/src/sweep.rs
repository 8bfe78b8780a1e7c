//! Sweeps: each process in turn takes its cheapest schedule, given what all the others do.
//!
//! In: a draft and prices. Out: the draft, cheaper. Prices first rise gently with the load, so that the processes
//! that lose least move first, and then ever more steeply, until what a process pays is exactly what its part above
//! the caps costs. Can't happen: an exact sweep that makes the plan dearer.

use super::draft::Draft;
use super::random::Random;
use super::region::{Desk, Region, Rows, Tariff};

/// How prices rise at the caps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rise {
    /// By so many yuan per cap's worth of load.
    Smooth(f64),
    /// At once, from nothing below the cap to the overage above it.
    Sharp,
}

/// What a sweep needs beside the draft.
#[derive(Debug)]
pub(super) struct Sweep<'a> {
    pub(super) region: &'a Region<'a>,
    /// The tariff without prices on the caps.
    pub(super) plain: &'a Tariff,
    pub(super) prices: &'a Rows,
}

impl Sweep<'_> {
    /// Every process of `places` once, in that order. Returns how many changed.
    pub(super) fn over(&self, draft: &mut Draft, places: &[u32], rise: Rise, desk: &mut Desk) -> usize {
        let mut fresh = vec![0u64; draft.width];
        let mut changed = 0;
        for &place in places {
            changed += usize::from(self.one(draft, place as usize, rise, desk, &mut fresh));
        }
        changed
    }

    /// One process. Returns whether it changed.
    fn one(&self, draft: &mut Draft, place: usize, rise: Rise, desk: &mut Desk, fresh: &mut [u64]) -> bool {
        let unit = self.region.unit(place);
        draft.lift(self.region, place);
        self.region.price(unit, self.plain, desk);
        match rise {
            Rise::Smooth(slope) => draft.loads.charge_smoothly(self.region, unit, self.prices, slope, desk),
            Rise::Sharp => draft.loads.charge(self.region, unit, self.prices, 0.0, desk),
        }
        fresh.fill(0);
        let best = desk.best(&self.region.task(unit), Some(fresh));
        let now = self.region.cost(unit, draft.schedule(place), desk);
        // Keep what is as cheap: a change must pay for more than rounding.
        let better = best < now - 1e-9 * now.abs().max(1.0);
        if better {
            draft.lay(self.region, place, fresh);
        } else {
            draft.lay_back(self.region, place);
        }
        better
    }

    /// One sweep for each slope, then sweeps at exact prices until nothing changes, at most `exact`.
    pub(super) fn settle(&self, draft: &mut Draft, slopes: &[f64], exact: usize, seed: u64, desk: &mut Desk) {
        let mut random = Random::new(seed);
        let mut order: Vec<u32> = (0u32..).take(self.region.members.len()).collect();
        for &slope in slopes {
            random.shuffle(&mut order);
            self.over(draft, &order, Rise::Smooth(slope), desk);
        }
        draft.resum(self.region);
        for _ in 0..exact {
            random.shuffle(&mut order);
            if self.over(draft, &order, Rise::Sharp, desk) == 0 {
                break;
            }
        }
        draft.resum(self.region);
    }
}
