//! The `open_meteo` feed: hourly air quality (CAMS) and weather for many places in one request.
//!
//! In: places and an address, or a body. Out: a run per region with concentrations, temperature, humidity, wind,
//! precipitation, radiation and boundary-layer height. The service gives no issue time: a run is issued when its
//! content was first seen, the air and the weather each by itself, so that either grows stale that stands still.
//! Instant values stand for the hour they begin; sums and means of the preceding hour are moved to the hour they cover.
//! Can't happen: a unit taken on trust; part of an answer taken for the whole; a key in an error.
//!
//! Licence: data CC BY 4.0, with attribution to Open-Meteo and to the Copernicus Atmosphere Monitoring Service. The
//! free service is for non-commercial use, 10,000 calls a day; a paid key uses the `customer-` hosts.

mod body;

use std::fmt::Write;
use std::time::Duration as StdDuration;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::http::{Client, Fetched, Request, Verdict};
use super::{Ask, Feed, FeedError, Memory, PullFuture, Pulled, Validator};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::{Column, Columns, MISSING, Remarks, Run};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Message, hex};
use cuofeng_base::time::Zone;

pub use body::read;

/// Places in one request: keeps the address below 3,000 characters.
const BATCH: usize = 100;

/// Days that a run reaches: CAMS global ends after 121 hours.
const DAYS: u32 = 6;

/// Longest stretch of the past in one request, in days.
const STRETCH: i64 = 31;

/// Hours at the end of a column by which a new model run is told from an old one in a moved window.
const SIGNATURE_HOURS: usize = 24;

const AIR: &str = "pm10,pm2_5,carbon_monoxide,nitrogen_dioxide,sulphur_dioxide,ozone";
const WEATHER: &str = "temperature_2m,relative_humidity_2m,wind_speed_10m,wind_direction_10m,precipitation,\
                       shortwave_radiation,boundary_layer_height";

/// Where to ask, for what.
#[derive(Debug, Clone)]
pub struct OpenMeteo {
    /// The feed's name.
    pub name: String,
    /// Address of the air-quality service, none where it is not wanted.
    pub air: Option<String>,
    /// Address of the weather service, none where it is not wanted.
    pub weather: Option<String>,
    /// Key of a paid account.
    pub key: Option<SecretString>,
    /// Regions and where they are.
    pub places: Vec<(String, Place)>,
}

/// A feed that asks Open-Meteo.
#[derive(Debug, Clone)]
pub struct OpenMeteoFeed {
    config: OpenMeteo,
    client: Client,
}

impl OpenMeteoFeed {
    /// A feed that asks through `client`.
    #[must_use]
    pub const fn new(config: OpenMeteo, client: Client) -> Self {
        Self { config, client }
    }

    /// The columns of one part of `places`, in their order; nothing where the service says that nothing changed.
    async fn columns(
        &self,
        part: Part,
        places: &[(String, Place)],
        when: &str,
        ask: Ask<'_>,
    ) -> Result<Option<(Vec<Columns>, Remarks, Validator)>, FeedError> {
        let (base, path, hourly) = match part {
            Part::Air => (&self.config.air, "air-quality", AIR),
            Part::Weather => (&self.config.weather, "forecast", WEATHER),
        };
        let Some(base) = base else { return Ok(None) };
        let shown = format!("{base}/v1/{path}");
        let url = self.url(&shown, places, hourly, when);
        let validator = ask.memory.0.get(&part.batch(places));
        let secret = self.config.key.as_ref().map(ExposeSecret::expose_secret);
        let request = Request { secret, validator, judge, ..Request::get(&url) };
        let fetched = self.client.fetch(&request).await;
        match fetched.map_err(|e| e.into_feed_error(&self.config.name, &shown, ask.now, words))? {
            Fetched::Same => Ok(None),
            Fetched::Body { bytes, validator } => {
                let read = read(&bytes, places.len()).map_err(|what| self.malformed(&shown, &bytes, what));
                let (columns, remarks) = read?;
                Ok(Some((columns, remarks, validator)))
            }
        }
    }

