//! The service is killed again and again while it sends by mail, by an SMS gateway and into a folder: nothing is lost,
//! nothing is doubled, and what may have been is listed.
//!
//! `CUOFENG_KILLS` says how often; 300 takes some minutes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

use crate::fill;
use crate::killed;
use crate::killed::{again_and_again, alone, backup, carried, cut, kills, often, service, states, whole};
use crate::recorder::Recorder;
use crate::recorder::gateway::Gateway;

const FORMS: [Form; 3] = [Form::Email, Form::Sms, Form::Speech];

/// What a crash may leave: by mail as many as there are connections, by the gateway one.
const AT_ONCE: usize = CONNECTIONS + 1;

const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_and_doubles_nothing_and_lists_what_may_have_been() {
    let _alone = alone().await;
    let kills = kills(20);
    let dir = tempfile::tempdir().expect("a folder");
    let (server, gateway) = (Recorder::start(), Gateway::start());
    let site = fill::mail_site(dir.path(), server.port, &format!("connections = {CONNECTIONS}"));
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, text + "sms = \"sms_http\"\n" + &gateway.section()).expect("the site file");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    // As many as last for all the kills.
    let notices = if kills > 100 { 2000 } else { 800 };
    let now = Utc::now();
    fill::fill(&store, &config, notices, &FORMS, now).await;
    // Every tenth is told of two things at once.
    let seconds = fill::beside(&store, &config, notices, &[Form::Email, Form::Sms], now).await;

    let delay = Duration::from_micros(if kills > 100 { 6000 } else { 3000 });
    server.takes(delay);
    gateway.takes(delay / u32::try_from(CONNECTIONS).expect("few"));
    let left = again_and_again(&site, &store, kills, || server.mails().len() + gateway.count()).await;

    let states = states(&store).await;
    let mut taken = server.ids();
    taken.extend(gateway.keys());
    assert_eq!(states.len(), notices * FORMS.len() + seconds * 2);
    let carried = carried(&store).await;
    assert_eq!(carried.len(), seconds * 2, "both forms of each went in the message of the first");
    let (mut listed, mut letters) = (0, 0);
    for (key, (channel, state)) in &states {
        let times = taken.get(key).copied().unwrap_or(0);
        if let Some(by) = carried.get(key) {
            assert_eq!((times, state), (0, &states[by].1), "{key} has no message of its own, and its carrier's fate");
            letters += usize::from(state == "unknown");
            continue;
        }
        match (channel.as_str(), state.as_str()) {
            ("email" | "sms_http", "accepted") => assert_eq!(times, 1, "{key}"),
            ("email" | "sms_http", "unknown") => {
                listed += 1;
                assert!(times <= 1, "{key} was sent {times} times");
            }
            ("folder", "delivered") => assert!(site.join(format!("out/{key}.speech.txt")).exists(), "{key}"),
            other => panic!("{key} is {other:?}"),
        }
    }
    let files = std::fs::read_dir(site.join("out")).expect("a folder").flatten();
    assert_eq!(files.filter(|f| f.file_name().to_string_lossy().ends_with(".speech.txt")).count(), notices);
    assert_eq!(taken.keys().filter(|key| !states.contains_key(*key)).count(), 0);
    assert!(listed <= kills * AT_ONCE, "{listed} unknown after {kills} kills");
    // The list is exact: a letter is on it if and only if it was being sent when the program ended.
    let mut cut = cut(&store, "email").await;
    cut.extend(self::cut(&store, "sms_http").await);
    cut.sort();
    let unknown: Vec<&String> =
        states.iter().filter(|(_, (_, state))| state == "unknown").map(|(key, _)| key).collect();
    assert_eq!(cut.iter().collect::<Vec<_>>(), unknown);
    assert_eq!(unknown.len(), listed + letters);
    let arrived = unknown.iter().filter(|key| taken.contains_key(**key)).count();
    println!("{kills} kills, {left} left to the end; {listed} listed as unknown, of which {arrived} had arrived");
    store.close().await;
}

