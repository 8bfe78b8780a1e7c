//! Told periods in words.
//!
//! In: spans and the zone. Out: the sentence part that notices and tables print. Can't happen: two days said as one
//! where their clock hours differ.

use chrono::{NaiveDate, Timelike};

use super::Span;
use crate::msg;
use crate::text::{Lang, Message};
use crate::time::{Period, Zone, day_words, days_words, short_hours};

/// The periods as people say them: equal clock hours on consecutive days are said once.
/// `9月13日至9月16日每日10:00—17:00；9月18日12:00—17:00`.
#[must_use]
pub fn spans_words(spans: &[Span], zone: &Zone, lang: Lang) -> String {
    let mut parts: Vec<Message> = Vec::new();
    let mut rest = spans;
    while let Some(first) = rest.first() {
        let clock = |s: &Span| (zone.local(s.period.start).time(), s.period.end - s.period.start);
        let day = |s: &Span| zone.day(s.period.start);
        let run = rest
            .iter()
            .enumerate()
            .take_while(|(i, s)| {
                let days = i64::try_from(*i).unwrap_or(0);
                clock(s) == clock(first) && (day(s) - day(first)).num_days() == days
            })
            .count()
            .max(1);
        let whole_days = zone.local(first.period.start).hour() == 0 && first.period.whole_hours() == 24;
        let last = rest.get(run - 1).unwrap_or(first);
        let (from, to) = (day_words(day(first), lang), day_words(day(last), lang));
        parts.push(if run == 1 {
            Message::new("time.plain").with("text", zone.period_words(&first.period, lang))
        } else if whole_days {
            let all = Period { start: first.period.start, end: last.period.end };
            Message::new("time.plain").with("text", zone.period_words(&all, lang))
        } else {
            let start = zone.local(first.period.start).format("%H:%M").to_string();
            let end = zone.local(first.period.end);
            let end = if end.hour() == 0 { "24:00".to_owned() } else { end.format("%H:%M").to_string() };
            msg!("time.daily", from = from, to = to, start = start, end = end)
        });
        rest = rest.get(run..).unwrap_or(&[]);
    }
    let joined: Vec<String> = parts.iter().map(|m| m.text(lang)).collect();
    joined.join(lang.semicolon())
}

/// The periods in at most `most` characters, for a short message: `9月14日至16日每日10—17时`. Where they have no room, how
/// many days there are.
#[must_use]
pub fn spans_short(spans: &[Span], zone: &Zone, lang: Lang, most: usize) -> String {
    let mut groups: Vec<((usize, usize), Vec<NaiveDate>)> = Vec::new();
    for period in merged(spans) {
        let (start, end) = (zone.local(period.start), zone.local(period.end));
        let minutes = |at: chrono::NaiveTime| usize::try_from(at.hour() * 60 + at.minute()).unwrap_or(0);
        let whole_days = minutes(start.time()) == 0 && minutes(end.time()) == 0;
        let first = start.date_naive();
        let last = zone.day(period.end - chrono::Duration::seconds(1));
        let (hours, days) = if whole_days {
            ((0, 1440), first.iter_days().take_while(|day| *day <= last).collect())
        } else {
            let beyond = usize::try_from((end.date_naive() - first).num_days()).unwrap_or(0) * 1440;
            ((minutes(start.time()), minutes(end.time()) + beyond), vec![first])
        };
        match groups.iter_mut().find(|(known, _)| *known == hours) {
            Some((_, known)) => known.extend(days),
            None => groups.push((hours, days)),
        }
    }
    let words = |((from, to), days): &((usize, usize), Vec<NaiveDate>)| {
        let named = days_words(days, lang);
        match (*to > 1440, (*from, *to) == (0, 1440), days.len() > 1) {
            (_, true, _) => Message::new("time.plain").with("text", named),
            (true, ..) => msg!("time.overnight", days = named, start = from / 60, end = to % 1440 / 60),
            (_, _, true) => msg!("time.daily_short", days = named, hours = short_hours(&[(*from, *to)], lang)),
            _ => msg!("time.day_short", day = named, hours = short_hours(&[(*from, *to)], lang)),
        }
        .text(lang)
    };
    let all = groups.iter().map(words).collect::<Vec<_>>().join(lang.semicolon());
    if all.chars().count() <= most {
        return all;
    }
    let mut days: Vec<NaiveDate> = groups.iter().flat_map(|(_, days)| days.iter().copied()).collect();
    days.sort_unstable();
    days.dedup();
    let first = days.first().map_or_else(String::new, |day| day_words(*day, lang));
    msg!("time.days_from", from = first, count = days.len()).text(lang)
}

/// The periods, contiguous ones as one.
#[must_use]
pub fn merged(spans: &[Span]) -> Vec<Period> {
    let mut merged: Vec<Period> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.end == span.period.start => last.end = span.period.end,
            _ => merged.push(span.period),
        }
    }
    merged
}
