//! The `cnemc` feed: hourly values of cities as the national monitoring centre's page shows them.
//!
//! In: cities, or a body. Out: observations by region, concentrations only. Can't happen: a missing mark that reads as
//! a number; a value below its detection limit (`<3`) that reads as one; a city that goes without its hour because the
//! record of another is broken.
//!
//! The addresses are those of a public page, without published terms, rate or promise: for verification only, asked
//! once a cycle. The page labels an hour by its end: `10:00` is published shortly after ten and holds the mean from 9
//! to 10 (HJ 633 asks for publication within the hour; the label itself is defined nowhere that could be found).
//! Whether a value below the detection limit counts as half of it is not established for this page: it is missing.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::http::{Client, Fetched, Method, Request, usual_words};
use super::{Ask, Feed, FeedError, PullFuture, Pulled, Validator};
use cuofeng_air::forecast::{Column, Columns, MISSING, Observations, Remarks, Variable};
use cuofeng_aqi::parse_milli;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_base::time::Hour;

/// The page's names and our variables: µg/m³, carbon monoxide mg/m³.
const NAMES: [(&str, Variable); 6] = [
    ("PM2_5", Variable::Pm25),
    ("PM10", Variable::Pm10),
    ("SO2", Variable::So2),
    ("NO2", Variable::No2),
    ("CO", Variable::Co),
    ("O3", Variable::O3),
];

/// The page of every city's last hour.
const ALL: &str = "CityData/GetAllCityRealTimeAQIModels";

/// Where to ask, for which cities.
#[derive(Debug, Clone)]
pub struct Cnemc {
    /// The feed's name.
    pub name: String,
    /// Address of the service.
    pub base: String,
    /// Regions and the cities they belong to, by name (with or without 市) or six-digit code.
    pub cities: Vec<(String, String)>,
}

/// A feed that asks for the cities' hourly values.
#[derive(Debug, Clone)]
pub struct CnemcFeed {
    config: Cnemc,
    client: Client,
}

impl CnemcFeed {
    /// A feed that asks through `client`.
    #[must_use]
    pub const fn new(config: Cnemc, client: Client) -> Self {
        Self { config, client }
    }

    /// A body and its address; nothing of it where the far side says that nothing changed.
    async fn body(
        &self,
        method: Method,
        path: &str,
        now: DateTime<Utc>,
        last: Option<&Validator>,
    ) -> Result<(String, Option<(Vec<u8>, Validator)>), FeedError> {
        let url = format!("{}/{path}", self.config.base);
        let request = Request { method, validator: last, ..Request::get(&url) };
        let fetched = self.client.fetch(&request).await;
        match fetched.map_err(|e| e.into_feed_error(&self.config.name, &url, now, usual_words))? {
            Fetched::Body { bytes, validator } => Ok((url, Some((bytes, validator)))),
            Fetched::Same => Ok((url, None)),
        }
    }

    /// The hours of a body that is asked for whole.
    async fn hours(&self, method: Method, path: &str, ask: Ask<'_>) -> Result<(String, Vec<Record>), FeedError> {
        let (url, body) = self.body(method, path, ask.now, None).await?;
        let bytes = body.map(|(bytes, _)| bytes).unwrap_or_default();
        let hours = read(&bytes, ask.now).map_err(|what| self.malformed(&url, what))?;
        Ok((url, hours))
    }

    fn malformed(&self, url: &str, what: Message) -> FeedError {
        let problem = Problem::file(url, what, msg!("feed.body_advice"));
        FeedError::Malformed { feed: self.config.name.clone(), problem: Box::new(problem) }
    }

    async fn newest(&self, ask: Ask<'_>) -> Result<Pulled, FeedError> {
        let (url, body) = self.body(Method::Get, ALL, ask.now, ask.memory.0.get(ALL)).await?;
        let Some((bytes, validator)) = body else {
            return Ok(Pulled { memory: ask.memory.clone(), unchanged: true, ..Pulled::default() });
        };
        let cities = read(&bytes, ask.now).map_err(|what| self.malformed(&url, what))?;
        let mut pulled = Pulled::default();
        for (region, wanted) in &self.config.cities {
            let Some(record) = cities.iter().find(|c| c.is(wanted)) else {
                let source_name = format!("{url} ({wanted})");
                pulled.trouble.push(FeedError::Nothing { feed: self.config.name.clone(), source_name });
                continue;
            };
            self.keep(&mut pulled, region, record, &url);
        }
        // What can't be used is told until it is mended.
        if validator != Validator::default() && pulled.trouble.is_empty() {
            pulled.memory.0.insert(ALL.to_owned(), validator);
        }
        // The city is there and its record is broken: that is no pull that brought something.
        if pulled.observations.is_empty() && !pulled.trouble.is_empty() {
            return Err(pulled.trouble.swap_remove(0));
        }
        Ok(pulled)
    }

    /// Keeps what was measured, or tells what of the record can't be used.
    fn keep(&self, pulled: &mut Pulled, region: &str, record: &Record, url: &str) {
        match &record.hour {
            Ok(hour) => {
                pulled.observations.push(self.observations(region, hour));
                pulled.remarks.join(hour.remarks.clone());
            }
            Err(what) => pulled.trouble.push(self.malformed(&format!("{url} ({})", record.area), what.clone())),
        }
    }

