//! Tables in text: encodings, delimiters, row numbers.
//!
//! In: bytes in UTF-8 (with or without BOM), UTF-16 with BOM or GB18030, any line ending; commas, tabs or semicolons.
//! Out: a [`Grid`]. Can't happen: a row number that differs from the spreadsheet's.

use csv::StringRecord;

use super::{CELLS, Grid, UNPACKED, index, place};
use crate::msg;
use crate::problem::Problem;

/// A mark that no table holds ([`decode`] refuses NUL).
const END: &str = "\0";

/// Full-width ASCII variants and full-width blanks as ASCII, blanks removed at both ends.
#[must_use]
pub fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect::<String>().trim().to_owned()
}

/// The text without blanks and invisible marks at its ends.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// Bytes of an unknown encoding as text.
///
/// # Errors
/// They are neither UTF-8, nor UTF-16 with a BOM, nor GB18030.
pub fn decode(file: &str, bytes: &[u8]) -> Result<String, Problem> {
    let refused = || Problem::file(file, msg!("roster.encoding"), msg!("roster.encoding_advice"));
    if bytes.contains(&0) && !bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]) {
        return Err(refused());
    }
    let encoding = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => encoding_rs::UTF_8,
        None => encoding_rs::GB18030,
    };
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors { Err(refused()) } else { Ok(text.into_owned()) }
}

/// Reads a table in text.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Grid, Problem> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > UNPACKED {
        return Err(super::too_large(file));
    }
    let mut text = decode(file, bytes)?;
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    let delimiter = delimiter(&text);
    // At most as many cells, wherever quotation marks stand.
    if text.bytes().filter(|byte| *byte == delimiter || *byte == b'\n').count() > CELLS {
        return Err(super::too_large(file));
    }
    Ok(match plain(&text, delimiter) {
        Some(grid) => Grid { text, ..grid },
        None => full(text, delimiter),
    })
}

/// A text in which every line is a row and every delimiter ends a cell, in one pass; the grid still lacks the text.
/// Nothing where a quotation mark does more than enclose a whole cell.
pub(super) fn plain(text: &str, delimiter: u8) -> Option<Grid> {
    let bytes = text.as_bytes();
    let mut grid = Grid::default();
    let (mut number, mut line, mut start, mut first, mut blank) = (1, 0, 0, 0, true);
    for (at, byte) in bytes.iter().copied().chain([b'\n']).enumerate() {
        if byte != delimiter && byte != b'\n' {
            continue;
        }
        let (from, to) = unquoted(bytes, start, at)?;
        blank = blank && is_blank(bytes.get(from..to)?);
        grid.cells.push((place(from), place(to)));
        start = at + 1;
        if byte == b'\n' {
            // A line of no length is no row; one of empty cells is, but says nothing.
            if grid.header.is_empty() && at > line {
                let cells = grid.cells.iter().map(|(from, to)| text.get(index(*from)..index(*to)).unwrap_or(""));
                grid.header = cells.collect();
                grid.cells.clear();
            } else if blank {
                grid.cells.truncate(first);
            } else {
                grid.rows.push((number, first, grid.cells.len() - first));
            }
            (number, line, first, blank) = (number + 1, start, grid.cells.len(), true);
        }
    }
    Some(grid)
}

/// Where the content of the cell `[from, to)` lies: within its quotation marks, where they enclose it whole.
fn unquoted(bytes: &[u8], from: usize, to: usize) -> Option<(usize, usize)> {
    if bytes.get(from..to)?.first() != Some(&b'"') {
        return Some((from, to));
    }
    let (within, end) = (from + 1, to - 1);
    let inner = bytes.get(within..end)?;
    (bytes.get(end) == Some(&b'"') && !inner.contains(&b'"')).then_some((within, end))
}

/// A text in which a cell may hold delimiters, quotation marks and line breaks.
pub(super) fn full(mut text: String, delimiter: u8) -> Grid {
    // An end mark: a quotation mark that is never closed swallows it.
    text.push('\n');
    text.push_str(END);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let (mut number, mut first) = (0, true);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).is_ok_and(|more| more) {
        number = row_number(&text, &record, number);
        if record.iter().next_back().is_some_and(|cell| cell.ends_with(END)) {
            if record.len() != 1 || record.get(0) != Some(END) {
                grid.open_quote = Some(number);
            }
            break;
        }
        if first {
            grid.header = record.clone();
            first = false;
        } else if record.iter().any(|cell| !is_blank(cell.as_bytes())) {
            grid.push(number, record.iter());
        }
    }
    grid
}

/// Whether a cell shows nothing.
fn is_blank(cell: &[u8]) -> bool {
    cell.first().is_none_or(|byte| !byte.is_ascii_graphic()) && trimmed(&String::from_utf8_lossy(cell)).is_empty()
}

/// Comma, or what the header line has more of: Excel's "Unicode Text" has tabs, some locales semicolons.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |mark: u8| header.bytes().filter(|b| *b == mark).count();
    [b'\t', b';'].into_iter().fold(b',', |best, mark| if count(mark) > count(best) { mark } else { best })
}

/// The row as a spreadsheet counts it: blank lines count, line breaks inside a cell don't.
fn row_number(text: &str, record: &StringRecord, last: usize) -> usize {
    let start = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
    let blank = text.get(start..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b'\n').count());
    last + 1 + blank
}
