//! What becomes of letters when the far side, the disk or the database misbehaves.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod fill;
mod recorder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_app::clock::{Clock, Hand};
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_channel::{AskFuture, Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_notice::alarm::Trouble;
use cuofeng_store::outbox::worker::{self, Channels, Drained};
use recorder::Recorder;
use tokio_util::sync::CancellationToken;

fn morning() -> DateTime<Utc> {
    "2026-09-12T00:00:00Z".parse().expect("a time")
}

struct Office {
    app: App,
    hand: Hand,
    /// Lives as long as the office.
    #[allow(dead_code)]
    dir: tempfile::TempDir,
}

impl Office {
    /// An office with `count` mails to send through `port`.
    async fn with(count: usize, port: u16, more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let site = fill::mail_site(dir.path(), port, more);
        Self::at(dir, &site, count).await
    }

    async fn at(dir: tempfile::TempDir, site: &Path, count: usize) -> Self {
        let (clock, hand) = Clock::by_hand(morning());
        let app = App::start(site, clock).await.expect("a site");
        fill::fill(&app.store, &app.site.config, count, &[Form::Email], morning()).await;
        Self { app, hand, dir }
    }

    async fn deliver(&self) -> Drained {
        let now = self.app.clock.now();
        self.app.deliver(now, &CancellationToken::new()).await.expect("a drain")
    }

    async fn after(&self, minutes: u64) -> Drained {
        self.hand.step(Duration::from_mins(minutes));
        self.deliver().await
    }

    /// How many letters are in which state.
    async fn states(&self) -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select state, count(*) from outbox where form = 'email' group by state")
                .fetch_all(self.app.store.pool())
                .await
                .expect("the outbox");
        rows.into_iter().collect()
    }

    async fn said(&self) -> String {
        sqlx::query_scalar("select reason from transition order by at desc, number desc limit 1")
            .fetch_one(self.app.store.pool())
            .await
            .expect("a transition")
    }
}

fn all(state: &str, count: i64) -> BTreeMap<String, i64> {
    BTreeMap::from([(state.to_owned(), count)])
}

