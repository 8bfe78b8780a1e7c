//! What is withdrawn, and given back.

use serde_json::Value;

use super::{CLEAN, DIRTY, NEXT_CLEAN, in_force, ledger, once, publish, runs, shown, site};
use crate::office::{self, call, folder, ruled, run, text};

#[test]
fn a_withdrawn_run_says_what_was_decided_with_it_and_does_not_come_back_with_its_file() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let number = in_force(&site, "11T18:00")[0].to_string();
    let withdraw = |who: &str, time: &str| {
        call(&site, &["forecast", "withdraw", &number, "--by", who, "--reason", "登错了城市"], time)
    };
    let nobody = withdraw("某某", "11T18:05");
    assert_eq!(nobody.status.code(), Some(1), "{}", text(&nobody));
    let withdrawn = withdraw("邓永亮", "11T18:10");
    let words = text(&withdrawn);
    assert!(
        withdrawn.status.success() && words.contains("ozone-wuping-20260911-1") && words.contains("已告知"),
        "{words}"
    );
    assert!(in_force(&site, "11T18:10").is_empty());
    let words = shown(&site, "11T18:10");
    assert!(words.contains("撤回于9月11日18:10") && words.contains("邓永亮：登错了城市"), "{words}");
    assert_eq!(withdraw("邓永亮", "11T18:11").status.code(), Some(1), "once only");
    assert!(ledger(&site, "forecast-withdrawn")[0].starts_with("邓永亮: "));
    // Nothing else is known: what was told stands, and no calm is read out of nothing.
    let words = text(&call(&site, &["once"], "11T18:15"));
    assert!(words.contains("不能判定"), "{words}");
    assert_eq!(office::to_enterprises(&site, "lift"), 0);
    // The file is saved again: a person's word holds. It is corrected: that is new, and decided on at once.
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    call(&site, &["once"], "11T18:20");
    assert!(in_force(&site, "11T18:20").is_empty());
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    assert!(once(&site, "11T18:30").contains("提前结束"));
}

#[test]
fn a_version_a_day_or_an_hour_can_be_withdrawn_alone() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:10");
    let withdraw = |number: i64, more: &[&str], time: &str| {
        let words = ["forecast", "withdraw", &number.to_string(), "--by", "邓永亮", "--reason", "读错了"];
        call(&site, &[&words[..], more].concat(), time)
    };
    let [first, second] =
        runs(&site, "11T18:10").iter().map(|v| v["number"].as_i64().expect("a number")).collect::<Vec<_>>()[..]
    else {
        panic!("two versions")
    };
    let replaced = withdraw(first, &[], "11T18:11");
    assert!(replaced.status.code() == Some(1) && text(&replaced).contains(&second.to_string()), "{}", text(&replaced));
    let back = withdraw(second, &["--version"], "11T18:12");
    assert!(back.status.success() && text(&back).contains("退回第 1 版"), "{}", text(&back));
    assert!(once(&site, "11T18:13").contains("9月12日10:00—17:00"), "the first version's day is told again");
    let third = in_force(&site, "11T18:13")[0];
    let none = withdraw(third, &["--day", "2026-09-20"], "11T18:14");
    assert_eq!(none.status.code(), Some(1), "{}", text(&none));
    let none = withdraw(third, &["--hour", "2026-09-12T12:00:00+08:00"], "11T18:14");
    assert_eq!(none.status.code(), Some(1), "a bulletin has no hours: {}", text(&none));
    assert!(withdraw(third, &["--day", "2026-09-12"], "11T18:15").status.success());
    let left = runs(&site, "11T18:15");
    let days = left.iter().find(|run| run["in_force"] == true).expect("a version")["days"].clone();
    assert_eq!(days.as_array().map(Vec::len), Some(1), "{days}");
    assert_eq!(days[0]["day"], "2026-09-13");
    // Of a table, one hour.
    let hourly = ruled(&dir.path().join("hourly"), &office::by_itself());
    let now = ["--now", "2026-09-12T08:00:00+08:00"];
    assert!(run(&[&["once"][..], &now].concat(), &hourly).status.success());
    let table = |name: &str| {
        let show = run(&["forecast", "show", "--json", now[0], now[1]], &hourly);
        let value: Value = serde_json::from_slice(&show.stdout).expect("one JSON object");
        let hours = value["regions"][0]["hours"].as_array().expect("hours").clone();
        hours.iter().find(|hour| hour["hour"] == name).map(|hour| hour["values"]["o3"].clone())
    };
    let noon = "2026-09-13T12:00:00+08:00";
    assert!(table(noon).is_some_and(|o3| !o3.is_null()));
    let runs = run(&["forecast", "runs", "--json", now[0], now[1]], &hourly);
    let value: Value = serde_json::from_slice(&runs.stdout).expect("one JSON object");
    let number = value["runs"][0]["number"].to_string();
    let hour = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "错", "--hour", noon, now[0], now[1]];
    let withdrawn = run(&hour, &hourly);
    assert!(withdrawn.status.success() && text(&withdrawn).contains("9月13日12:00"), "{}", text(&withdrawn));
    assert!(table(noon).is_none_or(|o3| o3.is_null()));
    assert!(table("2026-09-13T13:00:00+08:00").is_some_and(|o3| !o3.is_null()), "the next hour stays");
    let listed = text(&run(&["forecast", "runs", now[0], now[1]], &hourly));
    let all = table_hours(&value);
    let words = format!("{all} 小时中有 {} 小时", all - 1);
    assert!(listed.contains(&words), "the hours that are in force: {listed}");
}

/// Hours from the first to the last of the first run.
fn table_hours(runs: &Value) -> i64 {
    let end = |place: usize| {
        let hour = runs["runs"][0]["hours"][place].as_str().expect("an hour");
        chrono::DateTime::parse_from_rfc3339(hour).expect("an hour")
    };
    (end(1) - end(0)).num_hours()
}

#[test]
fn an_hour_and_a_day_that_were_withdrawn_can_be_given_back() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let hourly = ruled(&dir.path().join("hourly"), &office::by_itself());
    assert!(run(&["once", "--now", "2026-09-12T08:00:00+08:00"], &hourly).status.success());
    for (site, time, part) in
        [(&site, "11T18:10", ["--day", "2026-09-12"]), (&hourly, "12T08:10", ["--hour", "2026-09-13T12:00:00+08:00"])]
    {
        let says = || {
            let words = shown(site, time);
            // What is said of versions is another after each.
            let said = |line: &&str| line.contains("9月1") && !line.contains('版') && !line.contains("更正");
            words.lines().filter(said).map(str::to_owned).collect::<Vec<_>>()
        };
        let withdraw = |more: &[&str]| {
            let held = runs(site, time).into_iter().filter(|run| run["in_force"] == true);
            let newest = held.max_by_key(|run| (run["issued_at"].to_string(), run["number"].as_i64()));
            let number = newest.expect("a version")["number"].to_string();
            let words = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "读错了"];
            let done = call(site, &[&words[..], more].concat(), time);
            assert!(done.status.success(), "{}", text(&done));
            text(&done)
        };
        let before = says();
        withdraw(&part);
        assert_ne!(says(), before, "{part:?}");
        let back = withdraw(&["--version"]);
        assert!(back.contains("退回第 1 版"), "{back}");
        assert_eq!(says(), before, "{part:?}");
    }
}
