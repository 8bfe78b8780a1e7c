//! What a parser can't see in rules.
//!
//! In: rules that read well, the standards. Out: warnings about levels that can never win, conditions that can never hold,
//! or nearly always, lifts that contradict a level, hours turned round, rules that tell nobody, seasons with a gap between
//! them, rules of one kind that keep each other silent. Can't happen: a warning about something that could be meant and
//! work: where the texts alone do not tell, nothing is said.

use chrono::{Datelike, NaiveDate};

use std::ops::Range;

use super::expr::{Expr, Node, Quantity, Test, sense};
use super::file::inside;
use super::scale::{self, Odd};
use super::{Condition, Quiet, Rule, Season, Shape};
use cuofeng_aqi::{Standard, Standards, milli_words};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockWindow;

/// Longest stretch between two seasons of one kind that looks like an oversight, in days.
const GAP_DAYS: usize = 31;

/// Most hours of a window over midnight that is meant so: a night, however long.
const LONGEST_NIGHT: u32 = 12;

/// Most hours of the day in which people are left alone, where that is meant so: a rest at noon.
const LONGEST_REST: u32 = 6;

/// Every finding, as warnings.
#[must_use]
pub fn check(rules: &[Rule], standards: &Standards) -> Vec<Problem> {
    let newest = standards.on(NaiveDate::MAX);
    let mut problems: Vec<Problem> = rules.iter().flat_map(|rule| one(rule, newest)).collect();
    problems.extend(shadows(rules));
    let mut kinds: Vec<&str> = rules.iter().map(|rule| rule.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<&Rule> = rules.iter().filter(|rule| rule.kind == kind && !rule.standing).collect();
        problems.extend(gaps(&of_kind));
    }
    problems.into_iter().map(Problem::as_warning).collect()
}

fn one(rule: &Rule, standard: Option<&Standard>) -> Vec<Problem> {
    let mut problems = turned(rule);
    if rule.tell.is_empty() {
        problems.push(rule.problem(rule.place.clone(), msg!("rules.no_tell"), msg!("rules.no_tell_advice")));
    }
    for condition in rule.conditions() {
        let mut slips = Vec::new();
        each(&condition.expr, &mut |expr| {
            let at = || inside(&rule.text, &condition.range, &condition.text, &expr.range);
            match &expr.node {
                Node::Compare(quantity, test) => {
                    if let Some((what, advice)) = slip(*quantity, *test, standard) {
                        slips.push(expr.range.clone());
                        problems.push(rule.problem(at(), what, advice));
                    }
                }
                Node::Hours(window) => {
                    problems.extend(backwards(*window).map(|(what, advice)| rule.problem(at(), what, advice)));
                }
                _ => {}
            }
        });
        // A threshold that can hardly be meant says why the condition never holds.
        let never = sense::impossible(&condition.expr).filter(|range| !slips.contains(range));
        if let Some(range) = never.or_else(|| out_of_season(&condition.expr, rule.season)) {
            let at = inside(&rule.text, &condition.range, &condition.text, &range);
            problems.push(rule.problem(at, msg!("rules.never"), msg!("rules.never_advice")));
        }
    }
    for (number, level) in rule.levels.iter().enumerate() {
        let Some(when) = &level.when else { continue };
        let higher = rule.levels.iter().take(number);
        let wins =
            higher.filter_map(|h| Some((h, h.when.as_ref()?))).find(|(_, h)| sense::implies(&when.expr, &h.expr));
        if let Some((winner, _)) = wins {
            let what = msg!("rules.shadowed", level = &level.id, higher = &winner.id);
            problems.push(rule.problem(level.place.clone(), what, msg!("rules.shadowed_advice")));
        }
    }
    // Where the rule keeps no quiet hours there is nothing to leave out.
    for level in rule.levels.iter().filter(|level| rule.quiet.is_none() && level.quiet == Quiet::Never) {
        let what = msg!("rules.quiet_nothing", level = &level.id);
        problems.push(rule.problem(level.place.clone(), what, msg!("rules.quiet_nothing_advice")));
    }
    problems.extend(rule.lift.as_ref().and_then(|lift| clash(rule, lift)));
    problems
}

