//! Servers that answer in GBK, with and without TLS: the code decides, the words are kept as they were meant.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Office, states};
use crate::fill;
use crate::recorder::Recorder;

fn signs_in(line: &str) -> Option<(&'static str, bool)> {
    line.starts_with("EHLO").then_some(("250-你好\r\n250 AUTH PLAIN LOGIN", false))
}

const LOGIN: &str = "user = \"office\"\npassword_file = \"secret\"\nconnections = 1";

#[tokio::test]
async fn a_wrong_password_told_in_gbk_pauses_the_channel_at_once_and_duty_staff_hear_the_words() {
    let server = Recorder::in_gbk(|line, _| {
        signs_in(line).or_else(|| line.starts_with("AUTH").then_some(("535 登录失败，授权码错误", false)))
    });
    let office = Office::with(3, server.port, LOGIN).await;
    office.deliver().await;
    assert_eq!(office.states().await, states(&[("queued", 3)]));
    let paused = cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses");
    assert!(paused.len() == 1 && paused[0].reason.contains("535 登录失败，授权码错误"), "{paused:?}");
    let told = office.told().await;
    assert!(told.len() == 1 && told[0].contains("授权码错误"), "{told:?}");
    let before = server.connections();
    office.after(10).await;
    assert_eq!(server.connections(), before, "not tried again and again");
}

#[tokio::test]
async fn a_recipient_refused_in_gbk_is_refused_for_good_and_one_that_is_taken_is_taken() {
    for (words, state) in
        [("550 该用户不存在", "failed"), ("450 系统忙，请稍后再试", "queued"), ("250 收到", "accepted")]
    {
        let server = Recorder::in_gbk(move |line, _| line.starts_with("RCPT").then_some((words, false)));
        let office = Office::with(1, server.port, "").await;
        office.deliver().await;
        assert_eq!(office.states().await, states(&[(state, 1)]), "{words}: {:?}", office.said().await);
        assert_eq!(server.connections(), 1, "{words}");
        if state != "accepted" {
            assert_eq!(office.said().await, [words]);
        }
    }
    let server = Recorder::in_gbk(|line, _| (line == ".").then_some(("250 邮件已收下，排队中", false)));
    let office = Office::with(2, server.port, "").await;
    office.deliver().await;
    assert_eq!(office.states().await, states(&[("accepted", 2)]));
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server in GBK that speaks TLS as `security` says.
pub fn gbk_server(dir: &Path, protocol: &str, security: &str) -> (impl Drop + use<>, u16) {
    let (key, certificate) = (dir.join("key.pem"), dir.join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|s| s.success()), "openssl is not installed (scripts/test installs it)");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers/gbk_server.py");
    let child = Command::new("/usr/bin/python3")
        .arg(script)
        .args([protocol, security, &port.to_string()])
        .arg(&certificate)
        .arg(&key)
        .spawn()
        .expect("python3 (scripts/test installs it)");
    let peer = Peer(child);
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    (peer, port)
}

#[tokio::test]
async fn the_words_are_read_above_tls_whether_it_begins_at_once_or_when_asked_for() {
    for security in ["tls", "starttls"] {
        let keys = tempfile::tempdir().expect("a folder");
        let (_peer, port) = gbk_server(keys.path(), "smtp", security);
        let dir = tempfile::tempdir().expect("a folder");
        let more = format!("security = \"{security}\"\nca_file = \"relay.pem\"\nconnections = 1");
        let site = fill::mail_site(dir.path(), port, &more);
        std::fs::copy(keys.path().join("certificate.pem"), site.join("relay.pem")).expect("a certificate");
        let office = Office::at(dir, &site, 2).await;
        office.deliver().await;
        // The server knows someone0 alone.
        assert_eq!(office.states().await, states(&[("accepted", 1), ("failed", 1)]), "{:?}", office.said().await);
        assert!(office.said().await.iter().any(|words| words == "550 该用户不存在"), "{:?}", office.said().await);
    }
}
