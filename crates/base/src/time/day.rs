//! Days as people write them, with or without their year.
//!
//! In: `8月14日`, `12-01`, `2026/12/1`, and the day that they are said near to. Out: the day. Can't happen: a point taken
//! for a stroke (a spreadsheet makes 12.1 of 12.10); a weekday of another date passed over.

use chrono::{Datelike, NaiveDate};

/// The day of a month without its year: the one nearest to `near`.
#[must_use]
pub fn nearest(month: u32, day: u32, near: NaiveDate) -> Option<NaiveDate> {
    let of = |year| NaiveDate::from_ymd_opt(year, month, day);
    (-1..=1).filter_map(|shift| of(near.year() + shift)).min_by_key(|day| (*day - near).num_days().abs())
}

/// Reads a day in half-width characters; a weekday may stand behind it. Without a year it is the one nearest to `near`.
#[must_use]
pub fn read(text: &str, near: NaiveDate) -> Option<NaiveDate> {
    let text = text.trim();
    let (date, weekday) = text.split_at_checked(text.find(['(', ' ', '星', '周']).unwrap_or(text.len()))?;
    let marked = date.strip_suffix(['日', '号']).unwrap_or(date).replace(['年', '月'], "-");
    let parts: Option<Vec<u32>> = marked
        .split(['-', '/'])
        .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten())
        .collect();
    let found = match parts?.as_slice() {
        [month, day] => nearest(*month, *day, near),
        [year @ 1900..=2200, month, day] => NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, *day),
        _ => None,
    }?;
    is_weekday(weekday, found).then_some(found)
}

/// Whether what stands behind a day is its weekday, or nothing.
fn is_weekday(text: &str, day: NaiveDate) -> bool {
    let bare = text.trim_matches(['(', ')', ' ']);
    let named = bare.strip_prefix("星期").or_else(|| bare.strip_prefix('周'));
    let number = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
    let own = ["一", "二", "三", "四", "五", "六", "日天"].get(number).copied().unwrap_or_default();
    bare.is_empty() || named.is_some_and(|named| named.chars().count() == 1 && own.contains(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_its_year_is_the_one_nearest() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (text, near, found) in [
            ("12月1日", "2026-11-28", "2026-12-01"),
            ("12-01", "2026-11-28", "2026-12-01"),
            ("12/1", "2026-11-28", "2026-12-01"),
            ("1月1日", "2026-12-31", "2027-01-01"),
            ("12月31号", "2027-01-01", "2026-12-31"),
            ("8月14日(周五)", "2026-08-12", "2026-08-14"),
            ("8月14日 星期五", "2026-08-12", "2026-08-14"),
            ("2026年8月16日星期天", "2026-08-12", "2026-08-16"),
            ("2026-8-16", "2020-01-01", "2026-08-16"),
            ("2月29日", "2028-02-20", "2028-02-29"),
        ] {
            assert_eq!(read(text, day(near)), Some(day(found)), "{text}");
        }
        for text in
            ["", "12.1", "13-01", "8月", "14日", "8月14日周三", "26-8-14", "8-14-2026", "8月14日夜间", "2月30日"]
        {
            assert_eq!(read(text, day("2026-08-12")), None, "{text}");
        }
    }
}
