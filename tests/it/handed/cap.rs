//! CAP messages as the program writes, lists, checks and exports them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::well_formed;
use crate::office::{self, MORNING, cuofeng, example, folder, identity, run, text};

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let read = |e: std::fs::DirEntry| {
        (e.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(e.path()).expect("a file"))
    };
    entries.flatten().map(read).collect()
}

fn messages(site: &Path) -> BTreeMap<String, String> {
    let mut all = files(&site.join("out/cap"));
    all.remove("index.atom");
    all
}

fn listed(site: &Path, now: &str) -> Vec<Value> {
    let output = run(&["cap", "list", "--json", "--now", now], site);
    assert!(output.status.success(), "{}", text(&output));
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    all["messages"].as_array().expect("a list").clone()
}

/// Every file passes our own schema and the program's own check without a word.
fn assert_sound(site: &Path) {
    for name in messages(site).keys() {
        let file = site.join("out/cap").join(name);
        let checked = cuofeng().args(["cap", "check"]).arg(&file).output().expect("the program");
        assert_eq!((checked.status.code(), text(&checked).lines().count()), (Some(0), 1), "{name}: {}", text(&checked));
        well_formed(&file);
    }
}

#[test]
fn the_demo_leaves_sound_messages_each_naming_exactly_what_still_held() {
    let dir = folder();
    assert!(run(&["demo"], dir.path()).status.success());
    assert_sound(dir.path());
    let all = listed(dir.path(), "2026-09-24T00:00:00+08:00");
    assert_eq!(all.len(), messages(dir.path()).len());
    assert!(all.len() >= 3, "{all:?}");
    // The episode, its revision, the site's identity, which may begin with an `r` of its own.
    let episode = |m: &Value| m["identifier"].as_str().expect("a name").rsplitn(3, '.').nth(2).map(str::to_owned);
    for (place, message) in all.iter().enumerate() {
        assert_eq!(message["scope"], "Restricted", "a township's own tip: {message}");
        let held: Vec<&Value> = all[..place]
            .iter()
            .filter(|m| episode(m) == episode(message) && m["expires"].as_str() > message["sent"].as_str())
            .map(|m| &m["identifier"])
            .collect();
        let named: Vec<&Value> = message["references"].as_array().expect("a list").iter().collect();
        assert_eq!(named, held, "{message}");
        assert_eq!(message["type"] == "Alert", held.is_empty(), "{message}");
    }
    assert!(all.iter().any(|m| m["type"] == "Update"), "{all:?}");
    for (name, xml) in messages(dir.path()) {
        for word in ["预警", "红色", "橙色", "黄色", "蓝色"] {
            assert!(!xml.contains(word), "{name} says {word}: only an official order may");
        }
    }
}

#[test]
fn what_is_missing_or_cut_off_is_made_anew_and_what_went_out_stays() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    assert!(run(&["once", "--now", "2026-09-14T08:00:00+08:00"], &site).status.success());
    let before = messages(&site);
    assert!(before.len() >= 2, "{before:?}");
    let mut names = before.keys();
    let (cut, gone) = (names.next().expect("a message"), names.next().expect("a message"));
    let place = |name: &str| site.join("out/cap").join(name);
    std::fs::write(place(cut), &before[cut][..before[cut].len() / 2]).expect("a cut-off file");
    std::fs::remove_file(place(gone)).expect("a lost file");
    std::fs::remove_file(place("index.atom")).expect("a lost page");
    let again = ["once", "--now", "2026-09-14T08:05:00+08:00"];
    assert!(run(&again, &site).status.success());
    assert_eq!(messages(&site), before);
    assert!(place("index.atom").exists());
    // The office changes its name: what went out keeps the old one.
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, source.replace("武平镇生态环境办公室", "武平镇环保办")).expect("the site file");
    assert!(run(&["once", "--now", "2026-09-14T08:10:00+08:00"], &site).status.success());
    assert_eq!(messages(&site), before);
}

#[test]
fn rules_for_staff_and_a_dry_run_leave_no_message() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&["once", "--dry-run", "--now", "2026-09-12T08:00:00+08:00"], &site).status.success());
    assert!(!site.join("out/cap").exists());
    assert!(run(&["once", "--now", "2026-09-12T08:00:00+08:00"], &site).status.success());
    let names: Vec<String> = messages(&site).into_keys().collect();
    assert!(
        names.iter().all(|name| !name.starts_with("national-tiers") && !name.starts_with("chongqing")),
        "{names:?}"
    );
    // No forecast for two days: duty staff are told, nobody else.
    assert!(run(&["once", "--now", "2026-10-12T08:00:00+08:00"], &site).status.code().is_some());
    assert!(messages(&site).keys().all(|name| !name.starts_with("forecast")));
}

