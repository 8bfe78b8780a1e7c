//! A rule as the program holds it.
//!
//! In: what [`super::file`] has read and checked. Out: the rule's parts, by the words of its file. Can't happen: a level
//! without a condition in a rule that looks at the forecast; a condition in one that does not.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::expr::Expr;
use cuofeng_air::forecast::Take;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockWindow;
use cuofeng_base::word::Form;
use cuofeng_base::words;
use cuofeng_town::order::Order;
use cuofeng_town::roster::{Enterprise, Grade, Village};

/// A checked rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Identifier, unique in the site.
    pub id: String,
    /// Name, as notices print it.
    pub name: String,
    /// Episodes of one kind in one region are one thing.
    pub kind: String,
    /// The document that the thresholds come from.
    pub source: String,
    /// Whether its notices go out at once or wait for a person.
    pub release: Release,
    /// Hours that a draft may wait for a person.
    pub deadline_hours: u32,
    /// What becomes of it then.
    pub at_deadline: AtDeadline,
    /// When in the year the rule looks.
    pub season: Season,
    /// Holds by the calendar alone: told once when its season begins, whatever the forecast says.
    pub standing: bool,
    /// Which end of a daily range in a bulletin its conditions look at.
    pub range: Take,
    /// Which periods a true verdict asks for.
    pub shape: Shape,
    /// Hours that people need between a notice and the first hour it asks for.
    pub lead_hours: u32,
    /// What must hold before an episode is lifted early; where it says nothing, that no level holds.
    pub lift: Option<Condition>,
    /// Hours ahead for which that must be known to hold.
    pub lift_hours: u32,
    /// Days between two stretches that still make one episode.
    pub merge_days: u32,
    /// Hours ahead within which a period is told for its own sake; what lies farther ahead is told along with it.
    pub ahead_hours: u32,
    /// Hours that must come or go for a change to be worth telling.
    pub material_hours: u32,
    /// Hours before its start from which a told period is no longer shortened.
    pub settle_hours: u32,
    /// Changes a day that one recipient is told, upgrades apart, and new hours that begin so soon that a letter of the
    /// next day would leave people less than `settle_hours`: those never wait.
    pub daily_revisions: u32,
    /// Hours ahead within which days behind the last told one are told.
    pub extend_hours: u32,
    /// Hours ahead beyond which nothing is told, not even along with what is near.
    pub reach_hours: u32,
    /// Hours that must be left of a day, or of its clock window, for it to be told at all where nothing was told of it.
    pub least_hours: u32,
    /// Hours ahead beyond which a beginning is told only once two runs one after another say so.
    pub sure_hours: u32,
    /// How many runs one after another must say that a told hour is asked less, or not at all, before it is taken back.
    pub take_back_runs: u32,
    /// How often who does not answer is reminded.
    pub remind: Remind,
    /// What official orders are about that speak for this rule: 臭氧, 重污染天气.
    pub orders: Vec<String>,
    /// The one order that the rule passes on, where it is made of one ([`super::relay`]).
    pub relays: Option<Arc<Order>>,
    /// Local clock hours in which enterprises, cadres and grid workers get no message that can wait; a level may say
    /// otherwise ([`Rule::quiet_at`]).
    pub quiet: Option<ClockWindow>,
    /// Levels from the highest to the lowest.
    pub levels: Vec<Level>,
    /// Who is told, in which forms, by which template.
    pub tell: Vec<Tell>,
    /// Who is asked nothing, and why.
    pub exempt: Vec<Exempt>,
    /// The file it was read from.
    pub file: String,
    /// The file's text, for problems found later.
    pub text: Arc<str>,
    /// Where its identifier stands in the text.
    pub place: Range<usize>,
}

/// Whether notices go out at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// At once.
    Auto,
    /// When someone with the role has released the draft.
    Approval,
}

words! {
    /// What becomes of a draft that nobody has released or rejected in time.
    pub enum AtDeadline {
        /// It goes out.
        Release = "release",
        /// It is dropped.
        Drop = "drop",
    }
}

/// How often who does not answer is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remind {
    /// Of every revision.
    Revision,
    /// Once an episode; again where a level is higher or other clock hours are asked. Orders are reminded of every time.
    Episode,
}

/// A condition and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As a tree.
    pub expr: Expr,
    /// As written.
    pub text: String,
    /// Bytes of the rule file.
    pub range: Range<usize>,
}

/// Which quiet hours the notices of a level keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Those of the rule.
    AsRule,
    /// None: they go out at any hour.
    Never,
    /// Hours of its own.
    Hours(ClockWindow),
}

/// One level of a rule.
#[derive(Debug, Clone)]
pub struct Level {
    /// Identifier, unique in the rule.
    pub id: String,
    /// Name, for staff.
    pub name: String,
    /// The document its threshold comes from, where that is another one than the rule's.
    pub source: Option<String>,
    /// The condition; a standing rule has none.
    pub when: Option<Condition>,
    /// Whether its notices keep to the rule's quiet hours.
    pub quiet: Quiet,
    /// What is asked of whom.
    pub measures: Vec<Measure>,
    /// Where its identifier stands in the file.
    pub place: Range<usize>,
}

