//! The first step of a cycle: bring the newest of every feed, keep it, note every failure once.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use tokio::task::JoinSet;

use super::{App, AppError};
use cuofeng_air::forecast::merge::{self, Freshness, Kept as Numbers, Merged, Setting, State};
use cuofeng_air::forecast::{Run, Take};
use cuofeng_base::caught;
use cuofeng_base::msg;
use cuofeng_base::problem::{Place, Problem};
use cuofeng_base::text::{Lang, Message, outside};
use cuofeng_base::time::Zone;
use cuofeng_feed::setting::{FeedConfig, Source};
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Pulled, http};
use cuofeng_rules::warning;
use cuofeng_store::forecasts::{Numbered, Word};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Tx, bulletins, feeds, fires, forecasts, orders};

/// Days of the past that a series holds, so that conditions can look back.
const PAST_DAYS: i64 = 3;

/// Longest run there is, in days: older runs can't reach into the series.
pub(super) const LONGEST_RUN_DAYS: i64 = 16;

/// How long what a person entered counts as fresh, in hours: as long as a bulletin.
const BY_HAND_HOURS: i64 = 36;

/// How long all requests of one feed's pull may take together: a far side that drips holds up the decision no longer.
const LONGEST_PULL: std::time::Duration = std::time::Duration::from_mins(1);

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

/// What there is to say of a pull, in words of the site's language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// What failed.
    pub(super) errors: Vec<String>,
    /// What may still be written, and is waited for.
    pub(super) waits: Vec<String>,
    /// Values that were not taken as they stood, a line a feed.
    pub(super) remarks: Vec<String>,
}

