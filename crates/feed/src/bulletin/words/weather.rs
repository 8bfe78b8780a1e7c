//! Numbers of the weather in a bulletin.
//!
//! In: a clause on the weather, in normalised form. Out: the number in it that is not sound. Can't happen: a line that
//! lost marks in its weather trusted in its air.

use super::{Rest, TO};

/// Units of numbers in the weather part of a line.
const WEATHER_UNITS: [&str; 25] = [
    "%", "毫米", "MM", "公里", "千米", "KM/H", "KM", "米/秒", "米", "M/S", "M", "小时", "时", "点", "天", "成", "月",
    "年", "日", "号", "百帕", "HPA", "次", "倍", "W/M2",
];

/// Numbers that have no unit, by the word before them.
const WITHOUT_UNIT: [&str; 3] = ["静稳指数", "静稳天气指数", "K指数"];

/// A number in the weather part that is not sound: without a unit, or too large, as where `2到3级` became `23级`. Such
/// a line lost marks elsewhere too. A single wind force from 12 on is taken for `1到2级` that lost its mark.
pub(in crate::bulletin) fn lone_number(clause: &str) -> Option<&str> {
    let unitless = WITHOUT_UNIT.iter().any(|word| clause.contains(word));
    let mut rest = Rest(clause);
    while let Some(c) = rest.peek() {
        if !c.is_ascii_digit() {
            rest.skip();
            continue;
        }
        let at = rest.0;
        let low = decimal(&mut rest);
        let own = weather_unit(&mut rest);
        let mut ahead = rest;
        let high = if ahead.any(&TO) || ahead.word("、") {
            // A second mark is the sign of a temperature below zero.
            ahead.any(&["-", "零下"]);
            ahead.peek().filter(char::is_ascii_digit).and_then(|_| decimal(&mut ahead))
        } else {
            None
        };
        let mut unit = own;
        if high.is_some() {
            rest = ahead;
            unit = weather_unit(&mut rest).or(own);
        }
        let sound = match unit {
            Some(Unit::Force) => high.map_or(low.is_some_and(|l| l < 12), |h| low.is_some_and(|l| l < h) && h <= 17),
            Some(Unit::Degree) => low.is_some_and(|l| l <= 60) && high.is_none_or(|h| h <= 60),
            Some(Unit::Other) => low.is_some(),
            None => unitless && low.is_some(),
        };
        if !sound {
            return Some(at);
        }
    }
    None
}

/// Whether a text holds a range of whole numbers that may be an index: nothing before or behind it makes it another thing.
pub(in crate::bulletin) fn lone_range(text: &str) -> bool {
    let mut before = None;
    let mut rest = Rest(text);
    while let Some(c) = rest.peek() {
        if !c.is_ascii_digit() {
            before = Some(c);
            rest.skip();
            continue;
        }
        let mut ahead = rest;
        if before.is_none_or(|c| !['.', '-', ':', '/', '第'].contains(&c)) && index_range(&mut ahead) {
            return true;
        }
        rest.digits();
        before = Some('0');
    }
    false
}

/// Takes two numbers as those of an index, the second of them high enough to be no page of a paper.
pub(in crate::bulletin) fn index_range(rest: &mut Rest<'_>) -> bool {
    /// What is counted or measured beside the weather.
    const UNITS: [&str; 24] = [
        "分", "人", "家", "元", "期", "页", "周", "个", "项", "名", "吨", "万", "亿", "条", "岁", "楼", "室", "路",
        "-", ".", ":", "/", "微克", "毫克",
    ];
    const LEAST: u32 = 20;
    let index = |rest: &mut Rest<'_>| {
        let sound = !rest.0.starts_with('0');
        rest.number(1, 3).filter(|number| sound && *number <= 500)
    };
    let Some(low) = index(rest) else { return false };
    let high = rest.any(&TO).then(|| index(rest)).flatten();
    let rises = high.is_some_and(|high| high > low && high >= LEAST);
    let mut ahead = *rest;
    rises && weather_unit(&mut ahead).is_none() && !ahead.any(&UNITS)
}

/// A number of at most four digits, without its decimals.
fn decimal(rest: &mut Rest<'_>) -> Option<u32> {
    let whole = rest.digits();
    let mut ahead = *rest;
    if ahead.word(".") && !ahead.digits().is_empty() {
        *rest = ahead;
    }
    (whole.len() <= 4).then(|| whole.parse().ok()).flatten()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Force,
    Degree,
    Other,
}

fn weather_unit(rest: &mut Rest<'_>) -> Option<Unit> {
    rest.word(" ");
    if rest.word("级") {
        Some(Unit::Force)
    } else if rest.any(&["度", "°C", "°"]) {
        Some(Unit::Degree)
    } else {
        rest.any(&WEATHER_UNITS).then_some(Unit::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_weather_are_sound_or_pointed_at() {
        for (clause, found) in [
            ("偏东风2到3级", None),
            ("偏南风2级转3-4级", None),
            ("气温25度到35度", None),
            ("最低气温-5--1度", None),
            ("气温-5到3°C", None),
            ("相对湿度40%-65%", None),
            ("降水量10-20.5毫米", None),
            ("14时到18时有雷阵雨", None),
            ("日间静稳指数低至2", None),
            ("边界层高度可达2.4千米", None),
            ("边界层高度较前日下降600M", None),
            ("偏东风23级", Some("23级")),
            ("偏东风12级", Some("12级")),
            ("偏东风3到2级", Some("3到2级")),
            ("气温2835度", Some("2835度")),
            (":70-100", Some("70-100")),
            ("阵风6", Some("6")),
        ] {
            assert_eq!(lone_number(clause), found, "{clause}");
        }
    }
}
