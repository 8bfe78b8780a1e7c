//! Files of a site, read in one way, and what is kept private, written in one.
//!
//! In: a path, and how large a file of its sort may be. Out: its bytes or its text, or in words why they can't be had
//! and what to do. Can't happen: a read that waits for somebody else (pipes, sockets and devices are refused, not read);
//! more memory than the limit, however a file grows meanwhile; what can't be looked at taken for what isn't there.

mod kept;
mod tree;

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::fault;
use crate::msg;
use crate::problem::Problem;
use crate::text::{Lang, Message};

pub use kept::{Access, begin, beside, folder, own, tighten, write};
pub use tree::{DEPTH, Tree, below};

/// Largest text that people write by hand: rules, templates, the site file. The largest that ships has 40 KB.
pub const TEXT: u64 = 1 << 20;

/// Largest key, secret or bundle of certificates: a bundle of all public authorities has 250 KB.
pub const KEY: u64 = 1 << 20;

/// Largest table: a hundred thousand enterprises with all their columns have 20 MB.
pub const TABLE: u64 = 64 << 20;

/// Largest file that the program made itself and reads again: ten minutes of the fullest audio.
pub const MADE: u64 = 192 << 20;

/// Most files of one folder: more are no folder that people keep.
const ENTRIES: usize = 200_000;

/// Why a file can't be had.
#[derive(Debug)]
pub enum FileError {
    /// There is none.
    Absent,
    /// A link to nowhere.
    Dangling,
    /// Links that lead round in a circle, or a folder that lies within itself.
    Circle,
    /// Not for this program's user.
    Denied,
    /// A folder, a pipe, a socket or a device.
    NotFile,
    /// Something else where a folder is needed.
    NotFolder,
    /// Larger than files of its sort may be, in MB.
    Large(u64),
    /// A folder with too many files, or files in too many folders of folders.
    Many,
    /// Not UTF-8.
    NotText,
    /// The program has too many files open.
    Crowded,
    /// The system's words.
    System(std::io::Error),
}

impl FileError {
    fn of(path: &Path, error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound if path.symlink_metadata().is_ok_and(|data| data.is_symlink()) => Self::Dangling,
            ErrorKind::NotFound => Self::Absent,
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::NotADirectory => Self::NotFolder,
            _ => match Errno::from_io_error(&error) {
                Some(Errno::LOOP) => Self::Circle,
                Some(Errno::MFILE | Errno::NFILE) => Self::Crowded,
                // What a socket says when it is opened.
                Some(Errno::NXIO | Errno::NODEV) => Self::NotFile,
                _ => Self::System(error),
            },
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Absent => msg!("file.absent"),
            Self::Dangling => msg!("file.dangling"),
            Self::Circle => msg!("file.circle"),
            Self::Denied => msg!("file.denied"),
            Self::NotFile => msg!("file.not_file"),
            Self::NotFolder => msg!("file.not_folder"),
            Self::Large(limit) => msg!("file.large", limit = *limit),
            Self::Many => msg!("file.many"),
            Self::NotText => msg!("feed.utf8"),
            Self::Crowded => msg!("file.crowded"),
            Self::System(error) => fault::system(error),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Message {
        match self {
            Self::Absent => msg!("site.unreadable_advice"),
            Self::System(error) => fault::system_advice(error),
            Self::Dangling | Self::Circle => msg!("file.link_advice"),
            Self::Denied => msg!("file.denied_advice"),
            Self::NotFile => msg!("file.not_file_advice"),
            Self::NotFolder => msg!("file.not_folder_advice"),
            Self::Large(_) | Self::Many => msg!("file.large_advice"),
            Self::NotText => msg!("feed.utf8_advice"),
            Self::Crowded => msg!("file.crowded_advice"),
        }
    }

    /// The same as a finding about a file that people know as `shown`.
    #[must_use]
    pub fn problem(&self, shown: impl Into<String>) -> Problem {
        let what = match self {
            Self::NotText => self.message(),
            _ => msg!("site.unreadable", error = self.message()),
        };
        Problem::file(shown, what, self.advice())
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message().text(Lang::En))
    }
}

impl std::error::Error for FileError {}

impl From<FileError> for std::io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::System(error) => error,
            FileError::Absent => Self::new(ErrorKind::NotFound, error),
            other => Self::other(other),
        }
    }
}

/// What an error of the system says, or one of this module that goes as one.
#[must_use]
pub fn said(error: &std::io::Error) -> Message {
    let own = error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>());
    own.map_or_else(|| fault::system(error), FileError::message)
}

/// Whether there is anything of this name, be it a link to nowhere.
///
/// # Errors
/// It can't be found out.
pub fn is_there(path: &Path) -> Result<bool, FileError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::of(path, error)),
    }
}

/// What a link leads to, or the thing itself.
pub(crate) fn looked_at(path: &Path) -> Result<Metadata, FileError> {
    path.metadata().map_err(|error| FileError::of(path, error))
}

/// Which file it is, whatever its name: device and number.
#[must_use]
pub fn node(data: &Metadata) -> (u64, u64) {
    (data.dev(), data.ino())
}

/// Opens a plain file for reading.
pub fn open(path: &Path) -> Result<File, FileError> {
    let plain = |data: &Metadata| if data.is_file() { Ok(()) } else { Err(FileError::NotFile) };
    let failed = |error| FileError::of(path, error);
    // Looked at first, since to open a device may already do something; and again, since it may be another by then.
    plain(&looked_at(path)?)?;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(failed)?;
    plain(&file.metadata().map_err(failed)?)?;
    Ok(file)
}

/// The bytes of a plain file, at most so many.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    let failed = |error| FileError::of(path, error);
    let size = file.metadata().map_err(failed)?.len();
    let large = || FileError::Large(limit >> 20);
    if size > limit {
        return Err(large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) { Ok(bytes) } else { Err(large()) }
}

/// The text of a plain file in UTF-8, of at most so many bytes.
pub fn text(path: &Path, limit: u64) -> Result<String, FileError> {
    String::from_utf8(read(path, limit)?).map_err(|_| FileError::NotText)
}

/// Everything in a folder but what programs left behind, in order.
pub fn listed(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |error| FileError::of(folder, error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if paths.len() >= ENTRIES {
            return Err(FileError::Many);
        }
        if !is_left_behind(&entry.file_name().to_string_lossy()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether a program made a file of this name beside one of a person's and left it: macOS (`._x.toml`), Emacs
/// (`.#x.toml`, `#x.toml#`, `x.toml~`), Office and WPS (`~$x.xlsx`, `.~x.xlsx`). Whatever begins with a dot is meant to be unseen.
#[must_use]
pub fn is_left_behind(name: &str) -> bool {
    let is_saved = name.len() > 1 && name.starts_with('#') && name.ends_with('#');
    name.starts_with('.') || name.starts_with("~$") || name.ends_with('~') || is_saved
}

#[cfg(test)]
mod tests;
