//! Lines of bulletins that wait for a person, told to duty staff.
//!
//! In: what waits, and what of it was told before. Out: one letter for all lines that are new, if they speak of today or
//! later; the alarm ended when none of its lines matters any more. Can't happen: a line that was told twice; a line that
//! speaks of a day to come and is only on a list that nobody opens.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::error::AppError;
use crate::watching::alarm::{Alarms, WHOLE_SITE, first_names};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message, outside};
use cuofeng_base::time::{Zone, day_words};
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use cuofeng_store::bulletins::Waiting;
use cuofeng_town::roster::people::mask_all;

/// How many characters of a line a letter has room for.
const QUOTED: usize = 40;

/// Tells duty staff of the lines that wait since the last letter about lines. Gives the number of notices made.
pub(crate) async fn tell_lines(site: &Site, store: &Store, now: DateTime<Utc>) -> Result<usize, AppError> {
    let (zone, lang) = (&site.config.zone, site.config.language);
    let today = zone.day(now);
    let mut waiting = store.waiting_lines().await?;
    waiting.retain(|line| matters(line, today, zone));
    let alarms = store.places_of(Trouble::Lines.kind()).await?;
    // Lines are numbered as they come in, and one that has ceased to matter never matters again.
    let known = alarms.iter().filter_map(|key| told(key)).map(|(_, last)| last).max().unwrap_or(0);
    let new: Vec<&Waiting> = waiting.iter().filter(|line| line.number > known).collect();
    let mut made = 0;
    if let (Some(first), Some(last)) = (new.first(), new.last()) {
        let (key, why) = (key(first.number, last.number), why(&new, today, lang));
        made += Alarms::new(site, store).alarm(Trouble::Lines, &key, &site.config.name, Some(&why), now).await?;
    }
    for (kind, key) in store.open_kinds().await? {
        let of = told(&key).filter(|_| kind == Trouble::Lines.kind());
        if of.is_some_and(|(first, last)| waiting.iter().all(|line| !(first..=last).contains(&line.number))) {
            Alarms::new(site, store).alarm_settled(Trouble::Lines, &key, &Trouble::Lines.over(), now).await?;
        }
    }
    Ok(made)
}

/// Whether a line says anything of a day that is not over: by its days, where any was read; else it came in lately.
fn matters(line: &Waiting, today: NaiveDate, zone: &Zone) -> bool {
    match line.understood.iter().map(|outlook| outlook.day).max() {
        Some(last) => last >= today,
        None => zone.day(line.issued_at.unwrap_or(line.seen_at)) + Days::new(1) >= today,
    }
}

/// What an alarm about lines goes by: the numbers of the first and the last that it tells of.
fn key(first: i64, last: i64) -> String {
    format!("{WHOLE_SITE}-{first}-{last}")
}

/// The numbers of the first and the last line that an alarm tells of.
fn told(key: &str) -> Option<(i64, i64)> {
    let (first, last) = key.strip_prefix(WHOLE_SITE)?.strip_prefix('-')?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Whose lines they are, how many, of which days, and how the first begins.
fn why(lines: &[&Waiting], today: NaiveDate, lang: Lang) -> Message {
    let feeds: BTreeSet<&str> = lines.iter().map(|line| line.feed.as_str()).collect();
    let days = lines.iter().flat_map(|line| &line.understood).map(|outlook| outlook.day).filter(|day| *day >= today);
    let days: Vec<String> = days.collect::<BTreeSet<_>>().into_iter().map(|day| day_words(day, lang)).collect();
    let days = match days.as_slice() {
        [] => msg!("alarm.lines_no_day").text(lang),
        days => first_names(days.iter().map(String::as_str).collect(), lang),
    };
    let line = lines.first().map_or("", |line| line.line.as_str());
    let quoted: String = mask_all(&outside::line(line)).chars().take(QUOTED).collect();
    let feeds = first_names(feeds.into_iter().collect(), lang);
    msg!("alarm.lines_why", feeds = feeds, count = lines.len(), days = days, line = quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_air::forecast::Outlook;

    #[test]
    fn a_line_matters_until_its_last_day_is_over_and_one_without_days_for_a_day() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let day = |number| NaiveDate::from_ymd_opt(2026, 9, number).expect("a day");
        let line = |days: &[u32]| Waiting {
            number: 1,
            feed: "bureau".into(),
            region: "r".into(),
            source: "0911.txt".into(),
            issued_at: None,
            seen_at: zone.at(day(11), 18),
            line: "912日".into(),
            understood: days.iter().map(|number| Outlook::new(day(*number))).collect(),
            why: String::new(),
        };
        for (days, today, is) in [
            ([12, 13].as_slice(), 13, true),
            ([12, 13].as_slice(), 14, false),
            ([10].as_slice(), 11, false),
            ([].as_slice(), 11, true),
            ([].as_slice(), 12, true),
            ([].as_slice(), 13, false),
        ] {
            assert_eq!(matters(&line(days), day(today), &zone), is, "{days:?} on the {today}th");
        }
    }

    #[test]
    fn the_key_of_an_alarm_holds_the_numbers_of_its_lines() {
        assert_eq!(told(&key(3, 17)), Some((3, 17)));
        assert_eq!(told("order-1"), None);
    }
}
