//! Sectors and activities of rules, by the words that tables use.
//!
//! In: a rule as it was read, and the vocabulary of `sectors.toml`. Out: the same rule with identifiers alone, whether its
//! file has them or their names in either language. Can't happen: a word that nobody knows passed over.

use super::Rule;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};
use cuofeng_town::roster::Sectors;

/// Puts identifiers where a rule has names.
///
/// # Errors
/// Every word that is none, at its place; it stays as it is written.
pub fn settle(rule: &mut Rule, sectors: &Sectors) -> Result<(), Vec<Problem>> {
    let (mut odd_activities, mut odd_sectors) = (Vec::new(), Vec::new());
    let mut activities = |list: &mut Vec<String>, place: usize| {
        for word in list {
            match sectors.activity(word.trim()) {
                Some(id) => id.clone_into(word),
                None => odd_activities.push((word.clone(), place)),
            }
        }
    };
    let mut of_sectors = |list: &mut Vec<String>, place: usize| {
        for word in list {
            match sectors.find(word.trim()) {
                Some(id) => id.clone_into(word),
                None => odd_sectors.push((word.clone(), place)),
            }
        }
    };
    for measure in rule.levels.iter_mut().flat_map(|level| &mut level.measures) {
        activities(&mut measure.activities, measure.place);
        of_sectors(&mut measure.of.sectors, measure.place);
    }
    for tell in &mut rule.tell {
        activities(&mut tell.of.activities, tell.place);
        of_sectors(&mut tell.of.sectors, tell.place);
    }
    let mut problems = Vec::new();
    for (word, place) in odd_activities {
        let advice = match nearest(&word, sectors.activity_names()) {
            Some(meant) => msg!("roster.meant", meant = meant),
            None => msg!("roster.activity_advice"),
        };
        problems.push(rule.problem(rule.word(&word, place), msg!("roster.activity", value = &word), advice));
    }
    for (word, place) in odd_sectors {
        let known = match nearest(&word, sectors.sector_names()) {
            Some(meant) => meant.to_owned(),
            None => sectors.listed(),
        };
        let advice = msg!("roster.sector_advice", known = known);
        problems.push(rule.problem(rule.word(&word, place), msg!("roster.sector"), advice));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