/// Of which enterprises, villages or processes something is said; an empty list leaves everyone in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    /// Sector identifiers.
    pub sectors: Vec<String>,
    /// Performance grades.
    pub grades: Vec<Grade>,
    /// Village codes or names.
    pub villages: Vec<String>,
    /// Tags of the tables.
    pub tags: Vec<String>,
    /// Activities: enterprises that have such a process.
    pub activities: Vec<String>,
}

impl Selector {
    /// Whether the enterprise, whose village is given, is one of those.
    #[must_use]
    pub fn takes(&self, enterprise: &Enterprise, village: Option<&Village>) -> bool {
        let any = |list: &[String], holds: &dyn Fn(&String) -> bool| list.is_empty() || list.iter().any(holds);
        any(&self.sectors, &|s| *s == enterprise.sector)
            && (self.grades.is_empty() || enterprise.grade.is_some_and(|g| self.grades.contains(&g)))
            && any(&self.villages, &|v| village.is_some_and(|known| known.is(v)))
            && any(&self.tags, &|t| enterprise.tags.contains(t))
            && any(&self.activities, &|a| enterprise.processes.iter().any(|p| p.activity == *a))
    }

    /// Whether the village is one of those; sectors, grades and activities say nothing of villages.
    #[must_use]
    pub fn takes_village(&self, village: &Village) -> bool {
        (self.villages.is_empty() || self.villages.iter().any(|v| village.is(v)))
            && (self.tags.is_empty() || self.tags.iter().any(|t| village.tags.contains(t)))
    }
}

/// What a level asks of the processes it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// What is asked.
    pub ask: Ask,
    /// Activities of the vocabulary in `sectors.toml`.
    pub activities: Vec<String>,
    /// Of which enterprises; its `activities` are empty.
    pub of: Selector,
    /// Of processes that emit this; of all where it is none.
    pub pollutant: Option<Precursor>,
    /// The clock hours it holds on each told day, from the day on which they begin; the told periods themselves where
    /// it is none.
    pub hours: Option<ClockWindow>,
    /// For `reduce`: per cent of the usual load to take off, 1–99.
    pub percent: Option<u8>,
    /// What to do meanwhile, in words for the notice.
    pub advice: Option<String>,
    /// Where it begins in the file.
    pub place: usize,
}

/// What ozone is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precursor {
    /// Volatile organic compounds.
    Voc,
    /// Nitrogen oxides.
    Nox,
}

/// What can be asked of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// Leave it off during the period, without another hour for it.
    Stop,
    /// Move it out of the period.
    Shift,
    /// Run it with less load during the period.
    Reduce,
    /// Keep it running and do more: more checks, more sprinkling.
    Care,
}

/// Which periods a true verdict asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Exactly the hours that hold.
    Hours,
    /// Whole local days with an hour that holds.
    Days,
    /// A clock window on the days with an hour that holds.
    Window(ClockWindow),
}

/// Enterprises of which a rule asks nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempt {
    /// Performance grades.
    pub grades: Vec<Grade>,
    /// Types of exemption of the official list, as `enterprises.csv` has them; `*` is any.
    pub kinds: Vec<String>,
    /// Levels at which it applies, by identifier; all where none is named.
    pub levels: Vec<String>,
    /// Why, for staff.
    pub why: String,
}

impl Exempt {
    /// Whether it lets the enterprise off at a level.
    #[must_use]
    pub fn frees(&self, enterprise: &Enterprise, level: &str) -> bool {
        let graded = enterprise.grade.is_some_and(|g| self.grades.contains(&g));
        let listed = |e: &cuofeng_town::roster::Exemption| self.kinds.iter().any(|k| k == "*" || *k == e.kind);
        let named = enterprise.exemption.as_ref().is_some_and(listed);
        (graded || named) && (self.levels.is_empty() || self.levels.iter().any(|l| l == level))
    }
}

/// A stretch of the year; `from` after `to` wraps the new year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Season {
    /// First month and day.
    pub from: (u32, u32),
    /// Last month and day, inside.
    pub to: (u32, u32),
}

impl Season {
    /// The whole year.
    pub const YEAR: Self = Self { from: (1, 1), to: (12, 31) };

