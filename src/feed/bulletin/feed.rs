//! Where bulletins come from.
//!
//! In: a file, a folder, an address, or a text that a person gives. Out: a run for each text, of several of one issue
//! time the newest text's last, and the lines for a person. Can't happen: a bulletin read again that has not changed; a
//! bulletin from the future, or one that is never read because it was there before its stated hour; a file that keeps the
//! others from being read.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::{Bulletin, IssuedAt, read_issued};
use crate::feed::http::{Client, Fetched, Request, usual_words};
use crate::feed::{Aside, Ask, Feed, FeedError, PullFuture, Pulled, Validator, beside};
use crate::file::{self, FileError};
use crate::forecast::{Columns, Run};
use crate::grid::decode;
use crate::msg;
use crate::problem::Problem;
use crate::text::{Message, hex};
use crate::time::Hour;

/// Largest bulletin, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// Files of a folder that are read, newest first.
const FILES: usize = 400;

/// Hours by which a stated issue time may lie ahead without a word: a bulletin is written before its hour. One further
/// ahead is told of, because its date may be a slip of the pen.
const AHEAD_HOURS: i64 = 24;

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

/// A bulletin's name, and its bytes or why they can't be had.
type Text = (String, Result<Vec<u8>, FeedError>);

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

    fn unreachable(&self, shown: &str, cause: Message) -> FeedError {
        FeedError::Unreachable { feed: self.name.clone(), source_name: shown.to_owned(), cause }
    }

    fn unread(&self, shown: &str, error: &FileError) -> FeedError {
        self.unreachable(shown, error.message())
    }

    fn malformed(&self, shown: &str, what: Message, advice: Message) -> FeedError {
        let problem = Box::new(Problem::file(shown, what, advice));
        FeedError::Malformed { feed: self.name.clone(), problem }
    }

    /// The texts there are, and what tells whether they changed; nothing where they did not.
    async fn texts(&self, ask: Ask<'_>, again: bool) -> Result<Option<(Vec<Text>, Validator)>, FeedError> {
        let last = ask.memory.0.get(&self.shown).filter(|_| !again);
        match &self.from {
            From::Url(url) => {
                let request = Request { validator: last, bytes: Some(SIZE_LIMIT), ..Request::get(url) };
                let fetched = self.client.fetch(&request).await;
                match fetched.map_err(|e| e.into_feed_error(&self.name, &self.shown, ask.now, usual_words))? {
                    Fetched::Same => Ok(None),
                    Fetched::Body { bytes, validator } => Ok(Some((vec![(self.shown.clone(), Ok(bytes))], validator))),
                }
            }
            From::File(path) => self.files(vec![(self.shown.clone(), path.clone())], last).await,
            From::Folder(folder) => {
                let listed = beside(folder, file::listed).await.map_err(|e| self.unread(&self.shown, &e))?;
                let mut files = Vec::new();
                for path in listed {
                    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
                    if ending.is_some_and(|e| ["txt", "html", "htm"].contains(&e.as_str())) {
                        let name = path.file_name().unwrap_or_default().to_string_lossy();
                        files.push((format!("{}/{name}", self.shown), path));
                    }
                }
                self.files(files, last).await
            }
        }
    }

    async fn files(
        &self,
        files: Vec<(String, PathBuf)>,
        last: Option<&Validator>,
    ) -> Result<Option<(Vec<Text>, Validator)>, FeedError> {
        let (mut found, mut texts) = (Vec::new(), Vec::new());
        for (shown, path) in files {
            match tokio::fs::metadata(&path).await {
                Ok(meta) if meta.is_file() => found.push((meta.modified().ok(), meta.len(), shown, path)),
                // To read it finds out why it can't be read.
                _ => texts.push((shown.clone(), self.bytes(&path, &shown).await)),
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(FILES);
        let mut hash = Sha256::new();
        for (modified, size, shown, _) in &found {
            hash.update(format!("{modified:?} {size} {shown}\n"));
        }
        let validator = Validator { etag: Some(hex(&hash.finalize()[..12])), last_modified: None };
        if texts.is_empty() && last == Some(&validator) {
            return Ok(None);
        }
        // The newest last: where several speak of one issue time, that one counts.
        for (.., shown, path) in found.into_iter().rev() {
            let bytes = self.bytes(&path, &shown).await;
            texts.push((shown, bytes));
        }
        Ok(Some((texts, validator)))
    }

    async fn bytes(&self, path: &Path, shown: &str) -> Result<Vec<u8>, FeedError> {
        beside(path, |path| file::read(path, SIZE_LIMIT)).await.map_err(|error| self.unread(shown, &error))
    }

    async fn pulled(&self, ask: Ask<'_>, days: Option<(NaiveDate, NaiveDate)>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        let Some((texts, validator)) = self.texts(ask, days.is_some()).await? else {
            pulled.unchanged = true;
            return Ok(pulled);
        };
        let mut ahead = false;
        for (shown, bytes) in texts {
            let bulletin = match bytes.and_then(|bytes| self.bulletin(&shown, &bytes, None, ask)) {
                Ok(bulletin) => bulletin,
                Err(error) => {
                    pulled.trouble.push(error);
                    continue;
                }
            };
            let wanted = |day: NaiveDate| days.is_none_or(|(from, to)| from <= day && day <= to);
            if bulletin.issued.is_none_or(|issued| wanted(issued.day)) {
                ahead |= self.take(&mut pulled, &shown, bulletin, ask);
            }
        }
        if pulled.runs.is_empty() && pulled.aside.is_empty() {
            let nothing = FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() };
            return Err(pulled.trouble.into_iter().next().unwrap_or(nothing));
        }
        // What lies ahead now, and what could not be read, is looked at again.
        if days.is_none() && !ahead && pulled.trouble.is_empty() {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        Ok(pulled)
    }

    /// Reads a text that a person gives, with the issue time where they give it too.
    ///
    /// # Errors
    /// It is too large, no text, or holds nothing that was issued by now.
    pub fn given(
        &self,
        shown: &str,
        bytes: &[u8],
        issued: Option<DateTime<Utc>>,
        ask: Ask<'_>,
    ) -> Result<Pulled, FeedError> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            return Err(self.unreachable(shown, msg!("feed.too_large", limit = SIZE_LIMIT >> 20)));
        }
        let bulletin = self.bulletin(shown, bytes, issued, ask)?;
        let mut pulled = Pulled::default();
        self.take(&mut pulled, shown, bulletin, ask);
        if pulled.runs.is_empty() && pulled.aside.is_empty() {
            let nothing = FeedError::Nothing { feed: self.name.clone(), source_name: shown.to_owned() };
            return Err(pulled.trouble.into_iter().next().unwrap_or(nothing));
        }
        Ok(pulled)
    }

    fn bulletin(
        &self,
        shown: &str,
        bytes: &[u8],
        issued: Option<DateTime<Utc>>,
        ask: Ask<'_>,
    ) -> Result<Bulletin, FeedError> {
        let refused = |_| self.malformed(shown, msg!("bulletin.encoding"), msg!("bulletin.encoding_advice"));
        let text = decode(shown, bytes).map_err(refused)?;
        let issued = issued.map(|at| IssuedAt { day: ask.zone.day(at), hour: ask.zone.clock(Hour::containing(at)) });
        Ok(read_issued(&text, ask.zone.day(ask.now), issued))
    }

    /// Takes what a bulletin says; nothing of one that was not issued by now. Says whether it lies ahead.
    fn take(&self, pulled: &mut Pulled, shown: &str, bulletin: Bulletin, ask: Ask<'_>) -> bool {
        let issued_at = bulletin.issued.map(|i| ask.zone.at(i.day, 0) + Duration::hours(i64::from(i.hour)));
        if let Some(at) = issued_at.filter(|at| *at > ask.now) {
            if at > ask.now + Duration::hours(AHEAD_HOURS) {
                let what = msg!("bulletin.future", day = ask.zone.day(at).to_string());
                pulled.trouble.push(self.malformed(shown, what, msg!("bulletin.future_advice")));
            }
            return true;
        }
        for unclear in bulletin.aside {
            let mut understood = unclear.understood;
            for outlook in &mut understood {
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
        let mut days = bulletin.days;
        for outlook in &mut days {
            outlook.standard.clone_from(&self.standard);
        }
        if let Some(issued_at) = issued_at.filter(|_| !days.is_empty()) {
            let (feed, region) = (self.name.clone(), self.region.clone());
            pulled.runs.push(Run { feed, region, issued_at, columns: Columns::new(), days, archive: false });
        }
        false
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
