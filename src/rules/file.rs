//! Rule files.
//!
//! In: the text of one TOML file under `rules/`. Out: its rules, or every problem at its place.
//! Can't happen: a rule without a source for its thresholds, a level without a condition, an unknown key passed over.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use toml::Spanned;

use super::expr::{self, Expr};
use crate::config::Form;
use crate::msg;
use crate::problem::Problem;
use crate::problem::{is_identifier, of_toml};
use crate::text::Message;
use crate::time::ClockWindow;

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
    /// When in the year the rule looks.
    pub season: Season,
    /// Which periods a true verdict asks for.
    pub shape: Shape,
    /// Hours that people need between a notice and the first hour it asks for.
    pub lead_hours: u32,
    /// Hours ahead that must be known and false before an episode is lifted early.
    pub lift_hours: u32,
    /// Days between two stretches that still make one episode.
    pub merge_days: u32,
    /// Levels from the highest to the lowest.
    pub levels: Vec<Level>,
    /// Who is told, in which forms, by which template.
    pub tell: Vec<Tell>,
    /// The file it was read from.
    pub file: String,
}

/// One level of a rule.
#[derive(Debug, Clone)]
pub struct Level {
    /// Identifier, unique in the rule.
    pub id: String,
    /// Name, for staff.
    pub name: String,
    /// The condition.
    pub when: Expr,
    /// The condition as written.
    pub when_text: String,
    /// What is asked of whom.
    pub measures: Vec<Measure>,
}

/// What a level asks of the processes it names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is asked.
    pub ask: Ask,
    /// Activities of the vocabulary in `sectors.toml`.
    pub activities: Vec<String>,
    /// For `reduce`: per cent of the usual load to take off, 1–99.
    #[serde(default)]
    pub percent: Option<u8>,
    /// What to do meanwhile, in words for the notice.
    #[serde(default)]
    pub advice: Option<String>,
}

/// What can be asked of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// Move it out of the period.
    Shift,
    /// Run it with less load during the period.
    Reduce,
    /// Keep it running and take more care: more checks, more sprinkling.
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

/// A stretch of the year; `from` after `to` wraps the new year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Season {
    from: (u32, u32),
    to: (u32, u32),
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

    fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..")?;
        let read = |part: &str| {
            let (month, day) = part.trim().split_once('-')?;
            let (month, day) = (month.parse().ok()?, day.parse().ok()?);
            // A leap year, so that 02-29 is a day.
            NaiveDate::from_ymd_opt(2024, month, day).map(|_| (month, day))
        };
        Some(Self { from: read(from)?, to: read(to)? })
    }
}

