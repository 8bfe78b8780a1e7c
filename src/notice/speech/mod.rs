//! Text for the ear: whatever is to be read aloud, in Chinese words alone.
//!
//! In: a text as a template renders it, and the site's own sayings. Out: the same in Chinese characters and the marks
//! ，。！？、, or every piece that can't be read, each with why. Can't happen: a digit, a letter or a sign left for the
//! engine to guess at; a reading chosen where two are as likely.

mod number;
mod read;
mod words;

use std::collections::BTreeMap;

use chrono::{Datelike, Timelike};

use crate::text::Message;
use crate::time::{Period, Zone};
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
            Why::Number => crate::msg!("speech.number", piece = piece),
            Why::Letters => crate::msg!("speech.letters", piece = piece),
            Why::Sign => crate::msg!("speech.sign", piece = piece),
            Why::Character => crate::msg!("speech.character", piece = piece),
        }
    }
}

/// The text in words that can be read aloud as they stand.
///
/// ```
/// use cuofeng::notice::speech::aloud;
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

/// A period: 九月二十日十时到十七时; whole days without their hours (九月二十日全天, 九月二十日到九月二十二日).
#[must_use]
pub fn period(period: &Period, zone: &Zone) -> String {
    let (start, end) = (zone.local(period.start), zone.local(period.end));
    let day = |d: chrono::NaiveDate| format!("{}月{}日", cardinal(d.month().into()), cardinal(d.day().into()));
    let clock = |t: chrono::NaiveTime| {
        let minutes = match t.minute() {
            0 => String::new(),
            minute @ 1..10 => format!("零{}分", cardinal(minute.into())),
            minute => format!("{}分", cardinal(minute.into())),
        };
        format!("{}时{minutes}", cardinal(t.hour().into()))
    };
    let midnight = chrono::NaiveTime::MIN;
    if start.time() == midnight && end.time() == midnight {
        let last = end.date_naive() - chrono::Duration::days(1);
        return if last == start.date_naive() {
            format!("{}全天", day(last))
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
mod tests;
