//! The bodies of QWeather's air-quality and weather services.
//!
//! In: JSON. Out: columns, outlooks and what the body says of itself. Can't happen: a unit taken on trust; a day that
//! is not a day of the site; an hour out of place.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

use crate::aqi::{Pollutant, round_half_even};
use crate::forecast::{Column, Columns, MISSING, Outlook, Range, Variable};
use crate::msg;
use crate::text::Message;
use crate::time::{Hour, Zone};

/// What a body says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Changes with the content.
    pub tag: String,
    /// Whom to name, unmodified.
    pub attributions: Vec<String>,
}

#[derive(Deserialize)]
struct Hours<T> {
    #[serde(default)]
    metadata: Metadata,
    hours: Vec<T>,
}

#[derive(Deserialize)]
struct Days {
    #[serde(default)]
    metadata: Metadata,
    days: Vec<AirDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AirHour {
    forecast_time: String,
    #[serde(default)]
    indexes: Vec<Index>,
    #[serde(default)]
    pollutants: Vec<Concentrated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AirDay {
    forecast_start_time: String,
    #[serde(default)]
    indexes: Vec<Index>,
    #[serde(default)]
    pollutants: Vec<Concentrated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    code: String,
    aqi: Option<f64>,
    level: Option<String>,
    primary_pollutant: Option<Primary>,
}

#[derive(Deserialize)]
struct Primary {
    code: Option<String>,
}

#[derive(Deserialize)]
struct Concentrated {
    code: String,
    concentration: Option<Amount>,
}

#[derive(Deserialize)]
struct Amount {
    value: Option<f64>,
    unit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WeatherHour {
    forecast_time: String,
    temperature: Option<Amount>,
    /// A share, 0 to 1.
    humidity: Option<f64>,
    wind: Option<Wind>,
    precipitation: Option<Precipitation>,
}

#[derive(Deserialize)]
struct Wind {
    direction: Option<Direction>,
    speed: Option<Amount>,
}

#[derive(Deserialize)]
struct Direction {
    degree: Option<f64>,
}

#[derive(Deserialize)]
struct Precipitation {
    amount: Option<Amount>,
}

type Cells = BTreeMap<Hour, Vec<(Variable, i32)>>;

/// Hourly air quality: concentrations where there are any, and the hourly index by the Chinese standard.
///
/// # Errors
/// What can't be used.
pub fn air_hours(bytes: &[u8]) -> Result<(Columns, Metadata), Message> {
    let body: Hours<AirHour> = parse(bytes)?;
    let mut cells = Cells::new();
    for hour in &body.hours {
        let mut values = Vec::new();
        for item in &hour.pollutants {
            let Some(variable) = variable(&item.code) else { continue };
            if let Some(value) = item.concentration.as_ref().map(|a| amount(a, variable)).transpose()?.flatten() {
                values.push((variable, value));
            }
        }
        if let Some(aqi) = hour.indexes.iter().find(|i| i.code == "cn-mee-1h").and_then(|i| i.aqi) {
            values.push((Variable::AqiHour, milli(aqi, 1000.0, Variable::AqiHour)?));
        }
        insert(&mut cells, &hour.forecast_time, values)?;
    }
    Ok((columns(&cells)?, body.metadata))
}

/// Hourly weather. A value stands for the hour that begins at its time.
///
/// # Errors
/// What can't be used.
pub fn weather_hours(bytes: &[u8]) -> Result<(Columns, Metadata), Message> {
    let body: Hours<WeatherHour> = parse(bytes)?;
    let mut cells = Cells::new();
    for hour in &body.hours {
        let mut values = Vec::new();
        let wind = hour.wind.as_ref();
        let amounts = [
            (hour.temperature.as_ref(), Variable::Temperature),
            (wind.and_then(|w| w.speed.as_ref()), Variable::Wind),
            (hour.precipitation.as_ref().and_then(|p| p.amount.as_ref()), Variable::Precipitation),
        ];
        for (given, variable) in amounts {
            if let Some(value) = given.map(|a| amount(a, variable)).transpose()?.flatten() {
                values.push((variable, value));
            }
        }
        if let Some(share) = hour.humidity {
            values.push((Variable::Humidity, milli(share, 100_000.0, Variable::Humidity)?));
        }
        if let Some(degree) = wind.and_then(|w| w.direction.as_ref()).and_then(|d| d.degree) {
            values.push((Variable::WindDirection, milli(degree, 1000.0, Variable::WindDirection)?));
        }
        insert(&mut cells, &hour.forecast_time, values)?;
    }
    Ok((columns(&cells)?, body.metadata))
}

/// Daily air quality by the Chinese standard. Ozone concentrations are left out: whether they are the largest
/// eight-hour mean, the largest hour or the mean of the day is not documented.
///
/// # Errors
/// What can't be used.
pub fn air_days(bytes: &[u8], standard: &str, zone: &Zone) -> Result<(Vec<Outlook>, Metadata), Message> {
    let body: Days = parse(bytes)?;
    let mut days = Vec::new();
    for item in &body.days {
        let start = instant(&item.forecast_start_time)?;
        let day = zone.day(start);
        if zone.at(day, 0) != start {
            return Err(msg!("feed.value", field = "forecastStartTime", value = &item.forecast_start_time));
        }
        let mut outlook = Outlook::new(day);
        outlook.standard = Some(standard.to_owned());
        if let Some(index) = item.indexes.iter().find(|i| i.code == "cn-mee") {
            outlook.aqi = index.aqi.map(whole).transpose()?.and_then(|aqi| Range::new(aqi, aqi));
            let level = index.level.as_deref().and_then(|l| l.parse::<i64>().ok()).filter(|l| (1..=6).contains(l));
            outlook.levels = level.and_then(|l| Range::new(l, l));
            let primary = index.primary_pollutant.as_ref().and_then(|p| p.code.as_deref());
            outlook.primary.extend(primary.and_then(variable).map(pollutant));
        }
        for item in &item.pollutants {
            let Some(variable) = variable(&item.code).filter(|v| *v != Variable::O3) else { continue };
            if let Some(value) = item.concentration.as_ref().map(|a| amount(a, variable)).transpose()?.flatten() {
                let value = i64::from(value);
                outlook.concentrations.extend(Range::new(value, value).map(|range| (pollutant(variable), range)));
            }
        }
        if outlook.aqi.is_some() || !outlook.concentrations.is_empty() {
            days.push(outlook);
        }
    }
    Ok((days, body.metadata))
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Message> {
    serde_json::from_slice(bytes).map_err(|error| msg!("feed.json", error = error.to_string()))
}

/// `2023-05-17T03:00Z`, `2025-10-24T11:19+08:00`: RFC 3339 without seconds.
pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, Message> {
    let wrong = || msg!("feed.value", field = "time", value = text);
    let utc = text.strip_suffix('Z').and_then(|t| NaiveDateTime::parse_from_str(t, "%Y-%m-%dT%H:%M").ok());
    match utc {
        Some(at) => Ok(at.and_utc()),
        None => DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z")
            .or_else(|_| DateTime::parse_from_rfc3339(text))
            .map(|at| at.with_timezone(&Utc))
            .map_err(|_| wrong()),
    }
}

fn insert(cells: &mut Cells, time: &str, values: Vec<(Variable, i32)>) -> Result<(), Message> {
    let at = instant(time)?;
    if at.timestamp().rem_euclid(3600) != 0 || cells.insert(Hour::containing(at), values).is_some() {
        return Err(msg!("feed.value", field = "forecastTime", value = time));
    }
    Ok(())
}

/// The longest forecast there is, in hours.
const LONGEST: i64 = 15 * 24;

fn columns(cells: &Cells) -> Result<Columns, Message> {
    let mut columns = Columns::new();
    let (Some(first), Some(last)) = (cells.keys().next(), cells.keys().next_back()) else { return Ok(columns) };
    let hours = *last - *first + 1;
    if hours > LONGEST {
        return Err(msg!("feed.lengths", field = "hours", want = LONGEST, got = hours));
    }
    for (hour, values) in cells {
        for (variable, value) in values {
            let size = usize::try_from(hours).unwrap_or(0);
            let column =
                columns.entry(*variable).or_insert_with(|| Column { first: *first, values: vec![MISSING; size] });
            if let Some(slot) = usize::try_from(*hour - *first).ok().and_then(|i| column.values.get_mut(i)) {
                *slot = *value;
            }
        }
    }
    Ok(columns)
}

fn variable(code: &str) -> Option<Variable> {
    match code {
        "pm2p5" => Some(Variable::Pm25),
        "pm10" => Some(Variable::Pm10),
        "no2" => Some(Variable::No2),
        "so2" => Some(Variable::So2),
        "co" => Some(Variable::Co),
        "o3" => Some(Variable::O3),
        _ => None,
    }
}

const fn pollutant(variable: Variable) -> Pollutant {
    match variable {
        Variable::Pm10 => Pollutant::Pm10,
        Variable::No2 => Pollutant::No2,
        Variable::So2 => Pollutant::So2,
        Variable::Co => Pollutant::Co,
        Variable::O3 => Pollutant::O38h,
        _ => Pollutant::Pm25,
    }
}

/// An amount in thousandths of the variable's unit; gases by volume at 298.15 K and 1013.25 hPa (GB 3095-2026), where a
/// mole takes 24.465 l.
fn amount(amount: &Amount, variable: Variable) -> Result<Option<i32>, Message> {
    let Some(value) = amount.value else { return Ok(None) };
    let unit = amount.unit.replace(['μ', 'µ'], "u").replace('³', "3");
    let own = variable.unit().replace('µ', "u").replace('³', "3");
    let molar_mass = match variable {
        Variable::O3 => Some(47.998),
        Variable::No2 => Some(46.006),
        Variable::So2 => Some(64.064),
        Variable::Co => Some(28.010),
        _ => None,
    };
    let carbon_monoxide = variable == Variable::Co;
    let factor = match (unit.as_str(), molar_mass) {
        (unit, _) if unit == own => 1000.0,
        ("ug/m3", _) if carbon_monoxide => 1.0,
        ("ppb", Some(mass)) if carbon_monoxide => mass / 24.465,
        ("ppb", Some(mass)) => mass / 24.465 * 1000.0,
        ("ppm", Some(mass)) if carbon_monoxide => mass / 24.465 * 1000.0,
        ("ppm", Some(mass)) => mass / 24.465 * 1_000_000.0,
        _ => return Err(msg!("feed.unit", field = variable.name(), unit = &amount.unit)),
    };
    milli(value, factor, variable).map(Some)
}

/// A JSON number in thousandths.
fn milli(value: f64, factor: f64, variable: Variable) -> Result<i32, Message> {
    let scaled = (value * factor).round();
    let (low, high) = variable.plausible();
    #[expect(clippy::cast_precision_loss)]
    let fine = scaled >= (low * 1000) as f64 && scaled <= (high * 1000) as f64;
    #[expect(clippy::cast_possible_truncation)]
    let whole = scaled as i32;
    if fine { Ok(whole) } else { Err(msg!("feed.value", field = variable.name(), value = value.to_string())) }
}

/// An index as a whole number.
fn whole(aqi: f64) -> Result<i64, Message> {
    let thousandths = milli(aqi, 1000.0, Variable::AqiHour)?;
    Ok(round_half_even(i64::from(thousandths), 1000))
}
