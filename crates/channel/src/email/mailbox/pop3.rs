//! POP3 (RFC 1939, STLS by RFC 2595): what reading a mailbox takes of it. No library that is kept well speaks it with
//! rustls.

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::super::wire::{AnyWire, connect, secured};
use super::{LARGEST, Listed, MailboxError};
use crate::setting::{MailServer, Security};
use cuofeng_base::text::outside;

/// Longest line that is read, in bytes: RFC 5322 allows a mail 998, and some servers more.
const LINE: u64 = 64 << 10;

pub(super) struct Pop3 {
    wire: BufReader<AnyWire>,
}

impl Pop3 {
    pub(super) async fn open(
        server: &MailServer,
        password: &SecretString,
        trusted: Option<&[u8]>,
    ) -> Result<Self, MailboxError> {
        let stream = connect(&server.host, server.port).await?;
        let stream =
            if server.security == Security::Tls { secured(stream, &server.host, trusted).await? } else { stream };
        let mut pop3 = Self { wire: BufReader::new(stream) };
        pop3.answer("greeting").await?;
        if server.security == Security::Starttls {
            pop3.say("STLS", "STLS").await?;
            // Words that came before the TLS began are nobody's: they stay behind with the buffer.
            pop3 = Self { wire: BufReader::new(secured(pop3.wire.into_inner(), &server.host, trusted).await?) };
        }
        pop3.say("USER", &format!("USER {}", server.user)).await?;
        pop3.say("PASS", &format!("PASS {}", password.expose_secret())).await?;
        Ok(pop3)
    }

    pub(super) async fn list(&mut self) -> Result<Vec<Listed>, MailboxError> {
        let marks = self.table("UIDL").await?;
        let sizes = self.table("LIST").await?;
        let size = |place: &str| {
            let found = sizes.iter().find(|(number, _)| number == place);
            found.and_then(|(_, size)| size.parse().ok()).unwrap_or(usize::MAX)
        };
        Ok(marks.into_iter().map(|(place, mark)| Listed { mark, size: size(&place), place }).collect())
    }

    /// A table of numbers and what belongs to them.
    async fn table(&mut self, command: &'static str) -> Result<Vec<(String, String)>, MailboxError> {
        self.say(command, command).await?;
        let text = self.lines(command).await?;
        let text = outside::words(&text);
        let row = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.trim().to_owned()));
        Ok(text.lines().filter_map(row).filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit())).collect())
    }

    pub(super) async fn read(&mut self, place: &str) -> Result<Vec<u8>, MailboxError> {
        self.say("RETR", &format!("RETR {place}")).await?;
        self.lines("RETR").await
    }

    pub(super) async fn delete(&mut self, place: &str) -> Result<(), MailboxError> {
        self.say("DELE", &format!("DELE {place}")).await
    }

    pub(super) async fn quit(mut self) -> Result<(), MailboxError> {
        self.say("QUIT", "QUIT").await
    }

    async fn say(&mut self, step: &'static str, command: &str) -> Result<(), MailboxError> {
        // A line break in a name or password would be a command of its own.
        if command.chars().any(char::is_control) {
            return Err(MailboxError::Unreadable { step });
        }
        let wire = self.wire.get_mut();
        wire.write_all(format!("{command}\r\n").as_bytes()).await?;
        wire.flush().await?;
        self.answer(step).await
    }

    async fn answer(&mut self, step: &'static str) -> Result<(), MailboxError> {
        let line = self.line(step).await?;
        let said = outside::words(&line).trim().to_owned();
        if said.starts_with("+OK") {
            Ok(())
        } else if said.starts_with("-ERR") {
            Err(MailboxError::Refused { step, said })
        } else {
            Err(MailboxError::Unreadable { step })
        }
    }

    async fn line(&mut self, step: &'static str) -> Result<Vec<u8>, MailboxError> {
        let mut line = Vec::new();
        (&mut self.wire).take(LINE).read_until(b'\n', &mut line).await?;
        if line.ends_with(b"\n") { Ok(line) } else { Err(MailboxError::Unreadable { step }) }
    }

    /// Lines up to the one with a dot alone, without the dots that the server put in.
    async fn lines(&mut self, step: &'static str) -> Result<Vec<u8>, MailboxError> {
        let mut all = Vec::new();
        loop {
            let line = self.line(step).await?;
            let line = match line.strip_prefix(b".") {
                Some(b"\r\n" | b"\n") => return Ok(all),
                Some(stuffed) => stuffed,
                None => &line,
            };
            if all.len() + line.len() > 2 * LARGEST {
                return Err(MailboxError::Unreadable { step });
            }
            all.extend_from_slice(line);
        }
    }
}
