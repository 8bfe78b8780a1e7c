//! A table that people open: in Excel, WPS or whatever their computer has.
//!
//! In: a head and rows of cells. Out: CSV with the mark by which spreadsheets know UTF-8. Can't happen: a text that a
//! spreadsheet takes for a formula; a number that it takes for a text; a cell that breaks its row. What programs read back
//! (a site's own tables, `cuofeng aqi --csv`) is not written here: it has no mark and no guard.

use csv::{Terminator, WriterBuilder};

use cuofeng_base::text::outside;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, whatever they look like.
    Text(String),
    /// A decimal number as it is written.
    Number(String),
}

/// Spreadsheets know UTF-8 by it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// With which a formula begins; where the keyboard writes full width, those count too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The table as CSV.
///
/// # Errors
/// None but those of memory.
pub fn csv(head: &[String], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(MARK.to_vec());
    writer.write_record(head.iter().map(|title| text(title)))?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| match cell {
            Cell::Number(number) if number.parse::<f64>().is_ok() => number.clone(),
            Cell::Text(words) | Cell::Number(words) => text(words),
        }))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Words in one line that no spreadsheet takes for a formula. Spreadsheets show the mark in front of them, so it stands
/// only where a formula could: not before a lone dash, nor before a telephone number.
fn text(words: &str) -> String {
    let line = outside::line(words);
    let is_dash = line.chars().count() == 1;
    let is_number = line.strip_prefix('+').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_digit() || c == ' ')
    });
    if line.starts_with(FORMULA) && !is_dash && !is_number { format!("'{line}") } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(cells: Vec<Cell>) -> String {
        String::from_utf8(csv(&["题".to_owned()], [cells]).expect("a table")).expect("UTF-8")
    }

    #[test]
    fn a_text_is_a_text_and_a_number_a_number() {
        for (cell, wanted) in [
            (Cell::Text("=1+1".into()), "'=1+1"),
            (Cell::Text("\t@a".into()), "'@a"),
            (Cell::Text("－".into()), "－"),
            (Cell::Text("+86 100 0000 0001".into()), "+86 100 0000 0001"),
            (Cell::Text("+1+1".into()), "'+1+1"),
            (Cell::Text("\r-2+3".into()), "'-2+3"),
            (Cell::Text("＝cmd".into()), "'＝cmd"),
            (Cell::Text("-3.5".into()), "'-3.5"),
            (Cell::Number("-3.5".into()), "-3.5"),
            (Cell::Number("=1".into()), "'=1"),
            (Cell::Text("喷涂，\n烘干".into()), "喷涂， 烘干"),
            (Cell::Text("10:00-17:00".into()), "10:00-17:00"),
            (Cell::Text("a,\"b\"".into()), "\"a,\"\"b\"\"\""),
        ] {
            assert_eq!(written(vec![cell.clone()]), format!("\u{feff}题\r\n{wanted}\r\n"), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn no_words_become_a_formula_or_another_row(words in any::<String>()) {
            let table = written(vec![Cell::Text(words.clone())]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
            let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("a table");
            let cell = rows.get(1).and_then(|row| row.get(0)).unwrap_or_default();
            prop_assert!(rows.len() == 2 && rows[1].len() == 1, "{table:?}");
            let calculates = |cell: &str| cell.chars().count() > 1 && cell.contains(|c: char| !c.is_ascii_digit() && !"+ ".contains(c));
            prop_assert!(!(cell.starts_with(FORMULA) && calculates(cell)), "{cell:?}");
            prop_assert!(!cell.contains(char::is_control), "{cell:?}");
            let line = outside::line(&words);
            prop_assert!(cell == line || cell.strip_prefix('\'') == Some(line.as_str()), "{cell:?}");
        }
    }
}
