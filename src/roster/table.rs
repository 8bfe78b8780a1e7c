//! Tables as offices keep them: CSV from Excel or WPS.
//!
//! In: bytes in UTF-8 (with or without BOM), UTF-16 with BOM or GB18030, any line ending, English or Chinese headers.
//! Out: rows of cleaned cells that know their row number and header. Can't happen: a cell guessed at; a column passed
//! over in silence.

use std::collections::BTreeMap;

use crate::msg;
use crate::problem::{Problem, nearest};
use crate::text::Message;

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
    /// Row number as a spreadsheet counts, the header being row 1.
    pub number: usize,
    file: &'a str,
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
        Problem::cell(self.file, self.number, header, self.get(column), what, advice)
    }
}

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

fn trimmed(text: &str) -> &str {
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

/// Reads a table; every problem goes to `problems`. Rows with a wrong number of cells are left out, and said so.
pub fn read<'a>(file: &'a str, bytes: &[u8], columns: &[ColumnName], problems: &mut Vec<Problem>) -> Vec<Row<'a>> {
    let text = match decode(file, bytes) {
        Ok(text) => text,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    // Whatever the line endings, and an end mark: a quotation mark that is never closed swallows it.
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n" + END;
    let delimiter = delimiter(&text);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(header)) = records.next().filter(|r| r.as_ref().is_ok_and(|r| r.get(0) != Some(END))) else {
        problems.push(Problem::file(file, msg!("roster.no_header"), msg!("roster.no_header_advice")));
        return Vec::new();
    };
    let Some(layout) = layout(file, &header, columns, problems) else { return Vec::new() };
    let mut rows = Vec::new();
    let mut number = 1;
    for record in records {
        let Ok(record) = record else { break };
        number = row_number(&text, &record, number);
        if record.iter().any(|cell| cell.contains(END)) {
            if record.len() != 1 || record.get(0) != Some(END) {
                let problem = Problem::cell(file, number, "", "", msg!("roster.quote"), msg!("roster.quote_advice"));
                problems.push(problem);
            }
            break;
        }
        if record.iter().all(|cell| trimmed(cell).is_empty()) {
            continue;
        }
        if record.len() != header.len() {
            let what = msg!("roster.cells", got = record.len(), want = header.len());
            problems.push(Problem::cell(file, number, "", "", what, msg!("roster.cells_advice")));
            continue;
        }
        let cells = layout
            .iter()
            .map(|(at, name)| {
                let head = trimmed(header.get(*at).unwrap_or("")).to_owned();
                (*name, (head, trimmed(record.get(*at).unwrap_or("")).to_owned()))
            })
            .collect();
        rows.push(Row { number, file, cells });
    }
    rows
}

/// A mark that no table holds ([`decode`] refuses NUL).
const END: &str = "\0";

/// Comma, or what the header line has more of: Excel's "Unicode Text" has tabs, some locales semicolons.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |mark: u8| header.bytes().filter(|b| *b == mark).count();
    [b'\t', b';'].into_iter().fold(b',', |best, mark| if count(mark) > count(best) { mark } else { best })
}

/// The row as a spreadsheet counts it: blank lines count, line breaks inside a cell don't.
fn row_number(text: &str, record: &csv::StringRecord, last: usize) -> usize {
    let start = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
    let blank = text.get(start..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b'\n').count());
    last + 1 + blank
}

fn layout(
    file: &str,
    header: &csv::StringRecord,
    columns: &[ColumnName],
    problems: &mut Vec<Problem>,
) -> Option<Vec<(usize, &'static str)>> {
    let mut layout: Vec<(usize, &'static str)> = Vec::new();
    let mut good = true;
    for (at, head) in header.iter().enumerate() {
        let head = half_width(trimmed(head));
        if head.is_empty() {
            continue;
        }
        let found = columns.iter().find(|c| c.name == head.to_ascii_lowercase() || c.zh.contains(&head.as_str()));
        match found {
            Some(column) if layout.iter().any(|(_, name)| *name == column.name) => {
                let what = msg!("roster.column_twice", name = &head);
                problems.push(Problem::cell(file, 1, &head, "", what, msg!("roster.column_twice_advice")));
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
                problems.push(Problem::cell(file, 1, &head, "", what, advice).as_warning());
            }
        }
    }
    for column in columns.iter().filter(|c| c.required) {
        if !layout.iter().any(|(_, name)| *name == column.name) {
            let zh = column.zh.first().copied().unwrap_or(column.name);
            let what = msg!("roster.column_missing", name = column.name, zh = zh);
            problems.push(Problem::cell(file, 1, zh, "", what, msg!("roster.column_missing_advice")));
            good = false;
        }
    }
    good.then_some(layout)
}
