//! Forecast runs and observations in the database.
//!
//! In: what feeds brought and people entered. Out: runs by issue time, observations by day. A run is kept as it came and
//! never changed: what is said later of the same issue time is another version of it, and the newest received is in force
//! (`versions` tells of the others). Runs beyond the kept time are thinned as configured. Can't happen: two versions in
//! force of one feed, region, issue time and part; a version for what was known; what a person withdrew in force again
//! because its feed still says so.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::packed::{pack, unpack};
use super::{Store, StoreError, Tx, anew, instant, seconds};
use crate::forecast::{Column, Columns, MISSING, Observations, Run};
use crate::text::hex;
use crate::time::Hour;

/// The part of a run that is weather alone: it comes and goes by itself beside the runs of the air.
pub(super) const WEATHER: i64 = -1;

/// How many bytes of its hash tell what a run says.
const DIGEST: usize = 16;

/// A version that was newly kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// Its number in the database.
    pub number: i64,
    /// 1 of the first that was received for the issue time.
    pub version: u32,
}

/// A person's word on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// Who.
    pub by: &'a str,
    /// Where it is from, or why a version is changed.
    pub source: &'a str,
}

/// What every version of a part of a run shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'a> {
    pub(super) feed: &'a str,
    pub(super) region: &'a str,
    pub(super) issued_at: DateTime<Utc>,
    pub(super) part: i64,
}

impl<'a> Place<'a> {
    fn of(run: &'a Run) -> Self {
        let part = if run.tells_air() { 0 } else { WEATHER };
        Self { feed: &run.feed, region: &run.region, issued_at: run.issued_at, part }
    }
}

/// A run as it is written: its columns, its days, the digest of both.
struct Written<'a> {
    run: &'a Run,
    packed: Vec<u8>,
    days: String,
    digest: String,
}

impl<'a> Written<'a> {
    fn of(run: &'a Run) -> Result<Self, StoreError> {
        let days = serde_json::to_string(&run.days).map_err(|e| corrupt("days", run, e.to_string()))?;
        let packed = pack(&run.columns);
        let digest = digest(&packed, &days);
        Ok(Self { run, packed, days, digest })
    }
}

/// What tells what a run says.
pub(super) fn digest(packed: &[u8], days: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(packed);
    hash.update(days);
    hex(&hash.finalize()[..DIGEST])
}

/// Keeps a run as its feed gives it now; gives the version, where that is news.
pub async fn keep(tx: &mut Tx, run: &Run, now: DateTime<Utc>) -> Result<Option<Fresh>, StoreError> {
    Ok(keep_given(tx, std::slice::from_ref(run), now).await?.pop().flatten())
}

/// Keeps all that a feed gives now; where it gives several runs of one issue time, the last is the newest. Gives for each
/// the version, where it is news: what the feed gave for that issue time before is none, nor what a person withdrew.
pub async fn keep_given(tx: &mut Tx, runs: &[Run], now: DateTime<Utc>) -> Result<Vec<Option<Fresh>>, StoreError> {
    let mut fresh = vec![None; runs.len()];
    let mut places: BTreeMap<Place<'_>, Vec<usize>> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate() {
        places.entry(Place::of(run)).or_default().push(at);
    }
    for (place, given) in places {
        let written = given.iter().map(|at| Written::of(&runs[*at])).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = written.first() else { continue };
        // Of an issue time of which nothing is known yet there is nothing to compare.
        let begun = insert(tx, place, (first, 1, true), Word { by: "", source: "" }, now).await?;
        if let Some(number) = begun {
            fresh[given[0]] = Some(Fresh { number, version: 1 });
        }
        if begun.is_some() && written.len() == 1 {
            continue;
        }
        let mut known = known(tx, place).await?;
        for (at, one) in given.iter().zip(&written) {
            if let Some(new) = known.take(tx, place, one, now).await? {
                fresh[*at] = Some(new);
            }
        }
        known.settle(tx, &written).await?;
    }
    Ok(fresh)
}

