//! Quiet hours: a notice waits for their end, unless its level says that it must not.

mod office;

use office::{MORNING, example, folder, letters, run, text};

const RULE: &str = r#"[[rule]]
id = "ozone-tip"
name = "臭氧错峰生产提示"
kind = "ozone"
source = "GB 3095-2026《环境空气质量标准》二级浓度限值"
season = "04-01..09-30"
shape = "10-17"
lead_hours = 1
quiet = "06-09"

[[rule.level]]
id = "severe"
name = "臭氧重度"
when = "日最大(臭氧8小时) 高于 900 微克每立方米"
quiet = "none"

[[rule.level]]
id = "exceed"
name = "臭氧超标"
when = "日最大(臭氧8小时) 高于 160 微克每立方米"

[[rule.level.measure]]
ask = "shift"
activities = ["spray", "unload"]

[[rule.tell]]
to = "enterprises"
sectors = ["filling_station", "auto_paint"]
forms = ["sms"]
template = "ozone/enterprise"

[[rule.tell]]
to = "duty"
forms = ["email"]
template = "ozone/duty"
"#;

#[test]
fn a_level_that_must_not_wait_goes_out_in_quiet_hours_and_the_others_wait_for_their_end() {
    // What the file says of the level that is told, and whether enterprises are told at 08:00.
    let own = "name = \"臭氧超标\"\nquiet = \"12-13\"";
    let none = "name = \"臭氧超标\"\nquiet = \"none\"";
    let night = "name = \"臭氧超标\"\nquiet = \"05-08\"";
    for (says, at_once) in [("name = \"臭氧超标\"", false), (none, true), (own, true), (night, true)] {
        let dir = folder();
        let site = example(dir.path());
        std::fs::create_dir_all(site.join("rules")).expect("a folder");
        std::fs::write(site.join("rules/ozone.toml"), RULE.replace("name = \"臭氧超标\"", says)).expect("a rule");
        let said = text(&run(&MORNING, &site));
        let to = |class: &str| letters(&site).keys().filter(|name| name.contains(&format!(".raise.{class}-"))).count();
        assert_eq!(to("enterprise") > 0, at_once, "{says}: {said}");
        assert_eq!(said.contains("静默时段内不打扰"), !at_once, "{says}: {said}");
        assert!(to("duty") > 0, "staff on duty are told at any hour");
        assert!(run(&["once", "--now", "2026-09-12T09:00:00+08:00"], &site).status.success());
        assert!(to("enterprise") > 0, "{says}: when they end everyone is told");
    }
}

/// The example site with the rule, told nothing yet.
fn site(dir: &std::path::Path) -> std::path::PathBuf {
    let site = example(dir);
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    std::fs::write(site.join("rules/ozone.toml"), RULE).expect("a rule");
    site
}

#[test]
fn what_waited_is_not_sent_after_it_was_taken_back_and_its_end_is_not_told_to_who_heard_nothing() {
    let dir = folder();
    let site = site(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let end = ["warnings", "lift", "ozone-wuping-20260912-1", "--by", "罗代泉", "--reason", "区里要求"];
    let done = run(&[&end[..], &["--now", "2026-09-12T08:30:00+08:00"]].concat(), &site);
    assert!(done.status.success(), "{}", text(&done));
    // No forecast is looked at: what the lift left is sent.
    std::fs::remove_file(site.join("rules/ozone.toml")).expect("gone");
    run(&["once", "--now", "2026-09-12T09:30:00+08:00"], &site);
    let sent = letters(&site);
    let of = |part: &str| {
        sent.keys().filter(|name| name.starts_with("ozone-wuping-20260912-1.") && name.contains(part)).count()
    };
    assert_eq!(of(".enterprise-"), 0, "neither the notice nor its end: {:?}", sent.keys());
    assert!(of(".lift.duty-") > 0, "who was told hears of the end: {:?}", sent.keys());
}

#[test]
fn of_two_revisions_that_waited_the_newer_one_alone_is_sent() {
    let dir = folder();
    let site = site(dir.path());
    let stop = ["stop", "--by", "邓永亮", "--reason", "核对名单", "--now", "2026-09-12T07:30:00+08:00"];
    assert!(run(&stop, &site).status.success());
    assert!(run(&MORNING, &site).status.success());
    for time in ["12T19:30", "14T07:30"] {
        run(&["once", "--now", &format!("2026-09-{time}:00+08:00")], &site);
    }
    assert!(run(&["resume", "--by", "田天禄", "--now", "2026-09-14T09:10:00+08:00"], &site).status.success());
    run(&["once", "--now", "2026-09-14T09:20:00+08:00"], &site);
    let sent = letters(&site);
    let to_one: Vec<&String> = sent.keys().filter(|name| name.contains(".enterprise-E038.")).collect();
    assert!(to_one.len() == 1 && !to_one[0].contains(".r1."), "{to_one:?}");
}
