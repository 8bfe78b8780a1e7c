//! Values that conditions look at: exact, or bounds of what is not wholly known.
//!
//! In: a quantity and a context. Out: for every hour a [`Reading`]. Can't happen: a mean that was rounded before it was
//! compared; a maximum of too few hours that reads as the true one.

use std::collections::VecDeque;
use std::ops::Range;

use super::context::{Day, count, signed};
use super::{Context, Fold, Operator, Quantity, Source, Test, Tri};
use crate::aqi::{Index, Validity};
use crate::forecast::{MISSING, Variable};

/// How a value stands to the true one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is the value.
    Exactly,
    /// Values are missing; the true one is no smaller.
    AtLeast,
    /// Values are missing; the true one is no larger.
    AtMost,
    /// Nothing is known.
    Nothing,
}

/// A value as the fraction `num / den` in thousandths of its unit; `den` is above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) num: i64,
    pub(super) den: i64,
    pub(super) known: Known,
}

/// Every count of hours in an eight-hour mean divides it, so that all such means are fractions of one denominator.
pub(super) const EIGHT_HOURS: i64 = 840;

impl Reading {
    pub(super) const NOTHING: Self = Self { num: 0, den: 1, known: Known::Nothing };

    pub(super) const fn whole(num: i64, known: Known) -> Self {
        Self { num, den: 1, known }
    }

    /// Whether the true value is at least `threshold`.
    fn at_least(self, threshold: i64) -> Tri {
        let bar = threshold.saturating_mul(self.den);
        match self.known {
            Known::Exactly => Tri::from(self.num >= bar),
            Known::AtLeast if self.num >= bar => Tri::True,
            Known::AtMost if self.num < bar => Tri::False,
            _ => Tri::Unknown,
        }
    }

    /// Whether the true value is above `threshold`.
    fn above(self, threshold: i64) -> Tri {
        let bar = threshold.saturating_mul(self.den);
        match self.known {
            Known::Exactly => Tri::from(self.num > bar),
            Known::AtLeast if self.num > bar => Tri::True,
            Known::AtMost if self.num <= bar => Tri::False,
            _ => Tri::Unknown,
        }
    }

    pub(super) fn judge(self, test: Test) -> Tri {
        match test {
            Test::Is(Operator::Above, t) => self.above(t),
            Test::Is(Operator::AtLeast, t) => self.at_least(t),
            Test::Is(Operator::Below, t) => !self.at_least(t),
            Test::Is(Operator::AtMost, t) => !self.above(t),
            Test::Is(Operator::Equal, t) => self.at_least(t).min(!self.above(t)),
            Test::Is(Operator::NotEqual, t) => self.above(t).max(!self.at_least(t)),
            Test::Between(low, high) if low <= high => self.at_least(low).min(!self.above(high)),
            Test::Between(from, to) => self.at_least(from).max(!self.above(to)),
        }
    }
}

/// Ozone of the last eight hours.
#[derive(Default)]
pub(super) struct EightHours {
    sum: i64,
    count: i64,
}

impl EightHours {
    pub(super) fn pass(&mut self, enters: Option<i64>, leaves: Option<i64>) {
        if let Some(value) = enters {
            self.sum += value;
            self.count += 1;
        }
        if let Some(value) = leaves {
            self.sum -= value;
            self.count -= 1;
        }
    }

    /// The mean as a fraction of [`EIGHT_HOURS`], if enough hours are present.
    pub(super) fn mean(&self, validity: &Validity) -> Option<i64> {
        let enough = self.count > 0 && self.count >= signed(validity.o3_8h_hours);
        enough.then(|| self.sum * (EIGHT_HOURS / self.count))
    }
}

/// Hourly values by place in the series; only those that are known exactly.
#[derive(Clone, Copy)]
pub(super) enum Lane<'a> {
    Values(&'a [i32]),
    Readings(&'a [Reading], i64),
    Empty,
}

impl Lane<'_> {
    pub(super) fn get(self, at: i64) -> Option<i64> {
        let at = usize::try_from(at).ok()?;
        match self {
            Self::Values(values) => values.get(at).filter(|v| **v != MISSING).map(|v| i64::from(*v)),
            Self::Readings(readings, _) => readings.get(at).filter(|r| r.known == Known::Exactly).map(|r| r.num),
            Self::Empty => None,
        }
    }

    const fn den(self) -> i64 {
        match self {
            Self::Readings(_, den) => den,
            Self::Values(_) | Self::Empty => 1,
        }
    }
}

/// What several hours add up to.
struct Tally {
    count: i64,
    sum: i64,
    least: i64,
    most: i64,
}

impl Tally {
    /// Too few hours leave a maximum that the true one can only exceed, and so on; a mean says nothing then. A sum is
    /// of precipitation, which is never below zero.
    fn reading(&self, fold: Fold, enough: bool, den: i64) -> Reading {
        if self.count == 0 {
            return Reading::NOTHING;
        }
        let (num, den, otherwise) = match fold {
            Fold::Mean => (self.sum, den * self.count, Known::Nothing),
            Fold::Sum => (self.sum, den, Known::AtLeast),
            Fold::Max => (self.most, den, Known::AtLeast),
            Fold::Min => (self.least, den, Known::AtMost),
        };
        Reading { num, den, known: if enough { Known::Exactly } else { otherwise } }
    }
}

