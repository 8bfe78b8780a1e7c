//! One request and its answer, told apart by whether the far side can have it.
//!
//! Can't happen: a request made twice (no retry, no redirect); a time-out taken for a failure once the request left.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{Outcome, Words};

/// Longest answer that is read, in bytes: a provider's are a few hundred.
const LONGEST: usize = 256 << 10;

/// A request, ready to go.
pub(super) struct Request {
    pub(super) method: reqwest::Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Exchange {
    /// No connection: the far side can't have it.
    NotSent(String),
    /// The request left, and no whole answer came.
    NoAnswer(String),
    /// An answer.
    Answer { status: u16, body: Vec<u8> },
}

impl Exchange {
    /// What came of a letter, an answer read by `answered`: one that never came leaves it unknown.
    pub(super) fn outcome(self, answered: impl FnOnce(u16, &[u8]) -> Outcome) -> Outcome {
        match self {
            Self::NotSent(why) => Outcome::Transient(Words::said(why)),
            Self::NoAnswer(why) => Outcome::Unknown(Words::said(why)),
            Self::Answer { status, body } => answered(status, &body),
        }
    }
}

/// Asks one far side; proxies are taken from the environment.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    client: reqwest::Client,
}

impl Wire {
    pub(super) fn new(whole: Duration) -> Result<Self, String> {
        // Fails only where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("cuofeng/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(whole.min(Duration::from_secs(10)))
            .timeout(whole)
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client })
    }

    pub(super) async fn exchange(&self, request: Request) -> Exchange {
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                (Ok(name), Ok(mut value)) => {
                    value.set_sensitive(true);
                    headers.insert(name, value);
                }
                _ => return Exchange::NotSent(format!("header {name}")),
            }
        }
        let sent = self.client.request(request.method, &request.url).headers(headers).body(request.body).send().await;
        let mut response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => return Exchange::NotSent(words(&error)),
            Err(error) => return Exchange::NoAnswer(words(&error)),
        };
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST => body.extend_from_slice(&chunk),
                Ok(Some(_)) => return Exchange::NoAnswer("the answer is too long".to_owned()),
                Ok(None) => return Exchange::Answer { status, body },
                Err(error) => return Exchange::NoAnswer(words(&error)),
            }
        }
    }
}

/// The error without its address, which holds a number, and with its causes.
fn words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { vec!["no answer in time".to_owned()] } else { Vec::new() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push(inner.to_string());
        cause = inner.source();
    }
    words.dedup();
    words.join(": ")
}

/// Host and, where it is not the scheme's own, port: what the HTTP library writes into `Host`.
pub(super) fn host(url: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(url).map_err(|error| error.to_string())?;
    let name = url.host_str().ok_or_else(|| "no host".to_owned())?;
    Ok(url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}
