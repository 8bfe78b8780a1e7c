//! What feeds bring: forecast runs and observations, as columns of hourly values.
//!
//! In: values in thousandths. Out: the same, by variable and hour. Can't happen: an hour without its place.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Outlook, Variable};
use cuofeng_base::time::{Hour, Zone};

/// Most gaps that a message names.
const GAPS: usize = 8;

/// The mark of a missing value in a column of thousandths.
pub const MISSING: i32 = i32::MIN;

/// Hourly values from `first` on, in thousandths, [`MISSING`] where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Hour of the first value.
    pub first: Hour,
    /// One value an hour.
    pub values: Vec<i32>,
}

impl Column {
    /// The value of an hour.
    #[must_use]
    pub fn get(&self, hour: Hour) -> Option<i32> {
        let index = usize::try_from(hour - self.first).ok()?;
        self.values.get(index).copied().filter(|v| *v != MISSING)
    }

    /// The hour after the last value.
    #[must_use]
    pub fn end(&self) -> Hour {
        self.first + i64::try_from(self.values.len()).unwrap_or(0)
    }

    /// Adds the values of another column.
    ///
    /// # Errors
    /// The first hour of which both have a value; the column may hold a part of the other then.
    pub fn join(&mut self, other: &Self) -> Result<(), Hour> {
        let missing = |hours: i64| std::iter::repeat_n(MISSING, usize::try_from(hours).unwrap_or(0));
        if other.first < self.first {
            let before = missing(self.first - other.first);
            self.values.splice(..0, before);
            self.first = other.first;
        }
        self.values.extend(missing(other.end() - self.end()));
        let at = usize::try_from(other.first - self.first).unwrap_or(0);
        for ((slot, value), hour) in self.values.iter_mut().skip(at).zip(&other.values).zip(other.first.0..) {
            match (*slot == MISSING, *value == MISSING) {
                (true, _) => *slot = *value,
                (false, true) => {}
                (false, false) => return Err(Hour(hour)),
            }
        }
        Ok(())
    }
}

/// Hourly values by variable.
pub type Columns = BTreeMap<Variable, Column>;

/// One forecast run for one region, as a feed gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Name of the feed in the site file.
    pub feed: String,
    /// Region identifier.
    pub region: String,
    /// When the forecast was made.
    pub issued_at: DateTime<Utc>,
    /// Hourly values by variable.
    pub columns: Columns,
    /// What it says of whole days, where its publisher says so; by day.
    pub days: Vec<Outlook>,
    /// Fetched later from an archive that keeps no issue times: `issued_at` is the day's midnight.
    pub archive: bool,
}

impl Run {
    /// How many hourly values are missing between the first and the last hour, over all variables.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.columns.values().flat_map(|c| &c.values).filter(|v| **v == MISSING).count()
    }

    /// Stretches of hours of which any of its variables is missing, in order.
    #[must_use]
    pub fn gaps(&self) -> Vec<(Hour, Hour)> {
        let Some((first, end)) = self.span() else { return Vec::new() };
        let lacks = |hour: Hour| self.columns.values().any(|column| column.get(hour).is_none());
        let mut gaps: Vec<(Hour, Hour)> = Vec::new();
        for hour in (0..end - first).map(|offset| first + offset).filter(|hour| lacks(*hour)) {
            match gaps.last_mut() {
                Some((_, end)) if *end == hour => *end = hour + 1,
                _ => gaps.push((hour, hour + 1)),
            }
        }
        gaps
    }

    /// The same in figures, with the region: `town 11-30 01:00—03:00`; nothing where nothing is missing.
    #[must_use]
    pub fn gap_words(&self, zone: &Zone) -> Option<String> {
        let gaps = self.gaps();
        let word = |(first, end): &(Hour, Hour)| {
            let (first, end) = (zone.local(first.start()), zone.local(end.start()));
            format!("{}—{}", first.format("%m-%d %H:%M"), end.format("%H:%M"))
        };
        let shown: Vec<String> = gaps.iter().take(GAPS).map(word).collect();
        let more = if gaps.len() > GAPS { "…" } else { "" };
        (!gaps.is_empty()).then(|| format!("{} {}{more}", self.region, shown.join(", ")))
    }

    /// Whether it says anything of the air: an hour of a concentration or of the index, or a day.
    #[must_use]
    pub fn tells_air(&self) -> bool {
        let air = |variable: &Variable| Variable::AIR.contains(variable) || *variable == Variable::AqiHour;
        let says = |column: &Column| column.values.iter().any(|v| *v != MISSING);
        !self.days.is_empty() || self.columns.iter().any(|(variable, column)| air(variable) && says(column))
    }

    /// How many hours have any value.
    #[must_use]
    pub fn hours(&self) -> usize {
        let Some((first, end)) = self.span() else { return 0 };
        let says = |hour: &Hour| self.columns.values().any(|column| column.get(*hour).is_some());
        (0..end - first).map(|offset| first + offset).filter(says).count()
    }

    /// First hour and the hour after the last one that has any value.
    #[must_use]
    pub fn span(&self) -> Option<(Hour, Hour)> {
        let first = self.columns.values().map(|c| c.first).min()?;
        let end = self.columns.values().map(|c| c.first + i64::try_from(c.values.len()).unwrap_or(0)).max()?;
        Some((first, end))
    }
}

/// Measured hourly values of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observations {
    /// Name of the feed in the site file.
    pub feed: String,
    /// Region identifier.
    pub region: String,
    /// Hourly values by variable.
    pub columns: Columns,
}
