//! Plans as they were told, and what people have said of processes.
//!
//! In: a revision's plan; a person's word. Out: the plan last told of an episode; the words in force. Can't happen: a
//! plan changed after it was written (the database refuses it).

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, revision_number, seconds};
use crate::sql;
use cuofeng_base::time::Period;
use cuofeng_plan::fair::Past;
use cuofeng_plan::{Plan, Said, Word};

/// A plan and the revision it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The episode.
    pub episode: String,
    /// Number of the revision.
    pub revision: u32,
    /// Whether recipients were told of it.
    pub told: bool,
    /// The plan.
    pub plan: Plan,
}

/// A word in force, and who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// What.
    pub word: Word,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Keeps the plan of a revision.
pub async fn keep(tx: &mut Tx, episode: &str, revision: u32, plan: &Plan) -> Result<(), StoreError> {
    sql::ask("insert into plan (episode, revision, plan) values ($1, $2, $3)")
        .bind(episode)
        .bind(i64::from(revision))
        .bind(plan.to_text())
        .run(tx)
        .await?;
    Ok(())
}

/// Notes what a person says of a process; `until` is when that ends by itself.
pub async fn say(
    tx: &mut Tx,
    word: &Word,
    (by, reason): (&str, &str),
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (said, period) = match &word.said {
        Said::Pin { period, on } => (if *on { "on" } else { "off" }, Some(*period)),
        Said::Cannot { .. } => ("cannot", None),
    };
    sql::ask(
        "insert into process_word (process, said, starts, ends, reason, by, at, until) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&word.process)
    .bind(said)
    .bind(period.map(|p| seconds(p.start)))
    .bind(period.map(|p| seconds(p.end)))
    .bind(reason)
    .bind(by)
    .bind(seconds(now))
    .bind(until.map(seconds))
    .run(tx)
    .await?;
    Ok(())
}

/// Takes back everything that was said of a process; how many words that were.
pub async fn release(tx: &mut Tx, process: &str, by: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = sql::ask(
        "update process_word set released_at = $1, released_by = $2 where process = $3 and released_at is null",
    )
    .bind(seconds(now))
    .bind(by)
    .bind(process)
    .run(tx)
    .await?;
    Ok(done)
}

sql::row! {
    struct PlansRow {
        revision: i64,
        plan: String,
        told: i64,
    }
}

sql::row! {
    struct SpokenRow {
        process: String,
        said: String,
        starts: Option<i64>,
        ends: Option<i64>,
        reason: String,
        by: String,
        at: i64,
    }
}

impl Store {
    /// The plans of an episode, oldest first, each with the hours of those who joined after it was told.
    pub async fn plans(&self, episode: &str) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<PlansRow> = sql::ask(
            "select p.revision, p.plan, r.waits = 0 or coalesce(d.outcome, '') = 'released' as told from plan p join revision r on r.episode = p.episode and r.number = p.revision
                 left join release d on d.episode = r.episode and d.number = r.number
             where p.episode = $1 order by p.revision",
        )
        .bind(episode)
        .all(self.pool())
        .await?;
        let joined = self.joined_plans(episode).await?;
        rows.into_iter()
            .map(|PlansRow { revision, plan: text, told }| {
                let corrupt = || StoreError::Corrupt { what: "plan", of: episode.to_owned(), value: text.clone() };
                let mut plan = Plan::from_text(&text).ok_or_else(corrupt)?;
                joined.iter().filter(|(of, _)| *of == revision).for_each(|(_, later)| plan.join(later));
                let revision = revision_number(revision, episode)?;
                Ok(Kept { episode: episode.to_owned(), revision, told: told != 0, plan })
            })
            .collect()
    }

    /// The plan last told of an episode.
    pub async fn told_plan(&self, episode: &str) -> Result<Option<Plan>, StoreError> {
        Ok(self.plans(episode).await?.into_iter().rfind(|kept| kept.told).map(|kept| kept.plan))
    }

    /// The plan last told of every other episode since an instant, and until when its hours were in force.
    pub async fn past_plans(
        &self,
        except: &str,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Past>, StoreError> {
        type Row = (String, String, Option<i64>);
        let rows: Vec<Row> = sql::ask(
            "with told as (
                 select r.episode, r.number, r.action, r.decided_at
                 from revision r left join release d on d.episode = r.episode and d.number = r.number
                 where r.episode <> $1 and r.decided_at >= $2 and (r.waits = 0 or d.outcome = 'released'))
             select p.episode, p.plan, (select min(e.decided_at) from told e
                 where e.episode = p.episode and e.number > p.revision and e.action in ('lift', 'cancel'))
             from plan p join (select t.episode, max(t.number) as number from told t
                 join plan k on k.episode = t.episode and k.revision = t.number group by t.episode) l
                 on l.episode = p.episode and l.number = p.revision
             order by p.episode",
        )
        .bind(except)
        .bind(seconds(since))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(episode, text, end)| {
                let corrupt = || StoreError::Corrupt { what: "plan", of: episode.clone(), value: text.clone() };
                let plan = Plan::from_text(&text).ok_or_else(corrupt)?;
                let until = end.map(|end| instant(end, &episode)).transpose()?.unwrap_or(now).min(now);
                Ok(Past { plan, until })
            })
            .collect()
    }

    /// The episode whose plan was kept last.
    pub async fn latest_planned(&self) -> Result<Option<String>, StoreError> {
        Ok(sql::ask(
            "select p.episode from plan p join revision r on r.episode = p.episode and r.number = p.revision
             where json_array_length(p.plan -> 'rows') > 0
             order by r.decided_at desc, p.episode, p.revision desc limit 1",
        )
        .maybe(self.pool())
        .await?)
    }

    /// What people have said of processes and not taken back; a pinned period that is past says nothing any more.
    pub async fn spoken(&self, now: DateTime<Utc>) -> Result<Vec<Spoken>, StoreError> {
        let rows: Vec<SpokenRow> = sql::ask(
            "select process, said, starts, ends, reason, by, at from process_word
             where released_at is null and coalesce(until, ends, $1 + 1) > $1 order by id",
        )
        .bind(seconds(now))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|SpokenRow { process, said, starts, ends, reason, by, at }| {
                let corrupt = || StoreError::Corrupt { what: "said", of: process.clone(), value: said.clone() };
                let said = match (said.as_str(), starts.zip(ends)) {
                    ("cannot", None) => Said::Cannot { reason: reason.clone() },
                    (word, Some((start, end))) => {
                        let period = Period::new(instant(start, &process)?, instant(end, &process)?);
                        Said::Pin { period: period.ok_or_else(corrupt)?, on: word == "on" }
                    }
                    _ => return Err(corrupt()),
                };
                let at = instant(at, &process)?;
                Ok(Spoken { word: Word { process, said }, by, reason, at })
            })
            .collect()
    }
}
