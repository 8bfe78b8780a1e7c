//! All that a decision looks at.

use chrono::{DateTime, Utc};

use super::{Episode, Span};
use crate::{Rule, Verdicts};
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;

/// All that a decision looks at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its verdicts on the region.
    pub verdicts: &'a Verdicts,
    /// Its verdicts without each feed's newest run, where the rule takes nothing back by one run alone.
    pub before: Option<&'a Verdicts>,
    /// Why the forecast can't be trusted, if it can't.
    pub stale: Option<&'a Message>,
    /// Official orders about what the rule is about, as the levels of the rule that they call for. Where they overlap,
    /// the later one counts.
    pub orders: &'a [Span],
    /// The open episode of the rule's kind and the region.
    pub episode: Option<&'a Episode>,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The instant of the decision.
    pub now: DateTime<Utc>,
    /// When it is decided next by a forecast that is still fresh then; none where nobody knows of such a decision.
    pub next: Option<DateTime<Utc>>,
}
