//! Bulletins that bureaus have published.

use std::collections::BTreeMap;
use std::path::Path;

use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_aqi::Pollutant::{self, O38h, Pm10, Pm25};
use cuofeng_feed::bulletin::{IssuedAt, Known, read, read_as};

use super::shared;
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
    let mut rows = BTreeMap::new();
    for file in std::fs::read_dir(shared("fixtures/cn-bulletins")).expect("the samples").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(date) = name.strip_prefix("jiyuan_").and_then(|rest| rest.get(..10)) else { continue };
        let text = std::fs::read_to_string(file.path()).expect("a sample");
        let bulletin = read_as(&text, Known { received: day(date), given: None, hour: None });
        rows.insert(name, count(&bulletin, &jiyuan(&text)));
    }
    assert_eq!(rows.len(), 5);
    for file in std::fs::read_dir(shared("cases/bulletins")).expect("the cases").flatten() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bulletins").join(file.file_name());
        if own.exists() {
            let text = |path: &Path| std::fs::read_to_string(path).expect("a case");
            assert_eq!(text(&file.path()), text(&own), "our own copy is the case");
        }
    }
    print(&rows);
    assert!(rows.values().all(|count| count.wrong == 0));
}

/// Index, levels, primary pollutants, and daily concentrations in µg/m³.
type Full = (Option<(i64, i64)>, Option<(i64, i64)>, Vec<Pollutant>, Vec<(Pollutant, i64, i64)>);

fn full(outlook: &Outlook) -> Full {
    let pair = |r: Range| (r.low(), r.high());
    let concentrations = outlook.concentrations.iter().map(|(p, r)| (*p, r.low() / 1000, r.high() / 1000)).collect();
    (outlook.aqi.map(pair), outlook.levels.map(pair), outlook.primary.clone(), concentrations)
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(shared("fixtures/cn-bulletins").join(name)).expect(name)
}

#[test]
#[ignore = "needs ../shared"]
fn published_bulletins_read_in_full() {
    let cases = [
        ("jiyuan_2023-06-19_170.txt", "2023-06-19", 7),
        ("jiyuan_2023-08-17_229.txt", "2023-08-17", 7),
        ("jiyuan_2024-08-20_233_TRUNCATED.txt", "2024-08-20", 6),
        ("jiyuan_2024-09-25_269_TRUNCATED.txt", "2024-09-25", 3),
    ];
    for (name, issued, count) in cases {
        let text = sample(name);
        let bulletin = read(&text, day(issued));
        assert_eq!(bulletin.aside, [], "{name}");
        assert_eq!(bulletin.issued, Some(IssuedAt { day: day(issued), hour: 10, minute: 0 }), "{name}");
        assert_eq!(bulletin.days.len(), count, "{name}");
    }
    let days = |name: &str, on: &str| read(&sample(name), day(on)).days;
    let june = days("jiyuan_2023-06-19_170.txt", "2023-06-19");
    assert_eq!(june[6].day, day("2023-06-25"));
    assert_eq!(full(&june[6]), (Some((130, 160)), Some((3, 4)), vec![O38h], vec![(O38h, 190, 220)]));
    let september = days("jiyuan_2024-09-25_269_TRUNCATED.txt", "2024-09-25");
    let wanted = (Some((96, 144)), Some((2, 3)), vec![O38h, Pm25], vec![(O38h, 145, 195), (Pm25, 38, 68)]);
    assert_eq!(full(&september[0]), wanted);
    let wanted = (Some((31, 51)), Some((1, 2)), vec![Pm25, Pm10], vec![(O38h, 40, 80), (Pm25, 5, 35)]);
    assert_eq!((september[2].day, full(&september[2])), (day("2024-09-30"), wanted));
}

#[test]
#[ignore = "needs ../shared"]
fn a_bulletin_that_lost_its_marks_is_set_aside_line_by_line() {
    let text = sample("jiyuan_2022-08-14_226_GARBLED_EXTRACT.txt");
    let bulletin = read(&text, day("2022-08-14"));
    assert_eq!((bulletin.days.len(), bulletin.aside.len()), (0, 2));
    let understood = &bulletin.aside[0].understood[0];
    assert_eq!(understood.day, day("2022-08-14"));
}
