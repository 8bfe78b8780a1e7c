//! Told periods in words.
//!
//! In: spans and the zone. Out: the sentence part that notices and tables print. Can't happen: two days said as one
//! where their clock hours differ.

use chrono::{NaiveDate, Timelike};

use super::Span;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Period, Zone, clock_short, day_words, days_words, short_hours};

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
        // Day after day from the same hour on is one period.
        let whole_days = first.period.whole_hours() == 24;
        let last = rest.get(run - 1).unwrap_or(first);
        let (from, to) = (day_words(day(first), lang), day_words(day(last), lang));
        parts.push(if run == 1 {
            msg!("time.plain").with("text", zone.period_words(&first.period, lang))
        } else if whole_days {
            let all = Period { start: first.period.start, end: last.period.end };
            msg!("time.plain").with("text", zone.period_words(&all, lang))
        } else {
            let start = zone.local(first.period.start).format("%H:%M").to_string();
            let last = zone.local(first.period.end);
            let clock = last.format("%H:%M").to_string();
            let end = match (last.date_naive() - day(first)).num_days() {
                0 => clock,
                _ if clock == "00:00" => "24:00".to_owned(),
                _ => msg!("time.next_day", clock = clock).text(lang),
            };
            msg!("time.daily", from = from, to = to, start = start, end = end)
        });
        rest = rest.get(run..).unwrap_or(&[]);
    }
    let joined: Vec<String> = parts.iter().map(|m| m.text(lang)).collect();
    joined.join(lang.semicolon())
}

/// The periods in at most `most` characters, for a short message: `9月14日至16日每日10—17时`. What has no room stands in
/// the mail, or is to be asked by telephone where there is no mail.
#[must_use]
pub fn spans_short(spans: &[Span], zone: &Zone, lang: Lang, most: usize, by_mail: bool) -> String {
    let groups = groups(spans, zone);
    let fits = |text: &String| text.chars().count() <= most;
    let join = |groups: &[Group]| groups.iter().map(|g| g.words(zone, lang)).collect::<Vec<_>>().join(lang.semicolon());
    let more = if by_mail { msg!("asks.more") } else { msg!("asks.more_call") }.text(lang);
    let some = (1..groups.len()).rev().map(|count| join(groups.get(..count).unwrap_or(&[])) + &more);
    // Of days that are too many to be named together the first ones are.
    let first = groups.first().and_then(Group::days).map(|(hours, days)| {
        let some = move |count| days.get(..count).map(|days| Group::Days(hours, days.to_vec()));
        (1..days.len()).rev().filter_map(some).map(|group| group.words(zone, lang) + &more)
    });
    let elsewhere = || {
        let from = spans.first().map_or_else(String::new, |span| day_words(zone.day(span.period.start), lang));
        if by_mail { msg!("time.in_mail", from = from) } else { msg!("time.by_call", from = from) }.text(lang)
    };
    let all = std::iter::once(join(&groups));
    all.chain(some).chain(first.into_iter().flatten()).find(fits).unwrap_or_else(elsewhere)
}

/// Minutes from the midnight at which a period's first day begins: from when to when.
type Minutes = (usize, usize);

/// Minutes of a day.
const DAY: usize = 1440;

/// What is said at once in a short message.
enum Group {
    /// The same hours on days; they may run into the day after.
    Days(Minutes, Vec<NaiveDate>),
    /// One period over several days, from one hour to another.
    Long(Period),
}

impl Group {
    fn days(&self) -> Option<(Minutes, &Vec<NaiveDate>)> {
        match self {
            Self::Days(hours, days) => Some((*hours, days)),
            Self::Long(_) => None,
        }
    }

    fn words(&self, zone: &Zone, lang: Lang) -> String {
        match self {
            Self::Long(period) => zone.long_words(period, lang),
            Self::Days((0, DAY), days) => days_words(days, lang),
            Self::Days((from, to), days) if *to > DAY => {
                let (start, end) = (clock_short(*from, lang), clock_short(to % DAY, lang));
                msg!("time.overnight", days = days_words(days, lang), start = start, end = end).text(lang)
            }
            Self::Days(hours, days) if days.len() > 1 => {
                msg!("time.daily_short", days = days_words(days, lang), hours = short_hours(&[*hours], lang)).text(lang)
            }
            Self::Days(hours, days) => {
                msg!("time.day_short", day = days_words(days, lang), hours = short_hours(&[*hours], lang)).text(lang)
            }
        }
    }
}

fn groups(spans: &[Span], zone: &Zone) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for period in merged(spans) {
        let (start, end) = (zone.local(period.start), zone.local(period.end));
        let first = start.date_naive();
        let minutes = |at: chrono::NaiveTime| usize::try_from(at.hour() * 60 + at.minute()).unwrap_or(0);
        let beyond = usize::try_from((end.date_naive() - first).num_days()).unwrap_or(0) * DAY;
        let (from, to) = (minutes(start.time()), minutes(end.time()) + beyond);
        let (hours, days) = match (from, to) {
            (0, to) if to % DAY == 0 => {
                let last = zone.day(period.end - chrono::Duration::seconds(1));
                ((0, DAY), first.iter_days().take_while(|day| *day <= last).collect())
            }
            // A night, or a part of one day.
            (from, to) if to <= DAY || to < 2 * DAY && to - from < DAY => ((from, to), vec![first]),
            _ => {
                groups.push(Group::Long(period));
                continue;
            }
        };
        let same = groups.iter_mut().find_map(|group| match group {
            Group::Days(known, days) if *known == hours => Some(days),
            _ => None,
        });
        match same {
            Some(known) => known.extend(days),
            None => groups.push(Group::Days(hours, days)),
        }
    }
    groups
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

#[cfg(test)]
mod tests;
