//! What the program writes for itself, and for other programs where the site says so.
//!
//! In: a folder, a name, bytes, who may read them. Out: a whole file under that name, or the old one. Can't happen: a
//! file of the site's own that another user of the machine can read, be it for a moment, whatever the umask; half a file.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::is_there;

/// Bits that let others in.
const OTHERS: u32 = 0o077;

/// Who may read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The program's user alone: 0600, and 0700 for folders.
    Own,
    /// Another program too, by the file's mode; its folder lets those in who may read.
    Others(u32),
}

impl Access {
    /// A file's mode as a site writes it, such as `0640`: its owner may read and write it, others perhaps, and
    /// everybody at most read it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mode = u32::from_str_radix(text, 8).ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))?;
        match mode {
            0o600 => Some(Self::Own),
            mode if mode & 0o600 == 0o600 && mode & !0o664 == 0 => Some(Self::Others(mode)),
            _ => None,
        }
    }

    const fn file(self) -> u32 {
        match self {
            Self::Own => 0o600,
            Self::Others(mode) => mode,
        }
    }

    const fn folder(self) -> u32 {
        match self {
            Self::Own => 0o700,
            // Who may read a file may enter its folder.
            Self::Others(mode) => mode | 0o700 | (mode & 0o444) >> 2,
        }
    }
}

/// Makes a folder and those that it lies in, where they are not there; one that is there stays as it is.
pub fn folder(path: &Path, access: Access) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        folder(above, access)?;
    }
    match DirBuilder::new().mode(access.folder() & 0o700).create(path) {
        Ok(()) if access == Access::Own => Ok(()),
        // The umask would take away what the site has named.
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(access.folder())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file of the program's own for writing, made where it is not there; what it holds stays.
pub fn own(path: &Path) -> std::io::Result<File> {
    File::options().create(true).truncate(false).write(true).mode(Access::Own.file()).open(path)
}

/// Makes an empty file of the program's own where there is none. One that is there is not even opened: to close it would
/// let go of what another part of this process has locked of it, as databases are.
pub fn begin(path: &Path) -> std::io::Result<()> {
    match File::options().create_new(true).write(true).mode(Access::Own.file()).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where a file is while it is written; what a crash left there the next write takes over.
#[must_use]
pub fn beside(to: &Path, name: &str) -> PathBuf {
    to.join(format!(".{name}.part"))
}

/// Writes a file beside and renames it, so that it is there whole or not at all.
pub fn write(to: &Path, name: &str, bytes: &[u8], access: Access) -> std::io::Result<()> {
    folder(to, access)?;
    let beside = beside(to, name);
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    // One that a crash left behind keeps the mode that it had.
    if file.metadata()?.permissions().mode() & 0o777 != access.file() {
        file.set_permissions(Permissions::from_mode(access.file()))?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, to.join(name))?;
    File::open(to)?.sync_all()
}

/// Closes a folder of the program's own to others, and everything in it, where an older version left it open. Gives how
/// many files and folders were closed.
pub fn tighten(path: &Path) -> std::io::Result<usize> {
    if !is_there(path)? {
        return Ok(0);
    }
    let data = path.symlink_metadata()?;
    let mode = data.permissions().mode() & 0o777;
    // A link's own mode says nothing, and where it leads is somebody's choice.
    if data.is_symlink() || mode & OTHERS == 0 {
        return Ok(0);
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))?;
    let mut closed = 1;
    // What lies in a folder that was closed already was made by this version.
    if data.is_dir() {
        for entry in std::fs::read_dir(path)? {
            closed += tighten(&entry?.path())?;
        }
    }
    Ok(closed)
}
