//! Which days a line speaks of.
//!
//! In: a text in normalised form and the day that stands for the year. Out: whole, valid days, or what can be made out
//! for a person to see. Can't happen: `814日` read as a day for certain; a range of days that falls; a day taken
//! whose weekday says another.

use chrono::{Datelike, NaiveDate, Weekday};

use super::words::{Rest, TO};
use crate::msg;
use crate::text::Message;

/// How far ahead of its issue a bulletin may speak, in days.
pub(super) const LONGEST: i64 = 15;

/// Words between days that are all meant. 或 is not among them: which of two days it would be is open.
const AND: [&str; 4] = ["、", "和", "及", "与"];

/// What a text opens with: the days it speaks of, and what it says of them.
#[derive(Debug, Clone)]
pub(super) struct Heading<'a> {
    pub sort: Sort,
    /// In order. None where only a span is named.
    pub days: Vec<NaiveDate>,
    /// What follows them.
    pub body: &'a str,
    /// Why the days are not certain.
    pub doubt: Option<Message>,
}

/// How the days are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// By their dates.
    Dated,
    /// By a word for a day to come, or by a weekday, without a date.
    Relative,
    /// By a word for several days to come; how many, where it says so.
    Span(Option<i64>),
    /// By a word for what is over.
    Past,
}

/// The day from which days are counted, and what is known of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    /// The issue day, or the day of receipt.
    pub day: NaiveDate,
    /// Days of the text lost their marks: one without a month may have lost it.
    pub damaged: bool,
}

/// A day as written.
#[derive(Debug, Clone, Copy)]
struct Written {
    year: Option<i32>,
    month: Option<u32>,
    day: u32,
    /// 日 or 号 stands behind it, or it is of the form 2024-08-20.
    marked: bool,
}

/// How far a day of the month without its month may lie before the issue day.
const BEHIND: i64 = 10;

impl Written {
    /// The day; without a year the one nearest to `anchor`, without a month the one in the bulletin's days.
    fn resolve(self, anchor: NaiveDate) -> Option<NaiveDate> {
        let Some(month) = self.month else {
            let near = (-BEHIND..=LONGEST).filter_map(|ahead| anchor.checked_add_signed(chrono::TimeDelta::days(ahead)));
            let mut found = near.filter(|day| day.day() == self.day);
            return found.next().filter(|_| found.next().is_none());
        };
        let of = |year| NaiveDate::from_ymd_opt(year, month, self.day);
        match self.year {
            Some(year) => of(year),
            None => (-1..=1)
                .filter_map(|shift| of(anchor.year() + shift))
                .min_by_key(|day| (*day - anchor).num_days().abs()),
        }
    }
}

/// Takes `8月18日`, `2024年8月18日`, `2024-08-18`, or after a month, or under a dated head, `19日`.
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
pub(super) fn dated(rest: &mut Rest<'_>) -> Option<NaiveDate> {
    let mut ahead = *rest;
    let written = written(&mut ahead, None).filter(|w| w.marked)?;
    let year = written.year.filter(|year| (2000..=2100).contains(year))?;
    let day = NaiveDate::from_ymd_opt(year, written.month?, written.day)?;
    *rest = ahead;
    Some(day)
}

/// Marks that open an item of a list.
const OPENING: [char; 8] = ['●', '•', '·', '◆', '■', '○', '-', '*'];

/// Words that may stand before a day without making it another one.
const BEFORE: [&str; 14] = [
    "预计", "预测", "预报", "其中", "我市", "全市", "本市", "我县", "全县", "我区", "全区", "市区", "城区", "主城区",
];

