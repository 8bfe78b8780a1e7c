use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Context, Evidence, Tri, eval, explain, parse};
use cuofeng_air::forecast::{Column, MISSING, Origin, Series, Variable};
use cuofeng_aqi::{Pollutant, Standard, Standards};
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Zone};

pub(super) fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

pub(super) fn standards() -> Standards {
    let read = |source| Standard::parse(source).expect("a standard");
    Standards(vec![
        read(include_str!("../../../../rules/standards/hj633-2012.toml")),
        read(include_str!("../../../../rules/standards/hj633-2026.toml")),
    ])
}

pub(super) fn midnight(month: u32, day: u32) -> Hour {
    zone().first_hour(NaiveDate::from_ymd_opt(2026, month, day).expect("a date"))
}

pub(super) fn laid(first: Hour, hours: usize, columns: impl IntoIterator<Item = (Variable, Vec<i32>)>) -> Series {
    let columns: BTreeMap<_, _> =
        columns.into_iter().map(|(variable, values)| (variable, Column { first, values })).collect();
    let mut series = Series::new("r", first, hours);
    series.lay(&columns, &Origin::Observed { feed: "f".into() });
    series
}

/// Answers to `condition` on hourly ozone from 2026-07-14T00:00+08:00, -1 being a missing hour: `.` false, `#` true.
fn picture(condition: &str, ozone: &[i32]) -> String {
    let values = ozone.iter().map(|v| if *v < 0 { MISSING } else { v * 1000 }).collect();
    let series = laid(midnight(7, 14), ozone.len(), [(Variable::O3, values)]);
    let (zone, standards) = (zone(), standards());
    let expr = parse(condition).unwrap_or_else(|error| panic!("{condition}: {}", error.what));
    let answers = eval(&expr, &Context::new(&series, &zone, &standards));
    answers.iter().map(|answer| ['.', '?', '#'][*answer as usize]).collect()
}

