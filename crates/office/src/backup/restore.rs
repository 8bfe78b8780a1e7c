//! A site's folder made of an archive.
//!
//! In: an archive and a folder in which nothing is. Out: the site as it was, once its database has been dealt with by the
//! caller. Can't happen: a folder half restored that works (a marker is written first and removed last, and a site with it
//! is refused); another site's files written over; a restore that a kill stopped and that can't be gone on with.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::{Entry, Manifest};
use super::read::{self, Archive};
use super::{BackupError, DATABASE, aside, failed};
use crate::site::{RESTORING, Site};
use cuofeng_base::boundary::boundary;
use cuofeng_base::file::{self, Access};
use cuofeng_base::setting;

/// The database while it is being dealt with.
const UNFINISHED: &str = "state/cuofeng.db.restoring";

/// What the marker says.
#[derive(Serialize, Deserialize)]
struct Marker {
    archive: String,
    sum: String,
}

/// A restore that has laid down everything but the names of the database and of the site file.
#[derive(Debug)]
pub struct Restoring {
    archive: Archive,
    site: PathBuf,
    /// Locked while it is at work.
    _marker: File,
}

impl Restoring {
    /// Checks the archive from end to end and lays down what is in it. Goes on where the same archive was being restored.
    pub async fn begin(file: &Path, site: &Path) -> Result<Self, BackupError> {
        let (file, folder) = (file.to_owned(), site.to_owned());
        let begun = aside(move || lay(&file, &folder)).await.map_err(failed(site))??;
        read::proved(&begun.archive, &begun.database()).await?;
        boundary("restore-unpacked");
        Ok(begun)
    }

    /// What the archive says of itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.archive.manifest
    }

    /// The text of its site file.
    pub fn site_file(&mut self) -> Result<String, BackupError> {
        self.archive.site_file()
    }

    /// Variables and files of secrets that the site needs, and that no backup holds.
    pub fn needs(&mut self) -> Result<Vec<String>, BackupError> {
        self.archive.needs()
    }

    /// Where the database lies, to be dealt with before anything can work with it.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.site.join(UNFINISHED)
    }

    /// Gives the database and the site file their names. The database must be closed.
    pub async fn finish(mut self) -> Result<Manifest, BackupError> {
        let site = self.site.clone();
        let named = move || {
            self.name()?;
            Ok(self.archive.manifest)
        };
        aside(named).await.map_err(failed(&site))?
    }

    fn name(&mut self) -> Result<(), BackupError> {
        let (from, to) = (self.database(), Site::database(&self.site));
        // Closed as it should be, all of it is in the one file.
        for beside in ["wal", "shm"] {
            let path = self.site.join(format!("{UNFINISHED}-{beside}"));
            if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0 && beside == "wal") {
                return Err(BackupError::Unsound { said: path.display().to_string() });
            }
            remove(&path)?;
        }
        remove(&from.with_extension("opening"))?;
        File::open(&from).and_then(|file| file.sync_all()).map_err(failed(&from))?;
        std::fs::rename(&from, &to).map_err(failed(&to))?;
        sync(&self.site.join("state"))?;
        boundary("restore-database");
        let entry = self.archive.manifest.entry(setting::FILE).cloned();
        write(&mut self.archive, &entry.ok_or(BackupError::NotOurs)?, &self.site)?;
        boundary("restore-site");
        sync(&self.site)?;
        remove(&self.site.join(RESTORING))?;
        sync(&self.site)
    }
}

/// Lays down everything but the names.
fn lay(file: &Path, site: &Path) -> Result<Restoring, BackupError> {
    let mut archive = read::read(file)?;
    archive.known()?;
    file::folder(site, Access::Own).map_err(failed(site))?;
    let marker = claim(&archive, site)?;
    boundary("restore-begun");
    let later = [DATABASE, setting::FILE];
    let entries: Vec<Entry> =
        archive.manifest.entries.iter().filter(|e| !later.contains(&e.path.as_str())).cloned().collect();
    let state = site.join("state");
    file::folder(&state, Access::Own).map_err(failed(&state))?;
    for entry in &entries {
        write(&mut archive, entry, site)?;
        boundary("restore-file");
    }
    // What a killed restore left beside it is of another copy.
    for beside in ["", "-wal", "-shm", "-journal"] {
        remove(&site.join(format!("{UNFINISHED}{beside}")))?;
    }
    let database = site.join(UNFINISHED);
    File::options().write(true).create_new(true).mode(0o600).open(&database).map_err(failed(&database))?;
    archive.unpack_database(&database)?;
    Ok(Restoring { archive, site: site.to_owned(), _marker: marker })
}

/// Claims a folder in which nothing is as one that is being restored, or finds the claim of the same archive there.
fn claim(archive: &Archive, site: &Path) -> Result<File, BackupError> {
    let (path, beside) = (site.join(RESTORING), file::beside(site, RESTORING));
    let begun = path.exists();
    let names = std::fs::read_dir(site).map_err(failed(site))?.flatten().map(|entry| entry.path());
    if !begun && names.into_iter().any(|name| name != beside) {
        return Err(BackupError::NotEmpty { path: site.to_owned() });
    }
    if !begun {
        let marker = Marker { archive: archive.path.display().to_string(), sum: archive.sum.clone() };
        let text = serde_json::to_vec(&marker).map_err(|error| failed(&path)(error.into()))?;
        file::write(site, RESTORING, &text, Access::Own).map_err(failed(&path))?;
    }
    let file = File::options().read(true).write(true).open(&path).map_err(failed(&path))?;
    if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
        return Err(BackupError::Busy { path: site.to_owned() });
    }
    let text = std::fs::read(&path).map_err(failed(&path))?;
    match serde_json::from_slice::<Marker>(&text) {
        Ok(marker) if marker.sum == archive.sum => Ok(file),
        Ok(marker) => Err(BackupError::Other { path: site.to_owned(), archive: marker.archive }),
        Err(_) => Err(BackupError::Other { path: site.to_owned(), archive: "?".to_owned() }),
    }
}

/// Writes an entry beside its place and renames it.
fn write(archive: &mut Archive, entry: &Entry, site: &Path) -> Result<(), BackupError> {
    let path = site.join(&entry.path);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(BackupError::NotOurs) };
    std::fs::create_dir_all(parent).map_err(failed(parent))?;
    let beside = parent.join(format!(".{}.part", name.to_string_lossy()));
    remove(&beside)?;
    let mut file =
        File::options().write(true).create_new(true).mode(entry.mode).open(&beside).map_err(failed(&beside))?;
    archive.unpack(entry, &mut file)?;
    file.sync_all().map_err(failed(&beside))?;
    std::fs::rename(&beside, &path).map_err(failed(&path))?;
    sync(parent)
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}
