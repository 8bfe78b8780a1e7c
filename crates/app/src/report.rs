//! What one cycle did, for people.
//!
//! In: what each step gives. Out: one [`Report`]. Can't happen: a decision without its reason.

use crate::judging::pending;
use cuofeng_base::text::Message;
use cuofeng_channel::sms::segments::Bill;
use cuofeng_outbox::drained::Drained;
use cuofeng_rules::warning::Done;

/// One rule's decision in a cycle, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The rule's name.
    pub rule: String,
    /// The region's name.
    pub region: String,
    /// What came of the decision.
    pub action: Done,
    /// The periods, in words of the site's language.
    pub periods: String,
    /// Why.
    pub reason: Message,
    /// Notices made.
    pub notices: usize,
    /// Recipients without an address, per form.
    pub unreachable: usize,
    /// Those who joined the open episode or whose contact was corrected, and who are told what the others were told.
    pub joined: usize,
    /// Until when quiet hours hold some of the notices back, in words; empty where they do not.
    pub quiet_until: String,
}

/// What one cycle did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Feeds that failed, with their words.
    pub feed_errors: Vec<String>,
    /// What feeds may still be given, and is waited for, in words.
    pub feed_waits: Vec<String>,
    /// Values that were not taken as they stood, a line a feed.
    pub remarks: Vec<String>,
    /// How many lines of bulletins wait for a person.
    pub lines_wait: usize,
    /// Rules that no feed can ever answer.
    pub unanswerable: Vec<Message>,
    /// Rule files whose changes are not in force.
    pub pending: Vec<pending::Edit>,
    /// Official alerts that no rule hears.
    pub unheard: Vec<Message>,
    /// One line a rule and region.
    pub lines: Vec<Line>,
    /// What left the outbox.
    pub drained: Drained,
    /// For a dry run: the notices as they would have been sent (name, form, text).
    pub previews: Vec<(String, String, String)>,
    /// For a dry run: what its short messages would come to.
    pub bill: Option<Bill>,
}
