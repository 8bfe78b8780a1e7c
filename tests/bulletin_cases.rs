//! Bulletins in the shapes that bureaus publish, each with what is right; and the law that nothing of them is lost.
// The table of bulletins is to be seen.
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_aqi::Pollutant::{self, O38h, Pm10, Pm25};
use cuofeng_feed::bulletin::{Bulletin, IssuedAt, Known, Named, Piece, Verdict, read_as};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
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
type Said = (u32, Option<(i64, i64)>, Option<(i64, i64)>, Vec<Pollutant>);

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

#[allow(clippy::too_many_lines)] // A table.
fn cases() -> Vec<Case> {
    let new = |file, hour, issued, days, waits| Case { file, hour, issued, days, waits };
    vec![
        new("01_dazhou.txt", None, None, vec![], &["bulletin.no_issue", "bulletin.no_issue", "bulletin.no_issue"]),
        new(
            "02_weekly_table.html",
            None,
            Some((10, 11, 20)),
            vec![
                index(10, 80, 110, (2, 3), O38h),
                index(11, 60, 90, (2, 2), O38h),
                index(12, 105, 135, (3, 3), O38h),
                index(13, 140, 170, (3, 4), O38h),
            ],
            &[],
        ),
        new(
            "04_sms_oneline.txt",
            None,
            Some((12, 17, 0)),
            vec![(13, Some((55, 130)), Some((2, 3)), vec![]), (14, Some((105, 125)), Some((3, 3)), vec![])],
            &["bulletin.part_only"],
        ),
        new(
            "05_beijing.txt",
            None,
            Some((12, 17, 0)),
            vec![level(14, (3, 4), &[]), level(15, (1, 1), &[]), level(16, (2, 2), &[])],
            &["bulletin.part_only", "bulletin.part_only"],
        ),
        new(
            "06_xian.txt",
            None,
            Some((12, 16, 0)),
            vec![level(13, (4, 4), &[O38h]), level(14, (3, 3), &[O38h]), level(15, (2, 2), &[Pm10])],
            &[],
        ),
        new(
            "07_province.txt",
            None,
            Some((12, 15, 0)),
            vec![],
            &["bulletin.part_area", "bulletin.part_area", "bulletin.part_area"],
        ),
        new(
            "08_newspaper.txt",
            None,
            Some((12, 15, 0)),
            vec![index(13, 50, 80, (1, 2), Pm10), index(14, 95, 125, (2, 3), O38h)],
            &[],
        ),
        new(
            "09_qingdao.txt",
            None,
            Some((10, 10, 0)),
            vec![
                level(10, (2, 3), &[O38h]),
                level(11, (1, 2), &[O38h]),
                level(12, (1, 2), &[O38h]),
                level(15, (2, 2), &[O38h]),
            ],
            &["bulletin.risk"],
        ),
        new(
            "11_oneline_wechat.txt",
            None,
            Some((12, 17, 0)),
            vec![index(13, 105, 135, (3, 3), O38h), index(14, 155, 185, (4, 4), O38h)],
            &[],
        ),
        new("12_partday.txt", None, Some((12, 17, 0)), vec![], &["bulletin.part_only", "bulletin.part_only"]),
        new("13_measured_ampm.txt", None, Some((12, 17, 0)), vec![index(13, 110, 130, (3, 3), O38h)], &[]),
        new(
            "14_winter_weather.txt",
            None,
            Some((12, 9, 0)),
            vec![index(13, 60, 90, (2, 2), O38h), index(14, 105, 135, (3, 3), O38h)],
            &[],
        ),
        new("15_date_only.txt", None, None, vec![], &["bulletin.no_hour", "bulletin.no_hour"]),
        new(
            "15_date_only.txt",
            Some(17),
            Some((12, 17, 0)),
            vec![index(13, 110, 130, (3, 3), O38h), index(14, 70, 95, (2, 2), O38h)],
            &[],
        ),
        new(
            "16_yinchuan.txt",
            Some(17),
            Some((12, 17, 0)),
            vec![level(12, (2, 3), &[O38h]), level(13, (3, 3), &[O38h]), level(14, (2, 3), &[O38h])],
            &[],
        ),
        new(
            "17_form.txt",
            None,
            Some((12, 15, 30)),
            vec![index(13, 95, 125, (2, 3), O38h), index(14, 60, 90, (2, 2), O38h), index(15, 150, 180, (3, 4), O38h)],
            &[],
        ),
        new("18_meta.html", None, Some((12, 16, 5)), vec![index(13, 110, 130, (3, 3), O38h)], &[]),
    ]
}

#[test]
fn every_case_reads_as_it_says() {
    for Case { file, hour, issued, days, waits } in cases() {
        let bulletin = read(&case(file), hour);
        let at = |(d, hour, minute): (u32, u32, u32)| IssuedAt {
            day: NaiveDate::from_ymd_opt(2026, 8, d).expect("a day"),
            hour,
            minute,
        };
        assert_eq!(bulletin.issued, issued.map(at), "{file}");
        assert_eq!(bulletin.days.iter().map(said).collect::<Vec<_>>(), days, "{file}: {:#?}", bulletin.pieces);
        let why: Vec<&str> = bulletin.aside.iter().map(|unclear| unclear.why.key()).collect();
        assert_eq!(why, waits, "{file}: {:#?}", bulletin.aside);
    }
}