/// Waits until something is so, for a minute at most.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn cuofeng(words: &[&str], site: &std::path::Path) {
    let run = Command::new(env!("CARGO_BIN_EXE_cuofeng")).args(words).arg("--site").arg(site).output();
    let run = run.expect("the program");
    assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_among_the_kills_nothing_is_doubled_and_what_may_have_been_is_listed() {
    let _alone = alone().await;
    let kills = kills(10);
    let dir = tempfile::tempdir().expect("a folder");
    let (server, gateway) = (Recorder::start(), Gateway::start());
    let site = fill::mail_site(dir.path(), server.port, &format!("connections = {CONNECTIONS}"));
    std::fs::write(site.join("staff.csv"), "name,role\n样例甲,releaser\n").expect("a table");
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, text + "sms = \"sms_http\"\n" + &gateway.section()).expect("the site file");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    let notices = if kills > 100 { 2000 } else { 600 };
    fill::fill(&store, &config, notices, &[Form::Email, Form::Sms], Utc::now()).await;
    let delay = Duration::from_micros(if kills > 100 { 6000 } else { 3000 });
    server.takes(delay);
    gateway.takes(delay / u32::try_from(CONNECTIONS).expect("few"));
    let arrived = || server.mails().len() + gateway.count();
    often(&site, &store, kills / 2, arrived).await;

    // A backup while it sends; it sends on; then there is only the backup.
    let archive = dir.path().join("last.zip");
    let mut child = service(&site, None);
    let had = arrived();
    until("it sends", async || arrived() >= had + 20).await;
    whole(backup(&site, &archive), &archive);
    let had = arrived();
    until("it sends on", async || arrived() >= had + 20 || killed::waiting(&store).await == 0).await;
    child.kill().expect("a child");
    child.wait().expect("a child");
    store.close().await;
    std::fs::rename(&site, dir.path().join("lost")).expect("a folder");
    cuofeng(&["restore", archive.to_str().expect("a path")], &site);
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    let mut child = service(&site, None);
    until("it has looked", async || {
        let looked: i64 = sqlx::query_scalar("select count(*) from run where job = 'housekeeping' and state = 'done'")
            .fetch_one(store.pool())
            .await
            .expect("the record");
        looked > 0 && store.hold().await.expect("a hold").is_some()
    })
    .await;
    let (before, listed) = (arrived(), states(&store).await);
    let unfinished: BTreeSet<String> =
        listed.iter().filter(|(_, (_, state))| state == "unknown").map(|(key, _)| key.clone()).collect();
    assert!(listed.values().all(|(_, state)| state == "unknown" || state == "accepted"), "all is final or listed");
    cuofeng(&["resume", "--unjudged", "--by", "样例甲"], &site);
    child.kill().expect("a child");
    child.wait().expect("a child");
    assert_eq!(arrived(), before, "nothing of before is sent by itself");

    // New letters, and kills again.
    fill::beside(&store, &config, notices * 10, &[Form::Email, Form::Sms], Utc::now()).await;
    let left = again_and_again(&site, &store, kills - kills / 2, arrived).await;
    let states = states(&store).await;
    assert_eq!(states.len(), notices * 4);
    let mut taken = server.ids();
    taken.extend(gateway.keys());
    for (key, (_, state)) in &states {
        match (taken.get(key).copied().unwrap_or(0), state.as_str()) {
            (1, "accepted") | (0 | 1, "unknown") => {}
            other => panic!("{key} is {other:?}"),
        }
    }
    assert_eq!(taken.keys().filter(|key| !states.contains_key(*key)).count(), 0);
    let mut listed = unfinished.clone();
    listed.extend(cut(&store, "email").await);
    listed.extend(cut(&store, "sms_http").await);
    let unknown: BTreeSet<String> =
        states.iter().filter(|(_, (_, state))| state == "unknown").map(|(key, _)| key.clone()).collect();
    assert_eq!(unknown, listed, "the list is exact");
    let gone = unfinished.iter().filter(|key| taken.contains_key(*key)).count();
    println!(
        "{kills} kills and a restore, {left} left to the end; {} listed by it, {gone} of them gone out",
        unfinished.len()
    );
    store.close().await;
}
