//! Acknowledgements: what a recipient answers, and for which revision an answer counts.
//!
//! In: answers and the revisions told; a reply as somebody wrote it and the notices that are open to its sender. Out:
//! the answer that holds; what a reply means, or that a person must read it. Can't happen: an old answer that counts
//! for other hours or another level; a reply that could mean two notices taken for one of them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sha2::Digest;

use crate::warning::{Revision, Span};
use crate::{Rule, Shape};
use cuofeng_base::msg;
use cuofeng_base::text::{Message, outside};
use cuofeng_base::time::{Hour, Zone};

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Read and understood.
    Known,
    /// Done as asked.
    Done,
    /// Can't be done, and why.
    Unable(String),
}

impl Said {
    /// The word in the database and on the command line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Done => "done",
            Self::Unable(_) => "unable",
        }
    }

    /// The answer with this word; that it can't be done needs a reason.
    #[must_use]
    pub fn named(word: &str, reason: &str) -> Option<Self> {
        match word {
            "known" => Some(Self::Known),
            "done" => Some(Self::Done),
            "unable" => Some(outside::line(reason)).filter(|reason| !reason.is_empty()).map(Self::Unable),
            _ => None,
        }
    }

    /// Why it can't be done; empty for the others.
    #[must_use]
    pub fn reason(&self) -> &str {
        if let Self::Unable(reason) = self { reason } else { "" }
    }

    /// The answer in a table.
    #[must_use]
    pub const fn message(&self) -> Message {
        msg!(match self {
            Self::Known => "ack.known",
            Self::Done => "ack.done",
            Self::Unable(_) => "ack.unable",
        })
    }
}

/// An answer on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Revision of the notice that was answered.
    pub revision: u32,
    /// What was said.
    pub said: Said,
    /// When.
    pub at: DateTime<Utc>,
}

/// The answer that holds for a revision: the latest of those given to it, or to an earlier one while nothing that the
/// recipient was asked changed in between.
#[must_use]
pub fn holding<'a>(answers: &'a [Answer], revisions: &[Revision], number: u32) -> Option<&'a Answer> {
    let asked = revisions.iter().find(|r| r.number == number)?;
    let same_since = |from: u32| {
        let told = revisions.iter().filter(|r| r.told && (from..=number).contains(&r.number));
        from <= number && told.into_iter().all(|r| r.spans == asked.spans)
    };
    // A later one takes the place of an earlier one, whatever their order on record.
    answers.iter().filter(|answer| same_since(answer.revision)).max_by_key(|answer| (answer.at, answer.revision))
}

/// Whether a notice asks for nothing that an earlier one of its episode did not: no higher level, no order, and, where
/// the rule asks for hours of a day, no other clock hours. Whoever knew of that one knows what to do.
#[must_use]
pub fn asks_no_more(rule: &Rule, before: &[Span], after: &[Span], zone: &Zone) -> bool {
    let highest = |spans: &[Span]| spans.iter().map(|span| span.level).min();
    let ordered = |spans: &[Span]| spans.iter().any(|span| span.ordered);
    let clock = |spans: &[Span]| -> BTreeSet<u32> {
        let hours = spans.iter().map(|span| span.period.starts());
        hours.flat_map(|hours| (hours.start.0..hours.end.0).map(|hour| zone.clock(Hour(hour)))).collect()
    };
    let same_day = rule.shape == Shape::Days || clock(after).is_subset(&clock(before));
    highest(before) <= highest(after) && !before.is_empty() && (ordered(before) || !ordered(after)) && same_day
}

/// The code that tells a notice from another one in a reply: no secret, three characters. It is each recipient's own: two
/// may share a telephone.
#[must_use]
pub fn code(episode: &str, revision: u32, recipient: &str) -> String {
    letters(&format!("{episode}.r{revision}.{recipient}"))
}

/// The code that messages of a revision bore before each recipient had one of their own: answers to them still come.
#[must_use]
pub fn earlier_code(episode: &str, revision: u32) -> String {
    letters(&format!("{episode}.r{revision}"))
}

fn letters(of: &str) -> String {
    const ALPHABET: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    let digest = sha2::Sha256::digest(of.as_bytes());
    digest.iter().take(3).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

/// What a reply says, before it is known which notice it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An answer, with the code of a notice where one was written.
    Answer(Said, Option<String>),
    /// No more messages are wanted: a person follows it up.
    OptOut,
    /// Anything else: a person reads it.
    Other,
}

impl Reply {
    /// The word in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Answer(said, _) => said.word(),
            Self::OptOut => "leave",
            Self::Other => "other",
        }
    }
}

