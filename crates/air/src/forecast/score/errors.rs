//! Errors of a forecast: bias, mean absolute error, root mean square error, correlation.
//!
//! In: pairs of forecast and observation in thousandths. Out: figures in the unit. Can't happen: a sum that loses
//! digits, because sums are integers and only the last step is a floating-point one; an error without a pair.

use std::fmt;

use crate::forecast::Variable;

/// Hours in one lead group.
const GROUP_HOURS: i64 = 24;

/// Number of the last group, which has no end.
const LAST_GROUP: i64 = 5;

/// Lead hours in groups of a day: 0–23, 24–47, … 96–119, 120 and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadGroup(i64);

impl LeadGroup {
    /// The group of a lead in hours (the hour forecast minus the hour of issue).
    #[must_use]
    pub const fn of(lead: i64) -> Self {
        let group = lead.div_euclid(GROUP_HOURS);
        Self(if group > LAST_GROUP { LAST_GROUP } else { group })
    }

    /// Its first lead hour.
    #[must_use]
    pub const fn first(self) -> i64 {
        self.0 * GROUP_HOURS
    }

    /// Its last lead hour; none for the group without end.
    #[must_use]
    pub const fn last(self) -> Option<i64> {
        if self.0 < LAST_GROUP { Some(self.first() + GROUP_HOURS - 1) } else { None }
    }
}

impl fmt::Display for LeadGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last() {
            Some(last) => write!(f, "{}-{last}", self.first()),
            None => write!(f, "{}+", self.first()),
        }
    }
}

/// The errors of one variable in one lead group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourlyScore {
    /// Which variable.
    pub variable: Variable,
    /// Which leads.
    pub group: LeadGroup,
    /// The errors, in the variable's unit.
    pub errors: Errors,
}

/// Errors over a number of pairs, in the unit of what was forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Number of pairs, at least 1.
    pub n: u64,
    /// Mean of the forecasts.
    pub mean_forecast: f64,
    /// Mean of the observations.
    pub mean_observed: f64,
    /// Mean of forecast minus observation.
    pub bias: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root mean square error.
    pub rmse: f64,
    /// Pearson's correlation; none where either side never changes.
    pub correlation: Option<f64>,
}

/// Sums over fewer than 2³² pairs, so that no product of a count and a sum of squares leaves 127 bits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    n: u32,
    forecast: i128,
    observed: i128,
    forecast_squares: i128,
    observed_squares: i128,
    products: i128,
    absolute: i128,
}

impl Tally {
    /// Counts a pair in thousandths; beyond 2³² − 1 pairs it stops counting.
    pub(super) fn add(&mut self, forecast: i32, observed: i32) {
        let Some(n) = self.n.checked_add(1) else { return };
        let (f, o) = (i128::from(forecast), i128::from(observed));
        self.n = n;
        self.forecast += f;
        self.observed += o;
        self.forecast_squares += f * f;
        self.observed_squares += o * o;
        self.products += f * o;
        self.absolute += (f - o).abs();
    }

    /// The errors; none without a pair.
    pub(super) fn errors(&self) -> Option<Errors> {
        if self.n == 0 {
            return None;
        }
        let mean = |sum: i128| float(sum) / 1000.0 / f64::from(self.n);
        let squares = self.forecast_squares - 2 * self.products + self.observed_squares;
        let n = i128::from(self.n);
        let forecast_spread = n * self.forecast_squares - self.forecast * self.forecast;
        let observed_spread = n * self.observed_squares - self.observed * self.observed;
        let common = n * self.products - self.forecast * self.observed;
        let changing = forecast_spread > 0 && observed_spread > 0;
        Some(Errors {
            n: u64::from(self.n),
            mean_forecast: mean(self.forecast),
            mean_observed: mean(self.observed),
            bias: mean(self.forecast - self.observed),
            mae: mean(self.absolute),
            rmse: (float(squares) / f64::from(self.n)).sqrt() / 1000.0,
            correlation: changing.then(|| {
                (float(common) / float(forecast_spread).sqrt() / float(observed_spread).sqrt()).clamp(-1.0, 1.0)
            }),
        })
    }
}

/// An exact sum as a statistic.
#[expect(clippy::cast_precision_loss)]
fn float(sum: i128) -> f64 {
    sum as f64
}

/// `part / whole`; none where the whole is nothing.
#[expect(clippy::cast_precision_loss)]
pub(super) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
