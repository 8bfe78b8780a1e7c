//! The public listener under half-open, slow and forged connections: what has to leave leaves, in its time, and the
//! service ends when it is told to.
#![allow(clippy::print_stderr)]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

use super::service::Service;
use crate::fill;
use crate::office::{cuofeng, example, folder, run, text};
use crate::recorder::Recorder;

/// Letters of the order.
const LETTERS: usize = 600;

/// The example site with so many enterprises that have nothing but a mail address, mail through a recorder, and pages.
fn site(dir: &Path, recorder: &Recorder, enterprises: usize) -> (PathBuf, u16) {
    let site = example(dir);
    let heads = |table: &str| {
        let table = std::fs::read_to_string(site.join(table)).expect("a table");
        format!("{}\n", table.lines().next().expect("a head"))
    };
    let row = |n: usize| format!("E{n:04},企业{n},auto_paint,500199001201,,联系人{n},,e{n:04}@example.com,,,,,\n");
    let table = (1..=enterprises).fold(heads("enterprises.csv"), |all, n| all + &row(n));
    std::fs::write(site.join("enterprises.csv"), table).expect("a table");
    std::fs::write(site.join("processes.csv"), heads("processes.csv")).expect("a table");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let file = site.join("cuofeng.toml");
    let mut toml = std::fs::read_to_string(&file).expect("the site file");
    let cycle = toml.lines().find(|line| line.starts_with("cycle = ")).expect("a schedule").to_owned();
    toml = toml.replace(&cycle, "cycle = \"* * * * *\"");
    write!(
        toml,
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"\nconnections = 4\n\
         from = \"武平镇生态环境办公室 <office@example.com>\"\n[deliver]\nemail = \"email\"\n\
         [console]\nlisten = \"127.0.0.1:{port}\"\naddress = \"https://office.example.com\"\n",
        recorder.port
    )
    .expect("a text");
    std::fs::write(&file, toml).expect("the site file");
    (site, port)
}

/// The service under a limit of open files, as `ulimit` has it.
fn limited(site: &Path, ulimit: &str) -> Service {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit {ulimit}; exec \"$0\" \"$@\"")]).arg(cuofeng().get_program());
    shell.env_remove("CUOFENG_LOG");
    Service::of(shell, site)
}

/// Far sides in a process of their own, with its own limit of open files.
struct Peers(Child);

impl Peers {
    fn start(port: u16, seconds: f64, pause: f64, kinds: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/openers.py");
        let mut python = Command::new("/usr/bin/python3");
        python.arg(script).args([port.to_string(), seconds.to_string(), pause.to_string()]).args(kinds);
        Self(python.stdout(Stdio::piped()).spawn().expect("python3"))
    }

