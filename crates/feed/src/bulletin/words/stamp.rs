//! When a bulletin was issued.
//!
//! In: its lines in normalised form, and what a page says of itself in its head. Out: the issue time, to the minute; or
//! the day alone; or that two are stated. Can't happen: the time of a measurement, the first hour of a span or the
//! present taken for the issue.

use chrono::NaiveDate;

use super::day;
use super::{Rest, TO};
use crate::bulletin::IssuedAt;

/// What is known of the issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bulletin) enum Issue {
    /// Day, hour and minute.
    At(IssuedAt),
    /// The day alone.
    Day(NaiveDate),
    /// Two that contradict each other.
    Two(NaiveDate, NaiveDate),
    /// Nothing.
    Unknown,
}

/// A stamp in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bulletin) struct Stamp {
    /// Its first byte, its label left out.
    pub from: usize,
    /// The first byte behind it.
    pub to: usize,
    day: NaiveDate,
    time: Option<(u32, u32)>,
    /// A word says that it is the issue.
    labelled: bool,
}

/// The stamps of a line that may be the issue; `states` tells whether a text states anything of the air.
pub(in crate::bulletin) fn stamps(line: &str, states: impl Fn(&str) -> bool) -> Vec<Stamp> {
    let mut found: Vec<Stamp> = Vec::new();
    let mut before: Option<char> = None;
    for (from, c) in line.char_indices() {
        let begins = c.is_ascii_digit() && before.is_none_or(|b| !b.is_ascii_alphanumeric() && b != '.');
        before = Some(c);
        if !begins || found.last().is_some_and(|last| from < last.to) {
            continue;
        }
        let text = line.get(from..).unwrap_or("");
        if let Some((day, time, rest)) = stamp(text) {
            let to = line.len() - rest.len();
            let stamp = Stamp { from, to, day, time, labelled: false };
            found.extend(issued(line, stamp, &states));
        }
    }
    found
}

/// A date, its hour and minute where they follow, and the rest.
type Read<'a> = (NaiveDate, Option<(u32, u32)>, &'a str);

/// A date with its year, its time where one follows, and the rest.
fn stamp(text: &str) -> Option<Read<'_>> {
    let mut rest = Rest(text);
    let day = day::dated(&mut rest)?;
    let date = rest;
    // `(星期三)`
    let mut ahead = rest;
    let bracket = ahead.word("(");
    if ahead.any(&["星期", "周"]) {
        ahead.skip();
        if !bracket || ahead.word(")") {
            rest = ahead;
        }
    }
    rest.any(&[" ", "\t", "T", ","]);
    let noon = if rest.any(&["下午", "晚上", "晚"]) {
        12
    } else {
        rest.any(&["上午", "早上", "凌晨", "中午"]);
        0
    };
    let Some((hour, minute)) = clock(&mut rest) else {
        let spans = TO.iter().any(|to| date.0.starts_with(to)) || date.0.starts_with(['、', '起']);
        let goes_on = date.0.starts_with(|c: char| c.is_ascii_digit());
        return (!spans && !goes_on).then_some((day, None, date.0));
    };
    let hour = if hour < 12 { hour + noon } else { hour };
    let ends = !TO.iter().any(|to| rest.0.starts_with(to)) && rest.peek().is_none_or(|c| !c.is_ascii_digit());
    ends.then_some((day, Some((hour, minute)), rest.0))
}

/// `17时`, `15时30分`, `15点半`, `16:05:33`.
fn clock(rest: &mut Rest<'_>) -> Option<(u32, u32)> {
    let mut ahead = *rest;
    let hour = ahead.number(1, 2).filter(|hour| *hour < 24)?;
    let mut minute = 0;
    if ahead.word(":") {
        minute = ahead.number(2, 2).filter(|minute| *minute < 60)?;
        if ahead.word(":") {
            ahead.number(2, 2)?;
        }
        // `.123Z` and `+08:00` of machines.
        if ahead.word(".") {
            ahead.digits();
        }
        ahead.any(&["+08:00", "+0800"]);
    } else if ahead.any(&["时", "点"]) {
        let mut after = ahead;
        if after.word("半") {
            (ahead, minute) = (after, 30);
        } else if let Some(minutes) = after.number(1, 2).filter(|minute| *minute < 60 && after.word("分")) {
            (ahead, minute) = (after, minutes);
        }
        ahead.any(&["整", "许"]);
    } else {
        return None;
    }
    *rest = ahead;
    Some((hour, minute))
}

