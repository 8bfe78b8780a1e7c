//! Feeds made from their settings.
//!
//! In: a checked `[[feed]]`, and what it needs of the site. Out: the feed, or why it can't be set up. Can't happen: a
//! kind that has settings and no feed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use crate::Feed;
use crate::bulletin::{BulletinFeed, From};
use crate::cnemc::{Cnemc, CnemcFeed};
use crate::firms::{Firms, FirmsFeed};
use crate::http::Client;
use crate::open_meteo::{OpenMeteo, OpenMeteoFeed};
use crate::qweather::{KeyError, Parts, QWeather, QWeatherFeed};
use crate::setting::{BulletinPlace, FeedConfig, Source};
use crate::table::TableFeed;
use cuofeng_air::fire::Place;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::setting::SecretSource;
use cuofeng_base::text::Message;

/// What feeds need of their site.
pub struct Around<'a> {
    /// The site folder.
    pub root: &'a Path,
    /// The regions of the site.
    pub regions: &'a [Region],
    /// The client that every feed of a process shares.
    pub client: &'a Client,
    /// Opens a secret, or says why it can't be had.
    pub secret: &'a dyn Fn(&SecretSource) -> Result<SecretString, Message>,
}

impl Around<'_> {
    fn served<'a>(&'a self, feed: &'a FeedConfig) -> impl Iterator<Item = &'a Region> {
        self.regions.iter().filter(|region| feed.regions.contains(&region.id))
    }

    fn places(&self, feed: &FeedConfig) -> Vec<(String, Place)> {
        self.served(feed).filter_map(|r| Some((r.id.clone(), r.place?))).collect()
    }
}

/// The feed of a `[[feed]]`.
///
/// # Errors
/// Why it can't be set up.
pub fn feed(feed: &FeedConfig, around: &Around<'_>) -> Result<Arc<dyn Feed>, Message> {
    let (name, client) = (feed.name.clone(), around.client.clone());
    let key = around.secret;
    Ok(match &feed.source {
        Source::Table { file, role, map } => {
            let regions: BTreeSet<String> = feed.regions.iter().cloned().collect();
            Arc::new(TableFeed::new(name, around.root.join(file), file.clone(), regions, *role, map.clone()))
        }
        Source::OpenMeteo { air, weather, key: source } => {
            let key = source.as_ref().map(key).transpose()?;
            let places = around.places(feed);
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
                places: around.places(feed),
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
            let reader = bulletin(around.root, feed, from, standard.as_ref(), &client);
            Arc::new(reader.knowing(*issued_hour, pdf_text.clone()))
        }
        Source::Firms { url, key: source, satellite, radius_km, days } => {
            let config = Firms {
                name,
                base: url.clone(),
                key: key(source)?,
                source: satellite.clone(),
                places: around.places(feed).into_iter().map(|(_, place)| place).collect(),
                radius_m: radius_km * 1000,
                days: *days,
            };
            Arc::new(FirmsFeed::new(config, client))
        }
        Source::Cnemc { url } => {
            let cities = around.served(feed).filter_map(|r| Some((r.id.clone(), r.city.clone()?))).collect();
            Arc::new(CnemcFeed::new(Cnemc { name, base: url.clone(), cities }, client))
        }
    })
}

/// The reader of a bulletin feed.
#[must_use]
pub fn bulletin(
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
