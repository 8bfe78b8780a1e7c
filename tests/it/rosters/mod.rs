//! Tables as offices make them: what is certain is read, what is not is told at its cell.

mod columns;
mod contacts;
mod rows;
mod workbooks;

use std::path::{Path, PathBuf};

use cuofeng_town::roster::{Mir, Sectors, Table};
use serde_json::Value;

use crate::office::{folder, new_site, run, text};

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

fn sectors() -> Sectors {
    let mir = Mir::parse(include_str!("../../../rules/mir.toml")).expect("reactivities");
    Sectors::parse("sectors.toml", include_str!("../../../rules/sectors.toml"), mir).expect("sectors")
}
