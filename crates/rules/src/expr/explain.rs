//! Why an hour's answer is what it is.
//!
//! In: a condition, its context and an hour. Out: the comparisons that decided it, as plain data: of an `and` that
//! fails the parts that fail, of an `or` that holds the parts that hold, of a `for` that fails the hour where the run
//! breaks. Can't happen: evidence that answers otherwise than [`eval()`]: both look at the same readings.

use std::ops::Range;

use super::context::variable_of;
use super::eval::{tier_at, whole_days};
use super::reading::Reading;
use super::readings::readings;
use super::tri::run_end;
use super::{Context, Expr, Fold, Known, Length, Node, Operator, Quantity, Source, Test, Tier, Tri, eval};
use cuofeng_air::forecast::{MISSING, Origin, Variable};
use cuofeng_aqi::{Pollutant, round_half_even};
use cuofeng_base::time::{ClockWindow, Hour};

/// A part of a condition that decided an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it looks at.
    pub subject: Subject,
    /// The hour looked at: of a `for` or a `within` not always the hour asked about.
    pub hour: Hour,
    /// Bytes of the condition's text.
    pub range: Range<usize>,
    /// The value in thousandths of the unit; nothing where it is unknown or no number.
    pub value: Option<i64>,
    /// Whether it is the value or only a bound of it.
    pub known: Known,
    /// The unit; empty for an index or a count.
    pub unit: &'static str,
    /// What the value is compared with.
    pub test: Option<Test>,
    /// The answer.
    pub answer: Tri,
    /// By how much the value would have to rise (or fall, below zero) to reach the nearest threshold, in thousandths.
    pub needed: Option<i64>,
    /// Where the value, or the hour that weighs most in it, came from.
    pub origin: Option<Origin>,
    /// Of an index that was taken from a published level: the ends of the level's range.
    pub graded: Option<[u16; 2]>,
}

/// What a piece of evidence is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A measured or forecast quantity.
    Quantity(Quantity),
    /// How long a condition holds without a break round the hour (`value`), against how long it must (`test`).
    Run(Length),
    /// The clock hour.
    Hours(ClockWindow),
    /// The month.
    Months {
        /// First month.
        from: u32,
        /// Last month.
        to: u32,
    },
    /// The calendar of working days.
    Workday,
    /// The primary pollutant of the day.
    Primary {
        /// The one asked for.
        pollutant: Variable,
        /// `=` rather than `!=`.
        is: bool,
        /// Those of the day; nothing where something is missing that may be the primary one.
        found: Option<Vec<Pollutant>>,
    },
    /// The official order.
    Order {
        /// How it is compared.
        operator: Operator,
        /// With which tier.
        tier: Tier,
        /// The tier in force.
        found: Option<Tier>,
    },
}

/// The parts that make the condition what it is at an hour; none for an hour outside the series.
#[must_use]
pub fn explain(expr: &Expr, context: &Context<'_>, hour: Hour) -> Vec<Evidence> {
    let mut out = Vec::new();
    if let Ok(at) = usize::try_from(hour - context.series.first)
        && at < context.series.hours
    {
        collect(expr, context, at, &mut out);
    }
    out
}

fn collect(expr: &Expr, context: &Context<'_>, at: usize, out: &mut Vec<Evidence>) {
    match &expr.node {
        Node::All(parts) | Node::Any(parts) => {
            let answers: Vec<Tri> = parts.iter().map(|part| answer(part, context, at)).collect();
            let all = matches!(expr.node, Node::All(_));
            let result = if all { answers.iter().min() } else { answers.iter().max() };
            for (part, answer) in parts.iter().zip(&answers) {
                if Some(answer) == result {
                    collect(part, context, at, out);
                }
            }
        }
        Node::Not(inner) => collect(inner, context, at, out),
        Node::Lasts(inner, length) => lasts(expr, inner, *length, context, at, out),
        Node::Within(inner, hours) => {
            let column = eval(inner, context);
            let own = answer(expr, context, at);
            let end = at.saturating_add(usize::try_from(*hours).unwrap_or(usize::MAX)).min(column.len());
            let place = (at..end).find(|place| column[*place] == own).unwrap_or(at);
            collect(inner, context, place, out);
        }
        _ => out.push(leaf(expr, context, at)),
    }
}

