//! Aliyun's V3 signature (ACS3-HMAC-SHA256).
//!
//! In: headers, query, key. Out: the query as it must stand in the address, and the `Authorization` header. Can't
//! happen: a query signed in another spelling than it is sent in.

use std::fmt::Write as _;

use ring::hmac;

use crate::coded::{encode, hash};
use cuofeng_base::text::hex;

/// What is signed. The body is empty.
pub(super) struct Signed<'a> {
    pub(super) key_id: &'a str,
    pub(super) secret: &'a str,
    /// In lower case; each of them is signed.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) query: Vec<(&'a str, String)>,
}

impl Signed<'_> {
    /// The query and the header.
    pub(super) fn authorization(&self) -> (String, String) {
        let (canonical, query, names) = self.canonical();
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", hash(canonical.as_bytes()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
        let head = format!("ACS3-HMAC-SHA256 Credential={},SignedHeaders={names}", self.key_id);
        (query, format!("{head},Signature={signature}"))
    }

    pub(super) fn canonical(&self) -> (String, String, String) {
        let mut query: Vec<(String, String)> = self.query.iter().map(|(n, v)| (encode(n), encode(v))).collect();
        query.sort();
        let query = query.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&");
        let mut headers: Vec<(&str, &str)> = self.headers.iter().map(|(n, v)| (*n, v.trim())).collect();
        headers.sort_unstable();
        let lines = headers.iter().fold(String::new(), |mut all, (name, value)| {
            let _ = writeln!(all, "{name}:{value}");
            all
        });
        let names = headers.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(";");
        (format!("POST\n/\n{query}\n{lines}\n{names}\n{}", hash(b"")), query, names)
    }
}
