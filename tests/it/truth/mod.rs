//! A missing thing never reads as fine: answers of feeds and observed weeks, each with what is right, kept in
//! `tests/cases`; and what a site tells of it.

mod answers;
pub(crate) mod daily;
mod tables;
mod weeks;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use cuofeng_air::forecast::Series;
use cuofeng_aqi::Standards;
use cuofeng_base::time::Zone;
use cuofeng_rules::expr::{Context, Tri, eval, parse};
use serde_json::Value;

use crate::office::{example, run, text};

fn case(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The answer of a condition in the first hour of a day.
fn answer(condition: &str, series: &Series, standards: &Standards, date: &str) -> Tri {
    let zone = zone();
    let expr = parse(condition).expect(condition);
    let place = usize::try_from(zone.first_hour(day(date)) - series.first).expect("inside");
    eval(&expr, &Context::new(series, &zone, standards))[place]
}

// --- replay/: weeks of observations
fn replay(site: &Path, name: &str) -> Value {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/replay").join(format!("{name}.csv"));
    let output = run(&["rules", "replay", "--as", "perfect", "--data", &data.to_string_lossy(), "--json"], site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
}

/// A site whose forecast is a case, issued at seven on each of the first two mornings of its data.
fn forecast_of(dir: &Path, name: &str) -> PathBuf {
    let site = example(dir);
    let text = String::from_utf8(case(&format!("replay/{name}.csv"))).expect("text");
    let mut lines = text.lines();
    let mut table = format!("issued,{}\n", lines.next().expect("a header"));
    let rows: Vec<&str> = lines.collect();
    for first in [0, 24] {
        let issued = rows[first].split(',').next().expect("a time").replace("T00:", "T07:");
        for row in &rows[first..] {
            let _ = writeln!(table, "{issued},{}", row.replace(",town,", ",wuping,"));
        }
    }
    fs::write(site.join("feeds/recording.csv"), table).expect("a table");
    site
}
