//! Short messages to look-alikes of the providers that check each signature over the raw request, and misbehave.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_channel::sms::aliyun::{Aliyun, AliyunChannel};
use cuofeng_channel::sms::tencent::{Tencent, TencentChannel};
use cuofeng_channel::{Answer, Channel, Letter, Outcome};
use cuofeng_notice::filed::Filed;
use cuofeng_notice::filed::Limits;
use serde_json::{Value, json};

use crate::office::{self, example, folder, run, text};
use crate::providers::{Desk, Providers, approve, by_aliyun};

fn filed(code: &str, text: &str) -> Filed {
    let source = format!("[[template]]\ncode = \"{code}\"\ntext = \"{text}\"\n");
    Filed::parse(&source, "某镇环保办", Limits { value: 35, whole: 500 }).expect("approved texts")
}

fn aliyun(url: &str, secret: &str) -> AliyunChannel {
    let account = Aliyun {
        url: url.to_owned(),
        key_id: "LTAIexample".into(),
        secret: secret.to_owned().into(),
        filed: filed("SMS_1", "${name}：建议${time}错峰"),
        limit: Duration::from_secs(2),
    };
    AliyunChannel::new(account, Arc::new(Utc::now)).expect("a channel")
}

fn tencent(url: &str, secret: &str) -> TencentChannel {
    let account = Tencent {
        url: url.to_owned(),
        region: "ap-guangzhou".into(),
        key_id: "AKIDexample".into(),
        secret: secret.to_owned().into(),
        app: "1400000000".into(),
        filed: filed("1001", "{1}：建议{2}错峰"),
        limit: Duration::from_secs(2),
    };
    TencentChannel::new(account, Arc::new(Utc::now)).expect("a channel")
}

fn letter(last: &str) -> Letter {
    Letter {
        number: 1,
        key: format!("ozone.wuping.2026-07-03.1.r1.raise.enterprise-E1.sms.{last}"),
        site: String::new(),
        form: Form::Sms,
        name: "甲厂".into(),
        address: format!("100000001{last}"),
        subject: String::new(),
        body: "【某镇环保办】甲厂 ~（喷漆）&=+%：建议7月3日10:00—17:00错峰".into(),
        enclosures: std::sync::Arc::default(),
        date: Utc::now(),
        playing: None,
        with: Vec::new(),
        after: Vec::new(),
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered(_) => "delivered",
        Outcome::Accepted(_) => "accepted",
        Outcome::Transient(_) | Outcome::Waits(_) => "later",
        Outcome::Permanent(_) | Outcome::Refused(_) => "refused",
        Outcome::Sender { .. } => "slower",
        Outcome::Closed(_) => "closed",
        Outcome::Unknown(_) => "unknown",
        Outcome::Fault(_) => "fault",
    }
}

/// What a channel makes of each way in which the providers behave.
async fn behaves(channel: &dyn Channel, wrong_key: &dyn Channel, providers: &Providers, name: &str) {
    let accepted = |last: &str| {
        let number = format!("100000001{last}");
        let ours = |t: &&Value| t["provider"] == name && t["number"].as_str().is_some_and(|n| n.ends_with(&number));
        providers.taken().iter().filter(ours).count()
    };
    let Outcome::Accepted(words) = channel.send(&letter("01")).await else { panic!("accepted") };
    assert_eq!(accepted("01"), 1);
    assert_eq!(providers.taken()[0]["text"], letter("01").body.as_str(), "the words that were rendered arrive");
    let answer = channel.ask(&letter("01"), &words.id).await;
    assert!(matches!(answer, Answer::Knows(Outcome::Delivered(_))), "{answer:?}");

    // Accepted, and no answer in time: unknown, and the record settles it.
    assert_eq!(kind(&channel.send(&letter("02")).await), "unknown");
    assert_eq!(accepted("02"), 1);
    let answer = channel.ask(&letter("02"), "").await;
    assert!(matches!(answer, Answer::Knows(Outcome::Delivered(_))), "{answer:?}");

    // A refusal inside a 200.
    let refused = channel.send(&letter("03")).await;
    let Outcome::Permanent(words) = &refused else { panic!("{refused:?}") };
    assert!(!words.said.contains("10000000103"), "no number in a provider's words: {}", words.said);
    // Throttled once.
    assert_eq!(kind(&channel.send(&letter("04")).await), "later");
    assert_eq!(kind(&channel.send(&letter("04")).await), "accepted");
    // No balance, a wrong key: the whole channel.
    assert_eq!(kind(&channel.send(&letter("05")).await), "closed");
    let closed = wrong_key.send(&letter("01")).await;
    let Outcome::Closed(words) = &closed else { panic!("{closed:?}") };
    assert!(!words.said.contains("not-the-secret") && !words.said.contains("10000000101"), "{}", words.said);
    // Words that no approved text has never leave.
    let other = Letter { body: "【某镇环保办】甲厂：请停产".into(), ..letter("06") };
    assert_eq!(kind(&channel.send(&other).await), "refused");
    assert_eq!(accepted("06"), 0);
    // What was never sent is not known of.
    assert!(matches!(channel.ask(&letter("07"), "").await, Answer::Later(_)));
}

