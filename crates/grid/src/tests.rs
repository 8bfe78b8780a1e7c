//! Workbooks, gzip and far cells; what CSV does is tested where the roster reads it.

use std::io::Write;

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

fn any(_: &str) -> bool {
    false
}

fn lines(grid: &Grid) -> Vec<Vec<&str>> {
    grid.rows().map(|row| row.iter().collect()).collect()
}

#[test]
fn a_workbook_reads_as_it_was_typed() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("企业").expect("a name");
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let clock = Format::new().set_num_format("hh:mm");
    for (column, head) in ["编号", "手机", "值", "日期", "时刻", "几点", "公式"].iter().enumerate() {
        sheet.write(0, u16::try_from(column).expect("few"), *head).expect("written");
    }
    sheet.write(2, 0, "E001").expect("written");
    sheet.write(2, 1, 10_000_000_231_f64).expect("written");
    sheet.write(2, 2, 23.1).expect("written");
    let day = ExcelDateTime::from_ymd(2026, 7, 14).expect("a day");
    sheet.write_with_format(2, 3, &day, &date).expect("written");
    let at = ExcelDateTime::from_ymd(2026, 7, 14).and_then(|d| d.and_hms(8, 20, 0)).expect("a moment");
    sheet.write_with_format(2, 4, &at, &moment).expect("written");
    sheet.write_with_format(2, 5, ExcelDateTime::from_hms(8, 0, 0).expect("a time"), &clock).expect("written");
    sheet.write_formula(2, 6, Formula::new("=1/0").set_result("#DIV/0!")).expect("written");
    book.add_worksheet().set_name("别的").expect("a name").write(0, 0, "x").expect("written");
    let bytes = book.save_to_buffer().expect("a workbook");
    let grid = Grid::read("x.xlsx", &bytes, None, &any).expect("read");
    assert_eq!(grid.header.get(1), Some("手机"));
    assert_eq!(grid.row(0).map_or(0, |row| row.number), 3, "the blank second row counts");
    let wanted = ["E001", "10000000231", "23.1", "2026-07-14", "2026-07-14T08:20:00", "08:00", "#DIV/0!"];
    assert_eq!(lines(&grid), [wanted]);
    assert_eq!(Grid::read("x.xlsx", &bytes, Some("别的"), &any).expect("read").header.get(0), Some("x"));
    let missing = Grid::read("x.xlsx", &bytes, Some("没有"), &any).expect_err("no such sheet");
    assert!(missing.render(cuofeng_base::text::Lang::Zh).contains("企业、别的"));
}

#[test]
fn a_far_cell_and_a_damaged_workbook_are_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "编号").expect("written");
    sheet.write(1_048_575, 16_383, "x").expect("written");
    let bytes = book.save_to_buffer().expect("a workbook");
    assert_eq!(Grid::read("x.xlsx", &bytes, None, &any).expect_err("too far").what.key(), "grid.far_cell");
    for cut in [5, bytes.len() / 2, bytes.len() - 10] {
        let problem = Grid::read("x.xlsx", &bytes[..cut], None, &any).expect_err("damaged");
        assert_eq!(problem.what.key(), "grid.xlsx");
    }
}

#[test]
fn gzip_is_unpacked_and_a_damaged_or_swollen_one_is_refused() {
    let packed = |text: &[u8], times: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..times {
            encoder.write_all(text).expect("packed");
        }
        encoder.finish().expect("packed")
    };
    let bytes = packed("a,b\n1,2\n".as_bytes(), 1);
    assert_eq!(lines(&Grid::read("x.csv.gz", &bytes, None, &any).expect("read")), [["1", "2"]]);
    let cut = Grid::read("x.csv.gz", &bytes[..bytes.len() - 9], None, &any).expect_err("damaged");
    assert_eq!(cut.what.key(), "grid.gzip");
    let swollen = packed(&vec![b'1'; 1 << 22], 65);
    assert_eq!(Grid::read("x.csv.gz", &swollen, None, &any).expect_err("too large").what.key(), "grid.too_large");
}

proptest! {
    /// The short way through a text reads what a reader of full CSV reads, or leaves it to that.
    #[test]
    fn both_ways_through_a_text_read_the_same(text in "([a北 \\u{3000},;\\t\n\"]|,|\n|\"a\"){0,40}") {
        for delimiter in [b',', b';', b'\t'] {
            let Some(grid) = text::plain(&text, delimiter, 0) else { continue };
            let (short, full) = (Grid { text: text.clone(), ..grid }, text::full(text.clone(), delimiter));
            prop_assert_eq!(full.open_quote, None);
            prop_assert_eq!(&short.header, &full.header);
            prop_assert_eq!(lines(&short), lines(&full));
            let numbers = |grid: &Grid| grid.rows().map(|row| row.number).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&short), numbers(&full));
        }
    }
}

#[test]
fn a_text_whose_cells_are_merely_enclosed_goes_the_short_way() {
    let text = "\"a\",\"b\"\n1,\"NW\"\n";
    let grid = text::plain(text, b',', 0).expect("the short way");
    assert_eq!(lines(&Grid { text: text.to_owned(), ..grid }), [["a", "b"], ["1", "NW"]]);
    for text in ["\"a,b\",c\n", "\"a\nb\",c\n", "\"a\"\"b\",c\n", "a,\"b\n", "\"a\"b\n", "\"\n"] {
        assert!(text::plain(text, b',', 0).is_none(), "{text}");
    }
}
