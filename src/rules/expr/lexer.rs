//! Words, numbers and marks of a condition, with their places.

use std::ops::Range;

use winnow::combinator::{alt, opt, repeat};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, one_of, take_while};

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A number as written, digits made half-width.
    Number(String),
    /// A word in lower case, in either script; also a unit.
    Word(String),
    /// `(`, `)`, `>`, `>=`, `<`, `<=`, `..`.
    Mark(&'static str),
    /// Anything else.
    Stray(char),
}

type Input<'a> = LocatingSlice<&'a str>;
type Lexed<T> = Result<T, ErrMode<ContextError>>;

const MARKS: [(&str, &str); 16] = [
    (">=", ">="),
    ("<=", "<="),
    ("≥", ">="),
    ("≤", "<="),
    ("＞＝", ">="),
    ("＜＝", "<="),
    (">", ">"),
    ("<", "<"),
    ("＞", ">"),
    ("＜", "<"),
    ("(", "("),
    (")", ")"),
    ("（", "("),
    ("）", ")"),
    ("..", ".."),
    ("～", ".."),
];

/// Whether a character belongs to a word or unit: letters of any script, digits after the first, and unit marks.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '/' | '³' | '²' | '°' | '℃' | '%' | '％' | '.' | '·') && c != '.'
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn half(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '％' => '%',
        // The Greek letter and the micro sign look the same and mean the same.
        'μ' => 'µ',
        other => other,
    }
}

fn number(input: &mut Input<'_>) -> Lexed<Token> {
    let mut digits = |input: &mut Input<'_>| -> Lexed<String> {
        let text: &str = take_while(1.., is_digit).parse_next(input)?;
        Ok(text.chars().map(half).collect())
    };
    let sign = opt(one_of(['-', '−', '－'])).parse_next(input)?;
    let whole = digits.parse_next(input)?;
    let part = opt((one_of(['.', '．']), digits)).parse_next(input)?;
    let mut text = if sign.is_some() { format!("-{whole}") } else { whole };
    if let Some((_, part)) = part {
        text.push('.');
        text.push_str(&part);
    }
    Ok(Token::Number(text))
}

fn mark(input: &mut Input<'_>) -> Lexed<Token> {
    for (written, meant) in MARKS {
        if input.starts_with(written) {
            winnow::token::take(written.chars().count()).parse_next(input)?;
            return Ok(Token::Mark(meant));
        }
    }
    Err(ErrMode::Backtrack(ContextError::new()))
}

fn word(input: &mut Input<'_>) -> Lexed<Token> {
    let text: &str = take_while(1.., is_word).parse_next(input)?;
    Ok(Token::Word(text.chars().map(half).flat_map(char::to_lowercase).collect()))
}

fn token(input: &mut Input<'_>) -> Lexed<(Token, Range<usize>)> {
    take_while(0.., char::is_whitespace).parse_next(input)?;
    let start = input.current_token_start();
    let token = alt((number, mark, word, any.map(Token::Stray))).parse_next(input)?;
    Ok((token, start..input.previous_token_end()))
}

/// Cuts a condition into tokens with their bytes. Never fails: what fits nothing is a [`Token::Stray`].
pub fn tokens(source: &str) -> Vec<(Token, Range<usize>)> {
    let mut input = LocatingSlice::new(source.trim_end());
    let lexed: Lexed<Vec<(Token, Range<usize>)>> = repeat(0.., token).parse_next(&mut input);
    lexed.unwrap_or_default()
}
