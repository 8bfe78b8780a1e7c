//! The mark: a number that is counted up with every transaction that begins letters, kept in the database and beside it.
//!
//! In: a site's identity, its folder, the number of a transaction. Out: a file outside the site's folder that is never
//! behind what has left, which finds a database that has forgotten. Can't happen: a number that a crash left half
//! written taken for one (two places, each with a checksum); a network call before its number is in the file; two
//! workers with one identity on one machine (the file is locked).
//!
//! The number is written by one call into the system's cache, and brought to the disk once a second and when a drain
//! ends. What survives the process survives its crash, so only a power cut can put the file back, by a second at most;
//! the database of that moment is then still there and ahead of it. For something to be missed, the power must go and a
//! copy of the database that is less than a second old be put in its place.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::config::Identity;

/// The variable that names the folder of marks.
pub const VARIABLE: &str = "CUOFENG_MARKS";

/// The first line of a mark's file.
const HEAD: &str = "cuofeng mark 1";

/// Bytes of the first line and of each place.
const LINE: usize = 64;

/// How often the number is brought to the disk while letters leave.
const SYNC: Duration = Duration::from_secs(1);

/// Why a mark can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// The file or its folder can't be read or written.
    #[error("cannot keep the mark {}: {cause}; name a folder outside the site that this user may write in {VARIABLE}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// A newer program wrote it.
    #[error("the mark {} was written by a newer version of cuofeng; install that version or a later one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// Another worker holds it.
    #[error("another cuofeng is working on the site {identity} in {folder}")]
    Busy {
        /// The site.
        identity: Identity,
        /// Where it works.
        folder: String,
    },
}

/// The folder where marks are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(PathBuf);

/// A mark as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The last number that was written, and when; none where the file is damaged.
    pub last: Option<(i64, DateTime<Utc>)>,
    /// The site's folder.
    pub folder: PathBuf,
}

impl Marks {
    /// A folder.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// This process's: `CUOFENG_MARKS`, else the user's folder for such things, else the machine's.
    #[must_use]
    pub fn of_process() -> Self {
        let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            return Self(std::path::absolute(&named).unwrap_or_else(|_| named.into()));
        }
        let home = || folder("HOME").filter(|home| home.parent().is_some()).map(|home| home.join(".local/state"));
        let state = folder("XDG_STATE_HOME").or_else(home).unwrap_or_else(|| PathBuf::from("/var/lib"));
        Self(state.join("cuofeng"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    fn number(&self, identity: &Identity) -> PathBuf {
        self.0.join(format!("{identity}.mark"))
    }

    fn place(&self, identity: &Identity) -> PathBuf {
        self.0.join(format!("{identity}.site"))
    }

    /// The mark of a site, if there is one.
    ///
    /// # Errors
    /// It can't be read, or not by this version.
    pub fn find(&self, identity: &Identity) -> Result<Option<Found>, MarkError> {
        let path = self.number(identity);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(MarkError::File { path, cause }),
        };
        let last = last(&bytes, &path)?;
        let place = self.place(identity);
        let folder = match std::fs::read_to_string(&place) {
            Ok(text) => text
                .parse::<Value>()
                .ok()
                .and_then(|value| Some(PathBuf::from(value.get("folder")?.as_str()?)))
                .unwrap_or_default(),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => PathBuf::new(),
            Err(cause) => return Err(MarkError::File { path: place, cause }),
        };
        Ok(Some(Found { last, folder }))
    }

    /// The site whose mark says that it lies in a folder; of several the one that was marked last.
    ///
    /// # Errors
    /// A mark can't be read.
    pub fn of_folder(&self, folder: &Path) -> Result<Option<(Identity, Found)>, MarkError> {
        let entries = match std::fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(MarkError::File { path: self.0.clone(), cause }),
        };
        let mut latest: Option<(Identity, Found)> = None;
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_mark = path.extension().is_some_and(|end| end == "mark");
            let stem = path.file_stem().filter(|_| is_mark).and_then(|stem| stem.to_str());
            let Some(identity) = stem.and_then(Identity::parse) else { continue };
            let Some(found) = self.find(&identity)?.filter(|found| found.folder == folder) else { continue };
            if latest.as_ref().is_none_or(|(_, other)| other.last.map(|l| l.1) < found.last.map(|l| l.1)) {
                latest = Some((identity, found));
            }
        }
        Ok(latest)
    }

    /// Opens a site's mark for its one worker, making it where there is none.
    ///
    /// # Errors
    /// It can't be written, or another worker holds it.
    pub fn open(&self, identity: &Identity) -> Result<Mark, MarkError> {
        let path = self.number(identity);
        let failed = |cause| MarkError::File { path: path.clone(), cause };
        std::fs::create_dir_all(&self.0).map_err(failed)?;
        // A damaged one begins anew: its worker knows where the count stands.
        if self.find(identity)?.is_none_or(|found| found.last.is_none()) {
            let mut first = head();
            first.extend(line(0, DateTime::UNIX_EPOCH));
            first.extend(format!("{:<width$}\n", "", width = LINE - 1).into_bytes());
            whole(&path, &first).map_err(failed)?;
        }
        let file = File::options().read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let folder = self.find(identity)?.map_or_else(PathBuf::new, |found| found.folder);
                return Err(MarkError::Busy { identity: identity.clone(), folder: folder.display().to_string() });
            }
            Err(std::fs::TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        let last = last(&bytes, &path)?.map_or(0, |(number, _)| number);
        let writing =
            Writing { last, second: place(&bytes, 1).is_some_and(|(number, _)| number == last), synced: None };
        Ok(Mark {
            identity: identity.clone(),
            marks: self.clone(),
            file: Arc::new(file),
            writing: Arc::new(Mutex::new(writing)),
        })
    }
}

