//! The first step of a cycle: bring the newest of every feed, keep it, note every failure once.
//!
//! In: the feeds. Out: what each brought, kept; what failed, in words. Can't happen: a feed's failure that takes away what was
//! stored; one feed that holds up the others.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use crate::error::AppError;
use crate::pulling::keep::Brought;
use crate::pulling::words::error_message;
use cuofeng_base::text::outside;
use cuofeng_base::time::Zone;
use cuofeng_base::{caught, msg};
use cuofeng_feed::setting::FeedConfig;
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Pulled, http};
use cuofeng_office::site::Site;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, Tx, feeds};

/// How long all requests of one feed's pull may take together: a far side that drips holds up the decision no longer.
const LONGEST_PULL: std::time::Duration = std::time::Duration::from_mins(1);

/// What there is to say of a pull, in words of the site's language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    /// What failed.
    pub(crate) errors: Vec<String>,
    /// What may still be written, and is waited for.
    pub(crate) waits: Vec<String>,
    /// Values that were not taken as they stood, a line a feed.
    pub(crate) remarks: Vec<String>,
}

/// Asks the feeds, and notes what each brought.
#[derive(Clone, Copy)]
pub struct Pulling<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Pulling<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Pulls every feed, all at once. A feed's failure is returned in words, and leaves what was stored in force.
    pub(crate) async fn pull(&self, feeds: &[Arc<dyn Feed>], now: DateTime<Utc>) -> Result<Said, AppError> {
        let mut asked = JoinSet::new();
        for (index, feed) in feeds.iter().enumerate() {
            let state = self.store.feed_state(feed.name()).await?;
            if let Some(until) = state.not_before.filter(|until| *until > now) {
                tracing::info!(feed = feed.name(), %until, "not asked: the provider wants to be left alone");
                continue;
            }
            let (feed, zone, memory) = (Arc::clone(feed), self.site.config.zone, state.memory);
            asked.spawn(async move {
                let pulled = caught::future(ask(feed.as_ref(), now, &zone, &memory)).await;
                (index, pulled.unwrap_or_else(|words| Err(stopped(feed.name(), &words))))
            });
        }
        let mut results: Vec<(usize, Result<Pulled, FeedError>)> = Vec::new();
        while let Some(joined) = asked.join_next().await {
            match joined {
                Ok(result) => results.push(result),
                Err(error) => tracing::error!(%error, "a feed stopped unexpectedly"),
            }
        }
        results.sort_by_key(|(index, _)| *index);
        let (mut said, lang) = (Said::default(), self.site.config.language);
        for (index, result) in results {
            if let Some(config) = self.site.config.feeds.get(index) {
                for waits in result.iter().flat_map(|pulled| &pulled.waits) {
                    let words = waits.text(lang);
                    tracing::warn!(feed = config.name, words, "may still be written");
                    said.waits.push(words);
                }
                said.remarks.extend(result.as_ref().ok().and_then(|pulled| remark(self.site, config, pulled)));
                for assumed in result.iter().flat_map(|pulled| &pulled.assumed) {
                    let words = assumed.render(lang);
                    tracing::warn!(feed = config.name, words, "what a table leaves open was assumed");
                    said.remarks.push(words);
                }
                said.errors.extend(self.keep_result(config, result, now).await?);
            }
        }
        Ok(said)
    }

    /// Keeps what a feed brought, or notes in words why it brought nothing.
    async fn keep_result(
        &self,
        config: &FeedConfig,
        result: Result<Pulled, FeedError>,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, AppError> {
        let name = config.name.as_str();
        let mut tx = self.store.begin().await?;
        let words = match result {
            Ok(pulled) => {
                let kept = Brought::new(self.site, self.store).keep(&mut tx, name, &pulled, None, now).await?;
                feeds::note_success(&mut tx, name, &pulled.memory, &pulled.attributions, now).await?;
                Brought::new(self.site, self.store).note_set_aside(&mut tx, name, &pulled, now).await?;
                let trouble = self.note_trouble(&mut tx, name, &pulled.trouble, now).await?;
                tracing::info!(feed = name, ?kept, unchanged = pulled.unchanged, "pulled");
                trouble
            }
            Err(error) => self.note_trouble(&mut tx, name, &[error], now).await?,
        };
        tx.commit().await?;
        Ok(words)
    }

    /// Notes what a feed could not bring, and the latest time until which it asks for quiet; gives it in words. The
    /// ledger is told once.
    async fn note_trouble(
        &self,
        tx: &mut Tx,
        name: &str,
        trouble: &[FeedError],
        now: DateTime<Utc>,
    ) -> Result<Option<String>, AppError> {
        if trouble.is_empty() {
            return Ok(None);
        }
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let words: Vec<String> = trouble.iter().map(|e| error_message(e, zone, lang).text(lang)).collect();
        let words = outside::line(&words.join(lang.semicolon()));
        let until =
            trouble.iter().filter_map(|e| if let FeedError::Busy { until, .. } = e { Some(*until) } else { None });
        feeds::note_failure(tx, name, &words, until.max(), now).await?;
        tracing::error!(feed = name, error = words, "pull failed");
        let told = ledger::latest(self.store, Event::FeedFailed, name).await?;
        if told.is_none_or(|entry| entry.detail != words) {
            ledger::write(tx, &Actor::Program, Event::FeedFailed, name, &words, now).await?;
        }
        Ok(Some(words))
    }
}

/// What of a feed's values was not taken as it stood, in words.
fn remark(site: &Site, config: &FeedConfig, pulled: &Pulled) -> Option<String> {
    let lang = site.config.language;
    let words: Vec<String> = pulled.remarks.messages(lang).iter().map(|message| message.text(lang)).collect();
    if words.is_empty() {
        return None;
    }
    let words = msg!("feed.remarks", feed = &config.name, words = words.join(lang.semicolon())).text(lang);
    tracing::warn!(feed = config.name, words, "values were not taken as they stood");
    Some(words)
}

async fn ask(feed: &dyn Feed, now: DateTime<Utc>, zone: &Zone, memory: &Memory) -> Result<Pulled, FeedError> {
    http::within(LONGEST_PULL, feed.pull(Ask { now, zone, memory })).await
}

/// A feed that panicked, as a failure of its own.
fn stopped(feed: &str, words: &str) -> FeedError {
    let (feed, source_name) = (feed.to_owned(), feed.to_owned());
    FeedError::Unreachable { feed, source_name, cause: msg!("feed.stopped", words = words) }
}
