//! Notices that ask for an answer, the answers, and what was done where none came.
//!
//! In: answers, steps. Out: what is asked and what was answered. Can't happen: an answer or a step twice; a
//! reminder that still waits after the answer (one transaction).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, revision_number, seconds};
use crate::sql;
use cuofeng_base::word::Mode;
use cuofeng_notice::Audience;
use cuofeng_rules::acknowledgement::{Answer, Said};
use cuofeng_rules::escalation::Rung;

/// A told notice that asks for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its key.
    pub notice: String,
    /// The episode.
    pub episode: String,
    /// The revision.
    pub revision: u32,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// When it was sent, or may be from.
    pub asked_at: DateTime<Utc>,
    /// Hours within which an answer is asked for.
    pub ask_hours: u32,
    /// The end of what it speaks of.
    pub until: DateTime<Utc>,
    /// Whether its episode is still open.
    pub open: bool,
    /// The mode of its episode.
    pub mode: Mode,
    /// Whether nobody knows that it has arrived: of its letters none was taken over, and of some the fate is unknown.
    pub unproved: bool,
}

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// By the letter's own page.
    Link,
    /// By a reply.
    Reply,
    /// Written down by a member of staff.
    Staff,
}

impl Via {
    const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reply => "reply",
            Self::Staff => "staff",
        }
    }
}

