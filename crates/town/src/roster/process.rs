//! Processes: what an enterprise runs, when, and with what emission.

use super::mir::{Mir, MixError};
use super::unit::Quantity::{self, Emission, Power, Yuan, YuanPerHour};
use super::unit::{self, UnitError};
use super::words::yes_or_no;
use cuofeng_aqi::{Milli, parse_milli};
use cuofeng_base::time::ClockHours;

/// A process of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Identifier, unique in the site.
    pub id: String,
    /// Name, as notices print it.
    pub name: String,
    /// Activity of the vocabulary in `sectors.toml`.
    pub activity: String,
    /// How it can be moved.
    pub kind: Kind,
    /// VOC while on, g/h (thousandths of kg/h).
    pub voc: Milli,
    /// `NOx` while on, g/h.
    pub nox: Milli,
    /// Ozone reactivity of its VOC, thousandths.
    pub reactivity: Milli,
    /// Power while on, W (thousandths of kW).
    pub power: Milli,
    /// Cost of a start, thousandths of a yuan.
    pub start_cost: Milli,
    /// Cost of an hour outside `usual`, thousandths of a yuan.
    pub disruption: Milli,
    /// Cost of an hour at night beside electricity, thousandths of a yuan.
    pub night_premium: Milli,
    /// Clock hours in which it may be on.
    pub allowed: ClockHours,
    /// Clock hours in which it normally runs.
    pub usual: ClockHours,
    /// Whether homes are so near that it may not run on at night.
    pub near_homes: bool,
    /// Whether it runs on working days only.
    pub workdays: bool,
    /// Where these figures come from.
    pub figures: Figures,
}

/// Where a process's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figures {
    /// The enterprise's own row in `processes.csv`.
    Confirmed,
    /// Its sector's defaults.
    SectorDefault,
}

/// How a process can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// May stop and go.
    Interruptible {
        /// Hours a day it must be on, 1–24.
        hours_per_day: u32,
        /// Once on, it stays on this many hours.
        min_on: u32,
        /// Once off, it stays off this many hours.
        min_off: u32,
    },
    /// Runs `duration` hours without a break.
    Batch {
        /// Length, hours.
        duration: u32,
        /// Batches that start each day.
        batches_per_day: u32,
    },
    /// Runs exactly its usual hours and can't move.
    Fixed,
}

impl Kind {
    /// Hours a day that it runs; none for a fixed process.
    #[must_use]
    pub const fn hours_per_day(self) -> Option<u32> {
        match self {
            Self::Interruptible { hours_per_day, .. } => Some(hours_per_day),
            Self::Batch { duration, batches_per_day } => Some(duration * batches_per_day),
            Self::Fixed => None,
        }
    }

    /// How many of its hours fit into `hours` of one day, counting only stretches long enough for a run or a batch.
    #[must_use]
    pub fn hours_that_fit(self, hours: ClockHours) -> u32 {
        let mut ranges = hours.ranges();
        // A stretch over midnight is one stretch.
        if let [(0, to), .., (from, 24)] = ranges[..]
            && to < from
        {
            ranges.pop();
            ranges[0] = (from, 24 + to);
        }
        let lengths = ranges.into_iter().map(|(from, to)| to - from);
        match self {
            Self::Interruptible { hours_per_day, min_on, .. } => {
                lengths.filter(|l| *l >= min_on).sum::<u32>().min(hours_per_day)
            }
            Self::Batch { duration, batches_per_day } => {
                lengths.map(|l| l / duration.max(1)).sum::<u32>().min(batches_per_day) * duration
            }
            Self::Fixed => 0,
        }
    }
}

/// Most mass an hour that one process gives off, thousandths of a kilogram: a refinery's stack has less. A larger figure is
/// one of another unit.
const MOST_EMISSION: Milli = 1_000_000;

