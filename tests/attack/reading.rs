//! What the program reads and runs: files that can't be read, files without end, files of other programs, an engine that
//! never comes back.
#![expect(clippy::print_stderr, reason = "what was measured is shown")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng::app::App;
use cuofeng::config::Form;
use cuofeng::site::Site;
use cuofeng::store::Store;
use serde_json::Value;

use super::office::{self, cuofeng, example, folder, letters, run, text};
use super::service::Service;
use super::{fill, village};

/// A program's end, its words and the most memory that it took, in MB; it is ended at the limit.
struct Ended {
    code: Option<i32>,
    words: String,
    memory: u64,
    time: Duration,
}

fn watched(mut program: Command, limit: Duration) -> Ended {
    let words = tempfile::NamedTempFile::new().expect("a file");
    let to = || Stdio::from(words.reopen().expect("a file"));
    let begun = Instant::now();
    let mut child = program.stdout(to()).stderr(to()).spawn().expect("a program");
    let mut memory = 0;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
        memory = memory.max(line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a child") {
            break status.code();
        }
        if begun.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let words = std::fs::read_to_string(words.path()).unwrap_or_default();
    Ended { code, words, memory: memory / 1024, time: begun.elapsed() }
}

fn check(site: &Path) -> Ended {
    let mut program = cuofeng();
    program.args(["check", "--json", "--site"]).arg(site);
    watched(program, Duration::from_secs(20))
}

/// Files and codes of the errors that `check` finds.
fn errors(ended: &Ended) -> Vec<(String, String)> {
    let found: Value = serde_json::from_str(ended.words.trim()).unwrap_or_else(|_| panic!("JSON: {}", ended.words));
    let all = found["problems"].as_array().cloned().unwrap_or_default();
    let word = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    all.iter().filter(|p| p["severity"] == "error").map(|p| (word(p, "file"), word(p, "code"))).collect()
}

/// A site with rules and templates of its own.
fn own(dir: &Path) -> PathBuf {
    let site = office::ruled(dir, &office::by_itself());
    let zh = site.join("templates/zh/ozone");
    std::fs::create_dir_all(&zh).expect("a folder");
    std::fs::write(zh.join("enterprise.subject.txt"), "自己的标题\n").expect("a template");
    site
}

fn instead(path: &Path) {
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_dir_all(path);
}

