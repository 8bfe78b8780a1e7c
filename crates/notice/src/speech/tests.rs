use super::*;

/// Sentences and their readings, one a line: text, tab, reading; `!` and the pieces that can't be read.
const PHRASES: &str = include_str!("../../../../tests/speech/phrases.tsv");

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    PHRASES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[test]
fn every_phrase_of_the_table_is_read_as_it_says() {
    let mut wrong = Vec::new();
    for (text, wanted) in cases() {
        let read = match aloud(text, &Sayings::new()) {
            Ok(read) => {
                assert!(is_pure(&read), "{text}: {read}");
                read
            }
            Err(unread) => format!("!{}", unread.iter().map(|u| u.piece.as_str()).collect::<Vec<_>>().join(" ")),
        };
        if read != wanted {
            wrong.push(format!("{text}\n  {read}\n  {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases().count(), wrong.join("\n"));
    assert!(cases().count() >= 300, "{}", cases().count());
}

/// What a spoken text says, read as a listener hears it: hours from the midnight that begins 13 September 2026.
fn heard(text: &str) -> Vec<i64> {
    let day = |words: &str| -> (i64, usize) {
        let found = (13..30).filter_map(|day: i64| {
            let name = format!("九月{}日", cardinal(u64::try_from(day).ok()?));
            words.find(&name).map(|place| (place, day, place + name.len()))
        });
        let (_, day, end) = found.min().unwrap_or_else(|| panic!("no day: {words}"));
        ((day - 13) * 24, end)
    };
    let clock = |words: &str| -> i64 {
        if words == "零点" {
            return 0;
        }
        let names = ["十二", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一"];
        let (part, hour) = words.trim_end_matches('点').split_at(6);
        let hour = i64::try_from(names.iter().position(|name| *name == hour).expect("an hour")).expect("an hour");
        match part {
            "凌晨" | "早上" | "上午" => hour,
            "中午" => 12,
            "夜里" => 24,
            _ => hour + 12,
        }
    };
    let mut hours = Vec::new();
    let text = text.replace("，一直到", "到").replace("，每天", "每天");
    for piece in text.split('，') {
        if let Some((days, each)) = piece.split_once("每天") {
            let (from, to) = days.split_once('到').expect("days");
            let (start, end) = each.split_once('到').expect("hours");
            let mut one = day(from).0;
            while one <= day(to).0 {
                hours.extend(one + clock(start)..one + clock(end));
                one += 24;
            }
            continue;
        }
        let Some((from, to)) = piece.split_once('到') else {
            let first = day(piece).0;
            hours.extend(first..first + 24);
            continue;
        };
        let (first, begins) = day(from);
        let start = from.get(begins..).filter(|rest| !rest.is_empty()).map(clock);
        let (last, end) = if to.contains('日') {
            let (last, ends) = day(to);
            (last, to.get(ends..).filter(|rest| !rest.is_empty()).map_or(24, clock))
        } else {
            (first, clock(to))
        };
        hours.extend(first + start.unwrap_or(0)..last + end);
    }
    hours
}

proptest::proptest! {
    #[test]
    fn what_is_spoken_covers_exactly_the_told_hours(
        periods in proptest::collection::vec((0_i64..3, 0_i64..24, 1_i64..60, proptest::bool::ANY), 1..4),
    ) {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let first = zone.at(NaiveDate::from_ymd_opt(2026, 9, 13).expect("a day"), 0);
        let (mut next, mut told) = (0, Vec::new());
        for (gap, from, length, usual) in periods {
            let (from, length) = if usual { (10, 7) } else { (from, length) };
            let start = next + gap * 24 + from;
            told.push((start, start + length));
            next = ((start + length) / 24 + 1) * 24;
        }
        let at = |hour: i64| first + chrono::Duration::hours(hour);
        let given: Vec<Period> = told.iter().map(|(from, to)| Period { start: at(*from), end: at(*to) }).collect();
        let text = when(&given, &zone, at(-14));
        let hours: Vec<i64> = told.iter().flat_map(|(from, to)| *from..*to).collect();
        proptest::prop_assert_eq!(heard(&text), hours, "{}", text);
    }
}

#[test]
fn one_period_over_several_days_is_not_said_of_each_day() {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let at = |day, hour| zone.at(NaiveDate::from_ymd_opt(2026, 9, day).expect("a day"), hour);
    let when = |from, to| when(&[Period { start: from, end: to }], &zone, at(12, 10));
    assert_eq!(when(at(13, 12), at(15, 24)), "从明天九月十三日中午十二点，一直到九月十五日夜里十二点");
    assert_eq!(when(at(13, 20), at(14, 8)), "明天九月十三日晚上八点到后天九月十四日上午八点");
    assert_eq!(when(at(13, 0), at(13, 17)), "明天九月十三日零点到下午五点");
    assert_eq!(when(at(13, 10), at(13, 24)), "明天九月十三日上午十点到夜里十二点");
}
