//! The bodies of QWeather's air-quality and weather services.
//!
//! In: JSON. Out: columns, outlooks, what the body says of itself, and what of its values was not taken as it stood.
//! Can't happen: a unit taken on trust; a day that is not a day of the site; an hour out of place; a body of the services
//! that were shut down that reads as no forecast.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

use cuofeng_air::forecast::value::{is_mark, of_float};
use cuofeng_air::forecast::{Column, Columns, MISSING, Outlook, Range, Remarks, Variable};
use cuofeng_aqi::{Milli, Pollutant, parse_milli, round_05up};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Zone};

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
    aqi: Option<Figure>,
    level: Option<String>,
    primary_pollutant: Option<Primary>,
}

/// A number, or a text that should be one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Number(f64),
    Text(String),
}

impl Figure {
    /// In thousandths; nothing where the text says that there is none.
    fn milli(&self, field: &'static str) -> Result<Option<Milli>, Message> {
        match self {
            Self::Number(number) => Ok(Some(of_float(*number))),
            Self::Text(text) if matches!(text.trim(), "" | "NA" | "None" | "null" | "-" | "—") => Ok(None),
            Self::Text(text) => {
                let wrong = || msg!("feed.value", field = field, value = text);
                parse_milli(text.trim()).map(Some).ok_or_else(wrong)
            }
        }
    }
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
    value: Option<Figure>,
    unit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WeatherHour {
    forecast_time: String,
    temperature: Option<Amount>,
    /// A share, 0 to 1.
    humidity: Option<Figure>,
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
    degree: Option<Figure>,
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
pub fn air_hours(bytes: &[u8]) -> Result<(Columns, Metadata, Remarks), Message> {
    let body: Hours<AirHour> = parse(bytes)?;
    let mut remarks = Remarks::default();
    let mut cells = Cells::new();
    for hour in &body.hours {
        let mut values = Vec::new();
        for item in &hour.pollutants {
            let Some(variable) = variable(&item.code) else { continue };
            if let Some(amount) = &item.concentration {
                values.push((variable, taken(amount, variable, &mut remarks)?));
            }
        }
        let stated = hour.indexes.iter().find(|i| i.code == "cn-mee-1h").and_then(|i| i.aqi.as_ref());
        if let Some(aqi) = stated.map(|aqi| aqi.milli("aqi")).transpose()?.flatten() {
            values.push((Variable::AqiHour, remarks.take(Variable::AqiHour, aqi, up(aqi) * 1000)));
        }
        insert(&mut cells, &hour.forecast_time, values)?;
    }
    Ok((columns(&cells)?, body.metadata, remarks))
}

/// Hourly weather. A value stands for the hour that begins at its time.
///
/// # Errors
/// What can't be used.
pub fn weather_hours(bytes: &[u8]) -> Result<(Columns, Metadata, Remarks), Message> {
    let body: Hours<WeatherHour> = parse(bytes)?;
    let mut remarks = Remarks::default();
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
            if let Some(amount) = given {
                values.push((variable, taken(amount, variable, &mut remarks)?));
            }
        }
        let share = hour.humidity.as_ref().map(|share| share.milli("humidity")).transpose()?.flatten();
        values.extend(share.map(|share| (Variable::Humidity, remarks.take(Variable::Humidity, share, share * 100))));
        let degree = wind.and_then(|w| w.direction.as_ref()).and_then(|d| d.degree.as_ref());
        let degree = degree.map(|degree| degree.milli("wind_direction")).transpose()?.flatten();
        values.extend(degree.map(|d| (Variable::WindDirection, remarks.take(Variable::WindDirection, d, d))));
        insert(&mut cells, &hour.forecast_time, values)?;
    }
    Ok((columns(&cells)?, body.metadata, remarks))
}

