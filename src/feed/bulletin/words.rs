//! The characters and words of bulletins.
//!
//! In: a line as published. Out: the same line in one width, one dash and plain digits; words and numbers taken from
//! its front. Can't happen: two numbers joined because a blank between them was dropped.

use crate::aqi::Pollutant;

/// Makes letters, digits and marks half-width, letters large, subscripts plain, every dash `-`, and drops blanks except
/// between two Latin letters or digits, where a blank may stand for a lost mark.
pub(super) fn normalise(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            '\u{2080}'..='\u{2089}' => {
                plain.push(char::from_digit(u32::from(c) - 0x2080, 10).unwrap_or(c));
            }
            // Only in m³: another raised digit is a footnote.
            '³' if plain.ends_with('M') => plain.push('3'),
            'µ' | 'μ' => plain.push('U'),
            '㎍' => plain.push_str("UG"),
            '㎎' => plain.push_str("MG"),
            '㎥' => plain.push_str("M3"),
            '｡' => plain.push('。'),
            '℃' => plain.push('度'),
            '\u{2010}'..='\u{2015}' | '−' | '﹣' | '〜' | '∼' | '～' | '－' | '~' => plain.push('-'),
            '\u{ff01}'..='\u{ff5e}' => {
                let narrow = char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c);
                plain.push(narrow.to_ascii_uppercase());
            }
            '\t' => plain.push('\t'),
            _ if c.is_whitespace() => plain.push(' '),
            _ => plain.push(c.to_ascii_uppercase()),
        }
    }
    without_blanks(&plain)
}

fn without_blanks(text: &str) -> String {
    let latin = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c == ' ' {
            blank = true;
            continue;
        }
        if blank && latin(c) && out.chars().next_back().is_some_and(latin) {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
    out
}

/// What is left of a clause. Everything taken is taken from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a>(pub &'a str);

impl<'a> Rest<'a> {
    /// Takes a word.
    pub fn word(&mut self, word: &str) -> bool {
        self.0.strip_prefix(word).is_some_and(|rest| {
            self.0 = rest;
            true
        })
    }

    /// Takes the first of these words that fits.
    pub fn any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word(word))
    }

    /// Takes any number of these words; says how many.
    pub fn all(&mut self, words: &[&str]) -> usize {
        let mut taken = 0;
        while self.any(words) {
            taken += 1;
        }
        taken
    }

    /// Takes the first of these words that fits, for what it stands for.
    pub fn one<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<T> {
        words.iter().find(|(word, _)| self.word(word)).map(|(_, meaning)| *meaning)
    }

    /// Takes digits, perhaps none.
    pub fn digits(&mut self) -> &'a str {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    /// Takes `low` to `high` digits as a number; nothing is taken where there are fewer or more.
    pub fn number(&mut self, low: usize, high: usize) -> Option<u32> {
        let mut ahead = *self;
        let digits = ahead.digits();
        let number = (low..=high).contains(&digits.len()).then(|| digits.parse().ok()).flatten()?;
        *self = ahead;
        Some(number)
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.0.chars().next()
    }

    /// Passes over one character.
    pub fn skip(&mut self) {
        let mut chars = self.0.chars();
        chars.next();
        self.0 = chars.as_str();
    }
}

/// Words between the two ends of a range.
pub(super) const TO: [&str; 4] = ["--", "-", "到", "至"];

/// Words between things of which either or all are meant.
pub(super) const OR: [&str; 6] = ["或", "、", "和", "及", "与", "/"];

