//! What people see of the outbox and say about it, beside a service that works.

use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_notice::{Notice, Purpose};
use cuofeng_office::clock::Clock;
use cuofeng_office::site::Site;
use cuofeng_rules::acknowledgement::Said;
use cuofeng_store::answers::{self, Via};
use cuofeng_store::ledger::{self, Event};
use cuofeng_store::{Store, episodes};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::fill;
use crate::office::{self, cuofeng as program, run, text};
use crate::recorder::Recorder;

const STAFF: &str = "name,role,duty,mobile,email\n样例甲,releaser,yes,10000000201,duty@example.com\n样例乙,viewer,,,\n";

/// A site with three mails in the outbox, of which the second was refused and the third is of unknown fate.
async fn three(dir: &std::path::Path, more: &str) -> (Recorder, std::path::PathBuf) {
    let server = Recorder::odd(|line, _| match line {
        _ if line.contains("someone1@") => Some(("550 5.1.1 no such user", false)),
        _ => None,
    });
    let site = fill::mail_site(dir, server.port, more);
    std::fs::write(site.join("staff.csv"), STAFF).expect("a table");
    let app = App::start(&site, Clock::system()).await.expect("a site");
    fill::fill(&app.store, &app.site.config, 3, &[Form::Email], Utc::now()).await;
    app.deliver(Utc::now(), &CancellationToken::new()).await.expect("a drain");
    sqlx::query("update outbox set state = 'unknown' where id = 3").execute(app.store.pool()).await.expect("an update");
    app.store.close().await;
    (server, site)
}

