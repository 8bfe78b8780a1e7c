//! Three-valued evaluation, hour by hour, and the comparisons that decided an hour.

use chrono::NaiveDate;

use super::{Aggregate, Comparison, Expr, Operator, Quantity};
use crate::aqi::{Averaging, Pollutant, Standards, Validity};
use crate::forecast::{MISSING, Series};
use crate::time::{Hour, Zone};

/// An answer. Ordered so that `and` is the minimum and `or` the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// Known not to hold.
    False,
    /// A value that would decide is missing.
    Unknown,
    /// Known to hold.
    True,
}

impl Tri {
    const fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    const fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What a condition is evaluated on.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The region's series.
    pub series: &'a Series,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The AQI standards.
    pub standards: &'a Standards,
}

/// A comparison that decided an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The comparison.
    pub comparison: Comparison,
    /// The value compared, in thousandths of the quantity's unit; nothing where it is unknown.
    pub value: Option<i64>,
    /// The answer.
    pub answer: Tri,
}

/// One answer an hour of the series.
#[must_use]
pub fn eval(expr: &Expr, context: &Context<'_>) -> Vec<Tri> {
    match expr {
        Expr::And(a, b) => join(eval(a, context), &eval(b, context), Ord::min),
        Expr::Or(a, b) => join(eval(a, context), &eval(b, context), Ord::max),
        Expr::Not(inner) => eval(inner, context).into_iter().map(Tri::not).collect(),
        Expr::HourIn(window) => hours(context).map(|h| Tri::of(window.contains(context.zone.clock(h)))).collect(),
        Expr::Compare(comparison) => match (comparison.quantity, comparison.aggregate) {
            (Quantity::Aqi, _) | (_, Aggregate::DailyMax | Aggregate::DailyMean | Aggregate::DailyMin) => {
                by_day(comparison, context)
            }
            (_, Aggregate::Hour) => hours(context)
                .map(|h| hourly(comparison.quantity, h, context).map_or(Tri::Unknown, |v| answer(comparison, v)))
                .collect(),
        },
    }
}

/// The comparisons that make the condition what it is at an hour: of an `or` that holds the sides that hold, of an
/// `and` that fails the sides that fail, and so on.
#[must_use]
pub fn explain(expr: &Expr, context: &Context<'_>, hour: Hour) -> Vec<Evidence> {
    let mut out = Vec::new();
    collect(expr, context, hour, &mut out);
    out
}

fn collect(expr: &Expr, context: &Context<'_>, hour: Hour, out: &mut Vec<Evidence>) -> Tri {
    match expr {
        Expr::And(a, b) | Expr::Or(a, b) => {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            let (l, r) = (collect(a, context, hour, &mut left), collect(b, context, hour, &mut right));
            let result = if matches!(expr, Expr::And(..)) { l.min(r) } else { l.max(r) };
            for (side, evidence) in [(l, left), (r, right)] {
                if side == result {
                    out.extend(evidence);
                }
            }
            result
        }
        Expr::Not(inner) => collect(inner, context, hour, out).not(),
        Expr::HourIn(window) => Tri::of(window.contains(context.zone.clock(hour))),
        Expr::Compare(comparison) => {
            let (value, answer) = match (comparison.quantity, comparison.aggregate) {
                (Quantity::Aqi, _) | (_, Aggregate::DailyMax | Aggregate::DailyMean | Aggregate::DailyMin) => {
                    daily(comparison, context.zone.day_of(hour), context)
                }
                (quantity, Aggregate::Hour) => {
                    let value = hourly(quantity, hour, context);
                    (value, value.map_or(Tri::Unknown, |v| answer(comparison, v)))
                }
            };
            out.push(Evidence { comparison: comparison.clone(), value, answer });
            answer
        }
    }
}

fn join(mut a: Vec<Tri>, b: &[Tri], pick: fn(Tri, Tri) -> Tri) -> Vec<Tri> {
    for (left, right) in a.iter_mut().zip(b) {
        *left = pick(*left, *right);
    }
    a
}

fn hours(context: &Context<'_>) -> impl Iterator<Item = Hour> {
    let (first, count) = (context.series.first, i64::try_from(context.series.hours).unwrap_or(0));
    (0..count).map(move |h| first + h)
}

fn answer(comparison: &Comparison, value: i64) -> Tri {
    Tri::of(comparison.operator.holds(value, comparison.threshold))
}

fn hourly(quantity: Quantity, hour: Hour, context: &Context<'_>) -> Option<i64> {
    match quantity {
        Quantity::Hourly(variable) => context.series.value(variable, hour).map(i64::from),
        Quantity::Ozone8h => {
            let validity = validity(context, context.zone.day_of(hour));
            mean(&window(context, hour, 8), validity.o3_8h_hours)
        }
        Quantity::Aqi => None,
    }
}

