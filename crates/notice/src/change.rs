//! What a revision changes of what was told, in words for its first line.
//!
//! In: the periods told before and those asked now, the levels' names, the present. Out: the words: 延长到9月16日,
//! 14日、15日不再要求, 9月14日提高为…; and how a warning ends. Can't happen: a change said of hours that are past; a name
//! of an official tier outside an order.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Purpose, forbidden};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Period, Zone, days_words};
use cuofeng_rules::warning::Span;

/// Characters that the words have room for in a short message: those of a hole in an approved text.
pub const MOST: usize = 35;

/// What is asked of a day: from when to when, in minutes of the day, and at which level.
type Asked = Vec<(i64, i64, usize)>;

/// The change from what was told to what is asked now. Periods that are over count for nothing. Where it is about what is
/// forbidden all the year (`banned`), a day that is taken away frees nobody.
#[must_use]
pub fn words(
    (before, after): (&[Span], &[Span]),
    (levels, banned): (&[String], bool),
    now: DateTime<Utc>,
    zone: &Zone,
    lang: Lang,
) -> String {
    let (told, asked) = (by_day(before, now, zone), by_day(after, now, zone));
    let added: Vec<NaiveDate> = asked.keys().filter(|day| !told.contains_key(day)).copied().collect();
    let removed: Vec<NaiveDate> = told.keys().filter(|day| !asked.contains_key(day)).copied().collect();
    let both = || told.iter().filter_map(|(day, before)| Some((*day, before, asked.get(day)?)));
    let level = |asked: &Asked| asked.iter().map(|(.., level)| *level).min();
    let hours = |asked: &Asked| asked.iter().map(|(from, to, _)| (*from, *to)).collect::<Vec<_>>();
    let mut parts: Vec<Message> = Vec::new();
    let extends = told.keys().next_back().zip(added.first()).is_some_and(|(last, first)| last < first);
    match added.last() {
        Some(last) if extends => parts.push(msg!("change.extended", day = days_words(&[*last], lang))),
        Some(_) => parts.push(msg!("change.added", days = days_words(&added, lang))),
        None => {}
    }
    if !removed.is_empty() {
        let days = days_words(&removed, lang);
        parts.push(if banned {
            msg!("change.removed_banned", days = days)
        } else {
            msg!("change.removed", days = days)
        });
    }
    let at = |wanted: &dyn Fn(usize, usize) -> bool| {
        let mut found: BTreeMap<usize, Vec<NaiveDate>> = BTreeMap::new();
        for (day, before, after) in both() {
            let levels = level(before).zip(level(after));
            if let Some((_, after)) = levels.filter(|(before, after)| wanted(*before, *after)) {
                found.entry(after).or_default().push(day);
            }
        }
        found
    };
    let mut raised = at(&|before, after| after < before);
    // Of a new day more may be asked than of any that was told.
    let highest = told.values().filter_map(level).min();
    for day in &added {
        let own = asked.get(day).and_then(level);
        if let Some((own, _)) = own.zip(highest).filter(|(own, highest)| own < highest) {
            raised.entry(own).or_default().push(*day);
        }
    }
    for (level, mut days) in raised {
        days.sort_unstable();
        parts.push(moved(("change.raised", "change.raised_unnamed"), levels, level, &days, lang));
    }
    for (level, days) in at(&|before, after| after > before) {
        parts.push(moved(("change.lowered", "change.lowered_unnamed"), levels, level, &days, lang));
    }
    let other: Vec<NaiveDate> = both().filter(|(_, b, a)| hours(b) != hours(a)).map(|(day, ..)| day).collect();
    if !other.is_empty() {
        parts.push(msg!("change.hours", days = days_words(&other, lang)));
    }
    if parts.is_empty() {
        return msg!("change.plan").text(lang);
    }
    let gap = if lang == Lang::Zh { "，" } else { ", " };
    parts.iter().map(|part| part.text(lang)).collect::<Vec<_>>().join(gap)
}

/// To which day a warning is extended, where days after those told are added and nothing else changes but levels.
#[must_use]
pub fn extended_to((before, after): (&[Span], &[Span]), now: DateTime<Utc>, zone: &Zone) -> Option<NaiveDate> {
    let (told, asked) = (by_day(before, now, zone), by_day(after, now, zone));
    let hours = |asked: &Asked| asked.iter().map(|(from, to, _)| (*from, *to)).collect::<Vec<_>>();
    let (known, last) = (*told.keys().next_back()?, *asked.keys().next_back()?);
    let stands = told.iter().all(|(day, before)| asked.get(day).is_some_and(|after| hours(before) == hours(after)));
    let beyond = asked.keys().all(|day| *day > known || told.contains_key(day));
    (stands && beyond && last > known).then_some(last)
}

