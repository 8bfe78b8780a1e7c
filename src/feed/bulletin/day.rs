//! Which days a line speaks of, and when a bulletin was issued.
//!
//! In: a line in normalised form and the day that stands for the year. Out: whole, valid days, or what can be made out
//! for a person to see. Can't happen: `814日` read as a day for certain; a range of days that falls.

use chrono::{Datelike, NaiveDate};

use super::IssuedAt;
use super::words::{Rest, TO};

/// How far ahead of its issue a bulletin may speak, in days.
pub(super) const LONGEST: i64 = 15;

/// Words between days that are all meant. 或 is not among them: which of two days it would be is open.
const AND: [&str; 4] = ["、", "和", "及", "与"];

/// A day as written.
#[derive(Debug, Clone, Copy)]
struct Written {
    year: Option<i32>,
    month: u32,
    day: u32,
    /// 日 or 号 stands behind it, or it is of the form 2024-08-20.
    marked: bool,
}

impl Written {
    /// The day; without a year the one nearest to `anchor`.
    fn resolve(self, anchor: NaiveDate) -> Option<NaiveDate> {
        let of = |year| NaiveDate::from_ymd_opt(year, self.month, self.day);
        match self.year {
            Some(year) => of(year),
            None => (-1..=1)
                .filter_map(|shift| of(anchor.year() + shift))
                .min_by_key(|day| (*day - anchor).num_days().abs()),
        }
    }
}

/// Takes `8月18日`, `2024年8月18日`, `2024-08-18`, or after a month `19日`.
fn written(rest: &mut Rest<'_>, month: Option<u32>) -> Option<Written> {
    let mut ahead = *rest;
    let found = dashed(&mut ahead).or_else(|| {
        ahead = *rest;
        let year = year(&mut ahead);
        let mut after = ahead;
        let own = after.number(1, 2).filter(|_| after.word("月"));
        if own.is_some() {
            ahead = after;
        }
        let month = own.or(if year.is_none() { month } else { None })?;
        let day = ahead.number(1, 2)?;
        Some(Written { year, month, day, marked: ahead.any(&["日", "号"]) })
    })?;
    *rest = ahead;
    Some(found)
}

/// Takes `2024年`.
fn year(rest: &mut Rest<'_>) -> Option<i32> {
    let mut ahead = *rest;
    let year = ahead.number(4, 4).filter(|_| ahead.word("年")).and_then(|year| i32::try_from(year).ok())?;
    *rest = ahead;
    Some(year)
}

/// Takes `2024-08-18`, `2024/8/18` or `2024.8.18`.
fn dashed(rest: &mut Rest<'_>) -> Option<Written> {
    let mut ahead = *rest;
    let year = ahead.number(4, 4).and_then(|year| i32::try_from(year).ok())?;
    let mark = ["-", "/", "."].into_iter().find(|mark| ahead.word(mark))?;
    let month = ahead.number(1, 2).filter(|_| ahead.word(mark))?;
    let day = ahead.number(1, 2)?;
    *rest = ahead;
    Some(Written { year: Some(year), month, day, marked: true })
}

/// The days that a clause begins with, in full, and what follows them: `8月18日`, `8月18日到19日`, `8月18日、20日`,
/// `8月30日至9月2日`. Nothing where any part is not whole, valid and rising.
pub(super) fn days(clause: &str, anchor: NaiveDate) -> Option<(Vec<NaiveDate>, &str)> {
    let mut rest = Rest(clause);
    let first = written(&mut rest, None)?;
    let mut last = first;
    let mut days = vec![first.resolve(anchor)?];
    if rest.any(&TO) {
        last = written(&mut rest, Some(first.month))?;
        let (from, to) = (*days.first()?, end(first, last, anchor)?);
        if to <= from || (to - from).num_days() > LONGEST {
            return None;
        }
        days = from.iter_days().take_while(|day| *day <= to).collect();
    } else {
        while rest.any(&AND) {
            let next = written(&mut rest, Some(last.month))?;
            let day = end(last, next, anchor)?;
            if day <= *days.last()? {
                return None;
            }
            last = next;
            days.push(day);
        }
    }
    if !last.marked {
        return None;
    }
    weekday(&mut rest)?;
    rest.any(&[":", "-"]);
    // A digit here belonged to the day before something between them was lost.
    let follows = rest.0.trim_start();
    (!follows.starts_with(|c: char| c.is_ascii_digit())).then_some((days, follows))
}

/// The later day of two; without a year it is nearest to the earlier one, so that 12月31日到1月1日 rises.
fn end(first: Written, last: Written, anchor: NaiveDate) -> Option<NaiveDate> {
    let from = first.resolve(anchor)?;
    if last.year.is_none() { last.resolve(from) } else { last.resolve(anchor) }
}

/// Takes `(周二)`, `(今天)`, `星期二` or nothing; fails on anything else in brackets.
fn weekday(rest: &mut Rest<'_>) -> Option<()> {
    let bracket = rest.word("(");
    let week = rest.any(&["星期", "礼拜", "周"]);
    let known = if week {
        rest.any(&["一", "二", "三", "四", "五", "六", "日", "天", "末"])
    } else {
        bracket && rest.any(&["今天", "今日", "明天", "明日", "后天"])
    };
    ((!week && !bracket) || known).then_some(())?;
    (!bracket || rest.word(")")).then_some(())
}

