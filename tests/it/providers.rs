//! Providers of short messages that check each signature over the raw request, and misbehave; a site that uses them.

use std::fmt::Write as _;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cuofeng_base::text::Lang;
use cuofeng_console::Console;
use cuofeng_office::clock::Clock;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::office::run;

pub struct Providers {
    process: Child,
    pub url: String,
    state: PathBuf,
}

impl Providers {
    pub fn start(dir: &Path) -> Self {
        Self::approving(dir, None)
    }

    /// Providers that have approved the texts of a file.
    pub fn approving(dir: &Path, templates: Option<&Path>) -> Self {
        let state = dir.join("taken.jsonl");
        let mut process = Command::new("/usr/bin/python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/sms.py"))
            .arg(&state)
            .args(templates)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let mut port = String::new();
        std::io::BufReader::new(process.stdout.take().expect("stdout")).read_line(&mut port).expect("a port");
        Self { process, url: format!("http://127.0.0.1:{}", port.trim()), state }
    }

    /// Those that a site's short messages go to; they have approved all that it says.
    pub fn of(site: &Path, dir: &Path) -> Self {
        by_aliyun(site, "http://127.0.0.1:9");
        approve(site, |_| true);
        let providers = Self::approving(dir, Some(&site.join("sms-templates.toml")));
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, source.replace("http://127.0.0.1:9", &providers.url)).expect("the site file");
        providers
    }

    /// They push what they learn to the site's pages, which believe it.
    pub fn push_to(site: &Path) {
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        let push = "push_secret_file = \"push.key\"\npush_from = [\"203.0.113.0/24\"]\nprice =";
        std::fs::write(&file, source.replace("price =", push)).expect("the site file");
        std::fs::write(site.join("push.key"), "a-long-secret\n").expect("a key");
    }

    /// What they have accepted.
    pub fn taken(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.state).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Short messages of a site go by Aliyun at `url`.
pub fn by_aliyun(site: &Path, url: &str) {
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(site.join("aliyun.key"), "aliyun-secret\n").expect("a key");
    let channel = format!(
        "{source}\n[channel.aliyun]\nurl = \"{url}\"\nkey_id = \"LTAIexample\"\nsecret_file = \"aliyun.key\"\n\
         sign = \"某镇环保办\"\nprice = \"0.045\"\ntimeout_seconds = 2\n\n[deliver]\nsms = \"aliyun\"\n"
    );
    std::fs::write(file, channel).expect("the site file");
}

/// The filing of a site with a code for each text that `approved` lets through.
pub fn approve(site: &Path, approved: impl Fn(&str) -> bool) {
    let filing = run(&["sms", "templates", "--json"], site);
    let listed: Value = serde_json::from_slice(&filing.stdout).expect("one JSON object");
    let mut file = String::new();
    for (number, template) in listed["templates"].as_array().expect("a list").iter().enumerate() {
        let words = template["text"].as_str().expect("a text");
        if approved(words) {
            writeln!(file, "[[template]]\ncode = \"SMS_{number}\"\ntext = {}", Value::from(words)).expect("a line");
        }
    }
    std::fs::write(site.join("sms-templates.toml"), file).expect("approved texts");
}

/// Pages of a site, and what a push to them is answered.
pub struct Desk {
    address: std::net::SocketAddr,
    pub stop: CancellationToken,
    client: reqwest::Client,
}

impl Desk {
    pub async fn open(site: &Path, now: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (clock, _) = Clock::by_hand(now.parse().expect("a time"));
        let pages = Console::listen(site.to_owned(), clock, Lang::Zh, "127.0.0.1:0".parse().expect("an address"));
        let pages = pages.await.expect("a free port");
        let (address, stop) = (pages.address().expect("an address"), CancellationToken::new());
        tokio::spawn(pages.serve(stop.clone()));
        Self { address, stop, client: reqwest::Client::new() }
    }

    pub async fn push(&self, path: &str, from: &str, body: &Value) -> (u16, String) {
        let url = format!("http://{}/push/aliyun/{path}", self.address);
        let request = self.client.post(url).header("x-forwarded-for", from).body(body.to_string());
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }
}
