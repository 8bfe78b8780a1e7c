//! The feeds of a site, made from its file.
//!
//! In: the site file and its secrets. Out: a [`Feed`] for every `[[feed]]`. Can't happen: a feed left out because its
//! secret is missing (it says so at every pull); a feed that keeps the others from being asked.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::AppError;
use super::secrets::secret;
use cuofeng_air::fire::Place;
use cuofeng_base::msg;
use cuofeng_base::setting;
use cuofeng_base::text::Message;
use cuofeng_feed::bulletin::{BulletinFeed, From};
use cuofeng_feed::cnemc::{Cnemc, CnemcFeed};
use cuofeng_feed::firms::{Firms, FirmsFeed};
use cuofeng_feed::http::{Client, Limits};
use cuofeng_feed::open_meteo::{OpenMeteo, OpenMeteoFeed};
use cuofeng_feed::qweather::{KeyError, Parts, QWeather, QWeatherFeed};
use cuofeng_feed::setting::{BulletinPlace, FeedConfig, Source};
use cuofeng_feed::table::TableFeed;
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
            Arc::new(QWeatherFeed::new(config, client).map_err(|error| match error {
                KeyError::Pem => msg!("secret.pem"),
                KeyError::Key => msg!("secret.ed25519"),
            })?)
        }
        Source::Bulletin { from, standard, issued_hour, pdf_text } => {
            let reader = bulletin(root, feed, from, standard.as_ref(), &client);
            Arc::new(reader.knowing(*issued_hour, pdf_text.clone()))
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

/// The reader of a bulletin feed.
pub(super) fn bulletin(
    root: &Path,
    feed: &FeedConfig,
    from: &BulletinPlace,
    standard: Option<&String>,
    client: &Client,
) -> BulletinFeed {
    let (from, shown) = match from {
        BulletinPlace::File(path) => (From::File(root.join(path)), path),
        BulletinPlace::Folder(path) => (From::Folder(root.join(path)), path),
        BulletinPlace::Url(url) => (From::Url(url.clone()), url),
    };
    let region = feed.regions.first().cloned().unwrap_or_default();
    BulletinFeed::new(feed.name.clone(), region, from, shown.clone(), standard.cloned(), client.clone())
}

fn places(config: &Config, feed: &FeedConfig) -> Vec<(String, Place)> {
    let served = config.regions.iter().filter(|r| feed.regions.contains(&r.id));
    served.filter_map(|r| Some((r.id.clone(), r.place?))).collect()
}
