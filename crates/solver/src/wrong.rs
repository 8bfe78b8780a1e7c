//! What is wrong with figures that make no problem.
//!
//! In: a field and what it should be. Out: an error in words. Can't happen: a refusal that doesn't name its field.

use std::fmt;

use cuofeng_base::text::Message;

/// What a wrong field belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// The frame.
    Frame,
    /// One of its caps, counted from 0.
    Cap(usize),
    /// The process of this name.
    Process(String),
}

/// A field that can't be used as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{of}: {field} should be {should}")]
pub struct Wrong {
    /// What the field belongs to.
    pub of: Of,
    /// Field, as files call it.
    pub field: &'static str,
    /// What it should be, as the end of a sentence.
    pub should: Message,
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame => write!(f, "the frame"),
            Self::Cap(number) => write!(f, "cap {}", number + 1),
            Self::Process(name) => write!(f, "process {name}"),
        }
    }
}
