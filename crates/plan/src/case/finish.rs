//! What remains once hours are chosen: the hours of those that move together, and what everyone would do unasked.
//!
//! In: a case with its outcome and, where it has hours of its own, those. Out: its row, complete. Can't happen: more
//! slots on a day by usual practice than the plan has.

use super::super::horizon::{Horizon, Runs, holds, runs};
use super::super::schedule::Outcome;
use super::Case;
use super::hours::clock_hours;

impl Case {
    /// Works out what remains: the hours of those that move together, and what everyone would do by themselves.
    pub(crate) fn finish(&mut self, horizon: &Horizon) {
        let per_day = horizon.per_day();
        match &self.outcome {
            Outcome::Own => {
                self.row.practice = self.practice(per_day, |day| count(&self.row.on, day, per_day));
                self.row.short = self.short(|day| count(&self.row.on, day, per_day), per_day);
            }
            Outcome::Common => {
                let may = self.told_open(per_day);
                let fit = |day: usize| self.common_fit(&may, day, horizon);
                let (short, on) = (self.short(fit, per_day), self.practice(per_day, fit));
                self.row.short = short;
                self.row.practice.clone_from(&on);
                self.row.on = on;
            }
            Outcome::Stop => {
                let on = self.hours.base.iter().zip(&self.hours.stop).map(|(base, stop)| *base && !stop);
                self.row.on = runs(&on.collect::<Vec<_>>());
                self.row.practice = self.row.on.clone();
            }
            Outcome::Keep => {
                self.row.on = self.kept(per_day);
                self.row.practice = self.row.on.clone();
            }
            Outcome::Little | Outcome::Reduce | Outcome::Care | Outcome::Cannot(_) => {
                self.row.on = self.row.usual.clone();
                self.row.practice = self.row.usual.clone();
            }
        }
        self.row.outcome = self.outcome.clone();
    }

    /// Slots of a day that fit the common hours, stretches too short for a run or batch left out.
    fn common_fit(&self, may: &[bool], day: usize, horizon: &Horizon) -> usize {
        let hours = self.kind.hours_that_fit(clock_hours(may, day, horizon));
        (usize::try_from(hours).unwrap_or(0) * horizon.per_hour()).min(self.hours.needed)
    }

    /// The fewest slots of a told day, where that is fewer than needed.
    fn short(&self, of: impl Fn(usize) -> usize, per_day: usize) -> Option<(usize, usize)> {
        let days = (0..self.hours.days.len()).filter(|day| self.hours.days.get(*day).is_some_and(|told| *told));
        let needed = |day: usize| self.hours.base.iter().skip(day * per_day).take(per_day).filter(|on| **on).count();
        days.map(|day| (of(day), needed(day))).filter(|(fit, needed)| fit < needed).min()
    }

    /// The usual hours outside the told ones, as many as are needed: enough of them are left on every told day.
    fn kept(&self, per_day: usize) -> Runs {
        let mut on = self.hours.base.clone();
        for day in (0..self.hours.days.len()).filter(|d| self.hours.days.get(*d).is_some_and(|told| *told)) {
            let mut left = self.hours.needed;
            for slot in day * per_day..(day + 1) * per_day {
                let at = |set: &[bool]| set.get(slot).copied().unwrap_or(false);
                let runs = left > 0 && at(&self.hours.usual) && at(&self.hours.open);
                left -= usize::from(runs);
                if let Some(on) = on.get_mut(slot) {
                    *on = runs;
                }
            }
        }
        runs(&on)
    }

    /// What everyone would do by themselves: stop in the told hours, and make up for them at once when they are over, in
    /// hours that are open to them, to the same number of slots a day.
    fn practice(&self, per_day: usize, wanted: impl Fn(usize) -> usize) -> Runs {
        let mut on = self.hours.base.clone();
        for day in (0..self.hours.days.len()).filter(|d| self.hours.days.get(*d).is_some_and(|told| *told)) {
            let slots = || day * per_day..(day + 1) * per_day;
            let at = |set: &[bool], slot: usize| set.get(slot).copied().unwrap_or(false);
            for slot in slots().filter(|s| at(&self.hours.stop, *s)) {
                if let Some(on) = on.get_mut(slot) {
                    *on = false;
                }
            }
            let end = slots().rev().find(|s| at(&self.hours.stop, *s)).map_or(day * per_day, |last| last + 1);
            let mut left = wanted(day).saturating_sub(slots().filter(|s| at(&on, *s)).count());
            let free = |s: usize| !at(&self.hours.stop, s) && (at(&self.hours.open, s) || at(&self.hours.base, s));
            let after = (end..(day + 1) * per_day).chain((day * per_day..end).rev()).filter(|s| free(*s));
            // What has run, or runs by plan, can be run.
            for slot in after.chain(slots().filter(|s| holds(&self.row.on, *s))) {
                if left == 0 {
                    break;
                }
                if let Some(on) = on.get_mut(slot).filter(|on| !**on) {
                    *on = true;
                    left -= 1;
                }
            }
            let mut over = slots().filter(|s| at(&on, *s)).count().saturating_sub(wanted(day));
            for slot in slots().rev() {
                if over == 0 {
                    break;
                }
                if let Some(on) = on.get_mut(slot).filter(|on| **on) {
                    *on = false;
                    over -= 1;
                }
            }
        }
        runs(&on)
    }
}

fn count(runs: &Runs, day: usize, per_day: usize) -> usize {
    (day * per_day..(day + 1) * per_day).filter(|slot| holds(runs, *slot)).count()
}
