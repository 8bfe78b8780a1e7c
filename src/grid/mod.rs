//! Tables as offices keep them, as rows of text: CSV from Excel or WPS, the same in gzip, and XLSX.
//!
//! In: bytes and the file's name. Out: a header and rows that know their number as a spreadsheet counts. Can't happen:
//! a cell guessed at; more memory than the limits allow, however small the file or far away its cells.

mod sheet;
mod text;

use std::io::Read;

use csv::StringRecord;

use crate::msg;
use crate::problem::Problem;

pub use text::{decode, half_width, trimmed};

/// Largest file, in bytes; what a compressed one may become.
const UNPACKED: u64 = 256 << 20;

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Row number as a spreadsheet counts, the first being 1.
    pub number: usize,
    /// Its cells, as they stand.
    pub cells: StringRecord,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// The cells of the first row.
    pub header: StringRecord,
    /// The rows below it, blank ones left out. They may have more or fewer cells than the header.
    pub rows: Vec<Row>,
    /// Where a quotation mark is opened and never closed; the rows end before it.
    pub open_quote: Option<usize>,
}

impl Grid {
    /// Reads a table: XLSX by what its bytes are, gzip likewise, else CSV. `sheet` names the sheet of a workbook, the
    /// first one where it is none.
    ///
    /// # Errors
    /// The file as a whole can't be read.
    pub fn read(file: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Self, Problem> {
        if bytes.starts_with(b"PK\x03\x04") {
            return sheet::read(file, bytes, sheet);
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let broken = |error: std::io::Error| {
                Problem::file(file, msg!("grid.gzip", error = error.to_string()), msg!("grid.again_advice"))
            };
            let decoder = flate2::read::MultiGzDecoder::new(bytes);
            let size = decoder.take(UNPACKED + 1).read_to_end(&mut unpacked).map_err(broken)?;
            if u64::try_from(size).unwrap_or(u64::MAX) > UNPACKED {
                let what = msg!("grid.too_large", limit = UNPACKED >> 20);
                return Err(Problem::file(file, what, msg!("grid.too_large_advice")));
            }
            return text::read(file, &unpacked);
        }
        text::read(file, bytes)
    }
}

#[cfg(test)]
mod tests;