fn answer(expr: &Expr, context: &Context<'_>, at: usize) -> Tri {
    eval(expr, context).get(at).copied().unwrap_or(Tri::Unknown)
}

/// The length of the run round the hour, and the hour that decides it: the hour itself if it holds for long enough or
/// does not hold at all, else the first hour after the run, or before it, that does not hold.
fn lasts(expr: &Expr, inner: &Expr, length: Length, context: &Context<'_>, at: usize, out: &mut Vec<Evidence>) {
    let hours = eval(inner, context);
    let (column, place, least, unit) = match length {
        Length::Hours(least) => (hours.clone(), at, least, "h"),
        Length::Days(least) => {
            let day = context.days.iter().position(|day| day.hours.contains(&at)).unwrap_or(0);
            (whole_days(inner, &hours, context), day, least, "d")
        }
    };
    let Some(here) = column.get(place).copied() else { return };
    let holds = |answer: Tri| answer == Tri::True;
    let start = column[..place].iter().rposition(|answer| !holds(*answer)).map_or(0, |before| before + 1);
    let end = run_end(&column, place, holds);
    let run = if holds(here) { end - start } else { 0 };
    let own = answer(expr, context, at);
    let value = i64::try_from(run).unwrap_or(i64::MAX).saturating_mul(1000);
    let threshold = i64::from(least) * 1000;
    out.push(Evidence {
        subject: Subject::Run(length),
        hour: hour(context, at),
        range: expr.range.clone(),
        value: Some(value),
        known: if own == Tri::Unknown { Known::AtLeast } else { Known::Exactly },
        unit,
        test: Some(Test::Is(Operator::AtLeast, threshold)),
        answer: own,
        needed: Some(threshold - value),
        origin: None,
        graded: None,
    });
    let breaks = if !holds(here) || own == Tri::True {
        place
    } else {
        // Of the two ends the one that is as unsettled as the answer; the series may end before either.
        let before = start.checked_sub(1);
        let ends = [Some(end).filter(|end| *end < column.len()), before];
        let fits = ends.iter().flatten().find(|place| column[**place] == own);
        fits.or_else(|| ends.iter().flatten().next()).copied().unwrap_or(place)
    };
    let decides = match length {
        Length::Hours(_) => breaks,
        Length::Days(_) => {
            let day = context.days.get(breaks).map_or(at..at + 1, |day| day.hours.clone());
            let first = if day.contains(&at) { at } else { day.start };
            let wanted = column.get(breaks).copied();
            let same = |place: &usize| hours.get(*place).copied() == wanted;
            if same(&first) { first } else { day.clone().find(same).unwrap_or(first) }
        }
    };
    collect(inner, context, decides, out);
}

