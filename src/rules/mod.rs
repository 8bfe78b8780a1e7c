//! Rules: what office staff write, and what they say about a forecast.
//!
//! In: TOML files and a [`Series`]. Out: checked [`Rule`]s, and per level one verdict (true, false, unknown) an hour.
//! Can't happen: a rule whose condition was not read to its end; a verdict on a missing value that reads as false.

pub mod expr;
pub mod file;

use crate::forecast::Series;
use crate::time::Hour;
use expr::{Context, Tri};
pub use file::{Ask, Level, Measure, Recipients, Rule, Shape, Tell};

/// One rule's verdicts on one region: for each level, one answer an hour from `first`.
#[derive(Debug, Clone)]
pub struct Verdicts {
    /// The region judged.
    pub region: String,
    /// Hour of the first answer.
    pub first: Hour,
    /// Answers by level, in the rule's order (highest first).
    pub levels: Vec<Vec<Tri>>,
}

impl Verdicts {
    /// The answer of `level` at `hour`; unknown outside the series.
    #[must_use]
    pub fn at(&self, level: usize, hour: Hour) -> Tri {
        let index = usize::try_from(hour - self.first).ok();
        let answer = index.and_then(|i| self.levels.get(level)?.get(i));
        answer.copied().unwrap_or(Tri::Unknown)
    }

    /// The hour after the last answer.
    #[must_use]
    pub fn end(&self) -> Hour {
        let hours = self.levels.first().map_or(0, Vec::len);
        self.first + i64::try_from(hours).unwrap_or(0)
    }
}

/// Judges every hour of the series by every level of the rule.
#[must_use]
pub fn judge(rule: &Rule, series: &Series, context: &Context<'_>) -> Verdicts {
    let levels = rule.levels.iter().map(|level| expr::eval(&level.when, context)).collect();
    Verdicts { region: series.region.clone(), first: series.first, levels }
}
