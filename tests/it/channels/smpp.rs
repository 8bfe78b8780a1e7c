//! An operator's line: npm's smpp as the far side (feature `smpp`).
#![cfg(feature = "smpp")]

use chrono::{Duration, Utc};
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_notice::Notice;
use cuofeng_office::clock::Clock;
use cuofeng_store::episodes;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::fill;
use crate::operator::{Operator, site};

/// A short message of so many characters to the number that ends so.
fn notice(id: &cuofeng_rules::warning::EpisodeId, ending: usize, length: usize) -> Notice {
    let mut notice = fill::notice(id, 200 + ending, &[Form::Sms], Utc::now());
    notice.parts[0].address = format!("100000002{ending:02}");
    notice.parts[0].body = format!("【武平镇】{}", "错".repeat(length - 5)).into();
    notice
}

async fn write(app: &App, id: &cuofeng_rules::warning::EpisodeId, notices: &[Notice]) {
    let now = Utc::now();
    let mut tx = app.store.begin().await.expect("a transaction");
    episodes::write_notices(&mut tx, notices, id, 1, now).await.expect("notices");
    cuofeng_outbox::enqueue(&mut tx, notices, &app.site.config.routes, now).await.expect("letters");
    tx.commit().await.expect("a commit");
}

async fn states(app: &App) -> Vec<(String, String)> {
    sqlx::query_as("select substr(address, -2), state from outbox where form = 'sms' order by id")
        .fetch_all(app.store.pool())
        .await
        .expect("the outbox")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_takes_refuses_loses_and_reports_and_each_is_told_from_the_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let operator = Operator::start(dir.path());
    let site = site(dir.path(), operator.port, "hushed1", 1);
    let app = App::start(&site, Clock::system()).await.expect("a site");
    let (now, stop) = (Utc::now(), CancellationToken::new());
    let id = fill::episode(&app.store, now).await;
    let notices =
        [(31, 124), (32, 60), (33, 60), (34, 60), (36, 60)].map(|(ending, length)| notice(&id, ending, length));
    write(&app, &id, &notices).await;
    // Receipts come a moment later; the throttled one is tried again after its pause.
    for minutes in [0, 2, 4] {
        app.deliver(now + Duration::minutes(minutes), &stop).await.expect("a drain");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    // Five receipts and a reply, each told to the operator when it was on record.
    assert_eq!(operator.taken("noted").len(), 6);
    // A line that closes after a message was read, and a new one for the rest.
    write(&app, &id, &[notice(&id, 35, 60), notice(&id, 37, 60)]).await;
    for minutes in [5, 6] {
        app.deliver(now + Duration::minutes(minutes), &stop).await.expect("a drain");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    app.deliver(now + Duration::minutes(7), &stop).await.expect("a drain");
    let states = states(&app).await;
    let wanted = [
        ("31", "delivered"),
        ("32", "failed"),
        ("33", "delivered"),
        ("34", "failed"),
        ("36", "delivered"),
        ("35", "unknown"),
        ("37", "delivered"),
    ];
    assert_eq!(states, wanted.map(|(ending, state)| (ending.to_owned(), state.to_owned())));

    // As another implementation reads them: a long message in two parts of at most 140 bytes, UCS-2, no stray bits.
    let bind = operator.taken("bind");
    assert!(bind.iter().all(|bind| bind["version"] == 0x34 && bind["known"] == true), "{bind:?}");
    let messages = operator.taken("message");
    let to = |ending: &str| -> Vec<&Value> {
        messages.iter().filter(|message| message["to"] == format!("86100000002{ending}")).collect()
    };
    let long = to("31");
    assert_eq!(
        long.iter().map(|part| part["text"].as_str().expect("text")).collect::<String>(),
        notices[0].parts[0].body.text()
    );
    let shapes: Vec<(&Value, &Value, u64)> =
        long.iter().map(|part| (&part["esm"], &part["coding"], part["bytes"].as_u64().expect("bytes"))).collect();
    assert_eq!(shapes, [(&Value::from(0x40), &Value::from(8), 134), (&Value::from(0x40), &Value::from(8), 114)]);
    for short in ["32", "33", "35", "36", "37"] {
        let one = to(short);
        assert_eq!(one.len(), 1, "{short}: sent once");
        assert_eq!((&one[0]["esm"], &one[0]["receipt"]), (&Value::from(0), &Value::from(1)), "{short}");
        assert_eq!(one[0]["from"], "106900000000");
    }
    let replies: Vec<(String, String)> =
        sqlx::query_as("select mobile, body from reply").fetch_all(app.store.pool()).await.expect("replies");
    assert_eq!(replies, [("10000000231".to_owned(), "好的，收到".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_closes_the_channel_and_burns_no_letter() {
    let dir = tempfile::tempdir().expect("a folder");
    let operator = Operator::start(dir.path());
    let site = site(dir.path(), operator.port, "wrong", 1);
    let app = App::start(&site, Clock::system()).await.expect("a site");
    let (now, stop) = (Utc::now(), CancellationToken::new());
    fill::fill(&app.store, &app.site.config, 3, &[Form::Sms], now).await;
    app.deliver(now, &stop).await.expect("a drain");
    let waiting = states(&app).await;
    assert!(waiting.len() == 3 && waiting.iter().all(|(_, state)| state == "queued"), "{waiting:?}");
    let pauses = cuofeng_outbox::pause::pauses(&app.store).await.expect("pauses");
    assert_eq!(pauses.len(), 1);
    assert!(pauses[0].reason.contains("EsmeRinvpaswd") && !pauses[0].reason.contains("wrong"), "{}", pauses[0].reason);
}
