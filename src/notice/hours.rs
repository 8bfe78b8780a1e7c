//! A plan in words: for an enterprise what to stop and when to run instead, for staff what it is worth.
//!
//! In: a plan, an enterprise, the zone, the language. Out: one [`Line`] a process, and sentences for staff. Can't
//! happen: an hour that is past when the plan is made; individual hours of a process whose figures nobody confirmed;
//! a worth in anything but ozone-weighted kilograms.

use chrono::NaiveDate;

use super::Line;
use crate::msg;
use crate::plan::horizon::{Runs, holds};
use crate::plan::{Outcome, Plan, Row, Weights, Worth};
use crate::text::{Lang, Message};
use crate::time::{ClockHours, Zone, day_words};

/// Clock minutes of a stretch within a day.
type Stretch = (usize, usize);

/// Days on end on which the same is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    from: NaiveDate,
    to: NaiveDate,
    stop: Vec<Stretch>,
    on: Vec<Stretch>,
}

/// What an enterprise is asked, process by process.
#[must_use]
pub fn lines(plan: &Plan, enterprise: &str, weights: &Weights, zone: &Zone, lang: Lang) -> Vec<Line> {
    plan.rows_of(enterprise).map(|row| line(plan, row, weights, zone, lang)).collect()
}

fn line(plan: &Plan, row: &Row, weights: &Weights, zone: &Zone, lang: Lang) -> Line {
    let (message, short, moves) = match &row.outcome {
        Outcome::Own => own(plan, row, zone, lang),
        Outcome::Common => common(plan, row, lang),
        Outcome::Stop => {
            let stop = common_hours(plan, &row.stop).words(lang);
            (msg!("plan.stop", stop = stop), msg!("plan.stop_short"), true)
        }
        Outcome::Keep => {
            let message = msg!("plan.keep", usual = kept_hours(plan, row).words(lang));
            (message.clone(), message, false)
        }
        Outcome::Little => {
            let message = msg!("hours.little", grams = weights.least_grams);
            (message, msg!("plan.care"), false)
        }
        Outcome::Cannot(reason) => (msg!("hours.cannot", reason = reason), msg!("plan.care"), false),
        Outcome::Reduce => {
            (msg!("plan.reduce", percent = row.percent), msg!("plan.reduce_short", percent = row.percent), true)
        }
        Outcome::Care => (msg!("plan.care"), msg!("plan.care"), false),
    };
    let text = match &row.advice {
        Some(advice) => msg!("plan.with_advice", text = message, advice = advice).text(lang),
        None => message.text(lang),
    };
    Line { name: row.name.clone(), text, short: short.text(lang), moves }
}

fn own(plan: &Plan, row: &Row, zone: &Zone, lang: Lang) -> (Message, Message, bool) {
    let groups = groups(plan, row, zone);
    let (mut texts, mut shorts) = (Vec::new(), Vec::new());
    for group in &groups {
        let (days, stop, on) = (days(group, lang), stretches(&group.stop, lang), stretches(&group.on, lang));
        let text = if group.on.is_empty() {
            msg!("hours.stop", days = &days, stop = stop)
        } else {
            msg!("hours.own", days = &days, stop = stop, on = &on)
        };
        texts.push(text.text(lang));
        let short = if group.on.is_empty() { msg!("plan.stop_short") } else { msg!("plan.move_short", instead = on) };
        let several = groups.len() > 1;
        let short = if several { msg!("hours.short", days = days, text = short) } else { short };
        shorts.push(short.text(lang));
    }
    let (gap, comma) = if lang == Lang::Zh { ("；", "，") } else { ("; ", ", ") };
    let mut text = texts.join(gap);
    if let Some((fit, needed)) = row.short {
        let (fit, needed) = (in_hours(plan, fit), in_hours(plan, needed));
        text = msg!("hours.fit", text = text, fit = fit, needed = needed).text(lang);
    }
    (msg!("time.plain", text = text), msg!("time.plain", text = shorts.join(comma)), true)
}

fn common(plan: &Plan, row: &Row, lang: Lang) -> (Message, Message, bool) {
    let stop = common_hours(plan, &row.stop).words(lang);
    let may = every_day(plan, row);
    let instead = may.words(lang);
    let short =
        if may == ClockHours::NONE { msg!("plan.stop_short") } else { msg!("plan.move_short", instead = &instead) };
    let text = match row.short {
        _ if may == ClockHours::NONE => msg!("plan.stop", stop = stop),
        Some((fit, needed)) => {
            let (fit, needed) = (in_hours(plan, fit), in_hours(plan, needed));
            msg!("plan.cut", stop = stop, instead = instead, fit = fit, needed = needed)
        }
        None => msg!("plan.move", stop = stop, instead = instead),
    };
    let text = if plan.hourly && !row.confirmed { msg!("hours.common", text = text) } else { text };
    (text, short, true)
}

/// Slots in hours: `7`, or `7.5`.
fn in_hours(plan: &Plan, slots: usize) -> String {
    let per_hour = plan.horizon.per_hour();
    let half = if slots.is_multiple_of(per_hour) { "" } else { ".5" };
    format!("{}{half}", slots / per_hour)
}

