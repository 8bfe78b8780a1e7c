//! Villages' texts as audio, spoken by a command of the site's: any speech engine that reads UTF-8 and writes WAV.
//!
//! In: a text in Chinese characters. Out: its audio on disk with the length that it really has, made once a text, as WAV
//! and where the site has an encoder as MP3; where a device fetches it. Can't happen: a text that does not go out because
//! its audio could not be made; an engine that fails tried again for every letter; a length guessed where there is audio.

mod maker;
pub mod wav;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sha2::Digest;
use tokio::sync::watch;

use crate::link::Keys;
use crate::setting::Voice;
use crate::sms::receipt::Heard;
use crate::speaker::Audio;
use crate::{AskFuture, Channel, HeardFuture, Letter, NotedFuture, Outcome, SendFuture, Words};
use cuofeng_base::command::{self, CommandError};
use cuofeng_base::file::{self, Access};
use cuofeng_base::text::hex;
use cuofeng_base::word::Limit;
use cuofeng_notice::speech;
use maker::Maker;
use wav::{Wav, WavError};

/// Below a site's address for devices.
pub const PATH: &str = "/audio/";

/// How long an engine that failed is left alone.
const REST: Duration = Duration::from_mins(10);

/// After what time a letter comes back for its audio, for each text that is made before it; and the longest time.
pub const TURN: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How long before the latest beginning a letter waits for its audio no longer.
const IN_TIME: chrono::Duration = chrono::Duration::minutes(5);

/// Spoken between a quarter and four times as fast as an announcer, a text is whole.
const FACTOR: u64 = 4;

/// Why there is no audio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// A command brought nothing.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// What it brought is no audio.
    #[error("{program}: {cause}")]
    Wav {
        /// The program.
        program: String,
        /// Why not.
        cause: WavError,
    },
    /// It is far too short or long for the text.
    #[error("{program} spoke for {seconds} seconds where about {expected} were expected")]
    Length {
        /// The program.
        program: String,
        /// What it spoke.
        seconds: u64,
        /// What a person would take.
        expected: u64,
    },
    /// The encoder brought no MP3.
    #[error("{program}: what it wrote is not MP3")]
    Mp3 {
        /// The program.
        program: String,
    },
    /// It can't be kept.
    #[error("{file}: {cause}")]
    Keep {
        /// The file.
        file: String,
        /// The system's words.
        cause: String,
    },
}

/// A text's audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// How long it really sounds.
    pub length: Duration,
    /// Its file: MP3 where the site has an encoder, else WAV.
    pub file: PathBuf,
}

impl Sound {
    /// Whole seconds that it takes, the last one begun counted.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.length.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
    }

    /// What its bytes are.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.file.extension().is_some_and(|e| e == "mp3") { "audio/mpeg" } else { "audio/wav" }
    }
}

/// The site's speech engine and what it has made.
#[derive(Debug, Clone)]
pub struct Engine {
    shop: Arc<Shop>,
    maker: Arc<Maker>,
    /// Whether letters must not wait for it while they are being sent.
    beside: bool,
}

/// A text's way to its audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// It is there.
    Made(Sound),
    /// It is being made, or so many come before it.
    Making(usize),
    /// The engine has failed, and is left alone for now.
    Failed(String),
}

impl Engine {
    /// The engine of a site; what it makes is kept in `state/sound`. Where it works `beside`, letters that are being sent
    /// come back for their audio and hold nothing up.
    #[must_use]
    pub fn new(voice: Voice, root: &Path, beside: bool) -> Self {
        let shop = Shop { voice, folder: root.join("state").join("sound") };
        Self { shop: Arc::new(shop), maker: Arc::default(), beside }
    }

    /// The same engine with other settings; one that is set up otherwise has not failed yet.
    #[must_use]
    pub fn again(&self, voice: Voice, beside: bool) -> Self {
        if voice == self.shop.voice {
            return Self { beside, ..self.clone() };
        }
        let shop = Shop { voice, folder: self.shop.folder.clone() };
        Self { shop: Arc::new(shop), maker: Arc::default(), beside }
    }

    /// How it went when it was last used, with why it brought nothing; none where it was not used yet.
    #[must_use]
    pub fn trouble(&self) -> Option<Result<(), String>> {
        self.maker.last().map(|last| last.map_err(|(_, why)| why))
    }

    /// Changes when the audio of a text is done, or given up.
    #[must_use]
    pub fn done(&self) -> watch::Receiver<u64> {
        self.maker.done()
    }

    /// The audio of a text, where it was made before.
    #[must_use]
    pub fn made(&self, text: &str) -> Option<Sound> {
        self.shop.made(text)
    }

    /// The audio of a text: made before, or being made from now on. Never waits.
    #[must_use]
    pub fn speak(&self, text: &str) -> Spoken {
        self.ask(text, false)
    }

