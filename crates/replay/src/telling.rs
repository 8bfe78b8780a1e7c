//! How well the telling followed what a same-day forecast showed: enough of it, not too much, not too often.
//!
//! In: what was observed, what the last forecast by 08:00 of each day showed, and the periods that stood. Out: hours and
//! notices, counted. Can't happen: an hour outside the rule's clock window counted for or against it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Told;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_rules::expr::Tri;
use cuofeng_rules::{Rule, Shape, Verdicts};

/// Clock hour by which a forecast counts as one of the same day.
pub(super) const MORNING: i64 = 8;

/// Hours and notices of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Telling {
    /// Hours that exceeded, that a same-day forecast showed, and that it showed before they came.
    pub shown: u64,
    /// Those of them inside a told period.
    pub covered: u64,
    /// Hours told.
    pub told: u64,
    /// Those of them that the same-day forecast did not show as exceeding.
    pub beyond: u64,
    /// Notices of every purpose, over all recipients.
    pub notices: u64,
    /// Days with a told hour, once a recipient.
    pub recipient_days: u64,
}

impl Telling {
    /// Adds another region's.
    pub fn add(&mut self, other: &Self) {
        self.shown += other.shown;
        self.covered += other.covered;
        self.told += other.told;
        self.beyond += other.beyond;
        self.notices += other.notices;
        self.recipient_days += other.recipient_days;
    }
}

/// What the last forecast by the morning of a day said of the day's 24 hours.
pub(super) type Shown = BTreeMap<NaiveDate, [Tri; 24]>;

/// The highest answer of any level at an hour.
pub(super) fn highest(rule: &Rule, verdicts: &Verdicts, hour: Hour) -> Tri {
    (0..rule.levels.len()).map(|level| verdicts.at(level, hour)).max().unwrap_or(Tri::Unknown)
}

/// Notes what a run issued at `issued` says of its own day, or of the next one where it comes after the morning.
pub(super) fn note(shown: &mut Shown, rule: &Rule, verdicts: &Verdicts, issued: Hour, zone: &Zone) {
    let today = zone.day_of(issued);
    let late = issued - zone.first_hour(today) > MORNING;
    let day = if late { today + chrono::Days::new(1) } else { today };
    let first = zone.first_hour(day);
    let mut answers = [Tri::Unknown; 24];
    for level in 0..rule.levels.len() {
        // Hours outside the forecast are unknown.
        let known = verdicts.between(level, first, first + 24);
        let lacking = usize::try_from(verdicts.first - first).unwrap_or(0);
        for (answer, other) in answers.iter_mut().skip(lacking).zip(known) {
            *answer = if level == 0 { *other } else { (*answer).max(*other) };
        }
    }
    shown.insert(day, answers);
}

/// Counts.
pub(super) fn count(rule: &Rule, known: &Verdicts, shown: &Shown, episodes: &[&Told], zone: &Zone) -> Telling {
    let mut telling = Telling::default();
    let mut stood: BTreeMap<NaiveDate, [bool; 24]> = BTreeMap::new();
    for told in episodes {
        let mut days: Vec<NaiveDate> = Vec::new();
        for period in told.stood() {
            let (mut hour, end) = (Hour::containing(period.start), Hour::containing(period.end));
            while hour < end {
                let day = zone.day_of(hour);
                let midnight = zone.first_hour(day);
                let until = end.min(midnight + 24);
                let clock = |hour: Hour| usize::try_from(hour - midnight).unwrap_or(0);
                let clocks = clock(hour)..clock(until);
                let is_expected = |clock: &usize| shown.get(&day).is_some_and(|answers| answers[*clock] == Tri::True);
                telling.told += count_of(clocks.len());
                telling.beyond += count_of(clocks.clone().filter(|clock| !is_expected(clock)).count());
                stood.entry(day).or_insert([false; 24])[clocks].fill(true);
                if days.last() != Some(&day) {
                    days.push(day);
                }
                hour = until;
            }
        }
        days.sort_unstable();
        days.dedup();
        telling.notices += told.notices.values().map(|n| u64::from(*n)).sum::<u64>();
        telling.recipient_days += count_of(days.len() * told.notices.len());
    }
    for (day, answers) in shown.iter().filter(|(day, _)| rule.season.contains(**day)) {
        let first = zone.first_hour(*day);
        for (clock, _) in answers.iter().enumerate().filter(|(_, answer)| **answer == Tri::True) {
            let clock = i64::try_from(clock).unwrap_or(0);
            let inside = match rule.shape {
                Shape::Window(window) => window.contains(u32::try_from(clock).unwrap_or(0)),
                _ => true,
            };
            // An hour before the forecast came is no forecast's.
            if inside && clock >= MORNING && highest(rule, known, first + clock) == Tri::True {
                telling.shown += 1;
                let told = stood.get(day).and_then(|hours| hours.get(usize::try_from(clock).ok()?));
                telling.covered += u64::from(told == Some(&true));
            }
        }
    }
    telling
}

fn count_of(hours: usize) -> u64 {
    u64::try_from(hours).unwrap_or(0)
}
