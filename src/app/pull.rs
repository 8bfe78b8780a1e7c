//! The first step of a cycle: bring the newest forecasts, keep every run, note every failure once.

use chrono::{DateTime, Duration, Utc};

use super::{App, AppError};
use crate::feed::table::TableFeed;
use crate::feed::{Feed, FeedError};
use crate::forecast::{Origin, Run, Series};
use crate::ledger;
use crate::msg;
use crate::store::forecasts;
use crate::text::Message;
use crate::time::Hour;

/// Days of the past that a series holds, so that conditions can look back.
const PAST_DAYS: i64 = 2;

impl App {
    /// Pulls every feed. A feed's failure is returned in words, and leaves what was stored in force.
    pub(super) async fn pull(&self, now: DateTime<Utc>) -> Result<Vec<String>, AppError> {
        let regions: std::collections::BTreeSet<String> =
            self.site.config.regions.iter().map(|r| r.id.clone()).collect();
        let lang = self.site.config.language;
        let mut errors = Vec::new();
        for config in &self.site.config.feeds {
            let path = self.site.root.join(&config.file);
            let feed = TableFeed::new(config.name.clone(), path, config.file.clone(), regions.clone());
            let result = feed.pull(now).await;
            let words = result.as_ref().err().map(|error| error_message(error).text(lang));
            let mut tx = self.store.begin().await?;
            let mut fresh = 0;
            for run in result.iter().flat_map(|pulled| &pulled.runs) {
                if run.missing() > 0 {
                    tracing::warn!(
                        feed = feed.name(),
                        region = run.region,
                        values = run.missing(),
                        "forecast has gaps"
                    );
                }
                fresh += usize::from(forecasts::keep(&mut tx, run, now).await?);
            }
            forecasts::note_pull(&mut tx, feed.name(), words.as_deref(), now).await?;
            if let Some(words) = &words {
                tracing::error!(feed = feed.name(), error = words, "pull failed");
                let told = ledger::latest(&self.store, "feed-failed", feed.name()).await?;
                if told.is_none_or(|entry| entry.detail != *words) {
                    ledger::write(&mut tx, "feed-failed", feed.name(), words, now).await?;
                }
            } else {
                tracing::info!(feed = feed.name(), new_runs = fresh, "pulled");
            }
            tx.commit().await?;
            errors.extend(words);
        }
        Ok(errors)
    }

    /// The series of a region, the runs it was made of, and why it can't be trusted, if it can't.
    pub(super) async fn series(
        &self,
        region: &str,
        now: DateTime<Utc>,
    ) -> Result<(Series, Option<Run>, Option<Message>), AppError> {
        let zone = &self.site.config.zone;
        let first = zone.first_hour(zone.day(now) - Duration::days(PAST_DAYS));
        let since = first.start() - Duration::days(PAST_DAYS);
        let runs = self.store.runs(region, since, now).await?;
        let end = runs.iter().filter_map(Run::span).map(|(_, end)| end).max().unwrap_or(Hour::containing(now));
        let hours = usize::try_from(end - first).unwrap_or(0);
        let mut series = Series::new(region, first, hours);
        for run in &runs {
            let origin = Origin::Forecast { feed: run.feed.clone(), issued_at: run.issued_at };
            series.lay(&run.columns, &origin);
        }
        let newest = runs.into_iter().next_back();
        let stale = self.stale(newest.as_ref(), now);
        Ok((series, newest, stale))
    }

    fn stale(&self, newest: Option<&Run>, now: DateTime<Utc>) -> Option<Message> {
        let Some(run) = newest else { return Some(msg!("warning.no_forecast")) };
        let fresh = self.site.config.feeds.iter().find(|f| f.name == run.feed).map_or(0, |f| f.fresh_hours);
        let age = (now - run.issued_at).num_hours();
        let issued = self.site.config.zone.words(run.issued_at, self.site.config.language);
        (age >= i64::from(fresh)).then(|| msg!("warning.old_forecast", issued = issued, age = age, fresh = fresh))
    }
}

/// A feed's failure in words.
fn error_message(error: &FeedError) -> Message {
    match error {
        FeedError::Unreachable { feed, source_name, cause } => {
            msg!("feed.unreachable", feed = feed, source = source_name, cause = cause)
        }
        FeedError::Malformed { feed, problem } => {
            let place = match &problem.place {
                crate::problem::Place::Cell { row, column } => msg!("feed.place", row = *row, column = column),
                _ => Message::new("feed.no_place"),
            };
            let (file, value) = (&problem.file, problem.value.clone().unwrap_or_default());
            msg!(
                "feed.malformed",
                feed = feed,
                file = file,
                place = place,
                value = value,
                what = problem.what.clone(),
                advice = problem.advice.clone()
            )
        }
        FeedError::Nothing { feed, source_name } => msg!("feed.nothing", feed = feed, source = source_name),
    }
}
