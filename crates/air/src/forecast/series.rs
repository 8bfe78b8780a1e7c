//! The one series per region that rules look at.
//!
//! In: runs and observations, laid from the least to the most trusted. Out: every hour of every variable, and where
//! it came from. Can't happen: a missing hour that reads as a number; a value without an origin.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::profile::concentration;
use super::{Column, Columns, MISSING, Outlook, Profiles, Run, Take, Variable, profile};
use cuofeng_aqi::{
    Averaging, Concentration, Index, Milli, Pollutant, Standard, Standards, Statistic, Validity, round_05up,
    round_half_even,
};
use cuofeng_base::time::{Hour, Period, Zone};

/// Where a value of a [`Series`] came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Measured.
    Observed {
        /// The feed that brought it.
        feed: String,
    },
    /// A forecast: the current run, or for past hours the last run that covered them.
    Forecast {
        /// The feed that brought it.
        feed: String,
        /// When that run was made.
        issued_at: DateTime<Utc>,
    },
    /// A daily forecast, spread over the hours by a shape of `rules/profiles.toml`.
    Shaped {
        /// The feed that brought it.
        feed: String,
        /// When that run was made.
        issued_at: DateTime<Utc>,
        /// Identifier of the shape.
        profile: String,
    },
}

impl Origin {
    /// The feed that brought it.
    #[must_use]
    pub fn feed(&self) -> &str {
        match self {
            Self::Observed { feed } | Self::Forecast { feed, .. } | Self::Shaped { feed, .. } => feed,
        }
    }

    /// When the forecast was made; nothing for what was measured.
    #[must_use]
    pub const fn issued_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Observed { .. } => None,
            Self::Forecast { issued_at, .. } | Self::Shaped { issued_at, .. } => Some(*issued_at),
        }
    }
}

/// What is known of one region, hour by hour: the past as observed or last forecast, the future as forecast.
#[derive(Debug, Clone)]
pub struct Series {
    /// Region identifier.
    pub region: String,
    /// First hour.
    pub first: Hour,
    /// Number of hours.
    pub hours: usize,
    /// First hour that has not come. What is missing before it is missing for good, and the standard's rules on missing
    /// data count; what is missing from it on may still be forecast or measured.
    pub present: Hour,
    tracks: Vec<Option<Track>>,
    origins: Vec<Origin>,
    outlooks: BTreeMap<NaiveDate, (Outlook, u16)>,
    /// Which value of a stated range counts.
    take: Take,
}

#[derive(Debug, Clone)]
struct Track {
    values: Vec<i32>,
    origin: Vec<u16>,
}

impl Series {
    /// An empty series of `hours` hours from `first`, all of which have come.
    #[must_use]
    pub fn new(region: impl Into<String>, first: Hour, hours: usize) -> Self {
        let tracks = vec![None; Variable::ALL.len()];
        let (origins, outlooks) = (Vec::new(), BTreeMap::new());
        let (region, present) = (region.into(), Hour(i64::MAX));
        Self { region, first, hours, present, tracks, origins, outlooks, take: Take::default() }
    }

    /// The same at a moment: the hours from `present` on have not come.
    #[must_use]
    pub const fn seen_at(mut self, present: Hour) -> Self {
        self.present = present;
        self
    }

    /// Lays `columns` over what is there: every present value replaces the one below it.
    /// Lay runs from the oldest to the newest, then observations.
    pub fn lay(&mut self, columns: &Columns, origin: &Origin) {
        let Some(mark) = self.mark(origin) else { return };
        self.lay_marked(columns, mark);
    }

    /// Lays a run: its hours, below them what `profiles` make of its outlooks, and the outlooks themselves. Days and
    /// hours from `until` on are left out (a run that is too old says nothing of the future).
    pub fn lay_run(&mut self, run: &Run, profiles: &Profiles, standards: &Standards, zone: &Zone, until: Option<Hour>) {
        let (feed, issued_at) = (run.feed.clone(), run.issued_at);
        self.take = profiles.value;
        let own = Origin::Forecast { feed: feed.clone(), issued_at };
        for outlook in &run.days {
            if until.is_some_and(|until| zone.first_hour(outlook.day) + 24 > until) {
                continue;
            }
            for (columns, profile) in profiles.hours(outlook, standards, zone) {
                self.lay(&columns, &Origin::Shaped { feed: feed.clone(), issued_at, profile });
            }
            if let Some(mark) = self.mark(&own) {
                self.outlooks.insert(outlook.day, (outlook.clone(), mark));
            }
        }
        match until {
            None => self.lay(&run.columns, &own),
            Some(until) => {
                let keep = |c: &Column| usize::try_from(until - c.first).unwrap_or(0).min(c.values.len());
                let cut = |c: &Column| Column { first: c.first, values: c.values[..keep(c)].to_vec() };
                self.lay(&run.columns.iter().map(|(v, c)| (*v, cut(c))).collect(), &own);
            }
        }
    }

