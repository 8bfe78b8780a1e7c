//! The dialogue with an SMTP server, step by step.
//!
//! In: an envelope and a message. Out: what the server said, and whether the connection may be used again. Can't happen: a
//! break before the final dot taken for one after it; a refusal of everybody taken for one of a recipient, or the other
//! way round; a code that does not count because of the bytes behind it.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Held;
use super::refusal::{About, about, is_limit};
use super::turned::{Dialogue, Turned};
use super::wire::{AnyWire, connect, secured};
use crate::setting::{EmailConfig, Security};
use crate::{Outcome, Words, said as said_of};
use cuofeng_base::text::outside;

/// How long a reply may be that comes before TLS begins, in bytes.
const BEFORE_TLS: usize = 16 << 10;

/// How a connection is opened.
pub(super) struct Door {
    host: String,
    port: u16,
    security: Security,
    trusted: Option<Vec<u8>>,
    login: Option<Credentials>,
    hello: ClientId,
}

/// Why there is no connection, and whether anybody answered.
type Shut = (Outcome, bool);

impl Door {
    pub(super) fn new(config: &EmailConfig, held: &Held) -> Self {
        let login = config.login.as_ref().zip(held.password.as_ref());
        Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            trusted: held.trusted.clone(),
            login: login.map(|((user, _), word)| Credentials::new(user.clone(), word.expose_secret().to_owned())),
            hello: ClientId::default(),
        }
    }

    /// Opens a connection and says who calls. Nothing is handed over here, so no failure leaves anything unknown.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, Shut> {
        let failed = |error: &Error| (of_everybody(error), error.status().is_some());
        let stream = self.stream().await?;
        let opened = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await;
        let mut connection = opened.map_err(|error| failed(&error))?;
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await.map_err(|error| (of_login(&error), true))?;
        }
        Ok(connection)
    }

    /// The connection on which the dialogue is led: below it TLS, where it is wanted, and above that what turns every
    /// answer into text.
    async fn stream(&self) -> Result<Turned, Shut> {
        let mut wire = connect(&self.host, self.port).await.map_err(|error| lost(&error))?;
        let mut heard = Vec::new();
        if self.security == Security::Starttls {
            wire = self.begin_tls(wire).await?;
            // The library wants a greeting, and the server's own came before TLS.
            heard = b"220 \r\n".to_vec();
        }
        if self.security != Security::Plain {
            let trusted = self.trusted.as_deref();
            wire = secured(wire, &self.host, trusted).await.map_err(|error| of_tls(&error))?;
        }
        Ok(Turned::after(wire, Dialogue::Smtp, heard))
    }

    /// Asks for TLS (RFC 3207). What the server said before that counts for nothing afterwards, and nothing that it says
    /// behind its last word is read as plain text.
    async fn begin_tls(&self, mut wire: AnyWire) -> Result<AnyWire, Shut> {
        refused_before(&reply(&mut wire).await.map_err(|error| lost(&error))?)?;
        let hello = format!("EHLO {}\r\n", self.hello);
        let greeted = said(&mut wire, &hello).await?;
        let offers = |line: &str| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"));
        if !greeted.lines().any(offers) {
            return Err((Outcome::Closed(Words::said(said_of::NO_STARTTLS)), true));
        }
        said(&mut wire, "STARTTLS\r\n").await?;
        Ok(wire)
    }
}

/// What a server says to a command before TLS, where it does not refuse it.
async fn said(wire: &mut AnyWire, command: &str) -> Result<String, Shut> {
    let sent = async {
        wire.write_all(command.as_bytes()).await?;
        wire.flush().await
    };
    sent.await.map_err(|error| lost(&error))?;
    let answer = reply(wire).await.map_err(|error| lost(&error))?;
    refused_before(&answer)?;
    Ok(answer)
}

/// A whole reply, byte by byte: what stands behind it is TLS already.
async fn reply(wire: &mut AnyWire) -> io::Result<String> {
    let (mut all, mut line) = (String::new(), Vec::new());
    while all.len() < BEFORE_TLS && line.len() < BEFORE_TLS {
        let byte = wire.read_u8().await?;
        if byte != b'\n' {
            line.push(byte);
            continue;
        }
        all.push_str(outside::words(&line).trim_end());
        all.push('\n');
        if line.get(3) != Some(&b'-') {
            return Ok(all);
        }
        line.clear();
    }
    Err(io::Error::other("a reply without an end"))
}

