//! Bulletins read as a careful official would, and set aside where they can't be.

use super::*;
use cuofeng_air::forecast::Range;
use cuofeng_aqi::Pollutant;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

const HEAD: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年07月14日17时\n";

fn body(lines: &str) -> Bulletin {
    read(&format!("{HEAD}{lines}"), day("2026-07-14"))
}

/// Index, levels, primary pollutants, and daily concentrations in µg/m³.
type Said = (Option<(i64, i64)>, Option<(i64, i64)>, Vec<Pollutant>, Vec<(Pollutant, i64, i64)>);

fn said(outlook: &Outlook) -> Said {
    let pair = |r: Range| (r.low(), r.high());
    let concentrations = outlook.concentrations.iter().map(|(p, r)| (*p, r.low() / 1000, r.high() / 1000)).collect();
    (outlook.aqi.map(pair), outlook.levels.map(pair), outlook.primary.clone(), concentrations)
}

#[test]
fn one_day_a_line_in_whatever_width_and_order() {
    use Pollutant::{O38h, Pm10, Pm25};
    let wanted: Said = (Some((95, 125)), Some((2, 3)), vec![O38h, Pm25], vec![(O38h, 155, 185)]);
    for line in [
        "7月15日,多云,偏南风2级,气温23度到34度;预测日均空气质量为良或轻度污染,首要污染物为臭氧或PM2.5,AQI:95-125,O3日最大8小时平均浓度值范围为155-185微克/立方米。",
        "7月15日，多云，偏南风2级，气温23度到34度；预测日均空气质量为良或轻度污染，首要污染物为臭氧或PM₂.₅，AQI：95—125，O₃日最大8小时平均浓度为155～185μg/m³。",
        "１、２０２６年７月１５日：首要污染物为O₃、细颗粒物，AQI为９５至１２５，臭氧8小时浓度为155到185微克/立方米，空气质量良或轻度污染。",
    ] {
        let bulletin = body(line);
        assert_eq!(bulletin.aside, [], "{line}");
        assert_eq!((bulletin.days.len(), bulletin.days[0].day), (1, day("2026-07-15")), "{line}");
        assert_eq!(said(&bulletin.days[0]), wanted, "{line}");
    }
    let clean = body("7月15日,空气质量为优,首要污染物为无,AQI:31-48,PM10浓度为20-45微克/立方米。");
    assert_eq!(said(&clean.days[0]), (Some((31, 48)), Some((1, 1)), vec![], vec![(Pm10, 20, 45)]));
}

#[test]
fn several_days_a_line_and_the_turn_of_the_year() {
    let bulletin = body("7月16日到18日,多云,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。");
    let days: Vec<_> = bulletin.days.iter().map(|o| o.day).collect();
    assert_eq!(days, [day("2026-07-16"), day("2026-07-17"), day("2026-07-18")]);
    let winter = "某某市空气质量预报 2026年12月30日10时\n12月31日到1月1日,空气质量为良,首要污染物为PM2.5,AQI:70-100。";
    let days: Vec<_> = read(winter, day("2026-12-30")).days.iter().map(|o| o.day).collect();
    assert_eq!(days, [day("2026-12-31"), day("2027-01-01")]);
}

#[test]
fn a_page_reads_like_its_text() {
    let page = "<!DOCTYPE html><html><head><title>预报</title><script>7月15日,AQI:1-2</script></head><body>\
                <p>某某市环境监测站&nbsp;2026年07月14日17时</p><p>7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。</p></body></html>";
    let bulletin = read(page, day("2026-07-14"));
    assert_eq!((bulletin.days.len(), bulletin.aside.len()), (1, 0), "{bulletin:?}");
    assert_eq!(bulletin.issued, Some(IssuedAt { day: day("2026-07-14"), hour: 17, minute: 0 }));
}

#[test]
fn what_is_not_certain_is_set_aside_beside_what_was_understood() {
    let cases = [
        ("714日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。", "bulletin.day"),
        ("7月15日,偏南风23级;预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。", "bulletin.number"),
        ("7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI85-115O3浓度为143-173微克/立方米。", "bulletin.unread"),
        ("7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:100-70。", "bulletin.unread"),
        ("7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-110。", "bulletin.level"),
        ("7月15日,预测日均空气质量为优良,首要污染物为臭氧,AQI:40-90。", "bulletin.unread"),
        (
            "7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100,O3日最大8小时平均浓度为130-160。",
            "bulletin.unread",
        ),
        ("7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100,臭氧浓度为100-120微克/立方米。", "bulletin.ozone"),
        (
            "7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100,PM2.5浓度为90-120微克/立方米。",
            "bulletin.too_high",
        ),
        ("7月15日,预测日均空气质量为良,首要污染物为无,AQI:70-100。", "bulletin.primary_none"),
        ("8月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。", "bulletin.too_far"),
    ];
    for (line, key) in cases {
        let bulletin = body(line);
        assert_eq!(bulletin.days, [], "{line}");
        assert_eq!(bulletin.aside.iter().map(|a| a.why.key()).collect::<Vec<_>>(), [key], "{line}");
        assert_eq!(bulletin.aside[0].line, line);
    }
    let understood = body(cases[1].0).aside[0].understood[0].clone();
    assert_eq!((understood.day, understood.aqi), (day("2026-07-15"), Range::new(70, 100)));
}

