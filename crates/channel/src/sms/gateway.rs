//! Short messages by a gateway of the county's own, over HTTP.
//!
//! In: a letter, and a description of the gateway: address, headers and body with holes, and how its answers read.
//! Out: what it answered. Can't happen: a value that breaks out of the JSON or the form that it stands in; an answer
//! without a code taken for success.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::wire::{Request, Wire};
use super::{Fault, number, said};
use crate::coded::encode;
use crate::hush::Hush;
use crate::setting::gateway::{Charset, GatewayConfig, Pick, Shape};
use crate::speaker::{Playing, order};
use crate::{Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::word::Terms;

/// Short messages by a gateway.
pub struct GatewayChannel {
    config: GatewayConfig,
    secret: Option<SecretString>,
    hush: Hush,
    method: reqwest::Method,
    wire: Wire,
    /// Of loudspeakers, how a text is played.
    terms: Option<Terms>,
}

impl GatewayChannel {
    /// A channel; nothing is sent yet.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn new(config: GatewayConfig, secret: Option<SecretString>) -> Result<Self, String> {
        let wire = Wire::new(Duration::from_secs(u64::from(config.timeout_seconds)))?;
        let method = if config.body.is_some() { reqwest::Method::POST } else { reqwest::Method::GET };
        let hush = Hush::of(config.user.as_deref(), secret.as_ref());
        Ok(Self { config, secret, hush, method, wire, terms: None })
    }

    /// The same for loudspeakers.
    #[must_use]
    pub fn speaking(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }

    /// What an order holds beside the words.
    fn of_order(letter: &Letter, playing: &Playing, terms: &Terms) -> [(&'static str, String); 8] {
        let order = order::json(letter, playing, terms);
        let number = |name: &str| order.get(name).map_or_else(String::new, ToString::to_string);
        [
            ("order", playing.order.clone()),
            ("seconds", number("playing_seconds")),
            ("repeats", number("repeats")),
            ("gap", number("gap_seconds")),
            ("within", number("begin_within_seconds")),
            ("before", playing.begin_before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            ("episode", playing.episode.clone()),
            ("audio", playing.audio.as_ref().and_then(|audio| audio.url.clone()).unwrap_or_default()),
        ]
    }

    fn request(&self, letter: &Letter, mobile: &str) -> Request {
        let secret = self.secret.as_ref().map_or("", |s| s.expose_secret());
        let user = self.config.user.as_deref().unwrap_or("");
        let played = letter.playing.as_ref().zip(self.terms.as_ref());
        let played = played.map(|(playing, terms)| Self::of_order(letter, playing, terms));
        let mut values = vec![
            (if played.is_some() { "address" } else { "mobile" }, mobile),
            ("text", letter.body.as_str()),
            ("key", &letter.key),
            ("user", user),
            ("secret", secret),
        ];
        values.extend(played.iter().flatten().map(|(name, value)| (*name, value.as_str())));
        let charset = self.config.charset;
        let percent = |value: &str| percent(value, charset);
        let url = filled(&self.config.url, &values, &percent);
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut body = Vec::new();
        if let Some(template) = &self.config.body {
            let escape: &dyn Fn(&str) -> String = match self.config.shape {
                Shape::Json => &in_json,
                Shape::Form => &percent,
                Shape::Text => &str::to_owned,
            };
            let text = filled(template, &values, escape);
            body = match (charset, self.config.shape) {
                (Charset::Gb18030, Shape::Text) => encoding_rs::GB18030.encode(&text).0.into_owned(),
                _ => text.into_bytes(),
            };
            let kind = match (self.config.shape, charset) {
                (Shape::Json, _) => "application/json",
                (Shape::Form, Charset::Utf8) => "application/x-www-form-urlencoded; charset=utf-8",
                (Shape::Form, Charset::Gb18030) => "application/x-www-form-urlencoded; charset=gb18030",
                (Shape::Text, Charset::Utf8) => "text/plain; charset=utf-8",
                (Shape::Text, Charset::Gb18030) => "text/plain; charset=gb18030",
            };
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        for (name, value) in &self.config.headers {
            headers.push((name.to_ascii_lowercase(), filled(value, &values, &str::to_owned)));
        }
        Request { method: self.method.clone(), url, headers, body }
    }
}

impl Channel for GatewayChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let request = made(|| {
                let speaks = self.terms.is_some();
                let mobile = if speaks { letter.address.clone() } else { number(&letter.address)? };
                Ok(self.request(letter, &mobile))
            });
            let exchange = match request {
                Ok(request) => self.wire.exchange(request).await,
                Err(outcome) => return self.hush.over(outcome),
            };
            self.hush.over(exchange.outcome(|status, body| answered(&self.config, status, body)))
        })
    }
}

