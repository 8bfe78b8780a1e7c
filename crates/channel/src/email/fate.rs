//! What became of a letter by mail that came back, and which letter it was.
//!
//! In: the parts of such a mail. Out: a [`Bounce`], and the Message-ID that it gives back. Can't happen: a letter of
//! another site taken for one of this.

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::message::token;
use cuofeng_base::word::identity;

/// What a report says of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The letter's number and mark, from the address that the report came to.
    pub letter: Option<(i64, String)>,
    /// The letter's key, from its Message-ID in the report.
    pub key: Option<String>,
    /// The site that the Message-ID names; empty where it names none.
    pub site: String,
    /// What it says of the letter's recipient and subject, where it names no letter.
    pub original: Option<Original>,
    /// What became of it.
    pub fate: Fate,
    /// The far side's code and words.
    pub words: String,
}

/// What a report says of the mail that it gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Addresses that it names.
    pub addresses: Vec<String>,
    /// Its words, without blanks: the letter's subject is among them.
    pub text: String,
    /// The date of the mail that it gives back.
    pub date: Option<DateTime<Utc>>,
}

/// What became of a letter by a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It will not arrive.
    Failed,
    /// It is late, and still tried.
    Delayed,
    /// It arrived.
    Delivered,
}

impl Bounce {
    /// Whether it is about the letter with this number and key, of a site. Two sites may share a mailbox.
    #[must_use]
    pub fn is_about(&self, number: i64, key: &str, site: &str) -> bool {
        match &self.letter {
            Some((named, mark)) => *named == number && *mark == token(&identity::before(site, key), 12),
            None => self.key.as_deref() == Some(key) && self.site == site,
        }
    }
}

/// Key and site in the Message-ID of the mail that the report gives back, whole or its head.
pub(super) fn original(report: &Message<'_>) -> Option<(String, String)> {
    report.parts.iter().find_map(|part| {
        let id = match &part.body {
            PartType::Message(original) => original.message_id().map(str::to_owned),
            _ if is_head(part) => {
                let original = MessageParser::default().parse(part.contents())?;
                original.message_id().map(str::to_owned)
            }
            _ => None,
        }?;
        named(&id)
    })
}

/// Whether a part is the head of a mail.
pub(super) fn is_head(part: &mail_parser::MessagePart<'_>) -> bool {
    let kinds = [
        ("text", "rfc822-headers"),
        ("message", "rfc822-headers"),
        ("message", "global-headers"),
        ("message", "global"),
    ];
    kinds.iter().any(|(kind, sub)| is(part, kind, sub))
}

/// Key and site in a Message-ID.
pub(super) fn named(id: &str) -> Option<(String, String)> {
    let (key, host) = id.trim_matches(['<', '>']).split_once('@')?;
    Some((key.to_owned(), identity::named_in(host).to_owned()))
}

/// Whether a part is of this type.
pub(super) fn is(part: &mail_parser::MessagePart<'_>, kind: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|t| {
        t.ctype().eq_ignore_ascii_case(kind) && t.subtype().is_some_and(|s| s.eq_ignore_ascii_case(sub))
    })
}
