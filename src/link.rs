//! Links to a letter's own page: what a recipient opens to look at something and to answer.
//!
//! In: the number and key of a letter, and the site's keys. Out: a code that only this site can have made, and of a code
//! the letter that it was made for. Can't happen: a code stored anywhere (it is worked out anew when a letter is sent and
//! when a page is asked for); one that still opens something after two changes of the key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::channel::sms::receipt::Heard;
use crate::channel::{AskFuture, Channel, HeardFuture, Letter, NotedFuture, SendFuture};
use crate::config::Limit;
use crate::file::{self, Access, FileError};

/// Stands in a text where the letter's code is filled in when it is sent.
pub const SLOT: char = '\u{e000}';

/// A text whose letter goes in the message of another, at a place from 1: its code is filled in as that letter's.
#[must_use]
pub fn placed(text: &str, place: u32) -> String {
    text.replace(SLOT, slot(place).encode_utf8(&mut [0; 4]))
}

/// What stands for the code of the letter at a place; at 0 is the one whose message it is.
fn slot(place: u32) -> char {
    char::from_u32(u32::from(SLOT) + place).unwrap_or(SLOT)
}

/// Below a site's public address.
pub const PATH: &str = "/n/";

/// After so many days a new key is made; the one before it is still taken.
const KEY_DAYS: i64 = 60;

/// Crockford's base 32 in lower case: no letter that can be read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a code that prove it: 5 bits each.
const PROOF: usize = 16;

/// Why the keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The file can't be read or written.
    #[error("{file}: {cause}")]
    File {
        /// The file.
        file: String,
        /// The system's words.
        cause: std::io::Error,
    },
    /// A line of the file is no key.
    #[error("{file}: line {line} is not a key; move the file away and a new one is made (links that are out then end)")]
    Line {
        /// The file.
        file: String,
        /// The line's number, from 1.
        line: usize,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// The keys of a site, the newest first.
#[derive(Clone)]
pub struct Keys(Vec<(NaiveDate, hmac::Key)>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.0.len()).finish()
    }
}

impl Keys {
    /// Reads `state/link.keys` of a site; makes the first key, and a new one when the newest has grown old.
    pub fn open(root: &Path, now: DateTime<Utc>) -> Result<Self, LinkError> {
        let path = root.join("state").join("link.keys");
        let shown = path.display().to_string();
        let failed = |cause| LinkError::File { file: shown.clone(), cause };
        let text = match file::text(&path, file::KEY) {
            Ok(text) => text,
            // Only where there is nothing: new keys end every link that is out.
            Err(FileError::Absent) => String::new(),
            Err(cause) => return Err(failed(cause.into())),
        };
        let mut lines: Vec<(NaiveDate, String)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let parts = line.split_once(' ').and_then(|(day, key)| Some((day.parse().ok()?, key.to_owned())));
            let line = parts.filter(|(_, key)| bytes(key).is_some());
            lines.push(line.ok_or_else(|| LinkError::Line { file: shown.clone(), line: number + 1 })?);
        }
        let today = now.date_naive();
        if lines.first().is_none_or(|(day, _)| today - *day >= TimeDelta::days(KEY_DAYS)) {
            let mut secret = [0; 32];
            SystemRandom::new().fill(&mut secret).map_err(|_| LinkError::Random)?;
            lines.insert(0, (today, secret.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))));
            lines.truncate(2);
            write(&path, &lines).map_err(failed)?;
        }
        let key = |(day, text): (NaiveDate, String)| Some((day, hmac::Key::new(hmac::HMAC_SHA256, &bytes(&text)?)));
        Ok(Self(lines.into_iter().filter_map(key).collect()))
    }

    /// The code of a letter.
    #[must_use]
    pub fn code(&self, number: i64, key: &str) -> String {
        let proof = self.0.first().map_or_else(String::new, |(_, newest)| proof(newest, number, key));
        format!("{}-{proof}", in_letters(u64::try_from(number).unwrap_or(0)))
    }

    /// Whether a code was made for the letter with this number and key.
    #[must_use]
    pub fn proves(&self, code: &str, number: i64, key: &str) -> bool {
        let given = code.rsplit_once('-').map_or("", |(_, proof)| proof);
        // Every key is tried to the end, so that time tells nothing.
        self.0.iter().fold(false, |found, (_, k)| found | same(given.as_bytes(), proof(k, number, key).as_bytes()))
    }
}

/// The letter's number that a code names; what it says is not proved yet.
#[must_use]
pub fn number(code: &str) -> Option<i64> {
    let (number, proof) = code.rsplit_once('-')?;
    if number.is_empty() || number.len() > 12 || proof.len() != PROOF {
        return None;
    }
    number.bytes().try_fold(0_i64, |sum, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some(sum * 32 + i64::try_from(digit).ok()?)
    })
}

/// Whether two texts are the same, in a time that doesn't tell how much of them is.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn proof(key: &hmac::Key, number: i64, letter: &str) -> String {
    let tag = hmac::sign(key, format!("{number}\n{letter}").as_bytes());
    // Five bits of each byte: as good as any others of an HMAC.
    tag.as_ref().iter().take(PROOF).map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