/// Lines of a bulletin of 12 August, 17 o'clock, with what is read of them for certain, or why they wait.
#[test]
fn what_is_said_of_a_line_that_waits_is_true_of_it() {
    let one = |text: &str| read(&format!("某某市空气质量预报\n2026年08月12日17时发布\n{text}"), None);
    let pair = |range: Option<Range>| range.map(|range| (range.low(), range.high()));
    for (text, why, days) in [
        ("未来3天（13-15日）我市空气质量以良至轻度污染为主。", "bulletin.together", &[13, 14, 15][..]),
        ("未来三天（8月13日至15日）：空气质量良至轻度污染。", "bulletin.together", &[13, 14, 15]),
        ("未来三天我市空气质量以良至轻度污染为主。", "bulletin.span", &[]),
        ("8月13日（星期四）\n我市空气质量为轻度污染，AQI 105-135，首要污染物为臭氧。", "bulletin.day_above", &[13]),
        ("8月14日：\nAQI\t105-135\t轻度污染", "bulletin.day_above", &[14]),
        ("AQI 105-135，轻度污染。", "bulletin.no_day", &[]),
        ("8月18日，AQI 110-130，轻度污染，O3（8h）", "bulletin.pollutant_alone", &[18]),
    ] {
        let bulletin = one(text);
        assert!(bulletin.days.is_empty(), "{text}: {:#?}", bulletin.days);
        let [unclear] = bulletin.aside.as_slice() else { panic!("{text}: {:#?}", bulletin.pieces) };
        let shown: Vec<u32> = unclear.understood.iter().map(|outlook| said(outlook).0).collect();
        assert_eq!((unclear.why.key(), shown.as_slice()), (why, days), "{text}");
    }
    for (text, index) in [
        ("具体如下：\n08-13（周四）：轻度污染，AQI：105-135", (105, 135)),
        ("8月13日，AQI 105-135轻度污染，首要污染物为臭氧。", (105, 135)),
        ("日期\t区域\tAQI\t级别\t首要污染物\n8月13日\t全市\t105-135\t轻度污染\t臭氧", (105, 135)),
    ] {
        let bulletin = one(text);
        assert!(bulletin.aside.is_empty(), "{text}: {:#?}", bulletin.aside);
        let read: Vec<_> = bulletin.days.iter().map(|o| (said(o).0, pair(o.aqi), pair(o.levels))).collect();
        assert_eq!(read, [(13, Some(index), Some((3, 3)))], "{text}");
    }
    // Days of a month as well, a weekday of another date, a part of the area.
    for (text, why) in [
        ("具体如下：\n08-20：轻度污染，AQI：105-135", None),
        ("具体如下：\n08-13（周五）：轻度污染，AQI：105-135", Some("bulletin.weekday")),
        ("8月13日，AQI 105-135中度污染，首要污染物为臭氧。", Some("bulletin.level")),
        ("日期\t区域\tAQI\t级别\n8月13日\t北部\t105-135\t轻度污染", Some("bulletin.part_area")),
    ] {
        let bulletin = one(text);
        assert_eq!(bulletin.aside.first().map(|unclear| unclear.why.key()), why, "{text}: {:#?}", bulletin.pieces);
    }
    let early = read("某某市空气质量预报\n2026年08月07日17时发布\n具体如下：\n08-10：轻度污染，AQI：105-135", None);
    assert_eq!(early.aside.first().map(|unclear| unclear.why.key()), Some("bulletin.dashed"), "{:#?}", early.pieces);
}

#[test]
fn the_hull_of_a_days_parts_says_that_it_is_one() {
    let bulletin = read(&case("04_sms_oneline.txt"), None);
    let from_parts: Vec<bool> = bulletin.days.iter().map(|outlook| outlook.from_parts).collect();
    assert_eq!(from_parts, [true, false]);
    let night = &bulletin.aside[0];
    assert_eq!(night.line, "12日夜间良，AQI为55-75", "the piece, not the whole message");
}

#[test]
fn what_is_no_forecast_has_its_name() {
    let named = |file: &str| -> Vec<Named> {
        let pieces = read(&case(file), Some(17)).pieces;
        pieces.iter().filter_map(|p| if let Verdict::Named(named) = p.verdict { Some(named) } else { None }).collect()
    };
    assert!(named("06_xian.txt").contains(&Named::Past) && named("06_xian.txt").contains(&Named::Measured));
    assert!(named("06_xian.txt").contains(&Named::Lead));
    assert_eq!(named("13_measured_ampm.txt").iter().filter(|n| **n == Named::Measured).count(), 2);
    assert!(named("16_yinchuan.txt").contains(&Named::Repeated));
    assert!(named("02_weekly_table.html").contains(&Named::Repeated));
}

const HEAD: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年8月12日17时\n";

fn under_head(lines: &str) -> Bulletin {
    read(&format!("{HEAD}{lines}"), None)
}

#[test]
fn days_are_understood_in_the_forms_that_bureaus_write() {
    for (line, days) in [
        ("周四（8月13日）：空气质量为良，AQI为60-90。", &[13][..]),
        ("明日（8月13日）空气质量为良，AQI为60-90。", &[13]),
        ("后天（14日）空气质量为良，AQI为60-90。", &[14]),
        ("13日，空气质量为良，AQI为60-90。", &[13]),
        ("13-14日，空气质量为良，AQI为60-90。", &[13, 14]),
        ("8月13日（星期四），空气质量为良，AQI为60-90。", &[13]),
        ("周四至周五（8月13日-14日），空气质量为良，AQI为60-90。", &[13, 14]),
        ("一、8月13日，空气质量为良，AQI为60-90。", &[13]),
        ("预计我市8月13日空气质量为良，AQI为60-90。", &[13]),
        ("8月13日\t星期四\t60-90\t良\tO3", &[13]),
        ("8月13日    星期四    105-135    轻度污染    O3", &[13]),
        ("8 月 13 日：空气质量为良（二级），AQI指数60~90。", &[13]),
        ("8月13日空气质量二级（良），AQI：60—90。", &[13]),
    ] {
        let bulletin = under_head(line);
        assert_eq!(bulletin.aside, [], "{line}");
        let found: Vec<u32> = bulletin.days.iter().map(|outlook| said(outlook).0).collect();
        assert_eq!(found, days, "{line}");
    }
}

#[test]
fn primary_pollutants_are_understood_however_they_are_written() {
    for (words, pollutant) in [
        ("O3（8h）", O38h),
        ("O3-8H", O38h),
        ("O₃_8h", O38h),
        ("臭氧（O3-8H）", O38h),
        ("臭氧（O 3 ）", O38h),
        ("臭氧（8小时）", O38h),
        ("可吸入颗粒物（PM 10 ）", Pm10),
        ("颗粒物（PM10）", Pm10),
        ("PM 2.5", Pm25),
    ] {
        let bulletin = under_head(&format!("8月13日，空气质量为良，首要污染物为{words}，AQI为60-90。"));
        assert_eq!(bulletin.days.first().map(|o| o.primary.clone()), Some(vec![pollutant]), "{words}: {bulletin:?}");
    }
}

