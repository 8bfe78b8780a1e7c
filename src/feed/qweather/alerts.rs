//! QWeather's official alerts.
//!
//! In: JSON, a region, the event codes that concern the air. Out: orders in force, and alerts that others replace.
//! Can't happen: an unknown event or colour that stops the others; an order without an end.

use chrono::Duration;
use serde::Deserialize;

use super::body::{Metadata, instant};
use crate::feed::Superseded;
use crate::msg;
use crate::order::{Entry, Order, Tier};
use crate::text::Message;
use crate::time::Period;

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

/// Reads the alerts of a place.
///
/// # Errors
/// What can't be used.
pub fn read(
    bytes: &[u8],
    feed: &str,
    region: &str,
    codes: &[String],
) -> Result<(Vec<Order>, Vec<Superseded>, Metadata), Message> {
    let body: Alerts = serde_json::from_slice(bytes).map_err(|error| msg!("feed.json", error = error.to_string()))?;
    let (mut orders, mut superseded) = (Vec::new(), Vec::new());
    for alert in body.alerts {
        let issued_at = instant(&alert.issued_time)?;
        let earlier = alert.message_type.supersedes.into_iter().flatten();
        superseded.extend(earlier.map(|id| Superseded { alert: id, at: issued_at }));
        let tier = alert.color.as_ref().and_then(|colour| Tier::named(&colour.code));
        let Some(tier) = tier.filter(|_| codes.contains(&alert.event_type.code)) else {
            tracing::debug!(event = alert.event_type.code, "an alert that does not concern the air");
            continue;
        };
        if alert.message_type.code == "cancel" {
            continue;
        }
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
        orders.push(Order {
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
        });
    }
    Ok((orders, superseded, body.metadata))
}