#[tokio::test]
async fn aliyun_is_understood_in_all_its_moods() {
    let dir = folder();
    let providers = Providers::start(dir.path());
    let url = providers.url.clone();
    behaves(&aliyun(&url, "aliyun-secret"), &aliyun(&url, "not-the-secret"), &providers, "aliyun").await;
    // Without a record ten minutes later it was never taken, and may be sent again.
    let long_ago = Letter { date: Utc::now() - chrono::Duration::minutes(11), ..letter("07") };
    let answer = aliyun(&url, "aliyun-secret").ask(&long_ago, "").await;
    assert!(matches!(answer, Answer::Knows(Outcome::Transient(_))), "{answer:?}");
}

#[tokio::test]
async fn tencent_is_understood_in_all_its_moods() {
    let dir = folder();
    let providers = Providers::start(dir.path());
    let url = providers.url.clone();
    behaves(&tencent(&url, "tencent-secret"), &tencent(&url, "not-the-secret"), &providers, "tencent").await;
}

#[tokio::test]
async fn nothing_listening_means_nothing_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    assert_eq!(kind(&aliyun(&url, "s").send(&letter("01")).await), "later");
    assert_eq!(kind(&tencent(&url, "s").send(&letter("01")).await), "later");
}

/// The example site with short messages by Aliyun at `url`.
fn site(dir: &Path, url: &str) -> PathBuf {
    let site = example(dir);
    by_aliyun(&site, url);
    site
}

#[test]
fn what_is_filed_and_what_is_sent_agree() {
    let dir = folder();
    let site = site(dir.path(), "http://127.0.0.1:9");
    let file = site.join("sms-templates.toml");
    let check = run(&["check"], &site);
    assert!(!check.status.success() && text(&check).contains("sms templates"), "{}", text(&check));
    let filing = run(&["sms", "templates"], &site);
    assert!(filing.status.success(), "{}", text(&filing));
    // Nothing approved yet: every kind of message is named.
    std::fs::write(&file, &filing.stdout).expect("the filing");
    let check = text(&run(&["check"], &site));
    for template in ["ozone/enterprise", "straw/keeper", "straw/fire", "forecast/duty", "draft/duty"] {
        assert!(check.contains(template), "{template}: {check}");
    }
    // Approved: every text has a code.
    let mut number = 0;
    let coded: String = String::from_utf8(filing.stdout)
        .expect("UTF-8")
        .split_inclusive('\n')
        .map(|line| {
            if line.starts_with("code = ") {
                number += 1;
                return format!("code = \"SMS_{number}\"\n");
            }
            line.to_owned()
        })
        .collect();
    std::fs::write(&file, &coded).expect("the approved texts");
    let check = run(&["check"], &site);
    assert!(check.status.success(), "{}", text(&check));
    assert!(!text(&check).contains("sms-templates.toml"), "nobody is left out: {}", text(&check));
    // Filed again, the codes stay with their texts.
    assert!(run(&["sms", "templates", "--write"], &site).status.success());
    assert_eq!(std::fs::read_to_string(&file).expect("the file").trim(), coded.trim());
    let outside = run(&["sms", "templates", "--provider", "tencent", "--json"], &site);
    let listed: Value = serde_json::from_slice(&outside.stdout).expect("one JSON object");
    let first = &listed["templates"][0];
    assert!(first["text"].as_str().is_some_and(|t| t.starts_with("{1}：")), "{first}");
}

