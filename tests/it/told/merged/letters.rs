//! Letters that go as one message, and what becomes of each.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use cuofeng_office::site::Site;
use cuofeng_store::Store;
use serde_json::Value;

use super::{DUST, OZONE, json, site, sms_to_e038};
use crate::far_side::{Answer, FarSide};
use crate::office::{MORNING, folder, letters, mails, run, text};

/// A site whose short messages go to a gateway.
fn gateway(dir: &Path, url: &str, more: &str) -> PathBuf {
    let channel = format!(
        "\n[channel.sms_http]\nurl = \"{url}/?to={{mobile}}&text={{text}}\"\ncode = \"/code\"\nok = [\"0\"]\n\
         busy = [\"7\"]\n\n[deliver]\nsms = [\"sms_http\"{more}]\n"
    );
    site(dir, &channel)
}

/// A notice's letters in a form: channel and state, oldest first.
fn stands(site: &Path, notice: &str, form: &str) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = json(site, &["notices", "show", "--json", notice]);
    let all = shown["letters"].as_array().expect("letters").iter().filter(|l| l["form"] == form);
    all.map(|l| format!("{} {}", word(&l["channel"]), word(&l["state"]))).collect()
}

/// What the gateway was asked to send to E038.
fn sent_to_e038(gateway: &FarSide) -> Vec<String> {
    let queries = gateway.asked().into_iter().map(|asked| {
        let url = reqwest::Url::parse(&format!("http://gateway{}", asked.target)).expect("an address");
        url.query_pairs().into_owned().collect::<std::collections::BTreeMap<String, String>>()
    });
    queries.filter(|q| q["to"].ends_with("0149")).map(|q| q["text"].clone()).collect()
}

fn at(site: &Path, time: &str) -> String {
    text(&run(&["once", "--now", &format!("2026-09-12T{time}:00+08:00")], site))
}

#[test]
fn what_two_rules_tell_one_person_comes_in_one_message_and_each_notice_has_its_own_letter() {
    let dir = folder();
    let site = site(dir.path(), "");
    let said = text(&run(&MORNING, &site));
    let sms = sms_to_e038(&site);
    assert_eq!(sms.len(), 1, "{said}");
    for words in ["共2项", "一、臭氧错峰生产提示", "工序和钟点见邮件", "二、扬尘污染提示", "加原因和编号"]
    {
        assert!(sms[0].contains(words), "{words}: {}", sms[0]);
    }
    assert_eq!(sms[0].matches("【武平镇生态环境办公室】").count(), 1, "{}", sms[0]);
    // The mail holds every word of both, as an outside reader reads it.
    let all = mails(&site);
    assert_eq!(letters(&site).keys().filter(|name| name.contains("E038") && name.contains(".eml")).count(), 1);
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["folder delivered"]);
        assert_eq!(stands(&site, notice, "email"), ["folder delivered"]);
        let shown = json(&site, &["notices", "show", "--json", notice]);
        for letter in shown["letters"].as_array().expect("letters") {
            let own = letter["body"].as_str().expect("words").trim_end();
            let message = letter["message"]["body"].as_str().expect("the message that carried it");
            if letter["form"] == "email" {
                assert!(message.contains(own) && own.lines().all(|line| all.contains(line)), "{own}");
            } else {
                assert!(sms[0].contains(message), "{message}");
            }
        }
    }
    let shown = text(&run(&["notices", "show", DUST], &site));
    assert!(shown.contains("同一条消息"), "{shown}");
    // Each had its own calendar; both came along.
    let count = "import email,sys\nfrom email import policy\n\
        m=email.message_from_binary_file(open(sys.argv[1],'rb'),policy=policy.default)\n\
        names=[a.get_filename() for a in m.iter_attachments()]\nassert len(names)==len(set(names))==2,names\n";
    let mail = letters(&site).into_keys().find(|name| name.contains("E038") && name.contains(".eml")).expect("a mail");
    let path = site.join("out").join(mail);
    let read = std::process::Command::new("/usr/bin/python3").args(["-c", count]).arg(path).output().expect("python3");
    assert!(read.status.success(), "{}", text(&read));
    let before = letters(&site).len();
    at(&site, "08:20");
    assert_eq!(letters(&site).len(), before, "nobody is told twice");
}

#[test]
fn a_reply_answers_all_that_the_message_brought_or_the_one_whose_code_it_gives() {
    for (said, answered) in [("1", [true, true]), ("2", [true, true]), ("3 停不下来", [false, false])] {
        let dir = folder();
        let site = site(dir.path(), "");
        run(&MORNING, &site);
        let now = ["--now", "2026-09-12T08:40:00+08:00"];
        run(&[&["reply", "add", "--from", "10000000149", "--by", "罗代泉", said][..], &now].concat(), &site);
        let has = |notice| !json(&site, &["notices", "show", "--json", notice])["letters"][0]["acknowledged"].is_null();
        assert_eq!([has(OZONE), has(DUST)], answered, "{said}");
        if !answered[0] {
            let sms = sms_to_e038(&site).remove(0);
            let code = sms.rsplit_once("（编号").and_then(|(_, rest)| rest.get(..3)).expect("a code").to_owned();
            let said = format!("3 停不下来 {code}");
            run(&[&["reply", "add", "--from", "10000000149", "--by", "罗代泉", &said][..], &now].concat(), &site);
            assert_eq!([has(OZONE), has(DUST)], [false, true], "the second one's code");
        }
    }
}

