//! The service: woken by the scheduler's bell, told by the run table what is due, and by new files what came between.
//!
//! In: a site at work and its clock. Out: every due run made or recorded as skipped; letters of other processes sent at
//! once, and what rested on a corrected forecast decided anew. Can't happen: a service that ends because a look, a job or the database failed; a due time lost because the bell
//! did not ring (there is a look every minute).

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio_cron_scheduler::{JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use crate::backups::Backups;
use crate::deadman::Deadman;
use crate::heartbeat::beat;
use crate::nightly::Nightly;
use crate::set_right::set_right;
use crate::work::{Finished, attempt, evaluate, work};
use cuofeng_app::App;
use cuofeng_app::AppError;
use cuofeng_base::caught;
use cuofeng_base::time::Zone;
use cuofeng_office::config::Job;
use cuofeng_office::schedule::{Moment, SetBack, jump, record, set_back};
use cuofeng_office::watch::Watch;
use cuofeng_outbox::wake::Wake;
use cuofeng_store::Store;
use cuofeng_store::ledger::{self, Actor, Event};

/// How often due times, letters that wait for another attempt, and watched files are looked at.
const LOOK: Duration = Duration::from_mins(1);

/// What the service remembers between two looks.
pub struct Service {
    watch: Watch,
    last: Moment,
    /// A clock that was seen to be set back, until what it put off is brought back.
    back: Option<SetBack>,
    nightly: Nightly,
}

impl Service {
    /// A service that has not looked yet.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self { watch: Watch::default(), last: app.clock.moment(), back: None, nightly: Nightly::default() }
    }

    /// Looks once: makes every run that is due, takes up new files, sends what waits. Gives the runs that ended.
    pub async fn look(&mut self, app: &mut App, stop: &CancellationToken) -> Result<Vec<Finished>, AppError> {
        let moment = app.clock.moment();
        let now = moment.wall;
        let moved = jump(self.last, moment);
        self.back = set_back(self.last, moment).or(self.back);
        // Once: a look that fails behind this must not find the same jump a minute later.
        self.last = moment;
        if let Some(moved) = moved {
            let detail = format!("{:+} s", moved.num_seconds());
            tracing::warn!(moved = detail, "the clock was set, or the machine slept");
            let mut tx = app.store.begin().await?;
            ledger::write(&mut tx, &Actor::Program, Event::ClockJumped, "clock", &detail, now).await?;
            tx.commit().await?;
        }
        set_right(&app.site, &app.store, self.back, now).await?;
        self.back = None;
        app.reload(now).await?;
        // A person may have changed the mode since: letters of a drill are for its list alone.
        app.refresh().await?;
        let new_files = self.watch.look(&app.site.root, &app.site.config);
        let plans = app.site.config.schedule.plans.clone();
        let mut ended: Vec<Finished> = Vec::new();
        if let Some(finished) = self.nightly.ended().await? {
            beat(&app.site, &app.store, &finished).await?;
            ended.push(finished);
        }
        let mut due = Vec::new();
        for plan in plans.iter().filter(|plan| self.may_begin(plan.job)) {
            let times = record::settle_job(&app.store, plan, &app.site.config.zone, now).await?;
            due.extend(times.into_iter().map(|due_at| (plan, due_at)));
        }
        // What a pull brings that no judgement follows is still new.
        let judged = due.iter().any(|(plan, _)| plan.job == Job::Evaluate);
        for (plan, due_at) in due {
            if stop.is_cancelled() {
                break;
            }
            if plan.job == Job::Backup {
                self.nightly.begin(app, plan, due_at);
                continue;
            }
            if plan.job == Job::Pull && judged {
                self.watch.reading(&app.site.root, &app.site.config);
            }
            let (store, clock) = (app.store.clone(), app.clock.clone());
            // Runs before it may have taken long.
            let work = Box::pin(work(app, plan, clock.now(), stop));
            let Some(finished) = attempt(&store, &clock, plan, due_at, work).await? else {
                continue;
            };
            beat(&app.site, &app.store, &finished).await?;
            ended.push(finished);
        }
        let now = app.clock.now();
        Backups::new(&app.site, &app.store).tell_backup(now).await?;
        let made = |job| ended.iter().any(|finished| finished.job == job);
        if new_files && !(made(Job::Pull) && made(Job::Evaluate)) {
            self.watch.reading(&app.site.root, &app.site.config);
            let report = Box::pin(app.cycle(now, false, stop)).await?;
            tracing::info!(sent = report.drained.sent, later = report.drained.later, "new files read");
        } else {
            decide_anew(app, now).await?;
            app.deliver(now, stop).await?;
        }
        if app.waits_for_feeds() {
            self.watch.forget();
        }
        Ok(ended)
    }

    /// A backup is made beside the other jobs; housekeeping, which would wait for it with everybody behind it, comes after.
    fn may_begin(&self, job: Job) -> bool {
        !(self.nightly.is_busy() && matches!(job, Job::Backup | Job::Housekeeping))
    }
}

