//! Forecasts that people enter, withdraw or take an hour out of; and what the ledger says of corrections.
//!
//! In: a member of staff, and what that person says of a run. Out: a version of it, in force at once; what was decided with
//! the version before; on record in the ledger with the name. Can't happen: a run changed without who and why; a decision
//! that goes on resting on what was withdrawn (its region is decided on anew at the service's next look).

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::error::AppError;
use crate::pulling::merge::LONGEST_RUN_DAYS;
use crate::refusal::{Answer, Refusal, refuse};
use cuofeng_air::forecast::{Columns, MISSING, Outlook, Range, Run};
use cuofeng_aqi::Pollutant;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::{Aside, Pulled};
use cuofeng_office::site::Site;
use cuofeng_store::basis::Decided;
use cuofeng_store::forecasts::{self, Fresh, Word};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::versions::{self, Version, Withdrawn};
use cuofeng_store::{Store, Tx};
use cuofeng_town::roster::Role;

/// What is to be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The run, with every version of it.
    Whole,
    /// This version alone: the one before it holds again.
    Version,
    /// What it says of an hour.
    Hour(Hour),
    /// What it says of a local day.
    Day(NaiveDate),
}

/// What came of a withdrawal.
pub struct Outcome {
    /// What is no longer in force, and what is.
    pub done: Message,
    /// What was decided with it.
    pub decided: Vec<Decided>,
}

/// What a person was told of a day.
pub struct Entry {
    /// The region.
    pub region: String,
    /// The local day.
    pub day: NaiveDate,
    /// The day's index.
    pub index: Range,
    /// Its primary pollutants, as far as they were said.
    pub primary: Vec<Pollutant>,
    /// Where it is from: who published or said it, and how it came.
    pub source: String,
    /// When it was published.
    pub issued_at: DateTime<Utc>,
}

