//! Cases: data given, verdicts that must come of it.
//!
//! In: the text of a file under `rules/tests/`, and the rules. Out: of each case, every hour whose verdict is not the
//! one expected. Can't happen: a verdict that nobody expected and that passes; a case for a rule that is not there.
//!
//! A case gives hourly data from `start` on, one text per variable: `100x24 180x8 _x4` is 24 hours of 100, 8 of 180 and
//! 4 missing ones; `100..180x8` rises evenly. What must come of it is given by level as `F24 T8 U4`, or as periods
//! (`true`, `unknown`); every other hour, and every level that is not named, must be false.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use toml::Spanned;

use super::expr::{Context, OrderSpan, Tri};
use super::outline::Outline;
use super::{Rule, judge, report};
use cuofeng_air::forecast::{Column, Columns, MISSING, Origin, Series, Variable};
use cuofeng_aqi::{Standards, parse_milli};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Period, Zone};
use cuofeng_town::order::Tier;

/// Longest data of a case, in hours.
const LONGEST: usize = 24 * 60;

/// A file without its cases: nothing else may stand in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    name: Spanned<String>,
    rule: Spanned<String>,
    start: Moment,
    #[serde(default)]
    data: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    order: Vec<OrderSection>,
    #[serde(default)]
    fire: Vec<FireSection>,
    #[serde(default)]
    workdays: Option<bool>,
    #[serde(default)]
    expect: Vec<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderSection {
    tier: Spanned<String>,
    from: Moment,
    to: Spanned<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FireSection {
    at: Moment,
    metres: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    level: Spanned<String>,
    hours: Option<Spanned<String>>,
    #[serde(default, rename = "true")]
    holds: Vec<Spanned<[Moment; 2]>>,
    #[serde(default)]
    unknown: Vec<Spanned<[Moment; 2]>>,
}

/// A date-time of TOML with its zone.
#[derive(Debug, Clone, Copy)]
pub struct Moment(pub DateTime<Utc>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = toml::value::Datetime::deserialize(deserializer)?.to_string();
        let moment = DateTime::parse_from_rfc3339(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(moment.to_utc()))
    }
}

/// A case that can be run.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The rule's identifier.
    pub rule: String,
    file: String,
    text: Arc<str>,
    place: Range<usize>,
    first: Hour,
    columns: Columns,
    hours: usize,
    orders: Vec<OrderSpan>,
    /// Hot spots as the hour and the distance; none where the case says nothing of fires.
    fires: Vec<(Hour, u32)>,
    workdays: Option<bool>,
    expected: BTreeMap<String, (Vec<Tri>, Range<usize>)>,
}

/// An hour whose verdict is another than the one expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The case.
    pub case: String,
    /// The level.
    pub level: String,
    /// The first such hour, and how many follow with the same difference.
    pub hour: Hour,
    /// Hours in a row.
    pub hours: usize,
    /// What was expected.
    pub expected: Tri,
    /// What came.
    pub found: Tri,
    /// Why, in words.
    pub why: Vec<String>,
    /// Where the expectation, or the case, stands.
    pub problem: Problem,
}

