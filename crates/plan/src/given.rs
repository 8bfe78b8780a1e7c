//! What a plan is made from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::fair::Carried;
use super::planning::Planning;
use super::schedule::Plan;
use super::weights::Weights;
use cuofeng_air::forecast::Series;
use cuofeng_base::time::{Period, Zone};
use cuofeng_rules::Rule;
use cuofeng_rules::calendar::Calendar;
use cuofeng_rules::warning::Span;
use cuofeng_town::roster::{Enterprise, Roster};

/// All that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its told periods ahead.
    pub spans: &'a [Span],
    /// The region's identifier.
    pub region: &'a str,
    /// The enterprises that are told and not exempt.
    pub enterprises: &'a [&'a Enterprise],
    /// The tables, for villages.
    pub roster: &'a Roster,
    /// What standing rules ask for beside.
    pub standing: &'a [(Rule, Vec<Period>)],
    /// The forecast.
    pub series: &'a Series,
    /// The site's zone.
    pub zone: &'a Zone,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Steps, prices, caps, night hours.
    pub planning: &'a Planning,
    /// What hours count.
    pub weights: &'a Weights,
    /// The plan already told.
    pub told: Option<&'a Plan>,
    /// What enterprises have carried in the plans of the last days.
    pub carried: &'a BTreeMap<String, Carried>,
    /// What people have said of processes.
    pub words: &'a [Word],
    /// The present.
    pub now: DateTime<Utc>,
}

/// What a person has said of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The process.
    pub process: String,
    /// What.
    pub said: Said,
}

/// What can be said of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It runs, or does not run, in these hours.
    Pin {
        /// When.
        period: Period,
        /// Whether it runs.
        on: bool,
    },
    /// It can't be moved, because.
    Cannot {
        /// Why.
        reason: String,
    },
}
