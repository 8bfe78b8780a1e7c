//! The `bulletin` feed: the text forecasts that environment bureaus publish.
//!
//! In: a bulletin as text or as a web page, from a file, a folder or an address. Out: a run of daily outlooks per issue
//! time, and every line that could not be read for certain, beside what was understood of it. Can't happen: a guess;
//! what was measured taken for a forecast; a line that states a level or an index passed over in silence.

mod check;
mod day;
mod feed;
mod field;
mod html;
mod kind;
mod statement;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;

pub use self::feed::{BulletinFeed, From};
use self::statement::{Anchor, Statement};
use crate::forecast::Outlook;
use crate::msg;
use crate::text::{Message, outside};

/// When a bulletin was issued: a local day and hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssuedAt {
    /// The local day.
    pub day: NaiveDate,
    /// The clock hour, 0 to 23.
    pub hour: u32,
}

/// Where the year of days without one comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YearSource {
    /// From the issue time.
    Issue,
    /// From the day on which the bulletin was received: nothing of it is certain.
    Received,
}

/// A line that a person has to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// As it stands.
    pub line: String,
    /// What was understood, by day; empty where nothing was.
    pub understood: Vec<Outlook>,
    /// Why it is not certain.
    pub why: Message,
}

/// What a bulletin says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    /// When it was issued, where it says so.
    pub issued: Option<IssuedAt>,
    /// Where the year comes from.
    pub year: YearSource,
    /// What is certain, by day.
    pub days: Vec<Outlook>,
    /// What is not.
    pub aside: Vec<Unclear>,
}

/// Lines that are read: about ten times a real bulletin.
const LINES: usize = 500;

/// Reads a bulletin that was received on a local day.
#[must_use]
pub fn read(text: &str, received: NaiveDate) -> Bulletin {
    read_issued(text, received, None)
}

/// Reads a bulletin whose issue time a person gives: it counts in place of what the bulletin says of itself.
#[must_use]
pub fn read_issued(text: &str, received: NaiveDate, given: Option<IssuedAt>) -> Bulletin {
    let text = if html::is_html(text) { outside::rows(&html::text_of(text)) } else { outside::rows(text) };
    let lines: Vec<(&str, String)> =
        text.lines().map(str::trim).filter(|l| !l.is_empty()).take(LINES).map(|l| (l, words::normalise(l))).collect();
    let head = lines.iter().position(|(_, plain)| day::issue(plain).is_some());
    let stated = head.and_then(|at| lines.get(at)).and_then(|(_, plain)| day::issue(plain));
    let issued = given.or(stated);
    let anchor = Anchor { issued, received };
    let mut certain: BTreeMap<NaiveDate, Vec<(&str, Outlook)>> = BTreeMap::new();
    let mut aside: Vec<Unclear> = Vec::new();
    for (at, (line, plain)) in lines.iter().enumerate() {
        if Some(at) == head || !kind::is_forecast(plain) {
            continue;
        }
        let statement = statement::read(plain, anchor);
        if let Some(why) = statement.doubts.first() {
            aside.push(unclear(line, &statement, why.clone()));
        } else if !statement.over {
            for day in &statement.days {
                certain.entry(*day).or_default().push((line, statement.outlook(*day)));
            }
        }
    }
    let (mut days, mut contradicting) = (Vec::new(), Vec::<Unclear>::new());
    for (day, stated) in certain {
        let Some((_, first)) = stated.first() else { continue };
        if stated.iter().all(|(_, outlook)| outlook == first) {
            days.push(first.clone());
            continue;
        }
        for (line, outlook) in stated {
            if let Some(unclear) = contradicting.iter_mut().find(|unclear| unclear.line == line) {
                unclear.understood.push(outlook);
            } else {
                let why = msg!("bulletin.contradiction", day = day.to_string());
                contradicting.push(Unclear { line: line.to_owned(), understood: vec![outlook], why });
            }
        }
    }
    aside.extend(contradicting);
    Bulletin { issued, year: anchor.source(), days, aside }
}

fn unclear(line: &str, statement: &Statement, why: Message) -> Unclear {
    let days = statement.days.iter().filter(|_| statement.says_something());
    Unclear { line: line.to_owned(), understood: days.map(|day| statement.outlook(*day)).collect(), why }
}

#[cfg(test)]
mod tests;
