//! The disk or the database misbehaves.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Office, all, morning};
use crate::fill;
use crate::recorder::Recorder;

#[tokio::test]
async fn a_database_that_a_backup_holds_delays_the_letters_and_loses_none() {
    let server = Recorder::start();
    server.takes(Duration::from_millis(2));
    let office = Office::with(200, server.port, "").await;
    let store = office.app.store.clone();
    let backup = tokio::spawn(async move {
        while server.mails().len() < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let held = store.begin().await.expect("the lock");
        let before = server.mails().len();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let during = server.mails().len() - before;
        drop(held);
        (server, during)
    });
    assert_eq!(office.deliver().await.sent, 200);
    let (server, during) = backup.await.expect("a backup");
    assert!(during <= 4, "no letter leaves while its state can't be written: {during}");
    assert!(server.ids().len() == 200 && server.ids().values().all(|times| *times == 1));
}

/// A small file system of its own.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf) -> Self {
        std::fs::create_dir_all(&at).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "a small file system is mounted: by root, where that may"
        );
        Self(at)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_sending_and_what_is_sent_later_is_sent_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Recorder::start();
    let site = fill::mail_site(dir.path(), server.port, "");
    let small = Small::mount(site.join("state"));
    let office = Office::at(dir, &site, 300).await;
    // Leaves room for some states, not for all.
    let free = std::fs::File::create(small.0.join("fill")).expect("a file");
    let mut blocks = 0;
    while std::io::Write::write_all(&mut &free, &[0; 4096]).is_ok() {
        blocks += 1;
    }
    free.set_len((blocks - 40) * 4096).expect("some room");
    drop(free);
    let filler = small.0.join("fill");
    let room = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        std::fs::remove_file(filler).expect("room again");
    });
    let stop = CancellationToken::new();
    assert!(office.app.deliver(morning(), &stop).await.is_err(), "the disk is full");
    let sent = server.ids().len();
    assert!(sent < 300, "{sent}");
    room.join().expect("room");
    // None was begun whose beginning is not on disk, and what became of those that were is not lost.
    let states = office.states().await;
    let begun: i64 = sqlx::query_scalar("select count(distinct outbox) from transition where state = 'sending'")
        .fetch_one(office.app.store.pool())
        .await
        .expect("a count");
    assert_eq!(i64::try_from(sent).expect("few"), begun, "{states:?}");
    assert_eq!(states.get("accepted").copied().unwrap_or(0), begun, "{states:?}");
    office.after(20).await;
    office.after(20).await;
    assert_eq!(office.states().await, all("accepted", 300));
    assert!(server.ids().len() == 300 && server.ids().values().all(|times| *times == 1));
    drop(office);
}
