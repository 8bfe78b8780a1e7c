//! Solving a problem: regions shared out among threads, and what they find put together.
//!
//! In: a problem and a setting. Out: an answer, or the process that can't be scheduled. Can't happen: sums whose order
//! depends on the number of threads.
//!
//! Everything is weighed in one pass, or strictly in order (see [`super::strict`]).

use std::cmp::Reverse;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answer::{Answer, Parts, Price};
use super::draft::Draft;
use super::dual::{self, Bound};
use super::effort::{Effort, Work};
use super::problem::Problem;
use super::random::Random;
use super::region::{Desk, Loads, Region, Rows, starts_of};
use super::search::Search;
use super::slots::{each, set, words};
use super::sweep::Sweep;

/// In which order the aims count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// All weighed together, in yuan.
    #[default]
    Weighted,
    /// Least weighted emission and cap excess; then least cost; then least change.
    Strict,
}

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Threads, at least 1; they change the time only. More than there are regions are of no use.
    pub threads: usize,
    /// How much work to spend.
    pub effort: Effort,
    /// Seed of the search.
    pub seed: u64,
    /// Programmes that the search may run for a process, where fewer than the effort allows.
    pub tries: Option<usize>,
    /// In which order the aims count.
    pub order: Order,
}

impl Default for Setting {
    fn default() -> Self {
        Self { threads: 2, effort: Effort::Fast, seed: 1, tries: None, order: Order::Weighted }
    }
}

/// What is found for one region.
pub(super) struct Found {
    pub(super) prices: Rows,
    pub(super) bound: f64,
    /// Schedules of the region's processes, in the order of its members.
    pub(super) bits: Vec<u64>,
}

/// Solves a problem whose processes can all be scheduled, everything weighed in one pass.
pub(super) fn weighed(problem: &Problem, setting: Setting) -> Answer {
    let regions = regions(problem);
    let found = in_each(&regions, setting.threads, |region, desk| solve_region(region, setting, desk));
    gather(problem, &regions, &found)
}

/// Works on every region, on so many threads; what is found is in the order of the regions.
pub(super) fn in_each<T: Send>(
    regions: &[Region<'_>],
    threads: usize,
    of: impl Fn(&Region<'_>, &mut Desk) -> T + Sync,
) -> Vec<T> {
    let found: Vec<Mutex<Option<T>>> = regions.iter().map(|_| Mutex::new(None)).collect();
    // The largest first, so that no thread is left with it at the end.
    let mut order: Vec<usize> = (0..regions.len()).collect();
    order.sort_by_key(|&n| Reverse(regions[n].members.len()));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut desk = Desk::default();
        while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = of(&regions[number], &mut desk);
            if let Ok(mut place) = found[number].lock() {
                *place = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(regions.len()) {
            scope.spawn(work);
        }
        work();
    });
    found.into_iter().filter_map(|f| f.into_inner().ok().flatten()).collect()
}

/// The problem's regions with their processes.
pub(super) fn regions(problem: &Problem) -> Vec<Region<'_>> {
    let mut members = vec![Vec::new(); problem.frame.regions];
    for (number, unit) in (0u32..).zip(&problem.units) {
        members[unit.region as usize].push(number);
    }
    members.into_iter().enumerate().map(|(number, members)| Region::new(problem, number, members)).collect()
}

pub(super) fn solve_region(region: &Region<'_>, setting: Setting, desk: &mut Desk) -> Found {
    let free = dual::free(region.slots());
    if !region.capped() {
        let draft = Draft::under(region, &free, desk);
        return Found { prices: free, bound: 0.0, bits: draft.bits };
    }
    let frame = &region.problem.frame;
    let (members, all) = (region.members.len(), region.problem.len());
    let work = Work::on(members, all, frame.slots, frame.slots_per_day, setting.effort);
    let bound = price(region, work, setting.seed, desk);
    let plain = region.tariff(&free);
    let mut draft = Draft::under(region, &bound.prices, desk);
    let sweep = Sweep { region, plain: &plain, prices: &bound.prices };
    sweep.settle(&mut draft, work.slopes, work.exact, setting.seed, desk);
    let tries = setting.tries.map_or(work.tries, |each| work.tries.min(each * members));
    if tries > 0 {
        let search = Search::new(region, &plain, &bound, draft, setting.seed, desk);
        draft = search.run(tries, desk);
    }
    Found { prices: bound.prices, bound: bound.value, bits: draft.bits }
}

/// What was found for a region, made cheaper under its problem's costs; never dearer.
pub(super) fn improve(region: &Region<'_>, before: &Found, setting: Setting, desk: &mut Desk) -> Found {
    let prices = before.prices.clone();
    let plain = region.tariff(&dual::free(region.slots()));
    if !region.capped() {
        let bits = Draft::under(region, &prices, desk).bits;
        return Found { prices, bound: 0.0, bits };
    }
    let frame = &region.problem.frame;
    let (members, all) = (region.members.len(), region.problem.len());
    let work = Work::on(members, all, frame.slots, frame.slots_per_day, setting.effort);
    let mut draft = Draft::of(region, before.bits.clone());
    Sweep { region, plain: &plain, prices: &prices }.settle(&mut draft, &[], work.exact, setting.seed, desk);
    let bound = Bound { value: dual::bound(region, &prices, desk).0, prices };
    let tries = setting.tries.map_or(work.tries, |each| work.tries.min(each * members));
    if tries > 0 {
        draft = Search::new(region, &plain, &bound, draft, setting.seed, desk).run(tries, desk);
    }
    Found { prices: bound.prices, bound: bound.value, bits: draft.bits }
}

