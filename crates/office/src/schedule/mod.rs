//! Which runs were due, and which happened.
//!
//! In: a job's plan, the site's zone, what is on record, and `now`. Out: for each due time since the last look a
//! decision: run it, or skip it for a reason. Can't happen: a due time run twice, or one passed over in silence, however
//! often the service stops and whichever way the clock is set. The scheduler crate only rings the bell.
//!
//! ```text
//!            settle                 claim             finish
//! (due time) ──────→ due ─────────────────→ running ─────────→ done | failed
//!              └───→ skipped (why)  ↑  interrupted: due again by the job's policy, else failed
//!                                   └───────┘
//! ```

pub mod record;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, SubsecRound, Utc};

use crate::config::{Missed, Plan};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;

/// How far back due times are listed one by one; older ones are one entry that says so.
const LOOK_BACK: Duration = Duration::days(7);

/// The same as a number, for jobs that are due every minute.
const MOST_LISTED: usize = 1000;

/// How far back a job looks that has never run.
const FIRST_LOOK_BACK: Duration = Duration::days(1);

/// How late a run may begin that counts as on time: a few looks, and the jobs before it.
pub const ON_TIME: Duration = Duration::minutes(5);

/// How far wall and steady time may drift apart between two looks before it is a change of the clock, or a sleep.
const JUMP: Duration = Duration::seconds(30);

/// A stretch of time after `since` up to and including `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// Not inside.
    pub since: DateTime<Utc>,
    /// Inside.
    pub until: DateTime<Utc>,
}

/// A run that was to be made and has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// Whether it had begun.
    pub begun: bool,
}

/// What is on record of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Stretches whose due times are on record, in order and apart from each other.
    pub settled: Vec<Stretch>,
    /// Runs that are due or that something interrupted.
    pub open: Vec<Open>,
}

/// Why a due time was not run, or a run came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A later one was due already.
    LaterDue,
    /// Older than the job's grace.
    TooLate,
    /// Missed, and the job makes up for nothing.
    NotNow,
    /// The process ended in the middle.
    Interrupted,
    /// It and all since are too long ago to be listed one by one.
    Stopped(DateTime<Utc>),
    /// Nothing came of it within so many minutes.
    Deadline(u32),
    /// What went wrong, in words.
    Said(String),
}

impl Reason {
    /// The reason in the database.
    #[must_use]
    pub fn stored(&self) -> String {
        match self {
            Self::LaterDue => "later-due".to_owned(),
            Self::TooLate => "too-late".to_owned(),
            Self::NotNow => "not-now".to_owned(),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Stopped(since) => format!("stopped:{}", since.timestamp()),
            Self::Deadline(minutes) => format!("deadline:{minutes}"),
            Self::Said(words) => words.clone(),
        }
    }

    /// A stored reason; what is no word of ours was said by something else.
    #[must_use]
    pub fn read(stored: &str) -> Self {
        let coded = match stored.split_once(':') {
            Some(("stopped", since)) => {
                since.parse().ok().and_then(|s| DateTime::from_timestamp(s, 0)).map(Self::Stopped)
            }
            Some(("deadline", minutes)) => minutes.parse().ok().map(Self::Deadline),
            _ => None,
        };
        coded.unwrap_or_else(|| match stored {
            "later-due" => Self::LaterDue,
            "too-late" => Self::TooLate,
            "not-now" => Self::NotNow,
            "interrupted" => Self::Interrupted,
            said => Self::Said(said.to_owned()),
        })
    }

    /// The reason for people.
    #[must_use]
    pub fn message(&self, zone: &Zone) -> Message {
        match self {
            Self::LaterDue => msg!("schedule.later_due"),
            Self::TooLate => msg!("schedule.too_late"),
            Self::NotNow => msg!("schedule.not_now"),
            Self::Interrupted => msg!("schedule.interrupted"),
            Self::Stopped(since) => msg!("schedule.stopped", since = zone.rfc3339(*since)),
            Self::Deadline(minutes) => msg!("schedule.deadline", minutes = *minutes),
            Self::Said(words) => msg!("time.plain", text = words),
        }
    }
}

