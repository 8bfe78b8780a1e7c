//! IMAP (RFC 3501), by a library that keeps to it.

use std::fmt;

use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};

use super::super::turned::{Dialogue, Turned};
use super::super::wire::{connect, secured};
use super::{Listed, MailboxError};
use crate::setting::{MailServer, Security};

pub(super) struct Imap {
    session: Session<Turned>,
    validity: u32,
}

fn refused(step: &'static str) -> impl Fn(async_imap::error::Error) -> MailboxError {
    move |error| match error {
        async_imap::error::Error::Io(error) => MailboxError::Io(error),
        other => MailboxError::Refused { step, said: words(&other) },
    }
}

/// The library's words, which hold what the server said.
fn words(error: &dyn fmt::Display) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(240).collect()
}

impl Imap {
    pub(super) async fn open(
        server: &MailServer,
        folder: &str,
        password: &SecretString,
        trusted: Option<&[u8]>,
    ) -> Result<Self, MailboxError> {
        let stream = connect(&server.host, server.port).await?;
        let stream =
            if server.security == Security::Tls { secured(stream, &server.host, trusted).await? } else { stream };
        let mut client = Client::new(Turned::new(stream, Dialogue::Imap));
        if client.read_response().await?.is_none() {
            return Err(MailboxError::Unreadable { step: "greeting" });
        }
        if server.security == Security::Starttls {
            client.run_command_and_check_ok("STARTTLS", None).await.map_err(refused("STARTTLS"))?;
            let stream = secured(client.into_inner().into_inner(), &server.host, trusted).await?;
            client = Client::new(Turned::new(stream, Dialogue::Imap));
        }
        let login = client.login(&server.user, password.expose_secret()).await;
        let mut session = login.map_err(|(error, _)| refused("LOGIN")(error))?;
        let mailbox = session.select(folder).await.map_err(refused("SELECT"))?;
        Ok(Self { session, validity: mailbox.uid_validity.unwrap_or(0) })
    }

    pub(super) async fn list(&mut self) -> Result<Vec<Listed>, MailboxError> {
        let found = self.session.uid_search("UNSEEN UNDELETED").await.map_err(refused("SEARCH"))?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut uids: Vec<u32> = found.into_iter().collect();
        uids.sort_unstable();
        uids.truncate(super::MOST);
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let sizes = self.session.uid_fetch(set, "(UID RFC822.SIZE)").await.map_err(refused("FETCH"))?;
        let sizes: Vec<_> = sizes.try_collect().await.map_err(refused("FETCH"))?;
        let size = |uid: u32| {
            let fetched = sizes.iter().find(|fetch| fetch.uid == Some(uid)).and_then(|fetch| fetch.size);
            fetched.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX)
        };
        // A number means the same mail only while the folder's validity does not change.
        let listed =
            |uid: u32| Listed { mark: format!("{}-{uid}", self.validity), place: uid.to_string(), size: size(uid) };
        Ok(uids.into_iter().map(listed).collect())
    }

    pub(super) async fn read(&mut self, place: &str) -> Result<Vec<u8>, MailboxError> {
        // PEEK leaves it unread until it is put away.
        let found = self.session.uid_fetch(place, "(UID BODY.PEEK[])").await.map_err(refused("FETCH"))?;
        let found: Vec<_> = found.try_collect().await.map_err(refused("FETCH"))?;
        let body = found.iter().find(|f| f.uid.is_some_and(|uid| uid.to_string() == place)).and_then(|f| f.body());
        body.map(<[u8]>::to_vec).ok_or(MailboxError::Unreadable { step: "FETCH" })
    }

    pub(super) async fn flag(&mut self, place: &str) -> Result<(), MailboxError> {
        let said = self.session.uid_store(place, "+FLAGS.SILENT (\\Seen)").await.map_err(refused("STORE"))?;
        let _: Vec<_> = said.try_collect().await.map_err(refused("STORE"))?;
        Ok(())
    }

    pub(super) async fn logout(mut self) -> Result<(), MailboxError> {
        self.session.logout().await.map_err(refused("LOGOUT"))
    }
}
