//! Villages' texts that a newer revision replaces before they were played.
//!
//! In: an episode and its newest revision. Out: the older ones taken out of the queue. Can't happen: an older text
//! played after a newer one was decided on.

use chrono::{DateTime, Utc};

use super::{State, enter};
use crate::store::{StoreError, Tx};

/// Takes every queued text of earlier revisions out of the queue; gives how many there were.
pub async fn withdraw(tx: &mut Tx, episode: &str, revision: u32, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "select o.id, o.attempt from outbox o join notice n on n.key = o.notice
         where n.episode = ? and n.revision < ? and n.audience = 'village' and o.state = 'queued' order by o.id",
    )
    .bind(episode)
    .bind(i64::from(revision))
    .fetch_all(&mut **tx)
    .await?;
    for (id, attempt) in &rows {
        let reason = format!("replaced by revision {revision}");
        enter(tx, *id, State::Expired, *attempt, &reason, now, now).await?;
    }
    Ok(rows.len())
}

/// Whether any text of an episode may have sounded in a village.
pub async fn sounded(tx: &mut Tx, episode: &str, village: &str) -> Result<bool, StoreError> {
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from outbox o join notice n on n.key = o.notice
         where n.episode = ? and n.audience = 'village' and n.recipient = ?
             and o.state not in ('queued', 'expired', 'failed', 'dead')",
    )
    .bind(episode)
    .bind(village)
    .fetch_one(&mut **tx)
    .await?;
    Ok(rows > 0)
}
