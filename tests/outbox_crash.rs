//! The service is killed again and again while it sends: nothing is lost, nothing is doubled, and what may have been is
//! listed.
//!
//! `CUOFENG_KILLS` says how often; 300 takes some minutes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod fill;
mod killed;
mod recorder;

use std::time::Duration;

use chrono::Utc;
use cuofeng::config::Form;
use cuofeng::site::Site;
use cuofeng::store::Store;
use killed::{again_and_again, cut, kills, states};
use recorder::Recorder;

const LETTERS: usize = 2000;
const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_and_doubles_nothing_and_lists_what_may_have_been() {
    let kills = kills(20);
    let dir = tempfile::tempdir().expect("a folder");
    let server = Recorder::start();
    let site = fill::mail_site(dir.path(), server.port, &format!("connections = {CONNECTIONS}"));
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    fill::fill(&store, &config, LETTERS / 2, &[Form::Email, Form::Sms], Utc::now()).await;

    server.takes(Duration::from_millis(if kills > 100 { 6 } else { 3 }));
    let left = again_and_again(&site, &store, kills, || server.mails().len()).await;
    server.takes(Duration::ZERO);

    let (states, taken) = (states(&store).await, server.ids());
    assert_eq!(states.len(), LETTERS);
    let mut listed = 0;
    for (key, (channel, state)) in &states {
        let times = taken.get(key).copied().unwrap_or(0);
        match (channel.as_str(), state.as_str()) {
            ("email", "accepted") => assert_eq!(times, 1, "{key}"),
            ("email", "unknown") => {
                listed += 1;
                assert!(times <= 1, "{key} was sent {times} times");
            }
            ("folder", "delivered") => assert!(site.join(format!("out/{key}.sms.txt")).exists(), "{key}"),
            other => panic!("{key} is {other:?}"),
        }
    }
    let files = std::fs::read_dir(site.join("out")).expect("a folder").flatten();
    assert_eq!(files.filter(|f| f.file_name().to_string_lossy().ends_with(".sms.txt")).count(), LETTERS / 2);
    assert_eq!(taken.keys().filter(|key| !states.contains_key(*key)).count(), 0);
    assert!(listed <= kills * CONNECTIONS, "{listed} unknown after {kills} kills");
    // The list is exact: a letter is on it if and only if it was being sent when the program ended.
    let cut = cut(&store, "email").await;
    let unknown: Vec<&String> =
        states.iter().filter(|(_, (_, state))| state == "unknown").map(|(key, _)| key).collect();
    assert_eq!(cut.iter().collect::<Vec<_>>(), unknown);
    let arrived = unknown.iter().filter(|key| taken.contains_key(**key)).count();
    println!("{kills} kills, {left} left to the end; {listed} listed as unknown, of which {arrived} had arrived");
    store.close().await;
}
