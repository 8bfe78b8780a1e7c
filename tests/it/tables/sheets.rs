//! Sheets: where the table stands in them, what a cell says, what is no data.

use std::collections::BTreeMap;

use cuofeng_base::text::Lang;
use cuofeng_grid::{Grid, Kind};

use super::case;

/// The headings of the roster's cases, and of no other row.
pub(super) fn roster(heading: &str) -> bool {
    ["编号", "名称", "行业", "村", "绩效等级", "联系人", "手机", "手机号", "邮箱"].contains(&heading)
}

fn sheet(name: &str) -> Grid {
    Grid::read(name, &case("rosters", name), None, &roster).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

fn refused(name: &str) -> String {
    let read = Grid::read(name, &case("rosters", name), None, &roster);
    read.map_or_else(|problem| problem.render(Lang::Zh), |grid| panic!("{name} was read: {grid:?}"))
}

/// Number and mobile of each row.
fn mobiles(grid: &Grid) -> BTreeMap<String, String> {
    let at = |wanted: &[&str]| grid.header.iter().position(|head| wanted.contains(&head)).expect("a column");
    let (id, mobile) = (at(&["编号"]), at(&["手机", "手机\n号", "联系电话"]));
    let cell = |row: cuofeng_grid::Row<'_>, at: usize| row.get(at).unwrap_or_default().trim().to_owned();
    grid.rows().map(|row| (cell(row, id), cell(row, mobile))).collect()
}

#[test]
fn workbooks_of_every_program_read_the_same() {
    let plain = sheet("ent_plain.xlsx");
    let text = |grid: &Grid| grid.rows().map(|row| row.iter().collect::<Vec<_>>().join("|")).collect::<Vec<_>>();
    assert_eq!(plain.rows().count(), 3);
    assert_eq!(plain.sheet.as_deref(), Some("Sheet"));
    for name in [
        "ent_abs.xlsx",
        "ent_backslash.xlsx",
        "ent_dim.xlsx",
        "ent_dim0.xlsx",
        "ent_shared.xlsx",
        "ent_shared_dim.xlsx",
        "ent_rich.xlsx",
        "ent_old.xls",
        "ent_merged.xlsx",
        "ent_blank.xlsx",
        "ent_total.xlsx",
        "ent_title.xlsx",
        "ent_second.xlsx",
        "ent_hidden.xlsx",
    ] {
        let grid = sheet(name);
        assert_eq!(text(&grid), text(&plain), "{name}");
        assert_eq!(grid.header, plain.header, "{name}");
    }
}

#[test]
fn what_is_no_data_is_passed_over_and_said_in_one_line() {
    let said = |name: &str| sheet(name).passed_over(name).map(|problem| problem.render(Lang::Zh)).unwrap_or_default();
    assert_eq!(said("ent_plain.xlsx"), "");
    assert!(said("ent_title.xlsx").contains("表头之上的第 1 行"), "{}", said("ent_title.xlsx"));
    assert!(said("ent_total.xlsx").contains("工作表“Sheet”") && said("ent_total.xlsx").contains("第 5 行（合计"));
    let title = sheet("ent_title.xlsx");
    assert_eq!((title.header_row, title.row(0).map(|row| row.number)), (2, Some(3)));
    for name in ["ent_second.xlsx", "ent_hidden.xlsx"] {
        assert_eq!(sheet(name).sheet.as_deref(), Some("企业"), "{name}");
    }
}

#[test]
fn a_merged_cell_stands_in_each_of_its_rows() {
    let grid = sheet("ent_merged.xlsx");
    let villages: Vec<_> = grid.rows().map(|row| row.get(3).unwrap_or_default()).collect();
    assert_eq!(villages, ["青杠村"; 3]);
}

#[test]
fn a_formula_without_a_value_is_told_and_no_cell_is_made_of_it() {
    let grid = sheet("ent_formula_nocache.xlsx");
    let row = grid.row(0).expect("a row");
    assert_eq!(row.get(1), Some(""));
    assert!(row.unworked(1).is_some_and(|(what, _)| what.text(Lang::Zh).contains("公式")));
    assert!(row.unworked(0).is_none());
}

#[test]
fn a_file_of_another_kind_is_named_with_what_to_do() {
    for (name, what) in [("ent_xls.xlsx", "旧版 Excel"), ("ent_html.xlsx", "网页")] {
        let said = refused(name);
        assert!(said.contains(what) && said.contains("另存为 .xlsx"), "{said}");
    }
}

#[test]
fn texts_as_others_export_them_read_the_same() {
    let plain = mobiles(&sheet("c_utf8.csv"));
    assert_eq!(plain.keys().collect::<Vec<_>>(), ["E001", "E002"]);
    for name in [
        "c_bom.csv",
        "c_gb18030.csv",
        "c_utf16be.csv",
        "c_utf16nobom.csv",
        "c_utf16tab.csv",
        "c_semi.csv",
        "c_sep.csv",
        "c_wrap.csv",
        "c_tel.csv",
        "c_trail.csv",
        "c_raggedblank.csv",
    ] {
        let grid = sheet(name);
        assert_eq!(mobiles(&grid), plain, "{name}");
        assert!(grid.rows().all(|row| row.len() == grid.header.len()), "{name}");
    }
    assert_eq!(sheet("c_sep.csv").row(0).map(|row| row.number), Some(2), "Excel shows no row for it");
}

#[test]
fn marks_of_text_and_signs_nobody_sees_are_no_part_of_a_number() {
    let numbers: Vec<String> = mobiles(&sheet("c_eq.csv")).into_values().collect();
    assert_eq!(numbers, ["10000000101", "10000000102", "10000000103", "10000000104"]);
    let hidden = sheet("c_hidden.csv");
    let numbers: Vec<String> = mobiles(&hidden).into_values().map(|cell| cuofeng_grid::half_width(&cell)).collect();
    assert_eq!(numbers, ["10000000101", "100-00000102", "100-000-0103", "10000000104", "10000000105"]);
    assert_eq!(hidden.row(4).and_then(|row| row.get(3)), Some("青杠村"));
}

#[test]
fn two_encodings_in_one_file_and_half_a_character_are_refused_at_their_line() {
    assert!(refused("c_mixed.csv").contains("第 4 行"), "{}", refused("c_mixed.csv"));
    assert!(refused("c_cut.csv").contains("第 3 行"), "{}", refused("c_cut.csv"));
}

#[test]
fn rows_of_units_totals_and_remarks_are_told_from_data() {
    let known = |head: &str| ["时间", "O3", "企业"].contains(&head);
    let text = "某某站小时数据\n说明,,\n时间,O3(μg/m³),企业\n,ug/m3,\n1,2,合计加工厂\n青杠村小计,3,\n平均值（1-24时）,4,\n\
                注：以上为原始数据,,\n填表人：某某,,审核人：某某\n";
    let grid = Grid::read("x.csv", text.as_bytes(), None, &known).expect("a table");
    assert_eq!(grid.rows().map(|row| row.number).collect::<Vec<_>>(), [5]);
    let kinds: Vec<(usize, Kind)> = grid.skipped.clone();
    assert_eq!(
        kinds,
        [
            (1, Kind::Above),
            (2, Kind::Above),
            (4, Kind::Units),
            (6, Kind::Summary),
            (7, Kind::Summary),
            (8, Kind::Remark),
            (9, Kind::Remark),
        ]
    );
    assert_eq!(grid.unit(1).as_deref(), Some("μg/m³"));
}
