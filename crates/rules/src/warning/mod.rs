//! Warning periods: from hourly verdicts to what people are told, and why.
//!
//! In: a rule, its verdicts, the official orders, the open episode of its kind and region if there is one, and `now`.
//! Out: one [`Decision`] with its reason. Can't happen: a lift because a forecast is missing (unknown is never clear);
//! two open episodes of one kind and region (the store has a unique index); a change of what has already begun, but for
//! a later end or a higher level, unless it rested on a forecast that was withdrawn or corrected since (that is put right
//! at once); a change held back without a reason.
//!
//! ```text
//!          wanted, near enough                  other hours, material            clear for lift_hours, or the order's end
//!  nothing ───────Raise──────▶ told ──Update/Extend/Upgrade/Downgrade──▶ told ───────────Lift──────────▶ ended
//!                               │ Hold: nothing, not material, too far ahead, told today already
//!                               └──────────────Expire: the told end has come──────────────────────────▶ ended
//! ```

mod decide;
mod ended;
mod episode;
mod situation;
mod wanted;
mod words;

use decide::{DOUBTED, FAR, UNCHANGED, UNSURE};
pub use decide::{EXPIRED_STALE, decide, no_forecast};
pub use ended::Ended;
pub use episode::{Episode, EpisodeId, Revision, Span};
pub use situation::Situation;
pub use words::{merged, spans_short, spans_words};

use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// What a decision does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A new episode with these periods.
    Raise(Vec<Span>),
    /// The same episode with other periods.
    Change(Change, Vec<Span>),
    /// Ends before its told end.
    Lift,
    /// Was told in error: taken back by a person.
    Cancel,
    /// Its told end has come; nobody is told.
    Expire,
    /// Nothing that must be told; where the forecast says something else than was told, what was held back.
    Hold(Option<Vec<Span>>),
    /// Can't say.
    Stale,
}

/// How the told periods change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Other hours.
    Update,
    /// A higher level.
    Upgrade,
    /// A lower level.
    Downgrade,
    /// More hours, none fewer.
    Extend,
}

impl Action {
    /// The word in the database and in `--json`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Raise(_) => "raise",
            Self::Change(change, _) => change.word(),
            Self::Lift => "lift",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Hold(_) => "hold",
            Self::Stale => "stale",
        }
    }

    /// The word in a table.
    #[must_use]
    pub fn message(&self) -> Message {
        word_message(self.word())
    }
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Update, Self::Upgrade, Self::Downgrade, Self::Extend];

    /// The word in the database and in `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Extend => "extend",
        }
    }
}

/// A decision's word in a sentence.
#[must_use]
pub fn word_message(word: &str) -> Message {
    match word {
        "raise" => msg!("action.raise"),
        "update" => msg!("action.update"),
        "upgrade" => msg!("action.upgrade"),
        "downgrade" => msg!("action.downgrade"),
        "extend" => msg!("action.extend"),
        "lift" => msg!("action.lift"),
        "replan" => msg!("action.replan"),
        "cancel" => msg!("action.cancel"),
        "expire" => msg!("action.expire"),
        "stale" => msg!("action.stale"),
        "draft" => msg!("action.draft"),
        _ => msg!("action.hold"),
    }
}

/// Whether a revision of this word takes back what was told.
#[must_use]
pub fn takes_back(word: &str) -> bool {
    ["lift", "cancel"].contains(&word)
}

/// What to do about one rule in one region, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Message,
}

impl Decision {
    const fn new(action: Action, reason: Message) -> Self {
        Self { action, reason }
    }

    /// Whether what was told stands, on a forecast that says so.
    #[must_use]
    pub fn confirms(&self) -> bool {
        matches!(self.action, Action::Hold(_)) && [UNCHANGED, FAR, UNSURE].contains(&self.reason.key())
    }

    /// Whether what would be told now is what was told, and the rest only the newest run says.
    #[must_use]
    pub fn keeps_told(&self) -> bool {
        matches!(self.action, Action::Hold(_)) && [UNSURE, DOUBTED].contains(&self.reason.key())
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
