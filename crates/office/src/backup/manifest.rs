//! What an archive says of itself: `manifest.json`.
//!
//! In: JSON. Out: a [`Manifest`]. Can't happen: one of a form that this program does not know read as if it did; an entry
//! whose path leads out of the folder that it is restored into.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::BackupError;

/// Its name in the archive.
pub const NAME: &str = "manifest.json";

/// The form that this program writes and reads.
pub const SCHEMA: &str = "cuofeng.archive/1";

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form: [`SCHEMA`].
    pub schema: String,
    /// The version of the program that made it.
    pub program: String,
    /// The database's schema.
    pub database_schema: i64,
    /// When it was made, RFC 3339 with the site's offset.
    pub made_at: String,
    /// Why: `asked`, `nightly` or `upgrade`.
    pub why: String,
    /// The site's name, as its file has it; empty where that could not be read.
    pub site: String,
    /// The site's identity, as its database has it; empty where it has none yet.
    #[serde(default)]
    pub identity: String,
    /// What the database holds.
    pub counts: Counts,
    /// Every file but this one.
    pub entries: Vec<Entry>,
    /// Files of the site that were not taken in, and why.
    pub left_out: Vec<LeftOut>,
}

/// How much the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Letters of every state.
    pub letters: i64,
    /// Those of them that wait or were being sent.
    pub waiting: i64,
    /// Episodes.
    pub episodes: i64,
    /// Entries of the ledger.
    pub ledger: i64,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path below the site's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Permissions, of the nine bits for owner, group and others.
    pub mode: u32,
}

/// A file that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its path below the site's folder.
    pub path: String,
    /// `secret`, `private-key`, `not-a-file`, `too-large` or `outside`.
    pub why: String,
}

impl Manifest {
    /// Reads a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self, BackupError> {
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| BackupError::NotOurs)?;
        let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default();
        if schema != SCHEMA {
            let program = value.get("program").and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
            return Err(BackupError::Form { program });
        }
        let manifest: Self = serde_json::from_value(value).map_err(|_| BackupError::NotOurs)?;
        match manifest.entries.iter().find(|entry| !is_inside(&entry.path)) {
            Some(entry) => Err(BackupError::Path { path: entry.path.clone() }),
            None => Ok(manifest),
        }
    }

    /// The entry of the database.
    #[must_use]
    pub fn database(&self) -> Option<&Entry> {
        self.entry(super::DATABASE)
    }

    /// The entry with a path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path == path)
    }
}

/// Whether a path stays in the folder that it is below.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
