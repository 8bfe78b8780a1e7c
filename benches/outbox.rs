//! The outbox end to end: durable letters through the mail channel to postfix's `smtp-sink` on the same machine.
//!
//! `cargo bench --bench outbox`, with `CUOFENG_LETTERS=100000` for the promised size: 3,000 a second or better with less
//! than 100 MB of memory, and less than 200 ms from a decision to its first letter on the wire.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/fill/mod.rs"]
mod fill;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng::app::App;
use cuofeng::app::clock::Clock;
use cuofeng::config::Form;
use cuofeng::outbox;
use cuofeng::store::episodes;
use tokio_util::sync::CancellationToken;

const CONNECTIONS: usize = 100;

struct Sink(Child);

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sink(port: u16) -> Option<Sink> {
    // It takes no connection as the superuser.
    let root = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0"));
    let user: &[&str] = if root { &["-u", "nobody"] } else { &[] };
    let child = Command::new("/usr/sbin/smtp-sink")
        .args(user)
        .args([format!("127.0.0.1:{port}").as_str(), "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let sink = Sink(child.ok()?);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    Some(sink)
}

/// A figure of `/proc/self/status`, in MB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("0");
    let kilobytes: f64 = line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    kilobytes / 1024.0
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let count: usize = std::env::var("CUOFENG_LETTERS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let Some(_sink) = sink(port) else {
        eprintln!("skipped: postfix's smtp-sink is not installed");
        return;
    };
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
    #[expect(clippy::cast_precision_loss)]
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    println!("letters                                  {count}");
    println!("written as a decision writes them        {:.1} s, {:.0} a second", filled.as_secs_f64(), rate(filled));
    println!("sent, every state durable                {:.1} s, {:.0} a second", sending.as_secs_f64(), rate(sending));
    println!("end to end                               {:.1} s, {:.0} a second", all.as_secs_f64(), rate(all));
    println!("memory, largest                          {:.0} MB", memory("VmHWM"));

    let mut times = Vec::new();
    for number in count..count + 50 {
        let begun = Instant::now();
        let notice = fill::notice(&id, number, &[Form::Email], Utc::now());
        let mut tx = app.store.begin().await.expect("a transaction");
        episodes::write_notices(&mut tx, std::slice::from_ref(&notice), &id, 1, Utc::now()).await.expect("a notice");
        outbox::enqueue(&mut tx, std::slice::from_ref(&notice), &app.site.config, Utc::now()).await.expect("a letter");
        tx.commit().await.expect("a commit");
        assert_eq!(app.deliver(Utc::now(), &stop).await.expect("a drain").sent, 1);
        times.push(begun.elapsed());
    }
    times.sort();
    let (middle, last) = (times[times.len() / 2], times[times.len() - 1]);
    println!("one more, from its transaction to taken  {middle:.1?} (median), {last:.1?} (longest of 50)");
}