    fn url(&self, shown: &str, places: &[(String, Place)], hourly: &str, when: &str) -> String {
        let list = |of: fn(Place) -> i32| {
            let degrees = |(_, place): &(String, Place)| {
                let (sign, value) = (if of(*place) < 0 { "-" } else { "" }, of(*place).unsigned_abs());
                format!("{sign}{}.{:04}", value / 1_000_000, value % 1_000_000 / 100)
            };
            places.iter().map(degrees).collect::<Vec<_>>().join(",")
        };
        let (latitude, longitude) = (list(Place::latitude), list(Place::longitude));
        let mut url = format!(
            "{shown}?latitude={latitude}&longitude={longitude}&hourly={hourly}&timeformat=unixtime&timezone=GMT{when}"
        );
        if hourly == WEATHER {
            url.push_str("&wind_speed_unit=ms");
        }
        if let Some(key) = &self.config.key {
            let _ = write!(url, "&apikey={}", key.expose_secret());
        }
        url
    }

    fn malformed(&self, shown: &str, bytes: &[u8], what: Message) -> FeedError {
        let feed = self.config.name.clone();
        if not_covered(bytes) {
            return FeedError::Refused { feed, source_name: shown.to_owned(), words: msg!("feed.no_place_data") };
        }
        let problem = Problem::file(shown, what, msg!("feed.body_advice"));
        FeedError::Malformed { feed, problem: Box::new(problem) }
    }

    async fn newest(&self, ask: Ask<'_>) -> Result<Pulled, FeedError> {
        let mut pulled =
            Pulled { memory: ask.memory.clone(), attributions: attributions(ask.now), ..Pulled::default() };
        let when = format!("&past_days=1&forecast_days={DAYS}");
        for places in self.config.places.chunks(BATCH) {
            let mut fresh: Vec<Columns> = vec![Columns::new(); places.len()];
            for part in Part::ALL {
                let Some((all, remarks, validator)) = self.columns(part, places, &when, ask).await? else { continue };
                pulled.remarks.join(remarks);
                if validator == Validator::default() {
                    pulled.memory.0.remove(&part.batch(places));
                } else {
                    pulled.memory.0.insert(part.batch(places), validator);
                }
                for (((region, _), columns), fresh) in places.iter().zip(all).zip(&mut fresh) {
                    if columns.values().all(|c| c.values.is_empty()) {
                        continue;
                    }
                    let seen = Validator { etag: Some(signature(&columns)), last_modified: None };
                    if pulled.memory.0.insert(part.region(region), seen.clone()).as_ref() != Some(&seen) {
                        fresh.extend(columns);
                    }
                }
            }
            for ((region, _), columns) in places.iter().zip(fresh).filter(|(_, columns)| !columns.is_empty()) {
                let (feed, region) = (self.config.name.clone(), region.clone());
                let run = Run { feed, region, issued_at: ask.now, columns, days: Vec::new(), archive: false };
                pulled.runs.push(run);
            }
        }
        if pulled.memory.0.is_empty() {
            let source_name = self.config.air.clone().or_else(|| self.config.weather.clone()).unwrap_or_default();
            return Err(FeedError::Nothing { feed: self.config.name.clone(), source_name });
        }
        pulled.unchanged = pulled.runs.is_empty();
        Ok(pulled)
    }

    async fn archive(&self, ask: Ask<'_>, from: NaiveDate, to: NaiveDate) -> Result<Pulled, FeedError> {
        let mut pulled =
            Pulled { memory: ask.memory.clone(), attributions: attributions(ask.now), ..Pulled::default() };
        // The past is asked for whole, whatever the last pull kept.
        let nothing = Memory::default();
        let whole = Ask { memory: &nothing, ..ask };
        let mut start = from;
        while start <= to {
            let end = (start + Duration::days(STRETCH - 1)).min(to);
            // A day of the site's zone reaches into the UTC day before or after it.
            let when = format!("&start_date={}&end_date={}", start - Duration::days(1), end + Duration::days(1));
            for places in self.config.places.chunks(BATCH) {
                let mut all: Vec<Columns> = vec![Columns::new(); places.len()];
                for part in Part::ALL {
                    let Some((columns, remarks, _)) = self.columns(part, places, &when, whole).await? else { continue };
                    pulled.remarks.join(remarks);
                    all.iter_mut().zip(columns).for_each(|(columns, more)| columns.extend(more));
                }
                for ((region, _), columns) in places.iter().zip(all) {
                    pulled.runs.extend(days(&self.config.name, region, &columns, start, end, ask.zone));
                }
            }
            start = end + Duration::days(1);
        }
        Ok(pulled)
    }
}

/// What the service is asked for, each with an age of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Air,
    Weather,
}

impl Part {
    const ALL: [Self; 2] = [Self::Air, Self::Weather];

