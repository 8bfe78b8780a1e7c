//! What conditions are evaluated on, and what can be worked out from it once for all rules.
//!
//! In: a region's series, the zone, the standards, and what else is known. Out: hourly columns and daily indexes,
//! worked out when first asked for. Can't happen: a day or an hour outside the series that reads as a value.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::NaiveDate;

use super::reading::{EIGHT_HOURS, Known, Lane, Reading, Sliding, Tally, published, signed};
use super::{Fold, Source, Tier};
use cuofeng_air::forecast::{Series, Variable};
use cuofeng_aqi::{Averaging, Index, Milli, Pollutant, Standard, Standards, Validity, round_05up};
use cuofeng_base::time::{Hour, Period, Zone};

/// An official order in force for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderSpan {
    /// From its first hour to its end.
    pub period: Period,
    /// Its tier.
    pub tier: Tier,
}

/// How many hot spots count in an hour within so many metres; nothing where it is not known.
pub type Fires<'a> = dyn Fn(Hour, u32) -> Option<u32> + Sync + 'a;

/// Whether a day is a working day; nothing where the calendar does not say.
pub type Workdays<'a> = dyn Fn(NaiveDate) -> Option<bool> + Sync + 'a;

/// What conditions are evaluated on. Make one a region and use it for every rule: it keeps what it has worked out.
pub struct Context<'a> {
    /// The region's series.
    pub series: &'a Series,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The AQI standards.
    pub standards: &'a Standards,
    pub(super) orders: &'a [OrderSpan],
    pub(super) fires: Option<&'a Fires<'a>>,
    pub(super) workdays: Option<&'a Workdays<'a>>,
    pub(super) days: Vec<Day>,
    /// Local clock hour of the first hour.
    pub(super) clock: usize,
    /// First hour that has not come, counted from the first hour of the series.
    pub(super) come: i64,
    indexes: OnceLock<Vec<Option<Index>>>,
    hourly_indexes: OnceLock<Vec<Reading>>,
    ozone: OnceLock<Vec<Reading>>,
    /// Values of each local day, by what is worked out of its hours.
    daily: Mutex<Vec<(Worked, Arc<[Reading]>)>>,
    /// What was worked out of another series, and until when this one agrees with it.
    known: Option<(&'a Self, Hour)>,
    /// Which day of those known from the other series each of these is, where the two agree on it.
    known_days: OnceLock<Vec<Option<usize>>>,
    /// What each day's index comes to.
    published: OnceLock<Vec<Reading>>,
}

/// What is worked out of the hours of days.
type Worked = (Fold, Source);

/// A local day that the series reaches into.
pub(super) struct Day {
    pub(super) date: NaiveDate,
    /// Where its first hour is, counted from the first hour of the series: below zero for a day begun before it.
    pub(super) midnight: i64,
    /// Its hours in the series.
    pub(super) hours: Range<usize>,
    pub(super) validity: Validity,
}

impl<'a> Context<'a> {
    /// A context without orders, hot spots or a calendar: no order is in force, the other two are unknown.
    #[must_use]
    pub fn new(series: &'a Series, zone: &'a Zone, standards: &'a Standards) -> Self {
        let clock = usize::try_from(zone.clock(series.first)).unwrap_or(0);
        let count = if series.hours == 0 { 0 } else { (clock + series.hours).div_ceil(24) };
        let dates = zone.day_of(series.first).iter_days().take(count);
        let day = |(number, date): (usize, NaiveDate)| Day {
            date,
            midnight: signed(24 * number) - signed(clock),
            hours: (24 * number).saturating_sub(clock)..(24 * (number + 1) - clock).min(series.hours),
            validity: standards.on(date).map_or(Validity::GB_3095, |standard| standard.validity),
        };
        Self {
            series,
            zone,
            standards,
            orders: &[],
            fires: None,
            workdays: None,
            days: dates.enumerate().map(day).collect(),
            clock,
            come: series.present.0.saturating_sub(series.first.0),
            indexes: OnceLock::new(),
            hourly_indexes: OnceLock::new(),
            ozone: OnceLock::new(),
            daily: Mutex::new(Vec::new()),
            known: None,
            known_days: OnceLock::new(),
            published: OnceLock::new(),
        }
    }

    /// With the official orders of the region.
    #[must_use]
    pub fn with_orders(mut self, orders: &'a [OrderSpan]) -> Self {
        self.orders = orders;
        self
    }