#[tokio::test]
async fn a_server_that_never_greets_holds_up_nobody_for_long_and_its_letters_are_tried_again() {
    let server = Recorder::odd(|line, connection| (line.is_empty() && connection <= 2).then_some(("", false)));
    let office = Office::with(40, server.port, "timeout_seconds = 1\nconnections = 2").await;
    let begun = Instant::now();
    assert_eq!(office.deliver().await.later, 40);
    assert!(begun.elapsed() < Duration::from_secs(5), "two letters waited; the others knew: {:?}", begun.elapsed());
    assert_eq!(office.states().await, all("queued", 40));
    // Another process knows nothing of it; the server answers now.
    let (site, store) = (office.app.site.root.clone(), office.app.store.clone());
    store.close().await;
    let Office { app, dir, .. } = office;
    drop(app);
    let (clock, hand) = Clock::by_hand(morning() + chrono::Duration::minutes(2));
    let office = Office { app: App::start(&site, clock).await.expect("a site"), hand, dir };
    assert_eq!(office.deliver().await.sent, 40);
    assert!(server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn an_answer_that_never_comes_after_the_text_leaves_the_letter_unknown_and_it_is_not_sent_again() {
    for closes in [false, true] {
        let server = Recorder::odd(move |line, _| (line == ".").then_some(("", closes)));
        let office = Office::with(3, server.port, "timeout_seconds = 1\nconnections = 3").await;
        assert_eq!(office.deliver().await.trouble, 3, "{closes}");
        assert_eq!(office.states().await, all("unknown", 3), "{closes}");
        assert_eq!(office.after(10).await, Drained::default(), "{closes}");
        assert_eq!(server.ids().len(), 3, "the server had them: {closes}");
        assert!(server.ids().values().all(|times| *times == 1), "{closes}");
        let waits = office.app.store.unsettled().await.expect("a count");
        assert_eq!(waits, 3, "a person has to find out: {closes}");
    }
}

#[tokio::test]
async fn an_unknown_letter_is_sent_once_more_with_its_message_id_where_the_site_says_so_and_only_once() {
    let server = Recorder::odd(|line, _| (line == ".").then_some(("", true)));
    let office = Office::with(1, server.port, "resend_unknown = true").await;
    assert_eq!(office.deliver().await.trouble, 1);
    assert_eq!(server.ids().values().copied().collect::<Vec<_>>(), [1]);
    for minutes in [5, 1, 30, 60] {
        office.after(minutes).await;
    }
    assert_eq!(server.ids().values().copied().collect::<Vec<_>>(), [2]);
    assert_eq!(office.states().await, all("unknown", 1));
}

#[tokio::test]
async fn a_server_that_says_later_gets_each_letter_once_later() {
    let begun = std::sync::Mutex::new(BTreeMap::<String, u32>::new());
    let server = Recorder::odd(move |line, _| {
        let mut seen = begun.lock().expect("a lock");
        let times = seen.entry(line.to_owned()).or_default();
        *times += u32::from(line.starts_with("RCPT"));
        (line.starts_with("RCPT") && *times == 1).then_some(("451 4.7.1 greylisted, try again later", false))
    });
    let office = Office::with(20, server.port, "").await;
    assert_eq!(office.deliver().await.later, 20);
    assert_eq!(office.deliver().await, Drained::default(), "not before the pause is over");
    assert_eq!(office.after(2).await.sent, 20);
    assert!(server.ids().len() == 20 && server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn one_recipient_that_is_refused_stops_nobody_else_and_costs_no_connection() {
    let server = Recorder::odd(|line, _| line.contains("someone3@").then_some(("550 5.1.1 no such user", false)));
    let office = Office::with(10, server.port, "connections = 1").await;
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.trouble), (9, 1));
    assert_eq!(server.connections(), 1);
    let (key, said): (String, String) = sqlx::query_as(
        "select o.key, r.words from outbox o join receipt r on r.outbox = o.id where o.state = 'failed'",
    )
    .fetch_one(office.app.store.pool())
    .await
    .expect("one that failed");
    assert!(key.contains("E000003") && said.contains("550") && said.contains("no such user"), "{key}: {said}");
    assert_eq!(office.after(60).await, Drained::default());
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_opened_anew_and_nothing_is_lost_or_doubled() {
    // The second mail on any connection meets 421, or a connection that is simply gone.
    for words in ["421 4.4.2 idle too long", ""] {
        let mails = std::sync::Mutex::new(BTreeMap::<u64, u32>::new());
        let server = Recorder::odd(move |line, connection| {
            let mut mails = mails.lock().expect("a lock");
            let count = mails.entry(connection).or_default();
            *count += u32::from(line.starts_with("MAIL"));
            (line.starts_with("MAIL") && *count == 2).then_some((words, true))
        });
        let office = Office::with(12, server.port, "connections = 2").await;
        assert_eq!(office.deliver().await.sent, 12, "{words}");
        assert!(server.ids().len() == 12 && server.ids().values().all(|times| *times == 1), "{words}");
        assert!(server.connections() > 2);
    }
}

#[tokio::test]
async fn a_server_that_refuses_everything_pauses_the_channel_and_costs_no_letter_its_tries() {
    let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let door = std::sync::Arc::clone(&open);
    let server = Recorder::odd(move |line, _| {
        let shut = line.starts_with("MAIL") && !door.load(std::sync::atomic::Ordering::SeqCst);
        shut.then_some(("550 5.7.1 sender not allowed", false))
    });
    let office = Office::with(50, server.port, "connections = 2").await;
    assert!(office.deliver().await.later <= 2);
    assert_eq!(office.states().await, all("queued", 50));
    let paused = office.app.store.pauses().await.expect("pauses");
    assert!(paused.len() == 1 && paused[0].reason.contains("sender not allowed"), "{paused:?}");
    let tries: i64 =
        sqlx::query_scalar("select sum(tries) from outbox").fetch_one(office.app.store.pool()).await.expect("a sum");
    assert_eq!(tries, 0);
    assert_eq!(office.after(29).await, Drained::default(), "nobody knocks in between");
    let connections = server.connections();
    assert_eq!(office.after(2).await.later, 1, "one letter is tried");
    assert_eq!(server.connections(), connections + 1);
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(office.after(31).await.sent, 50, "the one that passes opens the channel for all");
    assert!(office.app.store.pauses().await.expect("pauses").is_empty());
    assert!(server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_letter_whose_period_ends_while_others_are_sent_is_never_sent() {
    let server = Recorder::start();
    let office = Office::with(5, server.port, "").await;
    sqlx::query("update outbox set expires_at = ? where key like '%E000002%'")
        .bind((morning() + chrono::Duration::minutes(1)).timestamp())
        .execute(office.app.store.pool())
        .await
        .expect("an update");
    let drained = office.after(1).await;
    assert_eq!((drained.sent, drained.expired), (4, 1));
    assert_eq!(office.states().await.get("expired"), Some(&1));
}

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

/// A small file system of its own, where the test may mount one.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        eprintln!("skipped: a file system can't be mounted here");
        None
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
    let Some(small) = Small::mount(site.join("state")) else { return };
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

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// aiosmtpd with a certificate for 127.0.0.1 that nobody vouches for.
fn tls_server(dir: &Path, flags: [&str; 2]) -> Option<(Server, u16)> {
    let (key, certificate) = (dir.join("key.pem"), dir.join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=relay", "-addext"])
        .arg("subjectAltName=IP:127.0.0.1")
        .arg("-addext")
        .arg("basicConstraints=critical,CA:FALSE")
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    let known = Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if !made.is_ok_and(|s| s.success()) || !known.is_ok_and(|s| s.success()) {
        assert!(std::env::var_os("CI").is_none(), "scripts/test installs openssl and python3-aiosmtpd");
        eprintln!("skipped: openssl or python3-aiosmtpd is not installed (scripts/test installs them)");
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let child = Command::new("/usr/bin/python3")
        .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}"), flags[0]])
        .arg(&certificate)
        .arg(flags[1])
        .arg(&key)
        .args(["-c", "aiosmtpd.handlers.Sink"])
        .stderr(Stdio::null())
        .spawn()
        .expect("python3");
    let server = Server(child);
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some((server, port))
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_pauses_the_channel_and_one_that_the_site_trusts_is_taken() {
    for (flags, security) in [(["--smtpscert", "--smtpskey"], "tls"), (["--tlscert", "--tlskey"], "starttls")] {
        let keys = tempfile::tempdir().expect("a folder");
        let Some((_server, port)) = tls_server(keys.path(), flags) else { return };
        let strange = Office::with(5, port, &format!("security = \"{security}\"\nconnections = 1")).await;
        assert_eq!(strange.deliver().await.later, 1, "{security}: {}", strange.said().await);
        assert_eq!(strange.app.store.pauses().await.expect("pauses").len(), 1, "{security}");
        let more = format!("security = \"{security}\"\nca_file = \"relay.pem\"");
        let dir = tempfile::tempdir().expect("a folder");
        let site = fill::mail_site(dir.path(), port, &more);
        std::fs::copy(keys.path().join("certificate.pem"), site.join("relay.pem")).expect("a certificate");
        let trusting = Office::at(dir, &site, 5).await;
        assert_eq!(trusting.deliver().await.sent, 5, "{security}: {}", trusting.said().await);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_letter_nor_password() {
    let server = Recorder::odd(|line, _| line.starts_with("EHLO").then_some(("250-fine\r\n250 AUTH PLAIN", false)));
    let more = "security = \"starttls\"\nuser = \"office\"\npassword_file = \"secret\"";
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), server.port, more);
    std::fs::write(site.join("secret"), "correct horse\n").expect("a secret");
    let office = Office::at(dir, &site, 2).await;
    office.deliver().await;
    assert_eq!(server.mails().len(), 0);
    assert_eq!(office.app.store.pauses().await.expect("pauses").len(), 1);
}

#[tokio::test]
async fn a_password_that_is_refused_pauses_the_channel_and_stands_nowhere() {
    let server = Recorder::odd(|line, _| {
        let caps = line.starts_with("EHLO").then_some(("250-fine\r\n250 AUTH PLAIN", false));
        caps.or_else(|| line.starts_with("AUTH").then_some(("535 5.7.8 wrong password", false)))
    });
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), server.port, "user = \"office\"\npassword_file = \"secret\"");
    std::fs::write(site.join("secret"), "correct horse\n").expect("a secret");
    let office = Office::at(dir, &site, 5).await;
    office.deliver().await;
    let paused = office.app.store.pauses().await.expect("pauses");
    assert!(paused[0].reason.contains("535"), "{paused:?}");
    office.app.store.tidy().await.expect("a checkpoint");
    let kept = std::fs::read(cuofeng_office::site::Site::database(&site)).expect("the database");
    let encoded = "AG9mZmljZQBjb3JyZWN0IGhvcnNl";
    for secret in ["correct horse", encoded] {
        let found = kept.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "the database holds the password");
    }
}

#[tokio::test]
async fn limits_are_counted_by_what_was_begun_and_one_address_that_had_its_share_stops_nobody_else() {
    let server = Recorder::odd(|line, _| line.contains("someone0@").then_some(("451 4.2.1 busy", false)));
    let office = Office::with(12, server.port, "connections = 3\nlimits = [\"5/minute\", \"1/address/hour\"]").await;
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.later), (4, 1), "five were begun");
    assert_eq!(office.deliver().await, Drained::default(), "no more within the minute");
    // The one that was begun and not taken has had its share until the hour is over.
    let drained = office.after(2).await;
    assert_eq!((drained.sent, drained.later), (5, 0), "those that were never tried come first");
    let drained = office.after(1).await;
    assert_eq!((drained.sent, drained.later), (2, 1));
    assert!(server.ids().len() == 11 && server.ids().values().all(|times| *times == 1));
    assert_eq!(office.after(60).await.later, 1, "tried again in the next hour");
}

/// A mail channel with a fault in it: it fails on some letters before they leave, on others when they may have left.
struct Faulty;

impl Channel for Faulty {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        4
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let ready = made(|| {
                assert!(!letter.key.contains("E000001"), "a name with \u{1b}[31m in it");
                Ok(())
            });
            tokio::task::yield_now().await;
            match ready {
                Err(outcome) => outcome,
                Ok(()) if letter.key.contains("E000002") => panic!("an answer that nobody expected"),
                Ok(()) => Outcome::Accepted(Words::said("250 taken")),
            }
        })
    }

    fn ask<'a>(&'a self, _: &'a Letter, _: &'a str) -> AskFuture<'a> {
        panic!("a question that can't be asked")
    }
}

