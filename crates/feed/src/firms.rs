//! The `firms` feed: fire hot spots seen by NASA's satellites.
//!
//! In: a map key, places and how far around them to look; or a CSV body. Out: hot spots, each once, however often the
//! service has worked its picture. Can't happen: a
//! page of an error taken for "no fires"; a sighting that is still to come; the key in an error or a log.
//!
//! Data: NASA FIRMS, open, to be named; 5,000 transactions in ten minutes for each key. Times are UTC and not padded
//! (`5` is 00:05). A wrong key and a used-up quota get the same words.

use std::collections::BTreeSet;
use std::time::Duration as StdDuration;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::http::{Client, Fetched, Request, Verdict, usual, usual_words};
use super::{Ask, Feed, FeedError, PullFuture, Pulled, Validator};
use cuofeng_air::fire::{self, Confidence, Fire, Place};
use cuofeng_aqi::parse_milli;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Lang, Message};

/// Metres of a degree of latitude, and of longitude at the equator (a 360th of the circumference of the mean sphere).
const DEGREE: i64 = 111_195;

/// Days that one request for the past asks for.
const STRETCH: i64 = 2;

/// Where to ask, for what.
#[derive(Debug, Clone)]
pub struct Firms {
    /// The feed's name.
    pub name: String,
    /// Address of the service.
    pub base: String,
    /// The map key.
    pub key: SecretString,
    /// Satellite product, such as `VIIRS_NOAA20_NRT`.
    pub source: String,
    /// Places around which hot spots are wanted.
    pub places: Vec<Place>,
    /// How far around, in metres.
    pub radius_m: u32,
    /// Days of each request, today included: 1 or 2.
    pub days: u8,
}

/// A feed that asks FIRMS.
#[derive(Debug, Clone)]
pub struct FirmsFeed {
    config: Firms,
    client: Client,
}

impl FirmsFeed {
    /// A feed that asks through `client`.
    #[must_use]
    pub const fn new(config: Firms, client: Client) -> Self {
        Self { config, client }
    }

    /// The hot spots of a request, and for the next one what tells whether it would bring the same; nothing where the
    /// service says that nothing changed.
    async fn fires(
        &self,
        days: i64,
        from: Option<NaiveDate>,
        now: DateTime<Utc>,
        last: Option<&Validator>,
    ) -> Result<Option<(Vec<Fire>, Validator)>, FeedError> {
        let Firms { name, base, source, .. } = &self.config;
        let Some(bounds) = bounds(&self.config.places, self.config.radius_m) else { return Ok(None) };
        let date = from.map_or_else(String::new, |day| format!("/{day}"));
        let tail = format!("{source}/{bounds}/{days}{date}");
        let shown = format!("{base}/api/area/csv/***/{tail}");
        let url = format!("{base}/api/area/csv/{}/{tail}", self.config.key.expose_secret());
        let secret = Some(self.config.key.expose_secret());
        let request = Request { validator: last, judge, secret, ..Request::get(&url) };
        let fetched = self.client.fetch(&request).await;
        match fetched.map_err(|error| explained(error.into_feed_error(name, &shown, now, usual_words)))? {
            Fetched::Same => Ok(None),
            Fetched::Body { bytes, validator } => {
                let wrong = |(row, what)| FeedError::Malformed {
                    feed: name.clone(),
                    problem: Box::new(Problem::cell(&shown, row, "", "", what, msg!("feed.body_advice"))),
                };
                Ok(Some((read(&bytes).map_err(wrong)?, validator)))
            }
        }
    }

    async fn newest(&self, ask: Ask<'_>) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled { attributions: vec![ATTRIBUTION.to_owned()], ..Pulled::default() };
        // The request names its days from the present on: what was said of another UTC day is another answer.
        let Firms { source, places, radius_m, days, .. } = &self.config;
        let bounds = bounds(places, *radius_m).unwrap_or_default();
        let key = format!("{source} {bounds} {days} {}", ask.now.date_naive());
        let last = ask.memory.0.get(&key);
        match self.fires(i64::from(*days), None, ask.now, last).await? {
            None => {
                pulled.memory = ask.memory.clone();
                pulled.unchanged = true;
            }
            Some((fires, validator)) => {
                self.keep(&mut pulled, fires, ask.now);
                if validator != Validator::default() {
                    pulled.memory.0.insert(key, validator);
                }
            }
        }
        Ok(pulled)
    }

    async fn archive(&self, ask: Ask<'_>, from: NaiveDate, to: NaiveDate) -> Result<Pulled, FeedError> {
        let mut fires = BTreeSet::new();
        // Days there are days of UTC: the one before reaches into the first local day.
        let mut start = from - Duration::days(1);
        while start <= to {
            let days = STRETCH.min((to - start).num_days() + 1);
            fires.extend(self.fires(days, Some(start), ask.now, None).await?.into_iter().flat_map(|(fires, _)| fires));
            start += Duration::days(days);
        }
        let mut pulled = Pulled { attributions: vec![ATTRIBUTION.to_owned()], ..Pulled::default() };
        self.keep(&mut pulled, fires.into_iter().collect(), ask.now);
        Ok(pulled)
    }

