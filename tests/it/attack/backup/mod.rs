//! Backup and restore: nothing lost, nothing sent twice, nothing half done, no secret taken along.

mod made;
mod restored;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use cuofeng_office::site::Site;
use cuofeng_store::Store;

use crate::office::{MORNING, cuofeng, example, run, text};
use crate::recorder::Recorder;

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