#[tokio::test]
async fn a_channel_that_panics_has_an_outcome_for_each_letter_and_staff_hear_of_it() {
    let office = Office::with(40, 25, "").await;
    let (store, stop) = (&office.app.store, CancellationToken::new());
    let faulty: Arc<dyn Channel> = Arc::new(Faulty);
    let channels = Channels::from([(ChannelName::Email, faulty)]);
    for minutes in [0, 5] {
        let time = move || morning() + chrono::Duration::minutes(minutes);
        let drained = worker::drain(store, &channels, &time, (&stop, None)).await.expect("a drain");
        assert_eq!((drained.sent, drained.trouble), if minutes == 0 { (38, 2) } else { (0, 0) });
    }
    let states = [("accepted", 38), ("failed", 1), ("unknown", 1)].map(|(state, count)| (state.to_owned(), count));
    assert_eq!(office.states().await, BTreeMap::from(states));
    let said: Vec<(String, String)> = sqlx::query_as(
        "select o.state, t.reason from outbox o join transition t on t.outbox = o.id and t.state = o.state
         where o.state in ('failed', 'unknown') order by o.state",
    )
    .fetch_all(store.pool())
    .await
    .expect("what is on record");
    assert!(said[0].1.contains("never left") && said[0].1.contains("in it"), "{said:?}");
    assert!(!said[0].1.contains('\u{1b}'), "{said:?}");
    assert!(said[1].1.contains("may have left") && said[1].1.contains("nobody expected"), "{said:?}");
    office.after(6).await;
    let told: Vec<String> = store.open_kinds().await.expect("episodes").into_iter().map(|(kind, _)| kind).collect();
    for trouble in [Trouble::Letters, Trouble::Ways] {
        assert!(told.contains(&trouble.kind().to_owned()), "{trouble:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_name_with_a_line_break_makes_a_mail_like_any_other() {
    let server = Recorder::start();
    let office = Office::with(20, server.port, "").await;
    sqlx::query("update notice set name = ? where key like '%E000003%'")
        .bind("某某厂\r\n分厂")
        .execute(office.app.store.pool())
        .await
        .expect("a name");
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.trouble), (20, 0), "{:?}", office.states().await);
    assert!(server.mails().iter().any(|mail| mail.text.contains("=?utf-8?b?")), "and its name in one line");
}
