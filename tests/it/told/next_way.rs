//! One way after another: what fails or does not arrive goes on by the next way of its recipient, once, and not when
//! nobody waits for it any more. Every step is made by a program that has just been started.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_notice::{Audience, Notice, Part, Purpose, Reserve};
use cuofeng_rules::acknowledgement::Said;
use cuofeng_store::answers::{self, Via};
use cuofeng_store::ledger::{self, Event};
use cuofeng_store::{drafts, episodes};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::fill;
use crate::office::{example, folder, run, text};

fn start() -> DateTime<Utc> {
    "2026-09-12T08:00:00+08:00".parse().expect("a time")
}

fn minutes(count: i64) -> DateTime<Utc> {
    start() + Duration::minutes(count)
}

/// A site whose only letter is a short message to E1 of an open episode; a mail and the backup's mobile come after it.
struct Case {
    _dir: tempfile::TempDir,
    site: PathBuf,
}

fn part(form: Form, address: &str) -> Part {
    Part {
        form,
        address: address.into(),
        subject: String::new(),
        body: format!("{}的话", form.name()).into(),
        by_hand: false,
    }
}

fn notice(revision: u32, now: DateTime<Utc>) -> Notice {
    let id = fill::episode_id(start());
    let step = |backup, form, address: &str| Reserve { backup, part: part(form, address) };
    Notice {
        key: format!("{id}.r{revision}.raise.enterprise-E1"),
        purpose: if revision == 1 { Purpose::Raise } else { Purpose::Update },
        audience: Audience::Enterprise,
        recipient: "E1".into(),
        name: "甲厂".into(),
        parts: vec![part(Form::Sms, "10000000001")],
        reserve: vec![
            step(false, Form::Sms, "10000000001"),
            step(false, Form::Email, "first@example.com"),
            step(true, Form::Sms, "10000000002"),
        ],
        enclosures: Vec::new(),
        not_before: now,
        expires_at: start() + Duration::days(1),
        ask_hours: Some(4),
        about: None,
        gist: None,
    }
}

/// The site beside its worker.
async fn open(site: &Path) -> App {
    App::look(site).await.expect("a site")
}

async fn case() -> Case {
    let dir = folder();
    let site = example(dir.path());
    std::fs::write(site.join("staff.csv"), "name,role\n样例甲,admin\n").expect("a table");
    let app = open(&site).await;
    let id = fill::episode(&app.store, start()).await;
    let mut tx = app.store.begin().await.expect("a transaction");
    let first = notice(1, start());
    episodes::write_notices(&mut tx, std::slice::from_ref(&first), &id, 1, start()).await.expect("a notice");
    cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&first), &app.site.config.routes, start())
        .await
        .expect("a letter");
    tx.commit().await.expect("a commit");
    app.store.close().await;
    Case { _dir: dir, site }
}

impl Case {
    /// What the far side of a channel would have said of the last letter in a form, begun `begun` minutes after eight.
    async fn stands(&self, form: Form, channel: &str, state: &str, begun: i64) {
        let app = open(&self.site).await;
        let id: i64 = sqlx::query_scalar("select max(id) from outbox where form = ?")
            .bind(form.name())
            .fetch_one(app.store.pool())
            .await
            .expect("a letter");
        sqlx::query("update outbox set state = ?, channel = ? where id = ?")
            .bind(state)
            .bind(channel)
            .bind(id)
            .execute(app.store.pool())
            .await
            .expect("a state");
        sqlx::query(
            "insert into transition (outbox, number, at, state, attempt, reason)
             values (?1, (select max(number) + 1 from transition where outbox = ?1), ?2, 'sending', 1, '')",
        )
        .bind(id)
        .bind(minutes(begun).timestamp())
        .execute(app.store.pool())
        .await
        .expect("a step");
        // The folder delivers at once; a channel that only accepts leaves the other ways open.
        sqlx::query("update track set settled = null").execute(app.store.pool()).await.expect("a track");
        app.store.close().await;
    }

