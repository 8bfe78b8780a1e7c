//! What the database says of itself, and whether it is still the one that was opened.
//!
//! In: an open database; the number of a transaction, an identity. Out: its identity and number; whether its file and its
//! content are those that were opened. Can't happen: a file that was moved, removed or replaced while it was open, or one
//! that is behind what this process has marked, taken for the site's database.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::mark::Marks;
use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_base::file;
use cuofeng_base::word::Identity;

/// Which file a database is.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    path: PathBuf,
    node: Option<(u64, u64)>,
}

impl Opened {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), node: node(path) }
    }
}

fn node(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|meta| file::node(&meta))
}

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Which site's it is; none where no version that knows of it has worked on it.
    pub identity: Option<Identity>,
    /// The folder in which its number was marked.
    pub marks: PathBuf,
    /// The number.
    pub number: i64,
    /// When it was counted last.
    pub at: Option<DateTime<Utc>>,
}

/// Counts the number up in a transaction that begins letters; gives it.
pub async fn count(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sql::ask("update mark set number = number + 1, at = $1 returning number")
        .bind(seconds(now))
        .one(&mut *tx)
        .await?)
}

/// Puts the number where the mark beside the database is.
pub async fn catch_up(tx: &mut Tx, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update mark set number = $1, at = $2 where number < $1").bind(number).bind(seconds(now)).run(tx).await?;
    Ok(())
}

/// Writes which site's the database is from now on.
pub async fn name(tx: &mut Tx, identity: &Identity, marks: &Marks, now: DateTime<Utc>) -> Result<(), StoreError> {
    let put = |text| sql::ask(text).bind(identity.as_str()).bind(seconds(now)).bind(marks.folder().to_string_lossy());
    if put("update identity set identity = $1, since = $2, marks = $3 where only = 1").run(tx).await? == 0 {
        put("insert into identity (only, identity, since, marks) values (1, $1, $2, $3)").run(tx).await?;
    }
    Ok(())
}

impl Store {
    /// What the database says of itself.
    pub async fn own(&self) -> Result<Own, StoreError> {
        let (number, at): (i64, i64) = sql::ask("select number, at from mark").one(self.pool()).await?;
        let named: Option<(String, String)> =
            sql::ask("select identity, marks from identity").maybe(self.pool()).await?;
        let at = (number > 0).then(|| instant(at, "mark")).transpose()?;
        let Some((identity, marks)) = named else {
            return Ok(Own { identity: None, marks: PathBuf::new(), number, at });
        };
        let read = Identity::parse(&identity);
        let corrupt = || StoreError::Corrupt { what: "identity", of: "site".to_owned(), value: identity.clone() };
        Ok(Own { identity: Some(read.ok_or_else(corrupt)?), marks: marks.into(), number, at })
    }

    /// That the file which is open still lies where it was opened.
    ///
    /// # Errors
    /// It was moved, removed or replaced.
    pub fn still_there(&self) -> Result<(), StoreError> {
        let here = node(&self.opened.path);
        if here.is_some() && here == self.opened.node {
            Ok(())
        } else {
            Err(StoreError::Gone { path: self.opened.path.clone() })
        }
    }

    /// That it still lies there, and is not behind what this process has marked.
    ///
    /// # Errors
    /// The file was moved, removed or replaced, or its content was.
    pub async fn still_itself(&self) -> Result<(), StoreError> {
        self.still_there()?;
        let last = self.marked_last();
        let number: i64 = sql::ask("select number from mark").one(self.pool()).await?;
        if number < last { Err(StoreError::Behind) } else { Ok(()) }
    }
}
