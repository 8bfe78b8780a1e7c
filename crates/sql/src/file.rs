//! The file of a SQLite database: opened, brought up to date, looked into from beside, copied.
//!
//! In: a path. Out: connections. Can't happen: a schema newer than the program passed over; a file that a look makes or
//! changes.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};

use super::{Error, Pool, Source, ask};

/// The steps by which an empty database comes to have the schema, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a connection waits for another one's write.
const PATIENCE: Duration = Duration::from_secs(20);

/// The newest schema that this program knows.
#[must_use]
pub fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The schema of an open database; none where it is empty.
async fn schema_of(connection: &mut SqliteConnection) -> Result<Option<i64>, Error> {
    if !has(connection, "_sqlx_migrations").await? {
        return Ok(None);
    }
    ask("select max(version) from _sqlx_migrations").one(connection).await
}

/// Whether a database has a table.
async fn has(connection: &mut SqliteConnection, table: &str) -> Result<bool, Error> {
    ask("select exists (select 1 from sqlite_master where name = $1)").bind(table).one(connection).await
}

/// The schema of a database that may be in use; none where it is empty.
pub async fn schema_at(path: &Path) -> Result<Option<i64>, Error> {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
    let found = schema_of(&mut connection).await;
    connection.close().await?;
    found
}

/// A database that is open, of whatever schema.
pub struct Opened(Pool);

/// Why a database could not be brought up to date.
pub enum Outdated {
    /// A newer program has written it.
    Newer,
    /// In the driver's words.
    Failed(String),
}

impl Opened {
    /// Opens a file, making it where it is none.
    pub async fn file(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            // Sixteen megabytes of log: with thousands of letters a second, pages are written back once and not each time.
            .pragma("wal_autocheckpoint", "4000");
        let pool = SqlitePoolOptions::new()
            .max_connections(5)
            .idle_timeout(None)
            .max_lifetime(None)
            // After a full disk SQLite has rolled back by itself, and the connection believes itself in a transaction.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await?;
        Ok(Self(pool))
    }

    /// Its schema; none where it is empty.
    pub async fn schema(&self) -> Result<Option<i64>, Error> {
        schema_of(&mut *self.0.acquire().await?).await
    }

    /// Brings it up to date.
    pub async fn up_to_date(self) -> Result<Pool, Outdated> {
        match MIGRATIONS.run(&self.0).await {
            Ok(()) => Ok(self.0),
            Err(MigrateError::VersionMissing(_)) => Err(Outdated::Newer),
            Err(other) => Err(Outdated::Failed(other.to_string())),
        }
    }
}

/// Gives back the room that deletions left, where it is worth the work, and empties the write-ahead log.
pub async fn tidy(pool: &Pool) -> Result<(), Error> {
    let free: i64 = ask("pragma freelist_count").one(pool).await?;
    let all: i64 = ask("pragma page_count").one(pool).await?;
    if free * 4 > all {
        sqlx::query("vacuum").execute(pool).await?;
    }
    sqlx::query("pragma optimize").execute(pool).await?;
    sqlx::query("pragma wal_checkpoint(truncate)").execute(pool).await?;
    Ok(())
}

/// A connection of its own to a database that is not brought up to date.
pub struct Connection(SqliteConnection);

impl Connection {
    /// To read a database that a worker may be writing.
    pub async fn reading(path: &Path) -> Result<Self, Error> {
        Ok(Self(SqliteConnectOptions::new().filename(path).read_only(true).connect().await?))
    }

    /// To read a database that nobody writes: no log is made beside it.
    pub async fn still(path: &Path) -> Result<Self, Error> {
        Ok(Self(SqliteConnectOptions::new().filename(path).read_only(true).immutable(true).connect().await?))
    }

    /// Whether it has a table.
    pub async fn has(&mut self, table: &str) -> Result<bool, Error> {
        has(&mut self.0, table).await
    }

    /// Its schema; none where it is empty.
    pub async fn schema(&mut self) -> Result<Option<i64>, Error> {
        schema_of(&mut self.0).await
    }

    /// What the database finds wrong with itself: `ok` where nothing is.
    pub async fn soundness(&mut self) -> Result<String, Error> {
        ask("pragma integrity_check(1)").one(&mut self.0).await
    }

    /// Closes it.
    pub async fn close(self) -> Result<(), Error> {
        Ok(self.0.close().await?)
    }
}

impl<'a> From<&'a mut Connection> for Source<'a> {
    fn from(connection: &'a mut Connection) -> Self {
        Self::from(&mut connection.0)
    }
}

/// Copies a database that may be in use to a path where nothing is, as of one moment.
pub async fn copy(from: &Path, to: &str) -> Result<(), Error> {
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(PATIENCE);
    let mut connection = options.connect().await?;
    let copied = sqlx::query("vacuum into $1").bind(to).execute(&mut connection).await;
    let closed = connection.close().await;
    copied?;
    Ok(closed?)
}

/// A connection of the pool, kept to notice what others write.
pub struct Watched(PoolConnection<Sqlite>);

impl Watched {
    /// Takes one.
    pub async fn begin(pool: &Pool) -> Result<Self, Error> {
        Ok(Self(pool.acquire().await?))
    }

    /// A number that another one's write changes.
    pub async fn version(&mut self) -> Result<i64, Error> {
        ask("pragma data_version").one(&mut *self.0).await
    }
}

impl<'a> From<&'a mut Watched> for Source<'a> {
    fn from(watched: &'a mut Watched) -> Self {
        Self::from(&mut *watched.0)
    }
}
