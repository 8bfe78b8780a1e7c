//! The `table` feed: forecasts in a CSV file.
//!
//! In: UTF-8 rows of `issued,time,region,` and variables by name in the standard's units; times in RFC 3339, `time`
//! the start of the hour; an empty cell is missing. Out: of each region the newest run issued by `now`.
//! Can't happen: a row that is half there, `NaN`, or an implausible value becoming part of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Ask, Feed, FeedError, PullFuture, Pulled};
use crate::aqi::parse_milli;
use crate::forecast::{Column, MISSING, Run, Variable};
use crate::msg;
use crate::problem::{Problem, nearest};
use crate::text::Message;
use crate::time::Hour;

/// Largest file that is read.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Longest run that is kept, in hours.
const LONGEST_RUN: i64 = 16 * 24;

/// TEMP
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// f
    #[default]
    Forecast,
    /// o
    Observations,
}
/// TEMP
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Map {}
impl Map {
    /// TEMP
    pub fn check(&self) -> Vec<(Message, Message)> {
        vec![]
    }
}

/// A feed that reads a CSV file of the site.
#[derive(Debug, Clone)]
pub struct TableFeed {
    name: String,
    path: PathBuf,
    shown: String,
    regions: Arc<BTreeSet<String>>,
}

impl TableFeed {
    /// A feed called `name` that reads `path`; `shown` is the path as messages name it. Rows of regions other than
    /// `regions` are refused.
    #[must_use]
    pub fn new(name: String, path: PathBuf, shown: String, regions: BTreeSet<String>) -> Self {
        Self { name, path, shown, regions: Arc::new(regions) }
    }
}

impl Feed for TableFeed {
    fn name(&self) -> &str {
        &self.name
    }

    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a> {
        Box::pin(async move {
            let unreachable = |cause: String| FeedError::Unreachable {
                feed: self.name.clone(),
                source_name: self.shown.clone(),
                cause,
            };
            let size = tokio::fs::metadata(&self.path).await.map_err(|e| unreachable(e.to_string()))?.len();
            if size > SIZE_LIMIT {
                return Err(unreachable(format!("{size} bytes; the limit is {SIZE_LIMIT}")));
            }
            let bytes = tokio::fs::read(&self.path).await.map_err(|e| unreachable(e.to_string()))?;
            let runs = parse(&self.name, &self.shown, &bytes, &self.regions, ask.now)
                .map_err(|problem| FeedError::Malformed { feed: self.name.clone(), problem: Box::new(problem) })?;
            if runs.is_empty() {
                return Err(FeedError::Nothing { feed: self.name.clone(), source_name: self.shown.clone() });
            }
            Ok(Pulled { runs, ..Pulled::default() })
        })
    }
}

type Cells = BTreeMap<Hour, Vec<(Variable, i32)>>;

