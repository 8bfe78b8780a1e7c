//! What became of letters that nobody heard the end of.
//!
//! In: letters that a crash or a lost answer left, and those that the far side took over. Out: what the far side says
//! when it is asked; where it can't be asked, the same letter again if the site allows it, else a person's word.
//! Can't happen: a second copy that nobody asked for.

use chrono::{DateTime, Duration, Utc};

use super::drained::Channels;
use super::pause::{self, PROGRAM};
use super::retry::again;
use super::step::note_all;
use super::{Held, State, enter, merge};
use cuofeng_base::caught;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_channel::{Answer, Letter, Outcome, Words, said};
use cuofeng_sql as sql;
use cuofeng_store::receipt;
use cuofeng_store::{Store, StoreError, placed, seconds};

/// How many letters are asked about in one drain.
const ASKED: i64 = 50;

/// How often the far side is asked about one letter: for some nine hours with the pauses of a retry.
const QUESTIONS: i64 = 14;

/// Settles what a crash left: leased letters were not sent; of sending ones that is known only where the channel is
/// idempotent.
pub async fn rescue(store: &Store, channels: &Channels, now: DateTime<Utc>) -> Result<usize, StoreError> {
    release(store, channels, None, now).await
}

/// The same for letters whose holder in this process has gone: their lease ran out.
pub(super) async fn run_out(store: &Store, channels: &Channels, now: DateTime<Utc>) -> Result<usize, StoreError> {
    release(store, channels, Some(now), now).await
}

async fn release(
    store: &Store,
    channels: &Channels,
    run_out_by: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let limit = run_out_by.map_or(i64::MAX, seconds);
    let any: bool =
        sql::ask("select exists (select 1 from outbox where state in ('leased', 'sending') and leased_until <= $1)")
            .bind(limit)
            .one(store.pool())
            .await?;
    if !any {
        return Ok(0);
    }
    let idempotent: Vec<&str> = channels.iter().filter(|(_, c)| c.idempotent()).map(|(name, _)| name.name()).collect();
    let idempotent = serde_json::json!(idempotent).to_string();
    let why = if run_out_by.is_some() { "the lease ran out" } else { "the program ended" };
    let mut tx = store.begin().await?;
    let back: Vec<i64> = sql::ask(
        "update outbox set state = 'queued', lease = ''
         where state in ('leased', 'sending') and leased_until <= $1
             and (state = 'leased' or channel in (select value from json_each($2))) returning id",
    )
    .bind(limit)
    .bind(&idempotent)
    .all(&mut tx)
    .await?;
    let unknown: Vec<i64> = sql::ask(
        "update outbox set state = 'unknown', ask_at = case when carried_by is null then $2 end
         where state in ('leased', 'sending') and +state = 'sending' and leased_until <= $1 returning id",
    )
    .bind(limit)
    .bind(seconds(now))
    .all(&mut tx)
    .await?;
    note_all(&mut tx, &serde_json::json!(back).to_string(), State::Queued, why, now).await?;
    let why = format!("{why} while sending");
    note_all(&mut tx, &serde_json::json!(unknown).to_string(), State::Unknown, &why, now).await?;
    tx.commit().await?;
    Ok(back.len() + unknown.len())
}

/// Pauses the channels of letters that the site no longer has: the letters wait, and staff are told.
pub(super) async fn pause_absent(store: &Store, channels: &Channels, now: DateTime<Utc>) -> Result<(), StoreError> {
    // What people pass on needs no channel of the program's.
    let absent = ChannelName::ALL
        .into_iter()
        .filter(|name| *name != ChannelName::ByHand && !channels.contains_key(name))
        .map(ChannelName::name);
    let names: Vec<String> = sql::ask(
        "select value from json_each($1)
         where exists (select 1 from outbox o where o.state = 'queued' and o.channel = value)",
    )
    .bind(serde_json::json!(absent.collect::<Vec<_>>()).to_string())
    .all(store.pool())
    .await?;
    for channel in names.iter().filter_map(|name| ChannelName::named(name)) {
        let mut tx = store.begin().await?;
        pause::begin(&mut tx, channel, (PROGRAM, said::NO_CHANNEL), now).await?;
        tx.commit().await?;
    }
    Ok(())
}

sql::row! {
    struct AskRow {
        id: i64,
        state: String,
        attempt: i64,
        channel: String,
        key: String,
        form: String,
        name: String,
        address: String,
        subject: String,
        body: String,
        places: String,
        asked: i64,
        provider: String,
        sent: i64,
        site: String,
    }
}

