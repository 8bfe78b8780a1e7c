//! Tables read as they come, and refused where they can't be.

use std::collections::BTreeMap;

use super::*;
use cuofeng_air::forecast::{MISSING, Variable};

const HEADER: &str = "issued,time,region,o3,wind\n";

fn read(rows: &str, now: &str) -> Result<Vec<Run>, Problem> {
    read_all(rows, now).map(|read| read.runs)
}

fn read_all(rows: &str, now: &str) -> Result<Read, Problem> {
    let now = DateTime::parse_from_rfc3339(now).expect("a time").with_timezone(&Utc);
    let regions = BTreeSet::from(["r".to_owned()]);
    let table = Table { feed: "f", file: "f.csv", regions: Some(&regions), role: Role::Forecast };
    table.read(format!("{HEADER}{rows}").as_bytes(), None, now, &zone(), Wanted::Newest)
}

#[test]
fn the_newest_run_issued_by_now_is_read_with_its_gaps() {
    let rows = "2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,r,100,1.5\n\
                2026-07-14T19:00:00+08:00,2026-07-14T20:00:00+08:00,r,90,\n\
                2026-07-14T19:00:00+08:00,2026-07-14T22:00:00+08:00,r,80.5,2\n\
                2026-07-15T07:00:00+08:00,2026-07-15T08:00:00+08:00,r,70,1\n";
    let runs = read(rows, "2026-07-14T20:00:00+08:00").expect("good rows");
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].columns[&Variable::O3].values, [90_000, MISSING, 80_500]);
    assert_eq!(runs[0].columns[&Variable::Wind].values, [MISSING, MISSING, 2_000]);
    assert!(read(rows, "2026-07-14T06:00:00+08:00").expect("good rows").is_empty());
}

/// What is wrong with the first row or cell that is set aside, or with the table.
fn first_wrong(read: Result<Read, Problem>) -> Problem {
    read.map_or_else(|problem| problem, |read| read.aside.problems.into_iter().next().expect("something set aside"))
}

#[test]
fn what_cannot_be_used_is_told_at_its_row_and_column() {
    let at = "2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,r";
    let cases = [
        (format!("{at},NaN,1\n"), "feed.number", 2),
        (format!("{at},100,1\n{at},1"), "feed.cut_off", 3),
        (format!("{at},100,1\n{at},101,1\n"), "feed.hour_twice", 3),
        ("2026-07-14 7 Uhr,2026-07-14T10:00:00+08:00,r,1,1\n".into(), "feed.time", 2),
        ("2026-07-14T07:00:00+08:00,2026-07-14T10:30:00+08:00,r,1,1\n".into(), "feed.whole_hour", 2),
        ("2026-07-14T07:00:00+08:00,2026-07-14T10:59:00+08:00,r,1,1\n".into(), "feed.whole_hour", 2),
        ("2026-07-14T07:00:00+08:00,2062-07-14T10:00:00+08:00,r,1,1\n".into(), "feed.far_hour", 2),
        ("2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,x,1,1\n".into(), "feed.region", 2),
    ];
    for (rows, key, row) in cases {
        let problem = first_wrong(read_all(&rows, "2026-07-15T00:00:00+08:00"));
        assert_eq!(problem.what.key(), key, "{rows}");
        assert!(matches!(problem.place, cuofeng_base::problem::Place::Cell { row: r, .. } if r == row), "{rows}");
    }
}

#[test]
fn a_wrong_row_costs_its_hour_and_a_repeated_one_nothing() {
    let issued = "2026-07-14T07:00:00+08:00,2026-07-14T";
    let rows = format!(
        "{issued}08:00:00+08:00,r,80,1\n{issued}09:00:00+08:00,r,?,1\n{issued}10:00:00+08:00,r,82,1\n{issued}10:00:00+08:00,r,82,1\n"
    );
    let read = read_all(&rows, "2026-07-15T00:00:00+08:00").expect("the rest");
    assert_eq!(read.runs[0].columns[&Variable::O3].values, [80_000, MISSING, 82_000]);
    assert_eq!(read.aside.count, 1);
    assert_eq!(read.runs[0].gap_words(&zone()).as_deref(), Some("r 07-14 09:00—10:00"));
    // What is wrong with a run that a newer one replaces is nobody's trouble.
    let newer = "2026-07-14T19:00:00+08:00,2026-07-14T20:00:00+08:00,r,90,1\n";
    let read = read_all(&format!("{rows}{newer}"), "2026-07-15T00:00:00+08:00").expect("good rows");
    assert_eq!((read.aside.count, read.runs.len()), (0, 1));
}

