//! The mode in the database: who set it, when and why.
//!
//! In: a mode and a person. Out: the mode in force. Can't happen: an episode or a letter whose mode changes.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, beside, instant, seconds};
use crate::sql;
use cuofeng_base::word::Mode;

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
    sql::ask("insert into mode (mode, since, by, reason) values ($1, $2, $3, $4)")
        .bind(mode.word())
        .bind(seconds(now))
        .bind(by)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// The mode that a database keeps, nothing of which is touched; none of a site that has not begun.
pub async fn kept(path: &Path) -> Result<Option<Mode>, StoreError> {
    let Some(mut connection) = beside::look(path, "mode").await? else { return Ok(None) };
    let last: Option<String> =
        sql::ask("select mode from mode order by id desc limit 1").maybe(&mut connection).await?;
    connection.close().await?;
    last.map(named).transpose()
}

/// The mode of a word in the database.
fn named(word: String) -> Result<Mode, StoreError> {
    Mode::named(&word).ok_or_else(|| StoreError::Corrupt { what: "mode", of: "mode".to_owned(), value: word })
}

sql::row! {
    struct ModeRow {
        mode: String,
        since: i64,
        by: String,
        reason: String,
    }
}

impl Store {
    /// The mode in force; none of a site that has not begun.
    pub async fn mode(&self) -> Result<Option<InForce>, StoreError> {
        let row: Option<ModeRow> =
            sql::ask("select mode, since, by, reason from mode order by id desc limit 1").maybe(self.pool()).await?;
        row.map(|ModeRow { mode, since, by, reason }| {
            Ok(InForce { mode: named(mode)?, since: instant(since, "mode")?, by, reason })
        })
        .transpose()
    }
}
