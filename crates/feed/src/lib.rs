//! Where forecasts, observations, hot spots and official alerts come from.
//!
//! In: what the site file says of a feed, and `now`. Out: what the feed has, whole and checked. Can't happen: half a
//! run (a feed that breaks off is an error), a number that is not finite, a run from the future, a secret in an error.
//! An error names its feed and leaves what was stored before in force.
#![forbid(unsafe_code)]

pub mod bulletin;
pub mod cnemc;
pub mod firms;
pub mod http;
pub mod make;
pub mod open_meteo;
pub mod qweather;
pub mod setting;
pub mod table;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use cuofeng_air::fire::Fire;
use cuofeng_air::forecast::{Observations, Outlook, Remarks, Run};
use cuofeng_base::file::FileError;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;
use cuofeng_town::order::Order;

cuofeng_base::catalogue!(["bulletin", "feed"], on[cuofeng_town]);

/// What a far side gave for a conditional request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validator {
    /// Its `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Validators by address, kept from one pull to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory(pub BTreeMap<String, Validator>);

/// What a feed is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The present.
    pub now: DateTime<Utc>,
    /// The site's zone.
    pub zone: &'a Zone,
    /// What the last pull kept.
    pub memory: &'a Memory,
}

/// A line of a bulletin that a person has to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Name of the feed.
    pub feed: String,
    /// Region identifier.
    pub region: String,
    /// File or address.
    pub source: String,
    /// When the bulletin was issued, where that is certain.
    pub issued_at: Option<DateTime<Utc>>,
    /// The line as it stands.
    pub line: String,
    /// What was understood of it, by day.
    pub understood: Vec<Outlook>,
    /// Why it is not certain.
    pub why: Message,
}

/// An official alert that a later one replaces or cancels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The earlier alert's identifier at the provider.
    pub alert: String,
    /// When the later one was issued.
    pub at: DateTime<Utc>,
}

/// An official alert about the air that can't be taken as an order: a person has to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Region identifier.
    pub region: String,
    /// The alert's identifier at the provider.
    pub alert: String,
    /// What it warns of, as the source names it.
    pub subject: String,
    /// The source's code of the subject.
    pub code: String,
    /// The issuing body.
    pub issuer: String,
    /// Its headline.
    pub headline: String,
    /// Why it is no order.
    pub why: Message,
}

/// What one pull brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulled {
    /// Forecast runs.
    pub runs: Vec<Run>,
    /// Measured values.
    pub observations: Vec<Observations>,
    /// Hot spots.
    pub fires: Vec<Fire>,
    /// Official alerts in force.
    pub orders: Vec<Order>,
    /// Official alerts that are no longer in force.
    pub superseded: Vec<Superseded>,
    /// Official alerts about the air that are no orders.
    pub unplaced: Vec<Unplaced>,
    /// Lines that a person has to confirm.
    pub aside: Vec<Aside>,
    /// What to keep for the next pull.
    pub memory: Memory,
    /// The far side says that nothing changed.
    pub unchanged: bool,
    /// Whom to name where the data is shown, in the provider's words.
    pub attributions: Vec<String>,
    /// What may still be written, and is waited for.
    pub waits: Vec<Message>,
    /// What could not be read, where the rest could: a file of several, a part of the service.
    pub trouble: Vec<FeedError>,
    /// Values that were not taken as they stood.
    pub remarks: Remarks,
    /// What was passed over as no data: nothing is wrong with it.
    pub notes: Vec<Problem>,
    /// What it left open and was taken as a reader would.
    pub assumed: Vec<Problem>,
}

/// Why a pull, or a part of it, brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The source could not be read.
    #[error("feed `{feed}`: cannot read {source_name}: {cause}")]
    Unreachable {
        /// Name of the feed.
        feed: String,
        /// The file or address.
        source_name: String,
        /// Why, with the system's or the provider's words.
        cause: Message,
    },
    /// The source was read, and what it said can't be used.
    #[error("feed `{feed}`: {problem}")]
    Malformed {
        /// Name of the feed.
        feed: String,
        /// What is wrong, and where.
        problem: Box<Problem>,
    },
    /// Some rows or cells of the source can't be used; the rest is.
    #[error("feed `{feed}`: {count} rows or cells were set aside; {}", .problems.first().map_or(String::new(), ToString::to_string))]
    Partly {
        /// Name of the feed.
        feed: String,
        /// What is wrong with the first of them.
        problems: Vec<Problem>,
        /// How many.
        count: usize,
        /// Hours that the forecasts read of it therefore lack, in figures; empty where they lack none.
        gaps: String,
    },
    /// The far side refuses: a wrong key, no credit, a request it does not accept.
    #[error("feed `{feed}`: {source_name} refuses: {words}")]
    Refused {
        /// Name of the feed.
        feed: String,
        /// The address.
        source_name: String,
        /// The provider's words.
        words: Message,
    },
    /// The far side asks to be left alone for a while.
    #[error("feed `{feed}`: {source_name} asks to wait until {until}: {words}")]
    Busy {
        /// Name of the feed.
        feed: String,
        /// The address.
        source_name: String,
        /// The provider's words.
        words: Message,
        /// Not to be asked again before.
        until: DateTime<Utc>,
    },
    /// The source has nothing that was issued by now.
    #[error("feed `{feed}`: {source_name} holds no forecast issued by now")]
    Nothing {
        /// Name of the feed.
        feed: String,
        /// The file or address.
        source_name: String,
    },
    /// The feed keeps no past.
    #[error("feed `{feed}` offers no past")]
    NoPast {
        /// Name of the feed.
        feed: String,
    },
}

/// A future that a feed returns.
pub type PullFuture<'a> = Pin<Box<dyn Future<Output = Result<Pulled, FeedError>> + Send + 'a>>;

/// A source of forecasts, observations, hot spots or official alerts.
pub trait Feed: Send + Sync {
    /// The feed's name in the site file.
    fn name(&self) -> &str;

    /// Brings the newest that the feed has at `ask.now`.
    fn pull<'a>(&'a self, ask: Ask<'a>) -> PullFuture<'a>;

    /// Brings what the feed still offers of the local days `from..=to`.
    fn past<'a>(&'a self, _ask: Ask<'a>, _from: NaiveDate, _to: NaiveDate) -> PullFuture<'a> {
        Box::pin(async move { Err(FeedError::NoPast { feed: self.name().to_owned() }) })
    }
}

/// Reads from the disk on a thread that may wait: a slow disk holds up nobody else.
async fn beside<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let path = path.to_owned();
    let done = tokio::task::spawn_blocking(move || read(&path)).await;
    done.unwrap_or_else(|error| Err(FileError::System(std::io::Error::other(error))))
}
