//! What templates are given: a decision in words, its facts, the lines of a plan.
//!
//! In: words, made in the site's language. Out: the values under the names that templates use. Can't happen: a value
//! that a template has to put into words by itself.

use serde::{Deserialize, Serialize};

use super::Purpose;

/// A forecast value that made the rule speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The day or hour it holds for, in words.
    pub when: String,
    /// What was compared, in words.
    pub what: String,
    /// The forecast value.
    pub value: String,
    /// Its unit in words that can be read aloud (`微克每立方米`).
    pub unit: String,
    /// The comparison in words (`高于`).
    pub comparison: String,
    /// The threshold.
    pub threshold: String,
}

/// What every template is given, apart from the recipient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    /// The office that speaks.
    pub office: String,
    /// Whom to call.
    pub phone: String,
    /// The region's name.
    pub region: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The rule's name.
    pub title: String,
    /// The level's name: for staff only.
    pub level: String,
    /// Where the threshold comes from.
    pub source: String,
    /// The official order that stands behind it, in words; empty where there is none.
    pub order: String,
    /// The periods in words.
    pub periods: String,
    /// The periods in words for the ear.
    pub periods_spoken: String,
    /// The telephone number for the ear.
    pub phone_spoken: String,
    /// The date of the notice in words.
    pub date: String,
    /// What the forecast says.
    pub facts: Vec<Fact>,
    /// Forecast AQI by day, in words.
    pub indexes: Vec<String>,
    /// The standard of those indexes.
    pub standard: String,
    /// Number of the revision, from 1.
    pub revision: u32,
    /// Date and time of the revision before, in words; empty for the first.
    pub previous: String,
    /// Whose data it is.
    pub data_label: String,
    /// When the forecast was made, in words.
    pub issued: String,
    /// That hours were worked out from a daily forecast; empty where none was.
    pub shaped: String,
    /// Why the decision was taken: for staff only.
    pub reason: String,
    /// Whether what is taken back was told in error.
    pub mistaken: bool,
    /// The code to answer with; empty where no answer is asked for.
    pub reply: String,
    /// Of a reminder to somebody else, whose answer has not come.
    pub about: String,
    /// What the plan is worth: for staff only.
    pub worth: Vec<String>,
    /// What the order that is passed on asks for, in its own words; empty where none is.
    pub measures: String,
    /// Until when its addressees must have acted, in words; empty where it says nothing.
    pub deadline: String,
    /// What stands before the letter's own code in the address of its page; empty where there is none.
    pub link: String,
}

/// One line of the plan as a template sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The process's name.
    pub name: String,
    /// The whole sentence after the name.
    pub text: String,
    /// The same where the period was said already, for an SMS.
    pub short: String,
    /// Whether it is to stop or move: the only lines that an SMS has room for.
    pub moves: bool,
}