/// The example site, its ozone rule changed.
fn site_with_rule(dir: &Path, changed: &[(&str, &str)]) -> PathBuf {
    let site = example(dir);
    let (_, rule) = cuofeng_office::embedded::RULES.iter().find(|(path, _)| *path == "ozone.toml").expect("a rule");
    let mut rule = String::from_utf8(rule.to_vec()).expect("UTF-8");
    for (from, to) in changed {
        assert!(rule.contains(from), "{from}");
        rule = rule.replace(from, to);
    }
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    std::fs::write(site.join("rules/ozone.toml"), rule).expect("a rule");
    site
}

/// The evening's forecast takes back what the morning's said: clear for days.
#[test]
fn a_lift_is_an_update_that_says_all_clear_and_names_what_it_lifts() {
    let dir = folder();
    let site = site_with_rule(
        dir.path(),
        &[("lift_hours = 36", "settle_hours = 0\nlift_hours = 12"), ("take_back_runs = 2", "")],
    );
    let file = site.join("feeds/recording.csv");
    let clear = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] > "2026-09-12T12" && cells[0] != "issued" {
            cells[8] = "30";
        }
        cells.join(",") + "\n"
    };
    let source = std::fs::read_to_string(&file).expect("a recording");
    std::fs::write(&file, source.lines().map(clear).collect::<String>()).expect("a recording");
    assert!(run(&MORNING, &site).status.success());
    let night = run(&["once", "--now", "2026-09-13T00:30:00+08:00"], &site);
    assert!(night.status.success(), "{}", text(&night));
    let (all, own) = (listed(&site, "2026-09-13T00:31:00+08:00"), identity(&site));
    let lift = all
        .iter()
        .find(|m| m["identifier"] == format!("ozone-wuping-20260912-1.r2.{own}"))
        .unwrap_or_else(|| panic!("{}", text(&night)));
    assert_eq!(
        (&lift["type"], &lift["references"][0]),
        (&"Update".into(), &format!("ozone-wuping-20260912-1.r1.{own}").into())
    );
    let xml = &messages(&site)[&format!("ozone-wuping-20260912-1.r2.{own}.xml")];
    assert!(xml.contains("<responseType>AllClear</responseType>") && xml.contains("解除："), "{xml}");
    assert_sound(&site);
}

/// A rule whose name reads like a lift: as an Alert it would be taken for one.
#[test]
fn a_message_that_may_not_go_is_on_record_and_holds_no_letter_back() {
    let dir = folder();
    let site = site_with_rule(dir.path(), &[("臭氧错峰生产提示", "臭氧时段作业取消提示")]);
    let once = run(&MORNING, &site);
    assert!(once.status.success() && text(&once).contains("cap-refused"), "{}", text(&once));
    assert!(messages(&site).is_empty() && office::letters(&site).len() > 20);
    assert!(!text(&run(&["once", "--now", "2026-09-12T08:05:00+08:00"], &site)).contains("cap-refused"), "said once");
}

