//! What every request shares: the site, the database and the keys of links, opened once and again when their files
//! change; and the turns in which pages are made.
//!
//! In: a code, a push's secret. Out: the letter that it was made for; a site to work on. Can't happen: a database
//! opened or read for a code that proves nothing by itself; more pages made at a time than the database has connections
//! for; one that waits for its turn without end; a database made anew where it has been taken away.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::sync::{Mutex as Turnstile, Semaphore, SemaphorePermit};

use super::amiss::Reason;
use cuofeng_app::keeping::good;
use cuofeng_app::{self as app, App, AppError, Book};
use cuofeng_base::problem::Severity;
use cuofeng_base::setting::SecretSource;
use cuofeng_channel::link::{Keys, LinkError};
use cuofeng_office::clock::Clock;
use cuofeng_office::config::Doors;
use cuofeng_office::site::Site;
use cuofeng_office::watch::{Looks, look_of, look_of_site};
use cuofeng_store::letters::Opened;
use cuofeng_store::{Store, StoreError};

/// Pages made at a time: one less than the database has connections, as whoever writes needs a second one to read.
const TURNS: usize = 4;

/// How long a page waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long the files of a site are taken for unchanged where nothing has been proved yet.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a site that can't be read is not read again.
const SPOILT: Duration = Duration::from_secs(5);

/// How often refused pushes are told of.
const TOLD: Duration = Duration::from_mins(1);

/// What every request is given.
pub(super) struct Desk {
    root: PathBuf,
    pub(super) clock: Clock,
    pub(super) doors: Doors,
    keys: Mutex<Option<(Looks, Arc<Keys>)>>,
    secrets: Mutex<BTreeMap<PathBuf, (Looks, SecretString)>>,
    store: Turnstile<Option<(u64, Store)>>,
    site: Turnstile<Option<Reading>>,
    book: Mutex<Book>,
    turns: Semaphore,
    refused: Mutex<(Option<Instant>, u64)>,
}

/// The site as it was read.
struct Reading {
    looks: Looks,
    looked: Instant,
    site: Option<Arc<Site>>,
}

impl Desk {
    pub(super) fn new(root: PathBuf, clock: Clock, doors: Doors) -> Self {
        Self {
            root,
            clock,
            doors,
            keys: Mutex::default(),
            secrets: Mutex::default(),
            store: Turnstile::default(),
            site: Turnstile::default(),
            book: Mutex::default(),
            turns: Semaphore::new(TURNS),
            refused: Mutex::default(),
        }
    }

    /// The letter that a code was made for and that is still of use; `secret` gives what its code is made from.
    pub(super) async fn letter(&self, code: &str, secret: fn(&str) -> String) -> Result<Opened, Reason> {
        let keys = self.keys().map_err(AppError::from)?;
        let number = keys.admits(code).ok_or(Reason::Unknown)?;
        let turn = self.turn().await?;
        let letter = self.store().await?.letter(number).await?;
        drop(turn);
        let proved = |letter: &Opened| keys.proves(code, number, &secret(&letter.key));
        letter.filter(|letter| proved(letter) && letter.expires_at > self.clock.now()).ok_or(Reason::Unknown)
    }

