//! What is read from Open-Meteo's answers, and what is refused.

use super::*;
use cuofeng_air::forecast::Variable;
use cuofeng_base::time::Hour;

const BODY: &str = r#"{"latitude":29.0,"longitude":106.0,"utc_offset_seconds":28800,
  "hourly_units":{"time":"iso8601","ozone":"μg/m³","carbon_monoxide":"μg/m³","precipitation":"mm","uv_index":""},
  "hourly":{"time":["2026-07-15T00:00","2026-07-15T01:00","2026-07-15T02:00"],
    "ozone":[80.5,null,null],"carbon_monoxide":[263.4,255.0,null],"precipitation":[0.1,0.2,null],"uv_index":[0,0,0]}}"#;

fn one(body: &str) -> Result<Columns, String> {
    read(body.as_bytes(), 1).map(|(mut c, _)| c.remove(0)).map_err(|m| m.key().to_owned())
}

#[test]
fn values_come_in_their_units_at_their_hours_without_the_nulls_at_the_end() {
    let columns = one(BODY).expect("a good body");
    let midnight = Zone::named("Asia/Shanghai").expect("a zone").first_hour("2026-07-15".parse().expect("a day"));
    assert_eq!(columns[&Variable::O3], Column { first: midnight, values: vec![80_500] });
    // 263.4 µg/m³ are 0.2634 mg/m³: 263 thousandths.
    assert_eq!(columns[&Variable::Co], Column { first: midnight, values: vec![263, 255] });
    assert_eq!(columns[&Variable::Precipitation].first, Hour(midnight.0 - 1), "rain of the hour before the label");
    assert_eq!(columns.len(), 3);
}

#[test]
fn several_places_are_matched_by_position_and_none_may_be_missing() {
    let two = format!("[{BODY},{}]", BODY.replace("80.5", "90.5"));
    let (columns, _) = read(two.as_bytes(), 2).expect("two places");
    assert_eq!(columns[1][&Variable::O3].values, [90_500]);
    assert_eq!(read(two.as_bytes(), 3).expect_err("three asked").key(), "feed.places");
}

