//! A database that does not know what has left: an older copy put back, an emptied file, a folder removed under a running
//! service, another site's database, a copied folder. Counted at the server: nothing twice; counted in the list: nothing
//! lost silently.

mod moved;
mod older;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::service::Service;
use crate::office::{by_itself, call, folder, ruled, run, text};
use crate::recorder::Recorder;

const RELEASER: &str = "田天禄";

/// The example site with 36 filling stations more and one rule, its mail through the recorder.
fn site(dir: &Path, port: u16) -> PathBuf {
    let site = ruled(dir, &by_itself());
    let (mut enterprises, mut processes) = (String::new(), String::new());
    for number in 1..=36 {
        let _ = writeln!(
            enterprises,
            "E9{number:02},第{number}加油站,filling_station,500199001201,C,样例,100000009{number:02},e9{number:02}@example.com,,,,,"
        );
        let _ =
            writeln!(processes, "P9{number:02},E9{number:02},油罐车卸油,unload,batch,,1,1,,,3.2,0,0.8,5,20,25,,09-11");
    }
    for (name, more) in [("enterprises.csv", enterprises), ("processes.csv", processes)] {
        let path = site.join(name);
        let table = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(&path, table.trim_end().to_owned() + "\n" + &more).expect("a table");
    }
    let file = site.join("cuofeng.toml");
    let words = std::fs::read_to_string(&file).expect("the site file");
    let mail = format!(
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain\"\n\
         from = \"武平镇生态环境办公室 <office@example.com>\"\n[deliver]\nemail = \"email\"\n"
    );
    std::fs::write(&file, words + &mail).expect("the site file");
    site
}

fn once(site: &Path, time: &str) -> Output {
    let done = call(site, &["once"], time);
    assert_ne!(done.status.code(), Some(2), "{}", text(&done));
    done
}

/// How often enterprises were told, how many of those mails came more than once, and how often duty staff were told that
/// everything is held.
fn told(recorder: &Recorder) -> (usize, usize, usize) {
    let ids = recorder.ids();
    let of = |what: &'static str| ids.iter().filter(move |(id, _)| id.contains(what));
    let enterprises = of(".enterprise-").map(|(_, times)| times).sum();
    (enterprises, of(".enterprise-").filter(|(_, times)| **times > 1).count(), of("held-site-").count())
}

fn json(site: &Path, words: &[&str]) -> Value {
    let output = run(&[words, &["--json"]].concat(), site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{words:?}: {}", text(&output)))
}

fn why(site: &Path) -> String {
    json(site, &["site", "show"])["stopped"]["why"].as_str().unwrap_or("nothing").to_owned()
}

fn listed(site: &Path, state: &str) -> u64 {
    json(site, &["outbox", "list", "--state", state])["count"]["letters"].as_u64().expect("a count")
}

fn copy(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(done.success(), "copied");
}

/// A site that has not worked yet, in a folder of its own, and the server that takes its mails.
fn ready() -> (tempfile::TempDir, Recorder, PathBuf) {
    let (dir, recorder) = (folder(), Recorder::start());
    let site = site(dir.path(), recorder.port);
    (dir, recorder, site)
}

/// Has enterprises told at eight; gives a copy of the state folder as it was at six, before.
fn told_since(site: &Path) -> PathBuf {
    let kept = site.with_file_name("kept");
    once(site, "12T06:00");
    copy(&site.join("state"), &kept);
    once(site, "12T08:00");
    kept
}

/// A service at work on a site.
fn at_work(site: &Path) -> Service {
    let service = Service::start(site);
    assert!(service.until(Duration::from_secs(20), || service.said().contains("working")), "{}", service.said());
    service
}

/// The state folder as it was, put back whole.
fn put_back(site: &Path, kept: &Path) {
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    copy(kept, &site.join("state"));
}

/// After what happened to the database: nothing goes out to enterprises then or after a person has resumed, duty staff
/// hear of it once, and every letter that would have gone is on the list.
fn nothing_twice(site: &Path, recorder: &Recorder, cause: &str) {
    let (before, ..) = told(recorder);
    assert!(before > 0, "enterprises were told before");
    once(site, "12T08:20");
    assert_eq!(told(recorder), (before, 0, 2), "nobody again; both on duty are told that everything is held");
    assert_eq!(why(site), cause);
    let waits = listed(site, "unknown");
    assert!(waits > 0, "what would have gone is on the list");
    assert_eq!(listed(site, "queued"), 0);
    once(site, "12T08:25");
    assert_eq!((told(recorder), listed(site, "unknown")), ((before, 0, 2), waits), "told once, listed once");
    let drafter = call(site, &["resume", "--by", "邓永亮"], "12T08:30");
    assert_eq!(drafter.status.code(), Some(1), "{}", text(&drafter));
    let resumed = call(site, &["resume", "--by", RELEASER], "12T08:30");
    assert!(resumed.status.success(), "{}", text(&resumed));
    assert!(text(&resumed).contains(&waits.to_string()), "says how many wait: {}", text(&resumed));
    once(site, "12T08:31");
    once(site, "12T09:10");
    let (enterprises, twice, _) = told(recorder);
    assert_eq!((enterprises, twice), (before, 0), "nor after a person has resumed");
    assert_eq!(why(site), "nothing");
}
