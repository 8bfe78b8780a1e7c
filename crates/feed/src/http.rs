//! Asking a far side over HTTP.
//!
//! In: an address, headers, and a judge that knows the provider's answers. Out: a whole body, or that nothing changed,
//! or why not. Can't happen: a body beyond the limit held in memory, however it is compressed; a request that takes longer
//! than its time in all, however often it is tried and however slowly it drips; a pull of many requests that does;
//! another request while the provider asks for quiet; an address with its secrets in an error.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{DATE, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use tokio::time::Instant;

use super::{FeedError, Validator};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// How much of an error's body is read for its words, in bytes.
const ERROR_BODY: usize = 64 << 10;

/// What a request may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest body, decompressed, in bytes.
    pub bytes: u64,
    /// Longest time from the first connection to the last byte, all attempts and the waits between them together.
    pub whole: Duration,
    /// How often a transient failure is tried.
    pub attempts: u32,
    /// Wait after the first failure; doubled after each further one.
    pub first_wait: Duration,
    /// A wait that the provider asks for is waited out up to this long; a longer one ends the pull.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            whole: Duration::from_mins(1),
            attempts: 3,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// What to make of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// To be read.
    Good,
    /// May be better in a moment.
    Transient,
    /// Not to be asked again for so long.
    Busy(Duration),
    /// Will not get better by asking again.
    Final,
}

/// The usual judge: 2xx is good, 408 and 5xx are transient, 429 asks for a minute, the rest is final.
#[must_use]
pub const fn usual(status: u16, _body: &[u8]) -> Verdict {
    match status {
        200..=299 => Verdict::Good,
        429 => Verdict::Busy(Duration::from_mins(1)),
        408 | 500..=599 => Verdict::Transient,
        _ => Verdict::Final,
    }
}

/// The usual words of an error: the body's first line, without tags, shortened.
#[must_use]
pub fn usual_words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('<')).unwrap_or("");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// To read.
    #[default]
    Get,
    /// To read where the far side wants a POST without a body.
    Post,
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// How.
    pub method: Method,
    /// The whole address.
    pub url: &'a str,
    /// The key in it: an error's words that repeat it are kept without it.
    pub secret: Option<&'a str>,
    /// Headers of the provider's own.
    pub headers: Vec<(&'static str, String)>,
    /// What the last answer gave for a conditional request.
    pub validator: Option<&'a Validator>,
    /// Knows the provider's answers.
    pub judge: fn(u16, &[u8]) -> Verdict,
    /// Largest body in bytes, where less than the client allows is enough.
    pub bytes: Option<u64>,
}

impl<'a> Request<'a> {
    /// A plain request with the usual judge.
    #[must_use]
    pub const fn get(url: &'a str) -> Self {
        Self { method: Method::Get, url, secret: None, headers: Vec::new(), validator: None, judge: usual, bytes: None }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing changed since the validator was given.
    Same,
    /// A whole body.
    Body {
        /// The body, decompressed.
        bytes: Vec<u8>,
        /// For the next conditional request.
        validator: Validator,
    },
}

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, a broken one, or one that took too long.
    #[error("{0}")]
    Broken(Message),
    /// The body is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The far side answered with an error.
    #[error("status {status}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The start of the body.
        body: Vec<u8>,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
        /// Whether asking again may help.
        transient: bool,
    },
}

impl FetchError {
    /// The error as a feed's; `words` finds the provider's own words in an error body.
    #[must_use]
    pub fn into_feed_error(
        self,
        feed: &str,
        source_name: &str,
        now: DateTime<Utc>,
        words: fn(&[u8]) -> String,
    ) -> FeedError {
        let (feed, source_name) = (feed.to_owned(), source_name.to_owned());
        match self {
            Self::Broken(cause) => FeedError::Unreachable { feed, source_name, cause },
            Self::TooLarge(bytes) => {
                FeedError::Unreachable { feed, source_name, cause: msg!("feed.too_large", limit = bytes >> 20) }
            }
            Self::Status { status, body, wait: Some(wait), .. } => {
                let until = now + chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::days(1));
                FeedError::Busy { feed, source_name, words: answered(status, &words(&body)), until }
            }
            Self::Status { status: 200..=299, .. } => {
                FeedError::Unreachable { feed, source_name, cause: msg!("feed.broke_off") }
            }
            Self::Status { status, body, transient: true, .. } => {
                FeedError::Unreachable { feed, source_name, cause: answered(status, &words(&body)) }
            }
            Self::Status { status, body, .. } => {
                FeedError::Refused { feed, source_name, words: answered(status, &words(&body)) }
            }
        }
    }
}

/// An error's status and the provider's words, if it has any.
fn answered(status: u16, words: &str) -> Message {
    if words.is_empty() {
        msg!("feed.status", status = status)
    } else {
        msg!("feed.answered", status = status, words = words)
    }
}

tokio::task_local! {
    /// Until when every request of a pull must be through.
    static UNTIL: Instant;
}

/// Does work whose requests must all be through within a time: what is asked after that fails at once, so that what was
/// brought before is kept.
pub async fn within<T>(whole: Duration, work: impl Future<Output = T>) -> T {
    UNTIL.scope(Instant::now() + whole, work).await
}

