//! An SMTP server on a free loopback port that notes what it takes, the moment the final dot is read.

pub mod gateway;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub text: String,
}

/// What the server answers to a command, instead of what it would; and whether it then closes the connection.
pub type Odd = dyn Fn(&str, u64) -> Option<(&'static str, bool)> + Send + Sync;

#[derive(Clone)]
pub struct Recorder {
    pub port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    connections: Arc<AtomicU64>,
    delay: Arc<AtomicU64>,
    /// Whether it speaks GBK.
    gbk: bool,
}

impl Recorder {
    /// Takes every mail.
    pub fn start() -> Self {
        Self::odd(|_, _| None)
    }

    /// Answers as `odd` says: it is given the line (`.` for the final dot, empty for the greeting) and the number of the
    /// connection, from 1.
    pub fn odd(odd: impl Fn(&str, u64) -> Option<(&'static str, bool)> + Send + Sync + 'static) -> Self {
        Self::speaking(false, odd)
    }

    /// The same, whose every answer is in GBK.
    pub fn in_gbk(odd: impl Fn(&str, u64) -> Option<(&'static str, bool)> + Send + Sync + 'static) -> Self {
        Self::speaking(true, odd)
    }

    fn speaking(gbk: bool, odd: impl Fn(&str, u64) -> Option<(&'static str, bool)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let recorder = Self { port, mails: Arc::default(), connections: Arc::default(), delay: Arc::default(), gbk };
        let (mine, odd): (_, Arc<Odd>) = (recorder.clone(), Arc::new(odd));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let number = mine.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let (mine, odd) = (mine.clone(), Arc::clone(&odd));
                std::thread::spawn(move || mine.serve(stream, odd.as_ref(), number));
            }
        });
        recorder
    }

    /// How long it takes over each mail, once before it has it and once before it says so.
    pub fn takes(&self, delay: Duration) {
        self.delay.store(u64::try_from(delay.as_micros()).expect("short"), Ordering::SeqCst);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("a lock").clone()
    }

    /// How many mails are of a kind.
    pub fn count(&self, of: impl Fn(&Mail) -> bool) -> usize {
        self.mails.lock().expect("a lock").iter().filter(|mail| of(mail)).count()
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// How often each Message-ID was taken.
    pub fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids = BTreeMap::new();
        for mail in self.mails.lock().expect("a lock").iter() {
            let line = mail.text.lines().find(|l| l.starts_with("Message-ID:")).expect("a Message-ID");
            let id = line.trim_start_matches("Message-ID:").trim().trim_matches(['<', '>']);
            *ids.entry(id.split('@').next().expect("a key").to_owned()).or_default() += 1;
        }
        ids
    }

    fn wait(&self) {
        std::thread::sleep(Duration::from_micros(self.delay.load(Ordering::SeqCst)));
    }

    fn serve(&self, stream: TcpStream, odd: &Odd, number: u64) {
        let _ = stream.set_nodelay(true);
        let Ok(mut out) = stream.try_clone() else { return };
        let mut lines = BufReader::new(stream).lines();
        let mut mail = Mail { from: String::new(), to: String::new(), text: String::new() };
        let mut answer = |said: &str, usual: &str| -> bool {
            let (words, closes) = odd(said, number).unwrap_or((usual, false));
            let line = format!("{words}\r\n");
            let bytes = if self.gbk { encoding_rs::GB18030.encode(&line).0.into_owned() } else { line.into_bytes() };
            let sent = words.is_empty() || out.write_all(&bytes).is_ok();
            sent && !closes
        };
        if !answer("", "220 ready") {
            return;
        }
        while let Some(Ok(line)) = lines.next() {
            let usual = match line.get(..4).unwrap_or("") {
                "EHLO" | "RSET" => "250 fine",
                "MAIL" => {
                    mail.from.clone_from(&line);
                    "250 fine"
                }
                "RCPT" => {
                    mail.to.clone_from(&line);
                    "250 fine"
                }
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "502 no",
            };
            if !answer(&line, usual) {
                return;
            }
            if line != "DATA" || odd(&line, number).is_some() {
                continue;
            }
            mail.text.clear();
            loop {
                let Some(Ok(line)) = lines.next() else { return };
                if line == "." {
                    break;
                }
                mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                mail.text.push_str("\r\n");
            }
            self.wait();
            if odd(".", number).is_none_or(|(words, _)| words.is_empty() || words.starts_with('2')) {
                self.mails.lock().expect("a lock").push(mail.clone());
            }
            self.wait();
            if !answer(".", "250 taken") {
                return;
            }
        }
    }
}
