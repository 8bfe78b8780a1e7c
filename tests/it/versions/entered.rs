//! What people enter, confirm and paste.

use super::{CLEAN, DIRTY, DOUBTFUL, NEXT_CLEAN, NEXT_DIRTY, in_force, ledger, once, publish, runs, shown, site};
use crate::office::{self, call, folder, letters, run, text};

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
