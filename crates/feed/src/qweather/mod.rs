//! The `qweather` feed: air quality, weather and official alerts by 和风天气, for places one by one.
//!
//! In: an account's host and key, places. Out: a run per region with the hourly index (in China the forecasts carry no
//! concentrations), daily outlooks and the weather, and official alerts as orders. The bodies have no issue time but a
//! tag that changes with the content: what has a tag that was not seen before is issued now, each part by itself. A
//! part that fails leaves the others as they are. Can't happen: the key in an error; a second request while the provider
//! asks for quiet (it freezes accounts that insist).
//!
//! Licence: the provider's attributions are shown as it words them. 50,000 requests a month are free.

mod alerts;
mod body;
mod token;

use std::time::Duration as StdDuration;

use secrecy::SecretString;

pub use self::token::KeyError;
use self::token::Signer;
use super::http::{Client, FetchError, Fetched, Request, Verdict, usual, usual_words};
use super::{Ask, Feed, FeedError, Memory, PullFuture, Pulled, Validator};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::{Columns, Outlook, Run};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Lang, Message};

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

    /// The body of a part, or nothing where it did not change.
    async fn body(
        &self,
        part: Part,
        region: &str,
        place: Place,
        ask: Ask<'_>,
        memory: &mut Memory,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let shown = format!("{}/{}/{}", self.config.base, part.path(), degrees(place));
        let url = format!("{shown}?{}", part.query());
        let key = format!("{shown} {region}");
        let headers = vec![("authorization", format!("Bearer {}", self.signer.token(ask.now)))];
        let request = Request { headers, validator: ask.memory.0.get(&key), judge, ..Request::get(&url) };
        match self.client.fetch(&request).await {
            Ok(Fetched::Body { bytes, validator }) => {
                memory.0.remove(&key);
                if validator != Validator::default() {
                    memory.0.insert(key, validator);
                }
                Ok(Some(bytes))
            }
            Ok(Fetched::Same) => Ok(None),
            Err(FetchError::Status { status, body, .. }) if is_unknown_place(&words(&body)) => {
                let words = msg!("feed.unknown_place", status = status, words = words(&body));
                Err(FeedError::Refused { feed: self.config.name.clone(), source_name: shown, words }.into())
            }
            Err(error) => {
                let last = concerns_account(&error);
                let error = error.into_feed_error(&self.config.name, &shown, ask.now, words);
                Err(Failure { error: explained(error), last })
            }
        }
    }

    fn malformed(&self, what: Message) -> FeedError {
        // Where the service says why, its form is what it was.
        let says = ["feed.code", "feed.no_place_data"].contains(&what.key());
        let advice = if says { msg!("feed.code_advice") } else { msg!("feed.body_advice") };
        let problem = Problem::file(&self.config.base, what, advice);
        FeedError::Malformed { feed: self.config.name.clone(), problem: Box::new(problem) }
    }

    async fn newest(&self, ask: Ask<'_>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { memory: ask.memory.clone(), ..Pulled::default() };
        let mut answered = false;
        'places: for (region, place) in &self.config.places {
            let (mut columns, mut days) = (Columns::new(), Vec::new());
            for part in Part::ALL.into_iter().filter(|part| part.wanted(self.config.parts)) {
                match self.part(part, region, *place, ask, &mut pulled).await {
                    Ok((more, outlooks)) => {
                        answered = true;
                        columns.extend(more);
                        days.extend(outlooks);
                    }
                    Err(Failure { error, last }) => {
                        pulled.trouble.push(error);
                        if last {
                            self.issue(region, columns, days, ask, &mut pulled);
                            break 'places;
                        }
                    }
                }
            }
            self.issue(region, columns, days, ask, &mut pulled);
        }
        if !answered && !pulled.trouble.is_empty() {
            return Err(pulled.trouble.swap_remove(0));
        }
        pulled.unchanged = pulled.runs.is_empty();
        Ok(pulled)
    }

    fn issue(&self, region: &str, columns: Columns, days: Vec<Outlook>, ask: Ask<'_>, pulled: &mut Pulled) {
        if !columns.is_empty() || !days.is_empty() {
            let (feed, region) = (self.config.name.clone(), region.to_owned());
            pulled.runs.push(Run { feed, region, issued_at: ask.now, columns, days, archive: false });
        }
    }

    /// Asks for a part of a region: its forecast as far as it is new; alerts go straight to `pulled`.
    async fn part(
        &self,
        part: Part,
        region: &str,
        place: Place,
        ask: Ask<'_>,
        pulled: &mut Pulled,
    ) -> Result<(Columns, Vec<Outlook>), Failure> {
        let QWeather { name, standard, alert_codes, .. } = &self.config;
        let (mut columns, mut days) = (Columns::new(), Vec::new());
        let Some(bytes) = self.body(part, region, place, ask, &mut pulled.memory).await? else {
            return Ok((columns, days));
        };
        let malformed = |what| Failure::from(self.malformed(what));
        let metadata = match part {
            Part::AirHours => {
                let (hours, metadata, remarks) = air_hours(&bytes).map_err(malformed)?;
                columns = hours;
                pulled.remarks.join(remarks);
                metadata
            }
            Part::AirDays => {
                let (outlooks, metadata, remarks) = air_days(&bytes, standard, ask.zone).map_err(malformed)?;
                days = outlooks;
                pulled.remarks.join(remarks);
                metadata
            }
            Part::Weather => {
                let (hours, metadata, remarks) = weather_hours(&bytes).map_err(malformed)?;
                columns = hours;
                pulled.remarks.join(remarks);
                metadata
            }
            Part::Alerts => {
                let read = read_alerts(&bytes, name, region, alert_codes).map_err(malformed)?;
                pulled.orders.extend(read.orders);
                pulled.superseded.extend(read.superseded);
                pulled.unplaced.extend(read.unplaced);
                read.metadata
            }
        };
        for words in metadata.attributions {
            if !pulled.attributions.contains(&words) {
                pulled.attributions.push(words);
            }
        }
        let something = !columns.is_empty() || !days.is_empty();
        let seen = Validator { etag: Some(metadata.tag), last_modified: None };
        let key = format!("{} {region}", part.path());
        if something && pulled.memory.0.insert(key, seen.clone()).as_ref() == Some(&seen) {
            return Ok((Columns::new(), Vec::new()));
        }
        Ok((columns, days))
    }
}

