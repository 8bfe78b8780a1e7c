//! The service is killed again and again while it sends by mail, by an SMS gateway and into a folder: nothing is lost,
//! nothing is doubled, and what may have been is listed.
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
use killed::{again_and_again, carried, cut, kills, states};
use recorder::Recorder;
use recorder::gateway::Gateway;

const FORMS: [Form; 3] = [Form::Email, Form::Sms, Form::Speech];
/// What a crash may leave: by mail as many as there are connections, by the gateway one.
const AT_ONCE: usize = CONNECTIONS + 1;
const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_and_doubles_nothing_and_lists_what_may_have_been() {
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