#[test]
fn what_a_cycle_sends_arrives_as_it_was_rendered_or_as_the_short_text() {
    for full in [true, false] {
        let dir = folder();
        let planned = site(dir.path(), "http://127.0.0.1:9");
        approve(&planned, |words| full || !words.contains('{'));
        let templates = planned.join("sms-templates.toml");
        let providers = Providers::approving(dir.path(), Some(&templates));
        let file = planned.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, source.replace("http://127.0.0.1:9", &providers.url)).expect("the site file");
        // What it comes to is known before anything is sent.
        let dry = text(&run(&["once", "--dry-run", "--now", "2026-09-12T08:00:00+08:00"], &planned));
        assert!(dry.contains("元") && providers.taken().is_empty(), "{dry}");
        let once = run(&office::MORNING, &planned);
        assert!(once.status.success(), "{}", text(&once));
        let arrived = providers.taken();
        assert!(!arrived.is_empty());
        for message in &arrived {
            let words = message["text"].as_str().expect("words");
            assert!(words.starts_with("【某镇环保办】") && dry.contains(words), "{words}\n{dry}");
            assert!(full || !words.contains("臭氧") || words.contains("没有收到邮件的"), "{words}");
        }
        // Where hours differ by day a value is longer than the provider takes, and the short text goes.
        let whole = arrived.iter().filter_map(|m| m["text"].as_str()).filter(|w| w.contains("改在"));
        assert_eq!(whole.count() > 0, full, "{arrived:?}");
        let again = run(&office::MORNING, &planned);
        assert!(again.status.success(), "{}", text(&again));
        assert_eq!(providers.taken().len(), arrived.len(), "nobody is told twice");
        let kept = std::fs::read(planned.join("state/cuofeng.db")).expect("the database");
        assert!(!String::from_utf8_lossy(&kept).contains("aliyun-secret"), "no secret in the database");
        assert!(!text(&once).contains("aliyun-secret"));
    }
}

