//! A site out of its backup.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use sha2::Digest as _;

use super::{RELEASER, backup, dies_at, number, restore, taken, unpacked, worked};
use crate::attack::service::Service;
use crate::fill;
use crate::office::{MORNING, cuofeng, folder, run, text};
use crate::recorder::Recorder;

/// Where each letter of a site stands.
async fn states(site: &Path) -> BTreeMap<String, String> {
    let store = Store::open(&Site::database(site)).await.expect("a database");
    let rows: Vec<(String, String)> =
        sqlx::query_as("select key, state from outbox").fetch_all(store.pool()).await.expect("the outbox");
    store.close().await;
    rows.into_iter().collect()
}

#[test]
fn what_the_program_can_not_know_and_what_is_not_empty_is_refused() {
    let dir = folder();
    let site = worked(dir.path());
    let archive = dir.path().join("a.zip");
    assert!(backup(&site, &archive).status.success());
    // By a later program: its database has a schema that this one does not know, its archive a form.
    for (old, new, words) in [
        ("\"database_schema\": ", "\"database_schema\": 9", "只认到第"),
        ("cuofeng.archive/1", "cuofeng.archive/2", "格式比本程序"),
        ("\"path\": \"staff.csv\"", "\"path\": \"../staff.csv\"", "文件夹以外"),
    ] {
        let later = dir.path().join("later.zip");
        let mut all = unpacked(&archive);
        let manifest = String::from_utf8(all["manifest.json"].clone()).expect("text");
        all.insert("manifest.json".to_owned(), manifest.replace(old, new).into_bytes());
        if new.contains("..") {
            let staff = all.remove("staff.csv").expect("a table");
            all.insert("../staff.csv".to_owned(), staff);
        }
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&later).expect("a file"));
        for (name, bytes) in &all {
            zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
            zip.write_all(bytes).expect("bytes");
        }
        zip.set_raw_comment(vec![b' '; 79].into()).expect("a comment");
        zip.finish().expect("an archive");
        let mut bytes = std::fs::read(&later).expect("an archive");
        bytes.truncate(bytes.len() - 79);
        let sum = sha2::Sha256::digest(&bytes).iter().fold(String::new(), |t, b| t + &format!("{b:02x}"));
        bytes.extend(format!("cuofeng sha256 {sum}").as_bytes());
        std::fs::write(&later, &bytes).expect("a file");
        let refused = restore(&later, &dir.path().join("r"));
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
        assert!(text(&refused).contains(words), "{}", text(&refused));
        assert!(!dir.path().join("r").exists());
    }
    let before = std::fs::read(site.join("state/cuofeng.db")).expect("a database");
    let refused = restore(&archive, &site);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("不是空的"), "{}", text(&refused));
    assert_eq!(std::fs::read(site.join("state/cuofeng.db")).expect("a database"), before);
    let nowhere = cuofeng().arg("restore").arg(&archive).current_dir(dir.path()).output().expect("the program");
    assert_eq!(nowhere.status.code(), Some(2), "{}", text(&nowhere));
}

#[tokio::test]
async fn killed_at_any_step_of_a_restore_the_folder_is_no_site_and_the_same_restore_goes_on() {
    let dir = folder();
    let site = worked(dir.path());
    let archive = dir.path().join("a.zip");
    let other = dir.path().join("b.zip");
    assert!(backup(&site, &archive).status.success());
    assert!(backup(&site, &other).status.success());
    let before = states(&site).await;
    for step in ["begun:1", "file:1", "file:4", "unpacked:1", "held:1", "database:1", "site:1"] {
        let new = dir.path().join(step.replace(':', "-"));
        let killed = dies_at(&format!("restore-{step}")).arg("restore").arg(&archive).arg("--site").arg(&new).output();
        assert!(killed.expect("the program").status.code().is_none(), "{step}: it was killed");
        let started = run(&MORNING, &new);
        assert_eq!(started.status.code(), Some(2), "{step}: {}", text(&started));
        assert!(
            text(&started).contains("恢复还没有做完") && text(&started).contains("cuofeng restore"),
            "{}",
            text(&started)
        );
        let service = cuofeng().args(["run", "--site"]).arg(&new).output().expect("the program");
        assert_eq!(service.status.code(), Some(2), "{step}: the service does not start either");
        assert_ne!(cuofeng().arg("init").arg(&new).output().expect("the program").status.code(), Some(0));
        let another = restore(&other, &new);
        assert_eq!(another.status.code(), Some(1), "{step}: {}", text(&another));
        assert!(text(&another).contains("恢复到一半"), "{}", text(&another));
        let again = restore(&archive, &new);
        assert!(again.status.success(), "{step}: {}", text(&again));
        assert_eq!(states(&new).await, before, "{step}");
        let hidden = std::fs::read_dir(new.join("state")).expect("a folder").flatten().map(|e| e.file_name());
        let hidden: Vec<_> = hidden
            .filter(|name| {
                !matches!(name.to_str(), Some("cuofeng.db" | "cuofeng.db-wal" | "cuofeng.db-shm" | "cuofeng.opening"))
            })
            .collect();
        assert!(hidden.is_empty() && !new.join("restoring.json").exists(), "{step}: {hidden:?}");
        let mode = |path: &str| std::fs::metadata(new.join(path)).expect("a file").permissions().mode() & 0o777;
        assert_eq!((mode("state"), mode("state/cuofeng.db")), (0o700, 0o600));
    }
}