/// What is known of the last write.
#[derive(Debug)]
struct Writing {
    last: i64,
    /// Whether the last number stands in the second place.
    second: bool,
    /// When the file was brought to the disk last; none while nothing was written since it was opened.
    synced: Option<Instant>,
}

/// A site's mark in the hands of its worker.
#[derive(Debug, Clone)]
pub struct Mark {
    identity: Identity,
    marks: Marks,
    file: Arc<File>,
    writing: Arc<Mutex<Writing>>,
}

impl Mark {
    /// The same where it can't be written any more.
    #[cfg(test)]
    pub(crate) fn unwritable(mut self) -> Self {
        let only_read = File::open(self.marks.number(&self.identity)).expect("the mark");
        self.file = Arc::new(only_read);
        self
    }

    /// Whose it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The last number.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.writing().last
    }

    fn writing(&self) -> std::sync::MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a number, unless a later one stands there; then letters that were begun with it may leave.
    ///
    /// # Errors
    /// The file can't be written: nothing may leave.
    pub fn write(&self, number: i64, now: DateTime<Utc>) -> Result<(), MarkError> {
        let mut writing = self.writing();
        if number <= writing.last {
            return Ok(());
        }
        let place = if writing.second { LINE } else { 2 * LINE };
        let failed = |cause| MarkError::File { path: self.marks.number(&self.identity), cause };
        self.file.write_all_at(&line(number, now), place as u64).map_err(failed)?;
        writing.last = number;
        writing.second = !writing.second;
        if writing.synced.is_none_or(|at| at.elapsed() >= SYNC) {
            writing.synced = Some(Instant::now());
            let path = self.marks.number(&self.identity);
            let sync = move || {
                // By a handle of its own: the worker's must not outlive it, since it holds the lock.
                if let Err(error) = File::open(&path).and_then(|file| file.sync_data()) {
                    tracing::warn!(%error, "the mark is not on the disk yet");
                }
            };
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(sync)),
                Err(_) => sync(),
            }
        }
        Ok(())
    }

    /// Brings the number to the disk.
    pub async fn settle(&self) {
        if self.writing().synced.is_none() {
            return;
        }
        let path = self.marks.number(&self.identity);
        let synced = tokio::task::spawn_blocking(move || File::open(&path)?.sync_data()).await;
        if let Ok(Err(error)) = synced {
            tracing::warn!(%error, "the mark is not on the disk yet");
        }
    }

    /// Notes in which folder the site lies from now on.
    ///
    /// # Errors
    /// It can't be written.
    pub fn lies_in(&self, folder: &Path) -> Result<(), MarkError> {
        let path = self.marks.place(&self.identity);
        let text =
            json!({"schema": "cuofeng.mark/1", "site": self.identity.as_str(), "folder": folder.to_string_lossy()});
        whole(&path, format!("{text}\n").as_bytes()).map_err(|cause| MarkError::File { path, cause })
    }
}

