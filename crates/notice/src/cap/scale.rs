//! How bad, how soon, how sure: the three scales of CAP 1.2 (3.2.2 `severity`, `urgency`, `certainty`).
//!
//! In: the level's place among its rule's levels, or an order's tier; the time until the first told hour. Out: the
//! standard's words. Can't happen: a tip of the office's own that reads Extreme; a colour.
//!
//! | severity | own tip: level counted from the lowest | relayed order |
//! |---|---|---|
//! | Extreme | never | red |
//! | Severe | third and higher | orange |
//! | Moderate | second; the only one | yellow |
//! | Minor | lowest of several; a lift | blue |
//!
//! | | has begun | within an hour | within 48 h | later | a lift |
//! |---|---|---|---|---|---|
//! | urgency | Immediate | Expected | Future | Future | Past |
//! | certainty | Likely | Likely | Likely | own: Possible, ordered: Likely | Observed |

use chrono::Duration;

use cuofeng_cap::{Certainty, Severity, Urgency};
use cuofeng_town::order::Tier;

/// Beyond this many hours a forecast of ours is no more than possible.
const SURE_HOURS: i64 = 48;

/// The three scales of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) severity: Severity,
    pub(super) urgency: Urgency,
    pub(super) certainty: Certainty,
}

/// What was told is over.
pub(super) const OVER: Scale =
    Scale { severity: Severity::Minor, urgency: Urgency::Past, certainty: Certainty::Observed };

/// A tip of the office's own: `level` counts from the highest, as a rule lists them.
pub(super) fn own(level: usize, levels: usize, lead: Duration) -> Scale {
    let severity = match levels.saturating_sub(level) {
        3.. => Severity::Severe,
        2 => Severity::Moderate,
        _ if levels <= 1 => Severity::Moderate,
        _ => Severity::Minor,
    };
    let certainty = if lead <= Duration::hours(SURE_HOURS) { Certainty::Likely } else { Certainty::Possible };
    Scale { severity, urgency: urgency(lead), certainty }
}

/// A relayed order.
pub(super) fn ordered(tier: Tier, lead: Duration) -> Scale {
    let severity = match tier {
        Tier::Red => Severity::Extreme,
        Tier::Orange => Severity::Severe,
        Tier::Yellow => Severity::Moderate,
        Tier::Blue => Severity::Minor,
    };
    Scale { severity, urgency: urgency(lead), certainty: Certainty::Likely }
}

fn urgency(lead: Duration) -> Urgency {
    if lead <= Duration::zero() {
        Urgency::Immediate
    } else if lead <= Duration::hours(1) {
        Urgency::Expected
    } else {
        Urgency::Future
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds() {
        let severity = |level, levels| own(level, levels, Duration::hours(6)).severity;
        assert_eq!(
            [severity(0, 1), severity(0, 2), severity(1, 2)],
            [Severity::Moderate, Severity::Moderate, Severity::Minor]
        );
        assert_eq!(
            [0, 1, 2, 3].map(|level| severity(level, 4)),
            [Severity::Severe, Severity::Severe, Severity::Moderate, Severity::Minor]
        );
        let of =
            |minutes| (own(0, 1, Duration::minutes(minutes)).urgency, own(0, 1, Duration::minutes(minutes)).certainty);
        assert_eq!(of(-60), (Urgency::Immediate, Certainty::Likely));
        assert_eq!(of(60), (Urgency::Expected, Certainty::Likely));
        assert_eq!(of(48 * 60), (Urgency::Future, Certainty::Likely));
        assert_eq!(of(49 * 60), (Urgency::Future, Certainty::Possible));
        assert_eq!(ordered(Tier::Orange, Duration::hours(72)).severity, Severity::Severe);
    }
}
