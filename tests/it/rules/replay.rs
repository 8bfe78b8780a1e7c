//! Replays: figures that are quoted, stations in several files, days that the data has not, what the site had itself.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::office::{self, EPISODE, MORNING, by_itself, cuofeng, folder, ruled, run, text};

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A site as `init` writes it.
fn new_site(dir: &Path) -> PathBuf {
    let site = dir.join("site");
    let made = cuofeng().arg("init").arg(&site).output().expect("the program");
    assert!(made.status.success(), "{}", text(&made));
    site
}

#[test]
fn a_months_figures_are_those_that_the_command_prints() {
    let dir = folder();
    let site = new_site(dir.path());
    let cases = root().join("tests/cases/replay");
    let month = cases.join("month.csv").to_string_lossy().into_owned();
    let mut printed = Vec::new();
    for mode in ["perfect", "ranges", "persistence", "noisy:0.25:1"] {
        let output = run(&["rules", "replay", "--as", mode, "--data", &month], &site);
        assert!(output.status.success(), "{}", text(&output));
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        printed.push(format!("$ cuofeng rules replay --as {mode} --data month.csv\n{words}"));
    }
    let kept = fs::read_to_string(cases.join("month.txt")).expect("the figures");
    assert_eq!(kept, printed.join("\n"), "other figures on purpose? scripts/figures --write");
}

/// Hourly values of `columns` for some days of July 2026, an hour at a time.
fn table(path: &Path, days: std::ops::Range<u32>, columns: &str, values: impl Fn(u32, u32) -> String) -> String {
    let mut rows = format!("time,region,{columns}\n");
    for day in days {
        for hour in 0..24 {
            let _ = writeln!(rows, "2026-07-{day:02}T{hour:02}:00:00+08:00,wuping,{}", values(day, hour));
        }
    }
    fs::write(path, rows).expect("a table");
    path.to_string_lossy().into_owned()
}

/// Ozone that exceeds from 10 to 20 o'clock on the 5th, the 6th and the 12th.
fn ozone(day: u32, hour: u32) -> String {
    let high = [5, 6, 12].contains(&day) && (10..20).contains(&hour);
    if high { "200".to_owned() } else { "60".to_owned() }
}

#[test]
fn a_station_in_two_files_is_one_and_the_same_hour_twice_is_refused() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let file = |name: &str| dir.path().join(name);
    let whole = table(&file("whole.csv"), 1..21, "o3,wind", |d, h| format!("{},2", ozone(d, h)));
    let first = table(&file("first.csv"), 1..6, "o3,wind", |d, h| format!("{},2", ozone(d, h)));
    let rest = table(&file("rest.csv"), 6..21, "o3,wind", |d, h| format!("{},2", ozone(d, h)));
    let air = table(&file("air.csv"), 1..21, "o3", ozone);
    let weather = table(&file("weather.csv"), 1..21, "wind", |_, _| "2".to_owned());
    let replay = |data: &[&str]| run(&[&["rules", "replay", "--json", "--data"], data].concat(), &site);
    let one = json(&replay(&[&whole]));
    assert_eq!(one["episodes"].as_array().map(Vec::len), Some(2), "{one}");
    for several in [[&first, &rest], [&rest, &first], [&air, &weather]] {
        assert_eq!(json(&replay(&several.map(String::as_str))), one, "{several:?}");
    }
    for twice in [[&whole, &rest], [&first, &first], [&air, &whole]] {
        let output = replay(&twice.map(String::as_str));
        let words = text(&output);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("wuping") && words.contains("o3") && words.contains("2026-07-0"), "{words}");
    }
}

