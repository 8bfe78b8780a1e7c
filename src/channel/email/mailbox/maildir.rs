//! A maildir on this machine: new mails are files in `new`, those that were read lie in `cur`.

use std::path::PathBuf;

use super::{Listed, MailboxError};

pub(super) struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    pub(super) fn open(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn list(&self) -> Result<Vec<Listed>, MailboxError> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("new"))?.flatten() {
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let Some(data) = entry.metadata().ok().filter(std::fs::Metadata::is_file) else { continue };
            let size = usize::try_from(data.len()).unwrap_or(usize::MAX);
            all.push(Listed { mark: name.clone(), place: name, size });
        }
        all.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(all)
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, MailboxError> {
        Ok(std::fs::read(self.folder.join("new").join(name))?)
    }

    pub(super) fn put_away(&self, name: &str) -> Result<(), MailboxError> {
        let cur = self.folder.join("cur");
        std::fs::create_dir_all(&cur)?;
        Ok(std::fs::rename(self.folder.join("new").join(name), cur.join(format!("{name}:2,S")))?)
    }
}
