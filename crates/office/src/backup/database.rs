//! The database of a backup: copied while it is in use, and looked into where it lies.
//!
//! In: a database file. Out: a copy as of one moment; a copy's schema, counts and soundness. Can't happen: a writer held up
//! by a copy (it reads, in write-ahead mode); a file changed by being looked into.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::BackupError;
use super::manifest::Counts;
use cuofeng_store::{self as store, StoreError};

/// Copies a database that may be in use to a path where nothing is.
pub async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !from.is_file() {
        return Err(BackupError::NoDatabase { path: from.to_owned() });
    }
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(Duration::from_secs(20));
    let mut connection = options.connect().await.map_err(StoreError::Sql)?;
    let copied = sqlx::query("vacuum into ?").bind(to.to_string_lossy()).execute(&mut connection).await;
    let closed = connection.close().await;
    copied.map_err(StoreError::Sql)?;
    Ok(closed.map_err(StoreError::Sql)?)
}

/// A database that nobody writes to.
async fn open(path: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    Ok(options.connect().await.map_err(StoreError::Sql)?)
}

/// What a copy holds; its schema first.
pub(super) async fn counts(path: &Path) -> Result<(i64, Counts), BackupError> {
    let mut connection = open(path).await?;
    let found = count(&mut connection).await;
    connection.close().await.map_err(StoreError::Sql)?;
    Ok(found?)
}

async fn count(connection: &mut SqliteConnection) -> Result<(i64, Counts), StoreError> {
    let schema = store::schema_of(&mut *connection).await?;
    let letters = sqlx::query_scalar("select count(*) from outbox").fetch_one(&mut *connection).await?;
    let waiting = sqlx::query_scalar("select count(*) from outbox where state in ('queued', 'leased', 'sending')")
        .fetch_one(&mut *connection)
        .await?;
    let episodes = sqlx::query_scalar("select count(*) from episode").fetch_one(&mut *connection).await?;
    let ledger = sqlx::query_scalar("select count(*) from ledger").fetch_one(&mut *connection).await?;
    Ok((schema.unwrap_or(0), Counts { letters, waiting, episodes, ledger }))
}

/// Which site's a database is; empty where it does not say so.
pub(super) async fn identity(path: &Path) -> Result<String, BackupError> {
    let mut connection =
        SqliteConnectOptions::new().filename(path).read_only(true).connect().await.map_err(StoreError::Sql)?;
    let found = named(&mut connection).await;
    connection.close().await.map_err(StoreError::Sql)?;
    Ok(found.map_err(StoreError::Sql)?.unwrap_or_default())
}

async fn named(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let has: bool = sqlx::query_scalar("select exists (select 1 from sqlite_master where name = 'identity')")
        .fetch_one(&mut *connection)
        .await?;
    if !has {
        return Ok(None);
    }
    sqlx::query_scalar("select identity from identity").fetch_optional(&mut *connection).await
}

/// Checks a copy from end to end.
pub(super) async fn sound(path: &Path) -> Result<(), BackupError> {
    let mut connection = open(path).await?;
    let said: Result<String, sqlx::Error> =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut connection).await;
    connection.close().await.map_err(StoreError::Sql)?;
    match said.map_err(StoreError::Sql)?.as_str() {
        "ok" => Ok(()),
        said => Err(BackupError::Unsound { said: said.to_owned() }),
    }
}

/// The schema of a database that may be in use; none where there is no database, or an empty one.
pub async fn schema(path: &Path) -> Result<Option<i64>, BackupError> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.map_err(StoreError::Sql)?;
    let found = store::schema_of(&mut connection).await;
    connection.close().await.map_err(StoreError::Sql)?;
    Ok(found?)
}
