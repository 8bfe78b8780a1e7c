//! One line that speaks of days to come, read into what it states.
//!
//! In: a line in normalised form. Out: its days, its fields, and every reason to doubt them; without a reason it is
//! certain. Can't happen: a clause with a word of air quality, or a number without its unit, passed over in silence.

use chrono::NaiveDate;

use super::check::{self, Stated};
use super::day::{self, LONGEST};
use super::field::{self, Field};
use super::words::{Rest, TO};
use super::{IssuedAt, YearSource};
use crate::forecast::Outlook;
use crate::msg;
use crate::text::Message;

/// Longest line that is read, in characters: about five times a real one.
pub(super) const LINE_LIMIT: usize = 1000;

/// What a line states.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// Its days from the issue day on; several where it says the same of each.
    pub days: Vec<NaiveDate>,
    pub stated: Stated,
    /// Why it is not certain.
    pub doubts: Vec<Message>,
    /// Every day it names lies before the issue day.
    pub over: bool,
}

impl Statement {
    /// What it says of one of its days.
    pub fn outlook(&self, day: NaiveDate) -> Outlook {
        Outlook {
            aqi: self.stated.aqi.map(|amount| amount.range),
            levels: self.stated.levels,
            primary: self.stated.primary.clone().unwrap_or_default(),
            concentrations: self.stated.concentrations.iter().map(|(p, amount)| (*p, amount.range)).collect(),
            ..Outlook::new(day)
        }
    }

    /// Whether anything but the day was made out.
    pub fn says_something(&self) -> bool {
        let stated = &self.stated;
        stated.aqi.is_some() || stated.levels.is_some() || stated.primary.is_some() || !stated.concentrations.is_empty()
    }
}

/// When a bulletin was issued, or the day that stands for its year where that is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    pub issued: Option<IssuedAt>,
    pub received: NaiveDate,
}

impl Anchor {
    /// The day whose year is that of days without one.
    pub fn day(self) -> NaiveDate {
        self.issued.map_or(self.received, |issued| issued.day)
    }

    /// Where [`Self::day`] comes from.
    pub fn source(self) -> YearSource {
        if self.issued.is_some() { YearSource::Issue } else { YearSource::Received }
    }
}

/// Marks that open an item of a list, and words before the day.
const OPENING: [char; 8] = ['●', '•', '·', '◆', '■', '○', '-', '*'];

/// The text from its day on: without `1、`, `(1)`, `●` and `预计` before it.
pub(super) fn opened(text: &str) -> &str {
    let mut rest = Rest(text.trim_start_matches(OPENING).trim_start());
    let mut ahead = rest;
    let bracket = ahead.word("(");
    if ahead.number(1, 2).is_some() && ahead.any(if bracket { &[")"] } else { &["、", ".", ")"] }) {
        let mut month = ahead;
        month.any(&[" "]);
        // `18、19日` is no item 18: a year or the month has to follow.
        let year = month.number(4, 4).is_some();
        if year || month.number(1, 2).is_some() && month.word("月") {
            rest = ahead;
        }
    }
    rest.any(&["预计", "预测", "预报", "其中"]);
    rest.0.trim_start()
}

/// Clauses of a line; a dot ends one only at the end of the line.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '。', '\t', '!']).map(|clause| clause.trim_matches([' ', '.', '…'])).filter(|c| !c.is_empty())
}

/// Reads a line that was found to speak of a forecast.
pub(super) fn read(text: &str, anchor: Anchor) -> Statement {
    let mut statement = Statement { days: Vec::new(), stated: Stated::default(), doubts: Vec::new(), over: false };
    if text.chars().count() > LINE_LIMIT {
        statement.doubts.push(msg!("bulletin.long", limit = LINE_LIMIT));
        return statement;
    }
    let text = opened(text);
    let mut clauses = clauses(text);
    let first = clauses.next().unwrap_or("");
    let rest = statement.read_days(first, anchor);
    for (at, clause) in rest.into_iter().map(|c| (0, c)).chain(clauses.map(|c| (1, c))) {
        if let Some(second) = day::mention(clause).filter(|_| at > 0) {
            statement.doubts.push(msg!("bulletin.second_day", value = start(second)));
        }
        statement.read_clause(clause);
    }
    statement.doubts.extend(check::doubts(&statement.stated));
    statement
}