#[test]
fn an_hour_that_a_file_repeats_is_one_and_of_two_values_of_an_hour_none_counts() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let replay = |path: &str| run(&["rules", "replay", "--as", "perfect", "--json", "--data", path], &site);
    let whole = table(&dir.path().join("whole.csv"), 1..21, "o3", ozone);
    let one = json(&replay(&whole));
    let rows = fs::read_to_string(&whole).expect("a table");
    let noon = rows.lines().find(|row| row.starts_with("2026-07-05T12")).expect("a row");
    let other = dir.path().join("other.csv");
    let path = other.to_string_lossy().into_owned();
    fs::write(&other, format!("{rows}{noon}\n")).expect("a table");
    assert_eq!(json(&replay(&path)), one, "the same row again");
    // Of the whole afternoon two values each: no mean of eight hours is left that exceeds.
    let twice = (10..20).fold(String::new(), |all, hour| all + &format!("2026-07-05T{hour}:00:00+08:00,wuping,20\n"));
    fs::write(&other, format!("{rows}{twice}")).expect("a table");
    let output = replay(&path);
    assert!(text(&output).contains("482"), "its row is named: {}", text(&output));
    let verdicts = &json(&output)["verdicts"]["ozone-tip/exceed/wuping"];
    assert_eq!((&verdicts["true"], &verdicts["unknown"]), (&(2 * 24).into(), &24.into()), "{verdicts}");
}

#[test]
fn days_that_are_reversed_or_not_in_the_data_are_errors() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let data = table(&dir.path().join("data.csv"), 1..21, "o3", ozone);
    let replay = |from: &str, to: &str| {
        run(&["rules", "replay", "--as", "perfect", "--json", "--data", &data, "--from", from, "--to", to], &site)
    };
    let inside = json(&replay("2026-07-05", "2026-07-05"));
    assert_eq!(inside["verdicts"]["ozone-tip/exceed/wuping"]["true"], 24, "{inside}");
    for (from, to, said) in [
        ("2026-07-06", "2026-07-05", "2026-07-06"),
        ("2026-06-30", "2026-07-05", "2026-06-30"),
        ("2026-07-05", "2026-07-21", "2026-07-21"),
        ("2025-01-01", "2025-02-01", "2026-07-20"),
    ] {
        let output = replay(from, to);
        assert_eq!(output.status.code(), Some(2), "{from} {to}: {}", text(&output));
        assert!(text(&output).contains(said), "{from} {to}: {}", text(&output));
    }
    let nothing = run(&["rules", "replay"], &site);
    assert!(nothing.status.code() == Some(2) && text(&nothing).contains("--data"), "{}", text(&nothing));
    // Of two stations the one without these days is named.
    let later = dir.path().join("later.csv");
    let rows = fs::read_to_string(&data).expect("a table").replace("2026-07", "2026-08").replace("wuping", "later");
    fs::write(&later, rows).expect("a table");
    let files = ["--data", &data, later.to_str().expect("a path")];
    let both = json(&run(&[&["rules", "replay", "--json", "--to", "2026-07-10"][..], &files].concat(), &site));
    assert!(both["notes"][0].as_str().is_some_and(|note| note.contains("later")), "{both}");
}

#[test]
fn of_a_station_in_two_files_nothing_is_said_of_the_file_that_lies_outside_the_days() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let first = table(&dir.path().join("first.csv"), 1..6, "o3", ozone);
    let rest = table(&dir.path().join("rest.csv"), 6..21, "o3", ozone);
    for files in [[&first, &rest], [&rest, &first]] {
        let words = [
            &["rules", "replay", "--as", "perfect", "--json", "--from", "2026-07-10", "--data"],
            &files.map(String::as_str)[..],
        ];
        let played = json(&run(&words.concat(), &site));
        assert_eq!(played["verdicts"]["ozone-tip/exceed/wuping"]["true"], 24, "{played}");
        assert!(played["notes"].as_array().is_none_or(Vec::is_empty), "{played}");
    }
}

#[test]
fn a_bulletin_stands_until_the_next_one_says_otherwise() {
    let dir = folder();
    let rule = by_itself().replace("日最大(臭氧8小时) 高于 160", "臭氧 高于 160");
    let site = ruled(dir.path(), &rule);
    let data = table(&dir.path().join("data.csv"), 1..11, "o3", |_, _| "60".to_owned());
    let replay = json(&run(&["rules", "replay", "--json", "--as", "ranges", "--data", &data], &site));
    // It is decided at 8 and at 20 o'clock; a bulletin comes at 20 and speaks of tomorrow: until midnight the one before
    // it speaks. The first has none before it: of 9 × 24 + 16 hours the first 16 are not forecast.
    let verdicts = &replay["verdicts"]["ozone-tip/exceed/wuping"];
    assert_eq!(verdicts, &serde_json::json!({"true": 0, "false": 9 * 24, "unknown": 16}), "{replay}");
}

