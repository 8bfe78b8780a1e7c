//! The law that nothing of a bulletin is lost.

use cuofeng_feed::bulletin::{Named, Piece, Verdict};
use proptest::prelude::*;

use super::{day, said, under_head};

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
