//! Refusals that are not about the letter that met them.
//!
//! In: what became of letters, in their order. Out: the same, where those that were refused because of who sends wait
//! again; whether the channel is to pause. Can't happen: letters burnt one after another by a far side that refuses
//! their sender, however many are under way at once; a recipient who alone refuses the office keeping a channel closed
//! that takes the others, or slowing them at every notice; a letter revived that says what is no longer so.

use chrono::{DateTime, Duration, Utc};

use super::pause::PROGRAM;
use super::step::{Doubt, Step};
use super::{Held, State, enter, merge, of_use};
use cuofeng_base::word::ChannelName;
use cuofeng_channel::email::refusal::compared;
use cuofeng_channel::{Words, said};
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, seconds};

/// How long a letter that was refused because of who sends stands behind the others: longer than the pause, so that
/// another one is tried after it and none can keep the channel closed by itself.
const BEHIND: Duration = Duration::minutes(40);

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

/// For how long the words of a refusal are compared with those of the next.
const COMPARED: Duration = Duration::hours(1);

/// For how long it counts that an address refused alone while the others took.
const KNOWN: Duration = Duration::days(30);

/// A letter that was refused in words that may be about the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Last {
    letter: i64,
    address: String,
    words: String,
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
    let mut last = last_of(tx, channel, now).await?;
    let (before, mut about_sender) = (last.clone(), None);
    for at in 0..steps.len() {
        let step = &steps[at];
        if passed(step) {
            last = None;
        }
        let Some(doubt) = step.doubt.filter(|_| !step.carried) else { continue };
        let (id, said) = (step.id, step.words.clone());
        if alone(tx, channel, id, now).await? >= doubt.rounds() {
            // The others pass: it is about this one after all.
            if let Doubt::Sender { alone: (state, next) } = doubt {
                settle(steps, at, (state, next), state != State::Failed);
            }
            continue;
        }
        let this = Last { letter: id, address: address(tx, id).await?, words: compared(&said.said) };
        // Two letters to one address say nothing about the sender.
        let again = last.as_ref().filter(|last| last.address != this.address && last.words == this.words);
        if doubt == Doubt::Untold && again.is_none() {
            last = Some(this);
            continue;
        }
        if let Some(other) = again {
            spare(tx, steps.get_mut(..at).unwrap_or_default(), other.letter, now).await?;
        }
        about_sender = Some(said);
        refuse(tx, id, now).await?;
        settle(steps, at, (State::Queued, now + BEHIND), false);
        last = Some(this);
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

/// How often letters to a letter's address were refused because of who sends although the channel had taken others since
/// the time before, and none to that address; this time counted. It is the address that refuses, whatever letter comes.
async fn alone(tx: &mut Tx, channel: ChannelName, letter: i64, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let theirs: Vec<i64> = sql::ask(
        "select o.id from outbox me cross join outbox o on o.address = me.address
         where me.id = $1 and o.channel = $2 and (o.id = me.id or o.refused_at > $3)
             and o.id > coalesce((select max(p.id) from outbox p
                 where p.address = me.address and p.channel = $2 and p.state in ('accepted', 'delivered')), 0)",
    )
    .bind(letter)
    .bind(channel.name())
    .bind(seconds(now - KNOWN))
    .all(&mut *tx)
    .await?;
    let theirs = serde_json::json!(theirs).to_string();
    sql::ask(
        "update outbox set refused_alone = refused_alone + 1
         where id = $1 and exists (select 1 from channel_pause p where p.channel = $2 and p.slow = 1
             and p.lifted_by = $3 and p.lifted_at >=
                 (select max(refused_at) from outbox where id in (select value from json_each($4))))",
    )
    .bind(letter)
    .bind(channel.name())
    .bind(PROGRAM)
    .bind(&theirs)
    .run(tx)
    .await?;
    let times: Option<i64> =
        sql::ask("select sum(refused_alone) from outbox where id in (select value from json_each($1))")
            .bind(&theirs)
            .one(&mut *tx)
            .await?;
    Ok(times.unwrap_or(0))
}

async fn address(tx: &mut Tx, letter: i64) -> Result<String, StoreError> {
    Ok(sql::ask("select address from outbox where id = $1").bind(letter).one(&mut *tx).await?)
}

async fn refuse(tx: &mut Tx, letter: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update outbox set refused_at = $1 where id = $2").bind(seconds(now)).bind(letter).run(tx).await?;
    Ok(())
}

/// The letter that was refused first waits again, with those in its message: where it came back in the same batch by
/// its step, else by its row, unless it has become useless or another way has been taken for it.
async fn spare(tx: &mut Tx, before: &mut [Step], letter: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(at) = before.iter().position(|step| step.id == letter) else {
        return bring_back(tx, letter, now).await;
    };
    if !of_use::among(tx, &[letter], now).await?.is_empty() {
        refuse(tx, letter, now).await?;
        settle(before, at, (State::Queued, now + BEHIND), false);
    }
    Ok(())
}

async fn bring_back(tx: &mut Tx, letter: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let attempt: Option<i64> =
        sql::ask("select attempt from outbox where id = $1 and state = 'failed'").bind(letter).maybe(&mut *tx).await?;
    let Some(attempt) = attempt else { return Ok(()) };
    let message = merge::message(tx, letter, attempt).await?;
    for (id, attempt) in of_use::among(tx, &message, now).await? {
        if went_on(tx, id).await? {
            continue;
        }
        let seen = Held { id, attempt, state: State::Failed };
        if !enter(tx, seen, State::Queued, said::SENDERS_CASE, now).await? {
            continue;
        }
        refuse(tx, id, now).await?;
        sql::ask("update outbox set not_before = $1 where id = $2")
            .bind(seconds(now + BEHIND))
            .bind(id)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Whether another way has been taken for a letter: a later one of its form, or by its recipient's order. A letter in
/// another form that was sent beside it is none.
async fn went_on(tx: &mut Tx, letter: i64) -> Result<bool, StoreError> {
    Ok(sql::ask(
        "select exists (select 1 from outbox o cross join outbox later on later.notice = o.notice and later.id > o.id
             where o.id = $1 and (later.form = o.form
                 or exists (select 1 from reserve r where r.notice = o.notice and r.form = o.form)
                     and exists (select 1 from reserve r where r.notice = o.notice and r.form = later.form)))",
    )
    .bind(letter)
    .one(&mut *tx)
    .await?)
}

sql::row! {
    struct LastOfRow {
        outbox: i64,
        address: String,
        words: String,
    }
}

/// The letter that was refused last, unless that is long ago.
async fn last_of(tx: &mut Tx, channel: ChannelName, now: DateTime<Utc>) -> Result<Option<Last>, StoreError> {
    let row: Option<LastOfRow> = sql::ask(
        "select l.outbox, o.address, l.words from last_refused l cross join outbox o on o.id = l.outbox
         where l.channel = $1 and (select max(t.at) from transition t where t.outbox = l.outbox) >= $2",
    )
    .bind(channel.name())
    .bind(seconds(now - COMPARED))
    .maybe(&mut *tx)
    .await?;
    Ok(row.map(|LastOfRow { outbox: letter, address, words }| Last { letter, address, words }))
}

async fn keep_last(tx: &mut Tx, channel: ChannelName, last: Option<&Last>) -> Result<(), StoreError> {
    match last {
        Some(last) => {
            let put = |text| sql::ask(text).bind(channel.name()).bind(last.letter).bind(&last.words);
            if put("update last_refused set outbox = $2, words = $3 where channel = $1").run(tx).await? == 0 {
                put("insert into last_refused (channel, outbox, words) values ($1, $2, $3)").run(tx).await?;
            }
        }
        None => {
            sql::ask("delete from last_refused where channel = $1").bind(channel.name()).run(tx).await?;
        }
    }
    Ok(())
}
