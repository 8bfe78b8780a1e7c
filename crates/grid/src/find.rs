//! Where the table stands in a sheet, and which of its rows are data.
//!
//! In: all rows of a sheet, and which headings a reader knows. Out: the header (the first row that names most of the
//! known columns), the rows below it, and what was passed over. Can't happen: a row passed over without a word; a row of
//! data that has another length because of blank cells at its end.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::clean::{heading, trimmed};
use super::kind::{self, Kind, unit_of};
use super::{Grid, Row};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;

/// Rows among which the header is looked for.
pub(super) const LOOK: usize = 40;

/// Most rows that a message names one by one.
const NAMED: usize = 12;

/// Whether a heading, as [`heading`] gives it, names a column that the reader knows.
pub type Known<'a> = &'a dyn Fn(&str) -> bool;

/// How many different columns a row names.
pub(super) fn score<'c>(cells: impl Iterator<Item = &'c str>, known: Known<'_>) -> usize {
    let mut named = BTreeSet::new();
    for cell in cells.filter(|cell| cell.len() <= 120) {
        let head = heading(cell);
        if !head.is_empty() && (known(&head) || known(unit_of(&head).0)) {
            named.insert(head);
        }
    }
    named.len()
}

impl Grid {
    /// Takes the header out of the first rows, and the rows that are no data out of the others.
    pub(super) fn settle(mut self, known: Known<'_>) -> Self {
        let mut best = (0, 0);
        for (at, row) in self.rows().take(LOOK).enumerate() {
            let named = score(row.iter(), known);
            if named > best.1 {
                best = (at, named);
            }
        }
        let Some(header) = self.row(best.0) else { return self };
        let cells: StringRecord = header.iter().map(trimmed).collect();
        let width =
            (0..cells.len()).rfind(|at| cells.get(*at).is_some_and(|cell| !cell.is_empty())).map_or(0, |last| last + 1);
        self.header_row = header.number;
        self.skipped.extend(self.rows.iter().take(best.0).map(|row| (row.0, Kind::Above)));
        self.rows.drain(..=best.0);
        self.named = best.1;
        self.header = cells;
        if self.sheet.is_some() {
            self.header.truncate(width);
        }
        let units = self.row(0).filter(|row| kind::is_units(*row));
        if let Some((number, units)) = units.map(|row| (row.number, row.iter().map(str::to_owned).collect())) {
            self.units = units;
            self.skipped.push((number, Kind::Units));
            self.rows.remove(0);
        }
        let found: Vec<(usize, Kind)> = self.rows().filter_map(|row| Some((row.number, kind::of(row)?))).collect();
        if !found.is_empty() {
            let numbers: BTreeSet<usize> = found.iter().map(|(number, _)| *number).collect();
            self.rows.retain(|row| !numbers.contains(&row.0));
            self.skipped.extend(found);
        }
        self.cut();
        self
    }

    /// Rows that are longer than the header: blank cells at the end are no cells, and in a workbook nothing to the right
    /// of the last heading is one of the table.
    fn cut(&mut self) {
        let width = self.header.len();
        let long: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].2 > width).collect();
        for at in long {
            let Some(row) = self.row(at) else { continue };
            let blank = (width..row.len()).all(|column| row.get(column).is_none_or(|cell| trimmed(cell).is_empty()));
            let number = row.number;
            if blank || self.sheet.is_some() {
                self.rows[at].2 = width;
            }
            if !blank && self.sheet.is_some() {
                self.skipped.push((number, Kind::Beside));
            }
        }
    }

    /// The unit that stands with a column: in brackets in its heading, or in the row of units below it.
    #[must_use]
    pub fn unit(&self, column: usize) -> Option<String> {
        let head = heading(self.header.get(column)?);
        let below = || self.units.get(column).map(|unit| heading(unit)).filter(|unit| kind::is_unit(unit));
        unit_of(&head).1.map(str::to_owned).or_else(below)
    }

    /// What was passed over, in one line, as a finding that stops nothing; nothing where nothing was.
    #[must_use]
    pub fn passed_over(&self, file: &str) -> Option<Problem> {
        let mut parts: Vec<Message> = Vec::new();
        for kind in [Kind::Above, Kind::Units, Kind::Summary, Kind::Remark, Kind::Beside] {
            let rows: Vec<usize> = self.skipped.iter().filter(|(_, k)| *k == kind).map(|(row, _)| *row).collect();
            if rows.is_empty() {
                continue;
            }
            let shown: Vec<String> = rows.iter().take(NAMED).map(usize::to_string).collect();
            let more = if rows.len() > NAMED { "…" } else { "" };
            let rows = format!("{}{more}", shown.join(", "));
            parts.push(match kind {
                Kind::Above => msg!("grid.above", rows = rows),
                Kind::Units => msg!("grid.units", rows = rows),
                Kind::Summary => msg!("grid.summary", rows = rows),
                Kind::Remark => msg!("grid.remark", rows = rows),
                Kind::Beside => msg!("grid.beside", rows = rows),
            });
        }
        if !self.others.is_empty() {
            parts.push(msg!("grid.others", sheets = self.others.join(", ")));
        }
        let all = parts.into_iter().reduce(|all, next| msg!("grid.and", first = all, next = next))?;
        let problem = Problem::file(file, msg!("grid.passed", parts = all), msg!("grid.passed_advice"));
        Some(problem.on_sheet(self.sheet.as_deref()).as_warning())
    }
}

impl Row<'_> {
    /// Why a cell shows nothing although something was typed: a formula that no program has worked out.
    #[must_use]
    pub fn unworked(&self, column: usize) -> Option<(Message, Message)> {
        let is = self.grid.unworked.contains(&(self.number, column));
        is.then(|| (msg!("grid.formula"), msg!("grid.formula_advice")))
    }
}
