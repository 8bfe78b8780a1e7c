//! What a person says of a line that waits.
//!
//! In: a key and a value, in Chinese or in English: `级别=良至轻度污染`, `aqi=90-120`. Out: the line's days with it. Can't
//! happen: a value that the reader itself would doubt the form of.

use chrono::NaiveDate;

use super::words::field::{self, Field};
use super::words::heading;
use super::words::{Rest, grades, levels, normalise, pollutant};
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_aqi::{Milli, Pollutant, parse_milli};

/// The days with one field as a person gives it, the same for each; nothing where key or value can't be read. Days without
/// a year are those nearest to `near`.
#[must_use]
pub fn correct(mut days: Vec<Outlook>, key: &str, text: &str, near: NaiveDate) -> Option<Vec<Outlook>> {
    let key = normalise(key).text;
    let text = normalise(text.trim()).text;
    if ["DAY", "日期", "日"].contains(&key.as_str()) {
        let stated = days.into_iter().next();
        let said = |day: NaiveDate| Outlook { day, ..stated.clone().unwrap_or(Outlook::new(day)) };
        let mut found = Vec::new();
        for part in text.split(',') {
            let heading = heading::heading(part, heading::From { day: near, damaged: false })?;
            (heading.sort == heading::Sort::Dated && heading.body.is_empty() && heading.doubt.is_none())
                .then_some(())?;
            found.extend(heading.days);
        }
        return (!found.is_empty()).then(|| found.into_iter().map(said).collect());
    }
    if days.is_empty() {
        return None;
    }
    for outlook in &mut days {
        put(outlook, &key, &text)?;
    }
    Some(days)
}

fn put(outlook: &mut Outlook, key: &str, text: &str) -> Option<()> {
    match key {
        "AQI" | "指数" | "空气质量指数" | "AQI指数" => {
            let Field::Aqi(amount) = field::index_cell(text)? else { return None };
            outlook.aqi = Some(amount.range);
        }
        "LEVEL" | "级别" | "等级" | "空气质量" | "空气质量级别" | "空气质量等级" => {
            let (low, high) = level(text)?;
            outlook.levels = Some(Range::new(low, high)?);
        }
        "PRIMARY" | "首要污染物" | "首要" => outlook.primary = primary(text)?,
        _ => {
            let pollutant = by_name(key).or_else(|| named(key))?;
            let (low, high) = range(text)?;
            outlook.concentrations.insert(pollutant, Range::new(low, high)?);
        }
    }
    Some(())
}

/// `2-3`, `良至轻度污染`, `轻度`, `3级`.
fn level(text: &str) -> Option<(i64, i64)> {
    let whole = |text: &str, read: fn(&mut Rest<'_>) -> Option<(i64, i64)>| {
        let mut rest = Rest(text);
        read(&mut rest).filter(|_| rest.0.is_empty())
    };
    whole(text, levels)
        .or_else(|| whole(&format!("{text}污染"), levels))
        .or_else(|| whole(&format!("{text}级"), grades))
        // A range that does not widen.
        .or_else(|| text.split_once('-').filter(|(low, high)| low == high).and_then(|(low, _)| level(low)))
}

fn primary(text: &str) -> Option<Vec<Pollutant>> {
    if let Some(Field::Primary(list)) = field::primary_cell(text) {
        return Some(list);
    }
    text.split([',', '、']).map(|name| by_name(name).or_else(|| named(name))).collect()
}

/// A pollutant by its own name in the program: `O3_8H`, `PM25`.
fn by_name(name: &str) -> Option<Pollutant> {
    Pollutant::ALL.into_iter().find(|pollutant| pollutant.name().eq_ignore_ascii_case(name))
}

/// A pollutant as bulletins name it: `臭氧8小时`, `PM2.5浓度`.
fn named(name: &str) -> Option<Pollutant> {
    let mut rest = Rest(name);
    let (pollutant, _) = pollutant(&mut rest)?;
    rest.any(&["质量浓度", "浓度"]);
    rest.0.is_empty().then_some(pollutant)
}

/// `150-180` or `165`, in thousandths.
fn range(text: &str) -> Option<(Milli, Milli)> {
    let (low, high) = text.split_once(['-', '至', '到']).unwrap_or((text, text));
    let (low, high) = (parse_milli(low)?, parse_milli(high)?);
    (low >= 0).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn chinese_and_english_keys_say_the_same() {
        let near = day("2026-08-12");
        let one = || vec![Outlook::new(day("2026-08-13"))];
        let said =
            |pairs: &[(&str, &str)]| pairs.iter().try_fold(one(), |days, (key, value)| correct(days, key, value, near));
        let english = said(&[("aqi", "90-120"), ("level", "2-3"), ("primary", "o3_8h,pm25"), ("o3_8h", "150-180")]);
        for chinese in [
            [("AQI", "９０～120"), ("级别", "良至轻度污染"), ("首要污染物", "臭氧、PM2.5"), ("臭氧8小时", "150至180")],
            [("指数", "90—120"), ("等级", "良-轻度"), ("首要", "臭氧或细颗粒物"), ("臭氧", "150-180")],
            [("空气质量指数", "90到120"), ("空气质量", "二到三级"), ("首要污染物", "O3-8h和PM2.5"), ("O3", "150-180")],
        ] {
            let said = said(&chinese[..3]);
            let known = english.clone().expect("english");
            assert_eq!(
                said.as_ref().map(|d| (d[0].aqi, d[0].levels)),
                Some((known[0].aqi, known[0].levels)),
                "{chinese:?}"
            );
            assert_eq!(said.map(|d| d[0].primary.clone()), Some(known[0].primary.clone()), "{chinese:?}");
        }
        assert_eq!(said(&[("臭氧8小时", "150至180")]), said(&[("o3_8h", "150-180")]));
        for (key, value) in
            [("aqi", "x"), ("aqi", "120-90"), ("级别", "良好"), ("级别", "7"), ("风", "2"), ("aqi", "600")]
        {
            assert_eq!(correct(one(), key, value, near), None, "{key}={value}");
        }
    }

    #[test]
    fn days_are_given_with_or_without_their_year() {
        let near = day("2026-08-12");
        for (text, days) in [
            ("2026-08-13", vec!["2026-08-13"]),
            ("8月13日", vec!["2026-08-13"]),
            ("8月13日至14日", vec!["2026-08-13", "2026-08-14"]),
            ("2026-08-13，2026-08-15", vec!["2026-08-13", "2026-08-15"]),
        ] {
            let found = correct(Vec::new(), "日期", text, near).expect(text);
            assert_eq!(found.iter().map(|o| o.day).collect::<Vec<_>>(), days.into_iter().map(day).collect::<Vec<_>>());
        }
        for text in ["814日", "明天", "8月13日夜间", "7月32日"] {
            assert_eq!(correct(Vec::new(), "day", text, near), None, "{text}");
        }
    }
}