#[test]
fn what_cannot_be_used_is_refused() {
    let cases = [
        (BODY.replacen("\"ozone\":\"μg/m³\"", "\"ozone\":\"ppb\"", 1), "feed.unit"),
        (BODY.replace("\"2026-07-15T01:00\"", "\"2026-07-15T03:00\""), "feed.hours"),
        (BODY.replace("\"2026-07-15T01:00\"", "\"2026-07-15T00:30\""), "feed.hours"),
        (BODY.replace("[80.5,null,null]", "[80.5,null]"), "feed.lengths"),
        (BODY.replace("80.5", "\"80.5\""), "feed.json"),
        (BODY[..BODY.len() - 40].to_owned(), "feed.json"),
        (r#"{"error":true,"reason":"Latitude must be in range"}"#.to_owned(), "feed.said"),
        (r#"{"latitude":1.0}"#.to_owned(), "feed.field_missing"),
    ];
    for (body, key) in cases {
        assert_eq!(one(&body).expect_err(key), key, "{body}");
    }
}

#[test]
fn marks_drift_and_what_no_place_has_had_are_the_same_here_as_in_every_feed() {
    let taken = |given: &str| {
        let (columns, remarks) = read(BODY.replace("80.5", given).as_bytes(), 1).expect(given);
        (columns[0][&Variable::O3].values.clone(), remarks.zeroed, remarks.beyond)
    };
    assert_eq!(taken("61.4996"), (vec![61_499], 0, 0), "rounded once, and not here");
    assert_eq!(taken("-0.3"), (vec![0], 1, 0));
    assert_eq!(taken("1e9"), (vec![], 0, 1));
    for mark in ["9999", "-999.0", "99999", "999"] {
        assert_eq!(taken(mark), (vec![], 0, 0), "{mark}");
    }
    // A mark is one in the unit that it is given in: 999 µg/m³ of carbon monoxide are a value.
    let body = BODY.replace("[263.4,255.0,null]", "[9999,999,null]");
    let (columns, _) = read(body.as_bytes(), 1).expect("a good body");
    assert_eq!(columns[0][&Variable::Co].values, [MISSING, 999]);
}

#[test]
fn the_judge_knows_limits_overload_and_a_body_that_breaks_off() {
    let minute = br#"{"error":true,"reason":"Minutely API request limit exceeded. Please try again in one minute."}"#;
    let hour = br#"{"error":true,"reason":"Hourly API request limit exceeded. Please try again in the next hour."}"#;
    let day = br#"{"error":true,"reason":"Daily API request limit exceeded. Please try again tomorrow."}"#;
    let many = br#"{"error":true,"reason":"Too many concurrent requests"}"#;
    assert_eq!(judge(429, minute), Verdict::Busy(StdDuration::from_mins(1)));
    assert_eq!(judge(429, hour), Verdict::Busy(StdDuration::from_hours(1)));
    assert_eq!(judge(429, day), Verdict::Busy(StdDuration::from_hours(24)));
    assert_eq!(judge(429, many), Verdict::Transient);
    assert_eq!(judge(503, b"{}"), Verdict::Transient);
    assert_eq!(judge(400, b"{}"), Verdict::Final);
    assert_eq!(judge(200, BODY.as_bytes()), Verdict::Good);
    assert_eq!(judge(200, b"[{\"latitude\":1.0,Unexpected error while streaming data: x"), Verdict::Transient);
    assert_eq!(judge(200, &BODY.as_bytes()[..200]), Verdict::Transient);
    assert_eq!(words(minute), "Minutely API request limit exceeded. Please try again in one minute.");
}

#[test]
fn a_moved_window_is_the_same_run_and_a_longer_or_changed_one_is_not() {
    let column = |first: i64, values: Vec<i32>| Columns::from([(Variable::O3, Column { first: Hour(first), values })]);
    let whole: Vec<i32> = (0..100).collect();
    let moved = column(24, whole[24..].to_vec());
    assert_eq!(signature(&column(0, whole.clone())), signature(&moved));
    let mut longer = whole.clone();
    longer.push(100);
    assert_ne!(signature(&column(0, whole.clone())), signature(&column(0, longer)));
    let mut changed = whole.clone();
    changed[90] = 7;
    assert_ne!(signature(&column(0, whole)), signature(&column(0, changed)));
}

#[test]
fn an_archive_becomes_one_run_a_day_of_the_site() {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let (from, to): (NaiveDate, NaiveDate) =
        ("2026-07-14".parse().expect("a day"), "2026-07-16".parse().expect("a day"));
    let first = zone.first_hour(from);
    let columns = Columns::from([(Variable::O3, Column { first, values: (0..30).map(|h| h * 1000).collect() })]);
    let runs = days("f", "r", &columns, from, to, &zone);
    assert_eq!(runs.len(), 2, "the third day has no values");
    assert_eq!(runs[1].columns[&Variable::O3].values[..7], [24_000, 25_000, 26_000, 27_000, 28_000, 29_000, MISSING]);
    assert!(runs.iter().all(|r| r.archive && r.issued_at == r.columns[&Variable::O3].first.start()));
}

#[test]
#[ignore = "needs ../shared"]
fn the_vendors_samples_read_as_they_stand() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/open-meteo");
    let excerpt = std::fs::read(folder.join("air_quality_excerpt.json")).expect("a sample");
    let columns = read(&excerpt, 1).expect("a sample").0.remove(0);
    // 2026-10-03T00:00 at UTC+2 is 2026-10-02T22:00Z, hour 497,494 since 1970.
    let first = Hour(497_494);
    let expected = [
        (Variable::Pm10, [25_100, 23_400, 23_900]),
        (Variable::Pm25, [20_500, 20_000, 18_900]),
        (Variable::Co, [263, 255, 242]),
        (Variable::No2, [20_700, 20_100, 19_200]),
        (Variable::So2, [1_300, 900, 900]),
        (Variable::O3, [33_000, 28_000, 27_000]),
    ];
    assert_eq!(columns.len(), expected.len());
    for (variable, values) in expected {
        assert_eq!(columns[&variable], Column { first, values: values.to_vec() }, "{}", variable.name());
    }
    let models = std::fs::read(folder.join("air_quality_models.json")).expect("a sample");
    assert_eq!(
        read(&models, 1).expect("a sample").0.remove(0),
        Columns::new(),
        "variables of named models are not ours"
    );
    let nan = std::fs::read(folder.join("not_covered_nan_INVALID_JSON.txt")).expect("a sample");
    assert!(read(&nan, 1).is_err() && not_covered(&nan) && judge(200, &nan) == Verdict::Good);
    let error = std::fs::read(folder.join("error_unknown_variable_DOCS.json")).expect("a sample");
    assert!(words(&error).starts_with("Cannot initialize WeatherVariable"));
}
