//! The ledger: what was decided, sent and refused, in order, never changed.
//!
//! In: an event with its actor and subject. Out: the same, numbered. Can't happen: a change or a removal: the database
//! refuses both.

mod actor;
mod event;

use chrono::{DateTime, Utc};

pub use self::actor::Actor;
pub use self::event::Event;
use crate::sql;
use crate::{Store, StoreError, Tx, instant, seconds};
use cuofeng_base::text::outside;
use cuofeng_base::time::Period;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
    /// To what.
    pub subject: String,
    /// In words, in the site's language.
    pub detail: String,
}

/// Writes an entry.
pub async fn write(
    tx: &mut Tx,
    actor: &Actor,
    event: Event,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::ask("insert into ledger (at, actor, event, subject, detail) values ($1, $2, $3, $4, $5)")
        .bind(seconds(now))
        .bind(outside::line(&actor.stored()))
        .bind(event.word())
        .bind(subject)
        .bind(outside::lines(detail))
        .run(tx)
        .await?;
    Ok(())
}

sql::row! {
    struct LatestRow {
        at: i64,
        actor: String,
        event: String,
        subject: String,
        detail: String,
    }
}

/// The latest entry of an event about a subject.
pub async fn latest(store: &Store, event: Event, subject: &str) -> Result<Option<Entry>, StoreError> {
    let row: Option<LatestRow> = sql::ask(
        "select at, actor, event, subject, detail from ledger where event = $1 and subject = $2
         order by number desc limit 1",
    )
    .bind(event.word())
    .bind(subject)
    .maybe(store.pool())
    .await?;
    row.map(|LatestRow { at, actor, event, subject, detail }| {
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: subject.clone(), value: value.to_owned() };
        let event = Event::named(&event).ok_or_else(|| corrupt("ledger.event", &event))?;
        let actor = Actor::named(&actor).ok_or_else(|| corrupt("ledger.actor", &actor))?;
        Ok(Entry { at: instant(at, "ledger")?, actor, event, subject, detail })
    })
    .transpose()
}

/// The subjects and details of an event from an instant on, oldest first.
pub async fn since(store: &Store, event: Event, from: DateTime<Utc>) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sql::ask("select subject, detail from ledger where event = $1 and at >= $2 order by number")
        .bind(event.word())
        .bind(seconds(from))
        .all(store.pool())
        .await?)
}

/// The subjects and details of an event in a period, oldest first.
pub async fn between(store: &Store, event: Event, period: Period) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sql::ask("select subject, detail from ledger where event = $1 and at >= $2 and at < $3 order by number")
        .bind(event.word())
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(store.pool())
        .await?)
}

/// When an event befell a subject, and its details, oldest first.
pub async fn of(store: &Store, event: Event, subject: &str) -> Result<Vec<(DateTime<Utc>, String)>, StoreError> {
    let rows: Vec<(i64, String)> =
        sql::ask("select at, detail from ledger where event = $1 and subject = $2 order by number")
            .bind(event.word())
            .bind(subject)
            .all(store.pool())
            .await?;
    rows.into_iter().map(|(at, detail)| Ok((instant(at, "ledger")?, detail))).collect()
}

/// The subjects and details of an event, oldest first.
pub async fn all(store: &Store, event: Event) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sql::ask("select subject, detail from ledger where event = $1 order by number")
        .bind(event.word())
        .all(store.pool())
        .await?)
}
