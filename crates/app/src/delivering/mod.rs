//! Letters on their way: by the next way where one failed, paused, settled, published.
//!
//! In: the outbox. Out: letters moved on, what no way has brought told to staff. Can't happen: a second copy of a letter
//! that nobody asked for.

pub mod bounces;
pub mod cap;
pub mod onward;
pub mod openadr;
pub mod outbox;
pub mod plays;
pub mod trouble;
pub mod voice;
pub mod ways;
