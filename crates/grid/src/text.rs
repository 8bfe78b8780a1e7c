//! Tables in text: encodings, delimiters, row numbers.
//!
//! In: bytes in UTF-8 or UTF-16 (with or without BOM) or GB18030, any line ending; commas, tabs or semicolons, by a line
//! `sep=` or by what the header shows. Out: a [`Grid`]. Can't happen: a row number that differs from the spreadsheet's; two
//! encodings in one file read as one.

use csv::StringRecord;

use super::clean::{bare, trimmed, washed};
use super::find::{Known, LOOK, score};
use super::{CELLS, Grid, UNPACKED, place};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;

/// A mark that no table holds ([`decode`] refuses NUL).
const END: &str = "\0";

/// Bytes of an unknown encoding as text.
///
/// # Errors
/// They are neither UTF-8, nor UTF-16, nor GB18030, or more than one of these: with the line where that shows.
pub fn decode(file: &str, bytes: &[u8]) -> Result<String, Problem> {
    let refused = |line: Option<usize>| {
        let (what, advice) = (msg!("roster.encoding"), msg!("roster.encoding_advice"));
        match line {
            Some(line) => Problem::cell(file, line, "", "", what, advice),
            None => Problem::file(file, what, advice),
        }
    };
    let encoding = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if bytes.contains(&0) => wide(bytes).ok_or_else(|| refused(None))?,
        None if std::str::from_utf8(bytes).is_ok() => encoding_rs::UTF_8,
        None => encoding_rs::GB18030,
    };
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors || text.contains('\0') {
        return Err(refused(broken_line(encoding, bytes)));
    }
    if encoding == encoding_rs::GB18030 {
        // Two encodings pasted into one file: the other one would be read as rare characters.
        if let Some(line) = lines_of(bytes).position(is_chinese_utf8) {
            return Err(refused(Some(line + 1)));
        }
    }
    Ok(text.into_owned())
}

fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n')
}

/// The first line that can't be read; no encoding of one or two bytes has a line feed inside a character, but UTF-16.
fn broken_line(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> Option<usize> {
    let wide = encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
    let broken = |line: &[u8]| line.contains(&0) || encoding.decode_without_bom_handling(line).1;
    if wide { None } else { lines_of(bytes).position(broken).map(|at| at + 1) }
}

/// UTF-16 without its mark: every ASCII character has a zero on one side, always the same, and there is one that ends a
/// cell or a line.
fn wide(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (encoding, low) = match (zeros(0), zeros(1)) {
        (0, _) => (encoding_rs::UTF_16LE, 0),
        (_, 0) => (encoding_rs::UTF_16BE, 1),
        _ => return None,
    };
    let ends =
        |unit: &[u8]| unit.get(1 - low) == Some(&0) && matches!(unit.get(low), Some(b',' | b'\t' | b';' | b'\n'));
    (bytes.len().is_multiple_of(2) && bytes.chunks_exact(2).any(ends)).then_some(encoding)
}

/// Whether a line is UTF-8 with at least two Chinese characters and no other foreign ones: no line of GB18030 looks so
/// but by the rarest chance.
fn is_chinese_utf8(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let (mut chinese, mut other) = (0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match c {
            '\u{4e00}'..='\u{9fff}' => chinese += 1,
            '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' | '\u{2010}'..='\u{203b}' => {}
            _ => other += 1,
        }
    }
    chinese >= 2 && other == 0
}

/// Reads a table in text.
pub(super) fn read(file: &str, bytes: &[u8], known: Known<'_>) -> Result<Grid, Problem> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > UNPACKED {
        return Err(super::too_large(file));
    }
    let mut text = washed(decode(file, bytes)?);
    if text.contains('\r') {
        text = with_line_feeds(&text);
    }
    let delimiter = match stated(&text) {
        Some((delimiter, rest)) => {
            // A spreadsheet shows no row for it.
            text = text.split_off(rest);
            delimiter
        }
        None => delimiter(&text, known),
    };
    // At most as many cells, wherever quotation marks stand.
    let ends = text.bytes().filter(|byte| *byte == delimiter || *byte == b'\n').count();
    if ends > CELLS {
        return Err(super::too_large(file));
    }
    let grid = match plain(&text, delimiter, ends + 1) {
        Some(grid) => Grid { text, ..grid },
        None => full(text, delimiter),
    };
    Ok(grid.settle(known))
}

