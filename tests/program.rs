//! The program as its users run it.

mod office;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use office::{MORNING, cuofeng, example, folder, letters, run, text};

#[test]
fn the_demo_tells_everyone_once_and_says_so_the_second_time() {
    let dir = folder();
    let first = run(&["demo"], dir.path());
    assert!(first.status.success(), "{}", text(&first));
    let words = text(&first);
    for part in ["臭氧错峰生产提示（第 1 次，首次）", "秸秆禁烧提示", "人工转达提醒", "邮件", "短信", "广播", "催办"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(words.lines().count() <= 40, "{} lines: {words}", words.lines().count());
    let before = letters(dir.path());
    let second = run(&["demo"], dir.path());
    assert!(second.status.success() && text(&second).contains("没有新的可发"), "{}", text(&second));
    assert_eq!(letters(dir.path()), before);
}

#[test]
fn the_readmes_quote_what_the_demo_prints() {
    for (readme, lang) in [("README.md", "en"), ("README.zh-CN.md", "zh")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
        let source = std::fs::read_to_string(path).expect("a page");
        let dir = folder();
        let printed = text(&run(&["demo", "--lang", lang], dir.path()));
        let quoted: Vec<&str> =
            source.lines().skip_while(|l| !l.starts_with('┌')).take_while(|l| *l != "```").collect();
        assert!(quoted.len() >= 8, "{readme}: {quoted:?}");
        for line in quoted {
            assert!(printed.lines().any(|l| l == line), "{readme}: `{line}` is not in {printed}");
        }
    }
}

#[test]
fn the_demo_begins_on_the_day_asked_for_and_refuses_another_day_in_the_same_folder() {
    let dir = folder();
    let first = run(&["demo", "--now", "2027-05-01T08:00:00+08:00"], dir.path());
    assert!(first.status.success(), "{}", text(&first));
    assert!(letters(dir.path()).keys().any(|name| name.starts_with("ozone-wuping-20270501-1.r1.")));
    let other = run(&["demo", "--now", "2027-06-01T08:00:00+08:00"], dir.path());
    assert_eq!(other.status.code(), Some(2), "{}", text(&other));
}

#[test]
fn a_notice_says_who_speaks_to_whom_why_when_what_to_move_and_whom_to_call() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let letters = letters(&site);
    let (_, sms) = letters.iter().find(|(n, _)| n.contains("E038.sms")).expect("an SMS");
    for part in [
        "【武平镇生态环境办公室】",
        "大田坝汽车销售服务中心",
        "臭氧错峰生产提示：9月12日至14日每日10—17时",
        "喷烤漆房喷涂、喷烤漆房烘干10—17时停",
        "可做时间见邮件",
        "回复1知晓",
        "023-00000001",
        "条",
    ] {
        assert!(sms.contains(part), "{part}: {sms}");
    }
    for (name, text) in letters.iter().filter(|(n, _)| !n.contains(".duty-") && !n.contains(".eml")) {
        for word in ["预警", "红色", "橙色", "黄色", "蓝色"] {
            assert!(!text.contains(word), "{name} says {word}: only an official order may");
        }
    }
}

#[test]
fn where_the_first_contact_has_no_number_the_backup_is_told() {
    let dir = folder();
    let site = example(dir.path());
    let table = site.join("enterprises.csv");
    let source = std::fs::read_to_string(&table).expect("a table");
    std::fs::write(&table, source.replace("蒋建茂,10000000127,", "蒋建茂,,")).expect("a table");
    assert!(run(&MORNING, &site).status.success());
    let letters = letters(&site);
    let (_, sms) = letters.iter().find(|(n, _)| n.contains("E026.sms")).expect("an SMS");
    assert!(sms.contains("100****0128"), "{sms}");
}

