//! Official orders in the database.
//!
//! In: orders from alert feeds and from staff. Out: those that touch a time. Can't happen: an alert kept twice; an
//! order changed after it was entered, except that it is lifted once.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
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
    let number = sql::ask(
        "insert into official_order (region, subject, code, tier, starts_at, ends_at, issuer, document, issued_at,
             feed, alert, entered_by, entered_at, lifted_at, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing returning id",
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
    .maybe(&mut *tx)
    .await?;
    Ok(number)
}

/// Lifts an order at `at`, once. Says whether it was in force.
pub async fn lift(tx: &mut Tx, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
    let done = sql::ask("update official_order set lifted_at = $1, lifted_by = $2 where id = $3 and lifted_at is null")
        .bind(seconds(at))
        .bind(by)
        .bind(number)
        .run(tx)
        .await?;
    Ok(done > 0)
}

/// Has an order passed on without a rule, once. Says whether it was in force and not passed on yet.
pub async fn relay(tx: &mut Tx, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
    let done = sql::ask(
        "update official_order set relayed_at = $1, relayed_by = $2
         where id = $3 and relayed_at is null and lifted_at is null and ends_at > $1",
    )
    .bind(seconds(at))
    .bind(by)
    .bind(number)
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Ends the orders of an alert that a later alert of the same feed replaces or cancels.
pub async fn supersede(tx: &mut Tx, feed: &str, alert: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = sql::ask(
        "update official_order set lifted_at = $1, lifted_by = $2
         where feed = $3 and alert = $4 and lifted_at is null",
    )
    .bind(seconds(at))
    .bind(feed)
    .bind(feed)
    .bind(alert)
    .run(tx)
    .await?;
    Ok(done)
}

sql::row! {
    struct Row {
        id: i64,
        subject: String,
        code: Option<String>,
        tier: String,
        starts_at: i64,
        ends_at: i64,
        issued_at: i64,
        issuer: String,
        document: String,
        feed: Option<String>,
        alert: Option<String>,
        entered_by: Option<String>,
        lifted_at: Option<i64>,
        lifted_by: Option<String>,
        details: String,
        relayed_by: Option<String>,
        region: String,
    }
}

/// The columns of [`Row`].
const COLUMNS: &str = "id, subject, code, tier, starts_at, ends_at, issued_at, issuer, document, feed, alert,
    entered_by, lifted_at, lifted_by, details, relayed_by, region";

impl Store {
    /// The orders of a region that are declared for any time in `period`, oldest first.
    pub async fn orders(&self, region: &str, period: &Period) -> Result<Vec<Numbered>, StoreError> {
        let rows: Vec<Row> = sql::ask_composed(format!(
            "select {COLUMNS} from official_order where region = $1 and starts_at < $2 and ends_at > $3
             order by issued_at, id"
        ))
        .bind(region)
        .bind(seconds(period.end))
        .bind(seconds(period.start))
        .all(self.pool())
        .await?;
        rows.into_iter().map(read).collect()
    }

    /// The order with a number.
    pub async fn order(&self, number: i64) -> Result<Option<Numbered>, StoreError> {
        let row: Option<Row> = sql::ask_composed(format!("select {COLUMNS} from official_order where id = $1"))
            .bind(number)
            .maybe(self.pool())
            .await?;
        row.map(read).transpose()
    }

    /// The orders that are passed on without a rule, oldest first.
    pub async fn relayed_orders(&self) -> Result<Vec<Numbered>, StoreError> {
        let query = format!("select {COLUMNS} from official_order where relayed_at is not null order by id");
        let rows: Vec<Row> = sql::ask_composed(query).all(self.pool()).await?;
        rows.into_iter().map(read).collect()
    }
}

fn read(row: Row) -> Result<Numbered, StoreError> {
    let Row { id: number, subject, code, tier, issuer, document, lifted_by, details, relayed_by, region, .. } = row;
    let corrupt = |what, value: String| StoreError::Corrupt { what, of: format!("order {number}"), value };
    let tier = Tier::named(&tier).ok_or_else(|| corrupt("tier", tier.clone()))?;
    let period = Period::new(instant(row.starts_at, "official_order")?, instant(row.ends_at, "official_order")?)
        .ok_or_else(|| corrupt("ends_at", row.ends_at.to_string()))?;
    let entry = match (row.feed, row.alert, row.entered_by) {
        (Some(feed), Some(alert), _) => Entry::Feed { feed, alert },
        (_, _, by) => Entry::Staff { by: by.unwrap_or_default() },
    };
    let lifted_at = row.lifted_at.map(|at| instant(at, "official_order")).transpose()?;
    let issued_at = instant(row.issued_at, "official_order")?;
    let details = serde_json::from_str(&details).map_err(|_| corrupt("details", details.clone()))?;
    let order = Order { region, subject, code, tier, period, issuer, document, issued_at, entry, lifted_at, details };
    Ok(Numbered { number, order, lifted_by, relayed_by })
}