/// Pollutants as a list of primary pollutants and a concentration name them, longer words before their beginnings.
/// Ozone without an averaging time is the eight-hour item in a list of primary pollutants, as in every fixture; a
/// concentration needs more.
const POLLUTANTS: [(&str, Pollutant); 21] = [
    ("臭氧(O3)", Pollutant::O38h),
    ("O3(臭氧)", Pollutant::O38h),
    ("臭氧", Pollutant::O38h),
    ("O3", Pollutant::O38h),
    ("细颗粒物(PM2.5)", Pollutant::Pm25),
    ("PM2.5(细颗粒物)", Pollutant::Pm25),
    ("细颗粒物", Pollutant::Pm25),
    ("PM2.5", Pollutant::Pm25),
    ("PM 2.5", Pollutant::Pm25),
    ("可吸入颗粒物(PM10)", Pollutant::Pm10),
    ("PM10(可吸入颗粒物)", Pollutant::Pm10),
    ("可吸入颗粒物", Pollutant::Pm10),
    ("PM10", Pollutant::Pm10),
    ("PM 10", Pollutant::Pm10),
    ("二氧化氮(NO2)", Pollutant::No2),
    ("二氧化氮", Pollutant::No2),
    ("NO2", Pollutant::No2),
    ("二氧化硫", Pollutant::So2),
    ("SO2", Pollutant::So2),
    ("一氧化碳", Pollutant::Co),
    ("CO", Pollutant::Co),
];

/// Takes a pollutant. A Latin name with a letter, digit or point right behind it is another word or a damaged one.
pub(super) fn pollutant(rest: &mut Rest<'_>) -> Option<Pollutant> {
    let mut ahead = *rest;
    let pollutant = ahead.one(&POLLUTANTS)?;
    if ahead.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') && !eight_hours_follow(ahead) {
        return None;
    }
    *rest = ahead;
    Some(pollutant)
}

/// `O₃8小时` becomes `O38小时`.
fn eight_hours_follow(rest: Rest<'_>) -> bool {
    rest.0.starts_with("8小时")
}

/// Takes a word that says the eight-hour mean.
pub(super) fn eight_hours(rest: &mut Rest<'_>) -> bool {
    rest.any(&[
        "日最大8小时滑动平均",
        "日最大8小时平均",
        "日最大8小时",
        "最大8小时滑动平均",
        "最大8小时平均",
        "最大8小时",
        "8小时滑动平均",
        "8小时平均",
        "8小时",
        "-8小时",
        " 8小时",
        "(8小时)",
        "-8H",
        "_8H",
    ])
}

/// Levels in full, as the last word of a statement has to be.
const LEVELS: [(&str, i64); 6] =
    [("优", 1), ("良", 2), ("轻度污染", 3), ("中度污染", 4), ("重度污染", 5), ("严重污染", 6)];

/// Levels whose `污染` or `度污染` stands with the second one only: `轻度或中度污染`, `轻到中度污染`.
const SHORT_LEVELS: [(&str, i64); 6] = [("轻度", 3), ("中度", 4), ("重度", 5), ("轻", 3), ("中", 4), ("重", 5)];

/// Takes a level or two that follow each other: low and high, 1 (best) to 6.
pub(super) fn levels(rest: &mut Rest<'_>) -> Option<(i64, i64)> {
    let mut ahead = *rest;
    let whole = ahead.one(&LEVELS);
    let low = whole.or_else(|| ahead.one(&SHORT_LEVELS))?;
    let mut second = ahead;
    let either = second.any(&["或", "、"]);
    let high = if either || second.any(&TO) { second.one(&LEVELS) } else { None };
    match high {
        // 或 leaves open which of two neighbours; 到 may span more.
        Some(high) if high == low + 1 || (high > low && !either) => {
            *rest = second;
            Some((low, high))
        }
        Some(_) => None,
        None => {
            whole?;
            *rest = ahead;
            Some((low, low))
        }
    }
}

/// Every level named in a text that does not follow the grammar, lowest and highest: for showing only.
pub(super) fn levels_anyhow(rest: &mut Rest<'_>) -> Option<(i64, i64)> {
    let mut found: Option<(i64, i64)> = None;
    loop {
        let mut ahead = *rest;
        if found.is_some() {
            ahead.any(&["或", "、", "--", "-", "到", "至"]);
        }
        let Some(level) = ahead.one(&LEVELS).or_else(|| ahead.one(&SHORT_LEVELS)) else { return found };
        *rest = ahead;
        found = Some(found.map_or((level, level), |(low, high)| (low.min(level), high.max(level))));
    }
}
