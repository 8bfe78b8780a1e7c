//! Links to a letter's own page: what a recipient opens to look at something and to answer.
//!
//! In: the number and key of a letter, and the site's keys. Out: a code that only this site can have made, and of a code
//! the letter that it was made for. Can't happen: a code stored anywhere (it is worked out anew when a letter is sent and
//! when a page is asked for); one that still opens something after two changes of the key; a forged one that has a
//! database opened or read.
//!
//! A code is the letter's number and two proofs: the gate, over the number alone, which costs nothing to check, and the
//! letter's own, over its number and its key, so that after a restore a code opens no other letter that was given the
//! same number. Codes made before there were gates have one proof of the same length. They are taken only under keys
//! that are as old (their lines lack the word `gate`), so until both of those have been replaced: at most
//! 2 × 60 days after the program was renewed, longer than any letter is of use. Until then a forged code of such a site
//! costs one read by the letter's number; on a site whose keys are all new it costs none.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::sms::receipt::Heard;
use crate::{AskFuture, Channel, HeardFuture, Letter, NotedFuture, SendFuture};
use cuofeng_base::file::{self, Access, FileError};
use cuofeng_base::text::hex;
use cuofeng_base::word::Limit;
use cuofeng_base::word::identity::DIGITS;

/// Below a site's public address.
pub const PATH: &str = "/n/";

/// After so many days a new key is made; the one before it is still taken.
const KEY_DAYS: i64 = 60;

/// Characters of a code that prove it: 5 bits each.
const PROOF: usize = 16;

/// How many of them are the gate.
const GATE: usize = 6;

/// Ends the line of a key under which every code has a gate.
const GATED: &str = "gate";

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
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    key: hmac::Key,
    /// Whether codes without a gate may have been made with it.
    ungated: bool,
}

/// A line of the file: since when, the key in hexadecimal digits, and whether all its codes have a gate.
type Line = (NaiveDate, String, bool);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.0.len()).finish()
    }
}

impl Keys {
    /// Where the keys of a site lie.
    #[must_use]
    pub fn file(root: &Path) -> PathBuf {
        root.join("state").join("link.keys")
    }

    /// Reads `state/link.keys` of a site; makes the first key, and a new one when the newest has grown old.
    pub fn open(root: &Path, now: DateTime<Utc>) -> Result<Self, LinkError> {
        let path = Self::file(root);
        let shown = path.display().to_string();
        let failed = |cause| LinkError::File { file: shown.clone(), cause };
        let text = match file::text(&path, file::KEY) {
            Ok(text) => text,
            // Only where there is nothing: new keys end every link that is out.
            Err(FileError::Absent) => String::new(),
            Err(cause) => return Err(failed(cause.into())),
        };
        let mut lines: Vec<Line> = Vec::new();
        for (number, text) in text.lines().enumerate() {
            let line = line(text).filter(|(_, key, _)| bytes(key).is_some());
            lines.push(line.ok_or_else(|| LinkError::Line { file: shown.clone(), line: number + 1 })?);
        }
        let today = now.date_naive();
        if lines.first().is_none_or(|(day, ..)| today - *day >= TimeDelta::days(KEY_DAYS)) {
            let mut secret = [0; 32];
            SystemRandom::new().fill(&mut secret).map_err(|_| LinkError::Random)?;
            lines.insert(0, (today, hex(&secret), true));
            lines.truncate(2);
            write(&path, &lines).map_err(failed)?;
        }
        let key = |(_, text, gated): Line| {
            Some(Key { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes(&text)?), ungated: !gated })
        };
        Ok(Self(lines.into_iter().filter_map(key).collect()))
    }

    /// The code of a letter.
    #[must_use]
    pub fn code(&self, number: i64, key: &str) -> String {
        let proof = self.0.first().map_or_else(String::new, |newest| gated(&newest.key, number, key));
        format!("{}-{proof}", in_letters(u64::try_from(number).unwrap_or(0)))
    }

    /// The number of the letter that a code is for, where the code alone shows that this site may have made it. Whether it
    /// was made for the letter that bears the number now, [`Self::proves`] says.
    #[must_use]
    pub fn admits(&self, code: &str) -> Option<i64> {
        let number = number(code)?;
        let (_, given) = code.rsplit_once('-')?;
        let given = given.as_bytes().get(..GATE)?;
        let admitted =
            |found, k: &Key| found | k.ungated | same(given, tag(&k.key, &format!("gate\n{number}"), GATE).as_bytes());
        self.0.iter().fold(false, admitted).then_some(number)
    }

    /// Whether a code was made for the letter with this number and key.
    #[must_use]
    pub fn proves(&self, code: &str, number: i64, key: &str) -> bool {
        let given = code.rsplit_once('-').map_or("", |(_, proof)| proof).as_bytes();
        // Every key is tried to the end, so that time tells nothing.
        self.0.iter().fold(false, |found, k| {
            let old = k.ungated && same(given, tag(&k.key, &format!("{number}\n{key}"), PROOF).as_bytes());
            found | old | same(given, gated(&k.key, number, key).as_bytes())
        })
    }
}