/// Ozone of the `count` hours that end with `hour`.
fn window(context: &Context<'_>, hour: Hour, count: i64) -> Vec<Option<i32>> {
    let values = context.series.values(crate::forecast::Variable::O3);
    (1 - count..=0)
        .map(|h| {
            let index = usize::try_from(hour + h - context.series.first).ok()?;
            values?.get(index).copied().filter(|v| *v != MISSING)
        })
        .collect()
}

fn mean(values: &[Option<i32>], needed: usize) -> Option<i64> {
    let present: Vec<i64> = values.iter().flatten().map(|v| i64::from(*v)).collect();
    let count = i64::try_from(present.len()).ok()?;
    (present.len() >= needed && count > 0).then(|| crate::aqi::round_half_even(present.iter().sum(), count))
}

fn validity(context: &Context<'_>, day: NaiveDate) -> Validity {
    context.standards.on(day).map_or(Validity::GB_3095, |s| s.validity)
}

fn by_day(comparison: &Comparison, context: &Context<'_>) -> Vec<Tri> {
    let mut out = Vec::with_capacity(context.series.hours);
    for day in context.series.days(context.zone) {
        let (_, answer) = daily(comparison, day, context);
        let first = context.zone.first_hour(day);
        let from = (first - context.series.first).max(0);
        let to = (first + 24 - context.series.first).min(i64::try_from(context.series.hours).unwrap_or(0));
        out.extend((from..to).map(|_| answer));
    }
    out
}

/// The value of a local day and the answer. A largest value already above an upward threshold decides the day however
/// many values are missing, and so does a smallest one below a downward threshold.
fn daily(comparison: &Comparison, day: NaiveDate, context: &Context<'_>) -> (Option<i64>, Tri) {
    let validity = validity(context, day);
    if comparison.quantity == Quantity::Aqi {
        return daily_aqi(comparison, day, context);
    }
    let first = context.zone.first_hour(day);
    let present: Vec<i64> = match comparison.quantity {
        // A window is known by the hour with which it ends, seven after the one with which it begins.
        Quantity::Ozone8h => {
            let [begin, end] = validity.o3_8h_starts;
            (begin + 7..=end + 7).filter_map(|h| hourly(Quantity::Ozone8h, first + h, context)).collect()
        }
        quantity => (0..24).filter_map(|h| hourly(quantity, first + h, context)).collect(),
    };
    let needed = if comparison.quantity == Quantity::Ozone8h { validity.o3_8h_windows } else { validity.day_hours };
    let value = match comparison.aggregate {
        Aggregate::DailyMax => present.iter().max().copied(),
        Aggregate::DailyMin => present.iter().min().copied(),
        _ => {
            let count = i64::try_from(present.len()).unwrap_or(0);
            (count > 0).then(|| crate::aqi::round_half_even(present.iter().sum(), count))
        }
    };
    let Some(value) = value else { return (None, Tri::Unknown) };
    let decided = match comparison.aggregate {
        Aggregate::DailyMax => comparison.operator.upward() && comparison.operator.holds(value, comparison.threshold),
        Aggregate::DailyMin => !comparison.operator.upward() && comparison.operator.holds(value, comparison.threshold),
        _ => false,
    };
    if present.len() < needed && !decided {
        return (None, Tri::Unknown);
    }
    if comparison.aggregate == Aggregate::DailyMean {
        return (Some(value), exact_mean(comparison, &present));
    }
    (Some(value), answer(comparison, value))
}

/// A mean against its threshold without rounding: the sum against the threshold times the count.
fn exact_mean(comparison: &Comparison, present: &[i64]) -> Tri {
    let count = i64::try_from(present.len()).unwrap_or(1);
    Tri::of(comparison.operator.holds(present.iter().sum(), comparison.threshold.saturating_mul(count)))
}

fn daily_aqi(comparison: &Comparison, day: NaiveDate, context: &Context<'_>) -> (Option<i64>, Tri) {
    let Some(standard) = context.standards.on(day) else { return (None, Tri::Unknown) };
    let concentrations: Vec<(Pollutant, Option<i64>)> = standard
        .pollutants(Averaging::Day)
        .map(|p| (p, context.series.daily_concentration(p, day, context.zone, standard)))
        .collect();
    let complete = concentrations.iter().all(|(_, c)| c.is_some());
    let index = standard.index(Averaging::Day, &concentrations);
    // The largest index of those present is the AQI's lower bound.
    let largest = index.items.iter().filter_map(|i| i.iaqi).max().map(|aqi| i64::from(aqi) * 1000);
    match largest {
        Some(value) if complete => (Some(value), answer(comparison, value)),
        Some(value) => {
            let decided = match comparison.operator {
                Operator::Above | Operator::AtLeast => answer(comparison, value) == Tri::True,
                Operator::Below | Operator::AtMost => answer(comparison, value) == Tri::False,
            };
            if decided { (Some(value), answer(comparison, value)) } else { (None, Tri::Unknown) }
        }
        None => (None, Tri::Unknown),
    }
}
