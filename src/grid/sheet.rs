//! Tables in XLSX workbooks, read only.
//!
//! In: the bytes of a workbook. Out: a [`Grid`] of what its cells show: numbers as typed, whole numbers without a point,
//! dates as `2026-07-14`, times as `08:00`, both as `2026-07-14T08:00:00`; an error value as its mark (`#N/A`).
//! Can't happen: a sheet larger than the limits, whatever its one far cell or its compression claims.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use chrono::Timelike;
use csv::StringRecord;

use super::{Grid, UNPACKED};
use crate::msg;
use crate::problem::Problem;
use crate::text::Message;

/// Rows and columns that a table may have.
const ROWS: u32 = 1_048_576;
const COLUMNS: usize = 256;

/// Reads the sheet called `sheet`, or the first one.
pub(super) fn read(file: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Grid, Problem> {
    let refuse = |what: Message| Problem::file(file, what, msg!("grid.again_advice"));
    let broken = |error: &dyn std::fmt::Display| refuse(msg!("grid.xlsx", error = error.to_string()));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(index).map_err(|e| broken(&e))?.size());
    }
    if unpacked > UNPACKED {
        return Err(Problem::file(file, msg!("grid.too_large", limit = UNPACKED >> 20), msg!("grid.too_large_advice")));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|n| *n == wanted),
        None => names.first(),
    };
    let Some(name) = name.cloned() else {
        let what = msg!("grid.no_sheet", sheet = sheet.unwrap_or(""));
        return Err(Problem::file(file, what, msg!("grid.no_sheet_advice", known = names.join("、"))));
    };
    let mut cells = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
    let mut lines: Vec<(u32, Vec<String>)> = Vec::new();
    let mut held = 0_u64;
    while let Some(cell) = cells.next_cell().map_err(|e| broken(&e))? {
        let (row, column) = cell.get_position();
        let words = words(cell.get_value());
        if words.is_empty() {
            continue;
        }
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        held += u64::try_from(words.len()).unwrap_or(0) + 32;
        if at >= COLUMNS || row >= ROWS || held > UNPACKED {
            let what = msg!("grid.far_cell", row = row + 1, column = column + 1);
            return Err(Problem::file(file, what, msg!("grid.far_cell_advice")));
        }
        if lines.last().is_none_or(|(last, _)| *last != row) {
            lines.push((row, Vec::new()));
        }
        if let Some((_, line)) = lines.last_mut() {
            line.resize(line.len().max(at + 1), String::new());
            line[at] = words;
        }
    }
    Ok(grid(lines))
}

/// The first row that holds anything is the header; every row gets as many cells as it has.
fn grid(lines: Vec<(u32, Vec<String>)>) -> Grid {
    let mut lines = lines.into_iter();
    let Some((_, header)) = lines.next() else { return Grid::default() };
    let width = header.len();
    let mut grid = Grid { header: StringRecord::from(header), ..Grid::default() };
    for (row, mut line) in lines {
        line.resize(line.len().max(width), String::new());
        grid.push(usize::try_from(row).unwrap_or(0) + 1, line.iter().map(String::as_str));
    }
    grid
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
