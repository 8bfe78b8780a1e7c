//! Numbers, dates and telephone numbers for the ear.
//!
//! In: values. Out: Chinese words without a digit, as an announcer reads them. Can't happen: a digit or a Latin letter.

use chrono::{Datelike, Timelike};

use crate::time::{Period, Zone};

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// An integer from 0 to 9999 as it is read: 115 → 一百一十五, 10 → 十, 105 → 一百零五.
#[must_use]
pub fn number(value: u32) -> String {
    let value = value.min(9999);
    if value == 0 {
        return DIGITS[0].to_owned();
    }
    let mut out = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (value / unit % 10) as usize;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push_str(DIGITS[0]);
            gap = false;
        }
        if !(unit == 10 && digit == 1 && out.is_empty()) {
            out.push_str(DIGITS[digit]);
        }
        out.push_str(name);
    }
    out
}

/// A telephone number digit by digit, 1 read as 幺; marks between the digits become a pause.
#[must_use]
pub fn telephone(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.to_digit(10) {
            Some(1) => out.push('幺'),
            Some(digit) => out.push_str(DIGITS[digit as usize]),
            None if !out.is_empty() && !out.ends_with('，') => out.push('，'),
            None => {}
        }
    }
    out.trim_end_matches('，').to_owned()
}

/// A period: 九月二十日零时到九月二十二日二十四时; whole days without their hours.
#[must_use]
pub fn period(period: &Period, zone: &Zone) -> String {
    let (start, end) = (zone.local(period.start), zone.local(period.end));
    let day = |d: chrono::NaiveDate| format!("{}月{}日", number(d.month()), number(d.day()));
    let clock = |t: chrono::NaiveTime| {
        let minutes = match t.minute() {
            0 => String::new(),
            minute => format!("{}分", number(minute)),
        };
        format!("{}时{minutes}", number(t.hour()))
    };
    let midnight = chrono::NaiveTime::MIN;
    if start.time() == midnight && end.time() == midnight {
        let last = end.date_naive() - chrono::Duration::days(1);
        return if last == start.date_naive() {
            day(last)
        } else {
            format!("{}到{}", day(start.date_naive()), day(last))
        };
    }
    let (end_day, end_clock) = if end.time() == midnight {
        (end.date_naive() - chrono::Duration::days(1), "二十四时".to_owned())
    } else {
        (end.date_naive(), clock(end.time()))
    };
    let from = format!("{}{}", day(start.date_naive()), clock(start.time()));
    if end_day == start.date_naive() {
        format!("{from}到{end_clock}")
    } else {
        format!("{from}到{}{end_clock}", day(end_day))
    }
}

/// Seconds that reading the text aloud takes: 3.5 syllables a second, 0.25 s at a comma, 0.5 s at a full stop
/// (public announcers read 3.3 to 4 syllables a second).
#[must_use]
pub fn seconds(text: &str) -> u32 {
    let quarter_seconds: u32 = text
        .chars()
        .map(|c| match c {
            '，' | '、' | '：' | '；' => 7,
            '。' | '！' | '？' => 14,
            c if c.is_alphanumeric() => 8,
            _ => 0,
        })
        .sum();
    quarter_seconds.div_ceil(28)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_an_announcer_reads_them() {
        let cases = [
            (0, "零"),
            (5, "五"),
            (10, "十"),
            (15, "十五"),
            (20, "二十"),
            (105, "一百零五"),
            (110, "一百一十"),
            (115, "一百一十五"),
            (1005, "一千零五"),
            (1050, "一千零五十"),
        ];
        for (value, words) in cases {
            assert_eq!(number(value), words);
        }
        assert_eq!(telephone("023-12369"), "零二三，幺二三六九");
    }
}