/// Keeps an answer, unless the same is the recipient's last word on this notice already; its reminders that still wait
/// are taken back. Says whether it was new.
pub async fn keep(
    tx: &mut Tx,
    notice: &str,
    said: &Said,
    (via, by): (Via, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "insert into answer (notice, at, said, reason, via, by) select $1, $2, $3, $4, $5, $6
         where not exists (select 1 from answer last
             where last.id = (select max(id) from answer where notice = $1) and last.said = $3 and last.reason = $4)",
    )
    .bind(notice)
    .bind(seconds(now))
    .bind(said.word())
    .bind(said.reason())
    .bind(via.word())
    .bind(by)
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Notes a step; false where it was taken before.
pub async fn step(tx: &mut Tx, notice: &str, rung: Rung, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done =
        sql::ask("insert into escalation (notice, rung, at, reason) values ($1, $2, $3, $4) on conflict do nothing")
            .bind(notice)
            .bind(rung.word())
            .bind(seconds(now))
            .bind(reason)
            .run(tx)
            .await?;
    Ok(done > 0)
}

/// How many answers a recipient has given in an episode, as this transaction sees it.
pub async fn count(tx: &mut Tx, asked: &Asked) -> Result<i64, StoreError> {
    Ok(sql::ask(
        "select count(*) from answer a join notice n on n.key = a.notice
         where n.episode = $1 and n.audience = $2 and n.recipient = $3",
    )
    .bind(&asked.episode)
    .bind(asked.audience.word())
    .bind(&asked.recipient)
    .one(&mut *tx)
    .await?)
}

sql::row! {
    struct AskedRow {
        key: String,
        episode: String,
        revision: i64,
        audience: String,
        recipient: String,
        name: String,
        ask_hours: i64,
        expires_at: i64,
        not_before: i64,
        state: String,
        mode: String,
        unproved: bool,
    }
}

sql::row! {
    struct AnswersRow {
        revision: i64,
        said: String,
        reason: String,
        at: i64,
    }
}

sql::row! {
    struct LastAnswersRow {
        notice: String,
        said: String,
        reason: String,
        at: i64,
    }
}

impl Store {
    /// Every told notice that asks for an answer and speaks of what ends after an instant, oldest first.
    pub async fn asked(&self, after: DateTime<Utc>) -> Result<Vec<Asked>, StoreError> {
        let rows: Vec<AskedRow> = sql::ask(
            "select n.key, n.episode, n.revision, n.audience, n.recipient, n.name, n.ask_hours, n.expires_at,
                    min(o.not_before) as not_before, e.state, e.mode,
                    max(case when o.state in ('accepted', 'delivered') then 2 when o.state = 'unknown' then 1 else 0 end) = 1 as unproved from notice n join outbox o on o.notice = n.key join episode e on e.id = n.episode
             where n.ask_hours is not null and n.about is null and n.expires_at > $1
             group by n.key, n.episode, n.revision, n.audience, n.recipient, n.name, n.ask_hours, n.expires_at,
                 n.made_at, e.state, e.mode
             order by n.made_at, n.key",
        )
        .bind(seconds(after))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(
                |AskedRow {
                     key: notice,
                     episode,
                     revision,
                     audience,
                     recipient,
                     name,
                     ask_hours: hours,
                     expires_at: until,
                     not_before: from,
                     state,
                     mode,
                     unproved,
                 }| {
                    let corrupt = |what, value: String| StoreError::Corrupt { what, of: notice.clone(), value };
                    let mode = Mode::named(&mode).ok_or_else(|| corrupt("mode", mode.clone()))?;
                    Ok(Asked {
                        revision: revision_number(revision, &notice)?,
                        audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", audience.clone()))?,
                        ask_hours: u32::try_from(hours).map_err(|_| corrupt("ask_hours", hours.to_string()))?,
                        asked_at: instant(from, &notice)?,
                        until: instant(until, &notice)?,
                        open: state == "open",
                        notice,
                        episode,
                        recipient,
                        name,
                        mode,
                        unproved,
                    })
                },
            )
            .collect()
    }

    /// What a recipient has answered in an episode, in the order in which it came.
    pub async fn answers(&self, asked: &Asked) -> Result<Vec<Answer>, StoreError> {
        let rows: Vec<AnswersRow> = sql::ask(
            "select n.revision, a.said, a.reason, a.at from answer a join notice n on n.key = a.notice
             where n.episode = $1 and n.audience = $2 and n.recipient = $3 order by a.id",
        )
        .bind(&asked.episode)
        .bind(asked.audience.word())
        .bind(&asked.recipient)
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|AnswersRow { revision, said, reason, at }| {
                let corrupt = |what, value: String| StoreError::Corrupt { what, of: asked.notice.clone(), value };
                Ok(Answer {
                    revision: revision_number(revision, &asked.notice)?,
                    said: Said::named(&said, &reason).ok_or_else(|| corrupt("answer", said.clone()))?,
                    at: instant(at, &asked.notice)?,
                })
            })
            .collect()
    }

    /// The last answers to notices, by their keys; those that have none are left out.
    pub async fn last_answers(&self, notices: &[&str]) -> Result<BTreeMap<String, (Said, DateTime<Utc>)>, StoreError> {
        let rows: Vec<LastAnswersRow> = sql::ask(
            "select a.notice, a.said, a.reason, a.at from answer a
             where a.id in (select max(id) from answer where notice in (select value from json_each($1)) group by notice)",
        )
        .bind(serde_json::json!(notices).to_string())
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|LastAnswersRow { notice, said, reason, at }| {
                let named = Said::named(&said, &reason);
                let corrupt = || StoreError::Corrupt { what: "answer", of: notice.clone(), value: said.clone() };
                let answer = (named.ok_or_else(corrupt)?, instant(at, &notice)?);
                Ok((notice, answer))
            })
            .collect()
    }

    /// The revisions of an episode of which a recipient was reminded.
    pub async fn reminded(&self, asked: &Asked) -> Result<Vec<u32>, StoreError> {
        let rows: Vec<i64> = sql::ask(
            "select distinct n.revision from escalation e join notice n on n.key = e.notice
             where n.episode = $1 and n.audience = $2 and n.recipient = $3",
        )
        .bind(&asked.episode)
        .bind(asked.audience.word())
        .bind(&asked.recipient)
        .all(self.pool())
        .await?;
        rows.into_iter().map(|number| revision_number(number, &asked.notice)).collect()
    }

    /// Steps taken for a notice.
    pub async fn steps(&self, notice: &str) -> Result<Vec<(Rung, DateTime<Utc>)>, StoreError> {
        let rows: Vec<(String, i64)> = sql::ask("select rung, at from escalation where notice = $1 order by at, rung")
            .bind(notice)
            .all(self.pool())
            .await?;
        rows.into_iter()
            .map(|(rung, at)| {
                let named = Rung::named(&rung);
                let corrupt = || StoreError::Corrupt { what: "rung", of: notice.to_owned(), value: rung.clone() };
                Ok((named.ok_or_else(corrupt)?, instant(at, notice)?))
            })
            .collect()
    }

    /// Reminders and changes made for an address between two instants, those left out that were taken back or came too
    /// late to be sent.
    pub async fn disturbed(
        &self,
        address: &str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<u32, StoreError> {
        let count: i64 = sql::ask(
            "select count(distinct n.key) from notice n join outbox o on o.notice = n.key
             where o.address = $1 and n.purpose in ('update', 'reminder') and n.made_at >= $2 and n.made_at < $3
                 and o.state <> 'expired'",
        )
        .bind(address)
        .bind(seconds(from))
        .bind(seconds(to))
        .one(self.pool())
        .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