#[test]
fn noise_is_of_concentrations_alone() {
    let dir = folder();
    let warm = by_itself().replace("日最大(臭氧8小时) 高于 160 微克每立方米", "气温 低于 -3 °C 且 风速 高于 5 m/s");
    let site = ruled(dir.path(), &warm);
    let data = table(&dir.path().join("data.csv"), 1..11, "o3,temperature,wind", |_, _| "60,-4,6".to_owned());
    let replay = |mode: &str| run(&["rules", "replay", "--json", "--as", mode, "--data", &data], &site);
    let noisy = json(&replay("noisy:2:1"));
    let verdicts = &noisy["verdicts"]["ozone-tip/exceed/wuping"];
    assert_eq!((&verdicts["false"], &verdicts["unknown"]), (&0.into(), &0.into()), "{noisy}");
    let words = text(&run(&["rules", "replay", "--as", "noisy:2:1", "--data", &data], &site));
    assert!(words.contains("气象要素与实况相同"), "{words}");
}

#[test]
fn a_replay_of_the_sites_own_forecasts_decides_as_the_site_did() {
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    let replay = |more: &[&str]| run(&[&["rules", "replay", "--json", "--as", "issued"], more].concat(), &site);
    let before = replay(&[]);
    assert_eq!(before.status.code(), Some(1), "nothing has come yet: {}", text(&before));
    let cycles = ["2026-09-12T20:00:00+08:00", "2026-09-13T08:00:00+08:00", "2026-09-13T20:00:00+08:00"];
    assert!(run(&MORNING, &site).status.success());
    for now in cycles {
        assert!(run(&["once", "--now", now], &site).status.success());
    }
    let own = json(&replay(&[]));
    assert_eq!(own["mode"], "issued");
    let episode = &own["episodes"][0];
    assert_eq!(episode["told_at"], "2026-09-12T08:00:00+08:00", "{own}");
    // What the site told in the same cycles, by its own record.
    let told = run(&["warnings", "show", EPISODE], &site);
    assert!(told.status.success(), "{}", text(&told));
    let revisions = text(&told).matches("稿　").count();
    assert_eq!(episode["revisions"].as_u64(), u64::try_from(revisions).ok(), "{own}\n{}", text(&told));
    assert!(own["notes"][0].as_str().is_some_and(|note| note.contains("没有这些日子的实况")), "{own}");
    let score = &own["scores"]["ozone-tip/wuping"];
    assert_eq!(
        (&score["hits"], &score["misses"], &score["false_alarms"]),
        (&0.into(), &0.into(), &0.into()),
        "{score}"
    );
    assert!(score["unsaid"].as_u64() >= Some(2), "{score}");
    // With observations from a file the days count.
    let seen = dir.path().join("seen.csv");
    let high = |_: u32, hour: u32| if (10..20).contains(&hour) { "200".to_owned() } else { "60".to_owned() };
    let seen = table(&seen, 12..14, "o3", high);
    let rows = fs::read_to_string(&seen).expect("a table").replace("2026-07", "2026-09");
    fs::write(&seen, rows).expect("a table");
    let scored = json(&replay(&["--data", &seen]));
    assert_eq!(scored["scores"]["ozone-tip/wuping"]["hits"], 2, "{scored}");
    assert_eq!(scored["episodes"], own["episodes"], "what came of it changes no decision");
    // A stricter rule by the same forecasts.
    let strict = dir.path().join("strict.toml");
    fs::write(&strict, by_itself().replace("高于 160", "高于 999")).expect("a rule");
    let old = site.join("rules/ozone.toml");
    let [old, strict] = [&old, &strict].map(|path| path.to_string_lossy().into_owned());
    let diff = json(&run(&["rules", "diff", &old, &strict, "--as", "issued", "--json"], &site));
    assert_eq!(diff["mode"], "issued");
    assert!(diff["days"].as_array().is_some_and(|days| days.len() >= 2), "{diff}");
    // A station that the site does not have, a span beyond what it has.
    let other = dir.path().join("other.csv");
    fs::write(&other, fs::read_to_string(&seen).expect("a table").replace("wuping", "elsewhere")).expect("a table");
    let other = replay(&["--data", other.to_str().expect("a path")]);
    assert!(other.status.code() == Some(1) && text(&other).contains("elsewhere"), "{}", text(&other));
    assert_eq!(replay(&["--from", "2026-09-01"]).status.code(), Some(2));
}

