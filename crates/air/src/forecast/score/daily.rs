//! Days forecast against days observed, by lead days.
//!
//! In: the runs of one feed, oldest first, and what was observed. Out: one [`LeadDay`] per lead. Can't happen: a day
//! that a run covers in part and that still counts; past that, the standard's validity rules decide for both sides alike.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Truth;
use super::errors::{Errors, Tally};
use super::shanghai::{self, LevelScore, OzoneScore, OzoneTally, RuleScore, RuleTally, Stated};
use crate::forecast::{Origin, Run, Series};
use cuofeng_aqi::{Milli, Pollutant, Standard, Standards};
use cuofeng_base::time::{Hour, Zone};

/// How the forecasts did that were made this many local days ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadDay {
    /// 0 for the day of issue, 1 for the next.
    pub lead: i64,
    /// The days, oldest first.
    pub pairs: Vec<DayPair>,
    /// Errors of the AQI.
    pub aqi: Option<Errors>,
    /// Errors of the day's largest eight-hour mean of ozone, µg/m³.
    pub o38h: Option<Errors>,
    /// Points of the Shanghai rule.
    pub rule: Option<RuleScore>,
    /// Threat scores by level of the AQI, the best level first.
    pub levels: Vec<LevelScore>,
    /// Ozone on afternoons in season.
    pub ozone: Option<OzoneScore>,
}

/// One day, forecast and observed. A stated range counts by its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPair {
    /// The local day.
    pub day: NaiveDate,
    /// The AQI: forecast, observed.
    pub aqi: Option<(u16, u16)>,
    concentrations: [Option<(i32, i32)>; Pollutant::ALL.len()],
}

impl DayPair {
    /// The value that usually stands for a pollutant on a day (of ozone over eight hours its largest mean), in thousandths
    /// of its unit: forecast, observed. Nothing for pollutants that nobody asked for.
    #[must_use]
    pub fn concentration(&self, pollutant: Pollutant) -> Option<(i32, i32)> {
        self.concentrations.get(pollutant as usize).copied().flatten()
    }
}

/// What hours come to on a local day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Day {
    pub aqi: Option<u16>,
    pub primary: Vec<Pollutant>,
    pub concentrations: Daily,
    pub afternoon: Option<Milli>,
}

/// What stands for each pollutant on a day, as far as it is asked for.
pub(super) type Daily = BTreeMap<Pollutant, Milli>;

/// What the hours of a series come to, with the concentrations of `asked`: the one function for forecasts and
/// observations.
pub(super) fn day(
    series: &Series,
    day: NaiveDate,
    zone: &Zone,
    standards: &Standards,
    asked: &BTreeSet<Pollutant>,
) -> Day {
    let Some(standard) = standards.on(day) else { return Day::default() };
    let index = series.daily_index(day, zone, standards);
    // A standard that takes another value of the day says nothing of the one that rules look at.
    let usual = asked.iter().filter(|p| standard.statistic(**p) == p.usual());
    let value = |p: &Pollutant| Some((*p, series.daily_concentration(*p, day, zone, standard)?));
    let concentrations = usual.filter_map(value).collect();
    let afternoon = shanghai::afternoon(series, day, zone);
    let (aqi, primary) = index.map_or((None, Vec::new()), |i| (i.aqi, i.primary));
    Day { aqi, primary, concentrations, afternoon }
}

/// What a feed said of a day.
#[derive(Debug, Clone, Default)]
pub(super) struct DayForecast {
    index: Option<Stated>,
    concentrations: Daily,
    afternoon: Option<Milli>,
}

/// What the runs say of each day, by lead days. A later run of the same day of issue replaces what it gives itself.
pub(super) fn forecasts(runs: &[&Run], truth: &Truth<'_>) -> BTreeMap<(i64, NaiveDate), DayForecast> {
    let mut out: BTreeMap<(i64, NaiveDate), DayForecast> = BTreeMap::new();
    for run in runs {
        let series = hours(run, truth);
        let mut days: BTreeSet<NaiveDate> = series.days(truth.zone).into_iter().collect();
        days.extend(run.days.iter().map(|o| o.day));
        for day in days.into_iter().filter(|d| truth.days.contains_key(d)) {
            let lead = truth.lead_days(run, day);
            let Some(standard) = truth.standards.on(day).filter(|_| lead >= 0) else { continue };
            let said = said(run, &series, day, truth, standard);
            let slot = out.entry((lead, day)).or_default();
            slot.index = said.index.or_else(|| slot.index.take());
            slot.concentrations.extend(said.concentrations);
            slot.afternoon = said.afternoon.or(slot.afternoon);
        }
    }
    out
}

