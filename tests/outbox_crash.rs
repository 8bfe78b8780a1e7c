//! The service is killed again and again while it sends by mail, by an SMS gateway and into a folder: nothing is lost,
//! nothing is doubled, and what may have been is listed.
//!
//! `CUOFENG_KILLS` says how often; 300 takes some minutes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod fill;
mod recorder;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng::config::Form;
use cuofeng::site::Site;
use cuofeng::store::Store;
use recorder::Recorder;
use recorder::gateway::Gateway;

const FORMS: [Form; 3] = [Form::Email, Form::Sms, Form::Speech];
/// What a crash may leave: by mail as many as there are connections, by the gateway one.
const AT_ONCE: usize = CONNECTIONS + 1;
const CONNECTIONS: usize = 4;

fn service(site: &Path, die_at: Option<&str>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuofeng"));
    command.args(["run", "--site"]).arg(site).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_remove("CUOFENG_LOG").env_remove("CUOFENG_DIE_AT");
    if let Some(place) = die_at {
        command.env("CUOFENG_DIE_AT", place);
    }
    command.spawn().expect("the service")
}

async fn states(store: &Store) -> BTreeMap<String, (String, String)> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select key, channel, state from outbox").fetch_all(store.pool()).await.expect("the outbox");
    rows.into_iter().map(|(key, channel, state)| (key, (channel, state))).collect()
}

async fn waiting(store: &Store) -> i64 {
    sqlx::query_scalar("select count(*) from outbox where state in ('queued', 'leased', 'sending')")
        .fetch_one(store.pool())
        .await
        .expect("the outbox")
}

/// Waits until the service has died by itself, or `until` says so; then it is killed.
async fn kill(mut child: Child, mut until: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() && !until().await {
        assert!(begun.elapsed() < Duration::from_mins(2), "the service neither ends nor goes on");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _ = child.kill();
    child.wait().expect("a child");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_and_doubles_nothing_and_lists_what_may_have_been() {
    let kills: usize = std::env::var("CUOFENG_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
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
    fill::fill(&store, &config, notices, &FORMS, Utc::now()).await;

    let delay = Duration::from_micros(if kills > 100 { 6000 } else { 3000 });
    server.takes(delay);
    gateway.takes(delay / u32::try_from(CONNECTIONS).expect("few"));
    let taken = || server.mails().len() + gateway.count();
    for round in 0..kills {
        // A moment that no pattern of the program's falls in step with.
        let moment = Duration::from_micros((round as u64 * 7919) % 60_000);
        let place = ["committing", "committed", "sent"][round % 3];
        let die_at = (round % 2 == 0).then(|| format!("{place}:{}", 1 + round * 13 % 17));
        let (had, begun) = (taken(), Instant::now());
        let child = service(&site, die_at.as_deref());
        let mut since = None;
        let until = async || {
            if die_at.is_some() {
                return begun.elapsed() > Duration::from_secs(3) && waiting(&store).await == 0;
            }
            if since.is_none() && taken() > had {
                since = Some(Instant::now());
            }
            since.is_some_and(|since| since.elapsed() >= moment)
                || begun.elapsed() > Duration::from_secs(3) && waiting(&store).await == 0
        };
        kill(child, until).await;
    }
    let left = waiting(&store).await;
    server.takes(Duration::ZERO);
    gateway.takes(Duration::ZERO);
    let last = service(&site, None);
    kill(last, async || waiting(&store).await == 0).await;

    let states = states(&store).await;
    let mut taken = server.ids();
    taken.extend(gateway.keys());
    assert_eq!(states.len(), notices * FORMS.len());
    let mut listed = 0;
    for (key, (channel, state)) in &states {
        let times = taken.get(key).copied().unwrap_or(0);
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
    let cut: Vec<String> = sqlx::query_scalar(
        "select o.key from outbox o join transition t on t.outbox = o.id
         where o.channel <> 'folder' and t.state = 'sending' and not exists (
             select 1 from transition n where n.outbox = t.outbox and n.number = t.number + 1
                 and n.state in ('accepted', 'queued'))",
    )
    .fetch_all(store.pool())
    .await
    .expect("the outbox");
    let unknown: Vec<&String> =
        states.iter().filter(|(_, (_, state))| state == "unknown").map(|(key, _)| key).collect();
    let mut cut: Vec<&String> = cut.iter().collect();
    cut.sort();
    assert_eq!(cut, unknown);
    let arrived = unknown.iter().filter(|key| taken.contains_key(**key)).count();
    println!("{kills} kills, {left} left to the end; {listed} listed as unknown, of which {arrived} had arrived");
    store.close().await;
}