#[test]
fn what_waits_says_the_true_reason() {
    for (line, why) in [
        ("8月13日（周三），空气质量为良，AQI为60-90。", "bulletin.weekday"),
        ("明天（8月14日）空气质量为良，AQI为60-90。", "bulletin.two_days"),
        ("8月13日12时至20时，空气质量为轻度污染，AQI为110-130。", "bulletin.part_only"),
        ("8月13日夜间，空气质量为轻度污染，AQI为110-130。", "bulletin.part_only"),
        ("8月13日前后，空气质量为轻度污染，AQI为110-130。", "bulletin.near"),
        ("8月13日起，空气质量为轻度污染。", "bulletin.near"),
        ("8月13日，山区，空气质量为良，AQI为60-90。", "bulletin.part_day"),
        ("8月13日，北部地区空气质量为轻度污染。", "bulletin.part_area"),
        ("8月13日，空气质量为良，局地轻度污染。", "bulletin.part_area"),
        ("8月13日，若冷空气偏弱，空气质量为轻度污染。", "bulletin.condition"),
        ("8月13日，夜间晴，空气质量为良，AQI为60-90。", "bulletin.part_weather"),
        ("8月12日，我市空气质量为良，AQI为58。", "bulletin.measured_today"),
        ("8月12日，我市空气质量为良，首要污染物为臭氧。", "bulletin.measured_today"),
        ("8月10日至13日，空气质量为轻度污染。", "bulletin.straddles"),
        ("明天空气质量为轻度污染。", "bulletin.relative"),
        ("未来三天空气质量为轻度污染。", "bulletin.span"),
        ("8月13日易出现臭氧轻度污染。", "bulletin.risk"),
        ("8月13日\t星期四\t60-90\t良\tPM10", "bulletin.table_header"),
        ("8月13日\t星期四\t60-90\t二级\tO3", "bulletin.table_header"),
        ("日期\tAQI\t级别\n8月13日\t星期四\t60-90\t良", "bulletin.table_cells"),
        ("日期\t地区\tAQI\t级别\n8月13日\t东镇\t60-90\t良", "bulletin.part_area"),
        ("日期\t时段\tAQI\t级别\n8月13日\t夜间\t60-90\t良", "bulletin.part_day"),
        // A cell without a column of its own.
        ("空气质量为良\t8月13日\t夜间", "bulletin.part_day"),
        ("8月13日\t夜间\t良\tO3", "bulletin.part_day"),
        ("8月13日\t良\tO3\t凌晨至上午", "bulletin.part_day"),
        ("8月13日\t山区\t良\tO3", "bulletin.part_area"),
        ("8月13日\t良\tO3\t局地", "bulletin.part_area"),
        ("8月13日\t东镇\t良\tO3", "bulletin.table_header"),
        ("多云\t南风\t晴\t8月13日\t60-90", "bulletin.table_day"),
        ("8月13日\t前后\t良\tO3", "bulletin.near"),
        ("8月13日\t若无降水\t良\tO3", "bulletin.condition"),
        ("8月13日\t夜间多云\t良\tO3", "bulletin.part_weather"),
        ("8月13日\t良\tO3\t周三", "bulletin.weekday"),
        ("周五\t8月13日\t良\tO3", "bulletin.weekday"),
        ("日期\tAQI\t级别\t范围\n8月13日\t60-90\t良\t夜间", "bulletin.part_day"),
        ("日期\tAQI\t级别\t备注\n8月13日\t60-90\t良\t仅山区", "bulletin.part_area"),
        // An index in a column that nobody knows; a level beside the days of a head.
        ("日期\t级别\t夜间值\n8月13日\t良\t60-90", "bulletin.table_column"),
        ("8月13日空气质量为良，前后", "bulletin.near"),
        ("8月13日空气质量为良，AQI为60-90，左右", "bulletin.near"),
        ("8月13日空气质量为良，夜间预计", "bulletin.part_only"),
        ("8月13日空气质量为良，多云预计夜间", "bulletin.part_day"),
        ("8月13日空气质量为良，多云8月13日夜间", "bulletin.part_day"),
        ("8月13日空气质量为良，夜间若", "bulletin.condition"),
        ("8月13日空气质量为良，多云未来三天夜间", "bulletin.part_day"),
        ("8月13日多云前后，空气质量为良", "bulletin.near"),
        ("8月13日空气质量为良，多云预计夜间8月13日", "bulletin.part_day"),
        ("8月13日：2-3级。南风", "bulletin.grade"),
        ("山区：8月13日空气质量为良，AQI为60-90。", "bulletin.part_area"),
        ("若无降水，8月13日空气质量为轻度污染。", "bulletin.condition"),
    ] {
        let bulletin = under_head(line);
        assert_eq!(bulletin.days, [], "{line}");
        assert_eq!(bulletin.aside.iter().map(|a| a.why.key()).collect::<Vec<_>>(), [why], "{line}: {bulletin:#?}");
    }
}

/// Amounts near something, and the weather of a part of the day, are weather: the lines waited.
#[test]
fn amounts_and_temperatures_of_the_weather_do_not_make_a_day_wait() {
    for weather in ["能见度5公里左右", "白天最高32℃", "夜间能见度较好", "边界层高度800米左右"]
    {
        let line = format!("8月13日，多云，{weather}，预测日均空气质量为良，首要污染物为臭氧，AQI:70-100。");
        let bulletin = under_head(&line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (1, 0), "{line}: {:#?}", bulletin.aside);
    }
}

#[test]
fn lines_that_used_to_vanish_are_read_beside_what_made_them_vanish() {
    for line in [
        "目前我市空气质量以良为主，8月13日为轻度污染，AQI为110-130。",
        "截至8月12日，全市优良天数160天；8月13日为轻度污染，AQI为110-130。",
        "今年以来优良天数同比增加3天。预计8月13日为轻度污染，AQI为110-130。",
        "某某市生态环境局2026年8月12日17时发布：8月13日为轻度污染，AQI为110-130。",
    ] {
        let bulletin = under_head(line);
        let found: Vec<_> = bulletin.days.iter().map(|outlook| (said(outlook).0, said(outlook).1)).collect();
        assert_eq!(found, [(13, Some((110, 130)))], "{line}: {bulletin:#?}");
        assert_eq!(bulletin.aside, [], "{line}");
    }
}

/// A part of a day in the head of a table is of one of its days.
#[test]
fn a_part_of_a_day_beside_the_days_of_a_head_makes_them_wait() {
    let bulletin = under_head("日期\t8月13日\t夜间\t8月14日\nAQI\t60-90\t110-130\t70-95\n级别\t良\t轻度污染\t良");
    let why: Vec<&str> = bulletin.aside.iter().map(|unclear| unclear.why.key()).collect();
    assert_eq!((bulletin.days.len(), why), (0, vec!["bulletin.part_day"; 2]), "{:#?}", bulletin.pieces);
}

