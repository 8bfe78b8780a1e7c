//! The second path: tells duty staff when the service itself brings nothing.
//!
//! In: the record of runs, at its own look every minute. Out: one notice when a job has brought nothing by its deadline,
//! one when all do again; the word that the program holds everything, which alone leaves then. It has a database
//! connection and channels of its own and sends by itself, so that a job that hangs, fails or was never begun can't keep
//! it quiet. Can't happen: a second notice while the first stands.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use cuofeng_app::App;
use cuofeng_app::AppError;
use cuofeng_base::text::Message;
use cuofeng_base::{caught, msg};
use cuofeng_office::clock::Clock;
use cuofeng_office::config::{Job, Plan};
use cuofeng_office::schedule::record::State;
use cuofeng_office::schedule::{Moment, jump, overdue, record};

/// How often it looks.
const LOOK: Duration = Duration::from_mins(1);

/// Watches the jobs of a site.
pub struct Deadman {
    app: App,
    awake: DateTime<Utc>,
    last: Moment,
}

impl Deadman {
    /// Begins to watch: from now on each job has its whole deadline.
    pub async fn begin(root: &Path, clock: Clock) -> Result<Self, AppError> {
        let last = clock.moment();
        Ok(Self { app: App::beside(root, clock).await?, awake: last.wall, last })
    }

    /// The same beside a worker, whose mark it keeps for what it sends itself.
    #[must_use]
    pub fn marked(mut self, worker: &App) -> Self {
        self.app.store = self.app.store.marked(worker.store.mark().cloned());
        self
    }

    /// Looks every minute until `stop`.
    pub async fn watch(mut self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = looks.tick() => {}
            }
            match caught::future(self.look(&stop)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::error!(%error, "could not look after the jobs"),
                Err(panic) => tracing::error!(panic, "could not look after the jobs"),
            }
        }
        self.app.store.close().await;
    }

    /// Looks once. Gives the number of notices made.
    pub async fn look(&mut self, stop: &CancellationToken) -> Result<usize, AppError> {
        let moment = self.app.clock.moment();
        if jump(self.last, moment).is_some() {
            self.awake = moment.wall;
        }
        self.last = moment;
        let now = moment.wall;
        self.app.reread(now);
        let silent = self.silent(Some(self.awake), now).await?;
        let mut made = self.app.holding().tell_held(now).await?;
        // Just begun or woken: the jobs may still make up for what was missed.
        if silent.is_some() || self.silent(None, now).await?.is_none() {
            made += self.app.alarms().tell_silence(silent.as_ref(), now).await?;
        }
        if made > 0 || cuofeng_outbox::withheld::held_alarm_waits(&self.app.store, now).await? {
            self.app.deliver(now, stop).await?;
        }
        Ok(made)
    }

    /// The first job that has brought nothing by its deadline, in words.
    async fn silent(&self, awake: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<Message>, AppError> {
        let config = &self.app.site.config;
        // Backups have an alarm of their own, with more patience.
        for plan in config.schedule.plans.iter().filter(|plan| plan.job != Job::Backup) {
            let success = record::success(&self.app.store, plan.job.name(), now).await?;
            if let Some(due_at) = overdue(plan, &config.zone, success, awake, now) {
                return Ok(Some(self.why(plan, due_at).await?));
            }
        }
        Ok(None)
    }

    async fn why(&self, plan: &Plan, due_at: DateTime<Utc>) -> Result<Message, AppError> {
        let (zone, lang) = (&self.app.site.config.zone, self.app.site.config.language);
        let due = zone.words(due_at, lang);
        let runs = record::latest(&self.app.store, plan.job.name(), 1).await?;
        let said = runs.into_iter().next().filter(|run| run.due_at >= due_at && run.state == State::Failed);
        let (job, minutes) = (plan.job.message(), plan.deadline_minutes);
        Ok(match said.and_then(|run| run.reason) {
            Some(reason) => {
                msg!("alarm.silence_failed", job = job, due = due, minutes = minutes, why = reason.message(zone))
            }
            None => msg!("alarm.silence_why", job = job, due = due, minutes = minutes),
        })
    }
}