#[test]
fn restored_on_another_machine_one_word_of_a_person_settles_what_it_is() {
    let dir = folder();
    let site = worked(dir.path());
    let staff = site.join("staff.csv");
    let table = std::fs::read_to_string(&staff).expect("a table");
    assert!(table.contains(RELEASER), "{table}");
    let archive = dir.path().join("a.zip");
    assert!(backup(&site, &archive).status.success());
    for came in ["moved", "copied"] {
        let (new, marks) = (dir.path().join(came), dir.path().join(format!("{came}-marks")));
        let there = |words: &[&str]| {
            let done = cuofeng().env("CUOFENG_MARKS", &marks).args(words).arg("--site").arg(&new).output();
            done.expect("the program")
        };
        let restored = there(&["restore", archive.to_str().expect("a path")]);
        assert!(restored.status.success(), "{}", text(&restored));
        let words = text(&restored);
        let (say, start) = (words.find("site moved"), words.find("cuofeng run"));
        assert!(say.is_some() && say < start, "first what it is, then the service: {words}");
        let shown = text(&there(&["site", "show"]));
        assert!(shown.contains("cuofeng site moved --by") && shown.contains("cuofeng site copied --by"), "{shown}");
        let said = there(&["site", came, "--by", RELEASER]);
        assert!(said.status.success(), "{}", text(&said));
        let once = there(&MORNING);
        assert!(once.status.success(), "{}", text(&once));
        let shown = text(&there(&["site", "show"]));
        assert!(!shown.contains("cuofeng site moved"), "no second question: {shown}");
        let resumed = there(&["resume", "--unjudged", "--by", RELEASER]);
        assert!(resumed.status.success(), "{}", text(&resumed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_in_mid_drain_nothing_is_sent_twice_and_every_letter_is_sent_or_listed() {
    const LETTERS: usize = 300;
    let dir = folder();
    let server = Recorder::start();
    server.takes(Duration::from_millis(8));
    let site = fill::mail_site(dir.path(), server.port, "connections = 2");
    std::fs::write(site.join("staff.csv"), format!("name,role\n{RELEASER},releaser\n")).expect("a table");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    fill::fill(&store, &config, LETTERS, &[Form::Email], Utc::now()).await;
    store.close().await;
    let mut service = Service::start(&site);
    assert!(service.until(Duration::from_mins(1), || server.mails().len() >= LETTERS / 3), "{}", service.said());
    let archive = dir.path().join("middle.zip");
    let made = backup(&site, &archive);
    assert!(made.status.success(), "{}", text(&made));
    // It goes on for a while, then the machine is lost.
    let had = server.mails().len();
    assert!(service.until(Duration::from_mins(1), || server.mails().len() >= (had + 30).min(LETTERS)));
    service.kill();
    std::fs::remove_dir_all(&site).expect("the machine is lost");

    let new = dir.path().join("elsewhere");
    let restored = restore(&archive, &new);
    assert!(restored.status.success(), "{}", text(&restored));
    let arrived = taken(&server);
    let mut service = Service::start(&new);
    assert!(service.until(Duration::from_secs(30), || service.said().contains("delivered")), "{}", service.said());
    let states = states(&new).await;
    assert_eq!(states.len(), LETTERS);
    for (key, state) in &states {
        match state.as_str() {
            "accepted" => assert_eq!(arrived.get(key), Some(&1), "{key} was sent before the backup"),
            "unknown" => {}
            other => panic!("{key} is {other}"),
        }
    }
    let unknown: Vec<&String> = states.iter().filter(|(_, state)| *state == "unknown").map(|(key, _)| key).collect();
    assert!(unknown.iter().any(|key| arrived.contains_key(*key)), "some had gone out after the backup");
    assert!(unknown.iter().any(|key| !arrived.contains_key(*key)), "some had not gone out at all");
    let listed = run(&["outbox", "list", "--state", "unknown", "--limit", "1000", "--json"], &new);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    assert_eq!(listed["letters"].as_array().map(Vec::len), Some(unknown.len()), "all of them are listed");
    assert_eq!(taken(&server), arrived, "nothing was sent since");

    let resumed = run(&["resume", "--unjudged", "--by", RELEASER], &new);
    assert!(resumed.status.success(), "{}", text(&resumed));
    // The service is woken by it; it has nothing to send by itself.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        assert_eq!(taken(&server), arrived, "nothing was sent by itself after it was resumed");
        std::thread::sleep(Duration::from_millis(100));
    }
    // What a person finds not to have arrived is sent, once.
    let missing = unknown.iter().find(|key| !arrived.contains_key(**key)).expect("one");
    let number = number(&new, missing).await.to_string();
    let words = ["outbox", "settle", &number, "--found", "resend", "--by", RELEASER, "--reason", "没有收到"];
    let settled = run(&words, &new);
    assert!(settled.status.success(), "{}", text(&settled));
    assert!(
        service.until(Duration::from_secs(30), || server.mails().len() > arrived.values().sum()),
        "{}",
        service.said()
    );
    service.kill();
    let all = taken(&server);
    assert_eq!(all.values().max(), Some(&1), "nothing twice");
    assert_eq!(all.len(), arrived.len() + 1);
    assert!(all.contains_key(*missing));
}