    /// What they were answered, when their time is up.
    fn answers(mut self) -> String {
        let mut said = String::new();
        self.0.stdout.take().expect("a pipe").read_to_string(&mut said).expect("words");
        said.trim().to_owned()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An answer of the pages: its status line, headers and body; nothing where there is none in time.
fn asked(port: u16, request: &[u8], limit: Duration) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: office.example.com\r\nConnection: close\r\n\r\n").into_bytes()
}

fn serves(service: &Service, port: u16) {
    let up = || asked(port, &get("/"), Duration::from_secs(1)).is_some();
    assert!(service.until(Duration::from_secs(30), up), "{}", service.said());
}

/// Mails to enterprises that have arrived.
fn told(recorder: &Recorder) -> usize {
    recorder.count(|mail| mail.to.contains("<e"))
}

/// An order enters and is passed on; gives how long it took until the first of its letters had left, which hangs on the
/// minute, and from then until the last had.
fn order(site: &Path, recorder: &Recorder, limit: Duration) -> Option<(Duration, Duration)> {
    let before = told(recorder);
    let number = before / LETTERS + 1;
    let hour = |hours: i64| (Utc::now() + chrono::Duration::hours(hours)).to_rfc3339();
    let (from, to, document) = (hour(1), hour(9), format!("某指〔2026〕{number}号"));
    let add = [
        "order",
        "add",
        "--subject",
        "重污染天气",
        "--tier",
        "红色",
        "--from",
        &from,
        "--to",
        &to,
        "--issuer",
        "区人民政府",
        "--document",
        &document,
        "--measures",
        "停止喷涂作业。",
        "--for",
        "企业",
        "--by",
        "邓永亮",
    ];
    let added = run(&add, site);
    assert!(added.status.success(), "{}", text(&added));
    let number = number.to_string();
    let passed = run(&["order", "relay", &number, "--by", "罗代泉"], site);
    assert!(passed.status.success(), "{}", text(&passed));
    let begun = Instant::now();
    let mut first = None;
    while told(recorder) < before + LETTERS {
        first = first.or_else(|| (told(recorder) > before).then(|| begun.elapsed()));
        if begun.elapsed() > limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let first = first.unwrap_or_default();
    Some((first, begun.elapsed().saturating_sub(first)))
}

/// The link in a mail to the first enterprise.
fn link(recorder: &Recorder) -> String {
    let mails = recorder.mails();
    let mail = mails.iter().find(|mail| mail.to.contains("e0001@")).expect("a mail");
    let script = "import email,sys\nfrom email import policy\n\
        m=email.message_from_string(sys.stdin.read(),policy=policy.default)\nprint(m.get_body().get_content())\n";
    let mut python = Command::new("/usr/bin/python3");
    let mut python = python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
    python.stdin.take().expect("a pipe").write_all(mail.text.as_bytes()).expect("the mail");
    let read = python.wait_with_output().expect("its words");
    let body = String::from_utf8(read.stdout).expect("UTF-8");
    let rest = body.split("https://office.example.com").nth(1).expect("a link");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect()
}

/// A site of its own under a service of its own.
struct Office {
    _dir: tempfile::TempDir,
    recorder: Recorder,
    site: PathBuf,
    port: u16,
    service: Service,
}

impl Office {
    fn open(ulimit: &str) -> Self {
        let (dir, recorder) = (folder(), Recorder::start());
        let (site, port) = site(dir.path(), &recorder, LETTERS);
        // As a provider's server does: what it takes is time, not this machine's work.
        recorder.takes(Duration::from_millis(150));
        let service = limited(&site, ulimit);
        serves(&service, port);
        Self { _dir: dir, recorder, site, port, service }
    }
}

/// 200 s of 1,300 connections at a time.
fn minutes(ulimit: &str) {
    let quiet = Office::open(ulimit);
    let without = order(&quiet.site, &quiet.recorder, Duration::from_mins(5));
    let (_, without) = without.expect("without anybody in the way");
    drop(quiet);
    let Office { _dir, recorder, site, port, mut service } = Office::open(ulimit);
    let kinds = ["half=400", "slow=300", "mute=100", "body=100", "deaf=20", "forged=300", "push=50", "audio=30"];
    let (begun, peers) = (Instant::now(), Peers::start(port, 200.0, 1.0, &kinds));
    std::thread::sleep(Duration::from_secs(5));
    let meanwhile = order(&site, &recorder, Duration::from_secs(170));
    let code = link(&recorder);
    // An answer that is begun and not ended, by somebody who may give it.
    let form = "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\naction=";
    let unfinished = format!("POST {code} HTTP/1.1\r\nConnection: close\r\n{form}");
    let unfinished = std::thread::spawn(move || asked(port, unfinished.as_bytes(), Duration::from_mins(1)));
    let mut slowest = Duration::ZERO;
    let (mut asked_for, mut shown) = (0, 0);
    while begun.elapsed() < Duration::from_secs(190) {
        let asked_at = Instant::now();
        asked_for += 1;
        let page = asked(port, &get(&code), Duration::from_secs(10));
        shown += usize::from(page.is_some_and(|page| page.starts_with("HTTP/1.1 200")));
        slowest = slowest.max(asked_at.elapsed());
        std::thread::sleep(Duration::from_secs(2));
    }
    let unfinished = unfinished.join().expect("an answer").unwrap_or_default();
    let (now, most) = service.memory();
    let ended = service.terminate(Duration::from_secs(15));
    let answers = peers.answers();
    eprintln!(
        "ulimit {ulimit}: {LETTERS} letters in {without:.1?} without, {meanwhile:.1?} (waiting, sending) with \
         1,300 connections; a recipient's page {shown} of {asked_for} times, slowest {slowest:.2?}; memory {now} MB, at most {most} MB; ended {ended:?}; \
         answered {answers}"
    );
    let said = service.said();
    assert!(!said.contains("Too many open files") && !said.contains("panic"), "{said}");
    let (first, meanwhile) = meanwhile.expect("the letters leave");
    assert!(first < Duration::from_secs(75), "decided on at the next minute: {first:?}");
    assert!(meanwhile.as_secs_f64() < without.as_secs_f64() * 1.1, "{meanwhile:?} instead of {without:?}");
    assert!(shown == asked_for && asked_for > 5, "{shown} of {asked_for}");
    assert!(unfinished.starts_with("HTTP/1.1 408") && unfinished.contains("没有在规定时间内传完"), "{unfinished}");
    assert!(most <= 120, "{most} MB");
    let (status, took) = ended.expect("it ends");
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}");
}

/// Letters of a site's outbox by their state.
async fn states(store: &Store) -> Vec<(String, i64)> {
    let query = "select state, count(*) from outbox where address like 'someone%' group by state order by state";
    sqlx::query_as(query).fetch_all(store.pool()).await.expect("the outbox")
}

/// Puts letters to so many addresses into the outbox.
async fn filled(site: &Path, count: usize) -> Store {
    let config = Site::read(site).0.expect("a site").config;
    let store = Store::open(&Site::database(site)).await.expect("a database");
    fill::fill(&store, &config, count, &[Form::Email], Utc::now()).await;
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn seconds_of_more_connections_than_there_are_descriptors_hold_up_neither_letters_nor_pages_nor_the_end() {
    let dir = folder();
    let recorder = Recorder::start();
    let (site, port) = site(dir.path(), &recorder, 3);
    let mut service = limited(&site, "-n 256");
    serves(&service, port);
    let kinds = ["half=150", "slow=100", "mute=50", "body=50", "deaf=5", "forged=60", "push=20", "audio=10"];
    let peers = Peers::start(port, 9.0, 0.2, &kinds);
    std::thread::sleep(Duration::from_secs(3));
    let begun = Instant::now();
    let store = filled(&site, 200).await;
    let left = service.until(Duration::from_secs(20), || told(&recorder) + some(&recorder) >= 200);
    assert!(left, "{} of 200 letters after {:?}: {}", some(&recorder), begun.elapsed(), service.said());
    for _ in 0..5 {
        let answer = asked(port, &get("/n/1-0000000000000000"), Duration::from_secs(5)).unwrap_or_default();
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("没有这个页面"), "{answer}");
    }
    let ended = service.terminate(Duration::from_secs(15));
    let (status, took) = ended.unwrap_or_else(|| panic!("it does not end: {}", service.said()));
    let answers = peers.answers();
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}: {}", service.said());
    assert!(answers.contains("404") && !answers.contains("500"), "{answers}");
    assert!(!service.said().contains("Too many open files"), "{}", service.said());
    assert_eq!(states(&store).await, [("accepted".to_owned(), 200)]);
}

