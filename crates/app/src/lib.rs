//! The one place that knows every module: a site at work.
//!
//! In: a site folder and `now`. Out: one cycle: pull, judge, decide, commit, send. Can't happen: two workers on one
//! site (file lock, freed by the system when a worker dies); a decision without its notices (one transaction).
#![forbid(unsafe_code)]

mod alarm;
pub mod answerable;
pub mod answers;
mod asking;
mod backfill;
pub mod backup;
mod book;
mod bounces;
pub mod calls;
pub mod cap;
mod channels;
pub mod clock;
mod compose;
mod content;
mod daily;
pub mod deadman;
pub mod decide;
pub mod descriptors;
mod drafts;
mod edits;
mod enclose;
mod feeds;
mod findings;
pub mod good;
pub mod hand;
pub mod heartbeat;
pub mod hold;
mod indexes;
pub mod issued;
mod joined;
mod known;
mod lines;
mod lock;
mod onward;
mod openadr;
pub mod outbox;
mod past;
pub mod pending;
mod play;
mod plays;
pub mod pull;
pub mod removed;
mod replies;
mod score;
mod secrets;
pub mod service;
mod set_right;
mod sms;
pub mod sounds;
mod speakers;
mod standing;
mod telling;
mod unable;
mod unheard;
pub mod versions;
pub mod watch;
mod wording;
pub mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

pub use self::book::{Book, Effect};
pub use self::channels::{sender, sender_untaken};
use self::clock::Clock;
pub use self::drafts::{Answer, Refusal};
pub use self::good::Behind;
use self::lock::Lock;
pub use self::secrets::secret;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::text::Message;
use cuofeng_base::word::{Form, Mode};
use cuofeng_channel::link::LinkError;
use cuofeng_channel::sms::segments::Bill;
use cuofeng_channel::sound::Engine;
use cuofeng_channel::speaker::line::Lines;
use cuofeng_feed::Feed;
use cuofeng_office::backup as archive;
use cuofeng_office::backup::{BackupError, Part};
use cuofeng_office::config::Config;
use cuofeng_office::site::Site;
use cuofeng_rules::warning::Done;
use cuofeng_store::drafts::Settled;
use cuofeng_store::mark::Marks;
use cuofeng_store::outbox::settle;
use cuofeng_store::outbox::worker::{self, Channels, Drained};
use cuofeng_store::{Store, StoreError, modes};

cuofeng_base::catalogue!(["alarm", "app", "feeds"], on [cuofeng_replay, cuofeng_office]);

/// Why a site can't work.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Its files have errors.
    #[error("the site's files have {} problems", .0.len())]
    Site(Vec<Problem>),
    /// Another worker holds the site.
    #[error("another cuofeng is working on {}", .0.display())]
    Busy(PathBuf),
    /// The lock file can't be opened.
    #[error("cannot lock {}: {cause}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// A secret is missing or a channel can't be set up.
    #[error("channel {channel}: {cause}")]
    Channel {
        /// The channel.
        channel: &'static str,
        /// Why.
        cause: String,
    },
    /// A feed can't be set up.
    #[error("feed {feed}: {cause}")]
    Feed {
        /// The feed.
        feed: String,
        /// Why.
        cause: String,
    },
    /// The keys of the links can't be used.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A draft was settled by another a moment before.
    #[error("the draft was settled by {} a moment before ({})", .0.by, .0.outcome.word())]
    Late(Settled),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed on real data.
    #[error("{0}")]
    Template(Box<Problem>),
    /// There is no backup, or none that can be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The daily report can't be written.
    #[error("cannot write {}: {cause}", path.display())]
    Report {
        /// Its file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
}

impl From<cuofeng_store::sql::Error> for AppError {
    fn from(error: cuofeng_store::sql::Error) -> Self {
        Self::Store(error.into())
    }
}

