//! Plans from a warning, as staff and enterprises see them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::office::{MORNING, cuofeng, example, folder, letters, mails, run, text};

fn plan(args: &[&str], site: &Path) -> String {
    let output = run(&[&["plan"], args].concat(), site);
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

fn shown(site: &Path) -> serde_json::Value {
    serde_json::from_str(&plan(&["show", "--json"], site)).expect("JSON")
}

/// Slots of a row's runs.
fn slots(row: &serde_json::Value, field: &str) -> Vec<u64> {
    let runs = row[field].as_array().expect("runs");
    let number = |value: &serde_json::Value| value.as_u64().expect("a slot");
    runs.iter().flat_map(|run| number(&run[0])..number(&run[1])).collect()
}

#[test]
fn the_recorded_episode_is_planned_better_than_stopping_and_making_up_at_once() {
    let dir = folder();
    assert!(run(&["demo"], dir.path()).status.success());
    let value = shown(dir.path());
    let rows = value["plan"]["rows"].as_array().expect("rows").clone();
    let weights = &value["plan"]["weights"][0]["voc"];
    let enterprises: std::collections::BTreeSet<&str> = rows.iter().filter_map(|r| r["enterprise"].as_str()).collect();
    assert_eq!(enterprises.len(), 14);
    // The same sums again, from the schedules alone.
    let worth = |field: &str| -> (f64, usize) {
        let mut sum = (0.0, 0);
        for row in rows.iter().filter(|row| ["own", "common"].iter().any(|o| row["outcome"] == *o)) {
            let figure = |name: &str| row["figures"][name].as_f64().expect("a figure") / 1000.0;
            for slot in slots(row, field) {
                let weight = weights[usize::try_from(slot).expect("small")].as_f64().expect("a weight") / 1000.0;
                sum = (sum.0 + figure("voc") * figure("reactivity") * weight, sum.1 + 1);
            }
        }
        sum
    };
    let (usual, practice, planned) = (worth("usual"), worth("practice"), worth("on"));
    assert_eq!(practice.1, planned.1, "equal output");
    assert!(planned.0 < practice.0 && practice.0 < usual.0, "{planned:?} {practice:?} {usual:?}");
    let told = mails(dir.path());
    for grams in [practice.0, planned.0] {
        let words = format!("{grams:.1}");
        assert!(told.contains(&words[..words.len() - 2]), "{words} is in the notice to staff");
    }
    // Both manuals quote them.
    for manual in [include_str!("../../../docs/manual.md"), include_str!("../../../docs/manual.zh-CN.md")] {
        for grams in [usual.0, practice.0, planned.0] {
            let words = format!("{grams:.2}");
            assert!(manual.contains(&words[..words.len() - 1]), "{words} is not in a manual");
        }
    }
    // An hour above the limit is offered to nobody who does not work in it anyway.
    let above = |slot: &u64| {
        let ozone = &value["plan"]["ozone"][usize::try_from(*slot).expect("small")];
        ozone.as_i64().is_some_and(|ozone| ozone > 200_000)
    };
    assert!((0..24).any(|slot| above(&slot)), "there are such hours");
    for row in rows.iter().filter(|row| row["outcome"] == "own" || row["outcome"] == "common") {
        let usual = slots(row, "usual");
        for offered in [slots(row, "may"), slots(row, "on")] {
            assert!(offered.iter().all(|slot| !above(slot) || usual.contains(slot)), "{row}");
        }
    }
    // Off-peak hours are no new peak.
    let highest = |field: &str| -> i64 {
        let mut load = std::collections::BTreeMap::<u64, i64>::new();
        for row in rows.iter().filter(|row| ["own", "common", "stop"].iter().any(|o| row["outcome"] == *o)) {
            for slot in slots(row, field) {
                *load.entry(slot).or_default() += row["figures"]["voc"].as_i64().expect("a figure");
            }
        }
        load.into_values().max().expect("a load")
    };
    let table = plan(&["show"], dir.path());
    assert!(highest("on") <= highest("usual") || table.contains("排不到更低"), "{table}");
    for row in &rows {
        let (on, stop, usual) = (slots(row, "on"), slots(row, "stop"), slots(row, "usual"));
        let own = row["outcome"] == "own" || row["outcome"] == "common";
        assert!(!own || on.iter().all(|slot| !stop.contains(slot)), "told hours are left: {row}");
        for barred in row["barred"].as_array().expect("a list").iter().filter(|_| own) {
            let closed = slots(barred, "slots");
            assert!(on.iter().all(|s| !closed.contains(s) || usual.contains(s)), "closed hours are left: {row}");
        }
        assert!(row["confirmed"] == true || row["outcome"] != "own", "hours of its own need its own figures: {row}");
    }
}

#[test]
fn a_notice_has_hours_of_ones_own_for_confirmed_figures_and_common_hours_else() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let mails = mails(&site);
    for part in [
        "喷漆房喷涂：9月12日",
        "10:00—17:00停止，可在",
        "油罐车卸油：照平时09:00—10:00进行，不要挪到上述时段",
        "排放数据未核实，先按本行业共同时段",
        "降低负荷约 20%",
        "臭氧加权排放（一般权重）：照常",
    ] {
        assert!(mails.contains(part), "{part}: {mails}");
    }
    // Its usual 12:00—13:00 lies in the told period: what stays is the rest of its usual hours.
    assert!(mails.contains("印版和墨辊清洗：照平时19:00—21:00进行"), "{mails}");
    for sentence in mails.split('照').filter_map(|rest| rest.strip_prefix("平时")) {
        let hours = sentence.split("进行").next().unwrap_or("");
        assert!(!["11:00—", "12:00—", "13:00—", "14:00—"].iter().any(|start| hours.contains(start)), "{hours}");
    }
    let table = plan(&["show"], &site);
    assert!(table.contains("桂花湾木艺家具厂") && table.contains("×××××××"), "{table}");
    let why = plan(&["explain", "E034"], &site);
    for part in ["静稳权重", "电费和启动", "权重", "不在许可或班次钟点内"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(run(&["plan", "explain", "E999"], &site).status.code(), Some(1));
}

#[test]
fn what_a_person_says_is_planned_round_and_told_to_those_whose_hours_change() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let before = letters(&site).len();
    let by = ["--by", "罗代泉", "--now", "2026-09-12T08:30:00+08:00"];
    let cannot = [&["cannot", "P14", "--reason", "烘房检修，只能白天喷涂"], &by[..]].concat();
    plan(&cannot, &site);
    let value = shown(&site);
    let row = value["plan"]["rows"].as_array().expect("rows").iter().find(|r| r["process"] == "P14").expect("a row");
    assert_eq!(row["outcome"]["cannot"], "烘房检修，只能白天喷涂");
    assert_eq!(slots(row, "on"), slots(row, "usual"));
    assert!(run(&["once", "--now", "2026-09-12T08:40:00+08:00"], &site).status.success());
    let letters = letters(&site);
    let told: Vec<&String> = letters.keys().filter(|name| name.contains(".r2.update.enterprise-")).collect();
    assert!(told.iter().any(|name| name.contains("E034")), "{told:?}");
    assert!(!told.iter().any(|name| name.contains("E026")), "nothing changes for it: {told:?}");
    assert!(letters.len() > before);
    plan(&[&["release", "P14"], &by[..]].concat(), &site);
    let pin = [
        "pin",
        "P20",
        "--from",
        "2026-09-13T19:00:00+08:00",
        "--to",
        "2026-09-13T22:00:00+08:00",
        "--reason",
        "客户取车",
    ];
    plan(&[&pin[..], &by[..]].concat(), &site);
    let value = shown(&site);
    let row = value["plan"]["rows"].as_array().expect("rows").iter().find(|r| r["process"] == "P20").expect("a row");
    let on = slots(row, "on");
    assert!((43..46).all(|slot| on.contains(&slot)), "{row}");
    let viewer = run(&["plan", "release", "P20", "--by", "刘光禾"], &site);
    assert_eq!(viewer.status.code(), Some(1), "{}", text(&viewer));
}

