//! Tables as offices make them: what is certain is read, what is not is told at its cell.

mod office;

use std::path::{Path, PathBuf};
use std::process::Command;

use cuofeng_base::text::Lang;
use cuofeng_town::roster::{Column, Mir, Mobile, Sectors, Table};
use office::{cuofeng, folder, new_site, run, text};
use serde_json::Value;

/// Our copy of a case.
fn case(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/rosters").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A site whose table is this file, read as `table`; villages and staff are those of the cases.
fn site_with(dir: &Path, table: &str, (name, bytes): (&str, &[u8])) -> PathBuf {
    let site = new_site(dir);
    for (table, bytes) in [("villages", case("villages.xlsx")), ("staff", case("staff.xlsx"))] {
        std::fs::remove_file(site.join(format!("{table}.csv"))).expect("a table");
        std::fs::write(site.join(format!("{table}.xlsx")), bytes).expect("a table");
    }
    for ending in ["csv", "xlsx"] {
        let _ = std::fs::remove_file(site.join(format!("{table}.{ending}")));
    }
    let ending = name.rsplit('.').next().expect("an ending");
    std::fs::write(site.join(format!("{table}.{ending}")), bytes).expect("a table");
    site
}

/// What `check` finds in a site's tables: severity, code, row, column and value.
fn found(site: &Path) -> Vec<(String, String, i64, String, String)> {
    let output = run(&["check", "--json"], site);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let tables = |file: &str| Table::ALL.iter().any(|table| file.starts_with(&format!("{}.", table.name())));
    let problems = value["problems"].as_array().expect("problems").iter();
    let of_tables = problems.filter(|p| p["file"].as_str().is_some_and(tables) && p["code"] != "site.no_contact");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    of_tables
        .map(|p| {
            let row = p["line"].as_i64().unwrap_or(0);
            (word(&p["severity"]), word(&p["code"]), row, word(&p["column"]), word(&p["value"]))
        })
        .collect()
}

/// The same without severity and value.
fn brief(site: &Path) -> Vec<(String, i64, String)> {
    found(site).into_iter().map(|(_, code, row, column, _)| (code, row, column)).collect()
}

fn enterprises(name: &str) -> Vec<(String, i64, String)> {
    let dir = folder();
    brief(&site_with(dir.path(), "enterprises", (name, &case(name))))
}

fn row(code: &str, row: i64, column: &str) -> (String, i64, String) {
    (code.to_owned(), row, column.to_owned())
}

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
fn of_the_ways_to_write_a_mobile_the_certain_ones_are_read_and_the_others_shown() {
    let dir = folder();
    let found = found(&site_with(dir.path(), "enterprises", ("e.xlsx", &case("ent_mobiles.xlsx"))));
    let wanted = [
        ("error", "roster.mobile_scientific", 3, "1.00E+10"),
        ("error", "roster.mobile_several", 7, "10000000106/10000000107"),
        ("error", "roster.mobile_landline", 16, "023-70600000"),
    ];
    let wanted = wanted.map(|(severity, code, row, cell)| {
        (severity.to_owned(), code.to_owned(), row, "手机".to_owned(), cell.to_owned())
    });
    assert_eq!(found, wanted);
    let dir = folder();
    let site = site_with(dir.path(), "enterprises", ("e.csv", &case("c_hidden.csv")));
    assert_eq!(brief(&site), [row("roster.mobile_length", 4, "手机")], "ten digits between dashes");
}

#[test]
fn a_mobile_is_cleaned_of_what_is_none_of_it_and_never_completed() {
    for cell in [
        "10000000101",
        "\u{202a}10000000101\u{202c}",
        "10000000101\u{200b}",
        "100\u{200b}0000\u{200b}0101",
        "'10000000101",
        "100 0000 0101",
        "+86 10000000101",
        "+86-100-0000-0101",
        "008610000000101",
        "8610000000101",
        "(86)10000000101",
        "\t10000000101 ",
        "100\u{a0}0000\u{a0}0101",
        "100－0000－0101",
        "100\u{2011}0000\u{2011}0101",
        "100\u{ad}00000101",
        "100.0000.0101",
        "１０００００００１０１",
    ] {
        let read = Mobile::parse(cell);
        assert_eq!(read.as_ref().ok().map(Mobile::number), Some("10000000101"), "{cell:?}");
    }
    for (cell, key) in [
        ("1.00E+10", "roster.mobile_scientific"),
        ("10000000101.0", "roster.mobile_scientific"),
        ("10000000106/10000000107", "roster.mobile_several"),
        ("10000000106、10000000107", "roster.mobile_several"),
        ("10000000106 10000000107", "roster.mobile_several"),
        ("10000000106；023-70600000", "roster.mobile_several"),
        ("100****0101", "roster.mobile_masked"),
        ("1000000010", "roster.mobile_length"),
        ("100000001010", "roster.mobile_length"),
        ("023-70600000", "roster.mobile_landline"),
        ("10000000101张某", "roster.mobile_form"),
        ("12300000000", "roster.mobile_form"),
        ("无", "roster.mobile_form"),
    ] {
        assert_eq!(Mobile::parse(cell).map_err(|(what, _)| what.key()), Err(key), "{cell}");
    }
}

const HEAD: &str = "编号,名称,行业,村";
const ONE: &str = "E001,甲,restaurant,青杠村";

fn of_enterprises(table: &str, more: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = folder();
    let site = site_with(dir.path(), "enterprises", ("e.csv", table.as_bytes()));
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(file, source + more).expect("the site file");
    (dir, site)
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
fn a_telephone_that_may_be_a_landline_is_one_and_a_proper_mobile_goes_before_it() {
    let table =
        format!("{HEAD},联系电话,手机\n{ONE},023-70600000,10000000101\nE002,乙,restaurant,青杠村,10000000102,\n");
    assert_eq!(brief(&of_enterprises(&table, "").1), [], "the other one is not asked");
    let table = format!("{HEAD},联系电话\n{ONE},023-70600000\nE002,乙,restaurant,青杠村,1000000010\n");
    let found = found(&of_enterprises(&table, "").1);
    let brief: Vec<_> =
        found.iter().map(|(severity, code, row, ..)| (severity.as_str(), code.as_str(), *row)).collect();
    assert_eq!(brief, [("warning", "roster.mobile_landline", 2), ("error", "roster.mobile_length", 3)]);
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

#[test]
fn a_loudspeaker_without_an_address_is_played_by_people_and_no_two_villages_share_one() {
    let villages = |cells: [&str; 3]| {
        let row = |(i, cell): (usize, &&str)| format!("50019900120{},村{i},{cell}\n", i + 1);
        let rows: String = cells.iter().enumerate().map(row).collect();
        let dir = folder();
        let table = format!("代码,名称,大喇叭\n{rows}");
        let site = site_with(dir.path(), "villages", ("v.csv", table.as_bytes()));
        (text(&run(&["check"], &site)), brief(&site), dir)
    };
    let (words, found, _dir) = villages(["有", "是", "无"]);
    assert_eq!(found, [row("roster.by_hand", 0, "")]);
    assert!(words.contains("有大喇叭、没有写地址：村0、村1"), "{words}");
    assert_eq!(villages(["-", "否", ""]).1, []);
    // How many there are is no address either, and no address that two villages share.
    let (words, found, _dir) = villages(["2个", "3台", "2个"]);
    assert_eq!(found, [row("roster.by_hand", 0, "")]);
    assert!(words.contains("有大喇叭、没有写地址：村0、村1、村2"), "{words}");
    assert_eq!(villages(["speaker-01", "speaker-02", "无"]).1, []);
    let (words, found, _dir) = villages(["speaker-01", "speaker-02", "speaker-01"]);
    assert_eq!(found, [row("roster.loudspeaker_twice", 4, "大喇叭")]);
    assert!(words.contains("“村0”已经用了这个大喇叭地址"), "{words}");
}

/// What is found in processes of a car-painting shop, and its roster where nothing is an error.
fn processes(head: &str, cells: &str) -> (Vec<(String, i64, String)>, Option<cuofeng_town::roster::Process>) {
    let dir = folder();
    let table = format!("编号,企业,名称,活动,类型,每日小时数,{head}\nP1,E001,喷,喷涂,可间断,8,{cells}\n");
    let site = site_with(dir.path(), "processes", ("p.csv", table.as_bytes()));
    std::fs::write(site.join("enterprises.csv"), "编号,名称,行业,村\nE001,甲,汽车喷漆,青杠村\n").expect("a table");
    let roster = cuofeng_office::site::Site::read(&site).0.map(|site| site.roster);
    let process = roster.and_then(|roster| roster.enterprises.first()?.processes.first().cloned());
    (brief(&site), process)
}

#[test]
fn emissions_count_in_the_unit_that_is_written() {
    for (head, cells, grams_an_hour) in [
        ("VOCs", "2.5", 2500),
        ("VOCs（千克/小时）", "2.5", 2500),
        ("挥发性有机物(kg/h)", "2.5", 2500),
        ("VOCs[克/小时]", "2500", 2500),
        ("VOCs（千克/小时）", "800克/小时", 800),
    ] {
        let (found, process) = processes(head, cells);
        assert_eq!((found, process.map(|p| p.voc)), (vec![], Some(grams_an_hour)), "{head} {cells}");
    }
    // 5.84 tonnes in 365 days of 8 hours, 4.96 in 248.
    for (head, cells) in [("VOCs（吨/年）", "5.84"), ("VOCs", "5840千克/年"), ("VOCs（吨/年）,仅工作日", "4.96,是")]
    {
        let (found, process) = processes(head, cells);
        assert_eq!(found, [row("roster.converted", 0, "")], "{head}");
        assert_eq!(process.map(|p| p.voc), Some(2000 + 500 * i64::from(cells.contains('是'))), "{head} {cells}");
    }
    for (head, cells, problem) in [
        ("VOCs（毫克/立方米）", "2.5", row("roster.unit", 1, "VOCs（毫克/立方米）")),
        ("VOCs（吨）", "2.5", row("roster.unit", 1, "VOCs（吨）")),
        ("功率（吨/年）", "2.5", row("roster.unit", 1, "功率（吨/年）")),
        ("VOCs", "2.5吨", row("roster.unit", 2, "VOCs")),
        ("VOCs", "5840", row("roster.emission_large", 2, "VOCs")),
    ] {
        assert_eq!(processes(head, cells).0, [problem], "{head} {cells}");
    }
}

#[test]
fn hours_that_nobody_wrote_are_the_sectors_and_not_the_whole_day() {
    let hours = |text: &str| cuofeng_base::time::ClockHours::parse(text);
    let (found, process) = processes("可运行时段", "");
    assert_eq!((found, process.map(|p| p.allowed)), (vec![], hours("06-22")), "rules/sectors.toml: auto_paint, spray");
    let (found, process) = processes("可运行时段", "00-24");
    assert_eq!((found, process.map(|p| p.allowed)), (vec![], hours("00-24")));
    let dir = folder();
    let table = "编号,企业,名称,活动,类型,每日小时数\nP1,E001,喷,喷涂,可间断,20\n";
    let site = site_with(dir.path(), "processes", ("p.csv", table.as_bytes()));
    std::fs::write(site.join("enterprises.csv"), "编号,名称,行业,村\nE001,甲,汽车喷漆,青杠村\n").expect("a table");
    assert_eq!(brief(&site), [row("roster.sector_hours", 2, "")]);
    assert!(text(&run(&["check"], &site)).contains("全天可运行写 00-24"));
}

#[test]
fn every_column_of_every_table_is_described_and_the_page_that_the_readmes_name_is_what_the_program_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (lang, readme, page) in
        [("zh", "README.zh-CN.md", "docs/tables.zh-CN.md"), ("en", "README.md", "docs/tables.md")]
    {
        let said = cuofeng().args(["tables", "--lang", lang]).output().expect("the program");
        assert!(said.status.success(), "{}", text(&said));
        let said = String::from_utf8(said.stdout).expect("UTF-8");
        let kept = std::fs::read_to_string(root.join(page)).expect("the page");
        assert_eq!(kept, said, "cuofeng tables --lang {lang} > {page}");
        let readme = std::fs::read_to_string(root.join(readme)).expect("a README");
        assert!(readme.contains(&format!("]({page})")), "the README names {page}");
        for table in Table::ALL {
            let section = said.split("\n## ").find(|part| part.contains(&format!("`{}.csv", table.name())));
            let section = section.unwrap_or_else(|| panic!("{} is not described", table.name()));
            for column in table.columns() {
                let line = section.lines().find(|line| {
                    let mut cells = line.split(" | ").map(|cell| cell.trim_matches(['|', ' ']));
                    cells.next() == Some(&column.head(if lang == "zh" { Lang::Zh } else { Lang::En }))
                });
                let line = line.unwrap_or_else(|| panic!("{}: {} is not described", table.name(), column.name));
                assert!(column.names().all(|name| line.contains(name)), "{line}");
                let about = column.about().text(if lang == "zh" { Lang::Zh } else { Lang::En });
                assert!(
                    about.chars().count() >= 4 && !about.starts_with("columns.") && line.contains(&about),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn what_is_read_from_a_row_is_what_the_tables_have() {
    // Every name in quotation marks by which the reader asks a row for a cell.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/roster");
    let read = |name: &str| {
        let source = std::fs::read_to_string(root.join(name)).expect("a source");
        source.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
    };
    let sources: String = ["reader.rs", "duty.rs", "department.rs"].map(read).concat();
    let columns = || Table::ALL.into_iter().flat_map(Table::columns);
    for column in columns() {
        assert!(sources.contains(&format!("\"{}\"", column.name)), "{} is described and never read", column.name);
    }
    let mut asked = 0;
    for call in [".get(\"", ".ascii(\"", ".measured(\""] {
        for part in sources.split(call).skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(columns().any(|column| column.name == name), "`{name}` is read and not described");
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
}

#[test]
fn init_writes_every_table_with_all_its_columns() {
    let dir = folder();
    let site = new_site(dir.path());
    for table in Table::ALL {
        let source = std::fs::read_to_string(site.join(format!("{}.csv", table.name()))).expect("a table");
        let heads: Vec<String> = table.columns().iter().map(|column| column.head(Lang::Zh)).collect();
        assert_eq!(source, format!("\u{feff}{}\r\n", heads.join(",")), "{}", table.name());
    }
    assert_eq!(brief(&site), [row("site.no_duty", 0, "")]);
}

fn sectors() -> Sectors {
    let mir = Mir::parse(include_str!("../rules/mir.toml")).expect("reactivities");
    Sectors::parse("sectors.toml", include_str!("../rules/sectors.toml"), mir).expect("sectors")
}

#[test]
fn an_outside_reader_finds_heads_drop_downs_and_one_example_in_the_written_workbooks() {
    let script = "import sys,json,openpyxl\n\
        book=openpyxl.load_workbook(sys.argv[1])\nsheet=book.worksheets[0]\n\
        rows=[['' if c is None else c for c in row] for row in sheet.iter_rows(values_only=True)]\n\
        lists={}\n\
        for rule in sheet.data_validations.dataValidation:\n\
        \x20   if rule.type!='list': continue\n\
        \x20   name,cells=rule.formula1.split('!')\n\
        \x20   listed=[c[0].value for c in book[name.strip(\"'\")][cells.replace('$','')]]\n\
        \x20   assert book[name.strip(\"'\")].sheet_state=='hidden'\n\
        \x20   assert rule.errorStyle in (None,'stop') and rule.showErrorMessage, rule\n\
        \x20   area=rule.sqref.ranges[0]\n\
        \x20   assert area.min_row==2 and area.max_row>1000 and area.min_col==area.max_col\n\
        \x20   lists[str(area.min_col-1)]=listed\n\
        texts=[i for i,c in enumerate(sheet[2]) if c.number_format=='@']\n\
        print(json.dumps({'rows':rows,'lists':lists,'texts':texts}))\n";
    for (code, lang) in [("zh", Lang::Zh), ("en", Lang::En)] {
        let dir = folder();
        let to = dir.path().join("tables");
        let write = || cuofeng().args(["tables", "--lang", code, "--xlsx"]).arg(&to).output().expect("the program");
        let written = write();
        assert!(written.status.success(), "{}", text(&written));
        assert_eq!(write().status.code(), Some(2), "not over what is there");
        for table in Table::ALL {
            let file = to.join(format!("{}.xlsx", table.name()));
            let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(&file).output().expect("python3");
            assert!(output.status.success(), "{}", text(&output));
            let book: Value = serde_json::from_slice(&output.stdout).expect("what it read");
            let rows = book["rows"].as_array().expect("rows");
            assert_eq!(rows.len(), 2, "a head and one example");
            let needed = |column: &Column| if column.required { "*" } else { "" };
            for (at, column) in table.columns().iter().enumerate() {
                assert_eq!(rows[0][at], format!("{}{}", column.head(lang), needed(column)));
                let shown = rows[1][at].as_str().map_or_else(|| rows[1][at].to_string(), str::to_owned);
                assert_eq!(shown.trim_end_matches(".0"), column.example(lang), "{}", column.name);
                let listed: Vec<String> =
                    serde_json::from_value(book["lists"][at.to_string()].clone()).unwrap_or_default();
                assert_eq!(listed, column.choices(&sectors(), lang), "{}", column.name);
                let is_text = book["texts"].as_array().is_some_and(|texts| texts.iter().any(|text| *text == at));
                assert_eq!(is_text, column.is_text, "{}", column.name);
            }
        }
    }
}

#[test]
fn hours_numbers_and_codes_that_a_spreadsheet_would_make_dates_or_figures_of_are_kept_as_texts() {
    // `06-22` would become the 22nd of June, a mobile 1.38E+10, a code of twelve digits lose its zeros.
    for (table, names) in [
        (Table::Processes, &["id", "enterprise", "allowed", "usual"][..]),
        (Table::Enterprises, &["id", "mobile", "backup_mobile"]),
        (Table::Villages, &["code", "cadre_mobile", "grid_mobile", "play_hours"]),
        (Table::Staff, &["mobile"]),
        (Table::Duty, &["from", "to"]),
        (Table::Departments, &["mobile"]),
    ] {
        let texts: Vec<&str> = table.columns().iter().filter(|column| column.is_text).map(|c| c.name).collect();
        assert_eq!(texts, names, "{}", table.name());
    }
}

#[test]
fn written_workbooks_read_back_and_their_examples_are_errors_of_a_site_at_work() {
    for code in ["zh", "en"] {
        let dir = folder();
        let site = new_site(dir.path());
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        // A loudspeaker that speaks Chinese can't read an English name.
        let source = if code == "en" { source.replace("# language", "language") } else { source };
        std::fs::write(&file, &source).expect("the site file");
        for table in Table::ALL {
            std::fs::remove_file(site.join(format!("{}.csv", table.name()))).expect("a table");
        }
        let written = cuofeng().args(["tables", "--lang", code, "--xlsx"]).arg(&site).output().expect("the program");
        assert!(written.status.success(), "{}", text(&written));
        let found = found(&site);
        let examples: Vec<_> =
            found.iter().filter(|(_, code, row, ..)| code == "roster.example" && *row == 2).collect();
        assert_eq!(examples.len(), Table::ALL.len(), "{found:?}");
        assert!(examples.iter().all(|(severity, ..)| severity == "error"));
        let others: Vec<&str> =
            found.iter().filter(|(_, code, ..)| code != "roster.example").map(|(_, code, ..)| code.as_str()).collect();
        assert_eq!(others, ["roster.by_hand"], "{found:?}");
        // Whoever tries it out first may.
        std::fs::write(file, source.replace("# mode = \"exercise\"", "mode = \"exercise\"")).expect("the site file");
        assert!(run(&["check"], &site).status.success());
    }
}

#[test]
fn what_can_be_chosen_is_what_is_read() {
    for lang in [Lang::Zh, Lang::En] {
        for table in Table::ALL {
            for column in table.columns() {
                let (listed, example) = (column.choices(&sectors(), lang), column.example(lang));
                assert!(listed.is_empty() || example.is_empty() || listed.iter().any(|choice| choice == example));
            }
        }
        let columns = Table::Processes.columns();
        let of = |name: &str| columns.iter().find(|c| c.name == name).expect("a column").choices(&sectors(), lang);
        for activity in of("activity") {
            assert!(sectors().activity(&activity).is_some(), "{activity}");
        }
        for kind in of("kind") {
            let head = "id,enterprise,name,activity,kind,slots_per_day,duration,batches_per_day,usual";
            let dir = folder();
            let table = format!("{head}\nP1,E001,a,spray,{kind},2,2,1,08-10\n");
            let site = site_with(dir.path(), "processes", ("p.csv", table.as_bytes()));
            std::fs::write(site.join("enterprises.csv"), "id,name,sector,village\nE001,甲,auto_paint,青杠村\n")
                .expect("a table");
            assert_eq!(brief(&site), [], "{kind}");
        }
    }
}