/// What becomes of a due time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// To be run.
    Run(DateTime<Utc>),
    /// Not to be run.
    Skip(DateTime<Utc>, Reason),
    /// Begun, interrupted, and not to be run again.
    Fail(DateTime<Utc>, Reason),
}

/// Everything decided at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// One decision a due time, oldest first.
    pub decisions: Vec<Decision>,
    /// Stretches whose due times are now on record.
    pub settled: Vec<Stretch>,
}

/// Decides what becomes of every due time up to `now` that is not on record, and of runs left open.
#[must_use]
pub fn settle(plan: &Plan, zone: &Zone, record: &Record, now: DateTime<Utc>) -> Settled {
    let now = now.trunc_subsecs(0);
    let mut decisions = Vec::new();
    let mut candidates: Vec<Open> = record.open.iter().copied().filter(|open| open.due_at <= now).collect();
    let first = record.settled.first().map(|stretch| stretch.since);
    let begins = first.is_none_or(|since| now <= since);
    let (since, stretches) = if begins {
        let since = now - FIRST_LOOK_BACK;
        (since, vec![Stretch { since, until: now }])
    } else {
        (first.unwrap_or(now), holes(&record.settled, now))
    };
    for stretch in &stretches {
        let listed = list(plan, zone, *stretch, now);
        let news = listed.due.into_iter().map(|due_at| Open { due_at, begun: false });
        // Before its first look nothing was promised: only the latest counts.
        candidates.extend(if begins { news.take(1).collect::<Vec<_>>() } else { news.collect() });
        if let Some(due_at) = listed.beyond.filter(|_| !begins) {
            decisions.push(Decision::Skip(due_at, Reason::Stopped(stretch.since)));
        }
    }
    candidates.sort_by_key(|open| open.due_at);
    // The newest may be on record already, where older ones come to light because the clock had been set back.
    let latest = candidates.last().map(|open| open.due_at).max(back_from(plan, zone, now).next());
    decisions.extend(candidates.into_iter().map(|open| decide(plan.missed, open, latest, now)));
    let mut settled = vec![Stretch { since, until: now }];
    settled.extend(record.settled.iter().filter(|s| s.until > now).map(|s| Stretch { since: s.since.max(now), ..*s }));
    Settled { decisions, settled: joined(settled) }
}

fn decide(missed: Missed, open: Open, latest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Decision {
    let age = now - open.due_at;
    let against = match missed {
        Missed::Latest => (latest != Some(open.due_at)).then_some(Reason::LaterDue),
        Missed::Grace(minutes) => (age > Duration::minutes(i64::from(minutes))).then_some(Reason::TooLate),
        Missed::Skip => (latest != Some(open.due_at) || age > ON_TIME).then_some(Reason::NotNow),
    };
    match against {
        None => Decision::Run(open.due_at),
        Some(_) if open.begun => Decision::Fail(open.due_at, Reason::Interrupted),
        Some(reason) => Decision::Skip(open.due_at, reason),
    }
}

/// What of the time up to `now` is not settled, from the first stretch on.
fn holes(settled: &[Stretch], now: DateTime<Utc>) -> Vec<Stretch> {
    let ends = settled.iter().map(|s| s.until);
    let begins = settled.iter().skip(1).map(|s| s.since).chain([now]);
    ends.zip(begins)
        .map(|(since, until)| Stretch { since, until: until.min(now) })
        .filter(|s| s.since < s.until)
        .collect()
}

/// Stretches that touch, as one.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable();
    let mut out: Vec<Stretch> = Vec::new();
    for stretch in stretches.into_iter().filter(|s| s.since < s.until) {
        match out.last_mut() {
            Some(last) if stretch.since <= last.until => last.until = last.until.max(stretch.until),
            _ => out.push(stretch),
        }
    }
    out
}