    /// The hours `[first, first + hours)` of it without its daily forecasts; missing ones outside.
    #[must_use]
    pub fn part(&self, first: Hour, hours: usize) -> Self {
        let mut part = Self::new(self.region.as_str(), first, hours);
        part.origins.clone_from(&self.origins);
        let start = usize::try_from(first - self.first).ok();
        let inside = start.and_then(|start| Some(start..start.checked_add(hours).filter(|end| *end <= self.hours)?));
        for ((slot, track), variable) in part.tracks.iter_mut().zip(&self.tracks).zip(Variable::ALL) {
            *slot = track.as_ref().map(|track| {
                if let Some(inside) = &inside {
                    let (values, origin) = (&track.values[inside.clone()], &track.origin[inside.clone()]);
                    return Track { values: values.to_vec(), origin: origin.to_vec() };
                }
                let end = first + i64::try_from(hours).unwrap_or(0);
                let origin = (first.0..end.0).map(|hour| {
                    let place = usize::try_from(hour - self.first.0).ok();
                    place.and_then(|place| track.origin.get(place)).copied().unwrap_or(0)
                });
                Track { values: self.window(variable, first, end).into_owned(), origin: origin.collect() }
            });
        }
        part
    }

    /// Lays the hours `[from, until)` of another series over what is there.
    pub fn lay_span(&mut self, other: &Self, from: Hour, until: Hour, origin: &Origin) {
        let Some(mark) = self.mark(origin) else { return };
        // The hours that both series have.
        let end = self.first + i64::try_from(self.hours).unwrap_or(0);
        let (from, until) = (from.max(self.first), until.min(end));
        let Ok(at) = usize::try_from(from - self.first) else { return };
        for (number, variable) in Variable::ALL.iter().enumerate().filter(|_| from < until) {
            if other.tracks.get(number).is_none_or(Option::is_none) {
                continue;
            }
            let own = self.tracks[number]
                .get_or_insert_with(|| Track { values: vec![MISSING; self.hours], origin: vec![0; self.hours] });
            let theirs = other.window(*variable, from, until);
            for ((value, slot), origin) in theirs.iter().zip(&mut own.values[at..]).zip(&mut own.origin[at..]) {
                if *value != MISSING {
                    (*slot, *origin) = (*value, mark);
                }
            }
        }
    }

    /// The number of an origin, later ones larger.
    fn mark(&mut self, origin: &Origin) -> Option<u16> {
        if self.origins.last() != Some(origin) {
            self.origins.push(origin.clone());
        }
        u16::try_from(self.origins.len() - 1).ok()
    }

    fn lay_marked(&mut self, columns: &Columns, mark: u16) {
        for (variable, column) in columns {
            let track = self.tracks[*variable as usize]
                .get_or_insert_with(|| Track { values: vec![MISSING; self.hours], origin: vec![0; self.hours] });
            let shift = column.first - self.first;
            let skip = usize::try_from(-shift).unwrap_or(0);
            let at = usize::try_from(shift).unwrap_or(0);
            for (i, value) in column.values.iter().skip(skip).enumerate() {
                let Some(slot) = track.values.get_mut(at + i) else { break };
                if *value != MISSING {
                    *slot = *value;
                    track.origin[at + i] = mark;
                }
            }
        }
    }

    /// The values of a variable, one an hour from `first`; nothing where no run or observation had the variable.
    #[must_use]
    pub fn values(&self, variable: Variable) -> Option<&[i32]> {
        self.tracks[variable as usize].as_ref().map(|t| t.values.as_slice())
    }

    /// The value of an hour.
    #[must_use]
    pub fn value(&self, variable: Variable, hour: Hour) -> Option<i32> {
        let index = usize::try_from(hour - self.first).ok()?;
        self.values(variable)?.get(index).copied().filter(|v| *v != MISSING)
    }

