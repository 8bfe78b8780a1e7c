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

mod act;
mod decide;
mod ended;
mod episode;
mod situation;
mod useful;
mod wanted;
mod words;

pub use act::{Act, Done};
use decide::{DOUBTED, FAR, UNCHANGED, UNSURE};
pub use decide::{EXPIRED_STALE, decide, no_forecast};
pub use ended::Ended;
pub use episode::{Episode, EpisodeId, Revision, Span};
pub use situation::Situation;
pub use useful::{deadline, useful};
pub use words::{merged, spans_short, spans_words};

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
    /// What the revision that follows from it does; none follows from what is held, or can't be said.
    #[must_use]
    pub const fn act(&self) -> Option<Act> {
        match self {
            Self::Raise(_) => Some(Act::Raise),
            Self::Change(change, _) => Some(change.act()),
            Self::Lift => Some(Act::Lift),
            Self::Cancel => Some(Act::Cancel),
            Self::Expire => Some(Act::Expire),
            Self::Hold(_) | Self::Stale => None,
        }
    }

    /// What comes of it where nobody's consent is needed.
    #[must_use]
    pub const fn done(&self) -> Done {
        match (self, self.act()) {
            (_, Some(act)) => Done::Act(act),
            (Self::Stale, None) => Done::Stale,
            (_, None) => Done::Hold,
        }
    }
}

impl Change {
    /// What its revision does.
    #[must_use]
    pub const fn act(self) -> Act {
        match self {
            Self::Update => Act::Update,
            Self::Upgrade => Act::Upgrade,
            Self::Downgrade => Act::Downgrade,
            Self::Extend => Act::Extend,
        }
    }
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
