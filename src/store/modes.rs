//! The mode in the database: who set it, when and why.
//!
//! In: a mode and a person. Out: the mode in force. Can't happen: an episode or a letter whose mode changes.

use std::path::Path;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, SqliteConnection};

use super::{Store, StoreError, Tx, instant, peek, seconds};
use crate::config::Mode;

/// A mode and how it came to be in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The mode.
    pub mode: Mode,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who set it; empty where the site file did.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Sets the mode.
pub async fn set(tx: &mut Tx, mode: Mode, by: &str, reason: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("insert into mode (mode, since, by, reason) values (?, ?, ?, ?)")
        .bind(mode.word())
        .bind(seconds(now))
        .bind(by)
        .bind(reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The mode that a database keeps, nothing of which is touched; none of a site that has not begun.
pub async fn kept(path: &Path) -> Result<Option<Mode>, StoreError> {
    let Some(mut connection) = peek(path).await? else { return Ok(None) };
    let word = last(&mut connection).await;
    connection.close().await?;
    Ok(word?.as_deref().and_then(Mode::named))
}

async fn last(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let begun: bool = sqlx::query_scalar("select exists (select 1 from sqlite_master where name = 'mode')")
        .fetch_one(&mut *connection)
        .await?;
    if !begun {
        return Ok(None);
    }
    sqlx::query_scalar("select mode from mode order by id desc limit 1").fetch_optional(&mut *connection).await
}

impl Store {
    /// The mode in force; none of a site that has not begun.
    pub async fn mode(&self) -> Result<Option<InForce>, StoreError> {
        let row: Option<(String, i64, String, String)> =
            sqlx::query_as("select mode, since, by, reason from mode order by id desc limit 1")
                .fetch_optional(self.pool())
                .await?;
        row.map(|(mode, since, by, reason)| {
            let known = Mode::named(&mode);
            let mode = known.ok_or_else(|| StoreError::Corrupt { what: "mode", of: "mode".to_owned(), value: mode })?;
            Ok(InForce { mode, since: instant(since, "mode")?, by, reason })
        })
        .transpose()
    }
}
