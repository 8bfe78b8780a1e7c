//! Feeds against a far side on loopback: what is asked, what becomes of every kind of answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::Variable;
use cuofeng_base::time::Zone;
use cuofeng_feed::cnemc::{Cnemc, CnemcFeed};
use cuofeng_feed::firms::{Firms, FirmsFeed};
use cuofeng_feed::http::{self, Client, FetchError, Fetched, Limits, Request};
use cuofeng_feed::open_meteo::{OpenMeteo, OpenMeteoFeed};
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Validator};

use crate::far_side::{Answer, Asked, FarSide};

fn limits() -> Limits {
    Limits { first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Limits::default() }
}

fn client() -> Client {
    Client::new(&limits()).expect("a client")
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn now() -> DateTime<Utc> {
    "2026-07-15T00:20:00Z".parse().expect("a time")
}

fn places(count: i32) -> Vec<(String, Place)> {
    (0..count).map(|i| (format!("r{i}"), Place::new(29_000_000 + i, 106_000_000 - i).expect("a place"))).collect()
}

fn open_meteo(far_side: &FarSide, count: i32, weather: bool) -> OpenMeteoFeed {
    let air = Some(far_side.url.clone());
    let weather = weather.then(|| far_side.url.clone());
    let key = Some("secret-key".to_owned().into());
    OpenMeteoFeed::new(OpenMeteo { name: "cams".into(), air, weather, key, places: places(count) }, client())
}

/// Six hours from 2026-07-14T16:00Z for every place that is asked for, ozone 100 + the place's number.
fn body(asked: &Asked) -> Vec<u8> {
    let count = asked.parameter("latitude").expect("latitudes").split(',').count();
    let air = asked.target.starts_with("/v1/air-quality");
    let one = |i: usize| {
        let times: Vec<String> = (0..6).map(|h| (1_784_044_800 + h * 3600).to_string()).collect();
        let block = if air {
            format!(
                r#""hourly_units":{{"ozone":"μg/m³"}},"hourly":{{"time":[{}],"ozone":[{i}.5,2,3,4,null,null]}}"#,
                times.join(",")
            )
        } else {
            format!(
                r#""hourly_units":{{"wind_speed_10m":"m/s"}},"hourly":{{"time":[{}],"wind_speed_10m":[1,2,3,4,5,null]}}"#,
                times.join(",")
            )
        };
        format!(r#"{{"latitude":29.0,"utc_offset_seconds":0,{block}}}"#)
    };
    let all: Vec<String> = (0..count).map(one).collect();
    if count == 1 { all[0].clone().into_bytes() } else { format!("[{}]", all.join(",")).into_bytes() }
}

#[tokio::test]
async fn open_meteo_brings_a_run_a_region_and_nothing_where_nothing_changed() {
    let far_side = FarSide::start(|asked| Answer::ok(body(asked)));
    let feed = open_meteo(&far_side, 250, true);
    let (zone, memory) = (zone(), Memory::default());
    let pulled = feed.pull(Ask { now: now(), zone: &zone, memory: &memory }).await.expect("a good answer");
    assert_eq!(pulled.runs.len(), 250);
    assert_eq!(pulled.runs[207].region, "r207");
    assert_eq!(
        pulled.runs[207].columns[&Variable::O3].values,
        [7_500, 2_000, 3_000, 4_000],
        "third batch, eighth place"
    );
    assert_eq!(pulled.runs[207].columns[&Variable::Wind].values.len(), 5);
    assert_eq!(pulled.attributions.len(), 2);
    let asked = far_side.asked();
    assert_eq!(asked.len(), 6, "three batches of at most 100 places, air and weather");
    assert!(asked.iter().all(|a| a.parameter("apikey") == Some("secret-key") && a.target.len() < 8000));
    assert_eq!(asked[0].parameter("latitude").expect("latitudes").split(',').next(), Some("29.0000"));
    let again = feed.pull(Ask { now: now(), zone: &zone, memory: &pulled.memory }).await.expect("a good answer");
    assert!(again.unchanged && again.runs.is_empty());
}

#[tokio::test]
async fn a_frozen_air_forecast_is_not_made_new_by_the_weather_and_a_304_is_nothing_new() {
    let count = AtomicUsize::new(0);
    let far_side = FarSide::start(move |asked| {
        if asked.target.starts_with("/v1/air-quality") {
            return match asked.header("if-none-match") {
                Some("\"air\"") => Answer::status(304, ""),
                _ => Answer::ok(body(asked)).with("etag", "\"air\""),
            };
        }
        let warmer = format!("[1,2,3,4,{},null]", 5 + count.fetch_add(1, Ordering::SeqCst));
        Answer::ok(String::from_utf8(body(asked)).expect("text").replace("[1,2,3,4,5,null]", &warmer))
    });
    let feed = open_meteo(&far_side, 1, true);
    let zone = zone();
    let first = feed.pull(Ask { now: now(), zone: &zone, memory: &Memory::default() }).await.expect("a good answer");
    assert!(first.runs[0].tells_air());
    let later = now() + chrono::Duration::hours(40);
    let second = feed.pull(Ask { now: later, zone: &zone, memory: &first.memory }).await.expect("a good answer");
    let variables: Vec<Variable> = second.runs[0].columns.keys().copied().collect();
    assert_eq!((second.runs.len(), variables), (1, vec![Variable::Wind]), "the air stands still");
    assert_eq!(far_side.asked()[2].header("if-none-match"), Some("\"air\""));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_again_and_never_taken_for_the_whole() {
    let count = AtomicUsize::new(0);
    let far_side = FarSide::start(move |asked| {
        let whole = body(asked);
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => Answer { cut: Some(whole.len() / 2), ..Answer::ok(whole) },
            1 => Answer::ok([&whole[..whole.len() / 2], b"Unexpected error while streaming data: x"].concat()),
            _ => Answer::ok(whole),
        }
    });
    let (zone, memory) = (zone(), Memory::default());
    let ask = Ask { now: now(), zone: &zone, memory: &memory };
    let pulled = open_meteo(&far_side, 3, false).pull(ask).await.expect("the third answer is good");
    assert_eq!(pulled.runs.len(), 3);
    let always = FarSide::start(|_| Answer::ok("[{\"latitude\":29.0,Unexpected error while streaming data: x"));
    let error = open_meteo(&always, 3, false).pull(ask).await.expect_err("never whole");
    assert!(matches!(error, FeedError::Unreachable { .. }) && error.to_string().contains("broke off"), "{error}");
    assert!(!error.to_string().contains("latitude"), "{error}");
    assert_eq!(always.asked().len(), 3, "three attempts, no more");
}

#[tokio::test]
async fn each_refusal_is_told_in_the_providers_words_without_the_key() {
    let minute = r#"{"error":true,"reason":"Minutely API request limit exceeded. Please try again in one minute."}"#;
    let day = r#"{"error":true,"reason":"Daily API request limit exceeded. Please try again tomorrow."}"#;
    let bad = r#"{"error":true,"reason":"Latitude must be in range of -90 to 90°. Given: 91.0."}"#;
    let nan = r#"{"latitude":nan,"longitude":nan,"utc_offset_seconds":0}"#;
    let cases: [(u16, &str, &str, usize); 5] = [
        (429, minute, "Minutely", 1),
        (429, day, "Daily", 1),
        (400, bad, "Latitude must be", 1),
        (503, r#"{"error":true,"reason":"The service is overloaded"}"#, "overloaded", 3),
        (200, nan, "no data is available", 1),
    ];
    let (zone, memory) = (zone(), Memory::default());
    for (status, answer, words, attempts) in cases {
        let answer_text = answer.to_owned();
        let far_side = FarSide::start(move |_| Answer::status(status, answer_text.clone()));
        let ask = Ask { now: now(), zone: &zone, memory: &memory };
        let error = open_meteo(&far_side, 1, false).pull(ask).await.expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("secret-key"), "{error}");
        assert_eq!(far_side.asked().len(), attempts, "{words}");
        match (words, &error) {
            ("Minutely", FeedError::Busy { until, .. }) => assert_eq!(*until - now(), chrono::Duration::minutes(1)),
            ("Daily", FeedError::Busy { until, .. }) => assert_eq!(*until - now(), chrono::Duration::days(1)),
            ("overloaded", FeedError::Unreachable { .. }) | (_, FeedError::Refused { .. }) => {}
            _ => panic!("{error:?}"),
        }
    }
    let nobody = FarSide::start(|_| Answer::ok(""));
    let url = nobody.url.replace("127.0.0.1", "127.0.0.2");
    let gone = OpenMeteo {
        name: "cams".into(),
        air: Some(url),
        weather: None,
        key: Some("secret-key".to_owned().into()),
        places: places(1),
    };
    let ask = Ask { now: now(), zone: &zone, memory: &memory };
    let error = OpenMeteoFeed::new(gone, client()).pull(ask).await.expect_err("nobody there");
    assert!(!error.to_string().contains("secret-key") && error.to_string().contains("connect"), "{error}");
}

#[tokio::test]
async fn the_past_comes_as_one_run_a_day_marked_as_archive() {
    let far_side = FarSide::start(|asked| Answer::ok(body(asked)));
    let (zone, memory) = (zone(), Memory::default());
    let day = "2026-07-15".parse().expect("a day");
    let ask = Ask { now: now(), zone: &zone, memory: &memory };
    let pulled = open_meteo(&far_side, 1, false).past(ask, day, day).await.expect("a past");
    assert_eq!(pulled.runs.len(), 1);
    assert!(pulled.runs[0].archive);
    assert_eq!(pulled.runs[0].issued_at, zone.at(day, 0));
    let asked = &far_side.asked()[0];
    assert_eq!((asked.parameter("start_date"), asked.parameter("end_date")), (Some("2026-07-14"), Some("2026-07-16")));
}

#[tokio::test]
async fn a_body_of_a_gigabyte_is_refused_without_being_held() {
    let far_side = FarSide::start(|_| Answer { endless: Some(1 << 30), ..Answer::ok(vec![b' '; 1 << 16]) });
    let client = Client::new(&Limits { bytes: 8 << 20, ..limits() }).expect("a client");
    let error = client.fetch(&Request::get(&format!("{}/big", far_side.url))).await.expect_err("too large");
    assert!(matches!(error, FetchError::TooLarge(_)), "{error}");
    // What was sent is the limit and what fits the buffers of the connection, far from the whole.
    assert!(far_side.sent() < 64 << 20, "{} bytes were sent", far_side.sent());
    assert_eq!(far_side.asked().len(), 1, "not asked again");
}

#[tokio::test]
async fn a_compressed_bomb_is_refused_by_its_decompressed_size() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        std::io::Write::write_all(&mut encoder, &vec![b' '; 1 << 20]).expect("compressed");
    }
    let bomb = encoder.finish().expect("compressed");
    assert!(bomb.len() < 1 << 20);
    let far_side = FarSide::start(move |_| Answer::ok(bomb.clone()).with("content-encoding", "gzip"));
    let client = Client::new(&Limits { bytes: 8 << 20, ..limits() }).expect("a client");
    let error = client.fetch(&Request::get(&format!("{}/bomb", far_side.url))).await.expect_err("too large");
    assert!(matches!(error, FetchError::TooLarge(_)), "{error}");
}

