//! The program itself, its wall clock set by libfaketime and its steady clock left alone, as when a machine sleeps or
//! somebody sets the time.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_store::Store;

use super::{at, site_with};
use crate::office::{cuofeng, folder};

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path().join("faketime"));
    folders.map(|folder| folder.join("libfaketimeMT.so.1")).find(|path| path.exists())
}

struct Machine {
    site: PathBuf,
    time: PathBuf,
    library: PathBuf,
    service: Option<Child>,
}

impl Machine {
    /// Sets the wall clock.
    fn set(&self, now: &str) {
        let offset = (at(now) - Utc::now()).num_seconds();
        let beside = self.time.with_extension("new");
        std::fs::write(&beside, format!("{offset:+}\n")).expect("a time");
        std::fs::rename(beside, &self.time).expect("a time");
    }

    fn start(&mut self) {
        let service = cuofeng()
            .args(["run", "--site"])
            .arg(&self.site)
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.time)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.service = Some(service.expect("the service"));
    }

    fn kill(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.kill().expect("kill -9");
            service.wait().expect("a child");
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The record of `deliver`, the last job of the hour: `08:00 done`.
async fn record(site: &Path) -> Vec<String> {
    let Ok(store) = Store::open(&site.join("state/cuofeng.db")).await else { return Vec::new() };
    let rows: Vec<(i64, String)> =
        sqlx::query_as("select due_at, state from run where job = 'deliver' order by due_at")
            .fetch_all(store.pool())
            .await
            .unwrap_or_default();
    store.close().await;
    let clock = |s| (DateTime::from_timestamp(s, 0).expect("a time") + chrono::Duration::hours(8)).format("%H:%M");
    rows.into_iter().map(|(due, state)| format!("{} {state}", clock(due))).collect()
}

/// Waits until the last entry is this one.
async fn until(site: &Path, last: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let found = record(site).await;
        if found.last().is_some_and(|entry| entry == last) {
            return found;
        }
        // On a busy machine the look every minute may have to come round.
        assert!(begun.elapsed() < Duration::from_mins(3), "waiting for {last}: {found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn stopped_over_three_due_times_jumped_ahead_ten_hours_and_set_right() {
    let library = library().expect("libfaketime (scripts/test installs it)");
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut machine = Machine { time: dir.path().join("time"), site: site.clone(), library, service: None };
    machine.set("2026-09-12T07:59:57+08:00");
    machine.start();
    until(&site, "08:00 done").await;
    machine.kill();
    machine.set("2026-09-12T11:10:00+08:00");
    machine.start();
    let stopped = until(&site, "11:00 done").await;
    assert_eq!(stopped, ["07:00 done", "08:00 done", "09:00 skipped", "10:00 skipped", "11:00 done"]);
    machine.set("2026-09-12T21:10:00+08:00");
    let ahead = until(&site, "21:00 done").await;
    assert_eq!(ahead.len(), 15);
    assert!(ahead[5..14].iter().all(|entry| entry.ends_with(" skipped")), "{ahead:?}");
    // Set right, just before an hour: within a minute what is on record of hours that have not come is taken back, and
    // that hour is run.
    machine.set("2026-09-12T12:59:58+08:00");
    let right = until(&site, "13:00 done").await;
    assert_eq!(right[..5], stopped[..], "{right:?}");
    assert_eq!(right[5..], ["12:00 skipped", "13:00 done"]);
    let store = Store::open(&site.join("state/cuofeng.db")).await.expect("the database");
    let again: i64 = sqlx::query_scalar("select count(*) from ledger where event = 'clock-jumped'")
        .fetch_one(store.pool())
        .await
        .expect("the ledger");
    assert!(again >= 2, "the jumps are in the ledger: {again}");
    let told: i64 = sqlx::query_scalar("select count(*) from episode where kind = 'clock'")
        .fetch_one(store.pool())
        .await
        .expect("episodes");
    assert_eq!(told, 1, "and duty staff are told once");
}
