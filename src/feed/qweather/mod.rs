//! The `qweather` feed: air quality, weather and official alerts by 和风天气, for places one by one.
//!
//! In: an account's host and key, places. Out: a run per region with the hourly index (in China the forecasts carry no
//! concentrations), daily outlooks and the weather, and official alerts as orders. The bodies have no issue time but a
//! tag that changes with the content: a run is issued when its tags were first seen. Can't happen: the key in an error;
//! a second request while the provider asks for quiet (it freezes accounts that insist).
//!
//! Licence: the provider's attributions are shown as it words them. 50,000 requests a month are free.

mod alerts;
mod body;
mod token;

use std::time::Duration as StdDuration;

use secrecy::SecretString;

use self::body::Metadata;
pub use self::token::KeyError;
use self::token::Signer;
use super::http::{Client, Fetched, Method, Request, Verdict, usual, usual_words};
use super::{Ask, Feed, FeedError, PullFuture, Pulled, Validator};
use crate::fire::Place;
use crate::forecast::{Columns, Run};
use crate::msg;
use crate::problem::Problem;
use crate::text::Message;

pub use alerts::read as read_alerts;
pub use body::{air_days, air_hours, weather_hours};

/// Hours of weather asked for.
const WEATHER_HOURS: u32 = 72;

/// What is wanted of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Air quality, hourly and daily.
    pub air: bool,
    /// Hourly weather.
    pub weather: bool,
    /// Official alerts.
    pub alerts: bool,
}

/// Where to ask, for what.
#[derive(Debug, Clone)]
pub struct QWeather {
    /// The feed's name.
    pub name: String,
    /// Address of the account's host.
    pub base: String,
    /// Credential identifier.
    pub credential: String,
    /// Project identifier.
    pub project: String,
    /// The Ed25519 key.
    pub key_pem: SecretString,
    /// Regions and where they are.
    pub places: Vec<(String, Place)>,
    /// What is wanted.
    pub parts: Parts,
    /// Identifier of the standard by which the provider works out its index.
    pub standard: String,
    /// Event codes of alerts that become orders.
    pub alert_codes: Vec<String>,
}

/// A feed that asks QWeather.
#[derive(Debug)]
pub struct QWeatherFeed {
    config: QWeather,
    signer: Signer,
    client: Client,
}

impl QWeatherFeed {
    /// A feed that asks through `client`.
    ///
    /// # Errors
    /// The key can't be used.
    pub fn new(config: QWeather, client: Client) -> Result<Self, KeyError> {
        let signer = Signer::new(&config.key_pem, &config.credential, &config.project)?;
        Ok(Self { config, signer, client })
    }

    /// A body, or nothing where the provider does not know the place.
    async fn body(&self, path: &str, query: &str, place: Place, ask: Ask<'_>) -> Result<Option<Vec<u8>>, FeedError> {
        let shown = format!("{}/{path}/{}", self.config.base, degrees(place));
        let url = format!("{shown}?{query}");
        let headers = vec![("authorization", format!("Bearer {}", self.signer.token(ask.now)))];
        let request = Request { method: Method::Get, url: &url, headers, validator: None, judge };
        match self.client.fetch(&request).await {
            Ok(Fetched::Body { bytes, .. }) => Ok(Some(bytes)),
            Ok(Fetched::Same) => Ok(None),
            Err(error) => match error.into_feed_error(&self.config.name, &shown, ask.now, words) {
                FeedError::Refused { words, .. } if is_unknown_place(&words) => {
                    tracing::warn!(feed = self.config.name, place = shown, words, "not known to the provider");
                    Ok(None)
                }
                error => Err(error),
            },
        }
    }

    fn malformed(&self, what: Message) -> FeedError {
        let problem = Problem::file(&self.config.base, what, msg!("feed.body_advice"));
        FeedError::Malformed { feed: self.config.name.clone(), problem: Box::new(problem) }
    }

    async fn newest(&self, ask: Ask<'_>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        let mut known = false;
        for (region, place) in &self.config.places {
            known |= self.region(region, *place, ask, &mut pulled).await?;
        }
        if !known {
            let words = "DATA NOT AVAILABLE".to_owned();
            let source_name = self.config.base.clone();
            return Err(FeedError::Refused { feed: self.config.name.clone(), source_name, words });
        }
        pulled.unchanged = pulled.runs.is_empty();
        Ok(pulled)
    }

