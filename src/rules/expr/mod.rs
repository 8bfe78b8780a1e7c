//! The condition language of rules.
//!
//! In: a line such as `日最大(臭氧8小时) 高于 160 µg/m³ 且 时刻 在 10..18`, and a series. Out: a typed tree, one answer an
//! hour (true, false, unknown), and the comparisons that decided an hour. Can't happen: a threshold without its unit or
//! with a unit of another dimension; a missing value that reads as false; an error without a place in the text.

mod eval;
mod lexer;
mod parser;

use std::ops::Range;

use crate::forecast::Variable;
use crate::text::{Lang, Message};
use crate::time::ClockWindow;
pub use eval::{Context, Evidence, Tri, eval, explain};
pub use parser::parse;

/// A condition that can't be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What is wrong.
    pub what: Message,
    /// What to do.
    pub advice: Message,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All hold.
    And(Box<Self>, Box<Self>),
    /// One holds.
    Or(Box<Self>, Box<Self>),
    /// Does not hold.
    Not(Box<Self>),
    /// A value against a threshold.
    Compare(Comparison),
    /// The local clock hour lies in a window.
    HourIn(ClockWindow),
}

impl Expr {
    /// Every comparison in it, from left to right.
    #[must_use]
    pub fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.comparisons(), b.comparisons()].concat(),
            Self::Not(inner) => inner.comparisons(),
            Self::Compare(comparison) => vec![comparison],
            Self::HourIn(_) => Vec::new(),
        }
    }
}

/// A value against a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What is looked at.
    pub quantity: Quantity,
    /// Over the hour itself or over its local day.
    pub aggregate: Aggregate,
    /// How.
    pub operator: Operator,
    /// In thousandths of the quantity's unit.
    pub threshold: i64,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// What a condition can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// An hourly variable.
    Hourly(Variable),
    /// The mean of ozone over the eight hours that end with the hour.
    Ozone8h,
    /// The AQI of the local day.
    Aqi,
}

impl Quantity {
    /// The unit of its values; empty for an index.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Hourly(variable) => variable.unit(),
            Self::Ozone8h => "µg/m³",
            Self::Aqi => "",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub const fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Hourly(variable), _) => variable.words(lang),
            (Self::Ozone8h, Lang::Zh) => "臭氧8小时平均浓度",
            (Self::Ozone8h, Lang::En) => "8-hour mean ozone",
            (Self::Aqi, _) => "AQI",
        }
    }
}

/// Over which time a value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The hour itself (for the AQI: its day).
    Hour,
    /// The largest of the local day.
    DailyMax,
    /// The mean of the local day.
    DailyMean,
    /// The smallest of the local day.
    DailyMin,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Above.
    Above,
    /// At least.
    AtLeast,
    /// Below.
    Below,
    /// At most.
    AtMost,
}

impl Operator {
    const fn holds(self, value: i64, threshold: i64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }

    /// Whether a larger value can only help.
    const fn upward(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }

    /// The comparison in a sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Above => Message::new("rules.op_above"),
            Self::AtLeast => Message::new("rules.op_at_least"),
            Self::Below => Message::new("rules.op_below"),
            Self::AtMost => Message::new("rules.op_at_most"),
        }
    }
}

#[cfg(test)]
mod tests;
