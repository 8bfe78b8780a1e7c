//! The characters and words of bulletins.
//!
//! In: a line as published. Out: the same line in one width, one dash and plain digits; words and numbers taken from
//! its front. Can't happen: two numbers joined because a blank between them was dropped.

pub(super) mod anyhow;
pub(super) mod day;
pub(super) mod field;
pub(super) mod heading;
pub(super) mod part;
pub(super) mod stamp;
pub(super) mod weather;

use cuofeng_aqi::Pollutant;

/// A line in normalised form, which knows where in the published line each piece of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plain {
    /// The normalised line.
    pub text: String,
    /// For each byte of the text the place in the published line, and one more for its end.
    places: Vec<usize>,
}

impl Plain {
    /// The published words of a piece, by its bytes in [`Self::text`].
    pub fn published<'a>(&self, line: &'a str, from: usize, to: usize) -> &'a str {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(line.len());
        line.get(place(from)..place(to)).unwrap_or(line).trim()
    }
}

/// Makes letters, digits and marks half-width, letters large, subscripts plain, every dash `-`, and drops blanks except
/// between two Latin letters or digits, where a blank may stand for a lost mark. A wide blank between words parts
/// columns and becomes a tab.
pub(super) fn normalise(line: &str) -> Plain {
    let mut plain: Vec<(char, usize)> = Vec::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let (one, two) = match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => continue,
            '\u{2080}'..='\u{2089}' => (char::from_digit(u32::from(c) - 0x2080, 10).unwrap_or(c), None),
            // Only in m³: another raised digit is a footnote.
            '³' if plain.last().is_some_and(|(last, _)| *last == 'M') => ('3', None),
            'µ' | 'μ' => ('U', None),
            '㎍' => ('U', Some('G')),
            '㎎' => ('M', Some('G')),
            '㎥' => ('M', Some('3')),
            '｡' => ('。', None),
            '℃' => ('度', None),
            '\u{2010}'..='\u{2015}' | '−' | '﹣' | '〜' | '∼' | '～' | '－' | '~' => ('-', None),
            '\u{ff01}'..='\u{ff5e}' => (char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c).to_ascii_uppercase(), None),
            '\t' => ('\t', None),
            // As wide as two others.
            '\u{3000}' => (' ', Some(' ')),
            _ if c.is_whitespace() => (' ', None),
            _ => (c.to_ascii_uppercase(), None),
        };
        plain.push((one, at));
        plain.extend(two.map(|two| (two, at)));
    }
    let plain = together(without_blanks(&plain));
    let mut out = Plain { text: String::with_capacity(line.len()), places: Vec::with_capacity(line.len()) };
    for (c, at) in plain {
        out.text.push(c);
        out.places.resize(out.text.len(), at);
    }
    out
}

fn without_blanks(text: &[(char, usize)]) -> Vec<(char, usize)> {
    let latin = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mark = |c: char| ",;:。、()!\t".contains(c);
    let mut out: Vec<(char, usize)> = Vec::with_capacity(text.len());
    let mut blanks = 0;
    for (c, at) in text.iter().copied() {
        if c == ' ' {
            blanks += 1;
            continue;
        }
        if let Some((last, _)) = out.last().copied().filter(|_| blanks > 0) {
            if blanks > 1 && !mark(c) && !mark(last) {
                out.push(('\t', at));
            } else if latin(c) && latin(last) {
                out.push((' ', at));
            }
        }
        blanks = 0;
        out.push((c, at));
    }
    out
}

/// `O 3`, `PM 10` and `PM 2.5`, as word processors part a name from its lowered digits.
fn together(text: Vec<(char, usize)>) -> Vec<(char, usize)> {
    let ends = |from: usize, word: &str| {
        let fits = |(at, c): (usize, char)| text.get(from + at).is_some_and(|(own, _)| *own == c);
        let after = text.get(from + word.chars().count()).map(|(c, _)| *c);
        word.chars().enumerate().all(fits) && after.is_none_or(|c| !c.is_ascii_digit() && c != '.')
    };
    let begins = |at: usize, word: &str| {
        let Some(from) = at.checked_sub(word.len()) else { return false };
        let before = from.checked_sub(1).and_then(|b| text.get(b)).map(|(c, _)| *c);
        let fits = |(i, c): (usize, char)| text.get(from + i).is_some_and(|(own, _)| *own == c);
        word.chars().enumerate().all(fits) && before.is_none_or(|c| !c.is_ascii_alphanumeric())
    };
    let needless = |at: usize| {
        begins(at, "O") && ends(at + 1, "3")
            || begins(at, "PM") && (ends(at + 1, "10") || ends(at + 1, "2.5"))
            || (begins(at, "NO") || begins(at, "SO")) && ends(at + 1, "2")
    };
    let keep: Vec<bool> = text.iter().enumerate().map(|(at, (c, _))| *c != ' ' || !needless(at)).collect();
    text.into_iter().zip(keep).filter_map(|(c, keep)| keep.then_some(c)).collect()
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

/// Pollutants by name, longer words before their beginnings. Ozone without an averaging time is the eight-hour item in
/// a list of primary pollutants, as in every sample; a concentration needs more.
const POLLUTANTS: [(&str, Pollutant); 15] = [
    ("臭氧", Pollutant::O38h),
    ("O3", Pollutant::O38h),
    ("细颗粒物", Pollutant::Pm25),
    ("PM2.5", Pollutant::Pm25),
    ("可吸入颗粒物", Pollutant::Pm10),
    ("PM10", Pollutant::Pm10),
    ("二氧化氮", Pollutant::No2),
    ("NO2", Pollutant::No2),
    ("二氧化硫", Pollutant::So2),
    ("SO2", Pollutant::So2),
    ("一氧化碳", Pollutant::Co),
    ("CO", Pollutant::Co),
    // With another name in brackets only.
    ("颗粒物(PM2.5)", Pollutant::Pm25),
    ("颗粒物(PM10)", Pollutant::Pm10),
    ("细颗粒(PM2.5)", Pollutant::Pm25),
];

/// Takes a pollutant, its other name in brackets too: `臭氧(O3-8H)`. Says whether an eight-hour mean stands in it. A
/// Latin name with a letter, digit or point right behind it is another word or a damaged one.
pub(super) fn pollutant(rest: &mut Rest<'_>) -> Option<(Pollutant, bool)> {
    let mut ahead = *rest;
    let pollutant = named(&mut ahead)?;
    let ozone = pollutant == Pollutant::O38h;
    let mut eight = ozone && eight_hours(&mut ahead);
    let mut inside = ahead;
    if inside.word("(") && named(&mut inside) == Some(pollutant) {
        let stated = ozone && eight_hours(&mut inside);
        if inside.word(")") {
            eight |= stated || ozone && eight_hours(&mut inside);
            ahead = inside;
        }
    }
    *rest = ahead;
    Some((pollutant, eight))
}

fn named(rest: &mut Rest<'_>) -> Option<Pollutant> {
    let mut ahead = *rest;
    let pollutant = ahead.one(&POLLUTANTS)?;
    let goes_on = ahead.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
    // `O₃8小时` becomes `O38小时`.
    let mut after = ahead;
    let eight = pollutant == Pollutant::O38h && eight_hours(&mut after);
    if goes_on && !eight {
        return None;
    }
    *rest = ahead;
    Some(pollutant)
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
        "_8小时",
        " 8小时",
        "(8小时)",
        "(8H)",
        "-8H",
        "_8H",
        " 8H",
        "8H",
    ])
}

