//! Words from outside: what people answer, what stands in tables, orders, feeds and files, what far sides say.
//!
//! In: any text. Out: words that show what they are: no character that commands a terminal or a telephone, none of private
//! use (nobody else sees what it shows), none that turns the direction of what follows, none that can't be seen. Can't
//! happen: a line break in what is one line; a word changed that people write. Characters of full width, accents, rare
//! Chinese characters and what chooses their form stay.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Message;
use crate::msg;

/// Bytes that somebody means as words: UTF-8, else GB18030; where they are neither, what is no UTF-8 stands as `\xNN`.
#[must_use]
pub fn words(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    if let Some(text) = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        return text;
    }
    let mut text = String::with_capacity(bytes.len() * 2);
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        for byte in part.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// Why a character is none that words may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Odd {
    /// It ends a line, or jumps to a tab stop.
    Break,
    /// It commands a device: ESC, NUL, backspace and their like.
    Command,
    /// Of private use, or none at all: what it shows is another thing on each computer.
    Private,
    /// It turns the direction in which what follows is read.
    Direction,
    /// It can't be seen.
    Hidden,
}

impl Odd {
    /// What is odd about a character, if anything is.
    #[must_use]
    pub const fn of(c: char) -> Option<Self> {
        Some(match c {
            '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Self::Break,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Self::Command,
            '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{f0000}'..='\u{10ffff}' => Self::Private,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => Self::Direction,
            // Variation selectors are left: they choose among the forms of one Chinese character.
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => Self::Hidden,
            _ => return None,
        })
    }

    /// Whether nobody sees it where it stands.
    #[must_use]
    pub const fn is_unseen(self) -> bool {
        matches!(self, Self::Direction | Self::Hidden)
    }

    /// What to say of it.
    #[must_use]
    pub fn message(self, c: char) -> Message {
        let code = format!("U+{:04X}", u32::from(c));
        match self {
            Self::Break => msg!("outside.break"),
            Self::Command => msg!("outside.command", code = code),
            Self::Private => msg!("outside.private", code = code),
            Self::Direction => msg!("outside.direction", code = code),
            Self::Hidden => msg!("outside.hidden", code = code),
        }
    }
}

/// Words without what can't be seen in them; everything else stays.
#[must_use]
pub fn seen(text: &str) -> String {
    text.chars().filter(|c| !Odd::of(*c).is_some_and(Odd::is_unseen)).collect()
}

/// Words as one line: a break becomes a space, the rest of what is odd is left out, blanks at both ends too.
#[must_use]
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut broken = false;
    for c in text.chars() {
        match Odd::of(c) {
            // However many breaks, and blanks beside them: one space.
            None if broken && c == ' ' => {}
            None => {
                line.push(c);
                broken = false;
            }
            Some(Odd::Break) => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
                broken = true;
            }
            Some(_) => {}
        }
    }
    line.trim().to_owned()
}

/// Words as lines: as [`line`], but their line breaks stay, each as one line feed, and a tab becomes a space.
#[must_use]
pub fn lines(text: &str) -> String {
    in_lines(text, ' ')
}

/// Lines whose tabs part columns: those stay too.
#[must_use]
pub fn rows(text: &str) -> String {
    in_lines(text, '\t')
}

fn in_lines(text: &str, tab: char) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match (Odd::of(c), c) {
            (None, _) => lines.push(c),
            (Some(Odd::Break), '\t') => lines.push(tab),
            (Some(Odd::Break), '\n') if before == Some('\r') => {}
            (Some(Odd::Break), _) => lines.push('\n'),
            (Some(_), _) => {}
        }
        before = Some(c);
    }
    lines
}

/// The first odd character of a text, with its place in bytes; line breaks and tabs are not asked after.
#[must_use]
pub fn odd(text: &str) -> Option<(usize, char, Odd)> {
    text.char_indices().find_map(|(at, c)| Some((at, c, Odd::of(c).filter(|odd| *odd != Odd::Break)?)))
}

/// A text as a terminal may have it: line ends and tabs stay, everything else that commands it or turns the direction is
/// written out, as JSON does: `\u001b`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let stays = |at: usize, c: char| match c {
        ' '..='~' | '\n' | '\t' => true,
        '\r' => text.as_bytes().get(at + 1) == Some(&b'\n'),
        _ => !matches!(Odd::of(c), Some(Odd::Break | Odd::Command | Odd::Direction)),
    };
    if text.char_indices().all(|(at, c)| stays(at, c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if stays(at, c) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text with more of what is odd than chance would bring.
    pub fn text() -> impl Strategy<Value = String> {
        let odd = proptest::char::ranges(
            vec!['\0'..='\u{9f}', '\u{2000}'..='\u{206f}', '\u{e000}'..='\u{e010}', '\u{fe00}'..='\u{feff}'].into(),
        );
        proptest::collection::vec(prop_oneof![any::<char>(), odd], 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_odd_is_left_of_any_text(text in text()) {
            let line = line(&text);
            prop_assert!(line.chars().all(|c| Odd::of(c).is_none() && !c.is_control()), "{line:?}");
            prop_assert_eq!(super::line(&line), line.clone(), "once is enough");
            let lines = lines(&text);
            prop_assert!(lines.chars().all(|c| c == '\n' || Odd::of(c).is_none() && !c.is_control()), "{lines:?}");
            prop_assert_eq!(super::lines(&lines), lines.clone());
            prop_assert_eq!(odd(&lines), None);
            prop_assert_eq!(rows(&text).replace('\t', " "), lines.clone());
            let shown = visible(&text);
            prop_assert!(
                shown.replace("\r\n", "\n").chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control()),
                "{shown:?}"
            );
            // What is not odd stays, in its order.
            let plain = |text: &str| text.chars().filter(|c| Odd::of(*c).is_none() && !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(plain(&line), plain(&text));
            prop_assert_eq!(plain(&lines), plain(&text));
        }
    }

    #[test]
    fn words_that_people_write_stay_and_what_hides_in_them_goes() {
        for (text, line) in [
            ("青杠\n加油站", "青杠 加油站"),
            ("青杠 \r\n 加油站\t", "青杠 加油站"),
            ("（Ａ级）１２３　㎡", "（Ａ级）１２３　㎡"),
            ("葛\u{e0100}某", "葛\u{e0100}某"),
            ("𠮷野 Ångström é", "𠮷野 Ångström é"),
            ("\u{feff}甲\u{200b}厂\u{202e}", "甲厂"),
            ("\u{1b}[2J甲\u{9b}31m", "[2J甲31m"),
            ("码\u{e000}\u{10fffd}", "码"),
        ] {
            assert_eq!(super::line(text), line, "{text:?}");
        }
        assert_eq!(lines("一\r\n二\r三\u{2028}四\t五"), "一\n二\n三\n四 五");
        assert_eq!(visible("一\u{1b}[0m\n二\u{202e}\r"), "一\\u001b[0m\n二\\u202e\\u000d");
    }
}