    /// Where the value of an hour came from.
    #[must_use]
    pub fn origin(&self, variable: Variable, hour: Hour) -> Option<&Origin> {
        self.value(variable, hour)?;
        let index = usize::try_from(hour - self.first).ok()?;
        let track = self.tracks[variable as usize].as_ref()?;
        self.origins.get(usize::from(*track.origin.get(index)?))
    }

    /// Local days of which the series holds at least one hour.
    #[must_use]
    pub fn days(&self, zone: &Zone) -> Vec<NaiveDate> {
        if self.hours == 0 {
            return Vec::new();
        }
        let last = zone.day_of(self.first + (i64::try_from(self.hours).unwrap_or(1) - 1));
        zone.day_of(self.first).iter_days().take_while(|d| *d <= last).collect()
    }

    /// Whether any daily forecast is in it.
    #[must_use]
    pub fn has_outlooks(&self) -> bool {
        !self.outlooks.is_empty()
    }

    /// What the most trusted daily forecast says of a day, and where it came from.
    #[must_use]
    pub fn outlook(&self, day: NaiveDate) -> Option<(&Outlook, &Origin)> {
        let (outlook, mark) = self.outlooks.get(&day)?;
        Some((outlook, self.origins.get(usize::from(*mark))?))
    }

    /// Every origin of the hours of a period and of the outlooks of its days, the earliest laid first.
    #[must_use]
    pub fn origins_in(&self, first: Hour, hours: usize, zone: &Zone) -> Vec<&Origin> {
        let from = usize::try_from(first - self.first).unwrap_or(0);
        let mut marks: Vec<u16> = Vec::new();
        for track in self.tracks.iter().flatten() {
            let hours = track.values.iter().zip(&track.origin).skip(from).take(hours);
            marks.extend(hours.filter(|(value, _)| **value != MISSING).map(|(_, mark)| *mark));
        }
        if hours > 0 {
            let last = first + (i64::try_from(hours).unwrap_or(1) - 1);
            let days = self.outlooks.range(zone.day_of(first)..=zone.day_of(last));
            marks.extend(days.map(|(_, (_, mark))| *mark));
        }
        marks.sort_unstable();
        marks.dedup();
        marks.into_iter().filter_map(|mark| self.origins.get(usize::from(mark))).collect()
    }

    /// The runs that say anything of the local days of periods, by feed and issue time.
    #[must_use]
    pub fn runs_behind(&self, periods: &[Period], zone: &Zone) -> BTreeSet<(String, DateTime<Utc>)> {
        let mut runs = BTreeSet::new();
        for period in periods {
            let first = zone.first_hour(zone.day(period.start));
            let end = zone.first_hour(zone.day(period.end - Duration::seconds(1))) + 24;
            let hours = usize::try_from(end - first).unwrap_or(0);
            let origins = self.origins_in(first, hours, zone).into_iter();
            runs.extend(origins.filter_map(|origin| Some((origin.feed().to_owned(), origin.issued_at()?))));
        }
        runs
    }

    /// The AQI of a local day by the standard that governs the day. Where a daily forecast states it, what it states (a
    /// stated range by the end that the profiles take), unless more trusted hours of air quality come to a whole index, or
    /// prove more than was stated.
    #[must_use]
    pub fn daily_index(&self, day: NaiveDate, zone: &Zone, standards: &Standards) -> Option<Index> {
        let computed = || self.computed_index(day, zone, standards);
        let Some((stated, is_overlaid)) = self.stated_index(day, zone, standards) else { return computed() };
        let Some(computed) = is_overlaid.then(computed).flatten() else { return Some(stated) };
        Some(if computed.whole() || computed.largest() > stated.aqi { computed } else { stated })
    }

    /// The daily forecast of a day whose stated index is the day's ([`Series::daily_index`]), and where it came from;
    /// nothing where the index is worked out here.
    #[must_use]
    pub fn stated(&self, day: NaiveDate, zone: &Zone, standards: &Standards) -> Option<(&Outlook, &Origin)> {
        let index = self.daily_index(day, zone, standards)?;
        let stands = index.aqi.is_some() && index.items.is_empty();
        self.outlook(day).filter(|(outlook, _)| stands && (outlook.aqi.is_some() || index.graded.is_some()))
    }