/// Keeps a version by a person's word; `part` is a line's number, or the day of a run that a person entered. Gives it,
/// unless the same is in force.
pub async fn keep_word(
    tx: &mut Tx,
    run: &Run,
    part: i64,
    word: Word<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Fresh>, StoreError> {
    let place = Place { part: if part == 0 { Place::of(run).part } else { part }, ..Place::of(run) };
    let (known, written) = (known(tx, place).await?, Written::of(run)?);
    if known.in_force().is_some_and(|version| version.digest == written.digest) {
        return Ok(None);
    }
    known.replace(tx, place, (&written, false), word, now).await.map(Some)
}

/// A version as far as another is compared with it.
struct Version {
    number: i64,
    version: u32,
    digest: String,
    given: bool,
    archive: bool,
    in_force: bool,
    withdrawn: bool,
}

/// The versions of a part of a run, the first received first.
struct Versions(Vec<Version>);

async fn known(tx: &mut Tx, place: Place<'_>) -> Result<Versions, StoreError> {
    type Row = (i64, i64, String, bool, bool, bool, bool, Option<Vec<u8>>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "select id, version, digest, given, archive, ended_at is null, withdrawn_by <> '',
             case when digest = '' then packed end, case when digest = '' then days end
         from forecast_run where feed = ? and region = ? and issued_at = ? and part = ? order by version",
    )
    .bind(place.feed)
    .bind(place.region)
    .bind(seconds(place.issued_at))
    .bind(place.part)
    .fetch_all(&mut **tx)
    .await?;
    let read = |(number, version, kept, given, archive, in_force, withdrawn, packed, days): Row| {
        let digest = packed.zip(days).map_or(kept, |(packed, days)| digest(&packed, &days));
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        Version { number, version, digest, given, archive, in_force, withdrawn }
    };
    Ok(Versions(rows.into_iter().map(read).collect()))
}

impl Versions {
    fn in_force(&self) -> Option<&Version> {
        self.0.iter().find(|version| version.in_force)
    }

    /// Takes what the feed gives now: a version of its own where it is news.
    async fn take(
        &mut self,
        tx: &mut Tx,
        place: Place<'_>,
        given: &Written<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Fresh>, StoreError> {
        let same = self.0.iter().filter(|version| version.digest == given.digest);
        // What is in force already, what the feed has not changed since another spoke, what a person took out of force.
        if same.clone().any(|version| version.given || version.in_force || version.withdrawn) {
            return Ok(None);
        }
        // What was fetched from an archive afterwards says less than what was issued then.
        if given.run.archive && self.in_force().is_some_and(|version| !version.archive) {
            return Ok(None);
        }
        let fresh = self.replace(tx, place, (given, true), Word { by: "", source: "" }, now).await?;
        self.0.iter_mut().for_each(|version| version.in_force = false);
        self.0.push(Version {
            number: fresh.number,
            version: fresh.version,
            digest: given.digest.clone(),
            given: true,
            archive: given.run.archive,
            in_force: true,
            withdrawn: false,
        });
        Ok(Some(fresh))
    }

    /// Notes which versions the feed gives now.
    async fn settle(&self, tx: &mut Tx, given: &[Written<'_>]) -> Result<(), StoreError> {
        for version in &self.0 {
            let gives = given.iter().any(|one| one.digest == version.digest);
            if gives != version.given {
                sqlx::query("update forecast_run set given = ? where id = ?")
                    .bind(gives)
                    .bind(version.number)
                    .execute(&mut **tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Puts another version in the place of the one in force.
    async fn replace(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        (written, given): (&Written<'_>, bool),
        word: Word<'_>,
        now: DateTime<Utc>,
    ) -> Result<Fresh, StoreError> {
        if let Some(version) = self.in_force() {
            end(tx, version.number, now).await?;
        }
        let version = self.0.iter().map(|version| version.version).max().unwrap_or(0).saturating_add(1);
        let number = insert(tx, place, (written, version, given), word, now).await?;
        let number = number.ok_or_else(|| corrupt("version", written.run, version.to_string()))?;
        if version > 1 || !word.by.is_empty() {
            anew::mark(tx, place.region).await?;
        }
        Ok(Fresh { number, version })
    }
}

/// Takes a version out of force.
pub(super) async fn end(tx: &mut Tx, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update forecast_run set ended_at = ? where id = ? and ended_at is null")
        .bind(seconds(now))
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes a version; nothing where there is one of that number.
async fn insert(
    tx: &mut Tx,
    place: Place<'_>,
    (written, version, given): (&Written<'_>, u32, bool),
    word: Word<'_>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "insert into forecast_run
             (feed, region, issued_at, part, version, pulled_at, archive, days, packed, digest, given, made_by, source)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning id",
    )
    .bind(place.feed)
    .bind(place.region)
    .bind(seconds(place.issued_at))
    .bind(place.part)
    .bind(i64::from(version))
    .bind(seconds(now))
    .bind(written.run.archive)
    .bind(&written.days)
    .bind(&written.packed)
    .bind(&written.digest)
    .bind(given)
    .bind(word.by)
    .bind(word.source)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Removes all but the first run of each local day from the runs of a feed issued before `before`: `offset` is the
/// zone's, in seconds east. Like is compared with like: an archive or the weather alone displaces no run of the air.
pub async fn thin(tx: &mut Tx, feed: &str, before: DateTime<Utc>, offset: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from forecast_run where feed = ?1 and issued_at < ?2 and exists (
             select 1 from forecast_run earlier
             where earlier.feed = forecast_run.feed and earlier.region = forecast_run.region
               and earlier.archive = forecast_run.archive
               and (earlier.part < 0) = (forecast_run.part < 0)
               and earlier.ended_at is null
               and earlier.issued_at < forecast_run.issued_at
               and earlier.issued_at >= forecast_run.issued_at - (forecast_run.issued_at + ?3) % 86400)",
    )
    .bind(feed)
    .bind(seconds(before))
    .bind(offset)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Lays observations over those kept: a value replaces an earlier one, a missing value replaces nothing.
pub async fn observe(tx: &mut Tx, observed: &Observations) -> Result<u64, StoreError> {
    let spans = observed.columns.values().map(|c| (c.first.0, c.first.0 + i64::try_from(c.values.len()).unwrap_or(0)));
    let Some((first, end)) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Ok(0) };
    let mut changed = 0;
    for day in first.div_euclid(24)..=(end - 1).div_euclid(24) {
        let mut columns = Columns::new();
        for (variable, column) in &observed.columns {
            let values: Vec<i32> = (0..24).map(|h| column.get(Hour(day * 24 + h)).unwrap_or(MISSING)).collect();
            if values.iter().any(|v| *v != MISSING) {
                columns.insert(*variable, Column { first: Hour(day * 24), values });
            }
        }
        if columns.is_empty() {
            continue;
        }
        let old: Option<Vec<u8>> =
            sqlx::query_scalar("select packed from observation where region = ? and day = ? and feed = ?")
                .bind(&observed.region)
                .bind(day)
                .bind(&observed.feed)
                .fetch_optional(&mut **tx)
                .await?;
        for (variable, column) in old.as_deref().and_then(unpack).unwrap_or_default() {
            let entry = columns.entry(variable).or_insert_with(|| Column { first: column.first, values: Vec::new() });
            entry.values.resize(24, MISSING);
            for (new, old) in entry.values.iter_mut().zip(&column.values) {
                if *new == MISSING {
                    *new = *old;
                }
            }
        }
        let packed = pack(&columns);
        if old.as_ref() == Some(&packed) {
            continue;
        }
        let done = sqlx::query(
            "insert into observation (region, day, feed, packed) values (?, ?, ?, ?)
             on conflict (region, day, feed) do update set packed = excluded.packed",
        )
        .bind(&observed.region)
        .bind(day)
        .bind(&observed.feed)
        .bind(packed)
        .execute(&mut **tx)
        .await?;
        changed += done.rows_affected();
    }
    Ok(changed)
}

/// A run in force, with its number in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub number: i64,
    /// Whether a person entered it, and no feed brought it: its feed is where the person has it from then.
    pub by_hand: bool,
    /// What it says.
    pub run: Run,
}

/// A stored run: feed, where a person has it from, issue time, archive mark, days, columns.
pub(super) type RunRow = (String, String, i64, bool, String, Vec<u8>);

impl Store {
    /// The runs in force of a region issued from `since` to `until`, both included, oldest first; of one issue time, what
    /// was received last is the last.
    pub async fn runs(&self, region: &str, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Run>, StoreError> {
        Ok(self.numbered_runs(region, since, until).await?.into_iter().map(|numbered| numbered.run).collect())
    }

    /// The same with their numbers.
    pub async fn numbered_runs(
        &self,
        region: &str,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Numbered>, StoreError> {
        type Row = (i64, String, String, i64, bool, String, Vec<u8>);
        let rows: Vec<Row> = sqlx::query_as(
            "select id, feed, source, issued_at, archive, days, packed from forecast_run
             where region = ? and issued_at >= ? and issued_at <= ? and ended_at is null
             order by issued_at, pulled_at, part, id",
        )
        .bind(region)
        .bind(seconds(since))
        .bind(seconds(until))
        .fetch_all(self.pool())
        .await?;
        let read = |(number, feed, source, issued, archive, days, packed): Row| {
            let by_hand = feed.is_empty();
            let run = read_run(region, (feed, source, issued, archive, days, packed))?;
            Ok(Numbered { number, by_hand, run })
        };
        rows.into_iter().map(read).collect()
    }

    /// The first hour that was observed in a region and the one after the last; nothing where none was.
    pub async fn observed_span(&self, region: &str) -> Result<Option<(Hour, Hour)>, StoreError> {
        let (first, last): (Option<i64>, Option<i64>) =
            sqlx::query_as("select min(day), max(day) from observation where region = ?")
                .bind(region)
                .fetch_one(self.pool())
                .await?;
        Ok(first.zip(last).map(|(first, last)| (Hour(first * 24), Hour((last + 1) * 24))))
    }

    /// The observations of a region in `[first, end)`, one for each feed, in the order of `feeds`.
    pub async fn observations(
        &self,
        region: &str,
        feeds: &[String],
        first: Hour,
        end: Hour,
    ) -> Result<Vec<Observations>, StoreError> {
        let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
            "select feed, day, packed from observation where region = ? and day >= ? and day <= ? order by day",
        )
        .bind(region)
        .bind(first.0.div_euclid(24))
        .bind((end.0 - 1).div_euclid(24))
        .fetch_all(self.pool())
        .await?;
        let hours = usize::try_from(end - first).unwrap_or(0);
        let mut all: Vec<Observations> = Vec::new();
        for (feed, day, packed) in rows {
            let columns = unpack(&packed).ok_or_else(|| StoreError::Corrupt {
                what: "packed",
                of: format!("observation {region} {feed} {day}"),
                value: format!("{} bytes", packed.len()),
            })?;
            let index = all.iter().position(|o| o.feed == feed).unwrap_or_else(|| {
                all.push(Observations { feed, region: region.to_owned(), columns: Columns::new() });
                all.len() - 1
            });
            for (variable, column) in columns {
                let target = all[index]
                    .columns
                    .entry(variable)
                    .or_insert_with(|| Column { first, values: vec![MISSING; hours] });
                for (i, value) in column.values.iter().enumerate() {
                    let at = column.first + i64::try_from(i).unwrap_or(0) - first;
                    if let Some(slot) = usize::try_from(at).ok().and_then(|at| target.values.get_mut(at)) {
                        *slot = *value;
                    }
                }
            }
        }
        let rank = |o: &Observations| feeds.iter().position(|f| *f == o.feed);
        all.retain(|o| rank(o).is_some());
        all.sort_by_key(rank);
        Ok(all)
    }
}

pub(super) fn read_run(region: &str, (feed, source, issued, archive, days, packed): RunRow) -> Result<Run, StoreError> {
    let issued_at = instant(issued, "forecast_run")?;
    let region = region.to_owned();
    let feed = if feed.is_empty() { source } else { feed };
    let mut run = Run { feed, region, issued_at, columns: Columns::new(), days: Vec::new(), archive };
    run.days = serde_json::from_str(&days).map_err(|_| corrupt("days", &run, days.clone()))?;
    run.columns = unpack(&packed).ok_or_else(|| corrupt("packed", &run, format!("{} bytes", packed.len())))?;
    Ok(run)
}

fn corrupt(what: &'static str, run: &Run, value: String) -> StoreError {
    StoreError::Corrupt { what, of: format!("run of {} for {} at {}", run.feed, run.region, run.issued_at), value }
}
