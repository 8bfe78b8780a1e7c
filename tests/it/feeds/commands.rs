//! Forecast, bulletin and order as office staff see them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::office::{self, example, folder, letters, run, text};

/// The example site, with nothing but a bureau's bulletins to go by.
fn bulletin_site(dir: &Path, lines: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let (head, tail) = source.split_once("[[feed]]").expect("a feed");
    let (_, tail) = tail.split_once("\n\n").expect("the end of the feed");
    let feed = "[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nfolder = \"feeds/bulletins\"\nlabel = \"某某市生态环境局\"\n\n";
    std::fs::write(&file, format!("{head}{feed}{tail}")).expect("the site file");
    let inbox = site.join("feeds/bulletins");
    std::fs::create_dir_all(&inbox).expect("a folder");
    let bulletin = format!("某某市空气质量预报\n某某市生态环境监测中心 2026年07月14日17时\n{lines}");
    std::fs::write(inbox.join("0714.txt"), bulletin).expect("a bulletin");
    site
}

const EVENING: &str = "2026-07-14T20:00:00+08:00";

const DIRTY: &str = "7月15日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145,臭氧8小时浓度为175-205微克/立方米。\n\
    7月16日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:105-135,臭氧8小时浓度为165-195微克/立方米。\n";

#[test]
fn a_daily_bulletin_becomes_hours_and_every_text_says_so() {
    let dir = folder();
    let site = bulletin_site(dir.path(), DIRTY);
    let once = run(&["once", "--now", EVENING], &site);
    assert!(once.status.success(), "{}", text(&once));
    let words = office::mails(&site);
    assert_eq!(words.matches("日预报").count(), 16, "every mail says so: {words}");
    let show = run(&["forecast", "show", "--hours", "--now", EVENING], &site);
    let words = text(&show);
    for part in ["武平镇", "bureau", "某某市生态环境局", "7月15日", "推算"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let json = run(&["forecast", "show", "--json", "--now", EVENING], &site);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one JSON object");
    assert_eq!(value["schema"], "cuofeng.forecast/1");
    assert!(json.status.success());
    let late = run(&["forecast", "show", "--now", "2026-07-17T20:00:00+08:00"], &site);
    assert_eq!(late.status.code(), Some(1), "three days old: {}", text(&late));
}

#[test]
fn a_doubtful_line_waits_for_a_person_and_counts_once_confirmed() {
    let dir = folder();
    let doubtful = "7月15日,预测日均空气质量为轻度污染,首要污染物为臭氧,AQI:115-145。\n\
        7月16日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-110。\n714日,空气质量为良,首要污染物为臭氧,AQI:70-100。\n";
    let site = bulletin_site(dir.path(), doubtful);
    assert!(run(&["once", "--now", EVENING], &site).status.success());
    let list = run(&["bulletin", "list"], &site);
    let words = text(&list);
    assert!(words.contains("AQI:70-110") && words.contains("aqi=70-110") && words.contains("714日"), "{words}");
    let confirm = run(&["bulletin", "confirm", "1", "--by", "邓永亮", "aqi=70-100"], &site);
    assert!(confirm.status.success() && text(&confirm).contains("aqi=70-100"), "{}", text(&confirm));
    assert_eq!(run(&["bulletin", "confirm", "1", "--by", "邓永亮"], &site).status.code(), Some(1), "once only");
    assert_eq!(run(&["bulletin", "confirm", "2", "--by", "邓永亮", "aqi=x"], &site).status.code(), Some(2));
    assert!(run(&["bulletin", "drop", "2", "--by", "邓永亮"], &site).status.success());
    let list = run(&["bulletin", "list", "--json"], &site);
    let value: serde_json::Value = serde_json::from_slice(&list.stdout).expect("one JSON object");
    assert_eq!(value["waiting"].as_array().map(Vec::len), Some(0));
    let show = text(&run(&["forecast", "show", "--now", EVENING], &site));
    assert!(show.contains("7月16日"), "{show}");
}

/// Reads a bulletin from standard input.
fn paste(site: &Path, args: &[&str], text: &str) -> std::process::Output {
    let mut command = office::cuofeng();
    command.args(["bulletin", "read"]).args(args).arg("--site").arg(site);
    let pipe = std::process::Stdio::piped;
    let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().expect("the program");
    std::io::Write::write_all(&mut child.stdin.take().expect("its input"), text.as_bytes()).expect("a text");
    child.wait_with_output().expect("the program")
}

#[test]
fn a_pasted_bulletin_goes_through_the_same_reader_and_waiting_list() {
    let dir = folder();
    let site = bulletin_site(dir.path(), DIRTY);
    let nameless =
        "7月17日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。\n7月18日到19日,空气质量为良,AQI:70-110。\n";
    let now = ["--now", EVENING];
    // Who read it is on record, as with everything that people enter.
    let of = |by: &[&'static str]| [&["--feed", "bureau"][..], by, &now].concat();
    assert_eq!(paste(&site, &of(&[]), nameless).status.code(), Some(2), "by whom?");
    for by in [" ", "某某", "刘光禾"] {
        let refused = paste(&site, &of(&["--by", by]), nameless);
        assert!(refused.status.code() == Some(1) && text(&refused).contains(by), "{}", text(&refused));
    }
    assert!(text(&run(&["bulletin", "list"], &site)).contains("没有等待确认"), "nothing was read");
    let read = paste(&site, &of(&["--by", "邓永亮"]), nameless);
    assert!(read.status.success(), "{}", text(&read));
    let list = text(&run(&["bulletin", "list"], &site));
    assert!(list.contains("7月17日") && list.contains("--issued") && list.contains("level=2-2"), "{list}");
    // Without an issue time nothing can be confirmed, and a person may give it.
    assert_eq!(run(&["bulletin", "confirm", "1", "--by", "邓永亮"], &site).status.code(), Some(1));
    let issued = ["--issued", "2026-07-14T17:00:00+08:00"];
    let confirm = run(&[&["bulletin", "confirm", "1", "--by", "邓永亮"][..], &issued].concat(), &site);
    assert!(confirm.status.success(), "{}", text(&confirm));
    // Both days of a line count.
    let both = [&["bulletin", "confirm", "2", "--by", "邓永亮", "aqi=70-100", "level=2-2"][..], &issued].concat();
    let confirm = run(&both, &site);
    assert!(text(&confirm).contains("7月18日、7月19日 aqi=70-100 level=2-2"), "{}", text(&confirm));
    let json = run(&["forecast", "show", "--json", "--now", EVENING], &site);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one JSON object");
    let days: Vec<&str> =
        value["regions"][0]["days"].as_array().expect("days").iter().filter_map(|d| d["day"].as_str()).collect();
    assert!(["2026-07-17", "2026-07-18", "2026-07-19"].iter().all(|day| days.contains(day)), "{days:?}");
    // With the issue time on the call the same text is certain.
    let later = nameless.replace("7月17日", "7月20日");
    let by = ["--by", "邓永亮"];
    let read = paste(&site, &[&["--feed", "bureau", "--json"][..], &by, &now, &issued].concat(), &later);
    assert!(read.status.success(), "{}", text(&read));
    assert_eq!(paste(&site, &[&["--feed", "nobody"][..], &by, &now].concat(), nameless).status.code(), Some(1));
    for command in [&["bulletin", "drop", "9", "--by", " "][..], &["bulletin", "confirm", "9", "--by", ""]] {
        assert_eq!(run(command, &site).status.code(), Some(2), "{command:?}: by whom?");
    }
}

#[test]
fn a_standard_that_is_not_there_is_an_error_of_the_site() {
    let dir = folder();
    let site = bulletin_site(dir.path(), DIRTY);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, source.replace("kind = \"bulletin\"\n", "kind = \"bulletin\"\nstandard = \"hj633\"\n"))
        .expect("the site file");
    let check = run(&["check"], &site);
    assert!(check.status.code() == Some(1) && text(&check).contains("hj633-2026"), "{}", text(&check));
}

#[test]
fn an_order_is_entered_listed_and_lifted_by_name() {
    let dir = folder();
    let site = example(dir.path());
    let add = |tier: &str, from: &str, to: &str| {
        let order = ["order", "add", "--subject", "臭氧", "--tier", tier, "--from", from, "--to", to];
        let who = ["--issuer", "某某区人民政府", "--document", "某府办发〔2099〕1号", "--by", "邓永亮"];
        run(&[&order[..], &who[..]].concat(), &site)
    };
    let (from, to) = ("2099-07-15T08:00:00+08:00", "2099-07-17T20:00:00+08:00");
    let added = add("yellow", from, to);
    assert!(added.status.success() && text(&added).contains("某府办发〔2099〕1号"), "{}", text(&added));
    assert_eq!(add("purple", from, to).status.code(), Some(2));
    assert_eq!(add("yellow", to, from).status.code(), Some(2));
    let list = |json: bool| {
        let now = ["order", "list", "--now", "2099-07-14T08:00:00+08:00"];
        text(&run(&[&now[..], if json { &["--json"] } else { &[] }].concat(), &site))
    };
    assert!(list(false).contains("某某区人民政府") && list(true).contains("\"tier\":\"yellow\""), "{}", list(true));
    assert!(run(&["order", "lift", "1", "--by", "邓永亮"], &site).status.success());
    assert!(!list(false).contains("某某区人民政府"), "{}", list(false));
    assert_eq!(run(&["order", "lift", "1", "--by", "邓永亮"], &site).status.code(), Some(1), "lifted already");
}

#[test]
fn the_past_is_fetched_and_scored_on_the_first_day() {
    let dir = folder();
    let site = example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let station = "[[feed]]\nname = \"station\"\nkind = \"table\"\nfile = \"feeds/station.csv\"\nlabel = \"空气站\"\nrole = \"observations\"\n\n[schedule]";
    std::fs::write(&file, source.replace("[schedule]", station)).expect("the site file");
    let mut rows = "time,region,pm25,o3\n".to_owned();
    for hour in 0..24 * 5 {
        let (day, hour) = (13 + hour / 24, hour % 24);
        let o3 = if (11..19).contains(&hour) { 170 } else { 60 };
        writeln!(rows, "2026-09-{day}T{hour:02}:00:00+08:00,wuping,30,{o3}").expect("a row");
    }
    std::fs::write(site.join("feeds/station.csv"), rows).expect("observations");
    let days = ["--from", "2026-09-12", "--to", "2026-09-18"];
    let now = ["--now", "2026-09-20T08:00:00+08:00"];
    let backfill = run(&[&["forecast", "backfill"][..], &days, &now].concat(), &site);
    assert!(backfill.status.success(), "{}", text(&backfill));
    let picture = dir.path().join("score.svg");
    let svg = ["--svg", picture.to_str().expect("a path")];
    let score = run(&[&["forecast", "score"][..], &days, &svg].concat(), &site);
    let words = text(&score);
    assert!(score.status.success(), "{words}");
    for part in ["臭氧", "24-47", "漏报", "空报"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let drawn = std::fs::read_to_string(&picture).expect("a picture");
    assert!(drawn.contains("<svg") && drawn.trim_end().ends_with("</svg>"));
    let json = run(&[&["forecast", "score", "--json"][..], &days].concat(), &site);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one JSON object");
    assert!(value["schema"].as_str().is_some_and(|s| s == "cuofeng.forecast.score/2"), "{value}");
    let none = run(&["forecast", "score", "--from", "2020-01-01", "--to", "2020-01-02"], &site);
    assert_ne!(none.status.code(), Some(0), "nothing to compare is not a good score: {}", text(&none));
}

#[test]
fn scores_of_all_regions_are_one_object_and_count_what_rules_look_at_in_their_season() {
    let dir = folder();
    let site = example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let station = "[[feed]]\nname = \"station\"\nkind = \"table\"\nfile = \"feeds/station.csv\"\nlabel = \"空气站\"\nrole = \"observations\"\n\n[schedule]";
    let second = "[[region]]\nid = \"pingan\"\nname = \"平安镇\"\n\n[[feed]]\nname = \"recording\"";
    let source = source.replace("[schedule]", station).replace("[[feed]]\nname = \"recording\"", second);
    std::fs::write(&file, source).expect("the site file");
    let mut rows = "time,region,pm25,o3\n".to_owned();
    for hour in 0..24 * 5 {
        let (day, hour) = (13 + hour / 24, hour % 24);
        writeln!(rows, "2026-09-{day}T{hour:02}:00:00+08:00,wuping,70,60").expect("a row");
    }
    std::fs::write(site.join("feeds/station.csv"), rows).expect("observations");
    let days = ["--from", "2026-09-12", "--to", "2026-09-18"];
    let now = ["--now", "2026-09-20T08:00:00+08:00"];
    let backfill = run(&[&["forecast", "backfill"][..], &days, &now].concat(), &site);
    assert!(backfill.status.success(), "{}", text(&backfill));
    let score = || {
        let output = run(&[&["forecast", "score", "--json"][..], &days].concat(), &site);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("one JSON object")
    };
    let value = score();
    let regions: Vec<&str> =
        value["regions"].as_array().expect("regions").iter().filter_map(|r| r["region"].as_str()).collect();
    assert_eq!(regions, ["wuping", "pingan"], "{value}");
    let quantities = |value: &serde_json::Value| {
        let thresholds =
            value["regions"][0]["sides"][0]["feeds"][0]["thresholds"].as_array().expect("thresholds").clone();
        let name = |t: &serde_json::Value| {
            format!("{} {}", t["quantity"].as_str().unwrap_or(""), t["above"].as_str().unwrap_or(""))
        };
        thresholds.iter().map(name).collect::<Vec<_>>()
    };
    let all = quantities(&value);
    assert!(["pm25_day 60", "pm25_day 115", "o3_8h_day 160"].iter().all(|t| all.contains(&(*t).to_owned())), "{all:?}");
    // What a person entered is nobody's forecast to be scored.
    let entered =
        ["forecast", "add", "--region", "wuping", "--day", "2026-09-14", "--index", "300-320", "--primary", "o3"];
    let entered = run(
        &[&entered[..], &["--source", "某某市局电话", "--by", "邓永亮", "--now", "2026-09-13T08:00:00+08:00"]].concat(),
        &site,
    );
    assert!(entered.status.success(), "{}", text(&entered));
    assert_eq!(score(), value);
    // Out of season ozone is nobody's threshold.
    for (path, bytes) in cuofeng_office::embedded::RULES {
        let target = site.join("rules").join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        let words = String::from_utf8_lossy(bytes).replace("04-01..09-30", "04-01..08-31");
        std::fs::write(target, words).expect("a rule");
    }
    let all = quantities(&score());
    assert!(all.contains(&"pm25_day 60".to_owned()) && !all.contains(&"o3_8h_day 160".to_owned()), "{all:?}");
}

#[test]
fn tables_may_be_workbooks() {
    let dir = folder();
    let site = example(dir.path());
    for name in ["enterprises", "processes", "villages", "staff"] {
        let csv = site.join(format!("{name}.csv"));
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let bytes = std::fs::read(&csv).expect("a table");
        let rows =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice()).into_records();
        for (r, record) in rows.enumerate() {
            for (c, cell) in record.expect("a row").iter().enumerate() {
                let (r, c) = (u32::try_from(r).expect("few rows"), u16::try_from(c).expect("few columns"));
                sheet.write_string(r, c, cell.trim_start_matches('\u{feff}')).expect("a cell");
            }
        }
        book.save(site.join(format!("{name}.xlsx"))).expect("a workbook");
        std::fs::remove_file(csv).expect("the CSV");
    }
    let from_books = run(&["once", "--now", office::MORNING[2]], &site);
    assert!(from_books.status.success(), "{}", text(&from_books));
    let other = folder();
    let plain = example(other.path());
    assert!(run(&office::MORNING, &plain).status.success());
    let names = |site: &Path| letters(site).into_keys().collect::<Vec<_>>();
    assert_eq!(names(&site), names(&plain), "the same people, told the same way");
}

#[test]
fn each_feed_that_the_new_site_describes_is_understood_when_uncommented() {
    let dir = folder();
    let (mut name, mut block, mut blocks) = (String::new(), String::new(), Vec::new());
    let new = cuofeng_office::embedded::NEW.iter().find(|(path, _)| *path == "cuofeng.toml").expect("a site file").1;
    let source = String::from_utf8(new.to_vec()).expect("UTF-8");
    for line in source.lines() {
        if let Some(head) = line.strip_prefix("# --- ") {
            (name, block) = (head.split('：').next().unwrap_or("").to_owned(), String::new());
        } else if line == "# ---" {
            blocks.push((name.clone(), block.clone()));
        } else if let Some(text) = line.strip_prefix("# ").filter(|t| t.starts_with('[') || t.contains(" = ")) {
            block.extend([text, "\n"]);
        }
    }
    assert_eq!(blocks.len(), 8, "{blocks:?}");
    for (name, block) in blocks {
        let site = dir.path().join(&name);
        assert!(office::cuofeng().arg("init").arg(&site).output().expect("the program").status.success());
        let places =
            source.replace("# latitude", "latitude").replace("# longitude", "longitude").replace("# city", "city");
        let edited = places.replace("[forecast]", &format!("{block}\n[forecast]"));
        assert!(edited.len() > source.len() + 20, "{name}");
        std::fs::write(site.join("cuofeng.toml"), office::own_words(&edited)).expect("the site file");
        // What the feed reads is there already.
        std::fs::create_dir_all(site.join("feeds/bulletins")).expect("a folder");
        std::fs::write(site.join("feeds/station.csv"), "时间,臭氧,PM2.5,CO\n").expect("a table");
        std::fs::write(site.join("feeds/long.csv"), "date,hour,type,1001A\n").expect("a table");
        std::fs::write(site.join("feeds/daily.csv"), "发布时间,日期,AQI,级别,首要污染物\n").expect("a table");
        // RFC 8410, 10.3: the sample key.
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        std::fs::write(site.join("qweather.pem"), key).expect("a key");
        let check = run(&["check"], &site);
        assert!(check.status.success(), "{name}: {}", text(&check));
    }
}
