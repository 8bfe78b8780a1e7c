//! A look into a database from beside its worker.
//!
//! In: where a database is, and the table that is asked about. Out: a connection that reads. Can't happen: a file that
//! the look makes or changes, a log beside it included.

use std::path::Path;

use super::StoreError;
use crate::sql;
use cuofeng_base::file::{self, FileError};

/// Opens a database to be read only; nothing where there is none, or one from before it had the table.
pub(super) async fn look(path: &Path, table: &str) -> Result<Option<sql::Connection>, StoreError> {
    let failed = |error: FileError| StoreError::Open { path: path.to_owned(), cause: error.to_string() };
    if !file::is_there(path).map_err(failed)? {
        return Ok(None);
    }
    // Where no log lies beside it nobody writes to it, and reading leaves no log behind.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let quiet = !file::is_there(Path::new(&log)).map_err(failed)?;
    let mut connection =
        if quiet { sql::Connection::still(path).await? } else { sql::Connection::reading(path).await? };
    if connection.has(table).await? {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}
