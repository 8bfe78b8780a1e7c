//! The calendar of working days.
//!
//! In: `rules/workdays.toml`, the yearly notices of the State Council. Out: whether a local day is a working day.
//! Can't happen: a guess about a year that the file does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;
use toml::Spanned;

use super::rule::{Season, day_of_year};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, of_toml};

/// Working days by year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Year {
    off: BTreeSet<NaiveDate>,
    work: BTreeSet<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    year: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    year: i32,
    #[expect(dead_code, reason = "the file must name it; people read it there")]
    source: String,
    off: Vec<Spanned<String>>,
    work: Vec<Spanned<String>>,
}

impl Calendar {
    /// Reads the file.
    ///
    /// # Errors
    /// Every problem, at its place.
    pub fn parse(file: &str, source: &str) -> Result<Self, Vec<Problem>> {
        let text: Arc<str> = source.into();
        let sections: File = toml::from_str(source).map_err(|error| vec![of_toml(file, &text, &error)])?;
        let (mut calendar, mut problems) = (Self::default(), Vec::new());
        for section in sections.year {
            let mut days = |list: &[Spanned<String>]| {
                let mut all = BTreeSet::new();
                for part in list {
                    let found = days_of(part.get_ref(), section.year);
                    if found.is_empty() {
                        let (what, advice) = (msg!("rules.workdays"), msg!("rules.workdays_advice"));
                        problems.push(Problem::span(file, &text, part.span(), what, advice));
                    }
                    all.extend(found);
                }
                all
            };
            let year = Year { off: days(&section.off), work: days(&section.work) };
            calendar.years.insert(section.year, year);
        }
        if problems.is_empty() { Ok(calendar) } else { Err(problems) }
    }

    /// Whether a local day is a working day; nothing where the file does not have its year.
    #[must_use]
    pub fn workday(&self, day: NaiveDate) -> Option<bool> {
        let year = self.years.get(&day.year())?;
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        Some(year.work.contains(&day) || !weekend && !year.off.contains(&day))
    }

    /// Whether the file has the year of a day.
    #[must_use]
    pub fn has(&self, day: NaiveDate) -> bool {
        self.years.contains_key(&day.year())
    }
}

/// The days of `02-15..02-23`, `2月15日至2月23日`, `02-14` or `2月14日` in a year.
fn days_of(text: &str, year: i32) -> Vec<NaiveDate> {
    let one = day_of_year(text).map(|day| Season { from: day, to: day });
    let Some(Season { from, to }) = one.or_else(|| Season::parse(text)) else { return Vec::new() };
    let day = |(month, day)| NaiveDate::from_ymd_opt(year, month, day);
    let (Some(first), Some(last)) = (day(from), day(to)) else { return Vec::new() };
    first.iter_days().take_while(|d| *d <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_of_2026_knows_the_days_that_were_moved() {
        let calendar =
            Calendar::parse("rules/workdays.toml", include_str!("../../../rules/workdays.toml")).expect("a file");
        // The notice of the State Council's General Office of 2025-11-04, sentence by sentence.
        for (day, works) in [
            ("2026-01-03", false),
            ("2026-01-04", true),
            ("2026-02-14", true),
            ("2026-02-15", false),
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-02-28", true),
            ("2026-04-06", false),
            ("2026-05-05", false),
            ("2026-05-09", true),
            ("2026-06-19", false),
            ("2026-09-20", true),
            ("2026-09-25", false),
            ("2026-10-07", false),
            ("2026-10-10", true),
            ("2026-07-11", false),
            ("2026-07-13", true),
        ] {
            assert_eq!(calendar.workday(day.parse().expect("a day")), Some(works), "{day}");
        }
        assert_eq!(calendar.workday("2031-01-04".parse().expect("a day")), None, "not announced");
        let spoken = "[[year]]\nyear = 2026\nsource = \"x\"\noff = [\"2月15日至2月23日\"]\nwork = [\"2月14日\"]\n";
        let spoken = Calendar::parse("f", spoken).expect("days as the notice writes them");
        let works = |day: &str| spoken.workday(day.parse().expect("a day"));
        assert_eq!(
            (works("2026-02-14"), works("2026-02-23"), works("2026-02-24")),
            (Some(true), Some(false), Some(true))
        );
        let wrong = "[[year]]\nyear = 2026\nsource = \"x\"\noff = [\"02-30\"]\nwork = []\n";
        assert_eq!(Calendar::parse("f", wrong).expect_err("no such day").len(), 1);
    }
}
