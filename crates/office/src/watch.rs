//! Files and folders of feeds, watched between the cycles; and how the files of a site looked, for whoever keeps what
//! it read of them.
//!
//! In: the site file, and the files as they are at each look. Out: whether something new has been put there that no
//! cycle has read. Can't happen: a file acted on while it is still being written (it must be the same at two looks); a
//! second cycle for the same content.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::Config;
use cuofeng_base::file;
use cuofeng_feed::setting::{BulletinPlace, Source};

/// How many folders deep a site is looked at: deeper than it is read.
const DEEPEST: usize = file::DEPTH + 1;

/// Path, time of the last change and size of every watched file, in order.
type Fingerprint = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// How files looked: path, number of the inode, time of the last change (of what is in them, or of who may read it, in
/// seconds and nanoseconds) and size of each, in order.
pub type Looks = Vec<(PathBuf, u64, (i64, i64), u64)>;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Watch {
    last: Option<Fingerprint>,
    read: Option<Fingerprint>,
}

impl Watch {
    /// Looks again; true where files have come to rest that no cycle has read.
    pub fn look(&mut self, root: &Path, config: &Config) -> bool {
        let now = fingerprint(root, config);
        let rests = self.last.as_ref() == Some(&now);
        let new = self.read.as_ref() != Some(&now) && !now.is_empty();
        self.last = Some(now);
        rests && new
    }

    /// Notes what a cycle that begins now will read.
    pub fn reading(&mut self, root: &Path, config: &Config) {
        self.read = Some(fingerprint(root, config));
    }

    /// Takes nothing for read: something of it may still have been written, and is read again whether or not it changes.
    pub fn forget(&mut self) {
        self.read = None;
    }
}

/// How one file looks; nothing where it isn't there.
#[must_use]
pub fn look_of(path: &Path) -> Looks {
    let meta = std::fs::metadata(path).ok();
    let changed = |meta: &std::fs::Metadata| (meta.ctime(), meta.ctime_nsec());
    meta.map(|meta| (path.to_owned(), meta.ino(), changed(&meta), meta.len())).into_iter().collect()
}

/// How the files look that a site is read from: those beside its file, and those in its folders of rules and templates.
#[must_use]
pub fn look_of_site(root: &Path) -> Looks {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries(root).map(|entry| entry.path()).filter(|path| path.is_file());
    let mut looks: Looks = files.flat_map(|path| look_of(&path)).collect();
    let mut folders = vec![(root.join("rules"), 1), (root.join("templates"), 1)];
    while let Some((folder, depth)) = folders.pop() {
        for path in entries(&folder).map(|entry| entry.path()) {
            looks.extend(look_of(&path));
            // Links to folders are followed, as they are when the site is read.
            if depth < DEEPEST && path.is_dir() {
                folders.push((path, depth + 1));
            }
        }
    }
    looks.sort();
    looks
}

fn fingerprint(root: &Path, config: &Config) -> Fingerprint {
    let mut files = Vec::new();
    for feed in &config.feeds {
        match &feed.source {
            Source::Table { file, .. } | Source::Bulletin { from: BulletinPlace::File(file), .. } => {
                files.push(root.join(file));
            }
            Source::Bulletin { from: BulletinPlace::Folder(folder), .. } => {
                // What keeps it from being looked at the next pull tells.
                files.extend(file::listed(&root.join(folder)).unwrap_or_default());
            }
            _ => {}
        }
    }
    let known = |path: PathBuf| {
        let meta = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        Some((path, meta.modified().ok(), meta.len()))
    };
    let mut seen: Fingerprint = files.into_iter().filter_map(known).collect();
    seen.sort();
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_looks_otherwise_once_any_of_its_files_has_changed_and_only_then() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        write("cuofeng.toml", "x");
        let mut before = look_of_site(dir.path());
        for path in ["staff.csv", "rules/a.toml", "rules/tests/b.toml", "templates/zh/ozone/c.txt", "cuofeng.toml"] {
            write(path, "longer");
            let now = look_of_site(dir.path());
            assert_ne!(now, before, "{path}");
            before = now;
        }
        std::fs::rename(dir.path().join("staff.csv"), dir.path().join("staff.xlsx")).expect("a rename");
        assert_ne!(look_of_site(dir.path()), before);
        let before = look_of_site(dir.path());
        for path in ["state/cuofeng.db", "out/letter.eml", "feeds/recording.csv"] {
            write(path, "what the program writes, or feeds bring");
        }
        assert_eq!(look_of_site(dir.path()), before);
    }

    #[test]
    fn a_file_put_into_a_watched_folder_is_read_once_and_only_when_it_rests() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path();
        std::fs::create_dir(root.join("inbox")).expect("a folder");
        let config = Config::parse(
            "[site]\nname=\"x\"\nphone=\"1\"\ntimezone=\"Asia/Shanghai\"\n[[region]]\nid=\"a\"\nname=\"a\"\n\
             [[feed]]\nname=\"b\"\nkind=\"bulletin\"\nfolder=\"inbox\"\nlabel=\"b\"\n[schedule]\ncycle=\"0 8 * * *\"\n",
        )
        .expect("a site file");
        let mut watch = Watch::default();
        assert_eq!((0..3).map(|_| watch.look(root, &config)).collect::<Vec<_>>(), [false; 3], "nothing there");
        std::fs::write(root.join("inbox/1.txt"), "half").expect("a file");
        assert!(!watch.look(root, &config), "it may still be written");
        std::fs::write(root.join("inbox/1.txt"), "the whole").expect("a file");
        assert!(!watch.look(root, &config), "it has grown");
        assert!(watch.look(root, &config));
        watch.reading(root, &config);
        assert!(!watch.look(root, &config), "read");
        std::fs::write(root.join("inbox/2.txt"), "another").expect("a file");
        watch.reading(root, &config);
        assert_eq!((0..3).map(|_| watch.look(root, &config)).collect::<Vec<_>>(), [false; 3], "a cycle came first");
        watch.forget();
        assert!(watch.look(root, &config), "something was waited for, and is read although nothing has changed");
        watch.reading(root, &config);
        assert!(!watch.look(root, &config), "and once");
    }
}
