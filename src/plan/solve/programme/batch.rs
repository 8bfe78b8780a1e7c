//! The programme of a process that runs in batches.
//!
//! In: its length, its number a day and costs. Out: the least cost and the schedule that has it. Can't happen: a batch
//! that the horizon cuts, or one that lasts past a day that isn't complete.

use super::{Costs, FORBIDDEN, Programme, Task};
use crate::plan::solve::problem::Unit;
use crate::plan::solve::slots::set;

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
        if under_way >= day && per_day > 0 {
            return FORBIDDEN;
        }
        self.on[under_way * stride] = self.before[under_way];
        let mut today = under_way % day;
        for at in under_way + 1..=slots {
            today = if today == day { 1 } else { today + 1 };
            let midnight = today == day;
            let (done, here) = self.on.split_at_mut(at * stride);
            if task.window.idle[at - 1] > 0 {
                let from = &done[(at - 1) * stride..];
                if midnight {
                    here[0] = from[per_day];
                } else {
                    here[..stride].copy_from_slice(&from[..stride]);
                }
            }
            if let Some(first) = begin(task, duration, at) {
                let jump = costs.start[first] + (self.before[at] - self.before[first]);
                let from = &done[first * stride..][..stride];
                if today >= duration && !midnight {
                    for (to, from) in here[1..stride].iter_mut().zip(from) {
                        let through = from + jump;
                        *to = if through < *to { through } else { *to };
                    }
                } else if let Some(count) = per_day.checked_sub(1)
                    && land(first, at, count, per_day, day) == Some(0)
                {
                    here[0] = here[0].min(from[count] + jump);
                }
            }
        }
        let best = self.on[slots * stride];
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
        let (mut at, mut count) = (task.slots, 0);
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
                land(first, at, from, per_day, day) == Some(count) && self.on[first * stride + from] + jump == value
            });
            let Some(source) = source else { break };
            set(bits, first..at);
            (at, count) = (first, source);
        }
    }
}

/// Slots that a batch under way at the start still takes.
pub(in crate::plan::solve) fn left(unit: &Unit, duration: usize) -> usize {
    let ran = usize::try_from(unit.state).unwrap_or(0);
    (duration - ran % duration) % duration
}

/// First slot of a batch that ends at boundary `at`, if one may.
fn begin(task: &Task<'_>, duration: usize, at: usize) -> Option<usize> {
    (usize::from(task.window.open[at - 1]) >= duration).then(|| at.checked_sub(duration)).flatten()
}

/// Count of the day at the end of a batch, if the batch may span these slots.
fn land(begin: usize, at: usize, count: usize, per_day: usize, day: usize) -> Option<usize> {
    match at / day - begin / day {
        0 => Some(count + 1),
        1 if count + 1 == per_day => Some(0),
        _ => None,
    }
}
