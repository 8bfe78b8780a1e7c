//! The forecast of a region, merged from all feeds.
//!
//! In: the runs and observations in the database. Out: one series, by the newest of each. Can't happen: a value of a feed for
//! verification only.

use chrono::{DateTime, Duration, Utc};

use crate::error::AppError;
use crate::judging::book::Book;
use crate::pulling::score::observed;
use cuofeng_air::forecast::bias::{self, Correction};
use cuofeng_air::forecast::merge::{self, Kept as Numbers, Merged, Setting};
use cuofeng_air::forecast::{Run, Take};
use cuofeng_base::msg;
use cuofeng_base::time::Hour;
use cuofeng_feed::setting::{FeedConfig, Source};
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use cuofeng_store::forecasts::Numbered;

/// Days of the past that a series holds, so that conditions can look back.
const PAST_DAYS: i64 = 3;

/// Longest run there is, in days: older runs can't reach into the series.
pub(crate) const LONGEST_RUN_DAYS: i64 = 16;

/// How long what a person entered counts as fresh, in hours: as long as a bulletin.
const BY_HAND_HOURS: i64 = 36;

/// The forecast of a region, merged from all feeds.
#[derive(Clone, Copy)]
pub struct Forecasts<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Forecasts<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
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
    pub(crate) async fn merged_by(
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
        let kept = if correct { corrected(self.site, self.store, region, kept, now).await? } else { kept };
        let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
        let source = |feed: &FeedConfig| merge::Source {
            feed: feed.name.clone(),
            fresh: Duration::hours(i64::from(feed.fresh_hours)),
            runs: kept.iter().filter(|r| r.feed == feed.name).cloned().collect(),
        };
        let published = publishing(self.site, region);
        let stated: Vec<&Run> = kept.iter().filter(|run| published.contains(&run.feed)).collect();
        let runs = merge::by_hand(entered, &stated);
        let entered = merge::entered(runs, entered_source(self.site), &config.zone);
        let feeds = config.feeds.iter().filter(serves).filter(|f| f.forecasts()).map(source);
        let feeds: Vec<merge::Source> = feeds.collect();
        // A person's word counts at once.
        let doubts = self.book.all().any(cuofeng_rules::Rule::looks_back);
        let before: Option<Vec<merge::Source>> =
            doubts.then(|| entered.iter().cloned().chain(feeds.iter().map(|feed| feed.before(now))).collect());
        let sources: Vec<merge::Source> = entered.into_iter().chain(feeds).collect();
        let observers = observers(self.site, region);
        let observed = self.store.observations(region, &observers, first, Hour::containing(now)).await?;
        let standards = &self.site.standards;
        let by = |take: &Take| {
            let profiles = &self.site.profiles.taking(*take);
            let setting = Setting { profiles, standards, zone, first, now };
            let before = before.as_ref().map(|before| merge::merge(region, before, &observed, &setting).series);
            (*take, Merged { kept: numbers.clone(), before, ..merge::merge(region, &sources, &observed, &setting) })
        };
        Ok(takes.iter().map(by).collect())
    }
}

/// The runs of one region corrected by their past errors, where the site asks for it.
async fn corrected(
    site: &Site,
    store: &Store,
    region: &str,
    runs: Vec<Run>,
    now: DateTime<Utc>,
) -> Result<Vec<Run>, AppError> {
    let Some(correction) = site.config.bias_days.and_then(Correction::new) else { return Ok(runs) };
    let zone = &site.config.zone;
    let end = Hour::containing(now);
    let first = zone.first_hour(zone.day(now) - Duration::days(i64::from(correction.days()) + LONGEST_RUN_DAYS));
    // What is for verification only changes no forecast that decides.
    let observed = observed(store, region, &observers(site, region), first, end).await?;
    Ok(bias::corrected_all(&runs, &observed, zone, correction))
}

/// The feeds that bring what people publish for a day of a region: it speaks against what a person entered for that
/// day; what a model says does not.
pub(crate) fn publishing(site: &Site, region: &str) -> Vec<String> {
    let publishes = |f: &&FeedConfig| matches!(f.source, Source::Bulletin { .. } | Source::Table { .. });
    let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
    site.config.feeds.iter().filter(serves).filter(publishes).map(|f| f.name.clone()).collect()
}

/// What runs are called that people entered, and how long they are fresh.
pub(crate) fn entered_source(site: &Site) -> (String, Duration) {
    (msg!("forecast.by_hand").text(site.config.language), Duration::hours(BY_HAND_HOURS))
}

/// The feeds whose observations of a region decide, in order of preference: not those that are for verification
/// only.
pub(crate) fn observers(site: &Site, region: &str) -> Vec<String> {
    let decides = |f: &&FeedConfig| !matches!(f.source, cuofeng_feed::setting::Source::Cnemc { .. });
    let serves = |f: &&FeedConfig| f.regions.iter().any(|r| r == region);
    site.config.feeds.iter().filter(serves).filter(decides).map(|f| f.name.clone()).collect()
}