/// Reads a file of cases.
///
/// # Errors
/// Every problem, at its place.
pub fn parse(file: &str, source: &str) -> Result<Vec<Case>, Vec<Problem>> {
    let mut outline = Outline::new(file, source);
    let mut cases = Vec::new();
    let mut reader = Reader { file, text: source.into(), problems: Vec::new() };
    if let Some(mut root) = outline.root(source) {
        let parts = outline.take(&mut root, "case");
        // Stories stand in the same file; who plays them reads them.
        drop(outline.take(&mut root, "story"));
        let _: Option<Spanned<Rest>> = outline.read(root);
        let sections = parts.into_iter().filter_map(|part| outline.read(part));
        cases.extend(sections.map(|section| reader.case(section.into_inner())));
    }
    let mut problems = outline.problems;
    problems.extend(reader.problems);
    problems.sort_by_key(Problem::line_column);
    if problems.is_empty() { Ok(cases) } else { Err(problems) }
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

    fn case(&mut self, section: Section) -> Case {
        let first = Hour::containing(section.start.0);
        let mut columns = Columns::new();
        for (name, values) in &section.data {
            let Some(variable) = Variable::ALL.into_iter().find(|v| v.name() == name.get_ref()) else {
                let meant = nearest(name.get_ref(), Variable::ALL.map(Variable::name)).unwrap_or("pm25");
                self.problem(name.span(), msg!("case.variable"), msg!("rules.choice_advice", known = meant));
                continue;
            };
            match series(values.get_ref()) {
                Some(values) => {
                    columns.insert(variable, Column { first, values });
                }
                None => self.problem(values.span(), msg!("case.values"), msg!("case.values_advice")),
            }
        }
        let hours = columns.values().map(|c| c.values.len()).max().unwrap_or(24);
        let mut orders = Vec::new();
        for order in &section.order {
            let period = Period::new(order.from.0, order.to.get_ref().0);
            match (Tier::named(order.tier.get_ref()), period) {
                (Some(tier), Some(period)) => orders.push(OrderSpan { period, tier }),
                (None, _) => self.problem(order.tier.span(), msg!("case.tier"), msg!("case.tier_advice")),
                _ => self.problem(order.to.span(), msg!("case.period"), msg!("case.period_advice")),
            }
        }
        let mut expected = BTreeMap::new();
        for expectation in section.expect {
            let place = expectation.level.span();
            let answers = self.answers(&expectation, first, hours);
            expected.insert(expectation.level.into_inner(), (answers, place));
        }
        Case {
            place: section.name.span(),
            name: section.name.into_inner(),
            rule: section.rule.into_inner(),
            file: self.file.to_owned(),
            text: Arc::clone(&self.text),
            first,
            columns,
            hours,
            orders,
            fires: section.fire.iter().map(|f| (Hour::containing(f.at.0), f.metres)).collect(),
            workdays: section.workdays,
            expected,
        }
    }

    fn answers(&mut self, expectation: &Expectation, first: Hour, hours: usize) -> Vec<Tri> {
        let mut answers = vec![Tri::False; hours];
        if let Some(text) = &expectation.hours {
            match letters(text.get_ref()) {
                Some(found) if found.len() == hours => answers = found,
                Some(found) => {
                    let what = msg!("case.length", got = found.len(), want = hours);
                    self.problem(text.span(), what, msg!("case.length_advice"));
                }
                None => self.problem(text.span(), msg!("case.letters"), msg!("case.letters_advice")),
            }
        }
        let periods = expectation.holds.iter().map(|p| (p, Tri::True));
        for (period, answer) in periods.chain(expectation.unknown.iter().map(|p| (p, Tri::Unknown))) {
            let [from, to] = period.get_ref().map(|at| Hour::containing(at.0) - first);
            let place = usize::try_from(from).ok().zip(usize::try_from(to).ok()).filter(|(f, t)| f < t && *t <= hours);
            match place {
                Some((from, to)) => answers[from..to].fill(answer),
                None => self.problem(period.span(), msg!("case.period"), msg!("case.period_advice")),
            }
        }
        answers
    }
}

/// `100x24 180x8 _x4`, `100..180x8`: values in thousandths.
#[must_use]
pub fn series(text: &str) -> Option<Vec<i32>> {
    let mut values = Vec::new();
    for part in text.split_whitespace() {
        let (value, count) = match part.rsplit_once('x') {
            Some((value, count)) => (value, count.parse::<usize>().ok()?),
            None => (part, 1),
        };
        if count == 0 || values.len() + count > LONGEST {
            return None;
        }
        if value == "_" {
            values.resize(values.len() + count, MISSING);
            continue;
        }
        let milli = |text: &str| i32::try_from(parse_milli(text)?).ok().filter(|v| *v != MISSING);
        let (from, to) = match value.split_once("..") {
            Some((from, to)) => (milli(from)?, milli(to)?),
            None => (milli(value)?, milli(value)?),
        };
        let steps = i64::try_from(count).ok()?.checked_sub(1)?.max(1);
        for step in 0..i64::try_from(count).ok()? {
            let value = i64::from(from) + (i64::from(to) - i64::from(from)) * step / steps;
            values.push(i32::try_from(value).ok()?);
        }
    }
    (!values.is_empty()).then_some(values)
}

