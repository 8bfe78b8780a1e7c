//! The service is killed again and again while it sends by an operator's line: no message is lost, no part of one goes
//! out twice, what may have gone is listed, and what the operator says of each in the end is on record.
//!
//! `CUOFENG_KILLS` says how often.
#![cfg(feature = "smpp")]
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_notice::Notice;
use cuofeng_office::site::Site;
use cuofeng_store::{Store, episodes};

use crate::fill;
use crate::killed::{again_and_again, alone, cut, kill, kills, service, states};
use crate::operator::{Operator, site};

/// Messages that wait for their answers: as many a crash may leave.
const WINDOW: usize = 4;

/// Every so manyth message is a long one of two parts.
const LONG: usize = 5;

fn message(id: &cuofeng_rules::warning::EpisodeId, number: usize) -> Notice {
    let mut notice = fill::notice(id, number, &[Form::Sms], Utc::now());
    if number.is_multiple_of(LONG) {
        notice.parts[0].body = (notice.parts[0].body.text().to_owned() + &"请错峰。".repeat(15)).into();
    }
    notice
}

/// How many messages the operator has taken and not yet spoken of.
async fn accepted(store: &Store) -> i64 {
    sqlx::query_scalar("select count(*) from outbox where state = 'accepted'")
        .fetch_one(store.pool())
        .await
        .expect("the outbox")
}

/// How often each part of each message was taken, by the number it went to and what its header says.
fn parts(operator: &Operator) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut all: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for message in operator.taken("message") {
        let to = message["to"].as_str().expect("a number").trim_start_matches("86").to_owned();
        // The last byte of the header counts the parts.
        let part = message["header"].as_str().map_or_else(String::new, |h| h[h.len() - 2..].to_owned());
        *all.entry(to).or_default().entry(part).or_default() += 1;
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_line_loses_and_doubles_nothing_and_lists_what_may_have_been() {
    let _alone = alone().await;
    let kills = kills(10);
    let dir = tempfile::tempdir().expect("a folder");
    let operator = Operator::plain(dir.path(), 4);
    let site = site(dir.path(), operator.port, "hushed1", WINDOW);
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    // As many as last for all the kills.
    let count = 400.max(kills * 30);
    let id = fill::episode(&store, Utc::now()).await;
    for numbers in (0..count).collect::<Vec<_>>().chunks(500) {
        let notices: Vec<Notice> = numbers.iter().map(|number| message(&id, *number)).collect();
        let mut tx = store.begin().await.expect("a transaction");
        episodes::write_notices(&mut tx, &notices, &id, 1, Utc::now()).await.expect("notices");
        cuofeng_outbox::enqueue(&mut tx, &notices, &config.routes, Utc::now()).await.expect("letters");
        tx.commit().await.expect("a commit");
    }

    let grown = || std::fs::metadata(&operator.file).map_or(0, |file| usize::try_from(file.len()).expect("small"));
    let left = again_and_again(&site, &store, kills, grown).await;
    // Receipts that were not on record when the program ended are given again, a thousand at most to one run.
    for _ in 0..count / 400 + 3 {
        let (mut open, mut since) = (accepted(&store).await, Instant::now());
        if open == 0 {
            break;
        }
        kill(service(&site, None), async || {
            let now = accepted(&store).await;
            if now != open {
                (open, since) = (now, Instant::now());
            }
            now == 0 || since.elapsed() > Duration::from_secs(5)
        })
        .await;
    }

    let (states, taken) = (states(&store).await, parts(&operator));
    assert_eq!(states.len(), count);
    let (mut unknown, mut arrived) = (Vec::new(), 0);
    for number in 0..count {
        let key = states.keys().find(|key| key.contains(&format!("enterprise-E{number:06}."))).expect("a letter");
        let none = BTreeMap::new();
        let parts = taken.get(&format!("1{number:010}")).unwrap_or(&none);
        assert!(parts.values().all(|times| *times == 1), "{key}: {parts:?}");
        match states[key].1.as_str() {
            "delivered" => assert_eq!(parts.len(), if number.is_multiple_of(LONG) { 2 } else { 1 }, "{key}"),
            "unknown" => {
                unknown.push(key.clone());
                arrived += usize::from(!parts.is_empty());
            }
            other => panic!("{key} is {other}"),
        }
    }
    assert!(unknown.len() <= kills * WINDOW, "{} unknown after {kills} kills", unknown.len());
    assert_eq!(cut(&store, "smpp").await, unknown, "the list is exact");
    println!(
        "{kills} kills, {left} left to the end; {} listed as unknown, of which {arrived} had arrived, whole or in part",
        unknown.len()
    );
    store.close().await;
}
