//! Backups by the program itself: before an older database is changed, and every night; a site made of one again; and duty
//! staff told when there is none that could be used.
//!
//! In: the site, its database, the clock. Out: proved backups in the site's own folder and in a second place, each attempt
//! on record; the oldest removed. Can't happen: the service or another job held up (a backup runs beside them, a second
//! place that hangs is given up); a database changed by a newer program without a backup of it; a restored site that sends
//! before a person lets it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::alarm::{SAID, WHOLE_SITE};
use super::clock::Clock;
use super::work::{Finished, attempt};
use super::{App, AppError, hold, lock};
use cuofeng_base::boundary::boundary;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::backup::{self, BackupError, Made, Restoring, Why, aside, keep};
use cuofeng_office::config::{BackupConfig, Config, Plan};
use cuofeng_office::site::Site;
use cuofeng_store::backups::Attempt;
use cuofeng_store::held;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, StoreError};

/// Without a proved backup for so long, duty staff are told.
const WORRY: TimeDelta = TimeDelta::days(3);

/// How long a second place may take.
const PATIENCE: Duration = Duration::from_mins(15);

/// Stands for the region where the second place is in trouble.
const SECOND: &str = "second";

/// Where a site's own backups lie.
#[must_use]
pub fn own_folder(root: &Path) -> PathBuf {
    let folder = root.join(backup::FOLDER);
    std::path::absolute(&folder).unwrap_or(folder)
}

/// An attempt as it goes on record.
pub fn attempted(file: &Path, why: Why, made: Result<u64, &Message>, (lang, at): (Lang, DateTime<Utc>)) -> Attempt {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let place = file.parent().map_or_else(String::new, |folder| folder.display().to_string());
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let error = made.err().map_or_else(String::new, |why| why.text(lang));
    Attempt { at, place, file: name, size: made.unwrap_or(0), why: why.word().to_owned(), error }
}

/// Opens a site's database; one of an older schema is backed up first, and left alone while another process works on it.
pub(super) async fn open(root: &Path, config: &Config, now: DateTime<Utc>) -> Result<Store, AppError> {
    let before = |from| before_upgrade(root, config, from, now);
    let (store, made) = Store::open_after(&Site::database(root), before).await?;
    if let Some(attempt) = made {
        store.record_backup(&attempt).await?;
        let mut tx = store.begin().await?;
        ledger::write(&mut tx, &Actor::Program, Event::Backup, &attempt.file, &attempt.why, now).await?;
        tx.commit().await?;
    }
    Ok(store)
}

/// Backs up what is of an older schema and nobody else's at the moment.
async fn before_upgrade(root: &Path, config: &Config, from: i64, now: DateTime<Utc>) -> Result<Attempt, StoreError> {
    let (path, lang, zone) = (Site::database(root), config.language, &config.zone);
    // It would go on writing in the old form into what has a new one.
    let alone = || {
        let in_use = StoreError::InUse { path: path.clone(), from };
        if lock::is_anothers(root) { Err(in_use) } else { Ok(()) }
    };
    alone()?;
    let name = keep::name(&backup::tag(root).await, zone.local(now), Some(from));
    let file = own_folder(root).join(name);
    tracing::info!(schema = from, file = %file.display(), "a backup before the database is brought up to date");
    let made = make(root, &file, Why::Upgrade, &zone.rfc3339(now)).await;
    let unready = |cause| StoreError::Unready { path: path.clone(), from, cause };
    let made = made.map_err(|error| unready(error.message().text(lang)))?;
    alone()?;
    Ok(attempted(&file, Why::Upgrade, Ok(made.size), (lang, now)))
}

/// Makes a backup in a folder of the program's own, which is made where it is not there.
pub async fn make(root: &Path, file: &Path, why: Why, made_at: &str) -> Result<Made, BackupError> {
    if let Some(folder) = file.parent().map(Path::to_owned) {
        let failed = |cause| BackupError::File { path: folder.clone(), cause };
        let making = folder.clone();
        aside(move || file::folder(&making, Access::Own)).await.and_then(|made| made).map_err(failed)?;
    }
    backup::make(root, file, why, made_at).await
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the archive says of itself.
    pub manifest: backup::Manifest,
    /// Letters that are unknown now.
    pub letters: usize,
    /// Variables and files of secrets that are to be put back.
    pub needs: Vec<String>,
}

