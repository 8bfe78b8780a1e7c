//! The days with which a text opens.
//!
//! In: a text in normalised form and the day that stands for the year. Out: its days, how they are named, and what
//! follows them. Can't happen: a range of days that falls; a day taken whose weekday, or whose word, says another.

use chrono::{Datelike, NaiveDate, Weekday};

use super::day::{AND, LONGEST, end, written};
use super::weather::index_range;
use super::{Rest, TO};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time;

/// What a text opens with: the days it speaks of, and what it says of them.
#[derive(Debug, Clone)]
pub(in crate::bulletin) struct Heading<'a> {
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
pub(in crate::bulletin) enum Sort {
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
pub(in crate::bulletin) struct From {
    /// The issue day, or the day of receipt.
    pub day: NaiveDate,
    /// Days of the text lost their marks: one without a month may have lost it.
    pub damaged: bool,
}

/// Marks that open an item of a list.
const OPENING: [char; 8] = ['●', '•', '·', '◆', '■', '○', '-', '*'];

/// Words that may stand before a day without making it another one.
const BEFORE: [&str; 14] =
    ["预计", "预测", "预报", "其中", "我市", "全市", "本市", "我县", "全县", "我区", "全区", "市区", "城区", "主城区"];

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
pub(in crate::bulletin) fn opened(text: &str) -> &str {
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
pub(in crate::bulletin) fn heading(text: &str, from: From) -> Option<Heading<'_>> {
    let text = opened(text);
    month_and_day(text, from)
        .or_else(|| dates(text, from))
        .or_else(|| named(text, from))
        .or_else(|| on_weekday(text, from))
        .or_else(|| past(text, from))
        .or_else(|| span(text, from))
}

/// `08-13 良`: a month and a day in two digits each, of the days that a bulletin speaks of. Where the two may be days of a
/// month as well (from the 8th to the 13th), that is said. A cell that holds no more may be a range.
fn month_and_day(text: &str, from: From) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    let month = rest.number(2, 2).filter(|_| rest.word("-"))?;
    let day = rest.number(2, 2)?;
    let found = time::day::nearest(month, day, from.day)?;
    (0..=LONGEST).contains(&(found - from.day).num_days()).then_some(())?;
    let week = weekdays(&mut rest)?;
    let parted = rest.any(&[":"]) || rest.0.starts_with([' ', '\t', ',']);
    let body = rest.0.trim_start_matches([' ', '\t', ',']);
    ((parted || week.is_some()) && !body.is_empty()).then_some(())?;
    let days = month < day && from.day.day() <= month;
    let doubt = days.then(|| msg!("bulletin.dashed", value = format!("{month:02}-{day:02}")));
    let doubt = doubt.or_else(|| week.and_then(|week| week.contradiction(&[found])));
    Some(Heading { sort: Sort::Dated, days: vec![found], body, doubt })
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
    let parted = rest.any(&[":"]) || rest.0.starts_with('\t');
    rest.any(&["-"]);
    // A digit here belonged to the day before something between them was lost.
    let body = rest.0.trim_start_matches([' ', '\t']);
    let hours = super::part::hours(&mut Rest(body)).is_some();
    // `8月13日155-185`: the day is whole, and so is what may be its index.
    let range = !parted && !hours && index_range(&mut Rest(body));
    doubt = doubt.or_else(|| range.then(|| msg!("bulletin.unread", value = body)));
    let parted = parted || range;
    (parted || hours || !body.starts_with(|c: char| c.is_ascii_digit())).then_some(Heading { sort, days, body, doubt })
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
fn span(text: &str, from: From) -> Option<Heading<'_>> {
    let mut rest = Rest(text);
    let heading = |count, body| Heading { sort: Sort::Span(count), days: Vec::new(), body, doubt: None };
    if rest.any(&["未来", "今后", "接下来", "后续"]) {
        let count = rest.one(&HANZI).or_else(|| rest.number(1, 2).map(i64::from));
        let week = rest.any(&["周", "星期"]);
        let days = week || rest.any(&["天", "日"]);
        let mut ahead = rest;
        if ahead.word("(")
            && let Some(stated) = dates(ahead.0, From { damaged: false, ..from })
            && let Some(body) = stated.body.strip_prefix(')')
        {
            // Which days they are stands there; what it says of them it says of all together.
            let doubt = stated.doubt.or_else(|| Some(msg!("bulletin.together")));
            let body = body.strip_prefix(':').unwrap_or(body);
            let count = i64::try_from(stated.days.len()).ok();
            return Some(Heading { sort: Sort::Span(count), days: stated.days, body, doubt });
        }
        rest.any(&["内", "里", ":"]);
        let count = count.filter(|count| days && *count > 0).map(|count| if week { count * 7 } else { count });
        return Some(heading(count, rest.0));
    }
    let near = [("今明后三天", 3), ("今明两天", 2), ("明后两天", 2), ("明后天", 2)];
    if let Some(count) = rest.one(&near) {
        return Some(heading(Some(count), rest.0));
    }
    let known =
        ["本周末", "周末", "本周", "下周", "近期", "月底", "月末", "本月", "下月", "中旬", "下旬", "节日期间", "假期"];
    rest.any(&known).then(|| heading(None, rest.0))
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
        // `8月13日至14日(周四)` names one weekday for two.
        let one_for_all = self.last.is_none() && self.first.is_some() && days.len() > 1;
        let day = if wrong(self.first, first) {
            first
        } else if wrong(self.last, last) || one_for_all {
            last
        } else {
            return None;
        };
        let said = if day == last && days.len() > 1 { self.last.or(self.first) } else { self.first }?;
        Some(msg!(
            "bulletin.weekday",
            day = day.to_string(),
            stated = weekday_words(said),
            right = weekday_words(day.weekday())
        ))
    }
}

fn weekday_words(day: Weekday) -> Message {
    match day {
        Weekday::Mon => msg!("weekday.mon"),
        Weekday::Tue => msg!("weekday.tue"),
        Weekday::Wed => msg!("weekday.wed"),
        Weekday::Thu => msg!("weekday.thu"),
        Weekday::Fri => msg!("weekday.fri"),
        Weekday::Sat => msg!("weekday.sat"),
        Weekday::Sun => msg!("weekday.sun"),
    }
}

/// Takes `周二`, `(星期二)`, `周二至周三`, `(周二至三)` or nothing; fails on a weekday that is none.
#[expect(clippy::option_option, reason = "nothing there, and nothing that can be read, are two answers")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_list_is_no_part_of_the_day() {
        for (text, day) in [
            ("1、8月20日", "8月20日"),
            ("(2)8月20日", "8月20日"),
            ("●预计8月20日", "8月20日"),
            ("18、19日", "18、19日"),
            ("8月20日", "8月20日"),
        ] {
            assert_eq!(opened(text), day);
        }
    }
}
