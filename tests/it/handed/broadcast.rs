//! Villages' texts handed over as emergency broadcast files, read by other XML readers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::well_formed;
use crate::office::{self, example, folder, run, text};

pub(crate) fn site(dir: &Path, more: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let channel = format!(
        "\n[channel.speaker_file]\nfolder = \"broadcast\"\nsender = \"35001990000000103010101\"\n\
         sender_code = \"0001\"\nevent = \"11B06\"\n{more}\n[deliver]\nspeech = \"speaker_file\"\n"
    );
    std::fs::write(&file, source + &channel).expect("the site file");
    site
}

pub(crate) fn once(site: &Path, now: &str) {
    let output = run(&["once", "--now", now], site);
    assert!(output.status.success(), "{}", text(&output));
}

/// Messages by file, as Python's reader sees them: path of each element without children, with its text.
fn messages(site: &Path) -> BTreeMap<String, Value> {
    let script = "import sys,glob,json,os\nimport xml.etree.ElementTree as E\n\
        def walk(e,p,o):\n\
        \x20   p=p+'/'+e.tag\n\
        \x20   if len(e)==0: o[p]=e.text\n\
        \x20   for c in e: walk(c,p,o)\n\
        all={}\n\
        for f in sorted(glob.glob(sys.argv[1]+'/EBDB_*.xml')):\n\
        \x20   o={}\n\
        \x20   walk(E.parse(f).getroot(),'',o)\n\
        \x20   all[os.path.basename(f)]=o\n\
        print(json.dumps(all))\n";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(site.join("broadcast")).output();
    let output = output.expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    let all: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    all
}

fn of<'a>(message: &'a Value, path: &str) -> &'a str {
    message[path].as_str().unwrap_or("")
}

/// Every CAP file there passes our own schema.
fn assert_cap(site: &Path, status: &str) {
    let files = std::fs::read_dir(site.join("broadcast")).expect("a folder").flatten();
    let caps: Vec<PathBuf> = files.map(|f| f.path()).filter(|p| p.to_string_lossy().contains("straw-wuping")).collect();
    assert!(!caps.is_empty());
    for cap in caps {
        let words = std::fs::read_to_string(&cap).expect("a file");
        assert!(words.contains(&format!("<status>{status}</status>")), "{words}");
        let checked = office::cuofeng().args(["cap", "check"]).arg(&cap).output().expect("the program");
        assert!(checked.status.success(), "{}", text(&checked));
        well_formed(&cap);
    }
}

#[test]
fn each_village_has_one_message_that_says_it_is_a_drill_until_the_site_says_otherwise() {
    let dir = folder();
    let site = site(dir.path(), "");
    once(&site, "2026-09-16T20:00:00+08:00");
    once(&site, "2026-09-17T08:00:00+08:00");
    let all = messages(&site);
    assert_eq!(all.len(), 8, "{:?}", all.keys());
    let mut ids = std::collections::BTreeSet::new();
    for (file, message) in &all {
        let packet = of(message, "/EBD/EBDID");
        assert_eq!((packet.len(), file.as_str()), (41, format!("EBDB_{packet}.xml").as_str()));
        let id = of(message, "/EBD/EBM/EBMID");
        assert!(id.len() == 35 && id.starts_with("35001990000000103010101202609") && ids.insert(id.to_owned()), "{id}");
        assert_eq!(of(message, "/EBD/EBDType"), "EBM");
        assert_eq!(of(message, "/EBD/EBM/MsgBasicInfo/MsgType"), "1");
        assert_eq!(of(message, "/EBD/EBM/TestType"), "1");
        let words = of(message, "/EBD/EBM/MsgContent/MsgDesc");
        assert!(words.starts_with("现在是演练") && words.ends_with("以上是演练。"), "{words}");
        assert!(of(message, "/EBD/EBM/MsgContent/AreaCode").starts_with("5001990012"));
        let times = ["StartTime", "EndTime"].map(|t| of(message, &format!("/EBD/EBM/MsgBasicInfo/{t}")).to_owned());
        assert!(times[0].starts_with("2026-09-17 08:00") && times[1].as_str() <= "2026-09-17 12:00:59", "{times:?}");
    }
    assert_cap(&site, "Exercise");
    once(&site, "2026-09-17T08:10:00+08:00");
    assert_eq!(messages(&site), all, "once each");
}

#[test]
fn a_newer_text_takes_the_earlier_one_back_and_is_meant_where_the_site_says_so() {
    let dir = folder();
    let site = site(dir.path(), "live = true");
    once(&site, "2026-09-16T20:00:00+08:00");
    once(&site, "2026-09-17T08:00:00+08:00");
    let first = messages(&site);
    for message in first.values() {
        assert!(of(message, "/EBD/EBM/MsgContent/MsgDesc").contains("村民朋友们，这里是"), "{message}");
        assert!(!message.to_string().contains("演练") && message.get("/EBD/EBM/TestType").is_none(), "{message}");
    }
    assert_cap(&site, "Actual");
    let lift = [
        "warnings",
        "lift",
        "straw-wuping-20260916-1",
        "--by",
        "罗代泉",
        "--reason",
        "转雨",
        "--now",
        "2026-09-17T09:00:00+08:00",
    ];
    let lifted = run(&lift, &site);
    assert!(lifted.status.success(), "{}", text(&lifted));
    once(&site, "2026-09-17T09:01:00+08:00");
    let after: BTreeMap<String, Value> =
        messages(&site).into_iter().filter(|(name, _)| !first.contains_key(name)).collect();
    let (back, new): (Vec<&Value>, Vec<&Value>) =
        after.values().partition(|m| of(m, "/EBD/EBM/MsgBasicInfo/MsgType") == "2");
    let ends = new.iter().filter(|m| of(m, "/EBD/EBM/MsgContent/MsgDesc").contains("但是露天烧秸秆照样不准"));
    assert_eq!((back.len(), ends.count()), (8, 8), "{:?}", after.keys());
    let mut earlier: Vec<&str> = first.values().map(|m| of(m, "/EBD/EBM/EBMID")).collect();
    let mut taken: Vec<&str> = back.iter().map(|m| of(m, "/EBD/EBM/RelatedEBM/EBMID")).collect();
    earlier.sort_unstable();
    taken.sort_unstable();
    assert_eq!(taken, earlier, "each of them, and nothing else");
}
