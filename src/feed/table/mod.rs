//! The `table` feed: forecasts or observations in a file of the site.
//!
//! In: CSV, CSV in gzip or XLSX. Without a map: `issued,time,region,` and variables by name in the standard's units,
//! times in RFC 3339, `time` the start of the hour, an empty cell missing. With a [`Map`]: any columns. Out: of each
//! region the newest run issued by `now`, or what was measured. Can't happen: a row that is half there, `NaN`, or an
//! implausible value becoming part of a run. Of observations an implausible value is a sensor's fault: it is left out,
//! counted and logged, so that one spike does not hide a year.

mod map;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use self::map::{CellProblem, Layout};
pub use self::map::{HourLabel, Map, MapColumn, Role};
use super::{Ask, Feed, FeedError, PullFuture, Pulled, Validator};
use crate::forecast::{Column, Columns, MISSING, Observations, Run, Variable};
use crate::grid::Grid;
use crate::msg;
use crate::problem::Problem;
use crate::time::{Hour, Zone};

/// Largest file that is read, in bytes.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Longest run that is kept, in hours.
const LONGEST_RUN: i64 = 16 * 24;

/// How far back a pull reads observations, in days; older ones come by `backfill`.
const RECENT_DAYS: i64 = 60;

/// A feed that reads a table of the site.
#[derive(Debug, Clone)]
pub struct TableFeed {
    name: String,
    path: PathBuf,
    shown: String,
    regions: Arc<BTreeSet<String>>,
    role: Role,
    map: Option<Map>,
}

impl TableFeed {
    /// A feed called `name` that reads `path`; `shown` is the path as messages name it. Rows of regions other than
    /// `regions` are refused.
    #[must_use]
    pub fn new(
        name: String,
        path: PathBuf,
        shown: String,
        regions: BTreeSet<String>,
        role: Role,
        map: Option<Map>,
    ) -> Self {
        Self { name, path, shown, regions: Arc::new(regions), role, map }
    }

    /// The file's bytes, and what tells whether it changed.
    async fn bytes(&self) -> Result<(Vec<u8>, Validator), FeedError> {
        let (feed, source_name) = (self.name.clone(), self.shown.clone());
        let unreachable = move |cause: String| FeedError::Unreachable { feed, source_name, cause };
        let meta = tokio::fs::metadata(&self.path).await.map_err(|e| unreachable.clone()(e.to_string()))?;
        let size = meta.len();
        if size > SIZE_LIMIT {
            return Err(unreachable(format!("{size} bytes; the limit is {SIZE_LIMIT}")));
        }
        let changed = meta.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let etag = changed.map(|t| format!("{}-{size}", t.as_nanos()));
        let bytes = tokio::fs::read(&self.path).await.map_err(|e| unreachable(e.to_string()))?;
        Ok((bytes, Validator { etag, last_modified: None }))
    }

    async fn read(&self, ask: Ask<'_>, wanted: Wanted) -> Result<Pulled, FeedError> {
        let (bytes, validator) = self.bytes().await?;
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        if wanted == Wanted::Newest && validator.etag.is_some() && ask.memory.0.get(&self.shown) == Some(&validator) {
            pulled.unchanged = true;
            return Ok(pulled);
        }
        let table = Table { feed: &self.name, file: &self.shown, regions: &self.regions, role: self.role };
        let read = table.read(&bytes, self.map.as_ref(), ask.now, ask.zone, wanted);
        let read =
            read.map_err(|problem| FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) })?;
        if read.faults > 0 {
            tracing::warn!(feed = self.name, values = read.faults, "implausible observations left out");
        }
        if read.runs.is_empty() && read.observations.is_empty() {
            return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
        }
        // A file that speaks of the future is read again: what lies ahead now will have happened then.
        if wanted == Wanted::Newest && !read.ahead {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        Ok(Pulled { runs: read.runs, observations: read.observations, ..pulled })
    }
}

impl Feed for TableFeed {
    fn name(&self) -> &str {
        &self.name
    }

    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a> {
        Box::pin(self.read(ask, Wanted::Newest))
    }

    fn past<'a>(&'a self, ask: Ask<'a>, from: NaiveDate, to: NaiveDate) -> PullFuture<'a> {
        Box::pin(self.read(ask, Wanted::Days(from, to)))
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The newest run of each region; observations of the last 60 days.
    Newest,
    /// Every run issued on these local days, both included; every hour observed on them.
    Days(NaiveDate, NaiveDate),
}

/// What a table is read as.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// The feed's name.
    pub feed: &'a str,
    /// The file as messages name it.
    pub file: &'a str,
    /// The regions there are.
    pub regions: &'a BTreeSet<String>,
    /// Forecasts or observations.
    pub role: Role,
}

/// What was read of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// Forecast runs.
    pub runs: Vec<Run>,
    /// Measured values.
    pub observations: Vec<Observations>,
    /// Implausible observations left out.
    pub faults: usize,
    /// Whether rows were passed over because they lie after `now`.
    pub ahead: bool,
}

type Cells = BTreeMap<Hour, Vec<(Variable, i32)>>;

