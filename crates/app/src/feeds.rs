//! The feeds of a site, made from its file.
//!
//! In: the site file and its secrets. Out: a [`Feed`] for every `[[feed]]`. Can't happen: a feed left out because its
//! secret is missing (it says so at every pull); a feed that keeps the others from being asked.

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::AppError;
use super::secrets::secret;
use cuofeng_base::setting;
use cuofeng_base::text::Message;
use cuofeng_feed::http::{Client, Limits};
pub(super) use cuofeng_feed::make::bulletin;
use cuofeng_feed::make::{self, Around};
use cuofeng_feed::setting::FeedConfig;
use cuofeng_feed::{Ask, Feed, FeedError, PullFuture};
use cuofeng_office::config::Config;

/// Every feed of the site, in the order of the file.
pub(super) fn feeds(root: &Path, config: &Config) -> Result<Vec<Arc<dyn Feed>>, AppError> {
    let client = client()?;
    let one = |feed: &FeedConfig| {
        let unset = |why| Arc::new(Unset { name: feed.name.clone(), why }) as Arc<dyn Feed>;
        one(root, config, feed, &client).unwrap_or_else(unset)
    };
    Ok(config.feeds.iter().map(one).collect())
}

/// A feed that can't be set up.
struct Unset {
    name: String,
    why: Message,
}

impl Feed for Unset {
    fn name(&self) -> &str {
        &self.name
    }

    fn pull<'a>(&'a self, _ask: Ask<'a>) -> PullFuture<'a> {
        let (feed, source_name) = (self.name.clone(), setting::FILE.to_owned());
        let error = FeedError::Unreachable { feed, source_name, cause: self.why.clone() };
        Box::pin(async move { Err(error) })
    }

    fn past<'a>(&'a self, ask: Ask<'a>, _from: NaiveDate, _to: NaiveDate) -> PullFuture<'a> {
        self.pull(ask)
    }
}

/// The client that every feed of a process shares.
pub(super) fn client() -> Result<Client, AppError> {
    Client::new(&Limits::default()).map_err(|cause| AppError::Feed { feed: String::new(), cause })
}

/// One feed.
///
/// # Errors
/// Why it can't be set up.
pub(super) fn one(root: &Path, config: &Config, feed: &FeedConfig, client: &Client) -> Result<Arc<dyn Feed>, Message> {
    let key = |source: &setting::SecretSource| secret(root, source);
    make::feed(feed, &Around { root, regions: &config.regions, client, secret: &key })
}