#[test]
fn a_line_that_states_a_level_or_an_index_is_read_or_set_aside_and_never_passed_over() {
    for line in [
        "7月15日：轻度污染，PM2.5。",
        "明日空气质量为良，AQI：60-80，首要污染物为臭氧。",
        "七月十五日，空气质量为良，首要污染物为臭氧，AQI:60-80。",
        "明天：良，首要污染物臭氧。",
        "预计15日-17日我市将出现中度污染。",
        "后天\t良\tPM2.5",
        // What may happen on days that no line of their own tells of is no less published than the rest.
        "17-18日气温较高,以晴天为主,臭氧轻度污染较大,建议加大涉VOC企业的管控力度。",
        "未来一周气温较高,臭氧存在轻中度污染风险,建议加大涉VOCs企业的管控力度。",
    ] {
        let bulletin = body(line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 1), "{line}");
    }
    for line in [
        "昨日空气质量为轻度污染，AQI为112。",
        "截至7月14日，我市空气质量优良天数为160天。",
        "今年以来空气质量优良天数同比增加3天。",
        "空气质量指数（AQI）：0-50为优，51-100为良，101-150为轻度污染。",
        "发生重污染天气时，请减少户外活动。",
        "日期\tAQI\t空气质量级别\t首要污染物",
        "某某市空气质量预报",
        "我市空气质量良好，请继续保持。",
    ] {
        let bulletin = body(line);
        assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 0), "{line}");
    }
}

#[test]
fn a_doubtful_line_of_several_days_is_understood_for_each_of_them() {
    let bulletin = body("7月16日到17日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-110。");
    let days: Vec<NaiveDate> = bulletin.aside[0].understood.iter().map(|outlook| outlook.day).collect();
    assert_eq!(days, [day("2026-07-16"), day("2026-07-17")]);
}

#[test]
fn two_lines_that_contradict_each_other_are_both_set_aside() {
    let same = "7月15日,空气质量为良,首要污染物为臭氧,AQI:70-100。";
    assert_eq!(body(&format!("{same}\n{same}")).days.len(), 1);
    let other = same.replace("70-100", "60-90");
    let bulletin = body(&format!("{same}\n{other}"));
    assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 2));
    assert!(bulletin.aside.iter().all(|a| a.why.key() == "bulletin.contradiction"));
}

#[test]
fn what_was_measured_and_advice_are_no_forecast_and_without_an_issue_time_nothing_is_certain() {
    let other = "7月14日1点至16点,某某市环境空气中PM10浓度均值为29微克/立方米,PM2.5浓度均值为19微克/立方米。\n\
         15-16日气温较高,臭氧轻度污染风险较大,建议加大涉VOCs企业的管控力度。";
    let days = "7月15日到16日,空气质量为良或轻度污染,首要污染物为臭氧,AQI:95-125。\n";
    let bulletin = body(&format!("{days}{other}"));
    assert_eq!((bulletin.days.len(), bulletin.aside.len()), (2, 0), "{bulletin:?}");
    // Without those days it is all that is published of them.
    let why: Vec<_> = body(other).aside.iter().map(|unclear| unclear.why.key()).collect();
    assert_eq!((body(other).days.len(), why), (0, vec!["bulletin.risk"]));
    let nameless = read("7月15日,空气质量为良,首要污染物为臭氧,AQI:70-100。", day("2026-07-14"));
    assert_eq!(nameless.aside[0].why.key(), "bulletin.no_issue");
    assert_eq!((nameless.days.len(), nameless.year), (0, YearSource::Received));
}

#[test]
fn no_cut_of_a_bulletin_makes_the_reader_panic_or_sure_of_half_a_line() {
    let text = format!(
        "{HEAD}7月15日到16日,多云,气温23度到34度;预测日均空气质量为良或轻度污染,首要污染物为臭氧或PM2.5,AQI:95-125,O3日最大8小时平均浓度值范围为155-185微克/立方米。"
    );
    for (at, _) in text.char_indices() {
        let head = read(&text[..at], day("2026-07-14"));
        for outlook in &head.days {
            assert!(outlook.concentrations.is_empty() || text[at..].len() < 40, "{}", &text[..at]);
        }
        let _ = read(&text[at..], day("2026-07-14"));
    }
}
