//! The message catalogues: every sentence that a person reads outside a notice template.
//!
//! In: a key and named values. Out: a sentence in the language asked for. Each crate owns the sentences that it says
//! ([`Catalogue`]), so that one changed sentence builds only that crate and those that use it.
//! Can't happen: a key that one language has and the other lacks, or a placeholder that only one of them fills:
//! `tests/it/catalogues.rs` compares both with each other and with the keys that the source uses.

mod catalogue;
mod hex;
mod lang;
pub mod outside;
mod placed;

use std::fmt;

pub use catalogue::Catalogue;
pub use hex::hex;
pub use lang::Lang;
pub use placed::{EXAMPLE, Placed};

/// A value inside a sentence: plain text, or a sentence of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Shown as it stands.
    Text(String),
    /// Put into words in the same language as the sentence round it.
    Message(Message),
    /// Shown as they stand, parted as the language parts them.
    List(Vec<String>),
}

impl From<Message> for Arg {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<Vec<String>> for Arg {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

macro_rules! arg_from_display {
    ($($t:ty),*) => { $(impl From<$t> for Arg {
        fn from(value: $t) -> Self { Self::Text(value.to_string()) }
    })* };
}
arg_from_display!(String, &str, &String, usize, u64, u32, u16, u8, i64, i32, char, std::path::Display<'_>);

/// A sentence that has not yet chosen its language: a catalogue key and its values.
#[derive(Clone)]
pub struct Message {
    catalogue: &'static Catalogue,
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

// A key stands in one catalogue only, so what finds it says nothing about the sentence.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.args == other.args
    }
}

impl Eq for Message {}

#[expect(clippy::missing_fields_in_debug, reason = "a catalogue is long, and the key says which sentence it is")]
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("key", &self.key).field("args", &self.args).finish()
    }
}

impl Message {
    /// A sentence without values, of a catalogue or of one that it builds on; [`msg!`](crate::msg) writes it.
    #[must_use]
    pub const fn new(catalogue: &'static Catalogue, key: &'static str) -> Self {
        Self { catalogue, key, args: Vec::new() }
    }

    /// Adds a named value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The catalogue key, stable across languages: it names the kind of message in `--json`.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// The sentence in `lang`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let Some(pattern) = self.catalogue.sentence(lang, self.key) else { return self.key.to_owned() };
        let mut out = String::with_capacity(pattern.len() + 32);
        let mut rest = pattern;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            let Some(close) = rest[open..].find('}') else { break };
            let name = &rest[open + 1..open + close];
            match self.args.iter().find(|(n, _)| *n == name) {
                Some((_, Arg::Text(text))) => out.push_str(text),
                Some((_, Arg::Message(message))) => out.push_str(&message.text(lang)),
                Some((_, Arg::List(list))) => out.push_str(&list.join(lang.comma())),
                None => out.push_str(&rest[open..=open + close]),
            }
            rest = &rest[open + close + 1..];
        }
        out.push_str(rest);
        out
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// Writes a [`Message`] of the crate that uses it: `msg!("roster.grade", value = cell)`.
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the catalogue is meant to be that of the crate that speaks")]
macro_rules! msg {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::Message::new(&crate::CATALOGUE, $key)$(.with(stringify!($name), $value))*
    };
}