/// Asks the far sides what became of letters that are due to be asked about.
pub(super) async fn ask(store: &Store, channels: &Channels, now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows: Vec<AskRow> = sql::ask(
        "select o.id, o.state, o.attempt, o.channel, o.key, o.form, n.name, o.address,
             coalesce(m.subject, w.subject) as subject, coalesce(m.body, w.body) as body,
             coalesce(m.places, w.places) as places, o.asked,
             coalesce((select provider_id from receipt where outbox = o.id and attempt = o.attempt and provider_id <> ''
                       order by attempt desc limit 1), '') as provider,
             coalesce((select max(at) from transition where outbox = o.id and state = 'sending'), $1) as sent,
             (select identity from episode where id = n.episode) as site from outbox o cross join notice n on n.key = o.notice cross join letter_text w on w.outbox = o.id
             left join merged_text m on m.outbox = o.id and m.attempt = o.attempt
         where o.ask_at is not null and o.ask_at <= $1 order by o.ask_at, o.id limit $2",
    )
    .bind(seconds(now))
    .bind(ASKED)
    .all(store.pool())
    .await?;
    for row in rows {
        let AskRow {
            id,
            state,
            attempt,
            channel,
            key,
            form,
            name,
            address,
            subject,
            body,
            places,
            asked,
            provider,
            sent,
            site,
        } = row;
        let Some((channel, form)) = ChannelName::named(&channel).zip(Form::named(&form)) else { continue };
        let Some(way) = channels.get(&channel) else { continue };
        // The date is when it was sent: far sides keep their records by day.
        let date = DateTime::from_timestamp(sent, 0).unwrap_or(now);
        // Of a message that carried several, the others' codes are not known here; nobody is asked by them.
        let words = placed(body, &places, &key)?;
        let with = merge::codes(&words, &[(id, &key)]);
        let body = words.text().to_owned();
        let (number, after, enclosures, playing) = (id, Vec::new(), std::sync::Arc::default(), None);
        let letter =
            Letter { number, key, site, form, name, address, subject, body, with, after, enclosures, date, playing };
        let asking = caught::future(async { way.ask(&letter, &provider).await }).await;
        let answer = asking.unwrap_or_else(|words| {
            tracing::error!(key = letter.key, words, "the program failed while it asked what became of a letter");
            Answer::Later(Words::said(words))
        });
        let unknown = state == State::Unknown.word();
        match answer {
            Answer::Knows(outcome) => known(store, id, (attempt, unknown), outcome, now).await?,
            Answer::Later(_) if asked < QUESTIONS => {
                let next = again(&letter.key, asked + 1, now);
                let mut tx = store.begin().await?;
                sql::ask("update outbox set ask_at = $1, asked = asked + 1 where id = $2")
                    .bind(seconds(next))
                    .bind(id)
                    .run(&mut tx)
                    .await?;
                tx.commit().await?;
            }
            Answer::Later(_) => forget(store, id).await?,
            Answer::CannotAsk if unknown && way.resends_unknown() && asked == 0 => {
                let mut tx = store.begin().await?;
                for id in merge::message(&mut tx, id, attempt).await? {
                    let seen = Held { id, attempt, state: State::Unknown };
                    enter(&mut tx, seen, State::Queued, "may have been lost; sent once more as the site allows", now)
                        .await?;
                    sql::ask("update outbox set asked = 1 where id = $1").bind(id).run(&mut tx).await?;
                }
                tx.commit().await?;
            }
            Answer::CannotAsk if unknown => forget(store, id).await?,
            Answer::CannotAsk => {
                // A far side that can't be asked about this letter can't be asked about any that it accepted.
                let mut tx = store.begin().await?;
                sql::ask(
                    "update outbox set ask_at = null where channel = $1 and state = 'accepted' and ask_at is not null",
                )
                .bind(channel.name())
                .run(&mut tx)
                .await?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// Asks no more.
async fn forget(store: &Store, id: i64) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    sql::ask("update outbox set ask_at = null where id = $1").bind(id).run(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Writes down what the far side knows of a letter.
async fn known(
    store: &Store,
    id: i64,
    (attempt, unknown): (i64, bool),
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (state, words) = match outcome {
        Outcome::Delivered(words) => (State::Delivered, words),
        Outcome::Accepted(words) => (State::Accepted, words),
        Outcome::Permanent(words) | Outcome::Refused(words) => (State::Failed, words),
        Outcome::Transient(words) | Outcome::Sender { words, .. } if unknown => (State::Queued, words),
        // Of an accepted letter this says nothing new.
        Outcome::Transient(_)
        | Outcome::Waits(_)
        | Outcome::Sender { .. }
        | Outcome::Closed(_)
        | Outcome::Unknown(_)
        | Outcome::Fault(_) => return forget(store, id).await,
    };
    report(store, id, attempt, state, &words, now).await
}

/// Writes a report of the far side about a letter that it accepted, or may have taken, for all that were in its message.
/// One about a letter that has reached its end already changes nothing.
pub async fn report(
    store: &Store,
    id: i64,
    attempt: i64,
    state: State,
    words: &Words,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for of in merge::message(&mut tx, id, attempt).await? {
        receipt::keep(&mut tx, of, attempt, state.word(), words, now).await?;
        for seen in [State::Accepted, State::Unknown] {
            let held = Held { id: of, attempt, state: seen };
            let moved = seen != state && enter(&mut tx, held, state, &words.said, now).await?;
            if moved && state == State::Accepted {
                let next = seconds(now + Duration::minutes(5));
                sql::ask("update outbox set ask_at = $1 where id = $2 and carried_by is null")
                    .bind(next)
                    .bind(of)
                    .run(&mut tx)
                    .await?;
            }
            if moved {
                break;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Notes that a letter which the far side took over is late there, and still tried; once for the same words.
pub async fn delayed(store: &Store, id: i64, attempt: i64, said: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for of in merge::message(&mut tx, id, attempt).await? {
        let last: Option<(String, String)> =
            sql::ask("select state, reason from transition where outbox = $1 order by number desc limit 1")
                .bind(of)
                .maybe(&mut tx)
                .await?;
        if last.is_some_and(|(state, reason)| state == State::Accepted.word() && reason != said) {
            super::say_again(&mut tx, Held { id: of, attempt, state: State::Accepted }, said, now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// How many letters wait for a person to say what became of them.
pub async fn unsettled(store: &Store) -> Result<i64, StoreError> {
    Ok(sql::ask(
        "select count(*) from outbox o where o.state = 'unknown' and o.ask_at is null and not exists
             (select 1 from outbox c where c.id = o.carried_by and c.state = 'unknown')",
    )
    .one(store.pool())
    .await?)
}
