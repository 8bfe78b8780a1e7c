//! What Aliyun pushes: `SmsReport` (what became of messages) and `SmsUp` (what people answer).
//!
//! In: the body of a POST. Out: reports or replies. Aliyun doesn't sign its pushes: the caller has checked the secret
//! path and where it comes from.

use serde::Deserialize;
use serde_json::Value;

use crate::coded::hash;
use crate::sms::receipt::{Read, Reply, Report, Unreadable, beijing, each};
use crate::sms::said;
use cuofeng_town::roster::Mobile;

/// What Aliyun wants to hear; without it the push comes again after 1, 5 and 10 minutes.
pub const ANSWER: &str = r#"{"code":0,"msg":"接收成功"}"#;

#[derive(Deserialize)]
struct Entry {
    phone_number: String,
    #[serde(default)]
    report_time: String,
    success: bool,
    #[serde(default)]
    err_code: String,
    #[serde(default)]
    err_msg: String,
    #[serde(default)]
    biz_id: String,
    #[serde(default)]
    out_id: Option<String>,
}

#[derive(Deserialize)]
struct Up {
    phone_number: String,
    content: String,
    #[serde(default)]
    send_time: String,
    /// A number in older pushes, a text in newer ones.
    #[serde(default)]
    sequence_id: Value,
}

/// Reads reports.
///
/// # Errors
/// It is no list.
pub fn reports(body: &[u8]) -> Result<Read<Report>, Unreadable> {
    Ok(each(serde_json::from_slice(body).map_err(|_| Unreadable)?, report))
}

fn report(value: Value) -> Option<Report> {
    let entry: Entry = serde_json::from_value(value).ok()?;
    let mobile = Mobile::parse(&entry.phone_number).ok()?.number().to_owned();
    Some(Report {
        id: entry.biz_id,
        key: entry.out_id.unwrap_or_default(),
        mobile,
        at: beijing(&entry.report_time),
        arrived: entry.success,
        said: said(&entry.err_code, &entry.err_msg),
    })
}

/// Reads replies.
///
/// # Errors
/// It is no list.
pub fn replies(body: &[u8]) -> Result<Read<Reply>, Unreadable> {
    Ok(each(serde_json::from_slice(body).map_err(|_| Unreadable)?, reply))
}

fn reply(value: Value) -> Option<Reply> {
    let up: Up = serde_json::from_value(value).ok()?;
    let mobile = Mobile::parse(&up.phone_number).ok()?.number().to_owned();
    let id = match &up.sequence_id {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => hash(format!("{mobile}\n{}\n{}", up.send_time, up.content).as_bytes()),
    };
    Some(Reply { id, mobile, at: beijing(&up.send_time), text: up.content })
}
