//! The dialogue with an SMTP server, step by step.
//!
//! In: an envelope and a message. Out: what the server said, and whether the connection may be used again. Can't happen: a
//! break before the final dot taken for one after it; a refusal of everybody taken for one of a recipient.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response::Response};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;

use super::Held;
use crate::channel::{Outcome, Words};
use crate::config::{EmailConfig, Security};

/// How a connection is opened.
pub(super) struct Door {
    host: String,
    port: u16,
    security: Security,
    tls: TlsParameters,
    login: Option<Credentials>,
    limit: Duration,
    hello: ClientId,
}

impl Door {
    pub(super) fn new(config: &EmailConfig, held: &Held) -> Result<Self, String> {
        let mut tls = TlsParameters::builder(config.host.clone());
        if let Some(pem) = &held.trusted {
            tls = tls.add_root_certificate(Certificate::from_pem(pem).map_err(|e| e.to_string())?);
        }
        let login = config.login.as_ref().zip(held.password.as_ref());
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls: tls.build().map_err(|e| e.to_string())?,
            login: login.map(|((user, _), word)| Credentials::new(user.clone(), word.expose_secret().to_owned())),
            limit: Duration::from_secs(u64::from(config.timeout_seconds)),
            hello: ClientId::default(),
        })
    }

    /// Opens a connection and says who calls. Nothing is handed over here, so no failure leaves anything unknown. With
    /// the failure it says whether anybody answered.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, (Outcome, bool)> {
        let failed = |error: &Error| (of_everybody(error), error.status().is_some());
        let server = (self.host.as_str(), self.port);
        let opened = if self.security == Security::Tls {
            let wrapped = Some(self.tls.clone());
            AsyncSmtpConnection::connect_tokio1(server, Some(self.limit), &self.hello, wrapped, None).await
        } else {
            let lost = |error: std::io::Error| (Outcome::Transient(Words::said(error.to_string())), false);
            let stream = TcpStream::connect(server).await.map_err(lost)?;
            // The final dot goes out by itself: it must not wait until the server has acknowledged the text.
            stream.set_nodelay(true).map_err(lost)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await
        };
        let mut connection = opened.map_err(|error| failed(&error))?;
        if self.security == Security::Starttls {
            let up = connection.starttls(self.tls.clone(), &self.hello).await;
            up.map_err(|error| failed(&error))?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await.map_err(|error| failed(&error))?;
        }
        Ok(connection)
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
    let said = connection.command(Mail::new(envelope.from().cloned(), Vec::new())).await;
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

/// What a refusal of one letter means. The connection is made ready for the next, unless the server closes it.
async fn refused(connection: &mut AsyncSmtpConnection, error: &Error) -> Result<Outcome, Outcome> {
    let words = Words::said(error.to_string());
    let outcome = if error.is_permanent() { Outcome::Permanent(words) } else { Outcome::Transient(words) };
    let closing = error.status().is_none_or(|code| u16::from(code) == 421);
    if !closing && connection.command(Rset).await.is_ok() { Ok(outcome) } else { Err(outcome) }
}

/// What a refusal means that would meet every letter: a person has to mend what the server refuses for good, or a
/// certificate that is not the server's; anything else may pass.
fn of_everybody(error: &Error) -> Outcome {
    let words = Words::said(error.to_string());
    if error.is_permanent() || error.is_client() || wrong_certificate(error) {
        Outcome::Closed(words)
    } else {
        Outcome::Transient(words)
    }
}

fn wrong_certificate(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        source = cause.source();
    }
    false
}
