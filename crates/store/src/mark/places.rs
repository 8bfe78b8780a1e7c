//! The form of a mark's file: a line that says what it is, and two places for the number, each with its sum.
//!
//! In: numbers with their instants; the bytes of a file. Out: the bytes of a place; the last number that is whole. Can't
//! happen: a number that a crash left half written taken for one.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::{instant, seconds};
use cuofeng_base::text::hex;

/// The first line of a mark's file.
const HEAD: &str = "cuofeng mark 1";

/// How the first line begins, of whatever version.
const ANY: &str = "cuofeng mark ";

/// Bytes of the first line and of each place.
pub(super) const LINE: usize = 64;

/// A file in which nothing is counted yet.
pub(super) fn first() -> Vec<u8> {
    [padded(HEAD), line(0, DateTime::UNIX_EPOCH), padded("")].concat()
}

fn padded(text: &str) -> Vec<u8> {
    format!("{text:<width$}\n", width = LINE - 1).into_bytes()
}

/// A number in its place.
pub(super) fn line(number: i64, at: DateTime<Utc>) -> Vec<u8> {
    let words = format!("{number:020} {:020}", seconds(at));
    padded(&format!("{words} {}", sum(&words)))
}

fn sum(words: &str) -> String {
    hex(&Sha256::digest(words.as_bytes())[..8])
}

/// What stands in the first or second place, if it is whole.
pub(super) fn place(bytes: &[u8], place: usize) -> Option<(i64, DateTime<Utc>)> {
    let line = std::str::from_utf8(bytes.get((place + 1) * LINE..(place + 2) * LINE)?).ok()?;
    let (words, check) = line.trim_end().rsplit_once(' ')?;
    let (number, at) = words.split_once(' ').filter(|_| sum(words) == check)?;
    Some((number.parse().ok()?, instant(at.parse().ok()?, "mark").ok()?))
}

/// Whether a newer program wrote a file.
pub(super) fn is_newer(bytes: &[u8]) -> bool {
    bytes.starts_with(ANY.as_bytes()) && !bytes.starts_with(format!("{HEAD} ").as_bytes())
}

/// The last number of a file, if either place is whole.
pub(super) fn last(bytes: &[u8]) -> Option<(i64, DateTime<Utc>)> {
    let is_ours = bytes.get(..LINE) == Some(padded(HEAD).as_slice());
    [0, 1].into_iter().filter(|_| is_ours).filter_map(|which| place(bytes, which)).max_by_key(|(number, _)| *number)
}