    /// Drains after so many minutes; gives where the letters went by then, in their order.
    async fn after(&self, count: i64) -> Vec<String> {
        let app = App::start(&self.site, minutes(count)).await.expect("a site");
        app.deliver(minutes(count), &CancellationToken::new()).await.expect("a drain");
        let all = sqlx::query_scalar("select address || ' ' || state from outbox order by id")
            .fetch_all(app.store.pool())
            .await
            .expect("letters");
        app.store.close().await;
        all
    }

    async fn settled(&self) -> Option<String> {
        let app = open(&self.site).await;
        let settled =
            sqlx::query_scalar("select settled from track").fetch_one(app.store.pool()).await.expect("a track");
        app.store.close().await;
        settled
    }
}

#[tokio::test]
async fn what_fails_goes_on_at_once_and_the_next_way_is_the_last_where_it_arrives() {
    let case = case().await;
    case.stands(Form::Sms, "aliyun", "failed", 0).await;
    let all = ["10000000001 failed", "first@example.com delivered"];
    assert_eq!(case.after(1).await, all);
    assert_eq!(case.after(99).await, all, "the backup is not troubled");
    assert_eq!(case.settled().await.as_deref(), Some("delivered"));
    let shown = text(&run(&["notices", "show", &notice(1, start()).key], &case.site));
    assert!(shown.contains("没有送到，改走下一条：邮件") && shown.contains("已写入文件夹"), "{shown}");
    let app = open(&case.site).await;
    let noted = ledger::all(&app.store, Event::NextWay).await.expect("the ledger");
    assert_eq!(noted.len(), 1, "{noted:?}");
}

#[tokio::test]
async fn what_does_not_arrive_goes_on_after_the_sites_minutes_and_what_arrives_late_ends_it() {
    let case = case().await;
    case.stands(Form::Sms, "aliyun", "accepted", 5).await;
    assert_eq!(case.after(34).await, ["10000000001 accepted"]);
    assert_eq!(case.after(35).await, ["10000000001 accepted", "first@example.com delivered"]);
    // The mail comes back, and the short message arrives after all.
    case.stands(Form::Email, "email", "failed", 36).await;
    case.stands(Form::Sms, "aliyun", "delivered", 36).await;
    assert_eq!(case.after(99).await.len(), 2, "nobody else is written to");
    assert_eq!(case.settled().await.as_deref(), Some("delivered"));
}

#[tokio::test]
async fn every_way_is_taken_once_in_its_order_until_none_is_left() {
    let case = case().await;
    case.stands(Form::Sms, "aliyun", "dead", 0).await;
    case.after(1).await;
    case.stands(Form::Email, "email", "accepted", 1).await;
    assert_eq!(case.after(600).await.len(), 2, "a mail that nobody refused is taken to have arrived");
    case.stands(Form::Email, "email", "failed", 1).await;
    let all = ["10000000001 dead", "first@example.com failed", "10000000002 delivered"];
    assert_eq!(case.after(601).await, all);
    case.stands(Form::Sms, "aliyun", "failed", 602).await;
    assert_eq!(case.after(603).await.len(), 3);
}

#[tokio::test]
async fn where_no_way_is_left_it_is_said() {
    let case = case().await;
    case.stands(Form::Sms, "aliyun", "failed", 0).await;
    let app = open(&case.site).await;
    sqlx::query("delete from reserve where place > 0").execute(app.store.pool()).await.expect("no way");
    app.store.close().await;
    assert_eq!(case.after(1).await, ["10000000001 failed"]);
    assert_eq!(case.settled().await.as_deref(), Some("exhausted"));
}

