//! A database that does not know what has left: an older copy put back, an emptied file, a folder removed under a running
//! service, another site's database, a copied folder. Counted at the server: nothing twice; counted in the list: nothing
//! lost silently.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_app::clock::Clock;
use cuofeng_app::service::Service as Watching;
use cuofeng_store::mark::Marks;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::office::{by_itself, call, folder, ruled, run, text};
use super::recorder::Recorder;
use super::service::Service;

const RELEASER: &str = "田天禄";

/// The example site with 36 filling stations more and one rule, its mail through the recorder.
fn site(dir: &Path, port: u16) -> PathBuf {
    let site = ruled(dir, &by_itself());
    let (mut enterprises, mut processes) = (String::new(), String::new());
    for number in 1..=36 {
        let _ = writeln!(
            enterprises,
            "E9{number:02},第{number}加油站,filling_station,500199001201,C,样例,100000009{number:02},e9{number:02}@example.com,,,,,"
        );
        let _ =
            writeln!(processes, "P9{number:02},E9{number:02},油罐车卸油,unload,batch,,1,1,,,3.2,0,0.8,5,20,25,,09-11");
    }
    for (name, more) in [("enterprises.csv", enterprises), ("processes.csv", processes)] {
        let path = site.join(name);
        let table = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(&path, table.trim_end().to_owned() + "\n" + &more).expect("a table");
    }
    let file = site.join("cuofeng.toml");
    let words = std::fs::read_to_string(&file).expect("the site file");
    let mail = format!(
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain\"\n\
         from = \"武平镇生态环境办公室 <office@example.com>\"\n[deliver]\nemail = \"email\"\n"
    );
    std::fs::write(&file, words + &mail).expect("the site file");
    site
}

fn once(site: &Path, time: &str) -> Output {
    let done = call(site, &["once"], time);
    assert_ne!(done.status.code(), Some(2), "{}", text(&done));
    done
}

/// How often enterprises were told, how many of those mails came more than once, and how often duty staff were told that
/// everything is held.
fn told(recorder: &Recorder) -> (usize, usize, usize) {
    let ids = recorder.ids();
    let of = |what: &'static str| ids.iter().filter(move |(id, _)| id.contains(what));
    let enterprises = of(".enterprise-").map(|(_, times)| times).sum();
    (enterprises, of(".enterprise-").filter(|(_, times)| **times > 1).count(), of("held-site-").count())
}

