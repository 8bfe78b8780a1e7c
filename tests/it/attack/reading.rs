//! What the program reads: files that can't be read, pipes and devices, files of other programs.

use std::fs::File;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use serde_json::Value;

use crate::office::{self, cuofeng, example, folder, letters, run, text};

/// A program's end, its words and the most memory that it took, in MB; it is ended at the limit.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) words: String,
    pub(super) memory: u64,
    pub(super) time: Duration,
}

pub(super) fn watched(mut program: Command, limit: Duration) -> Ended {
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

pub(super) fn check(site: &Path) -> Ended {
    let mut program = cuofeng();
    program.args(["check", "--json", "--site"]).arg(site);
    watched(program, Duration::from_secs(20))
}

/// Files and codes of the errors that `check` finds.
pub(super) fn errors(ended: &Ended) -> Vec<(String, String)> {
    let found: Value = serde_json::from_str(ended.words.trim()).unwrap_or_else(|_| panic!("JSON: {}", ended.words));
    let all = found["problems"].as_array().cloned().unwrap_or_default();
    let word = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    all.iter().filter(|p| p["severity"] == "error").map(|p| (word(p, "file"), word(p, "code"))).collect()
}

/// A site with rules and templates of its own.
pub(super) fn own(dir: &Path) -> PathBuf {
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
