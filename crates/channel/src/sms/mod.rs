//! Short messages: by Aliyun, by Tencent Cloud, by a county's own HTTP gateway, by an operator's SMPP line.
//!
//! In: a letter whose words were rendered already. Out: what the provider said, and later what became of it. Can't
//! happen: a provider's template that changes the words (the approved text is matched character by character); a
//! second message after an answer that never came; a number or a secret in a provider's words.
//!
//! One letter a request, though both providers take lists: each letter then has an answer, an identifier and an
//! unknown of its own, and a township's few hundred letters lie far below the providers' thousands a second.

pub mod aliyun;
pub mod gateway;
pub mod receipt;
pub mod segments;
#[cfg(feature = "smpp")]
pub mod smpp;
pub mod tencent;
pub mod vendor;
pub mod vendors;
mod wire;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Letter, Outcome, Words};
use cuofeng_base::text::{Lang, Message};
use cuofeng_notice::filed::{Filed, Filled};
use cuofeng_town::roster::Mobile;
use cuofeng_town::roster::people::mask_all;

/// Gives the instant that goes into a signature: the machine's own, whatever time the site is played at.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Requests at the same time to a provider that takes thousands a second: a township's few hundred letters leave within
/// a quarter of a minute.
const WIDTH: usize = 8;

/// What kind of fault a provider's code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Better later.
    Busy,
    /// Nothing will be taken before a person has mended the account or the settings.
    Closed,
    /// This text will not be taken.
    Text,
    /// This number will not be served.
    Recipient,
    /// The provider itself does not know whether it was taken.
    Unknown,
}

impl Fault {
    /// The fault as an outcome, with the provider's words.
    fn outcome(self, words: Words) -> Outcome {
        match self {
            Self::Busy => Outcome::Transient(words),
            Self::Closed => Outcome::Closed(words),
            Self::Text | Self::Recipient => Outcome::Permanent(words),
            Self::Unknown => Outcome::Unknown(words),
        }
    }
}

/// A number as providers of mainland China want it: eleven digits.
fn number(address: &str) -> Result<String, Outcome> {
    match Mobile::parse(address) {
        Ok(mobile) => Ok(mobile.number().to_owned()),
        Err(_) => Err(Outcome::Permanent(Words::said("not a mobile number"))),
    }
}

/// The number that a letter goes to, and the approved text that its words are, with the values for it.
fn ready(letter: &Letter, filed: &Filed) -> Result<(String, Filled), Outcome> {
    let unfit = |why: Message| Outcome::Permanent(Words::said(why.text(Lang::Zh)));
    Ok((number(&letter.address)?, filed.fit(&letter.body).map_err(unfit)?))
}

/// A provider's code and words: one line, short, numbers masked.
fn said(code: &str, words: &str) -> String {
    // With its country code a number would not be taken for one.
    let line: String =
        format!("{code} {words}").replace("+86", "").chars().filter(|c| !c.is_control()).take(240).collect();
    mask_all(line.trim())
}
