//! The feeds of a site, made from its file.
//!
//! In: the site file and its secrets. Out: a [`Feed`] for every `[[feed]]`. Can't happen: a feed left out because its
//! secret is missing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{AppError, secret};
use crate::config::{Config, FeedConfig, Source};
use crate::feed::Feed;
use crate::feed::cnemc::{Cnemc, CnemcFeed};
use crate::feed::firms::{Firms, FirmsFeed};
use crate::feed::http::{Client, Limits};
use crate::feed::open_meteo::{OpenMeteo, OpenMeteoFeed};
use crate::feed::table::TableFeed;
use crate::fire::Place;

/// Every feed of the site, in the order of the file.
pub(super) fn feeds(root: &Path, config: &Config) -> Result<Vec<Arc<dyn Feed>>, AppError> {
    let client = client()?;
    config.feeds.iter().map(|feed| one(root, config, feed, &client)).collect()
}

/// The client that every feed of a process shares.
pub(super) fn client() -> Result<Client, AppError> {
    Client::new(&Limits::default()).map_err(|cause| AppError::Feed { feed: String::new(), cause })
}

/// One feed.
pub(super) fn one(root: &Path, config: &Config, feed: &FeedConfig, client: &Client) -> Result<Arc<dyn Feed>, AppError> {
    let failed = |cause: String| AppError::Feed { feed: feed.name.clone(), cause };
    let key = |source: &crate::config::SecretSource| secret(root, source).map_err(failed);
    let (name, client) = (feed.name.clone(), client.clone());
    Ok(match &feed.source {
        Source::Table { file, role, map } => {
            let regions: BTreeSet<String> = feed.regions.iter().cloned().collect();
            Arc::new(TableFeed::new(name, root.join(file), file.clone(), regions, *role, map.clone()))
        }
        Source::OpenMeteo { air, weather, key: source } => {
            let key = source.as_ref().map(key).transpose()?;
            let places = places(config, feed);
            let (air, weather) = (air.clone(), weather.clone());
            Arc::new(OpenMeteoFeed::new(OpenMeteo { name, air, weather, key, places }, client))
        }
        Source::Firms { url, key: source, satellite, radius_km, days } => {
            let config = Firms {
                name,
                base: url.clone(),
                key: key(source)?,
                source: satellite.clone(),
                places: places(config, feed).into_iter().map(|(_, place)| place).collect(),
                radius_m: radius_km * 1000,
                days: *days,
            };
            Arc::new(FirmsFeed::new(config, client))
        }
        Source::Cnemc { url } => {
            let served = config.regions.iter().filter(|r| feed.regions.contains(&r.id));
            let cities = served.filter_map(|r| Some((r.id.clone(), r.city.clone()?))).collect();
            Arc::new(CnemcFeed::new(Cnemc { name, base: url.clone(), cities }, client))
        }
        _ => return Err(failed("not yet".into())),
    })
}

fn places(config: &Config, feed: &FeedConfig) -> Vec<(String, Place)> {
    let served = config.regions.iter().filter(|r| feed.regions.contains(&r.id));
    served.filter_map(|r| Some((r.id.clone(), r.place?))).collect()
}
