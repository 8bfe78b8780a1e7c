//! One field of a forecast: index, level, primary pollutants, or a concentration.
//!
//! In: a clause in normalised form. Out: the one field that the whole clause states; or, for showing only, every field
//! that can be made out in it. Can't happen: a number taken from the middle of a longer one.

use super::words::{OR, Rest, TO, eight_hours, levels, levels_anyhow, pollutant};
use crate::aqi::{Milli, Pollutant, parse_milli};
use crate::forecast::Range;

/// A number or a range of numbers: whole for an index, thousandths for a concentration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub range: Range,
    /// One number, not two.
    pub single: bool,
}

/// What a field states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Aqi(Amount),
    Levels(Range),
    /// Empty where the bulletin says that there is none.
    Primary(Vec<Pollutant>),
    Concentration {
        pollutant: Pollutant,
        amount: Amount,
        /// Ozone whose averaging time the bulletin leaves out.
        plain_ozone: bool,
    },
}

/// How strictly a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// To be relied on.
    Certain,
    /// To be shown to a person.
    Anyhow,
}

const BEFORE: [&str; 14] =
    ["预测", "预计", "预报", "日均", "日平均", "当日", "全天", "全市", "我市", "全县", "我县", "城区", "市区", "环境"];
const IS: [&str; 5] = ["约为", "为", ":", "是", "在"];
const NONE: [&str; 4] = ["无", "--", "-", "/"];

/// The field that a clause states from its first character to its last.
pub(super) fn whole(clause: &str) -> Option<Field> {
    let mut rest = Rest(clause);
    if let Some(field) = labelled(&mut rest, Mode::Certain).filter(|_| rest.0.is_empty()) {
        return Some(field);
    }
    let mut rest = Rest(clause);
    let (low, high) = levels(&mut rest).filter(|_| rest.0.is_empty())?;
    Range::new(low, high).map(Field::Levels)
}

/// Every field that can be made out, in the order of the text.
pub(super) fn anyhow(clause: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut rest = Rest(clause);
    while !rest.0.is_empty() {
        match labelled(&mut rest, Mode::Anyhow) {
            Some(field) => found.push(field),
            None => rest.skip(),
        }
    }
    found
}

/// Whether a text holds a word of a forecast of air quality.
pub(super) fn has_marker(text: &str) -> bool {
    const MARKERS: [&str; 19] = [
        "AQI",
        "空气质量",
        "首要",
        "污染物",
        "浓度",
        "臭氧",
        "O3",
        "PM",
        "颗粒物",
        "二氧化",
        "一氧化碳",
        "NO2",
        "SO2",
        "轻度",
        "中度",
        "重度",
        "严重污染",
        "微克",
        "毫克",
    ];
    MARKERS.iter().any(|marker| text.contains(marker))
}

