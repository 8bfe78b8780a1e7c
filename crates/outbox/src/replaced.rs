//! Letters taken out of the queue before they were sent: those that a newer revision replaces, reminders that an answer
//! makes needless.
//!
//! In: an episode and its newest revision, or a notice. Out: the rows taken out. Can't happen: an older letter that still
//! waits (for quiet hours to end, for a channel, for a person to pass it on) going out after a newer one to the same
//! recipient was decided on; a reminder sent after the answer.

use chrono::{DateTime, Utc};

use serde_json::json;

use super::{Held, State, enter};
use cuofeng_channel::said;
use cuofeng_notice::{Audience, Notice};
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx};

/// Takes the queued letters and reminders that earlier revisions left for those whom this one tells out of the queue;
/// gives how many there were. What waits for others stands: a revision that does not tell them changes nothing for them.
/// Staff are told every step, in its order.
pub async fn withdraw(
    tx: &mut Tx,
    (episode, revision): (&str, u32),
    told: &[Notice],
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let told: Vec<String> = told.iter().map(|n| format!("{} {}", n.audience.word(), n.recipient)).collect();
    let rows: Vec<(i64, i64)> = sql::ask(
        "select o.id, o.attempt from outbox o join notice n on n.key = o.notice
             left join notice first on first.key = n.about
         where n.episode = $1 and n.revision < $2 and n.audience <> 'duty'
             and n.purpose in ('raise', 'update', 'reminder') and o.state = 'queued'
             and coalesce(first.audience, n.audience) || ' ' || coalesce(first.recipient, n.recipient)
                 in (select value from json_each($3))
         order by o.id",
    )
    .bind(episode)
    .bind(i64::from(revision))
    .bind(json!(told).to_string())
    .all(&mut *tx)
    .await?;
    take_out(tx, &rows, &said::replaced(revision), now).await
}

/// Takes the queued reminders of a notice out of the queue; gives how many there were.
pub async fn withdraw_reminders(tx: &mut Tx, notice: &str, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let rows: Vec<(i64, i64)> = sql::ask(
        "select o.id, o.attempt from outbox o join notice n on n.key = o.notice
         where n.about = $1 and o.state = 'queued' order by o.id",
    )
    .bind(notice)
    .all(&mut *tx)
    .await?;
    take_out(tx, &rows, said::ANSWERED, now).await
}

async fn take_out(tx: &mut Tx, rows: &[(i64, i64)], reason: &str, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut taken = 0;
    for (id, attempt) in rows {
        let seen = Held { id: *id, attempt: *attempt, state: State::Queued };
        taken += usize::from(enter(tx, seen, State::Expired, reason, now).await?);
    }
    Ok(taken)
}

/// Whether a recipient may know of an episode: a letter of it may have gone out, or they have answered one.
pub async fn reached(tx: &mut Tx, episode: &str, (audience, recipient): (Audience, &str)) -> Result<bool, StoreError> {
    Ok(sql::ask(
        "select exists (select 1 from notice n cross join outbox o on o.notice = n.key
                 where n.episode = $1 and n.audience = $2 and n.recipient = $3 and n.purpose <> 'draft'
                     and (o.state not in ('queued', 'expired', 'failed', 'dead')
                         -- One that may have arrived, and waited to be sent once more.
                         or o.state in ('queued', 'expired')
                             and exists (select 1 from transition t where t.outbox = o.id and t.state = 'unknown')))
             or exists (select 1 from notice n cross join answer a on a.notice = n.key
                 where n.episode = $1 and n.audience = $2 and n.recipient = $3)",
    )
    .bind(episode)
    .bind(audience.word())
    .bind(recipient)
    .one(&mut *tx)
    .await?)
}
