//! The service: woken by the scheduler's bell, told by the run table what is due, and by new files what came between.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};
use tokio_util::sync::CancellationToken;

use super::watch::Watch;
use super::{App, AppError, Report};
use crate::schedule;

/// Name of the job that pulls, judges, decides and sends.
const CYCLE: &str = "cycle";

/// How often letters that wait for another attempt, and watched files, are looked at.
const LOOK: Duration = Duration::from_mins(1);

/// Works until `stop`: finishes what is in hand, then returns.
pub async fn run(app: &mut App, stop: &CancellationToken) -> Result<(), AppError> {
    let bell = Arc::new(Notify::new());
    let scheduler = bell_ringer(app, Arc::clone(&bell)).await;
    let mut looked = tokio::time::interval(LOOK);
    looked.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => break,
            () = bell.notified() => {}
            _ = looked.tick() => {}
        }
        let now = Utc::now();
        app.reload(now).await?;
        let config = &app.site.config;
        let new_files = watch.look(&app.site.root, config);
        let due = schedule::claim_latest(&app.store, CYCLE, &config.cycle, &config.zone, now).await?;
        if due.is_none() && !new_files {
            app.deliver(now, stop).await?;
            continue;
        }
        watch.reading(&app.site.root, config);
        let result = app.cycle(now, false, stop).await;
        if let Some(due_at) = due {
            let error = result.as_ref().err().map(ToString::to_string);
            schedule::finish(&app.store, CYCLE, due_at, error.as_deref(), Utc::now()).await?;
        }
        tell(result, if due.is_some() { "schedule" } else { "new files" });
    }
    if let Ok(mut scheduler) = scheduler {
        // Its actors end with the process; a failure here has nothing left to harm.
        let _ = scheduler.shutdown().await;
    }
    Ok(())
}

fn tell(result: Result<Report, AppError>, why: &'static str) {
    match result {
        Ok(report) => tracing::info!(why, sent = report.drained.sent, later = report.drained.later, "cycle done"),
        Err(error) => tracing::error!(why, %error, "cycle failed"),
    }
}

/// The scheduler only rings: its own table forgets, overlaps and drifts. Without it the look every minute remains.
async fn bell_ringer(app: &App, bell: Arc<Notify>) -> Result<JobScheduler, ()> {
    let config = &app.site.config;
    let fields = config.cycle_text.split_whitespace().count();
    let line = if fields == 5 { format!("0 {}", config.cycle_text) } else { config.cycle_text.clone() };
    let ring = async {
        let scheduler = JobScheduler::new().await?;
        let job = Job::new_async_tz(line.as_str(), config.zone.tz(), move |_, _| {
            let bell = Arc::clone(&bell);
            Box::pin(async move { bell.notify_one() })
        })?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        Ok::<_, tokio_cron_scheduler::JobSchedulerError>(scheduler)
    };
    ring.await.map_err(|error| tracing::error!(%error, "the scheduler does not ring; looking every minute instead"))
}