const HANZI: [(&str, i64); 12] = [
    ("一", 1),
    ("二", 2),
    ("两", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("七", 7),
    ("八", 8),
    ("九", 9),
    ("十", 10),
    ("几", 0),
];

/// The text from its day on: without `1、`, `(1)`, `一、`, `●` and `预计` before it.
pub(super) fn opened(text: &str) -> &str {
    let mut rest = Rest(text.trim_start_matches(OPENING).trim_start());
    let mut ahead = rest;
    let bracket = ahead.word("(");
    let number = ahead.number(1, 2).is_some();
    if (number || ahead.one(&HANZI).is_some()) && ahead.any(if bracket { &[")"] } else { &["、", ".", ")"] }) {
        let mut month = ahead;
        month.any(&[" "]);
        // `18、19日` is no item 18: a year or the month has to follow.
        let year = month.number(4, 4).is_some();
        if !number || year || month.number(1, 2).is_some() && month.word("月") {
            rest = ahead;
        }
    }
    rest.all(&BEFORE);
    rest.0.trim_start()
}

/// What a text opens with, where it opens with days.
pub(super) fn heading(text: &str, from: From) -> Option<Heading<'_>> {
    let text = opened(text);
    dates(text, from)
        .or_else(|| named(text, from))
        .or_else(|| on_weekday(text, from))
        .or_else(|| past(text, from))
        .or_else(|| span(text))
}

/// Days in full: `8月18日`, `8月18日到19日(周二)`, `8月18日、20日`, `8月30日至9月2日`, `13日`. Nothing where any part is not
/// whole, valid and rising.
fn dates(text: &str, from: From) -> Option<Heading<'_>> {
    let anchor = from.day;
    let mut rest = Rest(text);
    let first = written(&mut rest, None)?;
    let mut last = first;
    let mut sort = Sort::Dated;
    let mut days = vec![first.resolve(anchor)?];
    // `8月18日(周二)到19日(周三)`
    let mut ahead = rest;
    let early = weekdays(&mut ahead).filter(|week| week.is_some() && TO.iter().any(|to| ahead.0.starts_with(to)));
    if early.is_some() {
        rest = ahead;
    }
    if rest.any(&TO) {
        last = written(&mut rest, first.month)?;
        let (first, to) = (*days.first()?, end(first, last, anchor)?);
        let length = (to - first).num_days();
        if length > LONGEST && to <= anchor && length < 370 {
            // A season so far.
            sort = Sort::Past;
        } else if length <= 0 || length > LONGEST {
            return None;
        }
        days = first.iter_days().take_while(|day| *day <= to).collect();
    } else {
        while rest.any(&AND) {
            let next = written(&mut rest, last.month)?;
            let day = end(last, next, anchor)?;
            if day <= *days.last()? {
                return None;
            }
            last = next;
            days.push(day);
        }
    }
    if !last.marked || (first.month.is_none() && from.damaged) {
        return None;
    }
    let mut doubt = early.flatten().and_then(|week| week.contradiction(&days[..1]));
    doubt = doubt.or(weekdays(&mut rest)?.and_then(|week| {
        if early.is_some() { week.contradiction(&days[days.len() - 1..]) } else { week.contradiction(&days) }
    }));
    // `8月13日(明天)`
    if rest.word("(") {
        let offset = rest.one(&OFFSETS).filter(|_| rest.word(")"))?;
        doubt = doubt.or(contradicts(offset, &days, from));
    }
    rest.any(&[":", "-"]);
    // A digit here belonged to the day before something between them was lost.
    let body = rest.0.trim_start_matches([' ', '\t']);
    let hours = super::part::hours(&mut Rest(body)).is_some();
    (hours || !body.starts_with(|c: char| c.is_ascii_digit())).then_some(Heading { sort, days, body, doubt })
}

/// Words for days, and how far they are from the issue day.
const OFFSETS: [(&str, i64); 11] = [
    ("大后天", 3),
    ("后天", 2),
    ("后日", 2),
    ("明天", 1),
    ("明日", 1),
    ("今天", 0),
    ("今日", 0),
    ("昨天", -1),
    ("昨日", -1),
    ("昨夜", -1),
    ("前天", -2),
];

/// Why a date is not the day that stands beside it in words.
fn contradicts(offset: i64, days: &[NaiveDate], from: From) -> Option<Message> {
    let meant = from.day.checked_add_signed(chrono::TimeDelta::days(offset))?;
    (days != [meant]).then(|| {
        let stated = days.first().map(ToString::to_string).unwrap_or_default();
        msg!("bulletin.two_days", named = meant.to_string(), stated = stated)
    })
}

