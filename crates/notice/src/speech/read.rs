//! The reader: from left to right, at each place the first reading that fits.

mod phone;
mod quantity;
mod signs;
mod when;

use super::words::{CALLS, TERMS};
use super::{Sayings, Unread, Why};

/// One step: so many characters are these words, or can't be read.
enum Step {
    Words(usize, String),
    Unread(usize, Why),
}

pub(super) struct Reader<'s> {
    chars: Vec<char>,
    at: usize,
    out: String,
    sayings: &'s Sayings,
    /// Whether a telephone number may come: since a word such as 电话, until the sentence ends.
    calls: bool,
    /// Whether what was read last was a number, a time or a date.
    figure: bool,
    unread: Vec<Unread>,
}

/// Whether engines know the character: the common block and its first extension.
pub(super) fn is_hanzi(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

fn is_range(c: char) -> bool {
    matches!(c, '—' | '-' | '~')
}

/// Wide forms and look-alikes as the plain characters that they stand for.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fe0f}' | '\r' => None,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' | '＃' | '＋' | '＝' | '＜' | '＞' | '／' | '．' => {
            char::from_u32(u32::from(c) - 0xfee0)
        }
        '～' | '〜' | '∼' => Some('~'),
        '－' | '−' | '‐' => Some('-'),
        '–' | '―' => Some('—'),
        '　' | '\u{a0}' | '\t' => Some(' '),
        '〇' => Some('零'),
        'µ' => Some('μ'),
        '∶' => Some('：'),
        _ => Some(c),
    }
}

impl<'s> Reader<'s> {
    pub(super) fn new(text: &str, sayings: &'s Sayings) -> Self {
        let chars = text.chars().filter_map(plain).collect();
        Self { chars, at: 0, out: String::new(), sayings, calls: false, figure: false, unread: Vec::new() }
    }

    pub(super) fn read(mut self) -> Result<String, Vec<Unread>> {
        while self.at < self.chars.len() {
            let numeric = self.date().or_else(|| self.clock()).or_else(|| self.quantity());
            let step = self.saying().or_else(|| self.term()).or_else(|| self.phone());
            let figure = step.is_none() && numeric.is_some();
            let step = step.or(numeric).or_else(|| self.letters()).or_else(|| self.dash()).or_else(|| self.mark());
            self.take(step, figure);
        }
        if self.unread.is_empty() { Ok(tidy(&self.out)) } else { Err(self.unread) }
    }

    fn take(&mut self, step: Option<Step>, figure: bool) {
        let here = self.at;
        match step {
            Some(Step::Words(length, words)) => {
                self.out.push_str(&words);
                self.at += length.max(1);
            }
            Some(Step::Unread(length, why)) => self.refuse(length, why),
            None if self.here().is_some_and(is_hanzi) => {
                self.out.extend(self.here());
                self.at += 1;
            }
            None => self.refuse(1, Why::Character),
        }
        self.figure = figure;
        let passed = self.chars.get(here..self.at).unwrap_or_default();
        if passed.iter().any(|c| matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | '\n')) {
            self.calls = false;
        } else if CALLS.iter().any(|word| self.ends_with(word)) {
            self.calls = true;
        }
    }

    /// Notes a piece, whole as its reader sees it, and goes on behind it.
    fn refuse(&mut self, length: usize, why: Why) {
        let mut end = self.at + length.max(1);
        let outside = |c: char| is_hanzi(c) || c.is_whitespace() || "，。！？、；：（）()“”".contains(c);
        while why != Why::Character && self.get(end).is_some_and(|c| !outside(c)) {
            end += 1;
        }
        let piece = self.chars.get(self.at..end).unwrap_or_default().iter().collect();
        self.unread.push(Unread { piece, why });
        self.at = end;
    }

    fn get(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn here(&self) -> Option<char> {
        self.get(self.at)
    }

    fn before(&self) -> Option<char> {
        self.get(self.at.checked_sub(1)?)
    }

    fn digit_at(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_digit())
    }

    fn starts(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(i, c)| self.get(at + i) == Some(c))
    }

    fn starts_any_case(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(i, c)| self.get(at + i).is_some_and(|own| own.eq_ignore_ascii_case(&c)))
    }

    fn ends_with(&self, word: &str) -> bool {
        self.at.checked_sub(word.chars().count()).is_some_and(|start| self.starts(start, word))
    }

    /// A few characters from a place on.
    fn ahead(&self, at: usize) -> String {
        self.chars.iter().skip(at).take(4).collect()
    }

    /// Whether a word of so many characters stands alone: a Latin word does not begin or end in the middle of another.
    fn alone(&self, word: &str) -> bool {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let length = word.chars().count();
        let begins = latin(word.chars().next()) && latin(self.before());
        let next = self.get(self.at + length);
        let ends =
            latin(word.chars().last()) && (latin(next) || next == Some('.') && self.digit_at(self.at + length + 1));
        !begins && !ends
    }

    /// A word that the site wants read in its own way; the longest that fits.
    fn saying(&self) -> Option<Step> {
        let fits = |word: &&String| !word.is_empty() && self.starts(self.at, word) && self.alone(word);
        let word = self.sayings.keys().filter(fits).max_by_key(|word| word.chars().count())?;
        Some(Step::Words(word.chars().count(), self.sayings.get(word)?.clone()))
    }

    fn term(&self) -> Option<Step> {
        let (word, reading, _) = TERMS.iter().find(|(word, _, any_case)| {
            let fits = if *any_case { self.starts_any_case(self.at, word) } else { self.starts(self.at, word) };
            fits && self.alone(word)
        })?;
        Some(Step::Words(word.chars().count(), (*reading).to_owned()))
    }
}

/// One mark where several meet, the strongest of them; none at the beginning, no comma at the end.
fn tidy(text: &str) -> String {
    let rank = |c: char| match c {
        '。' | '！' | '？' => 3,
        '，' => 2,
        '、' => 1,
        _ => 0,
    };
    let mut out = String::new();
    for c in text.chars() {
        let last = out.chars().next_back().map_or(4, rank);
        if rank(c) == 0 || last == 0 {
            out.push(c);
        } else if last < 4 && rank(c) > last {
            out.pop();
            out.push(c);
        }
    }
    while out.ends_with(['，', '、']) {
        out.pop();
    }
    out
}
