//! One standard as its file in `rules/standards/` states it, and the choice among several.
//!
//! In: the file's text. Out: a [`Standard`] whose tables have been checked. Can't happen: a table whose figures do not
//! rise or whose unit the program can't reach; a standard that governs a day unless its file says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::breakpoints::{Above, Axis, Breakpoints, Column, Fault, Manner, Rounding, Span, Whole};
use super::number::{parse_milli, parse_milli_cut};
use super::{Averaging, Concentration, Index, Item, Level, Milli, Pollutant, Statistic, Unit, Validity};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// How a standard comes to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Chosen {
    /// By the date of the data.
    Date,
    /// Only where its identifier is named.
    Name,
}

/// What a missing pollutant does to the AQI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Missing {
    /// The AQI of the others stands.
    Others,
    /// The AQI of the others stands only above 100 (HJ 633-2026, 5.3.1).
    #[serde(rename = "above-100")]
    Above100,
}

/// A document whose limits an index of 100 stands for, in each language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title: String,
    #[serde(default)]
    limits: Option<Limits>,
    chosen: Chosen,
    #[serde(default)]
    from: Option<NaiveDate>,
    #[serde(default)]
    until: Option<NaiveDate>,
    scale: Axis,
    concentration: Rounding,
    index: Whole,
    step: String,
    above: Above,
    missing: Missing,
    primary_above: u16,
    #[serde(default)]
    molar_volume: Option<String>,
    #[serde(default)]
    day: BTreeMap<Pollutant, Column>,
    #[serde(default)]
    hour: BTreeMap<Pollutant, Column>,
    validity: Validity,
    level: Vec<Level>,
}

/// By pollutant, in the order of [`Pollutant::ALL`].
type Tables = [Option<Breakpoints>; Pollutant::ALL.len()];

/// One AQI standard, read from a file under `rules/standards/`.
#[derive(Debug, Clone)]
pub struct Standard {
    /// Identifier, as on the command line.
    pub id: String,
    /// The document's number.
    pub title: String,
    limits: Option<Limits>,
    /// When a mean counts.
    pub validity: Validity,
    chosen: Chosen,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    scale: Vec<Span>,
    rounding: Rounding,
    missing: Missing,
    primary_above: u16,
    day: Tables,
    hour: Tables,
    level: Vec<Level>,
    /// What the index can do without, by pollutant.
    spared: [bool; Pollutant::ALL.len()],
}

/// Why a file of `rules/standards/` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Not the shape of a standard.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// The scale does not rise, or a pollutant's breakpoints do not rise, leave gaps or outnumber the scale.
    #[error("breakpoints of {0} must be plain figures, rise by whole steps, leave no gap, and not outnumber the scale")]
    Breakpoints(&'static str),
    /// A unit that does not fit the pollutant, or a gas in ppm or ppb without molar mass and molar volume.
    #[error("the unit of {0} does not fit, or its molar mass or the molar volume is missing")]
    Unit(&'static str),
    /// The counts of the validity section do not fit in a day.
    #[error("the counts of validity must fit in a day")]
    Validity,
    /// The levels do not rise to the end of the scale.
    #[error("levels must rise to the end of the scale")]
    Levels,
}

impl StandardError {
    /// In words of the reader's language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Toml(error) => msg!("site.not_toml", error = error.message()),
            Self::Breakpoints(pollutant) => msg!("site.standard_breakpoints", pollutant = *pollutant),
            Self::Unit(pollutant) => msg!("site.standard_unit", pollutant = *pollutant),
            Self::Validity => msg!("site.standard_validity"),
            Self::Levels => msg!("site.standard_levels"),
        }
    }
}

