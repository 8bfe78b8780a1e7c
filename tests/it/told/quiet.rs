//! Quiet hours: a notice waits for their end, unless its level says that it must not.

use crate::office::{DUTY, EPISODE, MORNING, by_itself, call, folder, letters, ruled, run, text};

/// A rule that waits from 06 to 09, with a level above that does not wait.
fn rule() -> String {
    let severe = r#"[[rule.level]]
id = "severe"
name = "臭氧重度"
when = "日最大(臭氧8小时) 高于 900 微克每立方米"
quiet = "none"

[[rule.level]]"#;
    let rule = by_itself().replace("quiet = \"22-07\"", "quiet = \"06-09\"").replace("[[rule.level]]", severe);
    rule.replace("\"email\", \"sms\"", "\"sms\"") + DUTY
}

#[test]
fn a_level_that_must_not_wait_goes_out_in_quiet_hours_and_the_others_wait_for_their_end() {
    // What the file says of the level that is told, and whether enterprises are told at 08:00.
    let own = "name = \"臭氧超标\"\nquiet = \"12-13\"";
    let none = "name = \"臭氧超标\"\nquiet = \"none\"";
    let night = "name = \"臭氧超标\"\nquiet = \"05-08\"";
    for (says, at_once) in [("name = \"臭氧超标\"", false), (none, true), (own, true), (night, true)] {
        let dir = folder();
        let site = ruled(dir.path(), &rule().replace("name = \"臭氧超标\"", says));
        let said = text(&run(&MORNING, &site));
        let to = |class: &str| letters(&site).keys().filter(|name| name.contains(&format!(".raise.{class}-"))).count();
        assert_eq!(to("enterprise") > 0, at_once, "{says}: {said}");
        assert_eq!(said.contains("静默时段内不打扰"), !at_once, "{says}: {said}");
        assert!(to("duty") > 0, "staff on duty are told at any hour");
        assert!(call(&site, &["once"], "12T09:00").status.success());
        assert!(to("enterprise") > 0, "{says}: when they end everyone is told");
    }
}

#[test]
fn what_waited_is_not_sent_after_it_was_taken_back_and_its_end_is_not_told_to_who_heard_nothing() {
    let dir = folder();
    let site = ruled(dir.path(), &rule());
    assert!(run(&MORNING, &site).status.success());
    let end = ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    let done = call(&site, &end, "12T08:30");
    assert!(done.status.success(), "{}", text(&done));
    // No forecast is looked at: what the lift left is sent.
    std::fs::remove_file(site.join("rules/ozone.toml")).expect("gone");
    call(&site, &["once"], "12T09:30");
    let sent = letters(&site);
    let of = |part: &str| sent.keys().filter(|name| name.starts_with(EPISODE) && name.contains(part)).count();
    assert_eq!(of(".enterprise-"), 0, "neither the notice nor its end: {:?}", sent.keys());
    assert!(of(".lift.duty-") > 0, "who was told hears of the end: {:?}", sent.keys());
}

#[test]
fn of_two_revisions_that_waited_the_newer_one_alone_is_sent() {
    let dir = folder();
    let site = ruled(dir.path(), &rule());
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "核对名单"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    for time in ["12T19:30", "14T07:30"] {
        call(&site, &["once"], time);
    }
    assert!(call(&site, &["resume", "--by", "田天禄"], "14T09:10").status.success());
    call(&site, &["once"], "14T09:20");
    let sent = letters(&site);
    let to_one: Vec<&String> = sent.keys().filter(|name| name.contains(".enterprise-E038.")).collect();
    assert!(to_one.len() == 1 && !to_one[0].contains(".r1."), "{to_one:?}");
}