    /// Keeps the sightings that can have happened, and tells of the others.
    fn keep(&self, pulled: &mut Pulled, fires: Vec<Fire>, now: DateTime<Utc>) {
        let (kept, ahead): (Vec<Fire>, Vec<Fire>) =
            fires.into_iter().partition(|fire| fire.at <= now + Duration::hours(AHEAD_HOURS));
        pulled.fires = kept;
        if let Some(first) = ahead.first() {
            let what = msg!("feed.fires_ahead", count = ahead.len(), time = first.at.to_rfc3339());
            let problem = Box::new(Problem::file(&self.config.base, what, msg!("feed.body_advice")));
            pulled.trouble.push(FeedError::Malformed { feed: self.config.name.clone(), problem });
        }
    }
}

/// The acknowledgement that the service asks for.
const ATTRIBUTION: &str = "We acknowledge the use of data from NASA's Fire Information for Resource Management System \
                           (FIRMS), part of NASA's Earth Science Data and Information System (ESDIS).";

impl Feed for FirmsFeed {
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

/// `west,south,east,north` in degrees around places; clamped at the poles and the date line.
fn bounds(places: &[Place], radius_m: u32) -> Option<String> {
    let margin = i64::from(radius_m) * 1_000_000 / DEGREE;
    let latitudes = || places.iter().map(|p| i64::from(p.latitude()));
    let longitudes = || places.iter().map(|p| i64::from(p.longitude()));
    let (south, north) = (latitudes().min()? - margin, latitudes().max()? + margin);
    let farthest = south.abs().max(north.abs()).min(89_000_000);
    // Meridians draw together towards the poles: 1,000 / cos, in whole thousandths, rounded up.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let wider = (1000.0 / (farthest as f64 / 1e6).to_radians().cos()).ceil() as i64;
    let (west, east) = (longitudes().min()? - margin * wider / 1000, longitudes().max()? + margin * wider / 1000);
    let degrees = |value: i64, limit: i64| {
        let value = value.clamp(-limit, limit);
        format!("{}{}.{:04}", if value < 0 { "-" } else { "" }, value.abs() / 1_000_000, value.abs() % 1_000_000 / 100)
    };
    let (lon, lat) = (180_000_000, 90_000_000);
    Some([degrees(west, lon), degrees(south, lat), degrees(east, lon), degrees(north, lat)].join(","))
}

/// Knows the service's answers.
#[must_use]
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    match usual(status, body) {
        // Ten minutes is how long a quota lasts.
        Verdict::Busy(_) => Verdict::Busy(StdDuration::from_mins(10)),
        verdict => verdict,
    }
}

/// A refusal, with what its words may mean: either of two things.
fn explained(error: FeedError) -> FeedError {
    match error {
        FeedError::Refused { feed, source_name, words } if words.text(Lang::En).contains("Invalid MAP_KEY") => {
            FeedError::Refused { feed, source_name, words: msg!("feed.map_key", words = words) }
        }
        other => other,
    }
}

/// How far ahead of the present a sighting may be dated, in hours: clocks differ.
const AHEAD_HOURS: i64 = 1;

/// Reads the hot spots of a CSV body.
///
/// # Errors
/// The row, and what can't be used there.
pub fn read(bytes: &[u8]) -> Result<Vec<Fire>, (usize, Message)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|e| (1, msg!("feed.csv", error = e.to_string())))?.clone();
    let find = |name: &str| {
        header.iter().position(|h| h.trim() == name).ok_or_else(|| (1, msg!("feed.field_missing", field = name)))
    };
    let names = ["latitude", "longitude", "acq_date", "acq_time", "satellite", "confidence"];
    let mut columns = [0; 6];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = find(name)?;
    }
    let power = header.iter().position(|h| h.trim() == "frp");
    let mut fires = BTreeSet::new();
    for (index, record) in reader.records().enumerate() {
        let row = index + 2;
        let record = record.map_err(|e| (row, msg!("feed.csv", error = e.to_string())))?;
        if record.len() != header.len() {
            return Err((row, msg!("feed.cut_off", got = record.len(), want = header.len())));
        }
        let cell = |column: usize| record.get(column).unwrap_or("").trim();
        let [latitude, longitude, date, time, satellite, confidence] = columns.map(cell);
        let wrong = |name: &'static str, value: &str| (row, msg!("feed.value", field = name, value = value));
        let degrees = |text: &str| millionths(text).filter(|_| !text.is_empty());
        let place = degrees(latitude).zip(degrees(longitude)).and_then(|(lat, lon)| Place::new(lat, lon));
        fires.insert(Fire {
            at: instant(date, time).ok_or_else(|| wrong("acq_time", time))?,
            place: place.ok_or_else(|| wrong("latitude", latitude))?,
            satellite: satellite.chars().take(40).collect(),
            confidence: sure(confidence).ok_or_else(|| wrong("confidence", confidence))?,
            power: power.map(cell).filter(|p| !p.is_empty()).and_then(parse_milli).and_then(|p| i32::try_from(p).ok()),
        });
    }
    Ok(fire::once(fires.into_iter().collect()))
}

