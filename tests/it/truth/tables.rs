//! What a table has not brought, and what it sets aside.

use std::fmt::Write as _;
use std::fs;

use super::forecast_of;
use crate::office::{example, folder, mails, run, text};

#[test]
fn while_a_table_has_brought_nothing_it_is_told_and_no_rule_is_named_for_what_it_may_bring() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let only: String = fs::read_to_string(&table)
        .expect("a table")
        .lines()
        .map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    fs::write(&table, only).expect("a table");
    let calls =
        || [run(&["check"], &site), run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site)].map(|o| text(&o));
    for told in calls() {
        assert!(told.contains("永远不能判定"), "{told}");
    }
    let file = site.join("cuofeng.toml");
    let with = fs::read_to_string(&file).expect("a site file").replacen(
        "[[feed]]\n",
        "[[feed]]\nname = \"particles\"\nkind = \"table\"\nfile = \"feeds/particles.csv\"\nlabel = \"样例\"\n\n[[feed]]\n",
        1,
    );
    fs::write(&file, with).expect("a site file");
    fs::write(site.join("feeds/particles.csv"), "issued,time,region,pm25,pm10,so2,no2,co\n").expect("a table");
    for told in calls() {
        assert!(!told.contains("永远不能判定"), "{told}");
        assert!(told.contains("particles"), "and that it is empty is told: {told}");
    }
}

#[test]
fn a_place_whose_index_needs_ozone_alone_has_a_whole_index_and_says_so_in_every_letter() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let all = fs::read_to_string(&table).expect("a table");
    let only: String = all.lines().map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",") + "\n").collect();
    fs::write(&table, only).expect("a table");
    let file = site.join("cuofeng.toml");
    let text = fs::read_to_string(&file).expect("a site file");
    fs::write(&file, text.replace("[site]\n", "[site]\nindex_needs = [\"o3\"]\n")).expect("a site file");
    run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site);
    let letters = mails(&site);
    assert!(
        letters.contains("110（轻度污染）") && !letters.contains("不低于") && !letters.contains("暂无数据"),
        "{letters}"
    );
    let told = letters.matches("推算，参考值").count();
    assert!(told > 0 && letters.matches("（未计入").count() == told, "in every letter that has an index: {letters}");
}

#[test]
fn what_a_table_sets_aside_is_told_by_check_and_once_and_told_to_no_factory() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    // One hour of ozone in another unit, one a little below zero, one marked as missing.
    let odd = fs::read_to_string(&table).expect("a table");
    let odd = odd.replacen(",wuping,170,", ",wuping,170000,", 1).replacen(",wuping,170,", ",wuping,-0.4,", 1).replacen(
        ",wuping,170,",
        ",wuping,9999.0,",
        1,
    );
    fs::write(&table, odd).expect("a table");
    for output in [run(&["check"], &site), run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site)] {
        let told = text(&output);
        assert!(output.status.success() && told.contains("170000") && told.contains("按 0 计"), "{told}");
    }
    assert!(!mails(&site).contains("170000"));
}

#[test]
fn values_that_are_set_aside_are_in_the_ledger_once_a_day() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let good = fs::read_to_string(&table).expect("a table");
    let told = |time: &str, odd: &str| {
        fs::write(&table, odd).expect("a table");
        run(&["once", "--now", &format!("2026-08-{time}:00+08:00")], &site);
        let script = "import sqlite3,sys\nprint(sqlite3.connect(sys.argv[1]).execute(\"select count(*) from ledger \
                      where event='values-set-aside'\").fetchone()[0])";
        let database = site.join("state/cuofeng.db");
        let output = std::process::Command::new("/usr/bin/python3").args(["-c", script]).arg(database).output();
        text(&output.expect("python3")).trim().parse::<usize>().expect("a count")
    };
    let odd = good.replacen(",wuping,170,", ",wuping,170000,", 1);
    // More of them by the same bound is nothing new.
    let more = good.replacen(",wuping,170,", ",wuping,170000,", 3);
    let counts = [
        told("10T08:00", &odd),
        told("10T08:20", &more),
        told("10T20:00", &odd),
        told("11T08:30", &more),
        told("11T08:40", &good),
    ];
    assert_eq!(counts, [1, 1, 1, 2, 2]);
}

#[test]
fn days_that_a_table_leaves_blank_are_told_by_once() {
    let dir = folder();
    let site = example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = fs::read_to_string(&file).expect("a site file");
    let with = "[[feed]]\nname = \"blank\"\nkind = \"table\"\nfile = \"feeds/blank.csv\"\nlabel = \"样例\"\n\
                [feed.map]\ntime = [\"日期\", \"小时\"]\nissued = \"发布\"\nregion = \"地区\"\n\
                regions = { \"甲\" = \"wuping\" }\n[feed.map.columns]\no3 = { column = \"O3\", unit = \"ug/m3\" }\n\n[[feed]]\n";
    fs::write(&file, source.replacen("[[feed]]\n", with, 1)).expect("a site file");
    let mut rows = "发布,日期,小时,地区,O3\n".to_owned();
    for hour in 0..24 {
        let day = if hour == 0 { "2026-08-11" } else { "" };
        let _ = writeln!(rows, "2026-08-10 07:00,{day},{hour},甲,80");
    }
    fs::write(site.join("feeds/blank.csv"), rows).expect("a table");
    let told = text(&run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site));
    assert!(told.contains("blank.csv") && told.contains("3, 4, 5"), "which rows took the day from above: {told}");
}