/// A site that goes by a bureau's bulletins in a folder, and one of 14 July, 17 o'clock, about the next two days.
fn bulletins(dir: &Path, text: &str) -> (PathBuf, PathBuf) {
    let site = ruled(dir, &by_itself());
    let file = site.join("cuofeng.toml");
    let source = fs::read_to_string(&file).expect("the site file");
    let (head, tail) = source.split_once("[[feed]]").expect("a feed");
    let (_, tail) = tail.split_once("\n\n").expect("the end of the feed");
    let feed = "[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nfolder = \"feeds/bulletins\"\nlabel = \"某某市生态环境局\"\n\n";
    fs::write(&file, format!("{head}{feed}{tail}")).expect("the site file");
    let inbox = site.join("feeds/bulletins");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("0714.txt"), text).expect("a bulletin");
    (site, inbox.join("0714.txt"))
}

const DIRTY: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年07月14日17时\n\
    7月15日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145,臭氧8小时浓度为175-205微克/立方米。\n\
    7月16日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:105-135,臭氧8小时浓度为165-195微克/立方米。\n";

const CLEAN: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年07月14日17时\n\
    7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90,臭氧8小时浓度为100-130微克/立方米。\n\
    7月16日,预测日均空气质量为良,首要污染物为臭氧,AQI:60-90,臭氧8小时浓度为100-130微克/立方米。\n";

#[test]
fn a_bulletin_that_a_site_had_counts_from_when_it_came() {
    let dir = folder();
    let (site, _) = bulletins(dir.path(), DIRTY);
    // Issued on the 14th at 17 o'clock, found on the 15th at 8.
    let once = run(&["once", "--now", "2026-07-15T08:00:00+08:00"], &site);
    assert!(once.status.success(), "{}", text(&once));
    let replay = json(&run(&["rules", "replay", "--json", "--as", "issued"], &site));
    assert_eq!(replay["episodes"][0]["told_at"], "2026-07-15T08:00:00+08:00", "{replay}");
    assert_eq!(replay["episodes"][0]["start"], "2026-07-15T10:00:00+08:00", "{replay}");
}

#[test]
fn what_is_corrected_between_two_cycles_is_decided_by_when_it_came() {
    let replayed = |first: &str, corrected: &str| {
        let dir = folder();
        let (site, bulletin) = bulletins(dir.path(), first);
        let once = |time: &str| {
            let once = run(&["once", "--now", &format!("2026-07-{time}:00+08:00")], &site);
            assert!(once.status.success(), "{}", text(&once));
            text(&once)
        };
        once("14T20:00");
        fs::write(&bulletin, corrected).expect("a bulletin");
        office::rested(&bulletin);
        let words = once("15T07:07");
        once("15T08:00");
        (json(&run(&["rules", "replay", "--json", "--as", "issued"], &site)), words)
    };
    // The day was clean when the cycle of 20 o'clock looked, and is not any more at 7:07.
    let (worse, told) = replayed(CLEAN, DIRTY);
    assert!(told.contains("发出提示") && told.contains("7月15日"), "the service itself: {told}");
    assert_eq!(worse["episodes"].as_array().map(Vec::len), Some(1), "{worse}");
    assert_eq!(worse["episodes"][0]["told_at"], "2026-07-15T07:07:00+08:00", "{worse}");
    assert_eq!(worse["episodes"][0]["start"], "2026-07-15T10:00:00+08:00", "{worse}");
    // What was told by a version that is replaced is taken back as soon as the service takes it back.
    let (better, told) = replayed(DIRTY, CLEAN);
    assert!(told.contains("提前结束"), "the service itself: {told}");
    assert_eq!(better["episodes"][0]["told_at"], "2026-07-14T20:00:00+08:00", "{better}");
    assert_eq!(better["episodes"][0]["lifted_at"], "2026-07-15T07:07:00+08:00", "{better}");
}

