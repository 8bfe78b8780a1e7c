//! A forecast can be corrected: what is in force then, what was told by it, and who said so; and what promises to record
//! nothing records nothing.

mod office;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cuofeng_app::App;
use cuofeng_app::clock::Clock;
use cuofeng_app::service::Service;
use office::{call, folder, letters, rested, ruled, run, text};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// The example site with one rule that sends by itself, and nothing but a bureau's bulletins to go by.
fn site(dir: &Path, rule: &str) -> PathBuf {
    let site = ruled(dir, rule);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let (head, tail) = source.split_once("[[feed]]").expect("a feed");
    let (_, tail) = tail.split_once("\n\n").expect("the end of the feed");
    let feed = "[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nfolder = \"feeds/bulletins\"\nlabel = \"某某市生态环境局\"\n\n";
    std::fs::write(&file, format!("{head}{feed}{tail}")).expect("the site file");
    std::fs::create_dir_all(site.join("feeds/bulletins")).expect("a folder");
    site
}

/// A bulletin issued on 11 September at 17:00, in a file of that name.
fn publish(site: &Path, name: &str, lines: &[&str]) {
    let head = "某某市空气质量预报\n某某市生态环境监测中心 2026年09月11日17时\n";
    let path = site.join("feeds/bulletins").join(name);
    std::fs::write(&path, format!("{head}{}\n", lines.join("\n"))).expect("a bulletin");
}

/// Three times the same day: ozone above its limit, below it, and what nobody reads for certain.
const DIRTY: &str = "9月12日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。";
const CLEAN: &str = "9月12日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90。";
const DOUBTFUL: &str = "912日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。";
const NEXT_DIRTY: &str = "9月13日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。";
const NEXT_CLEAN: &str = "9月13日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90。";

fn shown(site: &Path, time: &str) -> String {
    text(&call(site, &["forecast", "show"], time))
}

fn runs(site: &Path, time: &str) -> Vec<Value> {
    let output = call(site, &["forecast", "runs", "--json"], time);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(value["schema"], "cuofeng.forecast.runs/1");
    value["runs"].as_array().expect("runs").clone()
}

/// The numbers of the versions in force.
fn in_force(site: &Path, time: &str) -> Vec<i64> {
    runs(site, time).iter().filter(|run| run["in_force"] == true).filter_map(|run| run["number"].as_i64()).collect()
}

/// The details of an event in the ledger.
fn ledger(site: &Path, event: &str) -> Vec<String> {
    let script = "import sqlite3,sys\nfor r in sqlite3.connect(sys.argv[1]).execute(\n\
        'select detail from ledger where event=? order by number',(sys.argv[2],)): print(r[0])\n";
    let database = site.join("state/cuofeng.db");
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(database).arg(event).output();
    text(&output.expect("python3")).lines().map(str::to_owned).collect()
}

fn once(site: &Path, time: &str) -> String {
    let output = call(site, &["once"], time);
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

#[test]
fn a_bulletin_corrected_within_its_hour_is_in_force_and_what_was_told_by_the_first_is_taken_back_at_once() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    assert!(once(&site, "11T18:00").contains("9月12日10:00—17:00"), "told");
    assert!(!shown(&site, "11T18:00").contains("更正于"), "nothing was corrected yet");
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    // Thirty-six hours are not known to be clear, and another run would be needed: for a forecast, not for a mistake.
    let words = once(&site, "11T18:20");
    assert!(words.contains("提前结束") && words.contains("已更正或撤回"), "{words}");
    assert_eq!(office::to_enterprises(&site, "lift"), office::to_enterprises(&site, "raise"));
    assert!(office::mails(&site).contains("　　9月11日18:00的臭氧错峰生产提示已取消"), "{}", office::mails(&site));
    let words = shown(&site, "11T18:30");
    assert!(words.contains("更正于9月11日18:20") && words.contains("第 2 版"), "{words}");
    assert_eq!(ledger(&site, "forecast-corrected").len(), 1);
    let versions = runs(&site, "11T18:30");
    assert_eq!(versions.len(), 2, "{versions:?}");
    let of = |key: &str| versions.iter().map(|version| version[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("version"), [1, 2]);
    assert_eq!(of("in_force"), [false, true]);
    assert_eq!(of("received_at"), ["2026-09-11T18:00:00+08:00", "2026-09-11T18:20:00+08:00"]);
    assert_ne!(versions[0]["digest"], versions[1]["digest"]);
    // Nobody is told anything again by what is read again.
    assert!(once(&site, "11T18:40").contains("发出 0"));
    let before = letters(&site).len();
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:50");
    assert_eq!((runs(&site, "11T19:00").len(), letters(&site).len()), (2, before), "the same twice is nothing");
}

#[test]
fn a_corrected_bulletin_that_is_worse_is_told_at_once_though_something_was_told_today_already() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T22:30");
    for (time, day) in [("11T22:40", NEXT_DIRTY), ("11T22:50", NEXT_CLEAN), ("11T23:00", NEXT_DIRTY)] {
        publish(&site, "0911.txt", &[DIRTY, day]);
        let words = once(&site, time);
        assert!(words.contains("已更正或撤回") && words.contains("9月12日"), "{time}: {words}");
    }
    assert_eq!(runs(&site, "11T23:30").len(), 4, "what its publisher takes back is a version, too");
}

