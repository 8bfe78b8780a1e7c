//! Sheets and feed tables in the forms that offices and their programs write: what is read, what is set aside and said.
//! The inputs and what is right of them are those of the project's cases; each is a copy of its own here.

#[path = "tables/check.rs"]
mod check;
#[path = "tables/damaged.rs"]
mod damaged;
mod office;
#[path = "tables/sheets.rs"]
mod sheets;

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, Utc};
use cuofeng_air::forecast::{MISSING, Variable};
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::table::{Map, Read, Role, Table, TableFeed, Wanted};
use cuofeng_feed::{Ask, Feed, FeedError, Memory};

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

/// Whether a file of the cases is a map.
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

#[test]
fn labels_of_hours_ends_of_days_and_repeated_hours() {
    for (name, first, o3, pm25) in [
        ("a_2400.csv", hour(28, 22), vec![80.0, 70.0, 60.0], vec![20.0, 21.0, 22.0]),
        ("a_order.csv", hour(28, 22), vec![80.0, 70.0, 60.0], vec![20.0, 21.0, 22.0]),
        ("a_59.csv", hour(28, 23), vec![80.0, 70.0], vec![20.0, 20.0]),
        ("a_dup24.csv", hour(28, 23), vec![70.0, 60.0], vec![21.0, 22.0]),
        ("a_dupsame.csv", hour(28, 22), vec![80.0, 70.0], vec![20.0, 21.0]),
        ("a_tail.csv", hour(28, 22), vec![80.0], vec![20.0]),
        ("a_unitrow.csv", hour(28, 22), vec![80.0], vec![20.0]),
        ("blankrows.csv", hour(28, 22), vec![80.0, 70.0], vec![20.0, 21.0]),
        ("a_fw.csv", hour(28, 22), vec![80.0, 70.0], vec![1020.0, 20.0]),
    ] {
        let read = read(name, "m_end.toml");
        assert_eq!(values(&read, Variable::O3), (first, present(&o3)), "{name}");
        assert_eq!(values(&read, Variable::Pm25), (first, present(&pm25)), "{name}");
        assert_eq!((read.aside.count, read.remarks.beyond), (0, 0), "{name}: {:?}", read.aside.problems);
    }
}

#[test]
fn a_label_that_another_meaning_would_move_is_refused_with_the_cure() {
    let start = map_text("m_end.toml").replace("hour = \"end\"", "hour = \"start\"");
    for (name, map) in [("a_59.csv", &start), ("a_2400.csv", &start), ("u.csv", &map_text("m_four0.toml"))] {
        let problem = table(name, &case("tables", name), map).expect_err(name);
        let said = problem.render(Lang::Zh);
        assert!(said.contains("hour = \"end\""), "{said}");
    }
    // By the other map both 0 and 24 are ends: of the night before and of the day.
    let read = read("u.csv", "m_four.toml");
    let (first, values) = values(&read, Variable::O3);
    assert_eq!((first, values.len()), (hour(27, 23), 25));
    assert_eq!((values[0], values[24]), (Some(80.0), Some(70.0)));
}

#[test]
fn tails_and_units_are_said_in_one_line() {
    let said = |name: &str| read(name, "m_end.toml").passed_over.expect(name).render(Lang::Zh);
    assert!(said("a_tail.csv").contains("第 3, 4, 5 行（合计"), "{}", said("a_tail.csv"));
    assert!(said("a_unitrow.csv").contains("第 2 行（单位）"), "{}", said("a_unitrow.csv"));
}

#[test]
fn a_unit_that_is_not_the_maps_is_refused() {
    let map =
        map_text("m_end.toml").replace("column = \"PM2.5\", unit = \"ug/m3\"", "column = \"PM2.5\", unit = \"mg/m3\"");
    let problem = table("a_unitrow.csv", &case("tables", "a_unitrow.csv"), &map).expect_err("another unit");
    assert_eq!(problem.what.key(), "feed.unit_differs");
    let head = "时间,臭氧(mg/m3),PM2.5\n2026-11-28 23:00,0.08,20\n";
    let problem = table("head.csv", head.as_bytes(), &map_text("m_end.toml")).expect_err("another unit");
    assert_eq!(problem.what.key(), "feed.unit_differs");
}

