//! Forecast runs and observations in the database.
//!
//! In: what feeds brought and people entered. Out: runs by issue time, observations by day. A run is kept as it came and
//! never changed: what is said later of the same issue time is another version of it ([`kept`]), and the newest received is
//! in force (`versions` tells of the others). Runs beyond the kept time are thinned as configured. Can't happen: a run out
//! of force among those that are.

mod kept;

use chrono::{DateTime, Utc};

pub use self::kept::{Fresh, Word, keep, keep_given, keep_word, outdate, with_days_in_force};
pub(super) use self::kept::{WEATHER, digest, end};
use super::packed::{pack, unpack};
use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_air::forecast::{Column, Columns, MISSING, Observations, Run};
use cuofeng_base::time::Hour;

/// Removes all but the first run of each local day from the runs of a feed issued before `before`: `offset` is the
/// zone's, in seconds east. Like is compared with like: an archive or the weather alone displaces no run of the air.
pub async fn thin(tx: &mut Tx, feed: &str, before: DateTime<Utc>, offset: i64) -> Result<u64, StoreError> {
    let done = sql::ask(
        "delete from forecast_run where feed = $1 and issued_at < $2 and exists (
             select 1 from forecast_run earlier
             where earlier.feed = forecast_run.feed and earlier.region = forecast_run.region
               and earlier.archive = forecast_run.archive
               and (earlier.part < 0) = (forecast_run.part < 0)
               and earlier.ended_at is null
               and earlier.issued_at < forecast_run.issued_at
               and earlier.issued_at >= forecast_run.issued_at - (forecast_run.issued_at + $3) % 86400)",
    )
    .bind(feed)
    .bind(seconds(before))
    .bind(offset)
    .run(tx)
    .await?;
    Ok(done)
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
            sql::ask("select packed from observation where region = $1 and day = $2 and feed = $3")
                .bind(&observed.region)
                .bind(day)
                .bind(&observed.feed)
                .maybe(&mut *tx)
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
        let keep = |text| sql::ask(text).bind(&observed.region).bind(day).bind(&observed.feed).bind(&packed);
        let put = "update observation set packed = $4 where region = $1 and day = $2 and feed = $3";
        let mut done = keep(put).run(tx).await?;
        if done == 0 {
            done = keep("insert into observation (region, day, feed, packed) values ($1, $2, $3, $4)").run(tx).await?;
        }

        changed += done;
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

sql::row! {
    struct NumberedRunsRow {
        id: i64,
        feed: String,
        source: String,
        issued_at: i64,
        archive: bool,
        days: String,
        packed: Vec<u8>,
    }
}

sql::row! {
    struct ObservationsRow {
        feed: String,
        day: i64,
        packed: Vec<u8>,
    }
}

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
        let rows: Vec<NumberedRunsRow> = sql::ask(
            "select id, feed, source, issued_at, archive, days, packed from forecast_run
             where region = $1 and issued_at >= $2 and issued_at <= $3 and ended_at is null
             order by issued_at, pulled_at, part, id",
        )
        .bind(region)
        .bind(seconds(since))
        .bind(seconds(until))
        .all(self.pool())
        .await?;
        let read = |NumberedRunsRow { id: number, feed, source, issued_at: issued, archive, days, packed }| {
            let by_hand = feed.is_empty();
            let run = read_run(region, (feed, source, issued, archive, days, packed))?;
            Ok(Numbered { number, by_hand, run })
        };
        rows.into_iter().map(read).collect()
    }

    /// The first hour that was observed in a region and the one after the last; nothing where none was.
    pub async fn observed_span(&self, region: &str) -> Result<Option<(Hour, Hour)>, StoreError> {
        let (first, last): (Option<i64>, Option<i64>) =
            sql::ask("select min(day), max(day) from observation where region = $1")
                .bind(region)
                .one(self.pool())
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
        let rows: Vec<ObservationsRow> = sql::ask(
            "select feed, day, packed from observation where region = $1 and day >= $2 and day <= $3 order by day",
        )
        .bind(region)
        .bind(first.0.div_euclid(24))
        .bind((end.0 - 1).div_euclid(24))
        .all(self.pool())
        .await?;
        let hours = usize::try_from(end - first).unwrap_or(0);
        let mut all: Vec<Observations> = Vec::new();
        for ObservationsRow { feed, day, packed } in rows {
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
