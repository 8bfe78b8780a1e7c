//! What the schema of CAP 1.2 does not catch.
//!
//! In: a message or a document, when and by whom it is judged, the earlier messages of its episode. Out: findings, in
//! the order of the message. Can't happen: the same fault told twice; a message judged by a guess of what it is.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::{Finding, Kind, Message, MsgType, Scope, Status, Weight, moment, read_loosely};

mod info;
mod references;
mod shape;
mod wording;

/// Whose warning a message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The office's own tip, for its addressees only.
    Own,
    /// A government's order that the office passes on; it may be Public.
    Relayed,
}

/// What a message is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time. For an old file, the time it was sent.
    pub now: DateTime<Utc>,
    /// Whose warning it is.
    pub origin: Origin,
    /// All earlier messages of the same episode; nothing where they are not known.
    pub earlier: Option<&'a [Message]>,
}

/// Clocks of two machines may differ by so much.
const CLOCKS_DIFFER_MINUTES: i64 = 5;

/// Judges a message.
#[must_use]
pub fn message(message: &Message, context: &Context<'_>) -> Vec<Finding> {
    let mut checker = Checker { message, context, findings: Vec::new() };
    checker.header();
    checker.references();
    checker.exercise();
    checker.infos();
    checker.findings
}

/// Judges a document: what is wrong in its form, then what is wrong in what it says as far as it can be read.
#[must_use]
pub fn document(bytes: &[u8], context: &Context<'_>) -> Vec<Finding> {
    let reading = match read_loosely(bytes) {
        Ok(reading) => reading,
        Err(finding) => return vec![finding],
    };
    let mut findings = reading.findings;
    let judged = reading.message.map(|m| message(&m, context)).unwrap_or_default();
    // What could not be read is not judged as well: an expiry in a wrong form is not a missing one.
    let read: BTreeSet<String> = findings.iter().map(|f| f.at.clone()).collect();
    findings.extend(judged.into_iter().filter(|f| !read.contains(&f.at)));
    findings
}

/// Finds messages with the same sender and identifier, in a feed or an archive.
#[must_use]
pub fn together(messages: &[Message]) -> Vec<Finding> {
    let twice = |(i, m): (usize, &Message)| {
        let before = messages.get(..i).unwrap_or_default();
        before.iter().any(|b| b.is_named_by(&m.reference())).then(|| {
            Finding::new(Kind::DuplicateIdentifier, format!("alert[{}]/identifier", i + 1), m.identifier.as_str())
        })
    };
    messages.iter().enumerate().filter_map(twice).collect()
}

/// Whether nothing found keeps a message from going out.
#[must_use]
pub fn may_go(findings: &[Finding]) -> bool {
    findings.iter().all(|f| f.weight() == Weight::Warning)
}

struct Checker<'a> {
    message: &'a Message,
    context: &'a Context<'a>,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn find(&mut self, kind: Kind, at: impl Into<String>, value: impl Into<String>) {
        self.findings.push(Finding::new(kind, at, value));
    }

    /// The elements of `alert` itself (OASIS CAP 1.2, 3.2.1).
    fn header(&mut self) {
        let m = self.message;
        if m.sent > self.context.now + Duration::minutes(CLOCKS_DIFFER_MINUTES) {
            self.find(Kind::SentInFuture, "alert/sent", moment::written(m.sent));
        }
        match (m.scope, is_blank(m.restriction.as_deref())) {
            (Scope::Restricted, true) => self.find(Kind::NoRestriction, "alert/restriction", ""),
            (Scope::Public | Scope::Private, false) => {
                let restriction = m.restriction.clone().unwrap_or_default();
                self.find(Kind::RestrictionUnused, "alert/restriction", restriction);
            }
            _ => {}
        }
        if m.scope == Scope::Private && m.addresses.iter().all(|a| a.trim().is_empty()) {
            self.find(Kind::NoAddresses, "alert/addresses", "");
        }
        if m.scope == Scope::Public && self.context.origin == Origin::Own {
            self.find(Kind::PublicTip, "alert/scope", "Public");
        }
        let rejects = matches!(m.msg_type, MsgType::Cancel | MsgType::Error);
        let described = m.infos.iter().any(|i| !is_blank(i.description.as_deref()));
        if rejects && is_blank(m.note.as_deref()) && !described {
            self.find(Kind::NoReason, "alert/note", "");
        }
        if matches!(m.msg_type, MsgType::Alert | MsgType::Update) && m.infos.is_empty() {
            self.find(Kind::NoInfo, "alert/info", "");
        }
    }

    /// An exercise says so in every text, and nothing else does.
    fn exercise(&mut self) {
        let m = self.message;
        if matches!(m.status, Status::Exercise | Status::Test) && is_blank(m.note.as_deref()) {
            self.find(Kind::NoExerciseNote, "alert/note", "");
        }
        for (at, info) in self.numbered_infos() {
            let texts = [("headline", &info.headline), ("description", &info.description)];
            for (name, text) in texts {
                let marked = text.as_deref().is_some_and(wording::speaks_of_exercise);
                if m.status == Status::Exercise && !marked {
                    self.find(Kind::NoExerciseMark, format!("{at}/{name}"), text.clone().unwrap_or_default());
                } else if m.status == Status::Actual && marked && name == "headline" {
                    self.find(Kind::StrayExerciseMark, format!("{at}/{name}"), text.clone().unwrap_or_default());
                }
            }
        }
    }
}

impl<'a> Checker<'a> {
    /// The infos with their paths.
    fn numbered_infos(&self) -> impl Iterator<Item = (String, &'a super::Info)> + use<'a> {
        self.message.infos.iter().enumerate().map(|(i, info)| (format!("alert/info[{}]", i + 1), info))
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|t| t.trim().is_empty())
}