#[test]
fn what_a_person_enters_or_withdraws_counts_from_when_it_was_said() {
    let dir = folder();
    let (site, _) = bulletins(dir.path(), CLEAN);
    let call = |words: &[&str], time: &str| {
        let output = run(&[words, &["--now", &format!("2026-07-{time}:00+08:00")]].concat(), &site);
        assert!(output.status.success(), "{}", text(&output));
        output
    };
    call(&["once"], "14T20:00");
    // Three minutes after a cycle: it did not know yet.
    let add =
        ["forecast", "add", "--region", "wuping", "--day", "2026-07-15", "--index", "115-145", "--primary", "臭氧"];
    call(&[&add[..], &["--source", "某某市局电话", "--by", "邓永亮"]].concat(), "14T20:03");
    call(&["once"], "14T20:04");
    let runs = json(&call(&["forecast", "runs", "--json"], "14T21:00"));
    let entered =
        runs["runs"].as_array().expect("runs").iter().find(|run| run["by_hand"] == true || run["by"] == "邓永亮");
    let number = entered.unwrap_or_else(|| panic!("{runs}"))["number"].to_string();
    call(&["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "听错了"], "14T21:07");
    call(&["once"], "14T21:08");
    let replay = json(&run(&["rules", "replay", "--json", "--as", "issued"], &site));
    assert_eq!(replay["episodes"].as_array().map(Vec::len), Some(1), "{replay}");
    assert_eq!(replay["episodes"][0]["told_at"], "2026-07-14T20:03:00+08:00", "{replay}");
    assert_eq!(replay["episodes"][0]["lifted_at"], "2026-07-14T21:07:00+08:00", "{replay}");
}

#[test]
fn what_one_person_hears_is_counted_over_a_whole_episode() {
    let dir = folder();
    let site = new_site(dir.path());
    let path = dir.path().join("july.csv");
    // Ozone from 8:00 to 20:00 on three days; nothing else is measured.
    let high = |day, hour| if (12..15).contains(&day) && (8..20).contains(&hour) { "200" } else { "60" };
    let data = table(&path, 8..21, "o3", |day, hour| high(day, hour).to_owned());
    let replayed = json(&run(&["rules", "replay", "--json", "--as", "perfect", "--data", &data], &site));
    let notes = replayed["notes"].to_string();
    assert!(notes.contains("示例站点"), "a site without people counts with the example's, and says so: {notes}");
    let heard = &replayed["heard"];
    // Fourteen enterprises of the example's sectors: told at 8:00 of the 11th of two days, at 8:00 of the 13th of the
    // third one; nobody answers, and is reminded once of the same clock hours.
    assert_eq!(heard["enterprise"]["person_days"], 14 * 3, "{heard}");
    assert_eq!(heard["enterprise"]["messages_answering"], 14 * 2, "{heard}");
    assert_eq!(heard["enterprise"]["messages_silent"], 14 * 3, "{heard}");
    assert_eq!(heard["duty"]["messages_answering"], 2 * 2, "two are on duty: {heard}");
    assert_eq!(heard["keeper"], Value::Null, "nobody told them anything: {heard}");
}

#[test]
fn days_that_were_told_before_nothing_more_came_are_scored_as_far_as_they_were_seen() {
    let dir = folder();
    let (site, _) = bulletins(dir.path(), DIRTY);
    let once = run(&["once", "--now", "2026-07-14T20:00:00+08:00"], &site);
    assert!(once.status.success(), "{}", text(&once));
    let replay = |more: &[&str]| run(&[&["rules", "replay", "--json", "--as", "issued"], more].concat(), &site);
    let high = |day: u32, hour: u32| if day > 14 && (10..20).contains(&hour) { "200" } else { "60" }.to_owned();
    // Told on the 14th for the 15th and the 16th; nothing came in after that.
    for (until, hits, last) in
        [(15, 0, "2026-07-14"), (16, 1, "2026-07-15"), (17, 2, "2026-07-16"), (21, 2, "2026-07-16")]
    {
        let seen = table(&dir.path().join("seen.csv"), 12..until, "o3", high);
        let played = json(&replay(&["--data", &seen]));
        let score = &played["scores"]["ozone-tip/wuping"];
        assert_eq!(
            (&score["hits"], &score["misses"]),
            (&hits.into(), &0.into()),
            "seen before the {until}th: {played}"
        );
        assert_eq!(played["episodes"][0]["told_at"], "2026-07-14T20:00:00+08:00", "{played}");
        let beyond = replay(&["--data", &seen, "--to", "2026-07-18"]);
        assert!(beyond.status.code() == Some(2) && text(&beyond).contains(last), "{}", text(&beyond));
    }
}
