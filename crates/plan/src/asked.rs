//! What a rule asks of a process, slot by slot.
//!
//! In: the rule's levels, the told periods, a process. Out: [`Asked`], the strongest of what its measures ask, with
//! the hours that they close to it; nothing where no measure names the process. Can't happen: an hour closed by a
//! measure that only asks for care or less load.

use serde::{Deserialize, Serialize};

use super::horizon::{Horizon, Runs, runs};
use cuofeng_base::time::{Hour, Zone};
use cuofeng_rules::warning::Span;
use cuofeng_rules::{Ask, Level, Measure, Precursor};
use cuofeng_town::roster::{Enterprise, Process, Village};

/// What is asked of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The strongest of what its measures ask.
    pub ask: Ask,
    /// Slots closed to it.
    pub stop: Vec<bool>,
    /// Slots in which its load is to be less.
    pub less: Vec<bool>,
    /// By how much, per cent; 0 where no measure says so.
    pub percent: u8,
    /// What to do meanwhile.
    pub advice: Option<String>,
    /// Whether an official order asks for it.
    pub ordered: bool,
    /// The same level by level; empty where every told period asks for the same.
    pub parts: Vec<Part>,
}

/// What the told periods of a level ask of a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// The level's place: 0 is the highest. It orders parts; what is asked is the same at any level.
    #[serde(default)]
    pub level: usize,
    /// The strongest of what the level's measures ask.
    pub ask: Ask,
    /// By how much less load, per cent; 0 where no measure says so.
    pub percent: u8,
    /// What to do meanwhile.
    pub advice: Option<String>,
    /// The told slots that it holds for.
    pub slots: Runs,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        (self.ask, self.percent, &self.advice, &self.slots) == (other.ask, other.percent, &other.advice, &other.slots)
    }
}

impl Eq for Part {}

/// What the levels of told periods ask of a process.
#[must_use]
pub fn asked(
    process: &Process,
    (enterprise, village): (&Enterprise, Option<&Village>),
    levels: &[Level],
    spans: &[Span],
    horizon: &Horizon,
    zone: &Zone,
) -> Option<Asked> {
    let none = || vec![false; horizon.slots()];
    let mut all: Option<Asked> = None;
    let mut parts: Vec<(Part, Vec<bool>)> = Vec::new();
    let mut silent = false;
    for span in spans {
        let measures = levels.get(span.level).map_or(&[][..], |level| level.measures.as_slice());
        let mut own: Option<Part> = None;
        for measure in measures.iter().filter(|m| concerns(m, process) && m.of.takes(enterprise, village)) {
            let empty = Asked {
                ask: Ask::Care,
                stop: none(),
                less: none(),
                percent: 0,
                advice: None,
                ordered: false,
                parts: Vec::new(),
            };
            let asked = all.get_or_insert(empty);
            let bare = Part { level: span.level, ask: Ask::Care, percent: 0, advice: None, slots: Runs::new() };
            stronger(own.get_or_insert(bare), measure);
            if rank(measure.ask) > rank(asked.ask) || asked.advice.is_none() && rank(measure.ask) == rank(asked.ask) {
                asked.ask = measure.ask;
                asked.advice.clone_from(&measure.advice);
            }
            asked.ordered |= span.ordered;
            asked.percent = asked.percent.max(measure.percent.unwrap_or(0));
            let closed = match measure.ask {
                Ask::Stop | Ask::Shift => &mut asked.stop,
                Ask::Reduce => &mut asked.less,
                Ask::Care => continue,
            };
            for period in periods(measure, span, zone) {
                let (from, to) = horizon.touched(&period);
                closed.iter_mut().take(to).skip(from).for_each(|slot| *slot = true);
            }
        }
        let Some(own) = own else {
            silent = true;
            continue;
        };
        let level = own.level;
        let place = parts.iter().position(|(part, _)| *part == own).unwrap_or_else(|| {
            parts.push((own, none()));
            parts.len() - 1
        });
        let (from, to) = horizon.touched(&span.period);
        if let Some((part, slots)) = parts.get_mut(place) {
            part.level = part.level.min(level);
            slots.iter_mut().take(to).skip(from).for_each(|slot| *slot = true);
        }
    }
    if let Some(asked) = all.as_mut().filter(|_| silent || parts.len() > 1) {
        asked.parts = parts.into_iter().map(|(part, slots)| Part { slots: runs(&slots), ..part }).collect();
    }
    all
}

/// Takes over what a measure asks beyond what is asked already.
fn stronger(part: &mut Part, measure: &Measure) {
    if rank(measure.ask) > rank(part.ask) || part.advice.is_none() && rank(measure.ask) == rank(part.ask) {
        part.ask = measure.ask;
        part.advice.clone_from(&measure.advice);
    }
    part.percent = part.percent.max(measure.percent.unwrap_or(0));
}

impl Asked {
    /// Whether something else that is asked of the same process asks for all that this does.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        let stops = |asked: &Self| matches!(asked.ask, Ask::Stop | Ask::Shift);
        match (stops(self), stops(other)) {
            (true, true) => self.stop.iter().zip(&other.stop).all(|(own, others)| !own || *others),
            (false, false) => {
                (self.ask, self.percent, &self.advice, &self.parts)
                    == (other.ask, other.percent, &other.advice, &other.parts)
            }
            _ => false,
        }
    }
}

fn concerns(measure: &Measure, process: &Process) -> bool {
    let emits = match measure.pollutant {
        Some(Precursor::Voc) => process.voc > 0,
        Some(Precursor::Nox) => process.nox > 0,
        None => true,
    };
    emits && measure.activities.contains(&process.activity)
}

const fn rank(ask: Ask) -> u8 {
    match ask {
        Ask::Care => 0,
        Ask::Reduce => 1,
        Ask::Shift => 2,
        Ask::Stop => 3,
    }
}

/// The hours of a measure in a told period: its own clock hours on each of its days, else the period.
fn periods(measure: &Measure, span: &Span, zone: &Zone) -> Vec<cuofeng_base::time::Period> {
    let Some(window) = measure.hours else { return vec![span.period] };
    let last = zone.day_of(Hour::containing(span.period.end - chrono::Duration::seconds(1)));
    let days = zone.day(span.period.start).iter_days().take_while(move |day| *day <= last);
    days.map(|day| window.on(day, zone)).collect()
}
