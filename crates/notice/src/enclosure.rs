//! Files that go with a notice's mail.
//!
//! In: a name, a kind, bytes. Out: the same, for the channel. Can't happen: bytes made anew at every try (they are
//! stored with the notice).

use std::fmt;

use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// A file that goes with a notice's mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name, in any script.
    pub name: String,
    /// The name in letters and digits of ASCII, for mail programs that read no other.
    pub plain_name: String,
    /// What it is: a media type with its parameters.
    pub kind: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Enclosure {
    /// What goes along, for people.
    #[must_use]
    pub fn message(&self) -> Message {
        let kind = self.kind.split(';').next().unwrap_or("");
        msg!("notices.enclosed", name = &self.name, kind = kind, count = self.bytes.len())
    }
}

impl fmt::Debug for Enclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enclosure").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}
