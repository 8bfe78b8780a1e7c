//! Cells: units, marks, limits.

use std::path::Path;

use cuofeng_air::forecast::Variable;
use cuofeng_base::text::Lang;

use super::{DAILY, Site, case, hour, is_map, map_text, present, read, site, table, values};

/// Whether a file of the cases is a map.
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
fn an_index_in_two_columns_needs_no_level() {
    let map = DAILY.replace("aqi = \"AQI\"\nlevel = \"级别\"", "aqi_low = \"低\"\naqi_high = \"高\"");
    let rows = "发布时间,区域,日期,低,高,首要污染物\n2026-11-28 17:00,某某镇,2026-11-29,105,135,臭氧\n\
                2026-11-28 17:00,某某镇,2026-11-30,120,120,臭氧\n2026-11-28 17:00,某某镇,2026-12-01,120,90,臭氧\n";
    let read = table("d.csv", rows.as_bytes(), &map).expect("a table of days");
    let days: Vec<_> = read.runs[0].days.iter().map(|o| (o.aqi.map(|r| (r.low(), r.high())), o.levels)).collect();
    assert_eq!(days, [(Some((105, 135)), None), (Some((120, 120)), None)]);
    assert_eq!(read.aside.count, 1);
}
