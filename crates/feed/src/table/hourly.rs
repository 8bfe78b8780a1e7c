//! Tables with a row for each hour.
//!
//! In: rows of hours in any order, of any number of regions and issue times. Out: of each region the newest run issued by
//! now, or every one of the days asked for; or what was measured. Can't happen: a row or cell that can't be used passed
//! over without a word; one of two values of an hour chosen; a day taken from above where the hours begin again.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::cells::Cells;
use super::layout::{Above, CellProblem, HourProblem, Layout};
use super::stamp::Moment;
use super::{Asked, Key, LONGEST_RUN, RECENT_DAYS, Read, SetAside, Table, WHOLE_ROW, Wanted, value};
use cuofeng_air::forecast::{MISSING, Observations, Remarks, Run};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_grid::{Grid, Row};

/// Hours that a table may speak of, 1970 to 2200: a year mistyped makes no column of a million hours.
const HOURS: std::ops::Range<i64> = 0..2_016_000;

/// Most rows that a message names one by one.
const NAMED: usize = 12;

/// What a row is of.
struct Placed<'a> {
    issued: Option<DateTime<Utc>>,
    region: &'a str,
    hour: Hour,
}

impl Table<'_> {
    /// Reads a table of hours.
    pub(super) fn hourly(&self, grid: &Grid, layout: &Layout, ask: &Asked<'_>) -> Result<Read, Problem> {
        let Asked { now, zone, wanted } = *ask;
        let mut read = Read::default();
        let mut all: Vec<(Key, Cells)> = Vec::new();
        let mut places: BTreeMap<Key, usize> = BTreeMap::new();
        let mut newest: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
        let mut asides: BTreeMap<Option<DateTime<Utc>>, SetAside> = BTreeMap::new();
        let mut last: Option<usize> = None;
        let (mut above, mut filled) = (Above::default(), Vec::new());
        for (at, row) in grid.rows().enumerate() {
            // Also where the row is of no use: its day holds for those below.
            let (moment, from_above) = layout.labelled(row, &mut above);
            let Placed { issued, region, hour } = match self.placed(grid, layout, (row, moment), zone) {
                Ok(Some(found)) => found,
                Ok(None) => continue,
                Err((issued, HourProblem::Row(found))) => {
                    asides.entry(issued).or_default().note(self.wrong(grid, at, found));
                    continue;
                }
                Err((_, HourProblem::Table(found))) => return Err(self.wrong(grid, at, found)),
            };
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
            if from_above {
                filled.push(row.number);
            }
            let cells = &mut all[place].1;
            cells.begin(hour, at);
            for found in values(layout, row, &mut read.remarks, cells) {
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
        read.filled = self.filled(grid, &filled);
        Ok(read)
    }

    /// What a row is of; nothing where the map leaves its region out. A problem comes with the issue time of its row,
    /// where that can be read.
    fn placed<'a>(
        &self,
        grid: &Grid,
        layout: &'a Layout,
        (row, moment): (Row<'a>, Option<Moment>),
        zone: &Zone,
    ) -> Result<Option<Placed<'a>>, (Option<DateTime<Utc>>, HourProblem)> {
        let of_row = |issued| move |found| (issued, HourProblem::Row(found));
        if row.len() != grid.header.len() {
            let what = msg!("feed.cut_off", got = row.len(), want = grid.header.len());
            return Err(of_row(None)((WHOLE_ROW, what, msg!("feed.cut_off_advice"))));
        }
        let Some(region) = layout.region(row, self.regions).map_err(of_row(None))? else { return Ok(None) };
        let issued = layout.issued(row, zone).map_err(of_row(None))?;
        let hour = layout.hour(row, moment, zone).map_err(|found| (issued, found))?;
        let far = issued.is_some_and(|issued| (hour - Hour::containing(issued)).abs() > LONGEST_RUN);
        if far || !HOURS.contains(&hour.0) {
            return Err(of_row(issued)((layout.time_column(), msg!("feed.far_hour"), msg!("feed.far_hour_advice"))));
        }
        Ok(Some(Placed { issued, region, hour }))
    }

    /// What is said of rows whose blank day is that of the row above.
    fn filled(&self, grid: &Grid, rows: &[usize]) -> Option<Problem> {
        let shown: Vec<String> = rows.iter().take(NAMED).map(usize::to_string).collect();
        let more = if rows.len() > NAMED { "…" } else { "" };
        let what = msg!("feed.day_above", rows = format!("{}{more}", shown.join(", ")));
        let problem = Problem::file(self.file, what, msg!("feed.day_above_advice"));
        (!rows.is_empty()).then(|| problem.on_sheet(grid.sheet.as_deref()).as_warning())
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

/// Takes the values of a row; gives what is wrong with the others.
fn values(layout: &Layout, row: Row<'_>, remarks: &mut Remarks, cells: &mut Cells) -> Vec<CellProblem> {
    let mut wrong = Vec::new();
    for value in layout.of_row(row) {
        let cell = row.get(value.at).unwrap_or("").trim();
        if layout.is_missing(cell) {
            if row.unworked(value.at).is_some() {
                wrong.push((value.at, msg!("grid.formula"), msg!("grid.formula_advice")));
            }
            continue;
        }
        match value::read(cell, value.unit, layout.below) {
            Ok(Some((given, milli))) => {
                let taken = remarks.take(value.variable, given, milli);
                if taken != MISSING {
                    cells.push(value.variable, taken);
                }
            }
            Ok(None) => {}
            Err(()) => wrong.push((value.at, msg!("feed.number"), msg!("feed.number_advice"))),
        }
    }
    wrong
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