fn pipe(path: &Path) {
    instead(path);
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

/// What is done, how, and the file that a finding names.
type Spoil = (&'static str, fn(&Path), &'static str);

/// What can be done to a site that makes rules or templates unreadable to anybody, and the file to be named.
fn spoils() -> Vec<Spoil> {
    fn loops(site: &Path) {
        symlink(".", site.join("rules/again")).expect("a link");
    }
    fn deep(site: &Path) {
        let mut path = site.join("templates/zh");
        (0..12).for_each(|step| path.push(step.to_string()));
        std::fs::create_dir_all(path).expect("folders");
    }
    fn circle(site: &Path) {
        instead(&site.join("templates"));
        symlink("templates", site.join("templates")).expect("a link");
    }
    fn dangling(site: &Path) {
        instead(&site.join("rules"));
        symlink("/nowhere/rules", site.join("rules")).expect("a link");
    }
    fn file(site: &Path) {
        instead(&site.join("templates"));
        File::create(site.join("templates")).expect("a file");
    }
    fn inner(site: &Path) {
        symlink("/nowhere/standards", site.join("rules/standards")).expect("a link");
    }
    fn inner_file(site: &Path) {
        File::create(site.join("rules/standards")).expect("a file");
    }
    fn below(site: &Path) {
        symlink("/nowhere/x.toml", site.join("rules/x.toml")).expect("a link");
    }
    fn pipe_below(site: &Path) {
        pipe(&site.join("templates/zh/ozone/enterprise.subject.txt"));
    }
    fn folder_below(site: &Path) {
        std::fs::create_dir(site.join("rules/y.txt")).expect("a folder");
        std::fs::write(site.join("rules/huge.toml"), vec![b'#'; 2 << 20]).expect("a file");
    }
    fn duty(site: &Path) {
        symlink("/nowhere/duty.csv", site.join("duty.csv")).expect("a link");
    }
    vec![
        ("a dangling link in place of rules/", dangling, "rules"),
        ("a file in place of templates/", file, "templates"),
        ("templates/ linked to itself", circle, "templates"),
        ("rules/ within itself", loops, "rules/again"),
        ("a dangling link in place of a folder in rules/", inner, "rules/standards"),
        ("a file in place of a folder in rules/", inner_file, "rules/standards"),
        ("a rule file that leads nowhere", below, "rules/x.toml"),
        ("a pipe in place of a template", pipe_below, "templates/zh/ozone/enterprise.subject.txt"),
        ("folders too deep in each other", deep, "templates/zh/0/1/2/3/4/5/6"),
        ("a rule file of two megabytes", folder_below, "rules/huge.toml"),
        ("a dangling link in place of a table that need not be there", duty, "duty.csv"),
    ]
}

#[test]
fn what_cant_be_read_of_rules_and_templates_is_an_error_and_never_the_built_in_ones() {
    for (what, spoil, named) in spoils() {
        let dir = folder();
        let site = own(dir.path());
        assert_eq!(check(&site).code, Some(0), "{what}: it was fine before");
        spoil(&site);
        let ended = check(&site);
        assert_eq!(ended.code, Some(1), "{what}: {}", ended.words);
        let found = errors(&ended);
        assert!(found.iter().any(|(file, _)| file.starts_with(named)), "{what}: {found:?}");
        let once = run(&["once", "--now", "2026-09-12T08:00:00+08:00"], &site);
        assert!(!once.status.success() && letters(&site).is_empty(), "{what}: {}", text(&once));
    }
}

#[tokio::test]
async fn a_service_goes_on_by_the_last_set_that_it_could_read() {
    let now: DateTime<Utc> = "2026-09-12T00:00:00Z".parse().expect("a time");
    for (what, spoil, _) in spoils() {
        let dir = folder();
        let site = own(dir.path());
        let mut app = App::start(&site, now).await.expect("a site at work");
        let before = app.site.rule_texts.clone();
        spoil(&site);
        let problems = app.reload(now).await.expect("a database");
        assert!(!problems.is_empty(), "{what}");
        assert_eq!(app.site.rule_texts, before, "{what}");
        assert_eq!(app.site.rules.len(), 1, "{what}");
    }
}

#[test]
fn only_where_there_is_no_folder_the_built_in_rules_hold() {
    let dir = folder();
    let site = example(dir.path());
    instead(&site.join("rules"));
    instead(&site.join("templates"));
    assert_eq!(check(&site).code, Some(0));
    std::fs::create_dir(site.join("rules")).expect("a folder");
    assert_eq!(check(&site).code, Some(0), "one that is empty has nothing of its own");
    // A link to a folder elsewhere is a folder.
    std::fs::write(dir.path().join("shared.toml"), office::by_itself()).expect("a rule");
    std::fs::create_dir(dir.path().join("shared")).expect("a folder");
    std::fs::rename(dir.path().join("shared.toml"), dir.path().join("shared/ozone.toml")).expect("moved");
    instead(&site.join("rules"));
    symlink(dir.path().join("shared"), site.join("rules")).expect("a link");
    let shown = run(&["rules", "fmt", "--check", "--json"], &site);
    assert!(text(&shown).contains("ozone.toml") || shown.status.success(), "{}", text(&shown));
    assert_eq!(check(&site).code, Some(0));
}

#[test]
fn a_folder_that_the_user_may_not_read_stops_the_program_and_says_what_to_do() {
    let dir = folder();
    let site = own(dir.path());
    for part in [dir.path(), &site] {
        std::fs::set_permissions(part, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let closed = site.join("rules");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).expect("a mode");
    // Root may read everything: the program runs as somebody else.
    let program = cuofeng();
    let copy = dir.path().join("program");
    std::fs::copy(program.get_program(), &copy).expect("the program");
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&copy);
    nobody.args(["check", "--json", "--site"]).arg(&site);
    let ended = watched(nobody, Duration::from_secs(20));
    let found = errors(&ended);
    assert!(found.iter().any(|(file, code)| file == "rules" && code == "site.unreadable"), "{}", ended.words);
    assert!(ended.words.contains("没有权限读"), "{}", ended.words);
}

#[test]
fn pipes_and_devices_are_refused_and_not_read() {
    let places = [
        "cuofeng.toml",
        "enterprises.csv",
        "staff.csv",
        "feeds/recording.csv",
        "rules/ozone.toml",
        "templates/zh/ozone/enterprise.subject.txt",
        "inbox/today.txt",
    ];
    for place in places {
        let dir = folder();
        let site = own(dir.path());
        std::fs::create_dir(site.join("inbox")).expect("a folder");
        let file = site.join("cuofeng.toml");
        let config = std::fs::read_to_string(&file).expect("the site file");
        let feed = "\n[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nregions = [\"wuping\"]\nfolder = \"inbox\"\n\
                    label = \"通报\"\n";
        std::fs::write(&file, config + feed).expect("the site file");
        std::fs::write(site.join("inbox/old.txt"), "2026年9月11日20时发布：明日良。\n").expect("a bulletin");
        pipe(&site.join(place));
        let ended = check(&site);
        assert_eq!(ended.code, Some(1), "{place}: {:?} {}", ended.time, ended.words);
        assert!(ended.words.contains(place.rsplit('/').next().expect("a name")), "{place}: {}", ended.words);
        let mut once = cuofeng();
        once.args(office::MORNING).arg("--site").arg(&site);
        let ended = watched(once, Duration::from_secs(30));
        assert!(ended.code.is_some(), "{place}: once hangs");
    }
    // Devices, and what grows without end.
    for (place, device) in
        [("enterprises.csv", "/dev/zero"), ("rules/x.toml", "/dev/zero"), ("villages.csv", "/dev/tty")]
    {
        let dir = folder();
        let site = own(dir.path());
        instead(&site.join(place));
        symlink(device, site.join(place)).expect("a link");
        let ended = check(&site);
        assert!(ended.code == Some(1) && ended.memory < 200, "{place}: {} MB {}", ended.memory, ended.words);
        let found = errors(&ended);
        assert!(found.iter().any(|(file, code)| file == place && code == "site.unreadable"), "{place}: {found:?}");
    }
}

#[test]
fn keys_and_secrets_are_not_read_from_pipes_and_a_link_to_nowhere_makes_no_new_keys() {
    let dir = folder();
    let site = own(dir.path());
    let file = site.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, config + "\n[console]\naddress = \"https://office.example.com\"\n").expect("the site file");
    assert!(run(&office::MORNING, &site).status.success());
    let keys = site.join("state/link.keys");
    let kept = std::fs::read_to_string(&keys).expect("keys");
    for spoil in [pipe as fn(&Path), |path: &Path| {
        instead(path);
        symlink("/nowhere/keys", path).expect("a link");
    }] {
        spoil(&keys);
        let mut once = cuofeng();
        once.args(["once", "--now", "2026-09-12T09:00:00+08:00", "--site"]).arg(&site);
        let ended = watched(once, Duration::from_secs(20));
        assert!(ended.code.is_some_and(|code| code != 0), "{:?} {}", ended.time, ended.words);
        assert!(ended.words.contains("link.keys"), "{}", ended.words);
        assert!(!keys.is_file(), "no new keys in their place");
    }
    std::fs::remove_file(&keys).expect("a link");
    std::fs::write(&keys, kept).expect("keys");
    assert!(run(&["once", "--now", "2026-09-12T09:00:00+08:00"], &site).status.success());
}

