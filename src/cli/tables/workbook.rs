//! A table as a workbook to be filled: heads, drop-downs, one row that shows how.
//!
//! In: a table and the vocabulary. Out: the bytes of a workbook. Can't happen: a number that a spreadsheet shortens (its
//! column is a text); a drop-down with what the table would refuse.

use rust_xlsxwriter::{Color, DataValidation, DataValidationErrorStyle, Format, Formula, Workbook, XlsxError};

use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_town::roster::{Column, Sectors, Table};

/// Rows for which there are drop-downs.
const ROWS: u32 = 2000;

/// Most characters that a spreadsheet shows beside a selected cell.
const HINT: usize = 255;

/// The table as a workbook.
pub(super) fn bytes(table: Table, sectors: &Sectors, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (bold, grey) = (Format::new().set_bold(), Format::new().set_font_color(Color::Gray));
    let lists: Vec<(&Column, Vec<String>)> =
        table.columns().iter().map(|column| (column, column.choices(sectors, lang))).collect();
    let choices = msg!("tables.choices").text(lang);
    let sheet = book.add_worksheet().set_name(table.title().text(lang))?;
    for ((at, listed), (column, list)) in (0u16..).zip(places(&lists)).zip(&lists) {
        let head = column.head(lang);
        let needed = if column.required { format!("{head}*") } else { head };
        sheet.set_column_width(at, width(&needed))?;
        if column.is_text {
            sheet.set_column_format(at, &Format::new().set_num_format("@"))?;
        }
        sheet.write_with_format(0, at, needed, &bold)?;
        let example = column.example(lang);
        if column.is_text {
            sheet.write_string_with_format(1, at, example, &grey.clone().set_num_format("@"))?;
        } else if let Ok(number) = example.parse::<f64>() {
            sheet.write_number_with_format(1, at, number, &grey)?;
        } else {
            sheet.write_string_with_format(1, at, example, &grey)?;
        }
        let hint: String = column.about().text(lang).chars().take(HINT).collect();
        let rule = match listed {
            Some(listed) => DataValidation::new()
                .allow_list_formula(Formula::new(range(&choices, listed, list.len())))
                .set_error_style(DataValidationErrorStyle::Stop)
                .set_error_message(msg!("tables.choose").text(lang))?,
            None => DataValidation::new().allow_any_value(),
        };
        sheet.add_data_validation(1, at, ROWS, at, &rule.set_input_message(hint)?)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let hidden = book.add_worksheet().set_name(&choices)?;
    hidden.set_hidden(true);
    let shown = lists.iter().filter(|(_, list)| !list.is_empty());
    for (at, (_, list)) in (0u16..).zip(shown) {
        for (row, choice) in (0u32..).zip(list) {
            hidden.write_string(row, at, choice)?;
        }
    }
    book.save_to_buffer()
}

/// For each column, under which column of the choices its own stand, if it has any.
fn places(lists: &[(&Column, Vec<String>)]) -> Vec<Option<u16>> {
    let mut next = 0;
    let mut places = Vec::new();
    for (_, list) in lists {
        places.push((!list.is_empty()).then_some(next));
        next += u16::from(!list.is_empty());
    }
    places
}

/// The cells of a column of the choices: `=可选值!$A$1:$A$9`.
fn range(sheet: &str, column: u16, count: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(column % 26).unwrap_or(0));
    format!("={sheet}!${letter}$1:${letter}${count}")
}

/// Room for a head, and for what stands below it.
fn width(head: &str) -> f64 {
    let wide: u8 = head.chars().map(|c| if c.is_ascii() { 1_u8 } else { 2 }).fold(0, u8::saturating_add);
    f64::from(wide.clamp(10, 30)) + 3.0
}
