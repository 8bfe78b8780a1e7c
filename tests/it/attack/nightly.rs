//! The backups that the program makes by itself: every night, and before it changes an older database.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_office::backup::read;
use cuofeng_office::clock::{Clock, Hand};
use cuofeng_office::site::Site;
use cuofeng_service::service::Service;
use tokio_util::sync::CancellationToken;

use crate::office::{MORNING, cuofeng, example, folder, letters, run, text};

fn at(text: &str) -> DateTime<Utc> {
    text.parse::<DateTime<chrono::FixedOffset>>().expect("a time").with_timezone(&Utc)
}

/// The example site with these lines in its file, and jobs that need no forecast far from the nights.
fn site_with(dir: &Path, more: &str) -> PathBuf {
    let site = example(dir);
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    std::fs::write(path, format!("{file}remind = {{ at = \"0 8 * * *\" }}\n{more}\n")).expect("a site file");
    site
}

struct Office {
    app: App,
    service: Service,
    hand: Hand,
    stop: CancellationToken,
}

impl Office {
    async fn begin(site: &Path, now: &str) -> Self {
        let (clock, hand) = Clock::by_hand(at(now));
        let app = App::start(site, clock).await.expect("a site");
        let service = Service::new(&app);
        Self { app, service, hand, stop: CancellationToken::new() }
    }

    async fn look(&mut self) -> Vec<String> {
        let ended = self.service.look(&mut self.app, &self.stop).await.expect("a look");
        let of_backup = ended.iter().filter(|finished| finished.job.name() == "backup");
        of_backup
            .map(|f| f.error.as_ref().map_or_else(|| "done".to_owned(), cuofeng_office::schedule::Reason::stored))
            .collect()
    }

