//! Words that a person passes on, because no wire reaches whom they are for.
//!
//! In: what a member of staff says was done. Out: the word for it. There is no [`Channel`](super::Channel) here: nothing
//! leaves by itself, and what is not said to have been done was not.

use cuofeng_base::words;

words! {
    /// What became of words that a person passes on.
    pub enum How {
        /// Sent on: to a group, from a telephone. Whether it was read is not known.
        Forwarded = "forwarded" as "hand.forwarded",
        /// Read aloud or played.
        Played = "played" as "hand.played",
        /// Handed over, or told face to face or by telephone.
        Handed = "handed" as "hand.handed",
        /// It could not be passed on.
        Failed = "failed" as "hand.failed",
    }
}