impl App {
    /// Pulls every feed, all at once. A feed's failure is returned in words, and leaves what was stored in force.
    pub(super) async fn pull(&self, now: DateTime<Utc>) -> Result<Said, AppError> {
        let mut asked = JoinSet::new();
        for (index, feed) in self.feeds.iter().enumerate() {
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
                said.remarks.extend(result.as_ref().ok().and_then(|pulled| self.remark(config, pulled)));
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
                let kept = self.keep(&mut tx, name, &pulled, None, now).await?;
                feeds::note_success(&mut tx, name, &pulled.memory, &pulled.attributions, now).await?;
                self.note_set_aside(&mut tx, name, &pulled, now).await?;
                let trouble = self.note_trouble(&mut tx, name, &pulled.trouble, now).await?;
                tracing::info!(feed = name, ?kept, unchanged = pulled.unchanged, "pulled");
                trouble
            }
            Err(error) => self.note_trouble(&mut tx, name, &[error], now).await?,
        };
        tx.commit().await?;
        Ok(words)
    }

    /// What of a feed's values was not taken as it stood, in words.
    fn remark(&self, config: &FeedConfig, pulled: &Pulled) -> Option<String> {
        let lang = self.site.config.language;
        let words: Vec<String> = pulled.remarks.messages(lang).iter().map(|message| message.text(lang)).collect();
        if words.is_empty() {
            return None;
        }
        let words = msg!("feed.remarks", feed = &config.name, words = words.join(lang.semicolon())).text(lang);
        tracing::warn!(feed = config.name, words, "values were not taken as they stood");
        Some(words)
    }

    /// Tells the ledger of values that were set aside, once a day as long as it is by the same bounds.
    pub(super) async fn note_set_aside(
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
        let told = ledger::latest(&self.store, Event::ValuesSetAside, name).await?;
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
        let told = ledger::latest(&self.store, Event::FeedFailed, name).await?;
        if told.is_none_or(|entry| entry.detail != words) {
            ledger::write(tx, &Actor::Program, Event::FeedFailed, name, &words, now).await?;
        }
        Ok(Some(words))
    }

    /// Keeps what a feed brought, or what a person gave in its place.
    pub(super) async fn keep(
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
            self.note_version(tx, run, fresh, word, now).await?;
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
            self.note_unplaced(tx, feed, alert, now).await?;
        }
        for aside in &pulled.aside {
            if bulletins::keep(tx, aside, lang, now).await? {
                kept.aside += 1;
                ledger::write(tx, &Actor::Program, Event::BulletinAside, feed, &aside.line, now).await?;
            }
            if word.is_none() {
                self.note_unread(tx, pulled, aside, now).await?;
            }
        }
        Ok(kept)
    }

    /// The forecast of a region, merged from all feeds.
    pub async fn merged(&self, region: &str, now: DateTime<Utc>) -> Result<Merged, AppError> {
        let mut all = self.merged_by(region, now, &[self.site.profiles.value]).await?;
        all.pop().map(|(_, merged)| merged).ok_or_else(|| AppError::Site(Vec::new()))
    }

    /// The same as the feeds gave it, where the site corrects forecasts by their past errors; nothing where it does not.
    pub async fn uncorrected(&self, region: &str, now: DateTime<Utc>) -> Result<Option<Merged>, AppError> {
        if self.site.config.bias_days.is_none() {
            return Ok(None);
        }
        let mut all = self.merge(region, now, &[self.site.profiles.value], false).await?;
        Ok(all.pop().map(|(_, merged)| merged))
    }

    /// The forecast of a region, once for each value of a daily range.
    pub(super) async fn merged_by(
        &self,
        region: &str,
        now: DateTime<Utc>,
        takes: &[Take],
    ) -> Result<Vec<(Take, Merged)>, AppError> {
        self.merge(region, now, takes, true).await
    }

    async fn merge(
        &self,
        region: &str,
        now: DateTime<Utc>,
        takes: &[Take],
        correct: bool,
    ) -> Result<Vec<(Take, Merged)>, AppError> {
        let config = &self.site.config;
        let zone = &config.zone;
        let first = zone.first_hour(zone.day(now) - Duration::days(PAST_DAYS));
        let reach = LONGEST_RUN_DAYS + i64::from(config.bias_days.unwrap_or(0));
        let numbered = self.store.numbered_runs(region, first.start() - Duration::days(reach), now).await?;
        let mut numbers = Numbers::new();
        for Numbered { number, run, .. } in &numbered {
            numbers.entry((run.feed.clone(), run.issued_at)).or_default().push(*number);
        }
        let (entered, kept): (Vec<Numbered>, Vec<Numbered>) = numbered.into_iter().partition(|run| run.by_hand);
        let [entered, kept] = [entered, kept].map(|runs| runs.into_iter().map(|kept| kept.run).collect::<Vec<_>>());
        let kept = if correct { self.corrected(region, kept, now).await? } else { kept };
        let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
        let source = |feed: &FeedConfig| merge::Source {
            feed: feed.name.clone(),
            fresh: Duration::hours(i64::from(feed.fresh_hours)),
            runs: kept.iter().filter(|r| r.feed == feed.name).cloned().collect(),
        };
        let published = self.publishing(region);
        let stated: Vec<&Run> = kept.iter().filter(|run| published.contains(&run.feed)).collect();
        let runs = merge::by_hand(entered, &stated);
        let entered = merge::entered(runs, self.entered_source(), &config.zone);
        let feeds = config.feeds.iter().filter(serves).filter(|f| f.forecasts()).map(source);
        let feeds: Vec<merge::Source> = feeds.collect();
        // A person's word counts at once.
        let doubts = self.book.all().any(cuofeng_rules::Rule::looks_back);
        let before: Option<Vec<merge::Source>> =
            doubts.then(|| entered.iter().cloned().chain(feeds.iter().map(|feed| feed.before(now))).collect());
        let sources: Vec<merge::Source> = entered.into_iter().chain(feeds).collect();
        let observers = self.observers(region);
        let observed =
            self.store.observations(region, &observers, first, cuofeng_base::time::Hour::containing(now)).await?;
        let standards = &self.site.standards;
        let by = |take: &Take| {
            let profiles = &self.site.profiles.taking(*take);
            let setting = Setting { profiles, standards, zone, first, now };
            let before = before.as_ref().map(|before| merge::merge(region, before, &observed, &setting).series);
            (*take, Merged { kept: numbers.clone(), before, ..merge::merge(region, &sources, &observed, &setting) })
        };
        Ok(takes.iter().map(by).collect())
    }

    /// The feeds that bring what people publish for a day of a region: it speaks against what a person entered for that
    /// day; what a model says does not.
    pub(super) fn publishing(&self, region: &str) -> Vec<String> {
        let publishes = |f: &&FeedConfig| matches!(f.source, Source::Bulletin { .. } | Source::Table { .. });
        let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
        self.site.config.feeds.iter().filter(serves).filter(publishes).map(|f| f.name.clone()).collect()
    }

    /// What runs are called that people entered, and how long they are fresh.
    pub(super) fn entered_source(&self) -> (String, Duration) {
        (msg!("forecast.by_hand").text(self.site.config.language), Duration::hours(BY_HAND_HOURS))
    }

    /// The feeds whose observations of a region decide, in order of preference: not those that are for verification
    /// only.
    pub(super) fn observers(&self, region: &str) -> Vec<String> {
        let decides = |f: &&FeedConfig| !matches!(f.source, cuofeng_feed::setting::Source::Cnemc { .. });
        let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
        self.site.config.feeds.iter().filter(serves).filter(decides).map(|f| f.name.clone()).collect()
    }

    /// Why a region has no forecast to judge by, if it has none: what people entered is one.
    #[must_use]
    pub fn stale(&self, merged: &Merged) -> Option<Message> {
        self.unforecast(&merged.states.iter().collect::<Vec<_>>())
    }

    /// Why no feed brings a forecast of a region, if none does. What people entered ends no outage of the feeds; it stands
    /// for them only where the site has none that is to bring the air.
    #[must_use]
    pub(super) fn outage(&self, merged: &Merged) -> Option<Message> {
        let of_air =
            |state: &&State| self.site.config.feeds.iter().any(|feed| feed.name == state.feed && feed.forecasts_air());
        let feeds: Vec<&State> = merged.states.iter().filter(of_air).collect();
        if feeds.is_empty() { self.stale(merged) } else { self.unforecast(&feeds) }
    }

    /// Why none of these has a fresh forecast of the air.
    fn unforecast(&self, states: &[&State]) -> Option<Message> {
        if states.iter().any(|state| state.fresh()) {
            return None;
        }
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let newest = states.iter().filter(|s| s.air).filter_map(|s| match s.freshness {
            Freshness::Stale { issued_at, age, limit } => Some((issued_at, age, limit, &s.feed)),
            _ => None,
        });
        let Some((issued_at, age, limit, feed)) = newest.max_by_key(|(issued_at, ..)| *issued_at) else {
            return Some(warning::no_forecast());
        };
        let issued = zone.words(issued_at, lang);
        let (age, limit) = (age.num_hours(), limit.num_hours());
        Some(msg!("warning.old_forecast", feed = feed, issued = issued, age = age, fresh = limit))
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

async fn ask(feed: &dyn Feed, now: DateTime<Utc>, zone: &Zone, memory: &Memory) -> Result<Pulled, FeedError> {
    http::within(LONGEST_PULL, feed.pull(Ask { now, zone, memory })).await
}

/// A feed that panicked, as a failure of its own.
fn stopped(feed: &str, words: &str) -> FeedError {
    let (feed, source_name) = (feed.to_owned(), feed.to_owned());
    FeedError::Unreachable { feed, source_name, cause: msg!("feed.stopped", words = words) }
}

/// An order in a sentence.
#[must_use]
pub fn order_words(order: &cuofeng_town::order::Order, zone: &Zone, lang: Lang) -> Message {
    msg!(
        "order.words",
        issuer = &order.issuer,
        subject = &order.subject,
        tier = order.tier.message(),
        period = zone.period_words(&order.period, lang),
        document = &order.document
    )
}

/// A feed's failure in words.
pub(super) fn error_message(error: &FeedError, zone: &Zone, lang: Lang) -> Message {
    match error {
        FeedError::Unreachable { feed, source_name, cause } => {
            msg!("feed.unreachable", feed = feed, source = source_name, cause = cause.clone())
        }
        FeedError::Malformed { feed, problem } => {
            let (file, what, advice) = (problem.file_words(), problem.what.clone(), problem.advice.clone());
            match (&problem.place, &problem.value) {
                (Place::Cell { row, column, .. }, value) if *row > 0 => {
                    let place = match column.as_str() {
                        "" => msg!("feed.place_row", row = *row),
                        column => msg!("feed.place", row = *row, column = column),
                    };
                    let value = value.clone().unwrap_or_default();
                    msg!(
                        "feed.malformed",
                        feed = feed,
                        file = file,
                        place = place,
                        value = value,
                        what = what,
                        advice = advice
                    )
                }
                _ => msg!("feed.malformed_file", feed = feed, file = file, what = what, advice = advice),
            }
        }
        FeedError::Partly { feed, problems, count, gaps } => partly(feed, problems, *count, gaps),
        FeedError::Refused { feed, source_name, words } => {
            msg!("feed.refused", feed = feed, source = source_name, words = words.clone())
        }
        FeedError::Busy { feed, source_name, words, until } => {
            let until = zone.words(*until, lang);
            msg!("feed.busy", feed = feed, source = source_name, words = words.clone(), until = until)
        }
        FeedError::Nothing { feed, source_name } => msg!("feed.nothing", feed = feed, source = source_name),
        FeedError::NoPast { feed } => msg!("feed.no_past", feed = feed),
    }
}

/// What of a table was set aside, by the first row or cell.
fn partly(feed: &str, problems: &[Problem], count: usize, gaps: &str) -> Message {
    let Some(problem) = problems.first() else { return msg!("feed.partly_none", feed = feed, count = count) };
    let place = match &problem.place {
        Place::Cell { row, column, .. } if column.is_empty() => msg!("feed.place_row", row = *row),
        Place::Cell { row, column, .. } => msg!("feed.place", row = *row, column = column),
        _ => problem.file_words(),
    };
    let partly = msg!(
        "feed.partly",
        feed = feed,
        file = problem.file_words(),
        count = count,
        place = place,
        value = problem.value.clone().unwrap_or_default(),
        what = problem.what.clone(),
        advice = problem.advice.clone()
    );
    if gaps.is_empty() { partly } else { msg!("feed.partly_gaps", partly = partly, hours = gaps) }
}
