//! The database of a backup: copied while it is in use, and looked into where it lies.
//!
//! In: a database file. Out: a copy as of one moment; a copy's schema, counts and soundness. Can't happen: a writer held up
//! by a copy (it reads, in write-ahead mode); a file changed by being looked into.

use std::path::Path;

use super::{StoreError, sql};

sql::row! {
    /// How much a database holds.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Held {
        /// Letters.
        pub letters: i64,
        /// Those of them that wait or are being sent.
        pub waiting: i64,
        /// Episodes.
        pub episodes: i64,
        /// Entries of the ledger.
        pub ledger: i64,
    }
}

/// Copies a database that may be in use to a path where nothing is.
pub async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    Ok(sql::copy(from, &to.to_string_lossy()).await?)
}

/// What a database that nobody writes to holds; its schema first.
pub async fn held(path: &Path) -> Result<(i64, Held), StoreError> {
    let mut connection = sql::Connection::still(path).await?;
    let found = count(&mut connection).await;
    connection.close().await?;
    found
}

async fn count(connection: &mut sql::Connection) -> Result<(i64, Held), StoreError> {
    let schema = connection.schema().await?;
    let held = sql::ask(
        "select (select count(*) from outbox) as letters,
             (select count(*) from outbox where state in ('queued', 'leased', 'sending')) as waiting,
             (select count(*) from episode) as episodes, (select count(*) from ledger) as ledger",
    )
    .one(connection)
    .await?;
    Ok((schema.unwrap_or(0), held))
}

/// Which site's a database is; none where it does not say so.
pub async fn identity(path: &Path) -> Result<Option<String>, StoreError> {
    let mut connection = sql::Connection::reading(path).await?;
    let found = named(&mut connection).await;
    connection.close().await?;
    Ok(found?)
}

async fn named(connection: &mut sql::Connection) -> Result<Option<String>, sql::Error> {
    if !connection.has("identity").await? {
        return Ok(None);
    }
    sql::ask("select identity from identity").maybe(connection).await
}

/// What a database that nobody writes to finds wrong with itself: `ok` where nothing is.
pub async fn soundness(path: &Path) -> Result<String, StoreError> {
    let mut connection = sql::Connection::still(path).await?;
    let said = connection.soundness().await;
    connection.close().await?;
    Ok(said?)
}

/// The schema of a database that may be in use; none of an empty one.
pub async fn schema(path: &Path) -> Result<Option<i64>, StoreError> {
    Ok(sql::schema_at(path).await?)
}
