//! Where a forecast comes from, how old it is and whose it is, as office staff see it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::far_side::{Answer, FarSide};
use crate::office::{self, example, folder, run, text};

/// The example site with these feeds in place of its own; its region lies in the city of 重庆.
fn site(dir: &Path, feeds: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let (head, tail) = source.split_once("[[feed]]").expect("a feed");
    let (_, tail) = tail.split_once("\n\n").expect("the end of the feed");
    let place = "name = \"武平镇\"\nlatitude = 29.56\nlongitude = 106.58\ncity = \"重庆市\"\n";
    let head = head.replace("name = \"武平镇\"\n", place);
    std::fs::write(&file, format!("{head}{feeds}\n\n{tail}")).expect("the site file");
    site
}

fn table(name: &str) -> String {
    format!(
        "[[feed]]\nname = \"{name}\"\nkind = \"table\"\nfile = \"feeds/{name}.csv\"\nlabel = \"{name}中心\"\nfresh_hours = 12\n"
    )
}

/// Rows of `variable` for 72 hours from the issue on.
fn rows(site: &Path, name: &str, issued: &str, variable: &str, value: i32) {
    let at: chrono::DateTime<chrono::FixedOffset> = issued.parse().expect("a time");
    let mut text = format!("issued,time,region,{variable}\n");
    for hour in 0..72 {
        let time = (at + chrono::Duration::hours(hour)).to_rfc3339();
        writeln!(text, "{issued},{time},wuping,{value}").expect("a row");
    }
    std::fs::write(site.join(format!("feeds/{name}.csv")), text).expect("a table");
}

fn bulletins(site: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(site.join("feeds/bulletins")).expect("a folder");
    std::fs::write(site.join("feeds/bulletins").join(name), text).expect("a bulletin");
}

const BUREAU: &str =
    "[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nfolder = \"feeds/bulletins\"\nlabel = \"某某市生态环境局\"\n";

fn show(site: &Path, now: &str) -> (Value, Output) {
    let output = run(&["forecast", "show", "--json", "--now", now], site);
    (serde_json::from_slice(&output.stdout).expect("one JSON object"), output)
}

#[test]
fn a_bulletin_saved_before_its_hour_is_read_when_its_hour_has_come() {
    let dir = folder();
    let site = site(dir.path(), BUREAU);
    let head = |at: &str| format!("某某市空气质量预报\n某某市生态环境监测中心 {at}\n");
    let earlier = "11月25日,预测日均空气质量为良,首要污染物为PM2.5,AQI:70-100。\n";
    bulletins(&site, "1124.txt", &format!("{}{earlier}", head("2026年11月24日17时")));
    assert!(run(&["once", "--now", "2026-11-25T16:40:00+08:00"], &site).status.success());
    let later = "11月26日,预测日均空气质量为重度污染,首要污染物为PM2.5,AQI:210-240。\n11月27日：中度污染，PM10。\n";
    bulletins(&site, "1125.txt", &format!("{}{later}", head("2026年11月25日17时")));
    assert!(run(&["once", "--now", "2026-11-25T16:50:00+08:00"], &site).status.success());
    assert!(!text(&run(&["bulletin", "list"], &site)).contains("11月27日"), "not before its hour");
    assert!(run(&["once", "--now", "2026-11-25T20:00:00+08:00"], &site).status.success());
    let (value, _) = show(&site, "2026-11-25T20:00:00+08:00");
    let days = value["regions"][0]["days"].as_array().expect("days");
    let day = days.iter().find(|d| d["day"] == "2026-11-26").expect("the day of the later bulletin");
    assert_eq!(day["aqi"], 225, "half way from 210 to 240");
    assert!(text(&run(&["bulletin", "list"], &site)).contains("11月27日：中度污染"));
    // A slip of the pen is told of, and nothing is set aside that nobody could confirm.
    bulletins(&site, "1126.txt", &format!("{}{later}", head("2027年11月25日17时")));
    let once = run(&["once", "--now", "2026-11-25T20:10:00+08:00"], &site);
    assert!(text(&once).contains("2027-11-25"), "{}", text(&once));
}