/// Why a part brought nothing, and whether nothing more is to be asked.
struct Failure {
    error: FeedError,
    last: bool,
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        Self { error, last: false }
    }
}

/// A refusal, with what its words mean.
fn explained(error: FeedError) -> FeedError {
    let FeedError::Refused { feed, source_name, words } = error else { return error };
    let said = words.text(Lang::En).to_uppercase();
    let why = [
        ("NO CREDIT", msg!("feed.code_402")),
        ("OVERDUE", msg!("feed.code_402")),
        ("SECURITY RESTRICTION", msg!("feed.refuses_security")),
        ("INVALID HOST", msg!("feed.refuses_host")),
        ("DEPRECATED", msg!("feed.old_service")),
        ("UNAUTHORIZED", msg!("feed.code_401")),
        ("FORBIDDEN", msg!("feed.code_403")),
    ];
    let why = why.into_iter().find(|(title, _)| said.contains(title)).map(|(_, why)| why);
    let words = why.map_or(words.clone(), |why| msg!("feed.refuses", words = words, why = why));
    FeedError::Refused { feed, source_name, words }
}

/// Whether an answer is about the account, so that every further request would only insist.
fn concerns_account(error: &FetchError) -> bool {
    let FetchError::Status { status, body, wait, .. } = error else { return false };
    let words = words(body).to_uppercase();
    let named = ["NO CREDIT", "OVERDUE", "INVALID HOST", "SECURITY RESTRICTION"].iter().any(|w| words.contains(w));
    wait.is_some() || *status == 401 || (*status == 403 && named)
}

/// What the provider is asked for, one request each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    AirHours,
    AirDays,
    Weather,
    Alerts,
}

impl Part {
    const ALL: [Self; 4] = [Self::AirHours, Self::AirDays, Self::Weather, Self::Alerts];

    const fn wanted(self, parts: Parts) -> bool {
        match self {
            Self::AirHours | Self::AirDays => parts.air,
            Self::Weather => parts.weather,
            Self::Alerts => parts.alerts,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::AirHours => "airquality/v1/hourly",
            Self::AirDays => "airquality/v1/daily",
            Self::Weather => "weather/v1/hourly",
            Self::Alerts => "weatheralert/v1/current",
        }
    }

    fn query(self) -> String {
        match self {
            Self::Weather => format!("hours={WEATHER_HOURS}&lang=zh"),
            _ => "lang=zh".to_owned(),
        }
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
        let hundredths = cuofeng_aqi::round_half_even(i64::from(millionths), 10_000);
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
    // What stands behind the first value is of no account.
    let value = serde_json::Deserializer::from_slice(body).into_iter::<serde_json::Value>().next();
    let value = value.and_then(Result::ok);
    let error = value.as_ref().and_then(|v| v.get("error"));
    let text = |key: &str| error.and_then(|e| e.get(key)).and_then(|t| t.as_str()).unwrap_or("");
    let words = format!("{} {}", text("title"), text("detail"));
    let words: String = words.trim().chars().take(300).collect();
    if words.is_empty() { usual_words(body) } else { words }
}

/// Whether the provider says in so many words that it has nothing for the place. A 404 alone says no such thing: it is
/// also the answer of a wrong host or of an address that is no more.
fn is_unknown_place(words: &str) -> bool {
    let words = words.to_uppercase();
    ["NO SUCH LOCATION", "DATA NOT AVAILABLE"].iter().any(|w| words.contains(w))
}

#[cfg(test)]
mod tests;
