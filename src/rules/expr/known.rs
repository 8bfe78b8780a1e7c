//! Indexes of days that were worked out before.
//!
//! In: a series that later ones agree with. Out: the index of a day all of whose hours are there. Can't happen: the index
//! of a day with a gap, which may count otherwise once its hours are over.

use std::sync::OnceLock;

use chrono::NaiveDate;

use crate::aqi::{Index, Standards};
use crate::forecast::{Series, Variable};
use crate::time::{Hour, Zone};

/// Indexes of the days of a series without daily forecasts, each worked out when first asked for.
#[derive(Debug)]
pub struct KnownDays<'a> {
    series: &'a Series,
    zone: &'a Zone,
    standards: &'a Standards,
    first: NaiveDate,
    indexes: Vec<OnceLock<Option<Index>>>,
}

impl<'a> KnownDays<'a> {
    /// None yet.
    #[must_use]
    pub fn of(series: &'a Series, zone: &'a Zone, standards: &'a Standards) -> Self {
        let days = series.hours / 24 + 2;
        let indexes = std::iter::repeat_with(OnceLock::new).take(days).collect();
        Self { series, zone, standards, first: zone.day_of(series.first), indexes }
    }

    /// The index of a day whose hours, and those that its eight-hour means reach into, lie in `[from, until)`; nothing
    /// where one of them is missing.
    pub(super) fn index(&self, day: NaiveDate, from: Hour, until: Hour) -> Option<&Index> {
        let place = usize::try_from((day - self.first).num_days()).ok()?;
        let (first, end) = self.reach(day)?;
        let slot = self.indexes.get(place).filter(|_| from <= first && end <= until)?;
        slot.get_or_init(|| {
            let whole = |variable: &Variable| !self.series.has_gap(*variable, first, end);
            let index = || self.series.daily_index(day, self.zone, self.standards);
            Variable::AIR.iter().all(whole).then(index).flatten()
        })
        .as_ref()
    }

    /// The hours that a day's index looks at.
    fn reach(&self, day: NaiveDate) -> Option<(Hour, Hour)> {
        let midnight = self.zone.first_hour(day);
        let [first, last] = self.standards.on(day)?.validity.o3_8h_starts;
        Some((midnight + first.min(0), midnight + (last + 8).max(24)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{laid, midnight, standards, zone};
    use super::super::{Context, eval, parse};
    use super::*;
    use crate::forecast::MISSING;

    proptest! {
        /// Conditions on any part of a series of twelve days, with gaps, come out as without what is known.
        #[test]
        fn a_known_day_changes_no_answer(
            hours in prop::collection::vec(prop::option::weighted(0.99, 5_000_i32..260_000), 12 * 24),
            first in 0_i64..200, count in 1_usize..200, month in 1_u32..12, from_midnight in any::<bool>(),
        ) {
            let (zone, standards, start) = (zone(), standards(), midnight(month, 3));
            let column = |shift: i32| hours.iter().map(|v| v.map_or(MISSING, |v| v / shift)).collect::<Vec<_>>();
            let air = Variable::AIR.into_iter().zip([1, 1, 20, 2, 100, 1]);
            let whole = laid(start, hours.len(), air.map(|(variable, shift)| (variable, column(shift))));
            let known = KnownDays::of(&whole, &zone, &standards);
            let part = whole.part(start + if from_midnight { first / 24 * 24 } else { first }, count);
            for condition in ["aqi > 150", "aqi > 100 for 2 days", "primary = o3 or not primary = pm25"] {
                let expr = parse(condition).expect("a condition");
                let plain = eval(&expr, &Context::new(&part, &zone, &standards));
                let end = part.first + i64::try_from(count).expect("few");
                let quick = eval(&expr, &Context::new(&part, &zone, &standards).with_known(&known, end));
                prop_assert_eq!(plain, quick, "{}", condition);
            }
        }
    }
}
