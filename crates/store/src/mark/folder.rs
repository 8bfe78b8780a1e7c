//! The folder in which marks are kept.
//!
//! In: a site's identity, or its folder. Out: its mark as it was found; the mark for its one worker. Can't happen: two
//! workers with one identity on one machine (the file is locked, and one that is there is never replaced); a mark that
//! can't be read taken for none.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Mark, places};
use cuofeng_base::file::{self, Access};
use cuofeng_base::word::Identity;

/// The variable that names the folder of marks.
pub const VARIABLE: &str = "CUOFENG_MARKS";

/// Another user may ask where a site works, and how far it is.
pub(super) const ACCESS: Access = Access::Others(0o644);

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

    /// The file of a site's number.
    pub(super) fn number(&self, identity: &Identity) -> PathBuf {
        self.0.join(number(identity))
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
        let place = self.0.join(place(identity));
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
        if self.find(identity)?.is_none() {
            file::write(&self.0, &number(identity), &places::first(), ACCESS).map_err(failed)?;
        }
        let file = File::options().read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let folder = self.find(identity)?.map_or_else(PathBuf::new, |found| found.folder);
                return Err(MarkError::Busy { identity: identity.clone(), folder: folder.display().to_string() });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let mut bytes = std::fs::read(&path).map_err(failed)?;
        // A damaged one begins anew: its worker knows where the count stands. In its place, since another file would not
        // be the one that is locked.
        if last(&bytes, &path)?.is_none() {
            bytes = places::first();
            file.set_len(bytes.len() as u64).map_err(failed)?;
            file.write_all_at(&bytes, 0).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Ok(Mark::of(identity, self, file, &bytes))
    }
}

/// The name of a mark's file.
fn number(identity: &Identity) -> String {
    format!("{identity}.mark")
}

/// The name of the file that says where the site lies.
pub(super) fn place(identity: &Identity) -> String {
    format!("{identity}.site")
}

/// The last number of a file, if it can be read.
fn last(bytes: &[u8], path: &Path) -> Result<Option<(i64, DateTime<Utc>)>, MarkError> {
    if places::is_newer(bytes) { Err(MarkError::Newer { path: path.to_owned() }) } else { Ok(places::last(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::places::LINE;
    use super::*;
    use crate::mark::tests::{at, identity};

    #[test]
    fn a_damaged_mark_says_that_it_knows_nothing_and_one_of_a_newer_program_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().to_owned());
        let path = marks.number(&identity());
        for damage in [&b""[..], b"x", b"cuofeng mark", &[0; 192]] {
            std::fs::write(&path, damage).expect("a file");
            assert_eq!(marks.find(&identity()).expect("readable").expect("a mark").last, None, "{damage:?}");
        }
        let mut both = places::first();
        both.truncate(LINE);
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

    #[test]
    fn a_mark_that_is_damaged_while_it_is_held_gets_no_second_worker_and_begins_anew_for_the_next() {
        let dir = tempfile::tempdir().expect("a folder");
        let marks = Marks::at(dir.path().to_owned());
        let path = marks.number(&identity());
        let mark = marks.open(&identity()).expect("a mark");
        mark.write(7, at(7)).expect("written");
        for damage in [&b""[..], b"x", &[0; 500]] {
            std::fs::write(&path, damage).expect("damaged");
            assert!(matches!(marks.open(&identity()), Err(MarkError::Busy { .. })), "{damage:?}");
        }
        drop(mark);
        let next = marks.open(&identity()).expect("free again");
        assert_eq!((next.last(), std::fs::read(&path).expect("a file").len()), (0, 3 * LINE));
        next.write(8, at(8)).expect("written");
        assert_eq!(marks.find(&identity()).expect("readable").expect("a mark").last, Some((8, at(8))));
    }
}