/// A number without its name was taken for the weather, and vanished with its line.
#[test]
fn a_bare_number_beside_a_day_waits() {
    for line in ["8月13日，105-135。", "8月13日：O3 158。", "8月13日，多云，指数90-120良。", "8月13日：AQI120"]
    {
        let bulletin = under_head(line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 1), "{line}: {:#?}", bulletin.pieces);
    }
}

/// Hours from this evening to the next morning were taken for over, since 8 is before 17.
#[test]
fn hours_of_tonight_over_midnight_are_not_over() {
    for hours in ["20时至8时", "20时至次日8时", "18时到24时", "22-6时"] {
        let bulletin = under_head(&format!("8月12日{hours}，空气质量为轻度污染，AQI为110-130。"));
        let why: Vec<&str> = bulletin.aside.iter().map(|unclear| unclear.why.key()).collect();
        assert_eq!((bulletin.days.len(), why), (0, vec!["bulletin.part_only"]), "{hours}: {:#?}", bulletin.pieces);
    }
    let over = under_head("8月12日8时至16时，空气质量为轻度污染，AQI为110-130。");
    assert!(over.aside.is_empty() && over.pieces.iter().any(|p| p.verdict == Verdict::Named(Named::Measured)));
}

/// A day of the forecast was taken for that of the issue.
#[test]
fn the_date_of_a_forecast_is_no_issue() {
    for head in ["预报日期：2026年8月13日", "预测日期：2026-08-13", "空气质量预报日期 2026年8月13日17时"]
    {
        let bulletin = read(&format!("{head}\n8月13日，空气质量为良，AQI为60-90。"), None);
        assert_eq!((bulletin.issued, bulletin.days.len()), (None, 0), "{head}: {:#?}", bulletin.pieces);
    }
}

/// A level in the head of a table, beside its days, vanished with the head.
#[test]
fn a_level_beside_the_days_of_a_head_makes_them_wait() {
    let bulletin = under_head("日期\t8月13日\t8月14日\t轻度污染\nAQI\t60-90\t70-95\t");
    let why: Vec<&str> = bulletin.aside.iter().map(|unclear| unclear.why.key()).collect();
    assert_eq!((bulletin.days.len(), why), (0, vec!["bulletin.table_column"; 2]), "{:#?}", bulletin.pieces);
}

#[test]
fn cells_beside_the_air_that_make_no_row_wait() {
    for (rows, aqi) in [
        ("日期\t天气\tAQI\t级别\n8月13日\t白天晴夜间多云\t60-90\t良", (60, 90)),
        ("日期\tAQI\t级别\t健康提示\n8月13日\t60-90\t良\t午后减少户外活动", (60, 90)),
        ("星期四\t8月13日\t60-90\t良\tO3", (60, 90)),
        ("1\t8月13日\t星期四\t105-135\t轻度污染\tO3", (105, 135)),
    ] {
        let bulletin = under_head(rows);
        let found: Vec<_> = bulletin.days.iter().map(|outlook| (said(outlook).0, said(outlook).1)).collect();
        assert_eq!(found, [(13, Some(aqi))], "{rows}: {bulletin:#?}");
        assert_eq!(bulletin.aside, [], "{rows}");
    }
    // A number beside two days is of one of them, nobody knows which.
    let bulletin = under_head("8月13日\t明天\t60-90\tO3");
    assert!(bulletin.days.is_empty() && !bulletin.aside.is_empty(), "{bulletin:#?}");
}

/// Levels that are stated of what is to come, in a sentence that began with what was.
#[test]
fn a_forecast_in_the_sentence_of_the_past_is_not_over_with_it() {
    for line in [
        "昨日我市空气质量为良，今晚到明天转为轻度污染。",
        "昨日我市空气质量为良，预计转为轻度污染。",
        "昨天空气质量为优，我市将出现轻度污染。",
        "昨日我市空气质量为良今晚转为轻度污染。",
        "8月11日，空气质量为良，AQI为60-90，预计今夜起升至轻度污染。",
        "8月11日空气质量为良，夜间转为轻度污染。",
        "截至8月12日，全市优良天数160天，未来将有轻度污染。",
        "8月12日上午10时，我市AQI为58，空气质量为良，但13日为轻度污染。",
        "8月12日0时至15时，空气质量为良，午后转为轻度污染。",
        "目前我市空气质量为良，今晚到明天转为轻度污染。",
        "目前我市空气质量为良，夜间转为轻度污染。",
        "昨日我市空气质量为良，今晚有轻度污染天气。",
        "监测结果显示，我市空气质量为良，明晚升至轻度污染。",
    ] {
        let bulletin = under_head(line);
        let waits = bulletin.aside.iter().any(|unclear| unclear.line.contains("轻度污染"));
        assert!(bulletin.days.is_empty() && waits, "{line}: {:#?}", bulletin.pieces);
    }
    // What is over still is.
    for line in [
        "昨日我市空气质量为良，AQI为60-90，首要污染物为臭氧。",
        "昨日由良转为轻度污染，AQI为112。",
        "8月11日，多云，预测日均空气质量为良，AQI:60-90。",
        "8月11日，空气质量为良，由前日的轻度污染好转。",
        "目前我市AQI已升至轻度污染，主要是臭氧。",
        "8月12日上午10时，我市AQI为58，空气质量为良。",
        "8月12日，监测数据显示，我市空气质量为良到轻度污染，AQI为80-112，今晚有阵雨。",
    ] {
        let bulletin = under_head(line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 0), "{line}: {:#?}", bulletin.pieces);
    }
}

const TOWN: &str = "巴河市空气质量预报\n2026年8月12日17时\n";

fn of_town(lines: &str) -> Bulletin {
    read(&format!("{TOWN}{lines}"), None)
}

/// Days in August, each with what is prefilled of index and levels, of all that waits.
fn prefilled(bulletin: &Bulletin) -> Vec<Said> {
    bulletin.aside.iter().flat_map(|unclear| &unclear.understood).map(said).collect()
}