/// What is asked of a process day by day, equal days said once.
fn groups(plan: &Plan, row: &Row, zone: &Zone) -> Vec<Group> {
    let (per_day, horizon) = (plan.horizon.per_day(), &plan.horizon);
    let made = chrono::DateTime::from_timestamp(plan.made_at, 0).map_or(0, |at| horizon.slot_from(at));
    let mut groups: Vec<Group> = Vec::new();
    for day in 0..horizon.days() {
        let within = |runs: &Runs| -> Vec<Stretch> {
            let first = day * per_day;
            let slots = (first..first + per_day).filter(|slot| *slot >= made && holds(runs, *slot));
            let mut out: Vec<Stretch> = Vec::new();
            for slot in slots {
                let minutes = (slot - first) * 60 / horizon.per_hour();
                let end = minutes + 60 / horizon.per_hour();
                match out.last_mut() {
                    Some((_, to)) if *to == minutes => *to = end,
                    _ => out.push((minutes, end)),
                }
            }
            out
        };
        let (stop, on) = (within(&row.stop), within(&row.on));
        if stop.is_empty() {
            continue;
        }
        let date = horizon.date(day, zone);
        match groups.last_mut() {
            Some(last) if last.stop == stop && last.on == on && last.to.succ_opt() == Some(date) => last.to = date,
            _ => groups.push(Group { from: date, to: date, stop, on }),
        }
    }
    groups
}

fn days(group: &Group, lang: Lang) -> String {
    if group.from == group.to {
        return day_words(group.from, lang);
    }
    msg!("hours.days", from = day_words(group.from, lang), to = day_words(group.to, lang)).text(lang)
}

fn stretches(stretches: &[Stretch], lang: Lang) -> String {
    let clock = |minutes: usize| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let words = stretches.iter().map(|(from, to)| format!("{}—{}", clock(*from), clock(*to)));
    words.collect::<Vec<_>>().join(lang.comma())
}

/// Clock hours that any of the runs touches.
fn common_hours(plan: &Plan, runs: &Runs) -> ClockHours {
    let slots = runs.iter().flat_map(|(from, to)| *from..*to);
    slots.fold(ClockHours::NONE, |set, slot| set.with(plan.horizon.clock(slot)))
}

/// Clock hours in which a process keeps running on the days on which hours are closed to it: on other days it may have
/// more of them.
fn kept_hours(plan: &Plan, row: &Row) -> ClockHours {
    let per_day = plan.horizon.per_day();
    let days = 0..plan.horizon.days();
    let told = days.filter(|day| (day * per_day..(day + 1) * per_day).any(|slot| holds(&row.stop, slot)));
    let slots = told.flat_map(|day| day * per_day..(day + 1) * per_day).filter(|slot| holds(&row.on, *slot));
    slots.fold(ClockHours::NONE, |set, slot| set.with(plan.horizon.clock(slot)))
}

/// Clock hours in which a process may run on every day on which hours are closed to it.
fn every_day(plan: &Plan, row: &Row) -> ClockHours {
    let per_day = plan.horizon.per_day();
    let made = chrono::DateTime::from_timestamp(plan.made_at, 0).map_or(0, |at| plan.horizon.slot_from(at));
    let told = |day: &usize| (day * per_day..(day + 1) * per_day).any(|slot| holds(&row.stop, slot));
    let on_day = |day: usize| {
        // Hours of the first day that are past close nothing on the other days.
        let open = |slot: &usize| *slot < made || holds(&row.may, *slot);
        let slots = (day * per_day..(day + 1) * per_day).filter(open);
        slots.fold(ClockHours::NONE, |set, slot| set.with(plan.horizon.clock(slot)))
    };
    let all = (0..plan.horizon.days()).filter(told).map(on_day).reduce(ClockHours::and).unwrap_or(ClockHours::NONE);
    all.and(common_hours(plan, &row.may))
}

/// What a plan is worth, in sentences for staff; nothing where no hours were planned.
#[must_use]
pub fn worth(plan: &Plan, weights: &Weights, lang: Lang) -> Vec<String> {
    let all = plan.worth();
    let Some(first) = all.first().filter(|_| plan.hourly && plan.moved_rows().next().is_some()) else {
        return Vec::new();
    };
    let name = |worth: &Worth| weights.set(&worth.set).map_or_else(|| worth.set.clone(), |s| s.words(lang).to_owned());
    let mut out = vec![
        msg!(
            "hours.worth",
            set = name(first),
            usual = kilograms(first.usual),
            practice = kilograms(first.practice),
            planned = kilograms(first.planned)
        )
        .text(lang),
    ];
    for other in all.iter().skip(1) {
        let message = match other.helps() == first.helps() {
            true if other.planned > other.practice => msg!("hours.worse"),
            true => msg!("hours.agrees"),
            false => msg!("hours.differs"),
        };
        let (usual, planned) = (kilograms(other.usual), kilograms(other.planned));
        let (set, practice) = (name(other), kilograms(other.practice));
        out.push(
            msg!("hours.other", set = set, usual = usual, practice = practice, planned = planned, verdict = message)
                .text(lang),
        );
    }
    if plan.kept {
        out.push(msg!("hours.kept").text(lang));
    }
    if plan.overage > 0 {
        out.push(msg!("hours.overage").text(lang));
    }
    if let Some((slot, planned, usual)) = plan.new_peak() {
        let (planned, usual) = (kilograms(planned), kilograms(usual));
        out.push(msg!("hours.peak", hour = plan.horizon.clock(slot), planned = planned, usual = usual).text(lang));
    }
    out
}

/// Grams as kilograms with two decimals.
#[must_use]
pub fn kilograms(grams: i64) -> String {
    let hundredths = crate::aqi::round_half_even(grams, 10);
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
}