impl Standard {
    /// Reads a standard and checks that its tables can be used.
    pub fn parse(source: &str) -> Result<Self, StandardError> {
        let file: File = toml::from_str(source).map_err(StandardError::Toml)?;
        let scale = scale(&file.scale).ok_or(StandardError::Breakpoints("scale"))?;
        let manner = Manner {
            scale: &scale,
            rounding: file.concentration,
            whole: file.index,
            above: file.above,
            step: parse_milli(&file.step).ok_or(StandardError::Breakpoints("step"))?,
            molar_volume: file.molar_volume.as_deref().and_then(parse_milli),
        };
        let (day, hour) = (tables(file.day, &manner)?, tables(file.hour, &manner)?);
        let ends: Vec<i64> = file.level.iter().map(|l| i64::from(l.upto)).collect();
        let rise = ends.iter().zip(ends.iter().skip(1)).all(|(a, b)| a < b);
        if !rise || ends.last() != scale.last().map(|(_, end)| end) {
            return Err(StandardError::Levels);
        }
        if !file.validity.fits() {
            return Err(StandardError::Validity);
        }
        Ok(Self {
            id: file.id,
            title: file.title,
            limits: file.limits,
            validity: file.validity,
            chosen: file.chosen,
            from: file.from,
            until: file.until,
            rounding: file.concentration,
            missing: file.missing,
            primary_above: file.primary_above,
            level: file.level,
            scale,
            day,
            hour,
            spared: [false; Pollutant::ALL.len()],
        })
    }

    /// The same for a place whose index needs only some pollutants: those that are not watched there because they are
    /// never the primary one (HJ 633-2026, 5.3.2).
    #[must_use]
    pub fn needing(mut self, needs: impl Fn(Pollutant) -> bool) -> Self {
        self.spared = Pollutant::ALL.map(|pollutant| !needs(pollutant));
        self
    }

    /// Whether the index is not known as long as a pollutant is missing.
    fn needs(&self, pollutant: Pollutant) -> bool {
        !self.spared.get(pollutant as usize).copied().unwrap_or(false)
    }