/// What people say of runs.
#[derive(Clone, Copy)]
pub struct Versions<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Versions<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Withdraws a run, a version of it, or what it says of an hour or a day.
    pub async fn withdraw_run(
        &self,
        number: i64,
        extent: Extent,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Result<Outcome, Refusal>, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("versions.may_not", by = by))));
        }
        // Nobody else writes until it is done: what is read now holds.
        let mut tx = self.store.begin().await?;
        let Some((version, others)) = self.store.run_of(number).await? else {
            return Ok(Err(Refusal(msg!("versions.unknown", number = number))));
        };
        if let Some(why) = out_of_force(self.site, &version, &others) {
            return Ok(Err(Refusal(why)));
        }
        let lang = self.site.config.language;
        let done = match extent {
            Extent::Whole => {
                for one in std::iter::once(&version).chain(&others) {
                    versions::withdraw(&mut tx, one, (by, reason), now).await?;
                }
                msg!("versions.withdrawn", run = version_words(self.site, &version, lang))
            }
            Extent::Version => {
                // What a person took an hour out of is what stood before that.
                let is_before = |other: &&Version| {
                    let is_cut = !version.by.is_empty() && other.version + 1 == version.version;
                    other.part == version.part && (other.withdrawn.is_none() || is_cut)
                };
                let before = others.iter().filter(is_before);
                let Some(before) = before.max_by_key(|other| other.version) else {
                    return Ok(Err(Refusal(msg!("versions.first", number = number))));
                };
                versions::withdraw(&mut tx, &version, (by, reason), now).await?;
                let source = msg!("versions.again_as", version = before.version).text(lang);
                let source = if before.by_hand { before.source.clone() } else { source };
                versions::replace(&mut tx, &version, &before.run, Word { by, source: &source }, now).await?;
                msg!("versions.back", run = version_words(self.site, &version, lang), version = before.version)
            }
            Extent::Hour(_) | Extent::Day(_) => {
                let left = without(&version.run, extent, &self.site.config.zone);
                let what = extent_words(self.site, extent, lang);
                if left == version.run {
                    return Ok(Err(Refusal(msg!("versions.not_in_it", number = number, what = what))));
                }
                let run = version_words(self.site, &version, lang);
                let source = if version.by_hand { version.source.as_str() } else { reason };
                if says_anything(&left) {
                    versions::replace(&mut tx, &version, &left, Word { by, source }, now).await?;
                }
                versions::withdraw(&mut tx, &version, (by, reason), now).await?;
                msg!("versions.withdrawn_part", run = run, what = what)
            }
        };
        let of_it = others.iter().filter(|_| extent == Extent::Whole);
        let numbers: Vec<i64> = std::iter::once(&version).chain(of_it).map(|one| one.number).collect();
        let decided = self.store.decided_with(&numbers).await?;
        let detail = format!("{by}: {}: {reason}", done.text(lang));
        ledger::write(&mut tx, &Actor::of(by), Event::ForecastWithdrawn, &number.to_string(), &detail, now).await?;
        tx.commit().await?;
        Ok(Ok(Outcome { done, decided }))
    }

    /// Enters what a person was told of a day.
    pub async fn add_forecast(&self, entry: &Entry, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(refuse(msg!("versions.may_not", by = by)));
        }
        let today = zone.day(now);
        if entry.issued_at > now {
            return Ok(refuse(msg!("bulletins.ahead")));
        }
        if entry.day < today || entry.day >= today + Duration::days(LONGEST_RUN_DAYS) {
            return Ok(refuse(msg!("versions.day", day = entry.day.to_string(), days = LONGEST_RUN_DAYS)));
        }
        let mut outlook = Outlook::new(entry.day);
        (outlook.aqi, outlook.primary) = (Some(entry.index), entry.primary.clone());
        let run = Run {
            feed: String::new(),
            region: entry.region.clone(),
            issued_at: entry.issued_at,
            columns: Columns::new(),
            days: vec![outlook],
            archive: false,
        };
        // Several days may be told at one time, each by itself.
        let part = (entry.day - NaiveDate::default()).num_days();
        let word = Word { by, source: &entry.source };
        let mut tx = self.store.begin().await?;
        let Some(Fresh { number, version }) = forecasts::keep_word(&mut tx, &run, part, word, now).await? else {
            return Ok(refuse(msg!("versions.entered_already")));
        };
        let words = msg!(
            "versions.entry",
            region = region_words(self.site, &entry.region),
            day = cuofeng_base::time::day_words(entry.day, lang),
            low = entry.index.low(),
            high = entry.index.high(),
            primary = primary_words(&entry.primary, lang),
            source = &entry.source,
            issued = zone.words(entry.issued_at, lang)
        )
        .text(lang);
        ledger::write(
            &mut tx,
            &Actor::of(by),
            Event::ForecastAdded,
            &number.to_string(),
            &format!("{by}: {words}"),
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(Ok(if version == 1 {
            msg!("versions.added", number = number, entry = words)
        } else {
            msg!("versions.added_anew", number = number, entry = words, version = version)
        }))
    }
}

/// Why a version that is out of force can't be withdrawn; none of one that is in force.
fn out_of_force(site: &Site, version: &Version, others: &[Version]) -> Option<Message> {
    version.ended_at?;
    let (number, lang) = (version.number, site.config.language);
    let now = others.iter().find(|other| other.part == version.part && other.ended_at.is_none());
    Some(match (now, &version.withdrawn) {
        (Some(now), _) => msg!("versions.replaced_by", number = number, now = now.number),
        (None, Some(Withdrawn { at, by, reason })) => {
            let at = site.config.zone.words(*at, lang);
            msg!("versions.withdrawn_already", number = number, by = by, at = at, reason = reason)
        }
        (None, None) => msg!("versions.replaced", number = number),
    })
}

