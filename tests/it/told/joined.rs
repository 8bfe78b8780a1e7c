//! An episode is open and the roster changes: a newcomer, a corrected contact. Each is told once; nobody else is.

use std::collections::BTreeMap;
use std::path::Path;

use crate::office::{
    DUTY, EPISODE, MORNING, by_itself, call, folder, letters, mails, ruled as site, run, text, warnings,
};

/// A rule that asks nobody, and tells those on duty too.
fn rule() -> String {
    by_itself() + DUTY
}

const NEWCOMER: &str = "E900,新开汽修厂,auto_paint,500199001204,,样例丙,10000009901,e900@example.com,,,,,\n";

const SPRAY: &str = "P900,E900,喷漆房喷涂,spray,interruptible,6,,,1,1,2.8,0,2.0,24,30,50,06-22,09-18\n";

fn once(site: &Path, time: &str) -> String {
    let output = call(site, &["once"], time);
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

fn append(site: &Path, table: &str, row: &str) {
    let path = site.join(table);
    let old = std::fs::read_to_string(&path).expect("a table");
    std::fs::write(path, format!("{}\n{row}", old.trim_end())).expect("a table");
}

fn replace(site: &Path, table: &str, old: &str, new: &str) {
    let path = site.join(table);
    let text = std::fs::read_to_string(&path).expect("a table");
    assert!(text.contains(old), "{old}");
    std::fs::write(path, text.replace(old, new)).expect("a table");
}

/// Letters that are there now and were not before.
fn fresh(site: &Path, before: &BTreeMap<String, String>) -> Vec<String> {
    letters(site).into_keys().filter(|name| !before.contains_key(name) && !name.contains(".ics")).collect()
}

fn revisions(site: &Path) -> usize {
    warnings(site)["episodes"][0]["told"].as_u64().and_then(|told| usize::try_from(told).ok()).expect("a number")
}

#[test]
fn who_joins_an_open_episode_is_told_once_with_hours_of_its_own_and_nobody_else_is() {
    let dir = folder();
    let site = site(dir.path(), &rule());
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site);
    append(&site, "enterprises.csv", NEWCOMER);
    append(&site, "processes.csv", SPRAY);
    let said = once(&site, "12T08:30");
    assert!(said.contains("1 家（人）已补发"), "{said}");
    let told = fresh(&site, &before);
    assert_eq!(told.len(), 2, "a mail and a short message: {told:?}");
    assert!(told.iter().all(|name| name.starts_with(&format!("{EPISODE}.r1.raise.enterprise-E900."))), "{told:?}");
    let sms = &letters(&site)[told.iter().find(|name| name.contains(".sms")).expect("a short message")];
    assert!(sms.contains("每日10—17时") && sms.contains("喷漆房喷涂"), "{sms}");
    assert!(mails(&site).contains("e900@example.com"));
    assert_eq!(revisions(&site), 1, "no new revision");
    // Again and again, nothing more.
    let after = letters(&site);
    for time in ["12T08:45", "12T09:00"] {
        once(&site, time);
        assert!(fresh(&site, &after).is_empty(), "{:?}", fresh(&site, &after));
    }
    let plan = text(&run(&["plan", "show", EPISODE], &site));
    assert!(plan.contains("新开汽修厂"), "its hours are part of the plan: {plan}");
    // The end reaches it like everyone else.
    let end = ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T09:10").status.success());
    once(&site, "12T09:11");
    assert!(fresh(&site, &after).iter().any(|name| name.contains(".lift.enterprise-E900.")));
    // After it nobody joins any more.
    let after = letters(&site);
    append(&site, "enterprises.csv", &NEWCOMER.replace("E900", "E901").replace("e900", "e901"));
    once(&site, "12T09:30");
    let joined = |name: &String| name.starts_with(EPISODE) && name.contains("E901");
    assert!(!fresh(&site, &after).iter().any(joined), "{:?}", fresh(&site, &after));
}

#[test]
fn a_corrected_contact_gets_the_same_words_once_and_the_old_one_nothing_more() {
    let dir = folder();
    let site = site(dir.path(), &rule());
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site);
    let old = before.iter().find(|(name, _)| name.contains("E038.sms")).expect("a short message").1.clone();
    replace(&site, "enterprises.csv", "10000000149", "10000009902");
    once(&site, "12T08:30");
    let told = fresh(&site, &before);
    assert_eq!(told.len(), 1, "{told:?}");
    let new = letters(&site)[&told[0]].clone();
    let words = |letter: &str| letter.lines().find(|line| line.starts_with('【')).map(str::to_owned);
    assert_eq!(words(&new), words(&old), "the words are those that were told");
    assert!(new.contains("100****9902") && !new.contains("100****0149"), "{new}");
    // Back to the first number: it has them already.
    let after = letters(&site);
    replace(&site, "enterprises.csv", "10000009902", "10000000149");
    once(&site, "12T08:45");
    assert!(fresh(&site, &after).is_empty(), "{:?}", fresh(&site, &after));
}

