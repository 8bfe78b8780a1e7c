//! The outbox: every letter that must leave, until it has.
//!
//! ```text
//! queued → leased → sending → accepted → delivered      queued → expired
//!    ↑        |        |  |         └──→ failed          unknown → what the far side says when asked,
//!    |        |        |  └──→ failed | dead | unknown             or a person
//!    └────────┴────────┘ transient, channel closed, lease run out
//! ```
//! In: rendered notices. Out: rows, each with its state and how it came there. Can't happen: a second row for the same
//! notice, purpose, address and channel; a letter sent after its period; a blind resend of an unknown one.
#![forbid(unsafe_code)]

pub mod ahead;
pub mod drained;
pub mod lease;
pub mod list;
pub mod merge;
pub mod pause;
pub mod replaced;
pub mod route;
pub mod settle;
pub mod track;
pub mod tried;
pub mod unreached;
pub mod wake;
pub mod withheld;
pub mod worker;

mod lane;

mod limits;
mod of_use;
mod refused;
mod retry;
mod step;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::Digest;

use cuofeng_base::text::{Placed, hex, outside};
use cuofeng_base::word::{ChannelName, Form, Routes};
use cuofeng_channel::{Letter, said};
use cuofeng_notice::{Audience, Notice, Part, Purpose};
use cuofeng_sql as sql;
use cuofeng_store::drafts::Waiting;
pub use cuofeng_store::state::State;
use cuofeng_store::{Store, StoreError, Tx, seconds};

cuofeng_base::catalogue!(["outbox"], on[cuofeng_store]);

/// A row as the worker takes it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number of the row.
    pub id: i64,
    /// Number of this attempt, from 1; never used twice.
    pub attempt: i64,
    /// How often it was tried before and the channel called it transient.
    pub tries: i64,
    /// What is sent.
    pub letter: Letter,
    /// Its own words, and where its code belongs in them.
    pub words: Placed,
    /// The letters that go in its message.
    pub carries: Vec<merge::Carried>,
}

/// How many notices go into one statement.
const AT_ONCE: usize = 500;

/// Puts the parts of notices that are written into the outbox, in their order. An upgrade goes as early as a lift.
pub async fn enqueue(tx: &mut Tx, notices: &[Notice], ways: &Routes, now: DateTime<Utc>) -> Result<(), StoreError> {
    for some in notices.chunks(AT_ONCE) {
        let rows: Vec<Value> = some.iter().flat_map(|notice| parts(notice, ways, now)).collect();
        if rows.is_empty() {
            continue;
        }
        let (count, rows) = (rows.len(), Value::from(rows).to_string());
        let written = sql::ask(
            "insert into outbox
                (key, notice, purpose, form, channel, address, priority, state, not_before, expires_at, mode)
             select value ->> 'key', n.key, n.purpose, value ->> 'form', value ->> 'channel', value ->> 'address',
                 case when r.action = 'upgrade' then 0 else cast(value ->> 'priority' as bigint) end, 'queued', cast(value ->> 'not_before' as bigint),
                 cast(value ->> 'expires_at' as bigint), e.mode
             from json_each($1) j cross join notice n on n.key = value ->> 'notice'
                 cross join episode e on e.id = n.episode cross join revision r on r.episode = n.episode and r.number = n.revision
             order by j.key",
        )
        .bind(&rows)
        .run(tx)
        .await?;
        if usize::try_from(written) != Ok(count) {
            let of = some.first().map_or_else(String::new, |notice| notice.key.clone());
            return Err(StoreError::Corrupt { what: "notice", of, value: "not written before its letters".to_owned() });
        }
        sql::ask(
            "insert into letter_text (outbox, subject, body, places)
             select o.id, value ->> 'subject', value ->> 'body', value ->> 'places'
             from json_each($1) j cross join outbox o on o.key = value ->> 'key' order by j.key",
        )
        .bind(&rows)
        .run(tx)
        .await?;
        sql::ask(
            "insert into transition (outbox, number, at, state, attempt, reason) select o.id, 1, $2, 'queued', 0, ''
             from json_each($1) j cross join outbox o on o.key = value ->> 'key' order by j.key",
        )
        .bind(&rows)
        .bind(seconds(now))
        .run(tx)
        .await?;
        for notice in some {
            for part in notice.parts.iter().filter(|part| !part.by_hand) {
                track::open(tx, notice, part.form, ways).await?;
            }
        }
    }
    Ok(())
}

