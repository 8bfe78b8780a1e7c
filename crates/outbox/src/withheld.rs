//! Letters that the program withholds while the database does not know all that has left.
//!
//! In: why the program holds everything. Out: every letter that is not final listed as unknown with the reason, those of
//! before and those written meanwhile. Can't happen: one of them that leaves by itself afterwards; a far side asked about
//! one and the letter sent again on its word; another way taken for it; the word to duty staff that everything is held
//! withheld itself.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::State;
use super::route::Done;
use super::step::note_all;
use cuofeng_notice::alarm::Trouble;
use cuofeng_sql as sql;
use cuofeng_store::held::{PROGRAM, Why};
use cuofeng_store::{Store, StoreError, Tx, seconds};

/// Begins the hold, and lists every letter that is not final as unknown; gives how many those are. A person's hold that
/// stands is taken over; of two reasons of the program's the later one stands.
///
/// The ledger is the caller's to write.
pub async fn begin(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    sql::ask("update hold set lifted_at = $1, lifted_by = $2 where lifted_at is null")
        .bind(seconds(now))
        .bind(PROGRAM)
        .run(tx)
        .await?;
    // What it was told about an earlier one is not told of this.
    sql::ask("update episode set state = 'expired' where kind = $1 and state = 'open'")
        .bind(Trouble::Held.kind())
        .run(tx)
        .await?;
    sql::ask("insert into hold (since, by, reason, why) values ($1, $2, '', $3)")
        .bind(seconds(now))
        .bind(PROGRAM)
        .bind(why.word())
        .run(tx)
        .await?;
    list(tx, why, now).await
}

/// Letters in these states become unknown: the states of one index alone, whatever has left.
macro_rules! open_to_unknown {
    ($states:literal) => {
        concat!(
            "update outbox set state = 'unknown', lease = '', ask_at = null where ",
            $states,
            " and not exists (select 1 from notice n cross join episode e on e.id = n.episode
                 where n.key = outbox.notice and e.kind = $1 and e.state = 'open') returning id"
        )
    };
}

/// Every letter that is open.
pub const OPEN: [&str; 2] = [open_to_unknown!("state = 'queued'"), open_to_unknown!("state in ('leased', 'sending')")];

/// Lists every letter that is not final as unknown, but the word to duty staff that everything is held; gives how many.
/// What the far side has accepted stays so.
pub async fn list(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut letters: Vec<i64> = Vec::new();
    for statement in OPEN {
        let listed: Vec<i64> = sql::ask(statement).bind(Trouble::Held.kind()).all(&mut *tx).await?;
        letters.extend(listed);
    }
    note_all(tx, &json!(letters).to_string(), State::Unknown, why.noted(), now).await?;
    // What was unknown before may have been settled since, in the part that is missing: nobody is asked about it.
    sql::ask("update outbox set ask_at = null where state = 'unknown' and ask_at is not null").run(tx).await?;
    sql::ask("update track set settled = $1, settled_at = $2 where settled is null")
        .bind(Done::Held.word())
        .bind(seconds(now))
        .run(tx)
        .await?;
    Ok(letters.len())
}

/// Leaves everything that is open to the site that this one is a copy of: its letters of unknown fate, its drafts and its
/// episodes are none of this one's, which decides everything anew.
pub async fn leave_to_the_original(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
    let letters: Vec<i64> =
        sql::ask("update outbox set state = 'expired', ask_at = null where state = 'unknown' returning id")
            .all(&mut *tx)
            .await?;
    note_all(tx, &json!(letters).to_string(), State::Expired, "the original site's to send", now).await?;
    sql::ask(
        "insert into release (episode, number, outcome, at, by, reason)
         select r.episode, r.number, 'dropped', $1, $2, '' from revision r
         where r.waits = 1 and not exists (select 1 from release d where d.episode = r.episode and d.number = r.number)",
    )
    .bind(seconds(now))
    .bind(PROGRAM)
    .run(tx)
    .await?;
    sql::ask("update episode set state = 'expired' where state = 'open' and kind <> $1")
        .bind(Trouble::Held.kind())
        .run(tx)
        .await?;
    sql::ask("update outbox set ask_at = null where ask_at is not null").run(tx).await?;
    sql::ask("update hold set judged_at = null where lifted_at is null").run(tx).await?;
    Ok(())
}

/// Whether the word to duty staff that everything is held is due and has not left.
pub async fn held_alarm_waits(store: &Store, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(sql::ask(
        "select exists (select 1 from hold where lifted_at is null and why <> '')
             and exists (select 1 from outbox o join notice n on n.key = o.notice join episode e on e.id = n.episode
                 where e.kind = $1 and o.state = 'queued' and o.not_before <= $2)",
    )
    .bind(Trouble::Held.kind())
    .bind(seconds(now))
    .one(store.pool())
    .await?)
}
