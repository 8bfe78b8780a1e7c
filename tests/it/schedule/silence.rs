//! Silence is told, and so is life.

use std::path::Path;
use std::time::Duration;

use cuofeng_office::clock::Clock;
use cuofeng_service::deadman::Deadman;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{at, begin, site_with};
use crate::office::{self, folder, letters, run, text};

#[tokio::test]
async fn silence_is_told_once_by_the_second_path_and_lifted_when_runs_succeed() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"\nevaluate = { deadline_minutes = 45 }");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let (clock, hand) = Clock::by_hand(at("2026-09-12T19:50:00+08:00"));
    let mut deadman = Deadman::begin(&site, clock).await.expect("a watch");
    let told =
        |purpose: &str| letters(&site).keys().filter(|n| n.starts_with("silence-site") && n.contains(purpose)).count();
    let stop = CancellationToken::new();
    // 20:00 passes, and no job is looked after: the service hangs.
    for (minutes, raised) in [(0, 0), (25, 0), (14, 0), (2, 4), (20, 4), (20, 4)] {
        hand.step(Duration::from_mins(minutes));
        deadman.look(&stop).await.expect("a look");
        assert_eq!(told(".raise."), raised, "two members of staff by two forms, after {minutes} more minutes");
    }
    let (_, sms) = letters(&site).into_iter().find(|(n, _)| n.contains("silence") && n.contains(".sms")).expect("one");
    for (letter, said) in [(sms, "请登录处理"), (office::mails(&site), "cuofeng runs")] {
        assert!(letter.contains("“取预报”应于9月12日20:00开始") && letter.contains(said), "{letter}");
    }
    // A restart is no success.
    let (clock, hand) = Clock::by_hand(at("2026-09-12T21:30:00+08:00"));
    let mut deadman = Deadman::begin(&site, clock).await.expect("a watch");
    deadman.look(&stop).await.expect("a look");
    assert_eq!(told(".lift."), 0);
    office.hand.set(at("2026-09-12T21:31:00+08:00"));
    assert_eq!(office.look().await, ["pull 20:00", "evaluate 20:00", "deliver 20:00"]);
    hand.step(Duration::from_mins(2));
    deadman.look(&stop).await.expect("a look");
    deadman.look(&stop).await.expect("a look");
    assert_eq!((told(".raise."), told(".lift.")), (4, 4));
}

#[tokio::test]
async fn a_pull_that_brings_nothing_is_a_failed_run_and_does_not_keep_the_others_from_theirs() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    std::fs::write(site.join("feeds/recording.csv"), "nonsense\n").expect("a file");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    assert_eq!(office.look().await.len(), 5);
    let pull = office.record("pull").await;
    assert!(pull[0].starts_with("08:00 failed ") && pull[0].contains("recording"), "{pull:?}");
    assert_eq!(office.record("evaluate").await, ["08:00 done"]);
    let runs = run(&["runs", "--now", "2026-09-12T08:30:00+08:00"], &site);
    assert_eq!(runs.status.code(), Some(1), "{}", text(&runs));
    assert!(text(&runs).contains("逾期"), "{}", text(&runs));
}

fn heartbeat(site: &Path) -> Value {
    let file = std::fs::read_to_string(site.join("state/heartbeat.json")).expect("a heartbeat");
    serde_json::from_str(&file).expect("one JSON object")
}

#[tokio::test]
async fn a_sign_of_life_is_given_after_each_run_and_to_the_address_while_all_is_well() {
    use std::io::{Read, Write};
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/ping", server.local_addr().expect("an address"));
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.expect("a connection");
            let mut got = String::new();
            let mut buffer = [0; 4096];
            while !got.ends_with("\"state\":\"done\"}") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => got.push_str(&String::from_utf8_lossy(&buffer[..count])),
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = sender.send(got);
        }
    });
    let dir = folder();
    let site = site_with(dir.path(), &format!("cycle = \"0 8,20 * * *\"\nheartbeat_url = \"{url}\""));
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let sign = heartbeat(&site);
    let expected = serde_json::json!({
        "schema": "cuofeng.heartbeat/1", "job": "housekeeping", "state": "done", "reason": null,
        "due_at": "2026-09-12T03:30:00+08:00", "finished_at": "2026-09-12T08:00:05+08:00",
        "next_due": "2026-09-13T03:30:00+08:00", "expected_by": "2026-09-12T20:30:00+08:00",
    });
    assert_eq!(sign, expected);
    let posts: Vec<String> = received.try_iter().collect();
    assert_eq!(posts.len(), 6);
    assert!(posts[0].starts_with("POST /ping ") && posts[0].contains("\"job\":\"pull\""), "{}", posts[0]);
    // A failing job takes the sign away from the address; the file says which.
    std::fs::write(site.join("feeds/recording.csv"), "nonsense\n").expect("a file");
    office.hand.step(Duration::from_hours(12));
    office.look().await;
    assert_eq!(received.try_iter().count(), 0);
    assert_eq!(heartbeat(&site)["job"], "deliver");
}