#[test]
fn an_outside_reader_reads_the_mail() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let script = "import email,sys,glob\nfrom email import policy\n\
        for f in sorted(glob.glob(sys.argv[1]+'/*.eml')):\n\
        \x20   m=email.message_from_binary_file(open(f,'rb'),policy=policy.default)\n\
        \x20   assert not m.defects, (f, m.defects)\n\
        \x20   print(m['Subject'], m['To'], m['Message-ID'], m['Auto-Submitted'])\n\
        \x20   print(m.get_body().get_content())\n";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(site.join("out")).output().expect("python3");
    let words = text(&output);
    assert!(output.status.success(), "{words}");
    for part in [
        "臭氧错峰生产提示（2026年9月12日）",
        "柏树垭页岩砖厂",
        "降低负荷约 20%",
        "臭氧将超标。建议贵单位",
        "高于 GB 3095-2026 二级浓度限值 160",
        "参考值",
        "auto-generated",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for word in ["预警", "橙色", "黄色"] {
        assert!(!words.contains(word), "{word}");
    }
}

#[test]
fn whatever_moment_the_program_is_killed_every_notice_arrives_and_none_twice() {
    let whole = folder();
    let site = example(whole.path());
    assert!(run(&MORNING, &site).status.success());
    let expected: Vec<String> = letters(&site).into_keys().collect();
    assert!(expected.len() >= 30, "{expected:?}");
    for round in 0..25 {
        let dir = folder();
        let site = example(dir.path());
        // Kill at a moment that moves through the whole run: after so many letters, or so early that there are none.
        let letters_before = round * expected.len() / 24;
        let mut child = cuofeng()
            .args(MORNING)
            .arg("--site")
            .arg(&site)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        while child.try_wait().expect("a child").is_none() && letters(&site).len() < letters_before {
            std::thread::yield_now();
        }
        child.kill().expect("kill -9");
        child.wait().expect("a child");
        let again = run(&["once", "--now", "2026-09-12T08:05:00+08:00"], &site);
        assert!(again.status.success(), "round {round}: {}", text(&again));
        assert_eq!(letters(&site).into_keys().collect::<Vec<_>>(), expected, "round {round}");
    }
}

#[test]
fn bad_input_gets_its_message_and_leaves_what_was_good_in_force() {
    // file, what is replaced, by what, words of the message
    let cases = [
        ("rules/ozone.toml", "微克每立方米", "米每秒", "不能用 米每秒 作单位"),
        ("rules/ozone.toml", "[[rule]]", "[[rule", "怎么办"),
        ("enterprises.csv", "E026,", "E027,", "重复"),
        ("templates/zh/ozone/enterprise.sms.txt", "{{ phone }}", "{{ phonne }}", "模板有错"),
        ("cuofeng.toml", "Asia/Shanghai", "America/New_York", "时钟会调整"),
        ("cuofeng.toml", "[schedule]", "[forecast]\nfull_days = 4000000000\n[schedule]", "应在 0 到 36500 之间"),
    ];
    for (file, from, to, words) in cases {
        let dir = folder();
        let site = example(dir.path());
        assert!(run(&MORNING, &site).status.success());
        let before = letters(&site);
        let path = site.join(file);
        let builtin = cuofeng_office::embedded::RULES.iter().map(|(p, b)| (format!("rules/{p}"), *b));
        let builtin =
            builtin.chain(cuofeng_office::embedded::TEMPLATES.iter().map(|(p, b)| (format!("templates/{p}"), *b)));
        let source = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) => builtin
                .filter(|(p, _)| p == file)
                .map(|(_, b)| String::from_utf8_lossy(b).into_owned())
                .next()
                .expect("a built-in file"),
        };
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, source.replacen(from, to, 1)).expect("a file");
        office::rested(&path);
        let check = run(&["check"], &site);
        assert_eq!(check.status.code(), Some(1), "{file}: {}", text(&check));
        assert!(text(&check).contains(words), "{file}: {}", text(&check));
        assert!(text(&check).contains(file.rsplit('/').next().unwrap_or(file)), "{file}: {}", text(&check));
        let once = run(&["once", "--now", "2026-09-12T08:10:00+08:00"], &site);
        assert_eq!(once.status.code(), Some(1), "{file}: {}", text(&once));
        assert!(!text(&once).contains("panicked"), "{file}: {}", text(&once));
        assert!(text(&once).contains(words) && text(&once).contains("没有错误的那一版"), "{file}: {}", text(&once));
        let (told, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            letters(&site).into_iter().partition(|(name, _)| name.starts_with("files-"));
        assert!(!told.is_empty() && told.keys().all(|name| name.contains(".raise.duty-")), "{file}: {told:?}");
        assert_eq!(rest, before, "{file}: nothing else may be sent");
    }
}

