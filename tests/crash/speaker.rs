//! The service is killed again and again while it gives villages' texts to loudspeakers: none is lost, none is ordered
//! twice, and what may have been ordered is listed, as of mails.
//!
//! `CUOFENG_KILLS` says how often.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_channel::speaker::letter_of;
use cuofeng_office::site::Site;

use crate::far_side::{Answer, FarSide};
use crate::fill;
use crate::killed::{again_and_again, alone, cut, kills, states};
use crate::village::{self, Peer, Village, until};

/// So many that no kill finds the work done.
fn texts(kills: usize) -> usize {
    400.max(kills * 8)
}

/// A village whose outbox is full of texts by this channel.
async fn full(channel: &str, port: u16, kills: usize) -> Village {
    let village = Village::with(channel, port).await;
    let config = Site::read(&village.site).0.expect("a site").config;
    fill::fill(&village.store, &config, texts(kills), &[Form::Speech], Utc::now()).await;
    village
}

/// Every order counts once for its letter, and every letter has its own or is on the list.
async fn assert_exact(village: &Village, channel: &str, orders: &[String], kills: usize) {
    let mut ordered: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for order in orders {
        let (key, attempt) = letter_of(order).expect("an order's identifier");
        ordered.entry(key.to_owned()).or_default().insert(attempt);
    }
    let states = states(&village.store).await;
    assert_eq!(states.len(), texts(kills));
    let mut listed = Vec::new();
    for (key, (by, state)) in &states {
        let times = ordered.get(key).map_or(0, BTreeSet::len);
        match state.as_str() {
            "accepted" => assert_eq!((by.as_str(), times), (channel, 1), "{key}"),
            "unknown" => {
                assert!(times <= 1, "{key} was ordered {times} times");
                listed.push(key.clone());
            }
            other => panic!("{key} is {other}"),
        }
    }
    assert!(ordered.keys().all(|key| states.contains_key(key)));
    assert!(listed.len() <= kills, "{} unknown after {kills} kills", listed.len());
    assert_eq!(cut(&village.store, channel).await, listed, "the list is exact");
    let arrived = listed.iter().filter(|key| ordered.contains_key(*key)).count();
    println!("{channel}: {kills} kills; {} listed as unknown, of which {arrived} had arrived", listed.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn by_mqtt() {
    let _alone = alone().await;
    let (kills, port) = (kills(12), village::free_port());
    let mqtt = format!(
        "[channel.mqtt]\nhost = \"127.0.0.1\"\nport = {port}\ntimeout_seconds = 5\n[deliver]\nspeech = \"mqtt\"\n"
    );
    let village = full(&mqtt, port, kills).await;
    let _broker = village.broker();
    let notes = village.path().join("orders.txt");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/recorder.py");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script).arg(port.to_string()).arg(&notes).stderr(Stdio::null());
    let _recorder = Peer(command.spawn().expect("python3"));
    let lines = || std::fs::read_to_string(&notes).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    until("the recorder", || lines().first().is_some_and(|line| line == "ready"));
    let left = again_and_again(&village.site, &village.store, kills, || lines().len()).await;
    // The broker hands over what it has taken.
    let accepted = states(&village.store).await.values().filter(|(_, state)| state == "accepted").count();
    until("the last orders", || lines().iter().collect::<BTreeSet<_>>().len() > accepted);
    let orders: Vec<String> = lines().into_iter().filter(|line| line != "ready").collect();
    println!("{left} left to the end");
    assert_exact(&village, "mqtt", &orders, kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_http() {
    let _alone = alone().await;
    let kills = kills(12);
    let device = FarSide::start(|_| {
        std::thread::sleep(Duration::from_millis(3));
        Answer::ok("{\"code\":0}")
    });
    let http = format!(
        "[channel.speaker_http]\nurl = \"{}/play?to={{address}}&text={{text}}&order={{order}}\"\ncode = \"/code\"\n\
         ok = [\"0\"]\n[deliver]\nspeech = \"speaker_http\"\n",
        device.url
    );
    let village = full(&http, 0, kills).await;
    let left = again_and_again(&village.site, &village.store, kills, || device.asked().len()).await;
    let orders = device.asked().iter().filter_map(|a| a.parameter("order").map(str::to_owned)).collect::<Vec<_>>();
    let plain: BTreeSet<&String> = orders.iter().collect();
    assert_eq!(plain.len(), orders.len(), "no order twice");
    println!("{left} left to the end");
    assert_exact(&village, "speaker_http", &orders, kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_files() {
    let _alone = alone().await;
    let kills = kills(12);
    let file = "[channel.speaker_file]\nsender = \"35001990000000103010101\"\nsender_code = \"0001\"\n\
                event = \"11B06\"\n[deliver]\nspeech = \"speaker_file\"\n";
    let village = full(file, 0, kills).await;
    let names = || -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(village.site.join("broadcast")) else { return Vec::new() };
        let names = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("EBDB_")).collect()
    };
    let left = again_and_again(&village.site, &village.store, kills, || names().len()).await;
    let states = states(&village.store).await;
    assert!(states.values().all(|(_, state)| state == "accepted"), "written again is written once: none is unknown");
    assert_eq!(names().len(), texts(kills), "one message a text, however often it was begun");
    for name in names() {
        let text = std::fs::read_to_string(village.site.join("broadcast").join(name)).expect("a file");
        assert!(text.trim_end().ends_with("</EBD>"), "whole or not at all");
    }
    println!("speaker_file: {kills} kills; {left} left to the end, none unknown");
}
