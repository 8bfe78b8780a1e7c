//! How villages' texts are read and played: `[speech]`.
//!
//! In: the table. Out: [`SpeechConfig`]. Can't happen: a round without a reading, or one that never ends; a command
//! that a shell would read.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;
use cuofeng_base::word::Terms;

/// `[speech]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechConfig {
    /// How words of the site are read, by the word as written.
    pub say: BTreeMap<String, String>,
    /// How often and how a text is played.
    pub terms: Terms,
    /// What speaks the texts; none where no audio is made.
    pub voice: Option<Voice>,
    /// Where devices fetch the audio, without a slash at its end; none where that is the pages' own address.
    pub audio_address: Option<String>,
}

/// Commands that make audio, each a program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Reads the text in UTF-8 on its standard input and writes WAV on its standard output.
    pub command: Vec<String>,
    /// Reads WAV and writes MP3, likewise; none where the devices take WAV.
    pub mp3: Option<Vec<String>>,
    /// Seconds that each may take, 1–300.
    pub limit_seconds: u32,
}

/// `[speech]` as TOML sees it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSection {
    say: BTreeMap<String, String>,
    rounds: Option<Spanned<u32>>,
    repeats: Option<Spanned<u32>>,
    gap_seconds: Option<Spanned<u32>>,
    voice: Option<Spanned<Vec<String>>>,
    mp3: Option<Spanned<Vec<String>>>,
    voice_seconds: Option<Spanned<u32>>,
    audio_address: Option<Spanned<String>>,
}

/// Checks `[speech]`.
pub fn read(site: &mut SiteText, section: SpeechSection) -> SpeechConfig {
    let terms = Terms {
        rounds: site.number(section.rounds, 1, 1..=10),
        repeats: site.number(section.repeats, 2, 1..=5),
        gap_seconds: site.number(section.gap_seconds, 15, 0..=120),
    };
    let limit_seconds = site.number(section.voice_seconds, 30, 1..=300);
    for command in [&section.voice, &section.mp3].into_iter().flatten() {
        if command.get_ref().first().is_none_or(|program| program.trim().is_empty()) {
            site.problem(command.span(), msg!("config.voice"), msg!("config.voice_advice"));
        }
    }
    let needless = section.mp3.as_ref().map(Spanned::span).or(section.audio_address.as_ref().map(Spanned::span));
    if let Some(span) = needless.filter(|_| section.voice.is_none()) {
        site.problem(span, msg!("config.voiceless"), msg!("config.voice_advice"));
    }
    let mp3 = section.mp3.map(Spanned::into_inner);
    let voice = section.voice.map(|command| Voice { command: command.into_inner(), mp3, limit_seconds });
    let audio_address = section.audio_address.map(|address| {
        site.open_address(&address);
        address.into_inner().trim_end_matches('/').to_owned()
    });
    SpeechConfig { say: section.say, terms, voice, audio_address }
}
