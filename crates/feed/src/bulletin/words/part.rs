//! Words that make a statement hold for less than it seems to: a part of the day, a part of the area, a day that is
//! only near, a condition.
//!
//! In: a clause in normalised form. Out: which part it speaks of. Can't happen: hours of a day taken for the day.

use super::{Rest, TO};

/// The parts of a day, as bits: what else than these is named fills no part of a day.
const NIGHT: u16 = 1;
const MORNING: u16 = 1 << 1;
const AFTERNOON: u16 = 1 << 2;
const OTHER: u16 = 1 << 3;

/// Hours of a day.
pub(in crate::bulletin) const UNKNOWN: u16 = OTHER;

/// Parts of a day, longer words before their beginnings.
const PARTS: [(&str, u16); 35] = [
    ("前半夜", OTHER),
    ("后半夜", OTHER),
    ("上半夜", OTHER),
    ("下半夜", OTHER),
    ("部分时段", OTHER),
    ("个别时段", OTHER),
    ("局部时段", OTHER),
    ("高值时段", OTHER),
    ("时段", OTHER),
    ("短时", OTHER),
    ("白天", MORNING | AFTERNOON),
    ("日间", MORNING | AFTERNOON),
    ("昼间", MORNING | AFTERNOON),
    ("上午", MORNING),
    ("下午", AFTERNOON),
    ("午后", AFTERNOON),
    ("中午", OTHER),
    ("正午", OTHER),
    ("午间", OTHER),
    ("夜间", NIGHT),
    ("夜晚", NIGHT),
    ("夜里", NIGHT),
    ("晚上", NIGHT),
    ("晚间", NIGHT),
    ("入夜", NIGHT),
    ("今晚", NIGHT),
    ("今夜", NIGHT),
    ("深夜", OTHER),
    ("半夜", OTHER),
    ("凌晨", OTHER),
    ("清晨", OTHER),
    ("早晨", OTHER),
    ("早上", OTHER),
    ("早晚", OTHER),
    ("傍晚", OTHER),
];

/// Parts named by fewer signs, which are other words' parts too.
const LONELY: [(&str, u16); 4] = [("夜", NIGHT), ("晚", NIGHT), ("早", OTHER), ("午", OTHER)];

/// Takes one or several parts of a day: `夜间`, `傍晚至夜间`, `白天和夜间`.
pub(in crate::bulletin) fn part(rest: &mut Rest<'_>) -> Option<u16> {
    let mut parts = rest.one(&PARTS)?;
    loop {
        let mut ahead = *rest;
        if !(ahead.any(&TO) || ahead.any(&["和", "、", "及", "与", "转"])) {
            return Some(parts);
        }
        let Some(next) = ahead.one(&PARTS) else { return Some(parts) };
        parts |= next;
        *rest = ahead;
    }
}

/// Whether parts make a whole day. The night before sunrise belongs to the day before in bulletins.
pub(in crate::bulletin) const fn is_day(parts: u16) -> bool {
    parts & (NIGHT | MORNING | AFTERNOON) == NIGHT | MORNING | AFTERNOON
}

/// Whether a clause names a part of a day anywhere.
pub(in crate::bulletin) fn names_part(clause: &str) -> bool {
    PARTS.iter().any(|(word, _)| clause.contains(word)) || hours(&mut Rest(clause)).is_some()
}

/// Whether a clause breaks off behind a part of the day of which it was to forecast something: `多云预计夜间`, `多云8月13日夜间`.
pub(in crate::bulletin) fn breaks_off(clause: &str) -> bool {
    let ahead = |before: &str| {
        ["预计", "预测", "预报", "将", "日", "今天", "明天", "后天"].iter().any(|word| before.ends_with(word))
            || before.contains("未来")
    };
    let broken = |(at, word): (usize, &str)| {
        let (before, after) = (clause.get(..at).unwrap_or(""), clause.get(at + word.len()..).unwrap_or(""));
        ahead(before) && !is_weather(after) && (after.is_empty() || after.starts_with(|c: char| c.is_ascii_digit()))
    };
    PARTS.iter().any(|(word, _)| clause.match_indices(word).any(broken))
}

