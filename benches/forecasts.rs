//! How fast forecasts come in and are read back: the figures that the project promises.
//!
//! `pull`: 3,000 regions × 120 h × 12 variables from a server on loopback, parsed and stored (promised: 2 s, 200 MB).
//! `day`: one day of one of 50 regions from five years of hourly observations and 90 days of runs (promised: 10 ms; the
//! database's size is printed, promised: 600 MB).

#![allow(clippy::print_stdout)]

#[allow(dead_code)] // Its part of a peer of the tests.
#[path = "../tests/it/far_side.rs"]
mod far_side;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::{Column, Columns, Observations, Run, Variable};
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::http::{Client, Limits};
use cuofeng_feed::open_meteo::{OpenMeteo, OpenMeteoFeed};
use cuofeng_feed::{Ask, Feed, Memory};
use cuofeng_store::{Store, forecasts};
use far_side::{Answer, Asked, FarSide};

const HOURS: usize = 120;

fn now() -> DateTime<Utc> {
    "2026-07-15T00:20:00Z".parse().expect("a time")
}

fn body(asked: &Asked) -> Vec<u8> {
    let count = asked.parameter("latitude").expect("latitudes").split(',').count();
    let names: Vec<&str> =
        asked.parameter("hourly").expect("variables").split(',').filter(|n| *n != "boundary_layer_height").collect();
    let unit = |name: &str| match name {
        "temperature_2m" => "°C",
        "relative_humidity_2m" => "%",
        "wind_speed_10m" => "m/s",
        "wind_direction_10m" => "°",
        "precipitation" => "mm",
        "shortwave_radiation" => "W/m²",
        _ => "μg/m³",
    };
    let units: Vec<String> = names.iter().map(|n| format!("\"{n}\":\"{}\"", unit(n))).collect();
    let times: Vec<String> = (0..HOURS).map(|h| (1_784_044_800 + h * 3600).to_string()).collect();
    let mut text = String::from("[");
    for place in 0..count {
        let comma = if place > 0 { "," } else { "" };
        let _ = write!(
            text,
            "{comma}{{\"utc_offset_seconds\":0,\"hourly_units\":{{{}}},\"hourly\":{{\"time\":[{}]",
            units.join(","),
            times.join(",")
        );
        for (v, name) in names.iter().enumerate() {
            let values: Vec<String> =
                (0..HOURS).map(|h| format!("{}.{}", (h * 7 + v * 3 + place) % 59, h % 10)).collect();
            let _ = write!(text, ",\"{name}\":[{}]", values.join(","));
        }
        text.push_str("}}");
    }
    text.push(']');
    text.into_bytes()
}

/// The largest resident memory of this process so far, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn pull(criterion: &mut Criterion) {
    // The server answers from memory: its own work is not what is measured.
    let air: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let weather: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let far_side = FarSide::start(move |asked| {
        let cell = if asked.target.starts_with("/v1/air-quality") { &air } else { &weather };
        Answer::ok(cell.get_or_init(|| body(asked)).clone())
    });
    let places: Vec<(String, Place)> =
        (0..3000).map(|i| (format!("r{i}"), Place::new(29_000_000 + i, 106_000_000).expect("a place"))).collect();
    let url = Some(far_side.url.clone());
    let config = OpenMeteo { name: "cams".into(), air: url.clone(), weather: url, key: None, places };
    let feed = OpenMeteoFeed::new(config, Client::new(&Limits::default()).expect("a client"));
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let runtime = runtime();
    let mut group = criterion.benchmark_group("forecasts");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("pull 3000 regions, 120 h, 12 variables", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(&folder.path().join("x.db")).await.expect("a database");
            let pulled = feed.pull(Ask { now: now(), zone: &zone, memory: &Memory::default() }).await.expect("a pull");
            assert_eq!(pulled.runs.len(), 3000);
            let mut tx = store.begin().await.expect("a transaction");
            for run in &pulled.runs {
                forecasts::keep(&mut tx, run, now()).await.expect("kept");
            }
            tx.commit().await.expect("committed");
            store.close().await;
        });
    });
    println!("peak memory of server, client and database together: {} MB", peak());
    group.finish();
}

fn columns(first: Hour, hours: usize, seed: usize) -> Columns {
    let value = |v: usize, h: usize| i32::try_from((h * 7919 + v * 104_729 + seed * 31) % 300_000).unwrap_or(0);
    Variable::ALL[..12]
        .iter()
        .enumerate()
        .map(|(v, variable)| (*variable, Column { first, values: (0..hours).map(|h| value(v, h)).collect() }))
        .collect()
}

fn day(criterion: &mut Criterion) {
    let runtime = runtime();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let end = Hour::containing(now());
    let store = runtime.block_on(async {
        let store = Store::open(&path).await.expect("a database");
        for region in 0..50 {
            let mut tx = store.begin().await.expect("a transaction");
            let hours = 5 * 366 * 24;
            let first = Hour(end.0 - i64::try_from(hours).expect("hours"));
            let observed = Observations {
                feed: "station".into(),
                region: format!("r{region}"),
                columns: columns(first, hours, region),
            };
            forecasts::observe(&mut tx, &observed).await.expect("kept");
            for run in 0..180 {
                let first = Hour(end.0 - run * 12);
                let (feed, region) = ("cams".to_owned(), format!("r{region}"));
                let columns = columns(first, HOURS, usize::try_from(run).expect("a number"));
                let run = Run { feed, region, issued_at: first.start(), columns, days: Vec::new(), archive: false };
                forecasts::keep(&mut tx, &run, now()).await.expect("kept");
            }
            tx.commit().await.expect("committed");
        }
        store
    });
    let size = std::fs::metadata(&path).expect("a file").len() >> 20;
    println!("database of 50 regions, 5 years of hourly observations and 180 runs of 120 h, 12 variables: {size} MB");
    let mut group = criterion.benchmark_group("forecasts");
    group.bench_function("read a day of observations and of runs", |bencher| {
        let mut at = 0;
        bencher.to_async(&runtime).iter(|| {
            at = (at + 7919) % 1800;
            let first = Hour(end.0 - 1820 * 24 + at * 24);
            let store = store.clone();
            async move {
                let feeds = ["station".to_owned()];
                black_box(store.observations("r17", &feeds, first, first + 24).await.expect("observations"));
                let recent = Hour(end.0 - at % 80 * 24);
                black_box(store.runs("r17", recent.start(), (recent + 24).start()).await.expect("runs"));
            }
        });
    });
    group.finish();
    runtime.block_on(store.close());
}

criterion_group!(benches, pull, day);
criterion_main!(benches);