/// Dated lines whose word for the level or the index is not known ended in nothing.
#[test]
fn a_day_with_a_range_or_a_word_of_pollution_is_never_dropped() {
    for line in [
        "8月14日，空气污染指数155-185。",
        "8月15日，轻污染。",
        "8月13日API 155-185",
        "8月13日空气指数155-185",
        "8月13日污染指数155至185",
        "8月13日AQl 155-185",
        "8月13日，中等污染。",
        "8月13日不达标",
        "8月13日超标",
        "8月13日155-185",
        "8月13日~14日 155-185",
        "8月13日多云155-185",
        "明日空气污染指数155-185",
        "明日155-185",
        "8月13日 8月14日 8月15日\n105-135 60-90 155-185\n臭氧 臭氧 臭氧",
        "日期\t天气\tAQI\t区间\n8月13日\t晴\t\tAPI 155-185",
    ] {
        let bulletin = of_town(line);
        assert!(bulletin.days.is_empty() && !bulletin.aside.is_empty(), "{line}: {:#?}", bulletin.pieces);
        assert!(prefilled(&bulletin).iter().all(|(_, aqi, ..)| aqi.is_none()), "{line}: {:#?}", bulletin.aside);
    }
    let bulletin = of_town("8月16日 IV级");
    assert_eq!(bulletin.days.iter().map(said).collect::<Vec<_>>(), [level(16, (4, 4), &[])], "{bulletin:#?}");
    // Titles, the weather and what is over keep their names.
    for line in [
        "8月13日，多云，偏南风2到3级，气温23-34。",
        "8月13日晴，紫外线指数5级",
        "8月13日，晴，降水概率10-20%。",
        "8月13日9:00-11:30召开发布会",
        "8月10日污染指数55-75",
        "咨询电话：0371-639",
        "第3-5期",
    ] {
        let bulletin = of_town(line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 0), "{line}: {:#?}", bulletin.pieces);
    }
}

/// The rows below a date that spans them vanished.
#[test]
fn cells_that_span_rows_and_columns_are_unfolded() {
    let page = |rows: &str| read(&format!("<html><p>发布时间：2026-08-12 17:00</p><table>{rows}</table></html>"), None);
    let head = "<tr><td>日期</td><td>区域</td><td>AQI</td></tr>";
    let bulletin = page(&format!(
        "{head}<tr><td rowspan=\"2\">8月13日</td><td>全市</td><td>60-80</td></tr><tr><td>巴河镇</td><td>155-185</td></tr>\
         <tr><td ROWSPAN=2>8月14日</td><td>全市</td><td>70-90</td></tr><tr><td>巴河镇</td><td>160-190</td></tr>"
    ));
    let aqi = |(low, high): (i64, i64)| Some((low, high));
    assert_eq!(
        prefilled(&bulletin),
        [(13, aqi((60, 80))), (13, aqi((155, 185))), (14, aqi((70, 90))), (14, aqi((160, 190)))].map(|(day, aqi)| (
            day,
            aqi,
            None,
            vec![]
        )),
        "{:#?}",
        bulletin.pieces
    );
    // Two heads, one below the other.
    let bulletin = page(
        "<tr><th rowspan=2>日期</th><th colspan=2>空气质量</th></tr><tr><th>AQI</th><th>级别</th></tr>\
         <tr><td>8月13日</td><td>60-90</td><td>良</td></tr>",
    );
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found, [(13, Some((60, 90)), Some((2, 2)), vec![])], "{:#?}", bulletin.pieces);
    // However far a cell is said to reach, it is read in time.
    let wide = "<tr><td rowspan=99999 colspan=99999>8月13日</td><td>60-90</td></tr>".repeat(3000);
    let begun = std::time::Instant::now();
    page(&wide);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// The days stood behind the level of the one before, and the last one was lost.
#[test]
fn a_level_before_its_colon_and_its_day_waits_whole() {
    for line in ["轻度污染：8月13日；中度污染：8月14日", "轻度污染：13日、14日；中度污染：15日。"]
    {
        let bulletin = of_town(line);
        assert_eq!(bulletin.aside.iter().map(|a| a.line.as_str()).collect::<Vec<_>>(), [line]);
        assert_eq!((bulletin.days.len(), prefilled(&bulletin)), (0, vec![]), "{line}");
    }
}

/// The town within its walls was read as all of it.
#[test]
fn the_urban_area_is_a_part_unless_the_title_names_it() {
    for area in ["城区", "市区", "主城区"] {
        let line = format!("8月13日{area}空气质量轻度污染，AQI 110-130");
        let bulletin = of_town(&line);
        let why: Vec<&str> = bulletin.aside.iter().map(|unclear| unclear.why.key()).collect();
        assert_eq!((bulletin.days.len(), why), (0, vec!["bulletin.part_area"]), "{line}: {:#?}", bulletin.pieces);
        let titled = read(&format!("巴河市{area}空气质量预报\n2026年8月12日17时\n{line}"), None);
        assert_eq!((titled.days.len(), titled.aside.len()), (1, 0), "{line}: {:#?}", titled.pieces);
    }
    for line in ["8月13日\t城区\t良\tO3", "城区8月13日空气质量轻度污染，AQI 110-130"] {
        let why: Vec<_> = of_town(line).aside.iter().map(|unclear| unclear.why.key().to_owned()).collect();
        assert_eq!(why, ["bulletin.part_area"], "{line}");
    }
    let bulletin = of_town("8月13日，城区最高气温33度，全市区域空气质量为良，AQI为60-90。");
    assert!(bulletin.aside.iter().all(|unclear| unclear.why.key() != "bulletin.part_area"), "{:#?}", bulletin.aside);
}

/// The hull of a day's parts lost it, and the last day of a sentence had it alone.
#[test]
fn the_primary_pollutant_is_that_of_the_day_and_of_all_days_of_its_sentence() {
    let bulletin = of_town("8月13日白天AQI 155-185，中度污染；夜间AQI 55-75，良，首要污染物臭氧。");
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found, [index(13, 55, 185, (2, 4), O38h)], "{:#?}", bulletin.pieces);
    for all in ["首要污染物均为臭氧", "首要污染物都是臭氧", "首要污染物都为臭氧"] {
        let bulletin = of_town(&format!("13日-14日，轻度污染，AQI 110-130；15日，良，AQI 60-80；{all}"));
        let found: Vec<Said> = bulletin.days.iter().map(said).collect();
        let right = [(13, 110, 130, (3, 3)), (14, 110, 130, (3, 3)), (15, 60, 80, (2, 2))]
            .map(|(day, low, high, levels)| index(day, low, high, levels, O38h));
        assert_eq!(found, right, "{all}: {:#?}", bulletin.pieces);
    }
    // Of the sentence, and no more.
    let bulletin = of_town("13日，轻度污染，AQI 110-130。14日，良，AQI 60-80；15日，良，AQI 60-80；首要污染物均为臭氧");
    let named: Vec<bool> = bulletin.days.iter().map(|outlook| !outlook.primary.is_empty()).collect();
    assert_eq!(named, [false, true, true], "{:#?}", bulletin.pieces);
}

