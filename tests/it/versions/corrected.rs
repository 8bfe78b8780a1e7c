//! A bulletin corrected: what is in force then.

use std::path::Path;

use serde_json::Value;

use super::{CLEAN, DIRTY, DOUBTFUL, NEXT_CLEAN, NEXT_DIRTY, in_force, ledger, once, publish, runs, shown, site};
use crate::office::{self, call, folder, letters, run, text};

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