/// Every part of a condition that stands on its own; what is denied is left out, since it means the contrary.
fn each(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    match &expr.node {
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| each(part, visit)),
        Node::Lasts(inner, _) | Node::Within(inner, _) => each(inner, visit),
        Node::Not(_) => {}
        _ => visit(expr),
    }
}

/// A threshold that can hardly be meant.
fn slip(quantity: Quantity, test: Test, standard: Option<&Standard>) -> Option<(Message, Message)> {
    let unit = quantity.unit();
    let words =
        |value: i64| if unit.is_empty() { milli_words(value) } else { format!("{} {unit}", milli_words(value)) };
    Some(match scale::odd(quantity, test, standard)? {
        Odd::Beyond(value) => (msg!("rules.beyond", value = words(value)), msg!("rules.beyond_advice")),
        Odd::Always(value) => (msg!("rules.always", value = words(value)), msg!("rules.always_advice")),
    })
}

/// Clock hours that go on through the night and most of the day: they stand the wrong way round.
fn backwards(window: ClockWindow) -> Option<(Message, Message)> {
    let over_night = window.from > window.to && window.length() > LONGEST_NIGHT;
    over_night.then(|| {
        let meant = ClockWindow { from: window.to, to: window.from };
        let what = msg!("rules.turned", window = window.to_string(), hours = window.length());
        (what, msg!("rules.turned_advice", meant = meant.to_string()))
    })
}

/// Windows of a rule that stand the wrong way round.
fn turned(rule: &Rule) -> Vec<Problem> {
    let start = rule.place.start;
    let shape = if let Shape::Window(window) = rule.shape { Some(window) } else { None };
    let measures = rule.levels.iter().flat_map(|level| &level.measures);
    let asked = measures.filter_map(|measure| Some((measure.hours?, measure.place, "hours")));
    let mut problems: Vec<Problem> = shape
        .map(|window| (window, start, "shape"))
        .into_iter()
        .chain(asked)
        .filter_map(|(window, from, key)| {
            let (what, advice) = backwards(window)?;
            Some(rule.problem(value_of(rule, key, from), what, advice))
        })
        .collect();
    let own = rule.levels.iter().filter_map(|level| match level.quiet {
        Quiet::Hours(window) => Some((window, level.place.start)),
        _ => None,
    });
    for (window, from) in rule.quiet.map(|window| (window, start)).into_iter().chain(own) {
        if window.from < window.to && window.contains(12) && window.length() > LONGEST_REST {
            let meant = ClockWindow { from: window.to % 24, to: window.from.max(1) };
            let what = msg!("rules.quiet_by_day", window = window.to_string(), hours = window.length());
            let advice = msg!("rules.turned_advice", meant = meant.to_string());
            problems.push(rule.problem(value_of(rule, "quiet", from), what, advice));
        }
    }
    problems
}

/// Where the value of a key stands, first from `from` on; the rule's identifier where it does not.
fn value_of(rule: &Rule, key: &str, from: usize) -> Range<usize> {
    let mut at = from;
    for line in rule.text.get(from..).unwrap_or("").split_inclusive('\n') {
        if let Some((name, value)) = line.split_once('=').filter(|(name, _)| name.trim() == key) {
            let value = value.split('#').next().unwrap_or(value);
            let begin = at + name.len() + 1 + (value.len() - value.trim_start().len());
            return begin..begin + value.trim().len();
        }
        at += line.len();
    }
    rule.place.clone()
}

/// Rules of one kind whose seasons meet: of a region only one of them speaks at a time.
fn shadows(rules: &[Rule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, later) in rules.iter().enumerate() {
        for first in rules.iter().take(number).filter(|first| first.kind == later.kind && first.id != later.id) {
            let Some(when) = shared(first.season, later.season) else { continue };
            let what = msg!(
                "rules.same_kind",
                later = &later.name,
                first = &first.name,
                file = &first.file,
                kind = &later.kind,
                when = when
            );
            let place = value_of(later, "kind", later.place.start);
            problems.push(later.problem(place, what, msg!("rules.same_kind_advice")));
        }
    }
    problems
}

