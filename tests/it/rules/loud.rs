//! Rules that can't be silently wrong, and what libraries and the system say, in the reader's language.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use cuofeng_air::forecast::{Column, Columns, Observations, Variable};
use cuofeng_base::time::{Hour, Period};
use cuofeng_office::site::Site;
use cuofeng_store::ledger::{self, Event};
use cuofeng_store::{Store, forecasts, orders};
use cuofeng_town::order::{Details, Entry, Order, Tier};

use crate::office::{DUTY, EPISODE, MORNING, by_itself, call, example, folder, letters, ruled, run, text};

/// An instant of September 2026 at the site, as `12T08:20`.
fn at(time: &str) -> DateTime<Utc> {
    format!("2026-09-{time}:00+08:00").parse().expect("a time")
}

/// Another rule of the same kind, which the recorded forecast meets as well.
fn twin() -> String {
    by_itself().replace("\"ozone-tip\"", "\"ozone-other\"").replace("臭氧错峰生产提示", "臭氧另一提示")
}

#[test]
fn of_two_rules_of_a_kind_check_and_once_say_which_one_is_silent_and_when() {
    let dir = folder();
    let site = ruled(dir.path(), &format!("{}\n{}", by_itself(), twin().replace("04-01..09-30", "09-01..12-31")));
    let checked = text(&run(&["check"], &site));
    for said in ["“臭氧另一提示”与 rules/ozone.toml 的“臭氧错峰生产提示”kind 同为“ozone”", "09-01..09-30"]
    {
        assert!(checked.contains(said), "{said}: {checked}");
    }
    let once = text(&run(&MORNING, &site));
    assert!(once.contains("臭氧另一提示：不变。同为“ozone”类的“臭氧错峰生产提示”先有过程"), "{once}");
    assert_eq!(letters(&site).keys().filter(|name| !name.contains(EPISODE)).count(), 0, "one of them told");
    let english = text(&run(&["check", "--lang", "en"], &site));
    assert!(english.contains("are both of the kind `ozone`"), "{english}");
    let apart = ruled(
        &dir.path().join("apart"),
        &format!("{}\n{}", by_itself(), twin().replace("04-01..09-30", "10-01..03-31")),
    );
    assert!(!text(&run(&["check"], &apart)).contains("kind 同为"), "seasons that never meet");
}

/// Hands the site's rule files in and has another person accept them.
fn put_in_force(site: &Path, time: &str) -> String {
    let proposed = call(site, &["rules", "propose", "--by", "罗代泉"], time);
    let words = text(&proposed);
    assert!(proposed.status.success(), "{words}");
    let code = words.split("--code ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code").to_owned();
    let accepted = call(site, &["rules", "accept", "--code", &code, "--by", "田天禄"], time);
    assert!(accepted.status.success(), "{}", text(&accepted));
    words
}

#[test]
fn a_kind_renamed_in_mid_episode_tells_nobody_the_same_hours_twice() {
    for (name, renamed) in [
        ("kind", by_itself().replace("kind = \"ozone\"", "kind = \"summer\"")),
        ("kind and rule", twin().replace("kind = \"ozone\"", "kind = \"summer\"")),
    ] {
        let dir = folder();
        let site = ruled(dir.path(), &by_itself());
        assert!(run(&MORNING, &site).status.success());
        let told = letters(&site);
        assert!(!told.is_empty());
        fs::write(site.join("rules/ozone.toml"), &renamed).expect("a file");
        let words = put_in_force(&site, "12T08:30");
        if name == "kind" {
            assert!(words.contains("kind 由“ozone”改成“summer”"), "{words}");
        }
        let once = text(&call(&site, &["once"], "12T09:00"));
        assert!(once.contains(&format!("规则改名前开始的过程 {EPISODE} 还没有结束")), "{name}: {once}");
        assert_eq!(letters(&site).keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>(), "{name}: told twice");
    }
}

