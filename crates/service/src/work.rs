//! What each job does, and how a run of it is made.
//!
//! In: a job and its due time. Out: a row that says how it went. Can't happen: a panic that ends more than its run; a
//! run without an end (it is ended at its deadline); a run made twice.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use cuofeng_app::App;
use cuofeng_app::AppError;
use cuofeng_app::Report;
use cuofeng_base::caught;
use cuofeng_base::word::Mode;
use cuofeng_office::clock::Clock;
use cuofeng_office::config::{Job, Plan};
use cuofeng_office::schedule::{Reason, record};
use cuofeng_store::{Store, StoreError, forecasts};

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The job.
    pub job: Job,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Why it came to nothing; none where it went well.
    pub error: Option<Reason>,
}

/// Does a job's work.
pub async fn work(app: &mut App, plan: &Plan, now: DateTime<Utc>, stop: &CancellationToken) -> Result<(), String> {
    let words = |error: AppError| error.to_string();
    match plan.job {
        Job::Pull => {
            let errors = app.pull(now).await.map_err(words)?.errors;
            let nothing = !errors.is_empty() && errors.len() >= app.site.config.feeds.len();
            if nothing { Err(errors.join("; ")) } else { Ok(()) }
        }
        Job::Evaluate => evaluate(app, now).await.map_err(words).map(|_| ()),
        Job::Remind => app.reminding().remind(now).await.map_err(words).map(|_| ()),
        Job::Report => app.reporting().report_day(now).await.map_err(words),
        Job::Deliver => deliver_within(app, limit(plan), now, stop).await.map_err(words),
        Job::Housekeeping => keep_house(app, now).await.map_err(words),
        Job::Backup => Err("backups are made beside the other jobs".to_owned()),
    }
}

/// Judges and decides, and sends nothing.
pub async fn evaluate(app: &mut App, now: DateTime<Utc>) -> Result<Report, AppError> {
    app.refresh().await?;
    let mut report = Report::default();
    let dry_run = app.mode == Mode::DryRun;
    app.deciding().decide_all(now, dry_run, &mut report).await?;
    if !dry_run {
        app.holding().judged(&report, now).await?;
    }
    Ok(report)
}

async fn deliver_within(
    app: &App,
    limit: Duration,
    now: DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<(), AppError> {
    let ends = stop.child_token();
    let mut sending = pin!(app.drain(now, &ends));
    let drained = tokio::select! {
        drained = &mut sending => drained?,
        () = tokio::time::sleep(limit) => {
            ends.cancel();
            sending.await?
        }
    };
    tracing::info!(sent = drained.sent, later = drained.later, trouble = drained.trouble, "delivered");
    Ok(())
}

/// Of days beyond the kept time only the first run of each feed stays; the database gives back what it freed.
async fn keep_house(app: &App, now: DateTime<Utc>) -> Result<(), AppError> {
    let config = &app.site.config;
    let before = now - chrono::Duration::days(i64::from(config.full_days));
    for feed in &config.feeds {
        let mut tx = app.store.begin().await?;
        let thinned = forecasts::thin(&mut tx, &feed.name, before, config.zone.offset_seconds()).await?;
        tx.commit().await?;
        tracing::info!(feed = feed.name, thinned, "old forecasts thinned");
    }
    app.tidy_sounds();
    Ok(app.store.tidy().await?)
}

/// Claims a due time, does the work and records how it went. None where the due time had been claimed before.
pub async fn attempt(
    store: &Store,
    clock: &Clock,
    plan: &Plan,
    due_at: DateTime<Utc>,
    work: impl Future<Output = Result<(), String>>,
) -> Result<Option<Finished>, StoreError> {
    let job = plan.job;
    if !record::claim(store, job.name(), due_at, clock.now()).await? {
        return Ok(None);
    }
    let error = match limited(plan, work).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(words))) => Some(Reason::Said(words)),
        Ok(Err(panic)) => Some(Reason::Said(format!("panic: {panic}"))),
        Err(_) => Some(Reason::Deadline(plan.deadline_minutes)),
    };
    let finished_at = clock.now();
    record::finish(store, job.name(), due_at, error.as_ref(), finished_at).await?;
    match &error {
        None => tracing::info!(job = job.name(), %due_at, "run done"),
        Some(reason) => tracing::error!(job = job.name(), %due_at, reason = reason.stored(), "run failed"),
    }
    Ok(Some(Finished { job, due_at, finished_at, error }))
}

/// A run of `deliver` ends itself at its deadline, between two letters: one that is dropped in the middle of a letter
/// would leave it unknown.
async fn limited<T>(
    plan: &Plan,
    work: impl Future<Output = T>,
) -> Result<Result<T, String>, tokio::time::error::Elapsed> {
    if plan.job == Job::Deliver {
        return Ok(caught::future(work).await);
    }
    tokio::time::timeout(limit(plan), caught::future(work)).await
}

fn limit(plan: &Plan) -> Duration {
    Duration::from_mins(u64::from(plan.deadline_minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let cron = cuofeng_office::config::cron("0 * * * *").expect("a cron line");
        let missed = cuofeng_office::config::Missed::Latest;
        Plan { job: Job::Evaluate, cron, line: String::new(), missed, deadline_minutes: 30 }
    }

    #[tokio::test]
    async fn a_panic_or_a_run_without_end_is_a_failed_run_and_the_next_one_happens() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("x.db")).await.expect("a database");
        let now: DateTime<Utc> = "2026-09-12T00:00:10Z".parse().expect("a time");
        let (clock, hand) = Clock::by_hand(now);
        let zone = cuofeng_base::time::Zone::named("Asia/Shanghai").expect("a zone");
        let due = record::settle_job(&store, &plan(), &zone, now).await.expect("settled");
        let bad = async {
            tokio::task::yield_now().await;
            panic!("a wrong turn")
        };
        let ended = attempt(&store, &clock, &plan(), due[0], bad).await.expect("a record").expect("claimed");
        assert_eq!(ended.error, Some(Reason::Said("panic: a wrong turn".into())));
        let again = attempt(&store, &clock, &plan(), due[0], async { Ok(()) }).await.expect("a record");
        assert_eq!(again, None, "each due time runs once");
        hand.step(Duration::from_hours(1));
        let due = record::settle_job(&store, &plan(), &zone, clock.now()).await.expect("settled");
        let hasty = Plan { deadline_minutes: 0, ..plan() };
        let ended = attempt(&store, &clock, &hasty, due[0], std::future::pending()).await.expect("a record");
        assert_eq!(ended.expect("claimed").error, Some(Reason::Deadline(0)), "one that never ends is ended");
        hand.step(Duration::from_hours(1));
        let due = record::settle_job(&store, &plan(), &zone, clock.now()).await.expect("settled");
        let ended = attempt(&store, &clock, &plan(), due[0], async { Ok(()) }).await.expect("a record");
        assert_eq!(ended.expect("claimed").error, None);
        let states: Vec<record::State> =
            record::latest(&store, "evaluate", 9).await.expect("runs").into_iter().map(|r| r.state).collect();
        assert_eq!(states, [record::State::Done, record::State::Failed, record::State::Failed]);
    }
}