#[test]
fn flags_are_left_out_and_what_is_below_a_limit_is_the_maps_to_say() {
    let read = read("a_flag.csv", "m_end.toml");
    assert_eq!(values(&read, Variable::O3), (hour(28, 22), vec![Some(80.0), None]));
    assert_eq!(values(&read, Variable::Pm25), (hour(28, 22), vec![Some(20.0), None]));
    assert_eq!(read.aside.count, 1);
    assert!(read.aside.problems[0].render(Lang::Zh).contains("a_flag.csv 第 3 行“臭氧”列"));
    let half = map_text("m_end.toml").replace("hour =", "below = \"half\"\nhour =");
    let read = table("a_flag.csv", &case("tables", "a_flag.csv"), &half).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 22), vec![Some(80.0), Some(1.0)]));
    assert_eq!(read.aside.count, 0);
}

#[test]
fn marks_and_negatives_cost_no_other_value() {
    let read_ = read("a_neg.csv", "m_end.toml");
    assert_eq!(values(&read_, Variable::O3).1.last(), Some(&Some(60.0)));
    let read_ = read("a_neg2.csv", "m_end.toml");
    assert_eq!(values(&read_, Variable::Pm25).1.last(), Some(&Some(985.0)), "heavy pollution is a value");
}

#[test]
fn workbooks_with_every_kind_of_time_read_the_same_hours() {
    let all: Vec<f64> = (81..=104).map(f64::from).collect();
    for map in ["m_usual.toml", "m_h.toml", "m_cn.toml"] {
        for name in ["x_7dig.xlsx", "x_acc.xlsx", "x_cnfmt.xlsx", "x_dt.xlsx", "x_general.xlsx", "x_title.xlsx"] {
            let read = read(name, map);
            assert_eq!(values(&read, Variable::O3), (hour(28, 0), present(&all)), "{name} by {map}");
            assert_eq!(read.aside.count, 0, "{name} by {map}");
        }
        let read = read("x_text.xlsx", map);
        assert_eq!(values(&read, Variable::O3), (hour(28, 0), present(&all[..23])), "x_text by {map}");
    }
    let merged = map_text("m_ymdh.toml").replace("\"时间\"", "\"小时\"");
    let read = table("x_merged.xlsx", &case("tables", "x_merged.xlsx"), &merged).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 0), present(&all)));
}

#[test]
fn columns_of_year_month_day_hour_and_a_long_table_read() {
    let read_ = read("st.csv", "m_st.toml");
    assert_eq!(values(&read_, Variable::O3), (hour(28, 18), vec![Some(73.0), None]));
    assert_eq!(values(&read_, Variable::Co).1[0], Some(1.247));
    // Without a word on the column that says what a row is of, an hour has two different values: nothing is taken.
    let problem = table("ty.csv", &case("tables", "ty.csv"), &map_text("m_type.toml")).expect_err("two values");
    assert!(problem.render(Lang::Zh).contains("item ="), "{problem}");
    let long = map_text("m_type.toml").replace("hour =", "item = \"type\"\nhour =");
    let long = long.replace("column = \"1001A\",", "column = \"1001A\", item = \"O3\",");
    let read_ = table("ty.csv", &case("tables", "ty.csv"), &long).expect("a long table");
    assert_eq!(values(&read_, Variable::O3), (hour(28, 0), present(&[80.0])));
}

#[test]
fn a_forecast_is_read_in_the_units_that_its_map_states() {
    let read_ = read("f.csv", "m_fc.toml");
    assert_eq!(values(&read_, Variable::O3), (hour(30, 1), present(&[80.0])));
    let read_ = read("f.csv", "m_ppb.toml");
    assert_eq!(values(&read_, Variable::Co).1, present(&[0.9]));
}

#[test]
fn every_map_of_the_cases_is_one_that_check_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/tables");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if is_map(&name) {
            let Site { role, feed } = site(&map_text(&name));
            assert_eq!(feed.map.check(role), [], "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 11);
}

