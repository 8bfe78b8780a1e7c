//! What a parser can't see in rules.
//!
//! In: rules that read well. Out: warnings about levels that can never win, conditions that can never hold, lifts that
//! contradict a level, seasons with a gap between them. Can't happen: a warning about something that could be meant and
//! work: where the texts alone do not tell, nothing is said.

use chrono::{Datelike, NaiveDate};

use super::expr::{Expr, Node, sense};
use super::file::inside;
use super::{Condition, Quiet, Rule, Season};
use crate::msg;
use crate::problem::Problem;

/// Longest stretch between two seasons of one kind that looks like an oversight, in days.
const GAP_DAYS: usize = 31;

/// Every finding, as warnings.
#[must_use]
pub fn check(rules: &[Rule]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = rules.iter().flat_map(one).collect();
    let mut kinds: Vec<&str> = rules.iter().map(|rule| rule.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<&Rule> = rules.iter().filter(|rule| rule.kind == kind && !rule.standing).collect();
        problems.extend(gaps(&of_kind));
    }
    problems.into_iter().map(Problem::as_warning).collect()
}

fn one(rule: &Rule) -> Vec<Problem> {
    let mut problems = Vec::new();
    for condition in rule.conditions() {
        let never = sense::impossible(&condition.expr).or_else(|| out_of_season(&condition.expr, rule.season));
        if let Some(range) = never {
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

/// A lift that holds only while a level does.
fn clash(rule: &Rule, lift: &Condition) -> Option<Problem> {
    let whens = rule.levels.iter().filter_map(|level| Some((level, level.when.as_ref()?)));
    let (level, _) = whens.into_iter().find(|(_, when)| sense::implies(&lift.expr, &when.expr))?;
    let what = msg!("rules.lift_clash", level = &level.id);
    Some(rule.problem(lift.range.clone(), what, msg!("rules.lift_clash_advice")))
}

/// A condition on months that the rule's season has none of.
fn out_of_season(expr: &Expr, season: Season) -> Option<std::ops::Range<usize>> {
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
