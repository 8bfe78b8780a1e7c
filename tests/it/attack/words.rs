//! Words from outside: in an answer, a table, an order, on the command line. None may fetch a code, stop a letter or
//! write on a terminal.

use std::path::{Path, PathBuf};

use crate::office::{EPISODE, MORNING, by_itself, call, folder, letters, mails, ruled, run, text};

const LINK: &str = "https://office.example.com/cf/n/";

/// The example site, its ozone rule sending by itself and asking for answers, its pages within reach.
fn site(dir: &Path) -> PathBuf {
    let site = ruled(dir, &(by_itself() + "ask_hours = 4\n"));
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    std::fs::write(site.join("cuofeng.toml"), file + "\n[console]\naddress = \"https://office.example.com/cf/\"\n")
        .expect("the site file");
    site
}

/// A notice that waits for an answer.
fn asked(site: &Path) -> String {
    let list = run(&["ack", "list", "--json", "--now", "2026-09-12T08:01:00+08:00"], site);
    let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("one JSON object");
    list["asked"][0]["notice"].as_str().expect("a notice").to_owned()
}

/// The codes of letters' own pages that stand in a text, with what stands before each.
fn codes(words: &str) -> Vec<(String, String)> {
    let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let mut found = Vec::new();
    for (at, _) in words.match_indices('-') {
        let proof: String = words[at + 1..].chars().take_while(|c| code(*c)).collect();
        let head: String = words[..at].chars().rev().take_while(|c| code(*c) && *c != '-').collect();
        if proof.len() == 16 && !head.is_empty() {
            let number: String = head.chars().rev().collect();
            found.push((words[..at - number.len()].to_owned(), format!("{number}-{proof}")));
        }
    }
    found
}

#[test]
fn no_words_of_a_recipient_fetch_the_code_of_a_member_of_staff() {
    let dir = folder();
    let site = site(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let reason = "请看 http://else.example.com/?\u{e000} 和 http://else.example.com/n/\u{e000}\u{e001}";
    let add = ["ack", "add", &asked(&site), "--said", "unable", "--reason", reason, "--by", "罗代泉"];
    let added = call(&site, &add, "12T08:05");
    assert!(added.status.success(), "{}", text(&added));
    assert!(call(&site, &["once"], "12T08:10").status.success());
    let told: Vec<(String, String)> =
        letters(&site).into_iter().filter(|(name, _)| name.starts_with("unable-")).collect();
    assert!(told.iter().any(|(name, _)| name.ends_with(".sms.txt")), "staff are told: {told:?}");
    let mails = mails(&site);
    assert!(mails.contains("else.example.com"), "the words are passed on: {mails}");
    let texts = told.iter().filter(|(name, _)| name.ends_with(".sms.txt")).map(|(_, words)| words.as_str());
    for words in texts.chain([mails.as_str()]) {
        let found = codes(words);
        assert!(!found.is_empty(), "the officer has a link: {words}");
        for (before, _) in found {
            assert!(before.ends_with(LINK), "a code stands elsewhere: {words}");
        }
        assert!(!words.contains(['\u{e000}', '\u{e001}']), "{words}");
    }
}

/// Puts another value into the first cell of a table that says `from`.
fn put(site: &Path, table: &str, from: &str, to: &str) {
    let path = site.join(table);
    let text = std::fs::read_to_string(&path).expect("a table");
    assert!(text.contains(from), "{table}: {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("a table");
}

#[test]
fn a_line_break_in_a_name_is_found_by_check_and_stops_no_letter() {
    let dir = folder();
    let site = site(dir.path());
    let enterprises = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
    let before = {
        assert!(run(&MORNING, &site).status.success());
        letters(&site).len()
    };
    let other = folder();
    let site = self::site(other.path());
    // Every enterprise's and every member of staff's name is broken as Alt+Enter in a spreadsheet breaks it.
    let head = enterprises.lines().next().expect("a header").split(',').position(|c| c == "name").expect("a column");
    let broken: Vec<String> = enterprises
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if row > 0 {
                let mut letters: Vec<char> = cells[head].chars().collect();
                letters.insert(1, '\n');
                cells[head] = format!("\"{}\"", letters.into_iter().collect::<String>());
            }
            cells.join(",")
        })
        .collect();
    std::fs::write(site.join("enterprises.csv"), broken.join("\n")).expect("a table");
    put(&site, "staff.csv", "罗代泉", "\"罗\n代泉\"");
    let check = run(&["check"], &site);
    let said = text(&check);
    assert!(check.status.success(), "a break in a name is put right: {said}");
    assert!(said.contains("enterprises.csv") && said.contains("staff.csv"), "and its cell is named: {said}");
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    assert!(!text(&once).contains("panic"), "{}", text(&once));
    assert_eq!(letters(&site).len(), before, "everyone is told: {}", text(&once));
    let list: serde_json::Value =
        serde_json::from_slice(&run(&["outbox", "list", "--json"], &site).stdout).expect("one JSON object");
    let states: Vec<&str> =
        list["letters"].as_array().expect("letters").iter().filter_map(|l| l["state"].as_str()).collect();
    assert!(states.iter().all(|state| *state == "delivered"), "{states:?}");
}

