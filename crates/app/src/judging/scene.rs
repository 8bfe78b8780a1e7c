//! What a decision stands in.
//!
//! In: a site, its mode, a rule, the region's forecast, what is known beside it, `now`. Out: a [`Scene`], which every step of a
//! decision reads. Can't happen: a scene that changes while it is decided.

use chrono::{DateTime, Utc};

use cuofeng_air::forecast::merge::Merged;
use cuofeng_air::region::Region;
use cuofeng_base::time::{Period, Zone};
use cuofeng_base::word::Mode;
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_rules::known::Known;
use cuofeng_rules::warning::Span;

/// What a decision is about.
pub struct Scene<'a> {
    /// The site.
    pub(crate) site: &'a Site,
    /// The mode in force.
    pub(crate) mode: Mode,
    /// The rule that speaks.
    pub(crate) rule: &'a Rule,
    /// The region that it speaks of.
    pub(crate) region: &'a Region,
    /// Its forecast.
    pub(crate) merged: &'a Merged,
    /// What is known beside the forecast.
    pub(crate) known: &'a Known,
    /// Open episodes of standing rules: what they ask for is not told again.
    pub(crate) standing: &'a [(Rule, Vec<Period>)],
    pub(crate) now: DateTime<Utc>,
}

impl Scene<'_> {
    /// The numbers of the runs that periods rest on: all that say anything of their days.
    pub(crate) fn rests_on(&self, spans: &[Span], zone: &Zone) -> Vec<i64> {
        let periods: Vec<Period> = spans.iter().map(|span| span.period).collect();
        let behind = self.merged.series.runs_behind(&periods, zone);
        let mut runs: Vec<i64> = behind.iter().filter_map(|of| self.merged.kept.get(of)).flatten().copied().collect();
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}
