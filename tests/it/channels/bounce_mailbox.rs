//! Debian's dovecot: reports in a real mailbox, by POP3 and by IMAP over TLS.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::Clock;
use sqlx::Row as _;

use crate::fill;

struct Dovecot {
    process: Child,
    inbox: PathBuf,
}

impl Dovecot {
    /// By `security` it speaks TLS from the first byte, or when it is asked to; never without it to sign in.
    fn start(dir: &Path, (pop3, imap): (u16, u16), security: &str) -> Self {
        let root = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0"));
        assert!(root, "dovecot takes its users from the superuser alone: run this as root");
        assert!(Path::new("/usr/sbin/dovecot").exists(), "dovecot is not installed (scripts/test installs it)");
        assert!(Command::new("chmod").arg("755").arg(dir).status().is_ok_and(|s| s.success()));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(dir.join("key.pem"))
            .arg("-out")
            .arg(dir.join("cert.pem"))
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|s| s.success()), "openssl");
        let inbox = dir.join("box");
        for part in ["new", "cur", "tmp"] {
            std::fs::create_dir_all(inbox.join(part)).expect("a maildir");
        }
        let here = dir.display();
        let at_once = security == "tls";
        let listen = |name: &str, port: u16| {
            let (plain, wrapped) = if at_once { (0, port) } else { (port, 0) };
            format!(
                "service {name}-login {{\n inet_listener {name} {{\n port={plain}\n }}\n inet_listener {name}s {{\n \
                 port={wrapped}\n }}\n}}\n"
            )
        };
        let listeners = listen("imap", imap) + &listen("pop3", pop3);
        std::fs::write(dir.join("users"), "bounces:{PLAIN}mailbox-secret\n").expect("users");
        let config = format!(
            "base_dir={here}/run\nstate_dir={here}/run\nlog_path={here}/log\nprotocols=imap pop3\nssl=required\n\
             ssl_cert=<{here}/cert.pem\nssl_key=<{here}/key.pem\nlisten=127.0.0.1\nmail_location=maildir:{here}/box\n\
             first_valid_uid=1\npassdb {{\n driver=passwd-file\n args={here}/users\n}}\n\
             userdb {{\n driver=static\n args=uid=mail gid=mail home={here}\n}}\n{listeners}"
        );
        std::fs::write(dir.join("dovecot.conf"), config).expect("a configuration");
        let process = Command::new("/usr/sbin/dovecot").arg("-F").arg("-c").arg(dir.join("dovecot.conf")).spawn();
        let dovecot = Self { process: process.expect("dovecot"), inbox };
        let begun = Instant::now();
        while [pop3, imap].iter().any(|port| std::net::TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            let log = || std::fs::read_to_string(dir.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(20), "dovecot does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        dovecot
    }

    /// Puts a mail into the mailbox.
    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.inbox.join("new").join(name), text).expect("a mail");
        let all = Command::new("chown").args(["-R", "mail:mail"]).arg(&self.inbox).status();
        assert!(all.is_ok_and(|s| s.success()));
    }

    /// Names of the mails, with their flags.
    fn mails(&self) -> Vec<String> {
        let of = |part: &str| std::fs::read_dir(self.inbox.join(part)).expect("a folder").flatten();
        let mut all: Vec<String> =
            of("new").chain(of("cur")).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its master ends its children when it is asked to.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn report(key: &str, site: &str) -> String {
    format!(
        "From: MAILER-DAEMON@example.com\r\nTo: bounces@example.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\n.\r\n.a line that begins with a dot\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.com\r\n\r\n\
         Final-Recipient: rfc822; someone@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Message-ID: <{key}@{site}.example.com>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
}

fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// A site whose undeliverable mail comes back to a mailbox of this kind.
fn site(dir: &Path, server: &str, port: u16, security: &str, trusted: bool) -> PathBuf {
    let more = format!(
        "{}bounces = {{ address = \"bounces@example.com\", {server} = {{ host = \"localhost\", port = {port}, \
         security = \"{security}\", user = \"bounces\", password_file = \"mailbox.key\" }} }}",
        if trusted { "ca_file = \"../cert.pem\"\n" } else { "" }
    );
    let site = fill::mail_site(dir, 9, &("security = \"plain\"\n".to_owned() + &more));
    std::fs::write(site.join("mailbox.key"), "mailbox-secret\n").expect("a password");
    site
}

async fn told(server: &str, security: &str, trusted: bool) {
    let dir = tempfile::tempdir().expect("a folder");
    let (pop3, imap) = (port(), port());
    let dovecot = Dovecot::start(dir.path(), (pop3, imap), security);
    let site = site(dir.path(), server, if server == "pop3" { pop3 } else { imap }, security, trusted);
    let app = App::start(&site, Clock::system()).await.expect("a site");
    fill::fill(&app.store, &app.site.config, 2, &[Form::Email], Utc::now()).await;
    // As if the server had taken both.
    sqlx::query("update outbox set state = 'accepted', attempt = 1").execute(app.store.pool()).await.expect("taken");
    let key: String =
        sqlx::query_scalar("select key from outbox order by id").fetch_one(app.store.pool()).await.expect("a key");
    let own = app.site.config.identity.as_ref().expect("an identity").as_str();
    dovecot.put("1.report", &report(&key, own));
    // Another site has the same key, and the same mailbox.
    if trusted {
        dovecot.put("0.other", &report(&key.replace("E000000", "E000001"), "0123456789abcdef"));
    }
    dovecot.put("2.person", "From: someone@example.com\r\nSubject: a question\r\n\r\nHow long?\r\n");
    let stop = tokio_util::sync::CancellationToken::new();
    app.deliver(Utc::now(), &stop).await.expect("a drain");
    app.returns().finish_reading().await;
    let mailbox = sqlx::query("select name, failed_since, said from mailbox");
    let mailbox = mailbox.fetch_one(app.store.pool()).await.expect("how the reading went");
    let (name, failed, said): (String, Option<i64>, String) = (mailbox.get(0), mailbox.get(1), mailbox.get(2));
    assert!(!format!("{name}{said}").contains("mailbox-secret"), "{name} {said}");
    let states: Vec<String> =
        sqlx::query_scalar("select state from outbox order by id").fetch_all(app.store.pool()).await.expect("states");
    if !trusted {
        assert!(failed.is_some() && !said.is_empty(), "a certificate that nobody vouches for: {said}");
        assert_eq!((states, dovecot.mails().len()), (vec!["accepted".to_owned(); 2], 2));
        return;
    }
    assert_eq!((failed, said.as_str()), (None, ""));
    assert_eq!(states, ["failed", "accepted"]);
    let mails = dovecot.mails();
    // By POP3 the server itself flags what was fetched.
    let left = |m: &&String| m.starts_with("2.person") && (server == "pop3" || !m.ends_with('S'));
    assert!(mails.iter().any(|m| left(&m)), "left as it is: {mails:?}");
    assert!(mails.iter().any(|m| m.starts_with("0.other") && (server == "pop3" || !m.ends_with('S'))), "{mails:?}");
    let reports: Vec<&String> = mails.iter().filter(|m| m.starts_with("1.report")).collect();
    match server {
        "pop3" => assert!(reports.is_empty(), "deleted: {mails:?}"),
        _ => assert!(reports.len() == 1 && reports[0].ends_with('S'), "flagged as read: {mails:?}"),
    }
    // Read again at once, it tells nothing new.
    app.deliver(Utc::now(), &stop).await.expect("a drain");
    app.returns().finish_reading().await;
    let receipts: i64 = sqlx::query_scalar("select count(*) from receipt where state = 'failed'")
        .fetch_one(app.store.pool())
        .await
        .expect("a count");
    assert_eq!(receipts, 1, "counted once");
}

#[tokio::test]
async fn a_report_in_a_mailbox_is_recorded_once_and_then_put_away() {
    for security in ["tls", "starttls"] {
        told("pop3", security, true).await;
        told("imap", security, true).await;
    }
}

#[tokio::test]
async fn a_server_with_a_strangers_certificate_is_not_spoken_to() {
    for security in ["tls", "starttls"] {
        told("pop3", security, false).await;
        told("imap", security, false).await;
    }
}

#[tokio::test]
async fn a_mailbox_out_of_reach_for_an_hour_is_told_to_those_on_duty_and_so_is_its_return() {
    let dir = tempfile::tempdir().expect("a folder");
    let (pop3, imap) = (port(), port());
    let site = site(dir.path(), "imap", imap, "tls", true);
    std::fs::write(dir.path().join("cert.pem"), "").expect("a certificate that is not there yet");
    let (now, stop) = (Utc::now(), tokio_util::sync::CancellationToken::new());
    let alarms = async |app: &App| -> Vec<String> {
        let states = sqlx::query_scalar("select state from episode where kind = 'mailbox'");
        states.fetch_all(app.store.pool()).await.expect("episodes")
    };
    let app = App::start(&site, Clock::system()).await.expect("a site");
    app.deliver(now, &stop).await.expect("a drain");
    app.returns().finish_reading().await;
    for (minutes, open) in [(1, 0), (59, 0), (61, 1), (62, 1)] {
        app.deliver(now + chrono::Duration::minutes(minutes), &stop).await.expect("a drain");
        assert_eq!(alarms(&app).await.len(), open, "after {minutes} minutes");
    }
    assert_eq!(alarms(&app).await, ["open"]);
    let dovecot = Dovecot::start(dir.path(), (pop3, imap), "tls");
    dovecot.put("2.person", "From: someone@example.com\r\nSubject: a question\r\n\r\nHow long?\r\n");
    drop(app);
    // A service begun anew looks at once.
    let app = App::start(&site, Clock::system()).await.expect("a site");
    for minutes in [63, 64] {
        app.deliver(now + chrono::Duration::minutes(minutes), &stop).await.expect("a drain");
        app.returns().finish_reading().await;
    }
    let said: String =
        sqlx::query_scalar("select said from mailbox").fetch_one(app.store.pool()).await.expect("how it went");
    assert_eq!((alarms(&app).await, said.as_str()), (vec!["lifted".to_owned()], ""));
}
