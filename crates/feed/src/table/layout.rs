//! Where everything stands in one table.
//!
//! In: a table's header, and the map if there is one. Out: the columns, and what a row says of its region and its times.
//! Can't happen: two columns of one name taken for one; a unit of the table that is not the map's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::Role;
use super::label::HourLabel;
use super::map::{Below, Map};
use super::stamp::{self, Format, Moment};
use super::unit::Unit;
use cuofeng_air::forecast::Variable;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};
use cuofeng_base::text::Message;
use cuofeng_base::time::{self, Hour, Zone};
use cuofeng_grid::{Grid, Row, half_width, heading, is_aside, trimmed, unit_of};

/// Where the time of a row stands.
#[derive(Debug, Clone)]
enum Time {
    One(usize),
    Two([usize; 2]),
    Parts([usize; 4]),
}

/// A column of values.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub at: usize,
    pub variable: Variable,
    pub unit: Unit,
    /// The word of the `item` column in its rows.
    item: Option<String>,
}

/// The columns of a table of days.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    pub aqi: Option<usize>,
    pub ends: Option<(usize, usize)>,
    pub level: Option<usize>,
    pub primary: Option<usize>,
}

/// Where everything stands in one table.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    time: Time,
    format: Option<Format>,
    label: HourLabel,
    issued: Option<usize>,
    region: Result<usize, String>,
    regions: BTreeMap<String, String>,
    item: Option<usize>,
    missing: Vec<String>,
    pub below: Below,
    pub values: Vec<Value>,
    pub days: Option<Days>,
}

/// The day cells that are in force for rows below that leave them blank, as cells are that were merged before a table was
/// saved as text; and the moment of the last row.
#[derive(Debug, Default)]
pub(super) struct Above<'g> {
    days: [&'g str; 3],
    /// Nothing where the day of that row is not known.
    last: Option<Moment>,
}

/// Why a cell can't be read: its column, what, and what to do.
pub(super) type CellProblem = (usize, Message, Message);

/// Why the hour of a row can't be read.
pub(super) enum HourProblem {
    /// This one.
    Row(CellProblem),
    /// The labels of the whole table mean something else than the map says.
    Table(CellProblem),
}

/// Whether a heading names a column of the plain layout.
pub(super) fn is_plain(head: &str) -> bool {
    ["issued", "time", "region"].contains(&head.to_ascii_lowercase().as_str()) || plain_variable(head).is_some()
}

fn plain_variable(head: &str) -> Option<Variable> {
    Variable::named(&unit_of(head).0.to_ascii_lowercase())
}

impl Layout {
    /// The plain layout: `issued` (forecasts only), `time`, `region` and variables by name, in their own units where the
    /// heading names no other.
    pub fn plain(file: &str, grid: &Grid, role: Role) -> Result<Self, Problem> {
        let find = |name: &str| find(file, grid, name);
        let issued = if role == Role::Forecast { Some(find("issued")?) } else { None };
        let (time, region) = (find("time")?, find("region")?);
        let mut values: Vec<Value> = Vec::new();
        for (at, name) in grid.header.iter().enumerate() {
            let head = heading(name);
            if [Some(time), Some(region), issued].contains(&Some(at)) || head.is_empty() || is_aside(&head) {
                continue;
            }
            let wrong = |what: Message, advice: Message| {
                Problem::cell(file, grid.header_row, name, "", what, advice).on_sheet(grid.sheet.as_deref())
            };
            let Some(variable) = plain_variable(&head) else {
                let known = Variable::ALL.map(Variable::name);
                let meant = nearest(&head, known).map_or_else(|| known.join(", "), str::to_owned);
                return Err(wrong(msg!("feed.column_unknown"), msg!("feed.column_unknown_advice", known = meant)));
            };
            if values.iter().any(|value| value.variable == variable) {
                return Err(wrong(msg!("feed.column_twice"), msg!("feed.column_twice_advice")));
            }
            let stated = grid.unit(at);
            let unit = match &stated {
                Some(stated) => Unit::named(stated, variable).ok_or_else(|| {
                    let advice = msg!("feed.map_unit_advice", unit = variable.unit());
                    wrong(msg!("feed.map_unit", name = variable.name(), unit = stated), advice)
                })?,
                None => Unit::OWN,
            };
            values.push(Value { at, variable, unit, item: None });
        }
        Ok(Self {
            time: Time::One(time),
            format: None,
            label: HourLabel::Start,
            issued,
            region: Ok(region),
            regions: BTreeMap::new(),
            item: None,
            missing: Vec::new(),
            below: Below::Refuse,
            values,
            days: None,
        })
    }

