//! Sheets and feed tables in the forms that offices and their programs write: what is read, what is set aside and said.
//! The inputs and what is right of them are those of the project's cases; each is a copy of its own here.

mod cells;
mod check;
mod damaged;
mod days;
mod labels;
mod pulled;
mod sheets;

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, Utc};
use cuofeng_air::forecast::{MISSING, Variable};
use cuofeng_base::problem::Problem;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::table::{Map, Read, Role, Table, Wanted};

fn case(folder: &str, name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A map as the site file has it.
#[derive(serde::Deserialize)]
struct Site {
    #[serde(default)]
    role: Role,
    feed: Section,
}

#[derive(serde::Deserialize)]
struct Section {
    map: Map,
}

fn site(toml: &str) -> Site {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

fn is_map(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "toml")
}

fn map_text(name: &str) -> String {
    String::from_utf8(case("tables", name)).expect("UTF-8")
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn now() -> DateTime<Utc> {
    "2026-12-02T00:00:00Z".parse().expect("a time")
}

fn table(name: &str, bytes: &[u8], map: &str) -> Result<Read, Problem> {
    let Site { role, feed } = site(map);
    assert_eq!(feed.map.check(role), [], "{map}");
    let regions = BTreeSet::from(["town".to_owned()]);
    let table = Table { feed: "f", file: name, regions: Some(&regions), role };
    table.read(bytes, Some(&feed.map), now(), &zone(), Wanted::Newest)
}

fn read(name: &str, map: &str) -> Read {
    table(name, &case("tables", name), &map_text(map)).unwrap_or_else(|problem| panic!("{name} by {map}: {problem}"))
}

/// The hours that begin at these local clock hours of 2026-11-27, -28 and -29.
fn hour(day: u32, clock: i64) -> Hour {
    zone().first_hour(chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day")) + clock
}

/// First hour and values of a variable, in its unit.
fn values(read: &Read, variable: Variable) -> (Hour, Vec<Option<f64>>) {
    let columns = read.observations.first().map_or_else(|| &read.runs[0].columns, |o| &o.columns);
    let column = &columns[&variable];
    let value = |v: &i32| (*v != MISSING).then(|| f64::from(*v) / 1000.0);
    (column.first, column.values.iter().map(value).collect())
}

fn present(list: &[f64]) -> Vec<Option<f64>> {
    list.iter().copied().map(Some).collect()
}

const DAILY: &str = "[feed.map]\nday = \"日期\"\nissued = \"发布时间\"\nregion = \"区域\"\nregions = { \"某某镇\" = \"town\" }\n\
                     [feed.map.daily]\naqi = \"AQI\"\nlevel = \"级别\"\nprimary = \"首要污染物\"\n";