#[test]
fn what_still_waits_for_an_old_address_does_not_go_there() {
    let dir = folder();
    let site = site(dir.path(), &rule());
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "名单有误"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    replace(&site, "enterprises.csv", "10000000149", "10000009902");
    once(&site, "12T08:30");
    assert_eq!(letters(&site).len(), 0, "nothing leaves while everything is held");
    assert!(call(&site, &["resume", "--by", "田天禄"], "12T08:40").status.success());
    once(&site, "12T08:41");
    let sent: String =
        letters(&site).into_iter().filter(|(name, _)| name.contains("E038.sms")).map(|(_, t)| t).collect();
    assert!(sent.contains("100****9902") && !sent.contains("100****0149"), "{sent}");
}

#[test]
fn a_contact_that_was_missing_is_told_in_the_form_in_which_it_can_be_reached_now() {
    let dir = folder();
    let site = site(dir.path(), &rule());
    let row = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
    let row = row.lines().find(|line| line.starts_with("E038,")).expect("a row").to_owned();
    let without = row.replace("e038@example.com", "").replace("e038-b@example.com", "");
    replace(&site, "enterprises.csv", &row, &without);
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site);
    assert!(!before.keys().any(|name| name.contains("E038.email")), "{:?}", before.keys());
    replace(&site, "enterprises.csv", &without, &row);
    once(&site, "12T08:30");
    let told = fresh(&site, &before);
    assert!(told.len() == 1 && told[0].contains("E038.email"), "{told:?}");
    let mail = &letters(&site)[&told[0]];
    assert!(mail.contains("text/calendar"), "its hours go with it: {mail}");
    let after = letters(&site);
    once(&site, "12T08:45");
    assert!(fresh(&site, &after).is_empty());
}

#[test]
fn a_newcomer_reads_the_words_that_were_released_and_waits_while_a_draft_would_end_the_episode() {
    let dir = folder();
    let rule = rule().replace("release = \"auto\"", "release = \"approval\"");
    let site = site(dir.path(), &rule);
    assert!(run(&MORNING, &site).status.success());
    let edit =
        ["warnings", "edit", EPISODE, "--replace", "臭氧错峰生产提示：", "臭氧请错峰生产提示：", "--by", "罗代泉"];
    assert!(call(&site, &edit, "12T08:05").status.success());
    // Nobody is told of a draft, a newcomer neither.
    append(&site, "enterprises.csv", NEWCOMER);
    append(&site, "processes.csv", SPRAY);
    once(&site, "12T08:10");
    assert!(letters(&site).keys().all(|name| !name.contains(".enterprise-")));
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:20").status.success());
    once(&site, "12T08:21");
    let sent = letters(&site);
    let (name, sms) = sent.iter().find(|(name, _)| name.contains("E900.sms")).expect("told with the others");
    assert!(
        name.contains(".r2.raise.") && sms.contains("臭氧请错峰生产提示："),
        "a person's words count for it, too: {sms}"
    );
    // A person has asked to end it: who joins now waits for what becomes of that.
    let end = ["warnings", "lift", EPISODE, "--by", "邓永亮", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T08:30").status.success());
    append(&site, "enterprises.csv", &NEWCOMER.replace("E900", "E901").replace("e900", "e901"));
    let before = letters(&site);
    once(&site, "12T08:40");
    assert!(fresh(&site, &before).iter().all(|name| !name.contains("E901")));
    // The forecast does not take back what a person asked for.
    let waits = warnings(&site);
    assert_eq!(waits["episodes"][0]["draft"]["by"], "邓永亮");
}

#[test]
fn staff_who_come_on_duty_are_not_told_again_and_changed_words_wait_for_a_person() {
    let dir = folder();
    let site = site(dir.path(), &rule());
    std::fs::write(site.join("duty.csv"), "from,to,name\n2026-09-12,2026-09-12,王晓福\n2026-09-13,2026-09-13,田天禄\n")
        .expect("a roster");
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site);
    // A template that nobody has released since it was changed.
    std::fs::create_dir_all(site.join("templates/zh/ozone")).expect("folders");
    std::fs::write(site.join("templates/zh/ozone/enterprise.sms.txt"), "【{{ sign }}】别的话，咨询{{ phone }}")
        .expect("a template");
    append(&site, "enterprises.csv", NEWCOMER);
    once(&site, "12T12:00");
    assert!(fresh(&site, &before).iter().all(|name| !name.contains("E900")), "{:?}", fresh(&site, &before));
    std::fs::remove_file(site.join("templates/zh/ozone/enterprise.sms.txt")).expect("gone");
    once(&site, "13T08:00");
    let told = fresh(&site, &before);
    assert!(told.iter().any(|name| name.contains("E900")), "{told:?}");
    assert!(told.iter().all(|name| !name.contains(".raise.duty-")), "{told:?}");
}