/// One rule's decision in a cycle, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The rule's name.
    pub rule: String,
    /// The region's name.
    pub region: String,
    /// What came of the decision.
    pub action: Done,
    /// The periods, in words of the site's language.
    pub periods: String,
    /// Why.
    pub reason: Message,
    /// Notices made.
    pub notices: usize,
    /// Recipients without an address, per form.
    pub unreachable: usize,
    /// Those who joined the open episode or whose contact was corrected, and who are told what the others were told.
    pub joined: usize,
    /// Until when quiet hours hold some of the notices back, in words; empty where they do not.
    pub quiet_until: String,
}

/// What one cycle did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Feeds that failed, with their words.
    pub feed_errors: Vec<String>,
    /// What feeds may still be given, and is waited for, in words.
    pub feed_waits: Vec<String>,
    /// Values that were not taken as they stood, a line a feed.
    pub remarks: Vec<String>,
    /// How many lines of bulletins wait for a person.
    pub lines_wait: usize,
    /// Rules that no feed can ever answer.
    pub unanswerable: Vec<Message>,
    /// Rule files whose changes are not in force.
    pub pending: Vec<pending::Edit>,
    /// Official alerts that no rule hears.
    pub unheard: Vec<Message>,
    /// One line a rule and region.
    pub lines: Vec<Line>,
    /// What left the outbox.
    pub drained: Drained,
    /// For a dry run: the notices as they would have been sent (name, form, text).
    pub previews: Vec<(String, String, String)>,
    /// For a dry run: what its short messages would come to.
    pub bill: Option<Bill>,
}

/// A site at work, holding its worker lock.
pub struct App {
    /// The site as last read without error.
    pub site: Arc<Site>,
    /// Its database.
    pub store: Store,
    /// The rules in force.
    pub book: Book,
    /// Its clock.
    pub clock: Clock,
    /// The mode in force, as last read.
    pub mode: Mode,
    /// What was wrong with its files when it was begun or looked at, where it is taken as it last was without error.
    pub behind: Option<Behind>,
    channels: Channels,
    /// Connections to the loudspeakers' broker, kept while the site's file is read again.
    lines: Lines,
    /// Whether this is the path that listens to loudspeakers.
    listens: bool,
    feeds: Vec<Arc<dyn Feed>>,
    /// Whether something that the last pull read may still be written.
    feeds_wait: bool,
    /// What speaks the villages' texts, where anything does.
    engine: Option<Engine>,
    /// Whether it works beside other things, so that no letter may wait for it.
    beside: bool,
    postman: bounces::Postman,
    _lock: Option<Lock>,
    /// Where its database lies, where that is a copy to try something on.
    apart: Option<Part>,
}

impl App {
    /// Reads the site, takes the worker lock, opens the database and settles what a crash left.
    pub async fn start(root: &Path, clock: impl Into<Clock>) -> Result<Self, AppError> {
        Box::pin(Self::start_marked(root, clock, &Marks::of_process())).await
    }

    /// The same with its mark in a folder of one's own.
    pub async fn start_marked(root: &Path, clock: impl Into<Clock>, marks: &Marks) -> Result<Self, AppError> {
        let (site, problems) = Site::read(root);
        Box::pin(Self::begin(root, clock.into(), marks, site.ok_or(AppError::Site(problems))?)).await
    }

    /// The same for what must go on whatever is wrong with the files by then, a service after a power cut or the cycle of
    /// an hour: it works on as it would have, says in `behind` what is wrong, and staff are told.
    pub async fn start_again(root: &Path, clock: impl Into<Clock>) -> Result<Self, AppError> {
        let clock = clock.into();
        let (mut site, mut behind) = good::read(root).await?;
        // Files without an error may still name what can't be had: a password that is not there.
        if behind.is_none()
            && let Err(error) = usable(&site, clock.now())
            && let Some((kept, read_at)) = good::last(root).await
            && kept.files != site.files
        {
            behind = Some(Behind { problems: vec![unusable(&error)], read_at });
            site = kept;
        }
        for problem in behind.iter().flat_map(|behind| &behind.problems) {
            tracing::error!(problem = %problem, "the site is worked on as it last was without error");
        }
        let app = Box::pin(Self::begin(root, clock, &Marks::of_process(), site)).await?;
        Ok(Self { behind, ..app })
    }