fn in_letters(mut number: u64) -> String {
    let mut letters = Vec::new();
    while letters.is_empty() || number > 0 {
        let digit = (number % 32) as usize;
        letters.push(char::from(ALPHABET[digit]));
        number /= 32;
    }
    letters.iter().rev().collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|p| p.len() == 2));
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    bytes.filter(|bytes| bytes.len() == 32)
}

fn write(path: &Path, lines: &[(NaiveDate, String)]) -> std::io::Result<()> {
    let text = lines.iter().fold(String::new(), |text, (day, key)| text + &format!("{day} {key}\n"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    file::write(path.parent().unwrap_or(Path::new("")), &name, text.as_bytes(), Access::Own)
}

/// A channel whose letters get their code when they are sent.
pub struct Linking {
    keys: Arc<Keys>,
    inner: Arc<dyn Channel>,
}

impl Linking {
    /// The channel `inner`, with codes made by `keys`.
    #[must_use]
    pub fn new(keys: Arc<Keys>, inner: Arc<dyn Channel>) -> Self {
        Self { keys, inner }
    }

    fn filled(&self, letter: &Letter) -> Option<Letter> {
        let own = std::iter::once((letter.number, letter.key.as_str()));
        let all: Vec<(char, i64, &str)> = own
            .chain(letter.with.iter().map(|(number, key)| (*number, key.as_str())))
            .zip(0..)
            .map(|((number, key), place)| (slot(place), number, key))
            .collect();
        let holds = |text: &str| all.iter().any(|(slot, ..)| text.contains(*slot));
        (holds(&letter.body) || holds(&letter.subject)).then(|| {
            let fill = |text: &str| {
                all.iter().fold(text.to_owned(), |text, (slot, number, key)| {
                    text.replace(*slot, &self.keys.code(*number, key))
                })
            };
            Letter { body: fill(&letter.body), subject: fill(&letter.subject), ..letter.clone() }
        })
    }
}

impl Channel for Linking {
    fn idempotent(&self) -> bool {
        self.inner.idempotent()
    }

    fn width(&self) -> usize {
        self.inner.width()
    }

    fn limits(&self) -> &[Limit] {
        self.inner.limits()
    }

    fn resends_unknown(&self) -> bool {
        self.inner.resends_unknown()
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        match self.filled(letter) {
            None => self.inner.send(letter),
            Some(filled) => Box::pin(async move { self.inner.send(&filled).await }),
        }
    }

    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        match self.filled(letter) {
            None => self.inner.ask(letter, id),
            Some(filled) => Box::pin(async move { self.inner.ask(&filled, id).await }),
        }
    }

    fn heard(&self, wanted: bool) -> HeardFuture<'_> {
        self.inner.heard(wanted)
    }

    fn noted<'a>(&'a self, heard: &'a [Heard]) -> NotedFuture<'a> {
        self.inner.noted(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> DateTime<Utc> {
        format!("{day}T00:00:00Z").parse().expect("a time")
    }

    #[test]
    fn a_code_opens_its_own_letter_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(folder.path(), at("2026-05-01")).expect("keys");
        let code = keys.code(70_000, "ozone.r1.email");
        assert_eq!(number(&code), Some(70_000));
        assert!(keys.proves(&code, 70_000, "ozone.r1.email"));
        assert!(!keys.proves(&code, 70_001, "ozone.r1.email"), "not another letter's");
        assert!(!keys.proves(&code, 70_000, "ozone.r2.email"), "not another letter of that number after a restore");
        for (place, _) in code.char_indices().filter(|(_, c)| *c != '-') {
            let other = if code.as_bytes()[place] == b'z' { "y" } else { "z" };
            let mut forged = code.clone();
            forged.replace_range(place..=place, other);
            let opened = number(&forged).is_some_and(|n| keys.proves(&forged, n, "ozone.r1.email"));
            assert!(!opened, "{forged}");
        }
        for junk in ["", "-", "1-", "u-0000000000000000", "1-000000000000000", "zzzzzzzzzzzzz-0000000000000000", "é-é"]
        {
            assert!(number(junk).is_none_or(|n| !keys.proves(junk, n, "")), "{junk}");
        }
        let elsewhere = Keys::open(tempfile::tempdir().expect("a folder").path(), at("2026-05-01")).expect("keys");
        assert!(!elsewhere.proves(&code, 70_000, "ozone.r1.email"), "another site's key proves nothing");
    }

    #[test]
    fn a_key_is_changed_in_time_and_the_one_before_is_still_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Keys::open(folder.path(), at("2026-05-01")).expect("keys").code(1, "a");
        let again = Keys::open(folder.path(), at("2026-06-29")).expect("keys");
        assert_eq!(again.code(1, "a"), first, "the key stands for {KEY_DAYS} days");
        let second = Keys::open(folder.path(), at("2026-06-30")).expect("keys");
        assert_ne!(second.code(1, "a"), first);
        assert!(second.proves(&first, 1, "a"));
        let third = Keys::open(folder.path(), at("2026-08-29")).expect("keys");
        assert!(!third.proves(&first, 1, "a"), "and ends with the next change");
    }

    #[test]
    fn a_spoilt_file_of_keys_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("state")).expect("a folder");
        for text in ["2026-05-01", "2026-05-01 abc", "yesterday 00", "\n"] {
            std::fs::write(folder.path().join("state/link.keys"), text).expect("a file");
            assert!(Keys::open(folder.path(), at("2026-05-01")).is_err(), "{text:?}");
        }
    }
}
