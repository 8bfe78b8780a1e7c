//! Words that a person passes on, because no wire reaches whom they are for.
//!
//! In: what a member of staff says was done. Out: the word for it. There is no [`Channel`](super::Channel) here: nothing
//! leaves by itself, and what is not said to have been done was not.

use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// What became of words that a person passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Sent on: to a group, from a telephone. Whether it was read is not known.
    Forwarded,
    /// Read aloud or played.
    Played,
    /// Handed over, or told face to face or by telephone.
    Handed,
    /// It could not be passed on.
    Failed,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Forwarded, Self::Played, Self::Handed, Self::Failed];

    /// The word in the database and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Played => "played",
            Self::Handed => "handed",
            Self::Failed => "failed",
        }
    }

    /// What this word stands for.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.word() == word)
    }

    /// In a table or on a button.
    #[must_use]
    pub const fn message(self) -> Message {
        msg!(match self {
            Self::Forwarded => "hand.forwarded",
            Self::Played => "hand.played",
            Self::Handed => "hand.handed",
            Self::Failed => "hand.failed",
        })
    }
}
