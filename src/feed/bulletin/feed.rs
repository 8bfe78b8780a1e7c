//! Where bulletins come from.
//!
//! In: a file, a folder or an address. Out: a run for each issue time, and the lines for a person. Can't happen: a
//! bulletin read again that has not changed; a bulletin from the future.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::{Bulletin, read};
use crate::feed::http::{Client, Fetched, Request, usual_words};
use crate::feed::{Aside, Ask, Feed, FeedError, PullFuture, Pulled, Validator};
use crate::forecast::{Columns, Run};
use crate::grid::decode;

/// Largest bulletin, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// Files of a folder that are read, newest first.
const FILES: usize = 400;

/// Where bulletins are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// One file.
    File(PathBuf),
    /// Every `.txt`, `.html` and `.htm` in a folder.
    Folder(PathBuf),
    /// A page.
    Url(String),
}

/// A feed that reads bulletins.
#[derive(Debug, Clone)]
pub struct BulletinFeed {
    name: String,
    region: String,
    from: From,
    shown: String,
    standard: Option<String>,
    client: Client,
}

/// A bulletin's name and bytes.
type Text = (String, Vec<u8>);

impl BulletinFeed {
    /// A feed for one region; `shown` is the place as messages name it, `standard` the publisher's index standard.
    #[must_use]
    pub const fn new(
        name: String,
        region: String,
        from: From,
        shown: String,
        standard: Option<String>,
        client: Client,
    ) -> Self {
        Self { name, region, from, shown, standard, client }
    }

    fn unreachable(&self, cause: &impl ToString) -> FeedError {
        FeedError::Unreachable { feed: self.name.clone(), source_name: self.shown.clone(), cause: cause.to_string() }
    }

    /// The texts there are, and what tells whether they changed; nothing where they did not.
    async fn texts(&self, ask: Ask<'_>, again: bool) -> Result<Option<(Vec<Text>, Validator)>, FeedError> {
        let last = ask.memory.0.get(&self.shown).filter(|_| !again);
        match &self.from {
            From::Url(url) => {
                let request = Request { validator: last, ..Request::get(url) };
                let fetched = self.client.fetch(&request).await;
                match fetched.map_err(|e| e.into_feed_error(&self.name, &self.shown, ask.now, usual_words))? {
                    Fetched::Same => Ok(None),
                    Fetched::Body { bytes, validator } => Ok(Some((vec![(self.shown.clone(), bytes)], validator))),
                }
            }
            From::File(path) => self.files(vec![(self.shown.clone(), path.clone())], last).await,
            From::Folder(folder) => {
                let mut entries = tokio::fs::read_dir(folder).await.map_err(|e| self.unreachable(&e))?;
                let mut files = Vec::new();
                while let Some(entry) = entries.next_entry().await.map_err(|e| self.unreachable(&e))? {
                    let path = entry.path();
                    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
                    if ending.is_some_and(|e| ["txt", "html", "htm"].contains(&e.as_str())) {
                        files.push((format!("{}/{}", self.shown, entry.file_name().to_string_lossy()), path));
                    }
                }
                files.sort();
                self.files(files, last).await
            }
        }
    }

    async fn files(
        &self,
        files: Vec<(String, PathBuf)>,
        last: Option<&Validator>,
    ) -> Result<Option<(Vec<Text>, Validator)>, FeedError> {
        let mut found = Vec::new();
        for (shown, path) in files {
            let meta = tokio::fs::metadata(&path).await.map_err(|e| self.unreachable(&format!("{shown}: {e}")))?;
            if meta.is_file() {
                found.push((meta.modified().ok(), meta.len(), shown, path));
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(FILES);
        let mut hash = Sha256::new();
        for (modified, size, shown, _) in &found {
            hash.update(format!("{modified:?} {size} {shown}\n"));
        }
        let etag = hash.finalize().iter().take(12).fold(String::new(), |mut etag, byte| {
            let _ = write!(etag, "{byte:02x}");
            etag
        });
        let validator = Validator { etag: Some(etag), last_modified: None };
        if last == Some(&validator) {
            return Ok(None);
        }
        let mut texts = Vec::new();
        for (_, size, shown, path) in found {
            texts.push((shown.clone(), self.bytes(&path, &shown, size).await?));
        }
        Ok(Some((texts, validator)))
    }

    async fn bytes(&self, path: &Path, shown: &str, size: u64) -> Result<Vec<u8>, FeedError> {
        if size > SIZE_LIMIT {
            return Err(self.unreachable(&format!("{shown}: {size} bytes; the limit is {SIZE_LIMIT}")));
        }
        tokio::fs::read(path).await.map_err(|e| self.unreachable(&format!("{shown}: {e}")))
    }

    async fn pulled(&self, ask: Ask<'_>, days: Option<(NaiveDate, NaiveDate)>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        let Some((texts, validator)) = self.texts(ask, days.is_some()).await? else {
            pulled.unchanged = true;
            return Ok(pulled);
        };
        for (shown, bytes) in texts {
            let text = decode(&shown, &bytes)
                .map_err(|problem| FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) })?;
            let bulletin = read(&text, ask.zone.day(ask.now));
            let wanted = |day: NaiveDate| days.is_none_or(|(from, to)| from <= day && day <= to);
            if bulletin.issued.is_none_or(|issued| wanted(issued.day)) {
                self.take(&mut pulled, &shown, bulletin, ask);
            }
        }
        if pulled.runs.is_empty() && pulled.aside.is_empty() {
            return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
        }
        if days.is_none() {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        Ok(pulled)
    }

    fn take(&self, pulled: &mut Pulled, shown: &str, bulletin: Bulletin, ask: Ask<'_>) {
        let issued_at = bulletin.issued.map(|i| ask.zone.at(i.day, 0) + Duration::hours(i64::from(i.hour)));
        let issued_at: Option<DateTime<Utc>> = issued_at.filter(|at| *at <= ask.now);
        for unclear in bulletin.aside {
            let mut understood = unclear.understood;
            if let Some(outlook) = &mut understood {
                outlook.standard.clone_from(&self.standard);
            }
            pulled.aside.push(Aside {
                feed: self.name.clone(),
                region: self.region.clone(),
                source: shown.to_owned(),
                issued_at,
                line: unclear.line,
                understood,
                why: unclear.why,
            });
        }
        let Some(issued_at) = issued_at.filter(|at| pulled.runs.iter().all(|run| run.issued_at != *at)) else { return };
        let mut days = bulletin.days;
        for outlook in &mut days {
            outlook.standard.clone_from(&self.standard);
        }
        if !days.is_empty() {
            let (feed, region) = (self.name.clone(), self.region.clone());
            pulled.runs.push(Run { feed, region, issued_at, columns: Columns::new(), days, archive: false });
        }
    }
}

impl Feed for BulletinFeed {
    fn name(&self) -> &str {
        &self.name
    }

    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a> {
        Box::pin(self.pulled(ask, None))
    }

    fn past<'a>(&'a self, ask: Ask<'a>, from: NaiveDate, to: NaiveDate) -> PullFuture<'a> {
        Box::pin(self.pulled(ask, Some((from, to))))
    }
}
