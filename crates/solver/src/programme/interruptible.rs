//! The programme of a process that may stop and go.
//!
//! In: its rule and costs. Out: the least cost and the schedule that has it. Can't happen: a run or a pause shorter
//! than allowed, except where the horizon cuts it.

use super::lanes::{carry, choose};
use super::rule::{Rule, lasts};
use super::{Costs, FORBIDDEN, Programme};
use crate::slots::set;

/// The last step of a schedule.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Nothing is open: at this boundary, on or off.
    Ready(bool),
    /// On since this boundary, with this count then, and cut by the horizon.
    OnSince(usize, usize),
    /// Off since this boundary, with this count then.
    OffSince(usize, usize),
    /// What was under way at the start lasts past the end: on or off.
    Throughout(bool),
}

/// Where an interruptible process stands after what was under way at the start.
#[derive(Debug, Clone, Copy)]
struct Opening {
    at: usize,
    on: bool,
    count: usize,
    cost: f64,
}

impl Programme {
    pub(super) fn interruptible(&mut self, rule: &Rule<'_>, costs: Costs<'_>, schedule: Option<&mut [u64]>) -> f64 {
        let cells = (rule.task.slots + 1) * rule.stride;
        for row in [&mut self.on, &mut self.off] {
            row.clear();
            row.resize(cells, FORBIDDEN);
        }
        let opening = self.opening(rule);
        if let Some(Opening { at: 0, on, count, cost }) = opening {
            *self.cell(rule, on, 0, count) = cost;
        }
        let mut today = 0;
        for at in 1..=rule.task.slots {
            today = if today == rule.task.day { 1 } else { today + 1 };
            self.on_row(rule, costs, at, today);
            self.off_row(rule, at, today);
            if let Some(Opening { at: landing, on, count, cost }) = opening
                && landing == at
            {
                let cell = self.cell(rule, on, at, rule.stored(at, count));
                *cell = cell.min(cost);
            }
        }
        let (best, end) = self.ending(rule, costs);
        if let Some(bits) = schedule
            && best < FORBIDDEN
        {
            self.trace(rule, costs, end, bits);
        }
        best
    }

    fn cell(&mut self, rule: &Rule<'_>, on: bool, at: usize, count: usize) -> &mut f64 {
        let cells = if on { &mut self.on } else { &mut self.off };
        &mut cells[rule.cell(at, count)]
    }

    /// Where the process stands once what was under way at the start is over; none if that can't be, or lasts past
    /// the end.
    fn opening(&self, rule: &Rule<'_>) -> Option<Opening> {
        let (on, left) = rule.under_way();
        let may = if on { &rule.task.window.open } else { &rule.task.window.idle };
        if left >= rule.task.slots.max(1) || !lasts(may, 0, left) {
            return None;
        }
        let count = rule.land(rule.first(0), 0, left, on)?;
        Some(Opening { at: left, on, count, cost: if on { self.before[left] } else { 0.0 } })
    }

    /// Fills "on long enough" at a boundary.
    fn on_row(&mut self, rule: &Rule<'_>, costs: Costs<'_>, at: usize, today: usize) {
        let open = usize::from(rule.task.window.open[at - 1]);
        if open == 0 {
            return;
        }
        let (first, cells) = rule.band(at, today);
        let cost = costs.slot[at - 1];
        let (done, here) = self.on.split_at_mut(at * rule.stride);
        let to = &mut here[rule.lead + first..][..cells];
        let stay = &done[rule.cell(at - 1, first) - 1..][..cells];
        let up = rule.up;
        if today >= up && open >= up {
            let begin = at - up;
            let jump = costs.start[begin] + (self.before[at] - self.before[begin]);
            choose(to, (stay, cost), (&self.off[rule.cell(begin, first) - up..][..cells], jump));
        } else {
            carry(to, stay, cost);
        }
        rule.settle(here, at, today);
        if up > today
            && open >= up
            && let Some(begin) = at.checked_sub(up)
            && let Some((from, to)) = rule.crossing(begin, at, true)
        {
            let jump = costs.start[begin] + (self.before[at] - self.before[begin]);
            let place = &mut here[rule.lead + to];
            *place = place.min(self.off[rule.cell(begin, from)] + jump);
        }
    }

