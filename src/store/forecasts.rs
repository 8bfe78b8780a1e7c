//! Forecast runs in the database: every run is kept, none is changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::forecast::{Column, Run, Variable};
use crate::time::Hour;

/// What is known of a feed's last pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    /// When it was last pulled.
    pub pulled_at: DateTime<Utc>,
    /// What went wrong, if it did.
    pub error: Option<String>,
}

/// Keeps a run, unless that run is kept already. Says whether it was new.
pub async fn keep(tx: &mut Tx, run: &Run, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into forecast_run (feed, region, issued_at, pulled_at) values (?, ?, ?, ?)
         on conflict do nothing returning id",
    )
    .bind(&run.feed)
    .bind(&run.region)
    .bind(seconds(run.issued_at))
    .bind(seconds(now))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(id) = id else { return Ok(false) };
    for (variable, column) in &run.columns {
        let bytes: Vec<u8> = column.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        sqlx::query("insert into forecast_series (run, variable, first_hour, milli) values (?, ?, ?, ?)")
            .bind(id)
            .bind(variable.name())
            .bind(column.first.0)
            .bind(bytes)
            .execute(&mut **tx)
            .await?;
    }
    Ok(true)
}

/// Notes how a pull went.
pub async fn note_pull(tx: &mut Tx, feed: &str, error: Option<&str>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into feed_state (feed, pulled_at, error) values (?, ?, ?)
         on conflict (feed) do update set pulled_at = excluded.pulled_at, error = excluded.error",
    )
    .bind(feed)
    .bind(seconds(now))
    .bind(error)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// The runs of a region issued from `since` to `now`, oldest first.
    pub async fn runs(&self, region: &str, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Run>, StoreError> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "select id, feed, issued_at from forecast_run
             where region = ? and issued_at >= ? and issued_at <= ? order by issued_at, id",
        )
        .bind(region)
        .bind(seconds(since))
        .bind(seconds(now))
        .fetch_all(self.pool())
        .await?;
        let mut runs = Vec::with_capacity(rows.len());
        for (id, feed, issued) in rows {
            let issued_at = instant(issued, "forecast_run")?;
            let columns = self.columns(id).await?;
            runs.push(Run { feed, region: region.to_owned(), issued_at, columns });
        }
        Ok(runs)
    }

    async fn columns(&self, run: i64) -> Result<BTreeMap<Variable, Column>, StoreError> {
        let rows: Vec<(String, i64, Vec<u8>)> =
            sqlx::query_as("select variable, first_hour, milli from forecast_series where run = ?")
                .bind(run)
                .fetch_all(self.pool())
                .await?;
        let mut columns = BTreeMap::new();
        for (name, first, bytes) in rows {
            let variable = Variable::named(&name).ok_or_else(|| StoreError::Corrupt {
                what: "variable",
                of: format!("forecast_run {run}"),
                value: name.clone(),
            })?;
            let values = bytes.as_chunks::<4>().0.iter().map(|chunk| i32::from_le_bytes(*chunk)).collect();
            columns.insert(variable, Column { first: Hour(first), values });
        }
        Ok(columns)
    }
}
