//! Loudspeakers: how a village's text gets to the device that plays it, and how the device's word comes back.
//!
//! In: a village's text with the instant before which playing must begin. Out: an order that a device can carry out
//! without a clock of its own, and what it says of it. Can't happen: an order that a broker or a device still holds when
//! the period has ended (each carries how long it is of use); a word of a device about one attempt taken for another's.

pub mod drop;
pub mod ebm;
pub mod line;
pub mod mqtt;
pub mod order;
pub mod report;
mod session;

use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};

use cuofeng_base::word::identity;
use cuofeng_notice::speech;

/// What a loudspeaker needs to know beside the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playing {
    /// The order's identifier: the letter's key and the attempt, so that a device plays each order once and a person may
    /// still have a text played again.
    pub order: String,
    /// The episode it is about: a later order of the same episode takes the place of an earlier one.
    pub episode: String,
    /// The revision of that episode.
    pub revision: u32,
    /// The village, by its twelve-digit code.
    pub village: String,
    /// Before this instant it must begin, to be through before the end of the period or of the allowed hours.
    pub begin_before: DateTime<Utc>,
    /// The text as audio, where the site has an engine that speaks.
    pub audio: Option<Audio>,
    /// How often the far side has taken this letter before.
    pub taken: u32,
    /// Earlier texts of the episode to this village that the far side has, and that have not ended.
    pub replaces: Vec<Earlier>,
}

/// A text as audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Where a device fetches it; none where the site has no address for that.
    pub url: Option<String>,
    /// Its file here.
    pub file: PathBuf,
    /// Seconds that it takes once.
    pub seconds: u32,
    /// What its bytes are: `audio/wav` or `audio/mpeg`.
    pub kind: &'static str,
}

/// A letter that another one takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub number: i64,
    /// Before this instant it had to begin.
    pub begin_before: DateTime<Utc>,
}

impl Playing {
    /// With its audio. Where that takes longer than the `estimate` by which its rounds may have been laid, it must begin
    /// as much earlier, so that it is still through in time.
    #[must_use]
    pub fn with(self, audio: Audio, estimate: u32, repeats: u32) -> Self {
        let longer = audio.seconds.saturating_sub(estimate).saturating_mul(repeats);
        let begin_before = self.begin_before - Duration::seconds(i64::from(longer));
        Self { begin_before, audio: Some(audio), ..self }
    }

    /// Seconds that reading it once takes.
    #[must_use]
    pub fn reading(&self, text: &str) -> u32 {
        self.audio.as_ref().map_or_else(|| speech::seconds(text), |audio| audio.seconds)
    }
}

/// The identifier of an attempt's order: with the site's identity before it, where there is one.
#[must_use]
pub fn order_of(site: &str, key: &str, attempt: i64) -> String {
    identity::before(site, &format!("{key}.{attempt}"))
}

/// The letter's key and the attempt that an order's identifier names.
#[must_use]
pub fn letter_of(order: &str) -> Option<(&str, i64)> {
    let site = identity::named_in(order);
    let rest = if site.is_empty() { order } else { order.get(site.len() + 1..)? };
    let (key, attempt) = rest.rsplit_once('.')?;
    Some((key, attempt.parse().ok().filter(|attempt| *attempt > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_its_letter_and_attempt() {
        for site in ["", "0123456789abcdef"] {
            let order = order_of(site, "straw-wuping-2026-09-12-1.r2.raise.village-500199001201.speech.ab12cd", 3);
            assert_eq!(identity::named_in(&order), site);
            assert_eq!(
                letter_of(&order),
                Some(("straw-wuping-2026-09-12-1.r2.raise.village-500199001201.speech.ab12cd", 3))
            );
        }
        for junk in ["", "a", "a.", "a.b", "a.0", "a.-1", ".99999999999999999999"] {
            assert_eq!(letter_of(junk), None, "{junk}");
        }
    }
}
