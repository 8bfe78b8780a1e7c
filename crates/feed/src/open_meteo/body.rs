//! The bodies of Open-Meteo.
//!
//! In: JSON, an object for one place or an array for several. Out: columns of hourly values by place, in the order of
//! the request, and what of them was not taken as it stood. Can't happen: a unit taken on trust; a column that is shorter
//! than its times; hours that do not go up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDateTime;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use cuofeng_air::forecast::value::of_float;
use cuofeng_air::forecast::{Column, Columns, MISSING, Remarks, Variable};
use cuofeng_aqi::{Milli, round_05up, round_half_even};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Hour;

/// The service's names, our variables, and whether the value covers the hour before its label.
const NAMES: [(&str, Variable, bool); 13] = [
    ("pm10", Variable::Pm10, false),
    ("pm2_5", Variable::Pm25, false),
    ("carbon_monoxide", Variable::Co, false),
    ("nitrogen_dioxide", Variable::No2, false),
    ("sulphur_dioxide", Variable::So2, false),
    ("ozone", Variable::O3, false),
    ("temperature_2m", Variable::Temperature, false),
    ("relative_humidity_2m", Variable::Humidity, false),
    ("wind_speed_10m", Variable::Wind, false),
    ("wind_direction_10m", Variable::WindDirection, false),
    ("precipitation", Variable::Precipitation, true),
    ("shortwave_radiation", Variable::Radiation, true),
    ("boundary_layer_height", Variable::MixingHeight, false),
];

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default)]
    error: bool,
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
    #[serde(default)]
    utc_offset_seconds: i64,
    #[serde(borrow, default)]
    hourly_units: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default)]
    hourly: Option<Hourly>,
}

/// The hourly block: times, and the values of the variables we know.
#[derive(Default)]
struct Hourly {
    times: Vec<Stamp>,
    values: Vec<(usize, Vec<Option<f64>>)>,
}

/// A label: seconds since 1970 in UTC, or local text without a zone.
enum Stamp {
    Unix(i64),
    Local(NaiveDateTime),
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Stamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Stamp, E> {
                Ok(Stamp::Unix(value))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Stamp, E> {
                i64::try_from(value).map(Stamp::Unix).map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Stamp, E> {
                NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M").map(Stamp::Local).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Hourly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Hourly;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("hourly values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Hourly, A::Error> {
                let mut hourly = Hourly::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match NAMES.iter().position(|(name, _, _)| *name == key) {
                        Some(index) => hourly.values.push((index, map.next_value()?)),
                        None if key == "time" => hourly.times = map.next_value()?,
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(hourly)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads the columns of each of `places` places.
///
/// # Errors
/// What can't be used.
pub fn read(bytes: &[u8], places: usize) -> Result<(Vec<Columns>, Remarks), Message> {
    let array = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let broken = |error: serde_json::Error| msg!("feed.json", error = error.to_string());
    let answers: Vec<Answer<'_>> = if array {
        serde_json::from_slice(bytes).map_err(broken)?
    } else {
        vec![serde_json::from_slice(bytes).map_err(broken)?]
    };
    if answers.len() != places {
        return Err(msg!("feed.places", want = places, got = answers.len()));
    }
    let mut remarks = Remarks::default();
    let all = answers.iter().map(|answer| columns(answer, &mut remarks)).collect::<Result<_, _>>()?;
    Ok((all, remarks))
}

fn columns(answer: &Answer<'_>, remarks: &mut Remarks) -> Result<Columns, Message> {
    if answer.error {
        return Err(msg!("feed.said", words = answer.reason.as_deref().unwrap_or("")));
    }
    let Some(hourly) = &answer.hourly else { return Err(msg!("feed.field_missing", field = "hourly")) };
    let places = places(&hourly.times, answer.utc_offset_seconds)?;
    let (Some((first, _)), Some((_, last))) = (places.first(), places.last()) else { return Ok(Columns::new()) };
    let mut columns = Columns::new();
    for (index, values) in &hourly.values {
        let Some((name, variable, before)) = NAMES.get(*index) else { continue };
        if values.len() != places.len() {
            return Err(msg!("feed.lengths", field = *name, want = places.len(), got = values.len()));
        }
        let unit = answer.hourly_units.get(*name).map_or("", Cow::as_ref);
        let factor = factor(*variable, unit).ok_or_else(|| msg!("feed.unit", field = *name, unit = unit))?;
        let mut column = vec![MISSING; last + 1];
        for ((_, place), value) in places.iter().zip(values) {
            if let (Some(value), Some(slot)) = (value, column.get_mut(*place)) {
                let given = of_float(*value);
                *slot = remarks.take(*variable, given, factor(given));
            }
        }
        let first = if *before { Hour(first.0 - 1) } else { *first };
        columns.insert(*variable, Column { first, values: column });
    }
    Remarks::settle(&mut columns);
    Ok(columns.into_iter().map(|(variable, column)| (variable, trimmed(column))).collect())
}

/// Longest stretch of hours in an answer: what is asked for of the past, and twice that.
const LONGEST: i64 = 2 * 33 * 24;

/// The first hour and the place of each label after it. Labels must be whole hours and go up; hours that are left out
/// are missing ones.
fn places(times: &[Stamp], offset: i64) -> Result<Vec<(Hour, usize)>, Message> {
    let seconds = |stamp: &Stamp| match stamp {
        Stamp::Unix(seconds) => *seconds,
        Stamp::Local(local) => local.and_utc().timestamp().saturating_sub(offset),
    };
    let mut out: Vec<(Hour, usize)> = Vec::with_capacity(times.len());
    for stamp in times {
        let at = seconds(stamp);
        let hour = Hour(at.div_euclid(3600));
        let first = out.first().map_or(hour, |(first, _)| *first);
        let place = usize::try_from(hour - first).ok().filter(|_| hour - first < LONGEST);
        let rises = |place: &usize| out.last().is_none_or(|(_, last)| last < place);
        let whole = at.rem_euclid(3600) == 0 && (0..=253_402_300_799).contains(&at);
        match place.filter(|place| whole && rises(place)) {
            Some(place) => out.push((first, place)),
            None => return Err(msg!("feed.hours", time = shown(at))),
        }
    }
    Ok(out)
}

/// A label of an hour in a message.
fn shown(seconds: i64) -> String {
    let at = chrono::DateTime::from_timestamp(seconds, 0);
    at.map_or_else(|| seconds.to_string(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}

/// How thousandths of `unit` become thousandths of the variable's own unit.
fn factor(variable: Variable, unit: &str) -> Option<fn(Milli) -> Milli> {
    let micrograms = matches!(unit, "μg/m³" | "µg/m³" | "ug/m3");
    let own: fn(Milli) -> Milli = |given| given;
    match variable {
        Variable::Co => micrograms.then_some(|given| round_05up(given, 1000)),
        v if Variable::AIR.contains(&v) => micrograms.then_some(own),
        Variable::Wind if unit == "km/h" => Some(|given| round_half_even(given * 10, 36)),
        _ => (unit == variable.unit()).then_some(own),
    }
}

/// Without the missing values at its end: the service pads a run to whole days.
fn trimmed(mut column: Column) -> Column {
    let end = column.values.iter().rposition(|v| *v != MISSING).map_or(0, |i| i + 1);
    column.values.truncate(end);
    column
}