/// Tells the ledger of a version that is not the first of its run, or that a person gave.
pub(crate) async fn note_version(
    site: &Site,
    tx: &mut Tx,
    run: &Run,
    fresh: Fresh,
    word: Option<Word<'_>>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if fresh.version == 1 && word.is_none() {
        return Ok(());
    }
    let (zone, lang) = (&site.config.zone, site.config.language);
    let event = if fresh.version == 1 { Event::ForecastAdded } else { Event::ForecastCorrected };
    let words = msg!(
        "versions.kept",
        feed = &run.feed,
        region = region_words(site, &run.region),
        issued = zone.words(run.issued_at, lang),
        version = fresh.version
    )
    .text(lang);
    let actor = Actor::of(word.map_or("", |word| word.by));
    let detail = match word.filter(|word| !word.by.is_empty()) {
        Some(word) => format!("{}: {words}", word.by),
        None => words,
    };
    tracing::info!(feed = run.feed, region = run.region, version = fresh.version, "a run has another version");
    Ok(ledger::write(tx, &actor, event, &fresh.number.to_string(), &detail, now).await?)
}

/// Takes what a bulletin said before out of force, where it was published anew and all of it waits for a person now.
pub(crate) async fn note_unread(
    site: &Site,
    tx: &mut Tx,
    pulled: &Pulled,
    aside: &Aside,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let Some(issued_at) = aside.issued_at else { return Ok(()) };
    let is_read = |run: &Run| run.region == aside.region && run.issued_at == issued_at;
    if pulled.runs.iter().any(is_read) {
        return Ok(());
    }
    if forecasts::outdate(tx, (&aside.feed, &aside.region), issued_at, now).await? {
        let (zone, lang) = (&site.config.zone, site.config.language);
        let (region, issued) = (region_words(site, &aside.region), zone.words(issued_at, lang));
        let words = msg!("versions.unread", feed = &aside.feed, region = region, issued = issued).text(lang);
        ledger::write(tx, &Actor::Program, Event::ForecastCorrected, &aside.feed, &words, now).await?;
    }
    Ok(())
}

/// A version in words: whose, for where, of when, which.
pub fn version_words(site: &Site, version: &Version, lang: Lang) -> String {
    let zone = &site.config.zone;
    msg!(
        "versions.run",
        feed = &version.run.feed,
        region = region_words(site, &version.run.region),
        issued = zone.words(version.run.issued_at, lang),
        version = version.version
    )
    .text(lang)
}

fn region_words(site: &Site, id: &str) -> String {
    let region = site.config.regions.iter().find(|region| region.id == id);
    region.map_or_else(|| id.to_owned(), |region| region.name.clone())
}

fn extent_words(site: &Site, extent: Extent, lang: Lang) -> String {
    match extent {
        Extent::Hour(hour) => site.config.zone.words(hour.start(), lang),
        Extent::Day(day) => cuofeng_base::time::day_words(day, lang),
        Extent::Whole | Extent::Version => String::new(),
    }
}

/// Pollutants in words; a stroke where none was said.
#[must_use]
pub fn primary_words(primary: &[Pollutant], lang: Lang) -> String {
    let words: Vec<&str> = primary.iter().map(|pollutant| pollutant.words(lang)).collect();
    if words.is_empty() { "—".to_owned() } else { words.join(lang.comma()) }
}

/// A run without what it says of an hour or a local day.
fn without(run: &Run, extent: Extent, zone: &Zone) -> Run {
    let mut left = run.clone();
    let hours = match extent {
        Extent::Hour(hour) => hour..hour + 1,
        Extent::Day(day) => zone.first_hour(day)..zone.first_hour(day) + 24,
        Extent::Whole | Extent::Version => return left,
    };
    for column in left.columns.values_mut() {
        for (hour, value) in (column.first.0..).map(Hour).zip(&mut column.values) {
            if hours.contains(&hour) {
                *value = MISSING;
            }
        }
    }
    left.days.retain(|outlook| Extent::Day(outlook.day) != extent);
    left
}

fn says_anything(run: &Run) -> bool {
    !run.days.is_empty() || run.columns.values().any(|column| column.values.iter().any(|value| *value != MISSING))
}
