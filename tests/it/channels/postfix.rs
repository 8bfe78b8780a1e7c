//! Debian's postfix: a real queue, real refusals and real bounces.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::fill;

/// A postfix of its own, on a free loopback port, that takes mail for everybody at example.com and has a mailbox for
/// `someone0` to `someone7` and for bounces.
struct Postfix {
    config: PathBuf,
    port: u16,
    mail: PathBuf,
}

impl Postfix {
    fn start(dir: &Path) -> Self {
        let (config, queue, mail) = (dir.join("postfix"), dir.join("queue"), dir.join("mail"));
        let root = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0"));
        assert!(root, "postfix begins as the superuser alone: run this as root");
        assert!(Path::new("/usr/sbin/postfix").exists(), "postfix is not installed (scripts/test installs it)");
        for folder in [&config, &queue, &mail, &dir.join("data")] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let owned = |path: &Path, owner: &str| {
            assert!(Command::new("chown").arg(owner).arg(path).status().is_ok_and(|s| s.success()), "{owner}");
        };
        for folder in [dir.join("data"), mail.clone()] {
            owned(&folder, "postfix");
        }
        // Its daemons must pass through the test's folder.
        assert!(Command::new("chmod").arg("755").arg(dir).status().is_ok_and(|s| s.success()));
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let boxes = (0..8).fold(String::new(), |boxes, n| boxes + &format!("someone{n}@example.com someone{n}/\n"));
        std::fs::write(config.join("boxes"), format!("{boxes}bounces@example.com bounces/\n")).expect("a map");
        let shown = |path: &Path| path.display().to_string();
        let uid = std::fs::metadata(&mail).map(|data| std::os::unix::fs::MetadataExt::uid(&data)).expect("an owner");
        std::fs::write(
            config.join("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\nmyhostname = mail.example.com\n\
                 mydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks = 127.0.0.0/8\n\
                 smtpd_reject_unlisted_recipient = no\nrecipient_delimiter = +\nvirtual_mailbox_domains = example.com\n\
                 virtual_mailbox_base = {}\nvirtual_mailbox_maps = texthash:{}/boxes\nvirtual_minimum_uid = 1\n\
                 virtual_uid_maps = static:{uid}\nvirtual_gid_maps = static:{uid}\nalias_maps =\n\
                 maillog_file_prefixes = {}\nmaillog_file = {}/log\n",
                shown(&queue),
                shown(&dir.join("data")),
                shown(&mail),
                shown(&config),
                shown(dir),
                shown(dir),
            ),
        )
        .expect("a configuration");
        let services = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
             defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n\
             smtp unix - - n - - smtp\nerror unix - - n - - error\nretry unix - - n - - error\n\
             virtual unix - n n - - virtual\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\n\
             showq unix n - n - - showq\nproxymap unix - - n - - proxymap\npostlog unix-dgram n - n - 1 postlogd\n"
        );
        std::fs::write(config.join("master.cf"), services).expect("a configuration");
        let postfix = Self { config, port, mail };
        let started = postfix.say("start");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "postfix does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        postfix
    }

    fn say(&self, command: &str) -> std::process::Output {
        Command::new("/usr/sbin/postfix").arg("-c").arg(&self.config).arg(command).output().expect("postfix")
    }

    fn mails(&self, user: &str) -> usize {
        std::fs::read_dir(self.mail.join(user).join("new")).map_or(0, |entries| entries.flatten().count())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.say("stop");
    }
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waiting for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_a_real_server_took_and_could_not_deliver_comes_back_as_failed_with_its_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let postfix = Postfix::start(dir.path());
    let bounces = postfix.mail.join("bounces");
    let more = format!("bounces = {{ address = \"bounces@example.com\", maildir = \"{}\" }}", bounces.display());
    let site = fill::mail_site(dir.path(), postfix.port, &more);
    let app = App::start(&site, Clock::system()).await.expect("a site");
    fill::fill(&app.store, &app.site.config, 10, &[Form::Email], Utc::now()).await;
    let stop = CancellationToken::new();
    assert_eq!(app.deliver(Utc::now(), &stop).await.expect("a drain").sent, 10, "it queues for everybody");
    until("the mailboxes", || (0..8).all(|n| postfix.mails(&format!("someone{n}")) == 1)).await;
    until("the bounces", || postfix.mails("bounces") == 2).await;
    app.deliver(Utc::now(), &stop).await.expect("a drain");
    let states = || async {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "select o.address, o.state, r.words from outbox o join receipt r on r.outbox = o.id and r.state = o.state
             order by o.id",
        )
        .fetch_all(app.store.pool())
        .await
        .expect("the outbox");
        rows
    };
    let after = states().await;
    for (address, state, words) in &after {
        let missing = address.starts_with("someone8@") || address.starts_with("someone9@");
        assert_eq!(state, if missing { "failed" } else { "accepted" }, "{address}: {words}");
        assert!(!missing || words.contains("5.1.1") && words.contains("unknown user"), "{words}");
    }
    assert_eq!(postfix.mails("bounces"), 0, "what was read is put away");
    app.deliver(Utc::now(), &stop).await.expect("a drain");
    assert_eq!(states().await, after, "and told once");
    assert_eq!((0..8).map(|n| postfix.mails(&format!("someone{n}"))).sum::<usize>(), 8);
}
