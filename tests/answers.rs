//! Notices that ask for an answer: answers on record, reminders, replies, as staff use them.

mod office;

use std::path::Path;

use office::{MORNING, example, folder, letters, run, text};

fn json(args: &[&str], site: &Path) -> serde_json::Value {
    serde_json::from_str(text(&run(args, site)).trim()).expect("one JSON object")
}

#[test]
fn whoever_has_not_answered_is_reminded_once_and_whoever_has_is_not() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    for (path, bytes) in cuofeng::embedded::RULES.iter().filter(|(path, _)| !path.contains('/')) {
        let rules = String::from_utf8_lossy(bytes).into_owned();
        let asks = "\ntemplate = \"ozone/enterprise\"\nask_hours = 2";
        std::fs::write(site.join("rules").join(path), rules.replace("\ntemplate = \"ozone/enterprise\"", asks))
            .expect("rules");
    }
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
    for time in ["2026-09-12T10:05:00+08:00", "2026-09-12T11:30:00+08:00"] {
        assert!(run(&["once", "--now", time], &site).status.success());
        let reminders: Vec<String> = letters(&site).into_keys().filter(|name| name.contains(".reminder.sms")).collect();
        assert!(!reminders.is_empty() && !reminders.iter().any(|name| name.starts_with(first)), "{reminders:?}");
        assert!(reminders.len() < asked.len(), "{reminders:?}");
    }
    let calls = run(&["escalation", "list", "--csv", "--now", "2026-09-12T11:31:00+08:00"], &site);
    assert_eq!(text(&calls).trim(), "name,person,mobile,deadline", "a tip ends with its one reminder");
}
