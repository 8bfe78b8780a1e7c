//! Latin letters, dashes and marks.

use super::{Reader, Step, is_range};
use crate::speech::Why;
use crate::speech::number::{cardinal, code};
use crate::speech::words::LETTERS;

impl Reader<'_> {
    /// Letters in capitals by their names, with the number that belongs to them.
    pub(super) fn letters(&self) -> Option<Step> {
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
    pub(super) fn dash(&self) -> Option<Step> {
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

    pub(super) fn mark(&self) -> Option<Step> {
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
