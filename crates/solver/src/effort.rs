//! How much work a problem of a given size gets.
//!
//! In: counts of processes and slots, and whether seconds or half a minute are to be spent. Out: numbers of passes,
//! sweeps and tries. Can't happen: a number that depends on the clock or the machine, so that answers don't either.

use super::dual::Climb;

/// How much work to spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// A few seconds.
    #[default]
    Fast,
    /// About ten times as long.
    Best,
}

/// The work on one region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// First a climb for a sample of so many processes, if the region has many.
    pub(super) sample: Option<(usize, Climb)>,
    /// The climb for all of them.
    pub(super) climb: Climb,
    /// How steeply prices rise from sweep to sweep.
    pub(super) slopes: &'static [f64],
    /// Sweeps at exact prices after that, at most.
    pub(super) exact: usize,
    /// Programmes to run in the search.
    pub(super) tries: usize,
}

/// Regions with more processes than this are priced by a sample first.
const MANY: usize = 4_000;

impl Work {
    /// The work on a region with `members` of the problem's `processes`, over `slots` of which `day` make a day.
    pub(super) fn on(members: usize, processes: usize, slots: usize, day: usize, effort: Effort) -> Self {
        let best = effort == Effort::Best;
        let few = members <= 200;
        let many = members > 20_000;
        let passes = match (best, members) {
            (false, ..=200) => 300,
            (false, ..=MANY) => 200,
            (false, ..=20_000) => 8,
            (false, _) => 3,
            (true, ..=200) => 1000,
            (true, ..=MANY) => 500,
            (true, ..=20_000) => 40,
            (true, _) => 12,
        };
        let (sample, steps) = if members > MANY {
            let size = 2_000;
            (Some((size, Climb { passes: 100, steps: (0.2, 0.002) })), (0.003, 0.0005))
        } else {
            (None, (0.2, 0.001))
        };
        let slopes: &[f64] = if many && !best { &[100.0, 1e3, 1e4] } else { &[100.0, 300.0, 1e3, 3e3, 1e4] };
        let exact = if many { 1 } else { 6 };
        let tries = if members == 0 { 0 } else { tries(members, processes, slots, day, best) };
        Self { sample, climb: Climb { passes, steps }, slopes, exact: if few { 10 } else { exact }, tries }
    }
}

/// This region's share of the programmes that the search may run, fewer if a programme takes longer.
fn tries(members: usize, processes: usize, slots: usize, day: usize, best: bool) -> usize {
    let (all, most): (usize, usize) = match (best, processes) {
        (false, ..=150) => (1_600_000, 20_000),
        (false, ..=1_000) => (600_000, 20_000),
        (false, ..=5_000) => (200_000, 20_000),
        (true, ..=50_000) => (8_000_000, 100_000),
        _ => (0, 0),
    };
    // More than `most` for a process find little new. A programme takes time with the slots and with those run a day.
    let costly = (slots * day).div_ceil(72 * 24).max(1);
    members * (all / processes.max(1)).min(most) / costly
}