#[test]
fn a_newer_bulletin_that_is_worse_tomorrow_does_not_wait_for_the_cap_of_the_day() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    let issued = |hour: &str, lines: &[&str]| {
        let name = format!("0911-{hour}.txt");
        publish(&site, &name, lines);
        let file = site.join("feeds/bulletins").join(name);
        let words = std::fs::read_to_string(&file).expect("a bulletin").replace("11日17时", &format!("11日{hour}时"));
        std::fs::write(&file, words).expect("a bulletin");
    };
    issued("17", &[DIRTY, NEXT_DIRTY]);
    assert!(once(&site, "11T21:30").contains("9月12日"), "told");
    issued("18", &[CLEAN, NEXT_DIRTY]);
    let change = once(&site, "11T21:35");
    assert!(change.contains("预报时段有减少"), "the change of the day: {change}");
    issued("19", &[DIRTY, NEXT_DIRTY]);
    let worse = once(&site, "11T21:40");
    assert!(worse.contains("等到明天再告知就来不及") && worse.contains("9月12日"), "{worse}");
    issued("20", &[CLEAN, NEXT_DIRTY]);
    let better = once(&site, "11T21:45");
    assert!(better.contains("留到明天"), "{better}");
}

/// Nobody published an index, a concentration or an hour: a county's bulletin often is no more than this.
#[test]
fn a_forecast_by_level_alone_is_judged_as_the_levels_range_and_shown_as_that() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(
        &site,
        "0911.txt",
        &[
            "9月12日,预测日均空气质量为轻度污染,首要污染物为臭氧。",
            "9月13日,预测日均空气质量为重度污染。",
            "9月14日,预测日均空气质量为轻度至中度污染。",
            "9月15日,预测日均空气质量为严重污染,AQI:310-340。",
        ],
    );
    let words = once(&site, "11T18:00");
    assert!(words.contains("9月12日"), "ozone of the level's range is above its limit: {words}");
    let table = shown(&site, "11T18:10");
    for cell in [
        "101～150 轻度污染（由级别折算）",
        "201～300 重度污染（由级别折算）",
        "101～200 轻度污染～中度污染（由级别折算）",
        "325 严重污染",
    ] {
        assert!(table.contains(cell), "{cell}: {table}");
    }
    let json = call(&site, &["forecast", "show", "--json"], "11T18:10");
    let value: Value = serde_json::from_slice(&json.stdout).expect("one JSON object");
    let days = value["regions"][0]["days"].as_array().expect("days").clone();
    let of = |day: &str| days.iter().find(|found| found["day"] == day).expect("the day").clone();
    assert_eq!(
        (&of("2026-09-13")["aqi"], &of("2026-09-13")["level_range"]),
        (&251.into(), &serde_json::json!([201, 300]))
    );
    assert_eq!(of("2026-09-15")["level_range"], Value::Null, "its publisher states an index");
    let mails = office::mails(&site);
    assert!(mails.contains("101～150（轻度污染；发布的只有级别，由级别折算）"), "{mails}");
}

#[test]
fn lines_that_wait_reach_duty_staff_in_one_letter_and_the_same_lines_never_twice() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    let told = || letters(&site).into_iter().filter(|(name, _)| name.starts_with("lines-")).collect::<Vec<_>>();
    let second = "913日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。";
    publish(&site, "0911.txt", &[NEXT_CLEAN, DOUBTFUL, second]);
    text(&call(&site, &["once", "--dry-run"], "11T18:00"));
    assert_eq!(told().len(), 0, "a dry run tells nobody");
    once(&site, "11T18:00");
    // Two members of staff on duty, by mail and short message: one letter each for both lines.
    let first = told();
    assert_eq!(first.len(), 4, "{first:?}");
    let mails = office::mails(&site);
    assert!(mails.contains("bureau的通报有 2 行待人工确认（9月12日、9月13日），如“912日"), "{mails}");
    once(&site, "11T18:10");
    assert_eq!(told().len(), 4, "not again while they wait");
    let third = "914日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。";
    publish(&site, "0911.txt", &[NEXT_CLEAN, DOUBTFUL, second, third]);
    once(&site, "11T18:20");
    assert_eq!(told().len(), 8, "the new line alone");
    let mails = office::mails(&site);
    assert!(mails.contains("有 1 行待人工确认（9月14日），如“914日"), "{mails}");
    let waits = text(&run(&["bulletin", "list"], &site));
    for number in 1..=9 {
        run(&["bulletin", "drop", &number.to_string(), "--by", "邓永亮"], &site);
    }
    assert!(waits.contains("914日") && text(&run(&["bulletin", "list"], &site)).contains("没有等待确认"));
    once(&site, "11T18:30");
    assert_eq!(told().len(), 8, "that they are settled tells nobody");
}

