//! The cases, each with what is right.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use cuofeng_air::forecast::Range;
use cuofeng_aqi::Pollutant::{O38h, Pm10};
use cuofeng_feed::bulletin::{IssuedAt, Named, Verdict};

use super::{Case, case, count, index, level, print, read, said};

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
