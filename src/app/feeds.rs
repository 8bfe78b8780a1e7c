//! The feeds of a site, made from its file.
//!
//! In: the site file and its secrets. Out: a [`Feed`] for every `[[feed]]`. Can't happen: a feed left out because its
//! secret is missing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{AppError, secret};
use crate::config::{BulletinPlace, Config, FeedConfig, Source};
use crate::feed::Feed;
use crate::feed::bulletin::{BulletinFeed, From};
use crate::feed::cnemc::{Cnemc, CnemcFeed};
use crate::feed::firms::{Firms, FirmsFeed};
use crate::feed::http::{Client, Limits};
use crate::feed::open_meteo::{OpenMeteo, OpenMeteoFeed};
use crate::feed::qweather::{Parts, QWeather, QWeatherFeed};
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
        Source::QWeather { url, credential, project, key: source, air, weather, alerts, standard, alert_codes } => {
            let config = QWeather {
                name,
                base: url.clone(),
                credential: credential.clone(),
                project: project.clone(),
                key_pem: key(source)?,
                places: places(config, feed),
                parts: Parts { air: *air, weather: *weather, alerts: *alerts },
                standard: standard.clone(),
                alert_codes: alert_codes.clone(),
            };
            Arc::new(QWeatherFeed::new(config, client).map_err(|error| failed(error.to_string()))?)
        }
        Source::Bulletin { from, standard } => {
            let (from, shown) = match from {
                BulletinPlace::File(path) => (From::File(root.join(path)), path),
                BulletinPlace::Folder(path) => (From::Folder(root.join(path)), path),
                BulletinPlace::Url(url) => (From::Url(url.clone()), url),
            };
            let region = feed.regions.first().cloned().unwrap_or_default();
            Arc::new(BulletinFeed::new(name, region, from, shown.clone(), standard.clone(), client))
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
    })
}

fn places(config: &Config, feed: &FeedConfig) -> Vec<(String, Place)> {
    let served = config.regions.iter().filter(|r| feed.regions.contains(&r.id));
    served.filter_map(|r| Some((r.id.clone(), r.place?))).collect()
}
