//! Words that people pass on where no wire reaches, as staff use them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use cuofeng_base::text::Lang;
use cuofeng_console::Console;
use cuofeng_office::clock::Clock;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::office::{self, MORNING, example, folder, letters, run, text};

fn json(args: &[&str], site: &Path) -> Value {
    serde_json::from_str(text(&run(args, site)).trim()).expect("one JSON object")
}

fn by_hand(site: &Path, now: &str) -> Vec<Value> {
    json(&["hand", "list", "--json", "--now", now], site)["letters"].as_array().expect("a list").clone()
}

fn once(site: &Path, now: &str) {
    let output = run(&["once", "--now", now], site);
    assert!(output.status.success(), "{}", text(&output));
}

/// The site before it has an SMS contract: short messages are passed on by hand.
fn first_day(dir: &Path) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let more = "\n[deliver]\nsms = \"by_hand\"\n[console]\naddress = \"https://office.example.com\"\n";
    std::fs::write(&file, source + more).expect("the site file");
    site
}

fn alarms(site: &Path, purpose: &str) -> Vec<String> {
    let kept = letters(site).into_iter().filter(|(name, _)| name.starts_with("hand-") && name.ends_with(".sms.txt"));
    kept.filter(|(name, _)| name.contains(&format!(".{purpose}."))).map(|(_, words)| words).collect()
}

#[test]
fn before_there_is_an_sms_contract_staff_pass_the_words_on_and_each_is_counted() {
    let dir = folder();
    let site = first_day(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let waiting = by_hand(&site, "2026-09-12T08:01:00+08:00");
    assert_eq!(waiting.len(), 14, "every enterprise's short message, nobody else's: {waiting:?}");
    let told = alarms(&site, "raise");
    assert!(told.len() == 2 && told[0].contains("14份（"), "both on duty, once: {told:?}");

    let number = waiting[0]["number"].to_string();
    let shown = text(&run(&["hand", "show", &number, "--now", "2026-09-12T08:05:00+08:00"], &site));
    let (head, words) = shown.split_once("---\n").expect("a head and the words");
    assert!(head.contains("1000000") && words.starts_with("【武平镇生态环境办公室】"), "{shown}");
    let done = |number: &str, how: &str, at: &str, note: &str| {
        let now = "2026-09-12T09:00:00+08:00";
        run(&["hand", "done", number, "--how", how, "--by", "罗代泉", "--at", at, "--note", note, "--now", now], &site)
    };
    let ten_past = "2026-09-12T08:10:00+08:00";
    assert_eq!(done(&number, "played", ten_past, "").status.code(), Some(1), "a short message is not played");
    assert_eq!(done(&number, "failed", ten_past, "").status.code(), Some(1), "why not must be said");
    assert_eq!(done(&number, "handed", "2026-09-12T09:30:00+08:00", "").status.code(), Some(1), "not yet");
    assert!(done(&number, "forwarded", ten_past, "微信群").status.success());
    let state = |number: &str| {
        let list = json(&["hand", "list", "--all", "--json"], &site);
        let list = list["letters"].as_array().expect("a list").clone();
        let one = list.into_iter().find(|l| l["number"].as_i64() == number.parse().ok()).expect("the letter");
        (one["state"].as_str().expect("a state").to_owned(), one["said"].clone())
    };
    assert_eq!(state(&number).0, "accepted", "sent on is not yet read");
    assert!(done(&number, "handed", "2026-09-12T08:40:00+08:00", "本人").status.success());
    let (is, said) = state(&number);
    assert_eq!(
        (is.as_str(), said[0]["how"].as_str(), said[1]["by"].as_str()),
        ("delivered", Some("forwarded"), Some("罗代泉"))
    );
    assert_eq!(
        done(&number, "failed", "2026-09-12T08:50:00+08:00", "无人").status.code(),
        Some(1),
        "it was handed over"
    );

    let rest: Vec<String> = waiting[1..13].iter().map(|l| l["number"].to_string()).collect();
    let mut args: Vec<&str> =
        vec!["hand", "done", "--how", "forwarded", "--by", "罗代泉", "--now", "2026-09-12T09:10:00+08:00"];
    args.extend(rest.iter().map(String::as_str));
    assert!(run(&args, &site).status.success());
    once(&site, "2026-09-12T09:20:00+08:00");
    assert_eq!(alarms(&site, "lift").len(), 0, "one still waits");
    // Nobody passes the last one on; its period ends on the 14th.
    once(&site, "2026-09-14T17:30:00+08:00");
    let over = alarms(&site, "lift");
    assert!(
        over.iter().any(|words| words.contains("1 份通知到期没有人转达") && words.contains("已转达 13 份")),
        "{over:?}"
    );
}

#[test]
fn a_village_without_a_loudspeaker_is_read_to_in_its_hours_and_a_newer_text_takes_the_place_of_the_older() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "2026-09-16T20:00:00+08:00");
    let waiting = by_hand(&site, "2026-09-16T20:01:00+08:00");
    let [only] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!((only["to"].as_str(), only["person"].as_str()), (Some("白岩村"), Some("向清茂")));
    assert!(only["not_before"].as_str().is_some_and(|at| at.starts_with("2026-09-17T08:00")), "{only}");
    assert!(alarms(&site, "raise").is_empty(), "nobody is woken for what is due in the morning");
    let listed = text(&run(&["warnings", "list"], &site));
    assert!(listed.contains("有 1 份通知等着人工转达"), "{listed}");
    let sheet = dir.path().join("sheet.html");
    let printed =
        run(&["hand", "sheet", "--to", sheet.to_str().expect("a path"), "--now", "2026-09-16T20:05:00+08:00"], &site);
    assert!(printed.status.success(), "{}", text(&printed));
    let page = std::fs::read_to_string(&sheet).expect("a sheet");
    assert!(page.contains("广播稿") && page.contains("白岩村的村民朋友们"), "{page}");
    once(&site, "2026-09-17T08:00:00+08:00");
    assert!(alarms(&site, "raise")[0].contains("白岩村"), "{:?}", alarms(&site, "raise"));
    let number = only["number"].to_string();
    let now = "2026-09-17T10:00:00+08:00";
    let done = run(&["hand", "done", &number, "--how", "played", "--by", "邓永亮", "--now", now], &site);
    assert!(done.status.success(), "{}", text(&done));
    once(&site, "2026-09-17T10:10:00+08:00");
    assert_eq!(alarms(&site, "lift").len(), 0, "who has done it need not be told that it is done");
    once(&site, "2026-09-17T20:00:00+08:00");
    let second = by_hand(&site, "2026-09-17T20:01:00+08:00");
    assert_eq!(second.len(), 1, "{second:?}");
    once(&site, "2026-09-18T20:00:00+08:00");
    let third = by_hand(&site, "2026-09-18T20:01:00+08:00");
    assert!(third.len() == 1 && third[0]["number"] != second[0]["number"], "{third:?}");
}

