//! Which day a line speaks of.

use cuofeng_feed::bulletin::{Named, Verdict};

use super::{level, of_town, prefilled, read, said, under_head};

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

#[test]
fn two_issue_days_leave_nothing_certain() {
    let text = "发布时间：2026年8月12日17时\n发布时间：2026年8月11日17时\n8月13日，空气质量为良，AQI为60-90。";
    let bulletin = read(text, None);
    assert_eq!((bulletin.days.len(), bulletin.aside[0].why.key()), (0, "bulletin.two_issues"));
}
