//! What Tencent Cloud pushes: status reports, and what people answer.
//!
//! In: the body of a POST. Out: reports or the reply. Tencent doesn't sign its pushes: the caller has checked the
//! secret path and where it comes from.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use crate::coded::hash;
use crate::sms::receipt::{Read, Reply, Report, Unreadable, beijing, each};
use crate::sms::said;
use cuofeng_town::roster::Mobile;

/// What Tencent wants to hear; without it the push comes again.
pub const ANSWER: &str = r#"{"result":0,"errmsg":"OK"}"#;

#[derive(Deserialize)]
struct Entry {
    mobile: String,
    report_status: String,
    #[serde(default)]
    user_receive_time: String,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    description: String,
    sid: String,
}

#[derive(Deserialize)]
struct Up {
    mobile: String,
    text: String,
    #[serde(default)]
    time: i64,
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
    let arrived = match entry.report_status.as_str() {
        "SUCCESS" => true,
        "FAIL" => false,
        _ => return None,
    };
    Some(Report {
        id: entry.sid,
        key: String::new(),
        mobile: Mobile::parse(&entry.mobile).ok()?.number().to_owned(),
        at: beijing(&entry.user_receive_time),
        arrived,
        said: said(&entry.errmsg, &entry.description),
    })
}

/// Reads the reply: a single object.
///
/// # Errors
/// It is none.
pub fn replies(body: &[u8]) -> Result<Read<Reply>, Unreadable> {
    let up: Up = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let Ok(mobile) = Mobile::parse(&up.mobile) else { return Ok(Read { entries: Vec::new(), faulty: 1 }) };
    let mobile = mobile.number().to_owned();
    // Tencent gives a reply no number of its own.
    let id = hash(format!("{mobile}\n{}\n{}", up.time, up.text).as_bytes());
    let at = DateTime::from_timestamp(up.time, 0).filter(|_| up.time > 0);
    Ok(Read { entries: vec![Reply { id, mobile, text: up.text, at }], faulty: 0 })
}
