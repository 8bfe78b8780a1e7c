//! The condition language of rules.
//!
//! In: a text such as `日最大(臭氧8小时) 高于 160 µg/m³ 且 时刻 在 10..18`, and a series. Out: a typed tree, one answer an
//! hour (true, false, unknown), and for any hour the comparisons that decided it. Can't happen: a threshold without its
//! unit or with a unit of another dimension; a missing value that reads as false; an error without a place in the text;
//! a text that nests deeply enough to exhaust the stack.
//!
//! ```text
//! any     = all { "or" all }                          all = unary { "and" unary }
//! unary   = "not" unary | "未来" TIME "内" unary | operand { "for" TIME | "within" TIME }
//! operand = "(" any ")" | "hour" "in" N ".." N | "month" "in" N ".." N | "workday"
//!         | "primary" ("="|"!=") POLLUTANT | "order" [OP TIER] | quantity (OP NUMBER UNIT | "between" .. "and" ..)
//! quantity = SOURCE ["日最大"] | "daily_max" "(" SOURCE ")" | "mean" "(" SOURCE "," TIME ")" | "aqi"
//! ```
//!
//! `for` and `within` belong to the one condition before them, `not` and `未来…内` to the one after them; brackets make
//! several conditions one. `hour in 10..18` ends before 18:00, `month in 4..9` ends with September; both may wrap.

mod context;
mod eval;
mod explain;
mod lex;
mod measure;
mod names;
mod parse;
mod print;
mod reading;
mod readings;
pub mod sense;
mod steps;
mod tri;

use std::ops::Range;

pub use context::{Context, Fires, OrderSpan, Workdays};
use cuofeng_air::forecast::Variable;
use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::ClockWindow;
use cuofeng_town::order::Tier;
pub use eval::eval;
pub use explain::{Evidence, Subject, explain};
pub use parse::parse;
pub use reading::Known;
pub use tri::Tri;

/// The tokens of a condition with their bytes and class, for laying it out: `open`, `close`, `comma`, `range`,
/// `number`, `unit`, `join`, `compare`, `word`, `stray`.
pub(crate) fn lex_ranges(source: &str) -> Vec<(Range<usize>, &'static str)> {
    use lex::Kind;
    use names::Word;
    let class = |kind: Kind| match kind {
        Kind::Number => "number",
        Kind::Stray => "stray",
        Kind::Word(word) => match word {
            Word::Open => "open",
            Word::Close => "close",
            Word::Comma => "comma",
            Word::To => "range",
            Word::Unit(_) => "unit",
            Word::And | Word::Or | Word::Not => "join",
            Word::Operator(_) => "compare",
            _ => "word",
        },
    };
    // Chinese comparison words stand as their author spaced them.
    let spaced = |range: &Range<usize>| source.get(range.clone()).is_some_and(str::is_ascii);
    let of = |token: lex::Token| match class(token.kind) {
        "compare" if !spaced(&token.range) => (token.range, "word"),
        class => (token.range, class),
    };
    lex::tokens(source).into_iter().map(of).collect()
}

/// A condition that can't be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Bytes of the text; empty where something is missing at its end.
    pub range: Range<usize>,
    /// What is wrong.
    pub what: Message,
    /// What to do.
    pub advice: Message,
}

/// A condition and where it stands in its text. It prints itself in canonical English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it says.
    pub node: Node,
    /// Bytes of the text.
    pub range: Range<usize>,
}

impl Expr {
    /// Every comparison of a value with a threshold in it, from left to right.
    #[must_use]
    pub fn comparisons(&self) -> Vec<(Quantity, Test)> {
        match &self.node {
            Node::All(parts) | Node::Any(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Node::Not(inner) | Node::Lasts(inner, _) | Node::Within(inner, _) => inner.comparisons(),
            Node::Compare(quantity, test) => vec![(*quantity, *test)],
            Node::Hours(_) | Node::Months { .. } | Node::Workday | Node::Primary { .. } | Node::Order(..) => Vec::new(),
        }
    }
}

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// All hold.
    All(Vec<Expr>),
    /// At least one holds.
    Any(Vec<Expr>),
    /// Does not hold.
    Not(Box<Expr>),
    /// The hour lies in an unbroken stretch at least this long in which it holds.
    Lasts(Box<Expr>, Length),
    /// Holds in this hour or one of the following, this many in all.
    Within(Box<Expr>, u32),
    /// A value against a threshold.
    Compare(Quantity, Test),
    /// The local clock hour lies in a window.
    Hours(ClockWindow),
    /// The local month lies in a closed range, which may wrap the year.
    Months {
        /// First month, 1–12.
        from: u32,
        /// Last month, 1–12.
        to: u32,
    },
    /// The local day is a working day by the calendar.
    Workday,
    /// A pollutant is (or is not) a primary pollutant of the local day.
    Primary {
        /// The pollutant; ozone stands for its one-hour and its eight-hour index.
        pollutant: Variable,
        /// `=` rather than `!=`.
        is: bool,
    },
    /// The tier of the official order in force; no order is below every tier.
    Order(Operator, Tier),
}

