//! Numbers that look random and are the same on every machine and any number of threads.
//!
//! In: a seed. Out: xoshiro256++ numbers. Can't happen: a number that depends on time, address or thread.

/// A seeded generator.
#[derive(Debug, Clone)]
pub(super) struct Random([u64; 4]);

impl Random {
    /// A generator for a seed; every seed is good, zero too.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let a = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            b ^ (b >> 31)
        };
        Self([next(), next(), next(), next()])
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// A whole number below `end`, which is at least 1.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.bits()) * u128::try_from(end).unwrap_or(u128::MAX);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number in 0..1.
    pub(super) fn unit(&mut self) -> f64 {
        let top = u32::try_from(self.bits() >> 32).unwrap_or(0);
        f64::from(top) / 4_294_967_296.0
    }

    /// Puts `items` in a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
