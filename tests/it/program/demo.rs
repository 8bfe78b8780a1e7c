//! The demo and its notices.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::office::{MORNING, cuofeng, example, folder, letters, run, text};

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
