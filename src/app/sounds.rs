//! Villages' texts spoken beside what is told, and where the audio goes.
//!
//! In: notices that were told; a code from an address. Out: audio on disk, its real length; staff told that there is
//! none. Can't happen: a decision, a mail or a short message held up by the engine; audio given to whoever has no code
//! for it, or after its letter ended.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::{App, AppError};
use crate::config::Form;
use crate::file;
use crate::link::{self, Keys};
use crate::msg;
use crate::notice::Notice;
use crate::notice::alarm::Trouble;
use crate::sound::{self, Engine, Sound, Spoken};

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

    /// Has the texts of notices that were just told spoken beside everything else. Their letters come back for the audio;
    /// what another process tells, the service has spoken when it is sent.
    pub(super) fn speak(&self, notices: &[Notice]) {
        let Some(engine) = self.engine.as_ref().filter(|_| self.listens) else { return };
        let parts = notices.iter().flat_map(|notice| &notice.parts).filter(|part| part.form == Form::Speech);
        for part in parts {
            if let Spoken::Failed(why) = engine.speak(&part.body) {
                tracing::warn!(why, "texts go without audio");
                return;
            }
        }
    }

    /// The audio of a text, made where it is not there; nothing where the site has no engine.
    pub(crate) async fn audio(&self, text: &str) -> Option<Result<Sound, String>> {
        Some(self.engine.clone()?.sound(text).await)
    }

    /// Lets letters that are sent come back for their audio instead of waiting for it: a service has other work.
    pub(super) fn work_beside(&mut self, now: DateTime<Utc>) -> Result<(), AppError> {
        self.beside = true;
        let engine = super::channels::engine(&self.site, self.engine.as_ref(), true);
        let lines = (&self.lines, self.listens);
        self.channels = super::channels::all(&self.site, lines, engine.as_ref(), now)?;
        self.engine = engine;
        Ok(())
    }

    /// Changes when the audio of a text is there, or given up; nothing where the site has no engine.
    pub(super) fn voices(&self) -> Option<watch::Receiver<u64>> {
        self.engine.as_ref().map(Engine::done)
    }

    /// The audio that a file's name in an address stands for, with what its bytes are; nothing where the name is not one
    /// that this site has given out, or its letter has ended.
    pub(crate) async fn fetched(
        &self,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<(&'static str, Vec<u8>)>, AppError> {
        let Some((code, _)) = name.rsplit_once('.') else { return Ok(None) };
        let Some((engine, number)) = self.engine.as_ref().zip(link::number(code)) else { return Ok(None) };
        let keys = Keys::open(&self.site.root, now)?;
        let Some(letter) = self.store.letter(number).await? else { return Ok(None) };
        if !keys.proves(code, number, &sound::secret(&letter.key)) || letter.expires_at <= now {
            return Ok(None);
        }
        // A drill says other words than the letter; whichever was spoken lies there.
        let texts =
            [letter.body.clone(), crate::channel::speaker::drop::marked(&letter.body, self.site.config.language)];
        let made = texts.iter().find_map(|text| engine.made(text)).filter(|sound| name.ends_with(ending(sound)));
        let Some(sound) = made else { return Ok(None) };
        Ok(file::read(&sound.file, file::MADE).ok().map(|bytes| (sound.kind(), bytes)))
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
