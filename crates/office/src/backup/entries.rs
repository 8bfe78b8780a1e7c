//! What of a site's folder goes into its backup.
//!
//! In: the folder. Out: the files that the site needs to go on as itself: the site file, tables, rules, templates, orders'
//! documents, the texts that a provider has approved, keys of links, and what the site file names as a source of data or
//! as certificates. Can't happen: a provider's secret among them, by whatever name or link it is reached (a file that the
//! site file names in any other way is left out); a folder that can't be read passed over; more than one part of a
//! file in memory at a time.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::manifest::{LeftOut, is_inside};
use cuofeng_base::file;
use cuofeng_base::setting;
use cuofeng_notice::filed;
use cuofeng_town::roster::Table;

/// Larger files are left out; the database is taken whatever its size.
const LARGEST: u64 = 64 << 20;

/// Keys of links and pages.
pub(super) const KEYS: &str = "state/link.keys";

/// A file that is taken in.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) path: String,
    pub(super) full: PathBuf,
    pub(super) size: u64,
    pub(super) mode: u32,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) taken: Vec<Taken>,
    pub(super) left_out: Vec<LeftOut>,
    /// What the site file names in any other way, as the system names it.
    secret: Vec<(u64, u64)>,
    /// The site's name, where the site file can be read.
    pub(super) site: String,
}

/// A text of the site file with the keys that lead to it, outermost first.
type Named = (Vec<String>, String);

/// Collects the files of a site but its database.
pub(super) fn collect(root: &Path) -> io::Result<Found> {
    let site_file = file::read(&root.join(setting::FILE), file::TEXT)?;
    let text = String::from_utf8_lossy(&site_file);
    let named = named(&text);
    let (data, other): (Vec<_>, Vec<_>) = named.iter().partition(|(keys, _)| is_data(keys));
    let mut seen = Looked { root, found: Found::default() };
    seen.found.secret = other.iter().filter_map(|(_, path)| identity(&root.join(path))).collect();
    let of_site = |(keys, name): &&Named| (keys.join(".") == "site.name").then(|| name.clone());
    seen.found.site = named.iter().find_map(|named| of_site(&named)).unwrap_or_default();
    seen.take(setting::FILE)?;
    for table in Table::ALL.map(Table::name) {
        for ending in ["csv", "xlsx"] {
            seen.take(&format!("{table}.{ending}"))?;
        }
    }
    seen.take(filed::FILE)?;
    seen.take(KEYS)?;
    seen.folder("rules", &["toml"])?;
    seen.folder("templates", &["txt"])?;
    seen.folder("orders", &[])?;
    for (_, path) in data {
        if !is_inside(path.trim_start_matches("./")) {
            seen.found.left_out.push(LeftOut { path: path.clone(), why: "outside".to_owned() });
        } else if root.join(path).is_dir() {
            seen.folder(path, &["txt", "html", "htm"])?;
        } else {
            seen.take(path.trim_start_matches("./"))?;
        }
    }
    seen.found.taken.sort_by(|a, b| a.path.cmp(&b.path));
    seen.found.taken.dedup_by(|a, b| a.path == b.path);
    Ok(seen.found)
}

/// What a site needs that no backup holds, from its site file: variables and files of secrets.
pub(super) fn needs(site_file: &str) -> Vec<String> {
    let secret = |key: &str| key.ends_with("_env") || key.ends_with("_file") && key != "ca_file";
    let mut all: Vec<String> = named(site_file)
        .into_iter()
        .filter(|(keys, _)| keys.last().is_some_and(|key| secret(key)))
        .map(|(_, value)| value)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Whether a text of the site file names a source of data or certificates.
fn is_data(keys: &[String]) -> bool {
    let words: Vec<&str> = keys.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["feed", "file" | "folder"]) || words.last() == Some(&"ca_file")
}

/// Every text of the site file; of one that can't be parsed, whatever stands in quotes.
fn named(text: &str) -> Vec<Named> {
    let Ok(table) = text.parse::<toml::Table>() else {
        let quoted = text.lines().flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2));
        return quoted.map(|value| (Vec::new(), value.to_owned())).collect();
    };
    let mut out = Vec::new();
    walk(&toml::Value::Table(table), &mut Vec::new(), &mut out);
    out
}

fn walk(value: &toml::Value, keys: &mut Vec<String>, out: &mut Vec<Named>) {
    match value {
        toml::Value::String(text) => out.push((keys.clone(), text.clone())),
        toml::Value::Array(all) => all.iter().for_each(|value| walk(value, keys, out)),
        toml::Value::Table(table) => {
            for (key, value) in table {
                keys.push(key.clone());
                walk(value, keys, out);
                keys.pop();
            }
        }
        _ => {}
    }
}

/// Which file a path leads to, however it is written.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|meta| file::node(&meta))
}

