//! What the columns of somebody else's table mean.
//!
//! In: `[feed.map]` of the site file, and a table's header. Out: where each value stands and how it is read.
//! Can't happen: a unit taken on trust; an hour whose label is not known to be its start or its end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use csv::StringRecord;
use serde::Deserialize;

use super::unit::Unit;
use crate::forecast::Variable;
use crate::grid::{Row, half_width, trimmed};
use crate::msg;
use crate::problem::{Problem, nearest};
use crate::text::Message;
use crate::time::{Hour, Zone};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Forecast runs.
    #[default]
    Forecast,
    /// Measured values.
    Observations,
}

/// What the label of an hour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HourLabel {
    /// `10:00` is 10 to 11.
    #[default]
    Start,
    /// `10:00` is 9 to 10.
    End,
}

/// A column and the unit of its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapColumn {
    column: String,
    unit: String,
}

/// `[feed.map]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    time: Vec<String>,
    time_format: Option<String>,
    #[serde(default)]
    hour: HourLabel,
    issued: Option<String>,
    region: Option<String>,
    #[serde(default)]
    regions: BTreeMap<String, String>,
    only_region: Option<String>,
    #[serde(default)]
    missing: Vec<String>,
    sheet: Option<String>,
    columns: BTreeMap<String, MapColumn>,
}

impl Map {
    /// What is wrong with the map itself, and what to do.
    #[must_use]
    pub fn check(&self, role: Role) -> Vec<(Message, Message)> {
        let mut problems = Vec::new();
        if !matches!(self.time.len(), 1 | 4) {
            problems.push((msg!("feed.map_time"), msg!("feed.map_time_advice")));
        }
        if self.region.is_some() == self.only_region.is_some() {
            problems.push((msg!("feed.map_region"), msg!("feed.map_region_advice")));
        }
        if (role == Role::Forecast) != self.issued.is_some() {
            problems.push((msg!("feed.map_issued"), msg!("feed.map_issued_advice")));
        }
        if self.columns.is_empty() {
            problems.push((msg!("feed.map_columns"), msg!("feed.map_columns_advice")));
        }
        for (name, column) in &self.columns {
            let known = || Variable::ALL.map(Variable::name);
            let Some(variable) = Variable::named(name) else {
                let meant = nearest(name, known()).map_or_else(|| known().join(", "), str::to_owned);
                let advice = msg!("feed.column_unknown_advice", known = meant);
                problems.push((msg!("feed.map_variable", name = name), advice));
                continue;
            };
            if Unit::named(&column.unit, variable).is_none() {
                let what = msg!("feed.map_unit", name = name, unit = &column.unit);
                problems.push((what, msg!("feed.map_unit_advice", unit = variable.unit())));
            }
        }
        problems
    }

    /// The map without the columns of variables that nobody looks at.
    #[must_use]
    pub fn only(mut self, looked_at: impl Fn(Variable) -> bool) -> Self {
        self.columns.retain(|name, _| Variable::named(name).is_none_or(&looked_at));
        self
    }

    /// The sheet of a workbook that holds the table.
    pub(super) fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }
}

/// How instants are written.
#[derive(Debug, Clone)]
enum Format {
    /// RFC 3339, with an offset.
    Zoned,
    /// RFC 3339, or local as spreadsheets write it.
    Usual,
    /// Local, in this format of `strftime`.
    Local(String),
}

/// Where the time of a row stands.
#[derive(Debug, Clone)]
enum Time {
    One(usize, Format),
    Parts([usize; 4]),
}

/// Where everything stands in one table.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    time: Time,
    label: HourLabel,
    issued: Option<usize>,
    region: Result<usize, String>,
    regions: BTreeMap<String, String>,
    missing: Vec<String>,
    pub(super) values: Vec<(usize, Variable, Unit)>,
}

/// Why a cell can't be read: its column, what, and what to do.
pub(super) type CellProblem = (usize, Message, Message);

impl Layout {
    /// The plain layout: `issued` (forecasts only), `time`, `region` and variables by name in their own units.
    pub(super) fn plain(file: &str, header: &StringRecord, role: Role) -> Result<Self, Problem> {
        let find = |name: &str| find(file, header, name);
        let issued = if role == Role::Forecast { Some(find("issued")?) } else { None };
        let (time, region) = (find("time")?, find("region")?);
        let mut values: Vec<(usize, Variable, Unit)> = Vec::new();
        for (column, name) in header.iter().enumerate() {
            let name = trimmed(name);
            if [Some(time), Some(region), issued].contains(&Some(column)) {
                continue;
            }
            let Some(variable) = Variable::named(name) else {
                let known = Variable::ALL.map(Variable::name);
                let meant = nearest(name, known).map_or_else(|| known.join(", "), str::to_owned);
                let advice = msg!("feed.column_unknown_advice", known = meant);
                return Err(Problem::cell(file, 1, name, "", msg!("feed.column_unknown"), advice));
            };
            if values.iter().any(|(_, v, _)| *v == variable) {
                return Err(Problem::cell(file, 1, name, "", msg!("feed.column_twice"), msg!("feed.column_advice")));
            }
            values.push((column, variable, Unit::OWN));
        }
        let (time, region) = (Time::One(time, Format::Zoned), Ok(region));
        let (regions, missing) = (BTreeMap::new(), Vec::new());
        Ok(Self { time, label: HourLabel::Start, issued, region, regions, missing, values })
    }