    /// What a daily forecast states, and whether more trusted hours lie over some of the day. Concentrations that stand
    /// beside levels are more exact than those.
    fn stated_index(&self, day: NaiveDate, zone: &Zone, standards: &Standards) -> Option<(Index, bool)> {
        let (outlook, stated) = self.outlooks.get(&day)?;
        let (aqi, graded) = stated_aqi(outlook, self.take, standards)?;
        let from = usize::try_from(zone.first_hour(day) - self.first).ok()?;
        let trusted = Variable::AIR.iter().filter_map(|v| self.tracks[*v as usize].as_ref()).any(|track| {
            let hours = track.values.iter().zip(&track.origin).skip(from).take(24);
            hours.filter(|(value, _)| **value != MISSING).any(|(_, mark)| mark > stated)
        });
        let primary = if aqi > 50 { outlook.primary.clone() } else { Vec::new() };
        let exact = graded.is_some() && !outlook.concentrations.is_empty();
        let index = Index { aqi: Some(aqi), items: Vec::new(), primary, missing: Vec::new(), graded };
        Some((index, trusted || exact))
    }

    fn computed_index(&self, day: NaiveDate, zone: &Zone, standards: &Standards) -> Option<Index> {
        let standard = standards.on(day)?;
        Some(standard.index_of(Averaging::Day, |pollutant| self.daily(pollutant, day, zone, standard)))
    }

    /// The concentration that stands for a pollutant on a local day by the standard: its mean, its largest hour or its
    /// largest eight-hour mean. Nothing where the standard calls the day's value invalid; of an ozone day with too few
    /// means the largest where it is above the limit.
    #[must_use]
    pub fn daily_concentration(
        &self,
        pollutant: Pollutant,
        day: NaiveDate,
        zone: &Zone,
        standard: &Standard,
    ) -> Option<Milli> {
        match self.daily(pollutant, day, zone, standard) {
            Concentration::Is(value) => Some(value),
            Concentration::AtLeast(value) => {
                let above = round_half_even(value, 1000) > standard.validity.o3_8h_limit;
                (above && standard.statistic(pollutant) == Statistic::Max8h).then_some(value)
            }
            Concentration::Missing => None,
        }
    }

    /// What is known of the concentration that stands for a pollutant on a local day. An hour that has not come and is
    /// not forecast leaves a lower bound: the day is not finished, however many of its hours are there.
    #[must_use]
    pub fn daily(&self, pollutant: Pollutant, day: NaiveDate, zone: &Zone, standard: &Standard) -> Concentration {
        let (variable, validity) = (profile::variable(pollutant), &standard.validity);
        let midnight = zone.first_hour(day);
        let statistic = standard.statistic(pollutant);
        if statistic == Statistic::Max8h {
            let Some(largest) = self.largest_8h(variable, midnight, validity) else { return Concentration::Missing };
            let value = round_05up(largest.sum, largest.count);
            return if largest.whole { Concentration::Is(value) } else { Concentration::AtLeast(value) };
        }
        let hours = self.window(variable, midnight, midnight + 24);
        let present = || hours.iter().filter(|v| **v != MISSING).map(|v| i64::from(*v));
        let (count, sum) = present().fold((0, 0), |(count, sum), value| (count + 1, sum + value));
        let (open, count_of) = (self.open(&hours, midnight), usize::try_from(count).unwrap_or(0));
        let (enough, reaches) = (count_of >= validity.day_hours, count_of + open >= validity.day_hours);
        match (statistic, present().max()) {
            (_, None) => Concentration::Missing,
            (Statistic::Mean, _) if enough && open == 0 => Concentration::Is(round_05up(sum, count)),
            // No hour is below zero: those to come can only add to the sum.
            (Statistic::Mean, _) if open > 0 && reaches => Concentration::AtLeast(round_05up(sum, 24)),
            (Statistic::Mean, _) => Concentration::Missing,
            (_, Some(largest)) if enough && open == 0 => Concentration::Is(largest),
            (_, Some(largest)) => Concentration::AtLeast(largest),
        }
    }

    /// The largest eight-hour mean of a variable among the windows of the day that begins at `midnight`: in China those
    /// that lie within it (GB 3095-2026, 3.9). Nothing where no window has enough hours.
    #[must_use]
    pub fn largest_8h(&self, variable: Variable, midnight: Hour, validity: &Validity) -> Option<EightHours> {
        let [first, last] = validity.o3_8h_starts;
        let hours = self.window(variable, midnight + first, midnight + (last + 8));
        let (largest, windows) = largest_8h(&hours, validity, self.come(midnight + first))?;
        let whole = windows >= validity.o3_8h_windows && self.open(&hours, midnight + first) == 0;
        Some(EightHours { sum: largest.0, count: largest.1, whole })
    }

