//! What the verdicts and the orders ask for, hour by hour from now on.
//!
//! In: a situation. Out: a cell an hour, and on request until when the lift condition holds. Can't happen: a missing verdict that
//! reads as nothing asked; a lower level that hides a higher one.

use chrono::{DateTime, Duration, Utc};

use super::{Situation, Span};
use crate::Shape;
use crate::expr::Tri;
use cuofeng_base::time::{Hour, Period};

/// What an hour asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing.
    Nothing,
    /// Can't be said.
    Unknown,
    /// A level of the rule, by the tool's own view or by an official order.
    Asked { level: usize, ordered: bool },
}

/// Cells from the hour that contains now; hours behind the last are unknown.
#[derive(Debug)]
pub(super) struct Wanted {
    first: Hour,
    cells: Vec<Cell>,
}

impl Wanted {
    pub(super) fn of(situation: &Situation<'_>) -> Self {
        let first = Hour::containing(situation.now);
        let mut wanted = Self { first, cells: Vec::new() };
        if situation.stale.is_none() {
            match situation.rule.shape {
                Shape::Hours => wanted.hours(situation),
                Shape::Days | Shape::Window(_) => wanted.days(situation),
            }
        }
        for order in situation.orders {
            wanted.order(situation, order);
        }
        wanted
    }

    pub(super) const fn first(&self) -> Hour {
        self.first
    }

    /// The hour behind the last cell.
    pub(super) fn end(&self) -> Hour {
        self.first + i64::try_from(self.cells.len()).unwrap_or(0)
    }

    pub(super) fn at(&self, hour: Hour) -> Cell {
        let place = usize::try_from(hour - self.first).ok();
        place.and_then(|place| self.cells.get(place)).copied().unwrap_or(Cell::Unknown)
    }

    /// First instant from now on that is not known to speak for a lift.
    pub(super) fn clear_until(&self, situation: &Situation<'_>) -> DateTime<Utc> {
        let known = (self.first.0..situation.verdicts.end().0).filter(|_| situation.stale.is_none());
        let clear = known.take_while(|hour| situation.verdicts.clear(Hour(*hour))).last();
        clear.map_or(situation.now, |last| Hour(last + 1).start())
    }

    /// Whether an hour of a period that is still ahead can't be said.
    pub(super) fn gap_in(&self, period: Period) -> bool {
        let hours = period.starts();
        (hours.start.max(self.first).0..hours.end.0).any(|hour| self.at(Hour(hour)) == Cell::Unknown)
    }

    /// Whether an hour before `until` can't be said.
    pub(super) fn gap_before(&self, until: DateTime<Utc>) -> bool {
        (self.first.0..Hour::not_before(until).0).any(|hour| self.at(Hour(hour)) == Cell::Unknown)
    }

    /// An order speaks alone for its period: on its days in the rule's clock window.
    fn order(&mut self, situation: &Situation<'_>, order: &Span) {
        let asked = Cell::Asked { level: order.level, ordered: true };
        if situation.rule.shape == Shape::Hours {
            return self.fill(order.period, asked);
        }
        self.fill(order.period, Cell::Nothing);
        let zone = situation.zone;
        let (from, to) = (zone.day(order.period.start), zone.day(order.period.end - Duration::seconds(1)));
        for day in (from - chrono::Days::new(1)).iter_days().take_while(|day| *day <= to) {
            if let Some(period) = situation.shaped(day).intersect(&order.period) {
                self.fill(period, asked);
            }
        }
    }

    fn hours(&mut self, situation: &Situation<'_>) {
        let mut hour = self.first;
        while hour < situation.verdicts.end() {
            let inside = situation.rule.season.contains(situation.zone.day_of(hour));
            self.cells.push(if inside { answer(situation, hour, 1) } else { Cell::Nothing });
            hour = hour + 1;
        }
    }

    fn days(&mut self, situation: &Situation<'_>) {
        let (zone, end) = (situation.zone, situation.verdicts.end());
        if end <= self.first {
            return;
        }
        let last = zone.day_of(end + -1);
        // What is asked of a day stands in its clock window alone; where the window wraps, in the night that begins then.
        let behind = (zone.first_hour(last) + 24).max(Hour::containing(situation.shaped(last).end));
        self.cells = vec![Cell::Nothing; usize::try_from(behind - self.first).unwrap_or(0)];
        let before = zone.day(situation.now) - chrono::Days::new(1);
        let in_season = |day: &chrono::NaiveDate| situation.rule.season.contains(*day);
        for day in before.iter_days().take_while(|d| *d <= last).filter(in_season) {
            let first = zone.first_hour(day);
            let highest = answer(situation, first, 24);
            if highest != Cell::Nothing {
                self.fill(situation.shaped(day), highest);
            }
        }
    }

    /// Fills the hours of a period that are still ahead.
    fn fill(&mut self, period: Period, cell: Cell) {
        let behind = period.end + Duration::minutes(59);
        let (from, until) = (Hour::containing(period.start).max(self.first), Hour::containing(behind));
        let place = |hour: Hour| usize::try_from(hour - self.first).unwrap_or(0);
        if from >= until {
            return;
        }
        if self.cells.len() < place(until) {
            self.cells.resize(place(until), Cell::Unknown);
        }
        self.cells[place(from)..place(until)].fill(cell);
    }
}

/// The highest level that holds in one of the `count` hours from `first` on; else whether that is known.
fn answer(situation: &Situation<'_>, first: Hour, count: usize) -> Cell {
    let until = first + i64::try_from(count).unwrap_or(0);
    let mut best = Cell::Nothing;
    for level in 0..situation.rule.levels.len() {
        let answers = situation.verdicts.between(level, first, until);
        match answers.iter().copied().fold(Tri::False, Tri::max) {
            Tri::True => return Cell::Asked { level, ordered: false },
            Tri::False if answers.len() == count => {}
            _ => best = Cell::Unknown,
        }
    }
    best
}

/// Hours with the same level that follow each other as spans; a rule of days has one a day.
pub(super) fn spans(situation: &Situation<'_>, hours: impl Iterator<Item = (Hour, usize, bool)>) -> Vec<Span> {
    let mut runs: Vec<(Hour, i64, usize, bool)> = Vec::new();
    for (hour, level, ordered) in hours {
        let new_day = situation.rule.shape == Shape::Days && situation.zone.clock(hour) == 0;
        match runs.last_mut() {
            Some((first, count, of, by)) if *first + *count == hour && (*of, *by) == (level, ordered) && !new_day => {
                *count += 1;
            }
            _ => runs.push((hour, 1, level, ordered)),
        }
    }
    let span = |(first, count, level, ordered)| Some(Span { period: Period::hours(first, count)?, level, ordered });
    runs.into_iter().filter_map(span).collect()
}
