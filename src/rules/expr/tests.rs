use std::collections::BTreeMap;

use super::*;
use crate::aqi::{Standard, Standards};
use crate::forecast::{Column, MISSING, Origin, Series};
use crate::time::{Hour, Zone};

fn standards() -> Standards {
    let read = |s| Standard::parse(s).expect("a standard");
    Standards(vec![read(include_str!("../../../rules/standards/hj633-2026.toml"))])
}

/// Two local days of ozone in Asia/Shanghai from 2026-07-14T00:00+08:00; -1 stands for a missing hour.
fn answers(condition: &str, ozone: &[i32]) -> Vec<Tri> {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let first = zone.first_hour(chrono::NaiveDate::from_ymd_opt(2026, 7, 14).expect("a date"));
    let mut series = Series::new("r", first, ozone.len());
    let values = ozone.iter().map(|v| if *v < 0 { MISSING } else { v * 1000 }).collect();
    let columns = BTreeMap::from([(Variable::O3, Column { first, values })]);
    series.lay(&columns, &Origin::Observed { feed: "f".into() });
    let expr = parse(condition).expect("a condition");
    eval(&expr, &Context { series: &series, zone: &zone, standards: &standards() })
}

#[test]
fn both_languages_mean_the_same() {
    let pairs = [
        ("daily_max(o3_8h) > 160 µg/m³", "日最大（臭氧8小时） 高于 １６０ 微克每立方米"),
        ("pm25 >= 0.115 mg/m3 and not wind < 2 m/s", "细颗粒物 不低于 115 μg/m³ 且 非 风速 低于 2 米每秒"),
        ("hour in 20..8 or temperature <= -3 °C", "时刻 在 20..8 或 气温 ≤ -3 ℃"),
        ("aqi > 150", "日AQI＞150"),
    ];
    for (english, chinese) in pairs {
        let strip = |text: &str| format!("{:?}", parse(text).expect(text)).split("range").count();
        assert_eq!(strip(english), strip(chinese));
        let ozone: Vec<i32> = (0..48).map(|h| h * 7 % 300).collect();
        assert_eq!(answers(english, &ozone), answers(chinese, &ozone), "{english}");
    }
}

#[test]
fn an_error_names_the_word_it_stands_under() {
    let cases = [
        ("o3 > 160", "rules.expr_unit_missing", "160"),
        ("o3 > 160 m/s", "rules.expr_unit_wrong", "m/s"),
        ("aqi > 150 µg/m³", "rules.expr_unit_none", "µg/m³"),
        ("ozon > 160 µg/m³", "rules.expr_unknown", "ozon"),
        ("臭样 高于 160 µg/m³", "rules.expr_unknown", "臭样"),
        ("o3 160 µg/m³", "rules.expr_operator", "160"),
        ("o3 > µg/m³", "rules.expr_number", "µg/m³"),
        ("(o3 > 160 µg/m³", "rules.expr_bracket", ""),
        ("o3 > 160 µg/m³ o3", "rules.expr_extra", "o3"),
        ("daily_max o3 > 1 µg/m³", "rules.expr_open", "o3"),
        ("daily_max(aqi) > 100", "rules.expr_aqi_daily", "daily_max"),
        ("hour in 10..10", "rules.expr_hour", "10..10"),
        ("hour in 10", "rules.expr_hour", ""),
        ("", "rules.expr_variable", ""),
    ];
    for (source, key, word) in cases {
        let error = parse(source).expect_err(source);
        assert_eq!((error.what.key(), &source[error.range.clone()]), (key, word), "{source}");
    }
    let deep = format!("{}o3 > 1 µg/m³{}", "(".repeat(500), ")".repeat(500));
    assert_eq!(parse(&deep).expect_err("too deep").what.key(), "rules.expr_deep");
}

#[test]
fn a_missing_hour_is_unknown_and_never_false() {
    let day: Vec<i32> = vec![100, -1, 200];
    assert_eq!(answers("o3 > 150 µg/m³", &day), [Tri::False, Tri::Unknown, Tri::True]);
    assert_eq!(answers("not o3 > 150 µg/m³", &day), [Tri::True, Tri::Unknown, Tri::False]);
    assert_eq!(answers("o3 > 150 µg/m³ and hour in 5..6", &day), [Tri::False; 3]);
    assert_eq!(answers("o3 > 150 µg/m³ or hour in 0..6", &day), [Tri::True; 3]);
    assert_eq!(answers("wind < 2 m/s", &day), [Tri::Unknown; 3]);
}

#[test]
fn a_daily_maximum_above_the_threshold_counts_however_many_hours_are_missing() {
    let mut ozone = vec![-1; 48];
    ozone[12..20].fill(200);
    let all = answers("daily_max(o3_8h) > 160 µg/m³", &ozone);
    assert!(all[..24].iter().all(|t| *t == Tri::True), "the maximum decides");
    assert!(all[24..].iter().all(|t| *t == Tri::Unknown), "a day without values says nothing");
    ozone[12..20].fill(100);
    assert!(answers("daily_max(o3_8h) > 160 µg/m³", &ozone)[..24].iter().all(|t| *t == Tri::Unknown));
    ozone[..24].fill(100);
    assert!(answers("daily_max(o3_8h) > 160 µg/m³", &ozone)[..24].iter().all(|t| *t == Tri::False));
    // A daily mean needs twenty hours, however high they are.
    let few: Vec<i32> = (0..24).map(|h| if h < 19 { 500 } else { -1 }).collect();
    assert!(answers("daily_mean(o3) > 160 µg/m³", &few).iter().all(|t| *t == Tri::Unknown));
}

#[test]
fn the_evidence_of_an_hour_is_what_decided_it() {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let mut series = Series::new("r", Hour(0), 3);
    let columns = BTreeMap::from([(Variable::O3, Column { first: Hour(0), values: vec![170_000; 3] })]);
    series.lay(&columns, &Origin::Observed { feed: "f".into() });
    let standards = standards();
    let context = Context { series: &series, zone: &zone, standards: &standards };
    let expr = parse("o3 > 160 µg/m³ or wind < 2 m/s").expect("a condition");
    let evidence = explain(&expr, &context, Hour(1));
    assert_eq!(evidence.len(), 1);
    assert_eq!((evidence[0].value, evidence[0].answer), (Some(170_000), Tri::True));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic_and_every_error_lies_inside_it(source in ".{0,60}") {
        if let Err(error) = parse(&source) {
            proptest::prop_assert!(source.get(error.range).is_some());
        }
    }

    #[test]
    fn no_order_of_known_words_makes_the_parser_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec!["o3", "臭氧", ">", "160", "µg/m³", "且", "or", "非", "(", "）", "hour", "in",
                "10", "..", "日最大", "aqi", "m/s", "，"]), 0..20)
    ) {
        let source = words.join(" ");
        if let Err(error) = parse(&source) {
            proptest::prop_assert!(source.get(error.range).is_some());
        }
    }
}