fn states(site: &Path, key: &str) -> String {
    let listed = run(&["outbox", "list", "--channel", "aliyun", "--json"], site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let letters = value["letters"].as_array().expect("letters");
    let of = |l: &&Value| l["notice"].as_str().is_some_and(|notice| key.starts_with(&format!("{notice}.")));
    let letter = letters.iter().find(of).unwrap_or_else(|| panic!("{key}: {value}"));
    letter["state"].as_str().expect("a state").to_owned()
}

#[tokio::test]
async fn pushes_count_once_and_only_from_their_place() {
    let dir = folder();
    let site = example(dir.path());
    let providers = Providers::of(&site, dir.path());
    Providers::push_to(&site);
    assert!(run(&office::MORNING, &site).status.success());
    let taken = providers.taken();
    let (first, second) = (&taken[0], &taken[1]);
    let desk = Desk::open(&site, "2026-09-12T00:30:00Z").await;

    let reported = |message: &Value, success: bool| {
        json!([{"phone_number": message["number"], "success": success, "err_code": "DELIVERED", "out_id": message["key"],
            "biz_id": format!("B{}^0", message["number"].as_str().expect("a number")),
            "report_time": "2026-09-12 08:20:00"}])
    };
    let key = first["key"].as_str().expect("a key");
    for (path, from) in [("a-wrong-secret/report", "203.0.113.9"), ("a-long-secret/report", "198.51.100.9")] {
        assert_eq!(desk.push(path, from, &reported(first, true)).await.0, 404, "{path} from {from}");
    }
    assert_eq!(desk.push("a-long-secret/report", "203.0.113.9", &json!({"a": 1})).await.0, 404);
    assert_eq!(states(&site, key), "accepted");
    for _ in 0..2 {
        let (status, answer) = desk.push("a-long-secret/report", "203.0.113.9", &reported(first, true)).await;
        assert_eq!((status, answer.as_str()), (200, r#"{"code":0,"msg":"接收成功"}"#));
    }
    assert_eq!(states(&site, key), "delivered");
    desk.push("a-long-secret/report", "203.0.113.9", &reported(first, false)).await;
    assert_eq!(states(&site, key), "delivered", "what arrived stays arrived");
    desk.push("a-long-secret/report", "203.0.113.9", &reported(second, false)).await;
    assert_eq!(states(&site, second["key"].as_str().expect("a key")), "failed");

    let reply = |number: &Value, text: &str, id: u32| json!([{"phone_number": number, "content": text, "sequence_id": id, "send_time": "2026-09-12 08:25:00"}]);
    for (text, id) in [("收到", 1), ("收到", 1), ("退订", 2), ("停不了，怎么办", 3)] {
        let (status, _) = desk.push("a-long-secret/reply", "203.0.113.9", &reply(&first["number"], text, id)).await;
        assert_eq!(status, 200, "{text}");
    }
    let list = |args: &[&str]| {
        let output = run(args, &site);
        let value: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        value["replies"].as_array().expect("replies").clone()
    };
    let all = list(&["reply", "list", "--all", "--json"]);
    assert_eq!(all.len(), 3, "a push that comes again is the same reply: {all:?}");
    let acknowledged: Vec<&Value> = all.iter().filter(|r| !r["notice"].is_null()).collect();
    assert_eq!(acknowledged.len(), 1, "{all:?}");
    assert!(key.starts_with(acknowledged[0]["notice"].as_str().expect("a notice")), "{acknowledged:?}");
    assert!(!all[0]["from"].as_str().expect("a number").contains("0000"), "masked: {all:?}");
    let waiting = list(&["reply", "list", "--json"]);
    assert_eq!(waiting.iter().map(|r| r["meaning"].as_str().unwrap_or("")).collect::<Vec<_>>(), ["other", "leave"]);

    // Typed in and settled by staff, with their names.
    let number = taken[2]["number"].as_str().expect("a number");
    let now = ["--now", "2026-09-12T08:40:00+08:00"];
    let add = run(&["reply", "add", "--from", number, "--by", "罗代泉", now[0], now[1], "1"], &site);
    assert!(add.status.success() && text(&add).contains("签收"), "{}", text(&add));
    let stranger = run(&["reply", "add", "--from", number, "--by", "路人", now[0], now[1], "1"], &site);
    assert!(!stranger.status.success());
    let waits = waiting[0]["number"].to_string();
    let settle = ["reply", "settle", waits.as_str(), "--by", "罗代泉", "--reason", "已电话说明", now[0], now[1]];
    assert!(run(&settle, &site).status.success());
    assert!(!run(&settle, &site).status.success(), "settled once");
    assert_eq!(list(&["reply", "list", "--json"]).len(), 1);
    desk.stop.cancel();
}

#[tokio::test]
async fn reports_on_messages_that_are_not_the_sites_stand_in_no_ones_way() {
    let dir = folder();
    let site = example(dir.path());
    let providers = Providers::of(&site, dir.path());
    Providers::push_to(&site);
    assert!(run(&office::MORNING, &site).status.success());
    let desk = Desk::open(&site, "2026-09-12T00:30:00Z").await;
    let report = |number: &str, key: &str, id: &str| {
        json!({"phone_number": number, "success": true, "err_code": "DELIVERED", "out_id": key,
               "biz_id": format!("{id}{number}^0"), "report_time": "2026-09-12 08:20:00"})
    };
    // Another program sends by the same account, and was reported on before.
    for hundred in 0..6 {
        let others =
            (0..100).map(|n| report(&format!("1000000{}", 5000 + hundred * 100 + n), "another", "A")).collect();
        assert_eq!(desk.push("a-long-secret/report", "203.0.113.9", &Value::Array(others)).await.0, 200);
    }
    let taken = providers.taken();
    let (number, key) = (taken[0]["number"].as_str().expect("a number"), taken[0]["key"].as_str().expect("a key"));
    let own = json!([report(number, key, "B")]);
    assert_eq!(desk.push("a-long-secret/report", "203.0.113.9", &own).await.0, 200);
    assert_eq!(states(&site, key), "delivered");
    desk.stop.cancel();
}
