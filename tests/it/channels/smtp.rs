//! Mail to a real SMTP server (Debian's python3-aiosmtpd), and to ones that misbehave.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn cuofeng(args: &[&str], site: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_cuofeng")).args(args).arg("--site").arg(site).output().expect("the program")
}

/// The example site with mail through `port` and a time limit of two seconds.
fn site(dir: &Path, port: u16) -> std::path::PathBuf {
    let site = dir.join("site");
    for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
        let target = site.join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::write(target, bytes).expect("a file");
    }
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    let mail = format!(
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain\"\n\
         from = \"武平镇生态环境办公室 <office@example.com>\"\ntimeout_seconds = 2\n[deliver]\nemail = \"email\"\n"
    );
    std::fs::write(&file, text + &mail).expect("the site file");
    site
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn aiosmtpd(port: u16, maildir: &Path) -> Server {
    let known = Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    assert!(known.is_ok_and(|s| s.success()), "python3-aiosmtpd is not installed (scripts/test installs it)");
    let address = format!("127.0.0.1:{port}");
    let child = Command::new("/usr/bin/python3")
        .args(["-m", "aiosmtpd", "-n", "-l", &address, "-c", "aiosmtpd.handlers.Mailbox"])
        .arg(maildir)
        .stderr(Stdio::null())
        .spawn()
        .expect("python3");
    let server = Server(child);
    let begin = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the server does not listen");
        std::thread::yield_now();
    }
    server
}

#[test]
fn a_real_server_takes_every_mail_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let (port, maildir) = (free_port(), dir.path().join("mail"));
    let _server = aiosmtpd(port, &maildir);
    let site = site(dir.path(), port);
    for minute in ["00", "10"] {
        let now = format!("2026-09-12T08:{minute}:00+08:00");
        let output = cuofeng(&["once", "--now", &now], &site);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let mails: Vec<String> = std::fs::read_dir(maildir.join("new"))
        .expect("a maildir")
        .flatten()
        .map(|e| std::fs::read_to_string(e.path()).expect("a mail"))
        .collect();
    assert_eq!(mails.len(), 16, "fourteen enterprises and two members of staff on duty");
    let ids: std::collections::BTreeSet<&str> =
        mails.iter().flat_map(|m| m.lines().filter(|l| l.starts_with("Message-ID:"))).collect();
    assert_eq!(ids.len(), 16);
}

/// A server that talks until `until` lines were read, then says nothing more.
fn stalls_after(reads: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || talk(stream, reads));
        }
    });
    port
}

fn talk(mut stream: TcpStream, reads: usize) {
    let mut buffer = [0_u8; 4096];
    if reads > 0 && stream.write_all(b"220 ready\r\n").is_err() {
        return;
    }
    let mut told = 0;
    while let Ok(count) = stream.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let said = String::from_utf8_lossy(&buffer[..count]).into_owned();
        told += 1;
        if told >= reads {
            continue;
        }
        let answer: &[u8] = if said.starts_with("DATA") { b"354 go on\r\n" } else { b"250 fine\r\n" };
        if stream.write_all(answer).is_err() {
            return;
        }
    }
}

#[test]
fn a_server_that_stops_talking_after_the_text_leaves_the_letter_unknown_and_before_it_to_be_tried_again() {
    // 0: never greets; 3: stops after MAIL; 5: takes EHLO, MAIL, RCPT and DATA, then says nothing after the text.
    for (reads, later, trouble, code) in [(0, 1, 0, 0), (3, 1, 0, 0), (5, 0, 1, 1)] {
        let dir = tempfile::tempdir().expect("a folder");
        let site = site(dir.path(), stalls_after(reads));
        // One enterprise and no duty list keep the test short.
        let enterprises = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
        let kept: Vec<&str> = enterprises
            .lines()
            .filter(|l| l.starts_with("id,") || l.starts_with("E031") || l.starts_with("E001"))
            .collect();
        std::fs::write(site.join("enterprises.csv"), kept.join("\n") + "\n").expect("a table");
        let processes = std::fs::read_to_string(site.join("processes.csv")).expect("a table");
        let kept: Vec<&str> = processes.lines().filter(|l| l.starts_with("id,") || l.contains(",E031,")).collect();
        std::fs::write(site.join("processes.csv"), kept.join("\n") + "\n").expect("a table");
        std::fs::write(site.join("staff.csv"), "name,role\n").expect("a table");
        let first = cuofeng(&["once", "--json", "--now", "2026-09-12T08:00:00+08:00"], &site);
        let value: serde_json::Value = serde_json::from_slice(&first.stdout).expect("JSON");
        let went = (value["later"].as_u64(), value["trouble"].as_u64(), first.status.code());
        assert_eq!(went, (Some(later), Some(trouble), Some(code)), "{reads}: {value}");
        let second = cuofeng(&["once", "--json", "--now", "2026-09-12T09:00:00+08:00"], &site);
        let value: serde_json::Value = serde_json::from_slice(&second.stdout).expect("JSON");
        let went = (value["sent"].as_u64(), value["later"].as_u64(), value["trouble"].as_u64());
        assert_eq!(went, (Some(0), Some(later), Some(0)), "{reads}: {value}");
    }
}

#[test]
fn a_server_that_is_not_there_is_tried_again_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let site = site(dir.path(), port);
    let first = cuofeng(&["once", "--json", "--now", "2026-09-12T08:00:00+08:00"], &site);
    let value: serde_json::Value = serde_json::from_slice(&first.stdout).expect("JSON");
    assert_eq!((value["later"].as_u64(), value["trouble"].as_u64()), (Some(16), Some(0)), "{value}");
    let _server = aiosmtpd(port, &dir.path().join("mail"));
    let second = cuofeng(&["once", "--json", "--now", "2026-09-12T08:05:00+08:00"], &site);
    let value: serde_json::Value = serde_json::from_slice(&second.stdout).expect("JSON");
    assert_eq!(value["sent"].as_u64(), Some(16), "{value}");
}