#[test]
fn an_outside_reader_reads_the_calendar() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let ics = cuofeng().args(["plan", "ics", "E034", "--site"]).arg(&site).output().expect("the program");
    assert!(ics.status.success(), "{}", text(&ics));
    let script = "import sys,icalendar\nc=icalendar.Calendar.from_ical(sys.stdin.buffer.read())\n\
        e=[x for x in c.walk('VEVENT')]\n\
        assert len({str(x['UID']) for x in e})==len(e)\n\
        print(len(e),c['METHOD'],int(e[0]['SEQUENCE']),e[0].decoded('DTSTART').isoformat(),e[0].decoded('DTEND').isoformat(),\
        str(e[0]['SUMMARY']))\n";
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3");
    std::io::Write::write_all(&mut python.stdin.take().expect("a pipe"), &ics.stdout).expect("written");
    let read = python.wait_with_output().expect("python3");
    assert!(read.status.success(), "{}", text(&read));
    // Two processes on three days; 10:00 in Chongqing is two o'clock in UTC.
    let wanted = "6 PUBLISH 1 2026-09-12T02:00:00+00:00 2026-09-12T09:00:00+00:00 喷漆房喷涂停止（错峰）";
    assert_eq!(text(&read).trim(), wanted);
}

/// What an outside reader finds in a calendar file: its method, and of each event its UID, sequence, status and
/// beginning.
fn events(file: &Path) -> (String, Vec<(String, u64, String, String)>) {
    let script = "import sys,json,icalendar\nc=icalendar.Calendar.from_ical(open(sys.argv[1],'rb').read())\n\
        assert not c.errors\n\
        e=[x for x in c.walk('VEVENT')]\n\
        assert all(not x.errors and str(x['ORGANIZER']).startswith('mailto:') and x['DTSTAMP'] for x in e)\n\
        print(json.dumps([str(c['METHOD']),[[str(x['UID']),int(x['SEQUENCE']),str(x['STATUS']),\
        x.decoded('DTSTART').isoformat()] for x in e]]))\n";
    let read = Command::new("/usr/bin/python3").args(["-c", script]).arg(file).output().expect("python3");
    assert!(read.status.success(), "{}", text(&read));
    serde_json::from_slice(&read.stdout).expect("JSON")
}

