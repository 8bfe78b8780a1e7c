//! Short messages by Tencent Cloud (SMS 2021-01-11).
//!
//! In: a letter, the approved texts, the account's key. Out: what Tencent answered; later, by
//! `PullSmsSendStatusByPhoneNumber`, what became of the message, found by its serial number, or by the letter's key
//! where the account gives the session back. Can't happen: "never taken" concluded from silence, for Tencent lists
//! only messages on which an operator has reported.

mod codes;
pub mod push;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::vendor::{Account, Vendor};
use super::wire::{Exchange, Request, Wire, host};
use super::{Now, number, ready, said};
use crate::{Answer, AskFuture, Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::word::ChannelName;
use cuofeng_notice::filed::{Filed, Filled, Limits};

/// How far before a letter's date the records are asked for, in seconds: three days of the seven that are kept.
const BEFORE: i64 = 3 * 86_400;
/// The most records of one answer.
const MOST: usize = 100;

/// Tencent Cloud among the vendors.
pub const VENDOR: Vendor = Vendor {
    name: ChannelName::Tencent,
    url: "https://sms.tencentcloudapi.com",
    limits: Limits { value: 6, whole: 500 },
    numbered: true,
    region: Some("ap-guangzhou"),
    open,
    answered,
    reports: push::reports,
    replies: push::replies,
    answer: push::ANSWER,
};

/// An account and its settings.
pub struct Tencent {
    /// Where the service is.
    pub url: String,
    /// Its region, such as `ap-guangzhou`.
    pub region: String,
    /// The key's identifier.
    pub key_id: String,
    /// The key's secret.
    pub secret: SecretString,
    /// The application's number.
    pub app: String,
    /// The approved texts and the signature.
    pub filed: Filed,
    /// Longest time of one request.
    pub limit: Duration,
}

/// Short messages by Tencent Cloud.
pub struct TencentChannel {
    account: Tencent,
    host: String,
    wire: Wire,
    now: Now,
}

fn open(account: Account, now: Now) -> Result<Arc<dyn Channel>, String> {
    let Account { url, key_id, secret, app, region, filed, limit } = account;
    Ok(Arc::new(TencentChannel::new(Tencent { url, region, key_id, secret, app, filed, limit }, now)?))
}

impl TencentChannel {
    /// A channel; nothing is sent yet.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn new(account: Tencent, now: Now) -> Result<Self, String> {
        let host = host(&account.url)?;
        let wire = Wire::new(account.limit)?;
        Ok(Self { account, host, wire, now })
    }

    async fn call(&self, action: &str, body: &serde_json::Value) -> Exchange {
        let body = body.to_string().into_bytes();
        let now = (self.now)();
        let key = (self.account.key_id.as_str(), self.account.secret.expose_secret());
        let headers = [
            ("authorization", sign::authorization(key, &self.host, &body, now)),
            ("content-type", sign::CONTENT_TYPE.to_owned()),
            ("host", self.host.clone()),
            ("x-tc-action", action.to_owned()),
            ("x-tc-version", "2021-01-11".to_owned()),
            ("x-tc-region", self.account.region.clone()),
            ("x-tc-timestamp", now.timestamp().to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let url = format!("{}/", self.account.url.trim_end_matches('/'));
        self.wire.exchange(Request { method: reqwest::Method::POST, url, headers, body }).await
    }

    fn message(&self, letter: &Letter, mobile: &str, filled: &Filled) -> serde_json::Value {
        json!({
            "PhoneNumberSet": [format!("+86{mobile}")],
            "SmsSdkAppId": self.account.app,
            "SignName": self.account.filed.sign,
            "TemplateId": filled.code,
            "TemplateParamSet": in_order(filled),
            "SessionContext": session(&letter.key),
        })
    }
}

impl Channel for TencentChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        super::WIDTH
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let message = made(|| {
                let (mobile, filled) = ready(letter, &self.account.filed)?;
                Ok(self.message(letter, &mobile, &filled))
            });
            match message {
                Ok(message) => self.call("SendSms", &message).await.outcome(answered),
                Err(outcome) => outcome,
            }
        })
    }

    fn ask<'a>(&'a self, letter: &'a Letter, id: &'a str) -> AskFuture<'a> {
        Box::pin(async move {
            let Ok(mobile) = number(&letter.address) else { return Answer::CannotAsk };
            let wanted = json!({
                "BeginTime": letter.date.timestamp() - BEFORE,
                "Offset": 0,
                "Limit": MOST,
                "PhoneNumber": format!("+86{mobile}"),
                "SmsSdkAppId": self.account.app,
            });
            match self.call("PullSmsSendStatusByPhoneNumber", &wanted).await {
                Exchange::NotSent(why) | Exchange::NoAnswer(why) => Answer::Later(Words::said(why)),
                Exchange::Answer { body, .. } => became(letter, id, &body),
            }
        })
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Response")]
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    error: Option<Fail>,
    #[serde(default)]
    send_status_set: Vec<Sent>,
    #[serde(default)]
    pull_sms_send_status_set: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fail {
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    #[serde(default)]
    serial_no: String,
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(default)]
    serial_no: String,
    #[serde(default, rename = "ReportStatus")]
    result: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    session_context: Option<String>,
}