    /// The layout that a map describes.
    pub fn mapped(file: &str, grid: &Grid, map: &Map) -> Result<Self, Problem> {
        let find = |name: &String| find(file, grid, name);
        let time = match map.time.as_slice() {
            [year, month, day, hour] => Time::Parts([find(year)?, find(month)?, find(day)?, find(hour)?]),
            [date, hour] => Time::Two([find(date)?, find(hour)?]),
            other => Time::One(find(other.first().or(map.day.as_ref()).unwrap_or(&String::new()))?),
        };
        let mut values = Vec::new();
        for (name, column) in &map.columns {
            let at = find(&column.column)?;
            let wrong = |what: Message, advice: Message| {
                Problem::cell(file, grid.header_row, &column.column, "", what, advice).on_sheet(grid.sheet.as_deref())
            };
            let read = Variable::named(name).and_then(|v| Some((v, Unit::named(&column.unit, v)?)));
            let Some((variable, unit)) = read else {
                let what = msg!("feed.map_unit", name = name, unit = &column.unit);
                return Err(wrong(what, msg!("feed.map_columns_advice")));
            };
            let stated =
                grid.unit(at).filter(|stated| Unit::named(stated, variable).is_some_and(|there| there != unit));
            if let Some(stated) = stated {
                let what = msg!("feed.unit_differs", there = stated, map = &column.unit);
                return Err(wrong(what, msg!("feed.unit_differs_advice")));
            }
            values.push(Value { at, variable, unit, item: column.item.as_deref().map(heading) });
        }
        let maybe = |name: &Option<String>| name.as_ref().map(find).transpose();
        let days = match &map.daily {
            Some(daily) => Some(Days {
                aqi: maybe(&daily.aqi)?,
                ends: maybe(&daily.aqi_low)?.zip(maybe(&daily.aqi_high)?),
                level: maybe(&daily.level)?,
                primary: maybe(&daily.primary)?,
            }),
            None => None,
        };
        Ok(Self {
            time,
            format: map.format(),
            label: map.hour,
            issued: maybe(&map.issued)?,
            region: match (&map.region, &map.only_region) {
                (Some(column), _) => Ok(find(column)?),
                (None, only) => Err(only.clone().unwrap_or_default()),
            },
            regions: map.regions.clone(),
            item: maybe(&map.item)?,
            missing: map.missing.clone(),
            below: map.below,
            values,
            days,
        })
    }

    /// The region of a row; nothing where the map leaves it out.
    pub fn region<'a>(
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
    pub fn issued(&self, cells: Row<'_>, zone: &Zone) -> Result<Option<DateTime<Utc>>, CellProblem> {
        let Some(column) = self.issued else { return Ok(None) };
        let moment = stamp::read(cells.get(column).unwrap_or(""), self.format.as_ref());
        let wrong = || (column, msg!("feed.time"), msg!("feed.time_advice"));
        moment.map(|moment| Some(moment.instant(zone))).ok_or_else(wrong)
    }

