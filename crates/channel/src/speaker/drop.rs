//! Loudspeakers by files: a folder from which another system takes each text as an emergency broadcast message, its audio
//! and the CAP message of the warning.
//!
//! In: a village's text. Out: `EBDB_….xml`, its audio and `….r2.xml` (CAP), each written beside and renamed, the message
//! last: where it is, all is that belongs to it. Can't happen: two messages for one text, however often it is written; a
//! text that sounds as if it were meant while the site has not said that it is; an earlier text of the episode left
//! standing (it is taken back by its identifier). What becomes of it nobody says: it is handed over, not played.

use std::path::PathBuf;
use std::sync::Arc;

use super::Playing;
use super::ebm::{Number, Request, Sender};
use crate::setting::speaker::DropConfig;
use crate::{AskFuture, Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::Zone;
use cuofeng_base::word::Terms;
use cuofeng_cap::{self as cap, Status};
use cuofeng_notice::cap::identifier;

/// Names and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// Files for another system.
#[derive(Debug, Clone)]
pub struct DropChannel {
    config: DropConfig,
    folder: PathBuf,
    /// Where the CAP messages lie.
    cap: PathBuf,
    office: String,
    zone: Zone,
    lang: Lang,
    terms: Terms,
}

impl DropChannel {
    /// A channel into a folder; `cap` is where the messages of warnings lie.
    #[must_use]
    pub fn new(
        config: DropConfig,
        (folder, cap): (PathBuf, PathBuf),
        (office, zone, lang): (&str, Zone, Lang),
        terms: Terms,
    ) -> Self {
        Self { config, folder, cap, office: office.to_owned(), zone, lang, terms }
    }

    /// The message's identifier, and the files in the order in which they are written.
    fn files(&self, letter: &Letter, playing: &Playing) -> std::io::Result<(String, Files)> {
        let (before, _) = drill_marks(self.lang);
        let drill = letter.body.starts_with(before.as_str());
        let sender = Sender { config: &self.config, office: &self.office, zone: &self.zone, now: letter.date };
        let number = |place| Number { letter: letter.number, taken: playing.taken, place };
        let mut files = Vec::new();
        let cap = format!("{}.xml", identifier(&letter.site, &playing.episode, playing.revision));
        if let Some(bytes) = self.cap_message(&cap, drill)? {
            files.push((cap, bytes));
        }
        let packet = sender.packet(number(0));
        let audio = playing.audio.as_ref().map(|audio| {
            let ending = audio.file.extension().unwrap_or_default().to_string_lossy();
            file::read(&audio.file, file::MADE).map(|bytes| (format!("EBDR_{packet}.{ending}"), bytes))
        });
        let audio = audio.transpose()?;
        let playing_seconds = self.terms.seconds(playing.reading(&letter.body));
        let until = playing.begin_before + chrono::Duration::seconds(i64::from(playing_seconds));
        for (place, earlier) in playing.replaces.iter().enumerate() {
            let message = sender.message(letter.number, place + 1, playing.begin_before);
            let earlier = sender.message(earlier.number, 0, earlier.begin_before);
            let number = number(place + 1);
            let xml = sender.withdrawal(number, (&message, &earlier), until)?;
            files.push((format!("EBDB_{}.xml", sender.packet(number)), xml.into_bytes()));
        }
        let message = sender.message(letter.number, 0, playing.begin_before);
        let title = if drill { msg!("speaker.drill_title") } else { msg!("speaker.title") };
        let title = title.text(self.lang);
        let request = Request {
            village: &playing.village,
            title: &title,
            text: &letter.body,
            from: letter.date,
            until,
            drill,
            audio: audio.as_ref().map(|(name, bytes)| (name.as_str(), bytes.len())),
        };
        let xml = sender.request(number(0), &message, &request)?;
        files.extend(audio);
        files.push((format!("EBDB_{packet}.xml"), xml.into_bytes()));
        Ok((message, files))
    }

    /// The warning's CAP message; beside a drill, as an exercise. None where the warning has none.
    fn cap_message(&self, name: &str, drill: bool) -> std::io::Result<Option<Vec<u8>>> {
        let bytes = match file::read(&self.cap.join(name), file::MADE) {
            Ok(bytes) => bytes,
            Err(FileError::Absent) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(if drill { as_exercise(&bytes) } else { Some(bytes) })
    }
}

/// A CAP message as an exercise; none of what is no message.
fn as_exercise(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut message = cap::read(bytes).ok()?;
    message.status = Status::Exercise;
    let drill_note = msg!("tip.exercise_note").text(Lang::Zh);
    message.note = Some(message.note.map_or(drill_note.clone(), |note| format!("{drill_note} {note}")));
    let mark = |text: String| {
        if text.starts_with("【演练】") { text } else { msg!("tip.exercise", text = text).text(Lang::Zh) }
    };
    for info in &mut message.infos {
        info.headline = info.headline.take().map(mark);
        info.description = info.description.take().map(mark);
    }
    Some(cap::write(&message).ok()?.into_bytes())
}

impl Channel for DropChannel {
    fn idempotent(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let Some(playing) = &letter.playing else {
                return Outcome::Permanent(Words::said("not a text to be played"));
            };
            let files = made(|| {
                self.files(letter, playing).map_err(|error| Outcome::Transient(Words::said(error.to_string())))
            });
            let (message, files) = match files {
                Ok(made) => made,
                Err(outcome) => return outcome,
            };
            let (folder, access) = (self.folder.clone(), self.config.access);
            let all = move || files.iter().try_for_each(|(name, bytes)| file::write(&folder, name, bytes, access));
            match tokio::task::spawn_blocking(all).await {
                Ok(Ok(())) => Outcome::Accepted(Words { id: message, said: String::new() }),
                Ok(Err(error)) => Outcome::Transient(Words::said(error.to_string())),
                Err(error) => Outcome::Transient(Words::said(error.to_string())),
            }
        })
    }
}

/// What a drill's text begins and ends with.
fn drill_marks(lang: Lang) -> (String, String) {
    let marked = msg!("exercise.speech", text = "\n").text(lang);
    let (before, after) = marked.split_once('\n').unwrap_or((marked.as_str(), ""));
    (before.to_owned(), after.to_owned())
}

/// A text that says that it is a drill.
#[must_use]
pub fn marked(text: &str, lang: Lang) -> String {
    let (before, after) = drill_marks(lang);
    if text.starts_with(before.as_str()) { text.to_owned() } else { format!("{before}{text}{after}") }
}

/// A channel whose texts say that they are a drill.
pub struct Drill {
    inner: Arc<dyn Channel>,
    lang: Lang,
}

impl Drill {
    /// The channel `inner`, every text marked.
    #[must_use]
    pub fn new(inner: Arc<dyn Channel>, lang: Lang) -> Self {
        Self { inner, lang }
    }

    fn marked(&self, letter: &Letter) -> Letter {
        Letter { body: marked(&letter.body, self.lang), ..letter.clone() }
    }
}

impl Channel for Drill {
    fn idempotent(&self) -> bool {
        self.inner.idempotent()
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            match made(|| Ok(self.marked(letter))) {
                Ok(marked) => self.inner.send(&marked).await,
                Err(outcome) => outcome,
            }
        })
    }

    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        self.inner.ask(letter, id)
    }
}
