//! A forecast can be corrected: what is in force then, what was told by it, and who said so; and what promises to record
//! nothing records nothing.

mod corrected;
mod drafts;
mod entered;
mod nothing;
mod service;
mod withdrawn;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::office::{call, ruled, text};

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
