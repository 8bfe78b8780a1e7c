//! Bulletins that bureaus have published.

use std::collections::BTreeMap;
use std::path::Path;

use cuofeng::aqi::Pollutant::{O38h, Pm10, Pm25};
use cuofeng::feed::bulletin::{Known, read_as};

use crate::bulletins::{Said, count, day, print};

/// What the published bulletins of Jiyuan say, cut out by their fixed words and nothing else.
fn jiyuan(text: &str) -> Vec<Said> {
    let between = |line: &str, from: &str, to: &str| -> Option<String> {
        let (_, after) = line.split_once(from)?;
        Some(after.split_once(to).map_or(after, |(inside, _)| inside).to_owned())
    };
    let levels = ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"];
    let named = |word: &str| {
        levels.iter().position(|l| l.starts_with(word) || *l == word).map_or(0, |at| i64::try_from(at).unwrap_or(0) + 1)
    };
    let read = |line: &str| -> Option<Said> {
        let date = line.split_once('日')?.0.split_once('月')?.1.parse().ok()?;
        let (low, high) = between(line, "AQI:", ",")?.split_once('-').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let level = between(line, "空气质量为", ",")?;
        let (first, last) = level.split_once('或').unwrap_or((&level, &level));
        let pollutants = between(line, "首要污染物为", ",")?;
        let pollutant = |name: &str| match name {
            "臭氧" => O38h,
            "PM2.5" => Pm25,
            _ => Pm10,
        };
        Some((
            date,
            Some((low.parse().ok()?, high.parse().ok()?)),
            Some((named(first), named(last))),
            pollutants.split('或').map(pollutant).collect(),
        ))
    };
    text.lines().filter_map(read).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn no_sample_of_any_bureau_is_read_wrongly() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut rows = BTreeMap::new();
    for file in std::fs::read_dir(shared.join("fixtures/cn-bulletins")).expect("the samples").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(date) = name.strip_prefix("jiyuan_").and_then(|rest| rest.get(..10)) else { continue };
        let text = std::fs::read_to_string(file.path()).expect("a sample");
        let bulletin = read_as(&text, Known { received: day(date), given: None, hour: None });
        rows.insert(name, count(&bulletin, &jiyuan(&text)));
    }
    assert_eq!(rows.len(), 5);
    for file in std::fs::read_dir(shared.join("cases/bulletins")).expect("the cases").flatten() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bulletins").join(file.file_name());
        if own.exists() {
            let text = |path: &Path| std::fs::read_to_string(path).expect("a case");
            assert_eq!(text(&file.path()), text(&own), "our own copy is the case");
        }
    }
    print(&rows);
    assert!(rows.values().all(|count| count.wrong == 0));
}