/// The columns of a head that is known were mixed into one index.
#[test]
fn columns_are_not_mixed_into_what_is_prefilled() {
    let bulletin = of_town("日期\tPM2.5\tO3_8h\tAQI\t首要污染物\n8月13日\t30-45\t165-200\t105-135\tO3");
    assert_eq!(prefilled(&bulletin), [(13, Some((105, 135)), None, vec![O38h])], "{:#?}", bulletin.pieces);
    // Without a head nobody knows which of them it is.
    let bulletin = of_town("8月13日\t30-45\t165-200\t105-135\tO3");
    assert_eq!(prefilled(&bulletin), [(13, None, None, vec![O38h])], "{:#?}", bulletin.pieces);
}

#[test]
fn two_issue_days_leave_nothing_certain() {
    let text = "发布时间：2026年8月12日17时\n发布时间：2026年8月11日17时\n8月13日，空气质量为良，AQI为60-90。";
    let bulletin = read(text, None);
    assert_eq!((bulletin.days.len(), bulletin.aside[0].why.key()), (0, "bulletin.two_issues"));
}

#[test]
fn tables_read_by_header_or_by_the_dates_above_their_columns() {
    let rows = "日期  星期  AQI预报范围  空气质量级别  首要污染物\n8月13日  星期四  105-135  轻度污染  臭氧\n8月14日  星期五  60-90  二级  --\n";
    let bulletin = under_head(rows);
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found[0], index(13, 105, 135, (3, 3), O38h));
    assert_eq!(bulletin.aside.iter().map(|a| a.why.key()).collect::<Vec<_>>(), ["bulletin.primary_none"]);
    let page = "<html><p>发布时间：2026-08-12 17:00</p><table><tr><td>日期</td><td>8月13日</td><td>8月14日</td></tr>\
        <tr><td>AQI</td><td><p>105-135</p></td><td>60-90</td></tr><tr><td>级别</td><td>轻度污染</td><td>良</td></tr>\
        <tr><td>首要污染物</td><td>O<sub>3</sub></td><td>PM<sub>2.5</sub></td></tr></table></html>";
    let found: Vec<Said> = read(page, None).days.iter().map(said).collect();
    assert_eq!(found, [index(13, 105, 135, (3, 3), O38h), index(14, 60, 90, (2, 2), Pm25)]);
}

/// What a table of bulletins counts.
#[derive(Default)]
struct Count {
    read: usize,
    waiting: usize,
    named: usize,
    wrong: usize,
}

fn count(bulletin: &Bulletin, right: &[Said]) -> Count {
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

fn print(rows: &BTreeMap<String, Count>) {
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

#[test]
fn no_case_is_read_wrongly() {
    let mut rows = BTreeMap::new();
    for Case { file, hour, days, .. } in cases() {
        let name = hour.map_or_else(|| file.to_owned(), |hour| format!("{file} ({hour}h)"));
        rows.insert(name, count(&read(&case(file), hour), &days));
    }
    print(&rows);
    assert!(rows.values().all(|count| count.wrong == 0));
}

/// What the published bulletins of Jiyuan say, cut out by their fixed words and nothing else.
fn jiyuan(text: &str) -> Vec<Said> {
    let between = |line: &str, from: &str, to: &str| -> Option<String> {
        let (_, after) = line.split_once(from)?;
        Some(after.split_once(to).map_or(after, |(inside, _)| inside).to_owned())
    };
    let levels = ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"];
    let named = |word: &str| {
        levels.iter().position(|l| l.starts_with(word) || *l == word).map_or(0, |at| i64::try_from(at).unwrap_or(0) + 1)
    };
    let read = |line: &str| -> Option<Said> {
        let date = line.split_once('日')?.0.split_once('月')?.1.parse().ok()?;
        let (low, high) = between(line, "AQI:", ",")?.split_once('-').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let level = between(line, "空气质量为", ",")?;
        let (first, last) = level.split_once('或').unwrap_or((&level, &level));
        let pollutants = between(line, "首要污染物为", ",")?;
        let pollutant = |name: &str| match name {
            "臭氧" => O38h,
            "PM2.5" => Pm25,
            _ => Pm10,
        };
        Some((
            date,
            Some((low.parse().ok()?, high.parse().ok()?)),
            Some((named(first), named(last))),
            pollutants.split('或').map(pollutant).collect(),
        ))
    };
    text.lines().filter_map(read).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn no_sample_of_any_bureau_is_read_wrongly() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut rows = BTreeMap::new();
    for file in std::fs::read_dir(shared.join("fixtures/cn-bulletins")).expect("the samples").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(date) = name.strip_prefix("jiyuan_").and_then(|rest| rest.get(..10)) else { continue };
        let text = std::fs::read_to_string(file.path()).expect("a sample");
        let bulletin = read_as(&text, Known { received: day(date), given: None, hour: None });
        rows.insert(name, count(&bulletin, &jiyuan(&text)));
    }
    assert_eq!(rows.len(), 5);
    for Case { file, hour, days, .. } in cases() {
        let text = std::fs::read_to_string(shared.join("cases/bulletins").join(file)).expect("a case");
        assert_eq!(text, case(file), "our own copy is the case");
        let name = hour.map_or_else(|| file.to_owned(), |hour| format!("{file} ({hour}h)"));
        rows.insert(name, count(&read(&text, hour), &days));
    }
    print(&rows);
    assert!(rows.values().all(|count| count.wrong == 0));
}

/// What a generated line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A forecast of one day, by itself.
    Plain,
    /// A part of the day, of the area, a day that is only near, a condition, a mere risk, no date: never the day's.
    Less,
    /// Measured, or past.
    Over,
}

#[derive(Debug, Clone)]
struct Generated {
    sort: Sort,
    line: String,
    day: u32,
    aqi: (i64, i64),
}

const LEVELS: [&str; 6] = ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"];

