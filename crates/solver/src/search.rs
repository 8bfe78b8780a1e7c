//! Search: a few processes at a time are taken out of a plan and put back, cheapest first or not.
//!
//! In: a draft, prices, a number of tries. Out: the cheapest draft seen. A dearer plan is accepted now and then, ever
//! more rarely, so that the search leaves dead ends. Can't happen: a result dearer than the draft it began with.

use super::draft::Draft;
use super::dual::{Bound, ratio};
use super::problem::Unit;
use super::random::Random;
use super::region::{Desk, Region, Tariff, on, starts_of};
use super::slots::each;

/// Most processes taken out at once.
const MOST: usize = 4;
/// What is left of the heat at the end.
const COOL: f64 = 1.0 / 7.0;

/// A search in one region.
#[derive(Debug)]
pub(super) struct Search<'a> {
    region: &'a Region<'a>,
    bound: &'a Bound,
    /// Plain costs of every process, per slot.
    plain: Vec<f64>,
    draft: Draft,
    /// Plain cost of every process's schedule.
    own: Vec<f64>,
    random: Random,
    picked: Vec<usize>,
    kept: Vec<u64>,
    fresh: Vec<u64>,
}

impl<'a> Search<'a> {
    /// A search that begins with a draft.
    pub(super) fn new(
        region: &'a Region<'a>,
        tariff: &Tariff,
        bound: &'a Bound,
        draft: Draft,
        seed: u64,
        desk: &mut Desk,
    ) -> Self {
        let mut plain = Vec::with_capacity(region.members.len() * region.slots());
        let mut own = Vec::with_capacity(region.members.len());
        for place in 0..region.members.len() {
            let unit = region.unit(place);
            region.price(unit, tariff, desk);
            plain.extend_from_slice(&desk.slot);
            own.push(region.cost(unit, draft.schedule(place), desk));
        }
        let fresh = vec![0; draft.width];
        Self {
            region,
            bound,
            plain,
            draft,
            own,
            random: Random::new(seed),
            picked: Vec::new(),
            kept: Vec::new(),
            fresh,
        }
    }

    /// Runs so many programmes, and returns the cheapest draft.
    pub(super) fn run(mut self, tries: usize, desk: &mut Desk) -> Draft {
        let overage = self.region.problem.frame.overage;
        let first = self.heat();
        let mut over = overage * self.draft.loads.over(self.region);
        let (mut now, mut lead) = (0.0, 0.0);
        let mut best = self.draft.bits.clone();
        let mut olds = Vec::new();
        let mut used = 0;
        while used < tries && !self.own.is_empty() {
            let heat = first * COOL.powf(ratio(used, tries));
            self.pick();
            used += self.picked.len().max(1);
            olds.clear();
            olds.extend(self.picked.iter().map(|&p| self.own[p]));
            self.take_out();
            self.put_back(heat, desk);
            let over_after = overage * self.draft.loads.over(self.region);
            let after: f64 = self.picked.iter().map(|&p| self.own[p]).sum();
            let worse = (after + over_after) - (olds.iter().sum::<f64>() + over);
            if worse <= 0.0 || worse < -heat * self.random.unit().max(1e-12).ln() {
                now += worse;
                over = over_after;
                if now < lead - 1e-7 {
                    lead = now;
                    best.copy_from_slice(&self.draft.bits);
                }
            } else {
                self.undo(&olds);
            }
        }
        self.draft.bits = best;
        self.draft.resum(self.region);
        self.draft
    }

    /// Yuan by which a plan may typically worsen at first: about what each process may still save by the bound.
    fn heat(&self) -> f64 {
        let region = self.region;
        let constants: f64 = (0..self.own.len()).map(|place| region.constant(region.unit(place))).sum();
        let over = region.problem.frame.overage * self.draft.loads.over(region);
        let left = self.own.iter().sum::<f64>() + constants + over - self.bound.value;
        (0.7 * left / ratio(self.own.len().max(1), 1)).max(1e-6)
    }

    /// Chooses processes that bear on one another: on in a slot where a cap binds.
    fn pick(&mut self) {
        self.picked.clear();
        let count = (1 + self.random.below(MOST)).min(self.own.len());
        let slot = self.tense();
        for _ in 0..count * 8 {
            let place = self.random.below(self.own.len());
            let near = slot.is_none_or(|s| self.picked.len() % 2 == 1 || on(self.draft.schedule(place), s));
            if near && !self.picked.contains(&place) {
                self.picked.push(place);
                if self.picked.len() == count {
                    break;
                }
            }
        }
    }

    /// A random slot, one in which a cap binds or is exceeded if chance finds one.
    fn tense(&mut self) -> Option<usize> {
        for _ in 0..6 {
            let (kind, slot) = (self.random.below(4), self.random.below(self.region.slots()));
            let Some(limit) = &self.region.limits[kind] else { continue };
            if self.draft.loads.0[kind][slot] > limit[slot] || self.bound.prices[kind][slot] > 0.0 {
                return Some(slot);
            }
        }
        None
    }

    fn take_out(&mut self) {
        self.kept.clear();
        for n in 0..self.picked.len() {
            let place = self.picked[n];
            self.kept.extend_from_slice(self.draft.schedule(place));
            self.draft.lift(self.region, place);
        }
    }

    fn put_back(&mut self, heat: f64, desk: &mut Desk) {
        let slots = self.region.slots();
        let share = if self.random.below(2) == 0 { 0.0 } else { self.random.unit() };
        for n in 0..self.picked.len() {
            let place = self.picked[n];
            let unit = self.region.unit(place);
            let plain = &self.plain[place * slots..][..slots];
            desk.slot.clear();
            desk.slot.extend_from_slice(plain);
            desk.start.clear();
            desk.start.resize(slots, unit.start_cost);
            let last = n + 1 == self.picked.len();
            let share = if last { 0.0 } else { share };
            self.draft.loads.charge(self.region, unit, &self.bound.prices, share, desk);
            if !last || n == 0 {
                for cost in &mut desk.slot {
                    *cost += heat * self.random.unit();
                }
            }
            self.fresh.fill(0);
            desk.best(&self.region.task(unit), Some(&mut self.fresh));
            self.own[place] = own(unit, plain, &self.fresh, slots);
            self.draft.lay(self.region, place, &self.fresh);
        }
    }

    fn undo(&mut self, olds: &[f64]) {
        let width = self.draft.width;
        for (n, &place) in self.picked.iter().enumerate() {
            self.draft.lift(self.region, place);
            self.own[place] = olds[n];
        }
        for (n, &place) in self.picked.iter().enumerate() {
            self.draft.lay(self.region, place, &self.kept[n * width..][..width]);
        }
    }
}

fn own(unit: &Unit, plain: &[f64], schedule: &[u64], slots: usize) -> f64 {
    let mut starts = 0.0;
    starts_of(unit, schedule, slots, |_| starts += unit.start_cost);
    each(schedule).map(|s| plain[s]).sum::<f64>() + starts
}
