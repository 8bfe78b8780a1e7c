//! Where forecasts come from.
//!
//! In: what the site file says of a feed, and `now`. Out: the newest run of each region that the feed has, whole and
//! checked. Can't happen: half a run (a feed that breaks off is an error), a number that is not finite, a run from
//! the future. An error names its feed and leaves what was stored before in force.

pub mod table;

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};

use crate::forecast::Run;
use crate::problem::Problem;

/// What one pull brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The newest run of each region.
    pub runs: Vec<Run>,
}

/// Why a pull brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The source could not be read.
    #[error("feed `{feed}`: cannot read {source_name}: {cause}")]
    Unreachable {
        /// Name of the feed.
        feed: String,
        /// The file or address.
        source_name: String,
        /// The system's words.
        cause: String,
    },
    /// The source was read, and what it said can't be used.
    #[error("feed `{feed}`: {problem}")]
    Malformed {
        /// Name of the feed.
        feed: String,
        /// What is wrong, and where.
        problem: Box<Problem>,
    },
    /// The source has no run that was issued by now.
    #[error("feed `{feed}`: {source_name} holds no forecast issued by now")]
    Nothing {
        /// Name of the feed.
        feed: String,
        /// The file or address.
        source_name: String,
    },
}

/// A future that a feed returns.
pub type PullFuture<'a> = Pin<Box<dyn Future<Output = Result<Pulled, FeedError>> + Send + 'a>>;

/// A source of forecasts.
pub trait Feed: Send + Sync {
    /// The feed's name in the site file.
    fn name(&self) -> &str;

    /// Brings the newest run of each region that was issued by `now`.
    fn pull(&self, now: DateTime<Utc>) -> PullFuture<'_>;
}