/// Daily air quality by the Chinese standard. Ozone concentrations are left out: whether they are the largest
/// eight-hour mean, the largest hour or the mean of the day is not documented.
///
/// # Errors
/// What can't be used.
pub fn air_days(bytes: &[u8], standard: &str, zone: &Zone) -> Result<(Vec<Outlook>, Metadata, Remarks), Message> {
    let body: Days = parse(bytes)?;
    let mut remarks = Remarks::default();
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
            let aqi = index.aqi.as_ref().map(|aqi| aqi.milli("aqi")).transpose()?.flatten();
            let aqi = aqi.map(|aqi| i64::from(remarks.take(Variable::AqiHour, aqi, up(aqi) * 1000)));
            let aqi = aqi.filter(|aqi| *aqi != i64::from(MISSING)).map(|aqi| aqi / 1000);
            outlook.aqi = aqi.and_then(|aqi| Range::new(aqi, aqi));
            let level = index.level.as_deref().and_then(|l| l.parse::<i64>().ok()).filter(|l| (1..=6).contains(l));
            outlook.levels = level.and_then(|l| Range::new(l, l));
            let primary = index.primary_pollutant.as_ref().and_then(|p| p.code.as_deref());
            outlook.primary.extend(primary.and_then(variable).map(pollutant));
        }
        for item in &item.pollutants {
            let Some(variable) = variable(&item.code).filter(|v| *v != Variable::O3) else { continue };
            let value = item.concentration.as_ref().map(|a| taken(a, variable, &mut remarks)).transpose()?;
            if let Some(value) = value.filter(|value| *value != MISSING).map(i64::from) {
                outlook.concentrations.extend(Range::new(value, value).map(|range| (pollutant(variable), range)));
            }
        }
        if outlook.aqi.is_some() || !outlook.concentrations.is_empty() {
            days.push(outlook);
        }
    }
    Ok((days, body.metadata, remarks))
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Message> {
    let json = |error: serde_json::Error| msg!("feed.json", error = error.to_string());
    serde_json::from_slice(bytes).map_err(|error| without_list(bytes).unwrap_or_else(|| json(error)))
}

/// Why a body has no forecast, where it says so itself: nothing for the place, or an answer of a service of before 2026,
/// whose own code stands in it whatever the status was.
fn without_list(bytes: &[u8]) -> Option<Message> {
    let body: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    if body.pointer("/metadata/zeroResult").and_then(serde_json::Value::as_bool) == Some(true) {
        return Some(msg!("feed.no_place_data"));
    }
    let code = body.get("code")?.as_str()?;
    let why = match code {
        "200" => msg!("feed.old_service"),
        "204" => msg!("feed.no_place_data"),
        "400" => msg!("feed.code_400"),
        "401" => msg!("feed.code_401"),
        "402" => msg!("feed.code_402"),
        "403" => msg!("feed.code_403"),
        "404" => msg!("feed.code_404"),
        "429" => msg!("feed.code_429"),
        _ => msg!("feed.code_other"),
    };
    Some(msg!("feed.code", code = code, why = why))
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
    match code.to_ascii_lowercase().as_str() {
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

/// What an amount is taken for, in thousandths of the variable's unit; gases by volume at 298.15 K and 1013.25 hPa (GB
/// 3095-2026), where a mole takes 24.465 l. Missing where nothing is given.
fn taken(amount: &Amount, variable: Variable, remarks: &mut Remarks) -> Result<i32, Message> {
    let given = amount.value.as_ref().map(|value| value.milli(variable.name())).transpose()?.flatten();
    let Some(given) = given else { return Ok(MISSING) };
    let unit = amount.unit.replace(['μ', 'µ'], "u").replace('³', "3");
    let own = variable.unit().replace('µ', "u").replace('³', "3");
    // Thousandths of g/mol.
    let molar_mass = match variable {
        Variable::O3 => Some(47_998),
        Variable::No2 => Some(46_006),
        Variable::So2 => Some(64_064),
        Variable::Co => Some(28_010),
        _ => None,
    };
    let carbon_monoxide = variable == Variable::Co;
    let (times, over) = match (unit.as_str(), molar_mass) {
        (unit, _) if unit == own => (1, 1),
        ("ug/m3", _) if carbon_monoxide => (1, 1000),
        ("ppb", Some(mass)) if carbon_monoxide => (mass, 24_465_000),
        ("ppb", Some(mass)) => (mass, 24_465),
        ("ppm", Some(mass)) if carbon_monoxide => (mass, 24_465),
        ("ppm", Some(mass)) => (mass * 1000, 24_465),
        _ => return Err(msg!("feed.unit", field = variable.name(), unit = &amount.unit)),
    };
    // At most 2 × 10⁹ thousandths times 64 × 10⁶: fits.
    let value = if is_mark(given) { given } else { round_05up(given * times, over) };
    Ok(remarks.take(variable, given, value))
}

/// An index as a whole number: up, as the standard makes one (HJ 633-2026, 4.2.6).
const fn up(aqi: Milli) -> i64 {
    (aqi + 999).div_euclid(1000)
}
