//! The steps of a plan: whole local days from midnight on.
//!
//! In: told periods, the zone, `now`, the step. Out: a [`Horizon`] from today (or the first told day, where that is
//! later) to the end of the day after the last one. Can't happen: a step that two days share; a horizon without end.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use cuofeng_base::time::{Hour, Period, Zone};
use cuofeng_rules::warning::Span;

/// Days of the longest horizon; hours farther ahead are not planned one by one.
pub const MOST_DAYS: i64 = 12;

/// Runs of slots, half open, in order.
pub type Runs = Vec<(usize, usize)>;

/// The steps of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizon {
    /// The first hour, as hours since 1970: a local midnight.
    first: i64,
    /// Minutes of a slot: 60 or 30.
    step_minutes: u32,
    /// How many days.
    days: usize,
}

impl Horizon {
    /// The horizon of told periods, and whether it holds all of them.
    #[must_use]
    pub fn of(spans: &[Span], zone: &Zone, now: DateTime<Utc>, step_minutes: u32) -> (Self, bool) {
        let today = zone.day(now);
        let first = spans.iter().map(|s| zone.day(s.period.start)).min().unwrap_or(today).max(today);
        let last = spans.iter().map(|s| zone.day(s.period.end - Duration::seconds(1))).max().unwrap_or(first);
        let days = (last - first).num_days().max(0) + 2;
        let held = days.min(MOST_DAYS);
        let days_held = usize::try_from(held).unwrap_or(1);
        (Self { first: zone.first_hour(first).0, step_minutes, days: days_held }, held == days)
    }

    /// The days that two horizons have in common, in the finer of their steps; none where there is no such day.
    #[must_use]
    pub fn shared(&self, other: &Self) -> Option<Self> {
        let end = |horizon: &Self| horizon.first + i64::try_from(horizon.days * 24).unwrap_or(0);
        let first = self.first.max(other.first);
        let days = (end(self).min(end(other)) - first) / 24;
        let days = usize::try_from(days).ok().filter(|days| *days > 0)?;
        Some(Self { first, step_minutes: self.step_minutes.min(other.step_minutes), days })
    }

    /// Runs of this horizon in the slots of another, as far as it holds them.
    #[must_use]
    pub fn carry(&self, runs: &Runs, to: &Self) -> Runs {
        runs.iter().map(|run| to.touched(&self.period(*run))).filter(|(from, to)| from < to).collect()
    }

    /// Slots between its beginning and that of a later horizon of the same steps; none where there is no such number.
    #[must_use]
    pub fn offset(&self, later: &Self) -> Option<usize> {
        let hours = usize::try_from(later.first - self.first).ok()?;
        (self.step_minutes == later.step_minutes).then(|| hours * self.per_hour())
    }

    /// How many days.
    #[must_use]
    pub const fn days(&self) -> usize {
        self.days
    }

    /// Slots of an hour.
    #[must_use]
    pub fn per_hour(&self) -> usize {
        if self.step_minutes == 30 { 2 } else { 1 }
    }

    /// Slots of a day.
    #[must_use]
    pub fn per_day(&self) -> usize {
        24 * self.per_hour()
    }

