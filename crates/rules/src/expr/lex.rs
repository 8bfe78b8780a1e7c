//! Numbers, words and marks of a condition, with their places.

use std::ops::Range;

use winnow::combinator::{alt, delimited, opt, repeat};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{one_of, take_while};

use super::names::{Word, fold, joins, longest};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits, with or without a fraction; the text has them.
    Number,
    /// A word or mark of the vocabulary.
    Word(Word),
    /// Anything else: a run of letters, or one other character.
    Stray,
}

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

type Input<'s> = LocatingSlice<&'s str>;
type Lexed<T> = Result<T, ErrMode<ContextError>>;

/// Cuts a condition into tokens. Never fails: what fits nothing is [`Kind::Stray`].
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut input = LocatingSlice::new(source);
    let lexed: Lexed<Vec<Token>> = repeat(0.., token).parse_next(&mut input);
    lexed.unwrap_or_default()
}

fn token(input: &mut Input<'_>) -> Lexed<Token> {
    delimited(blank, alt((number, word, stray)).with_span(), blank)
        .map(|(kind, range)| Token { kind, range })
        .parse_next(input)
}

fn blank(input: &mut Input<'_>) -> Lexed<()> {
    // The byte order mark and the zero-width space come along when text is pasted from office software.
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    take_while(0.., blank).void().parse_next(input)
}

fn number(input: &mut Input<'_>) -> Lexed<Kind> {
    let digit = |c: char| fold(c).is_ascii_digit();
    let point = |c: char| fold(c) == '.';
    // The point of `10..18` is no fraction: digits must follow it.
    (take_while(1.., digit), opt((one_of(point), take_while(1.., digit)))).value(Kind::Number).parse_next(input)
}

fn word(input: &mut Input<'_>) -> Lexed<Kind> {
    let Some((length, word)) = longest(rest(input)) else { return Err(nothing()) };
    input.next_slice(length);
    Ok(Kind::Word(word))
}

/// A run of letters up to where a known word begins, or one character.
fn stray(input: &mut Input<'_>) -> Lexed<Kind> {
    let text = rest(input);
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return Err(nothing()) };
    let end = if joins(fold(first)) {
        chars.find(|(_, c)| !joins(fold(*c)))
    } else if first.is_alphabetic() {
        chars.find(|(at, c)| {
            !c.is_alphabetic() || joins(fold(*c)) || text.get(*at..).is_some_and(|t| longest(t).is_some())
        })
    } else {
        chars.next()
    };
    input.next_slice(end.map_or(text.len(), |(at, _)| at));
    Ok(Kind::Stray)
}

fn rest<'s>(input: &Input<'s>) -> &'s str {
    input.peek_slice(input.eof_offset())
}

fn nothing() -> ErrMode<ContextError> {
    ErrMode::Backtrack(ContextError::new())
}