#[test]
fn conditions_read_in_either_language_and_print_in_english() {
    let cases = [
        ("o3 > 160 µg/m³", "o3 > 160 µg/m³"),
        ("臭氧高于160微克每立方米", "o3 > 160 µg/m³"),
        ("臭氧　＞＝　１６０．５　μg/m3", "o3 >= 160.5 µg/m³"),
        ("PM2.5 大于 0.115 mg/m³", "pm25 > 115 µg/m³"),
        ("一氧化碳 不高于 2500 µg/m³", "co <= 2.5 mg/m³"),
        ("co = 4 mg/m3", "co = 4 mg/m³"),
        ("气温 ≥ 35度", "temperature >= 35 °C"),
        ("temperature < -3 ℃", "temperature < -3 °C"),
        ("湿度 != 80 %", "humidity != 80 %"),
        ("mixing_height < 0.6 km", "mixing_height < 600 m"),
        ("风向 介于 315° 和 45° 之间", "wind_direction between 315 ° and 45 °"),
        ("o3 between 100 and 160 µg/m³ and wind < 2 m/s", "o3 between 100 µg/m³ and 160 µg/m³ and wind < 2 m/s"),
        ("降水 <= 0.1 mm", "precipitation <= 0.1 mm"),
        ("辐射 > 600 W/m²", "radiation > 600 W/m²"),
        ("日AQI＞150", "aqi > 150"),
        ("实时AQI 不低于 200", "aqi_hour >= 200"),
        ("日最大（臭氧8小时）> 160 µg/m³", "daily_max(o3_8h) > 160 µg/m³"),
        ("臭氧8小时日最大高于160微克/立方米", "daily_max(o3_8h) > 160 µg/m³"),
        ("臭氧8小时日最大值高于160微克/立方米", "daily_max(o3_8h) > 160 µg/m³"),
        ("日最大值(臭氧8小时) > 160 µg/m³", "daily_max(o3_8h) > 160 µg/m³"),
        ("细颗粒物日均值高于75微克/立方米", "daily_mean(pm25) > 75 µg/m³"),
        ("平均(细颗粒物，24小时) > 75 µg/m³", "mean(pm25, 24h) > 75 µg/m³"),
        ("sum(precipitation, 2 days) < 5 mm", "sum(precipitation, 48h) < 5 mm"),
        ("aqi > 150 for 48h", "aqi > 150 for 48h"),
        ("日AQI高于200持续2天以上", "aqi > 200 for 2 days"),
        ("日AQI高于200持续两天", "aqi > 200 for 2 days"),
        ("日AQI高于200连续三日以上", "aqi > 200 for 3 days"),
        ("日AQI高于200持续两日且风速低于2m/s", "aqi > 200 for 2 days and wind < 2 m/s"),
        ("日AQI高于200持续四十八小时", "aqi > 200 for 48h"),
        ("未来十二个小时内 臭氧 高于 200 微克每立方米", "o3 > 200 µg/m³ within 12h"),
        ("平均(细颗粒物，二十四小时) > 75 µg/m³", "mean(pm25, 24h) > 75 µg/m³"),
        ("日AQI 高过 200 而且 风速 低于 2 m/s", "aqi > 200 and wind < 2 m/s"),
        ("日AQI 高于 200 或是 臭氧 达到 200 µg/m³", "aqi > 200 or o3 >= 200 µg/m³"),
        ("时刻 在 11:00-17:00 同时 工作日", "hour in 11..17 and workday"),
        ("aqi > 200 for 1 day for 1 hour", "aqi > 200 for 1 day for 1h"),
        ("未来24小时内 臭氧 高于 200 微克每立方米", "o3 > 200 µg/m³ within 24h"),
        ("(o3 > 1 µg/m³ or wind < 2 m/s) within 1 day", "(o3 > 1 µg/m³ or wind < 2 m/s) within 24h"),
        ("not workday", "not workday"),
        ("非 (工作日 且 时刻 在 10时至18时)", "not (workday and hour in 10..18)"),
        ("hour in 20-8", "hour in 20..8"),
        ("月份 在 4月..9月", "month in 4..9"),
        ("month in 11~2", "month in 11..2"),
        ("首要污染物为臭氧", "primary = o3"),
        ("primary != o3_8h", "primary != o3"),
        ("上级预警不低于黄色预警", "order >= yellow"),
        ("order", "order >= blue"),
        ("火点(5公里)", "fires(5 km) > 0"),
        ("fires(1500 m) >= 2", "fires(1500 m) >= 2"),
        ("工作日 或 工作日 且 工作日", "workday or (workday and workday)"),
        ("(工作日 或 工作日) 且 工作日", "(workday or workday) and workday"),
        ("臭氧高于160µg/m³，且风速低于2m/s", "o3 > 160 µg/m³ and wind < 2 m/s"),
        ("not o3 > 1 µg/m³ for 2h", "not (o3 > 1 µg/m³ for 2h)"),
    ];
    for (source, printed) in cases {
        let expr = parse(source).unwrap_or_else(|error| panic!("{source}: {} {:?}", error.what, error.range));
        assert_eq!(expr.to_string(), printed, "{source}");
        assert_eq!(&source[expr.range], source, "{source}");
    }
}