    /// Asks for one region; says whether the provider knows it.
    async fn region(&self, region: &str, place: Place, ask: Ask<'_>, pulled: &mut Pulled) -> Result<bool, FeedError> {
        let QWeather { name, parts, standard, alert_codes, .. } = &self.config;
        let (mut columns, mut days, mut tags) = (Columns::new(), Vec::new(), Vec::new());
        let mut known = false;
        let mut note = |metadata: Metadata, tag: bool| {
            known = true;
            if tag {
                tags.push(metadata.tag);
            }
            for words in metadata.attributions {
                if !pulled.attributions.contains(&words) {
                    pulled.attributions.push(words);
                }
            }
        };
        if parts.air {
            if let Some(bytes) = self.body("airquality/v1/hourly", "lang=zh", place, ask).await? {
                let (hours, metadata) = air_hours(&bytes).map_err(|what| self.malformed(what))?;
                columns.extend(hours);
                note(metadata, true);
            }
            if let Some(bytes) = self.body("airquality/v1/daily", "lang=zh", place, ask).await? {
                let (outlooks, metadata) = air_days(&bytes, standard, ask.zone).map_err(|what| self.malformed(what))?;
                days = outlooks;
                note(metadata, true);
            }
        }
        if parts.weather {
            let query = format!("hours={WEATHER_HOURS}&lang=zh");
            if let Some(bytes) = self.body("weather/v1/hourly", &query, place, ask).await? {
                let (hours, metadata) = weather_hours(&bytes).map_err(|what| self.malformed(what))?;
                columns.extend(hours);
                note(metadata, true);
            }
        }
        if parts.alerts
            && let Some(bytes) = self.body("weatheralert/v1/current", "lang=zh", place, ask).await?
        {
            let (orders, superseded, metadata) =
                read_alerts(&bytes, name, region, alert_codes).map_err(|what| self.malformed(what))?;
            note(metadata, false);
            pulled.orders.extend(orders);
            pulled.superseded.extend(superseded);
        }
        let seen = Validator { etag: Some(tags.join(" ")), last_modified: None };
        let something = !columns.is_empty() || !days.is_empty();
        if something && pulled.memory.0.insert(region.to_owned(), seen.clone()).as_ref() != Some(&seen) {
            let (feed, region) = (name.clone(), region.to_owned());
            pulled.runs.push(Run { feed, region, issued_at: ask.now, columns, days, archive: false });
        }
        Ok(known)
    }
}

impl Feed for QWeatherFeed {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a> {
        Box::pin(self.newest(ask))
    }
}

/// Latitude first, two decimals, as the provider takes them.
fn degrees(place: Place) -> String {
    let one = |millionths: i32| {
        let hundredths = crate::aqi::round_half_even(i64::from(millionths), 10_000);
        let sign = if hundredths < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
    };
    format!("{}/{}", one(place.latitude()), one(place.longitude()))
}

/// Knows the provider's answers.
#[must_use]
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    let says = |words: &str| body.windows(words.len()).any(|w| w.eq_ignore_ascii_case(words.as_bytes()));
    match status {
        429 if says("MONTHLY") => Verdict::Busy(StdDuration::from_hours(24)),
        // The account is frozen if it insists.
        429 => Verdict::Busy(StdDuration::from_mins(10)),
        _ => usual(status, body),
    }
}

/// Title and detail of an error body.
fn words(body: &[u8]) -> String {
    let value = serde_json::from_slice::<serde_json::Value>(body).ok();
    let error = value.as_ref().and_then(|v| v.get("error"));
    let text = |key: &str| error.and_then(|e| e.get(key)).and_then(|t| t.as_str()).unwrap_or("");
    let words = format!("{} {}", text("title"), text("detail"));
    let words: String = words.trim().chars().take(300).collect();
    if words.is_empty() { usual_words(body) } else { words }
}

fn is_unknown_place(words: &str) -> bool {
    let words = words.to_uppercase();
    words.starts_with("HTTP 404") || ["NO SUCH LOCATION", "DATA NOT AVAILABLE"].iter().any(|w| words.contains(w))
}

#[cfg(test)]
mod tests;