#[test]
fn the_newer_of_two_files_of_one_hour_holds_and_the_older_one_never_comes_back_by_being_read_again() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    publish(&site, "0911-corrected.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:20");
    let held = in_force(&site, "11T18:20");
    // The old file is touched, so that it is the newest: what it says is as old as before.
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:40");
    assert_eq!(in_force(&site, "11T18:40"), held);
    assert!(shown(&site, "11T18:40").contains("75"), "{}", shown(&site, "11T18:40"));
}

/// A file that could not be read took its days, and the lines that staff had confirmed of it, out of force for good.
#[test]
fn a_file_that_can_not_be_read_for_once_takes_nothing_away() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN]);
    publish(&site, "0911-2.txt", &[NEXT_DIRTY, "914日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。"]);
    once(&site, "11T18:00");
    let confirm = run(&["bulletin", "confirm", "1", "--by", "邓永亮", "day=2026-09-14"], &site);
    assert!(confirm.status.success(), "{}", text(&confirm));
    once(&site, "11T18:10");
    let (held, told) = (in_force(&site, "11T18:10"), letters(&site).len());
    let second = site.join("feeds/bulletins/0911-2.txt");
    let kept = std::fs::read(&second).expect("its text");
    std::fs::remove_file(&second).expect("gone");
    std::os::unix::fs::symlink("/nowhere/0911-2.txt", &second).expect("a link to a share that is not there");
    let words = text(&call(&site, &["once"], "11T18:20"));
    assert!(words.contains("0911-2.txt"), "it is told: {words}");
    assert_eq!((in_force(&site, "11T18:20"), letters(&site).len()), (held.clone(), told));
    std::fs::remove_file(&second).expect("the link");
    std::fs::write(&second, kept).expect("it is back");
    once(&site, "11T18:30");
    assert_eq!((in_force(&site, "11T18:30"), letters(&site).len()), (held, told));
}

#[test]
fn the_case_of_17_form_the_newest_received_holds_and_its_versions_are_listed() {
    let case = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/versions").join(name);
        std::fs::read_to_string(path).expect("our own copy of the case")
    };
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    let page = site.join("feeds/bulletins/form.txt");
    let at = |time: &str| format!("2026-08-12T{time}:00+08:00");
    let mut said = Vec::new();
    for (name, time) in
        [("17_form_1530.txt", "15:35"), ("17_form_1530_again.txt", "15:40"), ("17_form_1545.txt", "15:50")]
    {
        std::fs::write(&page, case(name)).expect("the page");
        assert!(run(&["once", "--now", &at(time)], &site).status.success());
        let show = run(&["forecast", "show", "--json", "--now", &at(time)], &site);
        let value: Value = serde_json::from_slice(&show.stdout).expect("one JSON object");
        let days = value["regions"][0]["days"].as_array().expect("days").clone();
        let day = days.iter().find(|day| day["day"] == "2026-08-13").expect("the thirteenth");
        said.push(day["aqi"].as_i64().expect("an index"));
    }
    assert_eq!(said, [110, 165, 165]);
    let listed = run(&["forecast", "runs", "--json", "--now", &at("16:00")], &site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let versions = value["runs"].as_array().expect("runs");
    let last = versions.last().expect("a version");
    assert!(versions.len() >= 2 && last["in_force"] == true, "{versions:?}");
    assert!(text(&run(&["forecast", "show", "--now", &at("16:00")], &site)).contains("更正于8月12日15:"));
}

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