#[test]
fn what_quiet_hours_hold_back_does_not_go_out_after_its_lift_and_neither_does_the_lift() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "2026-09-12T22:30:00+08:00");
    let enterprise = |site: &Path| {
        letters(site).keys().filter(|n| n.starts_with("ozone-wuping-20260912-1.") && n.contains("enterprise-")).count()
    };
    assert_eq!(enterprise(&site), 0, "they are asleep");
    let lift = [
        "warnings",
        "lift",
        "ozone-wuping-20260912-1",
        "--by",
        "罗代泉",
        "--reason",
        "转雨",
        "--now",
        "2026-09-12T23:00:00+08:00",
    ];
    let lifted = run(&lift, &site);
    assert!(lifted.status.success(), "{}", text(&lifted));
    assert!(text(&lifted).contains("：2 份通知进入发件箱"), "those on duty alone are told: {}", text(&lifted));
    once(&site, "2026-09-13T07:30:00+08:00");
    assert_eq!(enterprise(&site), 0, "neither what is over nor its end");
    let anew = letters(&site).into_keys().filter(|name| name.starts_with("ozone-wuping-20260913-"));
    assert_eq!(anew.count(), 0, "nor the same hours as something new");
}

#[tokio::test]
async fn the_page_of_the_alarm_copies_the_words_and_takes_what_became_of_them() {
    let dir = folder();
    let site = first_day(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let alarm = alarms(&site, "raise").remove(0);
    let code: String = alarm
        .split("https://office.example.com/n/")
        .nth(1)
        .expect("a link")
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let now: DateTime<Utc> = "2026-09-12T00:20:00Z".parse().expect("a time");
    let (clock, _hand) = Clock::by_hand(now);
    let pages = Console::listen(site.clone(), clock, Lang::Zh, "127.0.0.1:0".parse().expect("an address"));
    let pages = pages.await.expect("a free port");
    let address: SocketAddr = pages.address().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(pages.serve(stop.clone()));
    let (client, url) = (reqwest::Client::new(), format!("http://{address}/n/{code}"));
    let waiting = || by_hand(&site, "2026-09-12T08:21:00+08:00").len();
    for _ in 0..2 {
        let page = client.get(&url).send().await.expect("an answer").text().await.expect("a page");
        assert!(page.contains("【武平镇生态环境办公室】") && !page.contains("10000000"), "words, and no whole mobile");
    }
    assert_eq!(waiting(), 14, "opening it notes nothing");
    let number = by_hand(&site, "2026-09-12T08:21:00+08:00")[0]["number"].to_string();
    let post = async |form: String| {
        let request = client.post(&url).header("content-type", "application/x-www-form-urlencoded").body(form);
        request.send().await.expect("an answer").text().await.expect("a page")
    };
    let page = post(format!("letter={number}&action=forwarded&reason=")).await;
    assert!(page.contains("1 份已记下：已转发"), "{page}");
    assert_eq!(waiting(), 13);
    assert!(post("letter=1&action=forwarded".to_owned()).await.contains("没有 1 号"), "a letter of another kind");
    assert!(post(format!("letter={number}&action=approve")).await.contains("没有"));
    assert_eq!(waiting(), 13);
    stop.cancel();
}

#[test]
fn a_villages_text_says_who_when_what_not_and_why_what_instead_and_whom_to_call_in_this_order() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "2026-09-16T20:00:00+08:00");
    let number = by_hand(&site, "2026-09-16T20:01:00+08:00")[0]["number"].to_string();
    let shown = text(&run(&["hand", "show", &number], &site));
    let words = shown.split_once("---\n").expect("the words").1;
    let order = [
        ("who is spoken to", "白岩村的村民朋友们"),
        ("who speaks", "这里是武平镇生态环境办公室"),
        ("what holds all year", "露天焚烧秸秆全年禁止"),
        ("from when to when", "九月十八日"),
        ("why then", "风小，烟散不开"),
        ("what must not be done", "田间、地头、院坝千万不要烧秸秆"),
        ("what to do instead", "秸秆请粉碎还田，或者送到村里的收储点"),
        ("whom to call", "请打电话，零二三"),
    ];
    let mut last = 0;
    for (what, part) in order {
        let place = words.find(part).unwrap_or_else(|| panic!("{what} is missing: {words}"));
        assert!(place >= last, "{what} comes too early: {words}");
        last = place;
    }
    // Whatever it is about, nothing in it is left for an engine to guess at.
    let preview = text(&run(&["notices", "preview", "straw/village"], &site));
    for line in preview.lines().filter(|line| line.contains("村民朋友们")) {
        let odd = line.chars().find(char::is_ascii_alphanumeric);
        assert_eq!(odd, None, "{line}");
    }
    assert_eq!(preview.matches("请打电话").count(), 4, "raise, update, lift and withdrawal: {preview}");
}