#[test]
fn what_editors_and_offices_leave_behind_is_passed_over() {
    let dir = folder();
    let site = own(dir.path());
    std::fs::create_dir(site.join("inbox")).expect("a folder");
    let file = site.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    let feed = "\n[[feed]]\nname = \"bureau\"\nkind = \"bulletin\"\nregions = [\"wuping\"]\nfolder = \"inbox\"\nlabel = \"通报\"\n";
    std::fs::write(&file, config + feed).expect("the site file");
    let before = check(&site);
    for name in [
        "rules/._ozone.toml",
        "rules/.ozone.toml",
        "rules/~$ozone.toml",
        "inbox/._a.txt",
        "templates/zh/ozone/._enterprise.subject.txt",
        "templates/zh/.DS_Store",
        "~$enterprises.xlsx",
        "._enterprises.xlsx",
        "rules/ozone.toml~",
        "rules/#ozone.toml#",
    ] {
        std::fs::write(site.join(name), b"\x00\x05\x16\x07 no text at all \xff").expect("a file");
    }
    symlink("someone@host.1234:567", site.join("rules/.#ozone.toml")).expect("a lock of Emacs");
    let after = check(&site);
    assert_eq!((before.code, &before.words), (after.code, &after.words));
}

/// A workbook of one sheet, from the pieces of its XML.
fn workbook(path: &Path, sheet: impl Iterator<Item = String>, strings: impl Iterator<Item = String>, claim: &str) {
    const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    const RELATED: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATED}/{kind}\" Target=\"{target}\"/>")
    };
    let small = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\">{}</Relationships>",
                relation("r1", "officeDocument", "xl/workbook.xml")
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\">{}{}</Relationships>",
                relation("r1", "worksheet", "worksheets/sheet1.xml"),
                relation("r2", "sharedStrings", "sharedStrings.xml")
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook {MAIN} xmlns:r=\"{RELATED}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
    ];
    for (name, text) in small {
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("a part");
    }
    zip.start_file("xl/sharedStrings.xml", options).expect("a part");
    write!(zip, "<sst {MAIN} {claim}>").expect("a part");
    strings.for_each(|piece| zip.write_all(piece.as_bytes()).expect("a part"));
    zip.write_all(b"</sst>").expect("a part");
    zip.start_file("xl/worksheets/sheet1.xml", options).expect("a part");
    write!(zip, "<worksheet {MAIN}><sheetData>").expect("a part");
    sheet.for_each(|piece| zip.write_all(piece.as_bytes()).expect("a part"));
    zip.write_all(b"</sheetData></worksheet>").expect("a part");
    zip.finish().expect("a workbook");
}