    fn ask(&self, text: &str, first: bool) -> Spoken {
        if let Some(sound) = self.made(text) {
            return Spoken::Made(sound);
        }
        if let Some(Err((_, why))) =
            self.maker.last().filter(|last| matches!(last, Err((at, _)) if at.elapsed() < REST))
        {
            return Spoken::Failed(why);
        }
        let shop = Arc::clone(&self.shop);
        Spoken::Making(self.maker.want(text, first, Arc::new(move |text, unwanted| shop.make(text, unwanted))))
    }

    /// The audio of a text, waited for: as long as its commands may take, and one that is in hand.
    pub async fn sound(&self, text: &str) -> Result<Sound, String> {
        let mut done = self.done();
        loop {
            match self.ask(text, true) {
                Spoken::Made(sound) => return Ok(sound),
                Spoken::Failed(why) => return Err(why),
                // Its sender goes no sooner than this engine.
                Spoken::Making(_) => done.changed().await.map_err(|error| error.to_string())?,
            }
        }
    }

    /// Removes audio that nobody has needed for so long; gives how many files.
    #[must_use]
    pub fn tidy(&self, kept: Duration) -> usize {
        let Ok(entries) = std::fs::read_dir(&self.shop.folder) else { return 0 };
        let old = |entry: &std::fs::DirEntry| {
            let changed = entry.metadata().and_then(|data| data.modified()).ok();
            changed.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > kept)
        };
        entries.flatten().filter(old).filter(|entry| std::fs::remove_file(entry.path()).is_ok()).count()
    }

    /// Seconds that reading a text takes: of its audio where there is one, else as an announcer reads.
    #[must_use]
    pub fn seconds(engine: Option<&Self>, text: &str) -> u32 {
        engine.and_then(|engine| engine.made(text)).map_or_else(|| speech::seconds(text), |sound| sound.seconds())
    }
}

/// Where audio is made and kept.
#[derive(Debug)]
struct Shop {
    voice: Voice,
    folder: PathBuf,
}

impl Shop {
    fn place(&self, text: &str, ending: &str) -> PathBuf {
        let of = format!("{:?}\n{:?}\n{text}", self.voice.command, self.voice.mp3);
        let digest = sha2::Sha256::digest(of.as_bytes());
        self.folder.join(format!("{}.{ending}", hex(&digest[..12])))
    }

    fn made(&self, text: &str) -> Option<Sound> {
        let plain = self.place(text, "wav");
        let mut wav = file::open(&plain).ok()?;
        let mut head = [0; wav::HEAD];
        wav.read_exact(&mut head).ok()?;
        let length = Wav::measured(&head, wav.metadata().ok()?.len())?;
        let file = if self.voice.mp3.is_some() { self.place(text, "mp3") } else { plain };
        file.is_file().then_some(Sound { length, file })
    }

    /// Makes the audio of a text. Blocks for as long as the commands may take.
    fn make(&self, text: &str, unwanted: &AtomicBool) -> Result<(), SoundError> {
        let limit = Duration::from_secs(u64::from(self.voice.limit_seconds));
        let program = |command: &[String]| command.first().cloned().unwrap_or_default();
        let spoken = command::run(&self.voice.command, text.as_bytes(), limit, unwanted)?;
        let not_wav = |cause| SoundError::Wav { program: program(&self.voice.command), cause };
        let wav = Wav::read(&spoken).map_err(not_wav)?;
        let (seconds, expected) = (wav.length().as_secs(), u64::from(speech::seconds(text)));
        if seconds * FACTOR < expected || seconds > (expected + 1) * FACTOR {
            return Err(SoundError::Length { program: program(&self.voice.command), seconds, expected });
        }
        let whole = wav.written();
        // The WAV is written last: where it is, all of it is.
        if let Some(encoder) = &self.voice.mp3 {
            let mp3 = command::run(encoder, &whole, limit, unwanted)?;
            // A frame of MPEG audio begins with eleven bits that are set; a tag may come before it.
            let is_mp3 =
                mp3.starts_with(b"ID3") || matches!(mp3.as_slice(), [0xff, second, ..] if second & 0xe0 == 0xe0);
            if !is_mp3 {
                return Err(SoundError::Mp3 { program: program(encoder) });
            }
            self.keep(&self.place(text, "mp3"), &mp3)?;
        }
        let file = self.place(text, "wav");
        self.keep(&file, &whole)?;
        // What is made and can't be read back would be made again without end.
        let gone = || SoundError::Keep { file: file.display().to_string(), cause: "it can't be read back".to_owned() };
        self.made(text).map(|_| ()).ok_or_else(gone)
    }

    fn keep(&self, file: &Path, bytes: &[u8]) -> Result<(), SoundError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed =
            |cause: std::io::Error| SoundError::Keep { file: file.display().to_string(), cause: cause.to_string() };
        file::write(&self.folder, &name, bytes, Access::Own).map_err(failed)
    }
}

