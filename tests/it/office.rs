//! A site as a user has it, and the program as its users run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub fn cuofeng() -> Command {
    // `scripts/test` names the release build where a promise is about it.
    let program = std::env::var_os("CUOFENG_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_cuofeng").into());
    let mut command = Command::new(program);
    command.env_remove("CUOFENG_LOG");
    command
}

pub fn run(args: &[&str], site: &Path) -> Output {
    cuofeng().args(args).arg("--site").arg(site).output().expect("the program")
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The example site as a user would copy it, at `dir/site`.
pub fn example(dir: &Path) -> PathBuf {
    let site = dir.join("site");
    for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
        let target = site.join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::write(&target, bytes).expect("a file");
        rested(&target);
    }
    site
}

/// Dates a file back, so that nobody takes it for one that is still being written.
pub fn rested(path: &Path) {
    let before = std::time::SystemTime::now() - std::time::Duration::from_mins(10);
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(before).expect("a time");
}

/// What the office itself has to write into a site file that `init` wrote.
pub const OWN_WORDS: [(&str, &str); 4] = [
    ("某某镇生态环境办公室", "武平镇生态环境办公室"),
    ("phone = \"023-00000000\"", "phone = \"023-00000001\""),
    ("name = \"某某镇\"", "name = \"武平镇\""),
    ("请写明数据提供单位", "某某区生态环境监测站"),
];

/// The words of a site file as an office leaves it: step 1 of the README.
pub fn own_words(source: &str) -> String {
    OWN_WORDS.iter().fold(source.to_owned(), |source, (from, to)| {
        assert!(source.contains(from), "{from}");
        source.replace(from, to)
    })
}

/// A site as `init` writes it, with the office's own words, at `dir/office`.
pub fn new_site(dir: &Path) -> PathBuf {
    let site = dir.join("office");
    assert!(cuofeng().arg("init").arg(&site).output().expect("the program").status.success());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(file, own_words(&source)).expect("the site file");
    site
}

/// The identity that the program has given a site.
pub fn identity(site: &Path) -> String {
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    let line = file.lines().find_map(|line| line.strip_prefix("identity = \""));
    line.expect("an identity").trim_end_matches('"').to_owned()
}

/// Names and contents of what the folder channel wrote.
pub fn letters(site: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(site.join("out")) else { return BTreeMap::new() };
    entries
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| t.is_file()))
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(e.path()).unwrap_or_default()))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect()
}

pub const MORNING: [&str; 3] = ["once", "--now", "2026-09-12T08:00:00+08:00"];

/// The words of every mail, as an outside reader reads them.
pub fn mails(site: &Path) -> String {
    let script = "import email,sys,glob\nfrom email import policy\n\
        for f in sorted(glob.glob(sys.argv[1]+'/*.eml')):\n\
        \x20   m=email.message_from_binary_file(open(f,'rb'),policy=policy.default)\n\
        \x20   print(f, m['Subject'], m['To'])\n\
        \x20   print(m.get_body().get_content())\n";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(site.join("out")).output().expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// A rule that wants a person's consent.
pub const RULE: &str = r#"[[rule]]
id = "ozone-tip"
name = "臭氧错峰生产提示"
kind = "ozone"
source = "GB 3095-2026《环境空气质量标准》二级浓度限值"
release = "approval"
deadline_hours = 2
season = "04-01..09-30"
shape = "10-17"
lead_hours = 1
quiet = "22-07"

[[rule.level]]
id = "exceed"
name = "臭氧超标"
when = "日最大(臭氧8小时) 高于 160 微克每立方米"

[[rule.level.measure]]
ask = "shift"
activities = ["spray", "unload"]

[[rule.tell]]
to = "enterprises"
sectors = ["filling_station", "auto_paint"]
forms = ["email", "sms"]
template = "ozone/enterprise"
"#;

/// The same rule where it sends by itself.
pub fn by_itself() -> String {
    RULE.replace("\"approval\"", "\"auto\"")
}

/// Has the contact of the enterprise E038, and nobody else, take part in exercises.
pub fn exercised(site: &Path) {
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let table = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
    let row = table.lines().find(|line| line.starts_with("E038,")).expect("an enterprise");
    let mobile = row.split(',').find(|cell| cell.len() == 11 && cell.starts_with("100")).expect("a mobile");
    std::fs::write(&file, format!("{source}\n[exercise]\nto = [\"{mobile}\"]\n")).expect("the site file");
}

/// What has a rule tell those on duty, too.
pub const DUTY: &str = "\n[[rule.tell]]\nto = \"duty\"\nforms = [\"email\"]\ntemplate = \"ozone/duty\"\n";

/// The first warning that the rule makes of the recorded forecast.
pub const EPISODE: &str = "ozone-wuping-20260912-1";

/// A command at an instant of that month, as `12T08:20`.
pub fn call(site: &Path, words: &[&str], time: &str) -> Output {
    let now = format!("2026-09-{time}:00+08:00");
    run(&[words, &["--now", &now]].concat(), site)
}

/// Letters that told enterprises for a purpose.
pub fn to_enterprises(site: &Path, purpose: &str) -> usize {
    letters(site).keys().filter(|name| name.contains(&format!(".{purpose}.enterprise-"))).count()
}

/// The warnings as the program lists them for other programs.
pub fn warnings(site: &Path) -> Value {
    serde_json::from_slice(&run(&["warnings", "list", "--json"], site).stdout).expect("one JSON object")
}

/// The example site with one rule.
pub fn ruled(dir: &Path, rule: &str) -> PathBuf {
    let site = example(dir);
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    std::fs::write(site.join("rules/ozone.toml"), rule).expect("a rule");
    site
}
