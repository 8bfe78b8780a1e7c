//! The pages of a site, and a browser before them.

use std::net::SocketAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use cuofeng_base::text::Lang;
use cuofeng_console::Console;
use cuofeng_office::clock::{Clock, Hand};
use tokio_util::sync::CancellationToken;

pub struct Desk {
    pub address: SocketAddr,
    pub hand: Hand,
    pub stop: CancellationToken,
    pub client: reqwest::Client,
}

impl Desk {
    pub async fn open(site: &Path) -> Self {
        // The program does this when it starts; a test has no `main`.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let now: DateTime<Utc> = "2026-09-12T00:10:00Z".parse().expect("a time");
        let (clock, hand) = Clock::by_hand(now);
        let pages = Console::listen(site.to_owned(), clock, Lang::Zh, "127.0.0.1:0".parse().expect("an address"));
        let pages = pages.await.expect("a free port");
        let address = pages.address().expect("an address");
        let stop = CancellationToken::new();
        tokio::spawn(pages.serve(stop.clone()));
        Self { address, hand, stop, client: reqwest::Client::new() }
    }

    pub fn url(&self, code: &str) -> String {
        format!("http://{}/n/{code}", self.address)
    }

    pub async fn get(&self, code: &str) -> (u16, String) {
        let answer = self.client.get(self.url(code)).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    }

    pub async fn post(&self, code: &str, form: &str) -> (u16, String) {
        let request = self.client.post(self.url(code)).body(form.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
