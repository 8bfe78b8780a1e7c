//! Notices that ask for an answer: answers on record, reminders, replies, as staff use them.

use std::path::Path;

use crate::office::{MORNING, example, folder, letters, run, text};

fn json(args: &[&str], site: &Path) -> serde_json::Value {
    serde_json::from_str(text(&run(args, site)).trim()).expect("one JSON object")
}

#[test]
fn whoever_has_not_answered_is_reminded_once_and_whoever_has_is_not() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let asked = json(&["ack", "list", "--json", "--now", "2026-09-12T08:01:00+08:00"], &site);
    let asked = asked["asked"].as_array().expect("a list").clone();
    assert!(asked.len() > 5, "{asked:?}");
    let first = asked[0]["notice"].as_str().expect("a key");
    let add = ["ack", "add", first, "--said", "known", "--by", "罗代泉", "--now", "2026-09-12T08:30:00+08:00"];
    assert!(run(&add, &site).status.success());
    let stranger = ["ack", "add", first, "--said", "known", "--by", "某人"];
    assert_eq!(run(&stranger, &site).status.code(), Some(1));
    let reply = ["reply", "add", "--from", "10000009999", "--by", "罗代泉", "--now", "2026-09-12T08:40:00+08:00", "1"];
    let unclear = run(&reply, &site);
    assert!(text(&unclear).contains("等人处理：没有等待这个号码签收的通知"), "{}", text(&unclear));
    for time in ["2026-09-12T12:05:00+08:00", "2026-09-12T13:30:00+08:00"] {
        assert!(run(&["once", "--now", time], &site).status.success());
        let reminders: Vec<String> = letters(&site).into_keys().filter(|name| name.contains(".reminder.sms")).collect();
        assert!(!reminders.is_empty() && !reminders.iter().any(|name| name.starts_with(first)), "{reminders:?}");
        assert!(reminders.len() < asked.len(), "{reminders:?}");
    }
    let calls = run(&["escalation", "list", "--csv", "--now", "2026-09-12T13:31:00+08:00"], &site);
    assert_eq!(
        text(&calls).trim(),
        "\u{feff}名称,联系人,手机,身份,其他号码,要说什么,几时前,原因,登记用的编号",
        "a tip ends with its one reminder"
    );
}

#[test]
fn that_something_can_not_be_done_waits_for_staff_and_granted_frees_its_sender_alone() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let now = "2026-09-12T08:05:00+08:00";
    let asked = json(&["ack", "list", "--json", "--now", now], &site);
    let asked = asked["asked"].as_array().expect("a list").clone();
    let of = |id: &str| {
        let key =
            asked.iter().filter_map(|a| a["notice"].as_str()).find(|key| key.ends_with(&format!("enterprise-{id}")));
        key.expect("a notice").to_owned()
    };
    let unable = |id: &str, reason: &str, at: &str| {
        let add = ["ack", "add", &of(id), "--said", "unable", "--reason", reason, "--by", "罗代泉", "--now", at];
        assert!(run(&add, &site).status.success());
    };
    let waiting = |at: &str| {
        json(&["ack", "unable", "--json", "--now", at], &site)["answers"].as_array().expect("a list").clone()
    };
    unable("E038", "客户车辆今天必须交付", now);
    unable("E034", "炉温不能降", now);
    let list = waiting("2026-09-12T08:06:00+08:00");
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(list[0]["processes"].as_array().is_some_and(|p| !p.is_empty()), "{list:?}");
    // Whoever says afterwards that it is done has taken it back.
    let done = ["ack", "add", &of("E034"), "--said", "done", "--by", "罗代泉", "--now", "2026-09-12T08:07:00+08:00"];
    assert!(run(&done, &site).status.success());
    assert_eq!(waiting("2026-09-12T08:08:00+08:00").len(), 1);
    assert!(run(&["once", "--now", "2026-09-12T08:10:00+08:00"], &site).status.success());
    let told =
        |site: &Path, part: &str| letters(site).into_iter().filter(|(name, _)| name.contains(part)).collect::<Vec<_>>();
    let alarms = told(&site, "unable-E038-");
    assert!(alarms.iter().any(|(_, words)| words.contains("客户车辆今天必须交付")), "{alarms:?}");
    assert!(told(&site, ".r2.").is_empty(), "nothing is planned again before staff have decided");

    let number = list[0]["number"].to_string();
    let grant = |by: &str, process: &str| {
        let args = ["ack", "grant", &number, "--by", by, "--process", process, "--now", "2026-09-12T08:20:00+08:00"];
        run(&args, &site)
    };
    let process = list[0]["processes"][0]["id"].as_str().expect("a process").to_owned();
    assert_eq!(grant("刘光禾", &process).status.code(), Some(1), "a viewer may not");
    assert_eq!(grant("罗代泉", "E001-1").status.code(), Some(1), "another's process");
    let granted = grant("罗代泉", &process);
    assert!(granted.status.success(), "{}", text(&granted));
    assert!(waiting("2026-09-12T08:21:00+08:00").is_empty());
    assert!(run(&["once", "--now", "2026-09-12T08:25:00+08:00"], &site).status.success());
    let again = told(&site, ".update.enterprise-E038.sms");
    assert_eq!(again.len(), 1, "its hours have changed, and it is told: {:?}", letters(&site).keys());
    let explained = text(&run(&["plan", "explain", "E038"], &site));
    assert!(explained.contains("客户车辆今天必须交付"), "{explained}");
    assert_eq!(grant("罗代泉", &process).status.code(), Some(1), "decided is decided");
}
