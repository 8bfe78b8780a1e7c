//! The outbox end to end: durable letters through the mail channel to postfix's `smtp-sink` on the same machine, and beside
//! it postfix itself as a durable queue into the same sink, so that the figures say something on any machine.
//!
//! `cargo bench --bench outbox`: 10,000 letters, then 100,000 (`CUOFENG_LETTERS=1000,4000` for others). Promised: the rate at
//! the larger size at least 0.9 of that at the smaller, four times postfix's or better, 60 MB of memory at most, and less
//! than 200 ms from a decision to its first letter on the wire.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[allow(dead_code)] // Its part of a peer of the tests.
#[path = "../tests/it/fill.rs"]
mod fill;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::Clock;
use cuofeng_store::episodes;
use tokio_util::sync::CancellationToken;

const CONNECTIONS: usize = 100;

/// How many letters postfix is given: as many as take it some seconds.
const FOR_POSTFIX: usize = 5000;

struct Sink(Child);

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

fn await_port(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing listens on {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn sink(port: u16) -> Option<Sink> {
    // It takes no connection as the superuser.
    let user: &[&str] = if root() { &["-u", "nobody"] } else { &[] };
    let child = Command::new("/usr/sbin/smtp-sink")
        .args(user)
        .args([format!("127.0.0.1:{port}").as_str(), "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let sink = Sink(child.ok()?);
    await_port(port);
    Some(sink)
}

/// A postfix of its own that queues what it takes on disk and passes it on to the sink.
struct Postfix {
    config: PathBuf,
    queue: PathBuf,
    port: u16,
}

impl Postfix {
    fn start(dir: &Path, sink: u16) -> Option<Self> {
        if !root() || !Path::new("/usr/sbin/postfix").exists() || !Path::new("/usr/sbin/smtp-source").exists() {
            return None;
        }
        let (config, queue, data) = (dir.join("postfix"), dir.join("queue"), dir.join("data"));
        for folder in [&config, &queue, &data] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let done = |command: &mut Command| assert!(command.status().is_ok_and(|s| s.success()), "{command:?}");
        done(Command::new("chown").arg("postfix").arg(&data));
        done(Command::new("chmod").arg("755").arg(dir));
        let port = free_port();
        let (queue_folder, data, dir) = (queue.display(), data.display(), dir.display());
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {queue_folder}\ndata_directory = {data}\n\
             myhostname = mail.example.com\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:{sink}\nalias_maps =\nin_flow_delay = 0\n\
             default_process_limit = {CONNECTIONS}\ndefault_destination_concurrency_limit = {CONNECTIONS}\n\
             initial_destination_concurrency = {CONNECTIONS}\nsmtp_connection_cache_on_demand = yes\n\
             maillog_file_prefixes = {dir}\nmaillog_file = {dir}/log\n"
        );
        std::fs::write(config.join("main.cf"), main).expect("a configuration");
        let services = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
             defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n\
             smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\n\
             retry unix - - n - - error\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\n\
             showq unix n - n - - showq\nproxymap unix - - n - - proxymap\npostlog unix-dgram n - n - 1 postlogd\n"
        );
        std::fs::write(config.join("master.cf"), services).expect("a configuration");
        let postfix = Self { config, queue, port };
        let started = postfix.say("start");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        await_port(port);
        Some(postfix)
    }

    fn say(&self, command: &str) -> std::process::Output {
        Command::new("/usr/sbin/postfix").arg("-c").arg(&self.config).arg(command).output().expect("postfix")
    }

    /// How long so many mails of a letter's size take from the first being given to the last being passed on.
    fn carries(&self, count: usize) -> Duration {
        let begun = Instant::now();
        let given = Command::new("/usr/sbin/smtp-source")
            .args(["-d", "-N", "-s", &CONNECTIONS.to_string(), "-m", &count.to_string(), "-l", "1500"])
            .args(["-f", "office@example.com", "-t", "someone@example.com", &format!("127.0.0.1:{}", self.port)])
            .status();
        assert!(given.is_ok_and(|status| status.success()), "smtp-source gave all its mails");
        while self.holds() {
            assert!(begun.elapsed() < Duration::from_mins(3), "postfix does not pass its mails on");
            std::thread::sleep(Duration::from_millis(10));
        }
        begun.elapsed()
    }

    /// Whether any mail lies in the queue.
    fn holds(&self) -> bool {
        fn any(folder: &Path) -> bool {
            std::fs::read_dir(folder)
                .is_ok_and(|all| all.flatten().any(|one| if one.path().is_dir() { any(&one.path()) } else { true }))
        }
        ["maildrop", "incoming", "active", "deferred"].iter().any(|folder| any(&self.queue.join(folder)))
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.say("stop");
    }
}

/// A figure of `/proc/self/status`, in MB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("0");
    let kilobytes: f64 = line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    kilobytes / 1024.0
}

#[expect(clippy::cast_precision_loss)]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// What so many letters came to: sent, and written and sent, a second.
struct Rates {
    sent: f64,
    both: f64,
}

async fn measure(port: u16, count: usize, last: bool) -> Rates {
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), port, &format!("connections = {CONNECTIONS}"));
    let app = App::start(&site, Clock::system()).await.expect("a site");
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let id = fill::fill(&app.store, &app.site.config, count, &[Form::Email], Utc::now()).await;
    let filled = begun.elapsed();
    let drained = app.deliver(Utc::now(), &stop).await.expect("a drain");
    let all = begun.elapsed();
    assert_eq!(drained.sent, count);
    let sending = all.saturating_sub(filled);
    let rates = Rates { sent: rate(count, sending), both: rate(count, all) };
    println!("letters                                  {count}");
    println!(
        "written as a decision writes them        {:.1} s, {:.0} a second",
        filled.as_secs_f64(),
        rate(count, filled)
    );
    println!("sent, every state durable                {:.1} s, {:.0} a second", sending.as_secs_f64(), rates.sent);
    println!("end to end                               {:.1} s, {:.0} a second", all.as_secs_f64(), rates.both);
    println!("memory, largest so far                   {:.0} MB", memory("VmHWM"));
    if !last {
        return rates;
    }
    let mut times = Vec::new();
    for number in count..count + 50 {
        let begun = Instant::now();
        let notice = fill::notice(&id, number, &[Form::Email], Utc::now());
        let mut tx = app.store.begin().await.expect("a transaction");
        episodes::write_notices(&mut tx, std::slice::from_ref(&notice), &id, 1, Utc::now()).await.expect("a notice");
        cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&notice), &app.site.config.routes, Utc::now())
            .await
            .expect("a letter");
        tx.commit().await.expect("a commit");
        assert_eq!(app.deliver(Utc::now(), &stop).await.expect("a drain").sent, 1);
        times.push(begun.elapsed());
    }
    times.sort();
    let (middle, last) = (times[times.len() / 2], times[times.len() - 1]);
    println!("one more, from its transaction to taken  {middle:.1?} (median), {last:.1?} (longest of 50)");
    rates
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let sizes = std::env::var("CUOFENG_LETTERS").unwrap_or_else(|_| "10000,100000".to_owned());
    let sizes: Vec<usize> = sizes.split(',').filter_map(|size| size.trim().parse().ok()).collect();
    let port = free_port();
    let Some(_sink) = sink(port) else {
        eprintln!("skipped: postfix's smtp-sink is not installed");
        return;
    };
    let mut all = Vec::new();
    for (place, count) in sizes.iter().enumerate() {
        all.push(measure(port, *count, place + 1 == sizes.len()).await);
    }
    let [Some(first), Some(last)] = [all.first(), all.last()] else { return };
    if all.len() > 1 {
        println!("rate at the last size, of that at the first  {:.2}", last.sent / first.sent);
    }
    let dir = tempfile::tempdir().expect("a folder");
    let Some(postfix) = Postfix::start(dir.path(), port) else {
        eprintln!("postfix is not installed, or this is not the superuser: not compared with it");
        return;
    };
    // The first mails start its processes.
    postfix.carries(CONNECTIONS);
    let postfixes = rate(FOR_POSTFIX, postfix.carries(FOR_POSTFIX));
    println!("postfix, taken, queued and passed on     {postfixes:.0} a second");
    println!("end to end, of that                      {:.1} times", last.both / postfixes);
}
