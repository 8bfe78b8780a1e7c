//! PDFs of bulletins, which a command of the site's turns into text.
//!
//! In: PDFs, the newest first, and what the feed remembers of earlier pulls. Out: for each its text, or why it has none.
//! Can't happen: one that has no text read again at every pull, or never named; a slow one that leaves no time for the
//! newest; a pull that takes longer than the feed may.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::{Memory, Validator};
use cuofeng_base::command::{self, CommandError};
use cuofeng_base::msg;
use cuofeng_base::text::{Message, hex};

/// PDFs of a pull that are read, the newest first: three weeks of bulletins.
pub(in crate::bulletin) const NEWEST: usize = 20;

/// Longest that one may take.
const EACH: Duration = Duration::from_secs(8);

/// Longest that all of a pull may take together.
const ALL: Duration = Duration::from_secs(40);

/// Largest text, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// What became of a PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) enum Found {
    /// Its text.
    Text(Vec<u8>),
    /// It has none that can be had: a person is told once.
    Unreadable(Message),
    /// Not read now, to be tried again.
    Trouble(Message),
    /// Read in an earlier pull, and too old to be read again.
    Before,
    /// Too old to be read, and never read before.
    Older,
}

/// Whether bytes are a PDF.
pub(in crate::bulletin) fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF")
}

/// The command, and the texts that it made: a PDF becomes text once as long as the program runs.
#[derive(Debug, Clone)]
pub(in crate::bulletin) struct Pdfs {
    command: Vec<String>,
    made: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// Longest that one may take.
    each: Duration,
}

impl Pdfs {
    pub fn new(command: Vec<String>) -> Self {
        Self { command, made: Arc::default(), each: EACH }
    }

    pub fn command(&self) -> &[String] {
        &self.command
    }

    /// What became of PDFs, by their place. In: place, name and bytes of each, the newest first.
    pub async fn texts(&self, pdfs: &[(usize, &str, &[u8])], memory: &mut Memory) -> BTreeMap<usize, Found> {
        let until = Instant::now() + ALL;
        let mut found = BTreeMap::new();
        let mut kept = BTreeMap::new();
        let mut remembered = BTreeMap::new();
        for (order, (at, shown, bytes)) in pdfs.iter().enumerate() {
            let (mark, own) = (self.mark(bytes), hex(&Sha256::digest(bytes)[..12]));
            let known = |state: &str, mark: &String| {
                memory.0.get(&key(shown, state)).is_some_and(|v| v.etag.as_ref() == Some(mark))
            };
            let one = if known(UNREAD, &mark) {
                Found::Unreadable(msg!("bulletin.pdf_before"))
            } else if order >= NEWEST {
                if known(READ, &own) { Found::Before } else { Found::Older }
            } else if let Some(text) = self.made(&mark) {
                Found::Text(text)
            } else {
                self.text(bytes.to_vec(), until).await
            };
            if let Found::Text(text) = &one {
                kept.insert(mark.clone(), text.clone());
            }
            // What was read stays read whatever the command; what has no text is tried again by another command.
            let state = match &one {
                Found::Text(_) | Found::Before => Some((READ, own)),
                Found::Unreadable(_) => Some((UNREAD, mark)),
                Found::Trouble(_) | Found::Older => None,
            };
            if let Some((state, mark)) = state {
                remembered.insert(key(shown, state), Validator { etag: Some(mark), last_modified: None });
            }
            found.insert(*at, one);
        }
        // Of what is not there any more nothing is remembered.
        memory.0.retain(|key, _| !key.ends_with(READ) && !key.ends_with(UNREAD));
        memory.0.extend(remembered);
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        found
    }

    fn made(&self, mark: &str) -> Option<Vec<u8>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(mark).cloned()
    }

    /// Tells a PDF, read by this command, from every other.
    fn mark(&self, bytes: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}\n", self.command));
        hash.update(bytes);
        hex(&hash.finalize()[..12])
    }

    async fn text(&self, bytes: Vec<u8>, until: Instant) -> Found {
        let limit = until.saturating_duration_since(Instant::now()).min(self.each);
        if limit < self.each {
            return Found::Trouble(msg!("bulletin.pdf_later"));
        }
        let command = self.command.clone();
        let run = move || command::run(&command, &bytes, limit, &AtomicBool::new(false));
        let failed = |error: CommandError| msg!("bulletin.pdf_failed", words = error.message());
        match tokio::task::spawn_blocking(run).await {
            // Pages that were scanned have no text.
            Ok(Ok(text)) if text.iter().all(u8::is_ascii_whitespace) => Found::Unreadable(msg!("bulletin.pdf_empty")),
            Ok(Ok(text)) if text.len() > SIZE_LIMIT => {
                Found::Unreadable(msg!("feed.too_large", limit = SIZE_LIMIT >> 20))
            }
            Ok(Ok(text)) => Found::Text(text),
            // A command that is not there is nothing of the PDF's, nor is a slow machine.
            Ok(Err(CommandError::Limit { seconds, .. })) => {
                Found::Trouble(msg!("bulletin.pdf_slow", seconds = seconds))
            }
            Ok(Err(error @ (CommandError::Start { .. } | CommandError::Unwanted { .. }))) => {
                Found::Trouble(failed(error))
            }
            Ok(Err(error)) => Found::Unreadable(failed(error)),
            // The program that reads it was cut short itself.
            Err(error) => {
                Found::Trouble(msg!("bulletin.pdf_failed", words = msg!("fault.other", said = error.to_string())))
            }
        }
    }
}

/// How the memory of a feed calls what was read, and what can't be.
const READ: &str = "#pdf";
const UNREAD: &str = "#pdf-unread";

fn key(shown: &str, state: &str) -> String {
    format!("{shown}{state}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pdf_that_takes_too_long_is_trouble_and_tried_again_and_one_without_text_is_not() {
        let shell = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        let pdf: [(usize, &str, &[u8]); 1] = [(0, "0714.pdf", b"%PDF-1.7")];
        let mut memory = Memory::default();
        let slow = Pdfs { each: Duration::from_millis(200), ..Pdfs::new(shell("exec sleep 30")) };
        for _ in 0..2 {
            let found = slow.texts(&pdf, &mut memory).await;
            assert!(matches!(&found[&0], Found::Trouble(why) if why.key() == "bulletin.pdf_slow"), "{found:?}");
            assert!(memory.0.is_empty(), "nothing is held against it: {memory:?}");
        }
        let later = Pdfs::new(shell("cat > /dev/null; echo 8月13日")).texts(&pdf, &mut memory).await;
        assert!(matches!(&later[&0], Found::Text(text) if text.starts_with("8月13日".as_bytes())), "{later:?}");
        let empty = Pdfs::new(shell("cat > /dev/null"));
        let first = empty.texts(&pdf, &mut memory).await;
        assert!(matches!(&first[&0], Found::Unreadable(why) if why.key() == "bulletin.pdf_empty"), "{first:?}");
        let second = empty.texts(&pdf, &mut memory).await;
        assert!(matches!(&second[&0], Found::Unreadable(why) if why.key() == "bulletin.pdf_before"), "{second:?}");
    }
}