#[test]
fn an_error_names_the_word_it_stands_under() {
    let cases = [
        ("", "expr_variable", ""),
        ("  ", "expr_variable", ""),
        ("o3 > 160", "expr_unit_missing", "160"),
        ("o3 > 160 m/s", "expr_unit_wrong", "m/s"),
        ("wind < 3 级", "expr_unit_unknown", "级"),
        ("wind < 3 km/h", "expr_unit_unknown", "km/h"),
        ("aqi > 150 µg/m³", "expr_unit_none", "µg/m³"),
        ("气温 > 30 °", "expr_unit_wrong", "°"),
        ("ozon > 160 µg/m³", "expr_unknown", "ozon"),
        ("臭样高于160 µg/m³", "expr_unknown", "臭样"),
        ("o3 > 160 µg/m³ 切 wind < 2 m/s", "expr_unknown", "切"),
        ("o3 > 160 µg/m³ ; workday", "expr_stray", ";"),
        ("o3 160 µg/m³", "expr_operator", "160"),
        ("o3 > µg/m³", "expr_number", "µg/m³"),
        ("o3 > 0.0001 µg/m³", "expr_number_range", "0.0001"),
        ("o3 > 99999999 µg/m³", "expr_number_range", "99999999"),
        ("o3 between 100 µg/m³", "expr_between", ""),
        ("o3 between 160 and 100 µg/m³", "expr_between_order", "160 and 100 µg/m³"),
        ("(o3 > 160 µg/m³", "expr_bracket", ""),
        ("o3 > 160 µg/m³ o3", "expr_extra", "o3"),
        ("o3 > 160 µg/m³)", "expr_extra", ")"),
        ("daily_max o3 > 1 µg/m³", "expr_open", "o3"),
        ("daily_max(aqi) > 100", "expr_aqi_daily", "daily_max"),
        ("daily_mean(wind_direction) > 100 °", "expr_fold", "wind_direction"),
        ("mean(o3_8h, 24h) > 100 µg/m³", "expr_fold", "o3_8h"),
        ("sum(o3, 24h) > 100 µg/m³", "expr_fold", "o3"),
        ("mean(o3) > 100 µg/m³", "expr_window", ")"),
        ("mean(o3, 24) > 100 µg/m³", "expr_length", ")"),
        ("workday for", "expr_length", ""),
        ("workday for 0h", "expr_length_range", "0h"),
        ("workday for 1.5 days", "expr_length_range", "1.5 days"),
        ("未来24小时 workday", "expr_ahead", "workday"),
        ("hour in 10..10", "expr_hour", "10..10"),
        ("hour in 10..25", "expr_hour", "10..25"),
        ("hour in 10", "expr_hour", ""),
        ("month in 0..3", "expr_month", "0..3"),
        ("primary > o3", "expr_primary", ">"),
        ("primary = wind", "expr_pollutant", "wind"),
        ("order >= 3", "expr_tier", "3"),
        ("fires(5) > 0", "expr_radius", ")"),
        ("fires(500 km) > 0", "expr_radius", "500 km"),
        ("workday for 1h for 1h for 1h for 1h for 1h", "expr_deep", "1"),
    ];
    for (source, key, word) in cases {
        let error = parse(source).expect_err(source);
        let found = source.get(error.range.clone()).expect("a place inside the text");
        assert_eq!(
            (error.what.key().trim_start_matches("rules."), found.get(..word.len())),
            (key, Some(word)),
            "{source}"
        );
        for lang in [Lang::Zh, Lang::En] {
            for message in [&error.what, &error.advice] {
                let text = message.text(lang);
                assert!(text != message.key() && !text.contains('{'), "{text}");
            }
        }
    }
    for (open, close) in [("(", ")"), ("not ", ""), ("未来1小时内", "")] {
        let deep = format!("{}workday{}", open.repeat(200), close.repeat(200));
        assert_eq!(parse(&deep).expect_err("too deep").what.key(), "rules.expr_deep");
    }
}

#[test]
fn a_misspelt_word_is_answered_with_the_nearest_known_one() {
    for (source, meant) in [("preciptation > 1 mm", "precipitation"), ("臭痒 高于 1 µg/m³", "臭氧")] {
        let error = parse(source).expect_err(source);
        assert!(error.advice.text(Lang::Zh).contains(meant), "{source}: {}", error.advice);
    }
}