#[test]
fn a_notice_from_days_alone_names_its_source_and_none_names_nobody() {
    let dir = folder();
    let site = site(dir.path(), BUREAU);
    let bulletin = "某某市空气质量预报\n某某市生态环境监测中心 2026年11月25日17时\n\
        11月26日,预测日均空气质量为重度污染,首要污染物为PM2.5或PM10,AQI:210-240。\n\
        11月27日,预测日均空气质量为重度污染,首要污染物为PM2.5或PM10,AQI:210-240。\n";
    bulletins(&site, "1125.txt", bulletin);
    assert!(run(&["once", "--now", "2026-11-25T20:00:00+08:00"], &site).status.success());
    let mails = office::mails(&site);
    assert!(mails.contains("数据来源：某某市生态环境局，11月25日17:00发布的预报"), "{mails}");
    assert!(!mails.contains("数据来源：，") && !mails.contains("数据：，"), "{mails}");
    let words = text(&run(&["forecast", "show", "--now", "2026-11-25T20:00:00+08:00"], &site));
    let row = words.lines().find(|l| l.contains("11月26日")).expect("a row");
    assert!(row.contains("bureau"), "{row}");
}

#[test]
fn what_is_for_verification_only_is_scored_and_decides_nothing() {
    let dir = folder();
    // 18:00 of the page is the mean from 17 to 18 o'clock of 25 November: 1795600800 s.
    let body = r#"[{"TimePoint":"/Date(1795600800000)/","Area":"重庆市","CityCode":"500000","PM2_5":"250","PM10":"300","SO2":"4","NO2":"10","CO":"0.7","O3":"30"}]"#;
    let far_side = FarSide::start(move |_| Answer::ok(body));
    let cnemc = format!("[[feed]]\nname = \"cnemc\"\nkind = \"cnemc\"\nurl = \"{}\"\n", far_side.url);
    let site = site(dir.path(), &format!("{}\n{cnemc}", table("model")));
    rows(&site, "model", "2026-11-25T12:00:00+08:00", "pm25", 30);
    let now = "2026-11-25T18:20:00+08:00";
    assert!(run(&["once", "--now", now], &site).status.success());
    let (value, _) = show(&site, now);
    let hours = value["regions"][0]["hours"].as_array().expect("hours");
    let hour = hours.iter().find(|h| h["hour"] == "2026-11-25T17:00:00+08:00").expect("the hour");
    assert_eq!((&hour["values"]["pm25"]["value"], &hour["values"]["pm25"]["feed"]), (&30.into(), &"model".into()));
    let feeds = value["regions"][0]["feeds"].as_array().expect("feeds");
    let cnemc = feeds.iter().find(|f| f["feed"] == "cnemc").expect("every feed that serves the region is listed");
    assert!(cnemc["state"] == "read" && cnemc["label"].as_str().is_some_and(|l| l.contains("监测总站")), "{cnemc}");
    let days = ["--from", "2026-11-25", "--to", "2026-11-25"];
    let score = run(&[&["forecast", "score", "--json"][..], &days].concat(), &site);
    let value: Value = serde_json::from_slice(&score.stdout).expect("one JSON object");
    let feed = &value["regions"][0]["sides"][0]["feeds"][0];
    assert_eq!(feed["hourly"][0]["errors"]["bias"], -220.0, "30 against 250");
    assert_eq!(feed["provider"], "model中心");
    let nowhere = run(&[&["forecast", "score", "--region", "nope"][..], &days].concat(), &site);
    assert!(nowhere.status.code() == Some(2) && text(&nowhere).contains("nope"), "{}", text(&nowhere));
    let picture = run(&[&["forecast", "score", "--svg", "/nowhere/x.svg"][..], &days].concat(), &site);
    assert!(picture.status.success() || text(&picture).contains("/nowhere/x"), "{}", text(&picture));
}

#[test]
fn fresh_weather_hides_no_stale_air() {
    let dir = folder();
    let site = site(dir.path(), &format!("{}\n{}", table("air"), table("weather")));
    rows(&site, "air", "2026-07-13T07:00:00+08:00", "o3", 190);
    rows(&site, "weather", "2026-07-15T07:00:00+08:00", "temperature", 35);
    let now = "2026-07-15T08:00:00+08:00";
    let once = run(&["once", "--now", now], &site);
    let (value, output) = show(&site, now);
    assert_eq!(output.status.code(), Some(1), "49 hours old, limit 12");
    assert!(
        value["regions"][0]["usable"] == false
            && value["regions"][0]["reason"].as_str().is_some_and(|r| r.contains("air"))
    );
    assert!(!office::mails(&site).contains("错峰"), "nothing is raised from old hours: {}", text(&once));
    let told = office::mails(&site);
    assert!(told.contains("没有可用的空气质量预报"), "duty staff are told: {told}");
}