    /// With hot spots.
    #[must_use]
    pub fn with_fires(mut self, fires: &'a Fires<'a>) -> Self {
        self.fires = Some(fires);
        self
    }

    /// With the calendar of working days.
    #[must_use]
    pub fn with_workdays(mut self, workdays: &'a Workdays<'a>) -> Self {
        self.workdays = Some(workdays);
        self
    }

    /// With what was worked out of another series without daily forecasts, all of whose hours are over, and with which this
    /// one agrees in all hours before `until`. Days that are over here too are taken over.
    #[must_use]
    pub const fn with_known(mut self, known: &'a Self, until: Hour) -> Self {
        self.known = Some((known, until));
        self
    }

    /// The index of a local day, by its number.
    pub(super) fn index(&self, number: usize) -> Option<&Index> {
        if let (Some((known, _)), Some(place)) = (self.known, self.known_day(number)) {
            return known.index(place);
        }
        let new = |(number, day): (usize, &Day)| {
            let is_new = self.known_day(number).is_none();
            is_new.then(|| self.series.daily_index(day.date, self.zone, self.standards)).flatten()
        };
        let indexes = self.indexes.get_or_init(|| self.days.iter().enumerate().map(new).collect());
        indexes.get(number)?.as_ref()
    }

    /// What the index of each local day comes to.
    pub(super) fn published(&self) -> &[Reading] {
        self.published.get_or_init(|| {
            let known = |number| self.known?.0.published().get(self.known_day(number)?).copied();
            let new = |number| self.index(number).map_or(Reading::NOTHING, published);
            (0..self.days.len()).map(|number| known(number).unwrap_or_else(|| new(number))).collect()
        })
    }

    /// What the hours of each local day come to.
    pub(super) fn each_day(&self, fold: Fold, source: Source) -> impl Iterator<Item = (&Day, Reading)> {
        // An hour's index looks at hours of the day before.
        let is_of_day = matches!(source, Source::Variable(_) | Source::Ozone8h);
        let all = self.known.filter(|_| is_of_day).map(|(known, _)| known.all_daily(fold, source));
        self.days.iter().enumerate().map(move |(number, day)| {
            let known = all.as_ref().and_then(|all| all.get(self.known_day(number)?).copied());
            (day, known.unwrap_or_else(|| daily(fold, source, day, self)))
        })
    }

    fn all_daily(&self, fold: Fold, source: Source) -> Arc<[Reading]> {
        let mut all = self.daily.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = all.iter().find(|(of, _)| *of == (fold, source)) {
            return Arc::clone(found);
        }
        let new: Arc<[Reading]> = self.days.iter().map(|day| daily(fold, source, day, self)).collect();
        all.push(((fold, source), Arc::clone(&new)));
        new
    }

    /// Which day of those known from another series a day is, if the two agree on it and on the hours that its eight-hour
    /// means reach into, and all of them have come.
    fn known_day(&self, number: usize) -> Option<usize> {
        let (known, until) = self.known?;
        let days = self.known_days.get_or_init(|| {
            let place = |day: &Day| {
                let (first, end) = self.reach(day);
                let agrees = self.series.first <= first && end <= until && end <= self.series.present;
                let first = known.days.first().filter(|_| agrees)?.date;
                usize::try_from((day.date - first).num_days()).ok().filter(|place| *place < known.days.len())
            };
            self.days.iter().map(place).collect()
        });
        days.get(number).copied().flatten()
    }

    /// The hours that the values of a day look at.
    fn reach(&self, day: &Day) -> (Hour, Hour) {
        let midnight = self.series.first + day.midnight;
        let [first, last] = day.validity.o3_8h_starts;
        (midnight + first.min(0), midnight + (last + 8).max(24))
    }

    /// The AQI of each hour, in thousandths.
    pub(super) fn hourly_indexes(&self) -> &[Reading] {
        self.hourly_indexes.get_or_init(|| {
            let mut out = Vec::with_capacity(self.series.hours);
            for day in &self.days {
                let standard = self.standards.on(day.date);
                let reading = |at| standard.map_or(Reading::NOTHING, |standard| self.hourly_index(standard, at));
                out.extend(day.hours.clone().map(reading));
            }
            out
        })
    }

