//! Rows and cells: what is named, and in how many lines.

use super::{HEAD, ONE, brief, case, enterprises, found, of_enterprises, row, site_with};
use crate::office::{folder, run, text};

#[test]
fn a_table_without_fault_says_nothing() {
    for name in ["c_trail.csv", "c_raggedblank.csv", "c_tel.csv", "c_wrap.csv"] {
        assert_eq!(enterprises(name), [], "{name}");
    }
    // Their second enterprise has a mobile of ten digits.
    for name in ["ent_plain.xlsx", "ent_blank.xlsx"] {
        assert_eq!(enterprises(name), [row("roster.mobile_length", 3, "手机")], "{name}");
    }
}

#[test]
fn a_row_that_is_blank_but_for_its_number_is_named_in_one_line_and_one_with_data_is_an_error() {
    let dir = folder();
    let table = "序号,编号,企业名称,行业,村,联系人,手机,备注\n1,E001,某某印刷厂,printing,青杠村,王某,10000000101,\n\
                 2,,,,,,,\n3,,,,,,,停业\n,,,,,,,\n4,,某某涂装厂,,,,,\n";
    let found = found(&site_with(dir.path(), "enterprises", ("e.csv", table.as_bytes())));
    let unfilled: Vec<_> = found.iter().filter(|(_, code, ..)| code == "roster.rows_unfilled").collect();
    assert_eq!(unfilled.len(), 1, "{found:?}");
    assert_eq!(unfilled[0].0, "warning");
    let words = text(&run(&["check"], &dir.path().join("office")));
    assert!(words.contains("第 3, 4 行"), "which rows: {words}");
    let errors: Vec<_> = found.iter().filter(|(severity, _, row, ..)| severity == "error" && *row != 2).collect();
    assert!(!errors.is_empty() && errors.iter().all(|(_, _, row, ..)| *row == 6), "a name without its code: {found:?}");
}

#[test]
fn a_sum_below_the_rows_is_none_of_them_and_named_in_one_line() {
    assert_eq!(enterprises("ent_total.xlsx"), [row("grid.passed", 0, ""), row("roster.mobile_length", 3, "手机")]);
}

#[test]
fn a_site_without_villages_is_told_once_and_not_in_every_row_of_its_enterprises() {
    let dir = folder();
    let site = site_with(dir.path(), "enterprises", ("e.xlsx", &case("ent_plain.xlsx")));
    std::fs::remove_file(site.join("villages.xlsx")).expect("the villages");
    std::fs::write(site.join("villages.csv"), "代码,名称\n").expect("no village yet");
    let found = brief(&site);
    assert_eq!(found.iter().filter(|(code, ..)| code == "roster.no_villages").count(), 1, "{found:?}");
    assert!(!found.iter().any(|(code, ..)| code == "roster.village"), "{found:?}");
    let words = text(&run(&["check"], &site));
    assert!(words.contains("villages.csv: 没有读到一个村，表里的 3 家企业都不知道在哪个村"), "{words}");
}

#[test]
fn a_formula_without_a_value_is_told_once_and_no_cell_that_was_left_blank() {
    let found = enterprises("ent_formula_nocache.xlsx");
    let there: Vec<&str> = found.iter().filter(|(_, row, _)| *row == 2).map(|(code, ..)| code.as_str()).collect();
    assert_eq!(there, ["grid.formula"], "{found:?}");
}

#[test]
fn columns_that_every_office_keeps_are_nobodys_error_and_others_are_named_in_one_line() {
    let table = format!("序号,{HEAD},职务,备注\n1,{ONE},经理,已关停？\n");
    assert_eq!(brief(&of_enterprises(&table, "").1), []);
    let table = format!("{HEAD},车间数,班次,\n{ONE},3,2,丙\n");
    let (_dir, site) = of_enterprises(&table, "");
    assert_eq!(brief(&site), [row("roster.columns_unread", 1, "")]);
    let check = text(&run(&["check"], &site));
    assert!(check.contains("没有读这些列：车间数、班次、G"), "{check}");
    let english = text(&run(&["check", "--lang", "en"], &site));
    assert!(english.contains("these columns were not read: 车间数, 班次, G"), "{english}");
}

#[test]
fn what_an_office_calls_its_columns_stands_in_the_site_file() {
    let table = "编号,厂名,行业,村,车间数\nE001,甲,restaurant,青杠村,3\n";
    assert_eq!(brief(&of_enterprises(table, "").1), [row("roster.columns_missing", 1, "")]);
    let own = "\n[tables.enterprises]\ncolumns = { \"厂名\" = \"name\", \"车间数\" = \"\" }\n";
    assert_eq!(brief(&of_enterprises(table, own).1), []);
    let own = "\n[tables.enterprises]\ncolumns = { \"厂名\" = \"名称\", \"班次\" = \"\" }\n";
    let found = brief(&of_enterprises(table, own).1);
    assert_eq!(found, [row("roster.column_own", 0, ""), row("roster.columns_unread", 1, "")]);
    let (_dir, site) = of_enterprises(table, "\n[tables.enterprises]\ncolumns = { \"厂名\" = \"nam\" }\n");
    let check = text(&run(&["check"], &site));
    assert!(check.contains("enterprises 表没有“nam”这一列") && check.contains("可写：name"), "{check}");
}

#[test]
fn the_column_of_a_problem_is_named_in_the_language_of_the_call_and_the_file_is_the_one_that_was_read() {
    let table = "id,name,sector,village,mobile\nE001,甲,restaurant,乙村,1000000010\n";
    let (_dir, site) = of_enterprises(table, "");
    let check = text(&run(&["check"], &site));
    for words in [
        "enterprises.csv 第 2 行“mobile（手机）”列",
        "enterprises.csv 第 2 行“village（村）”列",
        "写 villages.xlsx 里的代码或村名",
    ] {
        assert!(check.contains(words), "{words}: {check}");
    }
    let english = text(&run(&["check", "--lang", "en"], &site));
    assert!(english.contains("enterprises.csv row 2, column `mobile`"), "{english}");
    let table = "编号,名称,行业,村,手机\nE001,甲,restaurant,青杠村,1000000010\n";
    let (_dir, site) = of_enterprises(table, "");
    assert!(text(&run(&["check"], &site)).contains("第 2 行“手机”列"));
    let english = text(&run(&["check", "--lang", "en"], &site));
    assert!(english.contains("enterprises.csv row 2, column `手机 (mobile)`"), "{english}");
    // A column that the table does not have goes by its own name.
    let table = "编号,企业,名称,活动,类型\nP1,E001,喷,喷涂,可间断\n";
    let dir = folder();
    let site = site_with(dir.path(), "processes", ("p.csv", table.as_bytes()));
    assert!(text(&run(&["check"], &site)).contains("processes.csv 第 2 行“每日小时数”列"));
    assert!(text(&run(&["check", "--lang", "en"], &site)).contains("row 2, column `slots_per_day`"));
}
