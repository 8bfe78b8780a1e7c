//! What of a site's folder goes into its backup.
//!
//! In: the folder. Out: the files that the site needs to go on as itself: the site file, tables, rules, templates, orders'
//! documents, the texts that a provider has approved, keys of links, and what the site file names as a source of data or
//! as certificates. Can't happen: a provider's secret among them, by whatever name or link it is reached (a file that the
//! site file names in any other way is left out); a folder that can't be read passed over.

use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::manifest::{LeftOut, is_inside};
use crate::config;
use crate::notice::filed;

/// Larger files are left out; the database is taken whatever its size.
const LARGEST: u64 = 64 << 20;

/// Tables, each as CSV or XLSX.
const TABLES: [&str; 6] = ["enterprises", "processes", "villages", "staff", "duty", "departments"];

/// Keys of links and pages.
pub(super) const KEYS: &str = "state/link.keys";

/// A file that is taken in.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) mode: u32,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) taken: Vec<Taken>,
    pub(super) left_out: Vec<LeftOut>,
    /// The site's name, where the site file can be read.
    pub(super) site: String,
}

/// A text of the site file with the keys that lead to it, outermost first.
type Named = (Vec<String>, String);

/// Collects the files of a site but its database.
pub(super) fn collect(root: &Path) -> io::Result<Found> {
    let site_file = std::fs::read(root.join(config::FILE))?;
    let text = String::from_utf8_lossy(&site_file);
    let named = named(&text);
    let (data, other): (Vec<_>, Vec<_>) = named.iter().partition(|(keys, _)| is_data(keys));
    let mut seen = Looked { root, secret: Vec::new(), found: Found::default() };
    seen.secret = other.iter().filter_map(|(_, path)| identity(&root.join(path))).collect();
    let of_site = |(keys, name): &&Named| (keys.join(".") == "site.name").then(|| name.clone());
    seen.found.site = named.iter().find_map(|named| of_site(&named)).unwrap_or_default();
    seen.take(config::FILE)?;
    for table in TABLES {
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
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|meta| (meta.dev(), meta.ino()))
}

struct Looked<'a> {
    root: &'a Path,
    secret: Vec<(u64, u64)>,
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
        let against = if !meta.is_file() {
            Some("not-a-file")
        } else if self.secret.contains(&(meta.dev(), meta.ino())) {
            Some("secret")
        } else {
            (meta.len() > LARGEST).then_some("too-large")
        };
        if let Some(why) = against {
            self.found.left_out.push(LeftOut { path: path.to_owned(), why: why.to_owned() });
            return Ok(());
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&full).map_err(|error| named_error(&full, &error))?;
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| named_error(&full, &error))?;
        // Certificates often come in one file with their key.
        if path != config::FILE && is_private(&bytes) {
            self.found.left_out.push(LeftOut { path: path.to_owned(), why: "private-key".to_owned() });
            return Ok(());
        }
        let mode = if path == KEYS { 0o600 } else { meta.permissions().mode() & 0o755 };
        self.found.taken.push(Taken { path: path.to_owned(), bytes, mode });
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

fn is_private(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"PRIVATE KEY")
}

fn named_error(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
