//! What a revision says to everyone, and what was said before.
//!
//! In: an episode, revision by revision. Out: whether a recipient knows of it, when it was told last and of which hours. Can't
//! happen: somebody called told whom no revision names.

use chrono::{DateTime, Utc};

use crate::telling::enclose::Hours;
use cuofeng_notice::{self as notice, Content};
use cuofeng_plan::Plan;
use cuofeng_rules::Tell;
use cuofeng_rules::warning::{Revision, Span};
use cuofeng_store::episodes::LastTold;

/// What is said to everyone, and what was said before.
pub(crate) struct Telling<'a> {
    pub(crate) spans: &'a [Span],
    pub(crate) content: &'a Content,
    pub(crate) plan: Option<&'a Plan>,
    /// The plan told before, where this revision changes nothing but hours.
    pub(crate) before: Option<&'a Plan>,
    pub(crate) already: &'a [(String, String)],
    /// What each recipient was told last.
    pub(crate) last: &'a [LastTold],
    /// What was told before, revision by revision; empty where nobody is told of extensions seldom.
    pub(crate) revisions: &'a [Revision],
    /// Whether the revision adds days and changes nothing else.
    pub(crate) extends: bool,
    /// Who was told of something else that stands: class and identifier.
    pub(crate) elsewhere: &'a [(String, String)],
    /// When a lift that this undoes was told, in words, and to whom.
    pub(crate) undone: Option<(String, &'a [(String, String)])>,
    /// What an enterprise has in its calendar, and what belongs there now.
    pub(crate) hours: Hours<'a>,
}

impl Telling<'_> {
    /// Whether a recipient was told of the episode before.
    pub(crate) fn knows(&self, recipient: &notice::Recipient<'_>) -> bool {
        is_among(self.already, recipient)
    }

    /// When a recipient was told of the episode last, and of which revision.
    pub(crate) fn last_told(&self, recipient: &notice::Recipient<'_>) -> Option<&LastTold> {
        let own = |last: &&LastTold| last.audience == recipient.audience.word() && last.recipient == recipient.id;
        self.last.iter().find(own)
    }

    /// When a recipient who hears of extensions seldom was told last, and of which periods.
    pub(crate) fn last_periods(
        &self,
        tell: &Tell,
        recipient: &notice::Recipient<'_>,
    ) -> Option<(DateTime<Utc>, &[Span])> {
        let last = self.last_told(recipient).filter(|_| tell.extend_days.is_some())?;
        let revision = self.revisions.iter().find(|revision| revision.number == last.revision)?;
        Some((last.at, &revision.spans))
    }

    /// Whether the recipient is told now, and not with something else later.
    pub(crate) fn hears(&self, tell: &Tell, recipient: &notice::Recipient<'_>, now: DateTime<Utc>) -> bool {
        let last = self.last_periods(tell, recipient);
        notice::seldom::hears(tell, (&self.content.purpose, self.extends), last, self.spans, now)
    }
}

/// Whether a recipient is among those with these classes and identifiers.
pub(crate) fn is_among(told: &[(String, String)], recipient: &notice::Recipient<'_>) -> bool {
    told.iter().any(|(audience, id)| audience == recipient.audience.word() && *id == recipient.id)
}