/// A notice's parts as rows.
fn parts(notice: &Notice, ways: &Routes, now: DateTime<Utc>) -> impl Iterator<Item = Value> {
    notice.parts.iter().map(move |part| {
        let channel = way(part, notice.audience, ways);
        json!({
            "key": letter_key(&notice.key, part.form, &part.address), "notice": notice.key,
            "form": part.form.name(), "channel": channel.name(), "address": part.address,
            "subject": part.subject, "body": part.body.text(), "places": part.body.stored(),
            "priority": notice.purpose.priority(),
            "not_before": seconds(notice.not_before.max(now)), "expires_at": seconds(notice.expires_at),
        })
    })
}

/// The channel of a part. What staff themselves are told is never passed on by hand: it would be they who pass it on.
fn way(part: &Part, audience: Audience, ways: &Routes) -> ChannelName {
    let routed = ways.first(part.form);
    match if part.by_hand { ChannelName::ByHand } else { routed } {
        ChannelName::ByHand if audience == Audience::Duty => ChannelName::Folder,
        channel => channel,
    }
}

/// A letter's key. The address is in it, so that a corrected contact makes a new letter, and can't be read from it.
fn letter_key(notice: &str, form: Form, address: &str) -> String {
    let mark = hex(&sha2::Sha256::digest(address.as_bytes())[..3]);
    format!("{notice}.{}.{mark}", form.name())
}

/// The same letter to another address, from an instant on: a new row beside the old one. What people were to pass on
/// goes by its form's own wire. None where that address has it already.
pub async fn readdress(
    tx: &mut Tx,
    number: i64,
    (address, routed, from): (&str, ChannelName, DateTime<Utc>),
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let (notice, form): (String, String) =
        sql::ask("select notice, form from outbox where id = $1").bind(number).one(&mut *tx).await?;
    let named = Form::named(&form);
    let form = named.ok_or_else(|| StoreError::Corrupt { what: "form", of: notice.clone(), value: form.clone() })?;
    let id: Option<i64> = sql::ask(
        "insert into outbox
            (key, notice, purpose, form, channel, address, priority, state, not_before, expires_at, mode)
         select $2, notice, purpose, form, case channel when 'by_hand' then $5 else channel end, $3, priority, 'queued', $4, expires_at, mode
         from outbox where id = $1 on conflict do nothing returning id",
    )
    .bind(number)
    .bind(letter_key(&notice, form, address))
    .bind(address)
    .bind(seconds(from.max(now)))
    .bind(routed.name())
    .maybe(&mut *tx)
    .await?;
    if let Some(id) = id {
        sql::ask(
            "insert into letter_text (outbox, subject, body, places)
             select $2, subject, body, places from letter_text where outbox = $1",
        )
        .bind(number)
        .bind(id)
        .run(tx)
        .await?;
        note(tx, id, State::Queued, 0, reason, now).await?;
    }
    Ok(id)
}

/// Takes back what still waits to ask for the release of a draft that has been settled.
pub async fn withdraw_asks(tx: &mut Tx, draft: &Waiting, now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows: Vec<(i64, i64)> = sql::ask(
        "select o.id, o.attempt from outbox o join notice n on n.key = o.notice
         where n.episode = $1 and n.revision = $2 and o.purpose = 'draft' and o.state = 'queued' order by o.id",
    )
    .bind(&draft.episode)
    .bind(i64::from(draft.number))
    .all(&mut *tx)
    .await?;
    for (id, attempt) in rows {
        let seen = Held { id, attempt, state: State::Queued };
        enter(tx, seen, State::Expired, said::SETTLED, now).await?;
    }
    Ok(())
}