fn level_words(aqi: (i64, i64), to: &str) -> String {
    let level = |aqi: i64| [50, 100, 150, 200, 300, 500].iter().position(|end| aqi <= *end).unwrap_or(5);
    let (low, high) = (level(aqi.0), level(aqi.1));
    if low == high { LEVELS[low].to_owned() } else { format!("{}{to}{}", LEVELS[low], LEVELS[high]) }
}

fn generated() -> impl Strategy<Value = Generated> {
    let day = 13_u32..24;
    let aqi = (1_i64..480, 1_i64..60).prop_map(|(low, width)| (low, (low + width).min(500)));
    let marks = (0_usize..3, 0_usize..3, 0_usize..4, 0_usize..5, 0_usize..5);
    (day, aqi, marks, 0_usize..40, any::<bool>(), 0_usize..6).prop_map(|(day, aqi, marks, twist, order, primary)| {
        let comma = ["，", ",", "；"][marks.0];
        let to = ["至", "到", "-"][marks.1];
        let dash = ["-", "~", "—", "至"][marks.2];
        let date = [
            format!("8月{day}日"),
            format!("2026年8月{day}日"),
            format!("{day}日"),
            format!("预计8月{day}日"),
            format!("我市8月{day}日"),
        ][marks.3]
            .clone();
        let level = [
            format!("空气质量为{}", level_words(aqi, to)),
            format!("预测日均空气质量为{}", level_words(aqi, to)),
            level_words(aqi, to),
            format!("空气质量等级为{}", level_words(aqi, to)),
            format!("预计全市空气质量以{}为主", level_words(aqi, to)),
        ][marks.4]
            .clone();
        let aqi_words = format!("AQI为{}{dash}{}", aqi.0, aqi.1);
        let pollutant = ["臭氧", "PM2.5", "可吸入颗粒物（PM 10 ）", "O3-8h", "", ""][primary];
        let mut fields = vec![level, aqi_words];
        if order {
            fields.reverse();
        }
        if !pollutant.is_empty() {
            fields.push(format!("首要污染物为{pollutant}"));
        }
        let fields = fields.join(comma);
        let (sort, line) = match twist {
            0 => (Sort::Less, format!("{date}夜间{comma}{fields}")),
            1 => (Sort::Less, format!("{date}上午{fields}")),
            2 => (Sort::Less, format!("{date}12时至20时{comma}{fields}")),
            3 => (Sort::Less, format!("{date}{comma}山区{comma}{fields}")),
            4 => (Sort::Less, format!("{date}{comma}局地{fields}")),
            5 => (Sort::Less, format!("{date}前后{comma}{fields}")),
            6 => (Sort::Less, format!("{date}左右{fields}")),
            7 => (Sort::Less, format!("{date}{comma}若有降水{comma}{fields}")),
            8 => (Sort::Less, format!("明天{comma}{fields}")),
            9 => (Sort::Less, format!("未来三天{fields}")),
            10 => (Sort::Less, format!("{date}{comma}除东部外{comma}{fields}")),
            11 => (Sort::Less, format!("{date}{comma}海拔800米以上{comma}{fields}")),
            12 => (Sort::Less, format!("{date}傍晚至夜间{comma}{fields}")),
            13 => (Sort::Less, format!("{date}{comma}{fields}{comma}部分时段可能达到严重污染")),
            14 => (Sort::Less, format!("{date}{comma}北部{fields}")),
            15 => (Sort::Over, format!("8月12日上午10时{comma}{fields}")),
            16 => (Sort::Over, format!("8月12日0时至15时{comma}{fields}")),
            17 => (Sort::Over, format!("昨日{fields}")),
            18 => (Sort::Over, format!("8月{}日{comma}{fields}", day - 12)),
            19 => (Sort::Over, format!("8月12日下午4点发布的{fields}")),
            20 => (Sort::Less, format!("{date}后{fields}")),
            21 => (Sort::Less, format!("{date}凌晨{comma}多云{comma}{fields}")),
            22 => (Sort::Less, format!("{date}{comma}夜间多云{comma}AQI为{}{dash}{}", aqi.0, aqi.1)),
            23 => (Sort::Less, format!("周末{fields}")),
            24 => (Sort::Plain, format!("{date}{comma}多云{comma}偏南风2到3级{comma}气温23度到34度{comma}{fields}。")),
            25 => (Sort::Plain, format!("某某市生态环境局2026年8月12日17时发布：{date}{comma}{fields}。")),
            26 => (Sort::Plain, format!("目前扩散条件较好。{date}{comma}{fields}。请减少户外活动。")),
            27 => (Sort::Plain, format!("{date}：{fields}。备注：以临近预报为准。")),
            28 => (Sort::Plain, format!("截至8月12日{comma}全市优良天数160天。{date}{fields}")),
            _ => (Sort::Plain, format!("{date}{comma}{fields}。")),
        };
        Generated { sort, line, day, aqi }
    })
}

/// A piece of a line is no title, weather or remark where it holds a day and a level or an index.
fn has_verdict(piece: &Piece) -> bool {
    let text = &piece.text;
    let day = text.contains('日') || text.contains("明天") || text.contains("未来三天") || text.contains("周末");
    let states = text.contains("AQI为") || LEVELS[2..].iter().any(|level| text.contains(level));
    let quiet = [Named::Title, Named::Weather, Named::Remark, Named::Scale, Named::Lead, Named::Table, Named::Repeated];
    !(day && states && quiet.iter().any(|named| piece.verdict == Verdict::Named(*named)))
}

fn law(generated: &Generated) -> Result<(), TestCaseError> {
    let Generated { sort, line, day, aqi } = generated;
    let bulletin = under_head(line);
    prop_assert!(bulletin.pieces.iter().all(has_verdict), "{line}: {:#?}", bulletin.pieces);
    let found: Vec<(u32, Option<(i64, i64)>)> = bulletin.days.iter().map(|o| (said(o).0, said(o).1)).collect();
    let named = bulletin.pieces.iter().any(|p| {
        [Named::Measured, Named::Past].iter().any(|named| p.verdict == Verdict::Named(*named)) && p.text.contains("AQI")
    });
    let waits = bulletin.aside.iter().any(|unclear| unclear.line.contains("AQI"));
    match sort {
        Sort::Plain if !found.is_empty() => prop_assert_eq!(found, vec![(*day, Some(*aqi))], "{}", line),
        Sort::Plain | Sort::Less => {
            prop_assert!(found.is_empty() && waits, "{line}: {found:?} {:#?}", bulletin.pieces);
        }
        Sort::Over => prop_assert!(found.is_empty() && (named || waits), "{line}: {found:?} {:#?}", bulletin.pieces),
    }
    Ok(())
}

