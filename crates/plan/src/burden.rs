//! What an enterprise of a plan carries, and how that is weighed.

use serde::{Deserialize, Serialize};

/// How fairness is weighed: `[fair]` of `rules/weights.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fairness {
    /// Days back that count.
    pub days: u32,
    /// Per cent above the peers' share that nobody minds.
    pub tolerance_percent: i64,
    /// Yuan for an extra hour of an enterprise that carries twice the tolerated share.
    pub yuan_per_hour: u32,
    /// Per cent that a fairer plan may cost more, money and weighted emission together.
    pub cost_percent: u32,
}

/// What an enterprise of a plan carries, as it is kept with the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burden {
    /// The enterprise.
    pub enterprise: String,
    /// Its extra minutes, those of the last days included.
    pub extra: i64,
    /// The minutes it usually runs.
    pub usual: i64,
    /// What an extra hour was surcharged, thousandths of a yuan.
    pub surcharge: i64,
}

impl Burden {
    /// Its share, thousandths.
    #[must_use]
    pub const fn share(&self) -> i64 {
        share(self.extra, self.usual)
    }
}

/// Minutes moved as a part of those usually run, thousandths.
pub(super) const fn share(extra: i64, usual: i64) -> i64 {
    if usual > 0 { extra * 1000 / usual } else { 0 }
}