#[test]
fn two_values_of_one_hour_are_none_however_often_one_stands_there() {
    let at = "2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,r";
    let rows = format!("{at},100,1\n{at},101,1\n{at},100,1\n");
    let read = read_all(&rows, "2026-07-15T00:00:00+08:00").expect("the wind");
    assert_eq!(read.runs[0].columns[&Variable::O3].values, [MISSING]);
    assert_eq!(read.runs[0].columns[&Variable::Wind].values, [1_000]);
}

#[test]
fn a_misspelt_column_is_named_with_the_one_meant() {
    let regions = BTreeSet::new();
    let table = Table { feed: "f", file: "f.csv", regions: Some(&regions), role: Role::Forecast };
    let read = table.read(b"issued,time,region,tempreature\n", None, Utc::now(), &zone(), Wanted::Newest);
    let problem = read.expect_err("unknown");
    assert!(problem.render(cuofeng_base::text::Lang::En).contains("temperature"));
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn map(text: &str, role: Role) -> Map {
    let map: Map = toml::from_str(text).expect("a map");
    let problems: Vec<_> = map.check(role).into_iter().map(|(what, _)| what.key()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    map
}

fn mapped(text: &str, role: Role, rows: &str) -> Result<Read, Problem> {
    let regions = BTreeSet::from(["r".to_owned(), "s".to_owned()]);
    let table = Table { feed: "f", file: "f.csv", regions: Some(&regions), role };
    let now = "2026-07-15T00:20:00Z".parse().expect("a time");
    table.read(rows.as_bytes(), Some(&map(text, role)), now, &zone(), Wanted::Newest)
}

const STATION: &str = r#"
    time = ["时间"]
    hour = "end"
    only_region = "r"
    missing = ["NA", "—"]
    [columns]
    o3 = { column = "臭氧", unit = "ppb" }
    co = { column = "CO", unit = "ug/m3" }
    wind = { column = "风速", unit = "km/h" }
    wind_direction = { column = "风向", unit = "compass" }
    temperature = { column = "气温", unit = "degF" }
"#;

#[test]
fn units_labels_and_missing_words_are_what_the_map_says() {
    let rows = "时间,臭氧,CO,风速,风向,气温\n\
                2026-07-14 23:00,50,1234,36,东北偏东,77\n\
                2026-07-14 24:00,NA,—,,静风,32\n\
                2026/07/15 01:00,100,0,18,NW,-40\n";
    let read = mapped(STATION, Role::Observations, rows).expect("good rows");
    let columns = &read.observations[0].columns;
    let first = zone().first_hour("2026-07-14".parse().expect("a day")) + 22;
    let values = |variable| (columns[&variable].first, columns[&variable].values.clone());
    // 50 ppb × 47.998 / 24.465 = 98.0952 µg/m³ at 298.15 K and 1013.25 hPa, cut so that it is not taken for 98.095.
    assert_eq!(values(Variable::O3), (first, vec![98_096, MISSING, 196_191]));
    assert_eq!(values(Variable::Co), (first, vec![1_234, MISSING, 0]));
    assert_eq!(values(Variable::Wind), (first, vec![10_000, MISSING, 5_000]));
    assert_eq!(values(Variable::WindDirection), (first, vec![67_500, MISSING, 315_000]));
    assert_eq!(values(Variable::Temperature), (first, vec![25_000, 0, -40_000]));
}

#[test]
fn what_no_place_has_had_is_set_aside_and_counted_and_the_rest_stays() {
    let rows = "时间,臭氧,CO,风速,风向,气温\n2026-07-14 23:00,1999999,1,1,N,50\n";
    let read = mapped(STATION, Role::Observations, rows).expect("a fault is left out");
    assert_eq!(read.remarks.beyond, 1);
    let columns = &read.observations[0].columns;
    assert!(!columns.contains_key(&Variable::O3) && columns.contains_key(&Variable::Co));
    let forecast = "time = ['t']\nissued = 'i'\nonly_region = 'r'\n[columns]\no3 = { column = 'o', unit = 'ppb' }";
    let rows = "i,t,o\n2026-07-14 20:00,2026-07-15 00:00,1999999\n2026-07-14 20:00,2026-07-15 01:00,50\n";
    let read = mapped(forecast, Role::Forecast, rows).expect("the good row stays");
    assert_eq!((read.remarks.beyond, &read.runs[0].columns[&Variable::O3].values[..]), (1, &[MISSING, 98_096][..]));
}

#[test]
fn a_table_of_many_stations_gives_the_mapped_ones_only() {
    let text = "time = ['t']\nregion = 'station'\nregions = { A = 'r', B = 's' }\n[columns]\npm25 = { column = 'p', unit = 'ug/m3' }";
    let rows = "t,station,p\n2026-07-14 20:00,A,1\n2026-07-14 20:00,B,2\n2026-07-14 20:00,C,x\n";
    let read = mapped(text, Role::Observations, rows).expect("C is not ours");
    let values: Vec<(String, i32)> =
        read.observations.iter().map(|o| (o.region.clone(), o.columns[&Variable::Pm25].values[0])).collect();
    assert_eq!(values, [("r".to_owned(), 1_000), ("s".to_owned(), 2_000)]);
    let rows = "t,station,p\n2026-07-14 20:30,A,1\n";
    assert_eq!(mapped(text, Role::Observations, rows).expect_err("half past").what.key(), "feed.whole_hour");
    let rows = "t,station,p\n2026-07-14 20:00,A,1\n2026-07-14T20:00:00+08:00,A,3\n";
    assert_eq!(mapped(text, Role::Observations, rows).expect_err("twice").what.key(), "feed.hour_twice");
    let rows = "t,station\n2026-07-14 20:00,A\n";
    assert_eq!(mapped(text, Role::Observations, rows).expect_err("no column").what.key(), "feed.column_missing");
}

#[test]
fn what_lies_ahead_is_passed_over_and_remembered_as_ahead() {
    let text = "time = ['t']\nonly_region = 'r'\n[columns]\npm25 = { column = 'p', unit = 'ug/m3' }";
    let rows = "t,p\n2026-07-15 06:00,1\n2026-07-15 08:00,2\n";
    let read = mapped(text, Role::Observations, rows).expect("good rows");
    assert!(read.ahead, "the hour from 8 to 9 has not ended at 8:20");
    assert_eq!(read.observations[0].columns[&Variable::Pm25].values, [1_000]);
}

#[test]
fn a_map_that_cannot_be_used_says_why() {
    let cases = [
        ("time = []\nonly_region = 'r'\ncolumns = { o3 = { column = 'o', unit = 'ppb' } }", "feed.map_time"),
        (
            "time = ['t']\ntime_format = 'yyyy-MM-dd HH:mm'\nonly_region = 'r'\ncolumns = { o3 = { column = 'o', unit = 'ppb' } }",
            "feed.map_format",
        ),
        (
            "time = ['t']\nitem = 'x'\nonly_region = 'r'\ncolumns = { o3 = { column = 'o', unit = 'ppb' } }",
            "feed.map_item",
        ),
        ("time = ['t']\nonly_region = 'r'\ndaily = { aqi = 'AQI' }", "feed.map_daily"),
        ("time = ['t']\ncolumns = { o3 = { column = 'o', unit = 'ppb' } }", "feed.map_region"),
        (
            "time = ['t']\nonly_region = 'r'\nissued = 'i'\ncolumns = { o3 = { column = 'o', unit = 'ppb' } }",
            "feed.map_issued",
        ),
        ("time = ['t']\nonly_region = 'r'\ncolumns = {}", "feed.map_columns"),
        ("time = ['t']\nonly_region = 'r'\ncolumns = { ozone = { column = 'o', unit = 'ppb' } }", "feed.map_variable"),
        ("time = ['t']\nonly_region = 'r'\ncolumns = { o3 = { column = 'o', unit = 'm/s' } }", "feed.map_unit"),
        ("time = ['t']\nonly_region = 'r'\ncolumns = { pm25 = { column = 'o', unit = 'ppb' } }", "feed.map_unit"),
    ];
    for (text, key) in cases {
        let map: Map = toml::from_str(text).expect("TOML");
        let keys: Vec<_> = map.check(Role::Observations).into_iter().map(|(what, _)| what.key()).collect();
        assert_eq!(keys, [key], "{text}");
    }
}

#[test]
fn a_long_table_read_in_blocks_comes_to_what_it_comes_to_whole() {
    let table = Table { feed: "f", file: "f.csv", regions: None, role: Role::Observations };
    let first = zone().first_hour(NaiveDate::from_ymd_opt(2015, 3, 1).expect("a day"));
    // Two stations mixed, one of them with hours left out and, for months, without ozone; from the last hour back.
    let row = |n: i64| {
        let region = if n % 3 == 0 { "b" } else { "\"a\"" };
        let o3 = if n % 3 == 0 && n > 4_000 { String::new() } else { format!("{}.5", n % 300) };
        format!("{},{region},{o3},{}\n", zone().rfc3339((first + n / 3).start()), n % 7)
    };
    let numbers = (0..30_000_i64).filter(|n| n % 3 != 2 && n % 1_000 != 0);
    let rows: Vec<String> = numbers.map(row).collect();
    let text = |rows: &mut dyn Iterator<Item = &String>| {
        let mut text = "time,region,o3,wind\n".to_owned();
        rows.for_each(|row| text.push_str(row));
        text
    };
    let read = |text: &str| (table.observed(text.as_bytes(), None, &zone()), table.all(text.as_bytes(), None, &zone()));
    let hours = |read: &Read| {
        let of = |o: &Observations| {
            let all =
                o.columns.iter().flat_map(|(v, c)| (0..).zip(&c.values).map(move |(i, x)| ((*v, c.first + i), *x)));
            (o.region.clone(), all.filter(|(_, x)| *x != MISSING).collect::<BTreeMap<_, _>>())
        };
        read.observations.iter().map(of).collect::<Vec<_>>()
    };
    for text in [text(&mut rows.iter()), text(&mut rows.iter().rev())] {
        assert!(text.len() > 600_000 && table.in_blocks(text.as_bytes(), None, &zone()).is_some());
        let (blocks, whole) = read(&text);
        let (blocks, whole) = (hours(&blocks.expect("blocks")), hours(&whole.expect("whole")));
        assert!(blocks == whole && blocks.len() == 2 && blocks[0].1.len() > 15_000);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).expect("packed");
        let packed = packed.finish().expect("packed");
        assert_eq!(hours(&table.observed(&packed, None, &zone()).expect("unpacked")), whole);
        // What is wrong anywhere is said of its row.
        for wrong in [rows[9_000].clone(), "2016-01-01T00:30:00+08:00,a,1,1\n".into(), "x\n".into(), "\"\n".into()] {
            let (blocks, whole) = read(&format!("{text}{wrong}"));
            assert_eq!(blocks, whole, "{wrong}");
            assert!(table.in_blocks(format!("{text}{wrong}").as_bytes(), None, &zone()).is_none(), "{wrong}");
        }
    }
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text(&mut rows.iter().take(9)).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(hours(&table.observed(&utf16, None, &zone()).expect("UTF-16")).len(), 2);
}

/// A row of days that was wrong was told for ever, though the bureau had issued five newer forecasts behind it.
#[test]
fn what_was_wrong_in_days_that_a_newer_run_replaced_is_not_told_any_more() {
    let map = "day = '日期'\nissued = '发布时间'\nregion = '区域'\ndaily = { aqi = 'AQI', level = '级别' }";
    let map: Map = toml::from_str(map).expect("a map");
    let zone = zone();
    let now = DateTime::parse_from_rfc3339("2026-07-16T20:00:00+08:00").expect("a time").with_timezone(&Utc);
    let regions = BTreeSet::from(["r".to_owned(), "s".to_owned()]);
    let table = Table { feed: "f", file: "f.csv", regions: Some(&regions), role: Role::Forecast };
    let old = "2026-07-14 17:00,2026-07-15,r,90-120,良\n";
    let newer = "2026-07-16 17:00,2026-07-17,r,60-90,良\n";
    let read = |rows: &str, wanted: Wanted| {
        let text = format!("发布时间,日期,区域,AQI,级别\n{rows}");
        let read = table.read(text.as_bytes(), Some(&map), now, &zone, wanted).expect("a table");
        (read.aside.count, read.runs.len())
    };
    assert_eq!(read(&format!("{old}{newer}"), Wanted::Newest), (0, 1), "replaced");
    let other = "2026-07-14 17:00,2026-07-16,s,60-90,良\n2026-07-14 17:00,2026-07-17,s,90-120,良\n";
    assert_eq!(read(&format!("{old}{newer}{other}"), Wanted::Newest), (1, 2), "of the other region nothing is newer");
    let today = "2026-07-16 17:00,2026-07-18,r,90-120,良\n";
    assert_eq!(read(&format!("{old}{newer}{today}"), Wanted::Newest), (1, 1), "of the newest run it counts");
    let days = Wanted::Days("2026-07-14".parse().expect("a day"), "2026-07-16".parse().expect("a day"));
    assert_eq!(read(&format!("{old}{newer}"), days), (1, 1), "who asks for the past is told");
}