/// What a letter's code for its audio is made from: no code of its page opens the audio, nor the other way round.
#[must_use]
pub fn secret(key: &str) -> String {
    format!("audio\n{key}")
}

/// A channel of loudspeakers whose letters get their audio when they are sent.
pub struct Voiced {
    engine: Engine,
    /// Where devices fetch it, with the keys that make its address; none where they can't.
    fetched: Option<(String, Arc<Keys>)>,
    inner: Arc<dyn Channel>,
    /// How often a text is read in a round.
    repeats: u32,
    /// Whether the far side takes nothing but audio.
    needs: bool,
}

impl Voiced {
    /// The channel `inner`, with audio by `engine`.
    #[must_use]
    pub fn new(
        engine: Engine,
        fetched: Option<(String, Arc<Keys>)>,
        inner: Arc<dyn Channel>,
        (repeats, needs): (u32, bool),
    ) -> Self {
        Self { engine, fetched, inner, repeats, needs }
    }

    /// The letter with its audio.
    fn with(&self, letter: &Letter, sound: &Sound) -> Letter {
        let url = self.fetched.as_ref().map(|(address, keys)| {
            let ending = sound.file.extension().unwrap_or_default().to_string_lossy();
            format!("{address}{PATH}{}.{ending}", keys.code(letter.number, &secret(&letter.key)))
        });
        let audio = Audio { url, file: sound.file.clone(), seconds: sound.seconds(), kind: sound.kind() };
        let playing =
            letter.playing.clone().map(|playing| playing.with(audio, speech::seconds(&letter.body), self.repeats));
        Letter { playing, ..letter.clone() }
    }

    /// The audio of a letter; waited for where nothing else is held up by that.
    async fn spoken(&self, text: &str) -> Spoken {
        if self.engine.beside {
            return self.engine.speak(text);
        }
        self.engine.sound(text).await.map_or_else(Spoken::Failed, Spoken::Made)
    }

    /// Whether a letter can wait for its audio: its words must still go in time without.
    fn can_wait(&self, letter: &Letter) -> bool {
        self.needs || letter.playing.as_ref().is_some_and(|playing| letter.date + IN_TIME < playing.begin_before)
    }
}

impl Channel for Voiced {
    fn idempotent(&self) -> bool {
        self.inner.idempotent()
    }

    fn width(&self) -> usize {
        self.inner.width()
    }

    fn limits(&self) -> &[Limit] {
        self.inner.limits()
    }

    fn resends_unknown(&self) -> bool {
        self.inner.resends_unknown()
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            match self.spoken(&letter.body).await {
                Spoken::Made(sound) => self.inner.send(&self.with(letter, &sound)).await,
                Spoken::Making(before) if self.can_wait(letter) => {
                    let turns = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
                    Outcome::Waits(TURN.saturating_mul(turns).min(LONGEST_WAIT))
                }
                Spoken::Failed(why) if self.needs => Outcome::Transient(Words::said(why)),
                // The words go without it; staff are told that there is none.
                Spoken::Failed(_) | Spoken::Making(_) => self.inner.send(letter).await,
            }
        })
    }

    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        self.inner.ask(letter, id)
    }

    fn heard(&self, wanted: bool) -> HeardFuture<'_> {
        self.inner.heard(wanted)
    }

    fn noted<'a>(&'a self, heard: &'a [Heard]) -> NotedFuture<'a> {
        self.inner.noted(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(root: &Path, script: &str, mp3: Option<&str>) -> Engine {
        let command = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        Engine::new(Voice { command: command(script), mp3: mp3.map(command), limit_seconds: 20 }, root, false)
    }

    #[tokio::test]
    async fn an_engine_that_fails_is_told_of_and_left_alone_and_a_text_is_spoken_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = "村民朋友们，请不要露天焚烧秸秆。";
        let counted = dir.path().join("count");
        let fails = engine(dir.path(), &format!("echo x >> {}; echo broken >&2; exit 1", counted.display()), None);
        for _ in 0..3 {
            assert!(fails.sound(text).await.is_err());
        }
        assert!(matches!(fails.trouble(), Some(Err(why)) if why.contains("broken")), "{:?}", fails.trouble());
        assert_eq!(
            std::fs::read_to_string(&counted).expect("a count").lines().count(),
            1,
            "not again for every letter"
        );
        assert_eq!(Engine::seconds(Some(&fails), text), speech::seconds(text), "without audio, as people read");
        for (script, why) in [("cat", "WAV"), ("printf 'RIFF....WAVE'", "WAV"), ("true", "WAV")] {
            let error = engine(dir.path(), script, None).sound(text).await.expect_err("no audio");
            assert!(error.contains(why), "{error}");
        }
    }
}