#[test]
fn a_calendar_file_goes_with_the_mail_and_a_lift_takes_its_events_back() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let calendar = |what: &str| {
        let out = std::fs::read_dir(site.join("out")).expect("out").flatten().map(|entry| entry.path());
        let mut found: Vec<_> = out
            .filter(|path| path.extension().is_some_and(|e| e == "ics") && path.to_string_lossy().contains(what))
            .collect();
        found.sort();
        found
    };
    let first = calendar(".r1.raise.enterprise-E034.");
    assert_eq!(first.len(), 1, "beside the mail: {first:?}");
    assert!(calendar("duty").is_empty(), "for enterprises alone");
    let (method, told) = events(&first[0]);
    assert_eq!((method.as_str(), told.len()), ("PUBLISH", 6));
    assert!(told.iter().all(|(_, sequence, status, _)| *sequence == 1 && status == "CONFIRMED"), "{told:?}");
    let uids: std::collections::BTreeSet<&String> = told.iter().map(|(uid, ..)| uid).collect();
    assert_eq!(uids.len(), 6, "one a day and process");
    let listed = run(&["notices", "show", "ozone-wuping-20260912-1.r1.raise.enterprise-E034"], &site);
    assert!(text(&listed).contains("错峰安排-9月12日.ics"), "{}", text(&listed));

    // The next day it is lifted: what is over stays, what is ahead is cancelled under the same UIDs.
    let lift = ["warnings", "lift", "ozone-wuping-20260912-1", "--by", "罗代泉", "--reason", "转雨"];
    let answer = run(&[&lift[..], &["--now", "2026-09-13T08:00:00+08:00"]].concat(), &site);
    assert!(answer.status.success(), "{}", text(&answer));
    assert!(run(&["once", "--now", "2026-09-13T08:05:00+08:00"], &site).status.success());
    let last = calendar(".lift.enterprise-E034.");
    assert_eq!(last.len(), 1, "{last:?}");
    let (method, taken_back) = events(&last[0]);
    assert_eq!((method.as_str(), taken_back.len()), ("CANCEL", 4), "{taken_back:?}");
    for (uid, sequence, status, start) in &taken_back {
        assert!(uids.contains(uid) && *sequence > 1 && status == "CANCELLED", "{uid} {sequence} {status}");
        assert!(start.as_str() > "2026-09-13", "{start}");
    }
}

