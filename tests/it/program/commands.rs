//! Commands, and what the READMEs say of them.

use std::path::Path;
use std::process::Stdio;

use crate::office::{self, cuofeng, folder, run, text};

#[test]
fn the_index_is_told_for_values_and_for_rows() {
    let aqi =
        |args: &[&str]| cuofeng().arg("aqi").args(["--standard", "hj633-2026", "--period", "day"]).args(args).output();
    // By HJ 633-2026, table 3: PM2.5 75 gives 114, ozone 161 gives 101.
    let told = text(&aqi(&["pm25=75", "o3_8h=161"]).expect("the program"));
    assert!(
        told.contains("AQI 114 轻度污染") && told.contains("首要污染物：pm25") && told.contains("IAQI 101"),
        "{told}"
    );
    let low = text(&aqi(&["pm25=30"]).expect("the program"));
    assert!(low.contains("NA"), "{low}");
    let fair = text(&aqi(&["pm25=50"]).expect("the program"));
    assert!(fair.contains("AQI NA") && !fair.contains("首要污染物"), "{fair}");
    assert_eq!(aqi(&["pm25=75", "pm25=300"]).expect("the program").status.code(), Some(2), "which of the two?");
    assert_eq!(aqi(&["pm2.5=75"]).expect("the program").status.code(), Some(2));
    let mut child = cuofeng()
        .args(["aqi", "--standard", "hj633-2012", "--period", "day", "--csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = child.stdin.take().expect("its input");
    std::io::Write::write_all(
        &mut input,
        "\u{feff}pollutant,concentration\npm25,75\nco, 0.9\no3_8h,801\npm10,NA\nno2,\n".as_bytes(),
    )
    .expect("rows");
    drop(input);
    let output = child.wait_with_output().expect("the program");
    let rows = "pollutant,concentration,iaqi\npm25,75,100\nco, 0.9,23\no3_8h,801,NA\npm10,NA,\nno2,,\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), rows);
}

#[test]
fn other_standards_are_told_in_their_own_units_and_levels() {
    let aqi = |args: &[&str]| text(&cuofeng().arg("aqi").args(args).output().expect("the program"));
    let epa = aqi(&["--standard", "us-epa-2024", "--period", "day", "o3_8h=0.0715", "pm25=35.9"]);
    assert!(epa.contains("AQI 102") && epa.contains("0.071 ppm") && epa.contains("35.9 µg/m³"), "{epa}");
    let europe = aqi(&["--standard", "eu-eaqi", "--period", "hour", "pm25=51", "o3=60"]);
    assert!(europe.contains("差，第 4 级（共 6 级") && !europe.contains("AQI 4"), "{europe}");
    let json = aqi(&["--json", "--standard", "eu-eaqi", "--period", "hour", "pm25=51"]);
    assert!(json.contains("\"aqi\":null") && json.contains("\"index_level\":4"), "{json}");
    let none = cuofeng().args(["aqi", "--standard", "us-epa-2024", "--period", "hour", "pm25=9"]).output();
    assert_eq!(none.expect("the program").status.code(), Some(2));
}

#[test]
fn what_can_not_be_understood_exits_with_2() {
    let dir = folder();
    let far = ["once", "--now", "+262142-12-31T00:00:00Z"];
    for args in [&["nonsense"][..], &["once", "--now", "yesterday"], &far, &["check", "--lang", "fr"]] {
        assert_eq!(run(args, dir.path()).status.code(), Some(2), "{args:?}");
    }
    let check = run(&["check"], dir.path());
    assert_eq!(check.status.code(), Some(1), "{}", text(&check));
}

#[test]
fn a_new_site_is_fine_but_for_what_only_its_owner_knows() {
    let dir = folder();
    let site = dir.path().join("office");
    let init = cuofeng().arg("init").arg(&site).output().expect("the program");
    assert!(init.status.success(), "{}", text(&init));
    let errors = |wanted: i32| {
        let check = run(&["check", "--json"], &site);
        assert_eq!(check.status.code(), Some(wanted), "{}", text(&check));
        let value: serde_json::Value = serde_json::from_slice(&check.stdout).expect("one JSON object");
        assert_eq!(value["schema"], "cuofeng.check/1");
        let all = value["problems"].as_array().expect("problems").clone();
        let of = |severity: &str| -> Vec<(String, i64)> {
            let found = all.iter().filter(|p| p["severity"] == severity && p["code"] == "site.untouched");
            found.map(|p| (p["file"].as_str().unwrap_or("").to_owned(), p["line"].as_i64().unwrap_or(0))).collect()
        };
        assert_eq!(value["errors"], of("error").len());
        (of("error"), of("warning"))
    };
    let at = |line| ("cuofeng.toml".to_owned(), line);
    let source = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    let line = |words: &str| {
        let place = source.lines().position(|line| line.starts_with(words)).expect("the line");
        at(i64::try_from(place).expect("a number") + 1)
    };
    let untouched = vec![line("name = \"某某镇生态"), line("phone"), line("name = \"某某镇\""), line("label")];
    assert_eq!(errors(1), (untouched.clone(), vec![]), "a site at work says whose it is");
    // What an exercise says reaches the office alone; which mode it is in, the database says.
    let exercise = source.replace("# mode = \"exercise\"", "mode = \"exercise\"");
    std::fs::write(site.join("cuofeng.toml"), exercise).expect("the site file");
    assert_eq!(errors(0), (vec![], untouched.clone()));
    assert!(!site.join("state").exists(), "check leaves nothing behind");
    std::fs::write(site.join("staff.csv"), "姓名,角色\n王某,签发\n").expect("staff");
    let set = run(&["mode", "set", "live", "--by", "王某", "--reason", "试用结束"], &site);
    assert!(set.status.success(), "{}", text(&set));
    assert_eq!(errors(1), (untouched, vec![]));
    std::fs::write(site.join("cuofeng.toml"), office::own_words(&source)).expect("the site file");
    assert_eq!(errors(0), (vec![], vec![]));
    assert_eq!(cuofeng().arg("init").arg(&site).output().expect("the program").status.code(), Some(2));
}

fn write_forecast(path: &Path) {
    use chrono::{Duration, DurationRound, SecondsFormat, Utc};
    let header = std::fs::read_to_string(path).expect("the header that init wrote");
    let columns = header.trim().split(',').count();
    let issued = Utc::now().duration_trunc(Duration::hours(1)).expect("an hour");
    let rows: Vec<String> = (0..72)
        .map(|h| {
            let time = |t: chrono::DateTime<Utc>| t.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("{},{},town{}\n", time(issued), time(issued + Duration::hours(h)), ",10".repeat(columns - 3))
        })
        .collect();
    std::fs::write(path, header + &rows.concat()).expect("a forecast");
}

/// A word as a shell gives it to a program: with a `*` in its last part, the files that are meant.
fn expanded(folder_of: &Path, word: &str) -> Vec<String> {
    let Some((folder, (head, tail))) =
        word.rsplit_once('/').and_then(|(folder, file)| Some((folder, file.split_once('*')?)))
    else {
        return vec![word.to_owned()];
    };
    let entries = std::fs::read_dir(folder_of.join(folder)).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(head) && name.ends_with(tail)).map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn every_command_of_the_readmes_and_the_manuals_works() {
    let dir = folder();
    for readme in ["README.md", "README.zh-CN.md", "docs/manual.md", "docs/manual.zh-CN.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
        let source = std::fs::read_to_string(path).expect("a page");
        let work = dir.path().join(readme);
        std::fs::create_dir_all(&work).expect("a folder");
        let mut commands = 0;
        for block in source.split("```sh\n").skip(1) {
            for line in block.split("```").next().unwrap_or("").lines().filter(|l| !l.trim().is_empty()) {
                let line = line.split('#').next().unwrap_or("").trim();
                // These two are what runs this test and what CI runs; the rest is executed here.
                let line = line.replace("cargo run --release --", "cuofeng");
                if line == "scripts/test" || line.starts_with("cargo install") {
                    continue;
                }
                let mut words = line.split_whitespace();
                let program = words.next().unwrap_or("");
                assert_eq!(program, "cuofeng", "{readme}: {line}");
                let args: Vec<String> = words.flat_map(|word| expanded(&work, word)).collect();
                let first = args.first().map(String::as_str);
                let mut command = cuofeng();
                command.args(&args).current_dir(&work).stderr(Stdio::piped()).stdout(Stdio::null());
                if first == Some("run") {
                    let mut child = command.spawn().expect("the service");
                    let log = std::io::BufReader::new(child.stderr.take().expect("its log"));
                    let first = std::io::BufRead::lines(log).next();
                    child.kill().expect("kill");
                    child.wait().expect("the service");
                    assert!(first.is_some_and(|l| l.is_ok_and(|l| l.contains("working"))), "{readme}: {line}");
                } else {
                    let output = command.output().expect("the program");
                    assert!(output.status.success(), "{readme}: {line}: {}", text(&output));
                }
                if first == Some("init") {
                    // Step 1 of the README is the office's, step 3 the provider's: a calm forecast made this hour.
                    let file = work.join("office/cuofeng.toml");
                    let source = std::fs::read_to_string(&file).expect("the site file");
                    std::fs::write(file, office::own_words(&source)).expect("the site file");
                    write_forecast(&work.join("office/feeds/forecast.csv"));
                }
                commands += 1;
            }
        }
        assert!(commands >= 5, "{readme}: {commands}");
    }
}
