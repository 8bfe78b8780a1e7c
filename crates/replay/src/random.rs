//! Random numbers that are the same on every machine.
//!
//! In: a seed and what a number is for. Out: standard normal numbers. Can't happen: a number that depends on which
//! numbers were asked for before another seed's.

use std::f64::consts::TAU;

/// `SplitMix64` (Steele, Lea and Flood 2014).
pub(super) struct Random(u64);

impl Random {
    /// A sequence of its own for a seed and what it is for.
    pub(super) fn of(seed: u64, purpose: impl IntoIterator<Item = u64>) -> Self {
        let step = |state, part: u64| mix(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self(purpose.into_iter().fold(seed, step))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap_or(0);
        (f64::from(bits) + 1.0) / 4_294_967_296.0
    }

    /// Standard normal, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (TAU * b).cos()
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
