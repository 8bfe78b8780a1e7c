//! An archive read back: whether it is whole, and what it holds.
//!
//! In: a file. Out: its manifest, once every byte has been found as it was written; the database in it opened and checked.
//! Can't happen: a flipped byte passed over, wherever it is; more written out than the manifest says.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::manifest::{self, Entry, Manifest};
use super::part::Part;
use super::{BackupError, DATABASE, aside, database, failed};
use cuofeng_base::text::hex;

/// What stands at the very end of an archive, as its comment: this, and the sum of all bytes before it.
const SEAL: &str = "cuofeng sha256 ";

/// How long the seal is.
pub(super) const SEAL_LENGTH: usize = SEAL.len() + 64;

/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// Manifests are small.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// An archive whose bytes are all as they were written.
#[derive(Debug)]
pub struct Archive {
    /// The file.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// The sum in its seal.
    pub sum: String,
    /// What it says of itself.
    pub manifest: Manifest,
    zip: ZipArchive<BufReader<File>>,
}

/// The seal of a file whose bytes but the seal have this sum.
pub(super) fn seal(sum: &str) -> String {
    format!("{SEAL}{sum}")
}

/// The sum of all of a file but its seal.
pub(super) fn sum_of(path: &Path) -> Result<(u64, String), BackupError> {
    let size = std::fs::metadata(path).map_err(failed(path))?.len();
    let sealed = size.checked_sub(SEAL_LENGTH as u64).ok_or(BackupError::NotOurs)?;
    let file = File::open(path).map_err(failed(path))?;
    let (read, sum) = pour(file.take(sealed), &mut std::io::sink()).map_err(failed(path))?;
    if read == sealed { Ok((size, sum)) } else { Err(BackupError::Changed { what: path.display().to_string() }) }
}

/// Copies all of a reader; gives how much and the sum of it.
pub(super) fn pour(mut from: impl Read, to: &mut impl Write) -> std::io::Result<(u64, String)> {
    let (mut digest, mut length, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        digest.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        length += read as u64;
    }
    Ok((length, hex(&digest.finalize())))
}

/// Reads an archive from end to end: its seal, its manifest, and every entry against it.
pub fn read(path: &Path) -> Result<Archive, BackupError> {
    let mut archive = open(path)?;
    for entry in archive.manifest.entries.clone() {
        archive.unpack(&entry, &mut std::io::sink())?;
    }
    Ok(archive)
}

/// The archive once its seal holds, its manifest read.
pub(super) fn open(path: &Path) -> Result<Archive, BackupError> {
    let changed = || BackupError::Changed { what: path.display().to_string() };
    let (size, sum) = sum_of(path)?;
    let mut file = File::open(path).map_err(failed(path))?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(size - SEAL_LENGTH as u64)).map_err(failed(path))?;
    file.take(SEAL_LENGTH as u64).read_to_end(&mut end).map_err(failed(path))?;
    if !end.starts_with(SEAL.as_bytes()) {
        return Err(BackupError::NotOurs);
    }
    if end != seal(&sum).as_bytes() {
        return Err(changed());
    }
    let file = BufReader::new(File::open(path).map_err(failed(path))?);
    let mut zip = ZipArchive::new(file).map_err(|_| changed())?;
    let mut text = Vec::new();
    let entry = zip.by_name(manifest::NAME).map_err(|_| BackupError::NotOurs)?;
    entry.take(LARGEST_MANIFEST).read_to_end(&mut text).map_err(|_| changed())?;
    let manifest = Manifest::parse(&text)?;
    // What the manifest does not speak of has no place in it.
    if zip.len() != manifest.entries.len() + 1 || manifest.database().is_none() {
        return Err(BackupError::NotOurs);
    }
    Ok(Archive { path: path.to_owned(), size, sum, manifest, zip })
}

impl Archive {
    /// Writes an entry out, where its bytes are those that the manifest speaks of.
    pub(super) fn unpack(&mut self, entry: &Entry, to: &mut impl Write) -> Result<(), BackupError> {
        let changed = || BackupError::Changed { what: entry.path.clone() };
        let packed = self.zip.by_name(&entry.path).map_err(|_| changed())?;
        // One byte more tells a longer one apart.
        let poured = pour(packed.take(entry.size + 1), to).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput | std::io::ErrorKind::UnexpectedEof => {
                changed()
            }
            _ => failed(&self.path)(error),
        })?;
        if poured == (entry.size, entry.sha256.clone()) { Ok(()) } else { Err(changed()) }
    }

    /// The text of the site file in it.
    pub(super) fn site_file(&mut self) -> Result<String, BackupError> {
        let entry = self.manifest.entry(cuofeng_base::setting::FILE).cloned();
        let mut bytes = Vec::new();
        self.unpack(&entry.ok_or(BackupError::NotOurs)?, &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Variables and files of secrets that a site made of it needs, and that are not in it.
    pub fn needs(&mut self) -> Result<Vec<String>, BackupError> {
        Ok(super::entries::needs(&self.site_file()?))
    }

    /// Refuses a database of a schema that this program does not know.
    pub(super) fn known(&self) -> Result<(), BackupError> {
        let (found, known) = (self.manifest.database_schema, cuofeng_store::newest_schema());
        if found <= known {
            return Ok(());
        }
        Err(BackupError::Newer { found, known, program: self.manifest.program.clone() })
    }
}

/// Reads an archive from end to end, and opens and checks the database in it; what that needs is laid in `scratch`.
pub async fn check(path: &Path, scratch: &Path) -> Result<Archive, BackupError> {
    let (file, folder) = (path.to_owned(), scratch.to_owned());
    let unpacked = move || -> Result<(Archive, Part), BackupError> {
        let mut archive = read(&file)?;
        let part = Part::begin(&folder)?;
        archive.unpack_database(&part.join("cuofeng.db"))?;
        Ok((archive, part))
    };
    let (archive, part) = aside(unpacked).await.map_err(failed(path))??;
    archive.known()?;
    proved(&archive, &part.join("cuofeng.db")).await?;
    aside(move || drop(part)).await.map_err(failed(path))?;
    Ok(archive)
}

/// Checks the database of an archive where it was laid.
pub(super) async fn proved(archive: &Archive, database: &Path) -> Result<(), BackupError> {
    database::sound(database).await?;
    let found = database::counts(database).await?;
    if found == (archive.manifest.database_schema, archive.manifest.counts) {
        return Ok(());
    }
    Err(BackupError::Changed { what: DATABASE.to_owned() })
}

impl Archive {
    pub(super) fn unpack_database(&mut self, to: &Path) -> Result<(), BackupError> {
        let entry = self.manifest.database().cloned().ok_or(BackupError::NotOurs)?;
        let mut file = File::create(to).map_err(failed(to))?;
        self.unpack(&entry, &mut file)?;
        file.sync_all().map_err(failed(to))
    }
}
