//! What the outbox holds, for people.
//!
//! In: which letters. Out: where each stands and how it came there. Can't happen: an address or text in a list (they are
//! shown for one notice, on purpose).

use chrono::{DateTime, Utc};

use super::State;
use crate::config::{ChannelName, Form};
use crate::notice::Purpose;
use crate::store::{Store, StoreError, instant};

/// Which letters are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Those of one number.
    pub number: Option<i64>,
    /// Those of one notice.
    pub notice: Option<&'a str>,
    /// Those of one episode.
    pub episode: Option<&'a str>,
    /// Those in one state.
    pub state: Option<State>,
    /// Those of one channel.
    pub channel: Option<ChannelName>,
}

/// A letter.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its number.
    pub number: i64,
    /// Its key.
    pub key: String,
    /// Its notice.
    pub notice: String,
    /// Its episode.
    pub episode: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Name of the recipient.
    pub name: String,
    /// Form.
    pub form: Form,
    /// Channel.
    pub channel: ChannelName,
    /// Where it goes: personal data.
    pub address: String,
    /// Subject, for mail.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Where it stands.
    pub state: State,
    /// How often it was begun.
    pub attempt: i64,
    /// From when it may be sent.
    pub not_before: DateTime<Utc>,
    /// From when it would be useless.
    pub expires_at: DateTime<Utc>,
    /// When it entered its state.
    pub since: DateTime<Utc>,
    /// Why: what the far side said last.
    pub said: String,
}

/// A step of a letter.
#[derive(Debug, Clone)]
pub struct Passed {
    /// When.
    pub at: DateTime<Utc>,
    /// Into which state.
    pub state: State,
    /// In which attempt.
    pub attempt: i64,
    /// Why: the far side's words, or the program's.
    pub reason: String,
    /// What the far side calls it.
    pub provider: String,
}

impl Store {
    /// The letters that are wanted, the newest first, `limit` at most.
    pub async fn letters(&self, wanted: &Wanted<'_>, limit: u32) -> Result<Vec<Listed>, StoreError> {
        type Texts = (String, String, String, String, String, String, String, String, String, String);
        type Numbers = (i64, i64, i64, i64);
        let rows = sqlx::query(
            "select o.notice, n.episode, o.purpose, n.name, o.form, o.channel, o.address, w.subject, w.body, o.state,
                 o.id, o.attempt, o.not_before, o.expires_at, t.at, t.reason, o.key
             from outbox o join notice n on n.key = o.notice join letter_text w on w.outbox = o.id
                 join transition t on t.outbox = o.id
                     and t.number = (select max(number) from transition where outbox = o.id)
             where (?1 is null or o.id = ?1) and (?2 is null or o.notice = ?2) and (?3 is null or n.episode = ?3)
                 and (?4 is null or o.state = ?4) and (?5 is null or o.channel = ?5)
             order by o.id desc limit ?6",
        )
        .bind(wanted.number)
        .bind(wanted.notice)
        .bind(wanted.episode)
        .bind(wanted.state.map(State::word))
        .bind(wanted.channel.map(ChannelName::name))
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        let mut letters = Vec::with_capacity(rows.len());
        for row in rows {
            use sqlx::Row as _;
            let t: Texts = (
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                row.try_get(3)?,
                row.try_get(4)?,
                row.try_get(5)?,
                row.try_get(6)?,
                row.try_get(7)?,
                row.try_get(8)?,
                row.try_get(9)?,
            );
            let (number, attempt, not_before, expires_at): Numbers =
                (row.try_get(10)?, row.try_get(11)?, row.try_get(12)?, row.try_get(13)?);
            let (since, said, key): (i64, String, String) = (row.try_get(14)?, row.try_get(15)?, row.try_get(16)?);
            let corrupt = |what, value: &str| StoreError::Corrupt { what, of: t.0.clone(), value: value.to_owned() };
            letters.push(Listed {
                number,
                purpose: Purpose::named(&t.2).ok_or_else(|| corrupt("purpose", &t.2))?,
                form: Form::named(&t.4).ok_or_else(|| corrupt("form", &t.4))?,
                channel: ChannelName::named(&t.5).ok_or_else(|| corrupt("channel", &t.5))?,
                state: State::named(&t.9).ok_or_else(|| corrupt("state", &t.9))?,
                not_before: instant(not_before, &t.0)?,
                expires_at: instant(expires_at, &t.0)?,
                since: instant(since, &t.0)?,
                attempt,
                said,
                key,
                notice: t.0,
                episode: t.1,
                name: t.3,
                address: t.6,
                subject: t.7,
                body: t.8,
            });
        }
        Ok(letters)
    }

    /// The number of the letter with a key.
    pub async fn letter_with(&self, key: &str) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar("select id from outbox where key = ?").bind(key).fetch_optional(self.pool()).await?)
    }

    /// How a letter came to where it stands, oldest first.
    pub async fn passed(&self, number: i64) -> Result<Vec<Passed>, StoreError> {
        let rows: Vec<(i64, String, i64, String, String)> = sqlx::query_as(
            "select t.at, t.state, t.attempt, t.reason, coalesce(r.provider_id, '')
             from transition t left join receipt r
                 on r.outbox = t.outbox and r.attempt = t.attempt and r.state = t.state
             where t.outbox = ? order by t.number",
        )
        .bind(number)
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(at, state, attempt, reason, provider)| {
                let named = State::named(&state);
                let corrupt = || StoreError::Corrupt { what: "state", of: number.to_string(), value: state.clone() };
                let state = named.ok_or_else(corrupt)?;
                Ok(Passed { at: instant(at, "transition")?, state, attempt, reason, provider })
            })
            .collect()
    }
}
