//! How many letters may still go, by a channel's limits.
//!
//! In: the limits and the record of what was begun. Out: room for so many more; letters to an address that has had its
//! share, with the time at which it may have another. Can't happen: a limit passed because the program was restarted (the
//! record is the database's), or because the far side did not take a letter (each that was begun counts; one
//! message that carries several counts once).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Row;
use crate::config::{ChannelName, Limit};
use crate::store::{StoreError, Tx, seconds};

/// How many more letters the channel as a whole may carry now.
pub(super) async fn room(
    tx: &mut Tx,
    channel: ChannelName,
    limits: &[Limit],
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut room = usize::MAX;
    for limit in limits.iter().filter(|limit| !limit.of_address) {
        let begun: i64 = sqlx::query_scalar(
            "select count(*) from transition t join outbox o on o.id = t.outbox
             where t.state = 'sending' and t.at >= ? and o.channel = ? and o.carried_by is null",
        )
        .bind(seconds(limit.window.since(now)))
        .bind(channel.name())
        .fetch_one(&mut **tx)
        .await?;
        room = room.min(usize::try_from(i64::from(limit.count) - begun).unwrap_or(0));
    }
    Ok(room)
}

/// Letters that may go, and those whose address has had its share, with the time at which they may.
pub(super) type Shared = (Vec<Arc<Row>>, Vec<(Arc<Row>, DateTime<Utc>)>);

/// Parts letters by what their addresses may still get.
pub(super) async fn by_address(
    tx: &mut Tx,
    channel: ChannelName,
    limits: &[Limit],
    rows: Vec<Arc<Row>>,
    now: DateTime<Utc>,
) -> Result<Shared, StoreError> {
    let (mut may, mut later) = (rows, Vec::new());
    for limit in limits.iter().filter(|limit| limit.of_address) {
        let addresses: Vec<&str> = may.iter().map(|row| row.letter.address.as_str()).collect();
        let begun: Vec<(String, i64)> = sqlx::query_as(
            "select o.address, count(*) from transition t join outbox o on o.id = t.outbox
             where t.state = 'sending' and t.at >= ? and o.channel = ? and o.carried_by is null
                 and o.address in (select value from json_each(?)) group by o.address",
        )
        .bind(seconds(limit.window.since(now)))
        .bind(channel.name())
        .bind(json!(addresses).to_string())
        .fetch_all(&mut **tx)
        .await?;
        let mut had: BTreeMap<String, i64> = begun.into_iter().collect();
        let mut passed = Vec::with_capacity(may.len());
        for row in may {
            let count = had.entry(row.letter.address.clone()).or_default();
            if *count < i64::from(limit.count) {
                *count += 1;
                passed.push(row);
            } else {
                later.push((row, limit.window.next(now)));
            }
        }
        may = passed;
    }
    Ok((may, later))
}
