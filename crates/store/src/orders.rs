//! Official orders in the database.
//!
//! In: orders from alert feeds and from staff. Out: those that touch a time. Can't happen: an alert kept twice; an
//! order changed after it was entered, except that it is lifted once.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use cuofeng_base::time::Period;
use cuofeng_town::order::{Entry, Order, Tier};

/// A stored order and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub number: i64,
    /// The order.
    pub order: Order,
    /// Who lifted it, if it was lifted.
    pub lifted_by: Option<String>,
    /// Who has it passed on without a rule, if anybody does.
    pub relayed_by: Option<String>,
}

/// Keeps an order. Gives its number where it is new; an alert that is kept already is left as it is.
pub async fn keep(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
    let (feed, alert, by) = match &order.entry {
        Entry::Feed { feed, alert } => (Some(feed), Some(alert), None),
        Entry::Staff { by } => (None, None, Some(by)),
    };
    let number = sqlx::query_scalar(
        "insert into official_order (region, subject, code, tier, starts_at, ends_at, issuer, document, issued_at,
             feed, alert, entered_by, entered_at, lifted_at, details)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning id",
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
    .bind(serde_json::to_string(&order.details).unwrap_or_default())
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

/// Has an order passed on without a rule, once. Says whether it was in force and not passed on yet.
pub async fn relay(tx: &mut Tx, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update official_order set relayed_at = ?1, relayed_by = ?2
         where id = ?3 and relayed_at is null and lifted_at is null and ends_at > ?1",
    )
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
    (String, Option<String>),
    String,
);

/// The columns of [`OrderRow`], in its order.
const COLUMNS: &str = "id, subject, code, tier, starts_at, ends_at, issued_at, issuer, document, feed, alert,
    entered_by, lifted_at, lifted_by, details, relayed_by, region";

impl Store {
    /// The orders of a region that are declared for any time in `period`, oldest first.
    pub async fn orders(&self, region: &str, period: &Period) -> Result<Vec<Numbered>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from official_order where region = ? and starts_at < ? and ends_at > ?
             order by issued_at, id"
        )))
        .bind(region)
        .bind(seconds(period.end))
        .bind(seconds(period.start))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| read(columns(row)?)).collect()
    }

    /// The order with a number.
    pub async fn order(&self, number: i64) -> Result<Option<Numbered>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("select {COLUMNS} from official_order where id = ?")))
            .bind(number)
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| read(columns(&row)?)).transpose()
    }

    /// The orders that are passed on without a rule, oldest first.
    pub async fn relayed_orders(&self) -> Result<Vec<Numbered>, StoreError> {
        let query = format!("select {COLUMNS} from official_order where relayed_at is not null order by id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(self.pool()).await?;
        rows.iter().map(|row| read(columns(row)?)).collect()
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
        (row.try_get(14)?, row.try_get(15)?),
        row.try_get(16)?,
    ))
}

fn read(row: OrderRow) -> Result<Numbered, StoreError> {
    let (
        number,
        subject,
        code,
        tier,
        (starts, ends, declared),
        issuer,
        document,
        entry,
        lifted,
        lifted_by,
        more,
        region,
    ) = row;
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
    let (details, relayed_by) = more;
    let details = serde_json::from_str(&details).map_err(|_| corrupt("details", details.clone()))?;
    let order = Order { region, subject, code, tier, period, issuer, document, issued_at, entry, lifted_at, details };
    Ok(Numbered { number, order, lifted_by, relayed_by })
}
