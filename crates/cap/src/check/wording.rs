//! What the words of a message give away: its language, an exercise, a lift.
//!
//! In: a text. Out: yes or no. These are guesses from a few signs, so most of what rests on them is a warning.

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}

/// Whether a text says that it is an exercise.
pub(super) fn speaks_of_exercise(text: &str) -> bool {
    let text = text.to_lowercase();
    ["演练", "演习", "exercise", "drill"].iter().any(|mark| text.contains(mark))
}

/// Whether an event or a headline says that a warning ends.
pub(super) fn speaks_of_lift(text: &str) -> bool {
    let text = text.to_lowercase();
    ["解除", "取消", "撤销", "终止", "all clear", "all-clear", "cancelled", "canceled", "cancellation", "lifted"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a language has the form of a tag: `zh-CN`, `en` (RFC 3066, as the schema's `xs:language`).
pub(super) fn is_language_tag(tag: &str) -> bool {
    let short = |part: &str| (1..=8).contains(&part.len());
    let mut parts = tag.split('-');
    parts.next().is_some_and(|p| short(p) && p.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|p| short(p) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether a text is, at least in part, in another language than its info says. Chinese texts name `PM2.5` and VOCs,
/// English ones a place in brackets: three English words in a row are a sentence, so are nine Chinese characters.
pub(super) fn is_foreign(text: &str, language: &str) -> bool {
    let is = |tag: &str| language.get(..2).is_some_and(|l| l.eq_ignore_ascii_case(tag));
    let han = text.chars().filter(|c| is_han(*c)).count();
    let words = longest_run_of_words(text);
    if is("zh") {
        words >= 3 || (han == 0 && words > 0)
    } else if is("en") {
        han > 8 || (han > 0 && words == 0)
    } else {
        false
    }
}

/// The most words in a row that are written like English: two letters or more, not all capitals.
fn longest_run_of_words(text: &str) -> usize {
    let is_word = |token: &str| {
        let letters = token.trim_matches(|c: char| c.is_ascii_punctuation());
        letters.len() >= 2
            && letters.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'\'')
            && letters.bytes().any(|b| b.is_ascii_lowercase())
    };
    let mut run = 0;
    let mut longest = 0;
    for token in text.split_whitespace() {
        run = if is_word(token) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Whether a text has HTML in it, which a receiver shows or reads aloud as it stands.
pub(super) fn has_markup(text: &str) -> bool {
    let tag = text.split('<').skip(1).any(|rest| {
        let name = rest.strip_prefix('/').unwrap_or(rest);
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains('>')
    });
    let entity = text.split('&').skip(1).any(|rest| {
        let name = rest.split(';').next().unwrap_or_default();
        rest.contains(';') && (["nbsp", "lt", "gt", "amp", "quot", "apos"].contains(&name) || name.starts_with('#'))
    });
    tag || entity
}

/// Whether an address can be opened as it stands (OASIS CAP 1.2, 3.2.2 `web`: a full, absolute URI).
pub(super) fn is_web_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|h| {
        !h.is_empty() && !h.starts_with('/') && !text.contains(|c: char| c.is_whitespace() || c == '<')
    })
}

/// Enough of a text to recognise it.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}