/// `明日(8月13日)`, `明天15日`, and without a date `明天`.
fn named(text: &str, from: From) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    let offset = rest.one(&OFFSETS)?;
    let day = from.day.checked_add_signed(chrono::TimeDelta::days(offset))?;
    let mut ahead = rest;
    let bracket = ahead.word("(");
    if let Some(mut heading) = dates(ahead.0, From { damaged: false, ..from }) {
        let mut body = Rest(heading.body);
        if !bracket || body.word(")") {
            heading.doubt = heading.doubt.or(contradicts(offset, &heading.days, from));
            body.any(&[":"]);
            heading.body = body.0;
            return Some(heading);
        }
    }
    rest.any(&[":"]);
    let sort = if offset < 0 { Sort::Past } else { Sort::Relative };
    Some(Heading { sort, days: vec![day], body: rest.0, doubt: None })
}

/// `周一(8月10日)`, `周二至周三(8月11日-12日)`, `星期一 8月10日`, and without a date `周一`.
fn on_weekday(text: &str, from: From) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    (!text.starts_with('(')).then_some(())?;
    let week = weekdays(&mut rest)??;
    let mut ahead = rest;
    ahead.any(&[" ", "\t"]);
    let bracket = ahead.word("(");
    if let Some(mut heading) = dates(ahead.0, From { damaged: false, ..from }) {
        let mut body = Rest(heading.body);
        if !bracket || body.word(")") {
            heading.doubt = heading.doubt.or(week.contradiction(&heading.days));
            body.any(&[":"]);
            heading.body = body.0;
            return Some(heading);
        }
    }
    rest.any(&[":"]);
    let next = from.day.iter_days().take(7).find(|day| week.first.is_some_and(|first| day.weekday() == first));
    Some(Heading { sort: Sort::Relative, days: next.into_iter().collect(), body: rest.0, doubt: None })
}

/// What is over, by its words.
fn past(text: &str, from: From) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    if rest.any(&["截至", "截止"]) {
        rest.any(&["到", "至", "目前"]);
        // `截止8月15日` may tell how long something will last.
        let ahead = dates(rest.0, from).filter(|heading| heading.days.last().is_some_and(|day| *day > from.day));
        return Some(match ahead {
            Some(heading) => Heading { doubt: Some(msg!("bulletin.near", value = "截至")), ..heading },
            None => Heading { sort: Sort::Past, days: Vec::new(), body: rest.0, doubt: None },
        });
    }
    let word = rest.any(&["上周", "上月", "上旬", "去年", "今年以来", "过去"]);
    word.then_some(Heading { sort: Sort::Past, days: Vec::new(), body: rest.0, doubt: None })
}

/// Several days to come: `未来三天`, `今后一周`, `本周`.
fn span(text: &str) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    let heading = |count, body| Heading { sort: Sort::Span(count), days: Vec::new(), body, doubt: None };
    if rest.any(&["未来", "今后", "接下来", "后续"]) {
        let count = rest.one(&HANZI).or_else(|| rest.number(1, 2).map(i64::from));
        let week = rest.any(&["周", "星期"]);
        let days = week || rest.any(&["天", "日"]);
        rest.any(&["内", "里", ":"]);
        let count = count.filter(|count| days && *count > 0).map(|count| if week { count * 7 } else { count });
        return Some(heading(count, rest.0));
    }
    let near = [("今明后三天", 3), ("今明两天", 2), ("明后两天", 2), ("明后天", 2)];
    if let Some(count) = rest.one(&near) {
        return Some(heading(Some(count), rest.0));
    }
    let known = ["本周末", "周末", "本周", "下周", "近期", "月底", "月末", "本月", "下月", "中旬", "下旬", "节日期间", "假期"];
    rest.any(&known).then(|| heading(None, rest.0))
}