/// Workbooks of at most five megabytes that would need gigabytes, each with the code of the finding.
fn monsters(dir: &Path) -> Vec<(&'static str, PathBuf)> {
    let head = || std::iter::once("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c></row>".to_owned());
    let none = || std::iter::empty::<String>();
    let rows = 2..1_048_577;
    let at = |name: &str| dir.join(name);
    workbook(
        &at("far.xlsx"),
        head().chain(["<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>".to_owned()]),
        none(),
        "",
    );
    let wide = rows.clone().map(|row| format!("<row r=\"{row}\"><c r=\"IV{row}\"><v>1</v></c></row>"));
    workbook(&at("wide.xlsx"), head().chain(wide), none(), "");
    let header = std::iter::once("<row r=\"1\"><c r=\"IV1\" t=\"inlineStr\"><is><t>id</t></is></c></row>".to_owned());
    let narrow = rows.map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"));
    workbook(&at("header.xlsx"), header.chain(narrow), none(), "");
    let strings = std::iter::repeat_n("<si><t>a</t></si>".repeat(1000), 10_000);
    workbook(&at("strings.xlsx"), head(), strings, "");
    workbook(&at("claim.xlsx"), head(), none(), "uniqueCount=\"99999999999\"");
    let same = std::iter::repeat_n("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>".repeat(1000), 10_000);
    workbook(&at("bomb.xlsx"), head().chain(same), none(), "");
    let long = ["<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>".to_owned()];
    let long =
        long.into_iter().chain(std::iter::repeat_n("a".repeat(1 << 20), 200)).chain(["</t></is></c></row>".to_owned()]);
    workbook(&at("long.xlsx"), head().chain(long), none(), "");
    let names = ["far", "wide", "header", "strings", "claim", "bomb", "long"];
    names.into_iter().map(|name| (name, at(&format!("{name}.xlsx")))).collect()
}