/// `F24 T8 U4`.
fn letters(text: &str) -> Option<Vec<Tri>> {
    let mut answers = Vec::new();
    for part in text.split_whitespace() {
        let answer = match part.get(..1)? {
            "T" => Tri::True,
            "F" => Tri::False,
            "U" => Tri::Unknown,
            _ => return None,
        };
        let count: usize = part.get(1..).filter(|n| !n.is_empty()).map_or(Some(1), |n| n.parse().ok())?;
        if answers.len() + count > LONGEST {
            return None;
        }
        answers.resize(answers.len() + count, answer);
    }
    Some(answers)
}

impl Case {
    /// Runs the case. Nothing where every verdict is the one expected.
    ///
    /// # Errors
    /// The case names a rule or a level that is not there.
    pub fn run(&self, rules: &[Rule], zone: &Zone, standards: &Standards, lang: Lang) -> Result<Vec<Miss>, Problem> {
        let Some(rule) = rules.iter().find(|r| r.id == self.rule) else {
            let what = msg!("case.rule", rule = &self.rule);
            let known: Vec<&str> = rules.iter().map(|r| r.id.as_str()).collect();
            let advice = msg!("rules.choice_advice", known = known.join(", "));
            return Err(Problem::span(&self.file, &self.text, self.place.clone(), what, advice));
        };
        for (level, (_, place)) in &self.expected {
            if rule.levels.iter().all(|l| l.id != *level) {
                let known: Vec<&str> = rule.levels.iter().map(|l| l.id.as_str()).collect();
                let (what, advice) = (msg!("case.level"), msg!("rules.choice_advice", known = known.join(", ")));
                return Err(Problem::span(&self.file, &self.text, place.clone(), what, advice));
            }
        }
        let mut series = Series::new("case", self.first, self.hours);
        series.lay(&self.columns, &Origin::Observed { feed: "case".to_owned() });
        let fires = |hour: Hour, metres: u32| {
            let near = |(at, distance): &&(Hour, u32)| *distance <= metres && *at <= hour && hour - *at < 24;
            u32::try_from(self.fires.iter().filter(near).count()).ok()
        };
        let workdays = |_: NaiveDate| self.workdays;
        let context = Context::new(&series, zone, standards)
            .with_orders(&self.orders)
            .with_fires(&fires)
            .with_workdays(&workdays);
        let verdicts = judge(rule, &series, &context);
        let mut misses = Vec::new();
        for (number, level) in rule.levels.iter().enumerate() {
            let found = verdicts.levels.get(number).map_or(&[][..], Vec::as_slice);
            let none = (vec![Tri::False; self.hours], self.place.clone());
            let (expected, place) = self.expected.get(&level.id).unwrap_or(&none);
            let mut at = 0;
            while at < found.len() {
                let differs = |i: usize| found.get(i) != expected.get(i);
                if !differs(at) {
                    at += 1;
                    continue;
                }
                let same = |i: &usize| found.get(*i) == found.get(at) && expected.get(*i) == expected.get(at);
                let run = (at..found.len()).take_while(same).count();
                let hour = self.first + i64::try_from(at).unwrap_or(0);
                let (expected, found) = (expected[at], found[at]);
                misses.push(self.miss(rule, &context, &level.id, (hour, run), (expected, found), place, lang));
                at += run;
            }
        }
        Ok(misses)
    }

    #[expect(clippy::too_many_arguments)]
    fn miss(
        &self,
        rule: &Rule,
        context: &Context<'_>,
        level: &str,
        (hour, hours): (Hour, usize),
        (expected, found): (Tri, Tri),
        place: &Range<usize>,
        lang: Lang,
    ) -> Miss {
        let zone = context.zone;
        let reports = report::report(rule, context, hour);
        let evidence = reports.iter().filter(|r| r.level == level).flat_map(|r| &r.evidence);
        let why = evidence.map(|e| report::sentence(e, zone, lang).text(lang)).collect();
        let end = hour + i64::try_from(hours).unwrap_or(0);
        let period = Period::new(hour.start(), end.start());
        let what = msg!(
            "case.miss",
            case = &self.name,
            level = level,
            period = period.map_or_else(String::new, |p| zone.period_words(&p, lang)),
            expected = report::answer_words(expected),
            found = report::answer_words(found)
        );
        let problem = Problem::span(&self.file, &self.text, place.clone(), what, msg!("case.miss_advice"));
        Miss { case: self.name.clone(), level: level.to_owned(), hour, hours, expected, found, why, problem }
    }
}