/// Good prices: in a large region first for a sample of the processes, then for all.
fn price(region: &Region<'_>, work: Work, seed: u64, desk: &mut Desk) -> Bound {
    let mut from = dual::free(region.slots());
    if let Some((size, climb)) = work.sample {
        let mut members = region.members.clone();
        Random::new(seed).shuffle(&mut members);
        members.truncate(size);
        members.sort_unstable();
        let scale = dual::shares(region, &members);
        from = dual::climb(&region.part(members, scale), &from, climb, desk).prices;
    }
    dual::climb(region, &from, work.climb, desk)
}

/// One answer from what is found for each region.
pub(super) fn gather(problem: &Problem, regions: &[Region<'_>], found: &[Found]) -> Answer {
    let width = words(problem.frame.slots);
    let mut bits = vec![0; width * problem.len()];
    let mut over = vec![[0.0; 4]; regions.len()];
    for ((region, found), over) in regions.iter().zip(found).zip(&mut over) {
        let mut loads = Loads::zero(problem.frame.slots);
        for (place, schedule) in found.bits.chunks_exact(width).enumerate() {
            let member = region.members[place] as usize;
            bits[member * width..][..width].copy_from_slice(schedule);
            loads.add(region, region.unit(place), schedule, 1.0);
        }
        *over = loads.over_by_kind(region);
    }
    let caps = &problem.frame.caps;
    let overage: f64 = caps.iter().map(|c| over[c.region][c.limited as usize]).fold(0.0, |sum, o| sum + o);
    let price = |c: &super::frame::Cap| {
        let values = found.get(c.region).map(|f| f.prices[c.limited as usize].clone()).unwrap_or_default();
        Price { limited: c.limited, region: c.region, values }
    };
    let prices = caps.iter().map(price).collect();
    let (parts, free) = parts(problem, regions, &bits, overage);
    let objective = parts.sum();
    // Where no cap binds regions, their cheapest schedules are the bound.
    let capped = regions.iter().any(Region::capped);
    let bound = if capped { free + found.iter().map(|f| f.bound).sum::<f64>() } else { objective };
    Answer::new(problem.frame.slots, bits, objective, bound.min(objective), overage, parts, prices)
}

/// What schedules cost, one a process, whether or not they keep its rules; none where there are more or fewer.
#[must_use]
pub fn cost(problem: &Problem, schedules: &[&Vec<(usize, usize)>]) -> Option<Parts> {
    let (slots, width) = (problem.frame.slots, words(problem.frame.slots));
    if schedules.len() != problem.len() {
        return None;
    }
    let mut bits = vec![0; width * problem.len()];
    for (row, schedule) in bits.chunks_exact_mut(width).zip(schedules) {
        schedule.iter().for_each(|(from, to)| set(row, *from..(*to).min(slots)));
    }
    let regions = regions(problem);
    let over = |region: &Region<'_>| {
        let mut loads = Loads::zero(problem.frame.slots);
        for (place, member) in region.members.iter().enumerate() {
            loads.add(region, region.unit(place), &bits[*member as usize * width..][..width], 1.0);
        }
        loads.over(region)
    };
    let overage = regions.iter().map(over).sum();
    Some(parts(problem, &regions, &bits, overage).0)
}

/// What a plan costs by what it is paid for, and how much of it is in regions without caps.
fn parts(problem: &Problem, regions: &[Region<'_>], bits: &[u64], overage: f64) -> (Parts, f64) {
    let frame = &problem.frame;
    let mut parts = Parts { overage: frame.overage * overage, ..Parts::default() };
    let mut free = 0.0;
    let capped: Vec<bool> = regions.iter().map(Region::capped).collect();
    for (unit, schedule) in problem.units.iter().zip(bits.chunks_exact(words(frame.slots))) {
        let habit = &problem.habits[unit.habit as usize];
        let [voc, nox, power] = unit.uses;
        let (mut ozone, mut energy, mut starts, mut night, mut changed) = (0.0, 0.0, 0.0, 0.0, habit.constant);
        for slot in each(schedule) {
            ozone += voc * unit.reactivity * frame.voc_weight[slot] + nox * frame.nox_weight[slot];
            energy += power * frame.price[slot];
            changed += habit.extra[slot];
            night += if frame.night.as_ref().is_some_and(|n| n.has(slot)) { unit.night_premium } else { 0.0 };
        }
        starts_of(unit, schedule, frame.slots, |_| starts += unit.start_cost);
        ozone *= frame.step_hours * frame.ozone;
        energy *= frame.step_hours;
        night *= frame.step_hours;
        let disruption = frame.step_hours * unit.disruption * changed;
        parts.ozone += ozone;
        parts.energy += energy;
        parts.starts += starts;
        parts.night += night;
        parts.disruption += disruption;
        if !capped[unit.region as usize] {
            free += ozone + energy + starts + night + disruption;
        }
    }
    (parts, free)
}
