//! What templates are given: a decision in words, its facts, the lines of a plan.
//!
//! In: words, made in the site's language. Out: the values under the names that templates use. Can't happen: a value
//! that a template has to put into words by itself.

use serde::{Deserialize, Serialize};

use super::Purpose;
use cuofeng_aqi::Pollutant;

/// What stands behind what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Nothing that was noted: told by an older version, or no warning.
    #[default]
    Nothing,
    /// The forecast: there are findings.
    Forecast,
    /// What was told before; the forecast does not ask for it any more.
    Kept,
    /// The rule alone: its season, its calendar.
    Standing,
    /// An official order.
    Order,
}

/// What keeps smoke where it is, on the told days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Air {
    /// Nothing that holds for all of them is known.
    #[default]
    Unknown,
    /// The air is bad on each of them.
    Bad,
    /// There is little wind on each of them.
    Calm,
    /// One or the other, by day.
    Mixed,
}

/// A value that made the rule speak.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fact {
    /// The day or hour it holds for, in words.
    pub when: String,
    /// What was compared, in words.
    pub what: String,
    /// How it is known, in words: forecast, measured, worked out.
    #[serde(default)]
    pub origin: String,
    /// The value; of a stated range the range, with what counts of it.
    pub value: String,
    /// Its unit in words that can be read aloud (`微克每立方米`); empty where it has none.
    pub unit: String,
    /// The comparison in words (`高于`).
    pub comparison: String,
    /// The threshold.
    pub threshold: String,
    /// What the threshold is, in words: a standard's limit, a document's figure, or the office's own.
    #[serde(default)]
    pub limit: String,
    /// Whether it is a standard's limit.
    #[serde(default)]
    pub standard: bool,
    /// The pollutant whose limit is exceeded; none where no limit is, or where the value stays below it.
    #[serde(default)]
    pub exceeded: Option<Pollutant>,
}

/// What every template is given, apart from the recipient.
#[expect(clippy::struct_excessive_bools, reason = "templates ask each of them by itself")]
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
    /// The document that the rule rests on.
    pub source: String,
    /// What stands behind it.
    #[serde(default)]
    pub basis: Basis,
    /// Whether a standard's limit is exceeded, that of the pollutant which the template names where it names one, and not
    /// only a figure of the office's own.
    #[serde(default)]
    pub exceeds: bool,
    /// What keeps smoke where it is.
    #[serde(default)]
    pub air: Air,
    /// Whether it is about what is forbidden all the year: an end gives nothing free.
    #[serde(default)]
    pub banned: bool,
    /// Whether somebody who was told before hears of this revision in the chat group alone.
    #[serde(default)]
    pub unsent: bool,
    /// The official order that stands behind it, in words; empty where there is none.
    pub order: String,
    /// The periods in words.
    pub periods: String,
    /// The same for a short message.
    #[serde(default)]
    pub short_periods: String,
    /// What changes of what was told, in words; of an end, how it ends.
    #[serde(default)]
    pub change: String,
    /// The same where there is little room.
    #[serde(default)]
    pub short_change: String,
    /// Whether another notice to this recipient still stands when this one ends.
    #[serde(default)]
    pub others: bool,
    /// That a lift is undone by this, in words; empty where none is.
    #[serde(default)]
    pub undone: String,
    /// Told days that the forecast does not ask for any more, in words; empty where there are none, or nothing else.
    #[serde(default)]
    pub kept: String,
    /// The periods in words for the ear.
    pub periods_spoken: String,
    /// To which day it is extended, for the ear; empty where it is not, or something else changes too.
    #[serde(default)]
    pub until_spoken: String,
    /// The telephone number for the ear.
    pub phone_spoken: String,
    /// The date of the notice in words.
    pub date: String,
    /// What the forecast says.
    pub facts: Vec<Fact>,
    /// The same in sentences, each threshold with its source.
    #[serde(default)]
    pub findings: Vec<String>,
    /// AQI of the told days, in words, each with whose it is.
    pub indexes: Vec<String>,
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
    /// Of a reminder to somebody else, whose answer has not come; of an alarm that names people, whom and what.
    pub about: String,
    /// What the plan is worth: for staff only.
    pub worth: Vec<String>,
    /// What the order that is passed on asks for, in its own words; empty where none is.
    pub measures: String,
    /// Until when its addressees must have acted, in words; empty where it says nothing.
    pub deadline: String,
    /// What stands before the letter's own code in the address of its page; empty where there is none.
    pub link: String,
    /// What is asked of this recipient, in the few words of a short message.
    #[serde(default)]
    pub asks: String,
    /// Who else is told, in words: for staff only; empty where staff alone are.
    #[serde(default)]
    pub told: String,
    /// The text for a chat group: for staff only; empty where nobody outwards is told.
    #[serde(default)]
    pub group: String,
    /// Whether this recipient gets the notice by mail.
    #[serde(default)]
    pub by_mail: bool,
    /// Whether this recipient gets the notice by short message.
    #[serde(default)]
    pub by_sms: bool,
}

impl Content {
    /// A content of which nothing but the office, the purpose and the day is known.
    #[must_use]
    pub fn blank(office: &str, phone: &str, purpose: Purpose, date: String) -> Self {
        Self {
            office: office.to_owned(),
            phone: phone.to_owned(),
            region: String::new(),
            purpose,
            title: String::new(),
            level: String::new(),
            source: String::new(),
            basis: Basis::Nothing,
            exceeds: false,
            air: Air::Unknown,
            banned: false,
            unsent: false,
            order: String::new(),
            periods: String::new(),
            short_periods: String::new(),
            change: String::new(),
            short_change: String::new(),
            others: false,
            undone: String::new(),
            kept: String::new(),
            periods_spoken: String::new(),
            until_spoken: String::new(),
            phone_spoken: String::new(),
            date,
            facts: Vec::new(),
            findings: Vec::new(),
            indexes: Vec::new(),
            revision: 1,
            previous: String::new(),
            data_label: String::new(),
            issued: String::new(),
            shaped: String::new(),
            reason: String::new(),
            mistaken: purpose == Purpose::Cancel,
            reply: String::new(),
            about: String::new(),
            worth: Vec::new(),
            measures: String::new(),
            deadline: String::new(),
            link: String::new(),
            asks: String::new(),
            told: String::new(),
            group: String::new(),
            by_mail: true,
            by_sms: true,
        }
    }
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
    /// Whether it is to stop or move, or to run with less load: what an SMS says first.
    pub moves: bool,
    /// Whether the short form leaves out other days.
    pub partial: bool,
    /// Where it is to stop or move: from when to when, empty where that differs by day.
    pub stop: Option<String>,
}

impl Content {
    /// What of it is left when days are over: facts and indexes of told days alone.
    pub fn keep_days(&mut self, days: &[String]) {
        let before = self.facts.len();
        let is_told = |words: &str| days.iter().any(|day| words.starts_with(day.as_str()));
        self.facts.retain(|fact| is_told(&fact.when));
        if self.facts.len() < before {
            // A sentence on several days can't be taken apart.
            self.indexes.clear();
        }
    }
}