    /// The layout that a map describes.
    pub(super) fn mapped(file: &str, header: &StringRecord, map: &Map) -> Result<Self, Problem> {
        let find = |name: &String| find(file, header, name);
        let time = match map.time.as_slice() {
            [year, month, day, hour] => Time::Parts([find(year)?, find(month)?, find(day)?, find(hour)?]),
            other => {
                let format = map.time_format.clone().map_or(Format::Usual, Format::Local);
                Time::One(find(other.first().unwrap_or(&String::new()))?, format)
            }
        };
        let mut values = Vec::new();
        for (name, column) in &map.columns {
            let at = find(&column.column)?;
            let read = Variable::named(name).and_then(|v| Some((v, Unit::named(&column.unit, v)?)));
            let Some((variable, unit)) = read else {
                let what = msg!("feed.map_unit", name = name, unit = &column.unit);
                return Err(Problem::cell(file, 1, name, "", what, msg!("feed.column_advice")));
            };
            values.push((at, variable, unit));
        }
        Ok(Self {
            time,
            label: map.hour,
            issued: map.issued.as_ref().map(find).transpose()?,
            region: match (&map.region, &map.only_region) {
                (Some(column), _) => Ok(find(column)?),
                (None, only) => Err(only.clone().unwrap_or_default()),
            },
            regions: map.regions.clone(),
            missing: map.missing.clone(),
            values,
        })
    }

    /// The region of a row; nothing where the map leaves it out.
    pub(super) fn region<'a>(
        &'a self,
        cells: Row<'a>,
        known: Option<&BTreeSet<String>>,
    ) -> Result<Option<&'a str>, CellProblem> {
        let (column, word) = match &self.region {
            Ok(column) => (*column, trimmed(cells.get(*column).unwrap_or(""))),
            Err(only) => (0, only.as_str()),
        };
        let region = if self.regions.is_empty() || self.region.is_err() {
            word
        } else {
            let Some(region) = self.regions.get(word) else { return Ok(None) };
            region
        };
        if known.map_or(!region.is_empty(), |known| known.contains(region)) {
            Ok(Some(region))
        } else {
            Err((column, msg!("feed.region"), msg!("feed.region_advice")))
        }
    }

    /// When the row's run was issued; nothing for observations.
    pub(super) fn issued(&self, cells: Row<'_>, zone: &Zone) -> Result<Option<DateTime<Utc>>, CellProblem> {
        let Some(column) = self.issued else { return Ok(None) };
        let format = if let Time::One(_, format) = &self.time { format } else { &Format::Usual };
        let wrong = || (column, msg!("feed.time"), msg!("feed.time_advice"));
        instant(cells.get(column).unwrap_or(""), format, zone).map(Some).ok_or_else(wrong)
    }

    /// The hour of a row.
    pub(super) fn hour(&self, cells: Row<'_>, zone: &Zone) -> Result<Hour, CellProblem> {
        let (column, at) = match &self.time {
            Time::One(column, format) => (*column, instant(cells.get(*column).unwrap_or(""), format, zone)),
            Time::Parts(columns) => (columns[3], self.parts(cells, *columns, zone)),
        };
        let at = at.ok_or_else(|| (column, msg!("feed.time"), msg!("feed.time_advice")))?;
        if at.timestamp().rem_euclid(3600) != 0 {
            return Err((column, msg!("feed.whole_hour"), msg!("feed.time_advice")));
        }
        let hour = Hour::containing(at);
        Ok(if self.label == HourLabel::End { Hour(hour.0 - 1) } else { hour })
    }

    fn parts(&self, cells: Row<'_>, columns: [usize; 4], zone: &Zone) -> Option<DateTime<Utc>> {
        let number = |column: usize| {
            let cell = cells.get(column)?;
            if cell.is_ascii() { cell.trim().parse::<u32>().ok() } else { half_width(cell).parse().ok() }
        };
        let [year, month, day, hour] = columns.map(number);
        let day = NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?)?;
        let last = if self.label == HourLabel::End { 24 } else { 23 };
        hour.filter(|h| *h <= last).map(|h| zone.at(day, 0) + chrono::Duration::hours(i64::from(h)))
    }

    /// Whether a cell says that there is no value.
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|word| word == cell)
    }
}

fn find(file: &str, header: &StringRecord, name: &str) -> Result<usize, Problem> {
    let wanted = half_width(trimmed(name));
    header.iter().position(|h| half_width(trimmed(h)) == wanted).ok_or_else(|| {
        Problem::cell(file, 1, "", "", msg!("feed.column_missing", name = name), msg!("feed.column_advice"))
    })
}

/// An instant: RFC 3339, or local in the given format or as spreadsheets write it. `24:00` ends its day.
fn instant(cell: &str, format: &Format, zone: &Zone) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(cell) {
        return Some(at.with_timezone(&Utc));
    }
    let text = half_width(trimmed(cell));
    if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
        return Some(at.with_timezone(&Utc));
    }
    let local = |text: &str| match format {
        Format::Zoned => None,
        Format::Local(format) => NaiveDateTime::parse_from_str(text, format).ok(),
        Format::Usual => {
            ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M"]
                .into_iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN)))
        }
    };
    let at = match local(&text) {
        Some(at) => at,
        None if text.contains("24:00") => local(&text.replacen("24:00", "00:00", 1))?.checked_add_days(Days::new(1))?,
        None => return None,
    };
    Some(zone.at(at.date(), 0) + at.time().signed_duration_since(NaiveTime::MIN))
}
