//! The text for the chat group, and villages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{mail, mail_of, sms_of};
use crate::office::{self, MORNING, call, example, folder, letters, ruled, run, text};

#[test]
fn a_revision_is_one_text_for_the_chat_group() {
    let dir = folder();
    let site = ruled(dir.path(), &(office::by_itself() + office::DUTY));
    let none = run(&["notices", "group", office::EPISODE], &site);
    assert_eq!(none.status.code(), Some(1), "nothing was told yet: {}", text(&none));
    assert!(run(&MORNING, &site).status.success());
    let group = run(&["notices", "group", office::EPISODE], &site);
    assert!(group.status.success(), "{}", text(&group));
    let words = String::from_utf8_lossy(&group.stdout).trim().to_owned();
    // Everybody who was told is in it, once, by name; what is asked of each is what its own notice asks.
    let listed = run(&["outbox", "list", "--json", "--limit", "500"], &site);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let told: BTreeSet<&str> = listed["letters"]
        .as_array()
        .expect("letters")
        .iter()
        .filter(|letter| letter["notice"].as_str().is_some_and(|key| key.contains(".enterprise-")))
        .filter_map(|letter| letter["to"].as_str())
        .collect();
    assert!(told.len() > 3, "{told:?}");
    for name in &told {
        assert_eq!(words.matches(name).count(), 1, "{name}: {words}");
    }
    assert!(words.contains("时间：9月12日至9月14日每日10:00—17:00"), "{words}");
    let sent = letters(&site);
    let out = site.join("out");
    let read: Vec<(&String, String)> = sent
        .iter()
        .filter(|(name, _)| !name.contains(".ics"))
        .map(|(name, words)| (name, if name.contains(".eml") { mail(&out.join(name)) } else { words.clone() }))
        .collect();
    let own = |id: &str| {
        let of = read.iter().filter(|(name, _)| name.contains(&format!(".enterprise-{id}.")));
        of.map(|(_, words)| words.as_str()).collect::<String>()
    };
    // The hours of each stand in its own notice.
    let own = own("E038");
    let line = words.lines().find(|line| line.contains("大田坝汽车销售服务中心")).expect("a line");
    let (_, hours) = line.split_once('：').expect("hours");
    for part in hours.split('；').filter(|part| !part.contains(' ')) {
        assert!(own.contains(part), "{part}: {own}");
    }
    assert!(!words.contains("100000") && !words.contains('@'), "names and hours alone: {words}");
    // The duty letter of the revision bears the same text.
    let flat = |text: &str| text.lines().map(str::trim).collect::<String>();
    let duty = read.iter().find(|(name, _)| name.contains(".duty-") && name.contains(".eml")).expect("a letter");
    assert!(flat(&duty.1).contains(&flat(&words)), "{words}\n{}", duty.1);
    // Its end is a text, too; what was told before can be asked for.
    let end = ["warnings", "lift", office::EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T09:10").status.success());
    let ended = text(&run(&["notices", "group", office::EPISODE], &site));
    assert!(ended.contains("请恢复平时的安排") && !ended.contains("10:00"), "{ended}");
    assert_eq!(text(&run(&["notices", "group", office::EPISODE, "--revision", "1"], &site)).trim(), words);
}

#[test]
fn villages_stand_in_one_line_of_the_text_for_the_group() {
    let dir = folder();
    let site = example(dir.path());
    assert!(call(&site, &["once"], "16T20:00").status.success());
    let words = text(&run(&["notices", "group", "straw-wuping-20260916-1"], &site));
    let line = words.lines().find(|line| line.contains("青杠村")).expect("the villages");
    assert!(line.ends_with("：请播放广播、加强巡查。"), "{words}");
    assert_eq!(words.matches("青杠村").count(), 1, "{words}");
    // A village of whose loudspeaker no address is known has its own line.
    let line = words.lines().find(|line| line.contains("白岩村")).expect("the village");
    assert_eq!(line, "白岩村：请用喇叭或逐户告知、加强巡查。", "{words}");
    let asked = |id: &str| sms_of(&site, &["straw-wuping-20260916-1.r1.raise.keeper-", id]);
    assert!(
        asked("500199001201-c").contains("青杠村请加强田间巡查、播好广播，发现焚烧"),
        "{}",
        asked("500199001201-c")
    );
    let quiet = asked("500199001207-c");
    assert!(
        quiet.contains("白岩村请加强田间巡查、用喇叭或逐户告知，发现焚烧") && quiet.contains("如有延长，见工作群"),
        "{quiet}"
    );
}

#[test]
fn who_hears_of_an_extension_in_the_chat_group_alone_is_said_to_staff_and_in_that_text() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T14:00", "17T20:00", "18T08:00", "18T14:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let sent = letters(&site);
    let second = "straw-wuping-20260916-1.r2.update.";
    assert!(!sent.keys().any(|name| name.contains(&format!("{second}keeper-"))), "{:?}", sent.keys());
    let duty = mail_of(&site, &[second, "duty-"]);
    assert!(duty.contains("要做：这次没有给村干部、网格员另发短信，请在工作群转发下文。"), "{duty}");
    assert!(
        duty.contains("这次没有给村干部、网格员另发短信，以本群为准。") && !duty.contains("详见各自收到的通知"),
        "{duty}"
    );
    assert!(!duty.contains("留意签收"), "{duty}");
    let aloud =
        sent.iter().find(|(name, _)| name.contains(&format!("{second}village-500199001201"))).expect("a text").1;
    assert!(aloud.contains("提醒延长到九月"), "{aloud}");
    assert!(!aloud.contains("时间有变"), "{aloud}");
}

#[test]
fn a_village_hears_of_today_and_tomorrow_and_of_no_hour_that_is_past() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T14:00", "17T20:00", "18T08:00", "18T14:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let heard: Vec<(String, String)> =
        letters(&site).into_iter().filter(|(name, _)| name.contains("village-500199001201")).collect();
    let all = heard.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n");
    assert!(all.contains("明天九月十八日，风小，烟散不开，"), "the day before: {all}");
    assert!(all.contains("今天九月十八日到"), "on the day: {all}");
    assert!(!all.contains('零') || !all.contains("零时"), "{all}");
    assert!(heard.iter().all(|(_, words)| words.contains("露天焚烧秸秆全年禁止")), "{all}");
}