/// The words of a change where there is little room.
#[must_use]
pub fn short(words: &str, lang: Lang) -> String {
    if words.chars().count() > MOST { msg!("change.many").text(lang) } else { words.to_owned() }
}

/// A change and the hours that the recipient loses by it; and, for where there is little room, that it loses some.
#[must_use]
pub fn with_lost(words: &str, lost: &[String], lang: Lang) -> (String, String) {
    let with = |more: &str| [words, more].join(lang.semicolon());
    let some = with(&msg!("change.lost_some").text(lang));
    (with(&lost.join(lang.semicolon())), short(&some, lang))
}

/// That days move to a level, by its name where that is not one of an official tier.
fn moved(
    (named, unnamed): (&'static str, &'static str),
    levels: &[String],
    level: usize,
    days: &[NaiveDate],
    lang: Lang,
) -> Message {
    let days = days_words(days, lang);
    match levels.get(level).filter(|name| forbidden(name).is_none()) {
        Some(name) => msg!(named).with("days", days).with("level", name),
        None => msg!(unnamed).with("days", days),
    }
}

/// How a warning ends: told in error, an order that is over, before it began, or before its time.
#[must_use]
pub fn ending(purpose: Purpose, is_order: bool, spans: &[Span], now: DateTime<Utc>) -> Message {
    let begun = spans.iter().any(|span| span.period.start <= now);
    match purpose {
        Purpose::Cancel => msg!("change.withdrawn"),
        _ if is_order => msg!("change.over"),
        _ if begun => msg!("change.early"),
        _ => msg!("change.cancelled"),
    }
}

/// When something was said, as people call it: 昨晚, 今天上午, 昨天, or its day.
#[must_use]
pub fn called(at: DateTime<Utc>, now: DateTime<Utc>, zone: &Zone, lang: Lang) -> String {
    use chrono::Timelike;
    let (then, today) = (zone.local(at), zone.day(now));
    let days = (today - then.date_naive()).num_days();
    match (days, then.hour()) {
        (0, 0..12) => msg!("change.this_morning").text(lang),
        (0, _) => msg!("change.today").text(lang),
        (1, 18..) => msg!("change.last_night").text(lang),
        (1, _) => msg!("change.yesterday").text(lang),
        _ => days_words(&[then.date_naive()], lang),
    }
}