fn json(args: &[&str], site: &std::path::Path) -> Value {
    let output = run(&[args, &["--json"]].concat(), site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{args:?}: {}", text(&output)))
}

fn state(site: &std::path::Path, number: i64) -> String {
    let list = json(&["outbox", "list"], site);
    let letters = list["letters"].as_array().expect("letters").iter();
    let found = letters.filter(|letter| letter["number"] == number).collect::<Vec<_>>();
    found.first().map_or("gone".into(), |letter| letter["state"].as_str().expect("a state").to_owned())
}

#[tokio::test]
async fn a_person_settles_resends_and_corrects_one_letter_and_touches_no_other() {
    let dir = office::folder();
    let (_server, site) = three(dir.path(), "").await;
    let by = ["--by", "样例甲", "--reason", "打电话核实"];
    let say = |args: &[&str]| run(&[args, &by].concat(), &site);

    let list = text(&run(&["outbox", "list"], &site));
    for part in ["去向不明", "被拒收", "no such user"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(!list.contains("someone1@example.com"), "addresses are masked: {list}");

    let refused = say(&["outbox", "settle", "1", "--found", "delivered"]);
    assert_eq!(refused.status.code(), Some(1), "an accepted letter needs no settling: {}", text(&refused));
    let viewer = run(&["outbox", "settle", "3", "--found", "failed", "--by", "样例乙", "--reason", "x"], &site);
    assert_eq!((viewer.status.code(), state(&site, 3)), (Some(1), "unknown".into()), "{}", text(&viewer));
    assert!(say(&["outbox", "settle", "3", "--found", "resend"]).status.success());
    assert_eq!(state(&site, 3), "queued");
    let twice = say(&["outbox", "resend", "3"]);
    assert_eq!(twice.status.code(), Some(1), "it waits already: {}", text(&twice));

    assert!(!say(&["outbox", "resend", "2", "--to", "not an address"]).status.success());
    let corrected = say(&["outbox", "resend", "2", "--to", "right@example.com"]);
    assert!(corrected.status.success(), "{}", text(&corrected));
    let again = say(&["outbox", "resend", "2", "--to", "right@example.com"]);
    assert_eq!(again.status.code(), Some(1), "that address has it: {}", text(&again));
    let list = json(&["outbox", "list"], &site);
    let letters: Vec<(i64, &str)> = list["letters"]
        .as_array()
        .expect("letters")
        .iter()
        .map(|letter| (letter["number"].as_i64().expect("a number"), letter["state"].as_str().expect("a state")))
        .filter(|(number, _)| *number <= 3 || letters_to(&list, *number, "E000001"))
        .collect();
    assert_eq!(letters.iter().map(|(_, state)| *state).collect::<Vec<_>>(), ["queued", "queued", "failed", "accepted"]);

    let late = (Utc::now() + chrono::Duration::days(2)).to_rfc3339();
    let late = run(&[&["outbox", "resend", "1", "--now", &late], by.as_slice()].concat(), &site);
    assert_eq!(late.status.code(), Some(1), "its period has ended: {}", text(&late));

    let store = Store::open(&Site::database(&site)).await.expect("the database");
    let resent = ledger::all(&store, Event::LetterResent).await.expect("the ledger");
    assert!(resent.len() == 1 && resent[0].1.contains("样例甲: 打电话核实"), "{resent:?}");
}

fn letters_to(list: &Value, number: i64, recipient: &str) -> bool {
    list["letters"].as_array().is_some_and(|l| {
        l.iter().any(|l| l["number"] == number && l["notice"].as_str().is_some_and(|n| n.contains(recipient)))
    })
}

#[tokio::test]
async fn letters_are_listed_by_what_was_answered_to_their_notice() {
    let dir = office::folder();
    let site = fill::mail_site(dir.path(), 9, "");
    let app = App::look(&site).await.expect("a site");
    let now = Utc::now();
    let id = fill::episode(&app.store, now).await;
    // One has answered, one has not, the third is asked nothing; the first had been reminded before.
    let mut notices = [1, 2, 3].map(|number| fill::notice(&id, number, &[Form::Email, Form::Sms], now)).to_vec();
    for notice in &mut notices[..2] {
        notice.ask_hours = Some(4);
    }
    let first = notices[0].clone();
    notices.push(Notice {
        key: format!("{}.reminder", first.key),
        purpose: Purpose::Reminder,
        parts: first.parts[1..].to_vec(),
        ask_hours: None,
        about: Some(first.key.clone()),
        ..first.clone()
    });
    let mut tx = app.store.begin().await.expect("a transaction");
    episodes::write_notices(&mut tx, &notices, &id, 1, now).await.expect("notices");
    cuofeng_outbox::enqueue(&mut tx, &notices, &app.site.config.routes, now).await.expect("letters");
    let said = Said::Unable("停不下来".into());
    answers::keep(&mut tx, &first.key, &said, (Via::Staff, "样例甲"), now).await.expect("an answer");
    tx.commit().await.expect("a commit");
    app.store.close().await;

    let count = |letters: i64, acknowledged: i64, unanswered: i64| serde_json::json!({"letters": letters, "acknowledged": acknowledged, "unanswered": unanswered});
    let of = |more: &[&str]| {
        let list = json(&[&["outbox", "list"], more].concat(), &site);
        let letters = list["letters"].as_array().expect("letters").iter();
        let rows = letters.map(|l| {
            let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            (word(&l["notice"]), word(&l["form"]), word(&l["acknowledged"]["said"]))
        });
        let mut rows: Vec<_> =
            rows.map(|(notice, form, said)| format!("{} {form} {said}", &notice[id.to_string().len()..])).collect();
        rows.sort();
        (rows, list["count"].clone())
    };
    let answered = [
        ".r1.raise.enterprise-E000001 email unable",
        ".r1.raise.enterprise-E000001 sms unable",
        ".r1.raise.enterprise-E000001.reminder sms unable",
    ];
    assert_eq!(of(&["--acknowledged", "yes"]), (answered.map(str::to_owned).to_vec(), count(3, 3, 0)));
    let open = [".r1.raise.enterprise-E000002 email -", ".r1.raise.enterprise-E000002 sms -"];
    assert_eq!(of(&["--acknowledged", "no"]), (open.map(str::to_owned).to_vec(), count(2, 0, 2)));
    let mails = of(&["--acknowledged", "no", "--channel", "email"]);
    assert_eq!(mails, (vec![open[0].to_owned()], count(1, 0, 1)));
    let (rows, all) = of(&["--limit", "1"]);
    assert_eq!((rows.len(), all), (1, count(7, 3, 2)));

    let list = text(&run(&["outbox", "list"], &site));
    assert_eq!(list.matches("已签收（无法执行）").count(), 3, "{list}");
    assert!(list.contains("列出 7 封，共 7 封：已签收 3 封，等待签收 2 封"), "{list}");
    let shown = text(&run(&["notices", "show", &format!("{}.reminder", first.key)], &site));
    assert!(shown.contains("停不下来"), "{shown}");
    assert_eq!(run(&["outbox", "list", "--acknowledged", "perhaps"], &site).status.code(), Some(2));
    // Of what is over nobody waits for an answer.
    let store = Store::open(&Site::database(&site)).await.expect("the database");
    sqlx::query("update episode set state = 'lifted'").execute(store.pool()).await.expect("an end");
    store.close().await;
    assert_eq!(of(&["--limit", "1"]).1, count(7, 3, 0));
}

#[tokio::test]
async fn a_notice_is_shown_with_all_that_became_of_it_and_a_template_at_its_longest() {
    let dir = office::folder();
    let (_server, site) = three(dir.path(), "").await;
    let notices = json(&["notices", "list"], &site);
    let refused = notices["notices"].as_array().expect("notices").iter().find(|n| n["state"] == "failed");
    let key = refused.expect("one that failed")["notice"].as_str().expect("a key");
    let shown = json(&["notices", "show", key], &site);
    let steps: Vec<&str> =
        shown["letters"][0]["steps"].as_array().expect("steps").iter().filter_map(|s| s["state"].as_str()).collect();
    assert_eq!(steps, ["queued", "leased", "sending", "failed"]);
    let words = text(&run(&["notices", "show", key], &site));
    assert!(words.contains("建议贵单位在下列时段错峰作业") && words.contains("no such user"), "{words}");
    assert_eq!(run(&["notices", "show", "no-such"], &site).status.code(), Some(1));

    let sms = text(&run(&["notices", "preview", "ozone/enterprise", "--form", "sms"], &site));
    assert!(sms.contains("10—17时") && sms.contains("计费"), "{sms}");
    let one = text(&run(&["notices", "preview", "ozone/enterprise", "--form", "email", "--recipient", "E031"], &site));
    assert!(one.contains("柏树垭页岩砖厂"), "{one}");
    for template in ["channel/duty", "letters/duty", "straw/village"] {
        assert!(run(&["notices", "preview", template], &site).status.success(), "{template}");
    }
    assert_eq!(run(&["notices", "preview", "no/such"], &site).status.code(), Some(2));
}

#[tokio::test]
async fn a_channel_is_paused_and_opened_by_command_and_the_service_sends_what_waited_at_once() {
    let dir = office::folder();
    let server = Recorder::start();
    let site = fill::mail_site(dir.path(), server.port, "");
    std::fs::write(site.join("staff.csv"), STAFF.replace("yes", "")).expect("a table");
    let mut service = program()
        .args(["run", "--site"])
        .arg(&site)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the service");
    let begun = Instant::now();
    while !site.join("state/heartbeat.json").exists() {
        assert!(begun.elapsed() < Duration::from_mins(1), "the service does not work");
        std::thread::sleep(Duration::from_millis(20));
    }
    let paused = run(&["outbox", "pause", "email", "--by", "样例甲", "--reason", "换服务器"], &site);
    assert!(paused.status.success(), "{}", text(&paused));
    let store = Store::open(&Site::database(&site)).await.expect("the database");
    let config = Site::read(&site).0.expect("a site").config;
    fill::fill(&store, &config, 5, &[Form::Email], Utc::now()).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(server.mails().len(), 0, "it is paused");
    let list = text(&run(&["outbox", "list"], &site));
    assert!(list.contains("换服务器") && list.contains("样例甲"), "{list}");
    let opened = run(&["outbox", "resume", "email", "--by", "样例甲"], &site);
    let begun = Instant::now();
    assert!(opened.status.success(), "{}", text(&opened));
    while server.mails().len() < 5 {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    // A look comes every minute; this is the wake-up. On a busy machine it may take longer than promised.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let again = run(&["outbox", "resume", "email", "--by", "样例甲"], &site);
    assert_eq!(again.status.code(), Some(1), "it is open: {}", text(&again));
    service.kill().expect("kill -9");
    service.wait().expect("a child");
}

#[tokio::test]
async fn duty_staff_are_told_once_of_a_channel_that_refuses_everything_and_once_that_it_is_open() {
    let dir = office::folder();
    let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let door = std::sync::Arc::clone(&open);
    let server = Recorder::odd(move |line, _| {
        let shut = line.starts_with("MAIL") && !door.load(std::sync::atomic::Ordering::SeqCst);
        shut.then_some(("550 5.7.1 sender refused", false))
    });
    let site = fill::mail_site(dir.path(), server.port, "");
    std::fs::write(site.join("staff.csv"), STAFF).expect("a table");
    let (clock, hand) = Clock::by_hand(Utc::now());
    let app = App::start(&site, clock).await.expect("a site");
    fill::fill(&app.store, &app.site.config, 3, &[Form::Email], app.clock.now()).await;
    let deliver = async || app.deliver(app.clock.now(), &CancellationToken::new()).await.expect("a drain");
    let told = || {
        let mut names: Vec<String> =
            office::letters(&site).into_keys().filter(|name| name.starts_with("channel-")).collect();
        names.sort();
        names
    };
    deliver().await;
    assert_eq!(told().len(), 1, "by SMS, since mail is what fails: {:?}", told());
    let (_, words) = office::letters(&site).into_iter().find(|(name, _)| name.starts_with("channel-")).expect("an SMS");
    assert!(words.contains("邮件") && words.contains("sender refused"), "{words}");
    for _ in 0..3 {
        hand.step(Duration::from_mins(40));
        deliver().await;
    }
    assert_eq!(told().len(), 1, "{:?}", told());
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    hand.step(Duration::from_mins(40));
    deliver().await;
    assert_eq!(told().len(), 2, "{:?}", told());
    assert!(told().iter().any(|name| name.contains(".lift.")), "{:?}", told());
}