#[test]
#[ignore = "long: scripts/attack"]
fn a_workbook_takes_no_more_memory_than_a_table_may() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::remove_file(site.join("enterprises.csv")).expect("a table");
    for (name, path) in monsters(dir.path()) {
        let bytes = path.metadata().expect("a file").len();
        std::fs::copy(&path, site.join("enterprises.xlsx")).expect("a table");
        let mut program = cuofeng();
        program.args(["check", "--json", "--site"]).arg(&site);
        let ended = watched(program, Duration::from_mins(2));
        eprintln!("{name}: {} KB in {} MB and {:?}", bytes >> 10, ended.memory, ended.time);
        assert_eq!(ended.code, Some(1), "{name}: {:?} {}", ended.time, ended.words);
        assert!(ended.memory <= 350, "{name}: {} MB", ended.memory);
        let found = errors(&ended);
        assert!(
            found.iter().any(|(file, code)| file == "enterprises.xlsx" && code.starts_with("grid.")),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_workbook_of_one_kilobyte_that_claims_a_hundred_thousand_million_texts_ends_nothing() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::remove_file(site.join("enterprises.csv")).expect("a table");
    let none = std::iter::empty::<String>;
    workbook(&site.join("enterprises.xlsx"), none(), none(), "uniqueCount=\"99999999999\"");
    let ended = check(&site);
    assert_eq!(ended.code, Some(1), "{}", ended.words);
    assert!(errors(&ended).iter().any(|(_, code)| code == "grid.too_large"), "{}", ended.words);
}

#[test]
fn rules_of_any_size_are_judged_or_refused_in_a_few_seconds() {
    let condition = |terms: usize| vec!["臭氧 > 160 微克每立方米"; terms].join(" 或 ");
    let rule = |id: usize| {
        office::by_itself()
            .replace("\"ozone-tip\"", &format!("\"r{id}\""))
            .replace("kind = \"ozone\"", &format!("kind = \"k{id}\""))
    };
    let levels = |count: usize| {
        let level = |n: usize| format!("[[rule.level]]\nid = \"l{n}\"\nname = \"级\"\nwhen = \"臭氧 > 1\"\n");
        format!("{}{}", office::by_itself(), (0..count).map(level).collect::<String>())
    };
    let cases = [
        (
            "1e5 terms",
            vec![office::by_itself().replace("日最大(臭氧8小时) 高于 160 微克每立方米", &condition(100_000))],
        ),
        (
            "20000 terms",
            vec![office::by_itself().replace("日最大(臭氧8小时) 高于 160 微克每立方米", &condition(20_000))],
        ),
        (
            "1e5 brackets",
            vec![office::by_itself().replace("日最大(臭氧8小时)", &format!("{}臭氧", "(".repeat(100_000)))],
        ),
        ("1e5 empty rules", vec!["[[rule]]\n".repeat(100_000)]),
        ("1e5 rules", (0..100).map(|file| (0..1000).map(|n| rule(file * 1000 + n)).collect::<String>()).collect()),
        ("1e4 levels", vec![levels(10_000)]),
        (
            "1e5 wrong keys",
            vec![format!("[[rule]]\n{}", (0..100_000).fold(String::new(), |all, n| all + &format!("k{n}=1\n")))],
        ),
    ];
    for (what, files) in cases {
        let dir = folder();
        let site = example(dir.path());
        std::fs::create_dir_all(site.join("rules")).expect("a folder");
        for (number, source) in files.iter().enumerate() {
            std::fs::write(site.join(format!("rules/r{number}.toml")), source).expect("a rule");
        }
        let ended = check(&site);
        eprintln!("{what}: {:?}, {} MB", ended.time, ended.memory);
        assert_eq!(ended.code, Some(1), "{what}: {:?}", ended.time);
        assert!(
            ended.time < Duration::from_secs(12) && ended.memory < 400,
            "{what}: {:?}, {} MB",
            ended.time,
            ended.memory
        );
    }
}

#[test]
fn a_template_that_writes_without_end_is_refused_before_it_fills_the_memory() {
    let long = "文".repeat(100_000);
    let cases = [
        ("a loop", format!("{{% for i in range(60000) %}}{long}{{% endfor %}}"), "template.endless"),
        (
            "loops in loops",
            "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}".to_owned(),
            "template.error",
        ),
        ("a text many times over", "{{ 'x' * 4000000000 }}".to_owned(), "template.error"),
        ("one that includes itself", "{% include 'zh/ozone/enterprise.email.txt' %}".to_owned(), "template.error"),
    ];
    for (what, source, code) in cases {
        let dir = folder();
        let site = own(dir.path());
        std::fs::write(site.join("templates/zh/ozone/enterprise.email.txt"), source).expect("a template");
        let ended = check(&site);
        let found = errors(&ended);
        assert!(found.iter().any(|(_, found)| found == code), "{what}: {found:?}");
        assert!(
            ended.time < Duration::from_secs(15) && ended.memory < 200,
            "{what}: {:?}, {} MB",
            ended.time,
            ended.memory
        );
    }
}

/// A site whose villages are told by a loudspeaker that takes text and audio, with this engine.
fn speaking(dir: &Path, voice: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    let more = format!(
        "\n[channel.speaker_http]\nurl = \"http://127.0.0.1:9/play?to={{address}}&text={{text}}&audio={{audio}}\"\n\
         code = \"/code\"\nok = [\"0\"]\n[deliver]\nspeech = \"speaker_http\"\n\
         [console]\naddress = \"https://office.example.com\"\n[speech]\nvoice_seconds = 300\n{voice}\n"
    );
    std::fs::write(&file, config + &more).expect("the site file");
    site
}

const HANGS: [(&str, &str); 3] = [
    ("one that sleeps", "voice = [\"/bin/sh\", \"-c\", \"sleep 290\"]"),
    ("one whose child holds the pipe", "voice = [\"/bin/sh\", \"-c\", \"sh -c 'sleep 290' & sleep 290\"]"),
    ("one that ignores signals", "voice = [\"/bin/sh\", \"-c\", \"trap '' TERM INT HUP; sleep 290; sleep 290\"]"),
];

/// Seconds until the first mail of an evening's decision lies there.
fn first_mail(site: &Path) -> Option<Duration> {
    let begun = Instant::now();
    let mut once = cuofeng();
    once.args(["once", "--now", "2026-09-16T20:00:00+08:00", "--site"]).arg(site);
    let mut child = once.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let is_mail = |name: &String| name.contains(".email") && name.starts_with("straw-");
    let mut found = None;
    while found.is_none() && begun.elapsed() < Duration::from_secs(20) {
        found = letters(site).keys().any(is_mail).then(|| begun.elapsed());
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    found
}

#[test]
fn a_decision_and_its_mails_do_not_wait_for_an_engine_that_hangs() {
    let dir = folder();
    let silent = speaking(dir.path(), HANGS[0].1);
    let file = silent.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    let config = config.replace("&audio={audio}", "").replace("voice_seconds = 300\n", "").replace(HANGS[0].1, "");
    std::fs::write(&file, config).expect("the site file");
    let without = first_mail(&silent).expect("a mail");
    for (what, voice) in HANGS {
        let dir = folder();
        let with = first_mail(&speaking(dir.path(), voice)).unwrap_or_else(|| panic!("{what}: no mail in 20 s"));
        eprintln!("{what}: first mail after {with:?}, without an engine after {without:?}");
        assert!(with < without + Duration::from_secs(1), "{what}: {with:?} against {without:?}");
    }
}

#[tokio::test]
async fn a_service_whose_engine_hangs_sends_what_comes_meanwhile_and_ends_when_it_is_asked() {
    let mark = folder();
    let pid = mark.path().join("pid");
    let voice = format!("voice = [\"/bin/sh\", \"-c\", \"echo $$ > {}; sleep 290; sleep 290\"]", pid.display());
    let dir = folder();
    let site = speaking(dir.path(), &voice);
    std::fs::write(site.join("staff.csv"), "name,role\n").expect("a table");
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    let config = Site::read(&site).0.expect("a site").config;
    village::tell(&store, &config, 3600).await;
    let mut service = Service::start(&site);
    assert!(service.until(Duration::from_secs(20), || pid.is_file()), "the engine was asked: {}", service.said());
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    fill::beside(&store, &config, 20, &[Form::Email], Utc::now()).await;
    let mails = || letters(&site).keys().filter(|name| name.starts_with("second-")).count();
    assert!(service.until(Duration::from_secs(10), || mails() == 2), "{} mails; {}", mails(), service.said());
    eprintln!("mails beside a hanging engine left after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(3));
    let (status, time) = service.terminate(Duration::from_secs(10)).unwrap_or_else(|| panic!("{}", service.said()));
    assert!(status.success(), "{status} after {time:?}");
    let engine = std::fs::read_to_string(&pid).expect("a number");
    assert!(!Path::new(&format!("/proc/{}", engine.trim())).exists(), "the engine goes with the service");
}

/// Paths below a folder with their modes.
fn modes(root: &Path) -> BTreeMap<PathBuf, u32> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let data = path.symlink_metadata().expect("a file");
        all.insert(path.clone(), data.permissions().mode() & 0o777);
        if data.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
    }
    all
}

/// The program under a umask, told to do one thing.
fn under(umask: &str, site: &Path, words: &[&str]) {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\""), &cuofeng().get_program().to_string_lossy()]);
    let output = shell.args(words).arg("--site").arg(site).output().expect("the program");
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn what_the_program_keeps_and_writes_is_its_users_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let dir = folder();
        let site = own(dir.path());
        under(umask, &site, &office::MORNING);
        let (state, out) = (modes(&site.join("state")), modes(&site.join("out")));
        assert!(state.len() > 3 && out.len() > 3, "{state:?} {out:?}");
        for (path, mode) in state.iter().chain(&out) {
            let wanted = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(*mode, wanted, "umask {umask}: {} has {mode:o}", path.display());
        }
    }
}

