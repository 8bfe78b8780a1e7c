//! Whether somebody who is told of extensions seldom is told of a revision.
//!
//! In: how seldom, when the person was told last and of which periods, what is asked now. Out: whether the person is told
//! now. Can't happen: days taken away, other hours, a higher level or an order kept from somebody; a letter that changes
//! nothing for its reader.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Duration, Utc};

use super::Purpose;
use cuofeng_base::time::Hour;
use cuofeng_rules::Tell;
use cuofeng_rules::warning::Span;

/// Whether a recipient is told of a revision that may be an extension alone. `last` is when it was told last, and of what;
/// none where nothing has reached it.
#[must_use]
pub fn hears(
    tell: &Tell,
    (purpose, extends): (&Purpose, bool),
    last: Option<(DateTime<Utc>, &[Span])>,
    asked: &[Span],
    now: DateTime<Utc>,
) -> bool {
    let Some((days, (at, told))) = tell.extend_days.zip(last) else { return true };
    let (told, asked) = (ahead(told, now), ahead(asked, now));
    match purpose {
        Purpose::Lift => !told.is_empty(),
        Purpose::Update if told == asked => false,
        Purpose::Update => {
            let stands = told.iter().all(|(hour, of)| asked.get(hour) == Some(of));
            let news = || asked.iter().filter(|(hour, _)| !told.contains_key(hour)).map(|(_, of)| of);
            // The lower number is the higher level.
            let highest = told.values().map(|(level, _)| *level).min();
            let more = news().any(|(level, ordered)| *ordered || highest.is_some_and(|highest| *level < highest));
            !(extends && stands && !more && now - at < Duration::days(i64::from(days)))
        }
        _ => true,
    }
}

/// The level of each hour from an instant on, and whether it is ordered.
fn ahead(spans: &[Span], now: DateTime<Utc>) -> BTreeMap<Hour, (usize, bool)> {
    let hours = spans.iter().flat_map(|span| {
        let Range { start, end } = span.period.starts();
        (start.0..end.0).map(move |hour| (Hour(hour), (span.level, span.ordered)))
    });
    hours.filter(|(hour, _)| *hour >= Hour::containing(now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_base::time::{Period, Zone};

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        zone.at(chrono::NaiveDate::from_ymd_opt(2026, 9, day).expect("a day"), hour)
    }

    fn days(from: u32, to: u32, level: usize) -> Span {
        Span::own(Period { start: at(from, 0), end: at(to + 1, 0) }, level)
    }

    #[test]
    fn an_extension_waits_and_whatever_else_changes_for_its_reader_does_not() {
        let tell = Tell { extend_days: Some(7), ..cuofeng_rules::relay::sample().tell[0].clone() };
        let told = [days(15, 16, 1)];
        let last = || Some((at(14, 8), &told[..]));
        let heard = |last, asked: &[Span], now| hears(&tell, (&Purpose::Update, true), last, asked, now);
        assert!(!heard(last(), &[days(15, 18, 1)], at(15, 8)), "an extension alone");
        assert!(!heard(last(), &[days(17, 20, 1)], at(17, 8)), "also where what was told is over");
        assert!(heard(last(), &[days(19, 22, 1)], at(21, 8)), "once in seven days");
        assert!(heard(None, &[days(15, 18, 1)], at(15, 8)), "nothing has reached that person");
        assert!(heard(last(), &[days(15, 15, 1)], at(15, 8)), "a day is taken away");
        assert!(heard(last(), &[days(15, 16, 1), days(17, 17, 0)], at(15, 8)), "a higher level");
        let order = Span { ordered: true, ..days(17, 17, 1) };
        assert!(heard(last(), &[days(15, 16, 1), order], at(15, 8)), "an order");
        assert!(!hears(&tell, (&Purpose::Update, false), last(), &[days(15, 16, 1)], at(15, 8)), "nothing differs");
        assert!(hears(&tell, (&Purpose::Update, false), last(), &[days(15, 18, 1)], at(15, 8)), "a person extends it");
        assert!(hears(&tell, (&Purpose::Lift, false), last(), &[], at(15, 8)));
        assert!(!hears(&tell, (&Purpose::Lift, false), last(), &[], at(17, 8)), "all that was told ended by itself");
        let often = Tell { extend_days: None, ..tell.clone() };
        assert!(hears(&often, (&Purpose::Update, true), last(), &[days(15, 18, 1)], at(15, 8)));
    }
}