#[test]
fn what_is_told_by_telephone_is_a_run_like_every_other_until_a_later_bulletin_speaks_of_the_day() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let add = |index: &str, time: &str| {
        let words =
            ["forecast", "add", "--region", "wuping", "--day", "2026-09-12", "--index", index, "--primary", "臭氧"];
        call(&site, &[&words[..], &["--source", "某某市局电话", "--by", "邓永亮"]].concat(), time)
    };
    for wrong in ["135-105", "轻度", "600"] {
        assert_eq!(add(wrong, "11T18:30").status.code(), Some(2), "{wrong}");
    }
    let added = add("115-145", "11T18:30");
    assert!(added.status.success() && text(&added).contains("某某市局电话"), "{}", text(&added));
    assert_eq!(add("115-145", "11T18:30").status.code(), Some(1), "entered already");
    assert!(once(&site, "11T18:31").contains("9月12日10:00—17:00"), "told by it");
    assert!(office::mails(&site).contains("数据来源：某某市局电话"), "{}", office::mails(&site));
    let words = shown(&site, "11T18:32");
    assert!(words.contains("人工录入") && words.contains("邓永亮于9月11日18:30录入"), "{words}");
    assert!(ledger(&site, "forecast-added")[0].contains("邓永亮"));
    // A bulletin of before says nothing against it; one of later does.
    once(&site, "11T19:00");
    assert!(shown(&site, "11T19:00").contains("130 轻度污染"), "{}", shown(&site, "11T19:00"));
    publish(&site, "0911-20.txt", &[CLEAN, NEXT_CLEAN]);
    let later = site.join("feeds/bulletins/0911-20.txt");
    let words = std::fs::read_to_string(&later).expect("a bulletin").replace("11日17时", "11日20时");
    std::fs::write(&later, words).expect("a bulletin");
    once(&site, "11T20:10");
    assert!(!shown(&site, "11T20:10").contains("130 轻度污染"), "{}", shown(&site, "11T20:10"));
}

#[test]
fn what_people_enter_is_judged_by_and_ends_no_outage_of_the_feeds() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let alarms = |what: &str| {
        let of_feeds = |name: &String| name.starts_with("forecast-wuping") && name.contains(what);
        letters(&site).into_keys().filter(of_feeds).count()
    };
    once(&site, "15T09:00");
    let out = alarms(".raise.");
    assert!(
        out > 0 && alarms(".lift.") == 0,
        "duty staff know that the bulletins are out: {:?}",
        letters(&site).keys()
    );
    let words =
        ["forecast", "add", "--region", "wuping", "--day", "9月16日", "--index", "115-145", "--primary", "臭氧"];
    let added = call(&site, &[&words[..], &["--source", "某某市局电话", "--by", "邓永亮"]].concat(), "15T09:10");
    assert!(added.status.success(), "{}", text(&added));
    assert!(once(&site, "15T09:20").contains("9月16日10:00—17:00"), "judged by what was entered");
    assert_eq!((alarms(".raise."), alarms(".lift.")), (out, 0), "no feed has recovered");
    publish(&site, "0915.txt", &[&NEXT_CLEAN.replace("13日", "16日")]);
    let file = site.join("feeds/bulletins/0915.txt");
    let words = std::fs::read_to_string(&file).expect("a bulletin").replace("09月11日17时", "09月15日09时");
    std::fs::write(&file, words).expect("a bulletin");
    once(&site, "15T09:40");
    assert_eq!((alarms(".raise."), alarms(".lift.")), (out, out), "now it has");
}

#[tokio::test]
async fn an_end_that_nobody_saw_is_settled_when_it_is_judged_again_by_what_a_person_entered() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN, NEXT_DIRTY]);
    assert!(once(&site, "11T22:30").contains("9月13日"));
    // The bulletins are out before the told hours end.
    once(&site, "13T18:00");
    let store = cuofeng_store::Store::open(&cuofeng_office::site::Site::database(&site)).await.expect("a database");
    let open = async || {
        let kinds = store.open_kinds().await.expect("kinds");
        kinds
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|kind| ["ending", "forecast"].contains(&kind.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(open().await, ["ending", "forecast"], "told that the end was not seen");
    let told = || letters(&site).into_keys().filter(|name| name.starts_with("ending-")).count();
    let before = told();
    let words = ["forecast", "add", "--region", "wuping", "--day", "9月14日", "--index", "60-90", "--primary", "臭氧"];
    let added = call(&site, &[&words[..], &["--source", "某某市局电话", "--by", "邓永亮"]].concat(), "13T18:10");
    assert!(added.status.success(), "{}", text(&added));
    once(&site, "13T18:20");
    assert_eq!(open().await, ["forecast"], "judged again, while the feeds are still out");
    assert_eq!(told(), before, "whoever entered it needs no letter");
}

#[test]
fn a_pasted_correction_holds_though_the_old_file_is_read_again_and_who_pasted_it_is_known() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let pasted = format!("某某市空气质量预报\n2026年09月11日17时\n{CLEAN}\n{NEXT_CLEAN}\n");
    let paste = |time: &str| {
        let mut command = office::cuofeng();
        command.args(["bulletin", "read", "--feed", "bureau", "--by", "邓永亮", "--now"]).arg(time);
        let pipe = std::process::Stdio::piped;
        let mut child =
            command.arg("--site").arg(&site).stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().expect("the program");
        std::io::Write::write_all(&mut child.stdin.take().expect("its input"), pasted.as_bytes()).expect("a text");
        child.wait_with_output().expect("the program")
    };
    let first = paste("2026-09-11T18:10:00+08:00");
    assert!(first.status.success(), "{}", text(&first));
    paste("2026-09-11T18:11:00+08:00");
    let versions = runs(&site, "11T18:12");
    assert_eq!((versions.len(), versions[1]["by"].as_str()), (2, Some("邓永亮")), "{versions:?}");
    assert!(once(&site, "11T18:12").contains("提前结束"));
    // Another file makes the folder be read again, the old one with it.
    publish(&site, "other.txt", &["9月14日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90。"]);
    let other = site.join("feeds/bulletins/other.txt");
    let words = std::fs::read_to_string(&other).expect("a bulletin").replace("11日17时", "11日18时");
    std::fs::write(&other, words).expect("a bulletin");
    once(&site, "11T18:30");
    let held = runs(&site, "11T18:31");
    let of_five = held.iter().filter(|run| run["issued_at"] == "2026-09-11T17:00:00+08:00" && run["in_force"] == true);
    assert_eq!(of_five.map(|run| run["by"].clone()).collect::<Vec<_>>(), ["邓永亮"]);
}

