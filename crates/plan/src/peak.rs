//! The highest hour of the usual days, above which what is made up makes no hour.
//!
//! In: the processes with their usual hours, hours that were chosen. Out: a limit a slot; by how much chosen hours are above
//! it. Can't happen: a limit beside one that the office has set itself.

use super::case::Case;
use super::given::Given;
use super::horizon::Runs;
use super::schedule::{Figures, Outcome, Plan};
use crate::planning;
use cuofeng_solver::{Answer, Limited};

/// What of a process a cap is on.
pub(super) type Of = fn(&Figures) -> i64;

/// What the highest hour of the usual days caps: what the site file says nothing of for the region.
pub(super) fn usually_capped(given: &Given<'_>) -> impl Iterator<Item = (Limited, Of)> {
    let (voc, nox): (Of, Of) = (|figures: &Figures| figures.voc, |figures: &Figures| figures.nox);
    let own = move |limited: planning::Limited| {
        let mut here =
            given.planning.caps.iter().filter(|cap| cap.region.as_ref().is_none_or(|region| region == given.region));
        here.any(|cap| cap.limited == limited)
    };
    let both = [(Limited::Voc, planning::Limited::Voc, voc), (Limited::Nox, planning::Limited::Nox, nox)];
    both.into_iter().filter(move |(_, limited, _)| !own(*limited)).map(|(limited, _, of)| (limited, of))
}

/// By how much a plan is above the highest hour of the usual days, all its slots together, thousandths.
pub(super) fn over_usual(given: &Given<'_>, plan: &Plan, cases: &[Case], answer: &Answer) -> i64 {
    let mut over = 0;
    for (_, of) in usually_capped(given) {
        let Some(limit) = usual_peak(plan, cases, of) else { continue };
        let mut load = vec![0; plan.horizon.slots()];
        let mut add = |runs: &mut dyn Iterator<Item = (usize, usize)>, figures: &Figures| {
            for slot in runs.flat_map(|(from, to)| from..to) {
                if let Some(load) = load.get_mut(slot) {
                    *load += of(figures);
                }
            }
        };
        let (movers, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.outcome == Outcome::Own);
        for (number, case) in movers.into_iter().enumerate() {
            add(&mut answer.runs(number).map(|run| (run.start, run.end)), &case.row.figures);
        }
        for case in others {
            add(&mut case.row.on.iter().copied(), &case.row.figures);
        }
        let above = load.iter().zip(&limit).filter_map(|(load, limit)| limit.map(|limit| (load - limit).max(0)));
        over += above.sum::<i64>();
    }
    over
}

/// What is made up makes no hour higher than the highest of the usual days: neither of all that are asked, nor of those
/// alone that move. Nothing where those emit nothing.
pub(super) fn usual_peak(plan: &Plan, cases: &[Case], of: Of) -> Option<Vec<Option<i64>>> {
    let load = |runs: fn(&Case) -> &Runs, counts: fn(&Case) -> bool| -> Vec<i64> {
        let mut load = vec![0; plan.horizon.slots()];
        for case in cases.iter().filter(|case| counts(case)) {
            for slot in runs(case).iter().flat_map(|(from, to)| *from..*to) {
                if let Some(load) = load.get_mut(slot) {
                    *load += of(&case.row.figures);
                }
            }
        }
        load
    };
    let highest = |load: &[i64]| load.iter().copied().max().unwrap_or(0);
    let moved = highest(&load(|case| &case.row.usual, Case::moves));
    let all = highest(&load(|case| &case.row.usual, |_| true));
    let beside = load(|case| &case.row.on, |case| !case.moves());
    let limit = |(slot, beside): (usize, &i64)| (slot >= plan.free_from).then(|| all.min(moved + beside));
    (moved > 0).then(|| beside.iter().enumerate().map(limit).collect())
}
