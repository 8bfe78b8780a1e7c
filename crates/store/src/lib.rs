//! The database: what happened, durable.
//!
//! In: values of the pure middle. Out: the same values after a restart. Can't happen: half a decision (an episode's
//! revision, its notices and their outbox rows are one transaction); a second writer that fails at once (every writing
//! transaction begins immediate and waits); a schema newer than the program passed over.
#![forbid(unsafe_code)]

pub mod anew;
pub mod answers;
pub mod backups;
pub mod basis;
mod beside;
pub mod bulletins;
pub mod copies;
mod days;
pub mod drafts;
pub mod enclosures;
pub mod ended;
pub mod episodes;
pub mod feeds;
pub mod files;
pub mod fires;
pub mod forecasts;
pub mod groups;
pub mod hand;
pub mod held;
pub mod history;
pub mod joined;
pub mod ledger;
pub mod letters;
pub mod mailboxes;
pub mod mark;
pub mod modes;
pub mod named;
pub mod orders;
pub mod own;
mod packed;
pub mod plans;
pub mod plays;
pub mod receipt;
pub mod removed;
pub mod replies;
pub mod reserves;
pub mod revisions;
pub mod rule_sets;
pub mod runs;
pub mod state;
pub mod unable;
pub mod versions;
pub mod wording;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use cuofeng_base::file::{self, Access};
use cuofeng_base::text::Placed;
use cuofeng_sql as sql;
pub use cuofeng_sql::{Tx, newest_schema};

cuofeng_base::catalogue!(["store"], on [cuofeng_feed, cuofeng_channel]);

/// Why the database could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or file could not be made or opened.
    #[error("cannot open the database {path}: {cause}")]
    Open {
        /// The database file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// The file was written by a newer program.
    #[error("the database {path} was written by a newer version of cuofeng; install that version or a later one")]
    Newer {
        /// The database file.
        path: PathBuf,
    },
    /// The file is of an older schema, and what must be done before it is brought up to date failed. Nothing was changed.
    #[error("the database {path} stays at schema {from}: {cause}")]
    Unready {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        from: i64,
        /// Why.
        cause: String,
    },
    /// The file is of an older schema, and a service that writes it so is still at work. Nothing was changed.
    #[error(
        "the service of the older version is still running on the database {path} (schema {from}): stop it, then run this again"
    )]
    InUse {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        from: i64,
    },
    /// The file that is open lies no longer where it was opened.
    #[error(
        "the database {path} was moved, removed or replaced while it was open; nothing more is sent into a file that is gone. \
             Put the right file back and start cuofeng again"
    )]
    Gone {
        /// The database file.
        path: PathBuf,
    },
    /// The database that answers is behind what this process has sent.
    #[error(
        "the database is older than what this process has sent: another file was put in its place. \
             Put the right file back and start cuofeng again"
    )]
    Behind,
    /// The mark beside the database can't be kept.
    #[error(transparent)]
    Mark(#[from] mark::MarkError),
    /// A statement failed.
    #[error("database: {0}")]
    Sql(#[from] sql::Error),
    /// A stored value can't be read back.
    #[error("database: {what} of {of} is not readable: {value}")]
    Corrupt {
        /// Which column.
        what: &'static str,
        /// Of which thing.
        of: String,
        /// What stands there.
        value: String,
    },
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: sql::Pool,
    opened: own::Opened,
    mark: Option<mark::Mark>,
}

impl Store {
    /// Opens the database file, making it and bringing its schema up to date where needed.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::open_after(path, |_| async { Ok(()) }).await?.0)
    }

    /// The same where something is to be done with an older database, given its schema, before it is brought up to date;
    /// where that fails, nothing is. Gives what came of it.
    pub async fn open_after<T, F: Future<Output = Result<T, StoreError>>>(
        path: &Path,
        before: impl FnOnce(i64) -> F,
    ) -> Result<(Self, Option<T>), StoreError> {
        let failed = |cause: String| StoreError::Open { path: path.to_owned(), cause };
        if let Some(folder) = path.parent() {
            file::folder(folder, Access::Own).map_err(|e| failed(e.to_string()))?;
        }
        // SQLite gives its log the database's own mode.
        file::begin(path).map_err(|e| failed(e.to_string()))?;
        // Two processes that open a new or older database at the same moment must not both bring it up to date.
        let turn = file::own(&path.with_extension("opening"));
        let turn = turn.map_err(|e| failed(e.to_string()))?;
        let turn = tokio::task::spawn_blocking(move || turn.lock().map(|()| turn)).await;
        let _turn = turn.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
        let opened = sql::Opened::file(path).await.map_err(|e| failed(e.to_string()))?;
        let found = opened.schema().await?;
        let done = match found.filter(|from| *from < newest_schema()) {
            Some(from) => Some(before(from).await?),
            None => None,
        };
        let pool = opened.up_to_date().await.map_err(|error| match error {
            sql::Outdated::Newer => StoreError::Newer { path: path.to_owned() },
            sql::Outdated::Failed(cause) => failed(cause),
        })?;
        Ok((Self { pool, opened: own::Opened::of(path), mark: None }, done))
    }

    /// Begins a writing transaction; waits for another writer.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::begin(&self.pool).await?)
    }

    /// Gives back the room that deletions left, where it is worth the work, and empties the write-ahead log.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        Ok(sql::tidy(&self.pool).await?)
    }

    /// Connections for reading.
    #[must_use]
    pub const fn pool(&self) -> &sql::Pool {
        &self.pool
    }

    /// Closes the connections; what was committed is on disk already.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// An instant as stored.
#[must_use]
pub const fn seconds(instant: DateTime<Utc>) -> i64 {
    instant.timestamp()
}

/// A stored instant.
///
/// # Errors
/// The number is beyond the calendar.
pub fn instant(seconds: i64, of: &str) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| StoreError::Corrupt {
        what: "instant",
        of: of.to_owned(),
        value: seconds.to_string(),
    })
}

/// Words as stored, with the places of their codes.
///
/// # Errors
/// The places are none of these words.
pub fn placed(text: String, places: &str, of: &str) -> Result<Placed, StoreError> {
    Placed::read(text, places).ok_or_else(|| StoreError::Corrupt {
        what: "places",
        of: of.to_owned(),
        value: places.to_owned(),
    })
}

/// A stored number of a revision.
///
/// # Errors
/// It is none.
pub fn revision_number(number: i64, of: &str) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt {
        what: "revision",
        of: of.to_owned(),
        value: number.to_string(),
    })
}

#[cfg(test)]
mod tests;