#[test]
fn what_a_person_confirmed_of_a_bulletin_goes_with_the_line_when_it_is_corrected() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[NEXT_CLEAN, DOUBTFUL]);
    once(&site, "11T18:00");
    let confirm = ["bulletin", "confirm", "1", "--by", "邓永亮", "day=2026-09-12", "aqi=115-145", "primary=o3_8h"];
    let confirmed = run(&confirm, &site);
    assert!(confirmed.status.success(), "{}", text(&confirmed));
    assert!(once(&site, "11T18:05").contains("9月12日10:00—17:00"), "told by it");
    publish(&site, "0911.txt", &[NEXT_CLEAN, CLEAN]);
    assert!(once(&site, "11T18:20").contains("提前结束"), "the bulletin says now what it meant");
    assert_eq!(in_force(&site, "12T18:20").len(), 1, "{:?}", runs(&site, "12T18:20"));
    // A line that waits goes, too, where it is published no more.
    publish(&site, "0911.txt", &[NEXT_DIRTY, "913日,空气质量为良,AQI:60-80。"]);
    once(&site, "11T18:30");
    assert!(text(&run(&["bulletin", "list"], &site)).contains("913日"));
    publish(&site, "0911.txt", &[NEXT_CLEAN]);
    once(&site, "11T18:40");
    assert!(text(&run(&["bulletin", "list"], &site)).contains("没有等待确认"));
}

/// The run that the bulletin's good lines make was the same as before: nobody looked at the line that had changed.
#[test]
fn a_correction_of_the_line_that_waits_alone_takes_back_what_was_confirmed_of_it() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[NEXT_CLEAN, DOUBTFUL]);
    once(&site, "11T18:00");
    let confirm = ["bulletin", "confirm", "1", "--by", "邓永亮", "day=2026-09-12", "aqi=115-145", "primary=o3_8h"];
    assert!(run(&confirm, &site).status.success());
    assert_eq!(in_force(&site, "12T18:05").len(), 2, "{:?}", runs(&site, "12T18:05"));
    publish(&site, "0911.txt", &[NEXT_CLEAN, "912日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90。"]);
    call(&site, &["once"], "11T18:20");
    assert_eq!(in_force(&site, "12T18:20").len(), 1, "{:?}", runs(&site, "12T18:20"));
    assert!(text(&run(&["bulletin", "list"], &site)).contains("AQI:60-90"));
}

/// A line that a person had dropped before was no news when it came back: what it replaced stayed in force.
#[test]
fn what_a_bulletin_said_ends_though_the_line_that_took_its_place_is_known() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DOUBTFUL]);
    call(&site, &["once"], "11T18:00");
    assert!(run(&["bulletin", "drop", "1", "--by", "邓永亮"], &site).status.success());
    publish(&site, "0911.txt", &[CLEAN]);
    once(&site, "11T18:20");
    assert_eq!(in_force(&site, "11T18:20").len(), 1);
    publish(&site, "0911.txt", &[DOUBTFUL]);
    call(&site, &["once"], "11T18:40");
    assert!(in_force(&site, "11T18:40").is_empty(), "{:?}", runs(&site, "11T18:40"));
}

