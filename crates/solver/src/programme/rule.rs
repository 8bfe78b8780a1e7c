//! The rule of a process that may stop and go, and where its counts stand in the rows of the programme.
//!
//! In: slots needed a day, shortest run and pause. Out: counts after a stretch on or off, and their places. Can't
//! happen: a day passed with another count than needed.

use super::lanes::LANES;
use super::{FORBIDDEN, Task};

/// The rule of an interruptible process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) task: Task<'a>,
    pub(super) needed: usize,
    pub(super) up: usize,
    pub(super) down: usize,
    /// Cells of a row before the one for a count of zero; always forbidden.
    pub(super) lead: usize,
    /// Cells of a row.
    pub(super) stride: usize,
}

impl<'a> Rule<'a> {
    /// The rule of a process that must be on `needed` slots a day, on at least `up` and off at least `down` on end.
    pub(super) fn new(task: Task<'a>, needed: usize, up: usize, down: usize) -> Self {
        Self { task, needed, up, down, lead: up, stride: up + (needed + 1).next_multiple_of(LANES) }
    }

    /// Whether it is on at the start, and for how many slots it must stay so.
    pub(super) fn under_way(&self) -> (bool, usize) {
        match self.task.unit.state {
            i32::MIN => (false, 0),
            n => {
                let so_far = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
                let least = if n > 0 { self.up } else { self.down };
                (n > 0, least.saturating_sub(so_far))
            }
        }
    }

    /// Place of a count at a boundary.
    pub(super) fn cell(&self, at: usize, count: usize) -> usize {
        at * self.stride + self.lead + count
    }

    /// The count with which the day from a midnight on begins: what it needs less than other days.
    pub(super) fn first(&self, midnight: usize) -> usize {
        self.task.window.spared(midnight / self.task.day)
    }

    /// The first count and the number of counts to work out after `today` slots of a day that ends a slot at `at`: all
    /// from which the day can still be met, and a few more to fill the lanes (no path from those meets the day).
    pub(super) fn band(&self, at: usize, today: usize) -> (usize, usize) {
        let low = self.needed.saturating_sub(self.task.day - today) / LANES * LANES;
        let high = self.needed.min(today + self.first(at - today));
        (low, (high - low) / LANES * LANES + LANES)
    }

    /// At midnight only a complete day is kept, as the count with which the next one begins.
    pub(super) fn settle(&self, row: &mut [f64], at: usize, today: usize) {
        if today == self.task.day {
            let complete = row[self.lead + self.needed];
            row[..self.stride].fill(FORBIDDEN);
            row[self.lead + self.first(at)] = complete;
        }
    }

    /// The count as a row holds it.
    pub(super) fn stored(&self, at: usize, count: usize) -> usize {
        if at.is_multiple_of(self.task.day) { self.first(at) } else { count }
    }

    /// The count before midnight began a new one.
    pub(super) fn unstored(&self, at: usize, count: usize) -> usize {
        if at.is_multiple_of(self.task.day) { self.needed } else { count }
    }

    /// The count at `to`, after being on or off since `from` with `count` then; none if a day is missed.
    pub(super) fn land(&self, count: usize, from: usize, to: usize, on: bool) -> Option<usize> {
        let mut count = count;
        let mut at = from;
        while at < to {
            let midnight = (at / self.task.day + 1) * self.task.day;
            let until = midnight.min(to);
            count += if on { until - at } else { 0 };
            if count > self.needed || (until == midnight && count != self.needed) {
                return None;
            }
            if until == midnight {
                count = self.first(midnight);
            }
            at = until;
        }
        Some(count)
    }

    /// The one count at `from` and that at `to` of a stretch that reaches or crosses midnight.
    pub(super) fn crossing(&self, from: usize, to: usize, on: bool) -> Option<(usize, usize)> {
        let first = if from.is_multiple_of(self.task.day) {
            self.first(from)
        } else {
            let midnight = (from / self.task.day + 1) * self.task.day;
            self.needed.checked_sub(if on { midnight - from } else { 0 })?
        };
        Some((first, self.land(first, from, to, on)?))
    }
}

/// Whether every slot of a range is of the kind counted in `streak`.
pub(super) fn lasts(streak: &[u16], from: usize, to: usize) -> bool {
    to == from || usize::from(streak[to - 1]) >= to - from
}