fn by_day(spans: &[Span], now: DateTime<Utc>, zone: &Zone) -> BTreeMap<NaiveDate, Asked> {
    let mut days: BTreeMap<NaiveDate, Asked> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.period.end > now) {
        let last = zone.day(span.period.end - chrono::Duration::seconds(1));
        for day in zone.day(span.period.start).iter_days().take_while(|day| *day <= last) {
            let midnight = zone.at(day, 0);
            let whole = Period { start: midnight, end: zone.at(day, 24) };
            let Some(part) = span.period.intersect(&whole).filter(|part| part.end > now) else { continue };
            let minutes = |at: DateTime<Utc>| (at - midnight).num_minutes();
            days.entry(day).or_default().push((minutes(part.start), minutes(part.end), span.level));
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(day: u32, from: u32, to: u32, level: usize) -> Span {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let day = NaiveDate::from_ymd_opt(2026, 9, day).expect("a day");
        Span::own(Period { start: zone.at(day, from), end: zone.at(day, to) }, level)
    }

    #[test]
    fn a_change_is_said_in_words() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let now = zone.at(NaiveDate::from_ymd_opt(2026, 9, 13).expect("a day"), 18);
        let levels = ["细颗粒物重度污染".to_owned(), "细颗粒物中度污染".to_owned()];
        let tiers = ["红色预警条件".to_owned(), "黄色预警条件".to_owned()];
        let day = |day, level| span(day, 10, 17, level);
        for (levels, before, after, zh) in [
            (&levels, vec![day(14, 1), day(15, 1)], vec![day(14, 1), day(15, 1), day(16, 1)], "延长到9月16日"),
            (&levels, vec![day(14, 1), day(15, 1), day(16, 1)], vec![day(16, 1)], "9月14日、15日不再要求"),
            (&levels, vec![day(15, 1)], vec![day(14, 1), day(15, 1)], "新增9月14日"),
            (&levels, vec![day(14, 1)], vec![day(14, 0)], "9月14日升为“细颗粒物重度污染”"),
            (&tiers, vec![day(14, 1)], vec![day(14, 0)], "9月14日的要求提高"),
            // A new day of which more is asked is no mere extension.
            (&levels, vec![day(14, 1)], vec![day(14, 1), day(15, 0)], "延长到9月15日，9月15日升为“细颗粒物重度污染”"),
            (&tiers, vec![day(14, 1)], vec![day(14, 0), day(15, 0)], "延长到9月15日，9月14日、15日的要求提高"),
            (&levels, vec![day(14, 0)], vec![day(14, 0), day(15, 1)], "延长到9月15日"),
            (&levels, vec![day(14, 0)], vec![day(14, 1)], "9月14日降为“细颗粒物中度污染”"),
            (&levels, vec![day(14, 1)], vec![span(14, 12, 17, 1)], "9月14日的钟点有变"),
            (&levels, vec![day(14, 1)], vec![day(14, 1)], "时段不变，作业钟点有调整"),
            // What is over changes nothing.
            (&levels, vec![day(13, 1), day(14, 1)], vec![day(14, 1), day(15, 1)], "延长到9月15日"),
            (
                &levels,
                vec![day(14, 1), day(16, 1), day(18, 1), day(20, 0)],
                vec![day(15, 1), day(17, 1), day(19, 1), day(20, 1)],
                "新增9月15日、17日、19日，9月14日、16日、18日不再要求，9月20日降为“细颗粒物中度污染”",
            ),
        ] {
            assert_eq!(words((&before, &after), (levels, false), now, &zone, Lang::Zh), zh);
            assert!(!words((&before, &after), (levels, false), now, &zone, Lang::En).is_empty());
        }
    }

    #[test]
    fn what_is_forbidden_all_the_year_is_never_said_to_be_free_again() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let now = zone.at(NaiveDate::from_ymd_opt(2026, 9, 13).expect("a day"), 18);
        let day = |day| span(day, 0, 24, 0);
        let said = |before: &[Span], after: &[Span], lang| words((before, after), (&[], true), now, &zone, lang);
        let fewer = said(&[day(14), day(15)], &[day(15)], Lang::Zh);
        assert_eq!(fewer, "9月14日恢复日常巡查，禁烧要求不变");
        assert_eq!(short(&fewer, Lang::Zh), fewer);
        assert!(said(&[day(14), day(15)], &[day(15)], Lang::En).contains("burning stays forbidden"));
    }

    #[test]
    fn an_extension_is_one_where_no_told_hour_changes() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let now = zone.at(NaiveDate::from_ymd_opt(2026, 9, 13).expect("a day"), 18);
        let day = |day| span(day, 10, 17, 1);
        for (before, after, last) in [
            (vec![day(14)], vec![day(14), day(15), day(16)], Some(16)),
            // What is over changes nothing.
            (vec![day(13), day(14)], vec![day(14), day(15)], Some(15)),
            (vec![day(14), day(15)], vec![day(15), day(16)], None),
            (vec![day(15)], vec![day(14), day(15), day(16)], None),
            (vec![day(14)], vec![span(14, 12, 17, 1), day(15)], None),
            (vec![day(14)], vec![day(14)], None),
        ] {
            let last = last.and_then(|last| NaiveDate::from_ymd_opt(2026, 9, last));
            assert_eq!(extended_to((&before, &after), now, &zone), last, "{after:?}");
        }
    }

    #[test]
    fn the_whole_change_stands_in_the_mail_and_few_words_where_there_is_little_room() {
        let whole = "新增9月15日、17日、19日，9月14日、16日、18日不再要求，9月20日降为“细颗粒物中度污染”";
        assert_eq!(short(whole, Lang::Zh), "时间和要求有变");
        assert_eq!(short("延长到9月16日", Lang::Zh), "延长到9月16日");
    }

    #[test]
    fn hours_that_are_lost_are_said_and_in_few_words_that_some_are() {
        let lost = ["喷涂9月14日18—19时不再可做".to_owned()];
        let (whole, short) = with_lost("延长到9月16日", &lost, Lang::Zh);
        assert_eq!(whole, "延长到9月16日；喷涂9月14日18—19时不再可做");
        assert_eq!(short, "延长到9月16日；已告知的钟点也有变");
        let long = "新增9月15日、17日、19日，9月14日、16日、18日不再要求";
        assert_eq!(with_lost(long, &lost, Lang::Zh).1, "时间和要求有变");
    }

    #[test]
    fn an_end_is_called_what_it_is() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let at = |day, hour| zone.at(NaiveDate::from_ymd_opt(2026, 9, day).expect("a day"), hour);
        let spans = [span(14, 10, 17, 0), span(15, 10, 17, 0)];
        for (purpose, is_order, now, zh) in [
            (Purpose::Lift, false, at(13, 20), "取消"),
            (Purpose::Lift, false, at(14, 10), "提前结束"),
            (Purpose::Lift, true, at(14, 10), "解除"),
            (Purpose::Cancel, false, at(13, 20), "撤回"),
        ] {
            assert_eq!(ending(purpose, is_order, &spans, now).text(Lang::Zh), zh);
        }
        for (said, words) in
            [(at(13, 20), "昨晚"), (at(13, 9), "昨天"), (at(14, 8), "今天上午"), (at(12, 20), "9月12日")]
        {
            assert_eq!(called(said, at(14, 12), &zone, Lang::Zh), words);
        }
    }
}
