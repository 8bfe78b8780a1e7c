//! The reader: from left to right, at each place the first reading that fits.

use super::number::{self, cardinal, code, digits};
use super::words::{CALLS, CELSIUS, FOLLOWS, LETTERS, LIANG, MEASURES, TERMS, UNITS};
use super::{Sayings, Unread, Why};

/// One step: so many characters are these words, or can't be read.
enum Step {
    Words(usize, String),
    Unread(usize, Why),
}

/// A number as it stands in the text.
struct Number {
    whole: String,
    fraction: String,
    /// Whether its thousands are set off, which no code or year has.
    grouped: bool,
    end: usize,
}

impl Number {
    fn words(&self) -> Option<String> {
        number::written(&self.whole, &self.fraction)
    }

    /// As it counts what follows: two of something are 两.
    fn counting(&self, follows: &str) -> Option<String> {
        let pair = self.whole == "2" && self.fraction.is_empty() && !follows.starts_with("年级");
        let counted = LIANG.iter().any(|word| follows.starts_with(word));
        if pair && counted { Some("两".to_owned()) } else { self.words() }
    }
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

    /// A telephone number: by its form, or because the sentence speaks of calling.
    fn phone(&self) -> Option<Step> {
        let bracketed = matches!(self.here(), Some('(' | '（')) && self.get(self.at + 1) == Some('0');
        let mut at = self.at + usize::from(bracketed);
        if self.before().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) {
            return None;
        }
        let mut groups = vec![String::new()];
        loop {
            match self.get(at) {
                Some(c) if c.is_ascii_digit() => groups.last_mut()?.push(c),
                Some('-' | ' ' | ')' | '）') if !groups.last()?.is_empty() && self.digit_at(at + 1) => {
                    groups.push(String::new());
                }
                _ => break,
            }
            at += 1;
        }
        let all = groups.concat();
        let sizes: Vec<usize> = groups.iter().map(String::len).collect();
        let next = self.get(at);
        let counted = next
            .is_some_and(|c| MEASURES.contains(c) || matches!(c, '%' | '.' | ':' | '：' | '*' | '~' | '/' | '℃'))
            || self.unit(at).is_some();
        let mobile = all.len() == 11
            && all.starts_with('1')
            && (all.as_bytes().get(1)? >= &b'3' || all.starts_with("1000000"))
            && matches!(sizes.as_slice(), [11] | [3, 4, 4]);
        let fixed = all.starts_with('0')
            && (10..=12).contains(&all.len())
            && matches!(sizes.as_slice(), [_] | [3 | 4, 7 | 8] | [3 | 4, 3 | 4, 4]);
        let service =
            (all.starts_with("400") || all.starts_with("800")) && all.len() == 10 && (groups.len() > 1 || self.calls);
        let called = self.calls && matches!(all.len(), 3 | 5..=8) && matches!(sizes.as_slice(), [_] | [4 | 3, 4]);
        if counted || next.is_some_and(|c| c.is_ascii_alphabetic()) || !(mobile || fixed || service || called) {
            return None;
        }
        let mut words = spoken_number(&groups, mobile, fixed);
        if self.get(at) == Some('转') && self.digit_at(at + 1) {
            let extension: String = self.chars.iter().skip(at + 1).take_while(|c| c.is_ascii_digit()).collect();
            words.push_str("，转");
            words.push_str(&code(&extension));
            at += 1 + extension.len();
        }
        Some(Step::Words(at - self.at, words))
    }

    /// A day written in figures, a year, a run of years, the number of a document.
    fn date(&self) -> Option<Step> {
        if self.here() == Some('〔') {
            let year = self.run(self.at + 1);
            let whole = year.len() == 4 && self.get(self.at + 5) == Some('〕');
            return whole.then(|| Step::Words(6, format!("，{}，", digits(&year))));
        }
        let year = self.run(self.at);
        if year.len() != 4 || self.before().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') {
            return None;
        }
        let after = self.at + 4;
        if self.get(after) == Some('年') && year.as_str() >= "1900" && year.as_str() < "2100" {
            return Some(Step::Words(5, format!("{}年", digits(&year))));
        }
        let separator = self.get(after)?;
        let second = self.run(after + 1);
        let next = after + 1 + second.len();
        if is_range(separator) && second.len() == 4 && self.get(next) == Some('年') {
            return Some(Step::Words(10, format!("{}到{}年", digits(&year), digits(&second))));
        }
        let third = self.run(next + 1);
        let day = matches!(separator, '-' | '/' | '.')
            && self.get(next) == Some(separator)
            && (1..=2).contains(&second.len())
            && (1..=2).contains(&third.len());
        let end = next + 1 + third.len();
        if !day || self.get(end) == Some(separator) && self.digit_at(end + 1) {
            return None;
        }
        let (month, day) = (second.parse().ok()?, third.parse().ok()?);
        let real = chrono::NaiveDate::from_ymd_opt(year.parse().ok()?, month, day).is_some();
        Some(if real {
            let (month, day) = (cardinal(month.into()), cardinal(day.into()));
            Step::Words(end - self.at, format!("{}年{month}月{day}日", digits(&year)))
        } else {
            Step::Unread(end - self.at, Why::Number)
        })
    }

    /// A time of day, or the ratio of two small numbers.
    fn clock(&self) -> Option<Step> {
        let colon = |at: usize| matches!(self.get(at), Some(':' | '：'));
        let hour = self.run(self.at);
        let minute = self.run(self.at + hour.len() + 1);
        if hour.is_empty() || minute.is_empty() || !colon(self.at + hour.len()) {
            return None;
        }
        let mut end = self.at + hour.len() + 1 + minute.len();
        if self.before().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.')) {
            return Some(Step::Unread(end - self.at, Why::Number));
        }
        let (hours, minutes): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
        if minute.len() == 1 && hour.len() == 1 && !colon(end) {
            return Some(Step::Words(end - self.at, format!("{}比{}", cardinal(hours), cardinal(minutes))));
        }
        let within = hours < 24 && minutes < 60 || hours == 24 && minutes == 0;
        if hour.len() > 2 || minute.len() != 2 || !within {
            return Some(Step::Unread(end - self.at, Why::Number));
        }
        let mut words = format!("{}时", cardinal(hours));
        let mut push = |value: u64, name: &str| {
            words.push_str(if value < 10 { "零" } else { "" });
            words.push_str(&cardinal(value));
            words.push_str(name);
        };
        let second = if colon(end) { self.run(end + 1) } else { String::new() };
        match second.parse::<u64>() {
            Ok(seconds) if second.len() == 2 && seconds < 60 => {
                end += 3;
                if minutes > 0 || seconds > 0 {
                    push(minutes, "分");
                }
                if seconds > 0 {
                    push(seconds, "秒");
                }
            }
            _ if !second.is_empty() => return Some(Step::Unread(end - self.at, Why::Number)),
            _ if minutes > 0 => push(minutes, "分"),
            _ => {}
        }
        Some(Step::Words(end - self.at, words))
    }

    /// The digits from a place on.
    fn run(&self, at: usize) -> String {
        self.chars.iter().skip(at).take_while(|c| c.is_ascii_digit()).collect()
    }

    fn number(&self, at: usize) -> Option<Number> {
        let mut whole = self.run(at);
        if whole.is_empty() {
            return None;
        }
        let mut end = at + whole.len();
        let mut grouped = false;
        while whole.len() <= 12
            && self.get(end) == Some(',')
            && self.run(end + 1).len() == 3
            && (grouped || whole.len() <= 3)
        {
            whole.push_str(&self.run(end + 1));
            end += 4;
            grouped = true;
        }
        let mut fraction = String::new();
        if self.get(end) == Some('.') && self.digit_at(end + 1) {
            fraction = self.run(end + 1);
            end += 1 + fraction.len();
        }
        Some(Number { whole, fraction, grouped, end })
    }

    /// The unit whose sign stands at a place, and where it ends.
    fn unit(&self, at: usize) -> Option<(usize, &'static str)> {
        let at = if self.get(at) == Some(' ') { at + 1 } else { at };
        if let Some(sign) = CELSIUS.iter().find(|sign| self.starts(at, sign)) {
            return Some((at + sign.chars().count(), "摄氏度"));
        }
        let (sign, words) = UNITS.iter().find(|(sign, _)| {
            let ends = self.get(at + sign.chars().count());
            // A unit of Latin letters ends where the letters end.
            let cut = ends.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '·' | '²' | '³'));
            (!cut || sign.chars().next_back().is_some_and(is_hanzi)) && self.starts(at, sign)
        })?;
        Some((at + sign.chars().count(), words))
    }

    /// A number with its unit; a range of two; a share in a hundred or a thousand.
    fn quantity(&self) -> Option<Step> {
        let minus = self.here() == Some('-');
        let first = self.number(self.at + usize::from(minus))?;
        if minus && (self.figure || !self.below_zero(&first)) {
            return None;
        }
        let length = |end: usize| end - self.at;
        let (share, after) = self.share(first.end);
        let (end, unit) = self.unit(after).map_or((after, None), |(end, unit)| (end, Some(unit)));
        if let Some(step) = self.range(&first, minus, share, (end, unit)) {
            return Some(step);
        }
        if share.is_none() && unit.is_none() {
            return Some(self.bare(&first));
        }
        let Some(words) = first.counting(unit.unwrap_or_default()) else {
            return Some(Step::Unread(length(end), Why::Number));
        };
        if zeros(&first) || unit.is_none() && self.strange(end) {
            return Some(Step::Unread(length(end), Why::Number));
        }
        let words = match share {
            Some(of) => of_share(of, &words),
            None if minus => format!("零下{words}"),
            None => words,
        };
        Some(Step::Words(length(end), words + unit.unwrap_or_default()))
    }

    /// Whether a number with a minus before it is a temperature, alone or as the lower end of a range.
    fn below_zero(&self, first: &Number) -> bool {
        let celsius = |at: usize| self.unit(at).is_some_and(|(_, words)| words == "摄氏度");
        let mark = first.end + usize::from(self.get(first.end) == Some(' '));
        let other = self.get(mark).filter(|c| is_range(*c) || matches!(c, '到' | '至'));
        let second = other.and_then(|_| self.number(mark + 1 + usize::from(self.get(mark + 1) == Some('-'))));
        celsius(first.end) || second.is_some_and(|second| celsius(second.end))
    }

    fn share(&self, at: usize) -> (Option<char>, usize) {
        match self.get(at) {
            Some(sign @ ('%' | '‰')) => (Some(sign), at + 1),
            _ => (None, at),
        }
    }

    /// Whether a number runs on into something that it can't be read with.
    fn strange(&self, end: usize) -> bool {
        let next = self.get(end);
        let digit = self.digit_at(end + 1);
        next.is_some_and(|c| c.is_ascii_lowercase())
            || matches!(next, Some('*' | '+' | '°'))
            || matches!(next, Some('/' | '.')) && digit
    }

    /// Two numbers with a dash or 至, 到 between them.
    fn range(
        &self,
        first: &Number,
        minus: bool,
        share: Option<char>,
        (end, unit): (usize, Option<&str>),
    ) -> Option<Step> {
        let mark = self.get(end).filter(|c| is_range(*c) || matches!(c, '到' | '至'))?;
        let below = self.get(end + 1) == Some('-');
        let second = self.number(end + 1 + usize::from(below))?;
        let (second_share, after) = self.share(second.end);
        let (last, second_unit) = self.unit(after).map_or((after, None), |(last, unit)| (last, Some(unit)));
        let dashed = is_range(mark);
        let follows = self.ahead(last);
        // 9日—10:00 or 20—9月22日: what follows the dash is no second number of the same kind.
        if matches!(self.get(last), Some(':' | '：')) || !dashed && (zeros(first) || zeros(&second)) {
            return None;
        }
        let number = |text: &Number| format!("{}.{}", text.whole, text.fraction).parse::<f64>().unwrap_or(0.0);
        let signed = |negative: bool, value: f64| if negative { -value } else { value };
        let one_unit = unit.is_none() || unit == second_unit;
        let rises = !one_unit || signed(minus, number(first)) < signed(below, number(&second));
        let third = self.get(last).is_some_and(is_range) && self.digit_at(last + 1);
        let clear = !third && !zeros(first) && !zeros(&second) && (rises || !dashed) && !self.strange(last);
        let celsius = second_unit.or(unit) == Some("摄氏度");
        let alike = (share.is_none() || second_share.is_some())
            && (unit.is_none() || second_unit.is_some())
            && (!below || celsius)
            && (second_unit.is_some() || second_share.is_some() || self.countable(&second, last));
        if !clear || !alike {
            return dashed.then_some(Step::Unread(last - self.at, Why::Number));
        }
        let counted = second_unit.unwrap_or(&follows);
        let words = |value: &Number, negative: bool| {
            let words = value.counting(counted)?;
            Some(match second_share {
                Some(of) => of_share(of, &words),
                None if negative => format!("零下{words}"),
                None => words,
            })
        };
        let (Some(low), Some(high)) = (words(first, minus), words(&second, below)) else {
            return Some(Step::Unread(last - self.at, Why::Number));
        };
        let low = if unit.is_some() && unit != second_unit { low + unit.unwrap_or_default() } else { low };
        let mark = if mark == '至' { '至' } else { '到' };
        Some(Step::Words(last - self.at, format!("{low}{mark}{high}{}", second_unit.unwrap_or_default())))
    }

    /// Whether a number without a unit can only be a count: a long one may be a code, a year or a telephone number.
    fn countable(&self, number: &Number, end: usize) -> bool {
        let next = self.get(end);
        let measured = next.is_some_and(|c| MEASURES.contains(c));
        match number.whole.len() {
            _ if number.grouped || !number.fraction.is_empty() => number.whole.len() <= 12,
            0..=3 => true,
            4 => measured || next.is_none_or(|c| FOLLOWS.contains(c)),
            _ => measured && number.whole.len() <= 12,
        }
    }

    /// A number with no unit after it.
    fn bare(&self, number: &Number) -> Step {
        let end = number.end;
        let length = end - self.at;
        let follows = self.ahead(end);
        let next = self.get(end);
        let refused = Step::Unread(length, Why::Number);
        if self.strange(end) || next.is_some_and(|c| c.is_ascii_uppercase()) && number.whole.len() > 2 {
            return Step::Unread(length + 1, Why::Number);
        }
        let holiday = ["假期", "节", "长假", "国庆", "小长假"].iter().any(|word| follows.starts_with(word));
        if !number.fraction.is_empty() {
            return match number.words() {
                Some(words) if !holiday && !zeros(number) => Step::Words(length, words),
                _ => refused,
            };
        }
        if next == Some('·') && self.digit_at(end + 1) {
            let rest = self.run(end + 1);
            return Step::Words(length + 1 + rest.len(), digits(&number.whole) + &digits(&rest));
        }
        if self.is_code(number, &follows) {
            return Step::Words(length, code(&number.whole));
        }
        if zeros(number) {
            let clock = ["月", "日", "时", "分", "点", "秒"].iter().any(|word| follows.starts_with(word));
            let short = number.whole.len() == 2 && clock;
            let zero = if follows.starts_with(['分', '秒']) && number.whole != "00" { "零" } else { "" };
            return match number.words() {
                Some(words) if short => Step::Words(length, format!("{zero}{words}")),
                _ => refused,
            };
        }
        if !self.countable(number, end) {
            return refused;
        }
        let ordinal = self.before() == Some('第');
        let words = if ordinal { number.words() } else { number.counting(&follows) };
        match (words, next) {
            (None, _) => refused,
            (Some(words), Some('#')) if follows.starts_with("#号") => Step::Words(length + 1, words),
            (Some(words), Some('#')) => Step::Words(length + 1, words + "号"),
            (Some(words), _) => Step::Words(length, words),
        }
    }

    /// Whether a number names a room, a road, a mailbox: its digits are then read one by one.
    fn is_code(&self, number: &Number, follows: &str) -> bool {
        let length = number.whole.len();
        let room = ["室", "房", "国道", "省道", "县道", "乡道", "信箱", "号房", "路公交"];
        let road = ["国道", "省道", "县道", "乡道"];
        let named = ["尾号", "分机", "短号", "工号"];
        (3..=4).contains(&length) && room.iter().any(|word| follows.starts_with(word))
            || length == 3 && road.iter().any(|word| self.ends_with(word))
            || (2..=8).contains(&length) && named.iter().any(|word| self.ends_with(word))
            || zeros(number) && length <= 4 && follows.starts_with('号')
    }

    /// Letters in capitals by their names, with the number that belongs to them.
    fn letters(&self) -> Option<Step> {
        self.here().filter(char::is_ascii_alphabetic)?;
        let word: String = self.chars.iter().skip(self.at).take_while(|c| c.is_ascii_alphabetic()).collect();
        let end = self.at + word.len();
        let capitals = word.chars().all(|c| c.is_ascii_uppercase()) && word.len() <= 5 || word.len() == 1;
        if !capitals {
            return Some(Step::Unread(word.len(), Why::Letters));
        }
        let name = |c: char| LETTERS.get(usize::from(c.to_ascii_uppercase() as u8 - b'A')).copied();
        let mut words: String = word.chars().filter_map(name).collect();
        let joint = matches!(self.get(end), Some('-' | '·' | '—')) && self.digit_at(end + 1);
        let number = self.run(end + usize::from(joint));
        let all = end + usize::from(joint) + number.len();
        if number.is_empty() {
            return Some(Step::Words(end - self.at, words));
        }
        let runs_on = self.get(all).is_some_and(|c| c.is_ascii_alphanumeric() || c == '+')
            || matches!(self.get(all), Some('.' | '-' | '/')) && self.digit_at(all + 1);
        if runs_on {
            return Some(Step::Unread(all - self.at, Why::Letters));
        }
        let follows = self.ahead(all);
        let road =
            matches!(word.as_str(), "G" | "S") && ["高速", "国道", "省道"].iter().any(|w| follows.starts_with(w));
        let by_digit = number.len() > 2 || number.starts_with('0') || road;
        words.push_str(&if by_digit { code(&number) } else { cardinal(number.parse().unwrap_or(0)) });
        Some(Step::Words(all - self.at, words))
    }

    /// A dash between two times, days or weekdays is read; two in a row are a pause; any other could mean anything.
    fn dash(&self) -> Option<Step> {
        let dash = self.here().filter(|c| is_range(*c))?;
        if dash == '—' && self.get(self.at + 1) == Some('—') {
            return Some(Step::Words(2, "，".to_owned()));
        }
        let next = self.get(self.at + 1)?;
        let left = self.before().unwrap_or(' ');
        let figures = self.figure || "年月日时分点号级度旬季秒".contains(left);
        let numeral = |c: char| "零一二三四五六七八九十两".contains(c);
        let weekday = |from: usize| self.starts(from, "周") || self.starts(from, "星期");
        let days = "一二三四五六日天末".contains(left) && weekday(self.at + 1);
        let spoken = "年月日时分".contains(left) && numeral(next);
        let reads = figures && next.is_ascii_digit() || days || spoken;
        Some(if reads { Step::Words(1, "到".to_owned()) } else { Step::Unread(1, Why::Sign) })
    }

    fn mark(&self) -> Option<Step> {
        let next = self.get(self.at + 1);
        let between_figures =
            self.before().is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit());
        let words = match self.here()? {
            c @ ('，' | '。' | '！' | '？' | '、') => return Some(Step::Words(1, c.to_string())),
            '!' => "！",
            '?' => "？",
            '.' if self.starts(self.at, "...") => return Some(Step::Words(3, "，".to_owned())),
            '.' if next.is_some_and(|c| c.is_ascii_digit() || c == '.') => return Some(Step::Unread(1, Why::Sign)),
            '.' | '\n' => "。",
            ' ' if !between_figures => "",
            ',' | ';' | '；' | ':' | '：' | '(' | ')' | '（' | '）' | '[' | ']' | '【' | '】' | '〔' | '〕' | '…'
            | ' ' => "，",
            '“' | '”' | '‘' | '’' | '"' | '\'' | '《' | '》' | '〈' | '〉' | '「' | '」' | '『' | '』' | '·' | '•' => {
                ""
            }
            '≥' | '≧' => "不低于",
            '≤' | '≦' => "不高于",
            '>' => "高于",
            '<' => "低于",
            '=' => "等于",
            '≈' => "约",
            '×' => "乘",
            '±' => "正负",
            '&' => "和",
            '/' | '~' | '+' | '*' | '#' | '%' | '‰' | '→' | '|' | '\\' | '_' | '@' => {
                return Some(Step::Unread(1, Why::Sign));
            }
            _ => return None,
        };
        Some(Step::Words(1, words.to_owned()))
    }
}

