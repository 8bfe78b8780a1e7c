//! Rules as office staff write, check, test, explain, replay and put them in force.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cuofeng_base::text::Lang;
use cuofeng_office::site::Site;
use serde_json::Value;

use crate::office::{EPISODE, MORNING, by_itself, example, folder, letters, ruled, run, text};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

#[test]
fn every_kind_of_mistake_is_told_at_its_place_in_both_languages() {
    let folder_of_mistakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/bad");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder_of_mistakes).expect("a folder").flatten().map(|entry| entry.path()).collect();
    files.sort();
    assert!(files.len() >= 30, "one file a kind of mistake");
    for path in files {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let dir = folder();
        let site = ruled(dir.path(), &fs::read_to_string(&path).expect("a file"));
        let (_, problems) = Site::read(&site);
        assert!(!problems.is_empty(), "{name} is found fault with");
        for (lang, code) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
            let all: Vec<String> = problems.iter().map(|problem| problem.render(lang)).collect();
            let settings = {
                let mut settings = insta::Settings::clone_current();
                settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/messages"));
                settings.set_prepend_module_to_snapshot(false);
                settings.set_omit_expression(true);
                settings
            };
            settings.bind(|| insta::assert_snapshot!(format!("{name}.{code}"), all.join("\n\n")));
        }
    }
}

/// A rule that asks nobody and tells two days in a row as one.
fn ozone() -> String {
    by_itself().replace("lead_hours = 1", "lead_hours = 1\nmerge_days = 1")
}

#[test]
fn the_shipped_cases_hold_and_an_hour_that_nobody_expected_fails_its_case() {
    let dir = folder();
    let site = example(dir.path());
    let shipped = run(&["rules", "test", "--json"], &site);
    assert!(shipped.status.success(), "{}", text(&shipped));
    let shipped = json(&shipped);
    assert!(shipped["cases"].as_u64() >= Some(10) && shipped["failed"] == 0, "{shipped}");
    let case = dir.path().join("case.toml");
    let data = "[[case]]\nname = \"一天超标\"\nrule = \"ozone-offpeak\"\nstart = 2026-07-14T00:00:00+08:00\n\
                [case.data]\no3 = \"60x24 170x24\"\n";
    fs::write(&case, data).expect("a case");
    let case = case.to_string_lossy().into_owned();
    let silent = run(&["rules", "test", &case], &site);
    assert_eq!(silent.status.code(), Some(1), "nobody expected the second day: {}", text(&silent));
    for words in
        ["7月15日00:00—24:00", "应当不成立，实际成立", "臭氧8小时平均浓度日最大值 170 µg/m³，条件是高于 160 µg/m³"]
    {
        assert!(text(&silent).contains(words), "{words}: {}", text(&silent));
    }
    let expected = format!("{data}[[case.expect]]\nlevel = \"exceed\"\nhours = \"F24 T24\"\n");
    fs::write(&case, expected).expect("a case");
    assert!(run(&["rules", "test", &case], &site).status.success());
    fs::write(&case, data.replace("ozone-offpeak", "ozone-ofpeak")).expect("a case");
    let unknown = run(&["rules", "test", &case, "--lang", "en"], &site);
    assert!(unknown.status.code() == Some(1) && text(&unknown).contains("ozone-ofpeak"), "{}", text(&unknown));
}

