//! Short messages by Aliyun (Dysmsapi 2017-05-25).
//!
//! In: a letter, the approved texts, the account's key. Out: what Aliyun answered; later, by `QuerySendDetails`, what
//! became of the message, found by the letter's key, which goes along as `OutId`. Can't happen: a second `SendSms`
//! for one that may have been taken (the call is not idempotent).

mod codes;
pub mod push;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::vendor::{Account, Vendor};
use super::wire::{Exchange, Request, Wire, host};
use super::{Now, number, ready, said};
use crate::coded::hash;
use crate::{Answer, AskFuture, Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::text::hex;
use cuofeng_base::word::ChannelName;
use cuofeng_notice::filed::{Filed, Filled, Limits};

/// How long after sending a message that Aliyun has no record of was never taken.
const NO_RECORD: chrono::Duration = chrono::Duration::minutes(10);
/// Most details of one page, and most pages that are read: a number gets at most 50 messages of a text in a day.
const PAGE: usize = 50;
const PAGES: usize = 4;

/// Aliyun among the vendors.
pub const VENDOR: Vendor = Vendor {
    name: ChannelName::Aliyun,
    url: "https://dysmsapi.aliyuncs.com",
    limits: Limits { value: 35, whole: 500 },
    numbered: false,
    region: None,
    open,
    answered,
    reports: push::reports,
    replies: push::replies,
    answer: push::ANSWER,
};

/// An account and its settings.
pub struct Aliyun {
    /// Where the service is.
    pub url: String,
    /// The access key's identifier.
    pub key_id: String,
    /// The access key's secret.
    pub secret: SecretString,
    /// The approved texts and the signature.
    pub filed: Filed,
    /// Longest time of one request.
    pub limit: Duration,
}

/// Short messages by Aliyun.
pub struct AliyunChannel {
    account: Aliyun,
    host: String,
    wire: Wire,
    now: Now,
}

fn open(account: Account, now: Now) -> Result<Arc<dyn Channel>, String> {
    let Account { url, key_id, secret, filed, limit, .. } = account;
    Ok(Arc::new(AliyunChannel::new(Aliyun { url, key_id, secret, filed, limit }, now)?))
}

impl AliyunChannel {
    /// A channel; nothing is sent yet.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn new(account: Aliyun, now: Now) -> Result<Self, String> {
        let host = host(&account.url)?;
        let wire = Wire::new(account.limit)?;
        Ok(Self { account, host, wire, now })
    }

    async fn call(&self, action: &str, query: Vec<(&str, String)>) -> Exchange {
        let Ok(nonce) = nonce() else { return Exchange::NotSent("no random numbers".to_owned()) };
        let signed = sign::Signed {
            key_id: &self.account.key_id,
            secret: self.account.secret.expose_secret(),
            headers: vec![
                ("host", self.host.clone()),
                ("x-acs-action", action.to_owned()),
                ("x-acs-content-sha256", hash(b"")),
                ("x-acs-date", (self.now)().format("%Y-%m-%dT%H:%M:%SZ").to_string()),
                ("x-acs-signature-nonce", nonce),
                ("x-acs-version", "2017-05-25".to_owned()),
            ],
            query,
        };
        let (query, authorization) = signed.authorization();
        let mut headers: Vec<(String, String)> =
            signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("authorization".to_owned(), authorization));
        headers.push(("accept".to_owned(), "application/json".to_owned()));
        let url = format!("{}/?{query}", self.account.url.trim_end_matches('/'));
        self.wire.exchange(Request { method: reqwest::Method::POST, url, headers, body: Vec::new() }).await
    }

    fn send_query(&self, letter: &Letter, mobile: String, filled: &Filled) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("OutId", out_id(&letter.key)),
            ("PhoneNumbers", mobile),
            ("SignName", self.account.filed.sign.clone()),
            ("TemplateCode", filled.code.clone()),
        ];
        if !filled.values.is_empty() {
            let values: serde_json::Map<String, Value> =
                filled.values.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
            query.push(("TemplateParam", Value::Object(values).to_string()));
        }
        query
    }

    /// The details of a number, on the days on which the letter may have gone out: its date's, the next where that is
    /// not over, and the one before.
    async fn details(&self, letter: &Letter, id: &str, mobile: &str) -> Result<Vec<Detail>, Words> {
        let own = out_id(&letter.key);
        let mut found: Vec<Detail> = Vec::new();
        let day = chrono::Duration::days(1);
        let mut days = vec![letter.date, (self.now)().min(letter.date + day), letter.date - day];
        days.dedup_by_key(|at| beijing_day(*at));
        for at in days {
            found.extend(self.of_day(at, id, mobile).await?);
            if found.iter().any(|detail| detail.out_id.as_deref() == Some(&own)) {
                break;
            }
        }
        Ok(found)
    }

    async fn of_day(&self, at: DateTime<Utc>, id: &str, mobile: &str) -> Result<Vec<Detail>, Words> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let mut query = vec![
                ("CurrentPage", page.to_string()),
                ("PageSize", PAGE.to_string()),
                ("PhoneNumber", mobile.to_owned()),
                ("SendDate", beijing_day(at)),
            ];
            if !id.is_empty() {
                query.push(("BizId", id.to_owned()));
            }
            let body = match self.call("QuerySendDetails", query).await {
                Exchange::NotSent(why) | Exchange::NoAnswer(why) => return Err(Words::said(why)),
                Exchange::Answer { body, .. } => body,
            };
            let Ok(reply) = serde_json::from_slice::<Details>(&body) else {
                return Err(Words::said("an answer that can't be read"));
            };
            if reply.code != "OK" {
                return Err(Words::said(said(&reply.code, &reply.message)));
            }
            let read = reply.list.map(|list| list.details).unwrap_or_default();
            let last = read.len() < PAGE;
            found.extend(read);
            if last {
                break;
            }
        }
        Ok(found)
    }
}

