//! The record of runs in the database.
//!
//! In: decisions, and how runs went. Out: which runs are to be made now; what was made. Can't happen: half a look on
//! record (one transaction); one due time with two rows (the key).

use chrono::{DateTime, Utc};

use super::{Decision, Open, Reason, Record, Stretch, Success, settle};
use crate::config::Plan;
use cuofeng_base::time::Zone;
use cuofeng_base::words;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, StoreError, Tx, instant, seconds};

words! {
    /// How far a run has come.
    pub enum State {
        /// To be made now.
        Due = "due" as "schedule.due",
        /// Being made.
        Running = "running" as "schedule.running",
        /// Went well.
        Done = "done" as "schedule.done",
        /// Did not go well.
        Failed = "failed" as "schedule.failed",
        /// Not made.
        Skipped = "skipped" as "schedule.skipped",
    }
}

/// A stored state.
fn read_state(word: &str, job: &str) -> Result<State, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "run.state", of: job.to_owned(), value: word.to_owned() };
    State::named(word).ok_or_else(corrupt)
}

/// One row of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// How far it has come.
    pub state: State,
    /// When it ended, or was skipped.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it was skipped or failed; nothing was said where it went well.
    pub reason: Option<Reason>,
}

/// Decides on a job's due times up to `now` and records it. Gives those that are to be run, oldest first.
pub async fn settle_job(
    store: &Store,
    plan: &Plan,
    zone: &Zone,
    now: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let job = plan.job.name();
    let mut tx = store.begin().await?;
    let record = load(&mut tx, job).await?;
    let settled = settle(plan, zone, &record, now);
    let mut to_run = Vec::new();
    for decision in &settled.decisions {
        match decision {
            Decision::Run(due_at) => {
                if enter(&mut tx, job, *due_at, State::Due, "", now).await? {
                    to_run.push(*due_at);
                }
            }
            Decision::Skip(due_at, reason) => {
                enter(&mut tx, job, *due_at, State::Skipped, &reason.stored(), now).await?;
                if let Reason::Stopped(since) = reason {
                    let detail = format!("{} – {}", zone.rfc3339(*since), zone.rfc3339(*due_at));
                    ledger::write(&mut tx, &Actor::Program, Event::ScheduleStopped, job, &detail, now).await?;
                }
            }
            Decision::Fail(due_at, reason) => {
                enter(&mut tx, job, *due_at, State::Failed, &reason.stored(), now).await?;
            }
        }
    }
    sqlx::query("delete from run_settled where job = ?").bind(job).execute(&mut *tx).await?;
    for stretch in &settled.settled {
        sqlx::query("insert into run_settled (job, since, until) values (?, ?, ?)")
            .bind(job)
            .bind(seconds(stretch.since))
            .bind(seconds(stretch.until))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(to_run)
}

async fn load(tx: &mut Tx, job: &str) -> Result<Record, StoreError> {
    let stretches: Vec<(i64, i64)> =
        sqlx::query_as("select since, until from run_settled where job = ? order by since")
            .bind(job)
            .fetch_all(&mut **tx)
            .await?;
    let open: Vec<(i64, String)> =
        sqlx::query_as("select due_at, state from run where job = ? and state in ('due', 'running') order by due_at")
            .bind(job)
            .fetch_all(&mut **tx)
            .await?;
    let mut record = Record::default();
    for (since, until) in stretches {
        record.settled.push(Stretch { since: instant(since, "run_settled")?, until: instant(until, "run_settled")? });
    }
    for (due_at, state) in open {
        record.open.push(Open { due_at: instant(due_at, "run")?, begun: read_state(&state, job)? == State::Running });
    }
    Ok(record)
}

/// Moves a row that has not ended, or makes it. False where the due time has ended already: it is not touched again.
async fn enter(
    tx: &mut Tx,
    job: &str,
    due_at: DateTime<Utc>,
    state: State,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into run (job, due_at, state, started_at, finished_at, reason)
         values (?1, ?2, ?3, ?5, case when ?3 in ('due', 'running') then null else ?5 end, ?4)
         on conflict (job, due_at) do update set state = ?3, reason = ?4, finished_at = excluded.finished_at,
             started_at = case when ?3 in ('due', 'running') then ?5 else started_at end
         where state in ('due', 'running')",
    )
    .bind(job)
    .bind(seconds(due_at))
    .bind(state.word())
    .bind(reason)
    .bind(seconds(now))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Claims one due time of a job. False where it has been run or skipped already.
pub async fn claim(store: &Store, job: &str, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let claimed = enter(&mut tx, job, due_at, State::Running, "", now).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Records how a claimed run ended.
pub async fn finish(
    store: &Store,
    job: &str,
    due_at: DateTime<Utc>,
    error: Option<&Reason>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (state, reason) = error.map_or((State::Done, String::new()), |reason| (State::Failed, reason.stored()));
    let mut tx = store.begin().await?;
    enter(&mut tx, job, due_at, state, &reason, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Runs of a job that are on record for times that have not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The job.
    pub job: String,
    /// How many.
    pub count: i64,
    /// The first of them.
    pub from: DateTime<Utc>,
    /// The last.
    pub to: DateTime<Utc>,
}

/// The latest time up to which any job was looked after, where that has not come by more than a run may be late: then the
/// clock was ahead.
pub async fn ahead(store: &Store, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let until: Option<i64> = sqlx::query_scalar("select max(until) from run_settled").fetch_one(store.pool()).await?;
    let until = until.map(|at| instant(at, "run_settled")).transpose()?;
    Ok(until.filter(|until| *until > now + super::ON_TIME))
}

/// Takes what is recorded of times after an instant out of the record: they come, and are looked after then. Gives what it
/// was.
pub async fn undo_after(tx: &mut Tx, to: DateTime<Utc>) -> Result<Vec<Undone>, StoreError> {
    let to = seconds(to);
    let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "select job, count(*), min(due_at), max(due_at) from run where due_at > ? group by job order by job",
    )
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    for statement in [
        "delete from run where due_at > ?",
        "delete from run_settled where since >= ?",
        "update run_settled set until = ?1 where until > ?1",
    ] {
        sqlx::query(statement).bind(to).execute(&mut **tx).await?;
    }
    let read = |(job, count, from, to): (String, i64, i64, i64)| {
        Ok(Undone { job, count, from: instant(from, "run")?, to: instant(to, "run")? })
    };
    rows.into_iter().map(read).collect()
}

/// The latest runs of a job, newest first.
pub async fn latest(store: &Store, job: &str, count: u32) -> Result<Vec<Run>, StoreError> {
    let rows: Vec<(i64, String, Option<i64>, String)> =
        sqlx::query_as("select due_at, state, finished_at, reason from run where job = ? order by due_at desc limit ?")
            .bind(job)
            .bind(count)
            .fetch_all(store.pool())
            .await?;
    let read = |(due_at, state, finished_at, reason): (i64, String, Option<i64>, String)| {
        Ok(Run {
            due_at: instant(due_at, "run")?,
            state: read_state(&state, job)?,
            finished_at: finished_at.map(|at| instant(at, "run")).transpose()?,
            reason: (!reason.is_empty()).then(|| Reason::read(&reason)),
        })
    };
    rows.into_iter().map(read).collect()
}

/// What is on record of a job's success up to `now`: a clock that was wrong once may have left later entries.
pub async fn success(store: &Store, job: &str, now: DateTime<Utc>) -> Result<Success, StoreError> {
    let (done, skipped): (Option<i64>, Option<i64>) = sqlx::query_as(
        "select max(due_at) filter (where state = 'done'), max(due_at) filter (where state = 'skipped')
         from run where job = ? and due_at <= ?",
    )
    .bind(job)
    .bind(seconds(now))
    .fetch_one(store.pool())
    .await?;
    let read = |at: Option<i64>| at.map(|at| instant(at, "run")).transpose();
    Ok(Success { done: read(done)?, skipped: read(skipped)? })
}

/// Whether the last run of any job up to `now` came to nothing.
pub async fn failing(store: &Store, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let failing: i64 = sqlx::query_scalar(
        "select count(*) from run where state = 'failed' and due_at <= ?1 and not exists (
             select 1 from run later where later.job = run.job and later.due_at > run.due_at
                 and later.due_at <= ?1 and later.state = 'done')",
    )
    .bind(seconds(now))
    .fetch_one(store.pool())
    .await?;
    Ok(failing > 0)
}