    /// Fills "off long enough" at a boundary.
    fn off_row(&mut self, rule: &Rule<'_>, at: usize, today: usize) {
        let idle = usize::from(rule.task.window.idle[at - 1]);
        if idle == 0 {
            return;
        }
        let (first, cells) = rule.band(at, today);
        let (done, here) = self.off.split_at_mut(at * rule.stride);
        let to = &mut here[rule.lead + first..][..cells];
        let stay = &done[rule.cell(at - 1, first)..][..cells];
        let down = rule.down;
        if today >= down && idle >= down {
            choose(to, (stay, 0.0), (&self.on[rule.cell(at - down, first)..][..cells], 0.0));
        } else {
            carry(to, stay, 0.0);
        }
        rule.settle(here, at, today);
        if down > today
            && idle >= down
            && let Some(begin) = at.checked_sub(down)
            && let Some((from, to)) = rule.crossing(begin, at, false)
        {
            let place = &mut here[rule.lead + to];
            *place = place.min(self.on[rule.cell(begin, from)]);
        }
    }

    /// The cheapest way to reach the horizon's end.
    fn ending(&self, rule: &Rule<'_>, costs: Costs<'_>) -> (f64, End) {
        let (slots, window) = (rule.task.slots, rule.task.window);
        let last = rule.cell(slots, rule.first(slots));
        let mut best = (self.off[last], End::Ready(false));
        let mut offer = |cost: f64, end: End| {
            if cost < best.0 {
                best = (cost, end);
            }
        };
        offer(self.on[last], End::Ready(true));
        for begin in (slots + 1).saturating_sub(rule.up)..slots {
            if lasts(&window.open, begin, slots)
                && let Some((count, _)) = rule.crossing(begin, slots, true)
            {
                let run = costs.start[begin] + (self.before[slots] - self.before[begin]);
                offer(self.off[rule.cell(begin, count)] + run, End::OnSince(begin, count));
            }
        }
        for begin in (slots + 1).saturating_sub(rule.down)..slots {
            if lasts(&window.idle, begin, slots)
                && let Some((count, _)) = rule.crossing(begin, slots, false)
            {
                offer(self.on[rule.cell(begin, count)], End::OffSince(begin, count));
            }
        }
        let (on, left) = rule.under_way();
        let may = if on { &window.open } else { &window.idle };
        if left >= slots.max(1) && lasts(may, 0, slots) && rule.land(rule.first(0), 0, slots, on).is_some() {
            offer(if on { self.before[slots] } else { 0.0 }, End::Throughout(on));
        }
        best
    }

    /// Sets the bits of the schedule that led to `end`.
    #[expect(clippy::float_cmp, reason = "the very same sums are formed again")]
    fn trace(&self, rule: &Rule<'_>, costs: Costs<'_>, end: End, bits: &mut [u64]) {
        let slots = rule.task.slots;
        let (mut at, mut on, mut count) = match end {
            End::Ready(on) => (slots, on, rule.first(slots)),
            End::OnSince(begin, count) => {
                set(bits, begin..slots);
                (begin, false, count)
            }
            End::OffSince(begin, count) => (begin, true, count),
            End::Throughout(on) => {
                set(bits, 0..if on { slots } else { 0 });
                return;
            }
        };
        while at > 0 {
            let cells = if on { &self.on } else { &self.off };
            let value = cells[rule.cell(at, count)];
            let full = rule.unstored(at, count);
            let today = (at - 1) % rule.task.day + 1;
            if on && full > 0 && self.on[rule.cell(at - 1, full - 1)] + costs.slot[at - 1] == value {
                set(bits, at - 1..at);
                (at, count) = (at - 1, full - 1);
                continue;
            }
            if !on && rule.task.window.idle[at - 1] > 0 && self.off[rule.cell(at - 1, full)] == value {
                (at, count) = (at - 1, full);
                continue;
            }
            let length = if on { rule.up } else { rule.down };
            let Some(begin) = at.checked_sub(length) else { break };
            let source = if today >= length {
                full.checked_sub(if on { length } else { 0 })
            } else {
                rule.crossing(begin, at, on).filter(|&(_, to)| to == count).map(|(from, _)| from)
            };
            let jump = if on { costs.start[begin] + (self.before[at] - self.before[begin]) } else { 0.0 };
            let other = if on { &self.off } else { &self.on };
            let Some(source) = source.filter(|s| other[rule.cell(begin, *s)] + jump == value) else { break };
            if on {
                set(bits, begin..at);
            }
            (at, on, count) = (begin, !on, source);
        }
        // What is left was under way at the start.
        set(bits, 0..if on { at } else { 0 });
    }
}