    /// Looks until the backup that is due has ended; how.
    async fn night(&mut self) -> String {
        let begun = Instant::now();
        loop {
            if let Some(ended) = self.look().await.pop() {
                return ended;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "the backup does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The archives in a folder, oldest first by their names.
fn archives(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The days of archives' names.
fn days(names: &[String]) -> Vec<&str> {
    names.iter().map(|name| name.split('-').nth(2).expect("a day")).collect()
}

fn told(site: &Path, purpose: &str) -> usize {
    told_of(site, "site", purpose)
}

fn told_of(site: &Path, place: &str, purpose: &str) -> usize {
    let begins = format!("backup-{place}");
    letters(site).keys().filter(|name| name.starts_with(&begins) && name.contains(purpose)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_night_has_its_backup_in_both_places_and_the_oldest_go() {
    let dir = folder();
    let second = dir.path().join("share");
    std::fs::create_dir(&second).expect("a folder");
    std::fs::write(second.join("cuofeng-other123-20200101-021500.zip"), "another site's").expect("a file");
    let site = site_with(dir.path(), &format!("[backup]\nkeep = 3\nto = \"{}\"", second.display()));
    let mut office = Office::begin(&site, "2026-09-12T02:20:00+08:00").await;
    for day in 12..=16 {
        assert_eq!(office.night().await, "done", "{day}");
        assert!(office.look().await.is_empty(), "once a night");
        office.hand.step(Duration::from_hours(24));
    }
    let own = archives(&site.join("backups"));
    assert_eq!(days(&own), ["20260914", "20260915", "20260916"]);
    let copies = archives(&second);
    assert_eq!(copies.len(), 4, "another site's stays: {copies:?}");
    for name in &own {
        let there = read(&second.join(name)).expect("a whole one");
        assert_eq!(there.sum, read(&site.join("backups").join(name)).expect("a whole one").sum);
    }
    let listed = run(&["backup", "list", "--json"], &site);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    assert_eq!(listed["backups"].as_array().map(Vec::len), Some(10), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_place_that_is_not_there_is_said_and_stops_nothing() {
    let dir = folder();
    let second = dir.path().join("not-mounted/backups");
    let site = site_with(dir.path(), &format!("[backup]\nto = \"{}\"", second.display()));
    let mut office = Office::begin(&site, "2026-09-12T02:20:00+08:00").await;
    for night in 0..5 {
        let ended = office.night().await;
        assert!(ended.contains("第二处备份位置") && ended.contains("not-mounted"), "{ended}");
        assert_eq!(archives(&site.join("backups")).len(), night + 1, "the site's own are made");
        assert_eq!(told(&site, ".raise."), 0, "the site's own are sound");
        assert_eq!(told_of(&site, "second", ".raise.") > 0, night > 3, "night {night}: {:?}", letters(&site).keys());
        office.hand.step(Duration::from_hours(24));
    }
    assert!(!second.exists(), "a folder is not made where a share should be");
    let (_, sms) =
        letters(&site).into_iter().find(|(n, _)| n.starts_with("backup-") && n.contains(".sms")).expect("one");
    assert!(sms.contains("没有近期备份提醒") && sms.contains("第二处") && sms.contains("计 2 条"), "{sms}");
    let mails = crate::office::mails(&site);
    assert!(mails.contains("第二处备份位置已有三天没有可用的备份") && mails.contains("从来没有"), "{mails}");
    std::fs::create_dir_all(&second).expect("a folder");
    assert_eq!(office.night().await, "done");
    office.look().await;
    assert!(told_of(&site, "second", ".lift.") > 0, "once it is back duty staff hear of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_without_a_backup_duty_staff_are_told_once_and_again_when_there_is_one() {
    let dir = folder();
    let site = site_with(dir.path(), "");
    // Something that is in the way.
    std::fs::write(site.join("backups"), "a file").expect("a file");
    let mut office = Office::begin(&site, "2026-09-12T02:20:00+08:00").await;
    for (hours, raised) in [(0, false), (24, false), (24, false), (23, false), (2, true), (24, true)] {
        office.hand.step(Duration::from_hours(hours));
        if hours != 23 && hours != 2 {
            assert!(office.night().await.contains("backups"), "it can't be made");
        }
        office.look().await;
        assert_eq!(told(&site, ".raise.") > 0, raised, "after {hours} hours more");
    }
    let raised = told(&site, ".raise.");
    assert_eq!(told(&site, ".lift."), 0);
    std::fs::remove_file(site.join("backups")).expect("out of the way");
    // A person does not wait for the night.
    let by_hand = cuofeng().args(["backup", "--by", "罗代泉", "--site"]).arg(&site).output().expect("the program");
    assert!(by_hand.status.success(), "{}", text(&by_hand));
    office.hand.set(Utc::now());
    office.night().await;
    office.look().await;
    assert!(told(&site, ".lift.") > 0);
    assert_eq!(told(&site, ".raise."), raised, "once");
    // Removed behind the program's back, there is none.
    std::fs::remove_dir_all(site.join("backups")).expect("gone");
    office.look().await;
    assert!(told(&site, ".raise.") > raised, "{:?}", letters(&site).keys());
}

/// A database of an older schema in a site that a newer program opens.
async fn older(dir: &Path) -> PathBuf {
    let site = example(dir);
    std::fs::create_dir_all(site.join("state")).expect("a folder");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(Site::database(&site))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("a database");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/sql/migrations/sqlite");
    let migrator = sqlx::migrate::Migrator::new(folder.as_path()).await.expect("the migrations");
    migrator.run_to(41, &pool).await.expect("an older schema");
    pool.close().await;
    site
}

async fn schema(site: &Path) -> Option<i64> {
    cuofeng_office::backup::schema(&Site::database(site)).await.expect("a database")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_removed_keeps_no_copy_from_the_second_place() {
    let dir = folder();
    let second = dir.path().join("share");
    std::fs::create_dir(&second).expect("a folder");
    let site = site_with(dir.path(), &format!("[backup]\nkeep = 2\nto = \"{}\"", second.display()));
    let mut office = Office::begin(&site, "2026-09-12T02:20:00+08:00").await;
    for _ in 12..=13 {
        assert_eq!(office.night().await, "done");
        office.hand.step(Duration::from_hours(24));
    }
    // A folder under the oldest one's name can't be removed as a file.
    let oldest = archives(&site.join("backups")).remove(0);
    std::fs::remove_file(site.join("backups").join(&oldest)).expect("removed");
    std::fs::create_dir(site.join("backups").join(&oldest)).expect("a folder");
    let ended = office.night().await;
    assert!(ended.contains("旧备份没有删成"), "{ended}");
    assert_eq!(days(&archives(&second)), ["20260913", "20260914"], "the copy is there, and the oldest gone");
}

#[tokio::test]
async fn under_an_older_service_at_work_nothing_is_migrated() {
    let dir = folder();
    let site = older(dir.path()).await;
    // As a version does that knows no other lock.
    let lock = std::fs::File::create(site.join("state/worker.lock")).expect("a file");
    lock.lock().expect("locked");
    for words in [&["mode", "show"][..], &["backup", "list"], &["outbox", "list"]] {
        let refused = run(words, &site);
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {}", text(&refused));
        assert!(text(&refused).contains("旧版本的服务还在运行"), "{words:?}: {}", text(&refused));
        assert_eq!(schema(&site).await, Some(41));
    }
    assert!(!site.join("backups").exists(), "nor is a backup made for it");
    drop(lock);
    let upgraded = run(&["mode", "show"], &site);
    assert!(upgraded.status.success(), "{}", text(&upgraded));
    assert!(schema(&site).await > Some(41));
}

#[tokio::test]
async fn an_older_database_is_backed_up_before_it_is_changed_and_never_without() {
    let dir = folder();
    let site = older(dir.path()).await;
    std::fs::write(site.join("backups"), "a file").expect("a file");
    let refused = run(&MORNING, &site);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    let words = text(&refused);
    assert!(
        words.contains("没有升级数据库（第 41 版") && words.contains("没有改动") && words.contains("足够空间"),
        "{words}"
    );
    assert_eq!(schema(&site).await, Some(41));
    // A backup by hand needs no upgrade, and makes none.
    let by_hand = dir.path().join("old.zip");
    let made = cuofeng().args(["backup", "--to"]).arg(&by_hand).arg("--site").arg(&site).output().expect("the program");
    assert!(made.status.success(), "{}", text(&made));
    assert_eq!(schema(&site).await, Some(41));
    std::fs::remove_file(site.join("backups")).expect("out of the way");
    let upgraded = run(&["mode", "show"], &site);
    assert!(upgraded.status.success(), "{}", text(&upgraded));
    assert!(schema(&site).await > Some(41));
    let made = archives(&site.join("backups"));
    assert!(made.len() == 1 && made[0].ends_with("-schema41.zip"), "{made:?}");
    let archive = read(&site.join("backups").join(&made[0])).expect("a whole one");
    assert_eq!((archive.manifest.database_schema, archive.manifest.why.as_str()), (41, "upgrade"));
    run(&MORNING, &site);
    assert_eq!(archives(&site.join("backups")).len(), 1, "up to date, there is none before a start");
    // Back to how it was before: by this program it is brought up to date, and held.
    let back = dir.path().join("back");
    let restored = cuofeng().arg("restore").arg(&archive.path).arg("--site").arg(&back).output().expect("the program");
    assert!(restored.status.success(), "{}", text(&restored));
    assert_eq!(schema(&back).await, schema(&site).await);
}