#[test]
fn what_a_person_has_ended_is_not_told_again_under_another_kind() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(run(&MORNING, &site).status.success());
    let lift = ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "会议改期"];
    assert!(call(&site, &lift, "12T08:10").status.success());
    let told = letters(&site).len();
    fs::write(site.join("rules/ozone.toml"), by_itself().replace("kind = \"ozone\"", "kind = \"summer\""))
        .expect("a file");
    put_in_force(&site, "12T08:30");
    let once = text(&call(&site, &["once"], "12T09:00"));
    assert!(once.contains("同样的时段不再自动告知"), "{once}");
    let raised = letters(&site).keys().filter(|name| name.starts_with("summer-")).count();
    assert!(raised == 0 && letters(&site).len() >= told, "{once}");
}

#[test]
fn rules_in_the_words_of_tables_and_documents_do_what_those_in_the_programs_words_do() {
    let english = format!("{}{DUTY}", by_itself());
    let chinese = [
        ("release = \"auto\"", "release = \"直接发出\""),
        ("season = \"04-01..09-30\"", "season = \"4月1日至9月30日\""),
        ("shape = \"10-17\"", "shape = \"10:00-17:00\""),
        ("quiet = \"22-07\"", "quiet = \"22时至次日7时\""),
        ("ask = \"shift\"", "ask = \"错峰\""),
        ("[\"spray\", \"unload\"]", "[\"喷涂\", \"卸油\"]"),
        ("to = \"enterprises\"", "to = \"企业\""),
        ("[\"filling_station\", \"auto_paint\"]", "[\"加油站\", \"汽车喷漆\"]"),
        ("[\"email\", \"sms\"]", "[\"邮件\", \"短信\"]"),
        ("to = \"duty\"", "to = \"值班人员\""),
    ];
    let dir = folder();
    let both = [
        ("english", english.clone()),
        (
            "chinese",
            chinese.iter().fold(english, |rule, (from, to)| {
                assert!(rule.contains(from), "{from}");
                rule.replace(from, to)
            }),
        ),
    ];
    let [plain, spoken] = both.map(|(name, rule)| {
        let site = ruled(&dir.path().join(name), &rule);
        let (_, problems) = Site::read(&site);
        assert!(problems.is_empty(), "{name}: {problems:?}");
        assert!(run(&MORNING, &site).status.success());
        letters(&site).into_keys().collect::<Vec<_>>()
    });
    assert!(plain.len() > 4);
    assert_eq!(plain, spoken);
}

/// A site whose database has been begun, and that database.
async fn begun(site: &Path) -> Store {
    assert!(run(&MORNING, site).status.success());
    Store::open(&Site::database(site)).await.expect("a database")
}

fn alert(subject: &str) -> Order {
    Order {
        region: "wuping".into(),
        subject: subject.into(),
        code: None,
        tier: Tier::Orange,
        period: Period::new(at("12T09:00"), at("13T09:00")).expect("a period"),
        issuer: "某某区气象台".into(),
        document: "发布大风橙色预警".into(),
        issued_at: at("12T08:30"),
        entry: Entry::Feed { feed: "q".into(), alert: "1".into() },
        lifted_at: None,
        details: Details::default(),
    }
}

#[tokio::test]
async fn an_official_alert_that_no_rule_hears_tells_duty_staff_once() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself().replace("kind = \"ozone\"", "kind = \"ozone\"\norders = [\"臭氧\"]"));
    let store = begun(&site).await;
    let mut tx = store.begin().await.expect("a transaction");
    orders::keep(&mut tx, &alert("大风"), at("12T08:30")).await.expect("an order").expect("new");
    let unplaced = "某某区气象台发布霾预警“霾黄色预警”，没有列为上级指令：预警代码 1009 不在 alert_codes 里";
    ledger::write(&mut tx, &ledger::Actor::Program, Event::AlertUnplaced, "wuping q 77", unplaced, at("12T08:30"))
        .await
        .expect("an entry");
    tx.commit().await.expect("kept");
    let told = || letters(&site).into_iter().filter(|(name, _)| name.starts_with("alert-")).collect::<Vec<_>>();
    let dry = text(&call(&site, &["once", "--dry-run"], "12T09:10"));
    assert!(dry.contains("官方预警没有规则处理：某某区气象台发布大风橙色预警") && dry.contains("霾黄色预警"), "{dry}");
    assert_eq!(told().len(), 0, "a dry run tells nobody");
    assert!(call(&site, &["once"], "12T09:10").status.success());
    // Two alerts, two members of staff on duty, by mail and short message.
    assert_eq!(told().len(), 8, "{:?}", told());
    assert!(told().iter().any(|(name, words)| name.contains("order-1") && words.contains("大风橙色预警")));
    call(&site, &["once"], "12T20:00");
    assert_eq!(told().len(), 8, "not again while it stands");
    call(&site, &["once"], "16T20:00");
    assert_eq!(told().len(), 8, "its end tells nobody");
    let open: Vec<(String, String)> = store.open_kinds().await.expect("a list");
    assert!(open.iter().all(|(kind, _)| kind != "alert"), "{open:?}");
}

