//! What the columns of somebody else's table mean, as the site file says it.
//!
//! In: `[feed.map]` of the site file. Out: the same, checked. Can't happen: a unit taken on trust; an hour whose label is
//! not known to be its start or its end; a format of times that nothing matches.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::label::HourLabel;
use super::stamp::Format;
use super::unit::Unit;
use cuofeng_air::forecast::Variable;
use cuofeng_base::msg;
use cuofeng_base::problem::nearest;
use cuofeng_base::text::{Lang, Message};
use cuofeng_grid::heading;

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

/// What is kept of a value that the table only says to be below a limit (`<2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Below {
    /// Nothing: it is told as a cell that can't be used.
    #[default]
    Refuse,
    /// Half of the limit.
    Half,
    /// The limit.
    Limit,
    /// Zero.
    Zero,
}

/// A column and the unit of its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapColumn {
    pub(super) column: String,
    pub(super) unit: String,
    /// The word of the `item` column in its rows.
    pub(super) item: Option<String>,
}

/// `[feed.map.daily]`: columns of a table with a row for each day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Daily {
    /// The index, one number or a range (`105-135`).
    pub(super) aqi: Option<String>,
    /// The index, its low end.
    pub(super) aqi_low: Option<String>,
    /// The index, its high end.
    pub(super) aqi_high: Option<String>,
    /// The level, one or two (`良至轻度污染`).
    pub(super) level: Option<String>,
    /// The primary pollutants.
    pub(super) primary: Option<String>,
}

impl Daily {
    fn columns(&self) -> impl Iterator<Item = &String> {
        [&self.aqi, &self.aqi_low, &self.aqi_high, &self.level, &self.primary].into_iter().flatten()
    }
}

/// `[feed.map]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    #[serde(default)]
    pub(super) time: Vec<String>,
    pub(super) day: Option<String>,
    pub(super) time_format: Option<String>,
    #[serde(default)]
    pub(super) hour: HourLabel,
    pub(super) issued: Option<String>,
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) regions: BTreeMap<String, String>,
    pub(super) only_region: Option<String>,
    pub(super) item: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) below: Below,
    sheet: Option<String>,
    #[serde(default)]
    pub(super) columns: BTreeMap<String, MapColumn>,
    pub(super) daily: Option<Box<Daily>>,
}

/// Whether a name is of what a day or eight hours come to, which stands in no hour: `o3_8h`, `臭氧8小时日最大值`.
fn is_of_a_day(name: &str) -> bool {
    let name = name.to_lowercase();
    ["8h", "8小时", "24h", "24小时", "日最大", "日均", "日平均", "daily"].iter().any(|word| name.contains(word))
}

impl Map {
    /// What is wrong with the map itself, and what to do.
    #[must_use]
    pub fn check(&self, role: Role) -> Vec<(Message, Message)> {
        let mut problems = self.check_times();
        if self.region.is_some() == self.only_region.is_some() {
            problems.push((msg!("feed.map_region"), msg!("feed.map_region_advice")));
        }
        if (role == Role::Forecast) != self.issued.is_some() {
            problems.push((msg!("feed.map_issued"), msg!("feed.map_issued_advice")));
        }
        problems.extend(self.check_daily(role));
        if self.columns.is_empty() && self.daily.is_none() {
            problems.push((msg!("feed.map_columns"), msg!("feed.map_columns_advice")));
        }
        for (name, column) in &self.columns {
            let known = || Variable::ALL.map(Variable::name);
            let Some(variable) = Variable::named(name) else {
                let advice = if is_of_a_day(name) {
                    msg!("feed.map_of_a_day_advice")
                } else {
                    let named = || Variable::ALL.into_iter().find(|v| v.words(Lang::Zh) == name).map(Variable::name);
                    let meant = named().or_else(|| nearest(name, known()));
                    let known = meant.map_or_else(|| known().join(", "), str::to_owned);
                    msg!("feed.column_unknown_advice", known = known)
                };
                problems.push((msg!("feed.map_variable", name = name), advice));
                continue;
            };
            if Unit::named(&column.unit, variable).is_none() {
                let what = msg!("feed.map_unit", name = name, unit = &column.unit);
                problems.push((what, msg!("feed.map_unit_advice", unit = variable.unit())));
            }
            if column.item.is_some() != self.item.is_some() {
                problems.push((msg!("feed.map_item", name = name), msg!("feed.map_item_advice")));
            }
        }
        problems
    }

    /// Where the times stand, and whether their format can match.
    fn check_times(&self) -> Vec<(Message, Message)> {
        let mut problems = Vec::new();
        let columns = if self.day.is_some() { 1 } else { self.time.len() };
        if !matches!(columns, 1 | 2 | 4) || self.day.is_some() && !self.time.is_empty() {
            problems.push((msg!("feed.map_time"), msg!("feed.map_time_advice")));
        }
        if let Some(text) = &self.time_format {
            if columns == 4 {
                problems.push((msg!("feed.map_parts_format"), msg!("feed.map_format_advice")));
            } else if self.format().is_none() {
                problems.push((msg!("feed.map_format", format = text), msg!("feed.map_format_advice")));
            }
        }
        problems
    }

    /// The format of times; a column of dates needs none of hours.
    pub(super) fn format(&self) -> Option<Format> {
        let whole = self.day.is_none() && self.time.len() == 1;
        self.time_format.as_ref().and_then(|text| Format::new(text, whole))
    }

    /// A table of days is a forecast without hourly columns, and says something of each day.
    fn check_daily(&self, role: Role) -> Option<(Message, Message)> {
        let fits = match &self.daily {
            None => self.day.is_none(),
            Some(daily) => {
                let ends = daily.aqi_low.is_some() == daily.aqi_high.is_some();
                let says =
                    daily.aqi.is_some() != daily.aqi_low.is_some() || daily.aqi.is_none() && daily.level.is_some();
                self.day.is_some() && self.columns.is_empty() && role == Role::Forecast && ends && says
            }
        };
        (!fits).then(|| (msg!("feed.map_daily"), msg!("feed.map_daily_advice")))
    }

    /// Whether a heading is one that the map names.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let single = [&self.day, &self.issued, &self.region, &self.item].into_iter().flatten();
        let daily = self.daily.iter().flat_map(|daily| daily.columns());
        let values = self.columns.values().map(|column| &column.column);
        self.time.iter().chain(single).chain(daily).chain(values).map(|name| heading(name)).collect()
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