    /// The pollutants of the standard's daily index that the place does without.
    pub fn left_out(&self) -> impl Iterator<Item = Pollutant> + '_ {
        self.pollutants(Averaging::Day).filter(|pollutant| !self.needs(*pollutant))
    }

    /// Whether the standard governs data of `day`: never, where it is used only by name.
    #[must_use]
    pub fn governs(&self, day: NaiveDate) -> bool {
        self.chosen == Chosen::Date
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day < until)
    }

    /// The document that has a concentration for its limit, in words; nothing where the figure is no such limit. Of hours
    /// there are limits for gases alone.
    #[must_use]
    pub fn limit(&self, averaging: Averaging, pollutant: Pollutant, figure: Milli, lang: Lang) -> Option<&str> {
        let particles = matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25);
        let limits = self.limits.as_ref().filter(|_| averaging == Averaging::Day || !particles)?;
        let index = |figure| self.iaqi(averaging, pollutant, figure);
        let ends = index(figure) == Some(100) && index(figure + 1000).is_none_or(|above| above > 100);
        ends.then_some(match lang {
            Lang::Zh => limits.zh.as_str(),
            Lang::En => limits.en.as_str(),
        })
    }

    /// The pollutants the standard indexes in this averaging period.
    pub fn pollutants(&self, averaging: Averaging) -> impl Iterator<Item = Pollutant> + '_ {
        Pollutant::ALL.into_iter().filter(move |p| self.table(averaging, *p).is_some())
    }

    fn table(&self, averaging: Averaging, pollutant: Pollutant) -> Option<&Breakpoints> {
        let tables = match averaging {
            Averaging::Day => &self.day,
            Averaging::Hour => &self.hour,
        };
        tables.get(pollutant as usize)?.as_ref()
    }

    /// The unit in which the standard states a pollutant's table.
    #[must_use]
    pub fn unit(&self, averaging: Averaging, pollutant: Pollutant) -> Option<Unit> {
        self.table(averaging, pollutant).map(|table| table.unit)
    }

    /// Which value of a day's hours the pollutant's daily index is worked out from.
    #[must_use]
    pub fn statistic(&self, pollutant: Pollutant) -> Statistic {
        self.table(Averaging::Day, pollutant).map_or(pollutant.usual(), |table| table.statistic)
    }

    /// Whether the index is no number on a scale but the ordinal of its level.
    #[must_use]
    pub fn ordinal(&self) -> bool {
        self.scale.iter().all(|(from, to)| from == to)
    }

    /// The scale's end. Where a standard goes on beyond it, the index is above.
    #[must_use]
    pub fn end(&self) -> u16 {
        self.level.last().map_or(0, |level| level.upto)
    }

    /// Reads a concentration, cutting further digits off where the standard truncates.
    #[must_use]
    pub fn parse_concentration(&self, text: &str) -> Option<Milli> {
        match self.rounding {
            Rounding::HalfEven => parse_milli(text),
            Rounding::Truncate => parse_milli_cut(text),
        }
    }

    /// The individual index of a concentration in thousandths of µg/m³ (mg/m³ for CO): turned into the standard's
    /// unit, rounded, interpolated and made whole as the standard says. Nothing for a negative concentration, a
    /// pollutant without a table, or a value outside the table that the standard does not index.
    #[must_use]
    pub fn iaqi(&self, averaging: Averaging, pollutant: Pollutant, concentration: Milli) -> Option<u16> {
        let table = self.table(averaging, pollutant)?;
        table.index(table.rounded_mass(concentration))
    }

    /// The same for a concentration in thousandths of the standard's own unit (see [`Standard::unit`]).
    #[must_use]
    pub fn iaqi_own(&self, averaging: Averaging, pollutant: Pollutant, concentration: Milli) -> Option<u16> {
        let table = self.table(averaging, pollutant)?;
        table.index(table.rounded(concentration))
    }

    /// The AQI of a set of concentrations in thousandths of µg/m³ (mg/m³ for CO); none = missing.
    #[must_use]
    pub fn index(&self, averaging: Averaging, concentrations: &[(Pollutant, Option<Milli>)]) -> Index {
        self.largest(averaging, |pollutant| given(concentrations, pollutant), Breakpoints::rounded_mass)
    }

    /// The same where of some concentrations only a lower bound is known.
    #[must_use]
    pub fn index_of(&self, averaging: Averaging, concentration: impl Fn(Pollutant) -> Concentration) -> Index {
        self.largest(averaging, concentration, Breakpoints::rounded_mass)
    }

    /// The same for concentrations in thousandths of the standard's own units.
    #[must_use]
    pub fn index_own(&self, averaging: Averaging, concentrations: &[(Pollutant, Option<Milli>)]) -> Index {
        self.largest(averaging, |pollutant| given(concentrations, pollutant), Breakpoints::rounded)
    }

    fn largest(
        &self,
        averaging: Averaging,
        value: impl Fn(Pollutant) -> Concentration,
        rounded: fn(&Breakpoints, Milli) -> Milli,
    ) -> Index {
        let mut items = Vec::with_capacity(Pollutant::ALL.len());
        let mut missing = Vec::new();
        for pollutant in self.pollutants(averaging) {
            let Some(table) = self.table(averaging, pollutant) else { continue };
            let value = value(pollutant);
            if !matches!(value, Concentration::Is(_)) && self.needs(pollutant) {
                missing.push(pollutant);
            }
            if let Concentration::Is(c) | Concentration::AtLeast(c) = value {
                let concentration = rounded(table, c);
                items.push(Item { pollutant, concentration, unit: table.unit, iaqi: table.index(concentration) });
            }
        }
        let largest = items.iter().filter_map(|i| i.iaqi).max();
        let publish = missing.is_empty() || self.missing == Missing::Others;
        let aqi = largest.filter(|aqi| publish || *aqi > 100);
        let primary = match aqi {
            Some(top) if top > self.primary_above => {
                items.iter().filter(|i| i.iaqi == Some(top)).map(|i| i.pollutant).collect()
            }
            _ => Vec::new(),
        };
        Index { aqi, items, primary, missing, graded: None }
    }

    /// Whether one of the pollutants that `of` names is a primary one of an index; nothing where what is missing decides.
    #[must_use]
    pub fn is_primary(&self, index: &Index, of: impl Fn(Pollutant) -> bool) -> Option<bool> {
        let named = || index.primary.iter().any(|pollutant| of(*pollutant));
        if index.items.is_empty() {
            // As its publisher states it: an index that has a primary pollutant and names none leaves it open.
            let has_one = index.aqi? > self.primary_above;
            return if has_one && index.primary.is_empty() { None } else { Some(has_one && named()) };
        }
        if index.whole() {
            return Some(named());
        }
        let own = index.items.iter().filter(|item| of(item.pollutant)).filter_map(|item| item.iaqi).max();
        // Nothing is above the scale's end: who stands there is primary whatever is missing.
        if own.is_some_and(|own| own >= self.end()) && own == index.largest() {
            return Some(true);
        }
        let open = index.missing.iter().any(|pollutant| of(*pollutant));
        let below = own.is_none_or(|own| own <= self.primary_above || Some(own) < index.largest());
        (!open && below).then_some(false)
    }

    /// The level of an AQI; above the scale's end the last.
    #[must_use]
    pub fn level(&self, aqi: u16) -> Option<&Level> {
        self.level.iter().find(|l| aqi <= l.upto).or_else(|| self.level.last())
    }

    /// The ordinal of an AQI's level, the best being 1.
    #[must_use]
    pub fn level_number(&self, aqi: u16) -> usize {
        self.level.iter().position(|l| aqi <= l.upto).map_or(self.level.len(), |i| i + 1)
    }

    /// The levels of a range of the AQI: their name, or the names of the first and the last.
    #[must_use]
    pub fn levels_words(&self, low: u16, high: u16, lang: Lang) -> String {
        match (self.level(low), self.level(high)) {
            (Some(first), Some(last)) if first != last => format!("{}～{}", first.words(lang), last.words(lang)),
            (_, last) => last.map_or_else(String::new, |level| level.words(lang).to_owned()),
        }
    }

    /// The lowest and the highest index of the levels from one ordinal to another, the best being 1; nothing for an
    /// ordinal that the standard does not have.
    #[must_use]
    pub fn level_range(&self, from: i64, to: i64) -> Option<[u16; 2]> {
        let place = |ordinal: i64| usize::try_from(ordinal).ok()?.checked_sub(1);
        let end = |place: usize| self.level.get(place).map(|level| level.upto);
        let low = match place(from)? {
            0 => 0,
            place => end(place - 1)?.checked_add(1)?,
        };
        let high = end(place(to)?)?;
        (low <= high).then_some([low, high])
    }

    /// How many levels there are.
    #[must_use]
    pub fn level_count(&self) -> usize {
        self.level.len()
    }
}