#[test]
fn a_missing_hour_is_unknown_and_never_false() {
    let hours = [100, -1, 200];
    assert_eq!(picture("o3 > 150 µg/m³", &hours), ".?#");
    assert_eq!(picture("not o3 > 150 µg/m³", &hours), "#?.");
    assert_eq!(picture("o3 > 150 µg/m³ and hour in 5..6", &hours), "...");
    assert_eq!(picture("o3 > 150 µg/m³ or hour in 0..6", &hours), "###");
    assert_eq!(picture("wind < 2 m/s", &hours), "???");
    assert_eq!(picture("fires(5 km) or workday", &hours), "???");
    assert_eq!(picture("order", &hours), "...");
}

#[test]
fn a_long_run_is_true_from_its_first_hour_and_a_run_that_may_be_long_is_unknown() {
    let high = |text: &str| -> Vec<i32> {
        let value = |c| match c {
            '#' => 200,
            '?' => -1,
            _ => 100,
        };
        text.chars().map(value).collect()
    };
    for (condition, hours, answers) in [
        ("for 3h", ".###.##.", ".###...."),
        ("for 3h", "##.##.##", "??....??"),
        ("for 3h", "####...#", "####...?"),
        ("for 3h", ".##?.#?.", ".???...."),
        ("for 3h", ".###?#..", ".###??.."),
        ("within 2h", "...#..?.", "..##.???"),
        ("within 2h", "....", "...?"),
    ] {
        let found = picture(&format!("o3 > 150 µg/m³ {condition}"), &high(hours));
        assert_eq!(found, answers, "{condition} {hours}");
    }
}

#[test]
fn days_count_as_whole_local_days() {
    let mut ozone = vec![100; 96];
    ozone[24..72].fill(200);
    let two = picture("o3 > 150 µg/m³ for 2 days", &ozone);
    assert_eq!(two, format!("{}{}{}", ".".repeat(24), "#".repeat(48), ".".repeat(24)));
    ozone[30] = 100;
    assert_eq!(picture("o3 > 150 µg/m³ for 2 days", &ozone), ".".repeat(96));
    // By the daily maximum both days still hold.
    assert_eq!(picture("daily_max(o3) > 150 µg/m³ for 2 days", &ozone), two);
    // A day that has only begun may still break.
    assert_eq!(picture("o3 > 150 µg/m³ for 1 day", &[200; 30]), format!("{}{}", "#".repeat(24), "?".repeat(6)));
}

#[test]
fn values_that_are_present_decide_where_the_missing_ones_can_not() {
    let day = |values: &[(usize, i32)]| {
        let mut day = vec![-1; 24];
        for (hour, value) in values {
            day[*hour] = *value;
        }
        day
    };
    let one = |condition: &str, ozone: &[i32]| picture(condition, ozone).chars().next();
    let high: Vec<(usize, i32)> = (12..20).map(|hour| (hour, 200)).collect();
    assert_eq!(one("daily_max(o3_8h) > 160 µg/m³", &day(&high)), Some('#'));
    assert_eq!(one("daily_max(o3_8h) > 200 µg/m³", &day(&high)), Some('?'));
    assert_eq!(one("daily_max(o3) <= 160 µg/m³", &day(&high)), Some('.'));
    assert_eq!(one("daily_min(o3) < 160 µg/m³", &day(&[(3, 100)])), Some('#'));
    assert_eq!(one("daily_min(o3) > 160 µg/m³", &day(&high)), Some('?'));
    let nineteen: Vec<(usize, i32)> = (0..19).map(|hour| (hour, 500)).collect();
    assert_eq!(one("daily_mean(o3) > 160 µg/m³", &day(&nineteen)), Some('?'));
    // 140 is an index of 84 by ozone alone, 200 one of 137; the other pollutants can only raise it.
    let ozone: Vec<(usize, i32)> = (0..24).map(|hour| (hour, 140)).collect();
    assert_eq!(one("aqi > 50", &day(&ozone)), Some('#'));
    assert_eq!(one("aqi > 100", &day(&ozone)), Some('?'));
    assert_eq!(one("aqi < 70", &day(&ozone)), Some('.'));
    assert_eq!(one("primary = o3", &day(&ozone)), Some('?'));
    let ozone: Vec<(usize, i32)> = (0..24).map(|hour| (hour, 200)).collect();
    assert_eq!(one("aqi > 100", &day(&ozone)), Some('#'));
    assert_eq!(one("aqi > 150", &day(&ozone)), Some('?'), "an index that is published is a lower bound all the same");
    assert_eq!(one("primary = o3", &day(&ozone)), Some('?'));
    assert_eq!(one("primary = pm25", &day(&ozone)), Some('?'));
}

