//! Delivery reports in the mailbox to which undeliverable mail comes back.
//!
//! In: the mailbox. Out: letters that failed after the server had taken them, or that arrived. Can't happen: a report
//! counted twice, or lost (it is put away once it is on record); a person's mail put away (what is no report, or about no
//! letter, stays as it is); a letter taken for failed because another mail came back; a slow server that holds up letters (its mailbox is read beside them); a mailbox that nobody can read for long
//! without staff being told.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::task::JoinHandle;

use crate::error::AppError;
use crate::secrets::secret;
use cuofeng_base::text::Lang;
use cuofeng_base::{file, msg};
use cuofeng_channel::Words;
use cuofeng_channel::email::bounce::{self, Bounce, Fate, Original};
use cuofeng_channel::email::mailbox::{self, MailboxError, Session};
use cuofeng_channel::setting::{Bounces, Mailbox};
use cuofeng_office::site::Site;
use cuofeng_outbox::list::{Listed, Mailed, Wanted};
use cuofeng_outbox::{State, settle};
use cuofeng_store::mailboxes::Unread;
use cuofeng_store::{Store, StoreError};
use cuofeng_town::roster::people::mask_all;

/// How often a mailbox on a server is read.
const EVERY: Duration = Duration::from_mins(5);

/// How long a mailbox may be out of reach before staff are told: servers are restarted, and reports can wait.
const TOLD_AFTER: chrono::Duration = chrono::Duration::hours(1);

/// How long after it was sent a mail may come back.
const GIVEN_BACK: chrono::Duration = chrono::Duration::days(7);

/// How far the date of a mail may be from when it was handed over.
const DATED: chrono::Duration = chrono::Duration::minutes(10);

/// The reading of a mailbox on a server, beside everything else.
#[derive(Default)]
pub(crate) struct Postman(Mutex<Option<(Instant, JoinHandle<()>)>>);

/// One reading.
struct Round {
    store: Store,
    root: PathBuf,
    bounces: Bounces,
    ca_file: Option<String>,
    lang: Lang,
    now: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Settings(String),
}

impl Round {
    /// Reads the mailbox and notes how that went.
    async fn run(&self) -> Result<(), StoreError> {
        let Some(mailbox) = &self.bounces.mailbox else { return Ok(()) };
        let name = mailbox::name(mailbox);
        let failure = match self.read(mailbox, &name).await {
            Ok(told) => {
                tracing::debug!(mailbox = name, told, "the mailbox for bounces is read");
                None
            }
            Err(RoundError::Store(error)) => return Err(error),
            Err(error) => {
                let said = mask_all(&error.to_string());
                tracing::error!(mailbox = mask_all(&name), said, "the mailbox for bounces can't be read");
                Some(said)
            }
        };
        self.store.mailbox_read(&name, failure.as_deref(), self.now).await
    }

    /// Gives the number of letters that it told something of.
    async fn read(&self, mailbox: &Mailbox, name: &str) -> Result<usize, RoundError> {
        let address = self.bounces.address.parse().ok();
        let trusted = self.ca_file.as_ref().map(|name| file::read(&self.root.join(name), file::KEY)).transpose();
        let trusted = trusted.map_err(|error| MailboxError::Io(error.into()))?;
        let mut session =
            Session::open(mailbox, &self.root, self.password(mailbox)?.as_ref(), trusted.as_deref()).await?;
        let mails = session.list().await?;
        let marks: Vec<&str> = mails.iter().map(|mail| mail.mark.as_str()).collect();
        let seen = self.store.mailbox_seen(name, &marks).await?;
        let mut told = 0;
        for mail in mails.iter().filter(|mail| !seen.contains(&mail.mark)) {
            let report =
                if mail.is_small() { bounce::read(&session.read(mail).await?, address.as_ref()) } else { None };
            let Some(report) = report else {
                self.store.mailbox_looked(name, &mail.mark).await?;
                continue;
            };
            let taken = self.take(&report).await?;
            if taken.is_none() {
                // Another site's, which reads the same mailbox, or about a mail that somebody wrote: theirs to read.
                self.store.mailbox_looked(name, &mail.mark).await?;
                continue;
            }
            told += usize::from(taken == Some(true));
            // A report that stays because this fails changes nothing when it is read again.
            session.put_away(mail).await?;
        }
        session.close().await?;
        Ok(told)
    }

    fn password(&self, mailbox: &Mailbox) -> Result<Option<SecretString>, RoundError> {
        let (Mailbox::Pop3(server) | Mailbox::Imap(server, _)) = mailbox else { return Ok(None) };
        let held = secret(&self.root, &server.password);
        held.map(Some).map_err(|why| RoundError::Settings(why.text(self.lang)))
    }

