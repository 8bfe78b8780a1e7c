//! The token that QWeather asks for: a JWT signed with the account's Ed25519 key.
//!
//! In: the key as PKCS 8 PEM, the credential and project identifiers, `now`. Out: a token good for fifteen minutes.
//! Can't happen: the key in an error; a token that was good before `now` and not at it (it begins 30 s earlier).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::signature::Ed25519KeyPair;
use secrecy::{ExposeSecret, SecretString};

/// Seconds by which a token begins before `now`: clocks differ.
const EARLY: i64 = 30;

/// Seconds for which it is good; the provider allows up to a day.
const GOOD: i64 = 900;

/// Why the key can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a PEM text.
    #[error("the key file is no PEM text (-----BEGIN PRIVATE KEY-----)")]
    Pem,
    /// Not an Ed25519 key.
    #[error("the key file holds no Ed25519 private key in PKCS 8")]
    Key,
}

/// Signs tokens.
#[derive(Debug)]
pub struct Signer {
    key: Ed25519KeyPair,
    credential: String,
    project: String,
}

impl Signer {
    /// Reads the key.
    pub fn new(pem: &SecretString, credential: &str, project: &str) -> Result<Self, KeyError> {
        let text = pem.expose_secret();
        let (_, rest) = text.split_once("-----BEGIN PRIVATE KEY-----").ok_or(KeyError::Pem)?;
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(KeyError::Pem)?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Pem)?;
        // Version 1 of PKCS 8, which openssl writes, carries no public key to check against.
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| KeyError::Key)?;
        Ok(Self { key, credential: credential.to_owned(), project: project.to_owned() })
    }

    /// A token for requests at `now`.
    #[must_use]
    pub fn token(&self, now: DateTime<Utc>) -> String {
        let header = serde_json::json!({"alg": "EdDSA", "kid": self.credential}).to_string();
        let (iat, exp) = (now.timestamp() - EARLY, now.timestamp() + GOOD);
        let payload = serde_json::json!({"sub": self.project, "iat": iat, "exp": exp}).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, KeyPair as _, UnparsedPublicKey};

    use super::*;

    /// RFC 8032, 7.1, test 1.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect()
    }

    fn pem() -> SecretString {
        let der = bytes(&format!("302e020100300506032b657004220420{SEED}"));
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)).into()
    }

    #[test]
    fn a_token_is_signed_by_the_key_and_says_who_and_how_long() {
        let signer = Signer::new(&pem(), "CRED", "PROJ").expect("a key");
        assert_eq!(signer.key.public_key().as_ref(), bytes(PUBLIC), "the public key of RFC 8032, test 1");
        let token = signer.token("2026-07-15T00:20:00Z".parse().expect("a time"));
        let parts: Vec<&str> = token.split('.').collect();
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).expect("base64");
        let key = UnparsedPublicKey::new(&ED25519, bytes(PUBLIC));
        key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).expect("a good signature");
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("text");
        assert_eq!(text(parts[0]), r#"{"alg":"EdDSA","kid":"CRED"}"#);
        let payload: serde_json::Value = serde_json::from_str(&text(parts[1])).expect("JSON");
        assert_eq!(payload, serde_json::json!({"sub": "PROJ", "iat": 1_784_074_770, "exp": 1_784_075_700}));
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let read = |text: &str| Signer::new(&text.to_owned().into(), "c", "p").expect_err("no key");
        assert_eq!(read("secret"), KeyError::Pem);
        assert_eq!(read("-----BEGIN PRIVATE KEY-----\n???\n-----END PRIVATE KEY-----"), KeyError::Pem);
        assert_eq!(read("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"), KeyError::Key);
    }
}