/// The answers to a condition at the first hour of 2026-07-14, on whole days of values in thousandths.
fn first_answer(condition: &str, columns: &[(Variable, Vec<i32>)], come: Option<i64>) -> Tri {
    let hours = columns.iter().map(|(_, values)| values.len()).max().unwrap_or(24);
    let series = laid(midnight(7, 14), hours, columns.iter().cloned());
    let series = come.map_or(series.clone(), |come| series.seen_at(midnight(7, 14) + come));
    let (zone, standards) = (zone(), standards());
    let expr = parse(condition).expect(condition);
    eval(&expr, &Context::new(&series, &zone, &standards))[0]
}

#[test]
fn a_concentration_is_compared_as_the_standard_compares_it_rounded_once() {
    let mut mean = vec![61_500; 24];
    mean[23] = 61_490;
    // A mean of 61.49958 is 61: by way of 61.5 it would be 62.
    let particles = [(Variable::Pm25, mean)];
    assert_eq!(first_answer("daily_mean(pm25) > 61 µg/m³", &particles, None), Tri::False);
    assert_eq!(first_answer("daily_mean(pm25) >= 61 µg/m³", &particles, None), Tri::True);
    // HJ 633-2026, 4.2.2: 160.4 is 160; GB/T 8170: 160.5 is 160 and 161.5 is 162.
    for (value, answer) in [(160_400, Tri::False), (160_500, Tri::False), (160_501, Tri::True), (161_500, Tri::True)] {
        for condition in ["daily_max(o3_8h) > 160 µg/m³", "o3 > 160 µg/m³", "daily_max(o3) > 160 µg/m³"] {
            let ozone = [(Variable::O3, vec![value; 24])];
            assert_eq!(first_answer(condition, &ozone, None), answer, "{condition} {value}");
        }
    }
    let carbon = [(Variable::Co, vec![4_050; 24])];
    assert_eq!(first_answer("co > 4 mg/m³", &carbon, None), Tri::False, "4.05 is 4.0");
    assert_eq!(first_answer("co = 4 mg/m³", &carbon, None), Tri::True);
    assert_eq!(first_answer("co != 4 mg/m³", &carbon, None), Tri::False);
    // Weather is no concentration.
    let wind = [(Variable::Wind, vec![2_001; 24])];
    assert_eq!(first_answer("wind > 2 m/s", &wind, None), Tri::True);
    // Three quarters of the window must be there.
    assert_eq!(picture("mean(o3, 4h) > 1 µg/m³", &[5, 5, 5, -1, -1, 5]), "??##??");
    assert_eq!(picture("max(o3, 4h) > 4 µg/m³", &[5, -1, -1, -1, -1, 3]), "####??");
}

