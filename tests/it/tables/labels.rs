//! Labels of hours, dates and days.

use cuofeng_air::forecast::Variable;
use cuofeng_base::text::Lang;

use super::{case, hour, map_text, present, read, table, values};

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