#[test]
fn a_story_of_forecasts_fails_at_the_first_decision_that_is_another_and_at_other_periods() {
    let dir = folder();
    let site = example(dir.path());
    let story = dir.path().join("story.toml");
    let raised = "[[story]]\nname = \"两次预报\"\nrule = \"ozone-offpeak\"\n\
                  [[story.forecast]]\nat = 2026-07-14T08:00:00+08:00\ndata = { o3 = \"60x24 200x24 60x48\" }\n";
    let told = "told = [[2026-07-15T10:00:00+08:00, 2026-07-15T17:00:00+08:00]]\n";
    let second = "[[story.forecast]]\nat = 2026-07-14T20:00:00+08:00\ndata = { o3 = \"60x24 200x24 60x48\" }\n";
    let path = story.to_string_lossy().into_owned();
    let play = |text: String| {
        fs::write(&story, text).expect("a story");
        run(&["rules", "test", &path], &site)
    };
    let fine = play(format!("{raised}decision = \"raise\"\n{told}{second}decision = \"不变\"\n{told}"));
    assert!(fine.status.success(), "{}", text(&fine));
    let other = play(format!("{raised}decision = \"发出\"\n{second}decision = \"解除\"\n"));
    assert_eq!(other.status.code(), Some(1));
    for words in ["story.toml:11:12", "7月14日20:00", "应当是“解除”，实际是“不变”"] {
        assert!(text(&other).contains(words), "{words}: {}", text(&other));
    }
    let hours = play(format!("{raised}decision = \"发出\"\ntold = []\n"));
    assert!(hours.status.code() == Some(1) && text(&hours).contains("实际告知 7月15日10:00—17:00"), "{}", text(&hours));
    for (wrong, said) in [
        (format!("{raised}decision = \"也许\"\n"), "没有这种决定"),
        ("[[story]]\nname = \"空\"\nrule = \"ozone-offpeak\"\n".to_owned(), "没有写预报"),
        (format!("{}decision = \"发出\"\n", raised.replace("o3", "o5")), "没有这个变量"),
        (format!("{}decision = \"发出\"\n", raised.replace("offpeak", "ofpeak")), "没有规则"),
        (format!("{raised}decison = \"发出\"\n"), "decison"),
    ] {
        let output = play(wrong);
        assert!(output.status.code() == Some(1) && text(&output).contains(said), "{said}: {}", text(&output));
    }
}

#[test]
fn fmt_keeps_the_authors_words_and_names_what_it_would_change() {
    let dir = folder();
    let site = ruled(dir.path(), &ozone().replace("高于 160", "   >160").replace("season = ", "season="));
    let would = run(&["rules", "fmt", "--check"], &site);
    assert!(would.status.code() == Some(1) && text(&would).contains("ozone.toml"), "{}", text(&would));
    assert!(run(&["rules", "fmt"], &site).status.success());
    let neat = fs::read_to_string(site.join("rules/ozone.toml")).expect("a file");
    assert!(neat.contains("when = \"日最大(臭氧8小时) > 160 微克每立方米\"\n"), "{neat}");
    assert!(neat.contains("season = \"04-01..09-30\"\n"), "{neat}");
    assert!(run(&["rules", "fmt", "--check"], &site).status.success());
}

#[test]
fn explain_gives_the_value_its_run_the_threshold_and_what_is_lacking() {
    let dir = folder();
    let site = ruled(dir.path(), &ozone());
    assert!(run(&MORNING, &site).status.success());
    let ask = |hour: &str, lang: &str| {
        let now = "2026-09-12T08:00:00+08:00";
        text(&run(&["rules", "explain", "ozone-tip", "--at", hour, "--now", now, "--lang", lang], &site))
    };
    let yes = ask("2026-09-12T12:00:00+08:00", "zh");
    for words in ["臭氧超标", "成立", "173 µg/m³", "高于 160 µg/m³", "recording", "9月12日07:00"] {
        assert!(yes.contains(words), "{words}: {yes}");
    }
    let english = ask("2026-09-12T12:00:00+08:00", "en");
    assert!(english.contains("173 µg/m³") && english.contains("above 160 µg/m³"), "{english}");
    let far = ask("2026-10-20T12:00:00+08:00", "zh");
    assert!(far.contains("不能判定") && far.contains("不在规则的季节内"), "{far}");
    let unknown = run(&["rules", "explain", "ozone", "--at", "2026-09-12T12:00:00+08:00"], &site);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown));
}

/// Hourly ozone from 2026-07-01T00:00+08:00: 60 by day and night, 200 from 10 to 20 on the days that exceed.
fn observations(path: &Path, exceed: &[u32], days: u32) {
    let mut rows = String::from("time,region,o3\n");
    for day in 1..=days {
        for hour in 0..24 {
            let value = if exceed.contains(&day) && (10..20).contains(&hour) { 200 } else { 60 };
            let _ = writeln!(rows, "2026-07-{day:02}T{hour:02}:00:00+08:00,r,{value}");
        }
    }
    fs::write(path, rows).expect("observations");
}