#[test]
fn what_a_person_has_decided_leaves_with_the_next_cycle_whatever_is_wrong_with_the_files() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let table = site.join("enterprises.csv");
    let good = std::fs::read_to_string(&table).expect("a table");
    std::fs::write(&table, good.replacen("E026,", "E027,", 1)).expect("a table");
    office::rested(&table);
    let now = "2026-09-12T08:30:00+08:00";
    let lift = ["warnings", "lift", "ozone-wuping-20260912-1", "--by", "罗代泉", "--reason", "雷雨", "--now", now];
    assert!(run(&lift, &site).status.success());
    let once = run(&["once", "--json", "--now", "2026-09-12T08:31:00+08:00"], &site);
    assert_eq!(once.status.code(), Some(1), "{}", text(&once));
    let report: serde_json::Value = serde_json::from_slice(&once.stdout).expect("one JSON object");
    assert!(report["files"][0]["file"] == "enterprises.csv", "{report}");
    let lifted = |name: &String| name.contains(".lift.enterprise-");
    assert!(letters(&site).keys().filter(|name| lifted(name)).count() > 10, "{}", text(&once));
    // Told once; and once more when the files are right.
    let about = || letters(&site).keys().filter(|name| name.starts_with("files-")).count();
    let told = about();
    assert_eq!(run(&["once", "--now", "2026-09-12T08:40:00+08:00"], &site).status.code(), Some(1));
    assert_eq!(about(), told);
    std::fs::write(&table, good).expect("a table");
    office::rested(&table);
    assert!(run(&["once", "--now", "2026-09-12T08:50:00+08:00"], &site).status.success());
    assert_eq!(about(), 2 * told);
    // What is only tried is tried with the files as they are.
    std::fs::write(&table, "nothing").expect("a table");
    assert_eq!(run(&["once", "--dry-run"], &site).status.code(), Some(2));
}

#[test]
fn a_cell_that_is_no_number_costs_its_hour_and_a_table_without_its_columns_costs_nothing_that_was_known() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site);
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    // One in the run that is in force by then, one in the last run, of which `check` speaks.
    let broken = whole.replacen(",wuping,", ",wuping,NaN", 1);
    let (earlier, last) = broken.rsplit_once(",wuping,").expect("a row");
    let broken = format!("{earlier},wuping,NaN{last}");
    for (text_of, words, checked) in
        [(broken, "不是数", Some(0)), (whole.replacen("region", "place", 1), "缺“region”列", Some(1))]
    {
        std::fs::write(&path, text_of).expect("a file");
        office::rested(&path);
        let check = run(&["check"], &site);
        assert!(text(&check).contains(words) && text(&check).contains("recording.csv"), "{}", text(&check));
        assert_eq!(check.status.code(), checked, "{}", text(&check));
        let once = run(&["once", "--now", "2026-09-12T08:10:00+08:00"], &site);
        assert_eq!(once.status.code(), Some(1), "{words}: {}", text(&once));
        assert!(text(&once).contains(words), "{}", text(&once));
        assert_eq!(letters(&site), before, "{words}: nothing may be sent");
    }
}

