//! Tables in XLSX workbooks, read only.
//!
//! In: the bytes of a workbook. Out: a [`Grid`] of what its cells show: numbers as typed, whole numbers without a point,
//! dates as `2026-07-14`, times as `08:00`, both as `2026-07-14T08:00:00`, to the second as Excel shows them; an error value
//! as its mark (`#N/A`). A cell that is merged over several rows stands in each of them. Can't happen: a sheet larger than
//! the limits, whatever its one far cell or its compression claims; a sheet with the same columns passed over in silence.

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use chrono::{Duration, Timelike};

use super::clean::{bare, washed};
use super::find::{Known, LOOK, score};
use super::pack::{self, Refused};
use super::{CELLS, Grid, UNPACKED, index, place};
use cuofeng_base::caught;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;

/// Rows and columns that a table may have.
const ROWS: u32 = 1_048_576;
const COLUMNS: usize = 256;

/// Most sheets that a message names.
const NAMES: usize = 20;

/// Most sheets that are looked at.
const SHEETS: usize = 60;

type Book<'b> = Xlsx<Cursor<Cow<'b, [u8]>>>;

/// Reads the sheet called `sheet`, or the one that names most of the columns that `known` knows.
pub(super) fn read(file: &str, bytes: &[u8], sheet: Option<&str>, known: Known<'_>) -> Result<Grid, Problem> {
    // The library takes some damage for a mistake of its own.
    caught::caught(|| read_whole(file, bytes, sheet, known))
        .unwrap_or_else(|words| Err(Problem::file(file, msg!("grid.xlsx", error = words), msg!("grid.again_advice"))))
}

fn read_whole(file: &str, bytes: &[u8], sheet: Option<&str>, known: Known<'_>) -> Result<Grid, Problem> {
    let refuse = |what: Message| Problem::file(file, what, msg!("grid.again_advice"));
    let broken = |error: &dyn std::fmt::Display| refuse(msg!("grid.xlsx", error = error.to_string()));
    let refused = |refused| match refused {
        Refused::Broken(error) => broken(&error),
        Refused::Large => super::too_large(file),
    };
    let weighed = pack::weigh(bytes).map_err(refused)?;
    let bytes =
        if weighed.odd_size { Cow::Owned(pack::without_sizes(bytes).map_err(refused)?) } else { Cow::Borrowed(bytes) };
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let Some(chosen) = choose(&mut book, sheet, known) else {
        let what = msg!("grid.no_sheet", sheet = sheet.unwrap_or(""));
        let names = book.sheet_names();
        let names: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        return Err(Problem::file(file, what, msg!("grid.no_sheet_advice", known = names.join("、"))));
    };
    let mut found = Found::default();
    if weighed.merged {
        let merged = book.merge_cells_by_sheet_name(&chosen.name).unwrap_or_default();
        found.merged = merged.into_iter().filter(|m| m.end.0 > m.start.0).collect();
        found.merged.sort_by_key(|m| std::cmp::Reverse(m.start.0));
    }
    let mut cells = book.worksheet_cells_reader(&chosen.name).map_err(|e| broken(&e))?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|e| broken(&e))? {
        let (row, column) = cell.pos;
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        let words = words(&cell.value);
        let unworked = cell.formula.is_some() && matches!(cell.value, DataRef::Empty);
        if words.is_empty() && !unworked {
            continue;
        }
        if at >= COLUMNS || row >= ROWS {
            let what = msg!("grid.far_cell", row = row + 1, column = column + 1);
            let problem = Problem::file(file, what, msg!("grid.far_cell_advice"));
            return Err(problem.on_sheet(Some(&chosen.name)));
        }
        if unworked {
            found.grid.unworked.insert((index(row) + 1, at));
        }
        if !found.take(row, at, bare(&washed(words))) {
            return Err(super::too_large(file));
        }
    }
    found.end_row();
    // Every program writes them in order; a damaged file need not.
    found.grid.rows.sort_by_key(|(number, ..)| *number);
    Ok(Grid { sheet: Some(chosen.name), others: chosen.others, ..found.grid }.settle(known))
}

/// The sheet that is read, and others that look the same.
struct Chosen {
    name: String,
    others: Vec<String>,
}

