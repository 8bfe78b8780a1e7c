//! Refusals that are not about the letter that met them.
//!
//! In: what became of letters, in their order. Out: the same, where those that were refused because of who sends wait
//! again; whether the channel is to pause. Can't happen: letters burnt one after another by a far side that refuses
//! their sender; a letter that alone is refused keeping a channel closed that takes the others.

use chrono::{DateTime, Duration, Utc};

use super::lease::Step;
use super::pause::PROGRAM;
use super::{Held, State, enter, merge};
use crate::channel::Words;
use crate::channel::email::refusal::compared;
use crate::config::ChannelName;
use crate::store::{StoreError, Tx, seconds};

/// How long a letter that was refused because of who sends stands behind the others: longer than the pause, so that
/// another one is tried after it and none can keep the channel closed by itself.
const BEHIND: Duration = Duration::minutes(40);

/// What a refusal leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Whether it is about the letter or about the sender: its words don't tell.
    Untold,
    /// It is about the sender, unless the others pass.
    Sender {
        /// Where the letter stands, and from when it is tried again, where it is about this one after all.
        alone: (State, DateTime<Utc>),
    },
}

impl Doubt {
    /// How often others must have passed between two refusals of a letter until it is about that one: what its words don't
    /// say takes less than what they do.
    const fn rounds(self) -> i64 {
        match self {
            Self::Untold => 1,
            Self::Sender { .. } => 2,
        }
    }
}

/// Decides what refusals are about, and changes the steps accordingly; gives the far side's words where they are about
/// the sender.
pub(super) async fn weigh(
    tx: &mut Tx,
    channel: ChannelName,
    steps: &mut [Step],
    now: DateTime<Utc>,
) -> Result<Option<Words>, StoreError> {
    if steps.iter().all(|step| step.doubt.is_none() && !passed(step)) {
        return Ok(None);
    }
    let mut last = last_of(tx, channel).await?;
    let (before, mut about_sender) = (last.clone(), None);
    for at in 0..steps.len() {
        let step = &steps[at];
        if passed(step) {
            last = None;
        }
        let Some(doubt) = step.doubt.filter(|_| !step.carried) else { continue };
        if alone(tx, channel, step.id).await? >= doubt.rounds() {
            // The others pass: it is about this one after all.
            if let Doubt::Sender { alone: (state, next) } = doubt {
                settle(steps, at, (state, next), state != State::Failed);
            }
            continue;
        }
        let words = compared(&step.words.said);
        let again = last.as_ref().filter(|(other, said)| *other != step.id && *said == words).map(|(other, _)| *other);
        if doubt == Doubt::Untold && again.is_none() {
            last = Some((step.id, words));
            continue;
        }
        about_sender = Some(step.words.clone());
        if let Some(other) = again {
            bring_back(tx, other, now).await?;
        }
        refuse(tx, step.id, now).await?;
        settle(steps, at, (State::Queued, now + BEHIND), false);
        last = None;
    }
    if last != before {
        keep_last(tx, channel, last.as_ref()).await?;
    }
    Ok(about_sender)
}

const fn passed(step: &Step) -> bool {
    matches!(step.state, State::Accepted | State::Delivered)
}

/// Changes a step and those of the letters that its message carried: they stand right before it.
fn settle(steps: &mut [Step], at: usize, (state, next): (State, DateTime<Utc>), counts: bool) {
    let (before, this) = steps.split_at_mut(at);
    let with = before.iter_mut().rev().take_while(|step| step.carried);
    for step in with.chain(this.first_mut()) {
        (step.state, step.next, step.counts) = (state, next, counts);
    }
}

/// How often a letter was refused because of who sends although the channel had taken others since the time before; this
/// time counted.
async fn alone(tx: &mut Tx, channel: ChannelName, letter: i64) -> Result<i64, StoreError> {
    let times: Option<i64> = sqlx::query_scalar(
        "update outbox set refused_alone = refused_alone + 1
         where id = ?1 and exists (select 1 from channel_pause p where p.channel = ?2 and p.slow = 1
             and p.lifted_by = ?3 and p.lifted_at >= outbox.refused_at) returning refused_alone",
    )
    .bind(letter)
    .bind(channel.name())
    .bind(PROGRAM)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(times.unwrap_or(0))
}

async fn refuse(tx: &mut Tx, letter: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update outbox set refused_at = ? where id = ?")
        .bind(seconds(now))
        .bind(letter)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The letter that was refused first waits again, with those in its message, unless another way has been taken for it.
async fn bring_back(tx: &mut Tx, letter: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let attempt: Option<i64> = sqlx::query_scalar(
        "select o.attempt from outbox o where o.id = ?1 and o.state = 'failed'
             and not exists (select 1 from outbox later where later.notice = o.notice and later.id > o.id)",
    )
    .bind(letter)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(attempt) = attempt else { return Ok(()) };
    for id in merge::message(tx, letter, attempt).await? {
        let seen = Held { id, attempt, state: State::Failed };
        enter(tx, seen, State::Queued, "refused like the next one: not because of this letter", now).await?;
        refuse(tx, id, now).await?;
        sqlx::query("update outbox set not_before = ? where id = ?")
            .bind(seconds(now + BEHIND))
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn last_of(tx: &mut Tx, channel: ChannelName) -> Result<Option<(i64, String)>, StoreError> {
    Ok(sqlx::query_as("select outbox, words from last_refused where channel = ?")
        .bind(channel.name())
        .fetch_optional(&mut **tx)
        .await?)
}

async fn keep_last(tx: &mut Tx, channel: ChannelName, last: Option<&(i64, String)>) -> Result<(), StoreError> {
    match last {
        Some((letter, words)) => {
            sqlx::query("insert or replace into last_refused (channel, outbox, words) values (?, ?, ?)")
                .bind(channel.name())
                .bind(letter)
                .bind(words)
                .execute(&mut **tx)
                .await?
        }
        None => {
            sqlx::query("delete from last_refused where channel = ?").bind(channel.name()).execute(&mut **tx).await?
        }
    };
    Ok(())
}
