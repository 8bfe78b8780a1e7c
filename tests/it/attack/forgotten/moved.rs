//! A folder that was copied or moved, and whose it is.

use std::path::Path;
use std::time::Duration;

use super::{RELEASER, at_work, copy, json, nothing_twice, once, put_back, ready, site, told, told_since, why};
use crate::office::{call, folder, text};
use crate::recorder::Recorder;

#[test]
fn a_copied_folder_sends_nothing_and_is_another_site_once_a_person_says_so() {
    let (dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let (before, ..) = told(&recorder);
    let trial = dir.path().join("trial");
    copy(&site, &trial);
    once(&trial, "12T08:10");
    assert_eq!((told(&recorder), why(&trial).as_str()), ((before, 0, 2), "copied"));
    once(&site, "12T08:15");
    assert_eq!(why(&site), "nothing", "the site itself goes on");
    let early = call(&trial, &["resume", "--by", RELEASER], "12T08:20");
    assert_eq!(early.status.code(), Some(1), "{}", text(&early));
    let at_home = call(&site, &["site", "moved", "--by", RELEASER], "12T08:20");
    assert_eq!(at_home.status.code(), Some(1), "nothing to settle where it was: {}", text(&at_home));
    let settled = call(&trial, &["site", "copied", "--by", RELEASER], "12T08:20");
    assert!(settled.status.success(), "{}", text(&settled));
    let identity = |site: &Path| json(site, &["site", "show"])["identity"].as_str().expect("one").to_owned();
    assert_ne!(identity(&site), identity(&trial));
    assert_eq!(json(&trial, &["site", "show"])["in_file"], identity(&trial));
    once(&trial, "12T08:25");
    assert!(call(&trial, &["resume", "--by", RELEASER], "12T08:30").status.success());
    once(&trial, "12T08:35");
    once(&site, "12T08:36");
    let (enterprises, twice, _) = told(&recorder);
    assert_eq!((enterprises, twice), (before, 0), "what the original had told is not told by the copy");
    assert_eq!((why(&trial).as_str(), why(&site).as_str()), ("nothing", "nothing"));
}

#[test]
fn a_folder_moved_on_its_machine_goes_on_and_on_another_machine_waits_for_a_persons_word() {
    let (dir, recorder) = (folder(), Recorder::start());
    let first = site(dir.path(), recorder.port);
    once(&first, "12T08:00");
    let (before, ..) = told(&recorder);
    let moved = dir.path().join("moved");
    std::fs::rename(&first, &moved).expect("moved");
    once(&moved, "12T08:10");
    assert_eq!((told(&recorder), why(&moved).as_str()), ((before, 0, 0), "nothing"));
    // On another machine there is no mark.
    let elsewhere = |words: &[&str], time: &str| {
        let mut program = crate::office::cuofeng();
        program.args(words).args(["--now", &format!("2026-09-{time}:00+08:00"), "--site"]).arg(&moved);
        program.env("CUOFENG_MARKS", dir.path().join("other-machine")).output().expect("the program")
    };
    let marks = json(&moved, &["site", "show"])["mark"]["kept_in"].as_str().expect("a folder").to_owned();
    let identity = json(&moved, &["site", "show"])["identity"].as_str().expect("one").to_owned();
    for end in ["mark", "site"] {
        let name = format!("{identity}.{end}");
        std::fs::rename(Path::new(&marks).join(&name), dir.path().join(&name)).expect("left behind");
    }
    elsewhere(&["once"], "12T08:20");
    assert_eq!((told(&recorder), why(&moved).as_str()), ((before, 0, 2), "copied"));
    let settled = elsewhere(&["site", "moved", "--by", RELEASER], "12T08:25");
    assert!(settled.status.success(), "{}", text(&settled));
    elsewhere(&["once"], "12T08:26");
    assert!(elsewhere(&["resume", "--by", RELEASER], "12T08:27").status.success());
    elsewhere(&["once"], "12T08:28");
    let (enterprises, twice, _) = told(&recorder);
    assert_eq!((enterprises, twice, why(&moved).as_str()), (before, 0, "nothing"));
}

#[test]
fn a_site_of_a_version_before_marks_just_goes_on_and_what_it_had_begun_keeps_its_names() {
    let (_dir, recorder, site) = ready();
    let file = site.join("cuofeng.toml");
    let without = std::fs::read(&file).expect("the site file");
    once(&site, "12T08:00");
    let (before, ..) = told(&recorder);
    // As such a version leaves it: no identity anywhere, nothing counted, no mark.
    let own = crate::office::identity(&site);
    let marks = json(&site, &["site", "show"])["mark"]["kept_in"].as_str().expect("a folder").to_owned();
    std::fs::write(&file, without).expect("the site file");
    for end in ["mark", "site"] {
        std::fs::remove_file(Path::new(&marks).join(format!("{own}.{end}"))).expect("removed");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use sqlx::Connection as _;
        let path = format!("sqlite://{}", site.join("state/cuofeng.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&path).await.expect("the database");
        for change in [
            "delete from identity",
            "update mark set number = 0, at = 0",
            "update episode set identity = ''",
            "update outbox set state = 'queued' where id = (select min(id) from outbox where channel = 'email')",
        ] {
            sqlx::query(change).execute(&mut connection).await.expect("changed");
        }
    });
    once(&site, "12T08:10");
    assert_eq!(why(&site), "nothing", "an update is no copy");
    let mails = recorder.mails();
    assert_eq!(told(&recorder).0, before + 1, "what waited has left");
    assert!(mails.last().expect("a mail").text.contains("@example.com>"), "by the name that it began with");
    let new = crate::office::identity(&site);
    assert_ne!(new, own);
    assert!(mails.iter().filter(|mail| mail.text.contains(&format!("@{own}.example.com>"))).count() >= before);
}

#[test]
fn two_folders_of_one_site_never_work_at_once() {
    let (dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let before = told(&recorder);
    let old = dir.path().join("site.old");
    let mut service = at_work(&site);
    // The folder is put aside with the service in it, and a copy takes its place.
    std::fs::rename(&site, &old).expect("moved");
    copy(&old, &site);
    let second = call(&site, &["once"], "12T08:10");
    let ended = service.ended(Duration::from_secs(20));
    assert!(second.status.code() == Some(2) || ended.is_some(), "one at a time: {}", text(&second));
    assert!(ended.is_some_and(|status| status.code() == Some(2)), "{ended:?} {}", service.said());
    assert_eq!(told(&recorder), before);
}

#[test]
fn a_start_that_dies_while_it_finds_out_hides_nothing_from_the_next() {
    let (_dir, recorder, site) = ready();
    let kept = told_since(&site);
    let (before, ..) = told(&recorder);
    let dies = |place: &str| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_cuofeng"));
        program.args(["once", "--now", "2026-09-12T08:20:00+08:00", "--site"]).arg(&site);
        let died = program.env("CUOFENG_DIE_AT", format!("{place}:1")).output().expect("the program");
        assert_eq!(died.status.code(), None, "{place}: {}", text(&died));
        assert_eq!(why(&site), "forgotten", "{place}: on record before anything else");
    };
    for place in ["standing-held", "standing-settled"] {
        put_back(&site, &kept);
        dies(place);
        std::fs::remove_dir_all(site.join("state")).expect("removed");
        dies(place);
        assert_eq!(told(&recorder), (before, 0, 0));
    }
    nothing_twice(&site, &recorder, "forgotten");
}

#[test]
fn a_mark_of_another_users_that_may_not_be_looked_at_leaves_it_to_a_person() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, recorder, site) = ready();
    // The superuser without the power to pass over a folder's mode is a user like others.
    let is_root = std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let ordinary = |marks: &str, words: &[&str], time: &str| {
        let mut program = if is_root {
            let mut program = std::process::Command::new("setpriv");
            program.arg("--bounding-set=-dac_override,-dac_read_search").arg(env!("CARGO_BIN_EXE_cuofeng"));
            program
        } else {
            crate::office::cuofeng()
        };
        program.args(words).args(["--now", &format!("2026-09-{time}:00+08:00"), "--site"]).arg(&site);
        program.env("CUOFENG_MARKS", dir.path().join(marks)).output().expect("the program")
    };
    let first = ordinary("theirs", &["once"], "12T08:00");
    assert_ne!(first.status.code(), Some(2), "{}", text(&first));
    let (before, ..) = told(&recorder);
    let mode = |mode| {
        std::fs::set_permissions(dir.path().join("theirs"), std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    mode(0o000);
    let started = ordinary("own", &["once"], "12T08:10");
    let settled = ordinary("own", &["site", "moved", "--by", RELEASER], "12T08:15");
    mode(0o700);
    assert_ne!(started.status.code(), Some(2), "it starts: {}", text(&started));
    assert!(settled.status.success(), "{}", text(&settled));
    assert_eq!((told(&recorder), why(&site).as_str()), ((before, 0, 2), "copied"));
}

#[test]
fn a_site_that_began_with_a_neighbours_file_gets_an_identity_of_its_own() {
    let (_dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let (before, neighbours) = (told(&recorder), crate::office::identity(&site));
    let moved = call(&site, &["site", "moved", "--by", RELEASER], "12T08:10");
    assert!(!moved.status.success() && text(&moved).contains("site copied"), "says what there is: {}", text(&moved));
    // A site file that can't be written changes nothing.
    std::fs::create_dir(site.join("cuofeng.toml.new")).expect("in the way");
    let refused = call(&site, &["site", "copied", "--by", RELEASER], "12T08:11");
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(text(&refused).contains("cuofeng.toml"), "{}", text(&refused));
    assert_eq!(
        (json(&site, &["site", "show"])["identity"].as_str(), why(&site).as_str()),
        (Some(&*neighbours), "nothing")
    );
    std::fs::remove_dir(site.join("cuofeng.toml.new")).expect("out of the way");
    let settled = call(&site, &["site", "copied", "--by", RELEASER], "12T08:12");
    assert!(settled.status.success(), "{}", text(&settled));
    assert_ne!(crate::office::identity(&site), neighbours);
    assert_eq!(json(&site, &["site", "show"])["identity"], crate::office::identity(&site));
    once(&site, "12T08:20");
    assert_eq!((told(&recorder).0, why(&site).as_str()), (before.0, "copied"));
    assert!(call(&site, &["resume", "--by", RELEASER], "12T08:30").status.success());
    once(&site, "12T08:35");
    assert_eq!((told(&recorder).0, told(&recorder).1, why(&site).as_str()), (before.0, 0, "nothing"));
}
