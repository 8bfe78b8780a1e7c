//! The site's own files as they were last read without error.
//!
//! In: the files by their path, when they were read. Out: the same for whoever finds errors in the files of today. Can't
//! happen: files of two readings mixed (all of them are put in one transaction); a database changed by whoever only looks
//! what it has.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, beside, instant, seconds};
use crate::sql;

/// Files by their path below the site's folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Files that had no error, and since when they were not other ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// The files.
    pub files: Files,
    /// When they were first read so.
    pub read_at: DateTime<Utc>,
}

/// What a database keeps, nothing of which is touched; nothing of one that no worker of this version has worked on.
///
/// # Errors
/// The database can't be read.
pub async fn kept(path: &Path) -> Result<Option<Good>, StoreError> {
    let Some(mut connection) = beside::look(path, "good_file").await? else { return Ok(None) };
    let found = of(&mut connection).await;
    connection.close().await?;
    found
}

sql::row! {
    struct OfRow {
        path: String,
        bytes: Vec<u8>,
        read_at: i64,
    }
}

async fn of(on: impl Into<sql::Source<'_>>) -> Result<Option<Good>, StoreError> {
    let rows: Vec<OfRow> = sql::ask("select path, bytes, read_at from good_file").all(on).await?;
    let Some(read_at) = rows.iter().map(|row| row.read_at).max() else { return Ok(None) };
    let files = rows.into_iter().map(|OfRow { path, bytes, read_at: _ }| (path, bytes)).collect();
    Ok(Some(Good { files, read_at: instant(read_at, "good_file")? }))
}

impl Store {
    /// The files that are kept.
    pub async fn good_files(&self) -> Result<Option<Good>, StoreError> {
        of(self.pool()).await
    }

    /// Keeps files that have no error in the place of earlier ones; says whether they are other ones.
    pub async fn keep_files(&self, files: &Files, now: DateTime<Utc>) -> Result<bool, StoreError> {
        if self.good_files().await?.is_some_and(|good| good.files == *files) {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        sql::ask("delete from good_file").run(&mut tx).await?;
        for (path, bytes) in files {
            sql::ask("insert into good_file (path, bytes, read_at) values ($1, $2, $3)")
                .bind(path)
                .bind(bytes)
                .bind(seconds(now))
                .run(&mut tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_files_without_error_are_kept_whole_and_found_without_touching_the_database() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        assert_eq!(kept(&path).await.expect("a look"), None, "no database");
        let store = Store::open(&path).await.expect("a database");
        let now = |minute: i64| instant(1_789_171_200 + minute * 60, "test").expect("a time");
        let files = |names: &[(&str, &str)]| -> Files {
            names.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
        };
        let (old, new) = (files(&[("a.csv", "1"), ("rules/b.toml", "2")]), files(&[("a.csv", "3")]));
        for (minute, files, fresh, since) in [(0, &old, true, 0), (1, &old, false, 0), (2, &new, true, 2)] {
            assert_eq!(store.keep_files(files, now(minute)).await.expect("kept"), fresh, "{minute}");
            let good = kept(&path).await.expect("a look").expect("files");
            assert_eq!((&good.files, good.read_at), (files, now(since)), "{minute}");
        }
    }
}
