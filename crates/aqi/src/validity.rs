//! When a mean or a maximum counts, by the standard's rules on missing data.
//!
//! In: the `[validity]` section of a standard. Out: counts that callers compare with. Can't happen: a count that is
//! implied by code alone; [`Validity::GB_3095`] serves only days that no standard governs.

use serde::Deserialize;

/// When a mean counts (in China GB 3095, data validity, and HJ 663).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Hourly values that a daily mean or a daily largest hour needs.
    pub day_hours: usize,
    /// Hourly values that an eight-hour mean needs.
    pub o3_8h_hours: usize,
    /// Eight-hour means that a daily maximum needs, unless it is above `o3_8h_limit`.
    pub o3_8h_windows: usize,
    /// µg/m³ above which a daily maximum counts however few means it has.
    pub o3_8h_limit: i64,
    /// First and last clock hour at which an eight-hour window of the day begins; below 0 it begins the day before.
    pub o3_8h_starts: [i64; 2],
}

impl Validity {
    /// GB 3095-2012 and GB 3095-2026, table 4, with the count of windows of HJ 663.
    pub const GB_3095: Self =
        Self { day_hours: 20, o3_8h_hours: 6, o3_8h_windows: 14, o3_8h_limit: 160, o3_8h_starts: [0, 16] };

    /// Whether the counts fit in a day and the windows rise.
    pub(super) fn fits(&self) -> bool {
        let [first, last] = self.o3_8h_starts;
        let windows = usize::try_from(last - first + 1).unwrap_or(0);
        (1..=24).contains(&self.day_hours)
            && (1..=8).contains(&self.o3_8h_hours)
            && (-7..=23).contains(&first)
            && (first..=23).contains(&last)
            && (1..=windows).contains(&self.o3_8h_windows)
    }
}
