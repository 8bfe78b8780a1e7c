//! The `table` feed: forecasts or observations in a file of the site.
//!
//! In: CSV, CSV in gzip or XLSX. Without a map: `issued,time,region,` and variables by name in the standard's units,
//! `time` the start of the hour, an empty cell missing. With a [`Map`]: any columns, or a row for each day. Out: of each
//! region the newest run issued by `now`, or what was measured; and every row or cell that can't be used, which costs its
//! hour and not the file. Can't happen: a row that is half there, `NaN`, or an implausible value becoming part of a run; a
//! cell set aside without a word. Of observations an implausible value is a sensor's fault: it is left out, counted and
//! logged, so that one spike does not hide a year.

mod cells;
mod daily;
mod layout;
mod map;
mod stamp;
mod unit;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use self::cells::Cells;
use self::layout::{CellProblem, HourProblem, Layout};
pub use self::map::{Below, Daily, HourLabel, Map, MapColumn, Role};
use super::{Ask, Feed, FeedError, PullFuture, Pulled, Validator, beside};
use crate::file;
use crate::forecast::{MISSING, Observations, Run};
use crate::grid::{Grid, Row};
use crate::msg;
use crate::problem::Problem;
use crate::text::Message;
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

    /// The file's bytes, and what tells whether it changed.
    async fn bytes(&self) -> Result<(Vec<u8>, Validator), FeedError> {
        let (feed, source_name) = (self.name.clone(), self.shown.clone());
        let unreachable = move |cause: Message| FeedError::Unreachable { feed, source_name, cause };
        let read = |path: &Path| {
            // Its time is taken before its bytes: what is written meanwhile is another file the next time.
            let changed = path.metadata().and_then(|data| data.modified()).ok();
            Ok((changed, file::read(path, SIZE_LIMIT)?))
        };
        let (changed, bytes) = beside(&self.path, read).await.map_err(|error| unreachable(error.message()))?;
        let changed = changed.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let etag = changed.map(|t| format!("{}-{}", t.as_nanos(), bytes.len()));
        Ok((bytes, Validator { etag, last_modified: None }))
    }

    async fn read(&self, ask: Ask<'_>, wanted: Wanted) -> Result<Pulled, FeedError> {
        let (bytes, validator) = self.bytes().await?;
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        if wanted == Wanted::Newest && validator.etag.is_some() && ask.memory.0.get(&self.shown) == Some(&validator) {
            pulled.unchanged = true;
            return Ok(pulled);
        }
        let table = Table { feed: &self.name, file: &self.shown, regions: Some(&self.regions), role: self.role };
        let read = table.read(&bytes, self.map.as_ref(), ask.now, ask.zone, wanted);
        let read =
            read.map_err(|problem| FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) })?;
        if read.faults > 0 {
            tracing::warn!(feed = self.name, values = read.faults, "implausible observations left out");
        }
        if read.runs.is_empty() && read.observations.is_empty() {
            return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
        }
        // A file that speaks of the future is read again: what lies ahead now will have happened then. So is one of which
        // something was set aside: it is said until it is mended.
        if wanted == Wanted::Newest && !read.ahead && read.aside.count == 0 {
            pulled.memory.0.insert(self.shown.clone(), validator);
        }
        if read.aside.count > 0 {
            let gaps = read.runs.iter().filter_map(|run| run.gap_words(ask.zone)).collect::<Vec<_>>().join("、");
            let SetAside { count, problems } = read.aside;
            pulled.trouble.push(FeedError::Partly { feed: self.name.clone(), problems, count, gaps });
        }
        pulled.notes.extend(read.passed_over);
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
    /// Implausible observations left out.
    pub faults: usize,
    /// Whether rows were passed over because they lie after `now`.
    pub ahead: bool,
    /// What can't be used.
    pub aside: SetAside,
    /// Rows that are no data: titles, units, totals, remarks.
    pub passed_over: Option<Problem>,
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