/// Reads a reply as it comes from a telephone: `1`, `１。`, `收到`, `2 KQF`, `1KQF`, `3 停不下来`.
#[must_use]
pub fn read(text: &str) -> Reply {
    let plain: String = text.chars().map(narrow).collect();
    let trim = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || c.is_ascii_punctuation()
            || "，。！？、；：“”‘’（）【】《》…—～·\u{feff}\u{200b}".contains(c)
    };
    let mut rest = plain.trim_matches(trim);
    let mut given = None;
    // A code stands alone, before or behind what is said.
    for word in [rest.split(trim).next_back(), rest.split(trim).next()].into_iter().flatten() {
        if is_code(word) && given.is_none() && rest.len() > 3 {
            given = Some(word.to_ascii_uppercase());
            rest = rest.strip_suffix(word).or_else(|| rest.strip_prefix(word)).unwrap_or(rest).trim_matches(trim);
        }
    }
    // Nor does everybody put a blank between the two.
    if given.is_none()
        && let Some((said, code)) = attached(rest)
    {
        given = Some(code.to_ascii_uppercase());
        rest = said;
    }
    let lower: String = rest.chars().filter(|c| !trim(*c)).flat_map(char::to_lowercase).collect();
    let leaves = ["r", "t", "td", "n", "退订", "退订回t", "拒收", "不要再发", "unsubscribe", "stop"];
    if leaves.contains(&lower.as_str()) {
        return Reply::OptOut;
    }
    let said = match lower.as_str() {
        "1" | "收到" | "已收到" | "收到了" | "收到1" | "知道了" | "已知晓" | "1收到" | "1已知晓" | "ok" | "好的" => {
            Some(Said::Known)
        }
        "2" | "已执行" | "2已执行" | "已停" | "已停产" => Some(Said::Done),
        _ => ["3", "无法执行"].iter().find_map(|word| {
            let reason = rest.strip_prefix(word)?.trim_matches(trim);
            let reason = reason.strip_prefix("无法执行").unwrap_or(reason).trim_matches(trim);
            // 3点以后停 or 30 begin with a three and are no answer.
            let begins = reason.chars().next()?;
            let clear = !begins.is_ascii_digit() && !"点时月日号个台天小分".contains(begins);
            clear.then(|| Said::Unable(reason.to_owned()))
        }),
    };
    said.map_or(Reply::Other, |said| Reply::Answer(said, given))
}

/// Whether a word may be the code of a notice.
fn is_code(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic() && !matches!(b | 32, b'i' | b'o'))
}

/// A short answer and the code that is written right behind or before it: `1KQF`, `KQF2`, `收到KQF`.
fn attached(text: &str) -> Option<(&str, &str)> {
    ["1", "2", "收到", "已收到", "知道了", "已执行"].iter().find_map(|said| {
        let code = text.strip_prefix(said).or_else(|| text.strip_suffix(said))?;
        is_code(code).then_some((*said, code))
    })
}

/// Wide forms as plain characters.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '　' => ' ',
        _ => c,
    }
}

/// A notice that is open to the sender of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The notice's key.
    pub notice: String,
    /// Its code.
    pub code: String,
    /// A code that its messages bore and that others of its revision had, too; none where they bore its own alone.
    pub earlier: Option<String>,
    /// Whether it was answered.
    pub answered: bool,
    /// The message that brought it last, by number: one may have brought several.
    pub message: i64,
    /// Whether that message left after the sender's last answer.
    pub since: bool,
}

/// What becomes of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// It answers these notices: one, all that came in one message, or all that came since its sender's last answer.
    Notices(Vec<String>, Said),
    /// A person must read it.
    Person(Why),
}

/// Why a person must read a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No notice is open to its sender.
    NothingOpen,
    /// It could mean more than one notice.
    Ambiguous,
    /// Its code is of no notice that is open to its sender.
    Code,
    /// Its sender wants no more messages.
    OptOut,
    /// What it says is no answer.
    Words,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NothingOpen, Self::Ambiguous, Self::Code, Self::OptOut, Self::Words];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NothingOpen => "nothing-open",
            Self::Ambiguous => "ambiguous",
            Self::Code => "code",
            Self::OptOut => "opt-out",
            Self::Words => "words",
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        msg!(match self {
            Self::NothingOpen => "ack.nothing_open",
            Self::Ambiguous => "ack.ambiguous",
            Self::Code => "ack.other_code",
            Self::OptOut => "ack.opt_out",
            Self::Words => "ack.words",
        })
    }
}

/// Which of the notices that are open to its sender a reply answers.
#[must_use]
pub fn meant(reply: Reply, open: &[Open]) -> Meant {
    match reply {
        Reply::OptOut => Meant::Person(Why::OptOut),
        Reply::Other => Meant::Person(Why::Words),
        Reply::Answer(said, Some(code)) => {
            let own: Vec<&Open> = open.iter().filter(|open| open.code == code).collect();
            let shared: Vec<&Open> = open.iter().filter(|open| open.earlier.as_ref() == Some(&code)).collect();
            // One that several messages bore is said to all of them, but one of them alone may be what can't be done.
            let all = own.is_empty() && !matches!(said, Said::Unable(_));
            match if own.is_empty() { shared } else { own }.as_slice() {
                [] => Meant::Person(Why::Code),
                [_, _, ..] if !all => Meant::Person(Why::Ambiguous),
                fits => Meant::Notices(fits.iter().map(|one| one.notice.clone()).collect(), said),
            }
        }
        Reply::Answer(said, None) => {
            // A bare "received" is said to what has come last; that it is done could mean any of them.
            let fresh: Vec<&Open> = open.iter().filter(|open| said == Said::Known && !open.answered).collect();
            let since: Vec<&Open> = fresh.iter().copied().filter(|open| open.since).collect();
            if !since.is_empty() {
                return Meant::Notices(since.iter().map(|one| one.notice.clone()).collect(), said);
            }
            let those = if fresh.is_empty() { open.iter().collect() } else { fresh };
            let Some(first) = those.first() else { return Meant::Person(Why::NothingOpen) };
            // What is said to a message is said to all that it brought, but one of them alone may be what can't be done.
            let together = !matches!(said, Said::Unable(_)) && those.iter().all(|one| one.message == first.message);
            if those.len() > 1 && !together {
                return Meant::Person(Why::Ambiguous);
            }
            Meant::Notices(those.iter().map(|one| one.notice.clone()).collect(), said)
        }
    }
}

#[cfg(test)]
mod tests;