/// What an answer says by the gateway's description.
#[must_use]
pub fn answered(config: &GatewayConfig, status: u16, body: &[u8]) -> Outcome {
    let text = match config.charset {
        Charset::Utf8 => String::from_utf8_lossy(body),
        Charset::Gb18030 => encoding_rs::GB18030.decode(body).0,
    };
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let Some(code) = pick(&config.code, &text, json.as_ref()) else {
        let words = Words::said(said(&format!("status {status}"), &text));
        return match status {
            401 | 403 => Outcome::Closed(words),
            429 => Outcome::Transient(words),
            _ => Outcome::Unknown(words),
        };
    };
    let id = config.id.as_ref().and_then(|id| pick(id, &text, json.as_ref())).unwrap_or_default();
    let words = Words { id, said: said(&code, &text) };
    let among = |codes: &[String]| codes.contains(&code);
    if among(&config.ok) && (200..300).contains(&status) {
        Outcome::Accepted(words)
    } else if among(&config.busy) {
        Fault::Busy.outcome(words)
    } else if among(&config.closed) {
        Fault::Closed.outcome(words)
    } else if among(&config.ok) {
        Outcome::Unknown(words)
    } else {
        Fault::Recipient.outcome(words)
    }
}

/// A part of an answer.
fn pick(from: &Pick, text: &str, json: Option<&Value>) -> Option<String> {
    match from {
        Pick::Pointer(pointer) => match json?.pointer(pointer)? {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        },
        Pick::Word(index) => {
            let mut words = text.split(|c: char| c.is_whitespace() || ",;:|&=".contains(c)).filter(|w| !w.is_empty());
            words.nth(*index).map(str::to_owned)
        }
    }
}

/// A template with `{name}` filled in; other braces stay.
fn filled(template: &str, values: &[(&str, &str)], escape: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len() + 128);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let hole = from.get(1..).and_then(|r| r.split_once('}'));
        let named = hole.and_then(|(name, after)| Some((values.iter().find(|(n, _)| *n == name)?.1, after)));
        if let Some((value, after)) = named {
            out.push_str(&escape(value));
            rest = after;
        } else {
            out.push('{');
            rest = from.get(1..).unwrap_or("");
        }
    }
    out.push_str(rest);
    out
}

fn in_json(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or("").to_owned()
}

