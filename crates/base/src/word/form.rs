//! The form that a notice takes.
//!
//! In: a word of a rule, the site file or the database. Out: the form. Can't happen: a fourth one.

use serde::Deserialize;

use crate::msg;
use crate::text::Message;

/// The form a notice takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A letter.
    #[serde(alias = "邮件", alias = "电子邮件")]
    Email,
    /// A short message.
    #[serde(alias = "短信")]
    Sms,
    /// A text to be read aloud.
    #[serde(alias = "广播", alias = "喊话")]
    Speech,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Speech];

    /// The name in files and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Speech => "speech",
        }
    }

    /// The form with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// The form in a table or sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Email => msg!("form.email"),
            Self::Sms => msg!("form.sms"),
            Self::Speech => msg!("form.speech"),
        }
    }
}