/// The letter's number that a code names; what it says is not proved yet.
fn number(code: &str) -> Option<i64> {
    let (number, proof) = code.rsplit_once('-')?;
    if number.is_empty() || number.len() > 12 || proof.len() != PROOF {
        return None;
    }
    number.bytes().try_fold(0_i64, |sum, byte| {
        let digit = DIGITS.iter().position(|letter| *letter == byte)?;
        Some(sum * 32 + i64::try_from(digit).ok()?)
    })
}

/// Whether two texts are the same, in a time that doesn't tell how much of them is.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// The gate, and the letter's own proof.
fn gated(key: &hmac::Key, number: i64, letter: &str) -> String {
    tag(key, &format!("gate\n{number}"), GATE) + &tag(key, &format!("letter\n{number}\n{letter}"), PROOF - GATE)
}

fn tag(key: &hmac::Key, text: &str, length: usize) -> String {
    let tag = hmac::sign(key, text.as_bytes());
    // Five bits of each byte: as good as any others of an HMAC.
    tag.as_ref().iter().take(length).map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect()
}

fn line(text: &str) -> Option<Line> {
    let (day, rest) = text.split_once(' ')?;
    let (key, gated) = rest.split_once(' ').map_or((rest, false), |(key, word)| (key, word == GATED));
    // A word that is not known may mean anything.
    (gated || !rest.contains(' ')).then_some((day.parse().ok()?, key.to_owned(), gated))
}

fn in_letters(mut number: u64) -> String {
    let mut letters = Vec::new();
    while letters.is_empty() || number > 0 {
        let digit = (number % 32) as usize;
        letters.push(char::from(DIGITS[digit]));
        number /= 32;
    }
    letters.iter().rev().collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|p| p.len() == 2));
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    bytes.filter(|bytes| bytes.len() == 32)
}

fn write(path: &Path, lines: &[Line]) -> std::io::Result<()> {
    let mark = |gated: &bool| if *gated { format!(" {GATED}") } else { String::new() };
    let text =
        lines.iter().fold(String::new(), |text, (day, key, gated)| text + &format!("{day} {key}{}\n", mark(gated)));
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

    /// The letter with its codes; none where it has no places for any.
    fn filled(&self, letter: &Letter) -> Option<Letter> {
        if letter.with.is_empty() {
            return None;
        }
        let mut body = letter.body.clone();
        // From the last one back, so that none moves another's place.
        for code in letter.with.iter().rev().filter(|code| letter.body.is_char_boundary(code.at)) {
            body.insert_str(code.at, &self.keys.code(code.number, &code.key));
        }
        Some(Letter { body, with: Vec::new(), ..letter.clone() })
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
        for other in 0..2_000 {
            let guess = format!("{}-{}", in_letters(other), code.rsplit_once('-').expect("two parts").1);
            assert!(other == 70_000 || keys.admits(&guess).is_none(), "no database is asked about {guess}");
        }
        assert_eq!(keys.admits(&code), Some(70_000));
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
    fn codes_made_before_there_were_gates_open_their_letter_until_their_key_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("state")).expect("a folder");
        let digits = "1f".repeat(32);
        std::fs::write(Keys::file(folder.path()), format!("2026-05-01 {digits}\n")).expect("a file");
        // HMAC-SHA-256 under that key of "7\na", by another program: five bits of each of the first 16 bytes.
        let old = "7-10gjn8p8qcyg64hk";
        let keys = Keys::open(folder.path(), at("2026-06-01")).expect("keys");
        assert!(keys.admits(old) == Some(7) && keys.proves(old, 7, "a") && !keys.proves(old, 7, "b"));
        let new = keys.code(7, "a");
        assert!(new != old && keys.proves(&new, 7, "a"), "what leaves from now on has a gate");
        let next = Keys::open(folder.path(), at("2026-07-01")).expect("keys");
        assert!(next.admits(old) == Some(7) && next.proves(old, 7, "a"), "the key before is taken");
        let last = Keys::open(folder.path(), at("2026-09-01")).expect("keys");
        assert!(last.admits(old).is_none() && !last.proves(old, 7, "a"), "and ends with the next change");
        assert!(last.admits("7-0000000000000000").is_none(), "from then on a forged code is seen by itself");
    }

    #[test]
    fn a_spoilt_file_of_keys_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("state")).expect("a folder");
        for text in
            ["2026-05-01", "2026-05-01 abc", "yesterday 00", "\n", &format!("2026-05-01 {} door", "1f".repeat(32))]
        {
            std::fs::write(folder.path().join("state/link.keys"), text).expect("a file");
            assert!(Keys::open(folder.path(), at("2026-05-01")).is_err(), "{text:?}");
        }
    }
}
