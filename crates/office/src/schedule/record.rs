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
use cuofeng_store::{Store, StoreError, Tx, instant, runs};

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
                if runs::enter(&mut tx, job, *due_at, (State::Due.word(), ""), now).await? {
                    to_run.push(*due_at);
                }
            }
            Decision::Skip(due_at, reason) => {
                runs::enter(&mut tx, job, *due_at, (State::Skipped.word(), &reason.stored()), now).await?;
                if let Reason::Stopped(since) = reason {
                    let detail = format!("{} – {}", zone.rfc3339(*since), zone.rfc3339(*due_at));
                    ledger::write(&mut tx, &Actor::Program, Event::ScheduleStopped, job, &detail, now).await?;
                }
            }
            Decision::Fail(due_at, reason) => {
                runs::enter(&mut tx, job, *due_at, (State::Failed.word(), &reason.stored()), now).await?;
            }
        }
    }
    runs::settle(&mut tx, job, settled.settled.iter().map(|stretch| (stretch.since, stretch.until))).await?;
    tx.commit().await?;
    Ok(to_run)
}

async fn load(tx: &mut Tx, job: &str) -> Result<Record, StoreError> {
    let mut record = Record::default();
    for runs::Settled { since, until } in runs::settled(tx, job).await? {
        record.settled.push(Stretch { since: instant(since, "run_settled")?, until: instant(until, "run_settled")? });
    }
    for runs::Open { due_at, state } in runs::open(tx, job).await? {
        record.open.push(Open { due_at: instant(due_at, "run")?, begun: read_state(&state, job)? == State::Running });
    }
    Ok(record)
}

/// Claims one due time of a job. False where it has been run or skipped already.
pub async fn claim(store: &Store, job: &str, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let claimed = runs::enter(&mut tx, job, due_at, (State::Running.word(), ""), now).await?;
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
    runs::enter(&mut tx, job, due_at, (state.word(), &reason), now).await?;
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
    let until = store.runs_settled_until().await?.map(|at| instant(at, "run_settled")).transpose()?;
    Ok(until.filter(|until| *until > now + super::ON_TIME))
}

/// Takes what is recorded of times after an instant out of the record: they come, and are looked after then. Gives what it
/// was.
pub async fn undo_after(tx: &mut Tx, to: DateTime<Utc>) -> Result<Vec<Undone>, StoreError> {
    let read = |after: runs::After| {
        Ok(Undone {
            job: after.job,
            count: after.count,
            from: instant(after.first, "run")?,
            to: instant(after.last, "run")?,
        })
    };
    runs::undo_after(tx, to).await?.into_iter().map(read).collect()
}

/// The latest runs of a job, newest first.
pub async fn latest(store: &Store, job: &str, count: u32) -> Result<Vec<Run>, StoreError> {
    let read = |runs::Run { due_at, state, finished_at, reason }: runs::Run| {
        Ok(Run {
            due_at: instant(due_at, "run")?,
            state: read_state(&state, job)?,
            finished_at: finished_at.map(|at| instant(at, "run")).transpose()?,
            reason: (!reason.is_empty()).then(|| Reason::read(&reason)),
        })
    };
    store.latest_runs(job, count).await?.into_iter().map(read).collect()
}

/// What is on record of a job's success up to `now`: a clock that was wrong once may have left later entries.
pub async fn success(store: &Store, job: &str, now: DateTime<Utc>) -> Result<Success, StoreError> {
    let runs::Latest { done, skipped } = store.last_success(job, now).await?;
    let read = |at: Option<i64>| at.map(|at| instant(at, "run")).transpose();
    Ok(Success { done: read(done)?, skipped: read(skipped)? })
}

/// Whether the last run of any job up to `now` came to nothing.
pub async fn failing(store: &Store, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(store.failing_runs(now).await? > 0)
}
