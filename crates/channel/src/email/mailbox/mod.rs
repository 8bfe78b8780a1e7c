//! The mailbox that undeliverable mail comes back to, wherever it lies.
//!
//! In: where it is, and its password. Out: its new mails one by one, each with a mark that stays the same; what is put
//! away is deleted (POP3), flagged as read (IMAP) or moved to `cur` (maildir). Can't happen: a mail put away that nobody
//! asked to (reading changes nothing); a connection without TLS unless the site says so; a server that holds anybody up
//! (every step has a time limit), or whose mail is larger than memory allows.

mod imap;
mod maildir;
mod pop3;

use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;

use self::imap::Imap;
use self::maildir::Maildir;
use self::pop3::Pop3;
use crate::setting;

/// How large a mail may be to be read, in bytes: a report gives back what was sent, and that is small.
const LARGEST: usize = 1 << 20;

/// How many mails are looked at in one reading.
const MOST: usize = 500;

/// The longest time of one step.
const STEP: Duration = Duration::from_secs(30);

/// Why a mailbox can't be read.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The network, the file system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The server refused a step.
    #[error("{step}: {said}")]
    Refused {
        /// What was asked for.
        step: &'static str,
        /// The server's words.
        said: String,
    },
    /// The server said what makes no sense.
    #[error("{step}: an answer that can't be read")]
    Unreadable {
        /// What was asked for.
        step: &'static str,
    },
    /// No answer came in time.
    #[error("no answer within {} s", STEP.as_secs())]
    Late,
}

/// A mail in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What stays the same of it from one reading to the next.
    pub mark: String,
    /// How its session calls it.
    place: String,
    size: usize,
}

impl Listed {
    /// Whether it is small enough to be read.
    #[must_use]
    pub const fn is_small(&self) -> bool {
        self.size <= LARGEST
    }
}

/// An open mailbox.
pub struct Session(Way);

enum Way {
    Maildir(Maildir),
    Pop3(Pop3),
    Imap(Box<Imap>),
}

/// What a mailbox is called, in messages and in the database: no secret is in it.
#[must_use]
pub fn name(mailbox: &setting::Mailbox) -> String {
    match mailbox {
        setting::Mailbox::Maildir(folder) => folder.clone(),
        setting::Mailbox::Pop3(server) => format!("pop3://{}@{}:{}", server.user, server.host, server.port),
        setting::Mailbox::Imap(server, folder) => {
            format!("imap://{}@{}:{}/{folder}", server.user, server.host, server.port)
        }
    }
}

impl Session {
    /// Opens a mailbox. A maildir lies in or beside `root`; a server's certificate may also be one of `trusted` (PEM).
    pub async fn open(
        mailbox: &setting::Mailbox,
        root: &Path,
        password: Option<&SecretString>,
        trusted: Option<&[u8]>,
    ) -> Result<Self, MailboxError> {
        let empty = SecretString::from(String::new());
        let password = password.unwrap_or(&empty);
        Ok(Self(match mailbox {
            setting::Mailbox::Maildir(folder) => Way::Maildir(Maildir::open(root.join(folder))),
            setting::Mailbox::Pop3(server) => Way::Pop3(limited(Pop3::open(server, password, trusted)).await?),
            setting::Mailbox::Imap(server, folder) => {
                Way::Imap(Box::new(limited(Imap::open(server, folder, password, trusted)).await?))
            }
        }))
    }

    /// The mails that have not been put away, at most 500.
    pub async fn list(&mut self) -> Result<Vec<Listed>, MailboxError> {
        let mut all = match &mut self.0 {
            Way::Maildir(maildir) => maildir.list()?,
            Way::Pop3(pop3) => limited(pop3.list()).await?,
            Way::Imap(imap) => limited(imap.list()).await?,
        };
        all.truncate(MOST);
        Ok(all)
    }

    /// A mail, byte by byte.
    pub async fn read(&mut self, mail: &Listed) -> Result<Vec<u8>, MailboxError> {
        match &mut self.0 {
            Way::Maildir(maildir) => maildir.read(&mail.place),
            Way::Pop3(pop3) => limited(pop3.read(&mail.place)).await,
            Way::Imap(imap) => limited(imap.read(&mail.place)).await,
        }
    }

    /// Puts a mail away that has been read.
    pub async fn put_away(&mut self, mail: &Listed) -> Result<(), MailboxError> {
        match &mut self.0 {
            Way::Maildir(maildir) => maildir.put_away(&mail.place),
            Way::Pop3(pop3) => limited(pop3.delete(&mail.place)).await,
            Way::Imap(imap) => limited(imap.flag(&mail.place)).await,
        }
    }

    /// Ends the session; with POP3 what was put away goes only now.
    pub async fn close(self) -> Result<(), MailboxError> {
        match self.0 {
            Way::Maildir(_) => Ok(()),
            Way::Pop3(pop3) => limited(pop3.quit()).await,
            Way::Imap(imap) => limited(imap.logout()).await,
        }
    }
}

async fn limited<T>(step: impl Future<Output = Result<T, MailboxError>>) -> Result<T, MailboxError> {
    tokio::time::timeout(STEP, step).await.unwrap_or(Err(MailboxError::Late))
}