/// How long something must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Hours.
    Hours(u32),
    /// Whole local days.
    Days(u32),
}

/// An hourly quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A variable of the series.
    Variable(Variable),
    /// The mean of ozone over the eight hours that end with the hour.
    Ozone8h,
    /// The AQI of the hour.
    AqiHour,
    /// Hot spots no farther than this many metres.
    Fires(u32),
}

/// How several hours become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their sum.
    Sum,
}

/// What a comparison looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The hour itself.
    Hour(Source),
    /// The local day of the hour.
    Day(Fold, Source),
    /// So many hours, of which the hour is the last.
    Trailing(Fold, Source, u32),
    /// The AQI of the local day.
    Aqi,
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
    /// Exactly.
    Equal,
    /// Anything but.
    NotEqual,
}

/// A comparison; thresholds are in thousandths of the quantity's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Against one threshold.
    Is(Operator, i64),
    /// Inside a closed range; a range of directions may wrap north, its first value above its second.
    Between(i64, i64),
}

impl Node {
    /// Whether the answer is one for all hours of a local day, whatever part of the day the series holds.
    fn is_daily(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.node.is_daily()),
            Self::Not(inner) => inner.node.is_daily(),
            Self::Lasts(_, length) => matches!(length, Length::Days(_)),
            Self::Compare(quantity, _) => matches!(quantity, Quantity::Day(..) | Quantity::Aqi),
            Self::Months { .. } | Self::Workday | Self::Primary { .. } => true,
            Self::Within(..) | Self::Hours(_) | Self::Order(..) => false,
        }
    }

    /// Whether it stands beside `and`, `for` or `not` without brackets.
    const fn is_leaf(&self) -> bool {
        !matches!(self, Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Lasts(..) | Self::Within(..))
    }
}

impl Source {
    /// The unit of its values; empty for an index or a count.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Variable(variable) => variable.unit(),
            Self::Ozone8h => "µg/m³",
            Self::AqiHour | Self::Fires(_) => "",
        }
    }

    /// Thousandths to which its values are rounded before they are compared; nothing for what is no concentration.
    const fn step(self) -> Option<i64> {
        match self {
            Self::Variable(variable) => variable.step(),
            Self::Ozone8h => Variable::O3.step(),
            Self::AqiHour | Self::Fires(_) => None,
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        match self {
            Self::Variable(variable) => variable.words(lang).to_owned(),
            Self::Ozone8h => msg!("rules.source_ozone_8h").text(lang),
            Self::AqiHour => msg!("rules.source_aqi_hour").text(lang),
            Self::Fires(metres) => msg!("rules.source_fires", km = milli_words(i64::from(metres))).text(lang),
        }
    }
}

impl Quantity {
    /// The unit of its values; empty for an index or a count.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Hour(source) | Self::Day(_, source) | Self::Trailing(_, source, _) => source.unit(),
            Self::Aqi => "",
        }
    }

    /// Thousandths to which its values are rounded before they are compared; nothing for what is no concentration.
    const fn step(self) -> Option<i64> {
        match self {
            Self::Hour(source) | Self::Day(_, source) | Self::Trailing(_, source, _) => source.step(),
            Self::Aqi => None,
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let message = match self {
            Self::Hour(source) => return source.words(lang),
            Self::Aqi => msg!("rules.source_aqi"),
            Self::Day(fold, source) => {
                let what = source.words(lang);
                match fold {
                    Fold::Mean => msg!("rules.day_mean", what = what),
                    Fold::Max => msg!("rules.day_max", what = what),
                    Fold::Min => msg!("rules.day_min", what = what),
                    Fold::Sum => msg!("rules.day_sum", what = what),
                }
            }
            Self::Trailing(fold, source, hours) => {
                let what = source.words(lang);
                match fold {
                    Fold::Mean => msg!("rules.trailing_mean", what = what, hours = hours),
                    Fold::Max => msg!("rules.trailing_max", what = what, hours = hours),
                    Fold::Min => msg!("rules.trailing_min", what = what, hours = hours),
                    Fold::Sum => msg!("rules.trailing_sum", what = what, hours = hours),
                }
            }
        };
        message.text(lang)
    }
}

impl Operator {
    fn holds<T: Ord>(self, value: &T, threshold: &T) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
            Self::Equal => value == threshold,
            Self::NotEqual => value != threshold,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
        }
    }

    /// The comparison in a sentence.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Above => msg!("rules.op_above"),
            Self::AtLeast => msg!("rules.op_at_least"),
            Self::Below => msg!("rules.op_below"),
            Self::AtMost => msg!("rules.op_at_most"),
            Self::Equal => msg!("rules.op_equal"),
            Self::NotEqual => msg!("rules.op_not_equal"),
        }
    }
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