/// When in the year two seasons meet, in words.
fn shared(a: Season, b: Season) -> Option<Message> {
    let days: Vec<NaiveDate> = days_of_year().collect();
    let both: Vec<bool> = days.iter().map(|day| a.contains(*day) && b.contains(*day)).collect();
    if both.iter().all(|both| *both) {
        return Some(msg!("rules.all_year"));
    }
    let at = |place: usize| both.get(place % both.len()).copied().unwrap_or(false);
    let words =
        |place: usize| days.get(place % days.len()).map_or_else(String::new, |day| day.format("%m-%d").to_string());
    // From where they meet, after a day on which they do not, to the last such day.
    let begins = (0..both.len()).filter(|place| at(*place) && !at(place + both.len() - 1));
    let stretches: Vec<String> = begins
        .map(|begin| {
            let length = (begin..begin + both.len()).take_while(|place| at(*place)).count();
            format!("{}..{}", words(begin), words(begin + length.saturating_sub(1)))
        })
        .collect();
    (!stretches.is_empty()).then(|| msg!("time.plain", text = stretches.join(", ")))
}

/// A lift that holds only while a level does.
fn clash(rule: &Rule, lift: &Condition) -> Option<Problem> {
    let whens = rule.levels.iter().filter_map(|level| Some((level, level.when.as_ref()?)));
    let (level, _) = whens.into_iter().find(|(_, when)| sense::implies(&lift.expr, &when.expr))?;
    let what = msg!("rules.lift_clash", level = &level.id);
    Some(rule.problem(lift.range.clone(), what, msg!("rules.lift_clash_advice")))
}

/// A condition on months that the rule's season has none of.
fn out_of_season(expr: &Expr, season: Season) -> Option<Range<usize>> {
    match &expr.node {
        Node::All(parts) => parts.iter().find_map(|part| out_of_season(part, season)),
        Node::Months { from, to } => {
            let month = |m: u32| if from <= to { *from <= m && m <= *to } else { m >= *from || m <= *to };
            let meets = days_of_year().any(|day| season.contains(day) && month(day.month()));
            (!meets).then(|| expr.range.clone())
        }
        _ => None,
    }
}

/// The days of a leap year.
fn days_of_year() -> impl Iterator<Item = NaiveDate> {
    NaiveDate::from_ymd_opt(2024, 1, 1).into_iter().flat_map(|first| first.iter_days().take(366))
}

/// Short stretches of the year between the seasons of one kind in which no rule looks.
fn gaps(rules: &[&Rule]) -> Vec<Problem> {
    if rules.len() < 2 {
        return Vec::new();
    }
    let days: Vec<NaiveDate> = days_of_year().collect();
    let covered: Vec<bool> = days.iter().map(|day| rules.iter().any(|rule| rule.season.contains(*day))).collect();
    let Some(start) = covered.iter().position(|c| *c) else { return Vec::new() };
    let at = |step: usize| (start + step) % covered.len();
    let mut problems = Vec::new();
    let mut step = 0;
    while step < covered.len() {
        let length = (step..covered.len()).take_while(|s| !covered[at(*s)]).count();
        if (1..=GAP_DAYS).contains(&length) {
            let (first, last) = (days[at(step)], days[at(step + length - 1)]);
            let next = days[at(step + length)];
            let rule = rules.iter().find(|rule| rule.season.from == (next.month(), next.day()));
            if let Some(rule) = rule.or(rules.first()) {
                let words = |day: NaiveDate| day.format("%m-%d").to_string();
                let what = msg!("rules.gap", kind = &rule.kind, from = words(first), to = words(last));
                problems.push(rule.problem(rule.place.clone(), what, msg!("rules.gap_advice")));
            }
        }
        step += length.max(1);
    }
    problems
}
