//! When something is wrong at home: files with errors, and who may do what.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use cuofeng_app::App;
use cuofeng_store::Store;
use cuofeng_store::ledger::{self, Event};

use crate::office::{EPISODE, MORNING, by_itself, call, cuofeng, example, folder, letters, ruled, run, text};

/// A site that a worker has worked on, with an episode.
fn worked_on(dir: &Path) -> PathBuf {
    let site = ruled(dir, &by_itself());
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    site
}

/// Puts something in the place of something else in a file of the site.
fn change(site: &Path, file: &str, (from, to): (&str, &str)) {
    let path = site.join(file);
    let source = std::fs::read_to_string(&path).expect("a file");
    assert!(source.contains(from), "{file}: {from}");
    std::fs::write(path, source.replacen(from, to, 1)).expect("a file");
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Who did what by the ledger: `stopped person:罗代泉`.
async fn ledger(site: &Path, event: &str) -> Vec<String> {
    let store = Store::open(&site.join("state/cuofeng.db")).await.expect("the database");
    let rows: Vec<String> = sqlx::query_scalar("select actor from ledger where event = ? order by number")
        .bind(event)
        .fetch_all(store.pool())
        .await
        .expect("the ledger");
    store.close().await;
    rows
}

/// A cell, a site file, a rule and a template that can't be read.
const WRONG: [(&str, &str, &str); 4] = [
    ("staff.csv", "releaser", "boss"),
    ("cuofeng.toml", "[schedule]", "[schedule"),
    ("enterprises.csv", "100", "1x0"),
    ("rules/ozone.toml", "kind = ", "kind == "),
];

#[test]
fn what_is_to_be_stopped_can_be_stopped_whatever_is_wrong_with_the_files() {
    let why = ["--by", "罗代泉", "--reason", "核对"];
    for (file, from, to) in WRONG {
        let dir = folder();
        let site = worked_on(dir.path());
        change(&site, file, (from, to));
        assert_eq!(run(&["check"], &site).status.code(), Some(1), "{file}");
        let once = call(&site, &["once"], "12T08:20");
        assert_eq!(once.status.code(), Some(1), "{file}: {}", said(&once).1);
        assert!(said(&once).1.contains("没有错误的那一版"), "{file}: it goes on, and says by what");
        let commands: [&[&str]; 13] = [
            &["outbox", "list"],
            &["hand", "list"],
            &["mode", "show"],
            &["runs"],
            &["warnings", "list"],
            &["warnings", "show", EPISODE],
            &["notices", "list"],
            &["ack", "list"],
            &["escalation", "list"],
            &["outbox", "pause", "folder", why[0], why[1], why[2], why[3]],
            &["stop", why[0], why[1], why[2], why[3]],
            &["warnings", "lift", EPISODE, why[0], why[1], why[2], why[3]],
            &["resume", "--by", "罗代泉"],
        ];
        for command in commands {
            // What only shows things has no time of its own.
            let timed = ["hand", "runs", "ack", "escalation", "stop", "resume"].contains(&command[0])
                || command.contains(&"--by");
            let done = if timed { call(&site, command, "12T08:30") } else { run(command, &site) };
            let (out, err) = said(&done);
            let may_be_late = command == ["runs"] || command == ["ack", "list"];
            assert!(done.status.success() || may_be_late && done.status.code() == Some(1), "{command:?}: {out}{err}");
            assert!(err.contains(file) && err.contains("没有错误的那一版"), "{command:?} says what is wrong: {err}");
            assert!(!out.contains("没有错误的那一版"), "{command:?}: {out}");
        }
        let json = run(&["mode", "show", "--json"], &site);
        let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one object");
        assert_eq!(value["schema"], "cuofeng.mode/1");
        // What is about the files themselves goes by the files alone.
        for command in [
            &["rules", "propose", "--by", "邓永亮"][..],
            &["notices", "preview", "ozone/enterprise"],
            &["warnings", "wording"],
        ] {
            assert_eq!(run(command, &site).status.code(), Some(2), "{command:?} with {file} wrong");
        }
        change(&site, file, (to, from));
        let (_, err) = said(&run(&["mode", "show"], &site));
        assert!(!err.contains("没有错误的那一版"), "put right: {err}");
    }
}

#[test]
fn a_site_goes_on_as_it_last_was_and_not_as_it_once_was() {
    let dir = folder();
    let site = worked_on(dir.path());
    change(&site, "staff.csv", ("罗代泉", "罗代全"));
    assert!(run(&["once", "--now", "2026-09-12T08:10:00+08:00"], &site).status.success());
    change(&site, "staff.csv", ("releaser", "boss"));
    let by = |name: &str| call(&site, &["stop", "--by", name, "--reason", "核对"], "12T08:30").status.code();
    assert_eq!((by("罗代泉"), by("罗代全")), (Some(1), Some(0)));
}

#[test]
fn a_folder_that_nothing_has_worked_on_or_that_is_being_restored_is_refused_as_ever() {
    let dir = folder();
    let site = example(dir.path());
    change(&site, "staff.csv", ("releaser", "boss"));
    let stop = ["stop", "--by", "罗代泉", "--reason", "核对"];
    let (out, _) = said(&run(&stop, &site));
    assert!(run(&stop, &site).status.code() == Some(2) && out.contains("staff.csv"), "{out}");
    assert!(!site.join("state/cuofeng.db").exists(), "nothing is begun");
    let dir = folder();
    let site = worked_on(dir.path());
    std::fs::write(site.join("restoring.json"), "{}").expect("a mark");
    assert_eq!(run(&stop, &site).status.code(), Some(2), "half a site is none");
}

#[test]
fn a_service_that_a_power_cut_ended_comes_back_whatever_is_wrong_with_the_files_and_staff_are_told() {
    let dir = folder();
    let site = worked_on(dir.path());
    change(&site, "staff.csv", ("drafter", "boss"));
    let mut service = cuofeng().args(["run", "--site"]).arg(&site).spawn().expect("the service");
    let begun = Instant::now();
    let told = || letters(&site).into_keys().any(|name| name.starts_with("files-site"));
    while !told() && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let works = service.try_wait().expect("a child").is_none();
    service.kill().expect("kill -9");
    service.wait().expect("a child");
    assert!(works && told());
}

#[test]
fn another_sites_database_does_not_speak_for_a_folder_whose_files_have_errors() {
    let (dir, other) = (folder(), folder());
    let (site, other) = (worked_on(dir.path()), worked_on(other.path()));
    // A second reading, in which the identity that the first gave stands.
    for site in [&site, &other] {
        assert!(run(&["once", "--now", "2026-09-12T08:10:00+08:00"], site).status.success());
    }
    for name in ["cuofeng.db", "cuofeng.db-wal", "cuofeng.db-shm"] {
        let (from, to) = (other.join("state").join(name), site.join("state").join(name));
        let _ = std::fs::remove_file(&to);
        if from.exists() {
            std::fs::copy(from, to).expect("a database");
        }
    }
    change(&site, "staff.csv", ("drafter", "boss"));
    let stop = run(&["stop", "--by", "罗代泉", "--reason", "核对"], &site);
    assert_eq!(stop.status.code(), Some(2), "{}", text(&stop));
}

#[tokio::test]
async fn the_ledger_says_who_it_was() {
    let dir = folder();
    let site = worked_on(dir.path());
    assert!(ledger(&site, "raise").await.iter().all(|actor| actor == "cuofeng"));
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "核对"], "12T08:10").status.success());
    assert!(call(&site, &["resume", "--by", "罗代泉"], "12T08:12").status.success());
    assert!(
        call(&site, &["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "转雨"], "12T08:20").status.success()
    );
    assert_eq!(ledger(&site, "stopped").await, ["person:邓永亮"]);
    assert_eq!(ledger(&site, "resumed").await, ["person:罗代泉"]);
    assert_eq!(ledger(&site, "lift").await, ["person:罗代泉"]);
    let mode = ["mode", "set", "dry-run", "--by", "田天禄", "--reason", "试算"];
    assert!(call(&site, &mode, "12T08:30").status.success());
    assert_eq!(ledger(&site, "mode").await, ["person:田天禄"]);
    let reply = ["reply", "add", "--from", "10000009999", "--by", "罗代泉", "什么"];
    call(&site, &reply, "12T08:40");
    assert_eq!(ledger(&site, "reply-waits").await, ["person:罗代泉"]);
}

#[tokio::test]
async fn an_order_and_a_line_of_a_bulletin_want_somebody_who_may() {
    let dir = folder();
    let site = example(dir.path());
    let order = |by: &str| {
        let words = ["order", "add", "--subject", "臭氧", "--tier", "yellow", "--issuer", "某某区人民政府", "--by", by];
        let rest = ["--document", "1号", "--from", "2026-09-13T08:00:00+08:00", "--to", "2026-09-13T20:00:00+08:00"];
        call(&site, &[&words[..], &rest[..]].concat(), "12T08:00")
    };
    for by in ["刘光禾", "某某"] {
        let refused = order(by);
        assert!(refused.status.code() == Some(1) && text(&refused).contains(by), "{by}: {}", text(&refused));
    }
    assert!(order("邓永亮").status.success());
    assert_eq!(ledger(&site, "order-added").await, ["person:邓永亮"]);
    assert_eq!(call(&site, &["order", "lift", "1", "--by", "刘光禾"], "12T08:30").status.code(), Some(1));
    assert!(call(&site, &["order", "lift", "1", "--by", "邓永亮"], "12T08:30").status.success());
    for command in [["bulletin", "confirm", "1", "--by", "刘光禾"], ["bulletin", "drop", "1", "--by", "某某"]] {
        let refused = run(&command, &site);
        assert!(refused.status.code() == Some(1) && text(&refused).contains(command[4]), "{}", text(&refused));
        assert!(!text(&refused).contains("没有编号"), "asked before anything is looked for: {}", text(&refused));
    }
}

#[tokio::test]
async fn once_by_the_clock_sets_right_what_a_service_left_for_times_that_have_not_come() {
    let dir = folder();
    let site = worked_on(dir.path());
    let store = Store::open(&site.join("state/cuofeng.db")).await.expect("the database");
    let far = chrono::Utc::now().timestamp() + 8 * 3600;
    sqlx::query("insert into run_settled (job, since, until) values ('evaluate', ?1 - 36000, ?1)")
        .bind(far)
        .execute(store.pool())
        .await
        .expect("a record");
    store.close().await;
    run(&["once"], &site);
    let store = Store::open(&site.join("state/cuofeng.db")).await.expect("the database");
    let right = ledger::all(&store, Event::ClockSetRight).await.expect("the ledger");
    assert_eq!(right.len(), 1, "{right:?}");
    let until: i64 =
        sqlx::query_scalar("select max(until) from run_settled").fetch_one(store.pool()).await.expect("one");
    assert!(until < far);
    store.close().await;
}

#[tokio::test]
async fn good_files_that_could_not_be_kept_once_are_kept_at_the_next_look() {
    let dir = folder();
    let site = worked_on(dir.path());
    let now = "2026-09-12T00:10:00Z".parse().expect("a time");
    let mut app = App::start(&site, now).await.expect("a site");
    change(&site, "staff.csv", ("罗代泉", "罗代全"));
    let pool = app.store.pool().clone();
    let refuse = "create trigger no_files before insert on good_file begin select raise(abort, 'no'); end";
    sqlx::query(refuse).execute(&pool).await.expect("a trigger");
    app.reload(now).await.expect("what can't be kept is no reason to stop");
    assert!(app.site.files["staff.csv"] == std::fs::read(site.join("staff.csv")).expect("a table"), "worked on");
    sqlx::query("drop trigger no_files").execute(&pool).await.expect("no trigger");
    app.reload(now).await.expect("a look");
    let kept = app.store.good_files().await.expect("files").expect("files");
    assert!(kept.files == app.site.files);
}

#[tokio::test]
async fn a_service_whose_files_name_a_password_that_is_not_there_goes_on_as_it_last_was() {
    let dir = folder();
    let site = worked_on(dir.path());
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("a site file");
    let mail = "\n[channel.email]\nhost = \"127.0.0.1\"\nport = 9\nsecurity = \"starttls\"\nuser = \"office\"\n\
                password_file = \"gone.key\"\nfrom = \"office@example.com\"\n";
    std::fs::write(&file, text + mail).expect("a site file");
    let now: chrono::DateTime<chrono::Utc> = "2026-09-12T00:10:00Z".parse().expect("a time");
    assert!(App::start(&site, now).await.is_err(), "the files alone are of no use");
    let mut app = App::start_again(&site, now).await.expect("as it last was");
    assert!(app.site.config.email.is_none());
    assert_eq!(app.reload(now).await.expect("a look").len(), 1, "and staff are told");
}

#[tokio::test]
async fn nobody_signs_with_the_programs_own_name() {
    let dir = folder();
    let site = worked_on(dir.path());
    for name in ["cuofeng", " Cuofeng "] {
        for command in [
            &["backup", "--to", "x.tar.zst", "--by", name][..],
            &["stop", "--by", name, "--reason", "核对"],
            &["mode", "set", "dry-run", "--by", name, "--reason", "试算"],
        ] {
            let refused = run(command, &site);
            assert_eq!(refused.status.code(), Some(2), "{command:?}: {}", text(&refused));
        }
    }
    assert!(ledger(&site, "stopped").await.is_empty());
    change(&site, "staff.csv", ("罗代泉", "cuofeng"));
    let checked = run(&["check"], &site);
    assert!(checked.status.code() == Some(1) && text(&checked).contains("程序自己的名字"), "{}", text(&checked));
}
