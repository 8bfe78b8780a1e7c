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

mod folder;
mod places;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use self::places::LINE;
use super::{Store, StoreError};
use cuofeng_base::file;
use cuofeng_base::word::Identity;

pub use self::folder::{Found, MarkError, Marks, VARIABLE};

/// How often the number is brought to the disk while letters leave.
const SYNC: Duration = Duration::from_secs(1);

/// What is known of the last write.
#[derive(Debug)]
struct Writing {
    last: i64,
    /// Whether the last number stands in the second place.
    second: bool,
    /// When the file was brought to the disk last; none while nothing was written since it was opened.
    synced: Option<Instant>,
    /// Whether something was written that may not be on the disk.
    unsettled: bool,
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
    /// The mark that a file which is held has in it.
    fn of(identity: &Identity, marks: &Marks, file: File, bytes: &[u8]) -> Self {
        let last = places::last(bytes).map_or(0, |(number, _)| number);
        let second = places::place(bytes, 1).is_some_and(|(number, _)| number == last);
        let writing = Arc::new(Mutex::new(Writing { last, second, synced: None, unsettled: false }));
        Self { identity: identity.clone(), marks: marks.clone(), file: Arc::new(file), writing }
    }

    /// The same mark, opened for reading alone: whoever tests what must stop then takes it.
    ///
    /// # Errors
    /// What the system said of the file.
    #[doc(hidden)]
    pub fn unwritable(mut self) -> std::io::Result<Self> {
        self.file = Arc::new(File::open(self.marks.number(&self.identity))?);
        Ok(self)
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
        self.file.write_all_at(&places::line(number, now), place as u64).map_err(failed)?;
        writing.last = number;
        writing.second = !writing.second;
        writing.unsettled = true;
        if writing.synced.is_none_or(|at| at.elapsed() >= SYNC) {
            writing.synced = Some(Instant::now());
            let path = self.marks.number(&self.identity);
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(move || sync(&path))),
                Err(_) => drop(sync(&path)),
            }
        }
        Ok(())
    }

    /// Brings the number to the disk, where something was written since it was brought there last.
    pub async fn settle(&self) {
        if !std::mem::take(&mut self.writing().unsettled) {
            return;
        }
        let path = self.marks.number(&self.identity);
        let synced = tokio::task::spawn_blocking(move || sync(&path)).await;
        if !synced.unwrap_or(false) {
            self.writing().unsettled = true;
        }
    }

    /// Notes in which folder the site lies from now on.
    ///
    /// # Errors
    /// It can't be written.
    pub fn lies_in(&self, folder: &Path) -> Result<(), MarkError> {
        let (marks, name) = (self.marks.folder(), folder::place(&self.identity));
        let text =
            json!({"schema": "cuofeng.mark/1", "site": self.identity.as_str(), "folder": folder.to_string_lossy()});
        file::write(marks, &name, format!("{text}\n").as_bytes(), folder::ACCESS)
            .map_err(|cause| MarkError::File { path: marks.join(&name), cause })
    }
}

/// Brings a mark to the disk, by a handle of its own: the worker's must not outlive it, since it holds the lock. Gives
/// whether it is there.
fn sync(path: &Path) -> bool {
    let synced = File::open(path).and_then(|file| file.sync_data());
    if let Err(error) = &synced {
        tracing::warn!(%error, "the mark is not on the disk yet");
    }
    synced.is_ok()
}

impl Store {
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

    /// The number by which a transaction must be later; 0 where no mark is kept.
    pub fn marked_last(&self) -> i64 {
        self.mark.as_ref().map_or(0, Mark::last)
    }

    /// Marks the number of a transaction that began letters, before any of them leaves.
    pub fn remember(&self, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.mark.as_ref().map_or(Ok(()), |mark| Ok(mark.write(number, now)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("an instant")
    }

    pub(super) fn identity() -> Identity {
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

    #[tokio::test]
    async fn what_was_brought_to_the_disk_is_not_brought_there_again_and_what_was_not_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().to_owned());
        let path = marks.number(&identity());
        let mark = marks.open(&identity()).expect("a mark");
        let waits = |mark: &Mark| mark.writing().unsettled;
        assert!(!waits(&mark), "nothing was written yet");
        mark.write(1, at(1)).expect("written");
        assert!(waits(&mark));
        mark.settle().await;
        assert!(!waits(&mark));
        mark.write(1, at(2)).expect("nothing to do");
        assert!(!waits(&mark));
        mark.write(2, at(2)).expect("written");
        std::fs::rename(&path, dir.path().join("away")).expect("away");
        mark.settle().await;
        assert!(waits(&mark), "it could not be brought there");
        std::fs::rename(dir.path().join("away"), &path).expect("back");
        mark.settle().await;
        assert!(!waits(&mark));
    }
}