/// Makes a site of an archive in a folder where nothing is, and holds it until a person resumes.
pub async fn restore(file: &Path, site: &Path, by: &str, now: DateTime<Utc>) -> Result<Restored, AppError> {
    let mut restoring = Restoring::begin(file, site).await?;
    let lang = Config::parse(&restoring.site_file()?).map_or(Lang::Zh, |config| config.language);
    let store = Store::open(&restoring.database()).await?;
    let mut tx = store.begin().await?;
    let letters = hold::begin(&mut tx, held::Why::Restored, lang, now).await?;
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let made_at = restoring.manifest().made_at.clone();
    let detail = msg!("restore.ledger", by = by, made_at = made_at).text(lang);
    ledger::write(&mut tx, &Actor::of(by), Event::Restored, &name, detail.trim(), now).await?;
    tx.commit().await?;
    boundary("restore-held");
    // Two connections that close at once may each leave the log to the other.
    store.tidy().await?;
    store.close().await;
    let needs = restoring.needs()?;
    let manifest = restoring.finish().await?;
    Ok(Restored { manifest, letters, needs })
}

/// The night's backup while it is made, beside everything else.
#[derive(Debug, Default)]
pub(super) struct Nightly {
    task: Option<JoinHandle<Result<Option<Finished>, StoreError>>>,
    /// Whether something still works on the second place, given up or not.
    second_busy: Arc<Mutex<()>>,
}

impl Nightly {
    /// Whether one is being made.
    pub(super) const fn is_busy(&self) -> bool {
        self.task.is_some()
    }

    /// Begins one.
    pub(super) fn begin(&mut self, app: &App, plan: &Plan, due_at: DateTime<Utc>) {
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
    pub(super) async fn ended(&mut self) -> Result<Option<Finished>, AppError> {
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
    pub(super) fn give_up(&mut self) {
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

impl App {
    /// Opens or lifts the alarm about backups. A site that began to work less than three days ago has none yet.
    pub(super) async fn tell_backup(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let lang = self.site.config.language;
        let (site, second) = (self.unsafe_site(now).await?, self.unsafe_second(now).await?);
        let place = msg!("backup.at_site").text(lang);
        let made = self.alarm(Trouble::Backup, WHOLE_SITE, &place, site.as_ref(), now).await?;
        let place = msg!("backup.at_place").text(lang);
        Ok(made + self.alarm(Trouble::Backup, SECOND, &place, second.as_ref(), now).await?)
    }

    /// Why the site has no backup at all that could be used.
    async fn unsafe_site(&self, now: DateTime<Utc>) -> Result<Option<Message>, AppError> {
        let begun = self.store.site_begun().await?;
        if begun.is_none_or(|begun| now - begun <= WORRY) || self.is_there(now).await? {
            return Ok(None);
        }
        let standing = self.store.backup_standing(None, now).await?;
        let said = self.store.failed_backup(None).await?;
        Ok(Some(self.worry(msg!("backup.of_site"), standing.proved, said)))
    }

    /// Why the second place has none, whatever the site's own are.
    async fn unsafe_second(&self, now: DateTime<Utc>) -> Result<Option<Message>, AppError> {
        let old = |at: Option<DateTime<Utc>>| at.is_some_and(|at| now - at > WORRY);
        let Some(to) = &self.site.config.backup.to else { return Ok(None) };
        let place = to.display().to_string();
        let standing = self.store.backup_standing(Some(&place), now).await?;
        if old(standing.begun) && (standing.proved.is_none() || old(standing.proved)) {
            let said = self.store.failed_backup(Some(&place)).await?;
            return Ok(Some(self.worry(msg!("backup.of_place", place = &place), standing.proved, said)));
        }
        Ok(None)
    }

    /// Whether a backup was proved of late; one in the site's own folder must still lie there.
    async fn is_there(&self, now: DateTime<Utc>) -> Result<bool, AppError> {
        let own = own_folder(&self.site.root);
        let lies = |attempt: &Attempt| {
            Path::new(&attempt.place) != own
                || std::fs::metadata(own.join(&attempt.file)).is_ok_and(|meta| meta.len() == attempt.size)
        };
        Ok(self.store.proved_backups(now - WORRY).await?.iter().any(lies))
    }

    fn worry(&self, of: Message, proved: Option<DateTime<Utc>>, failed: Option<Attempt>) -> Message {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let last = proved.map_or_else(|| msg!("backup.never").text(lang), |at| zone.words(at, lang));
        let why = failed.filter(|failed| proved.is_none_or(|at| failed.at > at)).map(|failed| failed.error);
        let said: Option<String> = why.map(|why| why.chars().take(SAID).collect());
        match said {
            Some(said) => msg!("alarm.backup_failed", of = of, last = last, said = said),
            None => msg!("alarm.backup_why", of = of, last = last),
        }
    }
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