    fn hourly_index(&self, standard: &Standard, at: usize) -> Reading {
        let index = standard.index_of(Averaging::Hour, |pollutant| self.concentration(pollutant, at).into());
        let whole = |aqi: u16, known| Reading::whole(i64::from(aqi) * 1000, known);
        // Where the concentrations give no whole index, the one that the feed states itself: it can't be smaller than
        // what is known of it.
        let stated = self.lane(Source::Variable(Variable::AqiHour)).get(signed(at));
        match (index.largest(), stated) {
            (Some(aqi), _) if index.whole() => whole(aqi, Known::Exactly),
            (largest, Some(stated)) => {
                Reading::whole(stated.max(i64::from(largest.unwrap_or(0)) * 1000), Known::Exactly)
            }
            (Some(aqi), None) => whole(aqi, Known::AtLeast),
            (None, None) => Reading::NOTHING,
        }
    }

    fn concentration(&self, pollutant: Pollutant, at: usize) -> Option<Milli> {
        if pollutant == Pollutant::O38h {
            let mean = self.ozone().get(at).filter(|reading| reading.known == Known::Exactly)?;
            return Some(round_05up(mean.num, mean.den));
        }
        self.lane(Source::Variable(variable_of(pollutant))).get(signed(at))
    }

    /// The mean of ozone over the eight hours that end with each hour.
    pub(super) fn ozone(&self) -> &[Reading] {
        self.ozone.get_or_init(|| {
            let lane = self.lane(Source::Variable(Variable::O3));
            let mut out = Vec::with_capacity(self.series.hours);
            let mut last = Sliding::default();
            for day in &self.days {
                for at in day.hours.clone() {
                    last.pass(lane.get(signed(at)), lane.get(signed(at) - 8));
                    let hours = signed(at) - 7..=signed(at);
                    let open = hours.filter(|at| *at >= self.come && lane.get(*at).is_none()).count();
                    out.push(last.mean(&day.validity, open));
                }
            }
            out
        })
    }

    pub(super) fn lane(&self, source: Source) -> Lane<'_> {
        match source {
            Source::Variable(variable) => {
                self.series.values(variable).map_or(Lane::Empty, |values| Lane::Values(values, variable))
            }
            Source::Ozone8h => Lane::Readings(self.ozone(), EIGHT_HOURS),
            Source::AqiHour => Lane::Readings(self.hourly_indexes(), 1),
            Source::Fires(_) => Lane::Empty,
        }
    }
}

/// The hourly variable that a pollutant is worked out from.
pub(super) const fn variable_of(pollutant: Pollutant) -> Variable {
    match pollutant {
        Pollutant::So2 | Pollutant::So224h => Variable::So2,
        Pollutant::No2 => Variable::No2,
        Pollutant::Co => Variable::Co,
        Pollutant::O3 | Pollutant::O38h => Variable::O3,
        Pollutant::Pm10 => Variable::Pm10,
        Pollutant::Pm25 => Variable::Pm25,
    }
}

/// What the hours of a day come to.
fn daily(fold: Fold, source: Source, day: &Day, context: &Context<'_>) -> Reading {
    if source == Source::Ozone8h {
        return if fold == Fold::Max { daily_ozone(day, context) } else { Reading::NOTHING };
    }
    let lane = context.lane(source);
    let mut tally = Tally { count: 0, sum: 0, least: i64::MAX, most: i64::MIN, open: 0, bound: None };
    for at in day.midnight..day.midnight + 24 {
        let Some(value) = lane.get(at) else {
            tally.open += i64::from(at >= context.come);
            tally.bound = tally.bound.max(lane.bound(at));
            continue;
        };
        tally.count += 1;
        tally.sum += value;
        tally.least = tally.least.min(value);
        tally.most = tally.most.max(value);
    }
    tally.reading(fold, |count| count >= signed(day.validity.day_hours), 24, lane)
}

/// The largest eight-hour mean of the day, of the windows that the index looks at.
fn daily_ozone(day: &Day, context: &Context<'_>) -> Reading {
    let midnight = context.series.first + day.midnight;
    let Some(largest) = context.series.largest_8h(Variable::O3, midnight, &day.validity) else {
        return Reading::NOTHING;
    };
    let known = if largest.whole { Known::Exactly } else { Known::AtLeast };
    Reading { num: largest.sum, den: largest.count, known }
}
