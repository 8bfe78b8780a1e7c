//! One way after another, with far sides that take, refuse and say later what arrived.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cuofeng_app::App;
use cuofeng_store::ledger::{self, Event};
use serde_json::{Value, json};

use crate::far_side::{Answer, FarSide};
use crate::office::{MORNING, by_itself, folder, letters, mails, ruled, run, text};
use crate::providers::{Desk, Providers};

/// The example site, where some enterprises have an order.
fn ordered_site(dir: &Path, whose: &str, route: &str) -> PathBuf {
    let site = ruled(dir, &by_itself().replace("quiet = \"22-07\"\n", ""));
    let table = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
    let rows = table.lines().enumerate().map(|(number, row)| match number {
        0 => format!("{row},route"),
        _ if whose.split(' ').any(|id| row.split(',').next() == Some(id)) => format!("{row},{route}"),
        _ => format!("{row},"),
    });
    std::fs::write(site.join("enterprises.csv"), rows.collect::<Vec<_>>().join("\n")).expect("a table");
    site
}

/// Such a site, whose short messages go to a gateway.
fn gateway_site(dir: &Path, url: &str, deliver: &str, (whose, route): (&str, &str)) -> PathBuf {
    let site = ordered_site(dir, whose, route);
    let file = site.join("cuofeng.toml");
    let old = std::fs::read_to_string(&file).expect("the site file");
    let more = format!(
        "\n[channel.sms_http]\nurl = \"{url}/?to={{mobile}}&text={{text}}\"\ncode = \"/code\"\nok = [\"0\"]\n\n[deliver]\nsms = {deliver}\n"
    );
    std::fs::write(&file, old + &more).expect("the site file");
    site
}

/// Writes these in the table of enterprises in place of those.
fn correct(site: &Path, words: &[(&str, &str)]) {
    let file = site.join("enterprises.csv");
    let table = std::fs::read_to_string(&file).expect("a table");
    let table = words.iter().fold(table, |table, (from, to)| table.replace(from, to));
    std::fs::write(&file, table).expect("a table");
}

fn once(site: &Path, at: &str) -> String {
    text(&run(&["once", "--now", &format!("2026-09-12T{at}:00+08:00")], site))
}

/// Where an enterprise's letters went and stand, oldest first.
fn of(site: &Path, id: &str) -> Vec<String> {
    let output = run(&["outbox", "list", "--json", "--limit", "500"], site);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let all = list["letters"].as_array().unwrap_or_else(|| panic!("{list}")).iter();
    let own = all.filter(|l| l["notice"].as_str().is_some_and(|n| n.ends_with(&format!("enterprise-{id}"))));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut own: Vec<(i64, String)> = own
        .map(|l| {
            let stands = format!("{} {} {}", word(&l["channel"]), word(&l["address"]), word(&l["state"]));
            (l["number"].as_i64().unwrap_or(0), stands)
        })
        .collect();
    own.sort();
    own.into_iter().map(|(_, letter)| letter).collect()
}

#[test]
fn an_enterprise_with_an_order_gets_one_message_and_the_next_one_only_where_that_fails() {
    for (refuses, expected) in [
        (false, vec!["sms_http 100****0149 accepted"]),
        (true, vec!["sms_http 100****0149 failed", "folder e***@example.com delivered"]),
    ] {
        let gateway = FarSide::start(move |asked| {
            let refused = refuses && asked.parameter("to").is_some_and(|to| to.ends_with("0149"));
            Answer::ok(if refused { r#"{"code":"9"}"# } else { r#"{"code":"0"}"# })
        });
        let dir = folder();
        let site = gateway_site(dir.path(), &gateway.url, "\"sms_http\"", ("E038", "短信>邮件>备用短信"));
        let said = text(&run(&MORNING, &site));
        assert_eq!(of(&site, "E038"), expected, "{said}");
        let mails = letters(&site).into_iter().filter(|(name, _)| name.contains("E038") && name.contains(".eml"));
        let mails: Vec<String> = mails.map(|(_, mail)| mail).collect();
        assert_eq!(mails.len(), usize::from(refuses));
        assert!(mails.iter().all(|mail| mail.contains("text/calendar")), "the hours go with the mail");
        // The next cycle finds nobody who was left out: the other ways are no missing letters.
        once(&site, "08:20");
        assert_eq!(of(&site, "E038").len(), expected.len());
        if !refuses {
            continue;
        }
        // The mail's address is corrected: the same words go there, and nowhere else.
        correct(&site, &[("e038@example.com", "new@example.com")]);
        once(&site, "08:30");
        let found = of(&site, "E038");
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2], "folder n***@example.com delivered");
    }
}

/// The mails by which duty staff were told of an episode's notices that no way has brought.
fn told_of_ways(site: &Path) -> Vec<String> {
    let all = mails(site);
    all.split("out/").filter(|mail| mail.starts_with("ways-")).map(str::to_owned).collect()
}