    async fn begin(root: &Path, clock: Clock, marks: &Marks, mut site: Site) -> Result<Self, AppError> {
        let now = clock.now();
        let lock = Lock::take(root)?;
        close_to_others(&site);
        let store = Box::pin(backup::open(root, &site.config, now)).await?;
        let standing = standing::look(&mut site, &store, marks, now).await?;
        let store = store.marked(standing.mark);
        if let Some(why) = standing.why {
            hold::begin_at_start(&store, why, site.config.language, now).await?;
        }
        let mut app = Self { clock, listens: true, _lock: Some(lock), ..Self::bare(Arc::new(site), store, false) };
        app.channels = channels::all(&app.site, (&app.lines, true), app.engine.as_ref(), now)?;
        app.feeds = feeds::feeds(root, &app.site.config)?;
        let rescued = settle::rescue(&app.store, &app.channels, now).await?;
        if rescued > 0 {
            tracing::warn!(letters = rescued, "found letters in hand after a crash");
        }
        app.book = Book::open(&app.store, &app.site, now).await?;
        if app.store.mode().await?.is_none() {
            let mut tx = app.store.begin().await?;
            modes::set(&mut tx, app.site.config.mode, "", "", now).await?;
            tx.commit().await?;
        }
        app.mode = in_force(&app.store, &app.site).await?;
        // The words that a site begins with are taken for released, as its rules are.
        if !app.store.has_wording().await? {
            app.begin_wording("", now).await?;
        }
        app.store.keep_files(&app.site.files, now).await?;
        // The second path tells it again.
        if let Err(error) = app.tell_held(now).await {
            tracing::error!(%error, "could not tell duty staff that everything is held");
        }
        Ok(app)
    }

    /// Reads the site and opens the database without taking the worker lock: to look, and to write in short
    /// transactions beside a worker. Where its files have errors it is the site as its worker goes on with it: what is
    /// to be stopped can be stopped.
    pub async fn look(root: &Path) -> Result<Self, AppError> {
        let (site, behind) = good::read(root).await?;
        Self::looked(root, site, behind).await
    }

    /// The same for what is about the files as they are now.
    pub async fn look_as_filed(root: &Path) -> Result<Self, AppError> {
        let (site, problems) = Site::read(root);
        Self::looked(root, site.ok_or(AppError::Site(problems))?, None).await
    }

    async fn looked(root: &Path, site: Site, behind: Option<Behind>) -> Result<Self, AppError> {
        let store = Box::pin(backup::open(root, &site.config, Utc::now())).await?;
        Ok(Self { behind, ..Self::over(Arc::new(site), store, Book::default()).await? })
    }

    /// The site with a copy of its database, to try something on: whatever is done with it, the site's own database keeps
    /// nothing of it, and the copy is gone afterwards. Another process may be at work on the site.
    pub async fn apart(root: &Path, clock: impl Into<Clock>) -> Result<Self, AppError> {
        let clock = clock.into();
        let now = clock.now();
        let (site, problems) = Site::read(root);
        let site = Arc::new(site.ok_or(AppError::Site(problems))?);
        let database = Site::database(root);
        // Beside the database there is room for another, and nobody else may look.
        let folder = database.parent().filter(|folder| folder.is_dir()).map_or_else(std::env::temp_dir, Path::to_owned);
        let part = Part::begin(&folder)?;
        let copy = part.join("copy.db");
        if database.is_file() {
            archive::copy_database(&database, &copy).await?;
        }
        let store = Store::open(&copy).await?;
        let book = Book::open(&store, &site, now).await?;
        let mut app = Self { clock, ..Self::over(site, store, book).await? };
        app.apart = Some(part);
        app.feeds = feeds::feeds(root, &app.site.config)?;
        if !app.store.has_wording().await? {
            app.begin_wording("", now).await?;
        }
        Ok(app)
    }

    /// The same over a site that has been read and a database that is open; `book` is one of an earlier look, or empty.
    pub async fn over(site: Arc<Site>, store: Store, mut book: Book) -> Result<Self, AppError> {
        book.refresh(&store, &site).await?;
        let mode = in_force(&store, &site).await?;
        Ok(Self { book, mode, ..Self::bare(site, store, true) })
    }