#[tokio::test]
async fn a_conditional_request_says_what_it_has_and_a_304_says_that_nothing_changed() {
    let far_side = FarSide::start(|asked| match asked.header("if-none-match") {
        Some("\"a\"") => Answer::status(304, ""),
        _ => Answer::ok("x").with("etag", "\"a\"").with("last-modified", "Tue, 14 Jul 2026 16:00:00 GMT"),
    });
    let url = format!("{}/page", far_side.url);
    let client = client();
    let Fetched::Body { validator, .. } = client.fetch(&Request::get(&url)).await.expect("a body") else {
        panic!("nothing to compare with yet");
    };
    let again = Request { validator: Some(&validator), ..Request::get(&url) };
    assert_eq!(client.fetch(&again).await.expect("an answer"), Fetched::Same);
    assert_eq!(far_side.asked()[1].header("if-modified-since"), Some("Tue, 14 Jul 2026 16:00:00 GMT"));
    let other = Validator { etag: Some("\"b\"".into()), last_modified: None };
    let changed = Request { validator: Some(&other), ..Request::get(&url) };
    assert!(matches!(client.fetch(&changed).await.expect("an answer"), Fetched::Body { .. }));
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_is_kept_or_ends_the_pull() {
    let far_side = FarSide::start(|_| Answer::status(503, "").with("retry-after", "7200"));
    let error = client().fetch(&Request::get(&far_side.url)).await.expect_err("unavailable");
    let FetchError::Status { wait: Some(wait), .. } = &error else { panic!("{error:?}") };
    assert_eq!(*wait, Duration::from_hours(2));
    assert_eq!(far_side.asked().len(), 1, "two hours are not waited out in a pull");
    let error = error.into_feed_error("f", "http://example.com", now(), |_| String::new());
    assert!(matches!(error, FeedError::Busy { until, .. } if until == now() + chrono::Duration::hours(2)));
}

#[tokio::test]
async fn hot_spots_are_asked_for_round_the_places_and_a_refusal_names_both_causes_and_no_key() {
    let row = "29.1,106.5,319.19,0.39,0.36,2026-07-14,1830,N20,VIIRS,n,2.0NRT,295.82,2.22,N";
    let csv = format!(
        "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n{row}\n"
    );
    let far_side = FarSide::start(move |asked| {
        if asked.target.contains("/secret-key/") {
            Answer::ok(csv.clone())
        } else {
            Answer::status(400, "Invalid MAP_KEY.")
        }
    });
    let feed = |key: &str| {
        let places = places(1).into_iter().map(|(_, place)| place).collect();
        let (base, key, source) = (far_side.url.clone(), key.to_owned().into(), "VIIRS_NOAA20_NRT".to_owned());
        FirmsFeed::new(Firms { name: "firms".into(), base, key, source, places, radius_m: 10_000, days: 1 }, client())
    };
    let (zone, memory) = (zone(), Memory::default());
    let ask = Ask { now: now(), zone: &zone, memory: &memory };
    let pulled = feed("secret-key").pull(ask).await.expect("a good answer");
    assert_eq!(pulled.fires.len(), 1);
    assert_eq!(
        far_side.asked()[0].target,
        "/api/area/csv/secret-key/VIIRS_NOAA20_NRT/105.8970,28.9100,106.1029,29.0899/1"
    );
    let error = feed("wrong-key").pull(ask).await.expect_err("refused");
    assert!(matches!(error, FeedError::Refused { .. }), "{error:?}");
    let words = error.to_string();
    assert!(words.contains("wrong key, or its quota") && !words.contains("wrong-key/"), "{words}");
    let days = ["2026-07-10".parse().expect("a day"), "2026-07-12".parse().expect("a day")];
    feed("secret-key").past(ask, days[0], days[1]).await.expect("a past");
    let asked: Vec<String> = far_side.asked()[2..].iter().map(|a| a.target.clone()).collect();
    assert!(
        asked[0].ends_with("/2/2026-07-09") && asked[1].ends_with("/2/2026-07-11") && asked.len() == 2,
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_city_that_is_not_in_the_answer_is_named() {
    let body = r#"[{"TimePoint":"/Date(1784070000000)/","Area":"重庆市","CityCode":"500000","PM2_5":"20","PM10":"30","SO2":"4","NO2":"10","CO":"0.7","O3":"112"}]"#;
    let far_side = FarSide::start(move |_| Answer::ok(body));
    let feed = |city: &str| {
        let cities = vec![("r0".to_owned(), city.to_owned())];
        CnemcFeed::new(Cnemc { name: "cnemc".into(), base: far_side.url.clone(), cities }, client())
    };
    let (zone, memory) = (zone(), Memory::default());
    let ask = Ask { now: now(), zone: &zone, memory: &memory };
    let pulled = feed("重庆").pull(ask).await.expect("a good answer");
    assert_eq!(pulled.observations[0].columns[&Variable::O3].values, [112_000]);
    let error = feed("成都").pull(ask).await.expect_err("no such city");
    assert!(error.to_string().contains("成都"), "{error}");
    let day = "2026-07-15".parse().expect("a day");
    let past = feed("重庆市").past(ask, day, day).await.expect("a past");
    assert_eq!(past.observations.len(), 1);
    let last = far_side.asked().pop().expect("asked");
    assert_eq!((last.method.as_str(), last.parameter("citycode")), ("POST", Some("500000")));
}

#[tokio::test]
async fn a_304_of_hot_spots_or_of_a_city_is_nothing_new_and_no_error() {
    let modified = "Tue, 14 Jul 2026 16:00:00 GMT";
    let city = r#"[{"TimePoint":"/Date(1784070000000)/","Area":"重庆市","CityCode":"500000","PM2_5":"20","PM10":"30","SO2":"4","NO2":"10","CO":"0.7","O3":"112"}]"#;
    let far_side = FarSide::start(move |asked| match asked.header("if-modified-since") {
        Some(_) => Answer::status(304, ""),
        None if asked.target.starts_with("/api/area/") => {
            let head = "latitude,longitude,acq_date,acq_time,satellite,confidence\n";
            Answer::ok(format!("{head}29.1,106.5,2026-07-14,1830,N20,n\n")).with("last-modified", modified)
        }
        None => Answer::ok(city).with("last-modified", modified),
    });
    let base = far_side.url.clone();
    let area = vec![Place::new(29_000_000, 106_000_000).expect("a place")];
    let firms = Firms {
        name: "firms".into(),
        base: base.clone(),
        key: "k".to_owned().into(),
        source: "VIIRS_NOAA20_NRT".into(),
        places: area,
        radius_m: 10_000,
        days: 2,
    };
    let cnemc = Cnemc { name: "cnemc".into(), base, cities: vec![("r0".to_owned(), "重庆".to_owned())] };
    let feeds: [Box<dyn Feed>; 2] =
        [Box::new(FirmsFeed::new(firms, client())), Box::new(CnemcFeed::new(cnemc, client()))];
    let zone = zone();
    for feed in feeds {
        let first = feed.pull(Ask { now: now(), zone: &zone, memory: &Memory::default() }).await.expect("an answer");
        assert_eq!(first.fires.len() + first.observations.len(), 1, "{}", feed.name());
        let again = feed.pull(Ask { now: now(), zone: &zone, memory: &first.memory }).await.expect("a 304");
        assert!(again.unchanged && again.fires.is_empty() && again.memory == first.memory, "{}", feed.name());
    }
}

#[tokio::test]
async fn a_far_side_that_drips_is_left_in_time_however_many_requests_a_pull_has() {
    let drips = |_: &Asked| Answer { drip: Some(Duration::from_millis(40)), ..Answer::ok(vec![b'x'; 4096]) };
    let far_side = FarSide::start(drips);
    let whole = Duration::from_millis(600);
    // One request, with all its attempts.
    let client = Client::new(&Limits { whole, ..limits() }).expect("a client");
    let begun = Instant::now();
    let error = client.fetch(&Request::get(&far_side.url)).await.expect_err("it never ends");
    assert!(matches!(&error, FetchError::Broken(why) if why.key() == "feed.timed_out"), "{error:?}");
    assert!(begun.elapsed() < whole * 2, "{:?}", begun.elapsed());
    assert_eq!(far_side.asked().len(), 1, "and is not asked again beyond its time");
    // One that fails at once is asked again, but not beyond it either.
    let busy = FarSide::start(|_| Answer::status(503, "busy"));
    let patient = Limits { whole, first_wait: Duration::from_millis(250), attempts: 9, ..limits() };
    let client = Client::new(&patient).expect("a client");
    let begun = Instant::now();
    let error = client.fetch(&Request::get(&busy.url)).await.expect_err("busy");
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "what it said is kept: {error:?}");
    assert!(busy.asked().len() == 2 && begun.elapsed() < whole, "{} in {:?}", busy.asked().len(), begun.elapsed());
    // A pull that asks for 250 places in three batches, each of them dripping.
    let feed = open_meteo(&far_side, 250, true);
    let (zone, memory) = (zone(), Memory::default());
    let begun = Instant::now();
    let pulled = http::within(whole, feed.pull(Ask { now: now(), zone: &zone, memory: &memory })).await;
    let words = match pulled {
        Err(error) => format!("{error:?}"),
        Ok(pulled) => format!("{:?}", pulled.trouble),
    };
    assert!(words.contains("feed.timed_out"), "{words}");
    assert!(begun.elapsed() < whole * 3, "{:?}", begun.elapsed());
}
