//! The roster's tables: which columns they have, and rows of cleaned cells.
//!
//! In: a [`Grid`] with English or Chinese headers. Out: rows of cleaned cells that know their row number and header.
//! Can't happen: a column passed over in silence.

use std::collections::BTreeMap;

use crate::grid::{Grid, half_width, heading, is_aside, trimmed};
use crate::msg;
use crate::problem::{Problem, nearest};
use crate::text::Message;
use crate::text::outside::{self, Odd};

/// A column that a table may have: its English name and its Chinese ones.
#[derive(Debug, Clone, Copy)]
pub struct ColumnName {
    /// English name, used in the code.
    pub name: &'static str,
    /// Chinese names.
    pub zh: &'static [&'static str],
    /// Whether the table is useless without it.
    pub required: bool,
}

impl ColumnName {
    /// Whether a heading names it.
    fn is(&self, heading: &str) -> bool {
        self.name.eq_ignore_ascii_case(heading) || self.zh.contains(&heading)
    }
}

/// Shorthand for a column that must be there.
#[must_use]
pub const fn required(name: &'static str, zh: &'static [&'static str]) -> ColumnName {
    ColumnName { name, zh, required: true }
}

/// Shorthand for a column that may be left out.
#[must_use]
pub const fn optional(name: &'static str, zh: &'static [&'static str]) -> ColumnName {
    ColumnName { name, zh, required: false }
}

/// One row of a table.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Row number as a spreadsheet counts.
    pub number: usize,
    file: &'a str,
    sheet: Option<String>,
    cells: BTreeMap<&'static str, (String, String)>,
}

impl Row<'_> {
    /// The cell under a column, trimmed; empty where the column is missing.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |(_, cell)| cell.as_str())
    }

    /// The cell with full-width letters, digits and marks made half-width: for codes, numbers and addresses.
    #[must_use]
    pub fn ascii(&self, column: &str) -> String {
        half_width(self.get(column))
    }

    /// A problem in a cell of this row.
    #[must_use]
    pub fn problem(&self, column: &str, what: Message, advice: Message) -> Problem {
        let header = self.cells.get(column).map_or(column, |(header, _)| header.as_str());
        Problem::cell(self.file, self.number, header, self.get(column), what, advice).on_sheet(self.sheet.as_deref())
    }
}

/// Reads a table; every problem goes to `problems`. Rows with a wrong number of cells are left out, and said so.
pub fn read<'a>(file: &'a str, bytes: &[u8], columns: &[ColumnName], problems: &mut Vec<Problem>) -> Vec<Row<'a>> {
    let known = |head: &str| columns.iter().any(|column| column.is(head));
    let grid = match Grid::read(file, bytes, None, &known) {
        Ok(grid) => grid,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    if grid.header.is_empty() {
        problems.push(Problem::file(file, msg!("roster.no_header"), msg!("roster.no_header_advice")));
        return Vec::new();
    }
    problems.extend(grid.passed_over(file));
    let sheet = grid.sheet.as_deref();
    let Some(layout) = layout(file, &grid, columns, problems) else { return Vec::new() };
    let mut rows = Vec::new();
    for row in grid.rows() {
        if row.len() != grid.header.len() {
            let what = msg!("roster.cells", got = row.len(), want = grid.header.len());
            let problem = Problem::cell(file, row.number, "", "", what, msg!("roster.cells_advice"));
            problems.push(problem.on_sheet(sheet));
            continue;
        }
        let cells = layout
            .iter()
            .map(|(at, name)| {
                let head = outside::line(trimmed(grid.header.get(*at).unwrap_or("")));
                let cell = trimmed(row.get(*at).unwrap_or(""));
                let unworked = row.unworked(*at);
                let unworked = unworked.map(|(what, advice)| Problem::cell(file, row.number, &head, "", what, advice));
                let found = odd(file, row.number, &head, cell).into_iter().chain(unworked);
                problems.extend(found.map(|problem| problem.on_sheet(sheet)));
                (*name, (head, outside::line(cell)))
            })
            .collect();
        rows.push(Row { number: row.number, file, sheet: grid.sheet.clone(), cells });
    }
    if let Some(number) = grid.open_quote {
        problems.push(Problem::cell(file, number, "", "", msg!("roster.quote"), msg!("roster.quote_advice")));
    }
    rows
}

/// What must not stand in a cell, or was read as something else. What can't be seen or only turns the direction comes along
/// when a number is copied from a telephone, and is left out without a word.
fn odd(file: &str, row: usize, head: &str, cell: &str) -> Option<Problem> {
    let found = cell.chars().filter_map(|c| Some((Odd::of(c)?, c)));
    let (odd, c) = found.filter(|(odd, _)| !odd.is_unseen()).max()?;
    let problem = |advice| Problem::cell(file, row, head, outside::visible(cell), odd.message(c), advice);
    Some(match odd {
        Odd::Break => problem(msg!("outside.break_advice")).as_warning(),
        _ => problem(msg!("outside.advice")),
    })
}

fn layout(
    file: &str,
    grid: &Grid,
    columns: &[ColumnName],
    problems: &mut Vec<Problem>,
) -> Option<Vec<(usize, &'static str)>> {
    let (row, sheet) = (grid.header_row, grid.sheet.as_deref());
    let mut layout: Vec<(usize, &'static str)> = Vec::new();
    let mut good = true;
    for (at, head) in grid.header.iter().enumerate() {
        let head = heading(head);
        if head.is_empty() || is_aside(&head) {
            continue;
        }
        let found = columns.iter().find(|column| column.is(&head));
        match found {
            Some(column) if layout.iter().any(|(_, name)| *name == column.name) => {
                let what = msg!("roster.column_twice", name = &head);
                let problem = Problem::cell(file, row, &head, "", what, msg!("roster.column_twice_advice"));
                problems.push(problem.on_sheet(sheet));
                good = false;
            }
            Some(column) => layout.push((at, column.name)),
            None => {
                let names = columns.iter().flat_map(|c| std::iter::once(c.name).chain(c.zh.iter().copied()));
                let advice = match nearest(&head, names) {
                    Some(meant) => msg!("roster.column_meant", meant = meant),
                    None => msg!("roster.column_unknown_advice"),
                };
                let what = msg!("roster.column_unknown", name = &head);
                problems.push(Problem::cell(file, row, &head, "", what, advice).on_sheet(sheet).as_warning());
            }
        }
    }
    for column in columns.iter().filter(|c| c.required) {
        if !layout.iter().any(|(_, name)| *name == column.name) {
            let zh = column.zh.first().copied().unwrap_or(column.name);
            let what = msg!("roster.column_missing", name = column.name, zh = zh);
            let problem = Problem::cell(file, row, zh, "", what, msg!("roster.column_missing_advice"));
            problems.push(problem.on_sheet(sheet));
            good = false;
        }
    }
    good.then_some(layout)
}