    /// How many hours from `first` on have come.
    fn come(&self, first: Hour) -> usize {
        usize::try_from(self.present.0.saturating_sub(first.0)).unwrap_or(0)
    }

    /// How many of the hours from `first` on are missing and have not come.
    fn open(&self, hours: &[i32], first: Hour) -> usize {
        hours.iter().skip(self.come(first)).filter(|value| **value == MISSING).count()
    }

    /// The values of the hours `[from, until)`, missing ones outside the series.
    #[must_use]
    pub fn window(&self, variable: Variable, from: Hour, until: Hour) -> Cow<'_, [i32]> {
        let values = self.values(variable).unwrap_or(&[]);
        let (start, end) = (from - self.first, until - self.first);
        let place = |at: i64| usize::try_from(at).ok();
        if let Some(inside) = place(start).zip(place(end)).and_then(|(start, end)| values.get(start..end)) {
            return Cow::Borrowed(inside);
        }
        let mut window = vec![MISSING; place(end - start).unwrap_or(0)];
        let inside = values.get(place(start).unwrap_or(0)..place(end).unwrap_or(0).min(values.len())).unwrap_or(&[]);
        if let Some(slots) = window.get_mut(place(-start).unwrap_or(0)..) {
            slots.iter_mut().zip(inside).for_each(|(slot, value)| *slot = *value);
        }
        Cow::Owned(window)
    }
}

/// The stated index, by the standard that governs the day: as it stands where the publisher's standard means the same by
/// it; else through the concentration of the one primary pollutant; else nothing. Where only levels are stated, with the
/// ends of their range.
fn stated_aqi(outlook: &Outlook, take: Take, standards: &Standards) -> Option<(u16, Option<[u16; 2]>)> {
    let governing = standards.on(outlook.day)?;
    let publisher = match &outlook.standard {
        Some(id) => standards.by_id(id)?,
        None => governing,
    };
    let (range, of_levels) = outlook.index(publisher)?;
    let governed = |aqi: i64| {
        let same = |p| concentration(publisher, p, aqi) == concentration(governing, p, aqi);
        if publisher.id == governing.id || governing.pollutants(Averaging::Day).all(same) {
            return u16::try_from(aqi).ok();
        }
        let [primary] = outlook.primary.as_slice() else { return None };
        let primary = if *primary == Pollutant::O3 { Pollutant::O38h } else { *primary };
        governing.iaqi(Averaging::Day, primary, concentration(publisher, primary, aqi)?)
    };
    let aqi = governed(take.of(range))?;
    let end = |end| governed(end).unwrap_or(aqi);
    Some((aqi, of_levels.then(|| [end(range.low()), end(range.high())])))
}

/// The largest eight-hour mean of a day, exactly: thousandths added up, and of how many hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EightHours {
    /// Sum of its hours.
    pub sum: i64,
    /// How many there are, 1 to 8.
    pub count: i64,
    /// Whether the day has as many means as its maximum needs and none is still to come; else it is a lower bound.
    pub whole: bool,
}

/// The largest eight-hour mean as sum and count, and how many windows have enough hours. A window of which hours from
/// `come` on are missing counts for what its hours come to over all eight: those to come can only add to it.
fn largest_8h(hours: &[i32], validity: &Validity, come: usize) -> Option<((i64, i64), usize)> {
    let (mut sum, mut present, mut open) = (0_i64, 0_i64, 0_i64);
    let mut largest: Option<(i64, i64)> = None;
    let mut windows = 0;
    let needed = i64::try_from(validity.o3_8h_hours).unwrap_or(8);
    for (at, entering) in hours.iter().enumerate() {
        if *entering == MISSING {
            open += i64::from(at >= come);
        } else {
            sum += i64::from(*entering);
            present += 1;
        }
        match at.checked_sub(8).and_then(|at| Some((at, hours.get(at)?))) {
            Some((at, value)) if *value == MISSING => open -= i64::from(at >= come),
            Some((_, value)) => (sum, present) = (sum - i64::from(*value), present - 1),
            None => {}
        }
        if at < 7 || present == 0 || present + open < needed {
            continue;
        }
        let enough = open == 0;
        windows += usize::from(enough);
        let count = if enough { present } else { 8 };
        if largest.is_none_or(|(most, of)| sum * of > most * count) {
            largest = Some((sum, count));
        }
    }
    Some((largest?, windows))
}

#[cfg(test)]
mod tests;
