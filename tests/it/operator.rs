//! An operator's line: npm's smpp. Nothing where node or it is not installed.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::fill;

pub struct Operator {
    process: Child,
    pub port: u16,
    pub file: PathBuf,
}

impl Operator {
    /// One that misbehaves by the ends of numbers.
    pub fn start(dir: &Path) -> Self {
        Self::with(dir, None)
    }

    /// One that takes every message, in so many milliseconds, and writes nothing else down.
    #[allow(dead_code)] // For tests/crash.
    pub fn plain(dir: &Path, milliseconds: u32) -> Self {
        Self::with(dir, Some(milliseconds))
    }

    fn with(dir: &Path, milliseconds: Option<u32>) -> Self {
        let file = dir.join("taken.jsonl");
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/smpp.js"))
            .arg(&file)
            .args(milliseconds.map(|milliseconds| milliseconds.to_string()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node, which npm brings: an operator's line is tested against npm's smpp");
        let mut port = String::new();
        let out = process.stdout.take().expect("its port");
        std::io::BufReader::new(out).read_line(&mut port).expect("its port");
        let Ok(port) = port.trim().parse() else {
            let _ = process.wait();
            panic!("npm's smpp is not in NODE_PATH (scripts/test installs it)");
        };
        Self { process, port, file }
    }

    /// What it wrote down of a kind.
    pub fn taken(&self, what: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        all.filter(|entry| entry["what"] == what).collect()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A site whose short messages go by the line at `port`, so many at once.
pub fn site(dir: &Path, port: u16, secret: &str, window: usize) -> PathBuf {
    let site = fill::mail_site(dir, 9, "");
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    let section = format!(
        "sms = \"smpp\"\n\n[channel.smpp]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"office\"\n\
         secret_file = \"line.secret\"\nsource = \"106900000000\"\nprefix = \"86\"\ntimeout_seconds = 2\nwindow = {window}\n"
    );
    std::fs::write(&file, text + &section).expect("the site file");
    std::fs::write(site.join("line.secret"), secret).expect("a secret");
    site
}
