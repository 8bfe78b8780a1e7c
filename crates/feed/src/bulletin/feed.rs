//! Where bulletins come from.
//!
//! In: a file, a folder, an address, or a text that a person gives; as text, page, word processor's document, or by a
//! command of the site's as PDF. Out: a run for each text, the newest last, with the days that only others of its issue time
//! speak of; and the lines for a person, among them the name of each file that can't be read. Can't happen: a bulletin read again that has not changed;
//! a bulletin from the future, or one that is never read because it was there before its stated hour; a file that keeps the
//! others from being read, or that is passed over in silence; a day of one message lost by another of the same hour.
//! PDFs are another module's: see [`super::page::pdf`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::page::pdf::{self, Found, Pdfs};
use super::{Bulletin, IssuedAt, Known, read_as};
use crate::http::{Client, Fetched, Request, usual_words};
use crate::{Aside, Ask, Feed, FeedError, PullFuture, Pulled, Validator, beside};
use cuofeng_air::forecast::{Columns, Outlook, Run};
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Message, hex};
use cuofeng_base::time::Hour;
use cuofeng_grid::decode;
use cuofeng_grid::docx;

/// Largest bulletin, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// Largest PDF, in bytes.
const PDF_LIMIT: u64 = 16 << 20;

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
    /// Every file in a folder.
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
    hour: Option<u32>,
    pdfs: Option<Pdfs>,
    client: Client,
}

/// A bulletin as it is found.
struct Text {
    /// Its name.
    shown: String,
    /// What tells one of this name from a later one: when it was saved, or its digest.
    mark: String,
    /// Its bytes, or why they can't be had.
    bytes: Result<Vec<u8>, NoBytes>,
}

/// Why the bytes of a bulletin can't be had.
enum NoBytes {
    /// It is too large for one, and stays so.
    Large(Message),
    /// They are asked for again.
    Trouble(FeedError),
}