/// Reads the newest run of each region issued by `now`.
///
/// # Errors
/// The first thing in the file that can't be used.
pub fn parse(
    feed: &str,
    file: &str,
    bytes: &[u8],
    regions: &BTreeSet<String>,
    now: DateTime<Utc>,
) -> Result<Vec<Run>, Problem> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Problem::file(file, msg!("feed.utf8"), msg!("feed.utf8_advice")))?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| csv_problem(file, &error))?.clone();
    let layout = Layout::read(file, &header)?;
    let mut newest: BTreeMap<String, (DateTime<Utc>, Cells)> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    let mut row = 1;
    while reader.read_record(&mut record).map_err(|error| csv_problem(file, &error))? {
        row += 1;
        if record.len() != header.len() {
            let what = msg!("feed.cut_off", got = record.len(), want = header.len());
            return Err(Problem::cell(file, row, "", "", what, msg!("feed.cut_off_advice")));
        }
        let cell = |column: usize| record.get(column).unwrap_or("").trim();
        let wrong = |column: usize, what: Message, advice: Message| {
            Problem::cell(file, row, header.get(column).unwrap_or(""), cell(column), what, advice)
        };
        let instant = |column: usize| {
            DateTime::parse_from_rfc3339(cell(column))
                .map(|t| t.with_timezone(&Utc))
                .map_err(|_| wrong(column, msg!("feed.time"), msg!("feed.time_advice")))
        };
        let issued = instant(layout.issued)?;
        let region = cell(layout.region);
        if !regions.contains(region) {
            return Err(wrong(layout.region, msg!("feed.region"), msg!("feed.region_advice")));
        }
        if issued > now {
            continue;
        }
        let time = instant(layout.time)?;
        if time.timestamp().rem_euclid(3600) != 0 {
            return Err(wrong(layout.time, msg!("feed.whole_hour"), msg!("feed.time_advice")));
        }
        let entry = newest.entry(region.to_owned()).or_insert_with(|| (issued, Cells::new()));
        if issued < entry.0 {
            continue;
        }
        if issued > entry.0 {
            *entry = (issued, Cells::new());
        }
        let mut values = Vec::with_capacity(layout.variables.len());
        for (column, variable) in &layout.variables {
            if cell(*column).is_empty() {
                continue;
            }
            let value = read_value(cell(*column), *variable).map_err(|(what, advice)| wrong(*column, what, advice))?;
            values.push((*variable, value));
        }
        if entry.1.insert(Hour::containing(time), values).is_some() {
            return Err(wrong(layout.time, msg!("feed.hour_twice"), msg!("feed.hour_twice_advice")));
        }
    }
    newest.into_iter().map(|(region, (issued, cells))| run(feed, file, region, issued, &cells)).collect()
}

struct Layout {
    issued: usize,
    time: usize,
    region: usize,
    variables: Vec<(usize, Variable)>,
}

impl Layout {
    fn read(file: &str, header: &csv::StringRecord) -> Result<Self, Problem> {
        let find = |name: &str| {
            header.iter().position(|h| h.trim() == name).ok_or_else(|| {
                Problem::cell(file, 1, "", "", msg!("feed.column_missing", name = name), msg!("feed.column_advice"))
            })
        };
        let layout = Self { issued: find("issued")?, time: find("time")?, region: find("region")?, variables: vec![] };
        let mut variables: Vec<(usize, Variable)> = Vec::new();
        for (column, name) in header.iter().enumerate() {
            if [layout.issued, layout.time, layout.region].contains(&column) {
                continue;
            }
            let Some(variable) = Variable::named(name.trim()) else {
                let known: Vec<&str> = Variable::ALL.iter().map(|v| v.name()).collect();
                let meant = nearest(name.trim(), known.iter().copied()).map_or_else(|| known.join(", "), str::to_owned);
                let advice = msg!("feed.column_unknown_advice", known = meant);
                return Err(Problem::cell(file, 1, name, "", msg!("feed.column_unknown"), advice));
            };
            if variables.iter().any(|(_, v)| *v == variable) {
                return Err(Problem::cell(file, 1, name, "", msg!("feed.column_twice"), msg!("feed.column_advice")));
            }
            variables.push((column, variable));
        }
        Ok(Self { variables, ..layout })
    }
}

fn read_value(cell: &str, variable: Variable) -> Result<i32, (Message, Message)> {
    let milli = parse_milli(cell).ok_or((msg!("feed.number"), msg!("feed.number_advice")))?;
    let (low, high) = variable.plausible();
    if milli < low * 1000 || milli > high * 1000 {
        let advice = msg!("feed.implausible_advice", low = low, high = high, unit = variable.unit());
        return Err((msg!("feed.implausible"), advice));
    }
    i32::try_from(milli).map_err(|_| (msg!("feed.number"), msg!("feed.number_advice")))
}

