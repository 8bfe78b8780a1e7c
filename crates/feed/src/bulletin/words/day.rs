//! Which days a line speaks of.
//!
//! In: a text in normalised form and the day that stands for the year. Out: whole, valid days, or what can be made out
//! for a person to see. Can't happen: `814日` read as a day for certain.

use chrono::{Datelike, NaiveDate};

use super::Rest;
use cuofeng_base::time;

/// How far ahead of its issue a bulletin may speak, in days.
pub(in crate::bulletin) const LONGEST: i64 = 15;

/// Words between days that are all meant. 或 is not among them: which of two days it would be is open.
pub(in crate::bulletin) const AND: [&str; 4] = ["、", "和", "及", "与"];

/// A day as written.
#[derive(Debug, Clone, Copy)]
pub(in crate::bulletin) struct Written {
    pub year: Option<i32>,
    pub month: Option<u32>,
    pub day: u32,
    /// 日 or 号 stands behind it, or it is of the form 2024-08-20.
    pub marked: bool,
}

/// How far a day of the month without its month may lie before the issue day.
const BEHIND: i64 = 10;

impl Written {
    /// The day; without a year the one nearest to `anchor`, without a month the one in the bulletin's days.
    pub fn resolve(self, anchor: NaiveDate) -> Option<NaiveDate> {
        let Some(month) = self.month else {
            let near =
                (-BEHIND..=LONGEST).filter_map(|ahead| anchor.checked_add_signed(chrono::TimeDelta::days(ahead)));
            let mut found = near.filter(|day| day.day() == self.day);
            return found.next().filter(|_| found.next().is_none());
        };
        match self.year {
            Some(year) => NaiveDate::from_ymd_opt(year, month, self.day),
            None => time::day::nearest(month, self.day, anchor),
        }
    }
}

/// Takes `8月18日`, `2024年8月18日`, `2024-08-18`, or after a month, or under a dated head, `19日`.
pub(in crate::bulletin) fn written(rest: &mut Rest<'_>, month: Option<u32>) -> Option<Written> {
    let mut ahead = *rest;
    let found = dashed(&mut ahead).or_else(|| {
        ahead = *rest;
        let year = year(&mut ahead);
        let mut after = ahead;
        let own = after.number(1, 2).filter(|_| after.word("月"));
        if own.is_some() {
            ahead = after;
        }
        let month = own.or(if year.is_none() { month } else { None });
        (month.is_some() || year.is_none()).then_some(())?;
        let day = ahead.number(1, 2)?;
        let marked = ahead.any(&["日", "号"]);
        // `3日内` is no day.
        (own.is_some() || !(marked && ahead.0.starts_with('内'))).then_some(())?;
        Some(Written { year, month, day, marked })
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
    Some(Written { year: Some(year), month: Some(month), day, marked: true })
}

/// A date with its year, as an issue time begins: `2024年8月18日`, `2024-08-18`.
pub(in crate::bulletin) fn dated(rest: &mut Rest<'_>) -> Option<NaiveDate> {
    let mut ahead = *rest;
    let written = written(&mut ahead, None).filter(|w| w.marked)?;
    let year = written.year.filter(|year| (2000..=2100).contains(year))?;
    let day = NaiveDate::from_ymd_opt(year, written.month?, written.day)?;
    *rest = ahead;
    Some(day)
}

/// The later day of two; without a year it is nearest to the earlier one, so that 12月31日到1月1日 rises.
pub(in crate::bulletin) fn end(first: Written, last: Written, anchor: NaiveDate) -> Option<NaiveDate> {
    let from = first.resolve(anchor)?;
    if last.year.is_none() && last.month.is_some() { last.resolve(from) } else { last.resolve(anchor) }
}

/// Where in a text a day of the month is named: digits followed by 日 or 号 that belong to no name such as `O3日最大`.
pub(in crate::bulletin) fn mention(text: &str) -> Option<&str> {
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

/// Whether a text holds a day that lost a mark: `814日`.
pub(in crate::bulletin) fn is_damaged(text: &str) -> bool {
    let mut rest = text;
    while let Some(found) = mention(rest) {
        let mut ahead = Rest(found);
        // `170号` is the number of a paper.
        if ahead.digits().len() > 2 && ahead.0.starts_with('日') {
            return true;
        }
        rest = ahead.0;
    }
    false
}
