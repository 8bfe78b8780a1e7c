//! Which backups were made, where, and which failed.
//!
//! In: an attempt and how it ended. Out: the record. Can't happen: one that was not proved counted as one that was.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, instant, seconds};
use crate::sql;

/// An attempt at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The folder where it was to lie.
    pub place: String,
    /// The file's name.
    pub file: String,
    /// Bytes; 0 where it failed.
    pub size: u64,
    /// `asked`, `nightly` or `upgrade`.
    pub why: String,
    /// Why it failed; empty where it was proved.
    pub error: String,
}

/// How backups at a place stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// When one was last proved there.
    pub proved: Option<DateTime<Utc>>,
    /// When the first was attempted there.
    pub begun: Option<DateTime<Utc>>,
}

type Columns = (i64, String, String, i64, String, String);

fn read((at, place, file, size, why, error): Columns) -> Result<Attempt, StoreError> {
    Ok(Attempt { at: instant(at, "backup")?, place, file, size: size.unsigned_abs(), why, error })
}

impl Store {
    /// Writes an attempt down.
    pub async fn record_backup(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sql::ask("insert into backup (at, place, file, size, why, error) values ($1, $2, $3, $4, $5, $6)")
            .bind(seconds(attempt.at))
            .bind(&attempt.place)
            .bind(&attempt.file)
            .bind(i64::try_from(attempt.size).unwrap_or(i64::MAX))
            .bind(&attempt.why)
            .bind(&attempt.error)
            .run(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The latest attempts, newest first.
    pub async fn backups(&self, count: u32) -> Result<Vec<Attempt>, StoreError> {
        let rows: Vec<Columns> =
            sql::ask("select at, place, file, size, why, error from backup order by id desc limit $1")
                .bind(count)
                .all(self.pool())
                .await?;
        rows.into_iter().map(read).collect()
    }

    /// The last that failed at a place; where none is given, at any.
    pub async fn failed_backup(&self, place: Option<&str>) -> Result<Option<Attempt>, StoreError> {
        let row: Option<Columns> = sql::ask(
            "select at, place, file, size, why, error from backup
             where error <> '' and ($1 is null or place = $1) order by id desc limit 1",
        )
        .bind(place)
        .maybe(self.pool())
        .await?;
        row.map(read).transpose()
    }

    /// Those that were proved since an instant.
    pub async fn proved_backups(&self, since: DateTime<Utc>) -> Result<Vec<Attempt>, StoreError> {
        let rows: Vec<Columns> = sql::ask(
            "select at, place, file, size, why, error from backup where error = '' and at >= $1 order by id desc",
        )
        .bind(seconds(since))
        .all(self.pool())
        .await?;
        rows.into_iter().map(read).collect()
    }

    /// How backups stand at a place up to an instant; where none is given, at any.
    pub async fn backup_standing(&self, place: Option<&str>, now: DateTime<Utc>) -> Result<Standing, StoreError> {
        let (proved, begun): (Option<i64>, Option<i64>) = sql::ask(
            "select max(at) filter (where error = '' and at <= $2), min(at) from backup where $1 is null or place = $1",
        )
        .bind(place)
        .bind(seconds(now))
        .one(self.pool())
        .await?;
        let read = |at: Option<i64>| at.map(|at| instant(at, "backup")).transpose();
        Ok(Standing { proved: read(proved)?, begun: read(begun)? })
    }

    /// When the site began to work; none where it has not.
    pub async fn site_begun(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let since: Option<i64> = sql::ask("select min(since) from mode").one(self.pool()).await?;
        since.map(|at| instant(at, "mode")).transpose()
    }
}