#[tokio::test]
async fn an_alert_that_a_rule_hears_or_that_staff_entered_is_no_alarm() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself().replace("kind = \"ozone\"", "kind = \"ozone\"\norders = [\"臭氧\"]"));
    let store = begun(&site).await;
    let mut tx = store.begin().await.expect("a transaction");
    orders::keep(&mut tx, &alert("臭氧污染"), at("12T08:30")).await.expect("an order").expect("new");
    let by_staff = Order { entry: Entry::Staff { by: "邓永亮".into() }, ..alert("大风") };
    orders::keep(&mut tx, &by_staff, at("12T08:30")).await.expect("an order").expect("new");
    tx.commit().await.expect("kept");
    assert!(call(&site, &["once"], "12T09:10").status.success());
    assert!(letters(&site).keys().all(|name| !name.starts_with("alert-")));
}

#[tokio::test]
async fn a_rule_of_another_tier_or_season_hears_no_alert() {
    let alerts = |rule: String| async move {
        let dir = folder();
        let site = ruled(dir.path(), &rule);
        let store = begun(&site).await;
        let mut tx = store.begin().await.expect("a transaction");
        orders::keep(&mut tx, &alert("臭氧污染"), at("12T08:30")).await.expect("an order").expect("new");
        tx.commit().await.expect("kept");
        assert!(call(&site, &["once"], "12T09:10").status.success());
        letters(&site).keys().filter(|name| name.starts_with("alert-")).count()
    };
    let with = |when: &str, season: &str| {
        let rule = "[[rule]]\nid = \"x\"\nname = \"上级预警\"\nkind = \"x\"\nsource = \"样例\"\nshape = \"days\"\nrelease = \"auto\"\n";
        let level = format!("season = \"{season}\"\n[[rule.level]]\nid = \"l\"\nname = \"有\"\nwhen = \"{when}\"\n");
        format!("{rule}{level}[[rule.tell]]\nto = \"duty\"\nforms = [\"email\"]\ntemplate = \"ozone/duty\"\n")
    };
    assert_eq!(alerts(with("order >= orange", "04-01..10-31")).await, 0);
    assert!(alerts(with("order >= red", "04-01..10-31")).await > 0, "of a higher tier only");
    assert!(alerts(with("order >= orange", "11-01..03-31")).await > 0, "out of season");
    assert!(alerts(with("aqi > 300 and not order >= blue", "04-01..10-31")).await > 0, "it steps back for an order");
}

/// Hourly ozone of July 2026, over the limit on two days.
fn july(first: Hour) -> Columns {
    let value = |hour: usize| match (hour / 24, hour % 24) {
        (5 | 12, 10..20) => 200_000,
        _ => 60_000,
    };
    Columns::from([(Variable::O3, Column { first, values: (0..24 * 20).map(value).collect() })])
}