/// A pollutant's concentration in a list.
fn given(list: &[(Pollutant, Option<Milli>)], pollutant: Pollutant) -> Concentration {
    list.iter().find(|(other, _)| *other == pollutant).and_then(|(_, value)| *value).into()
}

/// The index figures of the scale's bands, which must rise and fit.
fn scale(axis: &Axis) -> Option<Vec<Span>> {
    let (0, spans) = axis.spans()? else { return None };
    let whole = spans.iter().all(|(from, to)| from % 1000 == 0 && to % 1000 == 0 && *to < 1_000_000 && from <= to);
    let rise = spans.iter().zip(spans.iter().skip(1)).all(|((_, end), (from, to))| end <= from && end < to);
    (whole && rise).then(|| spans.iter().map(|(from, to)| (from / 1000, to / 1000)).collect())
}

fn tables(columns: BTreeMap<Pollutant, Column>, manner: &Manner<'_>) -> Result<Tables, StandardError> {
    let mut tables = Tables::default();
    for (pollutant, column) in columns {
        let table = Breakpoints::new(pollutant, column, manner).map_err(|fault| match fault {
            Fault::Bands => StandardError::Breakpoints(pollutant.name()),
            Fault::Unit => StandardError::Unit(pollutant.name()),
        })?;
        if let Some(place) = tables.get_mut(pollutant as usize) {
            *place = Some(table);
        }
    }
    Ok(tables)
}

/// The standards that a site knows; the one for a day is chosen by date.
#[derive(Debug, Clone, Default)]
pub struct Standards(pub Vec<Standard>);

impl Standards {
    /// The standard that governs data of `day`.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Standard> {
        self.0.iter().find(|s| s.governs(day))
    }

    /// The same for a place whose index needs only some pollutants.
    #[must_use]
    pub fn needing(self, needs: impl Fn(Pollutant) -> bool) -> Self {
        Self(self.0.into_iter().map(|standard| standard.needing(&needs)).collect())
    }

    /// The standard with this identifier.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Standard> {
        self.0.iter().find(|s| s.id == id)
    }
}