    /// Whether the day lies in the season; its last day is inside.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        let at = (day.month(), day.day());
        if self.from <= self.to { self.from <= at && at <= self.to } else { at >= self.from || at <= self.to }
    }

    /// The stretches of it from one day to another, each from its first to its last day.
    #[must_use]
    pub fn within(&self, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
        let mut stretches: Vec<(NaiveDate, NaiveDate)> = Vec::new();
        for day in from.iter_days().take_while(|day| *day <= to).filter(|day| self.contains(*day)) {
            match stretches.last_mut() {
                Some((_, last)) if last.succ_opt() == Some(day) => *last = day,
                _ => stretches.push((day, day)),
            }
        }
        stretches
    }

    /// Reads `04-01..09-30`, `4月1日至9月30日` or, of whole months, `4月至9月`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((from, to)) = text.split_once("..") {
            return Some(Self { from: day_of_year(from)?, to: day_of_year(to)? });
        }
        let (from, to) = text.split_once(['至', '到', '—', '–', '~', '～']).or_else(|| {
            // A hyphen parts two Chinese dates; in `04-01` it parts month and day.
            text.split_once('-').filter(|_| text.contains('月'))
        })?;
        let to = ["次年", "第二年", "翌年"].iter().find_map(|year| to.trim().strip_prefix(year)).unwrap_or(to);
        let whole = |part: &str| part.trim().strip_suffix('月')?.trim().parse::<u32>().ok();
        match (whole(from), whole(to)) {
            (Some(from), Some(to)) => {
                let last = (28..=31).rev().find_map(|day| NaiveDate::from_ymd_opt(2024, to, day))?;
                let first = NaiveDate::from_ymd_opt(2024, from, 1)?;
                Some(Self { from: (first.month(), 1), to: (last.month(), last.day()) })
            }
            _ => Some(Self { from: day_of_year(from)?, to: day_of_year(to)? }),
        }
    }
}

/// Month and day of `04-01` or `4月1日`.
pub(super) fn day_of_year(text: &str) -> Option<(u32, u32)> {
    let text = text.trim();
    let (month, day) = match text.split_once('月') {
        Some((month, day)) => (month, day.strip_suffix(['日', '号'])?),
        None => text.split_once('-')?,
    };
    let (month, day) = (month.trim().parse().ok()?, day.trim().parse().ok()?);
    // A leap year, so that 02-29 is a day.
    NaiveDate::from_ymd_opt(2024, month, day).map(|_| (month, day))
}

/// One audience of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Who.
    pub to: Recipients,
    /// Which of them.
    pub of: Selector,
    /// In which forms.
    pub forms: Vec<Form>,
    /// Template name below `templates/<language>/`.
    pub template: String,
    /// Hours within which an answer is asked for; none where none is.
    pub ask_hours: Option<u32>,
    /// Days within which they are not told again of an extension and nothing else; none where they are told of each.
    pub extend_days: Option<u32>,
    /// Where it begins in the file.
    pub place: usize,
}

/// A class of people who are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients {
    /// Enterprises.
    Enterprises,
    /// Villages, by their loudspeakers.
    Villages,
    /// The cadre and the grid worker of villages.
    Keepers,
    /// Members of staff on duty.
    Duty,
    /// Members of staff who may release drafts: those on duty, else all of them. No rule names them.
    Releasers,
    /// Departments and superiors who are copied in. No rule file names them; the selector's tag is the subject.
    Departments,
    /// Members of staff who may release drafts and stand in for one on duty. No rule names them.
    Deputies,
}

impl Rule {
    /// Whether what the run before the newest said counts.
    #[must_use]
    pub const fn looks_back(&self) -> bool {
        self.take_back_runs > 1 || self.sure_hours < self.reach_hours
    }

    /// Whether an official order speaks for the rule.
    #[must_use]
    pub fn hears(&self, order: &Order) -> bool {
        match &self.relays {
            Some(own) => own.issuer == order.issuer && own.document == order.document && own.subject == order.subject,
            None => self.orders.iter().any(|subject| order.subject.contains(subject.as_str())),
        }
    }

    /// The clock hours in which people get no message of a level that can wait.
    #[must_use]
    pub fn quiet_at(&self, level: Option<usize>) -> Option<ClockWindow> {
        match level.and_then(|level| self.levels.get(level)).map_or(Quiet::AsRule, |level| level.quiet) {
            Quiet::AsRule => self.quiet,
            Quiet::Never => None,
            Quiet::Hours(window) => Some(window),
        }
    }

    /// A problem at a place of its file.
    #[must_use]
    pub fn problem(&self, range: Range<usize>, what: Message, advice: Message) -> Problem {
        Problem::span(&self.file, &self.text, range, what, advice)
    }

    /// Where a word stands in the file, first from `place` on; the rule's identifier where it does not.
    #[must_use]
    pub fn word(&self, word: &str, place: usize) -> Range<usize> {
        let found = self.text.get(place..).and_then(|rest| rest.find(word));
        found.map_or_else(|| self.place.clone(), |at| place + at..place + at + word.len())
    }

    /// Every condition: those of the levels and that of the lift.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.levels.iter().filter_map(|level| level.when.as_ref()).chain(&self.lift)
    }

    /// What frees an enterprise from the measures of a level, if anything does. Where the rule itself names nobody,
    /// every exemption of the official list counts.
    #[must_use]
    pub fn exemption<'a>(&'a self, enterprise: &'a Enterprise, level: &str) -> Option<&'a str> {
        if self.exempt.is_empty() {
            return enterprise.exemption.as_ref().map(|e| e.reason.as_str());
        }
        self.exempt.iter().find(|e| e.frees(enterprise, level)).map(|e| e.why.as_str())
    }
}

#[cfg(test)]
mod tests;