fn leaf(expr: &Expr, context: &Context<'_>, at: usize) -> Evidence {
    let mut evidence = Evidence {
        subject: Subject::Workday,
        hour: hour(context, at),
        range: expr.range.clone(),
        value: None,
        known: Known::Nothing,
        unit: "",
        test: None,
        answer: answer(expr, context, at),
        needed: None,
        origin: None,
        graded: None,
    };
    match &expr.node {
        Node::Compare(quantity, test) => {
            let reading = reading(*quantity, context, at);
            let value = reading.filter(|r| r.known != Known::Nothing).map(|r| round_half_even(r.num, r.den));
            evidence.subject = Subject::Quantity(*quantity);
            evidence.value = value;
            evidence.known = reading.map_or(Known::Nothing, |r| r.known);
            evidence.unit = quantity.unit();
            evidence.test = Some(*test);
            evidence.needed = value.map(|value| needed(value, *test));
            evidence.origin = origin(*quantity, context, at).cloned();
            let index = day_number(context, at).filter(|_| *quantity == Quantity::Aqi);
            evidence.graded = index.and_then(|day| context.index(day)?.graded);
        }
        Node::Hours(window) => evidence.subject = Subject::Hours(*window),
        Node::Months { from, to } => evidence.subject = Subject::Months { from: *from, to: *to },
        Node::Primary { pollutant, is } => {
            let index = day_number(context, at).and_then(|day| context.index(day));
            let known = evidence.answer != Tri::Unknown;
            let found = index.filter(|index| known && index.whole()).map(|index| index.primary.clone());
            evidence.subject = Subject::Primary { pollutant: *pollutant, is: *is, found };
        }
        Node::Order(operator, tier) => {
            let found = tier_at(context, at);
            evidence.subject = Subject::Order { operator: *operator, tier: *tier, found };
        }
        // A working day; the other nodes are no leaves.
        _ => {}
    }
    evidence
}

fn hour(context: &Context<'_>, at: usize) -> Hour {
    context.series.first + i64::try_from(at).unwrap_or(0)
}

fn day_number(context: &Context<'_>, at: usize) -> Option<usize> {
    context.days.iter().position(|day| day.hours.contains(&at))
}

fn reading(quantity: Quantity, context: &Context<'_>, at: usize) -> Option<Reading> {
    let mut found = None;
    readings(quantity, context, |hours, reading| {
        if hours.contains(&at) {
            found = Some(reading);
        }
    });
    found
}

/// The signed distance to the threshold; inside a range, to its nearer end.
fn needed(value: i64, test: Test) -> i64 {
    match test {
        Test::Is(_, threshold) => threshold - value,
        Test::Between(low, high) => {
            let (to_low, to_high) = (low - value, high - value);
            if to_low.abs() <= to_high.abs() { to_low } else { to_high }
        }
    }
}

/// Where the value came from: of an extreme the hour that has it, else the last hour that has a value.
fn origin<'a>(quantity: Quantity, context: &Context<'a>, at: usize) -> Option<&'a Origin> {
    let day = || Some(context.days.get(day_number(context, at)?)?.hours.clone());
    let last = |hours: usize| (at + 1).saturating_sub(hours)..at + 1;
    let (fold, source, hours) = match quantity {
        Quantity::Hour(source) => (Fold::Mean, source, last(if source == Source::Ozone8h { 8 } else { 1 })),
        Quantity::Day(fold, source) => (fold, source, day()?),
        Quantity::Trailing(fold, source, hours) => (fold, source, last(usize::try_from(hours).ok()?)),
        Quantity::Aqi => {
            let index = context.index(day_number(context, at)?)?;
            let top = index.items.iter().max_by_key(|item| item.iaqi)?;
            (Fold::Mean, Source::Variable(variable_of(top.pollutant)), day()?)
        }
    };
    let variable = match source {
        Source::Variable(variable) => variable,
        Source::Ozone8h => Variable::O3,
        // An hourly AQI is of several variables; any of them names the run.
        Source::AqiHour => {
            let pollutants = Pollutant::ALL.map(variable_of);
            return pollutants.into_iter().find_map(|v| context.series.origin(v, hour(context, at)));
        }
        Source::Fires(_) => return None,
    };
    let values = context.series.values(variable)?;
    let mut present = hours.filter_map(|place| values.get(place).filter(|v| **v != MISSING).map(|v| (place, *v)));
    let (place, _) = match fold {
        Fold::Max => present.max_by_key(|(_, value)| *value),
        Fold::Min => present.min_by_key(|(_, value)| *value),
        Fold::Mean | Fold::Sum => present.next_back(),
    }?;
    context.series.origin(variable, hour(context, place))
}