/// What an answer to `SendSms` says: an error of the whole request, or the status of its one number.
#[must_use]
pub fn answered(status: u16, body: &[u8]) -> Outcome {
    let unreadable = || {
        let words = Words::said(format!("status {status}, an answer that can't be read"));
        if status == 429 { Outcome::Transient(words) } else { Outcome::Unknown(words) }
    };
    let Ok(Envelope { response }) = serde_json::from_slice(body) else { return unreadable() };
    if let Some(Fail { code, message }) = response.error {
        return codes::fault(&code).outcome(Words::said(said(&code, &message)));
    }
    let Some(sent) = response.send_status_set.into_iter().next() else { return unreadable() };
    let words = Words { id: sent.serial_no, said: said(&sent.code, &sent.message) };
    if sent.code == "Ok" { Outcome::Accepted(words) } else { codes::fault(&sent.code).outcome(words) }
}

/// What the records of a number say of a letter.
fn became(letter: &Letter, id: &str, body: &[u8]) -> Answer {
    let Ok(Envelope { response }) = serde_json::from_slice(body) else {
        return Answer::Later(Words::said("an answer that can't be read"));
    };
    if let Some(Fail { code, message }) = response.error {
        return Answer::Later(Words::said(said(&code, &message)));
    }
    let session = session(&letter.key);
    let ours = |status: &&Status| {
        if id.is_empty() { status.session_context.as_deref() == Some(&session) } else { status.serial_no == id }
    };
    let records: Vec<&Status> = response.pull_sms_send_status_set.iter().filter(ours).collect();
    let delivered = records.iter().find(|status| status.result == "SUCCESS");
    match delivered.or_else(|| records.first()) {
        None => Answer::Later(Words::said("no report yet")),
        Some(status) => {
            let words = Words { id: status.serial_no.clone(), said: said(&status.result, &status.description) };
            match status.result.as_str() {
                "SUCCESS" => Answer::Knows(Outcome::Delivered(words)),
                "FAIL" => Answer::Knows(Outcome::Permanent(words)),
                _ => Answer::Later(words),
            }
        }
    }
}

/// Values in the order of their numbers; named holes stay in the order of the text.
fn in_order(filled: &Filled) -> Vec<&str> {
    let mut values: Vec<(Option<usize>, &str)> =
        filled.values.iter().map(|(name, value)| (name.parse().ok(), value.as_str())).collect();
    values.sort_by_key(|(number, _)| *number);
    values.into_iter().map(|(_, value)| value).collect()
}

/// The letter's key as a session, which has at most 512 bytes.
fn session(key: &str) -> String {
    key.chars().take(256).collect()
}

#[cfg(test)]
mod tests;
