//! Three-valued evaluation, a column of answers for each node.
//!
//! In: a condition and a [`Context`]. Out: one answer an hour of the series. Can't happen: a missing value that reads
//! as false or true, unless the values that are present decide whatever the missing ones are: a maximum already above
//! its threshold, an index that one pollutant already puts there.

use super::context::Day;
use super::reading::{count, signed};
use super::readings::readings;
use super::steps::{self, of_day};
use super::tri::{Tri, run_end};
use super::{Context, Expr, Length, Node, Operator, Quantity, Source, Test, Tier};
use cuofeng_air::forecast::MISSING;

/// One answer an hour of the series.
#[must_use]
pub fn eval(expr: &Expr, context: &Context<'_>) -> Vec<Tri> {
    if let Some(answers) = steps::answers(expr, context) {
        return answers;
    }
    match &expr.node {
        Node::All(parts) => combine(parts, context, (Tri::True, Tri::False), Ord::min),
        Node::Any(parts) => combine(parts, context, (Tri::False, Tri::True), Ord::max),
        Node::Not(inner) => {
            let mut out = eval(inner, context);
            for answer in &mut out {
                *answer = !*answer;
            }
            out
        }
        Node::Lasts(inner, Length::Hours(hours)) => lasting(&eval(inner, context), count(*hours)),
        Node::Lasts(inner, Length::Days(days)) => {
            let days = lasting(&whole_days(inner, &eval(inner, context), context), count(*days));
            by_day(context, |number, _| days.get(number).copied().unwrap_or(Tri::Unknown))
        }
        Node::Within(inner, hours) => within(&eval(inner, context), count(*hours)),
        Node::Compare(quantity, test) => compare(*quantity, *test, context),
        Node::Hours(window) => {
            let clock = |at: usize| u32::try_from((context.clock + at) % 24).unwrap_or(0);
            (0..context.series.hours).map(|at| Tri::from(window.contains(clock(at)))).collect()
        }
        node @ (Node::Months { .. } | Node::Workday | Node::Primary { .. }) => {
            by_day(context, |number, day| of_day(node, context, number, day))
        }
        Node::Order(operator, tier) => {
            (0..context.series.hours).map(|at| Tri::from(operator.holds(&tier_at(context, at), &Some(*tier)))).collect()
        }
    }
}

/// The answers of the parts joined: `none` where there are no parts; `last` is the answer that no further part changes.
fn combine(
    parts: &[Expr],
    context: &Context<'_>,
    (none, last): (Tri, Tri),
    join: impl Fn(Tri, Tri) -> Tri,
) -> Vec<Tri> {
    let mut parts = parts.iter();
    let Some(first) = parts.next() else { return vec![none; context.series.hours] };
    let mut out = eval(first, context);
    for part in parts {
        if out.iter().all(|answer| *answer == last) {
            break;
        }
        for (answer, other) in out.iter_mut().zip(eval(part, context)) {
            *answer = join(*answer, other);
        }
    }
    out
}

/// The highest tier in force in an hour.
pub(super) fn tier_at(context: &Context<'_>, at: usize) -> Option<Tier> {
    if context.orders.is_empty() {
        return None;
    }
    let start = (context.series.first + signed(at)).start();
    context.orders.iter().filter(|order| order.period.contains(start)).map(|order| order.tier).max()
}

fn by_day(context: &Context<'_>, answer: impl Fn(usize, &Day) -> Tri) -> Vec<Tri> {
    let mut out = vec![Tri::Unknown; context.series.hours];
    for (number, day) in context.days.iter().enumerate() {
        out[day.hours.clone()].fill(answer(number, day));
    }
    out
}

/// One answer a local day: true where every hour is. A day that the series only reaches into is not known to be true,
/// unless the condition is one of days.
pub(super) fn whole_days(expr: &Expr, hours: &[Tri], context: &Context<'_>) -> Vec<Tri> {
    let daily = expr.node.is_daily();
    let day = |day: &Day| {
        let least = hours[day.hours.clone()].iter().copied().min().unwrap_or(Tri::Unknown);
        if daily || day.hours.len() == 24 { least } else { least.min(Tri::Unknown) }
    };
    context.days.iter().map(day).collect()
}

