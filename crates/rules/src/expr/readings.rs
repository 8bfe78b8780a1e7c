//! What a quantity comes to, hour by hour or day by day.
//!
//! In: a quantity and a context. Out: each [`Reading`] with the hours that it holds of. Can't happen: hours before the
//! series, or still to come, that count as known.

use std::collections::VecDeque;
use std::ops::Range;

use super::reading::{Known, Lane, Reading, Tally, count, signed};
use super::{Context, Fold, Quantity, Source};
use cuofeng_air::forecast::MISSING;

/// The value that a comparison looks at, for stretches of hours in order.
pub(super) fn readings(quantity: Quantity, context: &Context<'_>, mut visit: impl FnMut(Range<usize>, Reading)) {
    let step = quantity.step();
    match quantity {
        Quantity::Hour(Source::Fires(metres)) => {
            for at in 0..context.series.hours {
                let count = context.fires.and_then(|fires| fires(context.series.first + signed(at), metres));
                let reading = |count: u32| Reading::whole(i64::from(count) * 1000, Known::Exactly);
                visit(at..at + 1, count.map_or(Reading::NOTHING, reading));
            }
        }
        Quantity::Hour(Source::Variable(variable)) => {
            for (at, value) in context.series.values(variable).unwrap_or_default().iter().enumerate() {
                if *value != MISSING {
                    visit(at..at + 1, Reading::whole(i64::from(*value), Known::Exactly).rounded(step));
                }
            }
        }
        Quantity::Hour(source) => {
            let column = if source == Source::Ozone8h { context.ozone() } else { context.hourly_indexes() };
            for (at, reading) in column.iter().enumerate() {
                visit(at..at + 1, reading.rounded(step));
            }
        }
        Quantity::Day(fold, source) => {
            for (day, reading) in context.each_day(fold, source) {
                visit(day.hours.clone(), reading.rounded(step));
            }
        }
        Quantity::Aqi => {
            for (day, reading) in context.days.iter().zip(context.published()) {
                visit(day.hours.clone(), *reading);
            }
        }
        Quantity::Trailing(fold, source, hours) => {
            let visit = |hours, reading: Reading| visit(hours, reading.rounded(step));
            trailing(fold, context.lane(source), count(hours), (context.series.hours, context.come), visit);
        }
    }
}

/// Windows of `hours` hours, each ending with its hour. Three quarters of the hours must be present, and all those that
/// have not come; hours before the series are missing.
fn trailing(
    fold: Fold,
    lane: Lane<'_>,
    hours: usize,
    (end, come): (usize, i64),
    mut visit: impl FnMut(Range<usize>, Reading),
) {
    // The candidates for the largest (or the smallest, negated) value, largest first, each with its place.
    let mut candidates: VecDeque<(usize, i64)> = VecDeque::new();
    let sign = if fold == Fold::Min { -1 } else { 1 };
    let mut tally = Tally { count: 0, sum: 0, least: 0, most: 0, open: 0, bound: None };
    let bounds = fold == Fold::Max && (0..signed(end)).any(|at| lane.bound(at).is_some());
    for at in 0..end {
        if let Some(value) = lane.get(signed(at)) {
            tally.count += 1;
            tally.sum += value;
            while candidates.back().is_some_and(|(_, other)| *other <= sign * value) {
                candidates.pop_back();
            }
            candidates.push_back((at, sign * value));
        } else {
            tally.open += i64::from(signed(at) >= come);
        }
        let left = signed(at) - signed(hours);
        if let Some(value) = lane.get(left) {
            tally.count -= 1;
            tally.sum -= value;
        } else {
            tally.open -= i64::from(left >= come.max(0));
        }
        while candidates.front().is_some_and(|(place, _)| place + hours <= at) {
            candidates.pop_front();
        }
        let first = candidates.front().map_or(0, |(_, value)| sign * value);
        (tally.least, tally.most) = (first, first);
        if bounds {
            tally.bound = (left + 1..=signed(at)).filter_map(|at| lane.bound(at)).max();
        }
        let enough = |count: i64| 4 * count >= 3 * signed(hours);
        visit(at..at + 1, tally.reading(fold, enough, signed(hours), lane));
    }
}
