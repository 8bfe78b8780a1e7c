//! The `table` feed: forecasts or observations in a file of the site.
//!
//! In: CSV, CSV in gzip or XLSX. Without a map: `issued,time,region,` and variables by name in the standard's units,
//! times in RFC 3339, `time` the start of the hour, an empty cell missing. With a [`Map`]: any columns. Out: of each
//! region the newest run issued by `now`, or what was measured. Can't happen: a row that is half there, `NaN`, or a value
//! that no place has had becoming part of a run: it is set aside and told, so that one spike does not hide a year.

mod blocks;
mod cells;
mod map;
mod unit;
mod young;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use self::cells::Cells;
use self::map::{CellProblem, Layout};
pub use self::map::{HourLabel, Map, MapColumn, Role};
use self::young::Found;
use super::{Ask, Feed, FeedError, PullFuture, Pulled};
use crate::file::{self, FileError};
use crate::forecast::{MISSING, Observations, Remarks, Run};
use crate::grid::{Grid, Row};
use crate::msg;
use crate::problem::Problem;
use crate::time::{Hour, Zone};

/// Largest file that is read, in bytes: two years of hourly values of a hundred stations.
pub const SIZE_LIMIT: u64 = file::TABLE;

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

    async fn read(&self, ask: Ask<'_>, wanted: Wanted) -> Result<Pulled, FeedError> {
        let (feed, source_name) = (self.name.clone(), self.shown.clone());
        let last = ask.memory.0.get(&self.shown);
        let found = young::read(&self.path, &self.shown, last).await;
        let unreachable = |error: FileError| FeedError::Unreachable { feed, source_name, cause: error.message() };
        let Found { bytes, validator, waits } = found.map_err(unreachable)?;
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        if wanted == Wanted::Newest && validator.etag.is_some() && last == Some(&validator) {
            pulled.unchanged = true;
            return Ok(pulled);
        }
        let table = Table { feed: &self.name, file: &self.shown, regions: Some(&self.regions), role: self.role };
        let read = table.read(&bytes, self.map.as_ref(), ask.now, ask.zone, wanted);
        let read =
            read.map_err(|problem| FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) })?;
        if read.runs.is_empty() && read.observations.is_empty() {
            return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
        }
        // A file that speaks of the future is read again: what lies ahead now will have happened then. So is one that may
        // still be written.
        if wanted == Wanted::Newest && !read.ahead && waits.is_none() {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        let waits = waits.into_iter().collect();
        Ok(Pulled { runs: read.runs, observations: read.observations, remarks: read.remarks, waits, ..pulled })
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
    /// The regions there are; any where none is given.
    pub regions: Option<&'a BTreeSet<String>>,
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
    /// What was not taken as it stood.
    pub remarks: Remarks,
    /// Whether rows were passed over because they lie after `now`.
    pub ahead: bool,
}

/// Region and, of forecasts, the issue time.
type Key = (String, Option<DateTime<Utc>>);

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
        let mut all: Vec<(Key, Cells)> = Vec::new();
        let mut places: BTreeMap<Key, usize> = BTreeMap::new();
        let mut newest: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
        let mut last: Option<usize> = None;
        for (at, row) in grid.rows().enumerate() {
            let wrong = |found: CellProblem| self.wrong(&grid, at, found);
            if row.len() != grid.header.len() {
                let what = msg!("feed.cut_off", got = row.len(), want = grid.header.len());
                return Err(Problem::cell(self.file, row.number, "", "", what, msg!("feed.cut_off_advice")));
            }
            let issued = layout.issued(row, zone).map_err(wrong)?;
            let Some(region) = layout.region(row, self.regions).map_err(wrong)? else { continue };
            if issued.is_some_and(|issued| issued > now) {
                read.ahead = true;
                continue;
            }
            let hour = layout.hour(row, zone).map_err(wrong)?;
            if issued.is_none() && (hour + 1).start() > now {
                read.ahead = true;
                continue;
            }
            if !is_wanted(wanted, issued, hour, now, zone) {
                continue;
            }
            if let (Wanted::Newest, Some(issued)) = (wanted, issued) {
                let latest = newest.entry(region.to_owned()).or_insert(issued);
                if issued < *latest {
                    continue;
                }
                if issued > *latest {
                    let older = places.get(&(region.to_owned(), Some(*latest))).and_then(|place| all.get_mut(*place));
                    if let Some((_, cells)) = older {
                        cells.clear();
                    }
                    *latest = issued;
                }
            }
            // Rows of one region mostly follow each other.
            let place = match last.filter(|place| all[*place].0.0 == region && all[*place].0.1 == issued) {
                Some(place) => place,
                None => *places.entry((region.to_owned(), issued)).or_insert_with_key(|key| {
                    all.push((key.clone(), Cells::default()));
                    all.len() - 1
                }),
            };
            last = Some(place);
            let cells = &mut all[place].1;
            cells.begin(hour, at);
            Self::values(&layout, row, &mut read.remarks, cells).map_err(wrong)?;
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(at) = all.iter().find_map(|(_, cells)| cells.twice()) {
            let column = grid.header.len() + 1;
            return Err(self.wrong(&grid, at, (column, msg!("feed.hour_twice"), msg!("feed.hour_twice_advice"))));
        }
        if let Some(row) = grid.open_quote {
            return Err(Problem::cell(self.file, row, "", "", msg!("roster.quote"), msg!("roster.quote_advice")));
        }
        for ((region, issued), cells) in all {
            if cells.is_empty() {
                continue;
            }
            if let Some(issued_at) = issued {
                read.runs.push(self.run(region, issued_at, &cells)?);
            } else {
                let (feed, columns) = (self.feed.to_owned(), cells.columns());
                read.observations.push(Observations { feed, region, columns });
            }
        }
        Ok(read)
    }

    /// What is wrong in a cell of a row of the grid.
    fn wrong(&self, grid: &Grid, at: usize, (column, what, advice): CellProblem) -> Problem {
        let row = grid.row(at);
        let (head, cell) = (grid.header.get(column), row.and_then(|row| row.get(column)));
        let (head, cell) = (head.unwrap_or("").trim(), cell.unwrap_or("").trim());
        Problem::cell(self.file, row.map_or(0, |row| row.number), head, cell, what, advice)
    }

    fn values(layout: &Layout, record: Row<'_>, remarks: &mut Remarks, cells: &mut Cells) -> Result<(), CellProblem> {
        for (column, variable, unit) in &layout.values {
            let cell = record.get(*column).unwrap_or("").trim();
            if layout.is_missing(cell) {
                continue;
            }
            let number = || (*column, msg!("feed.number"), msg!("feed.number_advice"));
            let Some((given, value)) = unit.read(cell).map_err(|()| number())? else { continue };
            let value = remarks.take(*variable, given, value);
            if value != MISSING {
                cells.push(*variable, value);
            }
        }
        Ok(())
    }

    fn run(&self, region: String, issued_at: DateTime<Utc>, cells: &Cells) -> Result<Run, Problem> {
        let issued = Hour::containing(issued_at);
        let (first, last) = cells.span().unwrap_or((issued, issued));
        if last - first >= LONGEST_RUN || (first - issued).abs() > LONGEST_RUN {
            let what = msg!("feed.run_too_long", region = &region, hours = last - first + 1);
            return Err(Problem::file(self.file, what, msg!("feed.run_too_long_advice")));
        }
        let feed = self.feed.to_owned();
        Ok(Run { feed, region, issued_at, columns: cells.columns(), days: Vec::new(), archive: false })
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

#[cfg(test)]
mod tests;
