//! What a notice says, to whom, and its way into the outbox.
//!
//! In: a scene and what is to be told. Out: notices, in the site's language. Can't happen: a notice to someone it is no
//! business of; a value in it that no condition looked at.

pub mod asking;
pub mod content;
pub mod enclose;
pub mod findings;
pub mod indexes;
pub mod joined;
pub mod notices;
pub mod play;
pub mod removed;
pub mod revision;
pub mod words;