    /// A turn to make a page.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Reason> {
        let turn = tokio::time::timeout(LONGEST_WAIT, self.turns.acquire()).await;
        turn.map_err(|_| Reason::Busy)?.map_err(|_| Reason::Busy)
    }

    /// The site as it is now, over the database that all share.
    pub(super) async fn app(&self) -> Result<App, AppError> {
        let (store, site) = (self.store().await?, self.site(Duration::ZERO).await?);
        let book = self.book().clone();
        let mut app = App::over(site, store, book).await?;
        app.clock = self.clock.clone();
        self.book().clone_from(&app.book);
        Ok(app)
    }

    /// The site as it was at most a moment ago, for a request that has proved nothing yet.
    pub(super) async fn lately(&self) -> Result<Arc<Site>, AppError> {
        self.site(PATIENCE).await
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> Result<Arc<Keys>, LinkError> {
        let mut kept = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = look_of(&Keys::file(&self.root));
        if let Some((_, keys)) = kept.as_ref().filter(|(before, _)| *before == looks && !looks.is_empty()) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(Keys::open(&self.root, self.clock.now())?);
        *kept = Some((looks, Arc::clone(&keys)));
        Ok(keys)
    }

    async fn store(&self) -> Result<Store, StoreError> {
        let mut kept = self.store.lock().await;
        let path = Site::database(&self.root);
        let Some((_, inode, ..)) = look_of(&path).pop() else {
            let cause = "it is not there any more".to_owned();
            return Err(StoreError::Open { path, cause });
        };
        if let Some((_, store)) = kept.as_ref().filter(|(before, _)| *before == inode) {
            return Ok(store.clone());
        }
        let store = Store::open(&path).await?;
        if let Some((_, before)) = kept.replace((inode, store.clone())) {
            // Those that are working with it come to their end.
            tokio::spawn(before.close());
        }
        Ok(store)
    }

    async fn site(&self, patience: Duration) -> Result<Arc<Site>, AppError> {
        let mut kept = self.site.lock().await;
        let is_spoilt = kept.as_ref().is_some_and(|reading| reading.looks.is_empty());
        let patience = if is_spoilt { SPOILT } else { patience };
        if let Some(reading) = kept.as_ref().filter(|reading| reading.looked.elapsed() < patience) {
            return reading.site.clone().ok_or_else(|| AppError::Site(Vec::new()));
        }
        let root = self.root.clone();
        let looks = tokio::task::spawn_blocking(move || look_of_site(&root)).await.unwrap_or_default();
        if let Some(reading) = kept.as_mut().filter(|reading| reading.looks == looks)
            && let Some(site) = reading.site.clone()
        {
            reading.looked = Instant::now();
            return Ok(site);
        }
        let root = self.root.clone();
        let read = tokio::task::spawn_blocking(move || Site::read(&root)).await;
        let (site, problems) = read.unwrap_or_default();
        for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
            tracing::error!(problem = %problem, "the pages go on with the last good site");
        }
        let before = kept.take().and_then(|reading| reading.site);
        // How the files looked says nothing where they could not be read: it may have been the system.
        let looks = if site.is_some() { looks } else { Looks::new() };
        let mut site = site.map(Arc::new).or(before);
        if site.is_none() {
            site = good::last(&self.root).await.map(|(site, _)| Arc::new(site));
        }
        *kept = Some(Reading { looks, looked: Instant::now(), site: site.clone() });
        site.ok_or(AppError::Site(problems))
    }

    /// What a secret source of the site holds, read again when its file has changed.
    pub(super) fn secret(&self, source: &SecretSource) -> Option<SecretString> {
        let read = || {
            let read = app::secret(&self.root, source);
            read.inspect_err(|why| self.tell_refused(|| tracing::error!(%why, "a push could not be checked"))).ok()
        };
        let SecretSource::File(file) = source else { return read() };
        let path = self.root.join(file);
        let looks = look_of(&path);
        let mut kept = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, secret)) = kept.get(&path).filter(|(before, _)| *before == looks) {
            return Some(secret.clone());
        }
        let secret = read()?;
        kept.insert(path, (looks, secret.clone()));
        Some(secret)
    }

    /// Tells that a push was refused, not more often than once a minute.
    pub(super) fn refused(&self, provider: &str, from: IpAddr) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.1 += 1;
        let count = refused.1;
        drop(refused);
        self.tell_refused(|| tracing::warn!(provider, %from, count, "pushes from elsewhere were refused"));
    }

    fn tell_refused(&self, tell: impl FnOnce()) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.0.is_none_or(|told| told.elapsed() >= TOLD) {
            *refused = (Some(Instant::now()), 0);
            tell();
        }
    }

    /// Ends what is open.
    pub(super) async fn close(&self) {
        if let Some((_, store)) = self.store.lock().await.take() {
            store.close().await;
        }
    }
}
