//! One worker a site.
//!
//! In: a site folder. Out: a lock that lasts as long as its holder. Can't happen: a second worker let in by removing
//! `state/` (the folder itself is locked); one of an older version beside this one (it locks the file in `state/`, which
//! is held, too).

use std::fs::{File, TryLockError};
use std::path::Path;

use super::AppError;
use crate::file::{self, Access};

/// The locks of a worker.
pub(super) struct Lock {
    _folder: File,
    _older: File,
}

impl Lock {
    /// Takes them.
    pub(super) fn take(root: &Path) -> Result<Self, AppError> {
        let state = root.join("state");
        let path = state.join("worker.lock");
        let folder = File::open(root).map_err(|cause| AppError::Lock { path: root.to_owned(), cause })?;
        hold(&folder, root, root)?;
        let failed = |cause| AppError::Lock { path: path.clone(), cause };
        file::folder(&state, Access::Own).map_err(failed)?;
        let older = file::own(&path).map_err(failed)?;
        hold(&older, &path, root)?;
        Ok(Self { _folder: folder, _older: older })
    }
}

fn hold(file: &File, path: &Path, root: &Path) -> Result<(), AppError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AppError::Busy(root.to_owned())),
        Err(TryLockError::Error(cause)) => Err(AppError::Lock { path: path.to_owned(), cause }),
    }
}
