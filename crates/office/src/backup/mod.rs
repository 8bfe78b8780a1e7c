//! Backups: a site in one file, proved, and a folder made of it again.
//!
//! In: a site's folder, with its database in use. Out: one archive (ZIP, so that any desk can open it) with everything the
//! site needs to go on as itself; of an archive, what it holds and whether it is whole; of both, a folder that is held
//! until a person lets it go on. Can't happen: half an archive under its final name; an archive counted that was not read
//! back, opened and checked; a provider's secret in one; a changed byte passed over (a sum at the end covers all that is
//! before it); a folder half restored that works.

mod aside;
mod database;
mod entries;
pub mod keep;
pub mod manifest;
mod part;
mod read;
mod restore;
mod write;

use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::site::Site;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message, hex};
use cuofeng_base::words;
use cuofeng_store::StoreError;

pub use self::aside::aside;
pub use self::database::copy as copy_database;
pub use self::database::schema;
pub use self::manifest::Manifest;
pub use self::part::Part;
pub use self::read::{Archive, check, read};
pub use self::restore::Restoring;
pub use self::write::{Made, copy, make};

/// Where a site's own backups lie, below its folder.
pub const FOLDER: &str = "backups";

/// The database's path in an archive.
const DATABASE: &str = "state/cuofeng.db";

/// What tells the backups of sites apart that share a folder: the beginning of the site's identity; before it has one, of
/// its place.
pub async fn tag(root: &Path) -> String {
    let identity = database::identity(&Site::database(root)).await.unwrap_or_default();
    if !identity.is_empty() {
        return identity.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    }
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    hex(&sha2::Sha256::digest(whole.to_string_lossy().as_bytes())[..4])
}

words! {
    /// Why a backup is made.
    pub enum Why {
        /// A person asked for it.
        Asked = "asked" as "backup.asked",
        /// The night's.
        Nightly = "nightly" as "backup.nightly",
        /// Before a database is brought to a newer schema.
        Upgrade = "upgrade" as "backup.upgrade",
    }
}

/// Why there is no backup, or none that can be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum BackupError {
    /// The site has no database yet.
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// There is a file of that name.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder can't be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// The database can't be copied or read.
    Store(#[from] StoreError),
    /// The copy of the database is not sound.
    Unsound {
        /// What the database's own check says.
        said: String,
    },
    /// The file is no archive of this program, or is cut off.
    NotOurs,
    /// Bytes of the file have changed since it was written.
    Changed {
        /// The file, or what in it.
        what: String,
    },
    /// An entry would be written outside the folder.
    Path {
        /// Its path.
        path: String,
    },
    /// The archive has a form that this program does not know.
    Form {
        /// The program that made it.
        program: String,
    },
    /// The database in it is of a newer schema.
    Newer {
        /// Its schema.
        found: i64,
        /// The newest that this program knows.
        known: i64,
        /// The program that made it.
        program: String,
    },
    /// The folder to restore into holds something.
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Another archive is half restored there.
    Other {
        /// The folder.
        path: PathBuf,
        /// That archive.
        archive: String,
    },
    /// Another restore works there at the moment.
    Busy {
        /// The folder.
        path: PathBuf,
    },
}

impl BackupError {
    /// For people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NoDatabase { path } => msg!("backup.no_database", path = path.display()),
            Self::Exists { path } => msg!("backup.exists", path = path.display()),
            Self::File { path, cause } => {
                msg!("backup.file", path = path.display(), cause = cuofeng_base::file::said(cause))
            }
            Self::Store(error) => msg!("backup.store", cause = error.to_string()),
            Self::Unsound { said } => msg!("backup.unsound", said = said),
            Self::NotOurs => msg!("backup.not_ours"),
            Self::Changed { what } => msg!("backup.changed", what = what),
            Self::Path { path } => msg!("backup.path", path = path),
            Self::Form { program } => msg!("backup.form", program = program, own = env!("CARGO_PKG_VERSION")),
            Self::Newer { found, known, program } => {
                msg!("backup.newer", found = *found, known = *known, program = program, own = env!("CARGO_PKG_VERSION"))
            }
            Self::NotEmpty { path } => msg!("restore.not_empty", path = path.display()),
            Self::Other { path, archive } => msg!("restore.other", path = path.display(), archive = archive),
            Self::Busy { path } => msg!("restore.busy", path = path.display()),
        }
    }
}

/// An error of the system with the file that it is about.
fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |cause| BackupError::File { path, cause }
}
