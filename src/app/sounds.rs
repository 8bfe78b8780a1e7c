//! Villages' texts spoken before their rounds are laid, and where the audio goes.
//!
//! In: notices about to be told; a letter whose audio is asked for. Out: audio on disk, its real length; staff told that there is
//! none. Can't happen: a decision held up for longer than one text may take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::{App, AppError};
use crate::config::Form;
use crate::link::Keys;
use crate::msg;
use crate::notice::Notice;
use crate::notice::alarm::Trouble;
use crate::sound::{self, Engine, Sound};
use crate::store::letters::Opened;

/// How long audio that nobody needs is kept.
const KEPT: Duration = Duration::from_hours(31 * 24);

/// How many characters of a command's words an alarm has room for.
const SAID: usize = 100;

/// Stands for the region: the engine is the whole site's.
const WHOLE_SITE: &str = "site";

impl App {
    /// Seconds that reading a text takes: of its audio where there is one, else as an announcer reads.
    pub(crate) fn reading(&self, text: &str) -> u32 {
        Engine::seconds(self.engine.as_ref(), text)
    }

    /// Has the texts of notices spoken, so that their rounds are laid by their real length. What is not ready in time is
    /// laid by an announcer's, and spoken when it is sent.
    pub(super) async fn speak(&self, notices: &[Notice]) {
        let Some(engine) = &self.engine else { return };
        let parts = notices.iter().flat_map(|notice| &notice.parts).filter(|part| part.form == Form::Speech);
        let mut texts: Vec<String> = parts.map(|part| part.body.text().to_owned()).collect();
        texts.sort();
        texts.dedup();
        let engine = engine.clone();
        let spoken = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            for text in texts {
                if begun.elapsed() > engine.limit() || engine.sound(&text).is_err() {
                    return;
                }
            }
        });
        if let Err(error) = spoken.await {
            tracing::error!(%error, "speaking ended by itself");
        }
    }

    /// The audio of a text, made where it is not there; nothing where the site has no engine.
    pub(crate) async fn audio(&self, text: &str) -> Option<Result<Sound, String>> {
        let (engine, text) = (self.engine.clone()?, text.to_owned());
        let made = tokio::task::spawn_blocking(move || engine.sound(&text)).await;
        Some(match made {
            Ok(made) => made.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// The audio of a letter's text in a file with this ending, with what its bytes are; nothing where there is none. That
    /// whoever asks may have it is for the caller to see.
    pub(crate) fn fetched(&self, letter: &Opened, wanted: &str) -> Option<(&'static str, Vec<u8>)> {
        let engine = self.engine.as_ref()?;
        // A drill says other words than the letter; whichever was spoken lies there.
        let body = letter.body.text();
        let texts = [body.to_owned(), crate::channel::speaker::drop::marked(body, self.site.config.language)];
        let made = texts.iter().find_map(|text| engine.made(text));
        let sound = made.filter(|sound| ending(sound).strip_prefix('.') == Some(wanted))?;
        Some((sound.kind(), std::fs::read(&sound.file).ok()?))
    }

    /// The path of a letter's audio below an address, where it is there.
    pub(crate) fn audio_path(
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
        self.alarm(Trouble::Voice, WHOLE_SITE, place, why.as_ref(), now).await
    }

    /// Removes audio that nobody has needed for long.
    pub(super) fn tidy_sounds(&self) {
        if let Some(engine) = &self.engine {
            let removed = engine.tidy(KEPT);
            tracing::info!(removed, "old audio removed");
        }
    }
}

fn ending(sound: &Sound) -> &'static str {
    if sound.kind() == "audio/mpeg" { ".mp3" } else { ".wav" }
}
