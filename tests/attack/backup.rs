//! Backup and restore: nothing lost, nothing sent twice, nothing half done, no secret taken along.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::backup::{BackupError, read};
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use sha2::Digest;

use super::fill;
use super::office::{MORNING, cuofeng, example, folder, run, text};
use super::recorder::Recorder;
use super::recorder::gateway::Gateway;
use super::service::Service;

const RELEASER: &str = "罗代泉";

/// A site that has told people of something, and what else lies in its folder.
pub fn worked(dir: &Path) -> PathBuf {
    let site = example(dir);
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    site
}

fn backup(site: &Path, to: &Path) -> std::process::Output {
    cuofeng().args(["backup", "--to"]).arg(to).arg("--site").arg(site).output().expect("the program")
}

fn restore(from: &Path, site: &Path) -> std::process::Output {
    cuofeng().arg("restore").arg(from).arg("--site").arg(site).output().expect("the program")
}

/// The program with a place in it where it dies.
fn dies_at(place: &str) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cuofeng"));
    command.env("CUOFENG_DIE_AT", place);
    command
}

/// Everything in an archive, unpacked by the ZIP reader alone.
fn unpacked(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).expect("a file")).expect("a ZIP file");
    let names: Vec<String> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    names
        .into_iter()
        .map(|name| {
            let mut bytes = Vec::new();
            zip.by_name(&name).expect("an entry").read_to_end(&mut bytes).expect("its bytes");
            (name, bytes)
        })
        .collect()
}

/// Where each letter of a site stands.
async fn states(site: &Path) -> BTreeMap<String, String> {
    let store = Store::open(&Site::database(site)).await.expect("a database");
    let rows: Vec<(String, String)> =
        sqlx::query_as("select key, state from outbox").fetch_all(store.pool()).await.expect("the outbox");
    store.close().await;
    rows.into_iter().collect()
}

