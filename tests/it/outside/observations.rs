//! Daily values of four years of real hourly observations, gaps and all, against a slow and obvious reading.

use std::path::Path;
use std::process::Command;

use super::shared;
use crate::truth::daily::{Observed, compared};

/// Clock hour, PM2.5 and ozone as the file writes them; `NA` becomes NaN.
fn rows(path: &Path) -> Vec<(u32, Observed)> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|h| h == name).expect(name);
    let (hour, pm25, o3) = (column("hour"), column("PM2.5"), column("O3"));
    let value = |cell: &str| cell.parse().unwrap_or(f64::NAN);
    let records = reader.records().map(|r| r.expect("a row"));
    records.map(|r| (r[hour].parse().expect("an hour"), (value(&r[pm25]), value(&r[o3])))).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn daily_values_equal_a_slow_reading_of_four_years_of_observations() {
    let rows = rows(&shared("data/uci-beijing-prsa/PRSA_Data_Aotizhongxin_20130301-20170228.csv.gz"));
    assert!(rows.len() > 35_000 && rows[0].0 == 0, "the file begins at midnight of 2013-03-01");
    let rows: Vec<Observed> = rows.into_iter().map(|(_, observed)| observed).collect();
    let compared = compared(&rows, "2013-03-01".parse().expect("a day"));
    assert!(compared > 2_500, "{compared}");
}