    const fn name(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::Weather => "weather",
        }
    }

    /// Under which what was seen of a region is remembered.
    fn region(self, region: &str) -> String {
        format!("{} {region}", self.name())
    }

    /// Under which the validator of a batch is remembered: only the same places may say that nothing changed.
    fn batch(self, places: &[(String, Place)]) -> String {
        let mut hash = Sha256::new();
        for (region, place) in places {
            hash.update(format!("{region} {} {}\n", place.latitude(), place.longitude()));
        }
        format!("{} batch {}", self.name(), short(hash))
    }
}

impl Feed for OpenMeteoFeed {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a> {
        Box::pin(self.newest(ask))
    }

    fn past<'a>(&'a self, ask: Ask<'a>, from: NaiveDate, to: NaiveDate) -> PullFuture<'a> {
        Box::pin(self.archive(ask, from, to))
    }
}

/// One run a day from archived columns, issued at the day's midnight.
fn days(feed: &str, region: &str, columns: &Columns, from: NaiveDate, to: NaiveDate, zone: &Zone) -> Vec<Run> {
    let day_run = |day: NaiveDate| {
        let first = zone.first_hour(day);
        let hours = |c: &Column| (0..24).map(|h| c.get(first + h).unwrap_or(MISSING)).collect::<Vec<_>>();
        let day_columns: Columns = columns
            .iter()
            .map(|(variable, column)| (*variable, Column { first, values: hours(column) }))
            .filter(|(_, column)| column.values.iter().any(|v| *v != MISSING))
            .collect();
        let (feed, region, issued_at) = (feed.to_owned(), region.to_owned(), first.start());
        let run = Run { feed, region, issued_at, columns: day_columns, days: Vec::new(), archive: true };
        (!run.columns.is_empty()).then_some(run)
    };
    from.iter_days().take_while(|d| *d <= to).filter_map(day_run).collect()
}

/// What tells one model run from another whatever the window: the ends of its columns.
fn signature(columns: &Columns) -> String {
    let mut hash = Sha256::new();
    for (variable, column) in columns {
        let end = column.first + i64::try_from(column.values.len()).unwrap_or(0);
        hash.update(variable.name());
        hash.update(end.0.to_le_bytes());
        for value in column.values.iter().rev().take(SIGNATURE_HOURS) {
            hash.update(value.to_le_bytes());
        }
    }
    short(hash)
}

fn short(hash: Sha256) -> String {
    hex(&hash.finalize()[..12])
}

/// The attributions that the licences ask for.
fn attributions(now: DateTime<Utc>) -> Vec<String> {
    vec![
        "Weather data by Open-Meteo.com (CC BY 4.0)".to_owned(),
        format!("Generated using Copernicus Atmosphere Monitoring Service information {}", now.year()),
    ]
}

/// Knows the service's answers: limits are named in words, and a body may break off after a status of 200.
#[must_use]
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    let says = |words: &str| body.windows(words.len()).any(|w| w.eq_ignore_ascii_case(words.as_bytes()));
    match status {
        200..=299 if !ends_whole(body) => Verdict::Transient,
        200..=299 => Verdict::Good,
        429 if says("Too many concurrent") => Verdict::Transient,
        429 if says("Hourly") => Verdict::Busy(StdDuration::from_hours(1)),
        429 if says("Daily") => Verdict::Busy(StdDuration::from_hours(24)),
        429 => Verdict::Busy(StdDuration::from_mins(1)),
        500..=599 => Verdict::Transient,
        _ => Verdict::Final,
    }
}

/// Whether a streamed body came to its end.
fn ends_whole(body: &[u8]) -> bool {
    let opens = body.iter().find(|b| !b.is_ascii_whitespace());
    let closes = body.iter().rfind(|b| !b.is_ascii_whitespace());
    matches!((opens, closes), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
}

/// A place outside every model gets `nan` coordinates, which is not JSON.
fn not_covered(body: &[u8]) -> bool {
    body.windows(14).any(|w| w == b"\"latitude\":nan")
}

/// The reason in an error body.
fn words(body: &[u8]) -> String {
    let reason = serde_json::from_slice::<serde_json::Value>(body).ok();
    let reason = reason.as_ref().and_then(|v| v.get("reason")).and_then(|r| r.as_str()).map(str::to_owned);
    reason.map_or_else(|| super::http::usual_words(body), |r| r.chars().take(300).collect())
}

#[cfg(test)]
mod tests;
