//! An older, emptied or replaced database.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_office::clock::Clock;
use cuofeng_service::service::Service as Watching;
use cuofeng_store::mark::Marks;
use tokio_util::sync::CancellationToken;

use super::{RELEASER, at_work, copy, nothing_twice, once, put_back, ready, site, told, told_since, why};
use crate::office::{call, text};

#[test]
fn an_older_copy_that_is_put_back_sends_nothing_again() {
    let (_dir, recorder, site) = ready();
    let kept = told_since(&site);
    put_back(&site, &kept);
    nothing_twice(&site, &recorder, "forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_service_may_resume_once_every_feed_has_answered_since_and_it_has_judged() {
    let (dir, recorder, site) = ready();
    let file = site.join("cuofeng.toml");
    let words = std::fs::read_to_string(&file).expect("the site file");
    let jobs = "[schedule]\npull = { at = \"0 9 * * *\", missed = \"skip\" }\nevaluate = { at = \"*/10 * * * *\" }\n\
                backup = { missed = \"skip\" }";
    std::fs::write(&file, words.replace("[schedule]", jobs)).expect("the site file");
    let marks = Marks::at(dir.path().join("marks"));
    let stop = CancellationToken::new();
    let at = |time: &str| -> DateTime<Utc> {
        format!("2026-09-{time}:05+08:00").parse::<DateTime<chrono::FixedOffset>>().expect("a time").to_utc()
    };
    let begin = async |time: &str| {
        let (clock, hand) = Clock::by_hand(at(time));
        (App::start_marked(&site, clock, &marks).await.expect("a site"), hand)
    };
    let (mut app, _) = begin("12T06:00").await;
    // It knows the files from now on, as one without files knows none.
    let mut service = Watching::new(&app);
    service.look(&mut app, &stop).await.expect("a look");
    app.store.clone().close().await;
    drop(app);
    let kept = dir.path().join("kept");
    copy(&site.join("state"), &kept);
    let (mut app, _) = begin("12T08:00").await;
    service.look(&mut app, &stop).await.expect("a look");
    app.store.clone().close().await;
    drop(app);
    let (before, ..) = told(&recorder);
    assert!(before > 0, "enterprises were told");
    put_back(&site, &kept);
    let (mut app, hand) = begin("12T08:20").await;
    service.look(&mut app, &stop).await.expect("a look");
    assert_eq!(why(&site), "forgotten");
    let early = call(&site, &["resume", "--by", RELEASER], "12T08:21");
    assert_eq!(early.status.code(), Some(1), "by the old forecast alone: {}", text(&early));
    assert!(text(&early).contains("数据源 recording 停发以后还没有正常取到"), "{}", text(&early));
    hand.set(at("12T09:00"));
    service.look(&mut app, &stop).await.expect("a look");
    let resumed = call(&site, &["resume", "--by", RELEASER], "12T09:01");
    assert!(resumed.status.success(), "{}", text(&resumed));
    hand.set(at("12T09:10"));
    service.look(&mut app, &stop).await.expect("a look");
    let (enterprises, twice, _) = told(&recorder);
    assert_eq!((enterprises, twice), (before, 0), "nobody is told again");
}

#[test]
fn a_feed_that_has_answered_with_a_row_that_can_t_be_used_has_answered_since_a_hold() {
    let (_dir, _recorder, site) = ready();
    let kept = told_since(&site);
    put_back(&site, &kept);
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    std::fs::write(&path, format!("{whole}2026-09-12T07:00:00+08:00,half a row\n")).expect("a file");
    crate::office::rested(&path);
    let done = once(&site, "12T08:20");
    assert!(text(&done).contains("可能没有写完"), "{}", text(&done));
    assert_eq!(why(&site), "forgotten");
    let resumed = call(&site, &["resume", "--by", RELEASER], "12T08:21");
    assert!(resumed.status.success(), "the rest was read and judged by: {}", text(&resumed));
}

#[test]
fn an_emptied_or_removed_database_sends_nothing_again() {
    for removed in [false, true] {
        let (_dir, recorder, site) = ready();
        once(&site, "12T08:00");
        if removed {
            std::fs::remove_dir_all(site.join("state")).expect("removed");
        } else {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(site.join(format!("state/cuofeng.db{end}")));
            }
            std::fs::write(site.join("state/cuofeng.db"), "").expect("emptied");
        }
        nothing_twice(&site, &recorder, "forgotten");
    }
}

