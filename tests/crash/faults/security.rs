//! Certificates and passwords.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Office;
use crate::fill;
use crate::recorder::Recorder;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// aiosmtpd with a certificate for 127.0.0.1 that nobody vouches for.
fn tls_server(dir: &Path, flags: [&str; 2]) -> (Server, u16) {
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
    assert!(made.is_ok_and(|s| s.success()), "openssl is not installed (scripts/test installs it)");
    assert!(known.is_ok_and(|s| s.success()), "python3-aiosmtpd is not installed (scripts/test installs it)");
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
    (server, port)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_pauses_the_channel_and_one_that_the_site_trusts_is_taken() {
    for (flags, security) in [(["--smtpscert", "--smtpskey"], "tls"), (["--tlscert", "--tlskey"], "starttls")] {
        let keys = tempfile::tempdir().expect("a folder");
        let (_server, port) = tls_server(keys.path(), flags);
        let strange = Office::with(5, port, &format!("security = \"{security}\"\nconnections = 1")).await;
        assert_eq!(strange.deliver().await.later, 1, "{security}: {}", strange.said().await);
        assert_eq!(cuofeng_outbox::pause::pauses(&strange.app.store).await.expect("pauses").len(), 1, "{security}");
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
    assert_eq!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").len(), 1);
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
    let paused = cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses");
    assert!(paused[0].reason.contains("535"), "{paused:?}");
    office.app.store.tidy().await.expect("a checkpoint");
    let kept = std::fs::read(cuofeng_office::site::Site::database(&site)).expect("the database");
    let encoded = "AG9mZmljZQBjb3JyZWN0IGhvcnNl";
    for secret in ["correct horse", encoded] {
        let found = kept.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "the database holds the password");
    }
}
