//! Conditions of whole days: one answer a day instead of one an hour.
//!
//! In: a condition all of whose parts speak of local days. Out: its answers, hour by hour. Can't happen: another answer
//! than the parts give when they are joined hour by hour (a slow reference is compared with both).

use chrono::Datelike;

use super::context::{Day, variable_of};
use super::reading::count;
use super::readings::readings;
use super::tri::{Tri, run_end};
use super::{Context, Expr, Length, Node, Quantity};
use cuofeng_air::forecast::Variable;

/// The answers of parts joined by days; nothing where a part has hours of its own, or where nothing is joined.
pub(super) fn answers(expr: &Expr, context: &Context<'_>) -> Option<Vec<Tri>> {
    let joins = matches!(expr.node, Node::All(_) | Node::Any(_) | Node::Not(_) | Node::Lasts(..));
    if !joins || !is_of_days(expr) {
        return None;
    }
    let mut out = vec![Tri::Unknown; context.series.hours];
    for (day, answer) in context.days.iter().zip(days(expr, context)) {
        out[day.hours.clone()].fill(answer);
    }
    Some(out)
}

fn is_of_days(expr: &Expr) -> bool {
    match &expr.node {
        Node::All(parts) | Node::Any(parts) => parts.iter().all(is_of_days),
        Node::Not(inner) | Node::Lasts(inner, _) => is_of_days(inner),
        Node::Compare(quantity, _) => matches!(quantity, Quantity::Day(..) | Quantity::Aqi),
        Node::Months { .. } | Node::Workday | Node::Primary { .. } => true,
        Node::Within(..) | Node::Hours(_) | Node::Order(..) => false,
    }
}

/// One answer a day.
fn days(expr: &Expr, context: &Context<'_>) -> Vec<Tri> {
    match &expr.node {
        Node::All(parts) => combine(parts, context, Tri::True, Ord::min),
        Node::Any(parts) => combine(parts, context, Tri::False, Ord::max),
        Node::Not(inner) => days(inner, context).into_iter().map(|answer| !answer).collect(),
        Node::Lasts(inner, length) => {
            let mut column = days(inner, context);
            let hours = |number: usize| context.days.get(number).map_or(0, |day| day.hours.len());
            match length {
                Length::Hours(least) => lasting(&column, hours, count(*least)),
                Length::Days(least) => {
                    // A day that the series only reaches into is not known to be true.
                    for (number, answer) in column.iter_mut().enumerate() {
                        if hours(number) < 24 && !inner.node.is_daily() {
                            *answer = (*answer).min(Tri::Unknown);
                        }
                    }
                    lasting(&column, |_| 1, count(*least))
                }
            }
        }
        // One reading a day.
        Node::Compare(quantity, test) => {
            let mut column = Vec::with_capacity(context.days.len());
            readings(*quantity, context, |_, reading| column.push(reading.judge(*test)));
            column
        }
        node => context.days.iter().enumerate().map(|(number, day)| of_day(node, context, number, day)).collect(),
    }
}

fn combine(parts: &[Expr], context: &Context<'_>, none: Tri, join: impl Fn(Tri, Tri) -> Tri) -> Vec<Tri> {
    let mut parts = parts.iter();
    let Some(first) = parts.next() else { return vec![none; context.days.len()] };
    let mut out = days(first, context);
    for part in parts {
        for (answer, other) in out.iter_mut().zip(days(part, context)) {
            *answer = join(*answer, other);
        }
    }
    out
}

/// True in unbroken runs of true at least `least` long, unknown where a run could be that long; each answer stands for a
/// length of its own.
fn lasting(column: &[Tri], length: impl Fn(usize) -> usize, least: usize) -> Vec<Tri> {
    let long = |from: usize, to: usize| (from..to).map(&length).sum::<usize>() >= least;
    let mut out = vec![Tri::False; column.len()];
    let mut at = 0;
    while at < column.len() {
        let end = run_end(column, at, |answer| answer != Tri::False);
        let open = at == 0 || end == column.len();
        let mut from = at;
        while from < end && (open || long(at, end)) {
            let to = run_end(&column[..end], from, |answer| answer == Tri::True);
            if to == from {
                out[from] = Tri::Unknown;
                from += 1;
            } else {
                out[from..to].fill(if long(from, to) { Tri::True } else { Tri::Unknown });
                from = to;
            }
        }
        at = end.max(at + 1);
    }
    out
}

/// Whether a pollutant is among the primary ones of a day; ozone by either of its indexes. Nothing where a pollutant
/// that is missing may be the primary one.
fn is_primary(context: &Context<'_>, number: usize, day: &Day, pollutant: Variable) -> Option<bool> {
    let index = context.index(number)?;
    context.standards.on(day.date)?.is_primary(index, |primary| variable_of(primary) == pollutant)
}

/// What a condition of a single day says of it; nothing that is known where it is none.
pub(super) fn of_day(node: &Node, context: &Context<'_>, number: usize, day: &Day) -> Tri {
    match node {
        Node::Months { from, to } => {
            let month = day.date.month();
            Tri::from(if from <= to { *from <= month && month <= *to } else { month >= *from || month <= *to })
        }
        Node::Workday => context.workdays.and_then(|workday| workday(day.date)).map_or(Tri::Unknown, Tri::from),
        Node::Primary { pollutant, is } => {
            is_primary(context, number, day, *pollutant).map_or(Tri::Unknown, |found| Tri::from(found == *is))
        }
        _ => Tri::Unknown,
    }
}