#[test]
fn one_wrong_hour_in_a_year_costs_that_hour() {
    let mut text = "时间,O3\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2026, 10, 10).expect("a day").and_hms_opt(1, 0, 0).expect("a time");
    for at in 0..24 * 49 {
        let time = (first + chrono::Duration::hours(at)).format("%Y/%-m/%-d %-H:%M");
        let time = if at == 700 { "2026/13/45 1:00".to_owned() } else { time.to_string() };
        text.extend([time.as_str(), ",50\n"]);
    }
    let read = table("year.csv", text.as_bytes(), &map_text("m_usual.toml")).expect("a table");
    let (_, list) = values(&read, Variable::O3);
    assert_eq!((list.len(), list.iter().filter(|v| v.is_none()).count(), read.aside.count), (24 * 49, 1, 1));
    assert!(read.aside.problems[0].render(Lang::Zh).contains("year.csv 第 702 行“时间”列"));
}

#[tokio::test]
async fn what_was_set_aside_is_said_at_every_pull_until_it_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.csv");
    let good = "发布,时间,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n2026-11-29 08:00,2026-11-30 02:00,81\n";
    std::fs::write(&path, good.replace(",81", ",八十一") + "2026-11-29 08:00,2026-11-30 03:00,82\n").expect("written");
    let Site { role, feed } = site(&map_text("m_fc.toml"));
    let regions = BTreeSet::from(["town".to_owned()]);
    let feed = TableFeed::new("f".into(), path.clone(), "f.csv".into(), regions, role, Some(feed.map));
    let mut memory = Memory::default();
    for _ in 0..2 {
        let pulled = feed.pull(Ask { now: now(), zone: &zone(), memory: &memory }).await.expect("a pull");
        let [FeedError::Partly { count: 1, gaps, problems, .. }] = pulled.trouble.as_slice() else {
            panic!("{:?}", pulled.trouble)
        };
        assert_eq!(gaps, "town 11-30 02:00—03:00");
        assert_eq!(problems[0].value.as_deref(), Some("八十一"));
        assert_eq!(pulled.runs.len(), 1);
        memory = pulled.memory;
    }
    std::fs::write(&path, good).expect("written");
    let pulled = feed.pull(Ask { now: now(), zone: &zone(), memory: &memory }).await.expect("a pull");
    assert_eq!(pulled.trouble, []);
}

#[tokio::test]
async fn a_table_of_which_only_the_head_is_written_is_waited_for_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = "发布,时间,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n";
    let workbook = case("tables", "x_text.xlsx");
    let feed = |name: &str| {
        let Site { role, feed } = site(&map_text("m_fc.toml"));
        let regions = BTreeSet::from(["town".to_owned()]);
        TableFeed::new("f".into(), folder.path().join(name), name.into(), regions, role, Some(feed.map))
    };
    let pull = async |name: &str, memory: &Memory| feed(name).pull(Ask { now: now(), zone: &zone(), memory }).await;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    write("head.csv", "发布,时".as_bytes());
    write("row.csv", "发布,时间,O3\n2026-11-29 08:00,".as_bytes());
    write("empty.csv", b"");
    write("half.xlsx", &workbook[..workbook.len() / 2]);
    write("wrong.csv", "发布,时刻,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n".as_bytes());
    let memory = Memory::default();
    let (head, row, empty, half, wrong) = tokio::join!(
        pull("head.csv", &memory),
        pull("row.csv", &memory),
        pull("empty.csv", &memory),
        pull("half.xlsx", &memory),
        pull("wrong.csv", &memory)
    );
    for (name, pulled) in [("head.csv", head), ("row.csv", row), ("empty.csv", empty), ("half.xlsx", half)] {
        let pulled = pulled.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(pulled.runs.is_empty() && !pulled.unchanged, "{name}");
        let waits: Vec<String> = pulled.waits.iter().map(|waits| waits.text(Lang::Zh)).collect();
        assert!(waits.len() == 1 && waits[0].contains(name) && waits[0].contains("下次读取时再看"), "{waits:?}");
        assert_eq!(pulled.memory, memory, "{name}: known is only what was read");
        // Nothing more is written: what stood there is wrong, and is said so; or it is finished, and is read.
        office::rested(&folder.path().join(name));
        assert!(pull(name, &pulled.memory).await.is_err(), "{name}");
        if name != "half.xlsx" {
            write(name, whole.as_bytes());
            office::rested(&folder.path().join(name));
            assert_eq!(pull(name, &pulled.memory).await.expect("finished").runs.len(), 1, "{name}");
        }
    }
    assert!(matches!(wrong, Err(FeedError::Malformed { .. })), "whole, and wrong: {wrong:?}");
}

