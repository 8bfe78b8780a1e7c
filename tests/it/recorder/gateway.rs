//! An SMS gateway on a free loopback port that notes what it takes, the moment a request is read whole.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone)]
pub struct Gateway {
    pub port: u16,
    keys: Arc<Mutex<Vec<String>>>,
    via: Arc<Mutex<Vec<String>>>,
    delay: Arc<AtomicU64>,
}

impl Gateway {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let gateway = Self { port, keys: Arc::default(), via: Arc::default(), delay: Arc::default() };
        let mine = gateway.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mine = mine.clone();
                std::thread::spawn(move || mine.serve(stream));
            }
        });
        gateway
    }

    /// The section of a site file that sends to it; each request begins with the key of its letter.
    pub fn section(&self) -> String {
        format!(
            "\n[channel.sms_http]\nurl = \"http://127.0.0.1:{}/send\"\nformat = \"text\"\nbody = \"{{key}} {{mobile}} {{text}}\"\n\
             code = \"word 0\"\nok = [\"0\"]\n",
            self.port
        )
    }

    /// How long it takes over each message, once before it has it and once before it says so.
    pub fn takes(&self, delay: Duration) {
        self.delay.store(u64::try_from(delay.as_micros()).expect("short"), Ordering::SeqCst);
    }

    /// How often each letter was taken, by its key.
    #[allow(dead_code)] // For tests/crash.
    pub fn keys(&self) -> BTreeMap<String, usize> {
        let mut count = BTreeMap::new();
        for key in self.keys.lock().expect("a lock").iter() {
            *count.entry(key.clone()).or_default() += 1;
        }
        count
    }

    pub fn count(&self) -> usize {
        self.keys.lock().expect("a lock").len()
    }

    /// The proxies that requests say they came through.
    pub fn via(&self) -> Vec<String> {
        self.via.lock().expect("a lock").clone()
    }

    fn wait(&self) {
        std::thread::sleep(Duration::from_micros(self.delay.load(Ordering::SeqCst)));
    }

    fn serve(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let Ok(mut out) = stream.try_clone() else { return };
        let mut input = BufReader::new(stream);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if !input.read_line(&mut line).is_ok_and(|read| read > 0) {
                    return;
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                } else if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("via")
                {
                    self.via.lock().expect("a lock").push(value.trim().to_owned());
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            if input.read_exact(&mut body).is_err() {
                return;
            }
            let key = String::from_utf8_lossy(&body).split(' ').next().unwrap_or("").to_owned();
            self.wait();
            self.keys.lock().expect("a lock").push(key);
            self.wait();
            if out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1\r\n\r\n0").is_err() {
                return;
            }
        }
    }
}
