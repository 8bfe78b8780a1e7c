//! The record of runs: when each was due, and what became of it.
//!
//! In: jobs by their names, due times, words of states and reasons. Out: the same, for whoever decides what is run. Can't
//! happen: one due time with two rows (the key); a run that has ended written over.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, seconds, sql};

sql::row! {
    /// A stretch of time that is settled, in seconds since 1970.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Settled {
        /// Not inside.
        pub since: i64,
        /// Inside.
        pub until: i64,
    }

    /// A run that has not ended.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Open {
        /// When it was due, in seconds since 1970.
        pub due_at: i64,
        /// `due` or `running`.
        pub state: String,
    }

    /// A run.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Run {
        /// When it was due, in seconds since 1970.
        pub due_at: i64,
        /// `due`, `running`, `done`, `failed` or `skipped`.
        pub state: String,
        /// When it ended or was skipped, in seconds since 1970.
        pub finished_at: Option<i64>,
        /// Why, as stored; empty where nothing was said.
        pub reason: String,
    }

    /// Runs of a job that are on record for times after an instant.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct After {
        /// The job.
        pub job: String,
        /// How many.
        pub count: i64,
        /// The first, in seconds since 1970.
        pub first: i64,
        /// The last, in seconds since 1970.
        pub last: i64,
    }

    /// The last due times of a job that went well, and that were skipped, in seconds since 1970.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Latest {
        /// Went well.
        pub done: Option<i64>,
        /// Skipped.
        pub skipped: Option<i64>,
    }
}

/// Puts the stretches of a job that are settled in the place of those before.
pub async fn settle(
    tx: &mut Tx,
    job: &str,
    stretches: impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
) -> Result<(), StoreError> {
    sql::ask("delete from run_settled where job = $1").bind(job).run(tx).await?;
    for (since, until) in stretches {
        sql::ask("insert into run_settled (job, since, until) values ($1, $2, $3)")
            .bind(job)
            .bind(seconds(since))
            .bind(seconds(until))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The stretches of a job that are settled, oldest first.
pub async fn settled(tx: &mut Tx, job: &str) -> Result<Vec<Settled>, StoreError> {
    Ok(sql::ask("select since, until from run_settled where job = $1 order by since").bind(job).all(tx).await?)
}

/// The runs of a job that have not ended, oldest first.
pub async fn open(tx: &mut Tx, job: &str) -> Result<Vec<Open>, StoreError> {
    Ok(sql::ask("select due_at, state from run where job = $1 and state in ('due', 'running') order by due_at")
        .bind(job)
        .all(tx)
        .await?)
}

/// Moves a row that has not ended, or makes it. False where the due time has ended already: it is not touched again.
pub async fn enter(
    tx: &mut Tx,
    job: &str,
    due_at: DateTime<Utc>,
    (state, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let put = |text| sql::ask(text).bind(job).bind(seconds(due_at)).bind(state).bind(reason).bind(seconds(now));
    let moved = "update run set state = $3, reason = $4,
             finished_at = case when $3 in ('due', 'running') then null else $5 end,
             started_at = case when $3 in ('due', 'running') then $5 else started_at end
         where job = $1 and due_at = $2 and state in ('due', 'running')";
    if put(moved).run(tx).await? > 0 {
        return Ok(true);
    }
    let made = "insert into run (job, due_at, state, started_at, finished_at, reason)
         values ($1, $2, $3, $5, case when $3 in ('due', 'running') then null else $5 end, $4)
         on conflict (job, due_at) do nothing";
    Ok(put(made).run(tx).await? > 0)
}

/// Takes what is recorded of times after an instant out of the record. Gives which runs there were, by job.
pub async fn undo_after(tx: &mut Tx, to: DateTime<Utc>) -> Result<Vec<After>, StoreError> {
    let to = seconds(to);
    let after: Vec<After> = sql::ask(
        "select job, count(*) as count, min(due_at) as first, max(due_at) as last
         from run where due_at > $1 group by job order by job",
    )
    .bind(to)
    .all(&mut *tx)
    .await?;
    for text in [
        "delete from run where due_at > $1",
        "delete from run_settled where since >= $1",
        "update run_settled set until = $1 where until > $1",
    ] {
        sql::ask(text).bind(to).run(tx).await?;
    }
    Ok(after)
}

impl Store {
    /// The latest time up to which any job was looked after, in seconds since 1970.
    pub async fn runs_settled_until(&self) -> Result<Option<i64>, StoreError> {
        Ok(sql::ask("select max(until) from run_settled").one(self.pool()).await?)
    }

    /// The latest runs of a job, newest first.
    pub async fn latest_runs(&self, job: &str, count: u32) -> Result<Vec<Run>, StoreError> {
        Ok(sql::ask("select due_at, state, finished_at, reason from run where job = $1 order by due_at desc limit $2")
            .bind(job)
            .bind(count)
            .all(self.pool())
            .await?)
    }

    /// The last success and the last skipped run of a job up to `now`.
    pub async fn last_success(&self, job: &str, now: DateTime<Utc>) -> Result<Latest, StoreError> {
        Ok(sql::ask(
            "select max(due_at) filter (where state = 'done') as done,
                 max(due_at) filter (where state = 'skipped') as skipped
             from run where job = $1 and due_at <= $2",
        )
        .bind(job)
        .bind(seconds(now))
        .one(self.pool())
        .await?)
    }

    /// How many runs up to `now` failed with no later one of the job that went well.
    pub async fn failing_runs(&self, now: DateTime<Utc>) -> Result<i64, StoreError> {
        Ok(sql::ask(
            "select count(*) from run where state = 'failed' and due_at <= $1 and not exists (
                 select 1 from run later where later.job = run.job and later.due_at > run.due_at
                     and later.due_at <= $1 and later.state = 'done')",
        )
        .bind(seconds(now))
        .one(self.pool())
        .await?)
    }
}
