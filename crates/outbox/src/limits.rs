//! How many letters may still go, by a channel's limits.
//!
//! In: the limits and the record of what was begun. Out: room for so many more; letters to an address that has had its
//! share, with the time at which it may have another. Can't happen: a limit passed because the program was restarted (the
//! record is the database's), or because the far side did not take a letter (each that was begun counts, but those of which it is
//! certain that they never left; one
//! message that carries several counts once). A channel's own limits count by whole minutes: the last 24 hours by up to one
//! minute more.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Row;
use cuofeng_base::word::{ChannelName, Limit};
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, seconds};

/// What is noted at a letter that was begun and can't have left.
pub(super) const UNMARKED: &str = "not sent: the mark beside the database can't be written";

/// How many more letters the channel as a whole may carry now.
pub(super) async fn room(
    tx: &mut Tx,
    channel: ChannelName,
    limits: &[Limit],
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut room = usize::MAX;
    for limit in limits.iter().filter(|limit| !limit.of_address) {
        let begun: i64 = sql::ask("select coalesce(sum(messages), 0) from begun where channel = $1 and minute >= $2")
            .bind(channel.name())
            .bind(minute(limit.window.since(now)))
            .one(&mut *tx)
            .await?;
        room = room.min(usize::try_from(i64::from(limit.count) - begun).unwrap_or(0));
    }
    Ok(room)
}

/// Counts messages that a channel begins now; less than none takes back what was counted then and has not left.
pub(super) async fn count(
    tx: &mut Tx,
    channel: ChannelName,
    messages: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    add(tx, channel.name(), messages, minute(now)).await
}

/// Adds to the messages that a channel began in a minute since 1970.
pub(super) async fn add(tx: &mut Tx, channel: &str, messages: i64, minute: i64) -> Result<(), StoreError> {
    let put = |text| sql::ask(text).bind(channel).bind(minute).bind(messages);
    if put("update begun set messages = messages + $3 where channel = $1 and minute = $2").run(tx).await? == 0 {
        put("insert into begun (channel, minute, messages) values ($1, $2, $3)").run(tx).await?;
    }
    Ok(())
}

/// The minute that holds an instant, counted from 1970.
fn minute(instant: DateTime<Utc>) -> i64 {
    seconds(instant).div_euclid(60)
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
        let begun: Vec<(String, i64)> = sql::ask(
            // What was begun since was of use since.
            "select o.address, count(*) from (select distinct value as address from json_each($3)) j
                 cross join outbox o on o.address = j.address and o.expires_at > $1
                 cross join transition t on t.outbox = o.id
             where +o.channel = $2 and o.carried_by is null and t.state = 'sending' and t.at >= $1 and t.at <= $5
                 and not exists (select 1 from transition b where b.outbox = t.outbox and b.number = t.number + 1
                     and b.reason = $4)
             group by o.address",
        )
        .bind(seconds(limit.window.since(now)))
        .bind(channel.name())
        .bind(json!(addresses).to_string())
        .bind(UNMARKED)
        // What a clock that was ahead noted would count until then.
        .bind(seconds(now))
        .all(&mut *tx)
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
