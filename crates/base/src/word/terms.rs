//! How often and how a village's text is played.
//!
//! In: rounds, repeats and gaps. Out: how long a round takes. Can't happen: a time that runs over.

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
