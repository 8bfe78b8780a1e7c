//! Which versions of forecasts each decision rested on.
//!
//! In: a revision and the numbers of the versions behind its periods. Out: what was decided with a version; whether what a
//! revision rested on is in force no longer ([`Store::revisions`] says so of each). Can't happen: a revision that counts as
//! unfounded after it was decided on again.

use chrono::{DateTime, Utc};

use super::drafts::{Outcome, read_outcome};
use super::episodes::read_act;
use super::{Store, StoreError, Tx, instant, revision_number, seconds};
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
    sqlx::query(
        "insert into basis (episode, number, run) select ?, ?, value from json_each(?)
         where true on conflict (episode, number, run) do update set anew_at = null",
    )
    .bind(episode)
    .bind(i64::from(number))
    .bind(serde_json::to_string(runs).unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that what was last told of an episode was decided on again, and rests on these versions from now on.
pub async fn found(tx: &mut Tx, episode: &str, runs: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
    let last: Option<i64> = sqlx::query_scalar(
        "select max(r.number) from revision r left join release d on d.episode = r.episode and d.number = r.number
         where r.episode = ? and (r.waits = 0 or d.outcome = 'released')",
    )
    .bind(episode)
    .fetch_one(&mut **tx)
    .await?;
    let Some(last) = last else { return Ok(()) };
    sqlx::query("update basis set anew_at = ? where episode = ? and number = ? and anew_at is null")
        .bind(seconds(now))
        .bind(episode)
        .bind(last)
        .execute(&mut **tx)
        .await?;
    keep(tx, episode, revision_number(last, episode)?, runs).await
}

impl Store {
    /// What was decided with any of these versions, oldest first.
    pub async fn decided_with(&self, runs: &[i64]) -> Result<Vec<Decided>, StoreError> {
        type Row = (String, i64, String, i64, i64, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "select r.episode, r.number, r.action, r.decided_at, r.waits, d.outcome
             from revision r left join release d on d.episode = r.episode and d.number = r.number
             where exists (select 1 from basis b join json_each(?) j on j.value = b.run
                 where b.episode = r.episode and b.number = r.number)
             order by r.decided_at, r.episode, r.number",
        )
        .bind(serde_json::to_string(runs).unwrap_or_default())
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(episode, number, action, at, waits, outcome)| {
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
