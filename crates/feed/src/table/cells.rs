//! The values of a table's rows, hour by hour, until all rows are read.
//!
//! In: hours in any order, each with the values of its row; an hour may have several rows. Out: columns without a gap
//! between the first hour and the last. Can't happen: one of two different values of an hour chosen; an allocation a row.

use cuofeng_air::forecast::{Column, Columns, MISSING, Remarks, Variable};
use cuofeng_base::time::Hour;

/// Values of one region (and, for forecasts, of one issue time).
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Hour, row of the grid, where its values begin.
    rows: Vec<(Hour, usize, usize)>,
    values: Vec<(Variable, i32)>,
}

impl Cells {
    /// Begins a row; its values follow.
    pub(super) fn begin(&mut self, hour: Hour, row: usize) {
        self.rows.push((hour, row, self.values.len()));
    }

    pub(super) fn push(&mut self, variable: Variable, value: i32) {
        self.values.push((variable, value));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.values.clear();
    }

    /// First and last hour.
    pub(super) fn span(&self) -> Option<(Hour, Hour)> {
        let hours = || self.rows.iter().map(|(hour, ..)| *hour);
        Some((hours().min()?, hours().max()?))
    }

    /// The columns; and what an hour has two different values of, with the row of the second: it has none of them.
    pub(super) fn columns(&self) -> (Columns, Vec<(usize, Variable)>) {
        let mut columns = Columns::new();
        let mut clashes: Vec<(usize, usize, Variable)> = Vec::new();
        let Some((first, last)) = self.span() else { return (columns, Vec::new()) };
        let hours = usize::try_from(last - first + 1).unwrap_or(1);
        let mut dense: Vec<Option<Vec<i32>>> = vec![None; Variable::ALL.len()];
        for (number, (hour, row, start)) in self.rows.iter().enumerate() {
            let end = self.rows.get(number + 1).map_or(self.values.len(), |(_, _, next)| *next);
            let Ok(at) = usize::try_from(*hour - first) else { continue };
            for (variable, value) in self.values.get(*start..end).unwrap_or(&[]) {
                let values = dense[*variable as usize].get_or_insert_with(|| vec![MISSING; hours]);
                let Some(slot) = values.get_mut(at) else { continue };
                if *slot == MISSING {
                    *slot = *value;
                } else if *slot != *value {
                    clashes.push((at, *row, *variable));
                }
            }
        }
        for (at, _, variable) in &clashes {
            if let Some(slot) = dense[*variable as usize].as_mut().and_then(|values| values.get_mut(*at)) {
                *slot = MISSING;
            }
        }
        for (variable, values) in Variable::ALL.into_iter().zip(dense) {
            columns.extend(values.map(|values| (variable, Column { first, values })));
        }
        Remarks::settle(&mut columns);
        (columns, clashes.into_iter().map(|(_, row, variable)| (row, variable)).collect())
    }
}
