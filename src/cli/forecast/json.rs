//! `forecast show --json`: everything that the tables show, and every hour.
//!
//! In: what is shown of a region. Out: one object. Can't happen: a value without its unit, feed and kind; a corrected
//! value that passes for the feed's own.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::View;
use super::versions::version_json;
use crate::cli::Call;
use cuofeng_air::forecast::merge::Freshness;
use cuofeng_air::forecast::{Origin, Variable};
use cuofeng_app::App;
use cuofeng_app::pulling::freshness;
use cuofeng_aqi::milli_words;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::setting::FeedConfig;
use cuofeng_store::feeds::FeedState;
use cuofeng_town::order::Order;

pub(super) fn region_json(app: &App, call: &Call, view: &View<'_>) -> Value {
    let (zone, merged) = (&app.site.config.zone, &view.merged);
    let feeds: Vec<Value> = view.feeds.iter().map(|(feed, state)| feed_json(app, view, feed, state)).collect();
    let corrections: Vec<Value> = view.corrections.iter().map(|version| version_json(version, zone)).collect();
    let orders: Vec<Value> = view.orders.iter().map(|order| order_json(order, zone)).collect();
    let hours: Vec<Value> = (0..i64::try_from(merged.series.hours).unwrap_or(0))
        .filter_map(|h| hour_json(app, view, merged.series.first + h))
        .collect();
    let days: Vec<Value> = merged
        .series
        .days(zone)
        .into_iter()
        .filter_map(|day| {
            let index = merged.series.daily_index(day, zone, &app.site.standards)?;
            let primary: Vec<&str> = index.primary.iter().map(|p| p.name()).collect();
            let missing: Vec<&str> = index.missing.iter().map(|p| p.name()).collect();
            let day = day.to_string();
            index.aqi.map(|aqi| {
                json!({"day": day, "aqi": aqi, "primary": primary, "missing": missing,
                                        "level_range": index.graded})
            })
        })
        .collect();
    let why = freshness::stale(&app.site, merged).map(|m| m.text(call.lang));
    json!({"region": view.region.id, "name": view.region.name, "usable": merged.fresh(), "reason": why,
           "feeds": feeds, "corrections": corrections, "orders": orders, "unplaced_alerts": view.unplaced, "waiting_lines": view.waiting,
           "bias_days": app.site.config.bias_days, "days": days, "hours": hours})
}

/// A feed: how it stands, whom to name, and what went wrong the last time.
fn feed_json(app: &App, view: &View<'_>, feed: &FeedConfig, state: &FeedState) -> Value {
    let zone = &app.site.config.zone;
    let at = |at: Option<DateTime<Utc>>| at.map(|at| zone.rfc3339(at));
    let (stands, issued_at, age, limit) = match (view.freshness(feed), state.succeeded_at) {
        (Some(Freshness::Fresh { issued_at }), _) => ("fresh", Some(issued_at), None, None),
        (Some(Freshness::Stale { issued_at, age, limit }), _) => {
            ("stale", Some(issued_at), Some(age.num_hours()), Some(limit.num_hours()))
        }
        (Some(Freshness::Missing), _) => ("missing", None, None, None),
        (None, Some(_)) => ("read", None, None, None),
        (None, None) => ("never", None, None, None),
    };
    json!({"feed": feed.name, "label": feed.label, "state": stands, "issued_at": at(issued_at), "age_hours": age,
           "limit_hours": limit, "read_at": at(state.succeeded_at), "error": state.error,
           "not_before": at(state.not_before), "attributions": state.attributions})
}

fn order_json(order: &Order, zone: &Zone) -> Value {
    let period = order.in_force();
    json!({"subject": order.subject, "tier": order.tier.name(), "issuer": order.issuer, "document": order.document,
           "from": period.map(|p| zone.rfc3339(p.start)), "to": period.map(|p| zone.rfc3339(p.end))})
}

fn hour_json(app: &App, view: &View<'_>, hour: Hour) -> Option<Value> {
    let (zone, merged) = (&app.site.config.zone, &view.merged);
    let values: serde_json::Map<String, Value> = Variable::ALL
        .into_iter()
        .filter_map(|variable| {
            let value = merged.series.value(variable, hour)?;
            let origin = merged.series.origin(variable, hour)?;
            let kind = match origin {
                Origin::Observed { .. } => "observed",
                Origin::Forecast { .. } => "forecast",
                Origin::Shaped { .. } => "shaped",
            };
            let issued = origin.issued_at().map(|at| zone.rfc3339(at));
            let number = |value: i32| serde_json::from_str::<Value>(&milli_words(i64::from(value))).ok();
            let given = view.uncorrected(variable, hour);
            let kind = if given.is_some() { "corrected" } else { kind };
            let mut item = json!({"value": number(value)?, "unit": variable.unit(), "kind": kind,
                                  "feed": origin.feed(), "issued_at": issued});
            if let Some(given) = given {
                item["as_issued"] = number(given)?;
            }
            Some((variable.name().to_owned(), item))
        })
        .collect();
    (!values.is_empty()).then(|| json!({"hour": zone.rfc3339(hour.start()), "values": values}))
}
