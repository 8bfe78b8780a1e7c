//! Escalation: who is asked next when an answer does not come.
//!
//! In: a notice that asks for an answer, what was done about it so far, the policy, now. Out: the next step and why.
//! Can't happen: a step after an answer, a lift or the end; a step taken twice; a tip that goes further than one
//! reminder by day; a reminder beyond the daily cap.

pub mod policy;

use chrono::{DateTime, Duration, Utc};

pub use self::policy::Policy;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_base::words;

words! {
    /// A step of the ladder, in its order.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Rung {
        /// The recipient once more.
        Reminder = "reminder" as "escalation.reminder",
        /// The backup contact.
        Backup = "backup" as "escalation.backup",
        /// The village's grid worker.
        GridWorker = "grid" as "escalation.grid",
        /// The village cadre.
        Cadre = "cadre" as "escalation.cadre",
        /// The list of those whom the office calls.
        Phone = "phone" as "escalation.phone",
    }
}

/// How far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The office's own tip: one reminder, by day.
    Tip,
    /// An official order stands behind it: up to the list of those who are called.
    Order,
}

/// A notice that asks for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// By when the answer is asked for.
    pub deadline: DateTime<Utc>,
    /// The end of what it speaks of.
    pub until: DateTime<Utc>,
    /// How far it goes.
    pub depth: Depth,
    /// Whether an answer holds for it.
    pub answered: bool,
    /// Whether the episode's recipient was reminded, or has answered, of as much before, and the rule asks but once.
    pub asked_before: bool,
    /// Whether it was lifted, cancelled, or another revision took its place.
    pub over: bool,
    /// Steps taken, and when.
    pub taken: Vec<(Rung, DateTime<Utc>)>,
    /// Steps that can't be taken: there is nobody for them, or nobody knows whether the notice has arrived.
    pub missing: Vec<Rung>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This step, now.
    Take(Rung, Message),
    /// Nothing before this instant.
    Wait(DateTime<Utc>, Message),
    /// Nothing any more.
    Rest(Message),
}

/// The next step of a case; `today` counts the reminders and changes that a step's address has had on this local day.
#[must_use]
pub fn next(case: &Case, policy: &Policy, zone: &Zone, today: &dyn Fn(Rung) -> u32, now: DateTime<Utc>) -> Step {
    if case.answered {
        return Step::Rest(msg!("escalation.answered"));
    }
    if case.asked_before && case.depth == Depth::Tip {
        return Step::Rest(msg!("escalation.asked_before"));
    }
    if case.over {
        return Step::Rest(msg!("escalation.over"));
    }
    if case.until <= now {
        return Step::Rest(msg!("escalation.ended"));
    }
    let ladder: &[Rung] = match case.depth {
        Depth::Tip => &Rung::ALL[..1],
        Depth::Order => &Rung::ALL,
    };
    // A step that was left out because there was nobody is not gone back to once a later one was taken.
    let last = case.taken.iter().map(|(rung, _)| *rung).max();
    let open = |rung: &&Rung| last.is_none_or(|last| **rung > last) && !case.missing.contains(rung);
    let Some(rung) = ladder.iter().find(open).copied() else {
        return Step::Rest(msg!("escalation.all_done"));
    };
    let since = case.taken.iter().map(|(_, at)| *at).max();
    let due = since.map_or(case.deadline, |at| at + Duration::minutes(i64::from(policy.step_minutes)));
    if now < due {
        return Step::Wait(due, msg!("escalation.not_due", at = zone.words(due, Lang::Zh)));
    }
    if case.depth == Depth::Tip && !policy.day.contains(zone.clock(cuofeng_base::time::Hour::containing(now))) {
        return by_day(case, policy, zone, now);
    }
    if rung != Rung::Phone && today(rung) >= policy.per_day {
        let tomorrow = zone.at(zone.day(now), 24);
        return if tomorrow < case.until {
            Step::Wait(tomorrow, msg!("escalation.capped", count = policy.per_day))
        } else {
            Step::Rest(msg!("escalation.capped_to_end", count = policy.per_day))
        };
    }
    let why = match since {
        None => msg!("escalation.no_answer"),
        Some(_) => msg!("escalation.still_none", minutes = policy.step_minutes),
    };
    Step::Take(rung, why)
}

/// Waits for the day to begin, where that is early enough.
fn by_day(case: &Case, policy: &Policy, zone: &Zone, now: DateTime<Utc>) -> Step {
    let day = zone.day(now);
    let begins = [zone.at(day, policy.day.from), zone.at(day, policy.day.from + 24)];
    match begins.into_iter().find(|at| *at > now) {
        Some(at) if at < case.until => Step::Wait(at, msg!("escalation.night")),
        _ => Step::Rest(msg!("escalation.no_day_left")),
    }
}

#[cfg(test)]
mod tests;
