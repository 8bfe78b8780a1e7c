//! Bad, missing and cut-off input.

use std::collections::BTreeMap;

use crate::office::{self, MORNING, example, folder, letters, run, text};

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
