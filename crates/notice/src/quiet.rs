//! From when a recipient may be written to.
//!
//! In: a rule, who is told, the periods, the time of the decision. Out: an instant. Can't happen: a letter that waits for
//! quiet hours to end where the first period would begin before people have had their lead.

use chrono::{DateTime, Duration, Utc};

use super::Audience;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_rules::Rule;
use cuofeng_rules::warning::Span;

/// After the quiet hours of the highest level told, unless the first period would begin before they end. Duty staff are
/// told at any hour; a village's loudspeaker has hours of its own.
#[must_use]
pub fn after(rule: &Rule, audience: Audience, spans: &[Span], zone: &Zone, now: DateTime<Utc>) -> DateTime<Utc> {
    let quiet = rule.quiet_at(spans.iter().map(|s| s.level).min());
    let Some(quiet) = quiet.filter(|_| matches!(audience, Audience::Enterprise | Audience::Keeper)) else {
        return now;
    };
    let mut hour = Hour::containing(now);
    let first = hour;
    while quiet.contains(zone.clock(hour)) && hour - first < 24 {
        hour = hour + 1;
    }
    let end = if hour == first { now } else { hour.start() };
    let lead = Duration::hours(i64::from(rule.lead_hours));
    let soonest = spans.iter().map(|s| s.period.start).min().unwrap_or(now);
    if end + lead <= soonest { end } else { now }
}