/// Hours that a table may speak of, 1970 to 2200: a year mistyped makes no column of a million hours.
const HOURS: std::ops::Range<i64> = 0..2_016_000;

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
            Some(days) => daily::read(self, &grid, &layout, days, &ask)?,
            None => self.hourly(&grid, &layout, &ask)?,
        };
        if read.runs.is_empty() && read.observations.is_empty() && !read.aside.problems.is_empty() {
            return Err(read.aside.problems.swap_remove(0));
        }
        read.passed_over = grid.passed_over(self.file);
        Ok(read)
    }

    fn hourly(&self, grid: &Grid, layout: &Layout, ask: &Asked<'_>) -> Result<Read, Problem> {
        let Asked { now, zone, wanted } = *ask;
        let mut read = Read::default();
        let mut all: Vec<(Key, Cells)> = Vec::new();
        let mut places: BTreeMap<Key, usize> = BTreeMap::new();
        let mut newest: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
        let mut asides: BTreeMap<Option<DateTime<Utc>>, SetAside> = BTreeMap::new();
        let mut last: Option<usize> = None;
        for (at, row) in grid.rows().enumerate() {
            let placed = match self.placed(grid, layout, row, zone) {
                Ok(Some(placed)) => placed,
                Ok(None) => continue,
                Err((issued, HourProblem::Row(found))) => {
                    asides.entry(issued).or_default().note(self.wrong(grid, at, found));
                    continue;
                }
                Err((_, HourProblem::Table(found))) => return Err(self.wrong(grid, at, found)),
            };
            let Placed { issued, region, hour } = placed;
            if issued.map_or((hour + 1).start(), |issued| issued) > now {
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
            for found in self.values(layout, row, &mut read.faults, cells) {
                asides.entry(issued).or_default().note(self.wrong(grid, at, found));
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        for ((region, issued), cells) in all.into_iter().filter(|(_, cells)| !cells.is_empty()) {
            let (columns, clashes) = cells.columns();
            for (at, variable) in clashes {
                let column = layout.values.iter().find(|v| v.variable == variable).map_or(0, |v| v.at);
                let found = (column, msg!("feed.hour_twice"), msg!("feed.hour_twice_advice"));
                asides.entry(issued).or_default().note(self.wrong(grid, at, found));
            }
            if columns.values().all(|column| column.values.iter().all(|value| *value == MISSING)) {
                // Nothing but hours: no run, and nothing observed.
                if asides.contains_key(&issued) {
                    continue;
                }
            }
            let feed = self.feed.to_owned();
            if let Some(issued_at) = issued {
                self.fits(&region, issued_at, &cells)?;
                read.runs.push(Run { feed, region, issued_at, columns, days: Vec::new(), archive: false });
            } else {
                read.observations.push(Observations { feed, region, columns });
            }
        }
        // What is wrong with runs that newer ones replace is nobody's trouble any more.
        let oldest = newest.values().min().copied();
        let counts = |issued: &Option<DateTime<Utc>>| issued.is_none() || oldest.is_none() || *issued >= oldest;
        for (_, aside) in asides.into_iter().filter(|(issued, _)| counts(issued)) {
            read.aside.extend(aside);
        }
        Ok(read)
    }

    /// What a row is of; nothing where the map leaves its region out. A problem comes with the issue time of its row,
    /// where that can be read.
    #[expect(clippy::type_complexity)]
    fn placed<'a>(
        &self,
        grid: &Grid,
        layout: &'a Layout,
        row: Row<'a>,
        zone: &Zone,
    ) -> Result<Option<Placed<'a>>, (Option<DateTime<Utc>>, HourProblem)> {
        let of_row = |issued| move |found| (issued, HourProblem::Row(found));
        if row.len() != grid.header.len() {
            let what = msg!("feed.cut_off", got = row.len(), want = grid.header.len());
            return Err(of_row(None)((WHOLE_ROW, what, msg!("feed.cut_off_advice"))));
        }
        let Some(region) = layout.region(row, self.regions).map_err(of_row(None))? else { return Ok(None) };
        let issued = layout.issued(row, zone).map_err(of_row(None))?;
        let hour = layout.hour(row, zone).map_err(|found| (issued, found))?;
        let far = issued.is_some_and(|issued| (hour - Hour::containing(issued)).abs() > LONGEST_RUN);
        if far || !HOURS.contains(&hour.0) {
            return Err(of_row(issued)((layout.time_column(), msg!("feed.far_hour"), msg!("feed.far_hour_advice"))));
        }
        Ok(Some(Placed { issued, region, hour }))
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

    /// Takes the values of a row; gives what is wrong with the others.
    fn values(&self, layout: &Layout, row: Row<'_>, faults: &mut usize, cells: &mut Cells) -> Vec<CellProblem> {
        let mut wrong = Vec::new();
        for value in layout.of_row(row) {
            let cell = row.get(value.at).unwrap_or("").trim();
            if layout.is_missing(cell) {
                if row.unworked(value.at).is_some() {
                    wrong.push((value.at, msg!("grid.formula"), msg!("grid.formula_advice")));
                }
                continue;
            }
            let milli = match value::read(cell, value.unit, layout.below) {
                Ok(Some(milli)) => milli,
                Ok(None) => continue,
                Err(()) => {
                    wrong.push((value.at, msg!("feed.number"), msg!("feed.number_advice")));
                    continue;
                }
            };
            let (low, high) = value.variable.plausible();
            let fits = (low * 1000..=high * 1000).contains(&milli);
            match i32::try_from(milli).ok().filter(|_| fits) {
                Some(milli) => cells.push(value.variable, milli),
                None if self.role == Role::Observations => *faults += 1,
                None => {
                    let unit = value.variable.unit();
                    let advice = msg!("feed.implausible_advice", low = low, high = high, unit = unit);
                    wrong.push((value.at, msg!("feed.implausible"), advice));
                }
            }
        }
        wrong
    }

    /// Whether a run is no longer than any run is.
    fn fits(&self, region: &str, issued_at: DateTime<Utc>, cells: &Cells) -> Result<(), Problem> {
        let issued = Hour::containing(issued_at);
        let (first, last) = cells.span().unwrap_or((issued, issued));
        if last - first < LONGEST_RUN {
            return Ok(());
        }
        let what = msg!("feed.run_too_long", region = region, hours = last - first + 1);
        Err(Problem::file(self.file, what, msg!("feed.run_too_long_advice")))
    }
}

/// When a table is read, and for what.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    now: DateTime<Utc>,
    zone: &'a Zone,
    wanted: Wanted,
}

/// What a row is of.
struct Placed<'a> {
    issued: Option<DateTime<Utc>>,
    region: &'a str,
    hour: Hour,
}

/// Stands for the column where the whole row is wrong.
const WHOLE_ROW: usize = usize::MAX;

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