fn head() -> Vec<u8> {
    format!("{HEAD:<width$}\n", width = LINE - 1).into_bytes()
}

/// A number in its place.
fn line(number: i64, at: DateTime<Utc>) -> Vec<u8> {
    let words = format!("{number:020} {:020}", seconds(at));
    format!("{:<width$}\n", format!("{words} {}", sum(&words)), width = LINE - 1).into_bytes()
}

fn sum(words: &str) -> String {
    Sha256::digest(words.as_bytes()).iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// What stands in the first or second place, if it is whole.
fn place(bytes: &[u8], place: usize) -> Option<(i64, DateTime<Utc>)> {
    let line = std::str::from_utf8(bytes.get((place + 1) * LINE..(place + 2) * LINE)?).ok()?;
    let (words, check) = line.trim_end().rsplit_once(' ')?;
    let (number, at) = words.split_once(' ').filter(|_| sum(words) == check)?;
    Some((number.parse().ok()?, instant(at.parse().ok()?, "mark").ok()?))
}

/// The last number of a file, if either place is whole.
fn last(bytes: &[u8], path: &Path) -> Result<Option<(i64, DateTime<Utc>)>, MarkError> {
    if bytes.get(..LINE) != Some(head().as_slice()) {
        let is_newer = bytes.starts_with(b"cuofeng mark ") && !bytes.starts_with(b"cuofeng mark 1 ");
        return if is_newer { Err(MarkError::Newer { path: path.to_owned() }) } else { Ok(None) };
    }
    Ok([0, 1].into_iter().filter_map(|which| place(bytes, which)).max_by_key(|(number, _)| *number))
}

/// Writes a file whole or not at all.
fn whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}-new", std::process::id()));
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Which file a database is.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    path: PathBuf,
    node: Option<(u64, u64)>,
}

impl Opened {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), node: node(path) }
    }
}

fn node(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Which site's it is; none where no version that knows of it has worked on it.
    pub identity: Option<Identity>,
    /// The folder in which its number was marked.
    pub marks: PathBuf,
    /// The number.
    pub number: i64,
    /// When it was counted last.
    pub at: Option<DateTime<Utc>>,
}

/// Counts the number up in a transaction that begins letters; gives it.
pub async fn count(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("update mark set number = number + 1, at = ? returning number")
        .bind(seconds(now))
        .fetch_one(&mut **tx)
        .await?)
}