fn run(feed: &str, file: &str, region: String, issued_at: DateTime<Utc>, cells: &Cells) -> Result<Run, Problem> {
    let first = cells.keys().next().copied().unwrap_or(Hour::containing(issued_at));
    let last = cells.keys().next_back().copied().unwrap_or(first);
    if last - first >= LONGEST_RUN || (first - Hour::containing(issued_at)).abs() > LONGEST_RUN {
        let what = msg!("feed.run_too_long", region = &region, hours = last - first + 1);
        return Err(Problem::file(file, what, msg!("feed.run_too_long_advice")));
    }
    let hours = usize::try_from(last - first + 1).unwrap_or(1);
    let mut columns: BTreeMap<Variable, Column> = BTreeMap::new();
    for (hour, values) in cells {
        for (variable, value) in values {
            let column = columns.entry(*variable).or_insert_with(|| Column { first, values: vec![MISSING; hours] });
            if let Some(slot) = usize::try_from(*hour - first).ok().and_then(|i| column.values.get_mut(i)) {
                *slot = *value;
            }
        }
    }
    Ok(Run { feed: feed.to_owned(), region, issued_at, columns, days: Vec::new(), archive: false })
}

fn csv_problem(file: &str, error: &csv::Error) -> Problem {
    Problem::file(file, msg!("feed.csv", error = error.to_string()), msg!("feed.cut_off_advice"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "issued,time,region,o3,wind\n";

    fn read(rows: &str, now: &str) -> Result<Vec<Run>, Problem> {
        let now = DateTime::parse_from_rfc3339(now).expect("a time").with_timezone(&Utc);
        parse("f", "f.csv", format!("{HEADER}{rows}").as_bytes(), &BTreeSet::from(["r".to_owned()]), now)
    }

    #[test]
    fn the_newest_run_issued_by_now_is_read_with_its_gaps() {
        let rows = "2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,r,100,1.5\n\
                    2026-07-14T19:00:00+08:00,2026-07-14T20:00:00+08:00,r,90,\n\
                    2026-07-14T19:00:00+08:00,2026-07-14T22:00:00+08:00,r,80.5,2\n\
                    2026-07-15T07:00:00+08:00,2026-07-15T08:00:00+08:00,r,70,1\n";
        let runs = read(rows, "2026-07-14T20:00:00+08:00").expect("good rows");
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].columns[&Variable::O3].values, [90_000, MISSING, 80_500]);
        assert_eq!(runs[0].columns[&Variable::Wind].values, [MISSING, MISSING, 2_000]);
        assert!(read(rows, "2026-07-14T06:00:00+08:00").expect("good rows").is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_refused_at_its_row_and_column() {
        let at = "2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,r";
        let cases = [
            (format!("{at},NaN,1\n"), "feed.number", 2),
            (format!("{at},1e3,1\n"), "feed.number", 2),
            (format!("{at},100,1\n{at},1"), "feed.cut_off", 3),
            (format!("{at},100,1\n{at},100,1\n"), "feed.hour_twice", 3),
            (format!("{at},-5,1\n"), "feed.implausible", 2),
            ("2026-07-14 07:00,2026-07-14T10:00:00+08:00,r,1,1\n".into(), "feed.time", 2),
            ("2026-07-14T07:00:00+08:00,2026-07-14T10:30:00+08:00,r,1,1\n".into(), "feed.whole_hour", 2),
            ("2026-07-14T07:00:00+08:00,2026-07-14T10:00:00+08:00,x,1,1\n".into(), "feed.region", 2),
        ];
        for (rows, key, row) in cases {
            let problem = read(&rows, "2026-07-15T00:00:00+08:00").expect_err(key);
            assert_eq!(problem.what.key(), key, "{rows}");
            assert!(matches!(problem.place, crate::problem::Place::Cell { row: r, .. } if r == row), "{rows}");
        }
    }

    #[test]
    fn a_misspelt_column_is_named_with_the_one_meant() {
        let now = DateTime::<Utc>::MAX_UTC;
        let problem =
            parse("f", "f.csv", b"issued,time,region,tempreature\n", &BTreeSet::new(), now).expect_err("unknown");
        assert!(problem.render(crate::text::Lang::En).contains("temperature"));
    }
}
