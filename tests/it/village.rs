//! A village with its loudspeaker: a site, a broker with a memory of its own, a loudspeaker written with another client.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cuofeng_base::word::Form;
use cuofeng_notice::{Audience, Notice, Part, Purpose};
use cuofeng_office::config::Config;
use cuofeng_office::site::Site;
use cuofeng_rules::warning::EpisodeId;
use cuofeng_store::{Store, episodes};

use crate::{fill, office};

/// A process that ends with the test.
pub struct Peer(pub Child);

impl Peer {
    /// Ends it as its operator does: a broker writes down what it has promised.
    pub fn end(mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status().expect("kill");
        assert!(asked.success() && self.0.wait().is_ok());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} took too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A broker with a memory of its own, a site that uses it, and one village's text.
pub struct Village {
    dir: tempfile::TempDir,
    pub site: PathBuf,
    pub port: u16,
    pub store: Store,
}

impl Village {
    pub async fn new() -> Self {
        let port = free_port();
        let mqtt = format!(
            "[channel.mqtt]\nhost = \"127.0.0.1\"\nport = {port}\ntimeout_seconds = 3\n[deliver]\nspeech = \"mqtt\"\n"
        );
        Self::with(&mqtt, port).await
    }

    pub async fn with(channel: &str, port: u16) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let site = office::example(dir.path());
        std::fs::write(site.join("staff.csv"), "name,role\n").expect("a table");
        let file = site.join("cuofeng.toml");
        let text = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, format!("{text}\n{channel}")).expect("the site file");
        let broker = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n\
             persistence_location {}/\nautosave_interval 1\n",
            dir.path().display()
        );
        std::fs::write(dir.path().join("broker.conf"), broker).expect("a file");
        let store = Store::open(&Site::database(&site)).await.expect("a database");
        Self { dir, site, port, store }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn broker(&self) -> Peer {
        let mut command = Command::new("/usr/sbin/mosquitto");
        // As root it would give its rights away and then not reach the test's folder.
        let conf = self.path().join("broker.conf");
        let text = std::fs::read_to_string(&conf).expect("a file");
        if !text.contains("\nuser ") {
            std::fs::write(&conf, text + "user root\n").expect("a file");
        }
        command.arg("-c").arg(&conf).stdout(Stdio::null()).stderr(Stdio::null());
        let peer = Peer(command.spawn().expect("mosquitto"));
        until("mosquitto", || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        peer
    }

    pub fn speaker(&self, manner: &str, off: i64) -> Peer {
        let _ = std::fs::remove_file(self.path().join("up"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/speaker.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(self.port.to_string()).arg(self.path()).arg(manner).arg(off.to_string());
        let peer = Peer(command.stderr(Stdio::null()).spawn().expect("python3"));
        until("the loudspeaker", || self.path().join("up").exists());
        std::thread::sleep(Duration::from_millis(200));
        peer
    }

    /// Puts a text into the outbox that may begin within so many seconds.
    pub async fn text(&self, seconds: i64) -> EpisodeId {
        let config = Site::read(&self.site).0.expect("a site").config;
        tell(&self.store, &config, seconds).await
    }

    pub fn once(&self, now: DateTime<Utc>) {
        let output = office::run(&["once", "--now", &now.to_rfc3339()], &self.site);
        assert!(output.status.success(), "{}", office::text(&output));
    }

    /// State and last reason of the text.
    pub async fn state(&self) -> (String, String) {
        sqlx::query_as(
            "select o.state, t.reason from outbox o join transition t on t.outbox = o.id
             where o.form = 'speech' order by t.number desc limit 1",
        )
        .fetch_one(self.store.pool())
        .await
        .expect("a letter")
    }

    pub fn played(&self) -> usize {
        std::fs::read_to_string(self.path().join("played.txt")).unwrap_or_default().lines().count()
    }

    /// Looks again and again until the text is in a state.
    pub async fn becomes(&self, state: &str) -> String {
        for _ in 0..15 {
            self.once(Utc::now());
            let (is, said) = self.state().await;
            if is == state {
                return said;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("it is {:?}, not {state}", self.state().await);
    }
}

/// Puts a village's text into an outbox that may begin within so many seconds.
pub async fn tell(store: &Store, config: &Config, seconds: i64) -> EpisodeId {
    let now = Utc::now();
    let id = fill::episode(store, now).await;
    let part = Part {
        form: Form::Speech,
        address: "speaker-01".to_owned(),
        subject: String::new(),
        body: "村民朋友们，请不要露天焚烧秸秆。".into(),
        by_hand: false,
    };
    let notice = Notice {
        key: format!("{id}.r1.raise.village-500199001201"),
        purpose: Purpose::Raise,
        audience: Audience::Village,
        recipient: "500199001201".to_owned(),
        name: "青杠村".to_owned(),
        parts: vec![part],
        reserve: Vec::new(),
        not_before: now,
        expires_at: now + chrono::Duration::seconds(seconds),
        ask_hours: None,
        enclosures: Vec::new(),
        about: None,
        gist: None,
    };
    let mut tx = store.begin().await.expect("a transaction");
    episodes::write_notices(&mut tx, std::slice::from_ref(&notice), &id, 1, now).await.expect("a notice");
    cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&notice), &config.routes, now).await.expect("a letter");
    tx.commit().await.expect("a commit");
    id
}
