//! What is read from QWeather's bodies, and what is refused.

use super::alerts::Read as Alerts;
use super::*;
use cuofeng_air::forecast::{Column, MISSING, Outlook, Range, Variable};
use cuofeng_aqi::Pollutant;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_town::order::Tier;

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

/// The Chinese form: an index, no concentrations.
const HOURS: &str = r#"{"metadata":{"tag":"a","attributions":["x"]},"hours":[
  {"forecastTime":"2026-07-15T03:00Z","indexes":[{"code":"cn-mee-1h","name":"AQI (CN)","aqi":58,"level":"2",
    "primaryPollutant":{"code":"o3"}}],"pollutants":[]},
  {"forecastTime":"2026-07-15T05:00Z","indexes":[{"code":"cn-mee-1h","aqi":104,"level":"3","primaryPollutant":null}]}]}"#;
const DAYS: &str = r#"{"metadata":{"tag":"b","attributions":["x","y"]},"days":[
  {"forecastStartTime":"2026-07-14T16:00Z","forecastEndTime":"2026-07-15T16:00Z","indexes":[{"code":"cn-mee","aqi":112,
    "level":"3","primaryPollutant":{"code":"o3","name":"O3"}}],"pollutants":[]},
  {"forecastStartTime":"2026-07-15T16:00Z","indexes":[{"code":"cn-mee","aqi":42,"level":"1","primaryPollutant":null}]}]}"#;

#[test]
fn an_index_without_concentrations_is_read_as_what_it_is() {
    let (columns, metadata, _) = air_hours(HOURS.as_bytes()).expect("a good body");
    let first = Hour::containing("2026-07-15T03:00:00Z".parse().expect("a time"));
    let values = vec![58_000, MISSING, 104_000];
    assert_eq!(columns, Columns::from([(Variable::AqiHour, Column { first, values })]));
    assert_eq!(metadata.tag, "a");
    let (days, ..) = air_days(DAYS.as_bytes(), "hj633-2012", &zone()).expect("a good body");
    let mut wanted = Outlook::new("2026-07-15".parse().expect("a day"));
    wanted.aqi = Range::new(112, 112);
    wanted.levels = Range::new(3, 3);
    wanted.primary = vec![Pollutant::O38h];
    wanted.standard = Some("hj633-2012".to_owned());
    assert_eq!(days[0], wanted);
    assert_eq!((days[1].aqi, days[1].primary.len()), (Range::new(42, 42), 0));
}

#[test]
fn concentrations_come_in_the_standards_units() {
    let body = |code: &str, value: &str, unit: &str| {
        format!(
            r#"{{"hours":[{{"forecastTime":"2026-07-15T11:00+08:00","pollutants":[{{"code":"{code}","concentration":{{"value":{value},"unit":"{unit}"}}}}]}}]}}"#
        )
    };
    let read = |code: &str, value: &str, unit: &str, variable: Variable| {
        air_hours(body(code, value, unit).as_bytes()).map(|(c, ..)| c[&variable].values[0]).map_err(|m| m.key())
    };
    assert_eq!(read("pm2p5", "17.01", "μg/m3", Variable::Pm25), Ok(17_010));
    assert_eq!(read("o3", "45.73", "µg/m³", Variable::O3), Ok(45_730));
    // 50 ppb × 47.998 / 24.465 = 98.0952 µg/m³; 1 ppm of carbon monoxide is 28.010 / 24.465 = 1.1449 mg/m³.
    assert_eq!(read("o3", "50", "ppb", Variable::O3), Ok(98_096));
    assert_eq!(read("co", "1", "ppm", Variable::Co), Ok(1_144));
    assert_eq!(read("co", "700", "μg/m³", Variable::Co), Ok(700));
    assert_eq!(read("co", "0.7", "mg/m³", Variable::Co), Ok(700));
    assert_eq!(read("pm10", "5", "ppb", Variable::Pm10), Err("feed.unit"));
    assert_eq!(read("pm10", "1e9", "μg/m3", Variable::Pm10), Ok(MISSING), "set aside");
    assert_eq!(read("pm10", "-0.4", "μg/m3", Variable::Pm10), Ok(0));
    assert_eq!(read("co", "9999", "μg/m³", Variable::Co), Ok(MISSING), "a mark in the unit given");
    assert_eq!(read("pm10", "\"80.4\"", "μg/m3", Variable::Pm10), Ok(80_400), "a text that is a number");
}

#[test]
fn the_weather_reads_with_its_units() {
    let body = r#"{"metadata":{"tag":"w"},"hours":[{"forecastTime":"2024-05-31T03:00Z","temperature":{"value":31.12,"unit":"°C"},
        "humidity":0.76,"wind":{"direction":{"degree":215,"compass":"sw"},"speed":{"value":3.42,"unit":"m/s"},"scale":3},
        "precipitation":{"amount":{"value":0.09,"unit":"mm"},"probability":0.31},"pressure":{"value":1001.5,"unit":"hPa"}}]}"#;
    let (columns, ..) = weather_hours(body.as_bytes()).expect("a good body");
    let value = |variable| columns[&variable].values[0];
    assert_eq!(value(Variable::Temperature), 31_120);
    assert_eq!(value(Variable::Humidity), 76_000);
    assert_eq!((value(Variable::Wind), value(Variable::WindDirection)), (3_420, 215_000));
    assert_eq!(value(Variable::Precipitation), 90);
    let imperial = body.replace("m/s", "mph");
    assert_eq!(weather_hours(imperial.as_bytes()).expect_err("a unit").key(), "feed.unit");
}