struct Looked<'a> {
    root: &'a Path,
    found: Found,
}

impl Looked<'_> {
    /// Takes a file in where it is there.
    fn take(&mut self, path: &str) -> io::Result<()> {
        let full = self.root.join(path);
        let meta = match std::fs::metadata(&full) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(named_error(&full, &error)),
        };
        if let Some(why) = self.found.against(&meta) {
            self.found.left_out.push(LeftOut { path: path.to_owned(), why: why.to_owned() });
            return Ok(());
        }
        let mode = if path == KEYS { 0o600 } else { meta.permissions().mode() & 0o755 };
        self.found.taken.push(Taken { path: path.to_owned(), full, size: meta.len(), mode });
        Ok(())
    }

    /// Takes in the files below a folder that end as given (no ending: all), without hidden ones.
    fn folder(&mut self, folder: &str, endings: &[&str]) -> io::Result<()> {
        let mut waiting = vec![PathBuf::from(folder)];
        while let Some(below) = waiting.pop() {
            let full = self.root.join(&below);
            let entries = match std::fs::read_dir(&full) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound && !full.is_symlink() => continue,
                Err(error) => return Err(named_error(&full, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| named_error(&full, &error))?;
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
                let path = below.join(name);
                let ends = |ending: &&str| path.extension().is_some_and(|e| e == *ending);
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(path);
                } else if endings.is_empty() || endings.iter().any(ends) {
                    self.take(&path.to_string_lossy())?;
                }
            }
        }
        Ok(())
    }
}

impl Found {
    /// Why a file is left out, as far as can be said before it is read.
    fn against(&self, meta: &std::fs::Metadata) -> Option<&'static str> {
        if !meta.is_file() {
            Some("not-a-file")
        } else if self.secret.contains(&file::node(meta)) {
            Some("secret")
        } else {
            (meta.len() > LARGEST).then_some("too-large")
        }
    }

    /// Opens a file that is taken in; why not where it has become another since. None where it is gone.
    pub(super) fn open(&self, taken: &Taken) -> io::Result<Option<Result<Poured, &'static str>>> {
        let failed = |error| named_error(&taken.full, &error);
        let file = match File::open(&taken.full) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let against = self.against(&file.metadata().map_err(failed)?);
        // A site file without its key would be none; whoever writes one into it can't be helped.
        let searched = taken.path != setting::FILE;
        Ok(Some(
            against.map_or_else(|| Ok(Poured { file, searched, length: 0, tail: Vec::new(), private: false }), Err),
        ))
    }
}

/// What a private key's file has in it.
const PRIVATE: &[u8] = b"PRIVATE KEY";

/// A file that is looked through for a private key while it is read: certificates often come in one file with theirs.
#[derive(Debug)]
pub(super) struct Poured {
    file: File,
    searched: bool,
    length: u64,
    /// The last bytes of what was read before.
    tail: Vec<u8>,
    private: bool,
}

impl Poured {
    /// Why what was read has no place in a backup.
    pub(super) fn against(&self) -> Option<&'static str> {
        if self.searched && self.private {
            return Some("private-key");
        }
        (self.length > LARGEST).then_some("too-large")
    }
}

impl Read for Poured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What has no place is not read to its end.
        if self.against().is_some() {
            return Ok(0);
        }
        let count = self.file.read(buffer)?;
        self.length += count as u64;
        let has = |bytes: &[u8]| bytes.windows(PRIVATE.len()).any(|window| window == PRIVATE);
        let read = buffer.get(..count).unwrap_or_default();
        // Where two reads meet, the words may be cut.
        self.tail.extend(read.iter().take(PRIVATE.len()));
        self.private |= has(&self.tail) || has(read);
        self.tail.extend(read.iter().skip(PRIVATE.len()).rev().take(PRIVATE.len()).rev());
        let from = self.tail.len().saturating_sub(PRIVATE.len() - 1);
        self.tail.drain(..from);
        Ok(count)
    }
}

fn named_error(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_found_wherever_reads_are_cut() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for (text, private) in [
            ("aaaaaaaaaaaaaaa-----BEGIN RSA PRIVATE KEY-----\nzzzzzzzzzzzzzzz", true),
            ("PRIVATE KEY", true),
            ("aaaa PRIVATE aaaa KEY aaaa PRIVATEKEY PRIVATE", false),
        ] {
            std::fs::write(file.path(), text).expect("a file");
            for step in 1..30 {
                let handle = File::open(file.path()).expect("a file");
                let mut poured = Poured { file: handle, searched: true, length: 0, tail: Vec::new(), private: false };
                let mut part = vec![0; step];
                while poured.read(&mut part).expect("bytes") > 0 {}
                assert_eq!(poured.against().is_some(), private, "{text:?} in steps of {step}");
            }
        }
    }
}