fn labelled(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    let readers: [fn(&mut Rest<'_>, Mode) -> Option<Field>; 4] = [aqi, air_quality, primary, concentration];
    for reader in readers {
        let mut ahead = *rest;
        if let Some(field) = reader(&mut ahead, mode) {
            *rest = ahead;
            return Some(field);
        }
    }
    None
}

/// Words between a name and its value; a number may only follow one, else a lost mark went unseen.
fn is(rest: &mut Rest<'_>, mode: Mode) -> Option<()> {
    let taken = rest.all(&IS) + usize::from(rest.word(" "));
    (taken > 0 || mode == Mode::Anyhow).then_some(())
}

/// `AQI:70-100`, `空气质量指数(AQI)为70到100之间`.
fn aqi(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    rest.all(&BEFORE);
    let named =
        rest.any(&["空气质量指数(AQI)", "AQI(空气质量指数)", "空气质量指数AQI", "空气质量指数", "AQI指数", "AQI"]);
    named.then_some(())?;
    rest.any(&["预报值", "预测值", "值"]);
    rest.word("范围");
    is(rest, mode)?;
    let low = index(rest)?;
    let high = if rest.any(&TO) { Some(index(rest)?) } else { None };
    rest.word("之间");
    Some(Field::Aqi(amount(low, high)?))
}

/// 0–500 without leading zeros, and not the beginning of a decimal.
fn index(rest: &mut Rest<'_>) -> Option<i64> {
    let digits = rest.digits();
    let good = (1..=3).contains(&digits.len()) && (digits == "0" || !digits.starts_with('0'));
    let value = good.then(|| digits.parse::<i64>().ok()).flatten()?;
    ((0..=500).contains(&value) && !rest.0.starts_with('.')).then_some(value)
}

/// `预测日均空气质量为良或轻度污染`.
fn air_quality(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    rest.all(&BEFORE);
    rest.word("空气质量").then_some(())?;
    rest.any(&["指数级别", "指数类别", "级别", "等级", "类别", "状况"]);
    rest.all(&IS);
    let (low, high) = match mode {
        Mode::Certain => levels(rest)?,
        Mode::Anyhow => levels_anyhow(rest)?,
    };
    Range::new(low, high).map(Field::Levels)
}

/// `首要污染物为臭氧或PM2.5`, `首要污染物:无`.
fn primary(rest: &mut Rest<'_>, _mode: Mode) -> Option<Field> {
    rest.all(&BEFORE);
    rest.word("首要污染物").then_some(())?;
    rest.all(&IS);
    if NONE.contains(&rest.0) {
        rest.0 = "";
        return Some(Field::Primary(Vec::new()));
    }
    let mut list = Vec::new();
    loop {
        let mut ahead = *rest;
        if !list.is_empty() && !ahead.any(&OR) {
            break;
        }
        let Some(next) = primary_pollutant(&mut ahead) else { break };
        if list.contains(&next) {
            return None;
        }
        list.push(next);
        *rest = ahead;
    }
    (!list.is_empty()).then_some(Field::Primary(list))
}

fn primary_pollutant(rest: &mut Rest<'_>) -> Option<Pollutant> {
    let named = pollutant(rest)?;
    if named == Pollutant::O38h {
        eight_hours(rest);
    }
    Some(named)
}

/// `PM2.5浓度为15-45微克/立方米`, `O3日最大8小时平均浓度值范围为107-141微克/立方米`.
fn concentration(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    rest.all(&BEFORE);
    let pollutant = pollutant(rest)?;
    let eight = eight_hours(rest);
    let day = !eight && rest.any(&["日均", "日平均", "24小时平均"]);
    let ozone = pollutant == Pollutant::O38h;
    // A daily mean of ozone and an eight-hour mean of anything else have no index.
    if (ozone && day) || (eight && !ozone) {
        return None;
    }
    rest.word("质量");
    rest.word("浓度").then_some(())?;
    rest.word("值");
    rest.word("范围");
    is(rest, mode)?;
    let low = quantity(rest, pollutant)?;
    let high = if rest.any(&TO) { Some(quantity(rest, pollutant)?) } else { None };
    rest.word("之间");
    let stated = unit(rest, pollutant);
    if !stated && mode == Mode::Certain {
        return None;
    }
    rest.word("之间");
    Some(Field::Concentration { pollutant, amount: amount(low, high)?, plain_ozone: ozone && !eight })
}

/// A concentration in thousandths: whole µg/m³, or mg/m³ with one decimal for CO.
fn quantity(rest: &mut Rest<'_>, pollutant: Pollutant) -> Option<Milli> {
    let from = rest.0;
    let whole = rest.digits();
    let good = (1..=4).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
    good.then_some(())?;
    if pollutant == Pollutant::Co && rest.word(".") {
        (rest.digits().len() == 1).then_some(())?;
    }
    (!rest.0.starts_with('.')).then_some(())?;
    parse_milli(from.strip_suffix(rest.0)?)
}

/// The unit is always asked for: every fixture of every year states it.
fn unit(rest: &mut Rest<'_>, pollutant: Pollutant) -> bool {
    if pollutant == Pollutant::Co {
        rest.any(&["毫克/立方米", "毫克每立方米", "MG/M3", " MG/M3"])
    } else {
        rest.any(&["微克/立方米", "微克每立方米", "UG/M3", " UG/M3"])
    }
}

/// Both ends, rising, or a single value.
fn amount(low: i64, high: Option<i64>) -> Option<Amount> {
    if high.is_some_and(|high| high <= low) {
        return None;
    }
    Some(Amount { range: Range::new(low, high.unwrap_or(low))?, single: high.is_none() })
}
