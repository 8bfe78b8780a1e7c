//! Where providers of short messages push their reports and replies.
//!
//! In: a POST at a secret address from a place on the site's list. Out: what the provider wants to hear, once the push
//! is in the database. Can't happen: a push from elsewhere taken for the provider's (neither signs its pushes); a
//! stranger told whether the address was close.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use crate::app::{App, AppError};
use crate::channel::sms::receipt::{Read, Reply, Report, Unreadable};
use crate::channel::sms::{aliyun, tencent};
use crate::channel::speaker::report;
use crate::config::ChannelName;
use crate::config::push::Push;

/// Path of the pushes: provider, secret, `report` or `reply`.
pub(super) const PATH: &str = "/push/{provider}/{secret}/{what}";

/// Where a push was made to.
pub(super) struct Place<'a> {
    pub(super) provider: &'a str,
    pub(super) secret: &'a str,
    pub(super) what: &'a str,
}

/// How a provider's pushes are read.
struct Reader {
    name: ChannelName,
    reports: fn(&[u8]) -> Result<Read<Report>, Unreadable>,
    replies: fn(&[u8]) -> Result<Read<Reply>, Unreadable>,
    answer: &'static str,
}

/// Takes a push in. Gives what the provider wants to hear; nothing where it is no push of a provider of this site.
pub(super) async fn take(
    app: &App,
    place: &Place<'_>,
    from: IpAddr,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, AppError> {
    if ChannelName::named(place.provider) == Some(ChannelName::SpeakerHttp) {
        return loudspeaker(app, place, from, body, now).await;
    }
    let Some((reader, push)) = known(app, place.provider) else { return Ok(None) };
    if !proved(app, place, push, from) {
        return Ok(None);
    }
    let (new, faulty) = match place.what {
        "report" => match (reader.reports)(body) {
            Ok(read) => (app.take_reports(reader.name.name(), &read.entries, now).await?, read.faulty),
            Err(_) => return Ok(unreadable(place)),
        },
        "reply" => match (reader.replies)(body) {
            Ok(read) => (app.take_replies(reader.name.name(), &read.entries, now).await?, read.faulty),
            Err(_) => return Ok(unreadable(place)),
        },
        _ => return Ok(None),
    };
    tracing::info!(provider = place.provider, what = place.what, new, faulty, "push");
    if faulty > 0 {
        tracing::error!(provider = place.provider, what = place.what, faulty, "entries of a push could not be read");
    }
    Ok(Some(reader.answer))
}

/// Whether a push has the secret of its address and comes from a place on the site's list.
fn proved(app: &App, place: &Place<'_>, push: &Push, from: IpAddr) -> bool {
    let secret = match app.secret(&push.secret) {
        Ok(secret) => secret,
        Err(why) => {
            tracing::error!(provider = place.provider, %why, "a push could not be checked");
            return false;
        }
    };
    let same = crate::link::same(place.secret.as_bytes(), secret.expose_secret().as_bytes());
    let proved = same && push.from.iter().any(|network| network.has(from));
    if !proved {
        tracing::warn!(provider = place.provider, %from, "a push from elsewhere was refused");
    }
    proved
}

/// Takes in what a loudspeaker says of an order.
async fn loudspeaker(
    app: &App,
    place: &Place<'_>,
    from: IpAddr,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, AppError> {
    let push = app.site.config.speaker_http.as_ref().and_then(|config| config.push.as_ref());
    let Some(push) = push.filter(|_| place.what == "report") else { return Ok(None) };
    if !proved(app, place, push, from) {
        return Ok(None);
    }
    let Some(report) = report::read(body) else { return Ok(unreadable(place)) };
    app.keep_plays(&[report], now).await?;
    app.match_plays(now).await?;
    Ok(Some("{\"code\":0}"))
}

fn unreadable(place: &Place<'_>) -> Option<&'static str> {
    tracing::error!(provider = place.provider, what = place.what, "a push could not be read");
    None
}

fn known<'a>(app: &'a App, provider: &str) -> Option<(Reader, &'a Push)> {
    let (config, reader) = match ChannelName::named(provider)? {
        name @ ChannelName::Aliyun => {
            let (reports, replies) = (aliyun::push::reports as _, aliyun::push::replies as _);
            (app.site.config.aliyun.as_ref()?, Reader { name, reports, replies, answer: aliyun::push::ANSWER })
        }
        name @ ChannelName::Tencent => {
            let (reports, replies) = (tencent::push::reports as _, tencent::push::replies as _);
            (app.site.config.tencent.as_ref()?, Reader { name, reports, replies, answer: tencent::push::ANSWER })
        }
        _ => return None,
    };
    Some((reader, config.push.as_ref()?))
}

/// Where a request comes from: what the server that stands before this one says, where that runs on this machine.
pub(super) fn source(peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = || headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    let peer = peer.ip().to_canonical();
    if peer.is_loopback() { forwarded().unwrap_or(peer) } else { peer }
}
