//! What the outbox has put off by a clock that was ahead, brought back once it is set right.
//!
//! In: the right time. Out: letters that wait for another attempt due now, pauses of the program's over now, leases no
//! longer than one may last, letters that were taken for ended waiting again, what has happened at a time that has come.
//! Can't happen: a letter before an hour that
//! was chosen for it (quiet hours, hours of a loudspeaker); a lease taken from its holder; a letter revived that a newer
//! revision or an end has replaced; a person's pause ended.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::lease;
use super::step::note_all;
use super::{Held, State, enter, limits, of_use, pause, retry};
use cuofeng_channel::said;
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, seconds};

/// How much was brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Back {
    /// Letters that wait again, or no longer wait for a time that was never meant.
    pub letters: usize,
    /// Channels that may try again.
    pub channels: usize,
}

/// Brings back what no right clock can have put off so far, after one that was ahead `by` so much. What is not later than
/// `slack` from now stands.
///
/// # Errors
/// The database failed.
pub async fn bring_back(
    tx: &mut Tx,
    (slack, by): (Duration, Duration),
    now: DateTime<Utc>,
) -> Result<Back, StoreError> {
    let ahead = now + slack;
    let waiting = waiting(tx, ahead, now).await?;
    let revived = revived(tx, ahead, now).await?;
    let channels = sql::ask("update channel_pause set try_at = $1 where lifted_at is null and try_at > $2")
        .bind(seconds(now))
        .bind(seconds(ahead + pause::TRY_AGAIN))
        .run(tx)
        .await?;
    // Whoever holds a letter may still be sending it: it has its whole time, from now on.
    sql::ask("update outbox set leased_until = $1 where state in ('leased', 'sending') and leased_until > $2")
        .bind(seconds(now + lease::HELD))
        .bind(seconds(ahead + lease::HELD))
        .run(tx)
        .await?;
    sql::ask("update outbox set ask_at = $1 where ask_at is not null and ask_at > $2")
        .bind(seconds(now))
        .bind(seconds(ahead + retry::longest()))
        .run(tx)
        .await?;
    past(tx, (ahead, by), now).await?;
    counted(tx, ahead, now).await?;
    let channels = usize::try_from(channels).unwrap_or(usize::MAX);
    Ok(Back { letters: waiting + revived, channels })
}

/// Letters whose wait was noted at a time that has not come: they may go now. The first note of a letter that waits for
/// an hour of its own says when it was written, not why it waits.
async fn waiting(tx: &mut Tx, ahead: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let ids: Vec<i64> = sql::ask(
        "select o.id from outbox o join transition t on t.outbox = o.id
         where o.state = 'queued' and o.not_before > $1 and t.at > $2
             and t.number = (select max(number) from transition where outbox = o.id)
             and (t.number > 1 or o.not_before <= t.at) order by o.id",
    )
    .bind(seconds(now))
    .bind(seconds(ahead))
    .all(&mut *tx)
    .await?;
    let all = json!(ids).to_string();
    sql::ask("update outbox set not_before = $2 where id in (select value from json_each($1))")
        .bind(&all)
        .bind(seconds(now))
        .run(tx)
        .await?;
    note_all(tx, &all, State::Queued, said::SET_RIGHT, now).await?;
    Ok(ids.len())
}

/// Letters that were taken for ended by that clock, and are of use still.
async fn revived(tx: &mut Tx, ahead: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let ended: Vec<i64> = sql::ask(
        "select o.id from outbox o join transition t on t.outbox = o.id join notice n on n.key = o.notice
         where o.state = 'expired' and o.expires_at > $1 and t.at > $2 and t.reason = $3
             and t.number = (select max(number) from transition where outbox = o.id)
             and n.about is null order by o.id",
    )
    .bind(seconds(now))
    .bind(seconds(ahead))
    .bind(said::ENDED)
    .all(&mut *tx)
    .await?;
    let mut count = 0;
    for (id, attempt) in of_use::among(tx, &ended, now).await? {
        let seen = Held { id, attempt, state: State::Expired };
        count += usize::from(enter(tx, seen, State::Queued, said::SET_RIGHT, now).await?);
    }
    Ok(count)
}

/// Times of what has happened that have not come: as much earlier as the clock was ahead, and no later than now. Replies
/// are matched to what was told before them, reminders count from when a letter left, and refusals are compared with when
/// the channel took others.
async fn past(tx: &mut Tx, (ahead, by): (DateTime<Utc>, Duration), now: DateTime<Utc>) -> Result<(), StoreError> {
    for statement in [
        "update notice set made_at = min($1, made_at - $2) where made_at > $3",
        "update outbox set not_before = min($1, not_before - $2) where state <> 'queued' and not_before > $3",
        "update outbox set refused_at = min($1, refused_at - $2) where refused_at > $3",
        "update channel_pause set since = min($1, since - $2) where since > $3",
        "update channel_pause set lifted_at = min($1, lifted_at - $2) where lifted_at > $3",
    ] {
        sql::ask(statement).bind(seconds(now)).bind(by.num_seconds()).bind(seconds(ahead)).run(tx).await?;
    }
    sql::ask("delete from last_refused").run(tx).await?;
    Ok(())
}

/// Messages counted in minutes that have not come count now: they have left, and would be in the way of others until then.
async fn counted(tx: &mut Tx, ahead: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (ahead, now) = (seconds(ahead).div_euclid(60), seconds(now).div_euclid(60));
    let sums: Vec<(String, i64)> =
        sql::ask("select channel, sum(messages) from begun where minute > $1 group by channel")
            .bind(ahead)
            .all(&mut *tx)
            .await?;
    sql::ask("delete from begun where minute > $1").bind(ahead).run(tx).await?;
    for (channel, messages) in sums {
        limits::add(tx, &channel, messages, now).await?;
    }
    Ok(())
}