/// Degrees in millionths; digits beyond the sixth are cut off.
fn millionths(text: &str) -> Option<i32> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || !plain(whole) || !plain(part) {
        return None;
    }
    let part: String = part.chars().chain(std::iter::repeat('0')).take(6).collect();
    let value = whole.parse::<i32>().ok()? * 1_000_000 + part.parse::<i32>().ok()?;
    Some(if negative { -value } else { value })
}

/// A UTC day and a time like `5`, `230` or `1353`.
fn instant(date: &str, time: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = date.parse().ok()?;
    let number: u32 = (time.len() <= 4).then(|| time.parse().ok()).flatten()?;
    Some(day.and_time(NaiveTime::from_hms_opt(number / 100, number % 100, 0)?).and_utc())
}

/// VIIRS says l, n or h; MODIS a percentage, low below 30 and high from 80 (FIRMS, frequently asked questions).
fn sure(text: &str) -> Option<Confidence> {
    match text {
        "l" | "low" => Some(Confidence::Low),
        "n" | "nominal" => Some(Confidence::Nominal),
        "h" | "high" => Some(Confidence::High),
        percent => match percent.parse::<u8>().ok()? {
            0..30 => Some(Confidence::Low),
            30..80 => Some(Confidence::Nominal),
            80..=100 => Some(Confidence::High),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,\
                        version,bright_ti5,frp,daynight\n";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn times_are_not_padded_and_a_hot_spot_counts_once() {
        let row = |time: &str, confidence: &str| {
            format!("29.12345,106.5,319.19,0.39,0.36,2026-07-24,{time},N20,VIIRS,{confidence},2.0NRT,295.82,2.22,N\n")
        };
        let body = format!("{HEAD}{}{}{}{}", row("5", "l"), row("230", "n"), row("1353", "h"), row("230", "n"));
        let fires = read(body.as_bytes()).expect("good rows");
        let times: Vec<_> = fires.iter().map(|f| f.at).collect();
        assert_eq!(times, [at("2026-07-24T00:05:00Z"), at("2026-07-24T02:30:00Z"), at("2026-07-24T13:53:00Z")]);
        assert_eq!(fires[0].place, Place::new(29_123_450, 106_500_000).expect("a place"));
        assert_eq!((fires[0].confidence, fires[0].power), (Confidence::Low, Some(2_220)));
        assert_eq!(read(HEAD.as_bytes()).expect("no fires"), []);
    }

    #[test]
    fn what_is_no_list_of_hot_spots_is_refused_and_never_read_as_no_fires() {
        let row = "29.1,106.5,319.19,0.39,0.36,2026-07-24,230,N20,VIIRS,n,2.0NRT,295.82,2.22,N\n";
        let cases = [
            ("<html><body>Bad gateway</body></html>".to_owned(), 1),
            (String::new(), 1),
            ("Invalid MAP_KEY.".to_owned(), 1),
            (format!("{HEAD}{row}29.1,106.5,319"), 3),
            (format!("{HEAD}{}", row.replace(",230,", ",2460,")), 2),
            (format!("{HEAD}{}", row.replace("29.1", "99.1")), 2),
            (format!("{HEAD}{}", row.replace(",n,", ",?,")), 2),
        ];
        for (body, row) in cases {
            assert_eq!(read(body.as_bytes()).expect_err("refused").0, row, "{body}");
        }
        let (feed, source_name, words) =
            (String::new(), String::new(), msg!("feed.answered", status = 400, words = "Invalid MAP_KEY."));
        let told = explained(FeedError::Refused { feed, source_name, words }).to_string();
        assert!(told.contains("wrong key, or its quota"), "{told}");
    }

    #[test]
    fn the_box_holds_every_place_and_its_surroundings() {
        let place = |lat, lon| Place::new(lat, lon).expect("a place");
        let here = [place(29_500_000, 106_500_000), place(29_600_000, 106_400_000)];
        // 10 km are 0.0899° of latitude and, at 29.7° north, 0.1036° of longitude (rounded up).
        assert_eq!(bounds(&here, 10_000).as_deref(), Some("106.2963,29.4100,106.6036,29.6899"));
        assert_eq!(bounds(&[place(0, -179_999_000)], 10_000).as_deref(), Some("-180.0000,-0.0899,-179.9089,0.0899"));
        assert_eq!(bounds(&[], 10_000), None);
    }
}
