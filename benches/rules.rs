//! How fast rules are judged and seasons played again: the figures that the project promises.
//!
//! `judge`: 20 rules × 3,000 regions × 120 h, data loaded (promised: 50 ms on two cores).
//! `replay`: the shipped rules over the four years of six stations, from CSV to result (promised: 0.5 s on two cores);
//! skipped where the observations are absent.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use cuofeng_air::forecast::{Column, Origin, Series, Take, Variable};
use cuofeng_aqi::{Standard, Standards};
use cuofeng_base::time::{Hour, Zone};
use cuofeng_office::embedded;
use cuofeng_rules::expr::{Context, Tri};
use cuofeng_rules::{Rule, file, judge};

const REGIONS: usize = 3_000;
const HOURS: usize = 120;

/// Conditions as offices write them: plain values, the clock, daily values, runs, trailing means, the index.
const CONDITIONS: [&str; 20] = [
    "臭氧 高于 160 微克每立方米",
    "臭氧 高于 200 µg/m³ 且 时刻 在 10..18",
    "细颗粒物 高于 75 µg/m³ 或 可吸入颗粒物 高于 150 µg/m³",
    "风速 低于 1.5 m/s 且 混合层高度 低于 500 m",
    "气温 高于 30 °C 且 辐射 高于 600 W/m² 且 风速 低于 2 m/s",
    "降水 低于 0.1 mm 且 湿度 高于 80 %",
    "风向 介于 315° 和 45° 之间 且 风速 高于 3 m/s",
    "二氧化氮 高于 100 µg/m³ 且 臭氧 低于 100 µg/m³",
    "日最大(臭氧8小时) 高于 160 µg/m³",
    "日最大(臭氧8小时) 高于 215 µg/m³ 持续2天",
    "日平均(细颗粒物) 高于 60 µg/m³",
    "日平均(细颗粒物) 高于 60 µg/m³ 或 (日平均(风速) 低于 1.2 m/s 且 日最大(混合层高度) 低于 600 m)",
    "日AQI 高于 150",
    "日AQI 高于 200 持续2天",
    "日AQI 高于 150 且 首要污染物为细颗粒物",
    "平均(细颗粒物, 24小时) 高于 75 µg/m³",
    "最大(臭氧, 8小时) 高于 200 µg/m³",
    "臭氧 高于 160 µg/m³ 持续3小时",
    "未来24小时内 臭氧 高于 200 µg/m³",
    "非 (工作日 且 时刻 在 8..18) 且 细颗粒物 高于 75 µg/m³",
];

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn standards() -> Standards {
    let texts = embedded::RULES.iter().filter(|(path, _)| path.starts_with("standards/hj"));
    Standards(texts.map(|(_, text)| Standard::parse(&String::from_utf8_lossy(text)).expect("a standard")).collect())
}

fn rules() -> Vec<Rule> {
    let rule = |(number, when): (usize, &&str)| {
        format!(
            "[[rule]]\nid='r{number}'\nname='规则'\nkind='k{number}'\nsource='文'\nshape='hours'\n\
             [[rule.level]]\nid='l'\nname='级'\nwhen='{when}'\n"
        )
    };
    let text: String = CONDITIONS.iter().enumerate().map(rule).collect();
    file::parse("rules.toml", &text, Take::Middle).expect("rules")
}

fn series(region: usize, first: Hour) -> Series {
    let value = |variable: usize, hour: usize| {
        let wave = i32::try_from((hour * 7 + variable * 13 + region * 29) % 97).unwrap_or(0);
        let day = i32::try_from(hour % 24).unwrap_or(0);
        match Variable::ALL[variable] {
            Variable::Co => 400 + wave * 10,
            Variable::O3 => 1000 * (20 + wave + 120 * (12 - (day - 14).abs()).max(0) / 12),
            Variable::Temperature => 1000 * (15 + wave / 8),
            Variable::WindDirection => 1000 * (wave * 360 / 97),
            Variable::Wind => 500 + wave * 40,
            Variable::Precipitation => wave / 90 * 1000,
            Variable::Radiation => 1000 * (wave * 8),
            Variable::MixingHeight => 1000 * (200 + wave * 12),
            _ => 1000 * (20 + wave),
        }
    };
    let columns: BTreeMap<Variable, Column> = Variable::ALL
        .iter()
        .enumerate()
        .filter(|(_, variable)| **variable != Variable::AqiHour)
        .map(|(number, variable)| (*variable, Column { first, values: (0..HOURS).map(|h| value(number, h)).collect() }))
        .collect();
    let mut series = Series::new(format!("r{region}"), first, HOURS);
    series.lay(&columns, &Origin::Observed { feed: "bench".to_owned() });
    series
}

fn judging(c: &mut Criterion) {
    let (zone, standards, rules) = (zone(), standards(), rules());
    let first = zone.first_hour("2026-07-14".parse().expect("a day"));
    let all: Vec<Series> = (0..REGIONS).map(|region| series(region, first)).collect();
    let workdays = |_| Some(true);
    let holds = |part: &[Series]| -> usize {
        let mut holds = 0;
        for series in part {
            let context = Context::new(series, &zone, &standards).with_workdays(&workdays);
            for rule in &rules {
                let verdicts = judge(rule, series, &context);
                holds += verdicts.levels.iter().flatten().filter(|answer| **answer == Tri::True).count();
            }
        }
        holds
    };
    let mut group = c.benchmark_group("rules");
    group.sample_size(20);
    group.bench_function("judge", |b| {
        b.iter(|| {
            let (left, right) = all.split_at(REGIONS / 2);
            std::thread::scope(|scope| {
                let other = scope.spawn(|| holds(right));
                black_box(holds(left) + other.join().unwrap_or(0))
            })
        });
    });
    group.finish();
}

const MAP: &str = r#"
time = ["year", "month", "day", "hour"]
region = "station"
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

/// The program itself, as staff run it.
fn replaying(c: &mut Criterion) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/uci-beijing-prsa");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "gz"));
    files.sort();
    let dir = tempfile::tempdir().expect("a folder");
    for (path, bytes) in embedded::EXAMPLE {
        let target = dir.path().join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::write(target, bytes).expect("a file");
    }
    let map = dir.path().join("map.toml");
    std::fs::write(&map, MAP).expect("a map");
    let mut group = c.benchmark_group("rules");
    group.sample_size(10);
    for mode in ["perfect", "ranges", "noisy:0.25:1"] {
        group.bench_function(format!("replay {mode}"), |b| {
            b.iter(|| {
                let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cuofeng"));
                command.args(["rules", "replay", "--json", "--as", mode, "--map"]).arg(&map);
                command.arg("--site").arg(dir.path()).arg("--data").args(&files);
                let output = command.output().expect("the program");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                black_box(output.stdout.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, judging, replaying);
criterion_main!(benches);
