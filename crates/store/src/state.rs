//! Where a letter stands.
//!
//! In: a word of the database. Out: a state, and how a table says it. Can't happen: a word that nobody knows.

use cuofeng_base::word::ChannelName;
use cuofeng_base::{msg, words};

words! {
    /// Where a letter stands.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum State {
        /// Waits; moved on by the worker.
        Queued = "queued",
        /// Taken by the worker, nothing sent yet. Committed together with [`State::Sending`], so that it is found in the
        /// record only; a crash puts it back.
        Leased = "leased",
        /// Committed just before the network call; a crash makes it unknown, or puts it back where the channel is
        /// idempotent.
        Sending = "sending",
        /// Taken over by the far side.
        Accepted = "accepted",
        /// Reached its end.
        Delivered = "delivered",
        /// Refused for good.
        Failed = "failed",
        /// Tried as often as allowed.
        Dead = "dead",
        /// May or may not have been taken; a person settles it.
        Unknown = "unknown",
        /// Its period ended before it could be sent.
        Expired = "expired",
    }
}

impl State {
    /// The state in a table.
    #[must_use]
    pub const fn message(self) -> cuofeng_base::text::Message {
        msg!(match self {
            Self::Queued | Self::Leased | Self::Sending => "state.queued",
            Self::Accepted => "state.accepted",
            Self::Delivered => "state.delivered",
            Self::Failed => "state.failed",
            Self::Dead => "state.dead",
            Self::Unknown => "state.unknown",
            Self::Expired => "state.expired",
        })
    }

    /// The same of a letter that a channel carried: a folder is a folder, and nobody has read what lies in it.
    #[must_use]
    pub const fn message_by(self, channel: ChannelName) -> cuofeng_base::text::Message {
        match (self, channel) {
            (Self::Delivered, ChannelName::Folder) => msg!("state.written"),
            _ => self.message(),
        }
    }
}
