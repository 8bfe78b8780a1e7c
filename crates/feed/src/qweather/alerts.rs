//! QWeather's official alerts.
//!
//! In: JSON, a region, the event codes that become orders. Out: orders in force, alerts that others replace, and alerts
//! about the air that are no orders. Can't happen: an unknown event or colour that stops the others; an alert about the
//! air passed over in silence; an order without an end.

use chrono::Duration;
use serde::Deserialize;

use super::body::{Metadata, instant};
use crate::{Superseded, Unplaced};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Period;
use cuofeng_town::order::{Details, Entry, Order, Tier};

/// How long an alert counts that names no end, in hours.
const USUAL_HOURS: i64 = 24;

#[derive(Deserialize)]
struct Alerts {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    id: String,
    sender_name: Option<String>,
    issued_time: String,
    message_type: MessageType,
    event_type: EventType,
    color: Option<Colour>,
    effective_time: Option<String>,
    onset_time: Option<String>,
    expire_time: Option<String>,
    headline: Option<String>,
}

#[derive(Deserialize)]
struct MessageType {
    code: String,
    #[serde(default)]
    supersedes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct EventType {
    name: String,
    code: String,
}

#[derive(Deserialize)]
struct Colour {
    code: String,
}

/// What the alerts of a place say.
#[derive(Debug, Default)]
pub struct Read {
    /// Orders in force.
    pub orders: Vec<Order>,
    /// Alerts that are no longer in force.
    pub superseded: Vec<Superseded>,
    /// Alerts about the air that are no orders.
    pub unplaced: Vec<Unplaced>,
    /// What the body says of itself.
    pub metadata: Metadata,
}

/// Words in the name of an event that concerns the air. The vendor adds codes without notice, so that a list of codes
/// would miss some.
const AIR: [&str; 3] = ["污染", "霾", "臭氧"];

/// Reads the alerts of a place.
///
/// # Errors
/// What can't be used.
pub fn read(bytes: &[u8], feed: &str, region: &str, codes: &[String]) -> Result<Read, Message> {
    let body: Alerts = serde_json::from_slice(bytes).map_err(|error| msg!("feed.json", error = error.to_string()))?;
    let mut read = Read { metadata: body.metadata, ..Read::default() };
    for mut alert in body.alerts {
        let issued_at = instant(&alert.issued_time)?;
        let earlier = alert.message_type.supersedes.take().into_iter().flatten();
        read.superseded.extend(earlier.map(|id| Superseded { alert: id, at: issued_at }));
        let tier = alert.color.as_ref().and_then(|colour| Tier::named(&colour.code));
        if alert.message_type.code == "cancel" {
            continue;
        }
        let wanted = codes.contains(&alert.event_type.code);
        let Some(tier) = tier.filter(|_| wanted) else {
            read.unplaced.extend(unplaced(alert, region, wanted));
            continue;
        };
        let start = match alert.onset_time.as_deref().or(alert.effective_time.as_deref()) {
            Some(text) => instant(text)?,
            None => issued_at,
        };
        let end = match alert.expire_time.as_deref() {
            Some(text) => instant(text)?,
            None => start + Duration::hours(USUAL_HOURS),
        };
        let period = Period::new(start, end).ok_or_else(|| {
            msg!("feed.value", field = "expireTime", value = alert.expire_time.as_deref().unwrap_or(""))
        })?;
        read.orders.push(Order {
            region: region.to_owned(),
            subject: alert.event_type.name,
            code: Some(alert.event_type.code),
            tier,
            period,
            issuer: alert.sender_name.unwrap_or_default(),
            document: alert.headline.unwrap_or_default(),
            issued_at,
            entry: Entry::Feed { feed: feed.to_owned(), alert: alert.id },
            lifted_at: None,
            details: Details::default(),
        });
    }
    Ok(read)
}

/// An alert that is no order, if it concerns the air: its code is not among the wanted ones, or it has no tier.
fn unplaced(alert: Alert, region: &str, wanted: bool) -> Option<Unplaced> {
    let EventType { name, code } = alert.event_type;
    let concerns = wanted || AIR.iter().any(|word| name.contains(word));
    concerns.then(|| Unplaced {
        region: region.to_owned(),
        alert: alert.id,
        why: if wanted { msg!("unplaced.colour") } else { msg!("unplaced.code", code = &code) },
        subject: name,
        code,
        issuer: alert.sender_name.unwrap_or_default(),
        headline: alert.headline.unwrap_or_default(),
    })
}
