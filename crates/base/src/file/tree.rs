//! Files of one sort in a folder and the folders in it.
//!
//! In: a folder, the ending of the names that count. Out: their paths, and what could not be looked at. Can't happen: a
//! walk without end (a folder within itself, too many files and too many folders of folders are faults); a part of it
//! passed over in silence.

use std::path::{Path, PathBuf};

use super::{FileError, is_there, listed, looked_at, node};

/// How deep folders may lie in each other: those that ship have two steps.
pub const DEPTH: usize = 8;

/// Most files that are looked at, whatever their names end with.
const FILES: usize = 5000;

/// What was found.
#[derive(Debug, Default)]
pub struct Tree {
    /// Files by their path below the folder, in order.
    pub files: Vec<PathBuf>,
    /// What can't be looked at, by its path below the folder (empty for the folder itself), and why.
    pub faults: Vec<(PathBuf, FileError)>,
}

/// Finds the files below a folder whose names end with `.ending`; none where there is no such folder. `folders` are paths
/// below it that must be folders where they are anything.
#[must_use]
pub fn below(root: &Path, ending: &str, folders: &[&str]) -> Tree {
    let mut walk = Walk { root, ending, folders, seen: 0, tree: Tree::default() };
    match is_there(root) {
        Ok(false) => {}
        Ok(true) => walk.folder(Path::new(""), &mut Vec::new()),
        Err(error) => walk.tree.faults.push((PathBuf::new(), error)),
    }
    walk.tree.files.sort();
    walk.tree
}

struct Walk<'a> {
    root: &'a Path,
    ending: &'a str,
    folders: &'a [&'a str],
    seen: usize,
    tree: Tree,
}

impl Walk<'_> {
    fn fault(&mut self, path: &Path, error: FileError) {
        self.tree.faults.push((path.to_owned(), error));
    }

    /// Looks at everything in a folder; `within` are the folders that it lies in, by device and number.
    fn folder(&mut self, path: &Path, within: &mut Vec<(u64, u64)>) {
        let whole = self.root.join(path);
        let data = match looked_at(&whole) {
            Ok(data) => data,
            Err(error) => return self.fault(path, error),
        };
        let own = node(&data);
        if within.contains(&own) {
            return self.fault(path, FileError::Circle);
        }
        if within.len() > DEPTH {
            return self.fault(path, FileError::Many);
        }
        let paths = match listed(&whole) {
            Ok(paths) => paths,
            Err(error) => return self.fault(path, error),
        };
        within.push(own);
        for below in paths {
            self.seen += 1;
            if self.seen > FILES {
                if self.seen == FILES + 1 {
                    self.fault(path, FileError::Many);
                }
                break;
            }
            self.entry(&path.join(below.file_name().unwrap_or_default()), within);
        }
        within.pop();
    }

    fn entry(&mut self, path: &Path, within: &mut Vec<(u64, u64)>) {
        let ending = path.extension();
        let counts = ending.is_some_and(|ending| ending == self.ending);
        match looked_at(&self.root.join(path)) {
            Ok(data) if data.is_dir() => self.folder(path, within),
            // What it is, and whether it can be read, whoever reads it finds.
            _ if counts => self.tree.files.push(path.to_owned()),
            Ok(_) if self.folders.iter().any(|folder| Path::new(folder) == path) => {
                self.fault(path, FileError::NotFolder);
            }
            // Without an ending it may be meant for a folder.
            Err(error) if ending.is_none() => self.fault(path, error),
            _ => {}
        }
    }
}
