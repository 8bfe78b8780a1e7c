//! One worker a site.
//!
//! In: a site folder. Out: a lock that lasts as long as its holder. Can't happen: a second worker let in by removing
//! `state/` (the folder itself is locked); one of an older version beside this one (it locks the file in `state/`, which
//! is held, too); a lock of this process taken for another's.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::AppError;
use cuofeng_base::file::{self, Access};

/// The locked files in `state/` of the workers of this process, as the system names them.
static HELD: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// The locks of a worker.
pub(crate) struct Lock {
    _folder: File,
    _older: File,
    node: Option<(u64, u64)>,
}

impl Lock {
    /// Takes them.
    pub(crate) fn take(root: &Path) -> Result<Self, AppError> {
        let state = root.join("state");
        let path = file_in(root);
        let folder = File::open(root).map_err(|cause| AppError::Lock { path: root.to_owned(), cause })?;
        hold(&folder, root, root)?;
        let failed = |cause| AppError::Lock { path: path.clone(), cause };
        file::folder(&state, Access::Own).map_err(failed)?;
        let older = file::own(&path).map_err(failed)?;
        hold(&older, &path, root)?;
        let node = node(&older);
        HELD.lock().unwrap_or_else(PoisonError::into_inner).extend(node);
        Ok(Self { _folder: folder, _older: older, node })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| Some(*held) != self.node);
    }
}

/// Whether a worker of another process is on the site, of whatever version: each has held the file in `state/`.
pub(crate) fn is_anothers(root: &Path) -> bool {
    let Ok(file) = File::open(file_in(root)) else { return false };
    let own = node(&file).is_some_and(|node| HELD.lock().unwrap_or_else(PoisonError::into_inner).contains(&node));
    // Shared, so that two that only ask are not in each other's way.
    !own && matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn file_in(root: &Path) -> PathBuf {
    root.join("state/worker.lock")
}

fn node(file: &File) -> Option<(u64, u64)> {
    file.metadata().ok().map(|meta| file::node(&meta))
}

fn hold(file: &File, path: &Path, root: &Path) -> Result<(), AppError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AppError::Busy(root.to_owned())),
        Err(TryLockError::Error(cause)) => Err(AppError::Lock { path: path.to_owned(), cause }),
    }
}