#[test]
fn a_relayed_order_is_public_and_carries_its_colour_as_a_parameter() {
    let dir = folder();
    // The rule follows orders and has nothing to say of its own.
    let site = site_with_rule(dir.path(), &[("高于 160 ", "高于 700 ")]);
    let file = site.join("rules/ozone.toml");
    let rule = std::fs::read_to_string(&file).expect("a rule");
    std::fs::write(&file, rule.replace("release = \"auto\"", "orders = [\"臭氧\"]\nrelease = \"auto\""))
        .expect("a rule");
    let order = ["order", "add", "--subject", "臭氧", "--tier", "orange", "--issuer", "某某区人民政府", "--document"];
    let rest = ["某府办发〔2026〕1号", "--by", "邓永亮", "--from", "2026-09-12T12:00:00+08:00", "--to"];
    let added = run(&[&order[..], &rest[..], &["2026-09-13T20:00:00+08:00"]].concat(), &site);
    assert!(added.status.success(), "{}", text(&added));
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    let all = messages(&site);
    let (_, xml) = all.iter().find(|(name, _)| name.starts_with("ozone-")).unwrap_or_else(|| panic!("{}", text(&once)));
    for part in [
        "<scope>Public</scope>",
        "<event>臭氧橙色预警</event>",
        "<severity>Severe</severity>",
        "<valueName>预警等级</valueName>\n      <value>橙色</value>",
        "某府办发〔2026〕1号",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    assert!(!xml.contains("<severity>橙色") && !xml.contains("<restriction>"), "{xml}");
    assert_sound(&site);
}

/// HA core #53674 listed an alert and its update side by side; eas-station #2283 took an expiry for a cancellation.
#[test]
fn the_page_has_what_holds_and_for_two_days_what_has_ended() {
    let dir = folder();
    assert!(run(&["demo"], dir.path()).status.success());
    let now = "2026-09-24T00:00:00+08:00";
    let to = dir.path().join("export");
    let exported = run(&["cap", "export", "--to", to.to_str().expect("a path"), "--now", now], dir.path());
    assert!(exported.status.success(), "{}", text(&exported));
    let mut copies = files(&to);
    let page = copies.remove("index.atom").expect("a page");
    assert_eq!(copies, messages(dir.path()));
    let all = listed(dir.path(), now);
    for message in &all {
        let entry = format!("<cap:identifier>{}<", message["identifier"].as_str().expect("a name"));
        if message["standing"] == "replaced" {
            assert!(!page.contains(&entry), "{message}");
        } else if message["standing"] == "current" {
            assert!(page.contains(&entry), "{message}");
        }
    }
    assert!(!page.contains("term=\"cancelled\""), "{page}");
    let late = ["cap", "export", "--to", to.to_str().expect("a path"), "--now", "2027-01-01T00:00:00+08:00"];
    assert!(run(&late, dir.path()).status.success());
    assert!(!files(&to)["index.atom"].contains("<entry>"));
}

#[test]
fn a_message_is_shown_by_name_and_any_file_is_checked() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&["cap", "list"], &site).status.success(), "none yet is no fault");
    assert!(run(&MORNING, &site).status.success());
    let all = messages(&site);
    let (name, xml) = all.iter().next().expect("a message");
    let shown = run(&["cap", "show", name.trim_end_matches(".xml")], &site);
    assert_eq!(String::from_utf8_lossy(&shown.stdout), *xml);
    assert_eq!(run(&["cap", "show", "nobody"], &site).status.code(), Some(1));
    let bad = dir.path().join("bad.xml");
    let check = |more: &[&str]| cuofeng().args(["cap", "check"]).arg(&bad).args(more).output().expect("the program");
    assert_eq!(check(&[]).status.code(), Some(2), "there is no such file");
    std::fs::write(&bad, xml.replace("<severity>Moderate", "<severity>橙色")).expect("a file");
    let (zh, en, json) = (check(&[]), check(&["--lang", "en"]), check(&["--json"]));
    assert!(zh.status.code() == Some(1) && text(&zh).contains("错误 alert/info[1]/severity"), "{}", text(&zh));
    assert!(text(&en).contains("can't be a severity"), "{}", text(&en));
    let value: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!((&value["findings"][0]["key"], &value["errors"]), (&"cap.colour".into(), &1.into()));
    std::fs::write(&bad, "no XML").expect("a file");
    assert_eq!(check(&[]).status.code(), Some(1));
}

#[test]
fn a_draft_has_no_message_until_it_is_released_and_an_exercise_says_that_it_is_one() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    let shipped = cuofeng_office::embedded::RULES.iter().find(|(path, _)| *path == "ozone.toml").expect("a rule").1;
    let rule = String::from_utf8_lossy(shipped).replace("release = \"auto\" ", "release = \"approval\" ");
    std::fs::write(site.join("rules/ozone.toml"), rule).expect("a rule");
    let table = std::fs::read_to_string(site.join("staff.csv")).expect("a table");
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, format!("{source}\n[exercise]\nto = [\"10000000250\"]\n")).expect("the site file");
    assert!(table.contains("10000000250"), "a releaser takes part");
    let mode = ["mode", "set", "exercise", "--by", "罗代泉", "--reason", "演练", "--now", "2026-09-12T07:50:00+08:00"];
    assert!(run(&mode, &site).status.success());
    assert!(run(&MORNING, &site).status.success());
    let own = identity(&site);
    let message = |number: u32| site.join(format!("out/cap/ozone-wuping-20260912-1.r{number}.{own}.xml"));
    assert!(!message(1).exists(), "a draft tells nobody");
    let now = ["--now", "2026-09-12T08:20:00+08:00"];
    let approve = ["warnings", "approve", "ozone-wuping-20260912-1", "--by", "田天禄", now[0], now[1]];
    assert!(run(&approve, &site).status.success());
    assert!(run(&["once", now[0], now[1]], &site).status.success());
    // Two hours of lead from 08:20 on: what is told is the second draft, cut to begin at 11:00.
    let xml = std::fs::read_to_string(message(2)).expect("a message");
    assert!(!message(1).exists() && xml.contains("<onset>2026-09-12T11:00:00+08:00</onset>"), "{xml}");
    assert!(xml.contains("<status>Exercise</status>") && xml.contains("演练"), "{xml}");
    assert!(xml.contains("<sent>2026-09-12T08:20:00+08:00</sent>"), "sent when it was released: {xml}");
}
