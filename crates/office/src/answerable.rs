//! Rules that no feed of the site can ever answer.
//!
//! In: a region and what is known of it. Out: a sentence for every level that can never be judged and for every rule that
//! can never be known to have cleared. Can't happen: a rule named because its table could not be read today: of a table
//! what counts is what it has brought.

use crate::config::Config;
use crate::site::Site;
use cuofeng_air::forecast::Variable;
use cuofeng_air::region::Region;
use cuofeng_feed::setting::{FeedConfig, Source};
use cuofeng_rules::Rule;
use cuofeng_rules::answerable::{Brings, Never, never};

/// The weather that QWeather brings.
const QWEATHER: [Variable; 5] =
    [Variable::Temperature, Variable::Humidity, Variable::Wind, Variable::WindDirection, Variable::Precipitation];

/// The weather that Open-Meteo brings.
const OPEN_METEO: [Variable; 7] = [
    Variable::Temperature,
    Variable::Humidity,
    Variable::Wind,
    Variable::WindDirection,
    Variable::Precipitation,
    Variable::Radiation,
    Variable::MixingHeight,
];

/// What the feeds of a region bring by what they are; of tables that is not known before they are read. Hot spots
/// count near villages that have a place.
pub fn declared(site: &Site, region: &str) -> Brings {
    let places = site.roster.villages.iter().any(|village| village.place.is_some());
    let mut brings = Brings { places, ..Brings::default() };
    for feed in site.config.feeds.iter().filter(|feed| feed.regions.iter().any(|r| r == region)) {
        match &feed.source {
            Source::OpenMeteo { air, weather, .. } => {
                brings.hours.extend(air.iter().flat_map(|_| Variable::AIR));
                brings.hours.extend(weather.iter().flat_map(|_| OPEN_METEO));
            }
            Source::QWeather { air, weather, .. } => {
                brings.days |= *air;
                brings.hours.extend(air.then_some(Variable::AqiHour));
                brings.hours.extend(weather.then_some(QWEATHER).into_iter().flatten());
            }
            Source::Bulletin { .. } => brings.days = true,
            Source::Firms { .. } => brings.fires = true,
            // What is for verification only decides nothing.
            Source::Table { .. } | Source::Cnemc { .. } => {}
        }
    }
    brings
}

/// What rules can never tell in a region; nothing where a table serves it that has brought nothing yet.
pub fn unanswerable<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    config: &Config,
    (region, brings): (&Region, &Brings),
    has_brought: impl Fn(&FeedConfig) -> bool,
) -> Vec<(&'r Rule, Never)> {
    let serves = |feed: &&FeedConfig| feed.regions.contains(&region.id);
    let is_table = |feed: &&FeedConfig| matches!(feed.source, Source::Table { .. });
    if config.feeds.iter().filter(serves).filter(is_table).any(|feed| !has_brought(feed)) {
        return Vec::new();
    }
    let of = |rule: &'r Rule| never(rule, brings, &config.index_needs).into_iter().map(move |never| (rule, never));
    rules.filter(|rule| !rule.standing && rule.relays.is_none()).flat_map(of).collect()
}
