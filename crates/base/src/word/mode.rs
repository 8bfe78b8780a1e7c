//! How far what the tool decides reaches.
//!
//! In: a word of the site file, the database or a person. Out: the mode. Can't happen: a fourth one.

use serde::Deserialize;

use crate::msg;
use crate::text::Message;

/// How far what is decided reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It reaches those whom it is meant for.
    #[default]
    Live,
    /// It reaches a list of addresses alone, marked as an exercise in every text.
    Exercise,
    /// Everything is worked out; nothing is sent and no episode is written.
    DryRun,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::Exercise, Self::DryRun];

    /// The word in the site file, the database and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Exercise => "exercise",
            Self::DryRun => "dry-run",
        }
    }

    /// The mode with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }

    /// The mode in a sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Live => msg!("mode.live"),
            Self::Exercise => msg!("mode.exercise"),
            Self::DryRun => msg!("mode.dry_run"),
        }
    }
}
