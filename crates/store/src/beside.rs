//! A look into a database from beside its worker.
//!
//! In: where a database is, and the table that is asked about. Out: a connection that reads. Can't happen: a file that
//! the look makes or changes, a log beside it included.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::StoreError;
use cuofeng_base::file::{self, FileError};

/// Opens a database to be read only; nothing where there is none, or one from before it had the table.
pub(super) async fn look(path: &Path, table: &str) -> Result<Option<SqliteConnection>, StoreError> {
    let failed = |error: FileError| StoreError::Open { path: path.to_owned(), cause: error.to_string() };
    if !file::is_there(path).map_err(failed)? {
        return Ok(None);
    }
    // Where no log lies beside it nobody writes to it, and reading leaves no log behind.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let quiet = !file::is_there(Path::new(&log)).map_err(failed)?;
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(quiet);
    let mut connection = options.connect().await?;
    let known: bool = sqlx::query_scalar("select exists (select 1 from sqlite_master where name = ?)")
        .bind(table)
        .fetch_one(&mut connection)
        .await?;
    if known {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}