#[test]
fn a_bulletin_corrected_into_something_that_waits_for_a_person_no_longer_says_what_it_said() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[CLEAN]);
    once(&site, "11T18:00");
    assert_eq!(in_force(&site, "11T18:00").len(), 1);
    publish(&site, "0911.txt", &[DOUBTFUL]);
    call(&site, &["once"], "11T18:20");
    assert!(in_force(&site, "11T18:20").is_empty(), "{:?}", runs(&site, "11T18:20"));
    assert!(text(&run(&["bulletin", "list"], &site)).contains("912日"));
    publish(&site, "0911.txt", &[CLEAN]);
    once(&site, "11T18:40");
    assert_eq!(in_force(&site, "11T18:40").len(), 1, "and is mended");
    assert!(text(&run(&["bulletin", "list"], &site)).contains("没有等待确认"));
}

#[test]
fn a_draft_that_rests_on_a_withdrawn_forecast_cannot_be_released_and_goes() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let number = in_force(&site, "11T18:00")[0].to_string();
    let withdraw = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "登错了城市"];
    let words = text(&call(&site, &withdraw, "11T18:05"));
    assert!(words.contains("草稿等待放行"), "{words}");
    let approve = ["warnings", "approve", "ozone-wuping-20260911-1", "--by", "罗代泉"];
    let approved = call(&site, &approve, "11T18:06");
    assert!(approved.status.code() == Some(1) && text(&approved).contains("已更正或撤回"), "{}", text(&approved));
    call(&site, &["once"], "11T18:10");
    assert_eq!(office::to_enterprises(&site, "raise"), 0);
    assert_ne!(call(&site, &approve, "11T18:11").status.code(), Some(0), "nothing waits any more");
}

#[test]
fn a_draft_that_rests_on_what_was_corrected_is_written_anew_where_its_hours_stay() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    publish(&site, "0911.txt", &[&DIRTY.replace("115-145", "119-149"), NEXT_CLEAN]);
    let words = once(&site, "11T18:10");
    assert!(words.contains("9月12日10:00—17:00"), "the same hours, for other reasons: {words}");
    assert!(once(&site, "11T18:20").contains("草稿"), "once only");
    let approve = ["warnings", "approve", "ozone-wuping-20260911-1", "--by", "罗代泉"];
    let approved = call(&site, &approve, "11T18:30");
    assert!(approved.status.success(), "what is in force can be released: {}", text(&approved));
    call(&site, &["once"], "11T18:40");
    assert!(office::to_enterprises(&site, "raise") > 0);
    let mails = office::mails(&site);
    assert!(mails.contains("119~149（") && !mails.contains("115~145（"), "with the figures of now: {mails}");
}

#[test]
fn at_its_deadline_a_draft_that_rests_on_what_was_corrected_is_not_sent() {
    for (then, sent) in [(CLEAN, false), (DIRTY, true)] {
        let dir = folder();
        let release = "deadline_hours = 1\nat_deadline = \"release\"";
        let site = site(dir.path(), &office::RULE.replace("deadline_hours = 2", release));
        publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
        once(&site, "11T18:00");
        // Corrected, and read in the call that finds the deadline behind it.
        publish(&site, "0911.txt", &[then, NEXT_CLEAN]);
        once(&site, "11T19:10");
        assert_eq!(office::to_enterprises(&site, "raise") > 0, sent, "{then}");
    }
}

#[test]
fn a_second_correction_of_another_run_that_a_revision_rests_on_is_seen() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    let earlier = |day: &str| {
        publish(&site, "0911-15.txt", &[day]);
        let file = site.join("feeds/bulletins/0911-15.txt");
        let words = std::fs::read_to_string(&file).expect("a bulletin").replace("11日17时", "11日15时");
        std::fs::write(&file, words).expect("a bulletin");
    };
    earlier(NEXT_DIRTY);
    once(&site, "11T16:00");
    publish(&site, "0911.txt", &[DIRTY]);
    assert!(once(&site, "11T22:30").contains("9月12日"), "told by two bulletins");
    publish(&site, "0911.txt", &[&DIRTY.replace("115-145", "119-149")]);
    once(&site, "11T22:40");
    // The other one stands under what was decided anew, too.
    earlier(NEXT_CLEAN);
    let words = once(&site, "11T22:50");
    assert!(words.contains("已更正或撤回，按现在的预报重新判断"), "{words}");
}

