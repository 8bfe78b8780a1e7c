//! Sets of slots as bits.
//!
//! In: slot numbers below the horizon's length. Out: membership, runs, counts. Can't happen: a set that reaches past
//! the horizon it was made for.

use std::ops::Range;

/// A set of the horizon's slots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SlotSet {
    words: Box<[u64]>,
    slots: usize,
}

impl SlotSet {
    /// The empty set of a horizon of `slots`.
    #[must_use]
    pub fn none(slots: usize) -> Self {
        Self { words: vec![0; words(slots)].into(), slots }
    }

    /// All slots of a horizon of `slots`.
    #[must_use]
    pub fn all(slots: usize) -> Self {
        let mut set = Self::none(slots);
        set.insert(0..slots);
        set
    }

    /// The slots that satisfy a condition.
    #[must_use]
    pub fn of(slots: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut set = Self::none(slots);
        (0..slots).filter(|&s| holds(s)).for_each(|s| set.insert(s..s + 1));
        set
    }

    /// Adds a range; what lies past the horizon is left out.
    pub fn insert(&mut self, range: Range<usize>) {
        set(&mut self.words, range.start..range.end.min(self.slots));
    }

    /// Whether a slot is in the set.
    #[must_use]
    pub fn has(&self, slot: usize) -> bool {
        slot < self.slots && get(&self.words, slot)
    }

    /// Length of the horizon, in slots.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.slots
    }

    /// Number of slots in the set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.words.iter().map(|w| w.count_ones()).sum()
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }
}

/// Words that hold the bits of `slots`.
pub(super) fn words(slots: usize) -> usize {
    slots.div_ceil(64)
}

/// Whether bit `slot` is set.
pub(super) fn get(words: &[u64], slot: usize) -> bool {
    words[slot / 64] >> (slot % 64) & 1 == 1
}

/// Sets the bits of a range.
pub(super) fn set(words: &mut [u64], range: Range<usize>) {
    for slot in range {
        words[slot / 64] |= 1 << (slot % 64);
    }
}

/// The slots in a row of bits, in order.
pub(super) fn each(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(i, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros();
                left &= left - 1;
                i * 64 + bit as usize
            })
        })
    })
}

/// Runs of neighbouring slots, half open, in order.
pub(super) fn runs(words: &[u64], slots: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < slots && !get(words, at) {
            at += 1;
        }
        let from = at;
        while at < slots && get(words, at) {
            at += 1;
        }
        (from < at).then_some(from..at)
    })
}