#[test]
fn a_character_that_commands_a_terminal_is_refused_at_its_cell() {
    let dir = folder();
    let site = site(dir.path());
    put(&site, "staff.csv", "罗代泉", "罗\u{1b}[2J代泉");
    let check = run(&["check"], &site);
    let said = text(&check);
    assert!(!check.status.success() && said.contains("staff.csv"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn files_of_a_site_hold_no_such_character_either() {
    let dir = folder();
    let site = site(dir.path());
    let cases = [
        ("rules/ozone.toml", "臭氧错峰生产提示", r"臭氧\u001b[2J错峰生产提示", "rules/ozone.toml:3:"),
        ("rules/ozone.toml", "臭氧错峰生产提示", r"臭氧\n错峰生产提示", "rules/ozone.toml:3:"),
        ("rules/ozone.toml", "微克每立方米", "微克每立方米\u{e000}", "rules/ozone.toml:"),
        ("cuofeng.toml", "武平镇生态环境办公室", r"武平镇\n生态环境办公室", "cuofeng.toml:3:"),
    ];
    for (file, from, to, place) in cases {
        let before = std::fs::read_to_string(site.join(file)).expect("a file");
        put(&site, file, from, to);
        let said = text(&run(&["check"], &site));
        assert!(said.contains(place.trim_end_matches(':')), "{file} {to:?}: {said}");
        assert!(!said.contains("0 处错误"), "{to:?}: {said}");
        std::fs::write(site.join(file), before).expect("a file");
    }
    assert!(run(&["check"], &site).status.success(), "without them it is fine");
    let template = site.join("templates/zh/ozone/enterprise.sms.txt");
    std::fs::create_dir_all(template.parent().expect("a folder")).expect("folders");
    std::fs::write(&template, "\u{feff}【{{ sign }}】{{ to.name }}：请错峰{{ periods }}").expect("a template");
    assert!(run(&["check"], &site).status.success(), "the mark of an editor in front is none of the words");
    std::fs::write(&template, "【{{ sign }}】{{ to.name }}\u{202e}：请错峰{{ periods }}").expect("a template");
    let output = run(&["check"], &site);
    let said = text(&output);
    assert!(said.contains("U+202E，已略去") && said.contains("enterprise.sms.txt"), "{said}");
    assert!(output.status.success(), "what can't be seen came with pasted words and stops no site: {said}");
    put(&site, "cuofeng.toml", "Asia/Shanghai", "Asia/Shanghai\u{200b}");
    let output = run(&["check"], &site);
    assert!(output.status.success() && text(&output).contains("U+200B，已略去"), "{}", text(&output));
}

#[test]
fn a_slip_of_a_chinese_keyboard_in_a_template_is_named_at_its_place() {
    let dir = folder();
    let site = site(dir.path());
    let template = site.join("templates/zh/ozone/enterprise.sms.txt");
    std::fs::create_dir_all(template.parent().expect("a folder")).expect("folders");
    for slip in ["【{{ sign，}}】", "【{{（sign）}}】", "【{{ sign\u{3000}}}】"] {
        std::fs::write(&template, format!("{slip}{{{{ to.name }}}}")).expect("a template");
        let output = run(&["check"], &site);
        let said = text(&output);
        assert!(output.status.code() == Some(1) || output.status.code() == Some(2), "{slip}: {said}");
        assert!(said.contains("enterprise.sms.txt:1"), "{slip}: {said}");
    }
}

#[test]
fn nothing_that_anybody_wrote_commands_a_terminal() {
    let dir = folder();
    let site = site(dir.path());
    assert!(run(&MORNING, &site).status.success());
    let odd = "\u{1b}[2J\u{9b}31m\u{202e}甲\u{7}\r\n2026-01-01 INFO\u{e001}";
    let add = ["ack", "add", &asked(&site), "--said", "unable", "--reason", odd, "--by", "罗代泉"];
    assert!(call(&site, &add, "12T08:05").status.success());
    let reply = ["reply", "add", "--from", "10000009999", "--by", "罗代泉", odd];
    call(&site, &reply, "12T08:06");
    let order = [
        "order",
        "add",
        "--subject",
        odd,
        "--tier",
        "yellow",
        "--from",
        "2026-09-13T08:00:00+08:00",
        "--to",
        "2026-09-13T20:00:00+08:00",
        "--issuer",
        odd,
        "--document",
        odd,
        "--measures",
        odd,
        "--by",
        "罗代泉",
    ];
    let added = call(&site, &order, "12T08:07");
    assert!(added.status.success(), "{}", text(&added));
    let mut said = text(&added);
    for words in [&["once"][..], &["ack", "list"], &["ack", "unable"], &["order", "list"]] {
        let shown = call(&site, words, "12T08:10");
        assert!(shown.status.success(), "{words:?}: {}", text(&shown));
        said += &text(&shown);
    }
    said += &text(&run(&["reply", "list"], &site));
    said += &text(&run(&["reply", "list", "--json"], &site));
    assert!(said.contains("[2J") && said.matches("甲").count() > 4, "it is shown: {said}");
    let loud = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
    assert!(!said.contains(loud) && !said.contains('\u{e001}'), "{said:?}");
    assert!(!said.lines().any(|line| line.starts_with("2026-01-01 INFO")), "nor looks like a line of the program's");
    // What the caller wrote himself and is not understood is shown, and commands nothing either.
    for words in [&["notices", "show", odd][..], &["notices", odd]] {
        let shown = text(&run(words, &site));
        assert!(shown.contains("\\u001b[2J") && !shown.replace("\r\n", "\n").contains(loud), "{shown:?}");
    }
}

#[test]
fn a_table_for_a_spreadsheet_holds_no_formula_and_speaks_the_callers_language() {
    let dir = folder();
    let site = site(dir.path());
    put(&site, "enterprises.csv", "武平镇青杠加油站", "=HYPERLINK(1)青杠加油站");
    assert!(run(&MORNING, &site).status.success());
    let file = site.join("plan.csv");
    for (lang, head) in [("zh", "企业"), ("en", "nterprise")] {
        let show = ["plan", "show", EPISODE, "--csv", file.to_str().expect("a path"), "--lang", lang];
        let shown = run(&show, &site);
        assert!(shown.status.success(), "{}", text(&shown));
        let script = "import sys,csv\nb=open(sys.argv[1],'rb').read()\nassert b.startswith(b'\\xef\\xbb\\xbf')\n\
            rows=list(csv.reader(open(sys.argv[1],encoding='utf-8-sig',newline='')))\n\
            assert len({len(r) for r in rows})==1 and len(rows)>1\n\
            assert not any(c[:1] in '=+@' and c for r in rows for c in r)\n\
            float(rows[1][9]); print(rows[0]); print(rows)\n";
        let read =
            std::process::Command::new("/usr/bin/python3").args(["-c", script]).arg(&file).output().expect("python3");
        let said = text(&read);
        assert!(read.status.success(), "{said}");
        assert!(said.lines().next().is_some_and(|line| line.contains(head)), "{said}");
        assert!(said.contains("'=HYPERLINK(1)青杠加油站"), "{said}");
    }
}
