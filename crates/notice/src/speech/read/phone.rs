//! Telephone numbers: digit by digit, in the groups that people remember.

use super::{Reader, Step};
use crate::speech::number::code;
use crate::speech::words::MEASURES;

impl Reader<'_> {
    /// A telephone number: by its form, or because the sentence speaks of calling.
    pub(super) fn phone(&self) -> Option<Step> {
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