/// The sheet asked for; else that which names most columns, those that people see before the hidden ones.
fn choose(book: &mut Book<'_>, sheet: Option<&str>, known: Known<'_>) -> Option<Chosen> {
    let is_table = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet;
    let all = book.sheets_metadata().iter().filter(is_table).take(SHEETS);
    let mut all: Vec<(String, bool)> =
        all.map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible)).collect();
    if let Some(wanted) = sheet {
        let name = |exact: bool| {
            let is = |name: &str| if exact { name == wanted } else { name.trim() == wanted.trim() };
            book.sheet_names().into_iter().find(|name| is(name))
        };
        return Some(Chosen { name: name(true).or_else(|| name(false))?, others: Vec::new() });
    }
    all.sort_by_key(|(_, visible)| !visible);
    if let [(name, _)] = all.as_slice() {
        return Some(Chosen { name: name.clone(), others: Vec::new() });
    }
    let named: Vec<usize> = all.iter().map(|(name, _)| top(book, name, known)).collect();
    let most = named.iter().copied().max()?;
    let best = named.iter().position(|n| *n == most)?;
    let same = |at: &usize| *at != best && most > 1 && named[*at] == most && all[*at].1;
    let others = (0..all.len()).filter(same).map(|at| all[at].0.clone()).collect();
    Some(Chosen { name: all[best].0.clone(), others })
}

/// How many known columns the header of a sheet names; none where it can't be read.
fn top(book: &mut Book<'_>, name: &str, known: Known<'_>) -> usize {
    let Ok(mut cells) = book.worksheet_cells_reader(name) else { return 0 };
    let (mut best, mut rows, mut last, mut line) = (0, 0, None, Vec::<String>::new());
    while let Ok(Some(cell)) = cells.next_cell() {
        let words = words(cell.get_value());
        if words.is_empty() {
            continue;
        }
        let row = cell.get_position().0;
        if last != Some(row) {
            best = best.max(score(line.iter().map(String::as_str), known));
            line.clear();
            rows += 1;
            last = Some(row);
        }
        if rows > LOOK {
            return best;
        }
        if line.len() < COLUMNS {
            line.push(words);
        }
    }
    best.max(score(line.iter().map(String::as_str), known))
}

/// Cells as they stand in a sheet.
#[derive(Default)]
struct Found {
    grid: Grid,
    /// Cells that span several rows, the first of them last.
    merged: Vec<Dimensions>,
    /// Those that began: their last row, their column, what they show.
    open: Vec<(u32, usize, (u32, u32))>,
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
        self.set(column, (start, place(self.grid.text.len())));
        self.grid.cells.len() + self.line.len() <= CELLS && self.grid.text.len() as u64 <= UNPACKED
    }

    fn set(&mut self, column: usize, range: (u32, u32)) {
        let missing = (column + 1).saturating_sub(self.line.len());
        self.line.extend(std::iter::repeat_n((0, 0), missing));
        self.line[column] = range;
    }

    fn end_row(&mut self) {
        let Some(row) = self.row.take() else { return };
        self.open.retain(|(last, ..)| *last >= row);
        for (_, column, range) in self.open.clone() {
            if self.line.get(column).is_none_or(|(start, end)| start == end) {
                self.set(column, range);
            }
        }
        while self.merged.last().is_some_and(|m| m.start.0 <= row) {
            let Some(merged) = self.merged.pop() else { break };
            let column = index(merged.start.1);
            let shown = self.line.get(column).filter(|(start, end)| merged.start.0 == row && start < end);
            if let Some(range) = shown.copied() {
                self.open.push((merged.end.0, column, range));
            }
        }
        let first = self.grid.cells.len();
        self.grid.rows.push((index(row) + 1, first, self.line.len()));
        self.grid.cells.append(&mut self.line);
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
        DataRef::DateTime(moment) => moment_words(moment),
    }
}

/// A date, a time or both, to the second: a serial number of seven digits is 3 ms off.
fn moment_words(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if (0.0..1.0).contains(&serial) || moment.is_duration() && (0.0..1e6).contains(&serial) {
        // Below 10¹¹: the cast neither saturates nor loses the sign.
        #[expect(clippy::cast_possible_truncation)]
        let seconds = (serial * 86_400.0).round() as i64;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        return if seconds == 0 {
            format!("{hours:02}:{minutes:02}")
        } else {
            format!("{hours:02}:{minutes:02}:{seconds:02}")
        };
    }
    let rounded = moment.as_datetime().and_then(|at| at.checked_add_signed(Duration::milliseconds(500)));
    match rounded.and_then(|at| at.with_nanosecond(0)) {
        Some(at) if at.num_seconds_from_midnight() == 0 => at.format("%Y-%m-%d").to_string(),
        Some(at) => at.format("%Y-%m-%dT%H:%M:%S").to_string(),
        None => number(serial),
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
