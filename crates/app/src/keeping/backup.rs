//! Backups by the program itself: before an older database is changed, and a site made of one again.
//!
//! In: the site, its database, the clock. Out: proved backups in the site's own folder, each attempt on record. Can't happen: a
//! database changed by a newer program without a backup of it; a restored site that sends before a person lets it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::keeping::held::begin;
use crate::keeping::lock;
use cuofeng_base::boundary::boundary;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_office::backup::{self, BackupError, Made, Restoring, Why, aside, keep};
use cuofeng_office::config::Config;
use cuofeng_office::site::Site;
use cuofeng_store::backups::Attempt;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, StoreError, held};

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
pub(crate) async fn open(root: &Path, config: &Config, now: DateTime<Utc>) -> Result<Store, AppError> {
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

/// Makes a site of an archive in a folder where nothing is, and holds it until a person resumes.
pub async fn restore(file: &Path, site: &Path, by: &str, now: DateTime<Utc>) -> Result<Restored, AppError> {
    let mut restoring = Restoring::begin(file, site).await?;
    let lang = Config::parse(&restoring.site_file()?).map_or(Lang::Zh, |config| config.language);
    let store = Store::open(&restoring.database()).await?;
    let mut tx = store.begin().await?;
    let letters = begin(&mut tx, held::Why::Restored, lang, now).await?;
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
