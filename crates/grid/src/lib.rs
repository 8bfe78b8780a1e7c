//! Tables as offices keep them, as rows of text: CSV from Excel or WPS, the same in gzip, and XLSX; documents (`.docx`)
//! as pages.
//!
//! In: bytes, the file's name, and which headings the reader knows. Out: a header and rows that know their number as a
//! spreadsheet counts, titles, units, totals and remarks set apart and named. Can't happen: a cell guessed at; more memory
//! than the limits allow, however small the file or far away its cells.
#![forbid(unsafe_code)]

mod clean;
pub mod docx;
mod find;
mod foreign;
mod kind;
mod pack;
mod sheet;
mod text;
pub mod write;

use std::collections::BTreeSet;
use std::io::Read;

use csv::StringRecord;

use cuofeng_base::msg;
use cuofeng_base::problem::Problem;

pub use clean::{bare, half_width, heading, trimmed};
pub use find::Known;
pub use kind::{ASIDE, Kind, is_aside, is_unit, unit_of};
pub use text::decode;

cuofeng_base::catalogue!(["grid"], on[cuofeng_base]);

/// Largest text of a table, in bytes; what a compressed one may become: twice the largest file that is read.
pub const UNPACKED: u64 = 128 << 20;

/// Most cells, with the empty ones that fill up a row: two years of hourly values of a hundred stations have ten million.
const CELLS: usize = 12_000_000;

/// A row of a table: its cells, as they stand.
#[derive(Debug, Clone, Copy)]
pub struct Row<'g> {
    /// Row number as a spreadsheet counts, the first being 1.
    pub number: usize,
    grid: &'g Grid,
    /// Where its cells lie among those of the grid.
    first: usize,
    held: usize,
    count: usize,
}

impl<'g> Row<'g> {
    /// How many cells it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether it has no cells.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A cell by its place.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<&'g str> {
        if column >= self.held {
            return (column < self.count).then_some("");
        }
        let (start, end) = *self.grid.cells.get(self.first + column)?;
        self.grid.text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// Its cells.
    pub fn iter(&self) -> impl Iterator<Item = &'g str> {
        (0..self.count).filter_map(|column| self.get(column))
    }
}

/// A table. All cells lie in one text: a table may have millions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// The cells of the first row that names most of the columns that the reader knows; of the first row where none
    /// does.
    pub header: StringRecord,
    /// Its number as a spreadsheet counts.
    pub header_row: usize,
    /// How many known columns it names.
    pub named: usize,
    /// The sheet that was read, of a workbook.
    pub sheet: Option<String>,
    /// Rows that are no data, by their number.
    pub skipped: Vec<(usize, Kind)>,
    /// Other visible sheets that have the same columns: they were not read.
    others: Vec<String>,
    /// The row of units below the header.
    units: Vec<String>,
    /// Row number and column of formulas without a value.
    unworked: BTreeSet<(usize, usize)>,
    /// Where a quotation mark is opened and never closed; the rows end before it.
    pub open_quote: Option<usize>,
    text: String,
    /// Where each cell begins and ends in the text, which the limits keep far below 4 GB.
    cells: Vec<(u32, u32)>,
    /// Number, first cell and count of cells of every row.
    rows: Vec<(usize, usize, usize)>,
}

impl Grid {
    /// The rows below the header, blank ones left out. They may have more or fewer cells than the header.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| self.view(*row))
    }

    /// A row by its place among them.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        self.rows.get(at).map(|row| self.view(*row))
    }

    fn view(&self, (number, first, held): (usize, usize, usize)) -> Row<'_> {
        // A workbook writes no blank cells down.
        let count = if self.sheet.is_some() { held.max(self.header.len()) } else { held };
        Row { number, grid: self, first, held, count }
    }

    fn push<'c>(&mut self, number: usize, cells: impl Iterator<Item = &'c str>) {
        let first = self.cells.len();
        for cell in cells.map(bare) {
            let start = self.text.len();
            self.text.push_str(cell);
            self.cells.push((place(start), place(self.text.len())));
        }
        self.rows.push((number, first, self.cells.len() - first));
    }

    /// Reads a table: XLSX by what its bytes are, gzip likewise, else CSV. `sheet` names the sheet of a workbook; where it
    /// is none, the sheet is taken that names most of what `known` knows.
    ///
    /// # Errors
    /// The file as a whole can't be read.
    pub fn read(file: &str, bytes: &[u8], sheet: Option<&str>, known: Known<'_>) -> Result<Self, Problem> {
        if let Some(problem) = foreign::named(file, bytes) {
            return Err(problem);
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return sheet::read(file, bytes, sheet, known);
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let broken = |error: std::io::Error| {
                Problem::file(
                    file,
                    msg!("grid.gzip", error = cuofeng_base::fault::system(&error)),
                    msg!("grid.again_advice"),
                )
            };
            let decoder = flate2::read::MultiGzDecoder::new(bytes);
            decoder.take(UNPACKED + 1).read_to_end(&mut unpacked).map_err(broken)?;
            return text::read(file, &unpacked, known);
        }
        text::read(file, bytes, known)
    }
}

/// A table that would need too much memory.
fn too_large(file: &str) -> Problem {
    let what = msg!("grid.too_large", limit = UNPACKED >> 20, cells = CELLS);
    Problem::file(file, what, msg!("grid.too_large_advice"))
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// A place in a grid's text.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
