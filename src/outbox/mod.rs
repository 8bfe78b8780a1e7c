//! The outbox: every letter that must leave, until it has.
//!
//! ```text
//! queued → leased → sending → accepted | delivered | failed | unknown     queued → expired
//!    ↑________________| transient (again later), dead after the last attempt
//! ```
//! In: rendered notices. Out: rows, each with its state and how it came there. Can't happen: a second row for the same
//! notice, purpose, address and channel; a letter sent after its period; a blind resend of an unknown one.

pub mod worker;

use chrono::{DateTime, Utc};
use sha2::Digest;

use crate::channel::Letter;
use crate::config::{ChannelName, Config, Form};
use crate::notice::{Audience, Notice, Purpose};
use crate::store::drafts::Waiting;
use crate::store::{Store, StoreError, Tx, seconds};

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits; moved on by the worker.
    Queued,
    /// Taken by the worker, nothing sent yet; a crash puts it back.
    Leased,
    /// Committed just before the network call; a crash makes it unknown, or puts it back where the channel is
    /// idempotent.
    Sending,
    /// Taken over by the far side.
    Accepted,
    /// Reached its end.
    Delivered,
    /// Refused for good.
    Failed,
    /// Tried as often as allowed.
    Dead,
    /// May or may not have been taken; a person settles it.
    Unknown,
    /// Its period ended before it could be sent.
    Expired,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Leased,
        Self::Sending,
        Self::Accepted,
        Self::Delivered,
        Self::Failed,
        Self::Dead,
        Self::Unknown,
        Self::Expired,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// The state in a table.
    #[must_use]
    pub const fn message(self) -> crate::text::Message {
        crate::text::Message::new(match self {
            Self::Queued | Self::Leased | Self::Sending => "state.queued",
            Self::Accepted => "state.accepted",
            Self::Delivered => "state.delivered",
            Self::Failed => "state.failed",
            Self::Dead => "state.dead",
            Self::Unknown => "state.unknown",
            Self::Expired => "state.expired",
        })
    }
}

/// A row as the worker takes it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number of the row.
    pub id: i64,
    /// How often it was tried, this time included.
    pub attempt: i64,
    /// By which channel.
    pub channel: ChannelName,
    /// What is sent.
    pub letter: Letter,
}

/// Puts a notice's parts into the outbox.
pub async fn enqueue(tx: &mut Tx, notice: &Notice, config: &Config, now: DateTime<Utc>) -> Result<(), StoreError> {
    for part in &notice.parts {
        let channel = config.routes.get(&part.form).copied().unwrap_or(ChannelName::Folder);
        // The address is in the key, so that a corrected contact makes a new row, and can't be read from it.
        let digest = sha2::Sha256::digest(part.address.as_bytes());
        let mark = digest.iter().take(3).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let key = format!("{}.{}.{mark}", notice.key, part.form.name());
        let id: i64 = sqlx::query_scalar(
            "insert into outbox
                (key, notice, purpose, form, channel, address, subject, body, priority, state, not_before, expires_at, mode)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?10, ?11,
                     (select e.mode from notice n join episode e on e.id = n.episode where n.key = ?2)) returning id",
        )
        .bind(key)
        .bind(&notice.key)
        .bind(notice.purpose.word())
        .bind(part.form.name())
        .bind(channel.name())
        .bind(&part.address)
        .bind(&part.subject)
        .bind(&part.body)
        .bind(notice.purpose.priority())
        .bind(seconds(notice.not_before.max(now)))
        .bind(seconds(notice.expires_at))
        .fetch_one(&mut **tx)
        .await?;
        note(tx, id, State::Queued, 0, "", now).await?;
    }
    Ok(())
}

/// Takes back what still waits to ask for the release of a draft that has been settled.
pub async fn withdraw_asks(tx: &mut Tx, draft: &Waiting, now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "select o.id, o.attempt from outbox o join notice n on n.key = o.notice
         where n.episode = ? and n.revision = ? and o.purpose = 'draft' and o.state = 'queued' order by o.id",
    )
    .bind(&draft.episode)
    .bind(i64::from(draft.number))
    .fetch_all(&mut **tx)
    .await?;
    for (id, attempt) in rows {
        enter(tx, id, State::Expired, attempt, "the draft is settled", now, now).await?;
    }
    Ok(())
}

/// Moves a row on and notes why.
pub async fn enter(
    tx: &mut Tx,
    id: i64,
    state: State,
    attempt: i64,
    reason: &str,
    not_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("update outbox set state = ?, attempt = ?, not_before = ? where id = ?")
        .bind(state.word())
        .bind(attempt)
        .bind(seconds(not_before))
        .bind(id)
        .execute(&mut **tx)
        .await?;
    note(tx, id, state, attempt, reason, now).await
}

async fn note(
    tx: &mut Tx,
    id: i64,
    state: State,
    attempt: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into transition (outbox, number, at, state, attempt, reason)
         values (?, (select count(*) + 1 from transition where outbox = ?), ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(id)
    .bind(seconds(now))
    .bind(state.word())
    .bind(attempt)
    .bind(reason)
    .execute(&mut **tx)
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

impl Store {
    /// All letters, counted by notice, class of recipients, form, channel and state.
    pub async fn tally(&self) -> Result<Vec<Tally>, StoreError> {
        type Columns = (i64, String, String, i64, String, String, String, String, String, i64, String);
        let rows: Vec<Columns> = sqlx::query_as(
            "select n.made_at, e.kind, e.rule, n.revision, n.purpose, n.audience, o.form, o.channel, o.state,
                    count(*), min(printf('%012d|%s', o.id, n.name))
             from outbox o join notice n on n.key = o.notice join episode e on e.id = n.episode
             group by n.episode, n.revision, n.purpose, n.audience, o.form, o.channel, o.state
             order by n.made_at, e.kind, n.revision, min(o.id)",
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(made_at, kind, rule, revision, purpose, audience, form, channel, state, count, name)| {
                let corrupt =
                    |what, value: &str| StoreError::Corrupt { what, of: "outbox".to_owned(), value: value.to_owned() };
                Ok(Tally {
                    made_at,
                    rule,
                    revision,
                    purpose: Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?,
                    audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?,
                    form: Form::named(&form).ok_or_else(|| corrupt("form", &form))?,
                    channel: ChannelName::named(&channel).ok_or_else(|| corrupt("channel", &channel))?,
                    state: State::named(&state).ok_or_else(|| corrupt("state", &state))?,
                    kind,
                    count,
                    first_name: name.split_once('|').map_or("", |(_, n)| n).to_owned(),
                })
            })
            .collect()
    }
}