#[test]
fn a_day_of_which_hours_are_still_to_come_is_not_finished() {
    let day = |value: i32, hours: usize| [(Variable::Pm25, vec![value * 1000; hours])];
    let mean = "daily_mean(pm25) > 60 µg/m³";
    assert_eq!(first_answer(mean, &day(65, 20), None), Tri::True, "four hours that have passed unmeasured");
    assert_eq!(first_answer(mean, &day(65, 20), Some(8)), Tri::Unknown, "four hours that are not forecast");
    assert_eq!(first_answer(mean, &day(65, 24), Some(8)), Tri::True);
    // 20 hours of 80 and nothing else are 66.7.
    assert_eq!(first_answer(mean, &day(80, 20), Some(8)), Tri::True, "whatever the rest brings");
    assert_eq!(first_answer("daily_max(pm25) > 60 µg/m³", &day(50, 20), Some(8)), Tri::Unknown);
    assert_eq!(
        first_answer("daily_mean(temperature) > 1 °C", &[(Variable::Temperature, vec![9_000; 20])], Some(8)),
        Tri::Unknown
    );
    let ozone = |hours| [(Variable::O3, vec![100_000; hours])];
    assert_eq!(first_answer("daily_max(o3_8h) <= 160 µg/m³", &ozone(22), Some(8)), Tri::Unknown);
    assert_eq!(first_answer("daily_max(o3_8h) <= 160 µg/m³", &ozone(24), Some(8)), Tri::True);
}

#[test]
fn what_a_place_does_without_is_not_waited_for() {
    let series = laid(midnight(7, 14), 24, [(Variable::Pm25, vec![80_000; 24]), (Variable::O3, vec![60_000; 24])]);
    let needs = |p| matches!(p, Pollutant::Pm25 | Pollutant::O3 | Pollutant::O38h);
    let some = standards().needing(needs);
    let (zone, all) = (zone(), standards());
    for (condition, of_all, of_some) in [
        ("aqi > 150", Tri::Unknown, Tri::False),
        ("aqi > 100", Tri::True, Tri::True),
        ("primary = pm25", Tri::Unknown, Tri::True),
        ("primary = o3", Tri::False, Tri::False),
        ("primary = co", Tri::Unknown, Tri::False),
    ] {
        let expr = parse(condition).expect(condition);
        let answer = |standards: &Standards| eval(&expr, &Context::new(&series, &zone, standards))[0];
        assert_eq!((answer(&all), answer(&some)), (of_all, of_some), "{condition}");
    }
}

#[test]
fn the_evidence_of_an_hour_is_what_decided_it() {
    let (zone, standards) = (zone(), standards());
    let series = laid(midnight(7, 14), 6, [(Variable::O3, vec![100_000, 170_000, 170_000, 100_000, MISSING, 170_000])]);
    let context = Context::new(&series, &zone, &standards);
    let explained = |text: &str, at: i64| {
        let expr = parse(text).expect(text);
        let evidence = explain(&expr, &context, series.first + at);
        let brief =
            |e: &Evidence| (text[e.range.clone()].to_owned(), e.hour - series.first, e.value, e.answer, e.needed);
        evidence.iter().map(brief).collect::<Vec<_>>()
    };
    let high = "o3 > 160 µg/m³";
    let holds = (high.to_owned(), 1, Some(170_000), Tri::True, Some(-10_000));
    assert_eq!(explained("o3 > 160 µg/m³ or wind < 2 m/s", 1), std::slice::from_ref(&holds));
    assert_eq!(explained("not (hour in 5..6 or o3 > 160 µg/m³)", 1), [holds]);
    let lasting = "o3 > 160 µg/m³ for 3h";
    let run = (lasting.to_owned(), 1, Some(2_000), Tri::False, Some(1_000));
    let breaks = (high.to_owned(), 3, Some(100_000), Tri::False, Some(60_000));
    assert_eq!(explained(lasting, 1), [run, breaks]);
    let gap = (high.to_owned(), 4, None, Tri::Unknown, None);
    assert_eq!(explained("o3 > 160 µg/m³ within 2h", 3), [gap]);
    assert!(explained(high, 6).is_empty());
    let expr = parse(high).expect("a condition");
    assert_eq!(explain(&expr, &context, series.first)[0].origin, Some(Origin::Observed { feed: "f".into() }));
}