/// Leading zeros, which only times, days and codes have.
fn zeros(number: &Number) -> bool {
    number.whole.len() > 1 && number.whole.starts_with('0')
}

fn of_share(sign: char, words: &str) -> String {
    match (sign, words) {
        ('%', "一百") => "百分之百".to_owned(),
        ('%', _) => format!("百分之{words}"),
        _ => format!("千分之{words}"),
    }
}

/// A telephone number in the groups that people remember, with a pause between them.
fn spoken_number(groups: &[String], mobile: bool, fixed: bool) -> String {
    let all = groups.concat();
    let cuts: &[usize] = match all.len() {
        11 if mobile => &[3, 7],
        // 010 and 02x have three digits, every other area code four.
        11 if fixed && all.starts_with("01") | all.starts_with("02") => &[3, 7],
        10 if fixed && all.starts_with("01") | all.starts_with("02") => &[3, 6],
        12 if fixed => &[4, 8],
        11 if fixed => &[4, 7],
        10 if !fixed => &[3, 6],
        8 => &[4],
        7 => &[3],
        _ => &[],
    };
    let mut words = String::new();
    for (place, c) in all.chars().enumerate() {
        if cuts.contains(&place) {
            words.push('，');
        }
        words.push_str(&code(&c.to_string()));
    }
    words
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