#[test]
fn duty_staff_are_told_once_an_episode_whom_no_way_has_reached() {
    // No mobile of E026 and E038 exists, by the gateway's word; those of E028 are tried later, and don't exist either.
    let patient = Arc::new(AtomicBool::new(true));
    let busy = Arc::clone(&patient);
    let gateway = FarSide::start(move |asked| match asked.parameter("to").unwrap_or_default() {
        "10000000131" | "10000000132" if busy.load(Ordering::SeqCst) => Answer::status(429, ""),
        "10000000127" | "10000000128" | "10000000131" | "10000000132" | "10000000149" | "10000000150" => {
            Answer::ok(r#"{"code":"9"}"#)
        }
        _ => Answer::ok(r#"{"code":"0"}"#),
    });
    let dir = folder();
    let site = gateway_site(dir.path(), &gateway.url, "\"sms_http\"", ("E026 E028 E038", "短信>备用短信"));
    // They have no mail, which would go beside the order.
    let mails = ["e026", "e026-b", "e028", "e028-b", "e038", "e038-b"].map(|name| format!("{name}@example.com"));
    correct(&site, &mails.each_ref().map(|mail| (mail.as_str(), "")));
    let said = text(&run(&MORNING, &site));
    let told = told_of_ways(&site);
    assert_eq!(told.len(), 2, "both on duty, by mail: {told:?} {said}");
    let words = ["【请电话告知】大田坝汽车销售服务中心（含喷漆房）、武平镇青杠加油站没有通知到", "下列 2 个收件人"];
    assert!(told.iter().all(|mail| words.iter().all(|words| mail.contains(words))), "{told:?}");
    // "没有通知到", as it stands in an address.
    let unreached = "%E6%B2%A1%E6%9C%89%E9%80%9A%E7%9F%A5%E5%88%B0";
    let messages = gateway.asked().into_iter().filter(|asked| asked.target.to_uppercase().contains(unreached));
    assert_eq!(messages.count(), 2, "and by short message");

    patient.store(false, Ordering::SeqCst);
    once(&site, "08:20");
    assert_eq!(told_of_ways(&site).len(), 2, "E028 stands in the same list");
    let list = run(&["outbox", "list", "--no-way-left", "--json"], &site);
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let letters = list["letters"].as_array().expect("letters").iter();
    let mut names: Vec<&str> = letters.filter_map(|letter| letter["to"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["双溪口加油站", "大田坝汽车销售服务中心（含喷漆房）", "武平镇青杠加油站"]);
    assert_eq!(list["count"]["letters"], 6, "by either way: {list}");

    // What is told anew and reaches nobody either is another call; whoever was named before is named as such.
    run(&["once", "--now", "2026-09-14T17:30:00+08:00"], &site);
    let told = told_of_ways(&site);
    assert_eq!(told.len(), 4, "{told:?}");
    let anew = told.iter().filter(|mail| mail.contains(".update.") && mail.contains("9月15日10:00开始"));
    let anew: Vec<&String> = anew.filter(|mail| mail.matches("前一份没送到，已告知过您").count() == 2).collect();
    assert_eq!(anew.len(), 2, "of three, one is new: {told:?}");
}

#[tokio::test]
async fn a_notice_that_arrived_in_another_form_or_may_still_arrive_is_not_called_lost() {
    let gateway = FarSide::start(|asked| {
        let refused = asked.parameter("to") == Some("10000000149");
        Answer::ok(if refused { r#"{"code":"9"}"# } else { r#"{"code":"0"}"# })
    });
    let dir = folder();
    let site = gateway_site(dir.path(), &gateway.url, "\"sms_http\"", ("", ""));
    run(&MORNING, &site);
    let app = App::look(&site).await.expect("a site");
    let now = "2026-09-12T08:05:00+08:00".parse().expect("a time");
    let pool = app.store.pool();
    // As where its short messages have two channels.
    sqlx::query("insert into track (notice, form, settled, settled_at) select notice, form, 'exhausted', 0 from outbox where state = 'failed'")
        .execute(pool)
        .await
        .expect("a track");
    for (channel, state, lost) in [
        ("folder", "delivered", false),
        ("email", "accepted", false),
        ("email", "queued", false),
        ("email", "unknown", false),
        ("email", "failed", true),
        ("aliyun", "accepted", true),
    ] {
        sqlx::query(
            "update outbox set channel = ?, state = ? where form = 'email' and notice in (select notice from track)",
        )
        .bind(channel)
        .bind(state)
        .execute(pool)
        .await
        .expect("a state");
        let found = cuofeng_outbox::unreached::unreached(&app.store, Some(now), now).await.expect("a list");
        assert_eq!(!found.is_empty(), lost, "{channel} {state}: {found:?}");
    }
}

#[test]
fn a_form_goes_by_its_next_channel_where_the_first_one_refuses() {
    let gateway = FarSide::start(|_| Answer::ok(r#"{"code":"9"}"#));
    let dir = folder();
    let site = gateway_site(dir.path(), &gateway.url, "[\"sms_http\", \"folder\"]", ("", ""));
    run(&MORNING, &site);
    let found = of(&site, "E038");
    assert!(found.contains(&"sms_http 100****0149 failed".into()), "{found:?}");
    assert!(found.contains(&"folder 100****0149 delivered".into()), "{found:?}");
    assert_eq!(found.len(), 3, "and the mail: {found:?}");
}

#[test]
fn a_number_that_aliyun_refuses_for_good_goes_on_by_mail_and_no_other_does() {
    let dir = folder();
    let site = ordered_site(dir.path(), "E026 E038", "短信>邮件");
    // Aliyun calls numbers that end so no mobiles, inside a 200.
    correct(&site, &[("10000000149", "10000000303")]);
    let providers = Providers::of(&site, dir.path());
    for at in ["08:00", "08:20"] {
        let said = once(&site, at);
        let refused = ["aliyun 100****0303 failed", "folder e***@example.com delivered"];
        assert_eq!(of(&site, "E038"), refused, "{at} {said}");
        assert_eq!(of(&site, "E026"), ["aliyun 100****0127 accepted"], "{at} {said}");
    }
    let taken = providers.taken();
    assert!(taken.iter().all(|message| message["number"] != "10000000303"), "{taken:?}");
    assert_eq!(taken.iter().filter(|message| message["number"] == "10000000127").count(), 1, "{taken:?}");
    let key = "ozone-wuping-20260912-1.r1.raise.enterprise-E038";
    let shown = text(&run(&["notices", "show", key], &site));
    assert!(shown.contains("isv.MOBILE_NUMBER_ILLEGAL") && shown.contains("没有送到，改走下一条：邮件"), "{shown}");
    assert!(shown.contains("第 1 次发送") && !shown.contains("第 0 次"), "{shown}");
}

#[tokio::test]
async fn what_aliyun_reports_late_ends_the_ways_and_both_messages_stay_on_record() {
    let dir = folder();
    let site = ordered_site(dir.path(), "E026 E038", "短信>备用短信>邮件");
    // Aliyun takes what goes to these and says no more of it.
    correct(
        &site,
        &[
            ("10000000127", "10000000711"),
            ("10000000128", "10000000712"),
            ("10000000149", "10000000713"),
            ("10000000150", "10000000714"),
        ],
    );
    let providers = Providers::of(&site, dir.path());
    Providers::push_to(&site);
    once(&site, "08:00");
    once(&site, "08:29");
    assert_eq!(of(&site, "E026"), ["aliyun 100****0711 accepted"]);
    once(&site, "08:30");
    for (id, first, second) in [("E026", "0711", "0712"), ("E038", "0713", "0714")] {
        let both = [format!("aliyun 100****{first} accepted"), format!("aliyun 100****{second} accepted")];
        assert_eq!(of(&site, id), both);
    }

    // E026's first message arrived after all; of E038's none did.
    let taken = providers.taken();
    let first = taken.iter().find(|message| message["number"] == "10000000711").expect("the first message");
    let desk = Desk::open(&site, "2026-09-12T00:40:00Z").await;
    let report = json!([{"phone_number": first["number"], "success": true, "err_code": "DELIVERED",
        "out_id": first["key"], "biz_id": "B10000000711^0", "report_time": "2026-09-12 08:39:00"}]);
    assert_eq!(desk.push("a-long-secret/report", "203.0.113.9", &report).await.0, 200);
    desk.stop.cancel();
    for at in ["08:59", "09:00", "09:40"] {
        once(&site, at);
        assert_eq!(of(&site, "E026"), ["aliyun 100****0711 delivered", "aliyun 100****0712 accepted"], "{at}");
    }
    let all = ["aliyun 100****0713 accepted", "aliyun 100****0714 accepted", "folder e***@example.com delivered"];
    assert_eq!(of(&site, "E038"), all, "where nothing is reported the last way is taken");

    let taken = providers.taken();
    for number in ["10000000711", "10000000712", "10000000713", "10000000714"] {
        assert_eq!(taken.iter().filter(|message| message["number"] == number).count(), 1, "{number}");
    }
    let key = "ozone-wuping-20260912-1.r1.raise.enterprise-E026";
    let shown = text(&run(&["notices", "show", key], &site));
    for words in ["30 分钟内没有送到，改走下一条：短信", "DELIVERED", "已送达，不再走其他途径"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let app = App::look(&site).await.expect("a site");
    let ways = ledger::all(&app.store, Event::NextWay).await.expect("the ledger");
    assert_eq!(ways.iter().filter(|(of, _)| of == key).count(), 1, "{ways:?}");
}
