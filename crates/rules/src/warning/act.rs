//! What a revision does, from the decision to the database, the letters and CAP.
//!
//! In: a decision, a person's wish, or a word of the database. Out: an [`Act`], with its word and its message. Can't
//! happen: a revision of a word that nobody knows; a hold or a stale forecast that counts as a revision.

use cuofeng_base::text::Message;
use cuofeng_base::{msg, words};

words! {
    /// What a revision does.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Act {
        /// Begins an episode.
        Raise = "raise" as "action.raise",
        /// Other hours.
        Update = "update" as "action.update",
        /// A higher level.
        Upgrade = "upgrade" as "action.upgrade",
        /// A lower level.
        Downgrade = "downgrade" as "action.downgrade",
        /// More hours, none fewer.
        Extend = "extend" as "action.extend",
        /// Other hours of processes, by a person's word; the periods stay.
        Replan = "replan" as "action.replan",
        /// Ends before the told end.
        Lift = "lift" as "action.lift",
        /// Takes back what was told in error.
        Cancel = "cancel" as "action.cancel",
        /// The told end has come; nobody is told.
        Expire = "expire" as "action.expire",
    }
}

impl Act {
    /// Whether it takes back what was told.
    #[must_use]
    pub const fn takes_back(self) -> bool {
        matches!(self, Self::Lift | Self::Cancel)
    }

    /// Whether nothing of the episode is left after it.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Lift | Self::Cancel | Self::Expire)
    }

    /// Whether the daily cap counts it: every change by a forecast but a higher level.
    #[must_use]
    pub const fn is_capped(self) -> bool {
        matches!(self, Self::Update | Self::Extend | Self::Downgrade)
    }
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A revision.
    Act(Act),
    /// A revision that waits for a person's consent.
    Draft,
    /// None: nothing must be told.
    Hold,
    /// None: nothing can be said.
    Stale,
}

impl Done {
    /// The word in `--json` and in stories.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Act(act) => act.word(),
            Self::Draft => "draft",
            Self::Hold => "hold",
            Self::Stale => "stale",
        }
    }

    /// The same for people.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Act(act) => act.message(),
            Self::Draft => msg!("action.draft"),
            Self::Hold => msg!("action.hold"),
            Self::Stale => msg!("action.stale"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_of_one_act_and_what_is_no_revision_is_none() {
        for act in Act::ALL {
            assert_eq!(Act::named(act.word()), Some(act));
        }
        for word in ["hold", "stale", "draft", "lifted", "Raise", ""] {
            assert_eq!(Act::named(word), None, "{word}");
        }
    }
}
