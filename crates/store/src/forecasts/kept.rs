//! Runs as they are received, each as a version of what was known of its issue time.
//!
//! In: what a feed gives now, or a person's word. Out: the version in force, and whether it is news. Can't happen: two
//! versions in force of one feed, region, issue time and part; a version for what was known; what a person withdrew in
//! force again because its feed still says so.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::corrupt;
use crate::packed::pack;
use crate::sql;
use crate::{StoreError, Tx, anew, seconds};
use cuofeng_air::forecast::{Outlook, Run};
use cuofeng_base::text::hex;

/// The part of a run that is weather alone: it comes and goes by itself beside the runs of the air.
pub(crate) const WEATHER: i64 = -1;

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
struct Place<'a> {
    feed: &'a str,
    region: &'a str,
    issued_at: DateTime<Utc>,
    part: i64,
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
pub(crate) fn digest(packed: &[u8], days: &str) -> String {
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

/// Runs with the days of which the version in force of their issue time speaks and they do not: of a feed of which a part
/// could not be read.
pub async fn with_days_in_force(tx: &mut Tx, runs: &[Run]) -> Result<Vec<Run>, StoreError> {
    let mut whole = Vec::with_capacity(runs.len());
    for run in runs {
        let mut run = run.clone();
        let days: Option<String> = sql::ask(
            "select days from forecast_run
             where feed = $1 and region = $2 and issued_at = $3 and part = 0 and ended_at is null and made_by = ''",
        )
        .bind(&run.feed)
        .bind(&run.region)
        .bind(seconds(run.issued_at))
        .maybe(&mut *tx)
        .await?;
        let known: Vec<Outlook> = match days.filter(|_| !run.days.is_empty()) {
            Some(text) => serde_json::from_str(&text).map_err(|e| corrupt("days", &run, e.to_string()))?,
            None => Vec::new(),
        };
        for outlook in known {
            if run.days.iter().all(|own| own.day != outlook.day) {
                run.days.push(outlook);
            }
        }
        run.days.sort_by_key(|outlook| outlook.day);
        whole.push(run);
    }
    Ok(whole)
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

/// Takes what a feed said of an issue time out of force, where its text says something else now that waits for a person.
/// Says whether anything was.
pub async fn outdate(
    tx: &mut Tx,
    (feed, region): (&str, &str),
    issued_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "update forecast_run set ended_at = $1, given = 0
         where feed = $2 and region = $3 and issued_at = $4 and part = 0 and ended_at is null and made_by = ''",
    )
    .bind(seconds(now))
    .bind(feed)
    .bind(region)
    .bind(seconds(issued_at))
    .run(tx)
    .await?;
    if done == 0 {
        return Ok(false);
    }
    anew::mark(tx, region).await?;
    Ok(true)
}

/// A version as far as another is compared with it.
struct Known {
    number: i64,
    version: u32,
    digest: String,
    given: bool,
    archive: bool,
    stands: Stands,
}

/// Whether a version is in force.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    InForce,
    Replaced,
    /// A person took it, or a part of it, out of force.
    Withdrawn,
}

/// The versions of a part of a run, the first received first.
struct Versions(Vec<Known>);

sql::row! {
    struct KnownRow {
        id: i64,
        version: i64,
        digest: String,
        given: bool,
        archive: bool,
        in_force: bool,
        withdrawn: bool,
        packed: Option<Vec<u8>>,
        days: Option<String>,
    }
}

async fn known(tx: &mut Tx, place: Place<'_>) -> Result<Versions, StoreError> {
    let rows: Vec<KnownRow> = sql::ask(
        "select id, version, digest, given, archive, ended_at is null as in_force, withdrawn_at is not null as withdrawn,
             case when digest = '' then packed end as packed, case when digest = '' then days end as days from forecast_run where feed = $1 and region = $2 and issued_at = $3 and part = $4 order by version",
    )
    .bind(place.feed)
    .bind(place.region)
    .bind(seconds(place.issued_at))
    .bind(place.part)
    .all(&mut *tx)
    .await?;
    let read = |KnownRow { id: number, version, digest: kept, given, archive, in_force, withdrawn, packed, days }| {
        let stands = match (in_force, withdrawn) {
            (true, _) => Stands::InForce,
            (false, false) => Stands::Replaced,
            (false, true) => Stands::Withdrawn,
        };
        let digest = packed.zip(days).map_or(kept, |(packed, days)| digest(&packed, &days));
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        Known { number, version, digest, given, archive, stands }
    };
    Ok(Versions(rows.into_iter().map(read).collect()))
}

impl Versions {
    fn in_force(&self) -> Option<&Known> {
        self.0.iter().find(|version| version.stands == Stands::InForce)
    }

    /// Takes what the feed gives now: a version of its own where it is news.
    async fn take(
        &mut self,
        tx: &mut Tx,
        place: Place<'_>,
        given: &Written<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Fresh>, StoreError> {
        let mut same = self.0.iter().filter(|version| version.digest == given.digest);
        // What is in force already, what the feed has not changed since another spoke, what a person took out of force.
        if same.any(|version| version.given || version.stands != Stands::Replaced) {
            return Ok(None);
        }
        // What was fetched from an archive afterwards says less than what was issued then.
        if given.run.archive && self.in_force().is_some_and(|version| !version.archive) {
            return Ok(None);
        }
        let fresh = self.replace(tx, place, (given, true), Word { by: "", source: "" }, now).await?;
        for version in self.0.iter_mut().filter(|version| version.stands == Stands::InForce) {
            version.stands = Stands::Replaced;
        }
        self.0.push(Known {
            number: fresh.number,
            version: fresh.version,
            digest: given.digest.clone(),
            given: true,
            archive: given.run.archive,
            stands: Stands::InForce,
        });
        Ok(Some(fresh))
    }

    /// Notes which versions the feed gives now.
    async fn settle(&self, tx: &mut Tx, given: &[Written<'_>]) -> Result<(), StoreError> {
        for version in &self.0 {
            let is_said = given.iter().any(|one| one.digest == version.digest);
            if is_said != version.given {
                sql::ask("update forecast_run set given = $1 where id = $2")
                    .bind(is_said)
                    .bind(version.number)
                    .run(tx)
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
pub(crate) async fn end(tx: &mut Tx, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update forecast_run set ended_at = $1 where id = $2 and ended_at is null")
        .bind(seconds(now))
        .bind(number)
        .run(tx)
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
    Ok(sql::ask(
        "insert into forecast_run
             (feed, region, issued_at, part, version, pulled_at, archive, days, packed, digest, given, made_by, source)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing returning id",
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
    .maybe(&mut *tx)
    .await?)
}