#[test]
fn what_is_taken_back_while_both_wait_leaves_the_other_to_go_by_itself_in_its_own_words() {
    let dir = folder();
    let site = site(dir.path(), "");
    let stop = ["stop", "--by", "邓永亮", "--reason", "核对名单", "--now", "2026-09-12T07:30:00+08:00"];
    assert!(run(&stop, &site).status.success());
    assert!(run(&MORNING, &site).status.success());
    let lift = ["warnings", "lift", "dust-wuping-20260912-1", "--by", "罗代泉", "--reason", "区里要求"];
    let done = run(&[&lift[..], &["--now", "2026-09-12T08:10:00+08:00"]].concat(), &site);
    assert!(done.status.success(), "{}", text(&done));
    assert!(run(&["resume", "--by", "田天禄", "--now", "2026-09-12T08:20:00+08:00"], &site).status.success());
    at(&site, "08:30");
    let sms = sms_to_e038(&site);
    assert_eq!(sms.len(), 1, "{sms:?}");
    assert!(!sms[0].contains("共2项") && sms[0].contains("臭氧错峰生产提示：9月12日"), "{sms:?}");
    assert_eq!(stands(&site, DUST, "sms"), ["folder expired"]);
    assert_eq!(stands(&site, OZONE, "sms"), ["folder delivered"]);
}

#[tokio::test]
async fn what_was_begun_by_itself_is_never_put_with_others_nor_is_an_upgrade() {
    // What the ozone letters to E038 are before everything may leave.
    for (set, count) in [("attempt = 0", 1), ("attempt = 1", 2), ("priority = 0", 2)] {
        let dir = folder();
        let site = site(dir.path(), "");
        let stop = ["stop", "--by", "邓永亮", "--reason", "核对名单", "--now", "2026-09-12T07:30:00+08:00"];
        assert!(run(&stop, &site).status.success());
        assert!(run(&MORNING, &site).status.success());
        let store = Store::open(&Site::database(&site)).await.expect("a database");
        let sql = format!("update outbox set {set} where notice = ?");
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(OZONE).execute(store.pool()).await.expect("letters");
        store.close().await;
        assert!(run(&["resume", "--by", "田天禄", "--now", "2026-09-12T08:20:00+08:00"], &site).status.success());
        at(&site, "08:30");
        assert_eq!(sms_to_e038(&site).len(), count, "{set}");
        for notice in [OZONE, DUST] {
            assert_eq!(stands(&site, notice, "sms"), ["folder delivered"], "{set}");
        }
    }
}

#[test]
fn what_the_far_side_did_not_take_is_tried_again_as_the_same_message_and_counts_once() {
    let dir = folder();
    let tries = AtomicUsize::new(0);
    let far = FarSide::start(move |asked| {
        let ours = asked.parameter("to").is_some_and(|to| to.ends_with("0149"));
        let later = ours && tries.fetch_add(1, Ordering::SeqCst) == 0;
        Answer::ok(if later { r#"{"code":"7"}"# } else { r#"{"code":"0"}"# })
    });
    let site = gateway(dir.path(), &far.url, "");
    run(&MORNING, &site);
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["sms_http queued"]);
    }
    for time in ["08:10", "08:20", "08:30"] {
        at(&site, time);
    }
    let sent = sent_to_e038(&far);
    assert!(sent.len() == 2 && sent[0] == sent[1] && sent[0].contains("共2项"), "{sent:?}");
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["sms_http accepted"]);
    }
}

#[test]
fn what_was_refused_for_good_goes_on_by_the_next_way_together() {
    let dir = folder();
    let far = FarSide::start(|_| Answer::ok(r#"{"code":"9"}"#));
    let site = gateway(dir.path(), &far.url, ", \"folder\"");
    run(&MORNING, &site);
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["sms_http failed", "folder delivered"]);
    }
    let sms = sms_to_e038(&site);
    assert!(sms.len() == 1 && sms[0].contains("共2项"), "{sms:?}");
    assert_eq!(sent_to_e038(&far).len(), 1);
}

#[test]
fn a_person_who_finds_out_what_became_of_the_message_says_it_of_both() {
    let dir = folder();
    // It takes the message and says nothing that can be read.
    let far = FarSide::start(|_| Answer { cut: Some(3), ..Answer::ok(r#"{"code":"0"}"#) });
    let site = gateway(dir.path(), &far.url, "");
    run(&MORNING, &site);
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["sms_http unknown"]);
    }
    let number = json(&site, &["notices", "show", "--json", DUST])["letters"]
        .as_array()
        .and_then(|all| all.iter().find(|l| l["form"] == "sms")?["number"].as_i64())
        .expect("a number")
        .to_string();
    let settle = ["outbox", "settle", &number, "--found", "delivered", "--by", "罗代泉", "--reason", "已电话核实"];
    let done = run(&[&settle[..], &["--now", "2026-09-12T08:40:00+08:00"]].concat(), &site);
    assert!(done.status.success(), "{}", text(&done));
    for notice in [OZONE, DUST] {
        assert_eq!(stands(&site, notice, "sms"), ["sms_http delivered"]);
    }
}
