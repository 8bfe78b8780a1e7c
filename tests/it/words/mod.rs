//! What people read, word by word: the letters of the demo and of a small site as one reviewed file a language, and what
//! every text keeps to.
//!
//! A change of words shows in `tests/cases/words/letters.*.txt`; `CUOFENG_REVIEW=1 cargo test --test it words` writes
//! these files anew, to be read before they are committed.

mod changes;
mod groups;
mod levels;
mod orders;
mod reviewed;
mod short;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::office::{self, example, folder, letters, run, text};

/// Whose letters are shown of the demo's enterprises: no hours, less load, hours of its own.
const SHOWN: [&str; 3] = ["E026", "E031", "E038"];

/// The example site in a language.
fn site_in(dir: &Path, lang: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(file, source.replace("[site]\n", &format!("[site]\nlanguage = \"{lang}\"\n"))).expect("a site file");
    site
}

/// Subject and words of a mail, as an outside reader reads them.
fn mail(file: &Path) -> String {
    let script = "import email,sys\nfrom email import policy\n\
        m=email.message_from_binary_file(open(sys.argv[1],'rb'),policy=policy.default)\n\
        print(m['Subject'])\nprint(m.get_body(('plain','html')).get_content())\n";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(file).output().expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// A letter's name without its recipient: episode, revision, purpose, class, form.
fn kind(name: &str) -> Option<(String, String)> {
    let (head, tail) = name.split_once('-').and_then(|_| {
        let class = ["enterprise-", "village-", "keeper-", "duty-", "department-"];
        class.iter().find_map(|class| {
            let place = name.find(&format!(".{class}"))? + class.len();
            Some((name.get(..place)?, name.get(place + 1..)?))
        })
    })?;
    let (who, form) = tail.split_once('.')?;
    let form = form.rsplit_once('.').map_or(form, |(form, _)| form);
    let plain: Vec<&str> =
        form.split('.').filter(|part| part.len() != 6 || !part.bytes().all(|b| b.is_ascii_hexdigit())).collect();
    Some((format!("{head} {}", plain.join(" ")), who.to_owned()))
}

/// Every kind of letter that the demo writes.
fn demo(lang: &str) -> String {
    let dir = folder();
    let site = site_in(dir.path(), lang);
    let played = run(&["demo", "--lang", lang], &site);
    assert!(played.status.success(), "{}", text(&played));
    let mut seen = BTreeSet::new();
    let mut out = String::new();
    for (name, words) in letters(&site) {
        let Some((kind, who)) = kind(&name).filter(|_| !name.contains(".ics")) else { continue };
        let shown = SHOWN.contains(&who.as_str());
        if !(seen.insert(kind.clone()) || shown) {
            continue;
        }
        let words = if name.contains(".eml") { mail(&site.join("out").join(&name)) } else { words };
        writeln!(out, "==== {kind} {who}\n{}\n", words.trim_end()).expect("a text");
    }
    out
}

fn templates(site: &Path) -> Vec<String> {
    let refused = text(&run(&["notices", "preview", "none"], site));
    let known = refused.split(['；', ';']).next_back().expect("a list");
    let known = known.split_once(['：', ':']).map_or(known, |(_, list)| list);
    known.split(['、', ',']).map(|name| name.trim().to_owned()).filter(|name| name.contains('/')).collect()
}

fn preview(site: &Path, template: &str) -> Vec<Value> {
    let shown = run(&["notices", "preview", template, "--json"], site);
    let value: Value = serde_json::from_slice(&shown.stdout).unwrap_or_else(|_| panic!("{template}: {}", text(&shown)));
    value["texts"].as_array().expect("texts").clone()
}

/// Parts of a short message in UCS-2.
fn parts(words: &str) -> usize {
    let units = words.encode_utf16().count();
    if units <= 70 { 1 } else { units.div_ceil(67) }
}

/// The rule at another figure than the standard's.
fn at(figure: &str) -> String {
    office::by_itself().replace("高于 160", &format!("高于 {figure}")) + office::DUTY
}

/// Two levels on the recorded days: 14 September is above the upper one.
const LEVELS: &str = r#"[[rule]]
id = "levels"
name = "分级提示"
kind = "levels"
source = "本地文件"
shape = "days"
lead_hours = 1

[[rule.level]]
id = "high"
name = "较重"
when = "日最大(臭氧8小时) 高于 230 µg/m³"
[[rule.level.measure]]
ask = "care"
activities = ["crush"]
advice = "停止露天作业，物料全部覆盖"
[[rule.level.measure]]
ask = "reduce"
activities = ["kiln"]
percent = 30

[[rule.level]]
id = "low"
name = "一般"
when = "日最大(臭氧8小时) 高于 160 µg/m³"
[[rule.level.measure]]
ask = "care"
activities = ["crush"]
advice = "物料覆盖，增加洒水频次"

[[rule.tell]]
to = "enterprises"
sectors = ["brickworks"]
forms = ["email", "sms"]
template = "particles/enterprise"
"#;

/// The mail of a letter whose name has these parts.
fn mail_of(site: &Path, parts: &[&str]) -> String {
    let named = |name: &&String| name.contains(".eml") && parts.iter().all(|part| name.contains(part));
    let all = letters(site);
    let name = all.keys().find(named).unwrap_or_else(|| panic!("{parts:?}: {:?}", all.keys()));
    mail(&site.join("out").join(name))
}

/// The short message of a letter whose name has these parts.
fn sms_of(site: &Path, parts: &[&str]) -> String {
    let named = |name: &String| name.contains(".sms") && parts.iter().all(|part| name.contains(part));
    letters(site).into_iter().find(|(name, _)| named(name)).unwrap_or_else(|| panic!("{parts:?}")).1
}