#[test]
fn an_emptied_database_is_found_even_where_the_site_file_has_lost_the_identity() {
    let (_dir, recorder, site) = ready();
    let file = site.join("cuofeng.toml");
    let without = std::fs::read(&file).expect("the site file");
    once(&site, "12T08:00");
    let named = std::fs::read_to_string(&file).expect("the site file");
    assert!(named.contains("identity = \""), "{named}");
    std::fs::write(&file, without).expect("the site file");
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    nothing_twice(&site, &recorder, "forgotten");
    assert_eq!(std::fs::read_to_string(&file).expect("the site file"), named, "and it is written back");
}

#[test]
fn a_copy_from_the_middle_of_a_drain_that_was_killed_sends_nothing_again() {
    let (dir, recorder, site) = ready();
    once(&site, "12T06:00");
    recorder.takes(Duration::from_millis(60));
    let mut drain = crate::office::cuofeng();
    let mut drain = drain
        .args(["once", "--now", "2026-09-12T08:00:00+08:00", "--site"])
        .arg(&site)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program");
    let wait = |letters: usize| {
        for _ in 0..1500 {
            if told(&recorder).0 >= letters {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no {letters} letters came");
    };
    wait(5);
    let kept = dir.path().join("kept.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use sqlx::Connection as _;
        let path = format!("sqlite://{}", site.join("state/cuofeng.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&path).await.expect("the database");
        sqlx::query("vacuum into ?").bind(kept.to_str()).execute(&mut connection).await.expect("a copy");
    });
    let then = told(&recorder).0;
    wait(then + 12);
    drain.kill().expect("killed");
    drain.wait().expect("ended");
    // A letter that was on its way is taken after its sender was killed.
    let mut taken = told(&recorder).0;
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = told(&recorder).0;
        if now == taken {
            break;
        }
        taken = now;
    }
    recorder.takes(Duration::ZERO);
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    std::fs::create_dir(site.join("state")).expect("a folder");
    std::fs::rename(&kept, site.join("state/cuofeng.db")).expect("put back");
    nothing_twice(&site, &recorder, "forgotten");
}

#[test]
fn a_state_folder_removed_under_a_running_service_lets_nobody_in_and_ends_it() {
    let (_dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let before = told(&recorder);
    let mut service = at_work(&site);
    // It ends within a second of losing its folder, and whoever comes later is let in: it stands still so that a second
    // worker comes while it is there.
    service.stand_still();
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    for _ in 0..2 {
        let second = call(&site, &["once"], "12T08:10");
        assert_eq!(second.status.code(), Some(2), "a second worker is refused: {}", text(&second));
    }
    service.go_on();
    let ended = service.ended(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.code() == Some(2)), "{ended:?} {}", service.said());
    assert!(
        service.said().contains("moved, removed or replaced") || service.said().contains("数据库"),
        "{}",
        service.said()
    );
    assert_eq!(told(&recorder), before, "nothing was sent");
    nothing_twice(&site, &recorder, "forgotten");
}

#[test]
fn a_database_replaced_under_a_running_service_ends_it() {
    let (_dir, _recorder, site) = ready();
    let kept = told_since(&site);
    let mut service = at_work(&site);
    copy(&kept.join("cuofeng.db"), &site.join("state/new.db"));
    std::fs::rename(site.join("state/new.db"), site.join("state/cuofeng.db")).expect("replaced");
    let ended = service.ended(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.code() == Some(2)), "{ended:?} {}", service.said());
}

#[test]
fn another_sites_database_sends_nothing_until_a_person_says_what_it_is() {
    let (dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let other = dir.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    let other = self::site(&other, recorder.port);
    once(&other, "12T06:00");
    let kept = dir.path().join("kept");
    copy(&site.join("state"), &kept);
    put_back(&site, &other.join("state"));
    let (before, ..) = told(&recorder);
    once(&site, "12T08:20");
    assert_eq!((told(&recorder), why(&site).as_str()), ((before, 0, 2), "foreign"));
    let early = call(&site, &["resume", "--by", RELEASER], "12T08:30");
    assert_eq!(early.status.code(), Some(1), "{}", text(&early));
    // The right one is put back: it knows all that has left, and goes on.
    put_back(&site, &kept);
    once(&site, "12T08:40");
    assert_eq!((told(&recorder), why(&site).as_str()), ((before, 0, 2), "nothing"));
}