#[tokio::test]
async fn an_answer_a_newer_notice_and_the_end_of_the_episode_leave_the_other_ways_alone() {
    let id = fill::episode_id(start());
    for (what, settled) in [("answer", "answered"), ("revision", "replaced"), ("lift", "over"), ("time", "over")] {
        let case = case().await;
        case.stands(Form::Sms, "aliyun", "accepted", 0).await;
        let app = open(&case.site).await;
        let mut tx = app.store.begin().await.expect("a transaction");
        match what {
            "answer" => {
                answers::keep(&mut tx, &notice(1, start()).key, &Said::Known, (Via::Staff, "样例甲"), minutes(5))
                    .await
                    .expect("an answer");
            }
            "revision" => {
                let newer = episodes::NewRevision {
                    episode: &id,
                    number: 2,
                    action: cuofeng_rules::warning::Act::Extend,
                    spans: &[],
                    reason: "a sample",
                    by: "cuofeng",
                    waits: None,
                    now: minutes(5),
                };
                episodes::revise(&mut tx, &newer).await.expect("a revision");
                let second = Notice { reserve: Vec::new(), ..notice(2, minutes(5)) };
                episodes::write_notices(&mut tx, std::slice::from_ref(&second), &id, 2, minutes(5))
                    .await
                    .expect("a notice");
                cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&second), &app.site.config.routes, minutes(5))
                    .await
                    .expect("a letter");
            }
            "lift" => episodes::close(&mut tx, &id, "lifted").await.expect("an end"),
            _ => {}
        }
        tx.commit().await.expect("a commit");
        app.store.close().await;
        let late = if what == "time" { 24 * 60 } else { 60 };
        let all = case.after(late).await;
        assert!(!all.iter().any(|letter| letter.contains("first@example.com")), "{what}: {all:?}");
        assert_eq!(case.settled().await.as_deref(), Some(settled), "{what}");
        if what == "answer" {
            // The answer stands on top of what became of the letter.
            let listed = text(&run(&["outbox", "list"], &case.site));
            assert!(listed.contains("已签收（已知晓）"), "{listed}");
            let shown = run(&["notices", "show", "--json", &notice(1, start()).key], &case.site);
            let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
            let letter = &shown["letters"][0];
            assert_eq!((&letter["state"], &letter["acknowledged"]["said"]), (&"accepted".into(), &"known".into()));
            assert_eq!(shown["ways_left"][0]["form"], "email");
        }
    }
}

#[tokio::test]
async fn while_everything_is_held_no_way_is_taken_and_the_first_has_its_time_afterwards() {
    let case = case().await;
    let app = open(&case.site).await;
    let mut tx = app.store.begin().await.expect("a transaction");
    drafts::stop(&mut tx, "样例甲", "核对", start()).await.expect("a hold");
    // Its channel is one that takes nothing today.
    cuofeng_outbox::pause::begin(&mut tx, cuofeng_base::word::ChannelName::Folder, ("样例甲", "检修"), start())
        .await
        .expect("a pause");
    tx.commit().await.expect("a commit");
    app.store.close().await;
    assert_eq!(case.after(120).await, ["10000000001 queued"]);
    let app = open(&case.site).await;
    let mut tx = app.store.begin().await.expect("a transaction");
    drafts::resume(&mut tx, "样例甲", minutes(130)).await.expect("free");
    tx.commit().await.expect("a commit");
    app.store.close().await;
    assert_eq!(case.after(159).await, ["10000000001 queued"]);
    // What waited does not go out as well when its channel is opened again.
    assert_eq!(case.after(160).await, ["10000000001 failed", "first@example.com queued"]);
}

#[tokio::test]
async fn a_notice_may_have_arrived_unless_every_letter_of_it_waits_or_was_refused() {
    for (state, before, reached) in [
        ("queued", "queued", false),
        ("expired", "queued", false),
        ("failed", "sending", false),
        ("accepted", "sending", true),
        ("sending", "leased", true),
        ("unknown", "sending", true),
        // It may have arrived, and is sent once more.
        ("queued", "unknown", true),
    ] {
        let case = case().await;
        case.stands(Form::Sms, "aliyun", state, 0).await;
        let app = open(&case.site).await;
        let mut tx = app.store.begin().await.expect("a transaction");
        cuofeng_sql::ask("update transition set state = $1 where number = 2")
            .bind(before)
            .run(&mut tx)
            .await
            .expect("it");
        let id = fill::episode_id(start()).to_string();
        let found =
            cuofeng_outbox::replaced::reached(&mut tx, &id, (Audience::Enterprise, "E1")).await.expect("an answer");
        assert_eq!(found, reached, "{state} after {before}");
    }
}
