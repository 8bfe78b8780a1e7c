//! How villages' texts are read and played: `[speech]`.
//!
//! In: the table. Out: [`SpeechConfig`]. Can't happen: a round without a reading, or one that never ends.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Reader;

/// `[speech]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechConfig {
    /// How words of the site are read, by the word as written.
    pub say: BTreeMap<String, String>,
    /// How often and how a text is played.
    pub terms: Terms,
}

/// How often and how a text is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Rounds in all, 1–10: the first as soon as it is allowed, each further one when allowed hours begin again.
    pub rounds: u32,
    /// How often the text is read in one round, 1–5.
    pub repeats: u32,
    /// Seconds of silence between two readings, 0–120.
    pub gap_seconds: u32,
}

impl Terms {
    /// Seconds that one round takes when a reading takes `reading` seconds.
    #[must_use]
    pub const fn seconds(&self, reading: u32) -> u32 {
        let gaps = self.gap_seconds.saturating_mul(self.repeats.saturating_sub(1));
        reading.saturating_mul(self.repeats).saturating_add(gaps)
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SpeechSection {
    say: BTreeMap<String, String>,
    rounds: Option<Spanned<u32>>,
    repeats: Option<Spanned<u32>>,
    gap_seconds: Option<Spanned<u32>>,
}

impl Reader {
    pub(super) fn speech(&mut self, section: SpeechSection) -> SpeechConfig {
        let terms = Terms {
            rounds: self.number(section.rounds, 1, 1..=10),
            repeats: self.number(section.repeats, 2, 1..=5),
            gap_seconds: self.number(section.gap_seconds, 15, 0..=120),
        };
        SpeechConfig { say: section.say, terms }
    }
}