/// Pieces of bulletins in any order.
fn soup() -> impl Strategy<Value = String> {
    const PIECES: [&str; 44] = [
        "8月13日",
        "8月14日",
        "13-14日",
        "明天",
        "昨日",
        "8月11日",
        "2026年8月12日17时",
        "发布",
        "发布时间：",
        "夜间",
        "上午",
        "山区",
        "局地",
        "前后",
        "空气质量为良",
        "轻度污染",
        "中度污染",
        "AQI为105-135",
        "AQI为60-90",
        "AQI",
        "105-135",
        "首要污染物为臭氧",
        "首要污染物",
        "臭氧",
        "PM2.5浓度为20-50微克/立方米",
        "多云",
        "偏南风2到3级",
        "气温23度",
        "，",
        "，",
        "。",
        "；",
        "：",
        "\t",
        "  ",
        "\n",
        "预计",
        "我市",
        "若",
        "未来三天",
        "截至",
        "目前",
        "优良天数",
        "周四",
    ];
    proptest::collection::vec(0..PIECES.len(), 1..16).prop_map(|at| at.into_iter().map(|at| PIECES[at]).collect())
}

/// Whether a text speaks of a part of the day or of the area, or makes a condition. What tells of the weather of a part
/// is harmless behind the air, or with a word for a forecast before it.
fn stands_for_less(text: &str) -> bool {
    const LESS: [&str; 6] = ["夜间", "上午", "山区", "局地", "前后", "若"];
    const WEATHER: [&str; 3] = ["多云", "偏南风2到3级", "气温23度"];
    // `夜间：多云` and `夜间预计多云` are the same.
    let mut bare = text.replace('：', "");
    for weather in WEATHER {
        bare = bare.replace(&format!("预计{weather}"), weather);
    }
    for (less, weather) in LESS.iter().flat_map(|less| WEATHER.iter().map(move |weather| (less, weather))) {
        bare = bare.replace(&format!("{less}{weather}"), "").replace(&format!("{weather}{less}"), "");
    }
    let at = |words: &[&str]| words.iter().filter_map(|word| text.find(word)).min();
    let air = at(&["空气质量", "轻度", "中度", "AQI"]).unwrap_or(0);
    let before = at(&LESS).is_some_and(|less| less < air) && !text.contains("预计");
    before || LESS.iter().any(|less| bare.contains(less))
}

/// In whatever order words stand: none is read as the whole day that speaks of a part of it, and what has a level or an
/// index and a day is no title.
fn law_of_soup(text: &str) -> Result<(), TestCaseError> {
    let bulletin = under_head(text);
    for piece in &bulletin.pieces {
        if let Verdict::Forecast(days) = &piece.verdict {
            prop_assert!(!days.is_empty());
            prop_assert!(!stands_for_less(&piece.text), "{text}: {piece:?}");
        }
        let quiet = [Named::Title, Named::Weather, Named::Remark, Named::Table];
        let quiet = quiet.iter().any(|named| piece.verdict == Verdict::Named(*named));
        let dated = ["8月13日", "8月14日", "13-14日"].iter().any(|day| piece.text.contains(day));
        let states = ["AQI为105-135", "空气质量为良", "轻度污染", "中度污染"].iter().any(|s| piece.text.contains(s));
        prop_assert!(!(quiet && dated && states), "{text}: {piece:?}");
    }
    for outlook in &bulletin.days {
        prop_assert!(outlook.day >= day("2026-08-12"), "{text}");
    }
    Ok(())
}

/// What was, a mark, and what is to come.
fn past_and_ahead() -> impl Strategy<Value = String> {
    const WAS: [&str; 9] = [
        "昨日我市空气质量为良",
        "昨夜空气质量为优，AQI为30-45",
        "截至8月12日，全市优良天数160天",
        "8月11日空气质量为良，AQI为60-90",
        "8月12日上午10时，我市AQI为58",
        "8月12日0时至15时，空气质量为良",
        "目前我市空气质量为良，AQI为58",
        "上周我市空气质量以良为主",
        "监测数据显示，PM2.5浓度为30微克/立方米",
    ];
    const MARKS: [&str; 5] = ["，", "；", "。", "\t", ", "];
    const AHEAD: [&str; 14] = [
        "预计今晚转为",
        "今晚到明天转为",
        "今夜至明天为",
        "但明天将转为",
        "预计将升至",
        "我市将出现",
        "后天起转为",
        "未来三天为",
        "8月13日为",
        "但13日为",
        "明日（8月13日）为",
        "夜间将转为",
        "转为",
        "周末升至",
    ];
    const ENDS: [&str; 3] = ["", "，请注意防护。", "，首要污染物为臭氧。昨日AQI为58。"];
    (0..WAS.len(), 0..MARKS.len(), 0..AHEAD.len(), 0..ENDS.len())
        .prop_map(|(was, mark, ahead, end)| format!("{}{}{}中度污染{}", WAS[was], MARKS[mark], AHEAD[ahead], ENDS[end]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_dropped_and_no_part_stands_for_the_whole(generated in generated()) {
        law(&generated)?;
    }

    /// Whatever was said before it, a forecast is read or waits.
    #[test]
    fn no_forecast_is_over_with_what_was(text in past_and_ahead()) {
        let bulletin = under_head(&text);
        let stated = bulletin.pieces.iter().filter(|piece| piece.text.contains("中度污染"));
        let verdicts: Vec<&Verdict> = stated.map(|piece| &piece.verdict).collect();
        let kept = |verdict: &&Verdict| !matches!(verdict, Verdict::Named(_));
        prop_assert!(!verdicts.is_empty() && verdicts.iter().all(kept), "{text}: {:#?}", bulletin.pieces);
    }

    #[test]
    fn words_in_any_order_are_no_forecast_of_a_part(text in soup()) {
        law_of_soup(&text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "long"]
    fn the_law_holds_over_a_hundred_thousand_lines(generated in generated()) {
        law(&generated)?;
    }

    #[test]
    #[ignore = "long"]
    fn the_law_holds_over_a_hundred_thousand_soups(text in soup()) {
        law_of_soup(&text)?;
    }
}
