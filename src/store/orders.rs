//! Official orders in the database.
//!
//! In: orders from alert feeds and from staff. Out: those that touch a time. Can't happen: an alert kept twice; an
//! order changed after it was entered, except that it is lifted once.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::order::{Entry, Order, Tier};
use crate::time::Period;

/// A stored order and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub number: i64,
    /// The order.
    pub order: Order,
    /// Who lifted it, if it was lifted.
    pub lifted_by: Option<String>,
}

/// Keeps an order. Gives its number where it is new; an alert that is kept already is left as it is.
pub async fn keep(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
    let (feed, alert, by) = match &order.entry {
        Entry::Feed { feed, alert } => (Some(feed), Some(alert), None),
        Entry::Staff { by } => (None, None, Some(by)),
    };
    let number = sqlx::query_scalar(
        "insert into official_order (region, subject, code, tier, starts_at, ends_at, issuer, document, issued_at,
             feed, alert, entered_by, entered_at, lifted_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning id",
    )
    .bind(&order.region)
    .bind(&order.subject)
    .bind(&order.code)
    .bind(order.tier.name())
    .bind(seconds(order.period.start))
    .bind(seconds(order.period.end))
    .bind(&order.issuer)
    .bind(&order.document)
    .bind(seconds(order.issued_at))
    .bind(feed)
    .bind(alert)
    .bind(by)
    .bind(seconds(now))
    .bind(order.lifted_at.map(seconds))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(number)
}

/// Lifts an order at `at`, once. Says whether it was in force.
pub async fn lift(tx: &mut Tx, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("update official_order set lifted_at = ?, lifted_by = ? where id = ? and lifted_at is null")
        .bind(seconds(at))
        .bind(by)
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the orders of an alert that a later alert of the same feed replaces or cancels.
pub async fn supersede(tx: &mut Tx, feed: &str, alert: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update official_order set lifted_at = ?, lifted_by = ?
         where feed = ? and alert = ? and lifted_at is null",
    )
    .bind(seconds(at))
    .bind(feed)
    .bind(feed)
    .bind(alert)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// A stored order's columns.
type OrderRow = (
    i64,
    String,
    Option<String>,
    String,
    (i64, i64, i64),
    String,
    String,
    (Option<String>, Option<String>, Option<String>),
    Option<i64>,
    Option<String>,
);

impl Store {
    /// The orders of a region that are declared for any time in `period`, oldest first.
    pub async fn orders(&self, region: &str, period: &Period) -> Result<Vec<Numbered>, StoreError> {
        let rows = sqlx::query(
            "select id, subject, code, tier, starts_at, ends_at, issued_at, issuer, document, feed, alert, entered_by,
                 lifted_at, lifted_by
             from official_order where region = ? and starts_at < ? and ends_at > ? order by issued_at, id",
        )
        .bind(region)
        .bind(seconds(period.end))
        .bind(seconds(period.start))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| read(region, columns(row)?)).collect()
    }
}

fn columns(row: &sqlx::sqlite::SqliteRow) -> Result<OrderRow, StoreError> {
    use sqlx::Row as _;
    Ok((
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?),
        row.try_get(7)?,
        row.try_get(8)?,
        (row.try_get(9)?, row.try_get(10)?, row.try_get(11)?),
        row.try_get(12)?,
        row.try_get(13)?,
    ))
}

fn read(region: &str, row: OrderRow) -> Result<Numbered, StoreError> {
    let (number, subject, code, tier, (starts, ends, declared), issuer, document, entry, lifted, lifted_by) = row;
    let corrupt = |what, value: String| StoreError::Corrupt { what, of: format!("order {number}"), value };
    let tier = Tier::named(&tier).ok_or_else(|| corrupt("tier", tier.clone()))?;
    let period = Period::new(instant(starts, "official_order")?, instant(ends, "official_order")?)
        .ok_or_else(|| corrupt("ends_at", ends.to_string()))?;
    let entry = match entry {
        (Some(feed), Some(alert), _) => Entry::Feed { feed, alert },
        (_, _, by) => Entry::Staff { by: by.unwrap_or_default() },
    };
    let lifted_at = lifted.map(|at| instant(at, "official_order")).transpose()?;
    let issued_at = instant(declared, "official_order")?;
    let region = region.to_owned();
    let order = Order { region, subject, code, tier, period, issuer, document, issued_at, entry, lifted_at };
    Ok(Numbered { number, order, lifted_by })
}
