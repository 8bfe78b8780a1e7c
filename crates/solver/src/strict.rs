//! Strictly in order: first the least weighted emission and cap excess, then the least cost, then the least change.
//!
//! Each stage begins with the former's plan and makes it cheaper under a sum in which the next aim counts so little that
//! all that can still be saved in it is worth a thousandth ([`TOLERANCE`]) of the former stage's value. Whatever the
//! search does, a stage never ends dearer than it began; so the former's value is kept to that thousandth.
//!
//! In: a problem and a setting. Out: an answer whose objective and bound are those of the weighted sum, as everywhere,
//! with what emission and excess come to at least beside them. Can't happen: a plan that emits more than a thousandth
//! above the first stage's, however much cheaper it is.

use super::answer::{Answer, Parts};
use super::dual;
use super::problem::Problem;
use super::work::{Found, Setting, gather, improve, in_each, regions, solve_region};

/// The part of a stage's value (at least of one yuan) that all that follows it together may be worth.
pub(super) const TOLERANCE: f64 = 0.001;

/// Solves a problem whose processes can all be scheduled.
pub(super) fn solve(problem: &Problem, setting: Setting) -> Answer {
    let first = scaled(problem, [1.0, 0.0, 0.0]);
    let mut found = in_each(&regions(&first), setting.threads, |region, desk| solve_region(region, setting, desk));
    let least = gather(&first, &regions(&first), &found).bound;
    let [emission, cost, _] = parts(problem, &found).aims();
    let spare = TOLERANCE * emission.abs().max(1.0);
    let cost_counts = counts(spare, cost - least_of(problem, [0.0, 1.0, 0.0], setting));
    found = stage(&scaled(problem, [1.0, cost_counts, 0.0]), setting, &found);
    let [_, cost, change] = parts(problem, &found).aims();
    // Nor may all changes together be worth more emission than a thousandth of what cost was.
    let spare = TOLERANCE * spare.min(cost_counts * cost.abs().max(1.0));
    let change_counts = counts(spare, change - least_of(problem, [0.0, 0.0, 1.0], setting)).min(cost_counts);
    found = stage(&scaled(problem, [1.0, cost_counts, change_counts]), setting, &found);
    let regions = regions(problem);
    let mut answer = gather(problem, &regions, &found);
    let bounds =
        in_each(&regions, setting.threads, |region, desk| dual::bound(region, &found[region.number].prices, desk).0);
    answer.bound = bounds.iter().sum::<f64>().min(answer.objective);
    answer.least_emission = Some(least);
    answer
}

/// One more stage: what was found before, made cheaper.
fn stage(problem: &Problem, setting: Setting, before: &[Found]) -> Vec<Found> {
    in_each(&regions(problem), setting.threads, |region, desk| improve(region, &before[region.number], setting, desk))
}

/// How much a yuan of an aim counts, so that all that can be saved in it is worth what is spare; never more than a yuan.
fn counts(spare: f64, saving: f64) -> f64 {
    if saving > spare { spare / saving } else { 1.0 }
}

/// What an aim comes to at least, each process for itself.
fn least_of(problem: &Problem, counts: [f64; 3], setting: Setting) -> f64 {
    let alone = scaled(problem, counts);
    let free = dual::free(problem.frame.slots);
    in_each(&regions(&alone), setting.threads, |region, desk| dual::bound(region, &free, desk).0).iter().sum()
}

fn parts(problem: &Problem, found: &[Found]) -> Parts {
    gather(problem, &regions(problem), found).parts
}

/// The problem with emission and excess, cost, and change counting so many times.
pub(super) fn scaled(problem: &Problem, [emission, cost, change]: [f64; 3]) -> Problem {
    let mut scaled = problem.clone();
    scaled.frame.ozone *= emission;
    scaled.frame.overage *= emission;
    scaled.frame.price.iter_mut().for_each(|price| *price *= cost);
    for unit in &mut scaled.units {
        unit.start_cost *= cost;
        unit.night_premium *= cost;
        unit.disruption *= change;
    }
    scaled
}