/// The value that a comparison looks at, for stretches of hours in order.
pub(super) fn readings(quantity: Quantity, context: &Context<'_>, mut visit: impl FnMut(Range<usize>, Reading)) {
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
                    visit(at..at + 1, Reading::whole(i64::from(*value), Known::Exactly));
                }
            }
        }
        Quantity::Hour(source) => {
            let column = if source == Source::Ozone8h { context.ozone() } else { context.hourly_indexes() };
            for (at, reading) in column.iter().enumerate() {
                visit(at..at + 1, *reading);
            }
        }
        Quantity::Day(fold, source) => {
            for (day, reading) in context.each_day(fold, source) {
                visit(day.hours.clone(), reading);
            }
        }
        Quantity::Aqi => {
            for (day, index) in context.days.iter().zip(context.indexes()) {
                visit(day.hours.clone(), index.as_ref().map_or(Reading::NOTHING, published));
            }
        }
        Quantity::Trailing(fold, source, hours) => {
            trailing(fold, context.lane(source), count(hours), context.series.hours, visit);
        }
    }
}

/// The AQI where the standard publishes one; else the largest index of those present, which it can only exceed.
fn published(index: &Index) -> Reading {
    let largest = || index.items.iter().filter_map(|item| item.iaqi).max();
    match (index.aqi, largest()) {
        (Some(aqi), _) => Reading::whole(i64::from(aqi) * 1000, Known::Exactly),
        (None, Some(aqi)) => Reading::whole(i64::from(aqi) * 1000, Known::AtLeast),
        (None, None) => Reading::NOTHING,
    }
}

pub(super) fn daily(fold: Fold, source: Source, day: &Day, context: &Context<'_>) -> Reading {
    if source == Source::Ozone8h {
        return if fold == Fold::Max { daily_ozone(day, context) } else { Reading::NOTHING };
    }
    let lane = context.lane(source);
    let mut tally = Tally { count: 0, sum: 0, least: i64::MAX, most: i64::MIN };
    for value in (0..24).filter_map(|hour| lane.get(day.midnight + hour)) {
        tally.count += 1;
        tally.sum += value;
        tally.least = tally.least.min(value);
        tally.most = tally.most.max(value);
    }
    tally.reading(fold, tally.count >= signed(day.validity.day_hours), lane.den())
}

/// The largest eight-hour mean among the windows that lie within the day (GB 3095-2026, 3.9).
fn daily_ozone(day: &Day, context: &Context<'_>) -> Reading {
    let lane = context.lane(Source::Variable(Variable::O3));
    let mut last = EightHours::default();
    let (mut windows, mut largest) = (0, i64::MIN);
    for hour in 0..24 {
        let leaves = if hour < 8 { None } else { lane.get(day.midnight + hour - 8) };
        last.pass(lane.get(day.midnight + hour), leaves);
        if let Some(mean) = last.mean(&day.validity).filter(|_| hour >= 7) {
            windows += 1;
            largest = largest.max(mean);
        }
    }
    if windows == 0 {
        return Reading::NOTHING;
    }
    let enough = windows >= day.validity.o3_8h_windows;
    Reading { num: largest, den: EIGHT_HOURS, known: if enough { Known::Exactly } else { Known::AtLeast } }
}

/// Windows of `hours` hours, each ending with its hour. Three quarters of the hours must be present; hours before the
/// series are missing.
fn trailing(fold: Fold, lane: Lane<'_>, hours: usize, end: usize, mut visit: impl FnMut(Range<usize>, Reading)) {
    // The candidates for the largest (or the smallest, negated) value, largest first, each with its place.
    let mut candidates: VecDeque<(usize, i64)> = VecDeque::new();
    let sign = if fold == Fold::Min { -1 } else { 1 };
    let mut tally = Tally { count: 0, sum: 0, least: 0, most: 0 };
    for at in 0..end {
        if let Some(value) = lane.get(signed(at)) {
            tally.count += 1;
            tally.sum += value;
            while candidates.back().is_some_and(|(_, other)| *other <= sign * value) {
                candidates.pop_back();
            }
            candidates.push_back((at, sign * value));
        }
        if let Some(value) = lane.get(signed(at) - signed(hours)) {
            tally.count -= 1;
            tally.sum -= value;
        }
        while candidates.front().is_some_and(|(place, _)| place + hours <= at) {
            candidates.pop_front();
        }
        let first = candidates.front().map_or(0, |(_, value)| sign * value);
        (tally.least, tally.most) = (first, first);
        visit(at..at + 1, tally.reading(fold, 4 * tally.count >= 3 * signed(hours), lane.den()));
    }
}
