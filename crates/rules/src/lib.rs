//! Rules: what office staff write, and what they say about a forecast.
//!
//! In: TOML files and a [`Series`]. Out: checked [`Rule`]s, and per level one verdict (true, false, unknown) an hour.
//! Can't happen: a rule whose condition was not read to its end; a verdict on a missing value that reads as false.
#![forbid(unsafe_code)]

pub mod acknowledgement;
pub mod answerable;
pub mod calendar;
pub mod case;
pub mod check;
pub mod escalation;
pub mod expr;
pub mod file;
pub mod format;
pub mod known;
pub mod outline;
pub mod relay;
pub mod report;
pub mod rule;
mod scale;
mod section;
pub mod threshold;
pub mod vocabulary;
pub mod warning;

use cuofeng_air::forecast::Series;
use cuofeng_base::time::Hour;
use expr::{Context, Tri};
pub use rule::{
    Ask, AtDeadline, Condition, Exempt, Level, Measure, Precursor, Quiet, Recipients, Release, Remind, Rule, Season,
    Selector, Shape, Tell,
};

cuofeng_base::catalogue!(["rules", "warning"], on[cuofeng_town]);

/// One rule's verdicts on one region: for each level, one answer an hour from `first`.
#[derive(Debug, Clone)]
pub struct Verdicts {
    /// The region judged.
    pub region: String,
    /// Hour of the first answer.
    pub first: Hour,
    /// Answers by level, in the rule's order (highest first).
    pub levels: Vec<Vec<Tri>>,
    /// Answers of the lift condition, where the rule has one.
    pub lift: Option<Vec<Tri>>,
}

impl Verdicts {
    /// The answer of `level` at `hour`; unknown outside the series.
    #[must_use]
    pub fn at(&self, level: usize, hour: Hour) -> Tri {
        let index = usize::try_from(hour - self.first).ok();
        let answer = index.and_then(|i| self.levels.get(level)?.get(i));
        answer.copied().unwrap_or(Tri::Unknown)
    }

    /// The answers of `level` in the hours `[from, until)`; hours outside the series are left out.
    #[must_use]
    pub fn between(&self, level: usize, from: Hour, until: Hour) -> &[Tri] {
        let answers = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        let place = |hour: Hour| usize::try_from(hour - self.first).unwrap_or(0).min(answers.len());
        answers.get(place(from)..place(until)).unwrap_or(&[])
    }

    /// Whether an hour speaks for a lift: its lift condition holds, or no level does.
    #[must_use]
    pub fn clear(&self, hour: Hour) -> bool {
        match &self.lift {
            Some(lift) => usize::try_from(hour - self.first).ok().and_then(|i| lift.get(i)) == Some(&Tri::True),
            None => (0..self.levels.len()).all(|level| self.at(level, hour) == Tri::False),
        }
    }

    /// The hour after the last answer.
    #[must_use]
    pub fn end(&self) -> Hour {
        let hours = self.levels.first().map_or(0, Vec::len);
        self.first + i64::try_from(hours).unwrap_or(0)
    }
}

/// Judges every hour of the series by every level of the rule. A standing rule holds in every hour of its season.
#[must_use]
pub fn judge(rule: &Rule, series: &Series, context: &Context<'_>) -> Verdicts {
    let in_season = || {
        let hours = i64::try_from(series.hours).unwrap_or(0);
        let inside = |h| Tri::from(rule.season.contains(context.zone.day_of(series.first + h)));
        (0..hours).map(inside).collect()
    };
    // A level without a condition holds by the calendar in a standing rule; what an order alone asks for never does.
    let by_calendar = || if rule.standing { in_season() } else { vec![Tri::False; series.hours] };
    let level = |level: &Level| level.when.as_ref().map_or_else(by_calendar, |when| expr::eval(&when.expr, context));
    let levels = rule.levels.iter().map(level).collect();
    let lift = rule.lift.as_ref().map(|lift| expr::eval(&lift.expr, context));
    Verdicts { region: series.region.clone(), first: series.first, levels, lift }
}