#[test]
fn a_backup_holds_what_the_site_needs_and_no_secret_by_whatever_name_it_lies_there() {
    let dir = folder();
    let site = worked(dir.path());
    let secrets =
        ["the-password-of-the-mail", "the-key-of-dkim", "the-key-beside-the-certificate", "what-is-in-a-note"];
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    std::fs::create_dir_all(site.join("templates/zh/own")).expect("a folder");
    std::fs::create_dir_all(site.join("orders")).expect("a folder");
    // As careless as it can be: among the rules, behind a link among the templates, in one file with a certificate.
    std::fs::write(site.join("rules/mail.toml"), secrets[0]).expect("a file");
    std::fs::write(site.join("dkim.pem"), secrets[1]).expect("a file");
    std::os::unix::fs::symlink("../../../dkim.pem", site.join("templates/zh/own/duty.sms.txt")).expect("a link");
    std::fs::write(site.join("relay.pem"), format!("-----BEGIN PRIVATE KEY-----\n{}\n", secrets[2])).expect("a file");
    std::fs::write(site.join("trusted.pem"), "-----BEGIN CERTIFICATE-----\n").expect("a file");
    std::fs::write(site.join("notes.txt"), secrets[3]).expect("a file");
    std::fs::write(site.join("rules/own.toml"), "# 本地\n").expect("a file");
    std::fs::write(site.join("orders/0123456789ab-文件.pdf"), "%PDF").expect("a file");
    std::fs::write(site.join("state/link.keys"), "2026-09-12 00\n").expect("a file");
    std::fs::set_permissions(site.join("villages.csv"), std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let file = site.join("cuofeng.toml");
    let plain = std::fs::read_to_string(&file).expect("a site file");
    let channels = "\n[channel.email]\nhost = \"mail.example.com\"\nuser = \"office\"\npassword_file = \"./rules/mail.toml\"\n\
        ca_file = \"relay.pem\"\nfrom = \"office@example.com\"\n\
        dkim = { domain = \"example.com\", selector = \"a\", key_file = \"dkim.pem\" }\n\
        [channel.mqtt]\nhost = \"192.0.2.10\"\nca_file = \"trusted.pem\"\npassword_env = \"CUOFENG_MQTT\"\n";
    // The second has an error in it: what it names is left out all the same.
    for (round, site_file) in [format!("{plain}{channels}"), format!("{plain}{channels}[channel\n")].iter().enumerate()
    {
        std::fs::write(&file, site_file).expect("a site file");
        let archive = dir.path().join(format!("{round}.zip"));
        let made = backup(&site, &archive);
        assert!(made.status.success(), "{}", text(&made));
        let permissions = std::fs::metadata(&archive).expect("a file").permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
        let all = unpacked(&archive);
        for (name, bytes) in &all {
            for secret in secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} is in {name}");
            }
        }
        for name in [
            "state/cuofeng.db",
            "state/link.keys",
            "cuofeng.toml",
            "staff.csv",
            "rules/own.toml",
            "orders/0123456789ab-文件.pdf",
        ] {
            assert!(all.contains_key(name), "{name} is missing: {:?}", all.keys());
        }
        assert_eq!(all.contains_key("trusted.pem"), round == 0, "certificates are taken where the file says they are");
        assert!(text(&made).contains("没有放进去：rules/mail.toml"), "{}", text(&made));
        let manifest: serde_json::Value = serde_json::from_slice(&all["manifest.json"]).expect("JSON");
        assert_eq!(manifest["schema"], "cuofeng.archive/1");
        let entry = manifest["entries"].as_array().expect("entries").iter().find(|e| e["path"] == "villages.csv");
        assert_eq!(entry.expect("an entry")["mode"], 0o640);
    }
    let check =
        cuofeng().args(["backup", "check", "--json"]).arg(dir.path().join("0.zip")).output().expect("the program");
    let value: serde_json::Value = serde_json::from_slice(&check.stdout).expect("one JSON object");
    assert_eq!(value["schema"], "cuofeng.backup_check/1");
    let needs: Vec<&str> = value["needs"].as_array().expect("a list").iter().filter_map(|n| n.as_str()).collect();
    assert_eq!(needs, ["./rules/mail.toml", "CUOFENG_MQTT", "dkim.pem"], "what is to be put back is said");
    let again = backup(&site, &dir.path().join("0.zip"));
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again).contains("已经存在，没有覆盖"), "{}", text(&again));
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    let dir = folder();
    let site = worked(dir.path());
    let archive = dir.path().join("whole.zip");
    assert!(backup(&site, &archive).status.success());
    let whole = std::fs::read(&archive).expect("an archive");
    assert!(read(&archive).is_ok());
    let spoilt = dir.path().join("spoilt.zip");
    let ends = (0..200).chain(whole.len() - 300..whole.len());
    for place in ends.chain((200..whole.len() - 300).step_by(211)) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&spoilt, &bytes).expect("a file");
        let found = read(&spoilt);
        assert!(matches!(found, Err(BackupError::Changed { .. } | BackupError::NotOurs)), "byte {place}: {found:?}");
    }
    for length in [0, 1, 78, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&spoilt, &whole[..length]).expect("a file");
        assert!(read(&spoilt).is_err(), "cut off after {length}");
    }
    // Even where somebody has sealed it anew: each entry has a sum of its own, so nothing else would be put back.
    let entries = unpacked(&archive);
    let sealed = whole.len() - "cuofeng sha256 ".len() - 64;
    let sums = |bytes: &[u8]| sha2::Sha256::digest(bytes).iter().fold(String::new(), |t, b| t + &format!("{b:02x}"));
    for place in (100..sealed / 2).step_by(997) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        let seal = format!("cuofeng sha256 {}", sums(&bytes[..sealed]));
        bytes.truncate(sealed);
        bytes.extend(seal.as_bytes());
        std::fs::write(&spoilt, &bytes).expect("a file");
        // What a ZIP file says twice, as a time beside each entry, is nobody's content.
        assert!(read(&spoilt).is_err() || unpacked(&spoilt) == entries, "byte {place}");
    }
    std::fs::write(&spoilt, &whole[..whole.len() - 1]).expect("a file");
    let check = cuofeng().args(["backup", "check"]).arg(&spoilt).output().expect("the program");
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check).contains("换一个备份"), "{}", text(&check));
    let refused = restore(&spoilt, &dir.path().join("new"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(!dir.path().join("new").exists(), "nothing was begun");
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

#[test]
fn killed_at_any_step_of_a_backup_there_is_none_or_a_whole_one_and_nothing_stays_behind() {
    let dir = folder();
    let site = worked(dir.path());
    let to = dir.path().join("to");
    std::fs::create_dir(&to).expect("a folder");
    for (number, step) in ["begun", "copied", "written", "proved", "named"].iter().enumerate() {
        let archive = to.join(format!("{number}.zip"));
        let killed = dies_at(&format!("backup-{step}:1"))
            .args(["backup", "--to"])
            .arg(&archive)
            .arg("--site")
            .arg(&site)
            .output();
        assert!(killed.expect("the program").status.code().is_none(), "{step}: it was killed");
        assert_eq!(archive.exists(), *step == "named", "{step}");
        if archive.exists() {
            assert!(read(&archive).is_ok(), "{step}");
        }
        let left = std::fs::read_dir(&to).expect("a folder").flatten().count();
        assert!(left > usize::from(archive.exists()), "{step}: what it was at lies there");
        let next = backup(&site, &to.join(format!("{number}-next.zip")));
        assert!(next.status.success(), "{}", text(&next));
        let hidden: Vec<PathBuf> = std::fs::read_dir(&to)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_none_or(|e| e != "zip"))
            .collect();
        assert!(hidden.is_empty(), "{step}: {hidden:?}");
    }
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

#[test]
fn many_documents_of_orders_are_packed_without_being_held_in_memory() {
    const FILES: usize = 60;
    let dir = folder();
    let site = worked(dir.path());
    std::fs::create_dir_all(site.join("orders")).expect("a folder");
    for number in 0..FILES {
        let file = std::fs::File::create(site.join(format!("orders/{number:012}-扫描.pdf"))).expect("a file");
        file.set_len(3 << 20).expect("its length");
    }
    let archive = dir.path().join("a.zip");
    let mut child =
        cuofeng().args(["backup", "--to"]).arg(&archive).arg("--site").arg(&site).spawn().expect("the program");
    let (status, mut peak) = (format!("/proc/{}/status", child.id()), 0_u64);
    while child.try_wait().expect("a child").is_none() {
        let words = std::fs::read_to_string(&status).unwrap_or_default();
        let line = words.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().expect("a child").success());
    assert!(read(&archive).expect("a whole one").manifest.entries.len() > FILES);
    assert!((1..100_000).contains(&peak), "{peak} kB at most, of {} MB of documents", 3 * FILES);
}

async fn number(site: &Path, key: &str) -> i64 {
    let store = Store::open(&Site::database(site)).await.expect("a database");
    let number = sqlx::query_scalar("select id from outbox where key = ?").bind(key).fetch_one(store.pool()).await;
    store.close().await;
    number.expect("a letter")
}

/// How many mails the server took of each letter.
fn taken(server: &Recorder) -> BTreeMap<String, usize> {
    server.ids()
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

/// The longest time in which nothing more came, while `lasts` says so.
fn longest_gap(gateway: &Gateway, mut lasts: impl FnMut() -> bool) -> Duration {
    let (mut had, mut since, mut longest) = (gateway.count(), Instant::now(), Duration::ZERO);
    while lasts() {
        let has = gateway.count();
        longest = longest.max(since.elapsed());
        if has > had {
            (had, since) = (has, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    longest
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/attack"]
#[allow(clippy::print_stdout)]
async fn a_backup_of_a_large_database_holds_up_no_letter() {
    let dir = folder();
    let gateway = Gateway::start();
    gateway.takes(Duration::from_millis(5));
    let site = fill::mail_site(dir.path(), 9, "");
    let file = site.join("cuofeng.toml");
    let words = std::fs::read_to_string(&file).expect("the site file");
    // The night's own is not to come in between.
    let words = words.replace("[schedule]", "[schedule]\nbackup = { missed = \"skip\" }");
    std::fs::write(&file, words + "sms = \"sms_http\"\n" + &gateway.section()).expect("the site file");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    fill::fill(&store, &config, 10_000, &[Form::Sms], Utc::now()).await;
    // As large as after some years, and no easier to pack than words are.
    sqlx::query("create table filler (words text)").execute(store.pool()).await.expect("a table");
    sqlx::query(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000)
         insert into filler select hex(randomblob(1000)) from n",
    )
    .execute(store.pool())
    .await
    .expect("rows");
    store.tidy().await.expect("tidied");
    let database = std::fs::metadata(Site::database(&site)).expect("a database").len() / 1_000_000;
    store.close().await;
    let service = Service::start(&site);
    assert!(service.until(Duration::from_mins(1), || gateway.count() > 100), "{}", service.said());
    let begun = Instant::now();
    let without = longest_gap(&gateway, || begun.elapsed() < Duration::from_secs(8));
    let archive = dir.path().join("large.zip");
    let mut child =
        cuofeng().args(["backup", "--to"]).arg(&archive).arg("--site").arg(&site).spawn().expect("the program");
    let (begun, had) = (Instant::now(), gateway.count());
    let with = longest_gap(&gateway, || child.try_wait().expect("a child").is_none());
    let (took, came) = (begun.elapsed(), gateway.count() - had);
    assert!(came > 0, "it still sends");
    let packed = std::fs::metadata(&archive).expect("an archive").len() / 1_000_000;
    println!(
        "a database of {database} MB, an archive of {packed} MB in {took:.1?}; {came} letters meanwhile; longest gap {with:.1?}, without {without:.1?}"
    );
    assert!(with < Duration::from_secs(2), "{with:?}");
}
