//! Sheets: CSV, gzip and workbooks, with the headings that a reader knows.
#![no_main]

use cuofeng_grid::Grid;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let known = |head: &str| ["编号", "名称", "手机", "a", "b"].contains(&head);
    for sheet in [None, Some("b")] {
        let Ok(grid) = Grid::read("t.xlsx", bytes, sheet, &known) else { continue };
        assert!(grid.rows().all(|row| row.number >= grid.header_row && row.iter().count() == row.len()));
        let _ = grid.passed_over("t.xlsx");
        let _ = (0..grid.header.len()).filter_map(|column| grid.unit(column)).count();
    }
});
