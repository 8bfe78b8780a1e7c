//! What waits for a person, and why.

use super::{of_town, prefilled, read, said, under_head};

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