#[test]
fn who_has_no_address_at_all_gets_a_sheet_and_who_gets_one_later_is_told_by_wire() {
    let dir = folder();
    let site = example(dir.path());
    let table = site.join("enterprises.csv");
    let source = std::fs::read_to_string(&table).expect("a table");
    let without =
        source.replace("何雨禄,10000000149,e038@example.com,张晓泉,10000000150,e038-b@example.com", "何雨禄,,,,,");
    assert_ne!(without, source);
    std::fs::write(&table, without).expect("a table");
    assert!(run(&MORNING, &site).status.success());
    let waiting = by_hand(&site, "2026-09-12T08:01:00+08:00");
    let [only] = waiting.as_slice() else { panic!("{waiting:?}") };
    // The fullest of its forms, and whom to ask for the way: the village's cadre.
    assert_eq!((only["form"].as_str(), only["person"].as_str()), (Some("email"), Some("付书成")));
    let number = only["number"].to_string();
    let words = text(&run(&["hand", "show", &number], &site));
    assert!(words.contains("建议贵单位在下列时段错峰作业") && words.contains("喷烤漆房喷涂"), "{words}");
    let paused = ["outbox", "pause", "by_hand", "--by", "罗代泉", "--reason", "x"];
    assert_eq!(run(&paused, &site).status.code(), Some(1), "people are not paused by a switch");
    let to = ["outbox", "resend", &number, "--to", "new@example.com", "--by", "罗代泉", "--reason", "刚问到"];
    let resent = run(&[&to[..], &["--now", "2026-09-12T08:10:00+08:00"]].concat(), &site);
    assert!(resent.status.success(), "{}", text(&resent));
    once(&site, "2026-09-12T08:11:00+08:00");
    assert!(by_hand(&site, "2026-09-12T08:12:00+08:00").is_empty(), "nothing is left to pass on");
    let mails = office::mails(&site);
    assert!(mails.contains("new@example.com"), "{mails}");
}
