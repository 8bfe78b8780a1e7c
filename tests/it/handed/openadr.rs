//! OpenADR events as another implementation of the standard reads them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use crate::office::{MORNING, example, folder, run, text};

/// The reader of `tests/readers/openadr`, built on openleadr-rs's own types.
fn reader() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("target/readers");
    // By the compiler beside cargo, also where the test is not begun by cargo.
    let built = Command::new(env!("CARGO"))
        .env("RUSTC", Path::new(env!("CARGO")).with_file_name("rustc"))
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(root.join("tests/readers/openadr/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .output()
        .expect("cargo");
    assert!(built.status.success(), "{}", text(&built));
    target.join("debug/openadr-reader")
}

/// What the reader understands of each event.
fn read(events: &[u8]) -> Vec<Value> {
    let mut child = Command::new(reader())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the reader");
    child.stdin.take().expect("a pipe").write_all(events).expect("written");
    let output = child.wait_with_output().expect("the reader");
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

const EXPORT: [&str; 4] = ["plan", "openadr", "--program", "wuping-air"];

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a text").parse().expect("a time")
}

/// Hours of the intervals of an event whose payload is a value.
fn hours(event: &Value, wanted: &Value) -> Vec<DateTime<Utc>> {
    let mut hours = Vec::new();
    for interval in event["intervals"].as_array().expect("intervals").iter().filter(|i| i["values"][0] == *wanted) {
        let (mut at, end) = (instant(&interval["start"]), instant(&interval["end"]));
        while at < end {
            hours.push(at);
            at += Duration::hours(1);
        }
    }
    hours
}

#[test]
fn another_implementation_reads_the_warning_and_every_process_s_hours() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let exported = run(&EXPORT, &site);
    assert!(exported.status.success(), "{}", text(&exported));
    let events = read(&exported.stdout);
    let warning = &events[0];
    assert_eq!(warning["name"], "ozone-wuping-20260912-1.r1");
    assert_eq!(warning["targets"], serde_json::json!(["wuping"]));
    let first = &warning["intervals"][0];
    assert_eq!(first["type"], "ALERT_AIR_QUALITY");
    assert!(first["values"][0].as_str().is_some_and(|words| words.contains("臭氧错峰生产提示")), "{first}");
    // Ten to five in Chongqing.
    let ten: DateTime<Utc> = "2026-09-12T10:00:00+08:00".parse().expect("a time");
    assert_eq!((instant(&first["start"]), instant(&first["end"])), (ten, ten + Duration::hours(7)));

    let shown: Value = serde_json::from_slice(&run(&["plan", "show", "--json"], &site).stdout).expect("JSON");
    let midnight: DateTime<Utc> = "2026-09-12T00:00:00+08:00".parse().expect("a time");
    // Eight o'clock, when the plan was made: what is past is not asked for.
    let made = midnight + Duration::hours(8);
    let mut told = 1;
    for row in shown["plan"]["rows"].as_array().expect("rows") {
        let runs = |field: &str| -> Vec<DateTime<Utc>> {
            let runs = row[field].as_array().expect("runs").iter();
            let number = |value: &Value| value.as_i64().expect("a slot");
            let slots = runs.flat_map(|run| number(&run[0])..number(&run[1]));
            slots.map(|slot| midnight + Duration::hours(slot)).filter(|at| *at >= made).collect()
        };
        let name = format!("ozone-wuping-20260912-1.r1.{}", row["process"].as_str().expect("a name"));
        let event = events.iter().find(|event| event["name"] == name.as_str());
        let asked = ["own", "common", "stop", "reduce"].iter().any(|outcome| row["outcome"] == *outcome);
        assert_eq!(event.is_some(), asked, "{name}");
        let Some(event) = event else { continue };
        told += 1;
        assert_eq!(event["targets"], serde_json::json!([row["enterprise"], row["process"]]));
        assert!(event["intervals"].as_array().expect("intervals").iter().all(|i| i["type"] == "SIMPLE"), "{event}");
        assert_eq!(hours(event, &2.into()), runs("stop"), "{name} stops");
        assert_eq!(hours(event, &1.into()), runs("less"), "{name} takes load off");
        let days: Vec<_> = runs("stop").iter().map(|at| (*at - midnight).num_days()).collect();
        let own = runs("on").into_iter().filter(|at| days.contains(&(*at - midnight).num_days()));
        let own: Vec<_> = if row["outcome"] == "own" { own.collect() } else { Vec::new() };
        assert_eq!(hours(event, &0.into()), own, "{name} runs");
    }
    assert!(told > 5 && told == events.len(), "{told} of {}", events.len());
    let json = run(&[&EXPORT[..], &["--json"]].concat(), &site);
    let json: Value = serde_json::from_slice(&json.stdout).expect("one object");
    assert_eq!(json["events"], serde_json::from_slice::<Value>(&exported.stdout).expect("an array"));
}

#[test]
fn what_machines_must_not_act_on_is_not_exported() {
    let dir = folder();
    let site = example(dir.path());
    assert_eq!(run(&EXPORT, &site).status.code(), Some(1), "there is no plan yet");
    assert!(run(&MORNING, &site).status.success());
    assert_eq!(run(&["plan", "openadr"], &site).status.code(), Some(2), "a program is needed");
    let unfit = run(&["plan", "openadr", "--program", "乡镇"], &site);
    assert!(unfit.status.code() == Some(1) && text(&unfit).contains("乡镇"), "{}", text(&unfit));
    let lift = ["warnings", "lift", "ozone-wuping-20260912-1", "--by", "罗代泉", "--reason", "转雨"];
    assert!(run(&[&lift[..], &["--now", "2026-09-12T09:00:00+08:00"]].concat(), &site).status.success());
    let over = run(&EXPORT, &site);
    assert!(over.status.code() == Some(1) && text(&over).contains("已解除"), "{}", text(&over));

    let site = example(&dir.path().join("exercise"));
    let config = site.join("cuofeng.toml");
    let listed =
        std::fs::read_to_string(&config).expect("a site file") + "\n[exercise]\nto = [\"drill@example.com\"]\n";
    std::fs::write(&config, listed).expect("a site file");
    let exercise = ["mode", "set", "exercise", "--by", "罗代泉", "--reason", "年度演练"];
    let set = run(&[&exercise[..], &["--now", "2026-09-12T07:00:00+08:00"]].concat(), &site);
    assert!(set.status.success(), "{}", text(&set));
    assert!(run(&MORNING, &site).status.success());
    let kept = run(&EXPORT, &site);
    assert!(kept.status.code() == Some(1) && text(&kept).contains("演练"), "{}", text(&kept));
}