fn percent(value: &str, charset: Charset) -> String {
    match charset {
        Charset::Utf8 => encode(value),
        Charset::Gb18030 => {
            let bytes = encoding_rs::GB18030.encode(value).0;
            bytes.iter().fold(String::new(), |mut out, byte| {
                use std::fmt::Write as _;
                if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
                    out.push(char::from(*byte));
                } else {
                    let _ = write!(out, "%{byte:02X}");
                }
                out
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use cuofeng_base::word::Form;

    fn config(shape: Shape, charset: Charset, body: Option<&str>, url: &str) -> GatewayConfig {
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        GatewayConfig {
            url: url.to_owned(),
            headers: [("X-Token".to_owned(), "{secret}".to_owned())].into(),
            body: body.map(str::to_owned),
            shape,
            charset,
            user: Some("zhen".into()),
            secret: None,
            code: Pick::Pointer("/code".into()),
            id: Some(Pick::Pointer("/data/id".into())),
            ok: list(&["0"]),
            busy: list(&["1001"]),
            closed: list(&["2001"]),
            timeout_seconds: 5,
            price: None,
            push: None,
        }
    }

    fn letter(body: &str) -> Letter {
        Letter {
            number: 1,
            key: "k1".into(),
            site: String::new(),
            form: Form::Sms,
            name: "甲厂".into(),
            address: "10000000001".into(),
            subject: String::new(),
            body: body.into(),
            enclosures: std::sync::Arc::default(),
            date: chrono::DateTime::UNIX_EPOCH,
            playing: None,
            with: Vec::new(),
            after: Vec::new(),
        }
    }

    fn asked(config: GatewayConfig, body: &str) -> (String, Vec<(String, String)>, Vec<u8>) {
        let channel = GatewayChannel::new(config, Some("s\"1".to_owned().into())).expect("a channel");
        let request = channel.request(&letter(body), "10000000001");
        (request.url, request.headers, request.body)
    }

    #[test]
    fn a_value_stays_inside_what_it_stands_in() {
        let template = r#"{"to":"{mobile}","msg":"{text}","pass":"{secret}","other":"{other}"}"#;
        let (_, headers, body) =
            asked(config(Shape::Json, Charset::Utf8, Some(template), "http://127.0.0.1/"), "甲\"},{\n{mobile}");
        let read: Value = serde_json::from_slice(&body).expect("still JSON");
        assert_eq!(read["msg"], "甲\"},{\n{mobile}", "a hole in a value is no hole");
        assert_eq!((read["pass"].as_str(), read["other"].as_str()), (Some("s\"1"), Some("{other}")));
        assert!(headers.contains(&("x-token".into(), "s\"1".into())));
        let template = "user={user}&text={text}";
        let (url, _, body) =
            asked(config(Shape::Form, Charset::Gb18030, Some(template), "http://127.0.0.1/?m={mobile}"), "甲&b=1");
        assert_eq!(url, "http://127.0.0.1/?m=10000000001");
        // 甲 is BC D7 in GB 18030.
        assert_eq!(String::from_utf8(body).expect("ASCII"), "user=zhen&text=%BC%D7%26b%3D1");
    }

    proptest! {
        #[test]
        fn any_words_make_a_request_that_says_them(words in any::<String>()) {
            let template = r#"{"to":"{mobile}","msg":"{text}"}"#;
            for charset in [Charset::Utf8, Charset::Gb18030] {
                let url = "http://127.0.0.1/?t={text}";
                let (url, _, body) = asked(config(Shape::Json, charset, Some(template), url), &words);
                let read: Value = serde_json::from_slice(&body).expect("still JSON");
                prop_assert_eq!(read["msg"].as_str(), Some(words.as_str()));
                prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url:?}");
                for shape in [Shape::Form, Shape::Text] {
                    asked(config(shape, charset, Some("text={text}"), "http://127.0.0.1/"), &words);
                }
            }
        }
    }

    #[test]
    fn an_answer_is_read_by_the_gateways_description() {
        let json = config(Shape::Json, Charset::Utf8, Some("x"), "http://127.0.0.1/");
        let kind = |config: &GatewayConfig, status, body: &str| match answered(config, status, body.as_bytes()) {
            Outcome::Accepted(words) => format!("accepted {}", words.id),
            Outcome::Transient(_) | Outcome::Waits(_) => "busy".into(),
            Outcome::Closed(_) => "closed".into(),
            Outcome::Permanent(_) | Outcome::Refused(_) => "refused".into(),
            Outcome::Unknown(_) => "unknown".into(),
            Outcome::Delivered(_) => "delivered".into(),
            Outcome::Sender { .. } => "slower".into(),
            Outcome::Fault(_) => "fault".into(),
        };
        for (status, body, what) in [
            (200, r#"{"code":0,"data":{"id":17}}"#, "accepted 17"),
            (200, r#"{"code":"0"}"#, "accepted "),
            (200, r#"{"code":1001}"#, "busy"),
            (200, r#"{"code":2001}"#, "closed"),
            (200, r#"{"code":9}"#, "refused"),
            (500, r#"{"code":0}"#, "unknown"),
            (200, "<html>", "unknown"),
            (401, "", "closed"),
            (429, "", "busy"),
        ] {
            assert_eq!(kind(&json, status, body), what, "{status} {body}");
        }
        let mut plain = config(Shape::Text, Charset::Utf8, None, "http://127.0.0.1/");
        (plain.code, plain.id) = (Pick::Word(0), Some(Pick::Word(1)));
        assert_eq!(kind(&plain, 200, "0,20260702160000123\n"), "accepted 20260702160000123");
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_read_without_a_panic(status in 100_u16..600, body in "\\PC{0,80}") {
            let json = config(Shape::Json, Charset::Gb18030, Some("x"), "http://127.0.0.1/");
            let _ = answered(&json, status, body.as_bytes());
        }
    }
}
