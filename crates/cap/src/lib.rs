//! Messages of the Common Alerting Protocol: OASIS CAP 1.2, namespace `urn:oasis:names:tc:emergency:cap:1.2`.
//!
//! In: a revision of an episode as a [`Message`], or somebody's XML. Out: XML in the schema's order ([`write()`]), a
//! message read back ([`read()`]), what the schema does not catch ([`check`]), an Atom page of messages ([`feed`]).
//! Can't happen: a name with a space, a comma, `<` or `&` ([`Identifier`]); a time without its offset, with `Z` or with
//! a fraction in what is written; a word outside the lists of the standard; an entity or a DTD that is followed.
//!
//! ```text
//! Message ─ write ─→ XML ─ read ─→ Message          check::message   what is wrong with a message of ours
//!    └───── feed::atom ─→ Atom page                 check::document  what is wrong with a file, read loosely
//! ```
#![forbid(unsafe_code)]

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, Utc};

pub mod check;
pub mod feed;
mod finding;
mod moment;
mod read;
mod tree;
mod words;
mod write;
pub mod xml;

pub use finding::{Finding, Kind, VALUE_CHARS, Weight};
pub use read::{Reading, read, read_loosely};
pub use tree::{MAX_BYTES, MAX_ELEMENTS};
pub use words::{Category, Certainty, MsgType, ResponseType, Scope, Severity, Status, Urgency, Word};
pub use write::write;

cuofeng_base::catalogue!(["cap"], on[cuofeng_base]);

/// The namespace of CAP 1.2.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// Why a text can't name a message or a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing is written.
    #[error("it is empty")]
    Empty,
    /// A character that the standard or XML forbids.
    #[error("`{0}` is not allowed in it")]
    Forbidden(char),
}

/// The name of a message or of a sender: no white space, no comma, no `<` or `&`, because `references` joins them with
/// commas and spaces (OASIS CAP 1.2, 3.2.1 `identifier`, `sender`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// The name, if the standard allows it.
    pub fn new(text: impl Into<String>) -> Result<Self, IdentifierError> {
        let text = text.into();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        match text.chars().find(|c| is_forbidden(*c)) {
            Some(c) => Err(IdentifierError::Forbidden(c)),
            None => Ok(Self(text)),
        }
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_whitespace() || c.is_control() || !xml::is_legal(c) || matches!(c, ',' | '<' | '&')
}

/// Names another message: `sender,identifier,sent` (OASIS CAP 1.2, 3.2.1 `references`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Who sent it.
    pub sender: Identifier,
    /// Its name.
    pub identifier: Identifier,
    /// When it was sent.
    pub sent: DateTime<FixedOffset>,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.sender, self.identifier, moment::written(self.sent))
    }
}

/// A text that is not `sender,identifier,sent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in the form sender,identifier,sent")]
pub struct ReferenceError;

impl FromStr for Reference {
    type Err = ReferenceError;
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let mut parts = text.split(',');
        let (Some(sender), Some(identifier), Some(sent), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ReferenceError);
        };
        Ok(Self {
            sender: Identifier::new(sender).map_err(|_| ReferenceError)?,
            identifier: Identifier::new(identifier).map_err(|_| ReferenceError)?,
            sent: moment::strict(sent).ok_or(ReferenceError)?,
        })
    }
}

/// A value with the name of the list it is from: event codes, parameters, geocodes (`valueName` and `value`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValue {
    /// Name of the list, such as the standard that gives the codes.
    pub name: String,
    /// The value in it.
    pub value: String,
}