/// Where in a text a day of the month is named: digits followed by 日 or 号 that belong to no name such as `O3日最大`.
pub(super) fn mention(text: &str) -> Option<&str> {
    let mut before = None;
    let mut rest = Rest(text);
    while let Some(c) = rest.peek() {
        if c.is_ascii_digit() {
            let start = rest;
            rest.digits();
            let named = before.is_some_and(|b: char| b.is_ascii_alphabetic() || b == '.');
            let mut after = rest;
            if !named && after.any(&["日", "号"]) && !after.any(&["均", "平均", "最大"]) {
                return Some(start.0);
            }
            before = Some('0');
        } else {
            before = Some(c);
            rest.skip();
        }
    }
    None
}

/// The days that can be made out where [`days`] could not: for showing only.
pub(super) fn days_anyhow(text: &str, anchor: NaiveDate) -> Vec<NaiveDate> {
    if let Some(whole) = written(&mut Rest(text), None).and_then(|first| first.resolve(anchor)) {
        return days(text, anchor).map_or_else(|| vec![whole], |(days, _)| days);
    }
    let Some(start) = mention(text) else { return Vec::new() };
    let mut rest = Rest(start);
    let Some(first) = glued(rest.digits(), anchor) else { return Vec::new() };
    rest.any(&["日", "号"]);
    let range = rest.any(&TO);
    if !range && !rest.any(&AND) {
        return vec![first];
    }
    match written(&mut rest, Some(first.month())).filter(|last| last.marked).and_then(|last| last.resolve(first)) {
        Some(last) if range && last > first && (last - first).num_days() <= LONGEST => {
            first.iter_days().take_while(|day| *day <= last).collect()
        }
        Some(last) if last > first => vec![first, last],
        _ => vec![first],
    }
}

/// `814` as 14 August, where only one reading is a day, or only one lies in the bulletin's days; `19` as the next 19th.
fn glued(digits: &str, anchor: NaiveDate) -> Option<NaiveDate> {
    let ahead = |day: &NaiveDate| (0..=LONGEST).contains(&(*day - anchor).num_days());
    if digits.len() < 3 {
        let day: u32 = digits.parse().ok()?;
        return anchor.iter_days().take(16).find(|d| d.day() == day);
    }
    let readings: Vec<NaiveDate> = (1..digits.len().min(3))
        .filter_map(|at| {
            let (month, day) = (digits.get(..at)?, digits.get(at..)?);
            let (month, day) = (month.parse::<u32>().ok()?, day.parse::<u32>().ok().filter(|_| day.len() <= 2)?);
            Written { year: None, month, day, marked: true }.resolve(anchor)
        })
        .collect();
    match readings.as_slice() {
        [only] => Some(*only),
        several => {
            let mut inside = several.iter().copied().filter(ahead);
            inside.next().filter(|_| inside.next().is_none())
        }
    }
}

/// The issue time that a line states: `2023年06月19日10时`, `2024-05-01 17:00`. A time that begins a span of hours is
/// none.
pub(super) fn issue(line: &str) -> Option<IssuedAt> {
    let mut before = None;
    let mut rest = Rest(line);
    while let Some(c) = rest.peek() {
        let begins = c.is_ascii_digit() && before.is_none_or(|b: char| !b.is_ascii_alphanumeric());
        if begins && let Some(issued) = stamp(rest) {
            return Some(issued);
        }
        before = Some(c);
        rest.skip();
    }
    None
}

fn stamp(mut rest: Rest<'_>) -> Option<IssuedAt> {
    let written = written(&mut rest, None).filter(|w| w.marked)?;
    let year = written.year.filter(|year| (2000..=2100).contains(year))?;
    let day = NaiveDate::from_ymd_opt(year, written.month, written.day)?;
    rest.any(&[" ", "T", "上午"]);
    let noon = if rest.word("下午") { 12 } else { 0 };
    let hour = rest.number(1, 2).filter(|hour| *hour < 24)?;
    let hour = if hour < 12 { hour + noon } else { hour };
    if rest.word(":") {
        rest.number(2, 2).filter(|minute| *minute < 60)?;
        if rest.word(":") {
            rest.number(2, 2)?;
        }
    } else if rest.any(&["时", "点"]) {
        // `10时30分`: an issue time is kept to the hour.
        let mut after = rest;
        if after.number(1, 2).is_some() && after.word("分") {
            rest = after;
        }
    } else {
        return None;
    }
    let ends = !rest.any(&TO) && rest.peek().is_none_or(|c| !c.is_ascii_digit());
    ends.then_some(IssuedAt { day, hour })
}

/// Whether hours of a day follow its date, as where a line tells what was measured: `6月19日1点至9点`.
pub(super) fn hours_follow(text: &str) -> bool {
    let Some(start) = mention(text) else { return false };
    let mut rest = Rest(start);
    rest.digits();
    rest.any(&["日", "号"]);
    rest.number(1, 2).is_some() && rest.any(&["点", "时", ":00"])
}
