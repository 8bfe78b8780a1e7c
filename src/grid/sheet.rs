//! Tables in XLSX workbooks, read only.
//!
//! In: the bytes of a workbook. Out: a [`Grid`] of what its cells show: numbers as typed, whole numbers without a point,
//! dates as `2026-07-14`, times as `08:00`, both as `2026-07-14T08:00:00`; an error value as its mark (`#N/A`).
//! Can't happen: a sheet larger than the limits, whatever its one far cell or its compression claims.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use chrono::Timelike;
use csv::StringRecord;

use super::pack::{self, Refused};
use super::{CELLS, Grid, UNPACKED, index, place};
use crate::msg;
use crate::problem::Problem;
use crate::text::Message;

/// Rows and columns that a table may have.
const ROWS: u32 = 1_048_576;
const COLUMNS: usize = 256;

/// Most sheets that a message names.
const NAMES: usize = 20;

/// Reads the sheet called `sheet`, or the first one.
pub(super) fn read(file: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Grid, Problem> {
    let refuse = |what: Message| Problem::file(file, what, msg!("grid.again_advice"));
    let broken = |error: &dyn std::fmt::Display| refuse(msg!("grid.xlsx", error = error.to_string()));
    pack::weigh(bytes).map_err(|refused| match refused {
        Refused::Broken(error) => broken(&error),
        Refused::Large => super::too_large(file),
    })?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|n| *n == wanted),
        None => names.first(),
    };
    let Some(name) = name.cloned() else {
        let what = msg!("grid.no_sheet", sheet = sheet.unwrap_or(""));
        let known: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        return Err(Problem::file(file, what, msg!("grid.no_sheet_advice", known = known.join("、"))));
    };
    let mut cells = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
    let mut found = Found::default();
    while let Some(cell) = cells.next_cell().map_err(|e| broken(&e))? {
        let (row, column) = cell.get_position();
        let words = words(cell.get_value());
        if words.is_empty() {
            continue;
        }
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        if at >= COLUMNS || row >= ROWS {
            let what = msg!("grid.far_cell", row = row + 1, column = column + 1);
            return Err(Problem::file(file, what, msg!("grid.far_cell_advice")));
        }
        if !found.take(row, at, &words) {
            return Err(super::too_large(file));
        }
    }
    Ok(found.grid())
}

/// Cells as they stand in a sheet, and how many there will be when every row has as many as the header.
#[derive(Default)]
struct Found {
    grid: Grid,
    header: Vec<String>,
    /// The row that is being read, and its cells so far.
    row: Option<u32>,
    line: Vec<(u32, u32)>,
}

impl Found {
    /// Takes a cell; says whether there is room for it and the empty ones before it.
    fn take(&mut self, row: u32, column: usize, words: &str) -> bool {
        if self.row != Some(row) {
            self.end_row();
            self.row = Some(row);
        }
        let start = place(self.grid.text.len());
        self.grid.text.push_str(words);
        let missing = (column + 1).saturating_sub(self.line.len());
        self.line.extend(std::iter::repeat_n((0, 0), missing));
        self.line[column] = (start, place(self.grid.text.len()));
        let width = self.line.len().max(self.header.len());
        self.grid.cells.len() + width <= CELLS && self.grid.text.len() as u64 <= UNPACKED
    }

    /// The first row that holds anything is the header; every other gets at least as many cells.
    fn end_row(&mut self) {
        let Some(row) = self.row.take() else { return };
        if self.header.is_empty() {
            let text =
                |(start, end): &(u32, u32)| self.grid.text.get(index(*start)..index(*end)).unwrap_or("").to_owned();
            self.header = self.line.iter().map(text).collect();
            self.line.clear();
            return;
        }
        let first = self.grid.cells.len();
        let missing = self.header.len().saturating_sub(self.line.len());
        self.line.extend(std::iter::repeat_n((0, 0), missing));
        self.grid.rows.push((index(row) + 1, first, self.line.len()));
        self.grid.cells.append(&mut self.line);
    }

    fn grid(mut self) -> Grid {
        self.end_row();
        Grid { header: StringRecord::from(self.header), ..self.grid }
    }
}

/// What a cell shows.
fn words(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => number(*value),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) => match moment.as_datetime() {
            Some(at) if moment.as_f64() < 1.0 => format!("{:02}:{:02}", at.hour(), at.minute()),
            Some(at) if at.num_seconds_from_midnight() == 0 => at.format("%Y-%m-%d").to_string(),
            Some(at) => at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            None => number(moment.as_f64()),
        },
    }
}

/// A number as it was typed: binary fractions carry noise beyond the ninth digit, and nobody types that many.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
