//! A maildir on this machine: new mails are files in `new`, those that were read lie in `cur`.

use std::path::PathBuf;

use super::{LARGEST, Listed, MailboxError};
use cuofeng_base::file;

pub(super) struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    pub(super) fn open(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn list(&self) -> Result<Vec<Listed>, MailboxError> {
        let mut all = Vec::new();
        for path in file::listed(&self.folder.join("new")).map_err(std::io::Error::from)? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            let data = match path.metadata() {
                Ok(data) if data.is_file() => data,
                // Another program has put it away.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Ok(_) => continue,
                Err(error) => return Err(error.into()),
            };
            let size = usize::try_from(data.len()).unwrap_or(usize::MAX);
            all.push(Listed { mark: name.clone(), place: name, size });
        }
        all.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(all)
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, MailboxError> {
        Ok(file::read(&self.folder.join("new").join(name), LARGEST as u64).map_err(std::io::Error::from)?)
    }

    pub(super) fn put_away(&self, name: &str) -> Result<(), MailboxError> {
        let cur = self.folder.join("cur");
        std::fs::create_dir_all(&cur)?;
        Ok(std::fs::rename(self.folder.join("new").join(name), cur.join(format!("{name}:2,S")))?)
    }
}
