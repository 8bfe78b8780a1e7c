//! A backup: what is in it, and none or a whole one whenever it is cut off.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::backup::{BackupError, read};
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use sha2::Digest as _;

use super::{backup, dies_at, restore, unpacked, worked};
use crate::attack::service::Service;
use crate::fill;
use crate::office::{cuofeng, folder, text};
use crate::recorder::gateway::Gateway;

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
