//! The outbox worker: takes letters one after another, sends them, writes down what happened.
//!
//! One worker runs a site (the worker lock), so what it finds leased or sending at its start is what a crash left.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::{Row, State, enter};
use crate::channel::{Channel, Letter, Outcome, Words};
use crate::config::{ChannelName, Form, Mode};
use crate::receipt;
use crate::roster::people::mask_all;
use crate::store::{Store, StoreError, seconds};

/// The channels of a site.
pub type Channels = BTreeMap<ChannelName, Box<dyn Channel>>;

/// How often a letter is tried before it is dead.
const ATTEMPTS: i64 = 8;

/// How many letters are leased at a time.
const BATCH: i64 = 64;

/// What one drain did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Letters accepted or delivered.
    pub sent: usize,
    /// Letters that will be tried again later.
    pub later: usize,
    /// Letters that failed, died or are unknown.
    pub trouble: usize,
    /// Letters whose period had ended.
    pub expired: usize,
}

/// Settles what a crash left: leased letters were not sent; of sending ones that is known only where the channel is
/// idempotent.
pub async fn rescue(store: &Store, channels: &Channels, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
        "select id, state, channel, attempt from outbox where state in ('leased', 'sending') order by id",
    )
    .fetch_all(&mut *tx)
    .await?;
    for (id, state, channel, attempt) in &rows {
        let channel = ChannelName::named(channel).and_then(|name| channels.get(&name));
        let harmless = state == "leased" || channel.is_some_and(|c| c.idempotent());
        let (next, reason) =
            if harmless { (State::Queued, "rescued") } else { (State::Unknown, "crashed while sending") };
        enter(&mut tx, *id, next, *attempt, reason, now, now).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

/// Sends everything that is due, until nothing is or `stop` says so.
pub async fn drain(
    store: &Store,
    channels: &Channels,
    now: DateTime<Utc>,
    stop: &tokio_util::sync::CancellationToken,
) -> Result<Drained, StoreError> {
    let mut drained = Drained { expired: expire(store, now).await?, ..Drained::default() };
    while !stop.is_cancelled() {
        // A person may have said stop while this was sending.
        let dry = store.mode().await?.is_some_and(|in_force| in_force.mode == Mode::DryRun);
        if dry || store.hold().await?.is_some() {
            break;
        }
        let rows = lease(store, now).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if stop.is_cancelled() {
                let mut tx = store.begin().await?;
                enter(&mut tx, row.id, State::Queued, row.attempt - 1, "stopping", now, now).await?;
                tx.commit().await?;
                continue;
            }
            match send(store, channels, &row, now).await? {
                State::Accepted | State::Delivered => drained.sent += 1,
                State::Queued => drained.later += 1,
                _ => drained.trouble += 1,
            }
        }
    }
    Ok(drained)
}

async fn expire(store: &Store, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("select id, attempt from outbox where state = 'queued' and expires_at <= ? order by id")
            .bind(seconds(now))
            .fetch_all(&mut *tx)
            .await?;
    for (id, attempt) in &rows {
        enter(&mut tx, *id, State::Expired, *attempt, "its period has ended", now, now).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

async fn lease(store: &Store, now: DateTime<Utc>) -> Result<Vec<Row>, StoreError> {
    type Columns = (i64, String, i64, String, String, String, String, String, String);
    let mut tx = store.begin().await?;
    let rows: Vec<Columns> = sqlx::query_as(
        "select o.id, o.key, o.attempt, o.channel, o.form, n.name, o.address, o.subject, o.body
         from outbox o join notice n on n.key = o.notice
         where o.state = 'queued' and o.not_before <= ? order by o.priority, o.id limit ?",
    )
    .bind(seconds(now))
    .bind(BATCH)
    .fetch_all(&mut *tx)
    .await?;
    let mut leased = Vec::with_capacity(rows.len());
    for (id, key, attempt, channel, form, name, address, subject, body) in rows {
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        let channel = ChannelName::named(&channel).ok_or_else(|| corrupt("channel", &channel))?;
        let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
        let attempt = attempt + 1;
        enter(&mut tx, id, State::Leased, attempt, "", now, now).await?;
        let letter = Letter { number: id, key, form, name, address, subject, body, date: now };
        leased.push(Row { id, attempt, channel, letter });
    }
    tx.commit().await?;
    Ok(leased)
}

async fn send(store: &Store, channels: &Channels, row: &Row, now: DateTime<Utc>) -> Result<State, StoreError> {
    let mut tx = store.begin().await?;
    enter(&mut tx, row.id, State::Sending, row.attempt, "", now, now).await?;
    tx.commit().await?;
    let outcome = match channels.get(&row.channel) {
        Some(channel) => channel.send(&row.letter).await,
        None => Outcome::Permanent(Words::said("the channel is not set up")),
    };
    let (state, words) = match outcome {
        Outcome::Delivered(words) => (State::Delivered, words),
        Outcome::Accepted(words) => (State::Accepted, words),
        Outcome::Permanent(words) => (State::Failed, words),
        Outcome::Unknown(words) => (State::Unknown, words),
        Outcome::Transient(words) if row.attempt >= ATTEMPTS => (State::Dead, words),
        Outcome::Transient(words) | Outcome::Closed(words) => (State::Queued, words),
    };
    let again = if state == State::Queued { now + pause(row.attempt) } else { now };
    if state == State::Queued || matches!(state, State::Failed | State::Dead | State::Unknown) {
        tracing::warn!(
            key = row.letter.key,
            state = state.word(),
            attempt = row.attempt,
            said = mask_all(&words.said),
            "not sent"
        );
    }
    let mut tx = store.begin().await?;
    enter(&mut tx, row.id, state, row.attempt, &words.said, again, now).await?;
    receipt::keep(&mut tx, row.id, row.attempt, state.word(), &words, now).await?;
    tx.commit().await?;
    Ok(state)
}

/// Minutes before the next attempt: 1, 2, 4, … up to an hour.
fn pause(attempt: i64) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(6);
    Duration::minutes((1_i64 << doublings).min(60))
}