/// One audience of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Who.
    pub to: Recipients,
    /// In which forms.
    pub forms: Vec<Form>,
    /// Template name below `templates/<language>/`.
    pub template: String,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// Enterprises of these sectors.
    Enterprises {
        /// Sector identifiers.
        sectors: Vec<String>,
    },
    /// Every village, by its loudspeaker.
    Villages,
    /// The cadre and the grid worker of every village.
    Keepers,
    /// Members of staff on duty.
    Duty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<RuleSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleSection {
    id: Spanned<String>,
    name: Spanned<String>,
    kind: Spanned<String>,
    source: Spanned<String>,
    season: Option<Spanned<String>>,
    shape: Spanned<String>,
    #[serde(default)]
    lead_hours: Option<Spanned<u32>>,
    #[serde(default)]
    lift_hours: Option<Spanned<u32>>,
    #[serde(default)]
    merge_days: Option<Spanned<u32>>,
    level: Vec<LevelSection>,
    tell: Vec<TellSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelSection {
    id: Spanned<String>,
    name: Spanned<String>,
    when: Spanned<String>,
    #[serde(default)]
    measure: Vec<Spanned<Measure>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TellSection {
    to: Spanned<String>,
    #[serde(default)]
    sectors: Vec<String>,
    forms: Spanned<Vec<Form>>,
    template: Spanned<String>,
}

/// The words that `to` may be.
const RECIPIENTS: [&str; 4] = ["enterprises", "villages", "keepers", "duty"];

/// Reads a rule file.
///
/// # Errors
/// Every problem found, each at its place in the text.
pub fn parse(file: &str, source: &str) -> Result<Vec<Rule>, Vec<Problem>> {
    let text: Arc<str> = source.into();
    let rules: RuleFile = toml::from_str(source).map_err(|error| vec![of_toml(file, &text, &error)])?;
    let mut reader = Reader { file, text, problems: Vec::new() };
    let rules = rules.rule.into_iter().filter_map(|section| reader.rule(section)).collect();
    if reader.problems.is_empty() { Ok(rules) } else { Err(reader.problems) }
}

struct Reader<'a> {
    file: &'a str,
    text: Arc<str>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, range: Range<usize>, what: Message, advice: Message) {
        self.problems.push(Problem::span(self.file, &self.text, range, what, advice));
    }

    fn rule(&mut self, section: RuleSection) -> Option<Rule> {
        for id in [&section.id, &section.kind] {
            self.identifier(id);
        }
        for words in [&section.name, &section.source] {
            if words.get_ref().trim().is_empty() {
                self.problem(words.span(), msg!("config.empty"), msg!("rules.empty_advice"));
            }
        }
        let season = section.season.map_or(Some(Season::YEAR), |text| self.season(&text));
        let shape = self.shape(&section.shape);
        let lead_hours = self.limit(section.lead_hours, 2, 72);
        let lift_hours = self.limit(section.lift_hours, 36, 96);
        let merge_days = self.limit(section.merge_days, 1, 7);
        let mut levels: Vec<Level> = Vec::new();
        for level in section.level {
            if levels.iter().any(|l| l.id == *level.id.get_ref()) {
                let what = msg!("config.twice", value = level.id.get_ref());
                self.problem(level.id.span(), what, msg!("config.twice_advice"));
            }
            levels.extend(self.level(level));
        }
        let tell = section.tell.into_iter().filter_map(|tell| self.tell(tell)).collect();
        Some(Rule {
            id: section.id.into_inner(),
            name: section.name.into_inner(),
            kind: section.kind.into_inner(),
            source: section.source.into_inner(),
            season: season?,
            shape: shape?,
            lead_hours,
            lift_hours,
            merge_days,
            levels,
            tell,
            file: self.file.to_owned(),
        })
    }

    fn identifier(&mut self, id: &Spanned<String>) {
        if !is_identifier(id.get_ref()) {
            let what = msg!("config.identifier", value = id.get_ref());
            self.problem(id.span(), what, msg!("config.identifier_advice"));
        }
    }

    fn limit(&mut self, value: Option<Spanned<u32>>, default: u32, most: u32) -> u32 {
        let Some(value) = value else { return default };
        if *value.get_ref() > most {
            self.problem(value.span(), msg!("rules.limit", most = most), msg!("rules.limit_advice", most = most));
        }
        value.into_inner()
    }

    fn season(&mut self, text: &Spanned<String>) -> Option<Season> {
        let season = Season::parse(text.get_ref());
        if season.is_none() {
            self.problem(text.span(), msg!("rules.season"), msg!("rules.season_advice"));
        }
        season
    }

    fn shape(&mut self, text: &Spanned<String>) -> Option<Shape> {
        let shape = match text.get_ref().trim() {
            "hours" => Some(Shape::Hours),
            "days" => Some(Shape::Days),
            window => ClockWindow::try_from(window.to_owned()).ok().map(Shape::Window),
        };
        if shape.is_none() {
            self.problem(text.span(), msg!("rules.shape"), msg!("rules.shape_advice"));
        }
        shape
    }

    fn level(&mut self, level: LevelSection) -> Option<Level> {
        self.identifier(&level.id);
        if level.name.get_ref().trim().is_empty() {
            self.problem(level.name.span(), msg!("config.empty"), msg!("rules.empty_advice"));
        }
        let mut measures = Vec::new();
        for measure in level.measure {
            let reduces = measure.get_ref().ask == Ask::Reduce;
            let percent = measure.get_ref().percent;
            if reduces != percent.is_some() || percent.is_some_and(|p| !(1..=99).contains(&p)) {
                self.problem(measure.span(), msg!("rules.percent"), msg!("rules.percent_advice"));
            }
            measures.push(measure.into_inner());
        }
        let when = self.condition(&level.when)?;
        Some(Level {
            id: level.id.into_inner(),
            name: level.name.into_inner(),
            when,
            when_text: level.when.into_inner(),
            measures,
        })
    }

    fn condition(&mut self, when: &Spanned<String>) -> Option<Expr> {
        match expr::parse(when.get_ref()) {
            Ok(expr) => Some(expr),
            Err(error) => {
                let range = self.inside(when, &error.range);
                self.problem(range, error.what, error.advice);
                None
            }
        }
    }

    /// Where bytes of a condition stand in the file; the whole value where it has escapes or several quotes.
    fn inside(&self, when: &Spanned<String>, range: &Range<usize>) -> Range<usize> {
        let span = when.span();
        let raw = self.text.get(span.clone()).unwrap_or("");
        match raw.find(when.get_ref().as_str()) {
            Some(quote) if !when.get_ref().is_empty() => {
                span.start + quote + range.start..span.start + quote + range.end
            }
            _ => span,
        }
    }

    fn tell(&mut self, tell: TellSection) -> Option<Tell> {
        let to = match tell.to.get_ref().as_str() {
            "enterprises" => Recipients::Enterprises { sectors: tell.sectors },
            "villages" => Recipients::Villages,
            "keepers" => Recipients::Keepers,
            "duty" => Recipients::Duty,
            other => {
                let known = RECIPIENTS.join(", ");
                self.problem(
                    tell.to.span(),
                    msg!("rules.recipients", value = other),
                    msg!("rules.recipients_advice", known = known),
                );
                return None;
            }
        };
        let carries = |form: &Form| match to {
            Recipients::Villages => *form == Form::Speech,
            _ => *form != Form::Speech,
        };
        if tell.forms.get_ref().is_empty() || !tell.forms.get_ref().iter().all(carries) {
            self.problem(tell.forms.span(), msg!("rules.forms"), msg!("rules.forms_advice"));
        }
        let name_ok = tell.template.get_ref().split('/').all(is_identifier);
        if !name_ok {
            let what = msg!("config.identifier", value = tell.template.get_ref());
            self.problem(tell.template.span(), what, msg!("config.identifier_advice"));
        }
        Some(Tell { to, forms: tell.forms.into_inner(), template: tell.template.into_inner() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_may_wrap_the_new_year_and_holds_its_last_day() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).expect("a date");
        let summer = Season::parse("04-01..09-30").expect("a season");
        assert!(summer.contains(day(4, 1)) && summer.contains(day(9, 30)) && !summer.contains(day(10, 1)));
        let winter = Season::parse("11-15..03-15").expect("a season");
        assert!(winter.contains(day(12, 31)) && winter.contains(day(3, 15)) && !winter.contains(day(6, 1)));
        assert_eq!(Season::parse("02-30..03-01"), None);
    }

    #[test]
    fn an_error_in_a_condition_stands_under_its_word_in_the_file() {
        let source = "[[rule]]\nid='a'\nname='甲'\nkind='a'\nsource='文'\nshape='days'\ntell=[]\n\
                      [[rule.level]]\nid='l'\nname='乙'\nwhen = \"臭氧 高于 160 m/s\"\n";
        let problems = parse("rules/a.toml", source).expect_err("a wrong unit");
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line_column().map(|(line, _)| line), Some(11));
        let crate::problem::Place::Span { text, range } = &problems[0].place else { panic!("a span") };
        assert!(text[range.clone()].contains("m/s"), "{:?}", &text[range.clone()]);
    }
}