/// Refuses where the server does.
fn refused_before(answer: &str) -> Result<(), Shut> {
    let words = || Words::said(answer.trim().replace('\n', " "));
    match answer.bytes().next() {
        Some(b'2' | b'3') => Ok(()),
        Some(b'5') => Err((Outcome::Closed(words()), true)),
        Some(b'4') => Err((Outcome::Transient(words()), true)),
        _ => Err((Outcome::Transient(words()), false)),
    }
}

fn lost(error: &io::Error) -> Shut {
    (Outcome::Transient(Words::said(error.to_string())), false)
}

/// A certificate that is not the server's is a person's to look into; whatever else keeps TLS from beginning may pass.
fn of_tls(error: &io::Error) -> Shut {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let words = Words::said(error.to_string());
    match tls {
        Some(rustls::Error::InvalidCertificate(_)) => (Outcome::Closed(words), false),
        _ => (Outcome::Transient(words), false),
    }
}

/// Hands a message over. `handed` is set just before its text goes out. The connection may be used again where this
/// gives `Ok`.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
    handed: &AtomicBool,
) -> Result<Outcome, Outcome> {
    if envelope.to().iter().any(|to| !AsRef::<str>::as_ref(to).is_ascii()) {
        return Ok(Outcome::Permanent(Words::said("the address has letters that mail does not carry")));
    }
    let wide = envelope.from().is_some_and(|from| !AsRef::<str>::as_ref(from).is_ascii());
    if wide && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Ok(Outcome::Closed(Words::said(said_of::NO_SMTPUTF8)));
    }
    let options = wide.then_some(MailParameter::SmtpUtfEight).into_iter().collect();
    let said = connection.command(Mail::new(envelope.from().cloned(), options)).await;
    said.map_err(|error| of_everybody(&error))?;
    for recipient in envelope.to() {
        if let Err(error) = connection.command(Rcpt::new(recipient.clone(), Vec::new())).await {
            return refused(connection, &error).await;
        }
    }
    if let Err(error) = connection.command(Data).await {
        return refused(connection, &error).await;
    }
    handed.store(true, Ordering::Release);
    match connection.message(bytes).await {
        Ok(response) => Ok(Outcome::Accepted(Words::said(words(&response)))),
        Err(error) if error.status().is_some() => refused(connection, &error).await,
        // The connection broke, or its answer made no sense: the server may have the message.
        Err(error) => Err(Outcome::Unknown(Words::said(error.to_string()))),
    }
}

fn words(response: &Response) -> String {
    let said: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), said.join(" "))
}

/// What the server said when it refused, as text.
fn spoken(error: &Error) -> String {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => format!("{code} {}", said.split_whitespace().collect::<Vec<_>>().join(" ")).trim().to_owned(),
        None => error.to_string(),
    }
}

/// What a refusal is about; nothing where the server has not answered.
fn meant(error: &Error) -> Option<About> {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    error.status().map(|code| about(u16::from(code), &said))
}

/// What a refusal of one letter means. The connection is made ready for the next, unless the server closes it.
async fn refused(connection: &mut AsyncSmtpConnection, error: &Error) -> Result<Outcome, Outcome> {
    let (words, for_good) = (Words::said(spoken(error)), error.is_permanent());
    let outcome = match meant(error) {
        Some(About::Sender) => Outcome::Sender { words, for_good },
        Some(About::Untold) if for_good => Outcome::Refused(words),
        Some(About::Letter) if for_good => Outcome::Permanent(words),
        _ => Outcome::Transient(words),
    };
    let closing = error.status().is_none_or(|code| u16::from(code) == 421);
    if !closing && connection.command(Rset).await.is_ok() { Ok(outcome) } else { Err(outcome) }
}

/// What a refusal means that would meet every letter: a person has to mend what the server refuses for good; anything
/// else may pass, later where too much was sent.
fn of_everybody(error: &Error) -> Outcome {
    let (words, for_good) = (Words::said(spoken(error)), error.is_permanent());
    let limits = meant(error) == Some(About::Sender) && (!for_good || is_limit(&words.said));
    if limits {
        Outcome::Sender { words, for_good: false }
    } else if for_good || error.is_client() {
        Outcome::Closed(words)
    } else {
        Outcome::Transient(words)
    }
}

/// What it means that the server does not let the office in.
fn of_login(error: &Error) -> Outcome {
    if error.is_permanent() { Outcome::Closed(Words::said(spoken(error))) } else { of_everybody(error) }
}
