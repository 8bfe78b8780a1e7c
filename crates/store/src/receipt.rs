//! Receipts: what the far side said of a letter, kept word for word.
//!
//! In: an outbox row, the attempt and the far side's words. Out: one row a state and attempt. Can't happen: the same
//! receipt counted twice.

use chrono::{DateTime, Utc};

use crate::sql;
use crate::{StoreError, Tx, seconds};
use cuofeng_base::text::outside;
use cuofeng_channel::Words;

/// Keeps a receipt; a repeated one changes nothing.
pub async fn keep(
    tx: &mut Tx,
    outbox: i64,
    attempt: i64,
    state: &'static str,
    words: &Words,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::ask(
        "insert into receipt (outbox, attempt, at, state, provider_id, words) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
    )
    .bind(outbox)
    .bind(attempt)
    .bind(seconds(now))
    .bind(state)
    .bind(outside::line(&words.id))
    .bind(outside::line(&words.said))
    .run(tx)
    .await?;
    Ok(())
}

/// Keeps many receipts: a JSON list of objects with `id`, `attempt`, `state`, `provider` and `said`.
pub async fn keep_all(tx: &mut Tx, steps: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask(
        "insert into receipt (outbox, attempt, at, state, provider_id, words)
         select cast(value ->> 'id' as bigint), cast(value ->> 'attempt' as bigint), $2, value ->> 'state', value ->> 'provider', value ->> 'said'
         from json_each($1) where true on conflict do nothing",
    )
    .bind(steps)
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(())
}
