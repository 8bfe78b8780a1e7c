//! Daily values of four years of real hourly observations, gaps and all, against a slow and obvious reading.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cuofeng::aqi::{Pollutant, Standard};
use cuofeng::forecast::{Column, MISSING, Origin, Series, Variable};
use cuofeng::time::Zone;

const FILE: &str = "../shared/data/uci-beijing-prsa/PRSA_Data_Aotizhongxin_20130301-20170228.csv.gz";

/// Clock hour, PM2.5 and ozone as the file writes them; `NA` becomes NaN.
fn rows(path: &Path) -> Vec<(u32, f64, f64)> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|h| h == name).expect(name);
    let (hour, pm25, o3) = (column("hour"), column("PM2.5"), column("O3"));
    let value = |cell: &str| cell.parse().unwrap_or(f64::NAN);
    let records = reader.records().map(|r| r.expect("a row"));
    records.map(|r| (r[hour].parse().expect("an hour"), value(&r[pm25]), value(&r[o3]))).collect()
}

fn mean(values: &[f64], needed: usize) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let count = f64::from(u32::try_from(present.len()).expect("few"));
    (present.len() >= needed).then(|| present.iter().sum::<f64>() / count)
}

fn series(rows: &[(u32, f64, f64)], first: cuofeng::time::Hour) -> Series {
    let milli = |v: f64| if v.is_nan() { MISSING } else { format!("{:.0}", v * 1000.0).parse().expect("an integer") };
    let columns = BTreeMap::from([
        (Variable::Pm25, Column { first, values: rows.iter().map(|r| milli(r.1)).collect() }),
        (Variable::O3, Column { first, values: rows.iter().map(|r| milli(r.2)).collect() }),
    ]);
    let mut series = Series::new("r", first, rows.len());
    series.lay(&columns, &Origin::Observed { feed: "prsa".into() });
    series
}

#[test]
#[ignore = "needs ../shared"]
fn daily_values_equal_a_slow_reading_of_four_years_of_observations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let rows = rows(&path);
    assert!(rows.len() > 35_000 && rows[0].0 == 0, "the file begins at midnight of 2013-03-01");
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let begin = chrono::NaiveDate::from_ymd_opt(2013, 3, 1).expect("a day");
    let series = series(&rows, zone.first_hour(begin));
    let standard = Standard::parse(include_str!("../../../rules/standards/hj633-2012.toml")).expect("a standard");
    let mut compared = 0;
    for (day, hours) in begin.iter_days().zip(rows.chunks(24)) {
        let pm25: Vec<f64> = hours.iter().map(|r| r.1).collect();
        let o3: Vec<f64> = hours.iter().map(|r| r.2).collect();
        let windows: Vec<f64> = o3.windows(8).filter_map(|w| mean(w, 6)).collect();
        let largest = windows.iter().copied().fold(f64::NAN, f64::max);
        let o3_8h = (windows.len() >= 14 || largest > 160.0).then_some(largest).filter(|v| !v.is_nan());
        for (pollutant, expected) in [(Pollutant::Pm25, mean(&pm25, 20)), (Pollutant::O38h, o3_8h)] {
            let got = series.daily_concentration(pollutant, day, &zone, &standard);
            assert_eq!(got.is_some(), expected.is_some(), "{day} {pollutant:?}");
            if let (Some(got), Some(expected)) = (got, expected) {
                let got = f64::from(i32::try_from(got).expect("small")) / 1000.0;
                assert!((got - expected).abs() < 0.001, "{day} {pollutant:?}: {got} {expected}");
                compared += 1;
            }
        }
    }
    assert!(compared > 2_500, "{compared}");
}
