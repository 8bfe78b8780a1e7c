//! The night's backup, made beside everything else.
//!
//! In: the site, the clock. Out: a proved backup and its copy in a second place; the oldest removed. Can't happen: the service or
//! another job held up (a second place that hangs is given up).

use cuofeng_app::keeping::backup::make;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::work::{Finished, attempt};
use cuofeng_app::App;
use cuofeng_app::AppError;
use cuofeng_app::keeping::backup::{attempted, own_folder};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_base::{file, msg};
use cuofeng_office::backup::{self, Why, aside, keep};
use cuofeng_office::clock::Clock;
use cuofeng_office::config::{BackupConfig, Plan};
use cuofeng_store::{Store, StoreError};

/// How long a second place may take.
const PATIENCE: Duration = Duration::from_mins(15);

/// The night's backup while it is made, beside everything else.
#[derive(Debug, Default)]
pub struct Nightly {
    task: Option<JoinHandle<Result<Option<Finished>, StoreError>>>,
    /// Whether something still works on the second place, given up or not.
    second_busy: Arc<Mutex<()>>,
}

impl Nightly {
    /// Whether one is being made.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.task.is_some()
    }

    /// Begins one.
    pub fn begin(&mut self, app: &App, plan: &Plan, due_at: DateTime<Utc>) {
        let (store, clock, plan) = (app.store.clone(), app.clock.clone(), plan.clone());
        let night = Night {
            root: app.site.root.clone(),
            config: app.site.config.backup.clone(),
            lang: app.site.config.language,
            zone: app.site.config.zone,
            store: store.clone(),
            clock: clock.clone(),
            second_busy: Arc::clone(&self.second_busy),
        };
        self.task = Some(tokio::spawn(async move { attempt(&store, &clock, &plan, due_at, night.run()).await }));
    }

    /// The run that has ended since, if one has.
    pub async fn ended(&mut self) -> Result<Option<Finished>, AppError> {
        let Some(task) = self.task.take_if(|task| task.is_finished()) else { return Ok(None) };
        match task.await {
            Ok(ended) => Ok(ended?),
            Err(error) => {
                tracing::error!(%error, "the backup ended by itself");
                Ok(None)
            }
        }
    }

    /// Gives it up; what it had begun is removed by the next one.
    pub fn give_up(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// What one night's backup needs to know.
struct Night {
    root: PathBuf,
    config: BackupConfig,
    lang: Lang,
    zone: Zone,
    store: Store,
    clock: Clock,
    second_busy: Arc<Mutex<()>>,
}

impl Night {
    async fn run(self) -> Result<(), String> {
        let (now, tag) = (self.clock.now(), backup::tag(&self.root).await);
        let file = own_folder(&self.root).join(keep::name(&tag, self.zone.local(now), None));
        let made = make(&self.root, &file, Why::Nightly, &self.zone.rfc3339(now)).await;
        let made = made.map(|made| made.size).map_err(|error| error.message());
        self.record(&file, &made).await?;
        let size = made.map_err(|why| why.text(self.lang))?;
        tracing::info!(file = %file.display(), size, "backup made and proved");
        let (proved, own, of, kept) = (file.clone(), own_folder(&self.root), tag.clone(), self.config.keep);
        let copied = self.copy(&file, size, tag).await;
        let pruned = aside(move || prune(&own, &of, kept, &proved)).await.and_then(|pruned| pruned);
        let unpruned = pruned.map_err(|error| {
            let why = msg!("backup.unpruned", folder = own_folder(&self.root).display(), cause = file::said(&error));
            why.text(self.lang)
        });
        match (copied, unpruned) {
            (Err(second), Err(own)) => Err(format!("{second}{}{own}", self.lang.comma())),
            (copied, unpruned) => copied.and(unpruned),
        }
    }

    /// The copy in the second place, where there is one.
    async fn copy(&self, file: &Path, size: u64, tag: String) -> Result<(), String> {
        let Some(to) = &self.config.to else { return Ok(()) };
        let copied = self.second(file, to.clone(), tag).await;
        let there = to.join(file.file_name().unwrap_or_default());
        self.record(&there, &copied.clone().map(|()| size)).await?;
        copied.map_err(|why| {
            let why = msg!("backup.second", place = to.display(), why = why).text(self.lang);
            tracing::error!(why, "no copy of the backup in the second place");
            why
        })
    }

    async fn record(&self, file: &Path, made: &Result<u64, Message>) -> Result<(), String> {
        let attempt = attempted(file, Why::Nightly, made.as_ref().map(|size| *size), (self.lang, self.clock.now()));
        self.store.record_backup(&attempt).await.map_err(|error| error.to_string())
    }

    /// Lays a copy into the second place and removes the oldest there. The place is never made: where a share is not
    /// mounted, the folder in it is not there.
    async fn second(&self, file: &Path, to: PathBuf, tag: String) -> Result<(), Message> {
        let (file, kept) = (file.to_owned(), self.config.keep);
        let work = move || -> Result<(), Message> {
            let there = backup::copy(&file, &to).map_err(|error| error.message())?;
            prune(&to, &tag, kept, &there)
                .map_err(|error| msg!("backup.file", path = to.display(), cause = file::said(&error)))
        };
        within(PATIENCE, &self.second_busy, work).await
    }
}

/// Does what may hang; gives up after `limit`, and does nothing while what was given up still hangs.
async fn within(
    limit: Duration,
    busy: &Arc<Mutex<()>>,
    work: impl FnOnce() -> Result<(), Message> + Send + 'static,
) -> Result<(), Message> {
    let hangs = msg!("backup.hangs", minutes = limit.as_secs() / 60);
    let Ok(turn) = Arc::clone(busy).try_lock_owned() else { return Err(hangs) };
    let work = move || {
        // Given back however the work ends.
        let _turn = turn;
        work()
    };
    match tokio::time::timeout(limit, aside(work)).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(file::said(&error)),
        Err(_) => Err(hangs),
    }
}

/// Removes what need not stay in a folder now that `proved` lies there.
fn prune(folder: &Path, tag: &str, kept: u32, proved: &Path) -> std::io::Result<()> {
    let names: Vec<String> =
        std::fs::read_dir(folder)?.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let proved = proved.file_name().unwrap_or_default().to_string_lossy();
    for name in keep::superfluous(tag, &names, kept as usize, &proved) {
        std::fs::remove_file(folder.join(name))?;
        tracing::info!(file = name, "old backup removed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_that_hangs_is_given_up_and_left_alone_until_it_no_longer_does() {
        let busy: Arc<Mutex<()>> = Arc::default();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let hangs = within(Duration::from_millis(50), &busy, move || {
            let _ = wait.recv();
            Ok(())
        });
        assert!(hangs.await.is_err(), "it is given up");
        let again = within(Duration::from_secs(5), &busy, || panic!("nothing is begun while it hangs"));
        assert!(again.await.is_err());
        drop(go_on);
        while busy.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(within(Duration::from_secs(5), &busy, || Ok(())).await.is_ok());
    }
    #[tokio::test]
    async fn a_place_that_fails_after_it_was_given_up_is_tried_again() {
        let busy = Arc::default();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let hangs = within(Duration::from_millis(50), &busy, move || {
            let _ = wait.recv();
            panic!("the share is gone")
        });
        assert!(hangs.await.is_err(), "it is given up");
        drop(go_on);
        for _ in 0..400 {
            if within(Duration::from_secs(5), &busy, || Ok(())).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("nothing hangs any more, and yet it is left alone");
    }
}
