//! Values that conditions look at: exact, or bounds of what is not wholly known.
//!
//! In: a quantity and a context. Out: for every hour a [`Reading`]. Can't happen: a mean that was rounded before it was
//! compared; a maximum of too few hours that reads as the true one; a concentration compared otherwise than the standard
//! compares it; hours still to come that count as missing ones.

use super::tri::Tri;
use super::{Fold, Operator, Test};
use cuofeng_air::forecast::{MISSING, Variable};
use cuofeng_aqi::{Index, Validity, round_half_even};

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

    /// A concentration as the standard compares it: rounded once, from the exact value.
    pub(super) fn rounded(self, step: Option<i64>) -> Self {
        let Some(step) = step.filter(|_| self.known != Known::Nothing) else { return self };
        Self::whole(round_half_even(self.num, self.den.saturating_mul(step)) * step, self.known)
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
pub(super) struct Sliding {
    sum: i64,
    count: i64,
}

impl Sliding {
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

    /// The mean as a fraction of [`EIGHT_HOURS`], if enough hours are present. Where hours are `open`, to come and not
    /// forecast, it is what the others come to over all eight.
    pub(super) fn mean(&self, validity: &Validity, open: usize) -> Reading {
        let reading = |num, known| Reading { num, den: EIGHT_HOURS, known };
        match open {
            _ if self.count == 0 || self.count + signed(open) < signed(validity.o3_8h_hours) => Reading::NOTHING,
            0 => reading(self.sum * (EIGHT_HOURS / self.count), Known::Exactly),
            _ => reading(self.sum * (EIGHT_HOURS / 8), Known::AtLeast),
        }
    }
}

/// Hourly values by place in the series; only those that are known exactly.
#[derive(Clone, Copy)]
pub(super) enum Lane<'a> {
    Values(&'a [i32], Variable),
    Readings(&'a [Reading], i64),
    Empty,
}

impl Lane<'_> {
    pub(super) fn get(self, at: i64) -> Option<i64> {
        let at = usize::try_from(at).ok()?;
        match self {
            Self::Values(values, _) => values.get(at).filter(|v| **v != MISSING).map(|v| i64::from(*v)),
            Self::Readings(readings, _) => readings.get(at).filter(|r| r.known == Known::Exactly).map(|r| r.num),
            Self::Empty => None,
        }
    }

    /// What an hour that is not known exactly is no smaller than.
    pub(super) fn bound(self, at: i64) -> Option<i64> {
        let Self::Readings(readings, _) = self else { return None };
        let reading = readings.get(usize::try_from(at).ok()?)?;
        (reading.known == Known::AtLeast).then_some(reading.num)
    }

    pub(super) const fn den(self) -> i64 {
        match self {
            Self::Readings(_, den) => den,
            Self::Values(..) | Self::Empty => 1,
        }
    }

    /// Whether no value can be below zero.
    pub(super) const fn is_amount(self) -> bool {
        !matches!(self, Self::Values(_, Variable::Temperature))
    }
}

/// What several hours add up to.
pub(super) struct Tally {
    pub(super) count: i64,
    pub(super) sum: i64,
    pub(super) least: i64,
    pub(super) most: i64,
    /// How many of them are missing and have not come.
    pub(super) open: i64,
    /// The largest that an hour which is not known exactly is no smaller than.
    pub(super) bound: Option<i64>,
}

impl Tally {
    /// Too few hours leave a maximum that the true one can only exceed, and so on; so do hours that are still to come,
    /// however many are there. A mean says nothing then, unless those to come make it one and no hour can be below zero:
    /// they can only add to its sum. A sum is of precipitation, which is never below zero.
    pub(super) fn reading(&self, fold: Fold, enough: impl Fn(i64) -> bool, hours: i64, lane: Lane<'_>) -> Reading {
        let den = lane.den();
        if let (Fold::Max, Some(bound)) = (fold, self.bound)
            && (self.count == 0 || bound > self.most)
        {
            return Reading { num: bound, den, known: Known::AtLeast };
        }
        if self.count == 0 {
            return Reading::NOTHING;
        }
        let (num, den, known) = match (fold, enough(self.count) && self.open == 0) {
            (Fold::Mean, true) => (self.sum, den * self.count, Known::Exactly),
            (Fold::Mean, false) if self.open > 0 && enough(self.count + self.open) && lane.is_amount() => {
                (self.sum, den * hours, Known::AtLeast)
            }
            (Fold::Mean, false) => return Reading::NOTHING,
            (Fold::Sum, true) => (self.sum, den, Known::Exactly),
            (Fold::Sum, false) => (self.sum, den, Known::AtLeast),
            (Fold::Max, true) => (self.most, den, Known::Exactly),
            (Fold::Max, false) => (self.most, den, Known::AtLeast),
            (Fold::Min, true) => (self.least, den, Known::Exactly),
            (Fold::Min, false) => (self.least, den, Known::AtMost),
        };
        Reading { num, den, known }
    }
}

/// The AQI where all that it needs is there; else the largest index of those present, which it can only exceed, whether
/// or not the standard has it published.
pub(super) fn published(index: &Index) -> Reading {
    let whole = |aqi: u16, known| Reading::whole(i64::from(aqi) * 1000, known);
    match (index.aqi, index.largest()) {
        (Some(aqi), _) if index.whole() => whole(aqi, Known::Exactly),
        (_, Some(aqi)) => whole(aqi, Known::AtLeast),
        (_, None) => Reading::NOTHING,
    }
}

pub(super) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn count(hours: u32) -> usize {
    usize::try_from(hours).unwrap_or(usize::MAX)
}
