//! Tables of days.

use cuofeng_base::text::Lang;

use super::{DAILY, table};

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
