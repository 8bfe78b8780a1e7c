//! The values of a table's rows, hour by hour, until all rows are read.
//!
//! In: hours in any order, each with the values of its row. Out: columns without a gap between the first hour and the
//! last. Can't happen: an hour twice; an allocation a row.

use crate::forecast::{Column, Columns, MISSING, Remarks, Variable};
use crate::time::Hour;

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

    /// The row of the grid in which an hour stands for the second time.
    pub(super) fn twice(&self) -> Option<usize> {
        if self.rows.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return None;
        }
        let mut order: Vec<(Hour, usize)> = self.rows.iter().map(|(hour, row, _)| (*hour, *row)).collect();
        order.sort_unstable();
        order.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1)
    }

    pub(super) fn columns(&self) -> Columns {
        let mut columns = Columns::new();
        let Some((first, last)) = self.span() else { return columns };
        let hours = usize::try_from(last - first + 1).unwrap_or(1);
        let mut dense: Vec<Option<Vec<i32>>> = vec![None; Variable::ALL.len()];
        for (number, (hour, _, start)) in self.rows.iter().enumerate() {
            let end = self.rows.get(number + 1).map_or(self.values.len(), |(_, _, next)| *next);
            let Ok(at) = usize::try_from(*hour - first) else { continue };
            for (variable, value) in self.values.get(*start..end).unwrap_or(&[]) {
                let values = dense[*variable as usize].get_or_insert_with(|| vec![MISSING; hours]);
                if let Some(slot) = values.get_mut(at) {
                    *slot = *value;
                }
            }
        }
        for (variable, values) in Variable::ALL.into_iter().zip(dense) {
            columns.extend(values.map(|values| (variable, Column { first, values })));
        }
        Remarks::settle(&mut columns);
        columns
    }
}