fn json(site: &Path, words: &[&str]) -> Value {
    let output = run(&[words, &["--json"]].concat(), site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{words:?}: {}", text(&output)))
}

fn why(site: &Path) -> String {
    json(site, &["site", "show"])["stopped"]["why"].as_str().unwrap_or("nothing").to_owned()
}

fn listed(site: &Path, state: &str) -> u64 {
    json(site, &["outbox", "list", "--state", state])["count"]["letters"].as_u64().expect("a count")
}

fn copy(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(done.success(), "copied");
}

/// A site that has not worked yet, in a folder of its own, and the server that takes its mails.
fn ready() -> (tempfile::TempDir, Recorder, PathBuf) {
    let (dir, recorder) = (folder(), Recorder::start());
    let site = site(dir.path(), recorder.port);
    (dir, recorder, site)
}

/// Has enterprises told at eight; gives a copy of the state folder as it was at six, before.
fn told_since(site: &Path) -> PathBuf {
    let kept = site.with_file_name("kept");
    once(site, "12T06:00");
    copy(&site.join("state"), &kept);
    once(site, "12T08:00");
    kept
}

/// A service at work on a site.
fn at_work(site: &Path) -> Service {
    let service = Service::start(site);
    assert!(service.until(Duration::from_secs(20), || service.said().contains("working")), "{}", service.said());
    service
}

/// The state folder as it was, put back whole.
fn put_back(site: &Path, kept: &Path) {
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    copy(kept, &site.join("state"));
}

/// After what happened to the database: nothing goes out to enterprises then or after a person has resumed, duty staff
/// hear of it once, and every letter that would have gone is on the list.
fn nothing_twice(site: &Path, recorder: &Recorder, cause: &str) {
    let (before, ..) = told(recorder);
    assert!(before > 0, "enterprises were told before");
    once(site, "12T08:20");
    assert_eq!(told(recorder), (before, 0, 2), "nobody again; both on duty are told that everything is held");
    assert_eq!(why(site), cause);
    let waits = listed(site, "unknown");
    assert!(waits > 0, "what would have gone is on the list");
    assert_eq!(listed(site, "queued"), 0);
    once(site, "12T08:25");
    assert_eq!((told(recorder), listed(site, "unknown")), ((before, 0, 2), waits), "told once, listed once");
    let drafter = call(site, &["resume", "--by", "邓永亮"], "12T08:30");
    assert_eq!(drafter.status.code(), Some(1), "{}", text(&drafter));
    let resumed = call(site, &["resume", "--by", RELEASER], "12T08:30");
    assert!(resumed.status.success(), "{}", text(&resumed));
    assert!(text(&resumed).contains(&waits.to_string()), "says how many wait: {}", text(&resumed));
    once(site, "12T08:31");
    once(site, "12T09:10");
    let (enterprises, twice, _) = told(recorder);
    assert_eq!((enterprises, twice), (before, 0), "nor after a person has resumed");
    assert_eq!(why(site), "nothing");
}

#[test]
fn an_older_copy_that_is_put_back_sends_nothing_again() {
    let (_dir, recorder, site) = ready();
    let kept = told_since(&site);
    put_back(&site, &kept);
    nothing_twice(&site, &recorder, "forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_service_may_resume_once_every_feed_has_answered_since_and_it_has_judged() {
    let (dir, recorder, site) = ready();
    let file = site.join("cuofeng.toml");
    let words = std::fs::read_to_string(&file).expect("the site file");
    let jobs = "[schedule]\npull = { at = \"0 9 * * *\", missed = \"skip\" }\nevaluate = { at = \"*/10 * * * *\" }\n\
                backup = { missed = \"skip\" }";
    std::fs::write(&file, words.replace("[schedule]", jobs)).expect("the site file");
    let marks = Marks::at(dir.path().join("marks"));
    let stop = CancellationToken::new();
    let at = |time: &str| -> DateTime<Utc> {
        format!("2026-09-{time}:05+08:00").parse::<DateTime<chrono::FixedOffset>>().expect("a time").to_utc()
    };
    let begin = async |time: &str| {
        let (clock, hand) = Clock::by_hand(at(time));
        (App::start_marked(&site, clock, &marks).await.expect("a site"), hand)
    };
    let (mut app, _) = begin("12T06:00").await;
    // It knows the files from now on, as one without files knows none.
    let mut service = Watching::new(&app);
    service.look(&mut app, &stop).await.expect("a look");
    app.store.clone().close().await;
    drop(app);
    let kept = dir.path().join("kept");
    copy(&site.join("state"), &kept);
    let (mut app, _) = begin("12T08:00").await;
    service.look(&mut app, &stop).await.expect("a look");
    app.store.clone().close().await;
    drop(app);
    let (before, ..) = told(&recorder);
    assert!(before > 0, "enterprises were told");
    put_back(&site, &kept);
    let (mut app, hand) = begin("12T08:20").await;
    service.look(&mut app, &stop).await.expect("a look");
    assert_eq!(why(&site), "forgotten");
    let early = call(&site, &["resume", "--by", RELEASER], "12T08:21");
    assert_eq!(early.status.code(), Some(1), "by the old forecast alone: {}", text(&early));
    assert!(text(&early).contains("数据源 recording 停发以后还没有正常取到"), "{}", text(&early));
    hand.set(at("12T09:00"));
    service.look(&mut app, &stop).await.expect("a look");
    let resumed = call(&site, &["resume", "--by", RELEASER], "12T09:01");
    assert!(resumed.status.success(), "{}", text(&resumed));
    hand.set(at("12T09:10"));
    service.look(&mut app, &stop).await.expect("a look");
    let (enterprises, twice, _) = told(&recorder);
    assert_eq!((enterprises, twice), (before, 0), "nobody is told again");
}

#[test]
fn a_feed_that_has_answered_with_a_row_that_can_t_be_used_has_answered_since_a_hold() {
    let (_dir, _recorder, site) = ready();
    let kept = told_since(&site);
    put_back(&site, &kept);
    let path = site.join("feeds/recording.csv");
    let whole = std::fs::read_to_string(&path).expect("the recording");
    std::fs::write(&path, format!("{whole}2026-09-12T07:00:00+08:00,half a row\n")).expect("a file");
    super::office::rested(&path);
    let done = once(&site, "12T08:20");
    assert!(text(&done).contains("可能没有写完"), "{}", text(&done));
    assert_eq!(why(&site), "forgotten");
    let resumed = call(&site, &["resume", "--by", RELEASER], "12T08:21");
    assert!(resumed.status.success(), "the rest was read and judged by: {}", text(&resumed));
}

#[test]
fn an_emptied_or_removed_database_sends_nothing_again() {
    for removed in [false, true] {
        let (_dir, recorder, site) = ready();
        once(&site, "12T08:00");
        if removed {
            std::fs::remove_dir_all(site.join("state")).expect("removed");
        } else {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(site.join(format!("state/cuofeng.db{end}")));
            }
            std::fs::write(site.join("state/cuofeng.db"), "").expect("emptied");
        }
        nothing_twice(&site, &recorder, "forgotten");
    }
}

#[test]
fn an_emptied_database_is_found_even_where_the_site_file_has_lost_the_identity() {
    let (_dir, recorder, site) = ready();
    let file = site.join("cuofeng.toml");
    let without = std::fs::read(&file).expect("the site file");
    once(&site, "12T08:00");
    let named = std::fs::read_to_string(&file).expect("the site file");
    assert!(named.contains("identity = \""), "{named}");
    std::fs::write(&file, without).expect("the site file");
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    nothing_twice(&site, &recorder, "forgotten");
    assert_eq!(std::fs::read_to_string(&file).expect("the site file"), named, "and it is written back");
}

#[test]
fn a_copy_from_the_middle_of_a_drain_that_was_killed_sends_nothing_again() {
    let (dir, recorder, site) = ready();
    once(&site, "12T06:00");
    recorder.takes(Duration::from_millis(60));
    let mut drain = super::office::cuofeng();
    let mut drain = drain
        .args(["once", "--now", "2026-09-12T08:00:00+08:00", "--site"])
        .arg(&site)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program");
    let wait = |letters: usize| {
        for _ in 0..1500 {
            if told(&recorder).0 >= letters {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no {letters} letters came");
    };
    wait(5);
    let kept = dir.path().join("kept.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use sqlx::Connection as _;
        let path = format!("sqlite://{}", site.join("state/cuofeng.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&path).await.expect("the database");
        sqlx::query("vacuum into ?").bind(kept.to_str()).execute(&mut connection).await.expect("a copy");
    });
    let then = told(&recorder).0;
    wait(then + 12);
    drain.kill().expect("killed");
    drain.wait().expect("ended");
    // A letter that was on its way is taken after its sender was killed.
    let mut taken = told(&recorder).0;
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = told(&recorder).0;
        if now == taken {
            break;
        }
        taken = now;
    }
    recorder.takes(Duration::ZERO);
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    std::fs::create_dir(site.join("state")).expect("a folder");
    std::fs::rename(&kept, site.join("state/cuofeng.db")).expect("put back");
    nothing_twice(&site, &recorder, "forgotten");
}

#[test]
fn a_state_folder_removed_under_a_running_service_lets_nobody_in_and_ends_it() {
    let (_dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let before = told(&recorder);
    let mut service = at_work(&site);
    // It ends within a second of losing its folder, and whoever comes later is let in: it stands still so that a second
    // worker comes while it is there.
    service.stand_still();
    std::fs::remove_dir_all(site.join("state")).expect("removed");
    for _ in 0..2 {
        let second = call(&site, &["once"], "12T08:10");
        assert_eq!(second.status.code(), Some(2), "a second worker is refused: {}", text(&second));
    }
    service.go_on();
    let ended = service.ended(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.code() == Some(2)), "{ended:?} {}", service.said());
    assert!(
        service.said().contains("moved, removed or replaced") || service.said().contains("数据库"),
        "{}",
        service.said()
    );
    assert_eq!(told(&recorder), before, "nothing was sent");
    nothing_twice(&site, &recorder, "forgotten");
}

#[test]
fn a_database_replaced_under_a_running_service_ends_it() {
    let (_dir, _recorder, site) = ready();
    let kept = told_since(&site);
    let mut service = at_work(&site);
    copy(&kept.join("cuofeng.db"), &site.join("state/new.db"));
    std::fs::rename(site.join("state/new.db"), site.join("state/cuofeng.db")).expect("replaced");
    let ended = service.ended(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.code() == Some(2)), "{ended:?} {}", service.said());
}

#[test]
fn another_sites_database_sends_nothing_until_a_person_says_what_it_is() {
    let (dir, recorder, site) = ready();
    once(&site, "12T08:00");
    let other = dir.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    let other = self::site(&other, recorder.port);
    once(&other, "12T06:00");
    let kept = dir.path().join("kept");
    copy(&site.join("state"), &kept);
    put_back(&site, &other.join("state"));
    let (before, ..) = told(&recorder);
    once(&site, "12T08:20");
    assert_eq!((told(&recorder), why(&site).as_str()), ((before, 0, 2), "foreign"));
    let early = call(&site, &["resume", "--by", RELEASER], "12T08:30");
    assert_eq!(early.status.code(), Some(1), "{}", text(&early));
    // The right one is put back: it knows all that has left, and goes on.
    put_back(&site, &kept);
    once(&site, "12T08:40");
    assert_eq!((told(&recorder), why(&site).as_str()), ((before, 0, 2), "nothing"));
}

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
        let mut program = super::office::cuofeng();
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
    let own = super::office::identity(&site);
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
    let new = super::office::identity(&site);
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
            super::office::cuofeng()
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
    let (before, neighbours) = (told(&recorder), super::office::identity(&site));
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
    assert_ne!(super::office::identity(&site), neighbours);
    assert_eq!(json(&site, &["site", "show"])["identity"], super::office::identity(&site));
    once(&site, "12T08:20");
    assert_eq!((told(&recorder).0, why(&site).as_str()), (before.0, "copied"));
    assert!(call(&site, &["resume", "--by", RELEASER], "12T08:30").status.success());
    once(&site, "12T08:35");
    assert_eq!((told(&recorder).0, told(&recorder).1, why(&site).as_str()), (before.0, 0, "nothing"));
}
