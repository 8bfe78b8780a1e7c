//! The versions of forecast runs: what was known when, by whom, and what is in force.
//!
//! In: a region and issue times, or a version's number; a person's word on it. Out: versions with what they say, so that a
//! replay knows at each instant what the site knew then ([`known_at`]); what was corrected lately. Can't happen: a version
//! that is gone because another took its place; a run withdrawn in part without a version that says what is left.

use chrono::{DateTime, Utc};

use super::forecasts::{self, Fresh, RunRow, WEATHER, Word, digest, end, read_run};
use super::{Store, StoreError, Tx, anew, instant, seconds};
use crate::sql;
use cuofeng_air::forecast::Run;

/// A version of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number in the database.
    pub number: i64,
    /// What it says. The feed of a run that a person entered is where that person has it from.
    pub run: Run,
    /// Whether a person entered the run, and no feed brought it.
    pub by_hand: bool,
    /// 0 of what was pulled, -1 of the weather alone; else the line that a person confirmed, or the day that one entered.
    pub part: i64,
    /// 1 of the first that was received.
    pub version: u32,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The person it is by; empty where the feed brought it.
    pub by: String,
    /// Where that person has it from, or why the version before was changed.
    pub source: String,
    /// What tells what it says, in hexadecimal digits.
    pub digest: String,
    /// Since when it is out of force; none of the one in force.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who took it, or a part of it, out of force, when and why.
    pub withdrawn: Option<Withdrawn>,
}

/// A person's word that a version is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Version {
    /// Whether it was in force at an instant.
    #[must_use]
    pub fn in_force_at(&self, at: DateTime<Utc>) -> bool {
        self.received_at <= at && self.ended_at.is_none_or(|ended| ended > at)
    }
}

/// The runs that were in force at an instant, in the order of `versions`.
pub fn known_at(versions: &[Version], at: DateTime<Utc>) -> impl Iterator<Item = &Run> {
    versions.iter().filter(move |version| version.in_force_at(at)).map(|version| &version.run)
}

/// Takes a version out of force in a person's name, the first who says so. One that is out of force already is not taken in
/// again either.
pub async fn withdraw(
    tx: &mut Tx,
    version: &Version,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    end(tx, version.number, now).await?;
    sql::ask(
        "update forecast_run set withdrawn_at = $1, withdrawn_by = $2, withdrawn_for = $3
         where id = $4 and withdrawn_at is null",
    )
    .bind(seconds(now))
    .bind(by)
    .bind(reason)
    .bind(version.number)
    .run(tx)
    .await?;
    anew::mark(tx, &version.run.region).await
}

/// Puts another version, by a person, in the place of one. Gives it, unless the same is in force.
pub async fn replace(
    tx: &mut Tx,
    version: &Version,
    run: &Run,
    word: Word<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Fresh>, StoreError> {
    let feed = if version.by_hand { String::new() } else { run.feed.clone() };
    forecasts::keep_word(tx, &Run { feed, ..run.clone() }, version.part, word, now).await
}

const COLUMNS: &str = "id, feed, source, issued_at, archive, days, packed, region, part, version, pulled_at, made_by, \
     digest, ended_at, withdrawn_at, withdrawn_by, withdrawn_for";

sql::row! {
    struct Row {
    id: i64,
    feed: String,
    source: String,
    issued_at: i64,
    archive: bool,
    days: String,
    packed: Vec<u8>,
    region: String,
    part: i64,
    version: i64,
    pulled_at: i64,
    made_by: String,
    digest: String,
    ended_at: Option<i64>,
    withdrawn_at: Option<i64>,
    withdrawn_by: String,
    withdrawn_for: String,
}
}

impl Row {
    fn read(self) -> Result<Version, StoreError> {
        let of = format!("forecast_run {}", self.id);
        let digest = if self.digest.is_empty() { digest(&self.packed, &self.days) } else { self.digest };
        let by_hand = self.feed.is_empty();
        let withdrawn = match self.withdrawn_at {
            Some(at) => Some(Withdrawn { at: instant(at, &of)?, by: self.withdrawn_by, reason: self.withdrawn_for }),
            None => None,
        };
        let row: RunRow = (self.feed, self.source.clone(), self.issued_at, self.archive, self.days, self.packed);
        Ok(Version {
            number: self.id,
            run: read_run(&self.region, row)?,
            by_hand,
            part: self.part,
            version: u32::try_from(self.version).unwrap_or(u32::MAX),
            received_at: instant(self.pulled_at, &of)?,
            by: self.made_by,
            source: self.source,
            digest,
            ended_at: self.ended_at.map(|at| instant(at, &of)).transpose()?,
            withdrawn,
        })
    }
}

impl Store {
    /// Every version of the runs of a region issued from `since` to `until`, both included, by issue time and as they
    /// were received: all that a replay of what the site knew needs, in one statement.
    pub async fn versions(
        &self,
        region: &str,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Version>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from forecast_run where region = $1 and issued_at >= $2 and issued_at <= $3
             order by issued_at, pulled_at, part, id"
        );
        let rows: Vec<Row> =
            sql::ask_composed(sql).bind(region).bind(seconds(since)).bind(seconds(until)).all(self.pool()).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// A version by its number, with the others of its run: of what was pulled, those of the lines that people confirmed
    /// of it, too. The one asked for is the first; nothing where there is none.
    pub async fn run_of(&self, number: i64) -> Result<Option<(Version, Vec<Version>)>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from forecast_run r where exists (select 1 from forecast_run asked where asked.id = $1
                 and asked.feed = r.feed and asked.region = r.region and asked.issued_at = r.issued_at
                 and (asked.part = r.part or asked.part = 0 and r.part > 0))
             order by id <> $1, part, version"
        );
        let rows: Vec<Row> = sql::ask_composed(sql).bind(number).all(self.pool()).await?;
        let mut all = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
        let place = all.iter().position(|version| version.number == number);
        Ok(place.map(|place| (all.remove(place), all)))
    }

    /// The runs of a region issued from `since` on that are not as they were first received: of each the version in force,
    /// or the last one where the run was withdrawn; runs that people entered are among them. What feeds said of the
    /// weather alone is left out.
    pub async fn corrections(&self, region: &str, since: DateTime<Utc>) -> Result<Vec<Version>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from forecast_run r where region = $1 and issued_at >= $2 and part <> {WEATHER}
                 and (version > 1 or withdrawn_at is not null or feed = '')
                 and not exists (select 1 from forecast_run later where later.feed = r.feed and later.region = r.region
                     and later.issued_at = r.issued_at and later.part = r.part and later.version > r.version)
             order by issued_at, part"
        );
        let rows: Vec<Row> = sql::ask_composed(sql).bind(region).bind(seconds(since)).all(self.pool()).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[cfg(test)]
mod tests;
