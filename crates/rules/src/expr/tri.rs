//! Answers of which some are not known, and their runs.

use std::ops::Not;

/// An answer. Ordered so that `and` is the minimum and `or` the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tri {
    /// Known not to hold.
    False,
    /// A value that would decide is missing.
    Unknown,
    /// Known to hold.
    True,
}

impl Not for Tri {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Tri {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// The first place from `at` on where `holds` ends.
pub(super) fn run_end(column: &[Tri], at: usize, holds: impl Fn(Tri) -> bool) -> usize {
    column[at..].iter().position(|answer| !holds(*answer)).map_or(column.len(), |length| at + length)
}
