//! A folder of its own for what is still being made, beside where it will lie.
//!
//! In: the folder where something is to lie. Out: a folder beside it that no other run uses, gone when it is dropped. Can't
//! happen: what a killed run left there staying for good (the next run removes it); another run's work removed while it
//! works (each holds a lock in its folder).

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{BackupError, failed};

/// How the folders' names begin.
const PREFIX: &str = ".cuofeng-backup-";

/// Where the system has no locks, as on some shares, what is older than this is nobody's.
const STALE: Duration = Duration::from_hours(24);

/// The folder.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    _lock: File,
}

impl Part {
    /// Makes the folder in `parent`, and removes what killed runs left there.
    pub fn begin(parent: &Path) -> Result<Self, BackupError> {
        sweep(parent);
        for number in 0.. {
            let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => continue,
                Err(error) => return Err(failed(&path)(error)),
            }
            if let Some(lock) = claim(&path).map_err(failed(&path))? {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(failed(parent)(io::ErrorKind::AlreadyExists.into()))
    }

    /// A path below the folder.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next run.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Locks a folder that was just made; none where a sweep came between, which takes it for one that a killed run left.
fn claim(path: &Path) -> io::Result<Option<File>> {
    let lock = File::create(path.join("lock"))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        // Where there are no locks its age protects it.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    // A sweep lets go of the lock only once the folder is gone.
    Ok(path.join("lock").exists().then_some(lock))
}

/// Removes what killed runs left.
fn sweep(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let own = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if own && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_left(&entry.path());
        }
    }
}

/// Removes a folder where nobody works in it, holding its lock until it is gone.
fn remove_left(path: &Path) {
    let age = || std::fs::metadata(path).ok()?.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    let old = || age().is_some_and(|age| age > STALE);
    let lock = File::options().write(true).open(path.join("lock"));
    let left = match &lock {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => old(),
        },
        // Killed before it had a lock, or just begun.
        Err(_) => old(),
    };
    if left {
        let _ = std::fs::remove_dir_all(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_a_sweep_has_in_hand_is_not_worked_in() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join(format!("{PREFIX}1-0"));
        std::fs::create_dir(&path).expect("a folder");
        let sweeps = File::create(path.join("lock")).expect("a file");
        sweeps.lock().expect("locked");
        assert!(claim(&path).expect("a claim").is_none(), "the sweep goes on");
        drop(sweeps);
        let claimed = claim(&path).expect("a claim").expect("a lock");
        sweep(parent.path());
        assert!(path.exists(), "a sweep leaves what is worked in");
        drop(claimed);
        sweep(parent.path());
        assert!(!path.exists(), "what was left goes");
    }
}