#[test]
fn what_another_program_takes_gets_the_mode_that_the_site_names() {
    for (line, letter, folder_mode) in [("mode = \"0640\"\n", 0o640, 0o750), ("mode = \"0644\"\n", 0o644, 0o755)] {
        let dir = folder();
        let site = own(dir.path());
        let file = site.join("cuofeng.toml");
        let config = std::fs::read_to_string(&file).expect("the site file");
        let config = config.replace("[channel.folder]\n", &format!("[channel.folder]\n{line}"));
        let config = if config.contains(line) { config } else { format!("{config}\n[channel.folder]\n{line}") };
        std::fs::write(&file, config).expect("the site file");
        under("077", &site, &office::MORNING);
        for (path, mode) in modes(&site.join("out")) {
            assert_eq!(mode, if path.is_dir() { folder_mode } else { letter }, "{} has {mode:o}", path.display());
        }
        assert!(modes(&site.join("state")).values().all(|mode| [0o600, 0o700].contains(mode)));
    }
    let dir = folder();
    let site = own(dir.path());
    let file = site.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    for wrong in ["0777", "0200", "rw-", "0646"] {
        std::fs::write(&file, format!("{config}\n[channel.folder]\nmode = \"{wrong}\"\n")).expect("the site file");
        assert!(errors(&check(&site)).iter().any(|(_, code)| code == "config.mode_bits"), "{wrong}");
    }
}

#[test]
fn what_an_older_version_left_open_is_closed_once() {
    let dir = folder();
    let site = own(dir.path());
    under("022", &site, &office::MORNING);
    for (path, _) in modes(&site.join("state")).into_iter().chain(modes(&site.join("out"))) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }
    under("022", &site, &["once", "--now", "2026-09-12T09:00:00+08:00"]);
    for (path, mode) in modes(&site.join("state")).into_iter().chain(modes(&site.join("out"))) {
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", path.display());
    }
}