/// A figure an hour of running, thousandths of its unit; 0 where the field is empty. `running` is how many hours a day the
/// process is on, `workdays` whether on working days only.
fn measure(text: &str, quantity: Quantity, running: u32, workdays: bool) -> Result<Milli, &'static str> {
    if text.is_empty() {
        return Ok(0);
    }
    let figure = unit::figure(text, quantity).map_err(|error| match error {
        UnitError::Number => "roster.amount",
        UnitError::Unit => quantity.refused(),
    })?;
    let hourly = figure.hourly(running.into(), workdays).ok_or("roster.no_running")?;
    if quantity == Emission && hourly > MOST_EMISSION {
        return Err("roster.emission_large");
    }
    Ok(hourly)
}

/// The fields of a process as text, from a table or from `sectors.toml`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// `interruptible`, `batch` or `fixed`.
    pub kind: String,
    /// Hours a day.
    pub slots_per_day: String,
    /// Hours a batch.
    pub duration: String,
    /// Batches a day.
    pub batches_per_day: String,
    /// Hours.
    pub min_on: String,
    /// Hours.
    pub min_off: String,
    /// kg/h, or with its unit.
    pub voc: String,
    /// kg/h, or with its unit.
    pub nox: String,
    /// Factor; where empty, by the solvent mix, else 1.
    pub reactivity: String,
    /// kW.
    pub power: String,
    /// Yuan.
    pub start_cost: String,
    /// Yuan an hour.
    pub disruption: String,
    /// Clock hours; the sector's where empty.
    pub allowed: String,
    /// Clock hours; none where empty.
    pub usual: String,
    /// `yes` or `no`; no where empty.
    pub near_homes: String,
    /// `yes` or `no`; no where empty.
    pub workdays: String,
    /// Solvents in mass per cent, instead of a factor.
    pub voc_mix: String,
    /// Yuan an hour at night.
    pub night_premium: String,
}

/// A field that can't be used: its column and the catalogue key of what is wrong (`KEY_advice` says what to do).
pub type FieldError = (&'static str, &'static str);

impl Fields {
    /// Checks the fields and makes a process of them, called by its id, its name and its activity. `hours` are the clock
    /// hours in which it may be on where the field is empty: all of them where nobody says.
    ///
    /// # Errors
    /// Every field that can't be used.
    pub(super) fn process(
        &self,
        [id, name, activity]: [String; 3],
        figures: Figures,
        hours: Option<ClockHours>,
        mir: &Mir,
    ) -> Result<Process, Vec<FieldError>> {
        let mut errors: Vec<FieldError> = Vec::new();
        let mut clock = |column, text: &str, default| {
            if text.is_empty() {
                return default;
            }
            ClockHours::parse(text).unwrap_or_else(|| {
                errors.push((column, "roster.hours"));
                default
            })
        };
        let fixed = matches!(self.kind.as_str(), "fixed" | "固定");
        // A process that can't move is on whenever it usually is.
        let hours = hours.filter(|_| !fixed);
        let allowed = clock("allowed", &self.allowed, hours.unwrap_or(ClockHours::ALL));
        let usual = clock("usual", &self.usual, ClockHours::NONE);
        let mut flag = |column, text: &str| {
            if text.is_empty() {
                return false;
            }
            yes_or_no(text).unwrap_or_else(|| {
                errors.push((column, "roster.flag"));
                false
            })
        };
        let near_homes = flag("near_homes", &self.near_homes);
        let workdays = flag("workdays", &self.workdays);
        let kind = self.kind(allowed, usual, &mut errors);
        if hours.is_some() && self.allowed.is_empty() {
            // The enterprise's row is fine as it stands; it is the sector's hours that are too few for it.
            for (_, key) in errors.iter_mut().filter(|(_, key)| *key == "roster.too_few_hours") {
                *key = "roster.sector_hours";
            }
        }
        let running = kind.map_or(0, |kind| kind.hours_per_day().unwrap_or_else(|| usual.count()));
        let mut amount = |column, text: &str, quantity| {
            measure(text, quantity, running, workdays).unwrap_or_else(|key| {
                errors.push((column, key));
                0
            })
        };
        let (voc, nox) = (amount("voc", &self.voc, Emission), amount("nox", &self.nox, Emission));
        let power = amount("power", &self.power, Power);
        let start_cost = amount("start_cost", &self.start_cost, Yuan);
        let disruption = amount("disruption", &self.disruption, YuanPerHour);
        let night_premium = amount("night_premium", &self.night_premium, YuanPerHour);
        let reactivity = self.mixed(mir, &mut errors);
        match kind {
            Some(kind) if errors.is_empty() => Ok(Process {
                id,
                name,
                activity,
                kind,
                voc,
                nox,
                reactivity,
                power,
                start_cost,
                disruption,
                night_premium,
                allowed,
                usual,
                near_homes,
                workdays,
                figures,
            }),
            _ => Err(errors),
        }
    }

