//! Bulletins in the shapes that bureaus publish, each with what is right; and the law that nothing of them is lost.
// The table of bulletins is to be seen.
#![allow(clippy::print_stderr)]

mod cases;
mod days;
mod law;
mod pollutants;
mod tables;
mod waiting;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_aqi::Pollutant;
use cuofeng_feed::bulletin::{Bulletin, Known, Verdict, read_as};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn case(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bulletins").join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Received on 12 August 2026; `hour` is what the site says of bulletins without one.
fn read(text: &str, hour: Option<u32>) -> Bulletin {
    read_as(text, Known { received: day("2026-08-12"), given: None, hour })
}

/// Day of August, index, levels, primary pollutants.
pub(crate) type Said = (u32, Option<(i64, i64)>, Option<(i64, i64)>, Vec<Pollutant>);

fn said(outlook: &Outlook) -> Said {
    use chrono::Datelike;
    let pair = |range: Range| (range.low(), range.high());
    (outlook.day.day(), outlook.aqi.map(pair), outlook.levels.map(pair), outlook.primary.clone())
}

/// A case: its file, the site's hour, the issue (day, hour, minute), the days, and the reason of each waiting line.
struct Case {
    file: &'static str,
    hour: Option<u32>,
    issued: Option<(u32, u32, u32)>,
    days: Vec<Said>,
    waits: &'static [&'static str],
}

fn index(day: u32, low: i64, high: i64, levels: (i64, i64), primary: Pollutant) -> Said {
    (day, Some((low, high)), Some(levels), vec![primary])
}

fn level(day: u32, levels: (i64, i64), primary: &[Pollutant]) -> Said {
    (day, None, Some(levels), primary.to_vec())
}

const HEAD: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年8月12日17时\n";

fn under_head(lines: &str) -> Bulletin {
    read(&format!("{HEAD}{lines}"), None)
}

const TOWN: &str = "巴河市空气质量预报\n2026年8月12日17时\n";

fn of_town(lines: &str) -> Bulletin {
    read(&format!("{TOWN}{lines}"), None)
}

/// Days in August, each with what is prefilled of index and levels, of all that waits.
fn prefilled(bulletin: &Bulletin) -> Vec<Said> {
    bulletin.aside.iter().flat_map(|unclear| &unclear.understood).map(said).collect()
}

/// What a table of bulletins counts.
#[derive(Default)]
pub(crate) struct Count {
    read: usize,
    waiting: usize,
    named: usize,
    pub(crate) wrong: usize,
}

pub(crate) fn count(bulletin: &Bulletin, right: &[Said]) -> Count {
    let mut count = Count::default();
    for piece in &bulletin.pieces {
        match piece.verdict {
            Verdict::Forecast(_) => count.read += 1,
            Verdict::Waiting { .. } => count.waiting += 1,
            Verdict::Named(_) => count.named += 1,
        }
    }
    count.wrong = bulletin.days.iter().filter(|outlook| !right.contains(&said(outlook))).count();
    count
}

pub(crate) fn print(rows: &BTreeMap<String, Count>) {
    eprintln!("{:<42} {:>6} {:>8} {:>6} {:>6}", "bulletin", "read", "waiting", "named", "wrong");
    let mut all = Count::default();
    for (name, count) in rows {
        eprintln!("{name:<42} {:>6} {:>8} {:>6} {:>6}", count.read, count.waiting, count.named, count.wrong);
        all.read += count.read;
        all.waiting += count.waiting;
        all.named += count.named;
        all.wrong += count.wrong;
    }
    eprintln!("{:<42} {:>6} {:>8} {:>6} {:>6}", "all", all.read, all.waiting, all.named, all.wrong);
}