#[tokio::test]
async fn a_proposal_shows_check_cases_and_days_and_fails_with_its_own_cases() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    fs::create_dir_all(site.join("rules/tests")).expect("a folder");
    let case = "[[case]]\nname = \"一天超标\"\nrule = \"ozone-tip\"\nstart = 2026-07-14T00:00:00+08:00\n[case.data]\n\
                o3 = \"60x24 170x24\"\n[[case.expect]]\nlevel = \"exceed\"\nhours = \"F24 T24\"\n";
    fs::write(site.join("rules/tests/ozone.toml"), case).expect("a case");
    let store = begun(&site).await;
    let site_feed = fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    let station = "\n[[feed]]\nname = \"station\"\nkind = \"table\"\nfile = \"feeds/none.csv\"\nlabel = \"站\"\n\
                   role = \"observations\"\n";
    fs::write(
        site.join("cuofeng.toml"),
        site_feed.replace("\n# 没有 [deliver]", &format!("{station}\n# 没有 [deliver]")),
    )
    .expect("the site file");
    fs::write(site.join("feeds/none.csv"), "time,region,o3\n").expect("a table");
    let proposed = |args: &[&str]| call(&site, &[&["rules", "propose", "--by", "罗代泉"], args].concat(), "12T09:00");
    fs::write(site.join("rules/ozone.toml"), by_itself().replace("高于 160", "高于 1999")).expect("a file");
    let refused = proposed(&[]);
    let words = text(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    for said in ["限值 1999 µg/m³ 超出了", "未通过 1 个", "没有提交", "还没有实测数据"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(store.rules_proposed().await.expect("a look").is_none(), "nothing was handed in");
    let mut tx = store.begin().await.expect("a transaction");
    let first = Hour::containing("2026-06-30T16:00:00Z".parse().expect("a time"));
    let seen = Observations { feed: "station".into(), region: "wuping".into(), columns: july(first) };
    forecasts::observe(&mut tx, &seen).await.expect("observations");
    tx.commit().await.expect("kept");
    let handed_in = proposed(&["--reason", "专班会议\n已定"]);
    let words = text(&handed_in);
    assert!(handed_in.status.success(), "{words}");
    for said in ["2 天不同", "2026-07-06 武平镇 臭氧错峰生产提示：臭氧超标 → 无", "已提交第 2 套规则"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    let entry = ledger::latest(&store, Event::RulesProposed, "2").await.expect("a look").expect("an entry");
    assert_eq!(entry.detail, "罗代泉: 专班会议 已定 (1 个例子没有通过)");
    let json: serde_json::Value =
        serde_json::from_slice(&proposed(&["--reason", "再来", "--json"]).stdout).expect("one JSON object");
    assert_eq!(json["schema"], "cuofeng.rules.propose/1");
    assert_eq!((&json["cases"]["failed"], json["difference"]["days"].as_array().map(Vec::len)), (&1.into(), Some(2)));
}

#[tokio::test]
async fn a_change_that_is_not_in_force_is_named_by_check_and_once_which_leave_the_database_as_it_is() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(run(&MORNING, &site).status.success());
    fs::write(site.join("rules/ozone.toml"), by_itself().replace("高于 160", "高于 215")).expect("a file");
    fs::write(site.join("rules/more.toml"), twin().replace("kind = \"ozone\"", "kind = \"more\"")).expect("a file");
    let state = || {
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(site.join("state"))
            .expect("a folder")
            .flatten()
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap_or_default()))
            .collect();
        files.sort();
        files
    };
    let before = state();
    let checked = text(&run(&["check"], &site));
    assert!(checked.matches("改动还没有生效").count() == 2 && checked.contains("rules/more.toml"), "{checked}");
    assert!(state() == before, "check leaves everything as it is");
    let once = text(&call(&site, &["once"], "12T09:00"));
    assert!(once.contains("rules/ozone.toml：改动还没有生效") && once.contains("rules propose"), "{once}");
    assert!(call(&site, &["rules", "propose", "--by", "罗代泉"], "12T09:00").status.success());
    let once = text(&call(&site, &["once"], "12T09:10"));
    assert!(once.contains("由 罗代泉 于9月12日09:00提交，还没有人确认") && once.contains("rules accept"), "{once}");
    let status = text(&run(&["rules", "status"], &site));
    assert!(status.contains("rules/more.toml") && status.contains("还没有人确认"), "{status}");
}

