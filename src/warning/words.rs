//! Told periods in words.
//!
//! In: spans and the zone. Out: the sentence part that notices and tables print. Can't happen: two days said as one
//! where their clock hours differ.

use chrono::Timelike;

use super::Span;
use crate::msg;
use crate::text::{Lang, Message};
use crate::time::{Period, Zone};

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
        let (from, to) = (crate::time::day_words(day(first), lang), crate::time::day_words(day(last), lang));
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
