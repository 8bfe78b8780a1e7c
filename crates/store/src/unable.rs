//! Answers that say that something can't be done, until a member of staff has decided on each.
//!
//! In: a decision. Out: the answers that wait for one. Can't happen: two decisions on one answer; an answer listed that
//! its sender has taken back by another.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_base::word::Mode;

/// An answer that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unable {
    /// Its number.
    pub number: i64,
    /// The notice that it answers.
    pub notice: String,
    /// The episode.
    pub episode: String,
    /// The enterprise's identifier.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// Why it can't, in its own words.
    pub reason: String,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The mode of its episode.
    pub mode: Mode,
}

/// Keeps a decision; says whether there was none before.
pub async fn decide(
    tx: &mut Tx,
    answer: i64,
    granted: bool,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "insert into unable (answer, granted, at, by, reason) values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(answer)
    .bind(granted)
    .bind(seconds(now))
    .bind(by)
    .bind(reason)
    .run(tx)
    .await?;
    Ok(done > 0)
}

sql::row! {
    struct UnableDecidedRow {
        granted: bool,
        by: String,
        at: i64,
    }
}

sql::row! {
    struct UnablesRow {
        id: i64,
        notice: String,
        episode: String,
        recipient: String,
        name: String,
        reason: String,
        at: i64,
        mode: String,
    }
}

impl Store {
    /// Who decided on an answer: whether it was granted, by whom and when; nothing where nobody has.
    pub async fn unable_decided(&self, answer: i64) -> Result<Option<(bool, String, DateTime<Utc>)>, StoreError> {
        let row: Option<UnableDecidedRow> =
            sql::ask("select granted, by, at from unable where answer = $1").bind(answer).maybe(self.pool()).await?;
        row.map(|UnableDecidedRow { granted, by, at }| Ok((granted, by, instant(at, "unable")?))).transpose()
    }

    /// Enterprises' answers that wait for a decision, oldest first: each the latest that the enterprise has given in an
    /// open episode whose told end has not come.
    pub async fn unables(&self, now: DateTime<Utc>) -> Result<Vec<Unable>, StoreError> {
        let rows: Vec<UnablesRow> = sql::ask(
            "select a.id, a.notice, n.episode, n.recipient, n.name, a.reason, a.at, e.mode
             from answer a cross join notice n on n.key = a.notice cross join episode e on e.id = n.episode
             where a.said = 'unable' and n.audience = 'enterprise' and n.expires_at > $1 and e.state = 'open'
                 and not exists (select 1 from unable u where u.answer = a.id)
                 and not exists (select 1 from answer b join notice m on m.key = b.notice
                     where m.episode = n.episode and m.audience = 'enterprise' and m.recipient = n.recipient
                         and b.id > a.id)
             order by a.id",
        )
        .bind(seconds(now))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|UnablesRow { id: number, notice, episode, recipient: enterprise, name, reason, at, mode }| {
                let named = Mode::named(&mode);
                let corrupt = || StoreError::Corrupt { what: "mode", of: episode.clone(), value: mode.clone() };
                let (at, mode) = (instant(at, &notice)?, named.ok_or_else(corrupt)?);
                Ok(Unable { number, notice, episode, enterprise, name, reason, at, mode })
            })
            .collect()
    }
}
