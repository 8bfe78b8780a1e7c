//! The service beside files that change.

use std::time::{Duration, Instant};

use cuofeng_app::App;
use cuofeng_office::clock::Clock;
use cuofeng_service::service::Service;
use tokio_util::sync::CancellationToken;

use super::{in_force, runs};
use crate::office::{self, call, folder, letters, rested, ruled, text};

#[tokio::test]
async fn the_service_decides_anew_at_its_next_look_without_waiting_for_a_job_that_is_due() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    let jobs = "cycle = \"0 8,20 * * *\"\nremind = { at = \"0 8,20 * * *\" }\nbackup = { missed = \"skip\" }\n";
    std::fs::write(&path, format!("{head}[schedule]\n{jobs}")).expect("the site file");
    let (clock, hand) = Clock::by_hand("2026-09-12T00:00:05Z".parse().expect("a time"));
    let mut app = App::start(&site, clock).await.expect("a site");
    let mut service = Service::new(&app);
    let stop = CancellationToken::new();
    service.look(&mut app, &stop).await.expect("a look");
    assert!(office::to_enterprises(&site, "raise") > 0, "told by the morning's run");
    let alarmed = || letters(&site).keys().any(|name| name.starts_with("forecast-wuping") && name.contains(".raise."));
    assert!(!alarmed());
    let number = in_force(&site, "12T08:00")[0].to_string();
    let withdraw = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "登错了城市"];
    assert!(call(&site, &withdraw, "12T08:01").status.success());
    assert_eq!(app.store.waiting_anew().await.expect("regions").len(), 1);
    hand.step(Duration::from_mins(2));
    let ended = service.look(&mut app, &stop).await.expect("a look");
    assert!(ended.is_empty(), "nothing was due: {ended:?}");
    assert!(alarmed(), "decided anew: there is nothing to judge by, and duty staff know");
    assert!(app.store.waiting_anew().await.expect("regions").is_empty());
}

#[tokio::test]
async fn the_service_reads_a_table_again_that_was_still_being_written_though_it_does_not_change() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    let jobs = "cycle = \"0 8,20 * * *\"\nremind = { at = \"0 8,20 * * *\" }\nbackup = { missed = \"skip\" }\n";
    std::fs::write(&path, format!("{head}[schedule]\n{jobs}")).expect("the site file");
    let recording = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&recording).expect("the recording");
    let (clock, hand) = Clock::by_hand("2026-09-12T00:00:05Z".parse().expect("a time"));
    let mut app = App::start(&site, clock).await.expect("a site");
    let mut service = Service::new(&app);
    let stop = CancellationToken::new();
    let read_at = async |app: &App| app.store.feed_state("recording").await.expect("a state").succeeded_at;
    std::fs::write(&recording, whole.trim_end()).expect("a last line without its end");
    service.look(&mut app, &stop).await.expect("a look");
    let first = read_at(&app).await.expect("read");
    hand.step(Duration::from_mins(2));
    let ended = service.look(&mut app, &stop).await.expect("a look");
    assert!(ended.is_empty(), "nothing was due: {ended:?}");
    assert_eq!(read_at(&app).await, Some(first + chrono::Duration::minutes(2)), "what was left out is read");
    // Finished, it is read once more and no further.
    std::fs::write(&recording, &whole).expect("the whole");
    office::rested(&recording);
    let mut times = Vec::new();
    for _ in 0..4 {
        hand.step(Duration::from_mins(2));
        service.look(&mut app, &stop).await.expect("a look");
        times.push(read_at(&app).await.expect("read"));
    }
    assert_eq!(times[2], times[3], "nothing is waited for any more: {times:?}");
}

/// A table without a head is one of which the head may still come, unless it is longer than any head.
#[test]
fn a_young_table_without_its_head_is_waited_for_only_while_it_is_short() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let table = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&table).expect("the recording");
    let rows = |count: usize| whole.lines().skip(1).take(count).fold(String::new(), |all, row| all + row + "\n");
    for (count, waited) in [(5, true), (60, false)] {
        // Its last line has no end: somebody is writing.
        std::fs::write(&table, rows(count) + "2026-09-12T07:0").expect("a table");
        let output = call(&site, &["once"], "12T08:00");
        let words = text(&output);
        assert!(words.contains("recording.csv"), "{words}");
        assert_eq!(words.contains("数据没有取全"), !waited, "{count} rows: {words}");
    }
}

#[test]
fn a_table_that_is_being_written_is_looked_at_again_and_its_open_line_is_no_row_yet() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let table = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&table).expect("the recording");
    // Cut in the middle of a row's last number, as a writer leaves it for a moment.
    let morning = whole.lines().take_while(|line| line.starts_with("issued") || line.starts_with("2026-09-12T07:00"));
    let rows: Vec<&str> = morning.collect();
    assert!(rows.len() > 24, "the morning's run is the first");
    let half = rows.join("\n");
    std::fs::write(&table, &half[..half.len() - 1]).expect("half a table");
    let begun = Instant::now();
    let words = text(&call(&site, &["once"], "12T08:00"));
    assert!(begun.elapsed() >= Duration::from_secs(2), "looked at again");
    let row = format!("第 {} 行", rows.len());
    assert!(words.contains("recording.csv") && words.contains(&row), "{words}");
    let hours = |time: &str| runs(&site, time).last().expect("a run")["hours"][1].clone();
    let before = hours("12T08:00");
    // It is finished, and has rested: read at once, with the row.
    std::fs::write(&table, &whole).expect("the table");
    rested(&table);
    let begun = Instant::now();
    let words = text(&call(&site, &["once"], "12T08:10"));
    assert!(!words.contains("没有换行"), "{words}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_ne!(hours("12T08:10"), before, "another version, with the rest");
}