    /// The page keeps 24 hours: what of them lies in the days asked for.
    async fn archive(&self, ask: Ask<'_>, from: NaiveDate, to: NaiveDate) -> Result<Pulled, FeedError> {
        let mut pulled = Pulled::default();
        for (region, city) in &self.config.cities {
            let code =
                if city.bytes().all(|b| b.is_ascii_digit()) { city.clone() } else { self.code(city, ask).await? };
            let path = format!("HourChangesPublish/GetCityRealTimeAqiHistoryByCondition?citycode={code}");
            let (url, records) = self.hours(Method::Post, &path, ask).await?;
            let inside = |record: &&Record| {
                let day = record.hour.as_ref().ok().map(|hour| ask.zone.day_of(hour.hour));
                day.is_none_or(|day| from <= day && day <= to)
            };
            for record in records.iter().filter(inside) {
                self.keep(&mut pulled, region, record, &url);
            }
        }
        Ok(pulled)
    }

    async fn code(&self, city: &str, ask: Ask<'_>) -> Result<String, FeedError> {
        let (url, cities) = self.hours(Method::Get, ALL, ask).await?;
        let found = cities.into_iter().find(|c| c.is(city)).map(|c| c.code).filter(|code| !code.is_empty());
        found.ok_or_else(|| FeedError::Nothing {
            feed: self.config.name.clone(),
            source_name: format!("{url} ({city})"),
        })
    }

    fn observations(&self, region: &str, city: &CityHour) -> Observations {
        let column = |value: &i32| Column { first: city.hour, values: vec![*value] };
        let mut columns: Columns = city.values.iter().map(|(variable, value)| (*variable, column(value))).collect();
        Remarks::settle(&mut columns);
        columns.retain(|_, column| column.values.iter().any(|value| *value != MISSING));
        Observations { feed: self.config.name.clone(), region: region.to_owned(), columns }
    }
}

impl Feed for CnemcFeed {
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

/// What the page says of one city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub area: String,
    /// Its six-digit code.
    pub code: String,
    /// What was measured, or why the record can't be used.
    pub hour: Result<CityHour, Message>,
}

/// One hour of one city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityHour {
    /// The hour, by its start.
    pub hour: Hour,
    /// What was measured, in thousandths.
    pub values: BTreeMap<Variable, i32>,
    /// What was not taken as it stood.
    pub remarks: Remarks,
}

impl Record {
    fn is(&self, wanted: &str) -> bool {
        let short = |name: &str| name.strip_suffix('市').unwrap_or(name).to_owned();
        self.code == wanted || short(&self.area) == short(wanted)
    }
}

/// Reads the records of a body, each by itself.
///
/// # Errors
/// The body is no list of records.
pub fn read(bytes: &[u8], now: DateTime<Utc>) -> Result<Vec<Record>, Message> {
    let list: Vec<Value> =
        serde_json::from_slice(bytes).map_err(|error| msg!("feed.json", error = error.to_string()))?;
    let record = |item: &Value| Record {
        area: field(item, "Area").unwrap_or_default(),
        code: field(item, "CityCode").unwrap_or_default(),
        hour: city_hour(item, now),
    };
    Ok(list.iter().map(record).collect())
}

fn field(item: &Value, name: &'static str) -> Result<String, Message> {
    match item.get(name) {
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Null) => Ok(String::new()),
        _ => Err(msg!("feed.field_missing", field = name)),
    }
}

fn city_hour(item: &Value, now: DateTime<Utc>) -> Result<CityHour, Message> {
    let time = field(item, "TimePoint")?;
    let at = net_date(&time).filter(|at| *at <= now + chrono::Duration::hours(1) && at.timestamp() % 3600 == 0);
    let at = at.filter(|at| at.timestamp() > 0);
    let at = at.ok_or_else(|| msg!("feed.value", field = "TimePoint", value = &time))?;
    let (mut values, mut remarks) = (BTreeMap::new(), Remarks::default());
    for (name, variable) in NAMES {
        let value = value(name, &field(item, name)?, variable, &mut remarks)?;
        values.extend(value.map(|value| (variable, value)));
    }
    Ok(CityHour { hour: Hour(Hour::containing(at).0 - 1), values, remarks })
}

/// A value in thousandths; nothing where it is marked as missing or as below its detection limit, or set aside.
pub(super) fn value(
    name: &'static str,
    text: &str,
    variable: Variable,
    remarks: &mut Remarks,
) -> Result<Option<i32>, Message> {
    if matches!(text, "" | "NA" | "—" | "-" | "-;" | "_" | "/") || text.starts_with('<') {
        return Ok(None);
    }
    let given = parse_milli(text).ok_or_else(|| msg!("feed.value", field = name, value = text))?;
    Ok(Some(remarks.take(variable, given, given)).filter(|value| *value != MISSING))
}

