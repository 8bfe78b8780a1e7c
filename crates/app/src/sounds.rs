//! Villages' texts spoken beside what is told, and where the audio goes.
//!
//! In: notices that were told; a letter whose audio is asked for. Out: audio on disk, its real length; staff told that
//! there is none. Can't happen: a decision, a mail or a short message held up by the engine.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::watching::alarm::{SAID, WHOLE_SITE};
use super::{App, AppError};
use cuofeng_base::{file, msg};
use cuofeng_channel::link::Keys;
use cuofeng_channel::sound::{self, Engine, Sound};
use cuofeng_notice::alarm::Trouble;
use cuofeng_store::letters::Opened;

/// How long audio that nobody needs is kept.
const KEPT: Duration = Duration::from_hours(31 * 24);

impl App {
    /// The audio of a text, made where it is not there; nothing where the site has no engine.
    pub async fn audio(&self, text: &str) -> Option<Result<Sound, String>> {
        Some(self.engine.clone()?.sound(text).await)
    }

    /// Lets letters that are sent come back for their audio instead of waiting for it: a service has other work.
    pub fn work_beside(&mut self, now: DateTime<Utc>) -> Result<(), AppError> {
        self.beside = true;
        let engine = super::channels::engine(&self.site, self.engine.as_ref(), true);
        let lines = (&self.lines, self.listens);
        self.channels = super::channels::all(&self.site, lines, engine.as_ref(), now)?;
        self.engine = engine;
        Ok(())
    }

    /// Changes when the audio of a text is there, or given up; nothing where the site has no engine.
    pub fn voices(&self) -> Option<watch::Receiver<u64>> {
        self.engine.as_ref().map(Engine::done)
    }

    /// The audio of a letter's text in a file with this ending, with what its bytes are; nothing where there is none. That
    /// whoever asks may have it is for the caller to see.
    pub fn fetched(&self, letter: &Opened, wanted: &str) -> Option<(&'static str, Vec<u8>)> {
        let engine = self.engine.as_ref()?;
        // A drill says other words than the letter; whichever was spoken lies there.
        let body = letter.body.text();
        let texts = [body.to_owned(), cuofeng_channel::speaker::drop::marked(body, self.site.config.language)];
        let made = texts.iter().find_map(|text| engine.made(text));
        let sound = made.filter(|sound| ending(sound).strip_prefix('.') == Some(wanted))?;
        Some((sound.kind(), file::read(&sound.file, file::MADE).ok()?))
    }

    /// The path of a letter's audio below an address, where it is there.
    pub fn audio_path(
        &self,
        (number, key, text): (i64, &str, &str),
        now: DateTime<Utc>,
    ) -> Result<Option<String>, AppError> {
        let Some(sound) = self.engine.as_ref().and_then(|engine| engine.made(text)) else { return Ok(None) };
        let keys = Arc::new(Keys::open(&self.site.root, now)?);
        let code = keys.code(number, &sound::secret(key));
        Ok(Some(format!("{}{code}{}", sound::PATH, ending(&sound))))
    }

    /// Opens or lifts the alarm about an engine that brings nothing.
    pub(super) async fn tell_voice(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let place = &self.site.config.name;
        let why = match self.engine.as_ref().map(Engine::trouble) {
            // Not used since the program began: nothing new is known.
            Some(None) => return Ok(0),
            Some(Some(Err(said))) => {
                let said: String = said.chars().take(SAID).collect();
                Some(msg!("alarm.voice_why", said = said))
            }
            Some(Some(Ok(()))) | None => None,
        };
        self.alarms().alarm(Trouble::Voice, WHOLE_SITE, place, why.as_ref(), now).await
    }

    /// Removes audio that nobody has needed for long.
    pub fn tidy_sounds(&self) {
        if let Some(engine) = &self.engine {
            let removed = engine.tidy(KEPT);
            tracing::info!(removed, "old audio removed");
        }
    }
}

fn ending(sound: &Sound) -> &'static str {
    if sound.kind() == "audio/mpeg" { ".mp3" } else { ".wav" }
}