/// A letter, and the state that it must be in to be moved.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Its number.
    pub id: i64,
    /// Its attempts so far.
    pub attempt: i64,
    /// The state it was seen in.
    pub state: State,
}

/// Moves a letter that no drain holds on, and notes why. Says whether it was still in the state it was seen in.
pub async fn enter(
    tx: &mut Tx,
    seen: Held,
    state: State,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "update outbox set state = $1, not_before = $2, tries = 0, lease = '', ask_at = null where id = $3 and state = $4",
    )
    .bind(state.word())
    .bind(seconds(now))
    .bind(seen.id)
    .bind(seen.state.word())
    .run(tx)
    .await?;
    if done == 0 {
        return Ok(false);
    }
    note(tx, seen.id, state, seen.attempt, reason, now).await?;
    Ok(true)
}

/// Notes a word of the far side that leaves a letter in the state in which it was seen.
pub async fn say_again(tx: &mut Tx, seen: Held, said: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    note(tx, seen.id, seen.state, seen.attempt, said, now).await
}

async fn note(
    tx: &mut Tx,
    id: i64,
    state: State,
    attempt: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::ask(
        "insert into transition (outbox, number, at, state, attempt, reason)
         values ($1, (select count(*) + 1 from transition where outbox = $2), $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(id)
    .bind(seconds(now))
    .bind(state.word())
    .bind(attempt)
    .bind(outside::line(reason))
    .run(tx)
    .await?;
    Ok(())
}

/// One line of the table that `once` and `demo` print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// When the notice was made, seconds since 1970.
    pub made_at: i64,
    /// Kind of the episode.
    pub kind: String,
    /// Rule of the episode.
    pub rule: String,
    /// Revision of the episode.
    pub revision: i64,
    /// Why it was sent.
    pub purpose: Purpose,
    /// To which class of recipients.
    pub audience: Audience,
    /// In which form.
    pub form: Form,
    /// By which channel.
    pub channel: ChannelName,
    /// Where the letters stand.
    pub state: State,
    /// How many letters.
    pub count: i64,
    /// The first recipient's name.
    pub first_name: String,
}

sql::row! {
    struct Counted {
        made_at: i64,
        kind: String,
        rule: String,
        revision: i64,
        purpose: String,
        audience: String,
        form: String,
        channel: String,
        state: String,
        count: i64,
        name: String,
    }
}

/// All letters, counted by notice, class of recipients, form, channel and state.
pub async fn tally(store: &Store) -> Result<Vec<Tally>, StoreError> {
    let rows: Vec<Counted> = sql::ask(
        "select m.made_at, e.kind, e.rule, g.revision, g.purpose, g.audience, g.form, g.channel, g.state, g.count, m.name
         from (select n.episode, n.revision, n.purpose, n.audience, o.form, o.channel, o.state, count(*) as count,
                   min(o.id) as first
               from outbox o join notice n on n.key = o.notice
               group by n.episode, n.revision, n.purpose, n.audience, o.form, o.channel, o.state) g
             join outbox p on p.id = g.first join notice m on m.key = p.notice join episode e on e.id = g.episode
         order by m.made_at, e.kind, g.revision, g.first",
    )
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|row| {
            let corrupt =
                |what, value: &str| StoreError::Corrupt { what, of: "outbox".to_owned(), value: value.to_owned() };
            Ok(Tally {
                made_at: row.made_at,
                rule: row.rule,
                revision: row.revision,
                purpose: Purpose::named(&row.purpose).ok_or_else(|| corrupt("purpose", &row.purpose))?,
                audience: Audience::named(&row.audience).ok_or_else(|| corrupt("audience", &row.audience))?,
                form: Form::named(&row.form).ok_or_else(|| corrupt("form", &row.form))?,
                channel: ChannelName::named(&row.channel).ok_or_else(|| corrupt("channel", &row.channel))?,
                state: State::named(&row.state).ok_or_else(|| corrupt("state", &row.state))?,
                kind: row.kind,
                count: row.count,
                first_name: row.name,
            })
        })
        .collect()
}