fn some(recorder: &Recorder) -> usize {
    recorder.count(|mail| mail.to.contains("<someone"))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_time_while_a_channel_hangs_and_its_letters_keep_an_honest_state() {
    let dir = folder();
    let recorder = Recorder::start();
    let (site, port) = site(dir.path(), &recorder, 3);
    let mut service = Service::start(&site);
    serves(&service, port);
    // It has read a letter whole, and says nothing for a minute.
    recorder.takes(Duration::from_mins(1));
    let store = filled(&site, 30).await;
    let sending = || recorder.connections() >= 4;
    assert!(service.until(Duration::from_secs(10), sending), "{}", service.said());
    let half = TcpStream::connect(("127.0.0.1", port)).and_then(|mut s| s.write_all(b"GET /n/").map(|()| s));
    std::thread::sleep(Duration::from_secs(1));
    let ended = service.terminate(Duration::from_secs(15));
    let (status, took) = ended.unwrap_or_else(|| panic!("it does not end: {}", service.said()));
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}: {}", service.said());
    drop(half);
    let sending = |state: &str, count: i64| (state.to_owned(), count);
    assert_eq!(states(&store).await, [sending("queued", 26), sending("sending", 4)], "those in hand, and no more");
    recorder.takes(Duration::ZERO);
    let again = Service::start(&site);
    let through = || some(&recorder) >= 26;
    assert!(again.until(Duration::from_secs(20), through), "{}", again.said());
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(states(&store).await, [sending("accepted", 26), sending("unknown", 4)], "for a person to settle");
}

#[test]
fn it_ends_in_time_while_a_feed_hangs() {
    let dir = folder();
    let recorder = Recorder::start();
    let (site, port) = site(dir.path(), &recorder, 3);
    let far = TcpListener::bind("127.0.0.1:0").expect("a port");
    let file = site.join("cuofeng.toml");
    let toml = std::fs::read_to_string(&file).expect("the site file");
    let feed = format!(
        "\n[[feed]]\nname = \"hangs\"\nkind = \"bulletin\"\nurl = \"http://{}/\"\nlabel = \"x\"\n",
        far.local_addr().expect("an address")
    );
    std::fs::write(&file, toml + &feed).expect("the site file");
    let mut service = Service::start(&site);
    serves(&service, port);
    far.set_nonblocking(true).expect("a listener");
    let mut asked = None;
    assert!(service.until(Duration::from_secs(70), || {
        asked = asked.take().or_else(|| far.accept().ok());
        asked.is_some()
    }));
    let (status, took) = service.terminate(Duration::from_secs(15)).expect("it ends");
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}: {}", service.said());
}

#[test]
#[ignore = "long: scripts/attack"]
fn minutes_of_half_open_slow_and_forged_connections_hold_up_no_letter() {
    minutes("-S -n 1024");
}

#[test]
#[ignore = "long: scripts/attack"]
fn nor_where_the_limit_of_open_files_cannot_be_raised() {
    minutes("-n 1024");
}