/// The text with a line feed for every line ending.
fn with_line_feeds(text: &str) -> String {
    let mut lines = text.split('\r');
    let mut out = String::with_capacity(text.len());
    out.push_str(lines.next().unwrap_or(""));
    for line in lines {
        if !line.starts_with('\n') {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}

/// A text in which every line is a row and every delimiter ends a cell, in one pass, with room for `count` cells; the grid
/// still lacks the text. Nothing where a quotation mark does more than enclose a whole cell.
pub(super) fn plain(text: &str, delimiter: u8, count: usize) -> Option<Grid> {
    let bytes = text.as_bytes();
    let mut grid = Grid { cells: Vec::with_capacity(count), ..Grid::default() };
    let (mut number, mut start, mut first, mut blank) = (1, 0, 0, true);
    let mut end_cell = |at: usize, byte: u8| -> Option<()> {
        let (mut from, mut to) = unquoted(bytes, start, at)?;
        if matches!(bytes.get(from), Some(b'=' | b'\'' | b' ' | b'\t' | 0xe2)) {
            (from, to) = within(text, from, to);
        }
        blank = blank && is_blank(bytes.get(from..to)?);
        grid.cells.push((place(from), place(to)));
        start = at + 1;
        if byte == b'\n' {
            if blank {
                grid.cells.truncate(first);
            } else {
                grid.rows.push((number, first, grid.cells.len() - first));
            }
            (number, first, blank) = (number + 1, grid.cells.len(), true);
        }
        Some(())
    };
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == delimiter || *byte == b'\n' {
            end_cell(at, *byte)?;
        }
    }
    end_cell(bytes.len(), b'\n')?;
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

/// Where what a cell holds lies, without the marks of text round it.
fn within(text: &str, from: usize, to: usize) -> (usize, usize) {
    let Some(cell) = text.get(from..to) else { return (from, to) };
    let inner = bare(cell);
    let before = inner.as_ptr().addr() - cell.as_ptr().addr();
    (from + before, from + before + inner.len())
}

/// A text in which a cell may hold delimiters, quotation marks and line breaks.
pub(super) fn full(mut text: String, delimiter: u8) -> Grid {
    // An end mark: a quotation mark that is never closed swallows it.
    text.push('\n');
    text.push_str(END);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let mut number = 0;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).is_ok_and(|more| more) {
        number = row_number(&text, &record, number);
        if record.iter().next_back().is_some_and(|cell| cell.ends_with(END)) {
            if record.len() != 1 || record.get(0) != Some(END) {
                grid.open_quote = Some(number);
            }
            break;
        }
        if record.iter().any(|cell| !is_blank(bare(cell).as_bytes())) {
            grid.push(number, record.iter());
        }
    }
    grid
}

/// Whether a cell shows nothing.
fn is_blank(cell: &[u8]) -> bool {
    cell.first().is_none_or(|byte| !byte.is_ascii_graphic()) && trimmed(&String::from_utf8_lossy(cell)).is_empty()
}

/// What the first line says that cells end with, as some programs write it (`sep=;`), and where the text begins.
fn stated(text: &str) -> Option<(u8, usize)> {
    let (line, _) = text.split_once('\n')?;
    let mark = line.trim_end().trim_matches('"').to_ascii_lowercase();
    let delimiter = match mark.strip_prefix("sep=").unwrap_or_default() {
        "," => b',',
        ";" => b';',
        _ if line.to_ascii_lowercase().starts_with("sep=\t") => b'\t',
        _ => return None,
    };
    Some((delimiter, line.len() + 1))
}

/// What parts the cells of the line that names most columns; where none does, comma, or what the first line that has any
/// has more of: Excel's "Unicode Text" has tabs, some locales semicolons.
fn delimiter(text: &str, known: Known<'_>) -> u8 {
    const MARKS: [u8; 3] = [b',', b'\t', b';'];
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(LOOK);
    let named = |mark: u8| {
        let cells = |line: &'_ str| score(line.split(char::from(mark)).map(|cell| cell.trim_matches('"')), known);
        lines().filter(|line| line.len() < 10_000).map(cells).max().unwrap_or(0)
    };
    let best = MARKS.into_iter().map(|mark| (named(mark), mark));
    let best = best.fold((0, b','), |best, next| if next.0 > best.0 { next } else { best });
    if best.0 > 1 {
        return best.1;
    }
    let count = |line: &str, mark: u8| line.bytes().filter(|b| *b == mark).count();
    let first = lines().find(|line| MARKS.iter().any(|mark| count(line, *mark) > 0)).unwrap_or("");
    MARKS.into_iter().fold(b',', |best, mark| if count(first, mark) > count(first, best) { mark } else { best })
}

/// The row as a spreadsheet counts it: blank lines count, line breaks inside a cell don't.
fn row_number(text: &str, record: &StringRecord, last: usize) -> usize {
    let start = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
    let blank = text.get(start..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b'\n').count());
    last + 1 + blank
}
