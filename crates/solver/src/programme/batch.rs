//! The programme of a process that runs in batches.
//!
//! In: its length, its number a day and costs. Out: the least cost and the schedule that has it. Can't happen: a batch
//! that the horizon cuts, or one that lasts past a day that isn't complete.

use super::{Costs, FORBIDDEN, Programme, Task};
use crate::problem::Unit;
use crate::slots::set;

impl Programme {
    pub(super) fn batch(
        &mut self,
        task: &Task<'_>,
        duration: usize,
        per_day: usize,
        costs: Costs<'_>,
        schedule: Option<&mut [u64]>,
    ) -> f64 {
        let (slots, day, stride) = (task.slots, task.day, per_day + 1);
        self.off.clear();
        self.on.clear();
        self.on.resize((slots + 1) * stride, FORBIDDEN);
        let under_way = left(task.unit, duration);
        if under_way > slots || (under_way > 0 && usize::from(task.window.open[under_way - 1]) < under_way) {
            return FORBIDDEN;
        }
        // A batch under way counts on the day it began; a midnight inside it must find that day complete.
        let first = |midnight: usize| task.window.spared(midnight / day);
        if under_way >= day && (0..under_way / day).any(|d| task.window.spared(d) != per_day) {
            return FORBIDDEN;
        }
        self.on[under_way * stride + first(under_way)] = self.before[under_way];
        let mut today = under_way % day;
        for at in under_way + 1..=slots {
            today = if today == day { 1 } else { today + 1 };
            let midnight = today == day;
            let (done, here) = self.on.split_at_mut(at * stride);
            if task.window.idle[at - 1] > 0 {
                let from = &done[(at - 1) * stride..];
                if midnight {
                    here[first(at)] = from[per_day];
                } else {
                    here[..stride].copy_from_slice(&from[..stride]);
                }
            }
            if let Some(begun) = begin(task, duration, at) {
                let jump = costs.start[begun] + (self.before[at] - self.before[begun]);
                let from = &done[begun * stride..][..stride];
                if today >= duration && !midnight {
                    for (to, from) in here[1..stride].iter_mut().zip(from) {
                        let through = from + jump;
                        *to = if through < *to { through } else { *to };
                    }
                } else if let Some(count) = per_day.checked_sub(1)
                    && let Some(to) = land(task, begun, at, count, per_day)
                {
                    here[to] = here[to].min(from[count] + jump);
                }
            }
        }
        let best = self.on[slots * stride + first(slots)];
        if let Some(bits) = schedule
            && best < FORBIDDEN
        {
            self.trace_batch(task, duration, per_day, costs, bits);
            set(bits, 0..under_way);
        }
        best
    }

    #[expect(clippy::float_cmp, reason = "the very same sums are formed again")]
    fn trace_batch(&self, task: &Task<'_>, duration: usize, per_day: usize, costs: Costs<'_>, bits: &mut [u64]) {
        let (day, stride) = (task.day, per_day + 1);
        let (mut at, mut count) = (task.slots, task.window.spared(task.slots / day));
        let under_way = left(task.unit, duration);
        while at > under_way {
            let value = self.on[at * stride + count];
            let full = if at.is_multiple_of(day) { per_day } else { count };
            if task.window.idle[at - 1] > 0 && self.on[(at - 1) * stride + full] == value {
                (at, count) = (at - 1, full);
                continue;
            }
            let Some(first) = begin(task, duration, at) else { break };
            let jump = costs.start[first] + (self.before[at] - self.before[first]);
            let source = (0..per_day).find(|&from| {
                land(task, first, at, from, per_day) == Some(count) && self.on[first * stride + from] + jump == value
            });
            let Some(source) = source else { break };
            set(bits, first..at);
            (at, count) = (first, source);
        }
    }
}

/// Slots that a batch under way at the start still takes.
pub(crate) fn left(unit: &Unit, duration: usize) -> usize {
    let ran = usize::try_from(unit.state).unwrap_or(0);
    (duration - ran % duration) % duration
}

/// First slot of a batch that ends at boundary `at`, if one may.
fn begin(task: &Task<'_>, duration: usize, at: usize) -> Option<usize> {
    (usize::from(task.window.open[at - 1]) >= duration).then(|| at.checked_sub(duration)).flatten()
}

/// Count of the day at the end of a batch, if the batch may span these slots.
fn land(task: &Task<'_>, begin: usize, at: usize, count: usize, per_day: usize) -> Option<usize> {
    let (from, to) = (begin / task.day, at / task.day);
    // A day that the batch covers wholly begins none of its own.
    let covered = || (from + 1..to).all(|day| task.window.spared(day) == per_day);
    match to - from {
        0 => Some(count + 1),
        _ if count + 1 == per_day && covered() => Some(task.window.spared(to)),
        _ => None,
    }
}