#[test]
fn a_feed_cut_off_in_the_middle_or_gone_stale_never_reads_as_all_clear() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    let before = letters(&site);
    // The second run broke off within its first row.
    let second = whole.find("\n2026-09-12T19").expect("the second run") + 1;
    std::fs::write(&path, &whole[..second + 60]).expect("a file");
    office::rested(&path);
    let once = run(&["once", "--now", "2026-09-12T20:00:00+08:00"], &site);
    assert_eq!(once.status.code(), Some(1));
    assert!(text(&once).contains("可能没有写完") && text(&once).contains("recording"), "{}", text(&once));
    // The forecast of 07:00 is 13 hours old and fresh; two hours later it is not, and nothing is lifted.
    let late = run(&["once", "--now", "2026-09-12T22:00:00+08:00"], &site);
    assert!(text(&late).contains("不能判定"), "{}", text(&late));
    let told = |letters: &BTreeMap<String, String>| {
        letters.keys().filter(|name| name.starts_with("forecast-wuping")).cloned().collect::<Vec<_>>()
    };
    let after = letters(&site);
    let duty = told(&after);
    assert!(!duty.is_empty() && duty.iter().all(|name| name.contains(".raise.duty-")), "{duty:?}");
    assert_eq!(after.len(), before.len() + duty.len(), "duty staff are told, and nobody else");
    // Told once, not each cycle; and once more when the forecast is back.
    assert!(run(&["once", "--now", "2026-09-12T22:30:00+08:00"], &site).status.code() == Some(1));
    assert_eq!(told(&letters(&site)), duty);
    std::fs::write(&path, &whole).expect("a file");
    office::rested(&path);
    assert!(run(&["once", "--now", "2026-09-12T23:00:00+08:00"], &site).status.success());
    let back = told(&letters(&site));
    assert_eq!(back.len(), 2 * duty.len());
    assert_eq!(back.iter().filter(|name| name.contains(".r2.lift.duty-")).count(), duty.len());
}

#[test]
fn a_forecast_with_gaps_says_that_it_cannot_say() {
    let dir = folder();
    let site = example(dir.path());
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    // The first run without its afternoons, and nothing else.
    let kept = |line: &&str| {
        let hour = line.get(37..39).and_then(|h| h.parse::<u32>().ok());
        line.starts_with("issued") || (line.starts_with("2026-09-12T07") && hour.is_none_or(|h| !(10..18).contains(&h)))
    };
    std::fs::write(&path, whole.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n").expect("a file");
    office::rested(&path);
    let check = run(&["check"], &site);
    assert!(text(&check).contains("缺") && text(&check).contains("recording.csv"), "{}", text(&check));
    let once = run(&MORNING, &site);
    assert!(text(&once).contains("臭氧错峰生产提示：不能判定"), "{}", text(&once));
    assert!(letters(&site).is_empty());
}

#[test]
fn a_row_that_is_cut_off_costs_its_hour_and_the_rest_of_the_run_is_used() {
    let dir = folder();
    let site = example(dir.path());
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    let first = whole.find("\n2026-09-12T19").expect("the second run");
    std::fs::write(&path, &whole[..first - 20]).expect("a file");
    office::rested(&path);
    let once = run(&MORNING, &site);
    assert_eq!(once.status.code(), Some(1), "{}", text(&once));
    assert!(text(&once).contains("可能没有写完") && text(&once).contains("第 73 行"), "{}", text(&once));
    assert!(!letters(&site).is_empty(), "the other 71 hours are judged by");
}

#[test]
fn a_dry_run_shows_the_texts_and_leaves_nothing_behind() {
    let dir = folder();
    let site = example(dir.path());
    let args = ["once", "--dry-run", "--now", "2026-09-12T08:00:00+08:00"];
    let dry = run(&args, &site);
    assert!(
        dry.status.success() && text(&dry).contains("臭氧错峰生产提示：9月12日至14日每日10—17时"),
        "{}",
        text(&dry)
    );
    assert!(letters(&site).is_empty());
    assert!(run(&MORNING, &site).status.success());
    assert!(!letters(&site).is_empty(), "the real run still tells everyone");
}

#[test]
fn the_service_stops_cleanly_and_keeps_a_second_worker_out_while_other_commands_work() {
    let dir = folder();
    let site = example(dir.path());
    let mut service = cuofeng()
        .args(["run", "--site"])
        .arg(&site)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the service");
    let log = std::io::BufReader::new(service.stderr.take().expect("its log"));
    let mut lines = std::io::BufRead::lines(log);
    assert!(lines.next().expect("a first line").expect("text").contains("working"));
    let second = run(&["once"], &site);
    assert_eq!(second.status.code(), Some(2), "{}", text(&second));
    assert!(text(&second).contains("另一个 cuofeng"), "{}", text(&second));
    assert!(run(&["check"], &site).status.success());
    let pid = service.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(service.wait().expect("the service").code(), Some(0));
    assert!(lines.map_while(Result::ok).any(|line| line.contains("stopped")));
}

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