impl NamedValue {
    /// A value of a list.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// One message: `alert` (OASIS CAP 1.2, 3.2.1). `source` is neither written nor read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its name, unique for its sender.
    pub identifier: Identifier,
    /// Who sends it: a name unique in the world, by custom an Internet domain.
    pub sender: Identifier,
    /// When it was sent, in whole seconds; a fraction is cut off when it is written.
    pub sent: DateTime<FixedOffset>,
    /// Real, exercise, test.
    pub status: Status,
    /// New, changed, withdrawn.
    pub msg_type: MsgType,
    /// Who may see it.
    pub scope: Scope,
    /// The rule that limits who may see it, when the scope is Restricted.
    pub restriction: Option<String>,
    /// Whom it is for, when the scope is Private; a `"` can't be written in an address and is left out.
    pub addresses: Vec<String>,
    /// Codes of special handling.
    pub codes: Vec<String>,
    /// Its purpose in words: the reason of a Cancel or an Error, the name of an exercise.
    pub note: Option<String>,
    /// The earlier messages it speaks of.
    pub references: Vec<Reference>,
    /// Names of incidents it belongs to; written like the addresses.
    pub incidents: Vec<String>,
    /// What it says, once for each language.
    pub infos: Vec<Info>,
}

impl Message {
    /// What another message writes to name this one.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference { sender: self.sender.clone(), identifier: self.identifier.clone(), sent: self.sent }
    }

    /// When the last of its infos expires; nothing where one never does, or where there is no info.
    #[must_use]
    pub fn expires(&self) -> Option<DateTime<FixedOffset>> {
        self.infos.iter().map(|info| info.expires).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Whether it says something that has not expired at an instant; an Update does not close what it replaces.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        matches!(self.msg_type, MsgType::Alert | MsgType::Update) && self.expires().is_none_or(|expires| expires > at)
    }

    /// Whether a reference means this message: sender and identifier name it, `sent` only confirms it.
    #[must_use]
    pub fn is_named_by(&self, reference: &Reference) -> bool {
        self.sender == reference.sender && self.identifier == reference.identifier
    }
}

/// References to every earlier message of an episode that still holds when an Update or a Cancel is sent: neither
/// expired nor withdrawn (OASIS CAP 1.2, 3.2.1 `references`). One left out stays in force at whoever received it.
#[must_use]
pub fn references_to(earlier: &[Message], sent: DateTime<Utc>) -> Vec<Reference> {
    earlier.iter().filter(|m| still_holds(m, earlier, sent)).map(Message::reference).collect()
}

fn still_holds(message: &Message, among: &[Message], at: DateTime<Utc>) -> bool {
    let withdraws = |m: &&Message| m.msg_type == MsgType::Cancel && m.sent <= at;
    message.sent <= at
        && message.is_open(at)
        && !among.iter().filter(withdraws).any(|m| m.references.iter().any(|r| message.is_named_by(r)))
}

/// What a message says in one language: `info` (OASIS CAP 1.2, 3.2.2). `resource` is neither written nor read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Language tag (RFC 3066); `en-US` where a document gives none.
    pub language: String,
    /// What sort of event; at least one.
    pub categories: Vec<Category>,
    /// The event in words.
    pub event: String,
    /// What those it reaches should do.
    pub response_types: Vec<ResponseType>,
    /// How soon.
    pub urgency: Urgency,
    /// How bad; a colour is a parameter and never stands here.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// Whom it is meant for, in words.
    pub audience: Option<String>,
    /// The event as a code.
    pub event_codes: Vec<NamedValue>,
    /// From when the message holds; from when it was sent, where nothing stands here.
    pub effective: Option<DateTime<FixedOffset>>,
    /// When the event is expected to begin.
    pub onset: Option<DateTime<FixedOffset>>,
    /// When the message no longer holds.
    pub expires: Option<DateTime<FixedOffset>>,
    /// The sender's name for readers.
    pub sender_name: Option<String>,
    /// A headline.
    pub headline: Option<String>,
    /// What happens.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// A page with more.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Further values, the colour of a tier among them.
    pub parameters: Vec<NamedValue>,
    /// Where.
    pub areas: Vec<Area>,
}

/// A place: `area` (OASIS CAP 1.2, 3.2.4). Altitude and ceiling are neither written nor read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The place in words.
    pub desc: String,
    /// Rings of `latitude,longitude` points (WGS 84), the last equal to the first.
    pub polygons: Vec<String>,
    /// `latitude,longitude radius`, the radius in km.
    pub circles: Vec<String>,
    /// Codes of the place, such as the twelve digits of a village.
    pub geocodes: Vec<NamedValue>,
}

#[cfg(test)]
mod tests;
