//! Daily values of hourly observations with gaps, against a slow and obvious reading.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use cuofeng_air::forecast::{Column, MISSING, Origin, Series, Variable};
use cuofeng_aqi::{Pollutant, Standard};
use cuofeng_base::time::Zone;

/// PM2.5 and ozone of an hour in µg/m³; NaN where nothing was measured.
pub(crate) type Observed = (f64, f64);

fn mean(values: &[f64], needed: usize) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let count = f64::from(u32::try_from(present.len()).expect("few"));
    (present.len() >= needed).then(|| present.iter().sum::<f64>() / count)
}

fn series(rows: &[Observed], first: cuofeng_base::time::Hour) -> Series {
    let milli = |v: f64| if v.is_nan() { MISSING } else { format!("{:.0}", v * 1000.0).parse().expect("an integer") };
    let columns = BTreeMap::from([
        (Variable::Pm25, Column { first, values: rows.iter().map(|r| milli(r.0)).collect() }),
        (Variable::O3, Column { first, values: rows.iter().map(|r| milli(r.1)).collect() }),
    ]);
    let mut series = Series::new("r", first, rows.len());
    series.lay(&columns, &Origin::Observed { feed: "prsa".into() });
    series
}

/// Compares every day, the first of which is `begin`, with what the program makes of it; how many values there were.
pub(crate) fn compared(rows: &[Observed], begin: NaiveDate) -> usize {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let series = series(rows, zone.first_hour(begin));
    let standard = Standard::parse(include_str!("../../../rules/standards/hj633-2012.toml")).expect("a standard");
    let mut compared = 0;
    for (day, hours) in begin.iter_days().zip(rows.chunks(24)) {
        let pm25: Vec<f64> = hours.iter().map(|r| r.0).collect();
        let o3: Vec<f64> = hours.iter().map(|r| r.1).collect();
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
    compared
}

/// A year of hours by a small generator: days in waves, tails, single gaps, lost mornings, lost days.
fn year() -> Vec<Observed> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from((state >> 16) % u64::from(end)).expect("small")
    };
    let mut rows = Vec::new();
    for day in 0..365_u32 {
        // From a full day to one without a value; the count that a daily value needs lies between.
        let holes = [0, 1, 3, 4, 5, 6, 9, 10, 12, 24][below(10) as usize];
        let lost = below(24 - holes.min(23));
        let (height, dust) = (below(260), below(200));
        for hour in 0..24_u32 {
            let gone = |chance| (lost..lost + holes).contains(&hour) || chance == 0;
            let sun = f64::from(12 - hour.abs_diff(14).min(12)) / 12.0;
            let ozone = (f64::from(height) * sun + f64::from(below(300)) / 10.0).round();
            let pm25 = f64::from(dust + below(40) + day % 7) + f64::from(below(10)) / 10.0;
            let (no_pm25, no_ozone) = (gone(below(40)), gone(below(40)));
            rows.push((if no_pm25 { f64::NAN } else { pm25 }, if no_ozone { f64::NAN } else { ozone }));
        }
    }
    rows
}

#[test]
fn daily_values_equal_a_slow_reading_of_a_generated_year_with_gaps() {
    let rows = year();
    let compared = compared(&rows, "2025-01-01".parse().expect("a day"));
    // Of 730 values about a third can be given: both sides of the least count of hours are met often.
    assert!((200..400).contains(&compared), "{compared}");
}
