//! Mail by SMTP (and the message that the folder channel writes as `.eml`).
//!
//! In: a letter and the site's mail settings. Out: what the server said. Can't happen: a send without a time limit
//! (lettre's own bounds only the connect); a retry of something the server may have taken; a letter called lost that was
//! never handed over (each step of the dialogue is its own, so the place where it broke is known).

pub mod bounce;
mod connection;
mod fate;
pub mod mailbox;
mod message;
pub mod refusal;
mod returned;
mod sign;
mod turned;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::Extension;
use secrecy::SecretString;

use self::connection::{Door, hand_over};
pub use self::message::{MessageError, message};
use self::sign::Signer;
use super::hush::Hush;
use super::{Channel, Letter, Outcome, SendFuture, Words, made};
use crate::setting::EmailConfig;
use cuofeng_base::word::Limit;

/// How long an open connection may wait for the next letter: shorter than any server keeps it.
const IDLE: Duration = Duration::from_secs(15);

/// How long a server that could not be reached is not tried again, so that it holds up nobody for a time limit each.
const REST: Duration = Duration::from_secs(15);

/// What the settings only name.
#[derive(Debug, Default)]
pub struct Held {
    /// The password.
    pub password: Option<SecretString>,
    /// The key that mails are signed with: RSA of 2048 bits or more, PEM of PKCS#1 or PKCS#8.
    pub dkim_key: Option<SecretString>,
    /// Certificates that are trusted besides the public ones, as PEM.
    pub trusted: Option<Vec<u8>>,
}

/// Mail by SMTP.
pub struct EmailChannel {
    door: Door,
    hush: Hush,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    bounces: Option<lettre::Address>,
    /// Whether each letter has a return address of its own.
    plus: bool,
    signer: Option<Signer>,
    limit: Duration,
    width: usize,
    limits: Vec<Limit>,
    resend_unknown: bool,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    unreachable: Mutex<Option<(Instant, Words)>>,
}

impl EmailChannel {
    /// Sets up the connection's terms; nothing is sent yet.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn new(config: &EmailConfig, held: &Held) -> Result<Self, String> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|e| e.to_string());
        let bounces = config.bounces.as_ref().map(|bounces| bounces.address.parse()).transpose();
        Ok(Self {
            door: Door::new(config, held),
            hush: Hush::of(config.login.as_ref().map(|(user, _)| user.as_str()), held.password.as_ref()),
            from: mailbox(&config.from)?,
            reply_to: config.reply_to.as_deref().map(mailbox).transpose()?,
            plus: config.bounces.as_ref().is_some_and(|bounces| bounces.plus),
            bounces: bounces.map_err(|e: lettre::address::AddressError| e.to_string())?,
            signer: Signer::new(config, held)?,
            limit: Duration::from_secs(u64::from(config.timeout_seconds)),
            width: usize::from(config.connections),
            limits: config.limits.clone(),
            resend_unknown: config.resend_unknown,
            idle: Mutex::default(),
            unreachable: Mutex::default(),
        })
    }

    /// Whether the server takes mail whose sender's address has letters beyond ASCII (RFC 6531); what it said where nobody
    /// can tell.
    ///
    /// # Errors
    /// There is no connection, or the server lets nobody in.
    pub async fn takes_utf8(&self) -> Result<bool, String> {
        match tokio::time::timeout(self.limit, self.door.open()).await {
            Ok(Ok(connection)) => Ok(connection.server_info().supports_feature(Extension::SmtpUtfEight)),
            Ok(Err((outcome, _))) => match self.hush.over(outcome) {
                Outcome::Closed(words) | Outcome::Transient(words) | Outcome::Sender { words, .. } => Err(words.said),
                _ => Err(String::new()),
            },
            Err(_) => Err(format!("no answer within {} s", self.limit.as_secs())),
        }
    }

    /// The letter as it goes over the wire.
    fn wire(&self, letter: &Letter) -> Result<(Envelope, Vec<u8>), MessageError> {
        let mail = message(letter, &self.from, self.reply_to.as_ref())?.formatted();
        // Receivers hold the time of a signature against their own clocks, whatever time the site is played at.
        let mail = match &self.signer {
            Some(signer) => signer.signed(&mail, Utc::now())?,
            None => mail,
        };
        let sender = match &self.bounces {
            Some(address) if self.plus => message::return_path(address, letter)?,
            Some(address) => address.clone(),
            None => self.from.email.clone(),
        };
        let envelope = Envelope::new(Some(sender), vec![letter.address.parse()?])?;
        Ok((envelope, mail))
    }

    /// Hands a letter over on a connection that is open, or on a new one. One that was idle may have been closed by the
    /// server: then nothing was taken, and a new one is opened.
    async fn handed(&self, envelope: &Envelope, bytes: &[u8], handed: &AtomicBool) -> Outcome {
        if let Some(mut connection) = self.waiting() {
            match hand_over(&mut connection, envelope, bytes, handed).await {
                Ok(outcome) => {
                    self.keep(connection);
                    return outcome;
                }
                Err(outcome) if handed.load(Ordering::Acquire) => return outcome,
                Err(_) => {}
            }
        }
        let mut connection = match self.door.open().await {
            Ok(connection) => connection,
            Err((outcome, answered)) => {
                if let Outcome::Transient(words) = &outcome
                    && !answered
                {
                    self.rest(words);
                }
                return outcome;
            }
        };
        *self.unreachable.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match hand_over(&mut connection, envelope, bytes, handed).await {
            Ok(outcome) => {
                self.keep(connection);
                outcome
            }
            Err(outcome) => outcome,
        }
    }

    fn waiting(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.width {
            idle.push((connection, Instant::now()));
        }
    }

    fn rest(&self, words: &Words) {
        let mut unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        *unreachable = Some((Instant::now(), words.clone()));
    }

    /// What the server said a moment ago, when it could not be reached.
    fn resting(&self) -> Option<Words> {
        let unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        unreachable.as_ref().filter(|(since, _)| since.elapsed() < REST).map(|(_, words)| words.clone())
    }
}

impl Channel for EmailChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        self.width
    }

    fn limits(&self) -> &[Limit] {
        &self.limits
    }

    fn resends_unknown(&self) -> bool {
        self.resend_unknown
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            if let Some(words) = self.resting() {
                return Outcome::Transient(words);
            }
            let refused = |error: MessageError| Outcome::Permanent(Words::said(error.to_string()));
            let (envelope, bytes) = match made(|| self.wire(letter).map_err(refused)) {
                Ok(made) => made,
                Err(outcome) => return self.hush.over(outcome),
            };
            let handed = AtomicBool::new(false);
            match tokio::time::timeout(self.limit, self.handed(&envelope, &bytes, &handed)).await {
                Ok(Outcome::Accepted(words)) => Outcome::Accepted(Words { id: letter.key.clone(), ..words }),
                Ok(outcome) => self.hush.over(outcome),
                Err(_) => {
                    let words = Words::said(format!("no answer within {} s", self.limit.as_secs()));
                    if handed.load(Ordering::Acquire) {
                        return Outcome::Unknown(words);
                    }
                    self.rest(&words);
                    Outcome::Transient(words)
                }
            }
        })
    }
}
