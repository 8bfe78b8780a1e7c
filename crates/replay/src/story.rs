//! Stories: successive forecasts given, and the decision that each must bring.
//!
//! In: the `[[story]]` tables of a file under `rules/tests/`, and the rules. Out: of each story, the first forecast whose
//! decision is not the one expected, since all later ones rest on it. Can't happen: a decision that nobody expected and
//! that passes; a story that decides otherwise than the service does (both call [`warning::decide`]).
//!
//! A forecast gives hourly data from the midnight of its moment on, as a case does; `decision` is what must come of it,
//! `told` the periods that recipients must believe in afterwards.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use toml::Spanned;

use super::Pretence;
use cuofeng_air::forecast::{Column, Columns, Origin, Series, Variable};
use cuofeng_aqi::Standards;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Period, Zone};
use cuofeng_rules::case::{Moment, series};
use cuofeng_rules::expr::{Context, OrderSpan};
use cuofeng_rules::outline::Outline;
use cuofeng_rules::warning::{self, Act, Action, Decision, Done, Episode, EpisodeId, Revision, Situation, Span};
use cuofeng_rules::{Rule, Verdicts, judge};
use cuofeng_town::order::Tier;

/// What can come of a decision, with its word in Chinese.
const WORDS: [(Done, &str); 10] = [
    (Done::Act(Act::Raise), "发出"),
    (Done::Act(Act::Update), "变更"),
    (Done::Act(Act::Upgrade), "升级"),
    (Done::Act(Act::Downgrade), "降级"),
    (Done::Act(Act::Extend), "延长"),
    (Done::Act(Act::Lift), "解除"),
    (Done::Act(Act::Expire), "到期"),
    (Done::Hold, "不变"),
    (Done::Stale, "说不准"),
    (Done::Act(Act::Cancel), "撤回"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: Spanned<String>,
    rule: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    at: Moment,
    #[serde(default)]
    data: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    stale: bool,
    order: Option<OrderSection>,
    decision: Spanned<String>,
    told: Option<Spanned<Vec<[Moment; 2]>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderSection {
    tier: Spanned<String>,
    from: Moment,
    to: Spanned<Moment>,
}

/// A story that can be played.
#[derive(Debug, Clone)]
pub struct Story {
    /// Its name.
    pub name: String,
    /// The rule's identifier.
    pub rule: String,
    file: String,
    text: Arc<str>,
    place: Range<usize>,
    chapters: Vec<Chapter>,
}

/// One forecast of a story.
#[derive(Debug, Clone)]
struct Chapter {
    at: DateTime<Utc>,
    columns: BTreeMap<Variable, Vec<i32>>,
    stale: bool,
    order: Option<OrderSpan>,
    decision: Done,
    place: Range<usize>,
    told: Option<(Vec<Period>, Range<usize>)>,
}

/// Reads the stories of a file.
///
/// # Errors
/// Every problem, at its place.
pub fn parse(file: &str, source: &str) -> Result<Vec<Story>, Vec<Problem>> {
    let mut outline = Outline::new(file, source);
    let mut reader = Reader { file, text: source.into(), problems: Vec::new() };
    let mut stories = Vec::new();
    if let Some(mut root) = outline.root(source) {
        for mut part in outline.take(&mut root, "story") {
            let sections = outline.take(&mut part, "forecast");
            let sections: Vec<Spanned<Section>> = sections.into_iter().filter_map(|part| outline.read(part)).collect();
            let Some(head) = outline.read::<Head>(part) else { continue };
            let head = head.into_inner();
            let place = head.name.span();
            if sections.is_empty() {
                reader.problem(place.clone(), msg!("story.empty"), msg!("story.empty_advice"));
            }
            let chapters = sections.into_iter().filter_map(|section| reader.chapter(section.into_inner())).collect();
            let (name, rule) = (head.name.into_inner(), head.rule.into_inner());
            stories.push(Story { name, rule, file: file.to_owned(), text: source.into(), place, chapters });
        }
    }
    let mut problems = outline.problems;
    problems.extend(reader.problems);
    problems.sort_by_key(Problem::line_column);
    if problems.is_empty() { Ok(stories) } else { Err(problems) }
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

    fn chapter(&mut self, section: Section) -> Option<Chapter> {
        let mut columns = BTreeMap::new();
        for (name, values) in &section.data {
            let Some(variable) = Variable::ALL.into_iter().find(|v| v.name() == name.get_ref()) else {
                let meant = nearest(name.get_ref(), Variable::ALL.map(Variable::name)).unwrap_or("pm25");
                self.problem(name.span(), msg!("case.variable"), msg!("rules.choice_advice", known = meant));
                continue;
            };
            match series(values.get_ref()) {
                Some(values) => drop(columns.insert(variable, values)),
                None => self.problem(values.span(), msg!("case.values"), msg!("case.values_advice")),
            }
        }
        let order = section.order.and_then(|order| self.order(&order));
        let told = section.told.and_then(|told| {
            let place = told.span();
            let periods: Option<Vec<Period>> =
                told.into_inner().iter().map(|[from, to]| Period::new(from.0, to.0)).collect();
            if periods.is_none() {
                self.problem(place.clone(), msg!("case.period"), msg!("case.period_advice"));
            }
            Some((periods?, place))
        });
        let given = section.decision.get_ref();
        let found = WORDS.iter().find(|(done, zh)| done.word() == given || zh == given);
        let Some(&(decision, _)) = found else {
            let known = WORDS.map(|(done, zh)| format!("{}（{zh}）", done.word())).join("、");
            self.problem(section.decision.span(), msg!("story.decision"), msg!("rules.choice_advice", known = known));
            return None;
        };
        let place = section.decision.span();
        Some(Chapter { at: section.at.0, columns, stale: section.stale, order, decision, place, told })
    }

    fn order(&mut self, order: &OrderSection) -> Option<OrderSpan> {
        let period = Period::new(order.from.0, order.to.get_ref().0);
        match (Tier::named(order.tier.get_ref()), period) {
            (Some(tier), Some(period)) => return Some(OrderSpan { period, tier }),
            (None, _) => self.problem(order.tier.span(), msg!("case.tier"), msg!("case.tier_advice")),
            _ => self.problem(order.to.span(), msg!("case.period"), msg!("case.period_advice")),
        }
        None
    }
}

impl Story {
    /// Plays the story. Nothing where every decision is the one expected; else the first that is not.
    ///
    /// # Errors
    /// The story names a rule that is not there.
    pub fn play(
        &self,
        rules: &[Rule],
        zone: &Zone,
        standards: &Standards,
        lang: Lang,
    ) -> Result<Option<Problem>, Problem> {
        let Some(rule) = rules.iter().find(|rule| rule.id == self.rule) else {
            let known: Vec<&str> = rules.iter().map(|r| r.id.as_str()).collect();
            let what = msg!("case.rule", rule = &self.rule);
            return Err(self.problem(&self.place, what, msg!("rules.choice_advice", known = known.join(", "))));
        };
        let mut told = History::default();
        // Where a rule takes nothing back by one run alone, the forecast before is the other one.
        let mut before: Option<Verdicts> = None;
        for chapter in &self.chapters {
            let decision = chapter.decide((rule, before.as_ref()), told.episode().as_ref(), zone, standards);
            if rule.looks_back() && !chapter.stale {
                before = Some(chapter.verdicts(rule, zone, standards));
            }
            if decision.action.done() != chapter.decision {
                let what = msg!(
                    "story.miss",
                    story = &self.name,
                    at = zone.words(chapter.at, lang),
                    expected = word(chapter.decision, lang),
                    found = word(decision.action.done(), lang),
                    reason = decision.reason
                );
                return Ok(Some(self.problem(&chapter.place, what, msg!("story.miss_advice"))));
            }
            told.take(decision, chapter.at, zone);
            let Some((expected, place)) = &chapter.told else { continue };
            let found: Vec<Period> = told.ahead(chapter.at);
            if found != *expected {
                let words = |periods: &[Period]| {
                    let spans: Vec<Span> = periods.iter().map(|period| Span::own(*period, 0)).collect();
                    if spans.is_empty() {
                        msg!("story.nothing").text(lang)
                    } else {
                        warning::spans_words(&spans, zone, lang)
                    }
                };
                let (at, expected, found) = (zone.words(chapter.at, lang), words(expected), words(&found));
                let what = msg!("story.told", story = &self.name, at = at, expected = expected, found = found);
                return Ok(Some(self.problem(place, what, msg!("story.miss_advice"))));
            }
        }
        Ok(None)
    }

    fn problem(&self, place: &Range<usize>, what: Message, advice: Message) -> Problem {
        Problem::span(&self.file, &self.text, place.clone(), what, advice)
    }
}

fn word(decision: Done, lang: Lang) -> &'static str {
    let zh = WORDS.iter().find(|(done, _)| *done == decision).map(|(_, zh)| *zh).filter(|_| lang == Lang::Zh);
    zh.unwrap_or(decision.word())
}

impl Chapter {
    fn decide(
        &self,
        (rule, before): (&Rule, Option<&Verdicts>),
        episode: Option<&Episode>,
        zone: &Zone,
        standards: &Standards,
    ) -> Decision {
        let verdicts = self.verdicts(rule, zone, standards);
        let level = |tier: Tier| rule.levels.iter().position(|level| level.id == tier.name()).unwrap_or(0);
        let asked = |o: &OrderSpan| Span { period: o.period, level: level(o.tier), ordered: true };
        let orders: Vec<Span> = self.order.iter().map(asked).collect();
        let why = warning::no_forecast();
        let stale = self.stale.then_some(&why);
        let (verdicts, orders, now) = (&verdicts, orders.as_slice(), self.at);
        let next = Pretence::next_look(now, zone);
        warning::decide(&Situation { rule, verdicts, before, stale, orders, episode, zone, now, next })
    }

    /// What the rule says of the forecast.
    fn verdicts(&self, rule: &Rule, zone: &Zone, standards: &Standards) -> Verdicts {
        let first = zone.first_hour(zone.day(self.at));
        let column = |(variable, values): (&Variable, &Vec<i32>)| (*variable, Column { first, values: values.clone() });
        let columns: Columns = self.columns.iter().map(column).collect();
        let hours = self.columns.values().map(Vec::len).max().unwrap_or(24);
        let mut series = Series::new("story", first, hours).seen_at(Hour::containing(self.at));
        series.lay(&columns, &Origin::Observed { feed: "story".to_owned() });
        let (fires, workdays) = (|_: Hour, _: u32| None, |_: NaiveDate| None);
        let orders: Vec<OrderSpan> = self.order.iter().copied().collect();
        let context =
            Context::new(&series, zone, standards).with_orders(&orders).with_fires(&fires).with_workdays(&workdays);
        judge(rule, &series, &context)
    }
}

/// What recipients have been told so far.
#[derive(Default)]
struct History {
    id: Option<EpisodeId>,
    revisions: Vec<Revision>,
}

impl History {
    fn episode(&self) -> Option<Episode> {
        Episode::replay(self.id.clone()?, "story".to_owned(), 1, &self.revisions)
    }

    fn take(&mut self, decision: Decision, at: DateTime<Utc>, zone: &Zone) {
        let Some(action) = decision.action.act() else { return };
        let spans = match decision.action {
            Action::Raise(spans) => {
                self.revisions.clear();
                let (kind, region) = ("story".to_owned(), "story".to_owned());
                self.id = Some(EpisodeId { kind, region, day: zone.day(at), ordinal: 1 });
                spans
            }
            Action::Change(_, spans) => spans,
            Action::Lift | Action::Cancel | Action::Expire => {
                self.revisions.last().map_or_else(Vec::new, |last| last.spans.clone())
            }
            Action::Hold(_) | Action::Stale => return,
        };
        let number = u32::try_from(self.revisions.len()).unwrap_or(0) + 1;
        self.revisions.push(Revision { number, action, spans, at, told: true, unfounded: false });
    }

    /// The told periods that have not ended.
    fn ahead(&self, at: DateTime<Utc>) -> Vec<Period> {
        let spans = self.episode().map_or_else(Vec::new, |episode| episode.spans);
        spans.iter().map(|span| span.period).filter(|period| period.end > at).collect()
    }
}
