//! Mail by SMTP (and the message that the folder channel writes as `.eml`).
//!
//! In: a letter and the site's mail settings. Out: what the server said. Can't happen: a send without a time limit
//! (lettre's own bounds only the connect); a retry of something the server may have taken.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Channel, Letter, Outcome, SendFuture, Words};
use crate::config::{EmailConfig, Security};

/// Why a letter can't be made into a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Sender or recipient is not an address.
    #[error("not a mail address")]
    Address(#[from] lettre::address::AddressError),
    /// The parts don't make a message.
    #[error("mail: {0}")]
    Message(#[from] lettre::error::Error),
}

/// The letter as a message. Its Message-ID follows from its key, so that a copy can be recognised.
///
/// # Errors
/// Sender or recipient is not an address.
pub fn message(letter: &Letter, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Message, MessageError> {
    let to: Address = letter.address.parse()?;
    let host = from.email.domain();
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(letter.name.clone()), to))
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{}@{host}>", letter.key)))
        .date(letter.date.into());
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let mut message =
        builder.singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.body.clone()))?;
    // RFC 3834: no vacation answers, please.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
    Ok(message)
}

/// Mail by SMTP.
pub struct EmailChannel {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    limit: Duration,
}

impl EmailChannel {
    /// Sets up the connection's terms; nothing is sent yet.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn new(config: &EmailConfig, password: Option<&SecretString>) -> Result<Self, String> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|e| e.to_string());
        let builder = match config.security {
            Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host).map_err(|e| e.to_string())?,
            Security::Starttls => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host).map_err(|e| e.to_string())?
            }
            Security::Plain => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host),
        };
        let mut builder = builder.port(config.port);
        if let (Some((user, _)), Some(password)) = (&config.login, password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from: mailbox(&config.from)?,
            reply_to: config.reply_to.as_deref().map(mailbox).transpose()?,
            limit: Duration::from_secs(u64::from(config.timeout_seconds)),
        })
    }
}

impl Channel for EmailChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let message = match message(letter, &self.from, self.reply_to.as_ref()) {
                Ok(message) => message,
                Err(error) => return Outcome::Permanent(Words::said(error.to_string())),
            };
            match tokio::time::timeout(self.limit, self.transport.send(message)).await {
                Err(_) => Outcome::Unknown(Words::said(format!("no answer within {} s", self.limit.as_secs()))),
                Ok(Ok(response)) => {
                    let said: Vec<&str> = response.message().collect();
                    let words =
                        Words { id: letter.key.clone(), said: format!("{} {}", response.code(), said.join(" ")) };
                    Outcome::Accepted(words)
                }
                Ok(Err(error)) => refused(&error),
            }
        })
    }
}

fn refused(error: &lettre::transport::smtp::Error) -> Outcome {
    let words = Words::said(error.to_string());
    if error.is_permanent() {
        Outcome::Permanent(words)
    } else if error.is_transient() || error.is_client() || connect_failed(error) {
        Outcome::Transient(words)
    } else {
        // The connection broke at an unknown point: the server may have the message.
        Outcome::Unknown(words)
    }
}

/// Whether the connection never came about, so that nothing can have been taken.
fn connect_failed(error: &lettre::transport::smtp::Error) -> bool {
    error.is_tls() || error.to_string().to_ascii_lowercase().contains("connection error")
}
