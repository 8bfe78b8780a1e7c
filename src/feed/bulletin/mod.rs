//! The `bulletin` feed: the text forecasts that environment bureaus publish.
//!
//! In: a bulletin as text or as a web page, from a file, a folder or an address. Out: a run of daily outlooks per issue
//! time, and every line that could not be read for certain, beside what was understood of it. Can't happen: a guess;
//! what was measured taken for a forecast; a line with figures passed over in silence.

mod check;
mod day;
mod feed;
mod field;
mod html;
mod statement;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;

pub use self::feed::{BulletinFeed, From};
use self::statement::{Anchor, Statement};
use crate::forecast::Outlook;
use crate::msg;
use crate::text::Message;

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
    /// What was understood; of a line that speaks of several days, for its first one.
    pub understood: Option<Outlook>,
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
    let page;
    let text = if html::is_html(text) {
        page = html::text_of(text);
        &page
    } else {
        text
    };
    let lines: Vec<(&str, String)> =
        text.lines().map(str::trim).filter(|l| !l.is_empty()).take(LINES).map(|l| (l, words::normalise(l))).collect();
    let head = lines.iter().position(|(_, plain)| day::issue(plain).is_some());
    let issued = head.and_then(|at| lines.get(at)).and_then(|(_, plain)| day::issue(plain));
    let anchor = Anchor { issued, received };
    let mut certain: BTreeMap<NaiveDate, Vec<(&str, Outlook)>> = BTreeMap::new();
    let mut aside: Vec<(&str, Unclear)> = Vec::new();
    for (at, (line, plain)) in lines.iter().enumerate() {
        if Some(at) == head || !is_forecast(plain) {
            continue;
        }
        let statement = statement::read(plain, anchor);
        if let Some(why) = statement.doubts.first() {
            aside.push((line, unclear(line, &statement, why.clone())));
        } else if !statement.over {
            for day in &statement.days {
                certain.entry(*day).or_default().push((line, statement.outlook(*day)));
            }
        }
    }
    let mut days = Vec::new();
    for (day, stated) in certain {
        let Some((_, first)) = stated.first() else { continue };
        if stated.iter().all(|(_, outlook)| outlook == first) {
            days.push(first.clone());
            continue;
        }
        for (line, outlook) in stated {
            let why = msg!("bulletin.contradiction", day = day.to_string());
            aside.push((line, Unclear { line: line.to_owned(), understood: Some(outlook), why }));
        }
    }
    let aside = aside.into_iter().map(|(_, unclear)| unclear).collect();
    Bulletin { issued, year: anchor.source(), days, aside }
}

/// Whether a line speaks of the air of days to come: it names a day and something that a forecast states. What was
/// measured names hours after its day; advice states nothing.
fn is_forecast(plain: &str) -> bool {
    let states = ["AQI", "首要污染物", "空气质量", "浓度"].iter().any(|word| plain.contains(word));
    let advice = plain.contains("建议") && !plain.contains("AQI") && !plain.contains("首要");
    let opened = statement::opened(plain);
    states && !advice && field::has_marker(opened) && day::mention(opened).is_some() && !day::hours_follow(opened)
}

fn unclear(line: &str, statement: &Statement, why: Message) -> Unclear {
    let day = statement.days.first().copied();
    let understood = day.filter(|_| statement.says_something()).map(|day| statement.outlook(day));
    Unclear { line: line.to_owned(), understood, why }
}

#[cfg(test)]
mod tests;