#[test]
fn replay_gives_the_fixed_format_and_names_its_mode() {
    let dir = folder();
    let site = ruled(dir.path(), &ozone());
    let data = dir.path().join("data.csv");
    observations(&data, &[5, 6, 12], 20);
    let (data, svg) = (data.to_string_lossy().into_owned(), dir.path().join("year.svg").to_string_lossy().into_owned());
    let output = run(&["rules", "replay", "--as", "perfect", "--data", &data, "--json", "--svg", &svg], &site);
    let result = json(&output);
    assert_eq!(result["mode"], "perfect");
    let episodes = result["episodes"].as_array().expect("episodes");
    assert_eq!(episodes.len(), 2, "{result}");
    let first = &episodes[0];
    for (key, value) in [
        ("rule", "ozone-tip"),
        ("kind", "ozone"),
        ("region", "r"),
        ("level", "exceed"),
        ("start", "2026-07-05T10:00:00+08:00"),
        ("end", "2026-07-06T17:00:00+08:00"),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
    // Two days of seven hours each; told once, 72 hours ahead of both days.
    assert_eq!((&first["hours"], first["levels"].as_array().map(Vec::len)), (&14.into(), Some(2)));
    assert_eq!(episodes[1]["hours"], 7);
    // A day counts from its first hour to its last: 3 × 24 of 20 × 24 hold.
    assert_eq!(result["verdicts"]["ozone-tip/exceed/r"], serde_json::json!({"true": 72, "false": 408, "unknown": 0}));
    assert!(fs::read_to_string(&svg).expect("a picture").contains("perfect"));
    for mode in ["persistence", "ranges", "noisy:0.25:1"] {
        let words = text(&run(&["rules", "replay", "--data", &data, "--as", mode], &site));
        assert!(words.contains(mode), "{mode}: {words}");
        let most = words.lines().find(|line| line.contains("最多的是")).expect("who hears most");
        assert!(!most.contains("值班人员 s"), "by name: {most}");
    }
    let none = text(&run(&["rules", "replay", "--as", "issued"], &site));
    assert!(none.contains("站点还没有收到过预报"), "{none}");
    assert_eq!(json(&run(&["rules", "replay", "--data", &data, "--json"], &site))["mode"], "real:1", "unless told");
    let wrong = run(&["rules", "replay", "--data", &data, "--as", "best"], &site);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn diff_names_the_days_and_the_people_that_a_change_touches() {
    let dir = folder();
    let site = ruled(dir.path(), &ozone());
    let (old, new) = (site.join("rules/ozone.toml"), dir.path().join("new.toml"));
    fs::write(&new, ozone().replace("高于 160", "高于 215")).expect("a file");
    let data = dir.path().join("data.csv");
    observations(&data, &[5, 6, 12], 20);
    let [old, new, data] = [&old, &new, &data].map(|path| path.to_string_lossy().into_owned());
    let result = json(&run(&["rules", "diff", &old, &new, "--as", "perfect", "--data", &data, "--json"], &site));
    let days: Vec<&str> = result["days"].as_array().expect("days").iter().filter_map(|d| d["day"].as_str()).collect();
    assert_eq!(days, ["2026-07-05", "2026-07-06", "2026-07-12"], "{result}");
    let fewer = |n: &Value| n["new"].as_i64() < n["old"].as_i64();
    assert!(result["notices"].as_array().is_some_and(|n| !n.is_empty() && n.iter().all(fewer)), "{result}");
    // Three days of seven hours, all shown by a perfect forecast; the new rule tells nothing.
    let told = |side: &str| result["telling"][side]["ozone-tip"]["told_hours"].clone();
    assert_eq!((told("old"), told("new")), (21.into(), 0.into()), "{result}");
    let words = text(&run(&["rules", "diff", &old, &new, "--as", "perfect", "--data", &data], &site));
    assert!(words.contains("臭氧错峰生产提示：臭氧超标 → 无"), "by their names: {words}");
    assert!(!words.contains("exceed") && !words.contains("值班人员 s"), "{words}");
    let words = text(&run(&["rules", "diff", &old, &old, "--as", "perfect", "--data", &data], &site));
    assert!(words.contains("0 天不同") && words.contains("100 %"), "{words}");
}

#[test]
fn a_changed_rule_waits_for_a_second_person_and_open_episodes_keep_the_one_they_began_with() {
    let dir = folder();
    let site = ruled(dir.path(), &ozone());
    assert!(run(&MORNING, &site).status.success());
    let raised = letters(&site).len();
    assert!(raised > 0);
    // Never again: a threshold that the recording does not reach.
    fs::write(site.join("rules/ozone.toml"), ozone().replace("高于 160", "高于 999")).expect("a file");
    let now = ["--now", "2026-09-12T09:00:00+08:00"];
    let once = run(&["once", now[0], now[1]], &site);
    assert!(text(&once).contains("与已告知的一致"), "the file alone changes nothing: {}", text(&once));
    let ask = |args: &[&str]| run(&[&["rules"], args].concat(), &site);
    assert_eq!(ask(&["accept", "--code", "x", "--by", "罗代泉"]).status.code(), Some(1), "nothing waits");
    let proposed = ask(&["propose", "--by", "罗代泉", now[0], now[1]]);
    let words = text(&proposed);
    assert!(proposed.status.success() && words.contains(EPISODE), "its effect is shown: {words}");
    let code = words.split("--code ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code").to_owned();
    let same = ask(&["accept", "--code", &code, "--by", "罗代泉", now[0], now[1]]);
    assert!(same.status.code() == Some(1) && text(&same).contains("不能自己确认"), "{}", text(&same));
    let nobody = ask(&["accept", "--code", &code, "--by", "刘光禾", now[0], now[1]]);
    assert_eq!(nobody.status.code(), Some(1), "a viewer may not: {}", text(&nobody));
    let blind = ask(&["accept", "--code", "00000000", "--by", "田天禄", now[0], now[1]]);
    assert_eq!(blind.status.code(), Some(1), "the effect must have been seen: {}", text(&blind));
    let accepted = ask(&["accept", "--code", &code, "--by", "田天禄", now[0], now[1]]);
    assert!(accepted.status.success(), "{}", text(&accepted));
    let once = run(&["once", now[0], now[1]], &site);
    assert!(text(&once).contains("与已告知的一致"), "it keeps its rule: {}", text(&once));
    let moved = ask(&["move", EPISODE, "--by", "田天禄"]);
    assert!(moved.status.success(), "{}", text(&moved));
    let once = run(&["once", "--now", "2026-09-12T20:00:00+08:00"], &site);
    assert!(!text(&once).contains("与已告知的一致"), "moved on purpose, the new rule speaks: {}", text(&once));
}

#[tokio::test]
async fn a_broken_edit_leaves_the_last_good_rules_in_force_and_duty_staff_are_told_once() {
    use chrono::{DateTime, Utc};
    use tokio_util::sync::CancellationToken;
    let dir = folder();
    let site = ruled(dir.path(), &ozone());
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
    let (morning, stop) = (at("2026-09-12T00:00:00Z"), CancellationToken::new());
    let mut app = cuofeng_app::App::start(&site, morning).await.expect("a site");
    fs::write(site.join("rules/ozone.toml"), ozone().replace("高于", "搞于")).expect("a file");
    let problems = app.reload(morning).await.expect("a database");
    assert_eq!(problems.len(), 1, "{problems:?}");
    let report = app.cycle(morning, false, &stop).await.expect("a cycle");
    assert!(report.lines.iter().any(|line| line.action.word() == "raise"), "the last good rule speaks: {report:?}");
    let told =
        |purpose: &str| letters(&site).keys().filter(|n| n.starts_with("files-site") && n.contains(purpose)).count();
    // Two members of staff on duty, by email and SMS.
    assert_eq!((told(".raise."), told(".lift.")), (4, 0));
    app.reload(morning).await.expect("a database");
    app.deliver(morning, &stop).await.expect("a cycle");
    assert_eq!(told(".raise."), 4, "not again while it lasts");
    fs::write(site.join("rules/ozone.toml"), ozone()).expect("a file");
    assert!(app.reload(morning).await.expect("a database").is_empty());
    app.deliver(morning, &stop).await.expect("a cycle");
    assert_eq!(told(".lift."), 4);
}