#[test]
fn a_database_that_check_can_not_look_into_is_told_and_the_site_taken_to_be_at_work() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(run(&["check"], &site).status.success(), "a site that has not begun");
    fs::create_dir_all(site.join("state")).expect("a folder");
    fs::write(site.join("state/cuofeng.db"), "not a database at all, and long enough to be looked at").expect("a file");
    let checked = run(&["check"], &site);
    let told = text(&checked);
    assert_eq!(checked.status.code(), Some(1), "{told}");
    assert!(
        told.contains("state/cuofeng.db") && told.contains("数据库打不开") && told.contains("按正式检查"),
        "{told}"
    );
}

#[test]
fn a_kind_that_the_programs_own_alarms_go_by_is_refused() {
    for kind in ["files", "alert", "order-1"] {
        let dir = folder();
        let site = ruled(dir.path(), &by_itself().replace("kind = \"ozone\"", &format!("kind = \"{kind}\"")));
        let (site, problems) = Site::read(&site);
        assert!(site.is_none() && problems.iter().any(|p| p.what.key() == "rules.kind_taken"), "{kind}: {problems:?}");
    }
}

#[test]
fn a_call_that_can_not_be_understood_is_told_in_chinese_with_what_to_write_and_the_original() {
    let dir = folder();
    let site = example(dir.path());
    for (args, said) in [
        (vec!["once", "--dry-rum"], vec!["没有“--dry-rum”这个选项", "是不是“--dry-run”", "用法：cuofeng once"]),
        (vec!["onse"], vec!["没有“onse”这个命令", "once"]),
        (vec!["once", "--now", "昨天"], vec!["“--now <TIME>”不能写“昨天”。它是：", "原文："]),
        (vec!["stop", "--by", "甲"], vec!["缺：--reason <TEXT>"]),
        (vec!["aqi", "--standard", "hj633-2026", "--period", "year", "pm25=1"], vec!["可写：day, hour"]),
        (vec!["order", "lift", "一号", "--by", "甲"], vec!["不能写“一号”"]),
        (vec!["once", "--now"], vec!["后面缺内容"]),
        (vec!["backup", "--to", "a", "list"], vec!["list 和 --to <FILE> 不能同时写"]),
        (vec!["outbox", "resend", "1", "2", "--by", "甲"], vec!["“2”是多出来的"]),
    ] {
        let output = run(&args, &site);
        let words = text(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {words}");
        for said in said {
            assert!(words.contains(said), "{args:?} {said}: {words}");
        }
        assert!(words.contains("原文："), "{args:?}: {words}");
    }
}

#[test]
fn what_the_toml_reader_the_schedule_and_the_system_say_is_said_in_chinese() {
    let dir = folder();
    let site = example(dir.path());
    let file = fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    for (from, to, said) in [
        ("name = \"武平镇\"", "name = “武平镇”", "这里是中文标点 “"),
        ("id = \"wuping\"", "id ＝ \"wuping\"", "这里是中文标点 ＝"),
        ("timezone = \"Asia/Shanghai\"", "timezone = Asia/Shanghai", "文字没有用英文引号括起来"),
        ("fresh_hours = 14", "fresh_hours = 08", "数字前面不能补 0"),
        ("[[region]]", "[[region]", "节名的方括号没有合上"),
        ("0 8,20 * * *", "0 8,25 * * *", "时间表“时”这一段的“8,25”不对，应在 0—23 之内"),
        ("0 8,20 * * *", "8,20 * *", "时间表要写 5 段（分 时 日 月 周），或在前面加“秒”写 6 段；这里是 3 段"),
        ("0 8,20 * * *", "0 8，20 * * *", "时间表里有“，”"),
    ] {
        assert!(file.contains(from), "{from}");
        fs::write(site.join("cuofeng.toml"), file.replacen(from, to, 1)).expect("the site file");
        let words = text(&run(&["check"], &site));
        assert!(words.contains(said) && words.contains("cuofeng.toml:"), "{said}: {words}");
    }
    fs::write(site.join("cuofeng.toml"), &file).expect("the site file");
    let inside_a_file = site.join("cuofeng.toml/new").to_string_lossy().into_owned();
    let words = text(&run(&["init", &inside_a_file], &site));
    assert!(words.contains("没有做成：这不是文件夹") && words.contains("怎么办："), "{words}");
}