    /// A site without channels, feeds and lock, which has read nothing of its database; whether it works `beside` others.
    fn bare(site: Arc<Site>, store: Store, beside: bool) -> Self {
        Self {
            book: Book::default(),
            clock: Clock::system(),
            mode: site.config.mode,
            behind: None,
            channels: Channels::new(),
            lines: Lines::default(),
            listens: false,
            feeds: Vec::new(),
            feeds_wait: false,
            engine: channels::engine(&site, None, beside),
            beside,
            postman: bounces::Postman::default(),
            _lock: None,
            apart: None,
            site,
            store,
        }
    }

    /// The same with channels of its own, for a second path beside the worker of this process.
    async fn beside(root: &Path, clock: Clock) -> Result<Self, AppError> {
        let mut app = Self::look(root).await?;
        app.clock = clock;
        app.channels = channels::all(&app.site, (&app.lines, false), app.engine.as_ref(), app.clock.now())?;
        Ok(app)
    }

    /// Reads the site's files again. Where they have errors the last good ones stay in force, and duty staff are told.
    /// Gives the problems.
    pub async fn reload(&mut self, now: DateTime<Utc>) -> Result<Vec<Problem>, AppError> {
        let problems = self.reread(now);
        // Compared with what is kept already: where that fails it is tried again at the next look.
        if problems.is_empty()
            && let Err(error) = self.store.keep_files(&self.site.files, now).await
        {
            tracing::error!(%error, "the files without error can't be kept");
        }
        if self.tell_files(&problems, now).await? > 0 {
            for problem in &problems {
                tracing::error!(problem = %problem, "the last good site stays in force");
            }
        }
        Ok(problems)
    }

    /// Reads the site's files again without telling anyone. Gives the problems.
    fn reread(&mut self, now: DateTime<Utc>) -> Vec<Problem> {
        let (site, mut problems) = Site::read(&self.site.root);
        problems.retain(|problem| problem.severity == Severity::Error);
        if let Some(site) = site {
            let engine = channels::engine(&site, self.engine.as_ref(), self.beside);
            match channels::all(&site, (&self.lines, self.listens), engine.as_ref(), now)
                .and_then(|c| Ok((c, feeds::feeds(&site.root, &site.config)?)))
            {
                Ok((channels, feeds)) => {
                    self.channels = channels;
                    self.feeds = feeds;
                    self.engine = engine;
                    self.site = Arc::new(site);
                }
                Err(error) => {
                    problems.push(unusable(&error));
                }
            }
        }
        problems
    }

    /// One cycle: pull, judge, decide, commit, send. A dry run sends nothing and records nothing: it is made on a site
    /// [apart](Self::apart). In the mode dry-run, forecasts are kept and nothing else.
    pub async fn cycle(
        &mut self,
        now: DateTime<Utc>,
        dry_run: bool,
        stop: &CancellationToken,
    ) -> Result<Report, AppError> {
        if dry_run && self.apart.is_none() {
            let mut apart = Box::pin(Self::apart(&self.site.root, self.clock.clone())).await?;
            let report = Box::pin(apart.cycle(now, true, stop)).await;
            apart.store.close().await;
            return report;
        }
        self.refresh().await?;
        let dry_run = dry_run || self.mode == Mode::DryRun;
        let said = self.pull(now).await?;
        self.feeds_wait = !said.waits.is_empty();
        let mut report =
            Report { feed_errors: said.errors, feed_waits: said.waits, remarks: said.remarks, ..Report::default() };
        if !dry_run {
            self.deadlines(now).await?;
        }
        report.lines_wait = self.store.waiting_lines().await?.len();
        report.pending = self.pending().await?;
        report.unheard = self.unheard(now).await?.into_iter().map(|one| one.why).collect();
        self.decide_all(now, dry_run, &mut report).await?;
        if dry_run {
            let bodies =
                report.previews.iter().filter(|(_, form, _)| form == Form::Sms.name()).map(|(.., b)| b.as_str());
            report.bill = Some(Bill::of(bodies, self.site.config.sms_price()));
        }
        if !dry_run {
            self.remind(now).await?;
            self.judged(&report, now).await?;
            report.drained = self.drain(now, stop).await?;
        }
        Ok(report)
    }

