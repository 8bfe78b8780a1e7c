//! One pollutant's table: bands of concentration against bands of index.
//!
//! In: a concentration in thousandths, in the unit that the program keeps or in the table's own. Out: the
//! concentration as the standard rounds it, and its index. Can't happen: a value on the table's grid between two
//! bands, because bands meet or leave exactly one step; an overflow, because every factor is bounded when read.

use serde::Deserialize;

use super::number::{LARGEST, Milli, parse_milli, round_half_even};
use super::{Pollutant, Statistic, Unit};

/// How a concentration becomes a multiple of the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rounding {
    /// To the nearest, ties to the even one (GB/T 8170).
    HalfEven,
    /// Further digits are cut off (EPA).
    Truncate,
}

/// How an interpolated index becomes an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whole {
    /// To the next integer (HJ 633).
    Up,
    /// To the nearest integer, a half up (EPA).
    Nearest,
}

/// What happens above a table's last band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Above {
    /// The index stays at the last band's end.
    End,
    /// There is no index.
    None,
    /// The last band's line goes on.
    Line,
    /// The band that the scale has next.
    Next,
}

/// From, to: both belong to the band.
pub(super) type Span = (i64, i64);

/// Spans as a file writes them: points that neighbours share, or spans as a document prints them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Axis {
    #[serde(default)]
    at: Vec<i64>,
    #[serde(default)]
    bands: Vec<String>,
}

impl Axis {
    /// How many dashes stand at the beginning, and the spans after them in thousandths. Nothing where a figure can't be
    /// read or the file gives both forms or neither.
    pub(super) fn spans(&self) -> Option<(usize, Vec<Span>)> {
        match (self.at.len(), self.bands.len()) {
            (2.., 0) => {
                let milli = |v: &i64| (0..=LARGEST / 1000).contains(v).then(|| *v * 1000);
                let points: Vec<i64> = self.at.iter().map(milli).collect::<Option<_>>()?;
                Some((0, points.iter().copied().zip(points.iter().copied().skip(1)).collect()))
            }
            (0, 1..) => {
                let dashes = self.bands.iter().take_while(|cell| *cell == "-").count();
                let spans: Vec<Span> = self.bands.iter().skip(dashes).map(|c| span(c)).collect::<Option<_>>()?;
                Some((dashes, spans))
            }
            _ => None,
        }
    }
}

/// `0.055-0.070`, or a single figure.
fn span(cell: &str) -> Option<Span> {
    let (from, to) = cell.split_once('-').unwrap_or((cell, cell));
    Some((parse_milli(from)?, parse_milli(to)?))
}

/// A pollutant's table as a file writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    #[serde(default)]
    at: Vec<i64>,
    #[serde(default)]
    bands: Vec<String>,
    unit: Option<Unit>,
    molar_mass: Option<String>,
    step: Option<String>,
    above: Option<Above>,
    statistic: Option<Statistic>,
}

/// What a file says once for all its tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner<'a> {
    pub(super) scale: &'a [Span],
    pub(super) rounding: Rounding,
    pub(super) whole: Whole,
    pub(super) above: Above,
    /// Thousandths.
    pub(super) step: Milli,
    /// Thousandths of a litre per mole.
    pub(super) molar_volume: Option<Milli>,
}

/// Why a table can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Bands,
    Unit,
}

#[derive(Debug, Clone, Copy)]
struct Band {
    from: Milli,
    to: Milli,
    low: u16,
    high: u16,
}

/// Table's unit = program's unit × numerator / denominator.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    numerator: i64,
    denominator: i64,
}

/// A pollutant's table, checked.
#[derive(Debug, Clone)]
pub(super) struct Breakpoints {
    bands: Vec<Band>,
    step: Milli,
    rounding: Rounding,
    whole: Whole,
    above: Above,
    /// The index of the scale's next band.
    next: Option<u16>,
    ratio: Option<Ratio>,
    pub(super) unit: Unit,
    pub(super) statistic: Statistic,
}