/// Levels in full, as the last word of a statement has to be.
const LEVELS: [(&str, i64); 6] =
    [("优", 1), ("良", 2), ("轻度污染", 3), ("中度污染", 4), ("重度污染", 5), ("严重污染", 6)];

/// Levels whose `污染` or `度污染` stands with the second one only: `轻度或中度污染`, `轻到中度污染`.
const SHORT_LEVELS: [(&str, i64); 6] = [("轻度", 3), ("中度", 4), ("重度", 5), ("轻", 3), ("中", 4), ("重", 5)];

/// Grades by number: the first is 优.
const NUMERALS: [(&str, i64); 24] = [
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4", 4),
    ("5", 5),
    ("6", 6),
    ("一", 1),
    ("二", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("Ⅰ", 1),
    ("Ⅱ", 2),
    ("Ⅲ", 3),
    ("Ⅳ", 4),
    ("Ⅴ", 5),
    ("Ⅵ", 6),
    // In Latin letters, longer ones before their beginnings.
    ("III", 3),
    ("II", 2),
    ("IV", 4),
    ("I", 1),
    ("VI", 6),
    ("V", 5),
];

/// Takes `3级`, `三级`, `3-4级`, `3级至4级`: low and high.
pub(super) fn grades(rest: &mut Rest<'_>) -> Option<(i64, i64)> {
    let mut ahead = *rest;
    let low = ahead.one(&NUMERALS)?;
    let whole = ahead.word("级");
    let mut second = ahead;
    let either = second.any(&["或", "、"]);
    if (either || second.any(&TO))
        && let Some(high) = second.one(&NUMERALS).filter(|high| (!either && *high > low) || *high == low + 1)
        && second.word("级")
    {
        *rest = second;
        return Some((low, high));
    }
    whole.then(|| *rest = ahead)?;
    Some((low, low))
}

/// Takes a level or two that follow each other, each with its grade where that is stated and agrees (`轻度污染(三级)`,
/// `3级(轻度污染)`), or grades alone: low and high, 1 (best) to 6.
pub(super) fn levels(rest: &mut Rest<'_>) -> Option<(i64, i64)> {
    let mut ahead = *rest;
    if let Some(grade) = grades(&mut ahead) {
        let mut inside = ahead;
        let bracket = inside.word("(");
        let named = named_levels(&mut inside);
        if let Some(named) = named {
            (named == grade && (!bracket || inside.word(")"))).then_some(())?;
            ahead = inside;
        }
        *rest = ahead;
        return Some(grade);
    }
    let named = named_levels(&mut ahead)?;
    let mut inside = ahead;
    if inside.word("(")
        && let Some(grade) = grades(&mut inside)
    {
        (grade == named && inside.word(")")).then_some(())?;
        ahead = inside;
    }
    *rest = ahead;
    Some(named)
}

fn named_levels(rest: &mut Rest<'_>) -> Option<(i64, i64)> {
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

/// Every polluted level that a text names, lowest and highest, whatever stands around it.
pub(super) fn polluted(text: &str) -> Option<(i64, i64)> {
    const NAMES: [(&str, i64); 5] = [("轻度", 3), ("轻中度", 3), ("中度", 4), ("重度", 5), ("严重污染", 6)];
    let found = NAMES.iter().filter(|(word, _)| text.contains(word)).map(|(_, level)| *level);
    found.fold(None, |range: Option<(i64, i64)>, level| {
        Some(range.map_or((level, level), |(low, high)| (low.min(level), high.max(level))))
    })
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
