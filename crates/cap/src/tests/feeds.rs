//! The page of messages, at hours when something begins or ends.

use super::*;
use crate::feed::{Page, Standing, atom, file_name};

pub(super) fn page() -> Page<'static> {
    Page {
        id: "tag:yanqian.example.cn,2026:cap",
        title: "岩前镇 <错峰> 提示 & 预警",
        author: "岩前镇生态环境办公室",
        language: "zh",
        base: "https://example.cn/cap/",
        own: Some("https://example.cn/cap/feed.xml?a=1&b=2"),
        cancelled: "【已取消】",
        expired: "【已到期】",
    }
}

/// Title, term and time of change of every entry, newest message first.
fn entries(messages: &[Message], now: &str) -> Vec<(String, String, String)> {
    let xml = atom(messages, at(now).to_utc(), &page()).expect("written");
    let between = |text: &str, from: &str, to: &str| {
        let rest = text.split_once(from).map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        rest.split(to).next().unwrap_or_default().to_owned()
    };
    let entry = |entry: &str| {
        let updated = between(entry, "<updated>2026-07-", ":00+08:00<");
        (between(entry, "<title>", "<"), between(entry, "term=\"", "\""), updated)
    };
    xml.split("<entry>").skip(1).map(entry).collect()
}

fn row(title: &str, term: &str, updated: &str) -> (String, String, String) {
    (title.to_owned(), term.to_owned(), updated.to_owned())
}

const TITLE: &str = "7月15日10:00—17:00臭氧污染错峰提示";

#[test]
fn an_episode_that_is_cancelled() {
    let messages = [alert(), update(), cancel()];
    let marked = format!("【已取消】{TITLE}");
    assert_eq!(entries(&messages, "14T07:59"), []);
    assert_eq!(entries(&messages, "14T08:00"), [row(TITLE, "current", "14T08:00")]);
    // The Update stands alone: its predecessor would be a second warning for the same hours.
    assert_eq!(entries(&messages, "14T12:00"), [row(TITLE, "current", "14T12:00")]);
    let both = [row(&marked, "cancel", "14T20:00"), row(&marked, "cancelled", "14T20:00")];
    assert_eq!(entries(&messages, "14T20:00"), both);
    assert_eq!(entries(&messages, "16T19:59"), both);
    assert_eq!(entries(&messages, "16T20:00"), []);
}

#[test]
fn an_episode_that_expires() {
    let messages = [alert(), update()];
    let marked = format!("【已到期】{TITLE}");
    assert_eq!(entries(&messages, "15T16:59"), [row(TITLE, "current", "14T12:00")]);
    assert_eq!(entries(&messages, "15T17:00"), [row(&marked, "expired", "15T17:00")]);
    assert_eq!(entries(&messages, "17T16:59"), [row(&marked, "expired", "15T17:00")]);
    assert_eq!(entries(&messages, "17T17:00"), []);
}

#[test]
fn an_episode_that_is_lifted() {
    let messages = [alert(), update(), all_clear()];
    assert_eq!(entries(&messages, "15T13:00"), [row("臭氧污染错峰提示解除", "current", "15T13:00")]);
    assert_eq!(entries(&messages, "15T15:00"), [row("【已到期】臭氧污染错峰提示解除", "expired", "15T15:00")]);
    assert_eq!(entries(&messages, "17T15:00"), []);
}

#[test]
fn what_is_not_told_is_not_listed() {
    let draft = Message { status: Status::Draft, ..alert() };
    assert_eq!(entries(&[draft, answer(MsgType::Ack), answer(MsgType::Error)], "14T10:00"), []);
    // The Cancel of an exercise ends nothing that is real.
    let exercise = Message { status: Status::Exercise, ..cancel() };
    assert_eq!(entries(&[alert(), exercise], "14T21:00").len(), 2);
    assert_eq!(
        Standing::of(&alert(), &[Message { status: Status::Exercise, ..cancel() }], at("14T21:00").to_utc()),
        Standing::Current
    );
    // A Cancel that came after the expiry makes no cancelled message of an expired one.
    let late = Message { sent: at("15T18:00"), ..cancel() };
    assert_eq!(Standing::of(&update(), &[late], at("15T19:00").to_utc()), Standing::Expired(at("15T17:00")));
    // The same message given twice is one entry: Atom wants unique identifiers.
    assert_eq!(entries(&[alert(), alert()], "14T10:00").len(), 1);
}

#[test]
fn an_entry_says_what_a_receiver_needs() {
    let xml = atom(&[bilingual(), update()], at("14T09:00").to_utc(), &page()).expect("written");
    for part in [
        "<title>岩前镇 &lt;错峰&gt; 提示 &amp; 预警</title>",
        "href=\"https://example.cn/cap/feed.xml?a=1&amp;b=2\"",
        "<id>tag:yanqian.example.cn,2026:cap/yanqian.wuping.example.cn/o3-yanqian-20260714-1.r1</id>",
        "<updated>2026-07-14T08:00:00+08:00</updated>",
        "<published>2026-07-14T08:00:00+08:00</published>",
        "type=\"application/cap+xml\" href=\"https://example.cn/cap/o3-yanqian-20260714-1.r1.xml\"",
        "<cap:status>Actual</cap:status>",
        "<cap:scope>Restricted</cap:scope>",
        "<cap:expires>2026-07-15T17:00:00+08:00</cap:expires>",
        "<cap:areaDesc>武平县岩前镇</cap:areaDesc>",
        "<cap:value>350824103000</cap:value>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let english = Page { language: "EN", ..page() };
    assert!(
        atom(&[bilingual()], at("14T09:00").to_utc(), &english).expect("written").contains("<title>Ozone notice for")
    );
    let empty = atom(&[], at("14T09:00").to_utc(), &page()).expect("written");
    assert!(empty.contains("<updated>2026-07-14T01:00:00-00:00</updated>"), "{empty}");
}

#[test]
fn file_names_are_safe() {
    for (identifier, file) in [
        ("o3-yanqian_1.r2", "o3-yanqian_1.r2.xml"),
        ("../../etc/passwd", "~2E.~2F..~2Fetc~2Fpasswd.xml"),
        ("臭", "~E8~87~AD.xml"),
        ("a?b#c%d~", "a~3Fb~23c~25d~7E.xml"),
    ] {
        assert_eq!(file_name(&Message { identifier: name(identifier), ..alert() }), file);
    }
}
