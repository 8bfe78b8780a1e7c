//! Dates and times of day.

use super::{Reader, Step, is_range};
use crate::speech::Why;
use crate::speech::number::{cardinal, digits};

impl Reader<'_> {
    /// A day written in figures, a year, a run of years, the number of a document.
    pub(super) fn date(&self) -> Option<Step> {
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
    pub(super) fn clock(&self) -> Option<Step> {
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
}