/// What bytes are.
enum Content {
    Bulletin(Bulletin),
    /// Nothing that can be read here, and why.
    Unreadable(Message),
}

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
        Self { name, region, from, shown, standard, hour: None, pdfs: None, client }
    }

    /// The same with the clock hour of bulletins that state their day alone, and the command that reads PDF.
    #[must_use]
    pub fn knowing(self, hour: Option<u32>, pdf_text: Option<Vec<String>>) -> Self {
        Self { hour, pdfs: pdf_text.map(Pdfs::new), ..self }
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
                    Fetched::Body { bytes, validator } => {
                        let mark = hex(&Sha256::digest(&bytes)[..4]);
                        Ok(Some((vec![Text { shown: self.shown.clone(), mark, bytes: Ok(bytes) }], validator)))
                    }
                }
            }
            From::File(path) => self.files(vec![(self.shown.clone(), path.clone())], last, ask).await,
            From::Folder(folder) => {
                let listed = beside(folder, file::listed).await.map_err(|e| self.unread(&self.shown, &e))?;
                let mut files = Vec::new();
                for path in listed {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    // Windows leaves these in its folders.
                    if !["Thumbs.db", "desktop.ini"].contains(&name.as_ref()) && !path.is_dir() {
                        files.push((format!("{}/{name}", self.shown), path));
                    }
                }
                self.files(files, last, ask).await
            }
        }
    }

    async fn files(
        &self,
        files: Vec<(String, PathBuf)>,
        last: Option<&Validator>,
        ask: Ask<'_>,
    ) -> Result<Option<(Vec<Text>, Validator)>, FeedError> {
        let (mut found, mut texts) = (Vec::new(), Vec::new());
        for (shown, path) in files {
            match tokio::fs::metadata(&path).await {
                Ok(meta) if meta.is_file() => found.push((meta.modified().ok(), meta.len(), shown, path)),
                // To read it finds out why it can't be read.
                _ => {
                    let bytes = self.bytes(&path, &shown).await;
                    texts.push(Text { shown, mark: String::new(), bytes });
                }
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(FILES);
        let mut hash = Sha256::new();
        // What the site file says anew of them is news, too.
        hash.update(format!("{:?} {:?}\n", self.hour, self.pdfs.as_ref().map(Pdfs::command)));
        for (modified, size, shown, _) in &found {
            hash.update(format!("{modified:?} {size} {shown}\n"));
        }
        let validator = Validator { etag: Some(hex(&hash.finalize()[..12])), last_modified: None };
        if texts.is_empty() && last == Some(&validator) {
            return Ok(None);
        }
        // The newest last: where several speak of one issue time, that one counts.
        for (modified, size, shown, path) in found.into_iter().rev() {
            // What can't be read at all need not be fetched: it may be large.
            let bytes = if self.may_be_text(&path) { self.bytes(&path, &shown).await } else { Ok(Vec::new()) };
            let saved = modified.map(|at| ask.zone.rfc3339(at.into())).unwrap_or_default();
            texts.push(Text { shown, mark: format!("{} {size}", saved.get(..16).unwrap_or("")), bytes });
        }
        Ok(Some((texts, validator)))
    }

    async fn bytes(&self, path: &Path, shown: &str) -> Result<Vec<u8>, NoBytes> {
        // A PDF holds pictures.
        let is_pdf = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
        let limit = if is_pdf { PDF_LIMIT } else { SIZE_LIMIT };
        beside(path, move |path| file::read(path, limit)).await.map_err(|error| match error {
            FileError::Large(_) => NoBytes::Large(error.message()),
            error => NoBytes::Trouble(self.unread(shown, &error)),
        })
    }

    async fn pulled(&self, ask: Ask<'_>, days: Option<(NaiveDate, NaiveDate)>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        let Some((texts, validator)) = self.texts(ask, days.is_some()).await? else {
            pulled.unchanged = true;
            return Ok(pulled);
        };
        let (mut ahead, mut older) = (false, false);
        let mut pdfs = self.pdf_texts(&texts, &mut pulled).await;
        for (at, Text { shown, mark, bytes }) in texts.into_iter().enumerate() {
            let content = match (pdfs.remove(&at), bytes) {
                (Some(Found::Before), _) => continue,
                (Some(Found::Older), _) => {
                    older = true;
                    continue;
                }
                (Some(Found::Unreadable(why)), _) | (None, Err(NoBytes::Large(why))) => Ok(Content::Unreadable(why)),
                (Some(Found::Trouble(cause)), _) => Err(self.unreachable(&shown, cause)),
                (Some(Found::Text(text)), _) => self.bulletin(&shown, &text, None, ask).map(Content::Bulletin),
                (None, Ok(bytes)) => self.content(&shown, &bytes, None, ask),
                (None, Err(NoBytes::Trouble(error))) => Err(error),
            };
            let bulletin = match content {
                Ok(Content::Bulletin(bulletin)) => bulletin,
                Ok(Content::Unreadable(why)) => {
                    let line = format!("{}（{}）", shown.rsplit('/').next().unwrap_or(&shown), mark.trim());
                    pulled.aside.push(self.aside(&shown, None, line, Vec::new(), why));
                    continue;
                }
                Err(error) => {
                    pulled.trouble.push(error);
                    continue;
                }
            };
            let wanted = |day: NaiveDate| days.is_none_or(|(from, to)| from <= day && day <= to);
            let day = bulletin.issued.map(|issued| issued.day).or(bulletin.issued_day);
            if day.is_none_or(wanted) {
                ahead |= self.take(&mut pulled, &shown, bulletin, ask);
            }
        }
        // Of the past they are asked for without what is remembered of them.
        if older && days.is_none() {
            let why = msg!("bulletin.pdf_older", limit = pdf::NEWEST);
            pulled.aside.push(self.aside(&self.shown, None, self.shown.clone(), Vec::new(), why));
        }
        pulled.runs = joined(&pulled.runs);
        if pulled.runs.is_empty() && pulled.aside.is_empty() {
            let nothing = FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() };
            return Err(pulled.trouble.into_iter().next().unwrap_or(nothing));
        }
        // What lies ahead now, and what could not be read, is looked at again.
        if days.is_none() && !ahead && pulled.trouble.is_empty() {
            pulled.memory.0.insert(self.shown.clone(), validator);
        } else if days.is_none() {
            pulled.memory.0.remove(&self.shown);
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

    /// Whether a file may hold text: one that the site names does, one of many by its ending.
    fn may_be_text(&self, path: &Path) -> bool {
        !matches!(self.from, From::Folder(_)) || is_text(path)
    }

    /// What became of the PDFs among texts, by their place.
    async fn pdf_texts(&self, texts: &[Text], pulled: &mut Pulled) -> BTreeMap<usize, Found> {
        let Some(pdfs) = &self.pdfs else { return BTreeMap::new() };
        // The newest text is the last.
        let found = texts.iter().enumerate().rev().filter_map(|(at, text)| {
            let bytes = text.bytes.as_ref().ok().filter(|bytes| pdf::is_pdf(bytes))?;
            Some((at, text.shown.as_str(), bytes.as_slice()))
        });
        pdfs.texts(&found.collect::<Vec<_>>(), &mut pulled.memory).await
    }

    /// What bytes are, by what they begin with.
    fn content(
        &self,
        shown: &str,
        bytes: &[u8],
        issued: Option<DateTime<Utc>>,
        ask: Ask<'_>,
    ) -> Result<Content, FeedError> {
        if pdf::is_pdf(bytes) {
            return Ok(Content::Unreadable(msg!("bulletin.pdf")));
        }
        if docx::is_docx(bytes) {
            return Ok(match docx::page(bytes) {
                Some(page) => Content::Bulletin(self.read(&page, issued, ask)),
                None => Content::Unreadable(msg!("bulletin.docx")),
            });
        }
        let named_docx = Path::new(shown).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("docx"));
        if named_docx {
            return Ok(Content::Unreadable(msg!("bulletin.docx")));
        }
        let other = bytes.is_empty() && !self.may_be_text(Path::new(shown));
        if other || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Ok(Content::Unreadable(msg!("bulletin.file_kind")));
        }
        self.bulletin(shown, bytes, issued, ask).map(Content::Bulletin)
    }

    fn read(&self, text: &str, issued: Option<DateTime<Utc>>, ask: Ask<'_>) -> Bulletin {
        let given = issued.map(|at| IssuedAt {
            day: ask.zone.day(at),
            hour: ask.zone.clock(Hour::containing(at)),
            minute: u32::try_from((at - Hour::containing(at).start()).num_minutes()).unwrap_or(0),
        });
        read_as(text, Known { received: ask.zone.day(ask.now), given, hour: self.hour })
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
        Ok(self.read(&text, issued, ask))
    }

    fn aside(
        &self,
        shown: &str,
        issued_at: Option<DateTime<Utc>>,
        line: String,
        mut understood: Vec<Outlook>,
        why: Message,
    ) -> Aside {
        for outlook in &mut understood {
            outlook.standard.clone_from(&self.standard);
        }
        let (feed, region, source) = (self.name.clone(), self.region.clone(), shown.to_owned());
        Aside { feed, region, source, issued_at, line, understood, why }
    }

    /// Takes what a bulletin says; nothing of one that was not issued by now. Says whether it lies ahead.
    fn take(&self, pulled: &mut Pulled, shown: &str, bulletin: Bulletin, ask: Ask<'_>) -> bool {
        let of = |i: IssuedAt| ask.zone.at(i.day, i.hour) + Duration::minutes(i64::from(i.minute));
        let issued_at = bulletin.issued.map(of);
        if let Some(at) = issued_at.filter(|at| *at > ask.now) {
            if at > ask.now + Duration::hours(AHEAD_HOURS) {
                let what = msg!("bulletin.future", day = ask.zone.day(at).to_string());
                pulled.trouble.push(self.malformed(shown, what, msg!("bulletin.future_advice")));
            }
            return true;
        }
        for unclear in bulletin.aside {
            pulled.aside.push(self.aside(shown, issued_at, unclear.line, unclear.understood, unclear.why));
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

/// Runs of texts, the newest last, each with the days that only others of its issue time speak of: messages of one hour
/// are one bulletin. Those of the same days stay apart, so that an old text that is saved again is no news.
fn joined(texts: &[Run]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let mut run = text.clone();
        let others = texts.iter().enumerate().rev().filter(|(i, other)| *i != at && other.issued_at == text.issued_at);
        for outlook in others.flat_map(|(_, other)| &other.days) {
            if run.days.iter().all(|own| own.day != outlook.day) {
                run.days.push(outlook.clone());
            }
        }
        run.days.sort_by_key(|outlook| outlook.day);
        // Of what is said twice the later place counts.
        runs.retain(|known| *known != run);
        runs.push(run);
    }
    runs
}

/// Whether a file may hold text, by its name.
fn is_text(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    ending.is_none_or(|e| ["txt", "html", "htm", "md", "text", "docx", "pdf"].contains(&e.as_str()))
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
