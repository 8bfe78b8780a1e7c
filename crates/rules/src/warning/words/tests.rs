use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

/// An hour counted from the midnight that begins 28 September 2026.
fn at(hour: i64) -> DateTime<Utc> {
    let first = NaiveDate::from_ymd_opt(2026, 9, 28).expect("a day");
    zone().at(first, 0) + chrono::Duration::hours(hour)
}

fn spans(hours: &[(i64, i64)]) -> Vec<Span> {
    hours.iter().map(|(from, to)| Span::own(Period { start: at(*from), end: at(*to) }, 0)).collect()
}

/// The hour at which a day begins, by its words; a month that is left out is that of the day before.
fn day(words: &str, month: &mut i64) -> i64 {
    let words = words.strip_suffix('日').unwrap_or_else(|| panic!("{words}"));
    let day: i64 = match words.split_once('月') {
        Some((named, day)) => {
            *month = named.parse().expect("a month");
            day.parse().expect("a day")
        }
        None => words.parse().expect("a day"),
    };
    (if *month == 10 { day + 2 } else { day - 28 }) * 24
}

fn clock(words: &str) -> i64 {
    words.trim_end_matches('时').parse().unwrap_or_else(|_| panic!("{words}"))
}

/// What a short text says, read as an outsider reads it: the hours, and whether more is said to stand elsewhere.
fn read(text: &str) -> (Vec<(i64, i64)>, bool) {
    let (text, more) = match text.strip_suffix("，其余见邮件").or_else(|| text.strip_suffix("，其余请来电"))
    {
        Some(said) => (said, true),
        None => (text, false),
    };
    let mut all = Vec::new();
    for group in text.split('；') {
        let mut month = 9;
        if let Some((from, to)) = group.split_once("时至") {
            let (first, start) = from.split_once('日').expect("a day");
            let (last, end) = to.split_once('日').expect("a day");
            let first = day(&format!("{first}日"), &mut month) + clock(start);
            all.push((first, day(&format!("{last}日"), &mut month) + clock(end)));
            continue;
        }
        let cut = group.rfind('日').filter(|cut| group.get(..*cut).is_some_and(|head| !head.ends_with('次')));
        let (days, hours) = if let Some((days, hours)) = group.split_once("每日") {
            (days, hours)
        } else if group.contains("次日") {
            let (head, _) = group.split_once("—次日").expect("a night");
            group.split_at(head.rfind('日').expect("a day") + '日'.len_utf8())
        } else {
            group.split_at(cut.expect("a day") + '日'.len_utf8())
        };
        let hours: (i64, i64) = if hours.is_empty() {
            (0, 24)
        } else {
            let (from, to) = hours.split_once('—').expect("hours");
            match to.strip_prefix("次日") {
                Some(to) => (clock(from), clock(to) + 24),
                None => (clock(from), clock(to)),
            }
        };
        for item in days.split('、') {
            let (from, to) = match item.split_once('至') {
                Some((from, to)) => (day(from, &mut month), day(to, &mut month)),
                None => (day(item, &mut month), i64::MIN),
            };
            let mut one = from;
            loop {
                all.push((one + hours.0, one + hours.1));
                one += 24;
                if one > to {
                    break;
                }
            }
        }
    }
    (all, more)
}

fn covered(periods: &[(i64, i64)]) -> Vec<i64> {
    let mut hours: Vec<i64> = periods.iter().flat_map(|(from, to)| *from..*to).collect();
    hours.sort_unstable();
    hours
}

fn some_periods() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let whole_days = (0_i64..3, 1_i64..4).prop_map(|(gap, days)| (gap, 0, days * 24));
    let day = (0_i64..3, 0_i64..24, 1_i64..80).prop_map(|(gap, from, length)| (gap, from, length));
    let usual = (0_i64..3).prop_map(|gap| (gap, 10, 7));
    prop::collection::vec(prop_oneof![whole_days, day, usual], 1..6).prop_map(|all| {
        let mut next = 0;
        let mut periods: Vec<(i64, i64)> = Vec::new();
        for (gap, from, length) in all {
            let start = next + gap * 24 + from;
            periods.push((start, start + length));
            next = ((start + length) / 24 + 1) * 24;
        }
        periods
    })
}

proptest! {
    #[test]
    fn a_short_text_says_exactly_the_told_hours_or_that_more_stands_elsewhere(
        periods in some_periods(), most in prop_oneof![Just(35_usize), Just(500)], by_mail: bool,
    ) {
        let text = spans_short(&spans(&periods), &zone(), Lang::Zh, most, by_mail);
        prop_assert!(text.chars().count() <= most, "{text}");
        prop_assert!(!text.contains(if by_mail { "来电" } else { "邮件" }), "{text}");
        if !text.ends_with("起，日期和钟点见邮件") && !text.ends_with("起，日期和钟点请来电") {
            let (said, more) = read(&text);
            let (said, told) = (covered(&said), covered(&periods));
            prop_assert!(most == 35 || !more, "{text}");
            prop_assert!(more && said.iter().all(|hour| told.contains(hour)) || said == told, "{text}: {periods:?}");
        }
    }
}

#[test]
fn a_period_over_several_days_is_said_as_one() {
    let short = |hours: &[(i64, i64)], lang| spans_short(&spans(hours), &zone(), lang, 35, true);
    for (hours, zh, en) in [
        (vec![(12, 72)], "9月28日12时至30日24时", "28 September 12:00 to 30 September 24:00"),
        (vec![(12, 84)], "9月28日12时至10月1日12时", ""),
        (vec![(20, 32)], "9月28日20时—次日8时", "28 September 20:00–08:00 of the day after"),
        (vec![(0, 24), (48, 96)], "9月28日、30日、10月1日", "28 September, 30 September–1 October"),
        (vec![(10, 17), (34, 41)], "9月28日、29日每日10—17时", "28–29 September, daily 10:00–17:00"),
    ] {
        assert_eq!(short(&hours, Lang::Zh), zh);
        if !en.is_empty() {
            assert_eq!(spans_short(&spans(&hours), &zone(), Lang::En, 60, true), en);
        }
    }
    let scattered = [(10, 17), (58, 65), (106, 114), (154, 160)];
    assert_eq!(short(&scattered, Lang::Zh), "9月28日、30日每日10—17时；10月2日10—18时，其余见邮件");
    assert_eq!(short(&scattered, Lang::En), "from 28 September; hours by mail");
}

#[test]
fn a_night_that_returns_ends_on_the_day_after() {
    let nights = spans(&[(20, 32), (44, 56)]);
    assert_eq!(spans_words(&nights, &zone(), Lang::Zh), "9月28日至9月29日每日20:00—次日08:00");
}
