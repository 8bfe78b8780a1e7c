//! Answers and tables as services publish them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use cuofeng_air::fire::{Confidence, Place};
use cuofeng_air::forecast::{MISSING, Range, Remarks, Variable};
use cuofeng_aqi::Pollutant;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::firms;
use cuofeng_feed::qweather::{air_days, air_hours, read_alerts};
use cuofeng_feed::table::{Map, Role, Table, Wanted};
use cuofeng_town::order::Tier;

use super::shared;

#[test]
#[ignore = "needs ../shared"]
fn samples_of_qweather_read_as_they_stand() {
    let folder = shared("fixtures/qweather");
    let sample = |name: &str| std::fs::read(folder.join(name));
    let hours = sample("getAirqualityHourlyForecast.json").expect("a sample");
    let (columns, metadata, _) = air_hours(&hours).expect("a sample");
    let first = Hour::containing("2023-05-17T03:00:00Z".parse().expect("a time"));
    assert_eq!(columns[&Variable::Pm25].first, first);
    assert_eq!(columns[&Variable::Pm25].values[0], 17_010);
    assert_eq!(columns[&Variable::Pm10].values[0], 2_880);
    assert_eq!(metadata.attributions, ["https://developer.qweather.com/attribution.html"]);
    assert!(!columns.contains_key(&Variable::AqiHour), "the sample has no index by the Chinese standard");
    let daily = sample("getAirqualityDailyForecast.json").expect("a sample");
    // 23:00Z is midnight at UTC+1.
    let lagos = Zone::named("Africa/Lagos").expect("a zone");
    let (days, ..) = air_days(&daily, "hj633-2012", &lagos).expect("a sample");
    assert_eq!(days[0].day, "2023-02-15".parse().expect("a day"));
    assert_eq!(days[0].concentrations[&Pollutant::Pm25], Range::new(11_880, 11_880).expect("a range"));
    let alerts = sample("getWeatherAlertCurrent-zh.json").expect("a sample");
    let read = read_alerts(&alerts, "q", "r", &["1006".to_owned()]).expect("a sample");
    assert!(read.unplaced.is_empty(), "{:?}", read.unplaced);
    assert_eq!((read.orders[0].tier, read.orders[0].issuer.as_str()), (Tier::Blue, "临桂区气象台"));
    assert_eq!(read.superseded[0].alert, "202510181140100706230391");
    assert_eq!(read.metadata.attributions.len(), 2);
}

#[test]
#[ignore = "needs ../shared"]
fn samples_of_firms_read_as_they_stand() {
    let folder = shared("fixtures/firms");
    let bytes = std::fs::read(folder.join("firms_n20.csv")).expect("a sample");
    let fires = firms::read(&bytes).expect("a sample");
    assert_eq!(fires[0].at, "2026-07-24T02:30:00Z".parse::<DateTime<Utc>>().expect("a time"));
    assert_eq!(fires[0].place, Place::new(38_921_230, -9_008_950).expect("a place"));
    assert_eq!((fires[0].confidence, fires[0].power), (Confidence::Nominal, Some(2_220)));
    let rows = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().count() - 1;
    assert_eq!(fires.len(), rows(&bytes));
    for name in ["firms_n20_later.csv", "firms_n21.csv"] {
        let bytes = std::fs::read(folder.join(name)).expect("a sample");
        assert_eq!(firms::read(&bytes).expect("a sample").len(), rows(&bytes), "{name}");
    }
    let error = std::fs::read(folder.join("firms_error.txt")).expect("a sample");
    assert!(firms::read(&error).is_err());
}

/// Figures worked out from the same file with Python's csv and decimal modules: counts of cells that are not `NA`, and
/// their sums in thousandths by `ROUND_05UP`.
#[test]
#[ignore = "needs ../shared"]
fn the_uci_beijing_files_read_with_nothing_but_a_map() {
    let path = shared("data/uci-beijing-prsa/PRSA_Data_Dingling_20130301-20170228.csv.gz");
    let bytes = std::fs::read(&path).expect("four years of a station");
    let text = r#"
        time = ["year", "month", "day", "hour"]
        region = "station"
        regions = { Dingling = "r" }
        missing = ["NA"]
        [columns]
        pm25 = { column = "PM2.5", unit = "ug/m3" }
        pm10 = { column = "PM10", unit = "ug/m3" }
        so2 = { column = "SO2", unit = "ug/m3" }
        no2 = { column = "NO2", unit = "ug/m3" }
        co = { column = "CO", unit = "ug/m3" }
        o3 = { column = "O3", unit = "ug/m3" }
        temperature = { column = "TEMP", unit = "degC" }
        precipitation = { column = "RAIN", unit = "mm" }
        wind = { column = "WSPM", unit = "m/s" }
        wind_direction = { column = "wd", unit = "compass" }
    "#;
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let regions = BTreeSet::from(["r".to_owned()]);
    let table = Table { feed: "f", file: "f.csv.gz", regions: Some(&regions), role: Role::Observations };
    let days = Wanted::Days("2013-01-01".parse().expect("a day"), "2017-12-31".parse().expect("a day"));
    let map: Map = toml::from_str(text).expect("a map");
    assert!(map.check(Role::Observations).is_empty());
    let read = table.read(&bytes, Some(&map), Utc::now(), &zone, days).expect("good rows");
    assert_eq!(read.remarks, Remarks::default());
    let columns = &read.observations[0].columns;
    let sum = |variable: Variable| {
        let present: Vec<i64> =
            columns[&variable].values.iter().filter(|v| **v != MISSING).map(|v| i64::from(*v)).collect();
        (columns[&variable].values.len(), present.len(), present.iter().sum::<i64>())
    };
    assert_eq!(columns[&Variable::O3].first, zone.first_hour("2013-03-01".parse().expect("a day")));
    assert_eq!(sum(Variable::Pm25), (35_064, 34285, 2_262_449_900));
    assert_eq!(sum(Variable::O3), (35_064, 33850, 2_320_362_035));
    assert_eq!(sum(Variable::Co), (35_064, 33052, 29_908_625));
    assert_eq!(sum(Variable::Temperature), (35_064, 35011, 479_164_452));
    assert_eq!(sum(Variable::WindDirection), (35_064, 34924, 6_228_405_000));
}
