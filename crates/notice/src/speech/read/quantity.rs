//! Numbers, and numbers with their units: ranges, shares, counts, codes.

use super::{Reader, Step, is_hanzi, is_range};
use crate::speech::Why;
use crate::speech::number::{self, code, digits};
use crate::speech::words::{CELSIUS, FOLLOWS, LIANG, MEASURES, UNITS};

/// A number as it stands in the text.
pub(super) struct Number {
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

impl Reader<'_> {
    /// The digits from a place on.
    pub(super) fn run(&self, at: usize) -> String {
        self.chars.iter().skip(at).take_while(|c| c.is_ascii_digit()).collect()
    }

    pub(super) fn number(&self, at: usize) -> Option<Number> {
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
    pub(super) fn unit(&self, at: usize) -> Option<(usize, &'static str)> {
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
    pub(super) fn quantity(&self) -> Option<Step> {
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
    pub(super) fn below_zero(&self, first: &Number) -> bool {
        let celsius = |at: usize| self.unit(at).is_some_and(|(_, words)| words == "摄氏度");
        let mark = first.end + usize::from(self.get(first.end) == Some(' '));
        let other = self.get(mark).filter(|c| is_range(*c) || matches!(c, '到' | '至'));
        let second = other.and_then(|_| self.number(mark + 1 + usize::from(self.get(mark + 1) == Some('-'))));
        celsius(first.end) || second.is_some_and(|second| celsius(second.end))
    }

    pub(super) fn share(&self, at: usize) -> (Option<char>, usize) {
        match self.get(at) {
            Some(sign @ ('%' | '‰')) => (Some(sign), at + 1),
            _ => (None, at),
        }
    }

    /// Whether a number runs on into something that it can't be read with.
    pub(super) fn strange(&self, end: usize) -> bool {
        let next = self.get(end);
        let digit = self.digit_at(end + 1);
        next.is_some_and(|c| c.is_ascii_lowercase())
            || matches!(next, Some('*' | '+' | '°'))
            || matches!(next, Some('/' | '.')) && digit
    }

    /// Two numbers with a dash or 至, 到 between them.
    pub(super) fn range(
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
    pub(super) fn countable(&self, number: &Number, end: usize) -> bool {
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
    pub(super) fn bare(&self, number: &Number) -> Step {
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
    pub(super) fn is_code(&self, number: &Number, follows: &str) -> bool {
        let length = number.whole.len();
        let room = ["室", "房", "国道", "省道", "县道", "乡道", "信箱", "号房", "路公交"];
        let road = ["国道", "省道", "县道", "乡道"];
        let named = ["尾号", "分机", "短号", "工号"];
        (3..=4).contains(&length) && room.iter().any(|word| follows.starts_with(word))
            || length == 3 && road.iter().any(|word| self.ends_with(word))
            || (2..=8).contains(&length) && named.iter().any(|word| self.ends_with(word))
            || zeros(number) && length <= 4 && follows.starts_with('号')
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