/// The hours of a run alone, from its hour of issue on, within the days scored.
fn hours(run: &Run, truth: &Truth<'_>) -> Series {
    let (from, to) = run.span().unwrap_or((Hour(0), Hour(0)));
    let first = from.max(Hour::containing(run.issued_at)).max(truth.series.first);
    let count = usize::try_from(to.min(truth.end()) - first).unwrap_or(0);
    let mut series = Series::new("", first, count);
    series.lay(&run.columns, &Origin::Forecast { feed: String::new(), issued_at: run.issued_at });
    series
}

/// What a run says of a day: what it states itself, else what its hours come to where they span the whole day. Of part
/// of a day the validity rules let only an exceedance count, which would leave out every miss.
fn said(run: &Run, series: &Series, date: NaiveDate, truth: &Truth<'_>, standard: &Standard) -> DayForecast {
    let midnight = truth.zone.first_hour(date);
    let whole = series.first <= midnight && midnight + 24 <= series.first + i64::try_from(series.hours).unwrap_or(0);
    let mut hours = day(series, date, truth.zone, truth.standards, &truth.asked);
    if !whole {
        hours = Day { afternoon: hours.afternoon, ..Day::default() };
    }
    let outlook = run.days.iter().find(|o| o.day == date);
    let computed = || Stated::computed(hours.aqi?, &hours.primary, standard);
    let index = outlook.and_then(|o| Stated::published(o, standard)).or_else(computed);
    let stated = |p: &Pollutant| Some((*p, outlook?.concentration(*p)?));
    let mut concentrations = hours.concentrations;
    concentrations.extend(truth.asked.iter().filter_map(stated));
    DayForecast { index, concentrations, afternoon: hours.afternoon }
}

/// Lays the forecasts beside the observations.
pub(super) fn lead_days(forecasts: &BTreeMap<(i64, NaiveDate), DayForecast>, truth: &Truth<'_>) -> Vec<LeadDay> {
    let mut leads: BTreeMap<i64, Building> = BTreeMap::new();
    for ((lead, day), forecast) in forecasts {
        let (Some(observed), Some(standard)) = (truth.days.get(day), truth.standards.on(*day)) else { continue };
        leads.entry(*lead).or_default().add(*day, forecast, observed, standard);
    }
    leads.into_iter().map(|(lead, building)| building.finish(lead)).filter(|lead| !lead.is_empty()).collect()
}

impl LeadDay {
    fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.levels.is_empty() && self.ozone.is_none()
    }
}

#[derive(Debug, Default)]
struct Building {
    pairs: Vec<DayPair>,
    aqi: Tally,
    o38h: Tally,
    rule: RuleTally,
    ozone: OzoneTally,
}

impl Building {
    fn add(&mut self, day: NaiveDate, forecast: &DayForecast, observed: &Day, standard: &Standard) {
        let mut pair = DayPair { day, aqi: None, concentrations: Default::default() };
        if let (Some(stated), Some(aqi)) = (&forecast.index, observed.aqi) {
            self.rule.add(stated, aqi, &observed.primary, standard);
            if let Some(value) = stated.aqi {
                pair.aqi = Some((value, aqi));
                self.aqi.add(i32::from(value) * 1000, i32::from(aqi) * 1000);
            }
        }
        for (pollutant, value) in &forecast.concentrations {
            let seen = observed.concentrations.get(pollutant).and_then(|seen| i32::try_from(*seen).ok());
            let both = i32::try_from(*value).ok().zip(seen);
            if let (Some(place), Some(_)) = (pair.concentrations.get_mut(*pollutant as usize), both) {
                *place = both;
            }
        }
        if let Some((value, seen)) = pair.concentration(Pollutant::O38h) {
            self.o38h.add(value, seen);
        }
        if let (Some(value), Some(seen)) = (forecast.afternoon, observed.afternoon) {
            self.ozone.add(value, seen, standard);
        }
        if pair.aqi.is_some() || pair.concentrations.iter().any(Option::is_some) {
            self.pairs.push(pair);
        }
    }

    fn finish(self, lead: i64) -> LeadDay {
        let (rule, levels) = self.rule.finish();
        let (aqi, o38h) = (self.aqi.errors(), self.o38h.errors());
        LeadDay { lead, pairs: self.pairs, aqi, o38h, rule, levels, ozone: self.ozone.finish() }
    }
}
