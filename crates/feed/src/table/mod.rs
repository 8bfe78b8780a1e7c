//! The `table` feed: forecasts or observations in a file of the site.
//!
//! In: CSV, CSV in gzip or XLSX. Without a map: `issued,time,region,` and variables by name in the standard's units,
//! `time` the start of the hour, an empty cell missing. With a [`Map`]: any columns, or a row for each day. Out: of each
//! region the newest run issued by `now`, or what was measured; and every row or cell that can't be used, which costs its
//! hour and not the file. Can't happen: a row that is half there, `NaN`, or a value that no place has had becoming part of a
//! run; a cell set aside without a word.

mod blocks;
mod cells;
mod daily;
mod hourly;
mod label;
mod layout;
mod map;
mod stamp;
mod unit;
mod value;
mod young;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::label::HourLabel;
use self::layout::{CellProblem, Layout};
pub use self::map::{Below, Daily, Map, MapColumn, Role};
use self::young::Found;
use super::{Ask, Feed, FeedError, PullFuture, Pulled};
use cuofeng_air::forecast::{Observations, Remarks, Run};
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::time::Zone;
use cuofeng_grid::Grid;

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
        let Found { bytes, validator, waits, may_grow } = found.map_err(unreachable)?;
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        if wanted == Wanted::Newest && validator.etag.is_some() && last == Some(&validator) {
            pulled.unchanged = true;
            return Ok(pulled);
        }
        let table = Table { feed: &self.name, file: &self.shown, regions: Some(&self.regions), role: self.role };
        let read = table.read(&bytes, self.map.as_ref(), ask.now, ask.zone, wanted);
        // A head and what stands above it; a table that is longer is wrong, however young.
        let is_short = bytes.split(|byte| *byte == b'\n').take(HEAD_LINES).count() < HEAD_LINES;
        let read = match read {
            Ok(read) => read,
            // Its head may not be there yet: what was read before stays in force, and it is read again.
            Err(problem) if waits.is_some() && is_short || may_grow && is_unfinished(&bytes, &problem) => {
                pulled.waits.push(msg!("feed.young_unread", file = &self.shown, what = problem.what));
                return Ok(pulled);
            }
            Err(problem) => {
                return Err(FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) });
            }
        };
        if read.runs.is_empty() && read.observations.is_empty() {
            if let Some(waits) = waits {
                pulled.waits.push(waits);
                return Ok(pulled);
            }
            return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
        }
        // A file that speaks of the future is read again: what lies ahead now will have happened then. So is one that may
        // still be written, and one of which something was set aside: it is said until it is mended.
        if wanted == Wanted::Newest && !read.ahead && waits.is_none() && read.aside.count == 0 {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        if read.aside.count > 0 {
            let gaps = read.runs.iter().filter_map(|run| run.gap_words(ask.zone)).collect::<Vec<_>>().join("、");
            let SetAside { count, problems } = read.aside;
            pulled.trouble.push(FeedError::Partly { feed: self.name.clone(), problems, count, gaps });
        }
        pulled.notes.extend(read.passed_over);
        pulled.assumed.extend(read.filled);
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

/// Lines within which the head of a table stands.
const HEAD_LINES: usize = 30;

/// Whether a file can't be read for the reason that there is no whole file yet.
fn is_unfinished(bytes: &[u8], problem: &Problem) -> bool {
    bytes.is_empty() || ["grid.xlsx", "grid.gzip"].contains(&problem.what.key())
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
    /// Values that were not taken as they stood.
    pub remarks: Remarks,
    /// Whether rows were passed over because they lie after `now`.
    pub ahead: bool,
    /// What can't be used.
    pub aside: SetAside,
    /// Rows that are no data: titles, units, totals, remarks.
    pub passed_over: Option<Problem>,
    /// Rows whose blank day is that of the row above.
    pub filled: Option<Problem>,
}

/// Rows and cells that can't be used, while the rest can.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetAside {
    /// How many.
    pub count: usize,
    /// What is wrong with the first of them.
    pub problems: Vec<Problem>,
}

/// Most of what is set aside that is described.
const DESCRIBED: usize = 20;

impl SetAside {
    fn note(&mut self, problem: Problem) {
        self.count += 1;
        if self.problems.len() < DESCRIBED {
            self.problems.push(problem);
        }
    }

    fn extend(&mut self, other: Self) {
        self.count += other.count;
        self.problems.extend(other.problems);
        self.problems.truncate(DESCRIBED);
    }
}

/// Region and, of forecasts, the issue time.
type Key = (String, Option<DateTime<Utc>>);

impl Table<'_> {
    /// Reads what is wanted. What can't be used of it is set aside.
    ///
    /// # Errors
    /// The file, its header or its map is wrong, or nothing of it can be used: the first thing that is wrong.
    pub fn read(
        &self,
        bytes: &[u8],
        map: Option<&Map>,
        now: DateTime<Utc>,
        zone: &Zone,
        wanted: Wanted,
    ) -> Result<Read, Problem> {
        let names = map.map(Map::names);
        let known = |head: &str| names.as_ref().map_or_else(|| layout::is_plain(head), |names| names.contains(head));
        let grid = Grid::read(self.file, bytes, map.and_then(Map::sheet), &known)?;
        let layout = match map {
            Some(map) => Layout::mapped(self.file, &grid, map)?,
            None => Layout::plain(self.file, &grid, self.role)?,
        };
        if let Some(row) = grid.open_quote {
            return Err(Problem::cell(self.file, row, "", "", msg!("roster.quote"), msg!("roster.quote_advice")));
        }
        let ask = Asked { now, zone, wanted };
        let mut read = match &layout.days {
            Some(days) => daily::read(self, &grid, &layout, days, &ask),
            None => self.hourly(&grid, &layout, &ask)?,
        };
        if read.runs.is_empty() && read.observations.is_empty() && !read.aside.problems.is_empty() {
            return Err(read.aside.problems.swap_remove(0));
        }
        read.passed_over = grid.passed_over(self.file);
        Ok(read)
    }

    /// What is wrong in a cell of a row of the grid.
    fn wrong(&self, grid: &Grid, at: usize, (column, what, advice): CellProblem) -> Problem {
        let row = grid.row(at);
        let (head, cell) = (grid.header.get(column), row.and_then(|row| row.get(column)));
        let (head, cell) = (head.unwrap_or("").trim(), cell.unwrap_or("").trim());
        let unworked = row.and_then(|row| row.unworked(column));
        let (what, advice) = unworked.unwrap_or((what, advice));
        let number = row.map_or(0, |row| row.number);
        Problem::cell(self.file, number, head, cell, what, advice).on_sheet(grid.sheet.as_deref())
    }
}

/// When a table is read, and for what.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    now: DateTime<Utc>,
    zone: &'a Zone,
    wanted: Wanted,
}

/// Stands for the column where the whole row is wrong.
const WHOLE_ROW: usize = usize::MAX;

#[cfg(test)]
mod tests;