#[test]
fn a_date_that_stands_once_and_blank_below_is_that_of_the_rows_whose_hours_go_on() {
    let map = "[feed.map]\ntime = [\"日期\", \"小时\"]\nissued = \"发布\"\nonly_region = \"town\"\n\
               [feed.map.columns]\no3 = { column = \"O3\", unit = \"ug/m3\" }\n";
    let rows = "发布,日期,小时,O3\n2026-11-27 17:00,2026-11-28,21,80\n2026-11-27 17:00,,22,81\n2026-11-27 17:00,,23,82\n\
                2026-11-27 17:00,2026-11-29,0,83\n2026-11-27 17:00,,1,84\n";
    let read = table("m.csv", rows.as_bytes(), map).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 21), present(&[80.0, 81.0, 82.0, 83.0, 84.0])));
    assert_eq!(read.aside.count, 0, "{:?}", read.aside.problems);
    let said = read.filled.expect("said").render(Lang::Zh);
    assert!(said.contains("第 3, 4, 6 行的日期空着"), "{said}");
    // Where the hours begin again, nobody has written which day it is, for this row and those below it.
    let read = table("m.csv", rows.replace("2026-11-29,0", ",0").as_bytes(), map).expect("the rest");
    assert_eq!(values(&read, Variable::O3), (hour(28, 21), present(&[80.0, 81.0, 82.0])));
    let said: Vec<String> = read.aside.problems.iter().map(|problem| problem.render(Lang::Zh)).collect();
    assert!(said.len() == 2 && said[0].contains("m.csv 第 5 行“日期”列") && said[0].contains("日期空着"), "{said:?}");
    // A date that can't be read is nobody's below it.
    let read = table("m.csv", rows.replace("2026-11-29,0", "昨天,0").as_bytes(), map).expect("the rest");
    assert_eq!((values(&read, Variable::O3).1.len(), read.aside.count), (3, 2));
    // The day of a row that is another region's holds for the rows below it.
    let map = map.replace("only_region = \"town\"", "region = \"地区\"\nregions = { \"某某镇\" = \"town\" }");
    let rows = "发布,日期,小时,地区,O3\n2026-11-27 17:00,2026-11-28,8,别处,70\n2026-11-27 17:00,,8,某某镇,80\n\
                2026-11-27 17:00,,9,别处,71\n2026-11-27 17:00,,9,某某镇,81\n";
    let read = table("m.csv", rows.as_bytes(), &map).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 8), present(&[80.0, 81.0])));
    let map = "[feed.map]\ntime = [\"年\", \"月\", \"日\", \"时\"]\nissued = \"发布\"\nonly_region = \"town\"\n\
               [feed.map.columns]\no3 = { column = \"O3\", unit = \"ug/m3\" }\n";
    let rows = "发布,年,月,日,时,O3\n2026-11-27 17:00,2026,11,28,23,80\n2026-11-27 17:00,,,29,0,81\n2026-11-27 17:00,,,,1,82\n";
    let read = table("m.csv", rows.as_bytes(), map).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 23), present(&[80.0, 81.0, 82.0])));
}

#[test]
fn days_that_are_merged_in_a_workbook_hold_for_their_hours_also_where_those_begin_again() {
    let map = "[feed.map]\ntime = [\"日期\", \"小时\"]\nissued = \"发布\"\nregion = \"地区\"\n\
               regions = { \"甲\" = \"town\" }\n[feed.map.columns]\no3 = { column = \"O3\", unit = \"ug/m3\" }\n";
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0..).zip(["发布", "日期", "小时", "地区", "O3"]) {
        sheet.write(0, column, head).expect("written");
    }
    let plain = rust_xlsxwriter::Format::new();
    sheet.merge_range(1, 0, 4, 0, "2026-11-27 17:00", &plain).expect("merged");
    sheet.merge_range(1, 1, 4, 1, "2026-11-28", &plain).expect("merged");
    for (row, (hour, region, value)) in (1..).zip([(9, "乙", 1), (10, "乙", 2), (9, "甲", 80), (10, "甲", 81)]) {
        sheet.write(row, 2, hour).expect("written");
        sheet.write(row, 3, region).expect("written");
        sheet.write(row, 4, value).expect("written");
    }
    let read = table("m.xlsx", &book.save_to_buffer().expect("a workbook"), map).expect("a table");
    assert_eq!(values(&read, Variable::O3), (hour(28, 9), present(&[80.0, 81.0])));
    assert!(read.aside.count == 0 && read.filled.is_none(), "nothing was guessed: {:?}", read.aside.problems);
}