    /// Says whether it told something of a letter; none where the letter is not here. Where more than one may be meant,
    /// nobody knows of the last of them whether it arrived.
    async fn take(&self, bounce: &Bounce) -> Result<Option<bool>, StoreError> {
        let Some((letter, certain)) = self.letter_of(bounce).await? else {
            tracing::warn!(said = mask_all(&bounce.words), "a report about a letter that is not here");
            return Ok(None);
        };
        let state = match bounce.fate {
            Fate::Failed if certain => State::Failed,
            Fate::Failed => State::Unknown,
            Fate::Delivered | Fate::Delayed if !certain => return Ok(Some(false)),
            Fate::Delivered => State::Delivered,
            Fate::Delayed => {
                let said = msg!("bounce.delayed", said = &bounce.words).text(self.lang);
                settle::delayed(&self.store, letter.number, letter.attempt, &said, self.now).await?;
                return Ok(Some(false));
            }
        };
        let words = Words::said(bounce.words.clone());
        tracing::warn!(key = letter.notice, state = state.word(), said = mask_all(&words.said), "came back");
        settle::report(&self.store, letter.number, letter.attempt, state, &words, self.now).await?;
        Ok(Some(true))
    }

    /// The letter to one of these addresses whose subject is among the words, and whether it is certainly that one: where
    /// messages with one subject went there, the one that was sent when the mail given back says; else the last of them.
    /// Words without a subject of ours are about somebody else's mail.
    async fn letter_like(&self, original: &Original) -> Result<Option<(Listed, bool)>, StoreError> {
        let sent = cuofeng_outbox::list::mails_to(&self.store, &original.addresses, self.now - GIVEN_BACK).await?;
        let plain = |subject: &str| subject.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let named = |mail: &Mailed| Some(plain(&mail.subject)).filter(|s| !s.is_empty() && original.text.contains(s));
        // A longer subject may contain a shorter one.
        let Some(subject) = sent.iter().filter_map(named).max_by_key(String::len) else { return Ok(None) };
        let alike: Vec<&Mailed> = sent.iter().filter(|mail| plain(&mail.subject) == subject).collect();
        let dated = |mail: &&&Mailed| original.date.is_some_and(|date| (date - mail.sent_at).abs() <= DATED);
        let fits: Vec<&Mailed> = alike.iter().filter(dated).copied().collect();
        let among = if fits.is_empty() { &alike } else { &fits };
        let Some(first) = among.first() else { return Ok(None) };
        let certain = among.iter().all(|mail| mail.message == first.message);
        let wanted = Wanted { number: Some(first.number), ..Wanted::default() };
        Ok(cuofeng_outbox::list::letters(&self.store, &wanted, 1).await?.pop().map(|letter| (letter, certain)))
    }

    async fn letter_of(&self, bounce: &Bounce) -> Result<Option<(Listed, bool)>, StoreError> {
        if let Some(original) = &bounce.original {
            return self.letter_like(original).await;
        }
        let key = bounce.key.as_deref();
        let number = match (&bounce.letter, key) {
            (Some((number, _)), _) => Some(*number),
            (None, Some(key)) => cuofeng_outbox::list::letter_with(&self.store, key).await?,
            (None, None) => None,
        };
        let Some(number) = number else { return Ok(None) };
        let wanted = Wanted { number: Some(number), ..Wanted::default() };
        let letter = cuofeng_outbox::list::letters(&self.store, &wanted, 1).await?.pop();
        let Some(letter) = letter else { return Ok(None) };
        let site = self.store.site_of(&letter.episode).await?;
        Ok(Some((letter, true)).filter(|(letter, _)| bounce.is_about(number, &letter.key, &site)))
    }
}

/// The mailbox to which undeliverable mail comes back.
#[derive(Clone, Copy)]
pub struct Returns<'a> {
    site: &'a Site,
    store: &'a Store,
    postman: &'a Postman,
}

impl<'a> Returns<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, postman: &'a Postman) -> Self {
        Self { site, store, postman }
    }

    /// Reads what has come back since: a maildir at once, a mailbox on a server beside what follows.
    pub(crate) async fn read_bounces(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let Some(email) = &self.site.config.email else { return Ok(()) };
        let Some(bounces) = &email.bounces else { return Ok(()) };
        let Some(mailbox) = &bounces.mailbox else { return Ok(()) };
        let round = Round {
            store: self.store.clone(),
            root: self.site.root.clone(),
            bounces: bounces.clone(),
            ca_file: email.ca_file.clone(),
            lang: self.site.config.language,
            now,
        };
        if matches!(mailbox, Mailbox::Maildir(_)) {
            round.run().await?;
            return Ok(());
        }
        let mut last = self.postman.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(begun, task)| task.is_finished() && begun.elapsed() >= EVERY) {
            let reading = async move {
                if let Err(error) = round.run().await {
                    tracing::error!(%error, "the mailbox for bounces was read, and it could not be written down");
                }
            };
            *last = Some((Instant::now(), tokio::spawn(reading)));
        }
        Ok(())
    }

    /// Waits until the mailbox that is being read has been.
    pub async fn finish_reading(&self) {
        let last = self.postman.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, task)) = last {
            // A panic in it has been logged, and is none of ours.
            let _ = task.await;
        }
    }
}

/// The mailbox for bounces, where it has been out of reach for long.
pub(crate) async fn unread_mailbox(site: &Site, store: &Store, now: DateTime<Utc>) -> Result<Option<Unread>, AppError> {
    let bounces = site.config.email.as_ref().and_then(|email| email.bounces.as_ref());
    let Some(mailbox) = bounces.and_then(|bounces| bounces.mailbox.as_ref()) else { return Ok(None) };
    let unread = store.unread_mailbox(&mailbox::name(mailbox)).await?;
    Ok(unread.filter(|unread| now - unread.since >= TOLD_AFTER))
}