impl Channel for AliyunChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        super::WIDTH
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let query = made(|| {
                let (mobile, filled) = ready(letter, &self.account.filed)?;
                Ok(self.send_query(letter, mobile, &filled))
            });
            match query {
                Ok(query) => self.call("SendSms", query).await.outcome(answered),
                Err(outcome) => outcome,
            }
        })
    }

    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        Box::pin(async move {
            let Ok(mobile) = number(&letter.address) else { return Answer::CannotAsk };
            match self.details(letter, id, &mobile).await {
                Err(words) => Answer::Later(words),
                Ok(details) => became(letter, id, &details, (self.now)()),
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    biz_id: String,
}

#[derive(Deserialize)]
struct Details {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
    #[serde(rename = "SmsSendDetailDTOs")]
    list: Option<DetailList>,
}

#[derive(Deserialize)]
struct DetailList {
    #[serde(rename = "SmsSendDetailDTO", default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail {
    #[serde(default)]
    out_id: Option<String>,
    #[serde(default)]
    err_code: Option<String>,
    /// 1 under way, 2 failed, 3 delivered.
    #[serde(default)]
    send_status: Option<i64>,
}

/// What an answer to `SendSms` says.
#[must_use]
pub fn answered(status: u16, body: &[u8]) -> Outcome {
    let Ok(sent) = serde_json::from_slice::<Sent>(body) else {
        // Not Aliyun's own words: something between may have kept the request, or only its answer.
        let words = Words::said(format!("status {status}, an answer that can't be read"));
        return if status == 429 { Outcome::Transient(words) } else { Outcome::Unknown(words) };
    };
    let words = Words { id: sent.biz_id, said: said(&sent.code, &sent.message) };
    if sent.code == "OK" { Outcome::Accepted(words) } else { codes::fault(&sent.code).outcome(words) }
}

/// What the details say of a letter.
fn became(letter: &Letter, id: &str, details: &[Detail], now: DateTime<Utc>) -> Answer {
    let own = out_id(&letter.key);
    let ours = || details.iter().filter(|d| d.out_id.as_deref() == Some(own.as_str()));
    let words = |detail: &Detail| {
        let code = detail.err_code.as_deref().unwrap_or("");
        Words { id: id.to_owned(), said: said(code, "") }
    };
    if let Some(detail) = ours().find(|d| d.send_status == Some(3)) {
        return Answer::Knows(Outcome::Delivered(words(detail)));
    }
    if let Some(detail) = ours().find(|d| d.send_status != Some(2)) {
        // That it was taken is news only where no answer had come.
        return if id.is_empty() {
            Answer::Knows(Outcome::Accepted(words(detail)))
        } else {
            Answer::Later(words(detail))
        };
    }
    match ours().next() {
        Some(detail) => Answer::Knows(Outcome::Permanent(words(detail))),
        None if id.is_empty() && now - letter.date >= NO_RECORD => {
            Answer::Knows(Outcome::Transient(Words::said("no record of it")))
        }
        None => Answer::Later(Words::said("no record of it yet")),
    }
}

/// The letter's key as an `OutId`, which has less than 256 characters.
fn out_id(key: &str) -> String {
    if key.len() < 256 { key.to_owned() } else { hash(key.as_bytes()) }
}

fn beijing_day(at: DateTime<Utc>) -> String {
    let zone = FixedOffset::east_opt(8 * 3600);
    zone.map_or_else(|| at.format("%Y%m%d").to_string(), |zone| at.with_timezone(&zone).format("%Y%m%d").to_string())
}

fn nonce() -> Result<String, ring::error::Unspecified> {
    use ring::rand::SecureRandom;
    let mut bytes = [0_u8; 16];
    ring::rand::SystemRandom::new().fill(&mut bytes)?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests;