#[test]
fn a_single_number_for_the_day_of_the_issue_is_a_forecast_where_its_column_says_so() {
    let issued = "2026-11-28 08:00,某某镇,2026-11-28";
    let said = |heads: &str, map: &str, cells: &str| {
        let rows =
            format!("发布时间,区域,日期,{heads}\n{issued},{cells}\n2026-11-28 08:00,某某镇,2026-11-29,{cells}\n");
        table("d.csv", rows.as_bytes(), map).expect("the next day at least")
    };
    let only = |what: &str| {
        let head = DAILY.split("[feed.map.daily]").next().unwrap_or_default();
        format!("{head}[feed.map.daily]\n{what}\n")
    };
    for (heads, what, cells) in [
        ("AQI", "aqi = \"AQI\"", "120"),
        ("级别", "level = \"级别\"", "轻度污染"),
        ("AQI,级别", "aqi = \"AQI\"\nlevel = \"级别\"", "120,轻度污染"),
    ] {
        let read = said(heads, &only(what), cells);
        assert_eq!((read.runs[0].days.len(), read.aside.count), (1, 1), "{heads}");
        let problem = &read.aside.problems[0];
        let (zh, en) = (problem.render(Lang::Zh), problem.render(Lang::En));
        assert!(zh.contains("可能是实测") && zh.contains("预计AQI") && zh.contains("预计空气质量为"), "{zh}");
        assert!(en.contains("forecast AQI") && en.contains("预计AQI"), "{en}");
    }
    for (heads, what, cells) in [
        ("预计AQI", "aqi = \"预计AQI\"", "120"),
        ("forecast AQI", "aqi = \"forecast AQI\"", "120"),
        ("预计空气质量为", "level = \"预计空气质量为\"", "轻度污染"),
        ("forecast level", "level = \"forecast level\"", "轻度"),
        ("AQI,预计空气质量为", "aqi = \"AQI\"\nlevel = \"预计空气质量为\"", "120,轻度污染"),
        ("AQI", "aqi = \"AQI\"", "105-135"),
    ] {
        let read = said(heads, &only(what), cells);
        assert_eq!((read.runs[0].days.len(), read.aside.count), (2, 0), "{heads}: {:?}", read.aside.problems);
    }
}

#[test]
fn messages_name_the_workbook_its_sheet_and_its_row() {
    let title = case("tables", "x_title.xlsx");
    let map = map_text("m_usual.toml").replace("column = \"O3\"", "column = \"臭氧浓度\"");
    let said = table("x_title.xlsx", &title, &map).expect_err("no such column").render(Lang::Zh);
    assert!(
        said.contains("x_title.xlsx 工作表“Sheet”第 2 行") || said.contains("x_title.xlsx 工作表“Sheet” 第 2 行"),
        "{said}"
    );
    assert!(said.contains("时间、O3"), "{said}");
}

const DAILY: &str = "[feed.map]\nday = \"日期\"\nissued = \"发布时间\"\nregion = \"区域\"\nregions = { \"某某镇\" = \"town\" }\n\
                     [feed.map.daily]\naqi = \"AQI\"\nlevel = \"级别\"\nprimary = \"首要污染物\"\n";

