//! The outbox worker: one lane a channel, so that a slow far side holds up no other.
//!
//! In: the channels and the time. Out: how many letters left, wait or are in trouble. Can't happen: two drains sending
//! one letter (each takes its letters under a lease of its own).

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use futures_util::future::{join, join_all};
use tokio_util::sync::CancellationToken;

use super::drained::{Channels, Drained, Time};
use super::lane::Lane;
use super::withheld;
use super::{lease, settle};
use cuofeng_notice::merged::Merging;
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError, held, seconds};

/// Sends everything that is due, until nothing is or `stop` says so; without `merging`, each letter by itself.
pub async fn drain(
    store: &Store,
    channels: &Channels,
    time: Time<'_>,
    (stop, merging): (&CancellationToken, Option<&Merging<'_>>),
) -> Result<Drained, StoreError> {
    let now = time();
    settle::run_out(store, channels, now).await?;
    settle::pause_absent(store, channels, now).await?;
    if store.hold().await?.is_some_and(|hold| hold.why.is_some()) {
        list_held(store, now).await?;
    }
    let mut all = Drained { expired: expire(store, now).await?, ..Drained::default() };
    let lease = name(now);
    let lanes = channels.iter().map(|(name, channel)| {
        Lane::new(store, (*name, channel), time, (stop, merging), format!("{lease}-{}", name.name())).run()
    });
    let (asked, through) = join(settle::ask(store, channels, now), join_all(lanes)).await;
    if let Some(mark) = store.mark() {
        mark.settle().await;
    }
    let mut failed = asked.err();
    for drained in through {
        match drained {
            Ok(drained) => all += drained,
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(all),
    }
}

/// While the program holds everything, what is written meanwhile waits for a person, and not for the end of the hold.
/// Whether it still does is read in the same transaction: what is written after a person has resumed goes out.
pub async fn list_held(store: &Store, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    if let Some(held) = held::standing(&mut tx).await? {
        withheld::list(&mut tx, held.why, now).await?;
    }
    tx.commit().await.map_err(StoreError::from)
}

/// A name that no other drain has: of this process, of this moment, counted.
fn name(now: DateTime<Utc>) -> String {
    static DRAINS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}-{}", std::process::id(), seconds(now), DRAINS.fetch_add(1, Ordering::Relaxed))
}

/// What a drain finds whose period has ended; what ends while it lasts is found in its turns.
async fn expire(store: &Store, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let late: bool = sql::ask("select exists (select 1 from outbox where state = 'queued' and expires_at <= $1)")
        .bind(seconds(now))
        .one(store.pool())
        .await?;
    if !late {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    let expired = lease::expire(&mut tx, now).await?;
    tx.commit().await?;
    Ok(expired)
}
