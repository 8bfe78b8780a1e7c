//! Channels: how a letter leaves.
//!
//! In: one [`Letter`]. Out: what the far side said. Can't happen: an outcome guessed at; a time-out after the text was
//! handed over is [`Outcome::Unknown`], never a failure.
#![forbid(unsafe_code)]

pub mod by_hand;
mod coded;
pub mod email;
pub mod folder;
mod hush;
pub mod link;
pub mod said;
pub mod setting;
pub mod sms;
pub mod sound;
pub mod speaker;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use cuofeng_base::caught;
use cuofeng_base::word::{Form, Limit};
use cuofeng_notice::Enclosure;
use sms::receipt::Heard;
use speaker::Playing;

cuofeng_base::catalogue!(["channel"], on[cuofeng_notice]);

/// A code that a letter's words lack until it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Bytes of the words before it.
    pub at: usize,
    /// Number of the letter that it opens.
    pub number: i64,
    /// That letter's key.
    pub key: String,
}

/// One part of a notice on its way to one address.
#[derive(Clone)]
pub struct Letter {
    /// Its number in the outbox, for the code of its link.
    pub number: i64,
    /// Its key: stable, unique, usable as a file name and in a Message-ID.
    pub key: String,
    /// The identity of the site that began what it is about; empty where that began before sites had any.
    pub site: String,
    /// The form.
    pub form: Form,
    /// Name of the recipient.
    pub name: String,
    /// Where it goes.
    pub address: String,
    /// Subject, for mail.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Codes that go into the words when it is sent, in the order of their places: its own, and those of the letters in
    /// its message.
    pub with: Vec<Code>,
    /// Keys of the mails of the same episode that went to the same address before it, oldest first: it is read below them.
    pub after: Vec<String>,
    /// Files that go with a mail.
    pub enclosures: Arc<[Enclosure]>,
    /// The instant it carries as its date.
    pub date: DateTime<Utc>,
    /// What a loudspeaker needs besides; none for other forms.
    pub playing: Option<Playing>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address is personal data and stays out of logs.
        f.debug_struct("Letter").field("key", &self.key).field("form", &self.form).finish_non_exhaustive()
    }
}

/// What the far side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It reached its end.
    Delivered(Words),
    /// It was taken over for delivery.
    Accepted(Words),
    /// Not taken; trying again may help.
    Transient(Words),
    /// Not handed over yet, since something of its own is still being made: to be sent after so long. No try of it.
    Waits(std::time::Duration),
    /// Not taken, and will not be.
    Permanent(Words),
    /// Not taken, and will not be; the words don't say whether that is about this letter or about all. A second letter
    /// refused in a row with the same words says that it is about all.
    Refused(Words),
    /// Not taken because of who sends: how much, how fast, from where or of what kind. The next would not be taken
    /// either; later, and more slowly, they may be.
    Sender {
        /// What the far side said.
        words: Words,
        /// Whether it said so for good of this letter.
        for_good: bool,
    },
    /// Not taken, nor will anything be until a person has mended the channel: no balance, a bad key, a signature that
    /// is not approved.
    Closed(Words),
    /// Handed over, with no answer: it may have been taken.
    Unknown(Words),
    /// Never left: the program itself failed on it.
    Fault(Words),
}

/// What a channel makes of a letter before anything leaves; a panic meanwhile is an outcome. Whatever may panic over a
/// letter's words is done in here: of what panics later nobody can say whether it left.
///
/// # Errors
/// The letter can't be made, or its making panicked.
pub fn made<T>(make: impl FnOnce() -> Result<T, Outcome>) -> Result<T, Outcome> {
    caught::caught(make).unwrap_or_else(|words| {
        Err(Outcome::Fault(Words::said(format!("never left: the program failed while it was made: {words}"))))
    })
}

/// What is known of a letter whose sending panicked outside [`made`].
pub fn panicked(channel: &dyn Channel, words: &str) -> Outcome {
    if channel.idempotent() {
        return Outcome::Transient(Words::said(format!("the program failed while it was handed over: {words}")));
    }
    Outcome::Unknown(Words::said(format!("may have left: the program failed while it was handed over: {words}")))
}

/// The far side's identifier and words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What the far side calls it.
    pub id: String,
    /// What it said.
    pub said: String,
}

impl Words {
    /// Words without an identifier.
    #[must_use]
    pub fn said(said: impl Into<String>) -> Self {
        Self { id: String::new(), said: said.into() }
    }
}

/// A future that a channel returns.
pub type SendFuture<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// What the far side knows of a letter when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What became of it: [`Outcome::Transient`] says that it was never taken.
    Knows(Outcome),
    /// Nothing yet; asking later may help.
    Later(Words),
    /// This far side can't be asked.
    CannotAsk,
}

/// A future that answers.
pub type AskFuture<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A future that gives what was heard.
pub type HeardFuture<'a> = Pin<Box<dyn Future<Output = Vec<Heard>> + Send + 'a>>;

/// A future that ends when the far side has been told.
pub type NotedFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A way out.
pub trait Channel: Send + Sync {
    /// Whether sending the same letter twice leaves one: then a crash in mid-send is harmless.
    fn idempotent(&self) -> bool;

    /// How many letters may be on their way at the same time.
    fn width(&self) -> usize {
        1
    }

    /// How much it may carry, as its provider counts.
    fn limits(&self) -> &[Limit] {
        &[]
    }

    /// Whether a letter that may have been taken may be sent once more as it is, where the far side can't be asked.
    fn resends_unknown(&self) -> bool {
        false
    }

    /// Sends one letter.
    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a>;

    /// Asks what became of a letter that was accepted or may have been taken; `id` is what the far side called it,
    /// empty where it never said.
    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        let _ = (letter, id);
        Box::pin(std::future::ready(Answer::CannotAsk))
    }

    /// What the far side has said of its own accord and that is not [`Channel::noted`] yet; where it is `wanted`, a
    /// connection is made for it.
    fn heard(&self, wanted: bool) -> HeardFuture<'_> {
        let _ = wanted;
        Box::pin(std::future::ready(Vec::new()))
    }

    /// Tells the far side that these are on record.
    fn noted<'a>(&'a self, heard: &'a [Heard]) -> NotedFuture<'a> {
        let _ = heard;
        Box::pin(std::future::ready(()))
    }
}