#[tokio::test]
async fn the_service_decides_anew_at_its_next_look_without_waiting_for_a_job_that_is_due() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    let jobs = "cycle = \"0 8,20 * * *\"\nremind = { at = \"0 8,20 * * *\" }\nbackup = { missed = \"skip\" }\n";
    std::fs::write(&path, format!("{head}[schedule]\n{jobs}")).expect("the site file");
    let (clock, hand) = Clock::by_hand("2026-09-12T00:00:05Z".parse().expect("a time"));
    let mut app = App::start(&site, clock).await.expect("a site");
    let mut service = Service::new(&app);
    let stop = CancellationToken::new();
    service.look(&mut app, &stop).await.expect("a look");
    assert!(office::to_enterprises(&site, "raise") > 0, "told by the morning's run");
    let alarmed = || letters(&site).keys().any(|name| name.starts_with("forecast-wuping") && name.contains(".raise."));
    assert!(!alarmed());
    let number = in_force(&site, "12T08:00")[0].to_string();
    let withdraw = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "登错了城市"];
    assert!(call(&site, &withdraw, "12T08:01").status.success());
    assert_eq!(app.store.waiting_anew().await.expect("regions").len(), 1);
    hand.step(Duration::from_mins(2));
    let ended = service.look(&mut app, &stop).await.expect("a look");
    assert!(ended.is_empty(), "nothing was due: {ended:?}");
    assert!(alarmed(), "decided anew: there is nothing to judge by, and duty staff know");
    assert!(app.store.waiting_anew().await.expect("regions").is_empty());
}

#[tokio::test]
async fn the_service_reads_a_table_again_that_was_still_being_written_though_it_does_not_change() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    let jobs = "cycle = \"0 8,20 * * *\"\nremind = { at = \"0 8,20 * * *\" }\nbackup = { missed = \"skip\" }\n";
    std::fs::write(&path, format!("{head}[schedule]\n{jobs}")).expect("the site file");
    let recording = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&recording).expect("the recording");
    let (clock, hand) = Clock::by_hand("2026-09-12T00:00:05Z".parse().expect("a time"));
    let mut app = App::start(&site, clock).await.expect("a site");
    let mut service = Service::new(&app);
    let stop = CancellationToken::new();
    let read_at = async |app: &App| app.store.feed_state("recording").await.expect("a state").succeeded_at;
    std::fs::write(&recording, whole.trim_end()).expect("a last line without its end");
    service.look(&mut app, &stop).await.expect("a look");
    let first = read_at(&app).await.expect("read");
    hand.step(Duration::from_mins(2));
    let ended = service.look(&mut app, &stop).await.expect("a look");
    assert!(ended.is_empty(), "nothing was due: {ended:?}");
    assert_eq!(read_at(&app).await, Some(first + chrono::Duration::minutes(2)), "what was left out is read");
    // Finished, it is read once more and no further.
    std::fs::write(&recording, &whole).expect("the whole");
    office::rested(&recording);
    let mut times = Vec::new();
    for _ in 0..4 {
        hand.step(Duration::from_mins(2));
        service.look(&mut app, &stop).await.expect("a look");
        times.push(read_at(&app).await.expect("read"));
    }
    assert_eq!(times[2], times[3], "nothing is waited for any more: {times:?}");
}