impl Statement {
    /// Reads the days at the front of the first clause; gives what follows them in it.
    fn read_days<'a>(&mut self, first: &'a str, anchor: Anchor) -> Option<&'a str> {
        let from = anchor.day();
        if anchor.issued.is_none() {
            self.doubts.push(msg!("bulletin.no_issue"));
        }
        let Some((days, rest)) = day::days(first, from) else {
            self.days = day::days_anyhow(first, from);
            self.doubts.push(msg!("bulletin.day", value = start(first)));
            // The clause may hold more than its damaged day.
            return Some(first);
        };
        self.over = anchor.issued.is_some() && days.iter().all(|day| *day < from);
        self.days = if anchor.issued.is_some() { days.into_iter().filter(|day| *day >= from).collect() } else { days };
        if let Some(far) = self.days.iter().find(|day| anchor.issued.is_some() && (**day - from).num_days() > LONGEST) {
            self.doubts.push(msg!("bulletin.too_far", day = far.to_string(), days = LONGEST));
        }
        Some(rest).filter(|rest| !rest.is_empty())
    }

    fn read_clause(&mut self, clause: &str) {
        if let Some(field) = field::whole(clause) {
            if !self.take(field) {
                self.doubts.push(msg!("bulletin.twice", value = start(clause)));
            }
            return;
        }
        if field::has_marker(clause) {
            self.doubts.push(msg!("bulletin.unread", value = start(clause)));
            for field in field::anyhow(clause) {
                self.take(field);
            }
        } else if let Some(number) = lone_number(clause) {
            self.doubts.push(msg!("bulletin.number", value = start(number)));
        }
    }

    /// Keeps a field; false where the line stated it before.
    fn take(&mut self, field: Field) -> bool {
        let stated = &mut self.stated;
        match field {
            Field::Aqi(_) if stated.aqi.is_some() => return false,
            Field::Levels(_) if stated.levels.is_some() => return false,
            Field::Primary(_) if stated.primary.is_some() => return false,
            Field::Concentration { pollutant, .. } if stated.concentrations.contains_key(&pollutant) => return false,
            Field::Aqi(amount) => stated.aqi = Some(amount),
            Field::Levels(levels) => stated.levels = Some(levels),
            Field::Primary(list) => stated.primary = Some(list),
            Field::Concentration { pollutant, amount, plain_ozone } => {
                stated.concentrations.insert(pollutant, amount);
                stated.plain_ozone |= plain_ozone;
            }
        }
        true
    }
}

/// The first characters of a piece, to point at it.
fn start(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Units of numbers in the weather part of a line.
const WEATHER_UNITS: [&str; 14] =
    ["%", "毫米", "MM", "公里", "千米", "KM", "米", "M/S", "小时", "时", "点", "天", "成", "月"];

/// A number in the weather part that is not sound: without a unit, or too large, as where `2到3级` became `23级`. Such
/// a line lost marks elsewhere too. A single wind force from 12 on is taken for `1到2级` that lost its mark.
fn lone_number(clause: &str) -> Option<&str> {
    let mut rest = Rest(clause);
    while let Some(c) = rest.peek() {
        if !c.is_ascii_digit() {
            rest.skip();
            continue;
        }
        let at = rest.0;
        let low = decimal(&mut rest);
        let own = weather_unit(&mut rest);
        let mut ahead = rest;
        let high = if ahead.any(&TO) || ahead.word("、") {
            // A second mark is the sign of a temperature below zero.
            ahead.any(&["-", "零下"]);
            ahead.peek().filter(char::is_ascii_digit).and_then(|_| decimal(&mut ahead))
        } else {
            None
        };
        let mut unit = own;
        if high.is_some() {
            rest = ahead;
            unit = weather_unit(&mut rest).or(own);
        }
        let sound = match unit {
            Some(Unit::Force) => high.map_or(low.is_some_and(|l| l < 12), |h| low.is_some_and(|l| l < h) && h <= 17),
            Some(Unit::Degree) => low.is_some_and(|l| l <= 60) && high.is_none_or(|h| h <= 60),
            Some(Unit::Other) => low.is_some(),
            None => false,
        };
        if !sound {
            return Some(at);
        }
    }
    None
}

/// A number of at most four digits, without its decimals.
fn decimal(rest: &mut Rest<'_>) -> Option<u32> {
    let whole = rest.digits();
    let mut ahead = *rest;
    if ahead.word(".") && !ahead.digits().is_empty() {
        *rest = ahead;
    }
    (whole.len() <= 4).then(|| whole.parse().ok()).flatten()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Force,
    Degree,
    Other,
}

fn weather_unit(rest: &mut Rest<'_>) -> Option<Unit> {
    rest.word(" ");
    if rest.word("级") {
        Some(Unit::Force)
    } else if rest.any(&["度", "°C", "°"]) {
        Some(Unit::Degree)
    } else {
        rest.any(&WEATHER_UNITS).then_some(Unit::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_weather_are_sound_or_pointed_at() {
        for (clause, found) in [
            ("偏东风2到3级", None),
            ("偏南风2级转3-4级", None),
            ("气温25度到35度", None),
            ("最低气温-5--1度", None),
            ("气温-5到3°C", None),
            ("相对湿度40%-65%", None),
            ("降水量10-20.5毫米", None),
            ("14时到18时有雷阵雨", None),
            ("偏东风23级", Some("23级")),
            ("偏东风12级", Some("12级")),
            ("偏东风3到2级", Some("3到2级")),
            ("气温2835度", Some("2835度")),
            (":70-100", Some("70-100")),
            ("阵风6", Some("6")),
        ] {
            assert_eq!(lone_number(clause), found, "{clause}");
        }
    }

    #[test]
    fn the_mark_of_a_list_is_no_part_of_the_day() {
        for (text, day) in [
            ("1、8月20日", "8月20日"),
            ("(2)8月20日", "8月20日"),
            ("●预计8月20日", "8月20日"),
            ("18、19日", "18、19日"),
            ("8月20日", "8月20日"),
        ] {
            assert_eq!(opened(text), day);
        }
    }
}