#[test]
fn the_nights_fires_are_asked_for_at_eight_in_the_morning() {
    let dir = folder();
    let head = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n";
    let row =
        |day: &str, time: u32| format!("29.56,106.58,319.19,0.39,0.36,{day},{time},N20,VIIRS,n,2.0NRT,295.82,2.22,N\n");
    let body = format!("{head}{}{}", row("2026-11-24", 1830), row("2026-12-24", 1830));
    let far_side = FarSide::start(move |_| Answer::ok(body.clone()));
    let firms =
        format!("[[feed]]\nname = \"firms\"\nkind = \"firms\"\nurl = \"{}\"\nkey_file = \"map.key\"\n", far_side.url);
    let site = site(dir.path(), &format!("{}\n{firms}", table("model")));
    rows(&site, "model", "2026-11-25T07:00:00+08:00", "pm25", 30);
    // Without its key the feed says so, and the others are read all the same.
    let now = "2026-11-25T08:00:00+08:00";
    let once = run(&["once", "--now", now], &site);
    assert!(text(&once).contains("map.key") && far_side.asked().is_empty(), "{}", text(&once));
    assert!(show(&site, now).1.status.success(), "the table was read");
    let check = run(&["check"], &site);
    assert!(!check.status.success() && text(&check).contains("map.key"), "{}", text(&check));
    std::fs::write(site.join("map.key"), "k").expect("a key");
    let once = run(&["once", "--now", now], &site);
    // 8 o'clock in China is midnight of UTC: the night lies in the UTC day before.
    assert!(far_side.asked()[0].target.ends_with("/2"), "{}", far_side.asked()[0].target);
    assert!(text(&once).contains("2026-12-24"), "a sighting of next month is left out and told of: {}", text(&once));
}

#[test]
fn a_fire_is_told_to_the_village_it_is_near_even_while_the_forecast_is_stale() {
    let dir = folder();
    let head = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n";
    let body = format!("{head}29.57,106.58,319.19,0.39,0.36,2026-11-24,1830,N20,VIIRS,n,2.0NRT,295.82,2.22,N\n");
    let far_side = FarSide::start(move |_| Answer::ok(body.clone()));
    let firms =
        format!("[[feed]]\nname = \"firms\"\nkind = \"firms\"\nurl = \"{}\"\nkey_file = \"map.key\"\n", far_side.url);
    let site = site(dir.path(), &format!("{}\n{firms}", table("model")));
    std::fs::write(site.join("map.key"), "k").expect("a key");
    rows(&site, "model", "2026-11-20T07:00:00+08:00", "pm25", 30);
    // 石门坎村 lies about a kilometre from the fire, 青杠村 some twenty-nine.
    let villages = std::fs::read_to_string(site.join("villages.csv")).expect("a table");
    let place = |line: &str| match line.split(',').nth(1) {
        Some("name") => format!("{line},latitude,longitude\n"),
        Some("石门坎村") => format!("{line},29.56,106.58\n"),
        Some("青杠村") => format!("{line},29.76,106.78\n"),
        _ => format!("{line},,\n"),
    };
    std::fs::write(site.join("villages.csv"), villages.lines().map(place).collect::<String>()).expect("a table");
    let once = run(&["once", "--now", "2026-11-25T08:00:00+08:00"], &site);
    let letters = office::letters(&site);
    let told: Vec<&String> = letters.keys().filter(|name| name.starts_with("fire-") && name.contains(".sms")).collect();
    assert!(
        !told.is_empty() && told.iter().all(|name| name.contains("keeper-500199001202")),
        "{told:?}: {}",
        text(&once)
    );
    let mails = office::mails(&site);
    for words in ["疑似火点", "NASA FIRMS"] {
        assert!(mails.contains(words), "{words}: {mails}");
    }
    assert!(!mails.contains("预报值 1"), "a sighting is no forecast: {mails}");
}

