//! Whether a region has a forecast to judge by.
//!
//! In: a merged forecast. Out: why there is none, if there is none. Can't happen: what a person entered taken for the end of
//! an outage.

use cuofeng_air::forecast::merge::{Freshness, Merged, State};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_office::site::Site;
use cuofeng_rules::warning;

/// Why a region has no forecast to judge by, if it has none: what people entered is one.
#[must_use]
pub fn stale(site: &Site, merged: &Merged) -> Option<Message> {
    unforecast(site, &merged.states.iter().collect::<Vec<_>>())
}

/// Why no feed brings a forecast of a region, if none does. What people entered ends no outage of the feeds; it stands
/// for them only where the site has none that is to bring the air.
#[must_use]
pub(crate) fn outage(site: &Site, merged: &Merged) -> Option<Message> {
    let of_air = |state: &&State| site.config.feeds.iter().any(|feed| feed.name == state.feed && feed.forecasts_air());
    let feeds: Vec<&State> = merged.states.iter().filter(of_air).collect();
    if feeds.is_empty() { stale(site, merged) } else { unforecast(site, &feeds) }
}

/// Why none of these has a fresh forecast of the air.
fn unforecast(site: &Site, states: &[&State]) -> Option<Message> {
    if states.iter().any(|state| state.fresh()) {
        return None;
    }
    let (zone, lang) = (&site.config.zone, site.config.language);
    let newest = states.iter().filter(|s| s.air).filter_map(|s| match s.freshness {
        Freshness::Stale { issued_at, age, limit } => Some((issued_at, age, limit, &s.feed)),
        _ => None,
    });
    let Some((issued_at, age, limit, feed)) = newest.max_by_key(|(issued_at, ..)| *issued_at) else {
        return Some(warning::no_forecast());
    };
    let issued = zone.words(issued_at, lang);
    let (age, limit) = (age.num_hours(), limit.num_hours());
    Some(msg!("warning.old_forecast", feed = feed, issued = issued, age = age, fresh = limit))
}