/// True in unbroken runs of true at least `least` long; unknown where a run could be that long, through unknown answers
/// or beyond either end of the column; else false.
fn lasting(column: &[Tri], least: usize) -> Vec<Tri> {
    let mut out = vec![Tri::False; column.len()];
    let mut at = 0;
    while at < column.len() {
        let end = run_end(column, at, |answer| answer != Tri::False);
        let open = at == 0 || end == column.len();
        let mut from = at;
        while from < end && (open || end - at >= least) {
            let to = run_end(&column[..end], from, |answer| answer == Tri::True);
            if to == from {
                out[from] = Tri::Unknown;
                from += 1;
            } else {
                out[from..to].fill(if to - from >= least { Tri::True } else { Tri::Unknown });
                from = to;
            }
        }
        at = end.max(at + 1);
    }
    out
}

/// True where one of `hours` answers from the place on is; else unknown where one of them is unknown or not there.
fn within(column: &[Tri], hours: usize) -> Vec<Tri> {
    let mut out = vec![Tri::Unknown; column.len()];
    let (mut next_true, mut next_unknown) = (usize::MAX, column.len());
    for at in (0..column.len()).rev() {
        match column[at] {
            Tri::True => next_true = at,
            Tri::Unknown => next_unknown = at,
            Tri::False => {}
        }
        let end = at.saturating_add(hours);
        out[at] = if next_true < end {
            Tri::True
        } else if next_unknown < end {
            Tri::Unknown
        } else {
            Tri::False
        };
    }
    out
}

fn compare(quantity: Quantity, test: Test, context: &Context<'_>) -> Vec<Tri> {
    if let Quantity::Hour(Source::Variable(variable)) = quantity {
        return match context.series.values(variable) {
            Some(values) => hourly(values, variable.step().map_or(test, |step| unrounded(test, step))),
            None => vec![Tri::Unknown; context.series.hours],
        };
    }
    let mut out = vec![Tri::Unknown; context.series.hours];
    readings(quantity, context, |hours, reading| out[hours].fill(reading.judge(test)));
    out
}

/// A column of plain values: the loop that most conditions spend their time in.
fn hourly(values: &[i32], test: Test) -> Vec<Tri> {
    fn each(values: &[i32], holds: impl Fn(i64) -> bool) -> Vec<Tri> {
        let answer = |v: &i32| if *v == MISSING { Tri::Unknown } else { Tri::from(holds(i64::from(*v))) };
        values.iter().map(answer).collect()
    }
    match test {
        Test::Is(Operator::Above, t) => each(values, |v| v > t),
        Test::Is(Operator::AtLeast, t) => each(values, |v| v >= t),
        Test::Is(Operator::Below, t) => each(values, |v| v < t),
        Test::Is(Operator::AtMost, t) => each(values, |v| v <= t),
        Test::Is(Operator::Equal, t) => each(values, |v| v == t),
        Test::Is(Operator::NotEqual, t) => each(values, |v| v != t),
        Test::Between(low, high) if low <= high => each(values, |v| (low..=high).contains(&v)),
        Test::Between(from, to) => each(values, |v| v >= from || v <= to),
    }
}

/// The test that whole thousandths pass before they are rounded to `step` exactly where they pass this one after: what
/// rounds to k steps or more begins half a step below, where the tie goes to the even one (GB/T 8170).
fn unrounded(test: Test, step: i64) -> Test {
    let from = |steps: i64| steps * step - step / 2 + steps.rem_euclid(2);
    let (up, down) = (|t: i64| -((-t).div_euclid(step)), |t: i64| t.div_euclid(step));
    let inside = |low: i64, high: i64| {
        let (low, high) = (from(up(low)), from(down(high) + 1) - 1);
        // No step lies inside.
        if low <= high { Test::Between(low, high) } else { Test::Is(Operator::Below, i64::MIN) }
    };
    match test {
        Test::Is(Operator::Above, t) => Test::Is(Operator::AtLeast, from(down(t) + 1)),
        Test::Is(Operator::AtLeast, t) => Test::Is(Operator::AtLeast, from(up(t))),
        Test::Is(Operator::Below, t) => Test::Is(Operator::Below, from(up(t))),
        Test::Is(Operator::AtMost, t) => Test::Is(Operator::Below, from(down(t) + 1)),
        Test::Is(Operator::Equal, t) => inside(t, t),
        Test::Is(Operator::NotEqual, t) => match inside(t, t) {
            Test::Between(low, high) => Test::Between(high + 1, low - 1),
            Test::Is(..) => Test::Is(Operator::AtLeast, i64::MIN),
        },
        Test::Between(low, high) => inside(low, high),
    }
}