/// Whether a clause is nothing but a sign that names a part of a day: behind a date it says more than anywhere else.
pub(in crate::bulletin) fn lonely(rest: &mut Rest<'_>) -> Option<u16> {
    rest.one(&LONELY)
}

/// A clock time or a span of hours: first and last hour, minutes left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bulletin) struct Hours {
    pub from: u32,
    /// Nothing for a single time.
    pub to: Option<u32>,
}

/// Takes `12时至20时`, `1点至9点`, `12-20时`, `上午10时`, `下午4点`, `14:00`.
pub(in crate::bulletin) fn hours(rest: &mut Rest<'_>) -> Option<Hours> {
    let mut ahead = *rest;
    let from = clock(&mut ahead, true)?;
    let mut second = ahead;
    if second.any(&TO) {
        let is_next = second.word("次日");
        second.any(&["当日", "当天"]);
        let to = clock(&mut second, false)?;
        // What ends no later than it begins ends on the day after.
        let to = if is_next || to <= from { to + 24 } else { to };
        *rest = second;
        return Some(Hours { from, to: Some(to) });
    }
    *rest = ahead;
    Some(Hours { from, to: None })
}

fn clock(rest: &mut Rest<'_>, first: bool) -> Option<u32> {
    let mut ahead = *rest;
    let noon = if ahead.any(&["下午", "晚上", "夜间", "傍晚", "晚"]) {
        12
    } else {
        ahead.any(&["上午", "凌晨", "早上", "清晨", "早晨", "中午"]);
        0
    };
    let hour = ahead.number(1, 2).filter(|hour| *hour <= 24)?;
    let hour = if hour < 12 { hour + noon } else { hour };
    let marked = if ahead.word(":") {
        ahead.number(2, 2).is_some_and(|minute| minute < 60)
    } else if ahead.any(&["时", "点"]) {
        // `24小时` is no time.
        let mut minutes = ahead;
        if minutes.number(1, 2).is_some() && minutes.word("分") {
            ahead = minutes;
        }
        true
    } else {
        // `12-20时`: the first has no sign of its own.
        let mut to = ahead;
        first && to.any(&TO) && clock(&mut to, false).is_some()
    };
    marked.then(|| *rest = ahead)?;
    Some(hour)
}

/// Words behind a date that make it no day of its own.
pub(in crate::bulletin) fn is_near(body: &str) -> bool {
    const NEAR: [&str; 17] = [
        "前后", "左右", "前期", "后期", "以后", "以前", "之后", "之前", "开始", "附近", "起", "前", "后", "以来",
        "上下", "止", "(含)",
    ];
    let other = ["前半夜", "后半夜"].iter().any(|word| body.starts_with(word));
    !other && NEAR.iter().any(|word| body.starts_with(word))
}

/// Whether a clause says behind its day that this is only near: `前后` as a clause of its own.
pub(in crate::bulletin) fn is_nearness(clause: &str) -> bool {
    // `5公里左右` is an amount; a number of a day is another day's.
    let counts = clause.contains(|c: char| c.is_ascii_digit());
    // `多云前后` breaks off.
    let near = |word: &str| clause.contains(word) && (!is_weather(clause) || clause.ends_with(word));
    ["前后", "左右", "上下", "附近"].iter().any(|word| near(word)) && !counts
        || ["前", "后", "起", "止", "(含)"].contains(&clause)
}

/// Whether a clause names a part of an area, or another one.
pub(in crate::bulletin) fn names_area(clause: &str) -> bool {
    const AREAS: [&str; 36] = [
        "山区", "局地", "局部", "部分", "个别", "北部", "南部", "东部", "西部", "中部", "东南", "东北", "西南", "西北",
        "沿海", "沿江", "平原", "盆地", "郊区", "郊县", "城郊", "以北", "以南", "以东", "以西", "以外", "除", "海拔",
        "乡镇", "区县", "县市", "各县", "地区", "其他", "其余", "全省",
    ];
    // `东南风` is weather.
    let winds = ["东南", "东北", "西南", "西北"];
    let wind = |word: &str| winds.contains(&word) && clause.contains('风');
    AREAS.iter().any(|word| clause.contains(word) && !wind(word))
}

