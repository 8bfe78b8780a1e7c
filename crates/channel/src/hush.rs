//! What a far side must not be quoted with: it may repeat a login or an address that was sent to it, and its words are
//! kept and shown.
//!
//! In: a channel's secrets, and what the far side said. Out: the same without them. Can't happen: a secret in one of the
//! spellings in which a channel sends it, in words that are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::coded::encode;
use super::{Outcome, Words};

/// What stands in a secret's place.
const MARK: &str = "***";

/// The spellings of a channel's secrets.
#[derive(Default)]
pub(super) struct Hush(Vec<SecretString>);

impl Hush {
    /// Of a secret, and of the user who signs in with it.
    pub(super) fn of(user: Option<&str>, secret: Option<&SecretString>) -> Self {
        let Some(secret) = secret.map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) else {
            return Self::default();
        };
        let in_json = serde_json::Value::from(secret).to_string();
        let in_json = in_json.trim_matches('"').to_owned();
        let address = encode(secret);
        let form = address.replace("%20", "+");
        let login = STANDARD.encode(format!("\0{}\0{secret}", user.unwrap_or("")));
        let spellings = [login, STANDARD.encode(secret), address, form, in_json, secret.to_owned()];
        Self(spellings.into_iter().map(SecretString::from).collect())
    }

    fn text(&self, said: String) -> String {
        self.0.iter().fold(said, |said, secret| {
            if said.contains(secret.expose_secret()) { said.replace(secret.expose_secret(), MARK) } else { said }
        })
    }

    /// What the far side said, without them.
    pub(super) fn over(&self, outcome: Outcome) -> Outcome {
        let words = |words: Words| Words { id: self.text(words.id), said: self.text(words.said) };
        match outcome {
            Outcome::Delivered(said) => Outcome::Delivered(words(said)),
            Outcome::Accepted(said) => Outcome::Accepted(words(said)),
            Outcome::Transient(said) => Outcome::Transient(words(said)),
            Outcome::Waits(time) => Outcome::Waits(time),
            Outcome::Permanent(said) => Outcome::Permanent(words(said)),
            Outcome::Refused(said) => Outcome::Refused(words(said)),
            Outcome::Sender { words: said, for_good } => Outcome::Sender { words: words(said), for_good },
            Outcome::Closed(said) => Outcome::Closed(words(said)),
            Outcome::Unknown(said) => Outcome::Unknown(words(said)),
            Outcome::Fault(said) => Outcome::Fault(words(said)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_spelling_in_which_it_is_sent() {
        let secret = SecretString::from("a b+\"c");
        let hush = Hush::of(Some("office"), Some(&secret));
        // The spellings: RFC 3986, the form of HTML, RFC 4616 and RFC 8259, worked out by hand.
        for said in ["a b+\"c", "a%20b%2B%22c", "a+b%2B%22c", "AG9mZmljZQBhIGIrImM=", "YSBiKyJj", "a b+\\\"c"] {
            let words = Words { id: said.to_owned(), said: format!("no: {said}!") };
            let kept = Words { id: MARK.to_owned(), said: format!("no: {MARK}!") };
            assert_eq!(hush.over(Outcome::Closed(words)), Outcome::Closed(kept), "{said}");
        }
        let plain = Outcome::Accepted(Words::said("250 fine"));
        assert_eq!(Hush::of(None, None).over(plain.clone()), plain);
    }
}