/// Due times in a stretch.
struct Listed {
    /// Newest first.
    due: Vec<DateTime<Utc>>,
    /// The newest that is too long ago to be listed, where there is one.
    beyond: Option<DateTime<Utc>>,
}

fn list(plan: &Plan, zone: &Zone, stretch: Stretch, now: DateTime<Utc>) -> Listed {
    let mut listed = Listed { due: Vec::new(), beyond: None };
    for due_at in back_from(plan, zone, stretch.until).take_while(|t| *t > stretch.since) {
        if listed.due.len() >= MOST_LISTED || due_at <= now - LOOK_BACK {
            listed.beyond = Some(due_at);
            break;
        }
        listed.due.push(due_at);
    }
    listed
}

/// Due times up to and including `until`, newest first.
fn back_from(plan: &Plan, zone: &Zone, until: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    let after = until.trunc_subsecs(0) + Duration::seconds(1);
    plan.cron.iter_before(after.with_timezone(&zone.tz())).map(|t| t.with_timezone(&Utc))
}

/// The first due time after `now`.
#[must_use]
pub fn next_due(plan: &Plan, zone: &Zone, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    plan.cron.iter_after(now.with_timezone(&zone.tz())).next().map(|t| t.with_timezone(&Utc))
}

/// The due times in `[from, until)`, oldest first.
pub fn due(plan: &Plan, zone: &Zone, from: DateTime<Utc>, until: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    let before = (from - Duration::seconds(1)).with_timezone(&zone.tz());
    plan.cron.iter_after(before).map(|t| t.with_timezone(&Utc)).take_while(move |t| *t < until)
}

/// What is on record of a job's success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Success {
    /// Due time of the latest run that went well.
    pub done: Option<DateTime<Utc>>,
    /// Due time of the latest that was skipped.
    pub skipped: Option<DateTime<Utc>>,
}

/// The due time that should have brought something by now and has not. `awake` is when the service began or woke: from
/// then on it has the whole deadline to make up for what it missed.
#[must_use]
pub fn overdue(
    plan: &Plan,
    zone: &Zone,
    success: Success,
    awake: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let deadline = Duration::minutes(i64::from(plan.deadline_minutes));
    if awake.is_some_and(|awake| now < awake + deadline) {
        return None;
    }
    let due_at = back_from(plan, zone, now - deadline).next()?;
    let settled = if plan.missed == Missed::Skip { success.done.max(success.skipped) } else { success.done };
    settled.is_none_or(|settled| settled < due_at).then_some(due_at)
}

/// A moment on both clocks: the wall's, which may be set, and the machine's, which only counts on (and stands still
/// while the machine sleeps).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the wall clock.
    pub wall: DateTime<Utc>,
    /// By the steady one, since any fixed moment.
    pub steady: std::time::Duration,
}

/// What was recorded by a clock that was ahead, as far as a later look can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBack {
    /// By how much it was ahead; at least so much where nobody saw it being set.
    pub by: Duration,
    /// Up to when what is on record was looked after in time.
    pub to: DateTime<Utc>,
}

/// Whether the wall clock was set back between two moments, by more than a run may be late. What was recorded since the
/// first, by a clock that was right then, is of a time that had come.
#[must_use]
pub fn set_back(before: Moment, after: Moment) -> Option<SetBack> {
    let moved = jump(before, after).filter(|moved| *moved < -ON_TIME)?;
    let steady = Duration::from_std(after.steady.saturating_sub(before.steady)).ok()?;
    Some(SetBack { by: -moved, to: after.wall - steady })
}

/// By how much the wall clock moved beside the steady one between two moments, where that is more than drift.
#[must_use]
pub fn jump(before: Moment, after: Moment) -> Option<Duration> {
    let steady = Duration::from_std(after.steady.saturating_sub(before.steady)).ok()?;
    let moved = (after.wall - before.wall) - steady;
    (moved.abs() > JUMP).then_some(moved)
}
