//! What a cell says, without what programs and people put round it.
//!
//! In: cells and texts as they stand. Out: the same without signs that can't be seen, the marks by which spreadsheets
//! are told that a number is a text (`="138…"`, `'138…`), line breaks in a heading. Can't happen: a sign that people
//! write taken away; two words joined in anything but a heading.

use cuofeng_base::text::outside::{self, Odd};

/// Full-width ASCII variants and full-width blanks as ASCII, every short dash a hyphen, blanks removed at both ends: for
/// codes, numbers and addresses. The dash of missing values (`—`) stays.
#[must_use]
pub fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        other => other,
    };
    text.chars().map(narrow).collect::<String>().trim().to_owned()
}

/// The text without blanks and invisible marks at its ends.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// What a cell holds whose program marked it as text: `="138…"` and `'138…` are `138…`. Every other cell as it stands.
#[must_use]
pub fn bare(cell: &str) -> &str {
    let inner = trimmed(cell);
    if let Some(text) = inner.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return if text.contains('"') { cell } else { trimmed(text) };
    }
    // A Chinese keyboard writes a curved one.
    let curved = inner.strip_prefix(['‘', '’']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match inner.strip_prefix('\'').or(curved) {
        Some(text) if !text.is_empty() && !text.contains('\'') => trimmed(text),
        _ => cell,
    }
}

/// A heading as columns are compared: half-width, in one piece. Line breaks and blanks in it are its layout's.
#[must_use]
pub fn heading(cell: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if cell.as_bytes().iter().all(is_plain) {
        return cell.to_owned();
    }
    half_width(&outside::seen(bare(cell))).chars().filter(|c| !c.is_whitespace()).collect()
}

/// A text without what can't be seen; blanks and hyphens that only keep words together as those of the keyboard.
pub(super) fn washed(text: String) -> String {
    let odd = |c: char| other(c) != Some(c);
    if text.is_ascii() || !text.chars().any(odd) { text } else { text.chars().filter_map(other).collect() }
}

fn other(c: char) -> Option<char> {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some(' '),
        '\u{2010}' | '\u{2011}' => Some('-'),
        c if Odd::of(c).is_some_and(Odd::is_unseen) => None,
        c => Some(c),
    }
}