#[test]
fn outside_readers_read_the_picture_the_table_and_the_workbook() {
    let dir = folder();
    let site = example(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (svg, csv, xlsx) = (path("plan.svg"), path("plan.csv"), path("plan.xlsx"));
    plan(&["show", "--svg", &svg, "--csv", &csv, "--xlsx", &xlsx], &site);
    let lint = Command::new("xmllint").args(["--noout", &svg]).output().expect("xmllint");
    assert!(lint.status.success(), "{}", text(&lint));
    let picture = std::fs::read_to_string(&svg).expect("a picture");
    for part in ["喷漆房喷涂", "预报臭氧", "按方案", "照常"] {
        assert!(picture.contains(part), "{part}");
    }
    // The same lines in both tables, and the sums of the notice to staff.
    let script = "import sys,csv,openpyxl\n\
        book=openpyxl.load_workbook(sys.argv[2])\n\
        rows=[[str(c) if c is not None else '' for c in r] for r in book['方案'].iter_rows(values_only=True)]\n\
        lines=list(csv.reader(open(sys.argv[1],encoding='utf-8-sig',newline='')))\n\
        assert len(rows)==len(lines)>1\n\
        for a,b in zip(rows[1:],lines[1:]):\n    \
            assert a[:9]==b[:9] and all(float(x)==float(y) for x,y in zip(a[9:13],b[9:13])),(a,b)\n\
        assert book['逐时负荷'].max_row==1+24*(len({r[5] for r in rows[1:]})+1)\n\
        print(*[c.value for c in book['权重比较'][2]])\n";
    let read = Command::new("/usr/bin/python3").args(["-c", script, &csv, &xlsx]).output().expect("python3");
    assert!(read.status.success(), "{}", text(&read));
    let values = text(&read);
    let mut words = values.split_whitespace();
    assert_eq!(words.next(), Some("一般"), "{values}");
    let told = mails(&site);
    for kilograms in words {
        let kilograms: f64 = kilograms.parse().expect("a number");
        assert!(told.contains(&format!("{kilograms:.2} 千克")), "{kilograms} is in the notice to staff");
    }
    let nowhere = run(&["plan", "show", "--svg", &path("none/plan.svg")], &site);
    assert_eq!(nowhere.status.code(), Some(2), "{}", text(&nowhere));
}

/// Weighted grams of a process by the weights of a plan, and the seconds at which it runs, from the schedules alone.
fn run_of(shown: &serde_json::Value, process: &str, weights: &serde_json::Value) -> (f64, Vec<u64>) {
    let row = shown["plan"]["rows"].as_array().expect("rows").iter().find(|r| r["process"] == process).expect("a row");
    let figure = |name: &str| row["figures"][name].as_f64().expect("a figure") / 1000.0;
    let weight = |slot: &u64| weights[usize::try_from(*slot).expect("small")].as_f64().expect("a weight") / 1000.0;
    let on = slots(row, "on");
    (on.iter().map(|slot| figure("voc") * figure("reactivity") * weight(slot)).sum(), on)
}

#[test]
fn two_plans_are_compared_by_what_differs_in_hours_emission_cost_and_excess() {
    let dir = folder();
    let site = example(dir.path());
    assert_eq!(run(&["plan", "compare"], &site).status.code(), Some(1), "there is no plan yet");
    assert!(run(&MORNING, &site).status.success());
    assert_eq!(run(&["plan", "compare"], &site).status.code(), Some(1), "one plan has nothing to be compared with");
    let before = shown(&site);
    let by = ["--by", "罗代泉", "--now", "2026-09-12T08:30:00+08:00"];
    plan(&[&["cannot", "P14", "--reason", "烘房检修，只能白天喷涂"], &by[..]].concat(), &site);
    let after = shown(&site);
    let value: serde_json::Value = serde_json::from_str(&plan(&["compare", "1", "2", "--json"], &site)).expect("JSON");
    assert_eq!(value["revisions"], serde_json::json!([1, 2]));
    let processes = value["processes"].as_array().expect("processes");
    // Whoever's hours differ is listed with the hours in which they do, and nobody else.
    let weights = &after["plan"]["weights"][0]["voc"];
    let mut difference = 0.0;
    for row in after["plan"]["rows"].as_array().expect("rows") {
        let process = row["process"].as_str().expect("a name");
        let ((first, old), (second, new)) = (run_of(&before, process, weights), run_of(&after, process, weights));
        let listed = processes.iter().find(|p| p["process"] == process);
        let changed = listed.is_some_and(|p| p["changed"].as_array().is_some_and(|c| !c.is_empty()));
        assert_eq!(changed, old != new, "{process}: {old:?} {new:?}");
        difference += second - first;
    }
    let found = value["values"][0]["difference"].as_f64().expect("grams") / 1000.0;
    assert!(difference > 0.0 && (found - difference).abs() < 0.1, "{found} {difference}");
    let sets: Vec<&str> =
        value["values"].as_array().expect("values").iter().filter_map(|v| v["set"].as_str()).collect();
    assert_eq!(sets, ["default", "stagnant", "legal-window"]);
    let p14 = processes.iter().find(|p| p["process"] == "P14").expect("it is listed");
    assert_eq!(p14["asked"][1]["cannot"], "烘房检修，只能白天喷涂");
    // Back to front every difference turns round, and hours that are the same have none.
    let back: serde_json::Value = serde_json::from_str(&plan(&["compare", "2", "1", "--json"], &site)).expect("JSON");
    assert_eq!(back["cost"]["difference"].as_i64(), value["cost"]["difference"].as_i64().map(|d| -d));
    let same = plan(&["compare", "2", "2"], &site);
    assert!(same.contains("各工序的钟点都一样") && same.contains("（0.00）"), "{same}");
    let words = plan(&["compare"], &site);
    let sum = format!("（+{found:.2}）");
    for part in ["第 1 次与第 2 次", "P14 喷漆房喷涂", "9月12日", "一般权重", "静稳权重", "超出上限合计", &sum]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    let english = plan(&["compare", "1", "--lang", "en"], &site);
    assert!(english.contains("revisions 1 and 2") && english.contains("above the caps in all"), "{english}");
    let none = run(&["plan", "compare", "1", "9"], &site);
    assert!(none.status.code() == Some(1) && text(&none).contains("1, 2"), "{}", text(&none));
    assert_eq!(run(&["plan", "compare", "one"], &site).status.code(), Some(2));
}