    /// The reactivity: of the solvent mix, where one is written.
    fn mixed(&self, mir: &Mir, errors: &mut Vec<FieldError>) -> Milli {
        let written =
            (!self.reactivity.is_empty()).then(|| parse_milli(&self.reactivity).filter(|factor| *factor >= 0));
        if written == Some(None) {
            errors.push(("reactivity", "roster.amount"));
        }
        let factor = written.flatten().unwrap_or(1000);
        if self.voc_mix.is_empty() {
            return factor;
        }
        if !self.reactivity.is_empty() {
            errors.push(("voc_mix", "roster.mix_twice"));
            return factor;
        }
        mir.reactivity(&self.voc_mix).unwrap_or_else(|error| {
            let key = match error {
                MixError::Form => "roster.mix",
                MixError::Unknown => "roster.species",
                MixError::Sum => "roster.mix_sum",
            };
            errors.push(("voc_mix", key));
            factor
        })
    }

    fn kind(&self, allowed: ClockHours, usual: ClockHours, errors: &mut Vec<FieldError>) -> Option<Kind> {
        // `8小时`, `2次`: what is counted is known.
        let bare = |text: &str| {
            let ends = ["小时", "个小时", "h", "次", "批", "批次"];
            ends.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text).trim_end_matches('个').trim().to_owned()
        };
        let mut count = |column, text: &str, least: u32| match bare(text).parse::<u32>() {
            Ok(n) if (least..=24).contains(&n) => n,
            _ => {
                errors.push((column, "roster.count"));
                least
            }
        };
        match self.kind.as_str() {
            "interruptible" | "可间断" => {
                let hours_per_day = count("slots_per_day", &self.slots_per_day, 1);
                let min_on = if self.min_on.is_empty() { 1 } else { count("min_on", &self.min_on, 1) };
                let min_off = if self.min_off.is_empty() { 0 } else { count("min_off", &self.min_off, 0) };
                if min_on > hours_per_day {
                    errors.push(("min_on", "roster.min_on"));
                }
                let kind = Kind::Interruptible { hours_per_day, min_on, min_off };
                if kind.hours_that_fit(allowed) < hours_per_day {
                    errors.push(("allowed", "roster.too_few_hours"));
                }
                Some(kind)
            }
            "batch" | "批次" => {
                let duration = count("duration", &self.duration, 1);
                let batches_per_day = count("batches_per_day", &self.batches_per_day, 1);
                let kind = Kind::Batch { duration, batches_per_day };
                if duration * batches_per_day > 24 || kind.hours_that_fit(allowed) < duration * batches_per_day {
                    errors.push(("allowed", "roster.too_few_hours"));
                }
                Some(kind)
            }
            "fixed" | "固定" => {
                if usual == ClockHours::NONE {
                    errors.push(("usual", "roster.fixed_usual"));
                }
                Some(Kind::Fixed)
            }
            _ => {
                errors.push(("kind", "roster.kind"));
                None
            }
        }
    }
}
