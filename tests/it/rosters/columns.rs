//! Columns: their units, what is written of them.

use std::path::Path;

use cuofeng_base::text::Lang;
use cuofeng_town::roster::Table;

use super::{brief, processes, row, sectors, site_with};
use crate::office::{cuofeng, folder, new_site, run, text};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/town/src/roster");
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