#[test]
fn a_table_of_days_is_a_forecast_of_outlooks() {
    let rows = "某某市空气质量预报\n发布时间,区域,日期,AQI,级别,首要污染物,备注\n\
                2026-11-28 17:00,某某镇,2026-11-29,105-135,轻度污染,O3,\n\
                2026-11-28 17:00,某某镇,2026年11月30日,80～110,良至轻度污染,PM2.5、PM10,\n\
                2026-11-28 17:00,某某镇,2026/12/1,45,优,—,\n\
                2026-11-28 17:00,别的镇,2026/12/1,45,重度污染,—,\n\
                2026-11-28 17:00,某某镇,2026/12/2,105-135,良,O3,\n\
                2026-11-27 17:00,某某镇,2026-11-29,20-40,优,—,\n";
    let read = table("d.csv", rows.as_bytes(), DAILY).expect("a table of days");
    let [run] = read.runs.as_slice() else { panic!("{:?}", read.runs) };
    assert!(run.columns.is_empty() && run.issued_at.to_rfc3339().starts_with("2026-11-28T09:00"));
    let said: Vec<String> = run
        .days
        .iter()
        .map(|o| {
            let range = |r: Option<cuofeng_air::forecast::Range>| r.map(|r| (r.low(), r.high()));
            format!("{} {:?} {:?} {}", o.day, range(o.aqi), range(o.levels), o.primary.len())
        })
        .collect();
    assert_eq!(
        said,
        [
            "2026-11-29 Some((105, 135)) Some((3, 3)) 1",
            "2026-11-30 Some((80, 110)) Some((2, 3)) 2",
            "2026-12-01 Some((45, 45)) Some((1, 1)) 0",
        ]
    );
    assert_eq!(read.aside.count, 1, "an index of one level beside the word of another: {:?}", read.aside.problems);
    assert!(read.passed_over.is_some_and(|p| p.render(Lang::Zh).contains("第 1 行")));
}

#[test]
fn a_name_that_is_no_variable_gets_the_cure_that_helps() {
    let advice = |name: &str| {
        let map = map_text("m_usual.toml").replacen("o3 = ", &format!("\"{name}\" = "), 1);
        let Site { role, feed } = site(&map);
        let (_, advice) = feed.map.check(role).into_iter().next().unwrap_or_else(|| panic!("{map}"));
        advice.text(Lang::Zh)
    };
    for of_a_day in ["o3_8h", "臭氧8小时日最大值", "pm25_24h", "PM2.5日均值"] {
        let words = advice(of_a_day);
        assert!(words.contains("[feed.map.daily]") && words.contains("从小时值算出"), "{of_a_day}: {words}");
    }
    assert!(advice("臭氧").contains("o3") && !advice("臭氧").contains("pm25"), "{}", advice("臭氧"));
    assert!(advice("ozone").contains("o3"));
}

#[test]
fn a_month_and_a_day_in_a_table_of_days_take_the_year_of_their_issue() {
    let rows = "发布时间,区域,日期,AQI,级别,首要污染物\n\
                2026-11-28 17:00,某某镇,11月29日,105-135,轻度污染,O3\n\
                2026-11-28 17:00,某某镇,12-01,105-135,轻度污染,O3\n\
                2026-11-28 17:00,某某镇,12月2日（周三）,105-135,轻度污染,O3\n\
                2026-11-28 17:00,某某镇,12月3日（周一）,105-135,轻度污染,O3\n";
    let read = table("d.csv", rows.as_bytes(), DAILY).expect("a table of days");
    let days: Vec<String> = read.runs.iter().flat_map(|run| &run.days).map(|o| o.day.to_string()).collect();
    assert_eq!(days, ["2026-11-29", "2026-12-01", "2026-12-02"]);
    assert_eq!(read.aside.count, 1, "a weekday of another date: {:?}", read.aside.problems);
}

#[test]
fn an_index_in_two_columns_needs_no_level() {
    let map = DAILY.replace("aqi = \"AQI\"\nlevel = \"级别\"", "aqi_low = \"低\"\naqi_high = \"高\"");
    let rows = "发布时间,区域,日期,低,高,首要污染物\n2026-11-28 17:00,某某镇,2026-11-29,105,135,臭氧\n\
                2026-11-28 17:00,某某镇,2026-11-30,120,120,臭氧\n2026-11-28 17:00,某某镇,2026-12-01,120,90,臭氧\n";
    let read = table("d.csv", rows.as_bytes(), &map).expect("a table of days");
    let days: Vec<_> = read.runs[0].days.iter().map(|o| (o.aqi.map(|r| (r.low(), r.high())), o.levels)).collect();
    assert_eq!(days, [(Some((105, 135)), None), (Some((120, 120)), None)]);
    assert_eq!(read.aside.count, 1);
}
