//! What a drain is made with, and what it did.
//!
//! In: the channels, the time. Out: counts. Can't happen: a letter counted twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use cuofeng_base::word::ChannelName;
use cuofeng_channel::Channel;

/// The channels of a site.
pub type Channels = BTreeMap<ChannelName, Arc<dyn Channel>>;

/// Tells the time: a drain may last, and a letter's period end meanwhile.
pub type Time<'a> = &'a (dyn Fn() -> DateTime<Utc> + Send + Sync);

/// What one drain did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Letters accepted or delivered.
    pub sent: usize,
    /// Letters that will be tried again later.
    pub later: usize,
    /// Letters that failed, died or are unknown.
    pub trouble: usize,
    /// Letters whose period had ended.
    pub expired: usize,
}

impl std::ops::AddAssign for Drained {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.later += other.later;
        self.trouble += other.trouble;
        self.expired += other.expired;
    }
}