/// Everything in a site's database, as another program reads it.
fn dump(site: &Path) -> String {
    let script = "import sqlite3,sys\nfor l in sqlite3.connect(sys.argv[1]).iterdump(): print(l)\n";
    let output = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .arg(site.join("state/cuofeng.db"))
        .output()
        .expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Names in a folder and those below, but for the engine's own files beside the database, which come and go.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(names(&path));
        }
        if !path.to_string_lossy().ends_with("-wal") && !path.to_string_lossy().ends_with("-shm") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_promises_to_record_nothing_records_nothing() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN, DOUBTFUL]);
    once(&site, "11T18:00");
    // New files wait to be read: another bulletin of the same hour, a later one, a doubtful line.
    publish(&site, "0911.txt", &[CLEAN, NEXT_DIRTY, DOUBTFUL, "913日,空气质量为良,AQI:60-80。"]);
    let (tables, files) = (dump(&site), names(&site));
    let (episode, now) = ("ozone-wuping-20260911-1", ["--now", "2026-09-11T18:30:00+08:00"]);
    let commands: Vec<Vec<&str>> = vec![
        vec!["once", "--dry-run", now[0], now[1]],
        vec!["once", "--dry-run", "--json", now[0], now[1]],
        vec!["check"],
        vec!["forecast", "show", now[0], now[1]],
        vec!["forecast", "show", "--hours", "--json", now[0], now[1]],
        vec!["forecast", "runs", now[0], now[1]],
        vec!["forecast", "score", "--from", "2026-09-10", "--to", "2026-09-12"],
        vec!["bulletin", "list"],
        vec!["order", "list", now[0], now[1]],
        vec!["warnings", "list"],
        vec!["warnings", "show", episode],
        vec!["warnings", "wording"],
        vec!["mode", "show"],
        vec!["site", "show"],
        vec!["ack", "list"],
        vec!["escalation", "list", now[0], now[1]],
        vec!["hand", "list", now[0], now[1]],
        vec!["cap", "list"],
        vec!["reply", "list"],
        vec!["notices", "list"],
        vec!["notices", "preview", "ozone/enterprise", "--form", "sms"],
        vec!["outbox", "list"],
        vec!["runs", now[0], now[1]],
        vec!["backup", "list"],
        vec!["rules", "check"],
        vec!["rules", "test"],
        vec!["rules", "fmt", "--check"],
        vec!["rules", "status"],
        vec!["rules", "explain", "ozone-tip", "--at", "2026-09-12T12:00:00+08:00", now[0], now[1]],
        vec!["plan", "show", episode],
        // Requests that are refused.
        vec!["warnings", "approve", episode, "--by", "谁也不是", now[0], now[1]],
        vec!["forecast", "withdraw", "1", "--by", "谁也不是", "--reason", "错", now[0], now[1]],
        vec!["forecast", "withdraw", "99", "--by", "邓永亮", "--reason", "错", now[0], now[1]],
        vec!["bulletin", "confirm", "1", "--by", "邓永亮", "aqi=x"],
        vec!["bulletin", "drop", "99", "--by", "邓永亮"],
        vec!["resume", "--by", "罗代泉", now[0], now[1]],
    ];
    for command in commands {
        let output = run(&command, &site);
        let words = text(&output);
        assert!(!words.contains("unexpected argument") && !words.contains("unrecognized"), "{command:?}: {words}");
        let after = dump(&site);
        let changed: Vec<&str> = after.lines().filter(|line| !tables.contains(line)).take(5).collect();
        assert!(after == tables, "{command:?} recorded {changed:#?}");
        assert_eq!(names(&site), files, "{command:?} left something");
    }
    let dry = text(&call(&site, &["once", "--dry-run"], "11T22:30"));
    assert!(dry.contains("9月13日10:00—17:00") && dry.contains("没有记录"), "it says what would be: {dry}");
    assert!(once(&site, "11T22:30").contains("9月13日10:00—17:00"), "and that is what comes");
}

#[test]
fn a_dry_run_of_a_site_that_never_worked_leaves_no_trace_and_one_beside_the_service_works() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    let before = (names(&site), std::fs::read(site.join("cuofeng.toml")).expect("the site file"));
    let dry = call(&site, &["once", "--dry-run"], "11T18:00");
    assert!(dry.status.success() && text(&dry).contains("9月12日10:00—17:00"), "{}", text(&dry));
    assert_eq!((names(&site), std::fs::read(site.join("cuofeng.toml")).expect("the site file")), before);
}

/// A table without a head is one of which the head may still come, unless it is longer than any head.
#[test]
fn a_young_table_without_its_head_is_waited_for_only_while_it_is_short() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let table = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&table).expect("the recording");
    let rows = |count: usize| whole.lines().skip(1).take(count).fold(String::new(), |all, row| all + row + "\n");
    for (count, waited) in [(5, true), (60, false)] {
        // Its last line has no end: somebody is writing.
        std::fs::write(&table, rows(count) + "2026-09-12T07:0").expect("a table");
        let output = call(&site, &["once"], "12T08:00");
        let words = text(&output);
        assert!(words.contains("recording.csv"), "{words}");
        assert_eq!(words.contains("数据没有取全"), !waited, "{count} rows: {words}");
    }
}

#[test]
fn a_table_that_is_being_written_is_looked_at_again_and_its_open_line_is_no_row_yet() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let table = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&table).expect("the recording");
    // Cut in the middle of a row's last number, as a writer leaves it for a moment.
    let morning = whole.lines().take_while(|line| line.starts_with("issued") || line.starts_with("2026-09-12T07:00"));
    let rows: Vec<&str> = morning.collect();
    assert!(rows.len() > 24, "the morning's run is the first");
    let half = rows.join("\n");
    std::fs::write(&table, &half[..half.len() - 1]).expect("half a table");
    let begun = Instant::now();
    let words = text(&call(&site, &["once"], "12T08:00"));
    assert!(begun.elapsed() >= Duration::from_secs(2), "looked at again");
    let row = format!("第 {} 行", rows.len());
    assert!(words.contains("recording.csv") && words.contains(&row), "{words}");
    let hours = |time: &str| runs(&site, time).last().expect("a run")["hours"][1].clone();
    let before = hours("12T08:00");
    // It is finished, and has rested: read at once, with the row.
    std::fs::write(&table, &whole).expect("the table");
    rested(&table);
    let begun = Instant::now();
    let words = text(&call(&site, &["once"], "12T08:10"));
    assert!(!words.contains("没有换行"), "{words}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_ne!(hours("12T08:10"), before, "another version, with the rest");
}
