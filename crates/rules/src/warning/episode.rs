//! An episode: its identity, and its state as its revisions leave it.
//!
//! In: revisions in their order. Out: the episode as last told, or nothing once it has ended. Can't happen: a state that
//! its revisions do not give: [`Episode::replay`] is the only way to make one from storage.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::Act;
use cuofeng_base::time::{Period, Zone};

/// Identity of an episode: kind, region, the local day it was first told and an ordinal. Its hours are content
/// (decision 4 in `docs/decisions.md`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodeId {
    /// Kind of the rule.
    pub kind: String,
    /// Region identifier.
    pub region: String,
    /// Local day it was first told.
    pub day: NaiveDate,
    /// 1 for the first episode of that kind, region and day.
    pub ordinal: u32,
}

impl fmt::Display for EpisodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.kind, self.region, self.day.format("%Y%m%d"), self.ordinal)
    }
}

/// A period at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When.
    pub period: Period,
    /// Index of the level in the rule, 0 being the highest.
    pub level: usize,
    /// Whether an official order asks for it, and not the tool's own view.
    pub ordered: bool,
}

impl Span {
    /// A period that the tool's own view asks for.
    #[must_use]
    pub const fn own(period: Period, level: usize) -> Self {
        Self { period, level, ordered: false }
    }
}

/// A revision of an episode as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u32,
    /// What it does.
    pub action: Act,
    /// The periods told; at an end, those that it takes back.
    pub spans: Vec<Span>,
    /// When it was decided; of a draft, when it was released.
    pub at: DateTime<Utc>,
    /// Whether recipients were told of it: a draft that nobody has released, or that was rejected, they were not.
    pub told: bool,
    /// Whether a forecast that it rested on was withdrawn or corrected since, and nothing was decided anew.
    pub unfounded: bool,
}

/// An open episode as it was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// Identity.
    pub id: EpisodeId,
    /// The rule it began with.
    pub rule: String,
    /// The set of rules it began with, by number.
    pub rule_set: i64,
    /// Number of the last revision, from 1.
    pub revision: u32,
    /// The periods last told.
    pub spans: Vec<Span>,
    /// When the last revision was told; of an episode that nobody was told of, when it began.
    pub told_at: DateTime<Utc>,
    /// How many revisions were told; none of an episode whose first draft still waits.
    pub told: u32,
    /// When revisions that the daily cap counts were told: every change but upgrades.
    pub changed_at: Vec<DateTime<Utc>>,
    /// Whether a forecast that what was last told rested on was withdrawn or corrected since, and nothing was decided anew.
    pub unfounded: bool,
    /// The same of a later revision that nobody was told of.
    pub draft_unfounded: bool,
}

impl Episode {
    /// The episode that revisions leave; nothing where the last one told ended it, or where there is none.
    #[must_use]
    pub fn replay(id: EpisodeId, rule: String, rule_set: i64, revisions: &[Revision]) -> Option<Self> {
        let told: Vec<&Revision> = revisions.iter().filter(|r| r.told).collect();
        let last = told.last().copied();
        let over = last.is_some_and(|r| r.action.ends());
        let capped = |r: &&&Revision| r.action.is_capped();
        let began = revisions.first()?.at;
        (!over).then(|| Self {
            id,
            rule,
            rule_set,
            revision: revisions.iter().map(|r| r.number).max().unwrap_or(0),
            spans: last.map_or_else(Vec::new, |r| r.spans.clone()),
            told_at: last.map_or(began, |r| r.at),
            told: u32::try_from(told.len()).unwrap_or(u32::MAX),
            changed_at: told.iter().filter(capped).map(|r| r.at).collect(),
            unfounded: last.is_some_and(|r| r.unfounded),
            draft_unfounded: revisions.last().is_some_and(|r| !r.told && r.unfounded),
        })
    }

    /// The instant after its last told period.
    #[must_use]
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.spans.iter().map(|s| s.period.end).max()
    }

    /// How many changes that the daily cap counts were told on a local day.
    #[must_use]
    pub fn changes_on(&self, day: NaiveDate, zone: &Zone) -> usize {
        self.changed_at.iter().filter(|at| zone.day(**at) == day).count()
    }
}
