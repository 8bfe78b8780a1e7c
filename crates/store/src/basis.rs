//! Which versions of forecasts each decision rested on.
//!
//! In: a revision and the numbers of the versions behind its periods. Out: what was decided with a version; whether what a
//! revision rested on is in force no longer ([`Store::revisions`] says so of each). Can't happen: a revision that counts as
//! unfounded after it was decided on again.

use chrono::{DateTime, Utc};

use super::drafts::{Outcome, read_outcome};
use super::revisions::read_act;
use super::{Store, StoreError, Tx, instant, revision_number, seconds};
use crate::sql;
use cuofeng_rules::warning::Act;

/// A decision that rested on a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The episode.
    pub episode: String,
    /// The revision's number.
    pub number: u32,
    /// What was decided.
    pub action: Act,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether recipients were told, or a draft waits for release; neither of one that was turned down.
    pub told: Told,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Recipients were told.
    Yes,
    /// It waits for a release.
    Waits,
    /// It was never told.
    Never,
}

/// Keeps what a revision rests on.
pub async fn keep(tx: &mut Tx, episode: &str, number: u32, runs: &[i64]) -> Result<(), StoreError> {
    if runs.is_empty() {
        return Ok(());
    }
    let runs = serde_json::to_string(runs).unwrap_or_default();
    for text in [
        "update basis set anew_at = null where episode = $1 and number = $2 and run in (select value from json_each($3))",
        "insert into basis (episode, number, run) select $1, $2, value from json_each($3) where true on conflict do nothing",
    ] {
        sql::ask(text).bind(episode).bind(i64::from(number)).bind(&runs).run(tx).await?;
    }
    Ok(())
}

/// Notes that what was last told of an episode was decided on again, and rests on these versions from now on.
pub async fn found(tx: &mut Tx, episode: &str, runs: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
    let last: Option<i64> = sql::ask(
        "select max(r.number) from revision r left join release d on d.episode = r.episode and d.number = r.number
         where r.episode = $1 and (r.waits = 0 or d.outcome = 'released')",
    )
    .bind(episode)
    .one(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(()) };
    sql::ask("update basis set anew_at = $1 where episode = $2 and number = $3 and anew_at is null")
        .bind(seconds(now))
        .bind(episode)
        .bind(last)
        .run(tx)
        .await?;
    keep(tx, episode, revision_number(last, episode)?, runs).await
}

sql::row! {
    struct DecidedWithRow {
        episode: String,
        number: i64,
        action: String,
        decided_at: i64,
        waits: i64,
        outcome: Option<String>,
    }
}

impl Store {
    /// What was decided with any of these versions, oldest first.
    pub async fn decided_with(&self, runs: &[i64]) -> Result<Vec<Decided>, StoreError> {
        let rows: Vec<DecidedWithRow> = sql::ask(
            "select r.episode, r.number, r.action, r.decided_at, r.waits, d.outcome
             from revision r left join release d on d.episode = r.episode and d.number = r.number
             where exists (select 1 from basis b join json_each($1) j on j.value = b.run
                 where b.episode = r.episode and b.number = r.number)
             order by r.decided_at, r.episode, r.number",
        )
        .bind(serde_json::to_string(runs).unwrap_or_default())
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|DecidedWithRow { episode, number, action, decided_at: at, waits, outcome }| {
                let told = match read_outcome(outcome.as_deref(), &episode)? {
                    _ if waits == 0 => Told::Yes,
                    Some(Outcome::Released) => Told::Yes,
                    None => Told::Waits,
                    Some(_) => Told::Never,
                };
                let (number, at) = (revision_number(number, &episode)?, instant(at, &episode)?);
                let action = read_act(&action, &episode)?;
                Ok(Decided { episode, number, action, at, told })
            })
            .collect()
    }
}
