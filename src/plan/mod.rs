//! The off-peak plan: what each process is asked, hour by hour, in words that fit a notice.
//!
//! In: an enterprise's processes, the measures of a level, and the told periods. Out: per process what is asked, the
//! clock hours to stop and the clock hours in which it may run instead. Can't happen: a move into the told period or
//! into hours the process may not run; hours for a process that can't be moved.

pub mod instance;
pub mod solve;

use crate::roster::{Enterprise, Kind, Process, Village};
use crate::rules::{Ask, Measure};
use crate::time::{ClockHours, Period, Zone};

/// What one process is asked for the told period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessPlan {
    /// The process's identifier.
    pub process: String,
    /// Its name.
    pub name: String,
    /// What is asked.
    pub task: Task,
    /// What to do meanwhile, as the rule words it.
    pub advice: Option<String>,
}

/// What is asked of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Stop in `stop`, and run in `instead`, where at least the usual hours fit.
    Move {
        /// Clock hours of the told period.
        stop: ClockHours,
        /// Allowed clock hours outside the told period.
        instead: ClockHours,
    },
    /// Stop in `stop`; only `fit` of the `needed` hours a day fit into the allowed hours `instead`.
    Cut {
        /// Clock hours of the told period.
        stop: ClockHours,
        /// Allowed clock hours outside the told period.
        instead: ClockHours,
        /// Hours a day that fit.
        fit: u32,
        /// Hours a day that the process usually runs.
        needed: u32,
    },
    /// Its usual hours lie outside the told period already: keep to them, and don't move into it.
    Keep {
        /// Usual clock hours, all outside the told period.
        usual: ClockHours,
    },
    /// Leave off in `stop`, without another hour for it.
    Stop {
        /// Clock hours of the told period.
        stop: ClockHours,
    },
    /// Can't be moved: take `percent` off the load.
    Reduce {
        /// Per cent of the usual load, 1–99.
        percent: u8,
    },
    /// Runs on, with more care.
    Care,
}

/// Plans an enterprise of a village. Processes that no measure names are left out.
#[must_use]
pub fn plan(
    enterprise: &Enterprise,
    village: Option<&Village>,
    measures: &[Measure],
    periods: &[Period],
    zone: &Zone,
) -> Vec<ProcessPlan> {
    let told = told_hours(periods, zone);
    enterprise
        .processes
        .iter()
        .filter_map(|process| {
            let measure = measures
                .iter()
                .find(|m| m.activities.contains(&process.activity) && m.of.takes(enterprise, village))?;
            let task = task(process, measure, told);
            Some(ProcessPlan {
                process: process.id.clone(),
                name: process.name.clone(),
                task,
                advice: measure.advice.clone(),
            })
        })
        .collect()
}

fn task(process: &Process, measure: &Measure, told: ClockHours) -> Task {
    let movable = !matches!(process.kind, Kind::Fixed);
    match (measure.ask, measure.percent) {
        (Ask::Shift, _) if movable => {
            let clash = process.usual.and(told);
            let instead = process.allowed.minus(told);
            let needed = process.kind.hours_per_day().unwrap_or(0);
            let fit = process.kind.hours_that_fit(instead);
            if fit < needed {
                Task::Cut { stop: told, instead, fit, needed }
            } else if clash == ClockHours::NONE {
                Task::Keep { usual: process.usual }
            } else {
                Task::Move { stop: told, instead }
            }
        }
        (Ask::Stop, _) if movable => Task::Stop { stop: told },
        (Ask::Reduce, Some(percent)) => Task::Reduce { percent },
        _ => Task::Care,
    }
}

impl ProcessPlan {
    /// Whether another plan for the same process asks for all that this one does.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        let stop = |task: Task| match task {
            Task::Move { stop, .. } | Task::Cut { stop, .. } | Task::Stop { stop } => Some(stop),
            _ => None,
        };
        self.process == other.process
            && match (stop(self.task), stop(other.task)) {
                (Some(own), Some(others)) => own.minus(others) == ClockHours::NONE,
                (None, None) => self.task == other.task && self.advice == other.advice,
                _ => false,
            }
    }
}

/// Clock hours that any of the periods touches.
fn told_hours(periods: &[Period], zone: &Zone) -> ClockHours {
    let mut told = ClockHours::NONE;
    for period in periods {
        let hours = period.whole_hours().clamp(0, 24);
        let first = crate::time::Hour::containing(period.start);
        told = (0..hours).fold(told, |set, h| set.with(zone.clock(first + h)));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::process::{Fields, Figures};

    /// What is asked of a process under 10–17, by its kind, allowed and usual hours.
    fn asked(kind: &str, hours: &str, allowed: &str, usual: &str, ask: Ask) -> Task {
        let text = |t: &str| t.to_owned();
        let mut fields = Fields { kind: text(kind), allowed: text(allowed), usual: text(usual), ..Fields::default() };
        match kind {
            "batch" => (fields.duration, fields.batches_per_day) = (text(hours), text("1")),
            "interruptible" => fields.slots_per_day = text(hours),
            _ => {}
        }
        let process = fields.process("p".into(), "喷涂".into(), "spray".into(), Figures::Confirmed).expect("a process");
        let percent = (ask == Ask::Reduce).then_some(20);
        let of = crate::rules::Selector::default();
        let measure = Measure { ask, activities: vec!["spray".into()], of, percent, advice: None, place: 0 };
        task(&process, &measure, hours_of("10-17"))
    }

    fn hours_of(text: &str) -> ClockHours {
        ClockHours::parse(text).expect("hours")
    }

    #[test]
    fn a_process_is_asked_for_what_it_can_do() {
        let (stop, instead) = (hours_of("10-17"), hours_of("06-10;17-22"));
        let cases = [
            ("interruptible", "8", "06-22", "08-18", Ask::Shift, Task::Move { stop, instead }),
            ("batch", "1", "06-22", "10-11", Ask::Shift, Task::Move { stop, instead }),
            ("batch", "5", "06-22", "10-15", Ask::Shift, Task::Move { stop, instead }),
            ("batch", "6", "06-22", "10-16", Ask::Shift, Task::Cut { stop, instead, fit: 0, needed: 6 }),
            ("interruptible", "12", "06-22", "07-19", Ask::Shift, Task::Cut { stop, instead, fit: 9, needed: 12 }),
            ("interruptible", "2", "06-22", "18-20", Ask::Shift, Task::Keep { usual: hours_of("18-20") }),
            ("interruptible", "2", "06-22", "18-20", Ask::Stop, Task::Stop { stop }),
            ("fixed", "", "", "00-24", Ask::Stop, Task::Care),
            ("fixed", "", "", "00-24", Ask::Shift, Task::Care),
            ("fixed", "", "", "00-24", Ask::Reduce, Task::Reduce { percent: 20 }),
        ];
        for (kind, hours, allowed, usual, ask, task) in cases {
            assert_eq!(asked(kind, hours, allowed, usual, ask), task, "{kind} {hours} {usual}");
        }
    }
}
