//! Delivery reports in the mailbox to which undeliverable mail comes back.
//!
//! In: the files of a maildir. Out: letters that failed after the server had taken them, or that arrived. Can't happen: a
//! report counted twice, or lost (a file is moved to `cur` once its report is on record).

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{App, AppError};
use crate::channel::Words;
use crate::channel::email::bounce::{self, Bounce, Fate};
use crate::outbox::list::{Listed, Wanted};
use crate::outbox::{State, settle};
use crate::roster::people::mask_all;

/// How large a mail may be to be read, in bytes: a report gives back what was sent, and that is small.
const LARGEST: u64 = 1 << 20;

impl App {
    /// Reads what has come back since. Gives the number of letters that it told something of.
    pub(super) async fn read_bounces(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let Some(email) = &self.site.config.email else { return Ok(0) };
        let Some(folder) = &email.bounce_maildir else { return Ok(0) };
        let maildir = self.site.root.join(folder);
        let Ok(entries) = std::fs::read_dir(maildir.join("new")) else {
            tracing::error!(maildir = %maildir.display(), "the mailbox for bounces can't be read");
            return Ok(0);
        };
        let address = email.bounces.as_deref().and_then(|text| text.parse().ok());
        let mut told = 0;
        for entry in entries.flatten() {
            let small = entry.metadata().is_ok_and(|data| data.is_file() && data.len() <= LARGEST);
            let read = if small { std::fs::read(entry.path()).ok() } else { None };
            if let Some(bounce) = read.and_then(|bytes| bounce::read(&bytes, address.as_ref())) {
                told += usize::from(self.take_bounce(&bounce, now).await?);
            }
            let seen = format!("{}:2,S", entry.file_name().to_string_lossy());
            if let Err(error) = put_away(&entry.path(), &maildir.join("cur"), &seen) {
                tracing::error!(%error, "a mail that has been read can't be put away");
            }
        }
        Ok(told)
    }

    async fn take_bounce(&self, bounce: &Bounce, now: DateTime<Utc>) -> Result<bool, AppError> {
        let Some(letter) = self.letter_of(bounce).await? else {
            tracing::warn!(said = mask_all(&bounce.words), "a report about a letter that is not here");
            return Ok(false);
        };
        let state = match bounce.fate {
            Fate::Failed => State::Failed,
            Fate::Delivered => State::Delivered,
            Fate::Delayed => return Ok(false),
        };
        let words = Words::said(bounce.words.clone());
        tracing::warn!(key = letter.notice, state = state.word(), said = mask_all(&words.said), "came back");
        settle::report(&self.store, letter.number, letter.attempt, state, &words, now).await?;
        Ok(true)
    }

    async fn letter_of(&self, bounce: &Bounce) -> Result<Option<Listed>, AppError> {
        let key = bounce.key.as_deref();
        let number = match (&bounce.letter, key) {
            (Some((number, _)), _) => Some(*number),
            (None, Some(key)) => self.store.letter_with(key).await?,
            (None, None) => None,
        };
        let Some(number) = number else { return Ok(None) };
        let wanted = Wanted { number: Some(number), ..Wanted::default() };
        let letter = self.store.letters(&wanted, 1).await?.pop();
        Ok(letter.filter(|letter| bounce.is_about(number, &letter.key)))
    }
}

fn put_away(from: &Path, folder: &Path, name: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::rename(from, folder.join(name))
}