#[test]
fn a_backfill_keeps_quiet_when_asked_to_and_names_its_provider() {
    let dir = folder();
    let busy = r#"{"error":true,"reason":"Daily API request limit exceeded. Please try again tomorrow."}"#;
    let far_side = FarSide::start(move |_| Answer::status(429, busy));
    let feed = |url: &str| {
        format!("[[feed]]\nname = \"cams\"\nkind = \"open_meteo\"\nair_url = \"{url}\"\nparts = [\"air\"]\n")
    };
    let first = site(dir.path(), &feed(&far_side.url));
    let backfill =
        ["forecast", "backfill", "--from", "2026-07-14", "--to", "2026-07-15", "--now", "2026-07-15T20:00:00+08:00"];
    assert_eq!(run(&backfill, &first).status.code(), Some(1));
    let asked = far_side.asked().len();
    assert_eq!(asked, 1);
    let again = run(&backfill, &first);
    assert_eq!(far_side.asked().len(), asked, "not asked while it wants quiet: {}", text(&again));
    let other = folder();
    let times: Vec<String> = (0..48).map(|h| (1_783_958_400 + h * 3600).to_string()).collect();
    let body = format!(
        r#"{{"utc_offset_seconds":0,"hourly_units":{{"ozone":"μg/m³"}},"hourly":{{"time":[{}],"ozone":[{}]}}}}"#,
        times.join(","),
        ["80"; 48].join(",")
    );
    let good = FarSide::start(move |_| Answer::ok(body.clone()));
    let second = site(other.path(), &feed(&good.url));
    assert!(run(&backfill, &second).status.success(), "{}", text(&run(&backfill, &second)));
    let (value, output) = show(&second, "2026-07-15T20:00:00+08:00");
    let cams = &value["regions"][0]["feeds"][0];
    assert!(cams["attributions"][0].as_str().is_some_and(|a| a.contains("Open-Meteo")), "{cams}");
    assert_eq!((output.status.code(), &cams["state"]), (Some(1), &"missing".into()), "an archive is no fresh forecast");
}

#[test]
fn a_corrected_value_is_marked_and_shown_beside_what_the_feed_said() {
    let dir = folder();
    let station = "[[feed]]\nname = \"station\"\nkind = \"table\"\nfile = \"feeds/station.csv\"\nlabel = \"空气站\"\nrole = \"observations\"\n";
    let site = site(dir.path(), &format!("{}\n{station}\n[forecast]\nbias_days = 7", table("model")));
    let (mut runs, mut seen) = ("issued,time,region,o3\n".to_owned(), "time,region,o3\n".to_owned());
    for day in 10..18 {
        for hour in 0..48 {
            let (later, hour) = (day + hour / 24, hour % 24);
            writeln!(runs, "2026-07-{day}T00:00:00+08:00,2026-07-{later}T{hour:02}:00:00+08:00,wuping,60")
                .expect("a row");
            if later == day && (day < 17 || hour < 8) {
                writeln!(seen, "2026-07-{day}T{hour:02}:00:00+08:00,wuping,80").expect("a row");
            }
        }
    }
    std::fs::write(site.join("feeds/model.csv"), runs).expect("a table");
    std::fs::write(site.join("feeds/station.csv"), seen).expect("a table");
    let now = "2026-07-17T08:00:00+08:00";
    let past = ["forecast", "backfill", "--from", "2026-07-10", "--to", "2026-07-17", "--now", now];
    let filled = run(&past, &site);
    assert!(text(&filled).contains("实测 176 小时"), "7 days and 8 hours: {}", text(&filled));
    let (value, _) = show(&site, now);
    let hours = value["regions"][0]["hours"].as_array().expect("hours");
    let at = |hour: &str| {
        let hour =
            hours.iter().find(|h| h["hour"] == format!("2026-07-17T{hour}:00:00+08:00").as_str()).expect("an hour");
        (
            hour["values"]["o3"]["kind"].clone(),
            hour["values"]["o3"]["value"].clone(),
            hour["values"]["o3"]["as_issued"].clone(),
        )
    };
    assert_eq!(at("15"), ("corrected".into(), 80.into(), 60.into()));
    assert_eq!(at("07"), ("observed".into(), 80.into(), Value::Null));
    let table = text(&run(&["forecast", "show", "--hours", "--now", now], &site));
    assert!(table.contains("80^") && table.contains("80*") && table.contains("> 7月17日08:00"), "{table}");
}
