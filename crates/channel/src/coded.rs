//! Spellings that several far sides want.
//!
//! In: texts and bytes. Out: the same in percent signs, or its fingerprint. Can't happen: two channels that spell the
//! same text differently.

use std::fmt::Write as _;

use sha2::Digest;

use cuofeng_base::text::hex;

/// RFC 3986: everything but letters, digits and `-._~` in percent signs.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// SHA-256 in small hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}
