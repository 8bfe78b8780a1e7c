//! Somebody is taken out of the tables in mid-episode.

use std::path::Path;

use crate::office::{EPISODE, MORNING, by_itself, call, folder, letters, mails, ruled, run, text};

fn without(site: &Path, table: &str, mark: &str) {
    let path = site.join(table);
    let old = std::fs::read_to_string(&path).expect("a table");
    let kept: Vec<&str> = old.lines().filter(|line| !line.contains(mark)).collect();
    std::fs::write(path, kept.join("\n") + "\n").expect("a table");
}

#[test]
fn what_they_were_told_is_taken_back_when_it_ends_and_what_waits_is_withdrawn() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(run(&MORNING, &site).status.success());
    let told = |purpose: &str| {
        let of = |name: &String| name.contains(&format!(".{purpose}.enterprise-E038.")) && !name.contains(".ics");
        letters(&site).into_keys().filter(of).collect::<Vec<_>>()
    };
    assert!(!told("raise").is_empty());
    without(&site, "enterprises.csv", "E038,");
    without(&site, "processes.csv", ",E038,");
    assert!(call(&site, &["once"], "12T08:30").status.success());
    // Duty staff are told whom, once, by mail.
    let alarms = || letters(&site).into_keys().filter(|name| name.starts_with("removed-")).collect::<Vec<_>>();
    assert_eq!(alarms().len(), 2, "both on duty: {:?}", alarms());
    let read = mails(&site);
    assert!(
        read.contains("【请核对】有收件人移出名单") && read.contains("1 个收件人已不在告知名单中（大田坝"),
        "{read}"
    );
    assert!(call(&site, &["once"], "12T08:50").status.success());
    assert_eq!(alarms().len(), 2, "nobody twice");
    let end = ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    let lifted = call(&site, &end, "12T09:10");
    assert!(lifted.status.success(), "{}", text(&lifted));
    assert!(call(&site, &["once"], "12T09:11").status.success());
    assert_eq!(told("lift").len(), told("raise").len(), "{:?}", told("lift"));
    // Staff read of both where they look: in the warning (the report has a test of its own).
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("未发出的 0 份已撤回") && shown.contains("按最后的地址告知结束"), "{shown}");
    // Nobody else hears twice.
    let lifts: Vec<String> = letters(&site).into_keys().filter(|name| name.contains(".lift.enterprise-")).collect();
    let distinct: std::collections::BTreeSet<&String> = lifts.iter().collect();
    assert_eq!(lifts.len(), distinct.len());
}

#[test]
fn what_waits_for_quiet_hours_to_end_is_not_sent_to_whom_nobody_tells_any_more() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "名单有误"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    without(&site, "enterprises.csv", "E038,");
    without(&site, "processes.csv", ",E038,");
    assert!(call(&site, &["once"], "12T08:30").status.success());
    assert!(call(&site, &["resume", "--by", "罗代泉"], "12T08:40").status.success());
    assert!(call(&site, &["once"], "12T08:41").status.success());
    assert!(!letters(&site).keys().any(|name| name.contains("enterprise-E038.")), "withdrawn");
    assert!(letters(&site).keys().any(|name| name.contains(".raise.enterprise-")), "the others were told");
}

#[test]
fn who_is_missing_from_a_table_for_one_look_gets_what_was_withdrawn_once() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "检修"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    let tables = ["enterprises.csv", "processes.csv"];
    let kept = tables.map(|table| std::fs::read_to_string(site.join(table)).expect("a table"));
    without(&site, "enterprises.csv", "E038,");
    without(&site, "processes.csv", ",E038,");
    assert!(call(&site, &["once"], "12T08:30").status.success());
    for (table, source) in tables.iter().zip(&kept) {
        std::fs::write(site.join(table), source).expect("a table");
    }
    assert!(call(&site, &["once"], "12T08:35").status.success());
    assert!(call(&site, &["resume", "--by", "罗代泉"], "12T08:40").status.success());
    assert!(call(&site, &["once"], "12T08:41").status.success());
    assert!(call(&site, &["once"], "12T08:50").status.success());
    let told = |name: &&String| name.contains(".raise.enterprise-E038.") && name.ends_with(".sms.txt");
    assert_eq!(letters(&site).keys().filter(told).count(), 1, "{}", text(&run(&["warnings", "show", EPISODE], &site)));
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("又在告知名单中"), "{shown}");
}

#[test]
fn who_was_told_by_hand_and_is_in_the_tables_no_more_is_told_of_the_end_by_hand() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let table = site.join("enterprises.csv");
    let source = std::fs::read_to_string(&table).expect("a table");
    let bare =
        source.replace("何雨禄,10000000149,e038@example.com,张晓泉,10000000150,e038-b@example.com", "何雨禄,,,,,");
    assert_ne!(bare, source);
    std::fs::write(&table, bare).expect("a table");
    assert!(run(&MORNING, &site).status.success());
    let list = || -> serde_json::Value {
        serde_json::from_slice(&call(&site, &["hand", "list", "--json"], "12T09:11").stdout).expect("JSON")
    };
    let number = list()["letters"][0]["number"].to_string();
    let done = call(&site, &["hand", "done", &number, "--how", "handed", "--by", "罗代泉"], "12T08:20");
    assert!(done.status.success(), "{}", text(&done));
    without(&site, "enterprises.csv", "E038,");
    without(&site, "processes.csv", ",E038,");
    assert!(call(&site, &["once"], "12T08:30").status.success());
    let lifted = call(&site, &["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "区里要求"], "12T09:10");
    assert!(lifted.status.success(), "{}", text(&lifted));
    assert_eq!(list()["letters"].as_array().map(Vec::len), Some(1), "{}", list());
    assert!(!letters(&site).keys().any(|name| name.contains(".lift.enterprise-E038.")), "no wire is known");
}

#[test]
fn an_end_that_waits_or_reaches_nobody_is_not_called_told() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    // Nothing has left: there is nothing to take back.
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "检修"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    without(&site, "enterprises.csv", "E038,");
    without(&site, "processes.csv", ",E038,");
    assert!(call(&site, &["once"], "12T08:30").status.success());
    assert!(call(&site, &["resume", "--by", "罗代泉"], "12T08:40").status.success());
    let lifted = call(&site, &["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "区里要求"], "12T09:10");
    assert!(lifted.status.success(), "{}", text(&lifted));
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(!shown.contains("按最后的地址告知结束"), "{shown}");
}
