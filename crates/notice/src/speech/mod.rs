//! Text for the ear: whatever is to be read aloud, in Chinese words alone.
//!
//! In: a text as a template renders it, and the site's own sayings. Out: the same in Chinese characters and the marks
//! ，。！？、, or every piece that can't be read, each with why. Can't happen: a digit, a letter or a sign left for the
//! engine to guess at; a reading chosen where two are as likely.

pub mod by_date;
mod number;
mod read;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period, Zone};
pub use number::cardinal;

/// How a site wants words of its own read, by the word as written.
pub type Sayings = BTreeMap<String, String>;

/// A piece of a text that can't be read aloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The piece, as written.
    pub piece: String,
    /// What keeps it from being read.
    pub why: Why,
}

/// What keeps a piece from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A number that could be read in more than one way, or in none.
    Number,
    /// Latin letters that are no abbreviation in capitals.
    Letters,
    /// A dash or stroke that could mean more than one thing.
    Sign,
    /// A character that engines don't know.
    Character,
}

impl Unread {
    /// What is wrong, for the user.
    #[must_use]
    pub fn message(&self) -> Message {
        let piece = &self.piece;
        match self.why {
            Why::Number => cuofeng_base::msg!("speech.number", piece = piece),
            Why::Letters => cuofeng_base::msg!("speech.letters", piece = piece),
            Why::Sign => cuofeng_base::msg!("speech.sign", piece = piece),
            Why::Character => cuofeng_base::msg!("speech.character", piece = piece),
        }
    }
}

/// The text in words that can be read aloud as they stand.
///
/// ```
/// use cuofeng_notice::speech::aloud;
/// let text = aloud("7月15日10:00—17:00，臭氧115μg/m³", &Default::default());
/// assert_eq!(text.as_deref(), Ok("七月十五日十时到十七时，臭氧一百一十五微克每立方米"));
/// ```
///
/// # Errors
/// Every piece that can't be read.
pub fn aloud(text: &str, sayings: &Sayings) -> Result<String, Vec<Unread>> {
    read::Reader::new(text, sayings).read()
}

/// Whether a text is nothing but Chinese characters and the marks ，。！？、.
#[must_use]
pub fn is_pure(text: &str) -> bool {
    text.chars().all(|c| read::is_hanzi(c) || matches!(c, '，' | '。' | '！' | '？' | '、'))
}

/// A telephone number digit by digit, 1 read as 幺; marks between the digits become a pause.
#[must_use]
pub fn telephone(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '1' => out.push('幺'),
            c if c.is_ascii_digit() => out.push_str(number::digit(c).unwrap_or_default()),
            _ if !out.is_empty() && !out.ends_with('，') => out.push('，'),
            _ => {}
        }
    }
    out.trim_end_matches('，').to_owned()
}

/// From when to when on a day.
type Clock = (NaiveTime, NaiveTime);

/// What is said of periods at once.
enum Spoken {
    /// Whole days.
    Days(NaiveDate, NaiveDate),
    /// The same hours on days in a row.
    Hours(NaiveDate, NaiveDate, Clock),
    /// One night.
    Night(NaiveDate, NaiveDate, Clock),
    /// One period over several days, from one hour to another.
    Long(NaiveDate, NaiveDate, Clock),
}

/// Periods that do not touch, as people say them at an instant: 今天九月二十日到后天九月二十二日,
/// 明天九月二十一日上午十点到下午五点. What is past by then is left out; clock hours that return day by day are said once.
#[must_use]
pub fn when(periods: &[Period], zone: &Zone, at: DateTime<Utc>) -> String {
    let today = zone.day(at);
    let mut said: Vec<Spoken> = Vec::new();
    for period in periods.iter().filter(|period| period.end > at) {
        // Of a day whose hours have begun those that are left are said.
        let whole_days = [period.start, period.end].iter().all(|end| zone.local(*end).time() == NaiveTime::MIN);
        let from = if whole_days { period.start } else { period.start.max(Hour::containing(at).start()) };
        let (start, end) = (zone.local(from), zone.local(period.end));
        let (first, last) = (start.date_naive(), zone.day(period.end - chrono::Duration::seconds(1)));
        let clock = (start.time(), end.time());
        let is_night = first.succ_opt() == Some(last) && end.time() != NaiveTime::MIN && end.time() < start.time();
        match said.last_mut() {
            _ if clock == (NaiveTime::MIN, NaiveTime::MIN) => said.push(Spoken::Days(first.max(today), last)),
            Some(Spoken::Hours(_, known, same))
                if first == last && *same == clock && known.succ_opt() == Some(first) =>
            {
                *known = last;
            }
            _ if first == last => said.push(Spoken::Hours(first, last, clock)),
            _ if is_night => said.push(Spoken::Night(first, last, clock)),
            _ => said.push(Spoken::Long(first, last, clock)),
        }
    }
    let words = said.iter().map(|one| match one {
        Spoken::Days(first, last) if first == last => day(*first, today),
        Spoken::Days(first, last) => format!("{}到{}", day(*first, today), day(*last, today)),
        Spoken::Hours(first, last, (from, to)) if first == last => {
            format!("{}{}到{}", day(*first, today), begins(*from), clock(*to))
        }
        Spoken::Hours(first, last, (from, to)) => {
            format!("{}到{}，每天{}到{}", day(*first, today), day(*last, today), begins(*from), clock(*to))
        }
        Spoken::Night(first, last, (from, to)) => {
            format!("{}{}到{}{}", day(*first, today), begins(*from), day(*last, today), clock(*to))
        }
        Spoken::Long(first, last, (from, to)) => {
            format!("从{}{}，一直到{}{}", day(*first, today), begins(*from), day(*last, today), clock(*to))
        }
    });
    words.collect::<Vec<_>>().join("，")
}

/// The time at which something begins: the midnight that begins a day is 零点, that which ends it 夜里十二点.
fn begins(time: NaiveTime) -> String {
    if time == NaiveTime::MIN { "零点".to_owned() } else { clock(time) }
}

/// A day without such a word: it stays true on every day.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    format!("{}月{}日", cardinal(day.month().into()), cardinal(day.day().into()))
}

/// A day with the word that people have for it.
fn day(day: NaiveDate, today: NaiveDate) -> String {
    let word = match (day - today).num_days() {
        0 => "今天",
        1 => "明天",
        2 => "后天",
        _ => "",
    };
    format!("{word}{}", date(day))
}

/// A time of the day as people say it: 上午十点, 下午五点半. Midnight is 夜里十二点.
fn clock(time: NaiveTime) -> String {
    let part = match time.hour() {
        1..5 => "凌晨",
        5..8 => "早上",
        8..12 => "上午",
        12 => "中午",
        13..18 => "下午",
        18..24 => "晚上",
        _ => "夜里",
    };
    let hour = if time.hour().is_multiple_of(12) { 12 } else { time.hour() % 12 };
    let minutes = match time.minute() {
        0 => String::new(),
        30 => "半".to_owned(),
        minute @ 1..10 => format!("零{}分", cardinal(minute.into())),
        minute => format!("{}分", cardinal(minute.into())),
    };
    let hour = if hour == 2 { "两".to_owned() } else { cardinal(hour.into()) };
    format!("{part}{hour}点{minutes}")
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
mod tests;