/// The later day of two; without a year it is nearest to the earlier one, so that 12月31日到1月1日 rises.
fn end(first: Written, last: Written, anchor: NaiveDate) -> Option<NaiveDate> {
    let from = first.resolve(anchor)?;
    if last.year.is_none() && last.month.is_some() { last.resolve(from) } else { last.resolve(anchor) }
}

/// Weekdays that stand beside days.
#[derive(Debug, Clone, Copy)]
struct Week {
    /// Nothing for 周末.
    first: Option<Weekday>,
    last: Option<Weekday>,
}

impl Week {
    /// Why these are not the weekdays of the days.
    fn contradiction(self, days: &[NaiveDate]) -> Option<Message> {
        let (first, last) = (*days.first()?, *days.last()?);
        let wrong = |said: Option<Weekday>, day: NaiveDate| said.is_some_and(|said| said != day.weekday());
        let day = if wrong(self.first, first) {
            first
        } else if wrong(self.last, last) {
            last
        } else if self.last.is_none() && self.first.is_some() && days.len() > 1 {
            last
        } else {
            return None;
        };
        let said = if day == last && days.len() > 1 { self.last.or(self.first) } else { self.first }?;
        Some(msg!(
            "bulletin.weekday",
            day = day.to_string(),
            stated = HAN_WEEK[said.num_days_from_monday() as usize],
            right = HAN_WEEK[day.weekday().num_days_from_monday() as usize]
        ))
    }
}

const HAN_WEEK: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// Takes `周二`, `(星期二)`, `周二至周三`, `(周二至三)` or nothing; fails on a weekday that is none.
#[allow(clippy::option_option)] // Nothing there, and nothing that can be read, are two answers.
fn weekdays(rest: &mut Rest<'_>) -> Option<Option<Week>> {
    const NAMES: [(&str, Option<Weekday>); 9] = [
        ("一", Some(Weekday::Mon)),
        ("二", Some(Weekday::Tue)),
        ("三", Some(Weekday::Wed)),
        ("四", Some(Weekday::Thu)),
        ("五", Some(Weekday::Fri)),
        ("六", Some(Weekday::Sat)),
        ("日", Some(Weekday::Sun)),
        ("天", Some(Weekday::Sun)),
        ("末", None),
    ];
    const WEEK: [&str; 3] = ["星期", "礼拜", "周"];
    let mut ahead = *rest;
    ahead.any(&[" ", "\t"]);
    let bracket = ahead.word("(");
    if !ahead.any(&WEEK) {
        return Some(None);
    }
    let first = ahead.one(&NAMES)?;
    let mut last = None;
    let mut second = ahead;
    if second.any(&TO) || second.any(&AND) {
        second.any(&WEEK);
        if let Some(day) = second.one(&NAMES) {
            last = day;
            ahead = second;
        }
    }
    (!bracket || ahead.word(")")).then_some(())?;
    *rest = ahead;
    Some(Some(Week { first, last }))
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

/// Whether a text holds a day that lost a mark: `814日`.
pub(super) fn is_damaged(text: &str) -> bool {
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

/// The days that can be made out where [`heading`] found none: for showing only.
pub(super) fn days_anyhow(text: &str, anchor: NaiveDate) -> Vec<NaiveDate> {
    let text = opened(text);
    let whole = written(&mut Rest(text), None).filter(|first| first.month.is_some());
    if let Some(whole) = whole.and_then(|first| first.resolve(anchor)) {
        return vec![whole];
    }
    let Some(start) = mention(text) else { return Vec::new() };
    let before = text.get(..text.len() - start.len()).unwrap_or("");
    if before.ends_with('月') {
        let month = before.trim_end_matches('月').rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
        let from = before.trim_end_matches('月').len() - month.len();
        let whole = written(&mut Rest(text.get(from..).unwrap_or("")), None).and_then(|day| day.resolve(anchor));
        return whole.into_iter().collect();
    }
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
            Written { year: None, month: Some(month), day, marked: true }.resolve(anchor)
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
