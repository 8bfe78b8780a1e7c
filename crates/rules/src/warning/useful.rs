//! Until when a draft is of use, and which of its hours still are.
//!
//! In: a rule, the periods of a draft, those told, `now`. Out: the deadline; the periods that can still be asked for. Can't
//! happen: a new hour asked for inside the lead time; a deadline after the last useful moment.

use chrono::{DateTime, Duration, Utc};

use super::episode::Span;
use crate::rule::Rule;
use cuofeng_base::time::{Hour, Period};

/// The draft's deadline: the rule's, but never later than the last useful moment.
#[must_use]
pub fn deadline(rule: &Rule, spans: &[Span], now: DateTime<Utc>) -> DateTime<Utc> {
    let latest = now + Duration::hours(i64::from(rule.deadline_hours));
    let lead = Duration::hours(i64::from(rule.lead_hours));
    let useful = spans.iter().map(|s| s.period.start).filter(|start| *start > now).min().map(|start| start - lead);
    useful.map_or(latest, |useful| latest.min(useful)).max(now)
}

/// What can still be asked of a draft: told periods that have begun stay; new hours only from the lead time on.
#[must_use]
pub fn useful(rule: &Rule, drafted: &[Span], told: &[Span], now: DateTime<Utc>) -> Vec<Span> {
    let at = now + Duration::hours(i64::from(rule.lead_hours));
    let hour = Hour::containing(at);
    let from = if hour.start() == at { at } else { (hour + 1).start() };
    let cut = |span: &Span| {
        if span.period.start >= from || told.iter().any(|t| t.period.intersect(&span.period).is_some()) {
            return Some(*span);
        }
        Period::new(from, span.period.end).map(|period| Span { period, ..*span })
    };
    drafted.iter().filter_map(cut).collect()
}