impl Breakpoints {
    /// Checks a table: bands rise on the step's grid, meet or leave one step, and do not outnumber the scale.
    pub(super) fn new(pollutant: Pollutant, column: Column, manner: &Manner<'_>) -> Result<Self, Fault> {
        let step = column.step.as_deref().map_or(Some(manner.step), parse_milli).filter(|s| (1..=100_000).contains(s));
        let step = step.ok_or(Fault::Bands)?;
        let unit = column.unit.unwrap_or(pollutant.unit());
        let ratio = ratio(pollutant, unit, column.molar_mass.as_deref(), manner.molar_volume)?;
        let (dashes, spans) = Axis { at: column.at, bands: column.bands }.spans().ok_or(Fault::Bands)?;
        let length = dashes + spans.len();
        let next = manner.scale.get(length).map(|(low, _)| index(*low));
        let above = column.above.unwrap_or(manner.above);
        if length > manner.scale.len() || above == Above::Next && next.is_none() {
            return Err(Fault::Bands);
        }
        let mut bands: Vec<Band> = Vec::with_capacity(spans.len());
        for ((from, to), (low, high)) in spans.into_iter().zip(manner.scale.iter().skip(dashes)) {
            let meets = bands.last().is_none_or(|last| from == last.to || from == last.to + step);
            if from < 0 || from >= to || from % step != 0 || to % step != 0 || !meets {
                return Err(Fault::Bands);
            }
            bands.push(Band { from, to, low: index(*low), high: index(*high) });
        }
        if bands.is_empty() {
            return Err(Fault::Bands);
        }
        let statistic = column.statistic.unwrap_or(pollutant.usual());
        let (rounding, whole) = (manner.rounding, manner.whole);
        Ok(Self { bands, step, rounding, whole, above, next, ratio, unit, statistic })
    }

    /// A concentration in the table's own unit, as the standard rounds it.
    pub(super) fn rounded(&self, own: Milli) -> Milli {
        let own = own.clamp(-LARGEST, LARGEST);
        match self.rounding {
            Rounding::HalfEven => round_half_even(own, self.step) * self.step,
            Rounding::Truncate => own / self.step * self.step,
        }
    }

    /// A concentration in the program's unit, as the standard rounds it in its own.
    pub(super) fn rounded_mass(&self, mass: Milli) -> Milli {
        let Some(Ratio { numerator, denominator }) = self.ratio else { return self.rounded(mass) };
        let mass = mass.clamp(-LARGEST, LARGEST);
        let steps = match self.rounding {
            Rounding::HalfEven => round_half_even(mass * numerator, denominator * self.step),
            // A stored thousandth stands for up to one thousandth more: without it a whole step of the table's unit,
            // converted by a feed and back here, would be cut to the step below.
            Rounding::Truncate => (mass + 1) * numerator / (denominator * self.step),
        };
        (steps * self.step).clamp(-LARGEST, LARGEST)
    }

    /// The index of a rounded concentration.
    pub(super) fn index(&self, c: Milli) -> Option<u16> {
        if c < 0 {
            return None;
        }
        let Some(band) = self.bands.iter().find(|band| c <= band.to) else {
            let last = self.bands.last()?;
            return match self.above {
                Above::End => Some(last.high),
                Above::None => None,
                Above::Line => Some(self.on(last, c)),
                Above::Next => self.next,
            };
        };
        (band.from <= c).then(|| self.on(band, c))
    }

    /// The index on a band's line.
    fn on(&self, band: &Band, c: Milli) -> u16 {
        let (low, run) = (i64::from(band.low), band.to - band.from);
        let rise = (i64::from(band.high) - low) * (c - band.from);
        let steps = match self.whole {
            Whole::Up => rise.div_euclid(run) + i64::from(rise.rem_euclid(run) != 0),
            Whole::Nearest => (2 * rise + run).div_euclid(2 * run),
        };
        u16::try_from(low + steps).unwrap_or(u16::MAX)
    }
}

/// A figure of the scale, which was checked to fit.
fn index(figure: i64) -> u16 {
    u16::try_from(figure).unwrap_or(u16::MAX)
}

/// From the program's unit to the table's: none where they are the same. At `volume` litres per mole a gas of molar
/// mass M has volume / M ppb to the µg/m³, and as many ppm to the mg/m³.
fn ratio(pollutant: Pollutant, unit: Unit, mass: Option<&str>, volume: Option<Milli>) -> Result<Option<Ratio>, Fault> {
    let per_thousand = match (pollutant.unit(), unit) {
        (kept, own) if kept == own => return if mass.is_none() { Ok(None) } else { Err(Fault::Unit) },
        (Unit::Microgram, Unit::Ppb) | (Unit::Milligram, Unit::Ppm) => 1,
        (Unit::Microgram, Unit::Ppm) => 1000,
        _ => return Err(Fault::Unit),
    };
    let fine = |v: &Milli| (1..=1_000_000).contains(v);
    let mass = mass.and_then(parse_milli).filter(fine).ok_or(Fault::Unit)?;
    let numerator = volume.filter(fine).ok_or(Fault::Unit)?;
    Ok(Some(Ratio { numerator, denominator: mass * per_thousand }))
}