impl Table<'_> {
    /// Reads what is wanted.
    ///
    /// # Errors
    /// The first thing in the file that can't be used.
    pub fn read(
        &self,
        bytes: &[u8],
        map: Option<&Map>,
        now: DateTime<Utc>,
        zone: &Zone,
        wanted: Wanted,
    ) -> Result<Read, Problem> {
        let grid = Grid::read(self.file, bytes, map.and_then(Map::sheet))?;
        let layout = match map {
            Some(map) => Layout::mapped(self.file, &grid.header, map)?,
            None => Layout::plain(self.file, &grid.header, self.role)?,
        };
        let mut read = Read::default();
        // By region and, for forecasts, issue time.
        let mut all: BTreeMap<(String, Option<DateTime<Utc>>), Cells> = BTreeMap::new();
        let mut newest: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
        for row in &grid.rows {
            let wrong = |(column, what, advice): CellProblem| {
                let (head, cell) = (grid.header.get(column).unwrap_or(""), row.cells.get(column).unwrap_or(""));
                Problem::cell(self.file, row.number, head.trim(), cell.trim(), what, advice)
            };
            if row.cells.len() != grid.header.len() {
                let what = msg!("feed.cut_off", got = row.cells.len(), want = grid.header.len());
                return Err(Problem::cell(self.file, row.number, "", "", what, msg!("feed.cut_off_advice")));
            }
            let issued = layout.issued(&row.cells, zone).map_err(wrong)?;
            let Some(region) = layout.region(&row.cells, self.regions).map_err(wrong)? else { continue };
            if issued.is_some_and(|issued| issued > now) {
                read.ahead = true;
                continue;
            }
            let hour = layout.hour(&row.cells, zone).map_err(wrong)?;
            if issued.is_none() && (hour + 1).start() > now {
                read.ahead = true;
                continue;
            }
            if !is_wanted(wanted, issued, hour, now, zone) {
                continue;
            }
            if let (Wanted::Newest, Some(issued)) = (wanted, issued) {
                let last = newest.entry(region.to_owned()).or_insert(issued);
                if issued < *last {
                    continue;
                }
                if issued > *last {
                    all.remove(&(region.to_owned(), Some(*last)));
                    *last = issued;
                }
            }
            let values = self.values(&layout, &row.cells, &mut read.faults).map_err(wrong)?;
            if all.entry((region.to_owned(), issued)).or_default().insert(hour, values).is_some() {
                let column = row.cells.len() + 1;
                return Err(wrong((column, msg!("feed.hour_twice"), msg!("feed.hour_twice_advice"))));
            }
        }
        if let Some(row) = grid.open_quote {
            return Err(Problem::cell(self.file, row, "", "", msg!("roster.quote"), msg!("roster.quote_advice")));
        }
        for ((region, issued), cells) in all {
            if let Some(issued_at) = issued {
                read.runs.push(self.run(region, issued_at, &cells)?);
            } else {
                let (feed, columns) = (self.feed.to_owned(), columns(&cells));
                read.observations.push(Observations { feed, region, columns });
            }
        }
        Ok(read)
    }

    fn values(
        &self,
        layout: &Layout,
        cells: &csv::StringRecord,
        faults: &mut usize,
    ) -> Result<Vec<(Variable, i32)>, CellProblem> {
        let mut values = Vec::with_capacity(layout.values.len());
        for (column, variable, unit) in &layout.values {
            let cell = cells.get(*column).unwrap_or("").trim();
            if layout.is_missing(cell) {
                continue;
            }
            let number = || (*column, msg!("feed.number"), msg!("feed.number_advice"));
            let Some(milli) = unit.read(cell).map_err(|()| number())? else { continue };
            let (low, high) = variable.plausible();
            if milli < low * 1000 || milli > high * 1000 {
                if self.role == Role::Observations {
                    *faults += 1;
                    continue;
                }
                let advice = msg!("feed.implausible_advice", low = low, high = high, unit = variable.unit());
                return Err((*column, msg!("feed.implausible"), advice));
            }
            values.push((*variable, i32::try_from(milli).map_err(|_| number())?));
        }
        Ok(values)
    }

    fn run(&self, region: String, issued_at: DateTime<Utc>, cells: &Cells) -> Result<Run, Problem> {
        let first = cells.keys().next().copied().unwrap_or(Hour::containing(issued_at));
        let last = cells.keys().next_back().copied().unwrap_or(first);
        if last - first >= LONGEST_RUN || (first - Hour::containing(issued_at)).abs() > LONGEST_RUN {
            let what = msg!("feed.run_too_long", region = &region, hours = last - first + 1);
            return Err(Problem::file(self.file, what, msg!("feed.run_too_long_advice")));
        }
        let feed = self.feed.to_owned();
        Ok(Run { feed, region, issued_at, columns: columns(cells), days: Vec::new(), archive: false })
    }
}

fn is_wanted(wanted: Wanted, issued: Option<DateTime<Utc>>, hour: Hour, now: DateTime<Utc>, zone: &Zone) -> bool {
    match (wanted, issued) {
        (Wanted::Newest, Some(_)) => true,
        (Wanted::Newest, None) => hour.start() >= now - Duration::days(RECENT_DAYS),
        (Wanted::Days(from, to), issued) => {
            let day = issued.map_or_else(|| zone.day_of(hour), |issued| zone.day(issued));
            from <= day && day <= to
        }
    }
}

fn columns(cells: &Cells) -> Columns {
    let mut columns = Columns::new();
    let (Some(first), Some(last)) = (cells.keys().next(), cells.keys().next_back()) else { return columns };
    let hours = usize::try_from(*last - *first + 1).unwrap_or(1);
    for (hour, values) in cells {
        for (variable, value) in values {
            let column =
                columns.entry(*variable).or_insert_with(|| Column { first: *first, values: vec![MISSING; hours] });
            if let Some(slot) = usize::try_from(*hour - *first).ok().and_then(|i| column.values.get_mut(i)) {
                *slot = *value;
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests;