#[test]
fn what_cannot_be_used_is_refused() {
    let cases = [
        (HOURS.replace("T05:00Z", "T05:30Z"), "feed.value"),
        (HOURS.replace("T05:00Z", "T03:00Z"), "feed.value"),
        (HOURS.replace("2026-07-15T05:00Z", "2036-07-15T05:00Z"), "feed.lengths"),
        (HOURS.replace("2026-07-15T05:00Z", "tomorrow"), "feed.value"),
        (HOURS.replace(":58,", ":\"many\","), "feed.value"),
        (HOURS[..HOURS.len() - 3].to_owned(), "feed.json"),
        ("{}".to_owned(), "feed.json"),
    ];
    for (body, key) in cases {
        assert_eq!(air_hours(body.as_bytes()).expect_err(key).key(), key, "{body}");
    }
    let elsewhere = DAYS.replace("2026-07-15T16:00Z\",\"indexes\"", "2026-07-15T15:00Z\",\"indexes\"");
    assert_eq!(air_days(elsewhere.as_bytes(), "x", &zone()).expect_err("no local midnight").key(), "feed.value");
}

fn alert(event: &str, kind: &str, colour: &str, supersedes: &str, expires: &str) -> String {
    format!(
        r#"{{"metadata":{{"tag":"t","zeroResult":false}},"alerts":[{{"id":"2","senderName":"某某市气象台","issuedTime":"2026-07-15T11:19+08:00",
        "messageType":{{"code":"{kind}","supersedes":[{supersedes}]}},"eventType":{{"name":"臭氧","code":"{event}"}},"color":{{"code":"{colour}"}},
        "effectiveTime":"2026-07-15T11:19+08:00","onsetTime":"2026-07-16T08:00+08:00",{expires}"headline":"某某市气象台更新臭氧黄色预警"}}]}}"#
    )
}

#[test]
fn an_official_alert_is_an_order_and_replaces_the_one_before() {
    let codes = ["1032".to_owned()];
    let read = |body: &str| read_alerts(body.as_bytes(), "q", "r", &codes).expect("a good body");
    let end = r#""expireTime":"2026-07-17T08:00+08:00","#;
    let Alerts { orders, superseded, .. } = read(&alert("1032", "update", "yellow", "\"1\"", end));
    assert_eq!((orders[0].tier, orders[0].subject.as_str()), (Tier::Yellow, "臭氧"));
    assert_eq!(orders[0].period.start, zone().at("2026-07-16".parse().expect("a day"), 8));
    assert_eq!(orders[0].period.whole_hours(), 24);
    assert_eq!((superseded[0].alert.as_str(), superseded[0].at), ("1", orders[0].issued_at));
    let Alerts { orders, superseded, .. } = read(&alert("1032", "cancel", "yellow", "\"1\"", end));
    assert!(orders.is_empty() && superseded.len() == 1);
    for (event, colour) in [("1006", "blue"), ("1032", "white"), ("9999", "red")] {
        assert!(read(&alert(event, "alert", colour, "", end)).orders.is_empty(), "{event} {colour}");
    }
    let Alerts { orders, .. } = read(&alert("1032", "alert", "orange", "", ""));
    assert_eq!(orders[0].period.whole_hours(), 24, "no end is named");
    let backwards = alert("1032", "alert", "orange", "", r#""expireTime":"2026-07-16T07:00+08:00","#);
    assert!(read_alerts(backwards.as_bytes(), "q", "r", &codes).is_err());
}

#[test]
fn an_alert_about_the_air_that_is_no_order_is_told_of() {
    let codes = ["1067".to_owned(), "1272".to_owned()];
    let end = r#""expireTime":"2026-07-17T08:00+08:00","#;
    let named = |event: &str, name: &str, kind: &str, colour: &str| {
        let body = alert(event, kind, colour, "", end).replace("\"臭氧\"", &format!("\"{name}\""));
        let read = read_alerts(body.as_bytes(), "q", "r", &codes).expect("a good body");
        (read.orders.len(), read.unplaced.first().map(|u| u.why.key()))
    };
    // Names and codes of the vendor's list of events.
    for (event, name, kind, colour, told) in [
        ("1272", "空气重污染", "alert", "orange", (1, None)),
        ("1067", "重污染天气", "alert", "", (0, Some("unplaced.colour"))),
        ("1019", "霾", "alert", "yellow", (0, Some("unplaced.code"))),
        ("1074", "重污染气象条件", "update", "yellow", (0, Some("unplaced.code"))),
        ("1019", "霾", "cancel", "yellow", (0, None)),
        ("1006", "大风", "alert", "blue", (0, None)),
    ] {
        assert_eq!(named(event, name, kind, colour), told, "{event} {name} {kind} {colour}");
    }
}

#[test]
fn the_judge_never_insists_and_the_words_are_the_providers() {
    let body = br#"{"error":{"status":429,"type":"x","title":"TOO MANY REQUESTS","detail":"Slow down."}}"#;
    assert_eq!(judge(429, body), Verdict::Busy(StdDuration::from_mins(10)));
    assert_eq!(judge(429, b"OVER MONTHLY LIMIT"), Verdict::Busy(StdDuration::from_hours(24)));
    assert_eq!(judge(403, b""), Verdict::Final);
    assert_eq!(judge(500, b""), Verdict::Transient);
    assert_eq!(words(body), "TOO MANY REQUESTS Slow down.");
    assert!(is_unknown_place("No Such Location") && !is_unknown_place("NO CREDIT") && !is_unknown_place(""));
    assert_eq!(degrees(Place::new(29_565_000, -106_516_000).expect("a place")), "29.56/-106.52");
}