    /// All slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.days * self.per_day()
    }

    /// Length of a slot in hours.
    #[must_use]
    pub fn step_hours(&self) -> f64 {
        f64::from(self.step_minutes) / 60.0
    }

    /// The first hour.
    #[must_use]
    pub const fn first(&self) -> Hour {
        Hour(self.first)
    }

    /// When a slot begins; that of the slot after the last is the end.
    #[must_use]
    pub fn start_of(&self, slot: usize) -> DateTime<Utc> {
        let minutes = i64::try_from(slot).unwrap_or(0) * i64::from(self.step_minutes);
        self.first().start() + Duration::minutes(minutes)
    }

    /// The period of a run.
    #[must_use]
    pub fn period(&self, (from, to): (usize, usize)) -> Period {
        Period { start: self.start_of(from), end: self.start_of(to) }
    }

    /// The first slot that begins at or after an instant.
    #[must_use]
    pub fn slot_from(&self, instant: DateTime<Utc>) -> usize {
        let step = i64::from(self.step_minutes) * 60;
        let seconds = (instant - self.first().start()).num_seconds().max(0);
        usize::try_from(seconds.div_euclid(step) + i64::from(seconds % step != 0)).unwrap_or(0).min(self.slots())
    }

    /// The slots that a period touches, as a half-open range.
    #[must_use]
    pub fn touched(&self, period: &Period) -> (usize, usize) {
        let step = i64::from(self.step_minutes) * 60;
        let from = (period.start - self.first().start()).num_seconds().max(0) / step;
        let from = usize::try_from(from).unwrap_or(0).min(self.slots());
        (from, self.slot_from(period.end).max(from))
    }

    /// The local day of a slot, counted from 0.
    #[must_use]
    pub fn day_of(&self, slot: usize) -> usize {
        slot / self.per_day()
    }

    /// A day by its count.
    #[must_use]
    pub fn date(&self, day: usize, zone: &Zone) -> NaiveDate {
        zone.day(self.start_of(day * self.per_day()))
    }

    /// The clock hour of a slot, 0–23.
    #[must_use]
    pub fn clock(&self, slot: usize) -> u32 {
        u32::try_from(slot % self.per_day() / self.per_hour()).unwrap_or(0)
    }

    /// From when to when the runs last on a day, as clock times; `24:00` at its end.
    #[must_use]
    pub fn clocks(&self, runs: &Runs, day: usize) -> Vec<(String, String)> {
        let step = 60 / self.per_hour();
        let (first, last) = (day * self.per_day(), (day + 1) * self.per_day());
        let clock = |slot: usize| format!("{:02}:{:02}", (slot - first) * step / 60, (slot - first) * step % 60);
        let within = runs.iter().map(|(from, to)| (*from.max(&first), *to.min(&last))).filter(|(from, to)| from < to);
        within.map(|(from, to)| (clock(from), clock(to))).collect()
    }

    /// The hour that a slot lies in, counted from the first.
    #[must_use]
    pub fn hour_of(&self, slot: usize) -> usize {
        slot / self.per_hour()
    }
}

/// A set of slots as runs.
#[must_use]
pub fn runs(set: &[bool]) -> Runs {
    let mut out: Runs = Vec::new();
    for (slot, _) in set.iter().enumerate().filter(|(_, on)| **on) {
        match out.last_mut() {
            Some((_, to)) if *to == slot => *to += 1,
            _ => out.push((slot, slot + 1)),
        }
    }
    out
}

/// Whether a slot lies in one of the runs.
#[must_use]
pub fn holds(runs: &[(usize, usize)], slot: usize) -> bool {
    runs.iter().any(|(from, to)| (*from..*to).contains(&slot))
}

/// Slots in the runs.
#[must_use]
pub fn length(runs: &[(usize, usize)]) -> usize {
    runs.iter().map(|(from, to)| to - from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_horizon_runs_from_the_first_told_day_to_the_day_after_the_last() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let span = |from: &str, to: &str| Span::own(Period { start: at(from), end: at(to) }, 0);
        let two = [
            span("2026-07-15T10:00:00+08:00", "2026-07-15T17:00:00+08:00"),
            span("2026-07-16T10:00:00+08:00", "2026-07-17T00:00:00+08:00"),
        ];
        let (horizon, whole) = Horizon::of(&two, &zone, at("2026-07-14T20:00:00+08:00"), 30);
        assert_eq!((horizon.days(), horizon.slots(), whole), (3, 144, true));
        assert_eq!(horizon.start_of(0), at("2026-07-15T00:00:00+08:00"));
        assert_eq!(horizon.touched(&two[0].period), (20, 34));
        assert_eq!(horizon.touched(&two[1].period), (68, 96));
        assert_eq!((horizon.clock(21), horizon.day_of(68), horizon.hour_of(21)), (10, 1, 10));
        assert_eq!(horizon.slot_from(at("2026-07-15T10:10:00+08:00")), 21);
        let (noon, _) = Horizon::of(&two, &zone, at("2026-07-16T12:00:00+08:00"), 60);
        assert_eq!((noon.days(), noon.touched(&two[0].period)), (2, (0, 0)), "what is past lies before it");
        let long = [span("2026-07-01T00:00:00+08:00", "2026-08-01T00:00:00+08:00")];
        assert!(!Horizon::of(&long, &zone, at("2026-07-01T00:00:00+08:00"), 60).1);
    }

    #[test]
    fn runs_and_sets_say_the_same() {
        let set = [true, true, false, true];
        assert_eq!(runs(&set), [(0, 2), (3, 4)]);
        assert!(holds(&runs(&set), 3) && !holds(&runs(&set), 2));
        assert_eq!(length(&runs(&set)), 3);
    }
}
