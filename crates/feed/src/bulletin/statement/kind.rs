//! What a text of a bulletin is where it is no forecast of its days.
//!
//! In: a text in normalised form. Out: whether it states anything of the air, and what else it is. Can't happen: a text
//! that states a level or an index named a title, the weather or a remark.

use chrono::NaiveDate;

use crate::bulletin::statement;
use crate::bulletin::words::weather::lone_range;
use crate::bulletin::words::{Rest, anyhow, day, field, levels, part, polluted};

/// Words by which values are those of instruments, or counts of days.
const COUNTED: [&str; 10] =
    ["实测", "监测结果", "监测数据", "累计", "同比", "环比", "优良天数", "优良率", "达标天数", "污染天数"];

/// Words that tell what was or is, where no day says it.
const PRESENT: [&str; 8] = ["昨日", "昨天", "昨夜", "上周", "上月", "目前", "当前", "截至"];

/// Words by which something is to come, wherever they stand behind what was.
const TO_COME: [&str; 8] = ["今晚", "今夜", "明天", "明日", "明晚", "明后", "后天", "后日"];

/// Words by which a clause forecasts.
const FORECAST: [&str; 5] = ["预计", "预测", "预报", "将", "未来"];

/// Words by which the air becomes another, behind a clause that says what it was.
const TURNS: [&str; 8] = ["转为", "升至", "转至", "升为", "转差", "恶化", "加重", "上升到"];

/// Marks between clauses.
const MARKS: [char; 5] = [',', ';', '。', '\t', '!'];

/// What follows a level that is named and not stated: `轻度污染风险较大`, `中度污染以上天气`.
const NAMED_ONLY: [&str; 13] =
    ["风险", "较大", "天气", "过程", "及以上", "以上", "时", "日", "天", "的", "预警", "应急", "情况"];

/// Whether what follows a day speaks of the air: it states something, or says something of its quality that is no title.
pub(in crate::bulletin) fn speaks(body: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| body.contains(word));
    if states(body) || polluted(body).is_some() || is_polluted(body) || statement::clauses(body).any(may_state) {
        return true;
    }
    // A number may be an index, or a concentration beside its pollutant: a person says what it is.
    let bare = ["PM2.5", "PM10", "O3", "NO2", "SO2"].iter().fold(body.to_owned(), |text, name| text.replace(name, ""));
    let index = |clause: &str| {
        field::index_cell(clause.trim_start_matches("指数").trim_end_matches(['优', '良']).trim()).is_some()
    };
    if field::has_marker(body) && bare.contains(|c: char| c.is_ascii_digit()) || statement::clauses(body).any(index) {
        return true;
    }
    has(&["AQI", "首要污染物", "空气质量", "浓度"]) && !is_title(body)
}

/// Whether a clause that follows a day may state its air in words that are not known (轻污染, 不达标, `API 155-185`): it
/// holds a range of numbers without a unit, or a word of pollution, of an index or of a grade that is of nothing else.
pub(in crate::bulletin) fn may_state(clause: &str) -> bool {
    /// What else has ranges, grades and indices.
    const RANGES: [&str; 8] = ["气温", "温度", "湿度", "能见度", "最高", "最低", "降水", "电话"];
    const GRADES: [&str; 11] = ["风", "雨", "雪", "火险", "地质", "地震", "紫外线", "浪", "扩散", "气象", "静稳"];
    const INDICES: [&str; 14] = [
        "紫外线",
        "静稳",
        "K指数",
        "穿衣",
        "晨练",
        "洗车",
        "舒适",
        "感冒",
        "运动",
        "旅游",
        "体感",
        "火险",
        "中暑",
        "生活",
    ];
    /// Words in which 污染 tells nothing of how the air is.
    const NO_STATE: [&str; 8] =
        ["污染物", "污染气象", "污染扩散", "污染防治", "污染治理", "污染源", "污染防控", "污染管控"];
    let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    if lone_range(clause) && !has(&RANGES) {
        return true;
    }
    if is_title(clause) {
        return false;
    }
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六ⅠⅡⅢⅣⅤⅥIVXL".contains(c);
    let grade = clause.match_indices('级').any(|(at, _)| clause.get(..at).is_some_and(|head| head.ends_with(numeral)));
    let state = NO_STATE.iter().fold(clause.to_owned(), |text, word| text.replace(word, ""));
    ["污染", "超标", "达标"].iter().any(|word| state.contains(word))
        || clause.contains("指数") && !has(&INDICES)
        || (grade || has(&["级别", "等级"])) && !has(&GRADES)
}

/// Whether a text is nothing but ranges that may be an index, as a row whose cells single blanks part.
pub(in crate::bulletin) fn is_ranges(text: &str) -> bool {
    let range = |cell: &str| matches!(field::index_cell(cell), Some(field::Field::Aqi(amount)) if !amount.single);
    let mut cells = text.split([' ', '\t', ',', '、', '。']).filter(|cell| !cell.is_empty());
    lone_range(text) && cells.all(range)
}

/// Whether a text states a level, an index or a concentration, of whatever day.
pub(in crate::bulletin) fn states(text: &str) -> bool {
    states_level(text) || states_index(text) || statement::clauses(text).any(states_concentration)
}

/// Whether a clause speaks of pollution without a level.
pub(in crate::bulletin) fn is_polluted(clause: &str) -> bool {
    ["污染天气", "污染过程", "超标", "重污染", "出现污染", "臭氧污染", "颗粒物污染"]
        .iter()
        .any(|word| clause.contains(word))
}

/// Whether a clause speaks of what may come to pass.
pub(in crate::bulletin) fn is_risk(clause: &str) -> bool {
    ["风险", "易", "可能", "或将", "有望", "较大", "偶有"].iter().any(|word| clause.contains(word))
}