/// Puts the number where the mark beside the database is.
pub async fn catch_up(tx: &mut Tx, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update mark set number = ?1, at = ?2 where number < ?1")
        .bind(number)
        .bind(seconds(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes which site's the database is from now on.
pub async fn name(tx: &mut Tx, identity: &Identity, marks: &Marks, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("insert or replace into identity (only, identity, since, marks) values (1, ?, ?, ?)")
        .bind(identity.as_str())
        .bind(seconds(now))
        .bind(marks.folder().to_string_lossy())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// What the database says of itself.
    pub async fn own(&self) -> Result<Own, StoreError> {
        let (number, at): (i64, i64) = sqlx::query_as("select number, at from mark").fetch_one(self.pool()).await?;
        let named: Option<(String, String)> =
            sqlx::query_as("select identity, marks from identity").fetch_optional(self.pool()).await?;
        let at = (number > 0).then(|| instant(at, "mark")).transpose()?;
        let Some((identity, marks)) = named else {
            return Ok(Own { identity: None, marks: PathBuf::new(), number, at });
        };
        let read = Identity::parse(&identity);
        let corrupt = || StoreError::Corrupt { what: "identity", of: "site".to_owned(), value: identity.clone() };
        Ok(Own { identity: Some(read.ok_or_else(corrupt)?), marks: marks.into(), number, at })
    }

    /// The mark that this worker keeps; none of one that only looks, or that doesn't know whether it is the only one.
    #[must_use]
    pub const fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// The same database with a mark beside it.
    #[must_use]
    pub fn marked(self, mark: Option<Mark>) -> Self {
        Self { mark, ..self }
    }

    /// That the file which is open still lies where it was opened.
    ///
    /// # Errors
    /// It was moved, removed or replaced.
    pub fn still_there(&self) -> Result<(), StoreError> {
        let here = node(&self.opened.path);
        if here.is_some() && here == self.opened.node {
            Ok(())
        } else {
            Err(StoreError::Gone { path: self.opened.path.clone() })
        }
    }

    /// That it still lies there, and is not behind what this process has marked.
    ///
    /// # Errors
    /// The file was moved, removed or replaced, or its content was.
    pub async fn still_itself(&self) -> Result<(), StoreError> {
        self.still_there()?;
        let last = self.marked_last();
        let number: i64 = sqlx::query_scalar("select number from mark").fetch_one(self.pool()).await?;
        if number < last { Err(StoreError::Behind) } else { Ok(()) }
    }

    /// The number by which a transaction must be later; 0 where no mark is kept.
    pub(crate) fn marked_last(&self) -> i64 {
        self.mark.as_ref().map_or(0, Mark::last)
    }

    /// Marks the number of a transaction that began letters, before any of them leaves.
    pub(crate) fn remember(&self, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.mark.as_ref().map_or(Ok(()), |mark| Ok(mark.write(number, now)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("an instant")
    }

    fn identity() -> Identity {
        Identity::parse("0123456789abcdef").expect("an identity")
    }

    #[test]
    fn a_number_is_read_back_whatever_byte_of_the_last_write_a_crash_left() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().join("marks"));
        let path = marks.number(&identity());
        let last = |marks: &Marks| marks.find(&identity()).expect("readable").expect("a mark").last;
        assert_eq!(marks.find(&identity()).expect("readable"), None);
        let mark = marks.open(&identity()).expect("a mark");
        assert_eq!(last(&marks), Some((0, DateTime::UNIX_EPOCH)));
        for number in 1..6 {
            let before = std::fs::read(&path).expect("a file");
            mark.write(number, at(number)).expect("written");
            let after = std::fs::read(&path).expect("a file");
            let changed: Vec<usize> = (0..after.len()).filter(|at| before[*at] != after[*at]).collect();
            for cut in 0..changed.len() {
                let mut torn = before.clone();
                for place in &changed[..cut] {
                    torn[*place] = after[*place];
                }
                std::fs::write(&path, torn).expect("a torn file");
                assert_eq!(last(&marks).expect("a number").0, number - 1, "{cut} of {} bytes", changed.len());
            }
            std::fs::write(&path, after).expect("the file");
            assert_eq!(last(&marks), Some((number, at(number))));
        }
        mark.write(3, at(9)).expect("nothing to do");
        assert_eq!(last(&marks), Some((5, at(5))), "never back");
        drop(mark);
        let mark = marks.open(&identity()).expect("again");
        mark.write(6, at(6)).expect("written");
        mark.write(7, at(7)).expect("written");
        assert_eq!(last(&marks), Some((7, at(7))));
    }

    #[test]
    fn a_damaged_mark_says_that_it_knows_nothing_and_one_of_a_newer_program_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().to_owned());
        let path = marks.number(&identity());
        for damage in [&b""[..], b"x", b"cuofeng mark", &[0; 192]] {
            std::fs::write(&path, damage).expect("a file");
            assert_eq!(marks.find(&identity()).expect("readable").expect("a mark").last, None, "{damage:?}");
        }
        let mut both = head();
        both.extend([b'7'; 2 * LINE]);
        std::fs::write(&path, both).expect("a file");
        assert_eq!(marks.find(&identity()).expect("readable").expect("a mark").last, None);
        std::fs::write(&path, format!("{:<63}\n{}", "cuofeng mark 2", "7".repeat(128))).expect("a file");
        assert!(matches!(marks.find(&identity()), Err(MarkError::Newer { .. })));
        assert!(matches!(marks.open(&identity()), Err(MarkError::Newer { .. })));
    }

    #[test]
    fn one_worker_holds_a_mark_and_it_says_where_the_site_lies() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().to_owned());
        let mark = marks.open(&identity()).expect("a mark");
        mark.lies_in(Path::new("/srv/站点 一")).expect("noted");
        let busy = marks.open(&identity()).expect_err("held");
        assert!(busy.to_string().contains("/srv/站点 一"), "{busy}");
        let (found, of) = marks.of_folder(Path::new("/srv/站点 一")).expect("readable").expect("found");
        assert_eq!((found, of.last.map(|l| l.0)), (identity(), Some(0)));
        assert_eq!(marks.of_folder(Path::new("/srv")).expect("readable"), None);
        drop(mark);
        marks.open(&identity()).expect("free again");
    }
}
