//! A speech engine that never comes back.
#![expect(clippy::print_stderr, reason = "what was measured is shown")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

use super::service::Service;
use crate::office::{cuofeng, example, folder, letters};
use crate::{fill, village};

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
