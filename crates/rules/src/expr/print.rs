//! Conditions in canonical English, such that reading the print gives the same tree.

use std::fmt;

use super::{Expr, Fold, Length, Node, Quantity, Source, Test};
use cuofeng_aqi::milli_words;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::All(parts) => write_joined(f, parts, " and "),
            Node::Any(parts) => write_joined(f, parts, " or "),
            Node::Not(inner) => {
                f.write_str("not ")?;
                write_part(f, inner, !inner.node.is_leaf())
            }
            Node::Lasts(inner, length) => {
                write_part(f, inner, matches!(inner.node, Node::All(_) | Node::Any(_) | Node::Not(_)))?;
                write!(f, " for {length}")
            }
            Node::Within(inner, hours) => {
                write_part(f, inner, matches!(inner.node, Node::All(_) | Node::Any(_) | Node::Not(_)))?;
                write!(f, " within {hours}h")
            }
            Node::Compare(quantity, test) => {
                let unit = quantity.unit();
                let gap = if unit.is_empty() { "" } else { " " };
                match test {
                    Test::Is(operator, threshold) => {
                        write!(f, "{quantity} {} {}{gap}{unit}", operator.sign(), milli_words(*threshold))
                    }
                    Test::Between(low, high) => {
                        let (low, high) = (milli_words(*low), milli_words(*high));
                        write!(f, "{quantity} between {low}{gap}{unit} and {high}{gap}{unit}")
                    }
                }
            }
            Node::Hours(window) => write!(f, "hour in {}..{}", window.from, window.to),
            Node::Months { from, to } => write!(f, "month in {from}..{to}"),
            Node::Workday => f.write_str("workday"),
            Node::Primary { pollutant, is } => {
                write!(f, "primary {} {}", if *is { "=" } else { "!=" }, pollutant.name())
            }
            Node::Order(operator, tier) => write!(f, "order {} {}", operator.sign(), tier.name()),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], by: &str) -> fmt::Result {
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            f.write_str(by)?;
        }
        write_part(f, part, matches!(part.node, Node::All(_) | Node::Any(_)))?;
    }
    Ok(())
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &Expr, brackets: bool) -> fmt::Result {
    if brackets { write!(f, "({part})") } else { write!(f, "{part}") }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(source) => write!(f, "{source}"),
            Self::Day(fold, source) => write!(f, "daily_{fold}({source})"),
            Self::Trailing(fold, source, hours) => write!(f, "{fold}({source}, {hours}h)"),
            Self::Aqi => f.write_str("aqi"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => f.write_str(variable.name()),
            Self::Ozone8h => f.write_str("o3_8h"),
            Self::AqiHour => f.write_str("aqi_hour"),
            Self::Fires(metres) if metres % 1000 == 0 => write!(f, "fires({} km)", metres / 1000),
            Self::Fires(metres) => write!(f, "fires({metres} m)"),
        }
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Min => "min",
            Self::Sum => "sum",
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
        }
    }
}