/// Asks far sides; one a process, shared.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// A client; proxies are taken from the environment.
    ///
    /// # Errors
    /// The TLS library's words, where it can't be set up.
    pub fn new(limits: &Limits) -> Result<Self, String> {
        // Fails only where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = reqwest::Client::builder()
            .user_agent(concat!("cuofeng/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(15))
            .timeout(limits.whole)
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, limits: limits.clone() })
    }

    /// Asks, again after a transient failure as long as there is time, and reads the whole answer.
    pub async fn fetch(&self, request: &Request<'_>) -> Result<Fetched, FetchError> {
        let own = Instant::now() + self.limits.whole;
        let until = UNTIL.try_with(|until| own.min(*until)).unwrap_or(own);
        let mut wait = self.limits.first_wait;
        let mut attempt = 1;
        loop {
            let error = match tokio::time::timeout_at(until, self.once(request)).await {
                Ok(Ok(fetched)) => return Ok(fetched),
                Ok(Err(error)) => error,
                Err(_) => return Err(FetchError::Broken(msg!("feed.timed_out"))),
            };
            let pause = match &error {
                FetchError::Status { wait: Some(asked), .. } if *asked <= self.limits.longest_wait => *asked,
                FetchError::Broken(_) | FetchError::Status { wait: None, transient: true, .. } => wait,
                _ => return Err(error),
            };
            let again = Instant::now() + pause + jitter(pause);
            if attempt >= self.limits.attempts || again >= until {
                return Err(error);
            }
            tracing::debug!(attempt, %error, "asking again");
            tokio::time::sleep_until(again).await;
            wait *= 2;
            attempt += 1;
        }
    }

    async fn once(&self, request: &Request<'_>) -> Result<Fetched, FetchError> {
        let mut builder = match request.method {
            Method::Get => self.inner.get(request.url),
            Method::Post => self.inner.post(request.url).header(reqwest::header::CONTENT_LENGTH, 0),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(etag) = request.validator.and_then(|v| v.etag.as_ref()) {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = request.validator.and_then(|v| v.last_modified.as_ref()) {
            builder = builder.header(IF_MODIFIED_SINCE, modified);
        }
        let mut response = builder.send().await.map_err(|error| broken(&error))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && request.validator.is_some() {
            return Ok(Fetched::Same);
        }
        let validator = Validator {
            etag: header(response.headers(), &ETAG),
            last_modified: header(response.headers(), &LAST_MODIFIED),
        };
        // Against the far side's own clock, which its date is of.
        let sent = header(response.headers(), &DATE).and_then(|v| DateTime::parse_from_rfc2822(&v).ok());
        let sent = sent.map_or_else(Utc::now, |at| at.with_timezone(&Utc));
        let asked = header(response.headers(), &RETRY_AFTER).and_then(|v| asked_wait(&v, sent));
        let limit = request.bytes.unwrap_or(u64::MAX).min(self.limits.bytes);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            let room = if status.is_success() { usize::try_from(limit).unwrap_or(usize::MAX) } else { ERROR_BODY };
            if bytes.len() + chunk.len() > room {
                if status.is_success() {
                    return Err(FetchError::TooLarge(limit));
                }
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        let status = status.as_u16();
        let (wait, transient) = match (request.judge)(status, &bytes) {
            Verdict::Good => return Ok(Fetched::Body { bytes, validator }),
            Verdict::Transient => (asked, true),
            Verdict::Busy(wait) => (Some(asked.unwrap_or(wait)), true),
            Verdict::Final => (None, false),
        };
        bytes.truncate(ERROR_BODY);
        if let Some(secret) = request.secret.filter(|secret| !secret.is_empty()) {
            bytes = String::from_utf8_lossy(&bytes).replace(secret, "***").into_bytes();
        }
        Err(FetchError::Status { status, body: bytes, wait, transient })
    }
}

fn header(headers: &HeaderMap, name: &reqwest::header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).filter(|v| v.len() <= 512).map(str::to_owned)
}

/// The error without its address, which may hold a key, and with its causes.
fn broken(error: &reqwest::Error) -> FetchError {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    let words = causes.join(": ");
    FetchError::Broken(if error.is_timeout() {
        msg!("feed.timed_out")
    } else if error.is_connect() {
        msg!("feed.no_connection", cause = words)
    } else {
        msg!("feed.connection_broke", cause = words)
    })
}

/// How long a `Retry-After` asks to wait: so many seconds, or until a date (RFC 9110, 10.2.3).
fn asked_wait(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?.with_timezone(&Utc);
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// Up to a quarter of the pause, so that many sites do not ask in step.
fn jitter(pause: Duration) -> Duration {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.subsec_nanos());
    pause.mul_f64(f64::from(nanos % 1000) / 4000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date() {
        // RFC 9110, 10.2.3 and 5.6.7: seconds, or an HTTP date.
        let now: DateTime<Utc> = "1994-11-06T08:49:37Z".parse().expect("a time");
        for (value, seconds) in [
            ("120", Some(120)),
            (" 7200 ", Some(7200)),
            ("Sun, 06 Nov 1994 08:59:37 GMT", Some(600)),
            ("Sun, 06 Nov 1994 08:39:37 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(asked_wait(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