/// `/Date(1790874000000)/`, milliseconds of UTC, with or without an offset behind them that changes nothing.
fn net_date(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let digits = inner.split_once(['+']).map_or(inner, |(number, _)| number);
    let milliseconds: i64 = digits.parse().ok()?;
    DateTime::from_timestamp_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-10-01T09:20:00Z".parse().expect("a time")
    }

    fn item(time: &str, o3: &str, co: &str) -> String {
        format!(
            r#"{{"TimePoint":"{time}","Area":"重庆市","CityCode":"500000","AQI":"58","PM2_5":"<3","PM10":"—","SO2":"NA","NO2":"-;","CO":"{co}","O3":"{o3}","O3_8h":"-","PrimaryPollutant":"—"}}"#
        )
    }

    #[test]
    fn an_hour_is_named_by_its_start_and_marks_are_no_numbers() {
        let body = format!("[{}]", item("/Date(1790845200000)/", "112", "0.7"));
        let records = read(body.as_bytes(), now()).expect("a good body");
        // 1790845200 s is 2026-10-01T09:00Z: the mean from 8 to 9.
        let wanted: DateTime<Utc> = "2026-10-01T08:00:00Z".parse().expect("a time");
        let hour = records[0].hour.as_ref().expect("a good record");
        assert_eq!(hour.hour, Hour::containing(wanted));
        assert_eq!(hour.values, BTreeMap::from([(Variable::O3, 112_000), (Variable::Co, 700)]));
        let city = &records[0];
        assert!(city.is("重庆") && city.is("重庆市") && city.is("500000") && !city.is("成都"));
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let good = "/Date(1790845200000)/";
        let bodies = [
            ("<html>".to_owned(), "feed.json"),
            ("{}".to_owned(), "feed.json"),
            (format!("[{}", item(good, "1", "1")), "feed.json"),
        ];
        for (body, key) in bodies {
            assert_eq!(read(body.as_bytes(), now()).expect_err(key).key(), key, "{body}");
        }
        let records = [
            (item(good, "many", "1"), "feed.value"),
            (item("/Date(99999999999999999999)/", "1", "1"), "feed.value"),
            (item("/Date(-9223372036854775808)/", "1", "1"), "feed.value"),
            (item("/Date(1790845260000)/", "1", "1"), "feed.value"),
            (item("/Date(1890874800000)/", "1", "1"), "feed.value"),
            (item("2026-10-01", "1", "1"), "feed.value"),
            (item(good, "1", "1").replace("\"CO\"", "\"XX\""), "feed.field_missing"),
        ];
        for (record, key) in records {
            let whole = item(good, "112", "0.7");
            let read = read(format!("[{record},{whole}]").as_bytes(), now()).expect("a list");
            assert_eq!(read[0].hour.as_ref().expect_err(key).key(), key, "{record}");
            assert!(read[1].hour.is_ok(), "a broken record costs no other: {record}");
        }
        assert_eq!(read(b"[]", now()), Ok(Vec::new()), "an unknown city gets an empty list");
        assert_eq!(net_date("/Date(1790845200000+0800)/"), net_date(good));
    }

    #[test]
    fn marks_and_figures_that_no_place_has_had_leave_the_value_out_and_not_the_record() {
        let good = "/Date(1790845200000)/";
        for (o3, zeroed, beyond) in [("-99", 0, 0), ("9999.0", 0, 0), ("99999", 0, 0), ("-50", 0, 1), ("1401", 0, 1)] {
            let records = read(format!("[{}]", item(good, o3, "0.7")).as_bytes(), now()).expect("a list");
            let hour = records[0].hour.as_ref().expect("a good record");
            assert_eq!(hour.values, BTreeMap::from([(Variable::Co, 700)]), "{o3}");
            assert_eq!((hour.remarks.zeroed, hour.remarks.beyond), (zeroed, beyond), "{o3}");
        }
        let records = read(format!("[{}]", item(good, "-5", "0.7")).as_bytes(), now()).expect("a list");
        assert_eq!(records[0].hour.as_ref().expect("a good record").values[&Variable::O3], 0);
    }

    #[test]
    #[ignore = "needs ../shared"]
    fn values_of_an_older_page_read_by_the_same_marks() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/fixtures/cnemc/airnow_20180220T07_first40.json");
        let bytes = std::fs::read(&path).expect("a sample");
        let page: Value = serde_json::from_slice(&bytes).expect("JSON");
        let features = page["features"].as_array().expect("stations");
        let read = |i: usize, name: &str, variable| {
            let text = features[i]["properties"][name].as_str().expect("a text");
            value("x", text, variable, &mut Remarks::default())
        };
        assert_eq!(read(0, "co", Variable::Co), Ok(Some(700)));
        assert_eq!(read(0, "o3", Variable::O3), Ok(Some(84_000)));
        assert_eq!(read(0, "pm10", Variable::Pm10), Ok(None));
        assert_eq!(read(1, "pm2_5", Variable::Pm25), Ok(Some(0)));
        for i in 0..features.len() {
            for (name, variable) in [("pm2_5", Variable::Pm25), ("so2", Variable::So2), ("no2", Variable::No2)] {
                assert!(read(i, name, variable).is_ok(), "{i} {name}");
            }
        }
    }
}
