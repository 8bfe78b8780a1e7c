//! Tencent Cloud's V3 signature (TC3-HMAC-SHA256).
//!
//! In: host, body, key, instant. Out: the `Authorization` header. What is signed are the very bytes that are sent.

use chrono::{DateTime, Utc};
use ring::hmac;

use crate::coded::hash;
use cuofeng_base::text::hex;

pub(super) const CONTENT_TYPE: &str = "application/json";

pub(super) fn authorization((key_id, secret): (&str, &str), host: &str, body: &[u8], now: DateTime<Utc>) -> String {
    let scope = format!("{}/sms/tc3_request", now.format("%Y-%m-%d"));
    let to_sign = format!("TC3-HMAC-SHA256\n{}\n{scope}\n{}", now.timestamp(), hash(canonical(host, body).as_bytes()));
    let mut key = hmac_of(format!("TC3{secret}").as_bytes(), &now.format("%Y-%m-%d").to_string());
    for part in ["sms", "tc3_request"] {
        key = hmac_of(key.as_ref(), part);
    }
    let signature = hex(hmac_of(key.as_ref(), &to_sign).as_ref());
    format!("TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=content-type;host, Signature={signature}")
}

pub(super) fn canonical(host: &str, body: &[u8]) -> String {
    format!("POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\n\ncontent-type;host\n{}", hash(body))
}

fn hmac_of(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}