/// Whether a text tells of values of instruments.
pub(in crate::bulletin) fn is_measured(text: &str) -> bool {
    let mean = text.contains("均值") && !text.contains("日均值");
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let forecast = has(&FORECAST[..4]);
    !forecast && (mean || COUNTED.iter().any(|word| text.contains(word)))
}

/// Whether a text that names no day tells what was or is.
pub(in crate::bulletin) fn is_present(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let forecast = has(&FORECAST) || has(&TO_COME) || statement::clauses(text).skip(1).any(turns);
    !forecast && (is_measured(text) || has(&PRESENT))
}

/// Whether a text that names no day speaks of pollution that is to come: `今晚有轻度污染天气`.
pub(in crate::bulletin) fn is_to_come(text: &str) -> bool {
    TO_COME.iter().any(|word| text.contains(word)) && (polluted(text).is_some() || is_polluted(text))
}

/// Where in a text on what is over something begins that is not, seen from the day of the issue: at the mark before it,
/// or at its first word. `worded` says that the days are over by a word (昨日), not by their date.
pub(in crate::bulletin) fn past_end(body: &str, worded: bool, from: NaiveDate) -> Option<usize> {
    let words = TO_COME.iter().filter_map(|word| body.find(word)).min();
    let mut said = false;
    let mut last = 0;
    for (at, mark) in body.char_indices().filter(|(_, c)| MARKS.contains(c)) {
        let before = body.get(last..at).unwrap_or("");
        said = said || speaks(before) || is_measured(before);
        last = at;
        let clause = body.get(at + mark.len_utf8()..).and_then(|rest| rest.split(MARKS).next()).unwrap_or("");
        let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
        // `8月11日,多云,预测日均空气质量为良` is still of that day.
        let forecasts = (worded || said) && has(&FORECAST);
        let ends = [';', '。'].contains(&mark) || forecasts || said && turns(clause);
        if ends || has(&["今天", "今日"]) || is_ahead(clause, from) {
            return Some(words.map_or(at, |word| word.min(at)));
        }
    }
    words
}

/// Whether a clause tells what the air becomes; 已 says that it did.
fn turns(clause: &str) -> bool {
    !clause.contains('已') && TURNS.iter().any(|word| clause.contains(word))
}

/// Whether a clause names a day that is not over.
fn is_ahead(clause: &str, from: NaiveDate) -> bool {
    let Some(found) = day::mention(clause) else { return false };
    let days = anyhow::days(found, from);
    days.is_empty() || days.iter().any(|day| *day >= from)
}

/// Whether a text is a title, a head of a table or a lead-in.
pub(in crate::bulletin) fn is_title(text: &str) -> bool {
    const ENDS: [&str; 20] = [
        "表", "图", "预报", "预测", "信息", "如下", "分析", "情况", "通报", "会商", "报告", "快报", "研判", "专报",
        "日历", "状况", "趋势", "结果", "简报", "服务",
    ];
    let text = text.trim_end_matches([':', '。', ',', ' ', '】', '(']);
    // `空气质量预报(第12期)`
    let bare = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')).map_or(text, |(text, _)| text);
    let text = if bare.is_empty() { text } else { bare };
    !states(text) && ENDS.iter().any(|end| text.ends_with(end))
}

/// Whether a text only announces what follows it.
pub(in crate::bulletin) fn is_lead(text: &str) -> bool {
    let text = text.trim_end_matches([':', '。', ' ']);
    ["具体如下", "详情如下", "预报如下", "如下"].iter().any(|end| text.ends_with(end))
}

/// Whether a text explains the index.
pub(in crate::bulletin) fn is_scale(text: &str) -> bool {
    text.contains("0-50") && text.contains("51-100")
}

/// Whether a text states a level: a polluted one by its name, a clean one of the air quality or alone between marks.
pub(in crate::bulletin) fn states_level(text: &str) -> bool {
    let after = |at: usize, word: &str| text.get(at + word.len()..).unwrap_or("");
    let polluted = ["轻度污染", "中度污染", "重度污染", "严重污染"].iter().any(|level| {
        let mut found = text.match_indices(level);
        found.any(|(at, _)| !NAMED_ONLY.iter().any(|word| after(at, level).starts_with(word)))
    });
    let clean = |(at, word): (usize, &str)| {
        let mut rest = Rest(after(at, word));
        rest.any(&["指数级别", "指数类别", "级别", "等级", "类别", "状况"]);
        rest.all(&["为", ":", "是", "以", "将", "处于", "达到", "达"]);
        rest.any(&["优", "良"]) && !rest.any(&["好", "化"])
    };
    let alone = |clause: &str| {
        let mut rest = Rest(clause.trim());
        part::part(&mut rest);
        levels(&mut rest).is_some() && rest.0.is_empty()
    };
    polluted || text.match_indices("空气质量").any(clean) || text.split([',', ';', '。', '\t', '!', ':']).any(alone)
}

/// Whether a number follows `AQI` or its Chinese name close by.
fn states_index(text: &str) -> bool {
    const NEAR: usize = 6;
    ["AQI", "空气质量指数"].iter().any(|name| {
        text.match_indices(name).any(|(at, word)| {
            let after = text.get(at + word.len()..).unwrap_or("");
            after.chars().take(NEAR).any(|c| c.is_ascii_digit())
        })
    })
}

/// Whether a clause states a concentration.
fn states_concentration(clause: &str) -> bool {
    let unit = ["微克", "毫克", "UG/M3", "MG/M3"].iter().any(|unit| clause.contains(unit));
    field::has_marker(clause) && (unit || clause.contains("浓度") && clause.ends_with(|c: char| c.is_ascii_digit()))
}