/// The word by which a text speaks of the town within its walls: `城区`, `市区`, not `全市区域`.
pub(in crate::bulletin) fn urban(text: &str) -> Option<&'static str> {
    let own = |(at, word): (usize, &str)| {
        let (before, after) = (text.get(..at).unwrap_or(""), text.get(at + word.len()..).unwrap_or(""));
        !before.ends_with('全') && !after.starts_with(['域', '县'])
    };
    ["城区", "市区"].into_iter().find(|word| text.match_indices(word).any(own))
}

/// Whether a clause makes what follows depend on something.
pub(in crate::bulletin) fn is_condition(clause: &str) -> bool {
    ["若", "如果", "如遇", "假如", "一旦", "不排除", "倘"].iter().any(|word| clause.contains(word))
}

/// Words with which advice begins.
pub(in crate::bulletin) const ADVICE: [&str; 8] = ["建议", "请", "提醒", "提示", "注意", "倡议", "加强", "做好"];

/// Whether what is said of a part of a day is of the weather, how it feels, or what people should do: nothing of the air.
pub(in crate::bulletin) fn is_comfort(said: &str) -> bool {
    const FEELS: [&str; 6] = ["温差", "凉", "暖", "体感", "冷", "热"];
    is_weather(said) || ADVICE.iter().chain(&FEELS).any(|word| said.contains(word))
}

/// Whether a clause tells of the weather.
pub(in crate::bulletin) fn is_weather(clause: &str) -> bool {
    const WEATHER: [&str; 40] = [
        "能见度",
        "最高",
        "最低",
        "晴",
        "云",
        "阴",
        "雨",
        "雪",
        "雾",
        "霾",
        "风",
        "气温",
        "温度",
        "湿度",
        "气压",
        "高压",
        "低压",
        "气流",
        "槽",
        "脊",
        "冷空气",
        "扩散",
        "静稳",
        "边界层",
        "混合层",
        "降水",
        "光照",
        "日照",
        "辐射",
        "沙尘",
        "浮尘",
        "逆温",
        "天气",
        "控制",
        "影响",
        "环流",
        "湿沉降",
        "输送",
        "形势",
        "升温",
    ];
    WEATHER.iter().any(|word| clause.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_day_make_a_whole_one_only_together() {
        let parts = |text: &str| part(&mut Rest(text));
        assert!(parts("白天和夜间").is_some_and(is_day));
        for text in ["夜间", "白天", "傍晚至夜间", "凌晨", "上午到下午", "部分时段"] {
            assert!(parts(text).is_some_and(|parts| !is_day(parts)), "{text}");
        }
        assert!(is_day(parts("上午").unwrap_or(0) | parts("午后").unwrap_or(0) | parts("夜里").unwrap_or(0)));
    }

    #[test]
    fn hours_are_read_in_the_forms_that_bulletins_have() {
        for (text, from, to) in [
            ("12时至20时", 12, Some(20)),
            ("1点至9点", 1, Some(9)),
            ("12-20时", 12, Some(20)),
            ("上午10时", 10, None),
            ("下午4点", 16, None),
            ("14:00", 14, None),
            ("0时至24时", 0, Some(24)),
            ("20时至8时", 20, Some(32)),
            ("20时至次日8时", 20, Some(32)),
            ("8时至次日8时", 8, Some(32)),
        ] {
            assert_eq!(hours(&mut Rest(text)), Some(Hours { from, to }), "{text}");
        }
        for text in ["24小时", "3级", "12-20度", "良"] {
            assert_eq!(hours(&mut Rest(text)), None, "{text}");
        }
    }
}
