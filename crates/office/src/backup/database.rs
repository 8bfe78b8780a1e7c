//! The database of a backup: copied while it is in use, and looked into where it lies.
//!
//! In: a database file. Out: a copy as of one moment; a copy's schema, counts and soundness. Can't happen: a writer held up
//! by a copy (it reads, in write-ahead mode); a file changed by being looked into.

use std::path::Path;

use super::BackupError;
use super::manifest::Counts;
use cuofeng_store::copies;

/// Copies a database that may be in use to a path where nothing is.
pub async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !from.is_file() {
        return Err(BackupError::NoDatabase { path: from.to_owned() });
    }
    Ok(copies::copy(from, to).await?)
}

/// What a copy holds; its schema first.
pub(super) async fn counts(path: &Path) -> Result<(i64, Counts), BackupError> {
    let (schema, held) = copies::held(path).await?;
    let copies::Held { letters, waiting, episodes, ledger } = held;
    Ok((schema, Counts { letters, waiting, episodes, ledger }))
}

/// Which site's a database is; empty where it does not say so.
pub(super) async fn identity(path: &Path) -> Result<String, BackupError> {
    Ok(copies::identity(path).await?.unwrap_or_default())
}

/// Checks a copy from end to end.
pub(super) async fn sound(path: &Path) -> Result<(), BackupError> {
    match copies::soundness(path).await?.as_str() {
        "ok" => Ok(()),
        said => Err(BackupError::Unsound { said: said.to_owned() }),
    }
}

/// The schema of a database that may be in use; none where there is no database, or an empty one.
pub async fn schema(path: &Path) -> Result<Option<i64>, BackupError> {
    if !path.is_file() {
        return Ok(None);
    }
    Ok(copies::schema(path).await?)
}
