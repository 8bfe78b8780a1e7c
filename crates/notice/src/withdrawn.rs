//! Hours in which an enterprise was told that it may work, and may not any more.
//!
//! In: the plan told before, the one told now, an enterprise. Out: a sentence a process and hours, the soonest day first.
//! Can't happen: an hour that is past; a day of which only one of the plans asks something; hours of a process that had
//! none of its own.

use chrono::{DateTime, NaiveDate};

use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Zone, days_words, short_hours};
use cuofeng_plan::horizon::{Runs, holds};
use cuofeng_plan::{Outcome, Plan, Row};

/// Clock minutes of stretches within a day.
type Stretches = Vec<(usize, usize)>;

/// What was told as free and is not any more. A process is named where the enterprise has several that stop.
#[must_use]
pub fn words((before, after): (&Plan, &Plan), enterprise: &str, zone: &Zone, lang: Lang) -> Vec<String> {
    let stops = |row: &&Row| matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop);
    let several = after.rows_of(enterprise).filter(stops).count() > 1;
    let mut found: Vec<(&str, Stretches, Vec<NaiveDate>)> = Vec::new();
    for row in after.rows_of(enterprise).filter(|row| matches!(row.outcome, Outcome::Own | Outcome::Stop)) {
        let told = before.row(&row.process).filter(|known| known.outcome == Outcome::Own);
        for (day, hours) in told.map(|known| lost((before, known), (after, row), zone)).unwrap_or_default() {
            match found.iter_mut().find(|(name, known, _)| *name == row.name && *known == hours) {
                Some((.., days)) => days.push(day),
                None => found.push((&row.name, hours, vec![day])),
            }
        }
    }
    found.sort_by_key(|(.., days)| days.first().copied());
    let one = |(name, hours, days): &(&str, Stretches, Vec<NaiveDate>)| {
        let (days, hours) = (days_words(days, lang), short_hours(hours, lang));
        let message: Message = if several {
            msg!("change.lost_by", name = *name, days = days, hours = hours)
        } else {
            msg!("change.lost", days = days, hours = hours)
        };
        message.text(lang)
    };
    found.iter().map(one).collect()
}

/// By day the hours that a row had and has no more.
fn lost((before, known): (&Plan, &Row), (after, row): (&Plan, &Row), zone: &Zone) -> Vec<(NaiveDate, Stretches)> {
    let horizon = &after.horizon;
    let carried = |runs: &Runs| before.horizon.carry(runs, horizon);
    let (told, asked) = (carried(&known.on), carried(&known.stop));
    let made = DateTime::from_timestamp(after.made_at, 0).map_or(0, |at| horizon.slot_from(at));
    let mut lost = Vec::new();
    for day in 0..horizon.days() {
        let first = day * horizon.per_day();
        let slots = first..first + horizon.per_day();
        let has = |runs: &Runs| slots.clone().any(|slot| holds(runs, slot));
        if !has(&asked) || !has(&row.stop) {
            continue;
        }
        let mut hours = Stretches::new();
        for slot in slots.clone().filter(|slot| *slot >= made && holds(&told, *slot) && !holds(&row.on, *slot)) {
            let from = (slot - first) * 60 / horizon.per_hour();
            let end = from + 60 / horizon.per_hour();
            match hours.last_mut() {
                Some((_, to)) if *to == from => *to = end,
                _ => hours.push((from, end)),
            }
        }
        if !hours.is_empty() {
            lost.push((horizon.date(day, zone), hours));
        }
    }
    lost
}
