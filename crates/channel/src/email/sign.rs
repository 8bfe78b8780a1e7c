//! Signing mails: DKIM (RFC 6376) with RSA and SHA-256 (RFC 8301), relaxed in head and body.
//!
//! In: a mail as it goes over the wire, the site's domain, selector and key. Out: the same mail under its signature. Can't
//! happen: a mail changed by being signed; a header that somebody adds later taken for signed (what is listed and absent is
//! signed as absent).
//!
//! `ring` does the arithmetic: it takes as long whatever the key holds, which the `rsa` crate does not
//! (RUSTSEC-2023-0071), and mail crates sign by that one or by a library that needs cmake.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{Held, MessageError};
use crate::setting::EmailConfig;

/// What is signed of a mail's head, as it is listed.
const SIGNED: [&str; 8] = ["from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "auto-submitted"];

/// How long a line of the signature is: far under what a server folds by itself.
const LINE: usize = 72;

/// What signs the mails.
pub(super) struct Signer {
    domain: String,
    selector: String,
    key: RsaKeyPair,
}

impl Signer {
    /// Where the site wants its mails signed.
    ///
    /// # Errors
    /// The key is none, or too short.
    pub(super) fn new(config: &EmailConfig, held: &Held) -> Result<Option<Self>, String> {
        let Some((dkim, key)) = config.dkim.as_ref().zip(held.dkim_key.as_ref()) else { return Ok(None) };
        let unfit = |why: String| format!("DKIM key: {why}; make one with `openssl genrsa 2048`");
        let der = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|e| unfit(e.to_string()))?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(unfit("not an RSA key".to_owned())),
        };
        let key = key.map_err(|rejected| unfit(rejected.to_string()))?;
        Ok(Some(Self { domain: dkim.domain.clone(), selector: dkim.selector.clone(), key }))
    }

    /// The mail under its signature; `now` is when, by the clock that receivers go by.
    ///
    /// # Errors
    /// The key can't sign.
    pub(super) fn signed(&self, mail: &[u8], now: DateTime<Utc>) -> Result<Vec<u8>, MessageError> {
        let end = mail.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(mail.len());
        let (head, body) = (&mail[..end], mail.get(end + 4..).unwrap_or_default());
        let (domain, selector, seconds) = (&self.domain, &self.selector, now.timestamp());
        let (listed, hash) = (SIGNED.join(":"), STANDARD.encode(Sha256::digest(relaxed_body(body))));
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector};\r\n \
             t={seconds}; h={listed};\r\n bh={hash};\r\n b="
        );
        let mut text = relaxed_head(head);
        text.extend(relaxed_line(unsigned.as_bytes()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let made = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &text, &mut signature);
        made.map_err(|_| MessageError::Signature)?;
        let mut signed = unsigned.into_bytes();
        for line in STANDARD.encode(signature).as_bytes().chunks(LINE) {
            signed.extend_from_slice(b"\r\n ");
            signed.extend_from_slice(line);
        }
        signed.extend_from_slice(b"\r\n");
        signed.extend_from_slice(mail);
        Ok(signed)
    }
}

/// The signed headers of a mail, in the order in which they are listed, each as it is hashed (section 3.4.2).
fn relaxed_head(head: &[u8]) -> Vec<u8> {
    let mut headers: Vec<Vec<u8>> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        match headers.last_mut() {
            // A header that goes on.
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => last.extend_from_slice(line),
            _ => headers.push(line.to_vec()),
        }
    }
    let named = |name: &str| {
        let of = |header: &&Vec<u8>| {
            header
                .split(|byte| *byte == b':')
                .next()
                .is_some_and(|n| n.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        };
        headers.iter().rfind(of)
    };
    SIGNED
        .iter()
        .filter_map(|name| named(name))
        .flat_map(|header| [relaxed_line(header), b"\r\n".to_vec()].concat())
        .collect()
}

/// A header as it is hashed: its name in lower case, on one line, with single spaces.
fn relaxed_line(header: &[u8]) -> Vec<u8> {
    let colon = header.iter().position(|byte| *byte == b':').unwrap_or(header.len());
    let (name, value) = (&header[..colon], header.get(colon + 1..).unwrap_or_default());
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    [name.trim_ascii().to_ascii_lowercase(), b":".to_vec(), words.join(&b' ')].concat()
}

/// A body as it is hashed: single spaces, none at a line's end, no empty lines at its own (section 3.4.4).
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(body.len());
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut gap = false;
        for byte in line {
            if matches!(byte, b' ' | b'\t') {
                gap = true;
                continue;
            }
            if std::mem::take(&mut gap) {
                out.push(b' ');
            }
            out.push(*byte);
        }
        out.extend_from_slice(b"\r\n");
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    if out == b"\r\n" { Vec::new() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_body_are_hashed_as_the_standard_shows_them() {
        // The example of RFC 6376, section 3.4.5, and its edges.
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        for (body, hashed) in [("", ""), ("\r\n\r\n", ""), ("a", "a\r\n"), ("a\r\n", "a\r\n"), ("\r\na", "\r\na\r\n")] {
            assert_eq!(relaxed_body(body.as_bytes()), hashed.as_bytes(), "{body:?}");
        }
        assert_eq!(relaxed_line(b"A: X"), b"a:X");
        assert_eq!(relaxed_line(b"B : Y\t\r\n\tZ  "), b"b:Y Z");
        // Where two are signed, the one lower in the list counts.
        let head = b"To: b\r\nSubject: x\r\n y\r\nX-Other: 1\r\nFrom: a\r\nTo: c";
        assert_eq!(relaxed_head(head), b"from:a\r\nto:c\r\nsubject:x y\r\n");
    }
}