    /// Takes in what people have changed in the database since: rules put in force, the mode.
    pub async fn refresh(&mut self) -> Result<(), AppError> {
        self.book.refresh(&self.store, &self.site).await?;
        self.mode = in_force(&self.store, &self.site).await?;
        Ok(())
    }

    /// Where letters and what goes with them are laid down.
    pub fn out_folder(&self) -> PathBuf {
        self.site.root.join(&self.site.config.folder)
    }

    /// Sends what is due without deciding anything.
    pub async fn deliver(&self, now: DateTime<Utc>, stop: &CancellationToken) -> Result<Drained, AppError> {
        self.deadlines(now).await?;
        self.drain(now, stop).await
    }

    /// Sends what is due, by the site's clock where it has gone on since.
    async fn drain(&self, now: DateTime<Utc>, stop: &CancellationToken) -> Result<Drained, AppError> {
        let time = || self.clock.now().max(now);
        self.read_bounces(time()).await?;
        self.match_reports(time()).await?;
        self.hear(time()).await?;
        self.read_plays(time()).await?;
        self.go_on(time()).await?;
        let merging = self.merging().await?;
        let how = (stop, merging.as_ref());
        let mut drained = worker::drain(&self.store, &self.channels, &time, how).await?;
        self.hear(time()).await?;
        // Where this drain failed, the next way is taken at once.
        while !stop.is_cancelled() && self.go_on(time()).await? > 0 {
            drained += worker::drain(&self.store, &self.channels, &time, how).await?;
        }
        self.read_plays(time()).await?;
        if self.tell_outbox(time()).await? > 0 {
            drained += worker::drain(&self.store, &self.channels, &time, how).await?;
        }
        Ok(drained)
    }
}

/// One feed of a site, as [`App`] would use it.
///
/// # Errors
/// Why it can't be set up.
pub fn feed(root: &Path, config: &Config, feed: &cuofeng_feed::setting::FeedConfig) -> Result<Arc<dyn Feed>, Message> {
    let client = feeds::client().map_err(|error| msg!("feed.system", error = error.to_string()))?;
    feeds::one(root, config, feed, &client)
}

/// What is wrong with a site file that names what can't be had.
fn unusable(error: &AppError) -> Problem {
    let what = msg!("site.unusable", error = error.to_string());
    Problem::file(cuofeng_base::setting::FILE, what, msg!("site.unusable_advice"))
}

/// Whether a site's channels and feeds can be set up; nothing is begun.
fn usable(site: &Site, now: DateTime<Utc>) -> Result<(), AppError> {
    let engine = channels::engine(site, None, true);
    channels::all(site, (&Lines::default(), false), engine.as_ref(), now)?;
    feeds::feeds(&site.root, &site.config)?;
    Ok(())
}

/// The mode in force; of a site that has not begun, the one it will begin in.
async fn in_force(store: &Store, site: &Site) -> Result<Mode, AppError> {
    Ok(store.mode().await?.map_or(site.config.mode, |in_force| in_force.mode))
}

/// Closes what an older version left open to other users of the machine. What can't be closed is no reason not to work.
fn close_to_others(site: &Site) {
    let handed_over = site.config.speaker_file.as_ref().map(|drop| site.root.join(&drop.folder));
    let out = site.root.join(&site.config.folder);
    let own = [Some(site.root.join("state")), Some(out).filter(|_| site.config.access == Access::Own)];
    for folder in own.into_iter().flatten() {
        // Where another program takes something out of it, that one must get in.
        if handed_over.as_ref().is_some_and(|handed_over| handed_over.starts_with(&folder)) {
            continue;
        }
        match file::tighten(&folder) {
            Ok(0) => {}
            Ok(count) => tracing::warn!(folder = %folder.display(), count, "closed to other users of this machine"),
            Err(error) => tracing::error!(folder = %folder.display(), %error, "can't be closed to other users"),
        }
    }
}