    /// The moment of a row, and whether its day is that of the rows above. Blank day cells stand for those above only as
    /// long as the hours go on: where they begin again, the day is another one that nobody has written down.
    pub fn labelled<'g>(&self, cells: Row<'g>, above: &mut Above<'g>) -> (Option<Moment>, bool) {
        let columns = self.day_columns();
        if columns.is_empty() {
            return (self.moment(cells).1, false);
        }
        let mut days = [""; 3];
        for (day, column) in days.iter_mut().zip(columns) {
            *day = trimmed(cells.get(*column).unwrap_or(""));
        }
        let blank = days.iter().take(columns.len()).any(|day| day.is_empty());
        if !blank || above.last.is_none() {
            let moment = self.moment(cells).1;
            *above = Above { days, last: moment.filter(|_| !blank) };
            return (moment, false);
        }
        for (day, above) in days.iter_mut().zip(above.days).filter(|(day, _)| day.is_empty()) {
            *day = above;
        }
        let hour = cells.get(self.time_column()).unwrap_or("");
        let moment = match (columns, days) {
            ([_], [date, ..]) => stamp::read_two(date, hour, self.format.as_ref()),
            (_, [year, month, day]) => stamp::read_parts([year, month, day, hour]),
        };
        let moment = moment.filter(|moment| above.last.is_some_and(|last| !moment.is_before(last)));
        // Where the hours have begun again, nothing below is known until a day is written again.
        *above = Above { days, last: moment };
        (moment, moment.is_some())
    }

    /// The hour of a row of this moment.
    pub fn hour(&self, cells: Row<'_>, moment: Option<Moment>, zone: &Zone) -> Result<Hour, HourProblem> {
        let column = self.time_column();
        let Some(moment) = moment else {
            return Err(HourProblem::Row(self.no_moment(cells)));
        };
        if moment.closing && self.label == HourLabel::Start {
            // A clock that shows 24 names the ends of hours: every other label would be an hour off.
            let found = (column, msg!("feed.hour_24"), msg!("feed.hour_24_advice"));
            return Err(HourProblem::Table(found));
        }
        moment.hour(self.label, zone).map_err(|(what, advice)| HourProblem::Row((column, what, advice)))
    }

    /// Why a row has no moment: its day is blank, or what stands there can't be read.
    fn no_moment(&self, cells: Row<'_>) -> CellProblem {
        let blank = self.day_columns().iter().find(|column| trimmed(cells.get(**column).unwrap_or("")).is_empty());
        match blank {
            Some(column) => (*column, msg!("feed.day_blank"), msg!("feed.day_blank_advice")),
            None => (self.time_column(), msg!("feed.time"), msg!("feed.time_advice")),
        }
    }

    /// The day of a row; without its year the one nearest to the day of issue.
    pub fn day(&self, cells: Row<'_>, issued: NaiveDate) -> Result<NaiveDate, CellProblem> {
        let (column, moment) = self.moment(cells);
        let short = || time::day::read(&half_width(cells.get(column).unwrap_or("")), issued);
        let day = moment.and_then(Moment::day).or_else(|| if moment.is_none() { short() } else { None });
        day.ok_or_else(|| (column, msg!("feed.day"), msg!("feed.day_advice")))
    }

    /// The columns of the day, where the hour has one of its own.
    fn day_columns(&self) -> &[usize] {
        match &self.time {
            Time::One(_) => &[],
            Time::Two([date, _]) => std::slice::from_ref(date),
            Time::Parts(columns) => columns.get(..3).unwrap_or_default(),
        }
    }

    /// The column of the hour, for messages.
    pub fn time_column(&self) -> usize {
        match &self.time {
            Time::One(column) | Time::Two([_, column]) | Time::Parts([_, _, _, column]) => *column,
        }
    }

    fn moment(&self, cells: Row<'_>) -> (usize, Option<Moment>) {
        let cell = |column: usize| cells.get(column).unwrap_or("");
        let format = self.format.as_ref();
        match &self.time {
            Time::One(column) => (*column, stamp::read(cell(*column), format)),
            Time::Two([date, hour]) => (*hour, stamp::read_two(cell(*date), cell(*hour), format)),
            Time::Parts(columns) => (columns[3], stamp::read_parts(columns.map(cell))),
        }
    }

    /// The columns whose values stand in a row: all, unless a column says of which item the row is.
    pub fn of_row<'a>(&'a self, cells: Row<'a>) -> impl Iterator<Item = &'a Value> {
        let item = self.item.map(|column| heading(cells.get(column).unwrap_or("")));
        self.values.iter().filter(move |value| item.is_none() || value.item == item)
    }

    /// Whether a cell says that there is no value.
    pub fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|word| word == cell)
    }
}

/// The one column of this name; a unit may stand behind it.
fn find(file: &str, grid: &Grid, name: &str) -> Result<usize, Problem> {
    let wanted = heading(name);
    let wrong = |what: Message, advice: Message| {
        Problem::cell(file, grid.header_row, "", "", what, advice).on_sheet(grid.sheet.as_deref())
    };
    let among = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let heads = grid.header.iter().enumerate();
        heads.filter(|(_, head)| is(&heading(head))).map(|(at, _)| at).collect()
    };
    let mut found = among(&|head| head == wanted);
    if found.is_empty() {
        found = among(&|head| unit_of(head).0.eq_ignore_ascii_case(&wanted));
    }
    match found.as_slice() {
        [at] => Ok(*at),
        [] => {
            let heads: Vec<String> =
                grid.header.iter().map(half_width).filter(|head| !head.is_empty()).take(30).collect();
            let advice = msg!("feed.column_missing_advice", known = heads.join("、"));
            Err(wrong(msg!("feed.column_missing", name = name), advice))
        }
        _ => Err(wrong(msg!("feed.column_many", name = name), msg!("feed.column_twice_advice"))),
    }
}
