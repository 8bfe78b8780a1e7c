//! What promises to record nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CLEAN, DIRTY, DOUBTFUL, NEXT_CLEAN, NEXT_DIRTY, once, publish, site};
use crate::office::{self, call, folder, run, text};

/// Everything in a site's database, as another program reads it.
fn dump(site: &Path) -> String {
    let script = "import sqlite3,sys\nfor l in sqlite3.connect(sys.argv[1]).iterdump(): print(l)\n";
    let output = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .arg(site.join("state/cuofeng.db"))
        .output()
        .expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Names in a folder and those below, but for the engine's own files beside the database, which come and go.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(names(&path));
        }
        if !path.to_string_lossy().ends_with("-wal") && !path.to_string_lossy().ends_with("-shm") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_promises_to_record_nothing_records_nothing() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN, DOUBTFUL]);
    once(&site, "11T18:00");
    // New files wait to be read: another bulletin of the same hour, a later one, a doubtful line.
    publish(&site, "0911.txt", &[CLEAN, NEXT_DIRTY, DOUBTFUL, "913日,空气质量为良,AQI:60-80。"]);
    let (tables, files) = (dump(&site), names(&site));
    let (episode, now) = ("ozone-wuping-20260911-1", ["--now", "2026-09-11T18:30:00+08:00"]);
    let commands: Vec<Vec<&str>> = vec![
        vec!["once", "--dry-run", now[0], now[1]],
        vec!["once", "--dry-run", "--json", now[0], now[1]],
        vec!["check"],
        vec!["forecast", "show", now[0], now[1]],
        vec!["forecast", "show", "--hours", "--json", now[0], now[1]],
        vec!["forecast", "runs", now[0], now[1]],
        vec!["forecast", "score", "--from", "2026-09-10", "--to", "2026-09-12"],
        vec!["bulletin", "list"],
        vec!["order", "list", now[0], now[1]],
        vec!["warnings", "list"],
        vec!["warnings", "show", episode],
        vec!["warnings", "wording"],
        vec!["mode", "show"],
        vec!["site", "show"],
        vec!["ack", "list"],
        vec!["escalation", "list", now[0], now[1]],
        vec!["hand", "list", now[0], now[1]],
        vec!["cap", "list"],
        vec!["reply", "list"],
        vec!["notices", "list"],
        vec!["notices", "preview", "ozone/enterprise", "--form", "sms"],
        vec!["outbox", "list"],
        vec!["runs", now[0], now[1]],
        vec!["backup", "list"],
        vec!["rules", "check"],
        vec!["rules", "test"],
        vec!["rules", "fmt", "--check"],
        vec!["rules", "status"],
        vec!["rules", "explain", "ozone-tip", "--at", "2026-09-12T12:00:00+08:00", now[0], now[1]],
        vec!["plan", "show", episode],
        // Requests that are refused.
        vec!["warnings", "approve", episode, "--by", "谁也不是", now[0], now[1]],
        vec!["forecast", "withdraw", "1", "--by", "谁也不是", "--reason", "错", now[0], now[1]],
        vec!["forecast", "withdraw", "99", "--by", "邓永亮", "--reason", "错", now[0], now[1]],
        vec!["bulletin", "confirm", "1", "--by", "邓永亮", "aqi=x"],
        vec!["bulletin", "drop", "99", "--by", "邓永亮"],
        vec!["resume", "--by", "罗代泉", now[0], now[1]],
    ];
    for command in commands {
        let output = run(&command, &site);
        let words = text(&output);
        assert!(!words.contains("unexpected argument") && !words.contains("unrecognized"), "{command:?}: {words}");
        let after = dump(&site);
        let changed: Vec<&str> = after.lines().filter(|line| !tables.contains(line)).take(5).collect();
        assert!(after == tables, "{command:?} recorded {changed:#?}");
        assert_eq!(names(&site), files, "{command:?} left something");
    }
    let dry = text(&call(&site, &["once", "--dry-run"], "11T22:30"));
    assert!(dry.contains("9月13日10:00—17:00") && dry.contains("没有记录"), "it says what would be: {dry}");
    assert!(once(&site, "11T22:30").contains("9月13日10:00—17:00"), "and that is what comes");
}

#[test]
fn a_dry_run_of_a_site_that_never_worked_leaves_no_trace_and_one_beside_the_service_works() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    let before = (names(&site), std::fs::read(site.join("cuofeng.toml")).expect("the site file"));
    let dry = call(&site, &["once", "--dry-run"], "11T18:00");
    assert!(dry.status.success() && text(&dry).contains("9月12日10:00—17:00"), "{}", text(&dry));
    assert_eq!((names(&site), std::fs::read(site.join("cuofeng.toml")).expect("the site file")), before);
}
