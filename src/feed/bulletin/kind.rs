//! What a line of a bulletin is: a forecast, what was measured, advice, or none of these.
//!
//! In: a line in normalised form. Out: whether it has to be read as a forecast. Can't happen: a line that states a level
//! or an index passed over because its day is written in words; advice or what was measured taken for a forecast.

use super::words::{Rest, levels};
use super::{day, field, statement};

/// Words of lines that tell what was, where no day says it.
const MEASURED: [&str; 12] =
    ["均值", "实测", "监测结果", "昨日", "昨天", "昨夜", "上周", "上月", "累计", "同比", "目前", "当前"];

/// What follows a level that is named and not stated: `轻度污染风险较大`, `中度污染以上天气`.
const NAMED_ONLY: [&str; 13] =
    ["风险", "较大", "天气", "过程", "及以上", "以上", "时", "日", "天", "的", "预警", "应急", "情况"];

/// Whether a line speaks of the air of days to come. It need not name its day in a form that can be read: a level or an
/// index that is stated is enough, and the day is then asked for.
pub(super) fn is_forecast(plain: &str) -> bool {
    let opened = statement::opened(plain);
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    if day::hours_follow(opened) || ["截至", "截止"].iter().any(|word| plain.starts_with(word)) || has(&["优良天数"])
    {
        return false;
    }
    let level = states_level(opened);
    if day::mention(opened).is_some() {
        let advice = plain.contains("建议") && !level && !has(&["AQI", "首要"]);
        let states = level || has(&["AQI", "首要污染物", "空气质量", "浓度"]) && field::has_marker(opened);
        return states && !advice;
    }
    let explained = has(&["0-50"]) && has(&["51-100"]);
    (level || states_index(opened)) && !has(&MEASURED) && !explained
}

/// Whether a text states a level: a polluted one by its name, a clean one of the air quality or alone between marks.
fn states_level(text: &str) -> bool {
    let after = |at: usize, word: &str| text.get(at + word.len()..).unwrap_or("");
    let polluted = ["轻度污染", "中度污染", "重度污染", "严重污染"].iter().any(|level| {
        let mut found = text.match_indices(level);
        found.any(|(at, _)| !NAMED_ONLY.iter().any(|word| after(at, level).starts_with(word)))
    });
    let clean = |(at, word): (usize, &str)| {
        let mut rest = Rest(after(at, word));
        rest.any(&["指数级别", "指数类别", "级别", "等级", "类别", "状况"]);
        rest.all(&["为", ":", "是", "以"]);
        rest.any(&["优", "良"]) && !rest.any(&["好", "化"])
    };
    let alone = |clause: &str| {
        let mut rest = Rest(clause.trim());
        levels(&mut rest).is_some() && rest.0.is_empty()
    };
    polluted || text.match_indices("空气质量").any(clean) || text.split([',', ';', '。', '\t', '!', ':']).any(alone)
}

/// Whether a number follows `AQI` close by.
fn states_index(text: &str) -> bool {
    const NEAR: usize = 6;
    text.match_indices("AQI").any(|(at, word)| {
        let after = text.get(at + word.len()..).unwrap_or("");
        after.chars().take(NEAR).any(|c| c.is_ascii_digit())
    })
}
