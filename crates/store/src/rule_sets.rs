//! Sets of rule files: the one in force, those before it, and the one that waits for a second person.
//!
//! In: the texts of the files, who proposed them, who accepted them. Out: whole sets by number. Can't happen: a set
//! that is in force and was changed (a trigger refuses); a set accepted twice.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, beside, instant, seconds};
use crate::sql;

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
    sql::ask("delete from rule_set where accepted_at is null").run(tx).await?;
    let texts = serde_json::to_string(texts).unwrap_or_default();
    let number = sql::ask(
        "insert into rule_set (number, texts, proposed_at, proposed_by)
         values ((select coalesce(max(number), 0) + 1 from rule_set), $1, $2, $3) returning number",
    )
    .bind(texts)
    .bind(seconds(now))
    .bind(by)
    .one(&mut *tx)
    .await?;
    Ok(number)
}

/// Puts a set in force; says whether it waited.
pub async fn accept(tx: &mut Tx, number: i64, by: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done =
        sql::ask("update rule_set set accepted_at = $1, accepted_by = $2 where number = $3 and accepted_at is null")
            .bind(seconds(now))
            .bind(by)
            .bind(number)
            .run(tx)
            .await?;
    Ok(done == 1)
}

/// Drops a set that waits; says whether it did.
pub async fn drop_proposed(tx: &mut Tx, number: i64) -> Result<bool, StoreError> {
    let done = sql::ask("delete from rule_set where number = $1 and accepted_at is null").bind(number).run(tx).await?;
    Ok(done == 1)
}

const COLUMNS: &str = "select number, texts, proposed_at, proposed_by, accepted_at, accepted_by from rule_set";

/// The newest set that was accepted, or that was not.
async fn newest(on: impl Into<sql::Source<'_>>, accepted: bool) -> Result<Option<RuleSet>, StoreError> {
    let which = if accepted { "is not null" } else { "is null" };
    let query = format!("{COLUMNS} where accepted_at {which} order by number desc limit 1");
    let row: Option<Row> = sql::ask_composed(query).maybe(on).await?;
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
        newest(self.pool(), true).await
    }

    /// Number of the set in force.
    pub async fn rules_number(&self) -> Result<Option<i64>, StoreError> {
        Ok(sql::ask("select max(number) from rule_set where accepted_at is not null").one(self.pool()).await?)
    }

    /// The set that waits for a second person.
    pub async fn rules_proposed(&self) -> Result<Option<RuleSet>, StoreError> {
        newest(self.pool(), false).await
    }

    /// A set by number.
    pub async fn rule_set(&self, number: i64) -> Result<Option<RuleSet>, StoreError> {
        let query = format!("{COLUMNS} where number = $1");
        let row: Option<Row> = sql::ask_composed(query).bind(number).maybe(self.pool()).await?;
        row.map(read).transpose()
    }
}
