//! Sets of rule files: the one in force, those before it, and the one that waits for a second person.
//!
//! In: the texts of the files, who proposed them, who accepted them. Out: whole sets by number. Can't happen: a set
//! that is in force and was changed (a trigger refuses); a set accepted twice.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, SqliteConnection};

use super::{Store, StoreError, Tx, beside, instant, seconds};

/// Rule files as they were at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Number, rising.
    pub number: i64,
    /// Path below `rules/`, text.
    pub texts: BTreeMap<String, String>,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// By whom; empty for the set a site began with.
    pub proposed_by: String,
    /// When and by whom it was accepted.
    pub accepted: Option<(DateTime<Utc>, String)>,
}

type Row = (i64, String, i64, String, Option<i64>, Option<String>);

fn read((number, texts, proposed_at, proposed_by, at, by): Row) -> Result<RuleSet, StoreError> {
    let of = format!("rule set {number}");
    let corrupt = |_| StoreError::Corrupt { what: "texts", of: of.clone(), value: texts.clone() };
    let texts = serde_json::from_str(&texts).map_err(corrupt)?;
    let accepted = match at {
        Some(at) => Some((instant(at, &of)?, by.unwrap_or_default())),
        None => None,
    };
    Ok(RuleSet { number, texts, proposed_at: instant(proposed_at, &of)?, proposed_by, accepted })
}

/// Keeps a set that waits for a second person; an earlier one that still waits is dropped.
pub async fn propose(
    tx: &mut Tx,
    texts: &BTreeMap<String, String>,
    by: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    sqlx::query("delete from rule_set where accepted_at is null").execute(&mut **tx).await?;
    let texts = serde_json::to_string(texts).unwrap_or_default();
    let number = sqlx::query_scalar(
        "insert into rule_set (number, texts, proposed_at, proposed_by)
         values ((select coalesce(max(number), 0) + 1 from rule_set), ?, ?, ?) returning number",
    )
    .bind(texts)
    .bind(seconds(now))
    .bind(by)
    .fetch_one(&mut **tx)
    .await?;
    Ok(number)
}

/// Puts a set in force; says whether it waited.
pub async fn accept(tx: &mut Tx, number: i64, by: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done =
        sqlx::query("update rule_set set accepted_at = ?, accepted_by = ? where number = ? and accepted_at is null")
            .bind(seconds(now))
            .bind(by)
            .bind(number)
            .execute(&mut **tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Drops a set that waits; says whether it did.
pub async fn drop_proposed(tx: &mut Tx, number: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from rule_set where number = ? and accepted_at is null")
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

const COLUMNS: &str = "select number, texts, proposed_at, proposed_by, accepted_at, accepted_by from rule_set";

/// The newest set that was accepted, or that was not.
async fn newest(connection: &mut SqliteConnection, accepted: bool) -> Result<Option<RuleSet>, StoreError> {
    let which = if accepted { "is not null" } else { "is null" };
    let query = format!("{COLUMNS} where accepted_at {which} order by number desc limit 1");
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_optional(connection).await?;
    row.map(read).transpose()
}

/// The set in force and the one that waits, of a database that is left as it is; nothing where there is no database, or
/// one from before there were sets.
pub async fn look(path: &Path) -> Result<Option<(Option<RuleSet>, Option<RuleSet>)>, StoreError> {
    let Some(mut connection) = beside::look(path, "rule_set").await? else { return Ok(None) };
    let found = (newest(&mut connection, true).await?, newest(&mut connection, false).await?);
    connection.close().await?;
    Ok(Some(found))
}

impl Store {
    /// The set in force.
    pub async fn rules_in_force(&self) -> Result<Option<RuleSet>, StoreError> {
        newest(&mut *self.pool().acquire().await?, true).await
    }

    /// Number of the set in force.
    pub async fn rules_number(&self) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar("select max(number) from rule_set where accepted_at is not null")
            .fetch_one(self.pool())
            .await?)
    }

    /// The set that waits for a second person.
    pub async fn rules_proposed(&self) -> Result<Option<RuleSet>, StoreError> {
        newest(&mut *self.pool().acquire().await?, false).await
    }

    /// A set by number.
    pub async fn rule_set(&self, number: i64) -> Result<Option<RuleSet>, StoreError> {
        let query = format!("{COLUMNS} where number = ?");
        let row: Option<Row> =
            sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(number).fetch_optional(self.pool()).await?;
        row.map(read).transpose()
    }
}
