//! The thresholds of rules that forecasts can be scored by.
//!
//! In: rules and days. Out: each value to be exceeded, by its rule and level, on the days of its season. Can't happen: a
//! threshold scored on a day on which its rule says nothing.

use chrono::NaiveDate;

use crate::expr::{Fold, Operator, Quantity as Looked, Source, Test};
use crate::rule::Rule;
use cuofeng_air::forecast::Variable;
use cuofeng_air::forecast::profile::variable;
use cuofeng_air::forecast::score::{Quantity, Threshold};
use cuofeng_aqi::{Pollutant, Statistic};

/// Every threshold that a level of a rule has on some day of those, by the rule's and the level's name.
#[must_use]
pub fn thresholds(rules: &[Rule], from: NaiveDate, to: NaiveDate) -> Vec<Threshold> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    for rule in rules {
        let days = rule.season.within(from, to);
        if days.is_empty() {
            continue;
        }
        for level in &rule.levels {
            for (looked, test) in level.when.iter().flat_map(|when| when.expr.comparisons()) {
                let Some((quantity, above)) = threshold(looked, test) else { continue };
                let known = |t: &Threshold| (t.quantity, t.above) == (quantity, above) && t.days == days;
                if !thresholds.iter().any(known) {
                    let (name, days) = (format!("{}·{}", rule.name, level.name), days.clone());
                    thresholds.push(Threshold { name, quantity, above, days });
                }
            }
        }
    }
    thresholds
}

/// What of a comparison can be scored: a value to be exceeded, of a day's concentration, of a day's index, or of an hour.
fn threshold(looked: Looked, test: Test) -> Option<(Quantity, i64)> {
    let quantity = match looked {
        Looked::Day(Fold::Max, Source::Ozone8h) => Quantity::Daily(Pollutant::O38h),
        Looked::Day(Fold::Mean, Source::Variable(v)) => Quantity::Daily(usual(v, Statistic::Mean)?),
        Looked::Day(Fold::Max, Source::Variable(v)) => Quantity::Daily(usual(v, Statistic::Max1h)?),
        Looked::Aqi => Quantity::DailyAqi,
        Looked::Hour(Source::Variable(variable)) => Quantity::Hour(variable),
        _ => return None,
    };
    match test {
        Test::Is(Operator::Above, above) => Some((quantity, above)),
        Test::Is(Operator::AtLeast, least) => Some((quantity, least - 1)),
        _ => None,
    }
}

/// The pollutant whose usual daily value is this one of a variable's hours.
fn usual(looked: Variable, statistic: Statistic) -> Option<Pollutant> {
    Pollutant::ALL.into_iter().find(|p| variable(*p) == looked && p.usual() == statistic)
}