/// The stamp where it tells of the issue: a word says so, or it stands alone at the end of its line or before the days.
fn issued(line: &str, stamp: Stamp, states: &impl Fn(&str) -> bool) -> Option<Stamp> {
    const BEFORE: [&str; 11] =
        ["发布时间", "发布日期", "发稿时间", "时间", "日期", "签发", "发布于", "发布", "印发", "更新于", "制作"];
    /// Other times than that of the issue.
    const OTHER: [&str; 8] = ["截至", "截止", "实况", "今天是", "现在是", "当前", "有效期", "有效期至"];
    /// What else has its time.
    const OF: [&str; 8] = ["监测", "观测", "数据", "统计", "有效", "评价", "采样", "当前"];
    const AFTER: [&str; 8] = ["发布", "联合发布", "签发", "印发", "制作", "会商", "电", "讯"];
    let head = line.get(..stamp.from).unwrap_or("").trim_end_matches([' ', ':', '\t', '[', '【', '(']);
    let tail = line.get(stamp.to..).unwrap_or("");
    let near = head.rsplit(['。', ';', ',', '\t']).next().unwrap_or("");
    let time = near.strip_suffix("时间").or(near.strip_suffix("日期"));
    let forecast = near.strip_suffix("日期").is_some_and(|of| of.ends_with("预报") || of.ends_with("预测"));
    let other = forecast || time.is_some_and(|of| OF.iter().any(|word| of.ends_with(word)));
    if other || OTHER.iter().any(|word| near.ends_with(word)) {
        return None;
    }
    let clause = tail.split([',', ';', '。', ':']).next().unwrap_or("");
    // `16时发布的空气质量指数为158` tells of what was measured then.
    let of = tail.strip_prefix("联合").unwrap_or(tail).starts_with("发布的");
    if of && !["预报", "预测", "通报", "信息", "提示"].iter().any(|word| clause.contains(word)) {
        return None;
    }
    let before = BEFORE.iter().any(|word| near.ends_with(word));
    let after = AFTER.iter().any(|word| tail.starts_with(word));
    let news = tail.starts_with(',')
        && tail.trim_start_matches(',').split([',', '。']).next().is_some_and(|clause| {
            ["获悉", "消息", "了解到", "发布"].iter().any(|word| clause.contains(word)) && !states(clause)
        });
    if before || after || news {
        return Some(Stamp { labelled: true, ..stamp });
    }
    // `持续至2026年8月15日` ends something else.
    let until = ["至", "到", "自", "从", "于", "前", "-"].iter().any(|word| head.ends_with(word));
    if until || states(head) || stamp.time.is_none() && head.contains([',', '。', ';']) {
        return None;
    }
    let ends = tail.trim_matches([')', ']', '】', '。', ',', ' ', '\t', ':']).is_empty();
    // Behind `2026年8月12日空气质量预报` the day may be that of the forecast.
    (ends || stamp.time.is_some() && !states(tail)).then_some(stamp)
}

/// The issue of a text: what is labelled before what is not, a time before a day alone, the text before its page's head.
pub(in crate::bulletin) fn issue(found: &[Stamp], page: Option<Issue>) -> Issue {
    let of = |labelled: bool, timed: bool| -> Vec<&Stamp> {
        found.iter().filter(|stamp| stamp.labelled == labelled && stamp.time.is_some() == timed).collect()
    };
    for (labelled, timed) in [(true, true), (false, true)] {
        let all = of(labelled, timed);
        if let Some(first) = all.first() {
            if let Some(other) = all.iter().find(|stamp| stamp.day != first.day) {
                return Issue::Two(first.day, other.day);
            }
            let (hour, minute) = first.time.unwrap_or_default();
            return Issue::At(IssuedAt { day: first.day, hour, minute });
        }
    }
    if let Some(Issue::At(at)) = page {
        return match of(true, false).first() {
            Some(stamp) if stamp.day != at.day => Issue::Two(stamp.day, at.day),
            _ => Issue::At(at),
        };
    }
    for labelled in [true, false] {
        let all = of(labelled, false);
        if let Some(first) = all.first() {
            return match all.iter().find(|stamp| stamp.day != first.day) {
                Some(other) => Issue::Two(first.day, other.day),
                None => Issue::Day(first.day),
            };
        }
    }
    page.unwrap_or(Issue::Unknown)
}

/// What a machine wrote into a page's head: `2026-08-12 16:05:33`.
pub(in crate::bulletin) fn of_page(content: &str) -> Option<Issue> {
    let plain = super::normalise(content).text;
    let (day, time, rest) = stamp(&plain)?;
    // The time of another zone is not ours.
    rest.is_empty().then_some(match time {
        Some((hour, minute)) => Issue::At(IssuedAt { day, hour, minute }),
        None => Issue::Day(day),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Issue {
        let plain = crate::bulletin::words::normalise(line).text;
        issue(&stamps(&plain, |text| text.contains("AQI")), None)
    }

    fn known(day: &str, hour: u32, minute: u32) -> Issue {
        Issue::At(IssuedAt { day: day.parse().expect("a day"), hour, minute })
    }

    #[test]
    fn an_issue_keeps_its_minutes_and_is_found_wherever_it_stands() {
        for (line, hour, minute) in [
            ("某某市环境监测站 2026年08月12日17时", 17, 0),
            ("发布时间：2026年8月12日15时30分", 15, 30),
            ("发布时间：2026-08-12 16:05:33", 16, 5),
            ("某某市空气质量预报（2026年8月12日下午4点半）", 16, 30),
            ("某某市生态环境局2026年8月12日17时发布：8月13日AQI为105-135", 17, 0),
            ("气象台2026年8月12日（星期三）17时联合发布的空气质量预报：13日AQI为55-75", 17, 0),
        ] {
            assert_eq!(at(line), known("2026-08-12", hour, minute), "{line}");
        }
    }

    #[test]
    fn what_is_no_issue_is_not_taken_for_one() {
        for line in [
            "2026年8月12日14时，我市AQI为58",
            "2026年8月12日16时发布的全市AQI为158",
            "2026年8月1日-2026年8月11日AQI为58",
            "2026年8月12日0时至15时",
            "监测时间：2026年8月12日14时",
            "预报日期：2026年8月13日",
            "空气质量预测日期:2026-08-13",
            "今天是2026年8月15日",
            "2026年8月13日空气质量预报",
            "预计污染过程将持续至2026年8月15日",
            "受高压影响，轻度污染过程将持续到2026年8月15日17时",
        ] {
            assert_eq!(at(line), Issue::Unknown, "{line}");
        }
        let day = "2026-08-12".parse().expect("a day");
        for line in ["发布日期：2026-08-12", "本周空气质量预报（2026年8月12日）", "2026年8月12日，本台获悉，AQI为58"]
        {
            assert_eq!(at(line), Issue::Day(day), "{line}");
        }
    }
}
