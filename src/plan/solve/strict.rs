//! Strictly in order: first the least weighted emission and cap excess, then the least cost, then the least change.
//!
//! Each stage begins with the former's plan and makes it cheaper under a sum in which the next aim counts so little that
//! all of it together is worth a thousandth ([`TOLERANCE`]) of the former stage's value. Whatever the search does, a
//! stage never ends dearer than it began; so the former's value is kept to that thousandth, and is given up by no more
//! than that for the next aim.
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
    let cost_counts = worth(emission, cost);
    found = stage(&scaled(problem, [1.0, cost_counts, 0.0]), setting, &found);
    let [_, cost, change] = parts(problem, &found).aims();
    let change_counts = cost_counts * worth(cost, change);
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

/// How much a yuan of the next aim counts, so that all of it is worth a thousandth of the present one.
fn worth(value: f64, next: f64) -> f64 {
    if next.abs() > 0.0 { TOLERANCE * value.abs().max(1.0) / next.abs() } else { 0.0 }
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
