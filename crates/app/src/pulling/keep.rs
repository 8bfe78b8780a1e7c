//! What feeds and people bring, kept.
//!
//! In: what was read. Out: runs, observations, hot spots, orders and lines on record, counted. Can't happen: something taken
//! away on the word of a part of what there is.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::error::AppError;
use crate::pulling::unplaced::note_unplaced;
use crate::pulling::versions::{note_unread, note_version};
use crate::pulling::words::order_words;
use cuofeng_feed::{FeedError, Pulled};
use cuofeng_office::site::Site;
use cuofeng_store::forecasts::Word;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, Tx, bulletins, fires, forecasts, orders};

/// What a pull or a backfill brought, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// New runs.
    pub runs: usize,
    /// Hours of observations.
    pub observed_hours: usize,
    /// New hot spots.
    pub fires: usize,
    /// New official orders.
    pub orders: usize,
    /// New lines for a person to confirm.
    pub aside: usize,
}

/// Keeps what feeds and people bring.
#[derive(Clone, Copy)]
pub struct Brought<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Brought<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Tells the ledger of values that were set aside, once a day as long as it is by the same bounds.
    pub(crate) async fn note_set_aside(
        &self,
        tx: &mut Tx,
        name: &str,
        pulled: &Pulled,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let lang = self.site.config.language;
        let kinds = pulled.remarks.kinds(lang);
        if kinds.is_empty() {
            return Ok(());
        }
        let told = ledger::latest(self.store, Event::ValuesSetAside, name).await?;
        // How many there are changes from hour to hour.
        let is_same = |entry: &ledger::Entry| {
            now - entry.at < Duration::days(1) && kinds.iter().all(|kind| entry.detail.contains(kind))
        };
        if !told.as_ref().is_some_and(is_same) {
            let words: Vec<String> = pulled.remarks.set_aside(lang).iter().map(|message| message.text(lang)).collect();
            ledger::write(tx, &Actor::Program, Event::ValuesSetAside, name, &words.join(lang.semicolon()), now).await?;
        }
        Ok(())
    }

    /// Keeps what a feed brought, or what a person gave in its place.
    pub(crate) async fn keep(
        &self,
        tx: &mut Tx,
        feed: &str,
        pulled: &Pulled,
        word: Option<Word<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Kept, AppError> {
        let lang = self.site.config.language;
        let mut kept = Kept::default();
        for run in pulled.runs.iter().filter(|run| run.missing() > 0) {
            tracing::warn!(feed, region = run.region, values = run.missing(), "forecast has gaps");
        }
        // A part could not be read at all; of rows that were set aside the rest is what the table says.
        let lacks = pulled.trouble.iter().any(|error| !matches!(error, FeedError::Partly { .. }));
        let fresh = match word {
            // Nothing is taken away on the word of a part of what there is.
            None if lacks => {
                let whole = forecasts::with_days_in_force(tx, &pulled.runs).await?;
                forecasts::keep_given(tx, &whole, now).await?
            }
            None => forecasts::keep_given(tx, &pulled.runs, now).await?,
            Some(word) => {
                let mut fresh = Vec::new();
                for run in &pulled.runs {
                    fresh.push(forecasts::keep_word(tx, run, 0, word, now).await?);
                }
                fresh
            }
        };
        for (run, fresh) in pulled.runs.iter().zip(fresh).filter_map(|(run, fresh)| Some((run, fresh?))) {
            kept.runs += 1;
            note_version(self.site, tx, run, fresh, word, now).await?;
        }
        if word.is_none() && !lacks {
            // What a bulletin said before counts no more where it was published anew, if only a line that waits has changed.
            let read = pulled.runs.iter().filter(|run| !run.days.is_empty());
            let of_runs = read.map(|run| (run.region.as_str(), run.issued_at));
            let of_lines = pulled.aside.iter().filter_map(|aside| Some((aside.region.as_str(), aside.issued_at?)));
            let bulletins: BTreeSet<(&str, DateTime<Utc>)> = of_runs.chain(of_lines).collect();
            let lines: Vec<&str> = pulled.aside.iter().map(|aside| aside.line.as_str()).collect();
            for (region, issued_at) in bulletins {
                bulletins::outdate(tx, (feed, region, issued_at), &lines, now).await?;
            }
        }
        for observed in &pulled.observations {
            kept.observed_hours += hours(observed);
            forecasts::observe(tx, observed).await?;
        }
        for fire in &pulled.fires {
            kept.fires += usize::from(fires::keep(tx, feed, fire).await?);
        }
        for order in pulled.orders.iter().map(cuofeng_town::order::Order::cleaned) {
            let order = &order;
            if let Some(number) = orders::keep(tx, order, now).await? {
                kept.orders += 1;
                let detail = order_words(order, &self.site.config.zone, lang).text(lang);
                ledger::write(tx, &Actor::Program, Event::OrderAdded, &number.to_string(), &detail, now).await?;
            }
        }
        for superseded in &pulled.superseded {
            if orders::supersede(tx, feed, &superseded.alert, superseded.at).await? > 0 {
                ledger::write(tx, &Actor::Program, Event::OrderSuperseded, &superseded.alert, feed, now).await?;
            }
        }
        for alert in &pulled.unplaced {
            note_unplaced(self.site, self.store, tx, feed, alert, now).await?;
        }
        for aside in &pulled.aside {
            if bulletins::keep(tx, aside, lang, now).await? {
                kept.aside += 1;
                ledger::write(tx, &Actor::Program, Event::BulletinAside, feed, &aside.line, now).await?;
            }
            if word.is_none() {
                note_unread(self.site, tx, pulled, aside, now).await?;
            }
        }
        Ok(kept)
    }
}

/// Hours of which anything was observed.
fn hours(observed: &cuofeng_air::forecast::Observations) -> usize {
    let columns = || observed.columns.values();
    let first = columns().map(|c| c.first).min();
    let end = columns().map(|c| c.first + i64::try_from(c.values.len()).unwrap_or(0)).max();
    let Some((first, end)) = first.zip(end) else { return 0 };
    (0..end - first).filter(|h| columns().any(|c| c.get(first + *h).is_some())).count()
}
