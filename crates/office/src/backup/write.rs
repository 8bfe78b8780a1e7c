//! An archive made: copied, packed, sealed, proved, named.
//!
//! In: a site's folder, with its service at work or not. Out: one file that was read back. Can't happen: a file that is
//! there already written over; a file under its name that was not proved.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::entries::{self, Found};
use super::manifest::{self, Counts, Entry, LeftOut, Manifest};
use super::part::Part;
use super::read::{self, SEAL_LENGTH, pour, seal, sum_of};
use super::{BackupError, DATABASE, Why, aside, database, failed};
use crate::site::Site;
use cuofeng_base::boundary::boundary;

/// How hard it is packed: what takes thrice the time is a tenth smaller.
const LEVEL: i64 = 3;

/// A backup that was read back.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// What it holds.
    pub manifest: Manifest,
}

/// Makes a backup of a site at a path where nothing is, and proves it; `made_at` is the moment as its manifest has it.
pub async fn make(root: &Path, to: &Path, why: Why, made_at: &str) -> Result<Made, BackupError> {
    let parent = parent(to);
    let (site, target) = (root.to_owned(), to.to_owned());
    let begin = move || -> Result<(Part, Found), BackupError> {
        if target.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { path: target });
        }
        let part = Part::begin(&parent)?;
        boundary("backup-begun");
        let found = entries::collect(&site).map_err(failed(&site))?;
        Ok((part, found))
    };
    let (part, found) = aside(begin).await.map_err(failed(to))??;
    let (copy, packed) = (part.join("cuofeng.db"), part.join("archive.zip"));
    database::copy(&Site::database(root), &copy).await?;
    boundary("backup-copied");
    let (schema, counts) = database::counts(&copy).await?;
    let identity = database::identity(&copy).await?;
    let stated = Stated { schema, identity, counts, why, made_at: made_at.to_owned() };
    let pack_it = move || -> Result<(Part, read::Archive), BackupError> {
        pack(&packed, &copy, found, stated)?;
        boundary("backup-written");
        // The proof uses what was written, not what it was written from.
        std::fs::remove_file(&copy).map_err(failed(&copy))?;
        let mut archive = read::read(&packed)?;
        archive.unpack_database(&copy)?;
        Ok((part, archive))
    };
    let (part, archive) = aside(pack_it).await.map_err(failed(to))??;
    read::proved(&archive, &part.join("cuofeng.db")).await?;
    boundary("backup-proved");
    let target = to.to_owned();
    let name_it = move || -> Result<Made, BackupError> {
        settle(&part.join("archive.zip"), &target)?;
        boundary("backup-named");
        Ok(Made { path: target, size: archive.size, manifest: archive.manifest })
    };
    aside(name_it).await.map_err(failed(to))?
}

/// The folder that a file lies in.
fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What the manifest says that no file does.
struct Stated {
    schema: i64,
    identity: String,
    counts: Counts,
    why: Why,
    made_at: String,
}

/// Writes the archive and seals it.
fn pack(to: &Path, database: &Path, found: Found, stated: Stated) -> Result<(), BackupError> {
    let zipped = |error: zip::result::ZipError| failed(to)(error.into());
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(to).map_err(failed(to))?;
    let mut zip = ZipWriter::new(file);
    let add = |zip: &mut ZipWriter<File>, path: &str, mode: u32, from: &mut dyn io::Read, size: u64| {
        zip.start_file(path, options(mode, size)).map_err(zipped)?;
        let (size, sha256) = pour(from, zip).map_err(failed(to))?;
        Ok::<Entry, BackupError>(Entry { path: path.to_owned(), size, sha256, mode })
    };
    let mut copy = File::open(database).map_err(failed(database))?;
    let size = copy.metadata().map_err(failed(database))?.len();
    let mut entries = vec![add(&mut zip, DATABASE, 0o600, &mut copy, size)?];
    let mut left_out = Vec::new();
    for taken in &found.taken {
        let against = match found.open(taken).map_err(failed(&taken.full))? {
            None => continue,
            Some(Err(why)) => Some(why),
            Some(Ok(mut poured)) => {
                let entry = add(&mut zip, &taken.path, taken.mode, &mut poured, taken.size)?;
                let against = poured.against();
                if against.is_none() {
                    entries.push(entry);
                } else {
                    zip.abort_file().map_err(zipped)?;
                }
                against
            }
        };
        left_out.extend(against.map(|why| LeftOut { path: taken.path.clone(), why: why.to_owned() }));
    }
    let manifest = Manifest {
        schema: manifest::SCHEMA.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database_schema: stated.schema,
        made_at: stated.made_at,
        why: stated.why.word().to_owned(),
        site: found.site,
        identity: stated.identity,
        counts: stated.counts,
        entries,
        left_out: [found.left_out, left_out].concat(),
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| failed(to)(error.into()))?;
    zip.start_file(manifest::NAME, options(0o600, text.len() as u64)).map_err(zipped)?;
    zip.write_all(&text).map_err(failed(to))?;
    // A comment as long as the seal that takes its place.
    zip.set_raw_comment(vec![b' '; SEAL_LENGTH].into()).map_err(zipped)?;
    let mut file = zip.finish().map_err(zipped)?;
    file.flush().map_err(failed(to))?;
    let (size, sum) = sum_of(to)?;
    file.seek(SeekFrom::Start(size - SEAL_LENGTH as u64)).map_err(failed(to))?;
    file.write_all(seal(&sum).as_bytes()).map_err(failed(to))?;
    file.sync_all().map_err(failed(to))
}

fn options(mode: u32, size: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .unix_permissions(mode)
        .large_file(size >= 0xf000_0000)
}

/// Gives a file its name where nothing has it.
fn settle(from: &Path, to: &Path) -> Result<(), BackupError> {
    match std::fs::hard_link(from, to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists { path: to.to_owned() });
        }
        // Shares and memory sticks have no links.
        Err(_) if to.symlink_metadata().is_err() => std::fs::rename(from, to).map_err(failed(to))?,
        Err(_) => return Err(BackupError::Exists { path: to.to_owned() }),
    }
    let folder = parent(to);
    // Some shares can't sync a folder.
    let _ = File::open(&folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Lays a copy of a proved backup into another folder, and proves that every byte is there. May hang where the folder is a
/// share.
pub fn copy(from: &Path, folder: &Path) -> Result<PathBuf, BackupError> {
    let name = from.file_name().unwrap_or_default();
    let part = Part::begin(folder)?;
    let (beside, to) = (part.join("archive.zip"), folder.join(name));
    let mut source = File::open(from).map_err(failed(from))?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed(&beside))?;
    io::copy(&mut source, &mut file).map_err(failed(&beside))?;
    file.sync_all().map_err(failed(&beside))?;
    drop(file);
    read::open(&beside)?;
    settle(&beside, &to)?;
    Ok(to)
}
