//! Where providers of short messages push their reports and replies.
//!
//! In: a POST at a secret address from a place on the site's list. Out: what the provider wants to hear, once the push
//! is in the database. Can't happen: a push from elsewhere taken for the provider's (neither signs its pushes), its body
//! read, or the database opened for it; a stranger told whether the address was close.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::desk::Desk;
use cuofeng_app::{App, AppError};
use cuofeng_base::word::ChannelName;
use cuofeng_channel::setting::push::Push;
use cuofeng_channel::sms::vendors;
use cuofeng_channel::speaker::report;
use cuofeng_office::config::Doors;
use cuofeng_office::site::Site;

/// Path of the pushes: provider, secret, `report` or `reply`.
pub(super) const PATH: &str = "/push/{provider}/{secret}/{what}";

/// Where a push was made to.
pub(super) struct Place<'a> {
    pub(super) provider: &'a str,
    pub(super) secret: &'a str,
    pub(super) what: &'a str,
}

/// Takes in a push that was [`proved`]. Gives what the provider wants to hear; nothing where it can't be read.
pub(super) async fn take(
    app: &App,
    place: &Place<'_>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, AppError> {
    let vendor = match ChannelName::named(place.provider) {
        Some(ChannelName::SpeakerHttp) => return loudspeaker(app, place, body, now).await,
        name => name.and_then(vendors::of),
    };
    let Some(vendor) = vendor else { return Ok(None) };
    let (new, faulty) = match place.what {
        "report" => match (vendor.reports)(body) {
            Ok(read) => (app.replies().take_reports(vendor.name.name(), &read.entries, now).await?, read.faulty),
            Err(_) => return Ok(unreadable(place)),
        },
        "reply" => match (vendor.replies)(body) {
            Ok(read) => (app.replies().take_replies(vendor.name.name(), &read.entries, now).await?, read.faulty),
            Err(_) => return Ok(unreadable(place)),
        },
        _ => return Ok(None),
    };
    tracing::info!(provider = place.provider, what = place.what, new, faulty, "push");
    if faulty > 0 {
        tracing::error!(provider = place.provider, what = place.what, faulty, "entries of a push could not be read");
    }
    Ok(Some(vendor.answer))
}

/// Whether a push has the secret of its address and comes from a place on the site's list.
pub(super) fn proved(desk: &Desk, site: &Site, place: &Place<'_>, from: IpAddr) -> bool {
    let Some(push) = expected(site, place) else { return false };
    let Some(secret) = desk.secret(&push.secret) else { return false };
    let same = cuofeng_channel::link::same(place.secret.as_bytes(), secret.expose_secret().as_bytes());
    let proved = same && push.from.iter().any(|network| network.has(from));
    if !proved {
        desk.refused(place.provider, from);
    }
    proved
}

/// The pushes that a site expects at a place.
fn expected<'a>(site: &'a Site, place: &Place<'_>) -> Option<&'a Push> {
    let config = &site.config;
    match (ChannelName::named(place.provider)?, place.what) {
        (ChannelName::SpeakerHttp, "report") => config.speaker_http.as_ref()?.push.as_ref(),
        (name, "report" | "reply") => config.provider(name)?.push.as_ref(),
        _ => None,
    }
}

/// Takes in what a loudspeaker says of an order.
async fn loudspeaker(
    app: &App,
    place: &Place<'_>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, AppError> {
    let Some(report) = report::read(body) else { return Ok(unreadable(place)) };
    app.plays().keep_plays(&[report], now).await?;
    app.plays().match_plays(now).await?;
    Ok(Some("{\"code\":0}"))
}

fn unreadable(place: &Place<'_>) -> Option<&'static str> {
    tracing::error!(provider = place.provider, what = place.what, "a push could not be read");
    None
}

/// Where a request comes from: what the server says that stands before this one, where it is one of the site's.
pub(super) fn source(doors: &Doors, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    // Some servers write a line of their own behind those that came.
    let last = || headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next();
    let forwarded = || last()?.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let peer = peer.ip().to_canonical();
    if doors.is_proxy(peer) { forwarded().unwrap_or(peer) } else { peer }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn who_asks_is_what_the_server_before_the_pages_says_last_and_nobody_else() {
        let (proxy, stranger, asks) = ("127.0.0.1:9", "192.0.2.9:9", "203.0.113.7");
        for (peer, lines, from) in [
            (proxy, &[][..], "127.0.0.1"),
            (proxy, &["203.0.113.7"], asks),
            (proxy, &["198.51.100.1, 203.0.113.7"], asks),
            (proxy, &["198.51.100.1", "203.0.113.7"], asks),
            (proxy, &["198.51.100.1", "198.51.100.2,203.0.113.7 "], asks),
            (proxy, &["::ffff:203.0.113.7"], asks),
            (proxy, &["2001:db8::7"], "2001:db8::7"),
            ("[::1]:9", &["203.0.113.7"], asks),
            ("[::ffff:127.0.0.1]:9", &["203.0.113.7"], asks),
            (proxy, &["203.0.113.7", "unknown"], "127.0.0.1"),
            (stranger, &["203.0.113.7"], "192.0.2.9"),
            ("[::ffff:192.0.2.9]:9", &["203.0.113.7"], "192.0.2.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            let found = source(&Doors::default(), peer.parse().expect("a peer"), &headers);
            assert_eq!(found, from.parse::<IpAddr>().expect("an address"), "{peer} {lines:?}");
        }
    }
}