/// The scheduler only rings: its own table forgets, overlaps and drifts. Without it the look every minute remains.
#[derive(Default)]
struct Bell {
    rings: Arc<Notify>,
    lines: Vec<String>,
    scheduler: Option<JobScheduler>,
}

impl Bell {
    /// Rings by the lines of the site file as it is now.
    async fn set(&mut self, app: &App) {
        let mut lines: Vec<String> = app.site.config.schedule.plans.iter().map(|plan| plan.line.clone()).collect();
        lines.sort();
        lines.dedup();
        if lines == self.lines {
            return;
        }
        self.silence().await;
        let ringing = self.ring(&lines, &app.site.config.zone).await;
        self.scheduler = ringing
            .map_err(|error| tracing::error!(%error, "the scheduler does not ring; looking every minute instead"))
            .ok();
        self.lines = lines;
    }

    async fn ring(&self, lines: &[String], zone: &Zone) -> Result<JobScheduler, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        for line in lines {
            let fields = line.split_whitespace().count();
            let line = if fields == 5 { format!("0 {line}") } else { line.clone() };
            let rings = Arc::clone(&self.rings);
            let job = tokio_cron_scheduler::Job::new_async_tz(line.as_str(), zone.tz(), move |_, _| {
                let rings = Arc::clone(&rings);
                Box::pin(async move { rings.notify_one() })
            })?;
            scheduler.add(job).await?;
        }
        scheduler.start().await?;
        Ok(scheduler)
    }

    async fn silence(&mut self) {
        if let Some(mut scheduler) = self.scheduler.take() {
            // Its actors end with the process; a failure here has nothing left to harm.
            let _ = scheduler.shutdown().await;
        }
    }
}

/// Works until `stop`: finishes what is in hand, then returns.
pub async fn run(app: &mut App, stop: &CancellationToken) -> Result<(), AppError> {
    let deadman = Deadman::begin(&app.site.root, app.clock.clone()).await?.marked(app);
    let deadman = tokio::spawn(deadman.watch(stop.clone()));
    app.work_beside(app.clock.now())?;
    let mut bell = Bell::default();
    let mut service = Service::new(app);
    let mut heard = 0;
    let mut wake = Wake::begin(&app.store).await?;
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut gone = None;
    while !stop.is_cancelled() {
        if let Err(error) = app.store.still_itself().await {
            gone = Some(error);
            stop.cancel();
            break;
        }
        bell.set(app).await;
        tokio::select! {
            () = stop.cancelled() => break,
            () = bell.rings.notified() => {}
            _ = looks.tick() => {}
            () = audio_done(app.voices(), heard) => {
                heard = app.voices().map_or(0, |spoken| *spoken.borrow());
                deliver_at_once(app, stop).await;
                continue;
            }
            () = moved(&app.store) => continue,
            rung = wake.rung(|| app.clock.now()) => {
                match rung {
                    Ok(()) => deliver_at_once(app, stop).await,
                    Err(error) => {
                        tracing::error!(%error, "could not look for new letters");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
                continue;
            }
        }
        match caught::future(Box::pin(service.look(app, stop))).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "could not look at what is due"),
            Err(panic) => tracing::error!(panic, "could not look at what is due"),
        }
    }
    service.nightly.give_up();
    bell.silence().await;
    if let Err(error) = deadman.await {
        tracing::error!(%error, "the watch over the jobs ended by itself");
    }
    gone.map_or(Ok(()), |error| Err(error.into()))
}

/// Waits until the database lies no longer where it was opened.
async fn moved(store: &Store) {
    while store.still_there().is_ok() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Sends what another process has just put into the outbox.
async fn deliver_at_once(app: &App, stop: &CancellationToken) {
    match caught::future(Box::pin(app.deliver(app.clock.now(), stop))).await {
        Ok(Ok(drained)) => tracing::info!(sent = drained.sent, later = drained.later, "delivered at once"),
        Ok(Err(error)) => tracing::error!(%error, "could not deliver"),
        Err(panic) => tracing::error!(panic, "could not deliver"),
    }
}

/// Waits until audio is there that was not `heard` of, and until its letter comes back for it.
async fn audio_done(spoken: Option<watch::Receiver<u64>>, heard: u64) {
    let Some(mut spoken) = spoken else { return std::future::pending().await };
    if spoken.wait_for(|count| *count != heard).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(cuofeng_channel::sound::TURN).await;
}

/// Decides at once where a forecast was corrected since the last decision, by its feed or by a person. Letters that wait
/// are sent even where that fails.
async fn decide_anew(app: &mut App, now: DateTime<Utc>) -> Result<(), AppError> {
    let waiting = app.store.waiting_anew().await?;
    if waiting.is_empty() {
        return Ok(());
    }
    tracing::info!(regions = waiting.len(), "a forecast was corrected: decided on anew");
    match caught::future(Box::pin(evaluate(app, now))).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%error, "could not decide anew"),
        Err(panic) => tracing::error!(panic, "could not decide anew"),
    }
    Ok(())
}
