//! A plan in words: for an enterprise what to stop and when to run instead, for staff what it is worth.
//!
//! In: a plan, an enterprise, the zone, the language. Out: one [`Line`] a process, and sentences for staff. Can't
//! happen: an hour that is past when the plan is made; individual hours of a process whose figures nobody confirmed;
//! a worth in anything but ozone-weighted kilograms.

use std::cmp::Reverse;

use chrono::NaiveDate;

use super::Line;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{ClockHours, Zone, day_words, days_words, short_hours};
use cuofeng_plan::horizon::{Runs, holds};
use cuofeng_plan::{Outcome, Part, Plan, Row, Weights, Worth};
use cuofeng_rules::Ask;

/// How much is asked: the kind of it, then the level, of which a lower place is the higher one.
type Strictness = (u8, Reverse<usize>);

/// Clock minutes of a stretch within a day.
type Stretch = (usize, usize);

/// Days on end on which the same is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    from: NaiveDate,
    to: NaiveDate,
    stop: Vec<Stretch>,
    on: Vec<Stretch>,
    /// Slots ahead and those of a usual day, where fewer fit than usually run.
    short: Option<(usize, usize)>,
}

/// What an enterprise is asked, process by process.
#[must_use]
pub fn lines(plan: &Plan, enterprise: &str, weights: &Weights, zone: &Zone, lang: Lang) -> Vec<Line> {
    plan.rows_of(enterprise).map(|row| line(plan, row, weights, zone, lang)).collect()
}

/// What is asked, in words.
struct Words {
    /// The whole sentence.
    text: Message,
    /// The same where the period was said already; nothing where there is nothing to do.
    short: Option<Message>,
    /// Whether it is to stop or move, or to run with less load.
    moves: bool,
    /// Whether the sentence names the days itself.
    dated: bool,
    /// Whether the short form leaves out other days.
    partial: bool,
}

impl Words {
    const fn new(text: Message, short: Option<Message>, moves: bool) -> Self {
        Self { text, short, moves, dated: false, partial: false }
    }
}

fn line(plan: &Plan, row: &Row, weights: &Weights, zone: &Zone, lang: Lang) -> Line {
    let (percent, advice) = (row.percent, row.advice.clone());
    let whole = Part { level: 0, ask: Ask::Care, percent, advice, slots: Runs::new() };
    let (text, short, moves, partial) = if row.parts.is_empty() {
        let words = advised(outcome(plan, row, weights, zone, lang), &whole, &row.outcome);
        (words.text.text(lang), words.short.map(|short| short.text(lang)), words.moves, words.partial)
    } else {
        by_level(plan, row, weights, zone, lang)
    };
    let stop = matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop).then(|| {
        let mut all: Vec<Vec<Stretch>> = groups(plan, row, zone).into_iter().map(|group| group.stop).collect();
        all.dedup();
        if let [one] = all.as_slice() { short_hours(one, lang) } else { String::new() }
    });
    Line { name: row.name.clone(), text, short: short.unwrap_or_default(), moves, partial, stop }
}

/// What each level asks on its own days; the short form says the strictest, and of equal ones that of the highest level.
fn by_level(
    plan: &Plan,
    row: &Row,
    weights: &Weights,
    zone: &Zone,
    lang: Lang,
) -> (String, Option<String>, bool, bool) {
    let mut parts: Vec<&Part> = row.parts.iter().collect();
    parts.sort_by_key(|part| part.slots.first().copied());
    let mut texts = Vec::new();
    let mut best: Option<(Strictness, String, bool, bool)> = None;
    // The hours of levels that both move it are said once, then what each asks beside.
    let (moving, others): (Vec<&Part>, Vec<&Part>) =
        parts.iter().copied().partition(|part| matches!(part.ask, Ask::Stop | Ask::Shift));
    let several = Some(moving.as_slice()).filter(|moving| moving.len() > 1);
    if let Some(moving) = several {
        let (text, short, moves, partial) = at_several_levels(plan, row, moving, weights, zone, lang);
        texts.push(text);
        best = short.map(|short| ((3, Reverse(0)), short, moves, partial));
    }
    for part in if several.is_some() { others } else { parts } {
        let words = match part.ask {
            Ask::Stop | Ask::Shift => outcome(plan, row, weights, zone, lang),
            Ask::Reduce => reduced(part.percent),
            Ask::Care => Words::new(msg!("plan.care"), None, false),
        };
        let own = match part.ask {
            Ask::Stop | Ask::Shift => row.outcome.clone(),
            Ask::Reduce => Outcome::Reduce,
            Ask::Care => Outcome::Care,
        };
        let Words { text, short, moves, dated, partial } = advised(words, part, &own);
        let days = days_words(&days_of(plan, &part.slots, zone), lang);
        let dated_text = if dated { text.text(lang) } else { msg!("hours.on", days = &days, text = text).text(lang) };
        texts.push(dated_text);
        let strictness = match part.ask {
            Ask::Care => u8::from(part.advice.is_some()),
            Ask::Reduce => 2,
            Ask::Shift | Ask::Stop => 3,
        };
        let strictness = (strictness, Reverse(part.level));
        if let Some(short) = short
            && best.as_ref().is_none_or(|(known, ..)| *known < strictness)
        {
            let short = if dated { short } else { msg!("hours.short", days = days, text = short) };
            best = Some((strictness, short.text(lang), moves, partial));
        }
    }
    let partial = texts.len() > 1;
    let text = texts.join(lang.semicolon());
    let (short, moves, own) = best.map_or((None, false, false), |(_, short, moves, own)| (Some(short), moves, own));
    (text, short, moves, partial || own)
}

/// What several levels ask that move it: its hours, and what each asks beside on its own days.
fn at_several_levels(
    plan: &Plan,
    row: &Row,
    parts: &[&Part],
    weights: &Weights,
    zone: &Zone,
    lang: Lang,
) -> (String, Option<String>, bool, bool) {
    let named = |parts: &[&Part]| {
        let mut days: Vec<NaiveDate> = parts.iter().flat_map(|part| days_of(plan, &part.slots, zone)).collect();
        days.sort_unstable();
        days.dedup();
        days_words(&days, lang)
    };
    let Words { text, short, moves, dated, partial } = outcome(plan, row, weights, zone, lang);
    let days = named(parts);
    let mut text = if dated { text } else { msg!("hours.on", days = &days, text = text) };
    let short = short.map(|short| if dated { short } else { msg!("hours.short", days = &days, text = short) });
    let mut advices: Vec<(&str, Vec<&Part>)> = Vec::new();
    for part in parts {
        let Some(advice) = part.advice.as_deref() else { continue };
        match advices.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, all)) => all.push(part),
            None => advices.push((advice, vec![part])),
        }
    }
    for (advice, of) in advices {
        text = if of.len() == parts.len() {
            msg!("plan.with_advice", text = text, advice = advice)
        } else {
            msg!("hours.also", text = text, days = named(&of), advice = advice)
        };
    }
    (text.text(lang), short.map(|short| short.text(lang)), moves, partial)
}

/// The local days of slots.
fn days_of(plan: &Plan, slots: &Runs, zone: &Zone) -> Vec<NaiveDate> {
    let days = (0..plan.horizon.days()).filter(|day| {
        let first = day * plan.horizon.per_day();
        (first..first + plan.horizon.per_day()).any(|slot| holds(slots, slot))
    });
    days.map(|day| plan.horizon.date(day, zone)).collect()
}

/// What is asked, with what is to be done meanwhile. Who does that need not be told to go on as usual.
fn advised(words: Words, part: &Part, outcome: &Outcome) -> Words {
    let Some(advice) = &part.advice else { return words };
    let says_nothing = *outcome == Outcome::Care;
    let alone = msg!("time.plain", text = advice);
    let text = if says_nothing { alone.clone() } else { msg!("plan.with_advice", text = words.text, advice = advice) };
    Words { text, short: words.short.or(Some(alone)), ..words }
}

fn reduced(percent: u8) -> Words {
    Words::new(msg!("plan.reduce", percent = percent), Some(msg!("plan.reduce_short", percent = percent)), true)
}

fn outcome(plan: &Plan, row: &Row, weights: &Weights, zone: &Zone, lang: Lang) -> Words {
    match &row.outcome {
        Outcome::Own => own(plan, row, zone, lang),
        Outcome::Common => common(plan, row, lang),
        Outcome::Stop => {
            let stop = common_hours(plan, &row.stop).words(lang);
            Words::new(msg!("plan.stop", stop = stop), Some(msg!("plan.stop_short")), true)
        }
        Outcome::Keep => {
            let kept = kept_hours(plan, row);
            let short = msg!("plan.keep_short", usual = short_hours(&stretches_of(kept), lang));
            Words::new(msg!("plan.keep", usual = kept.words(lang)), Some(short), false)
        }
        Outcome::Little => Words::new(msg!("hours.little", grams = weights.least_grams), None, false),
        Outcome::Cannot(reason) => Words::new(msg!("hours.cannot", reason = reason), None, false),
        Outcome::Reduce => reduced(row.percent),
        Outcome::Care => Words::new(msg!("plan.care"), None, false),
    }
}

/// Clock hours as stretches of minutes.
fn stretches_of(hours: ClockHours) -> Vec<Stretch> {
    let minutes = |hour: u32| usize::try_from(hour).unwrap_or(0) * 60;
    hours.ranges().into_iter().map(|(from, to)| (minutes(from), minutes(to))).collect()
}

fn own(plan: &Plan, row: &Row, zone: &Zone, lang: Lang) -> Words {
    let groups = groups(plan, row, zone);
    let several = groups.len() > 1;
    let (mut texts, mut first) = (Vec::new(), None);
    for group in &groups {
        let (days, stop, on) = (days(group, lang), stretches(&group.stop, lang), stretches(&group.on, lang));
        let text = if group.on.is_empty() {
            msg!("hours.stop", days = &days, stop = stop)
        } else {
            msg!("hours.own", days = &days, stop = stop, on = &on)
        };
        let text = match group.short.filter(|_| !group.on.is_empty()) {
            Some((fit, needed)) => {
                msg!("hours.fit", text = text, fit = in_hours(plan, fit), needed = in_hours(plan, needed))
            }
            None => text,
        };
        texts.push(text.text(lang));
        // A short message has room for the first days; the rest stands in the mail.
        first.get_or_insert_with(|| {
            let instead = short_hours(&group.on, lang);
            let short =
                if group.on.is_empty() { msg!("plan.stop_short") } else { msg!("plan.move_short", instead = instead) };
            let days = days_words(&group.from.iter_days().take_while(|day| *day <= group.to).collect::<Vec<_>>(), lang);
            if several { msg!("hours.short", days = days, text = short) } else { short }
        });
    }
    let text = texts.join(lang.semicolon());
    let words = Words::new(msg!("time.plain", text = text), first, true);
    Words { dated: true, partial: several, ..words }
}

fn common(plan: &Plan, row: &Row, lang: Lang) -> Words {
    let stop = common_hours(plan, &row.stop).words(lang);
    let may = every_day(plan, row);
    let instead = may.words(lang);
    let short = if may == ClockHours::NONE {
        msg!("plan.stop_short")
    } else {
        msg!("plan.move_short", instead = short_hours(&stretches_of(may), lang))
    };
    let text = match row.short {
        _ if may == ClockHours::NONE => msg!("plan.stop", stop = stop),
        Some((fit, needed)) => {
            let (fit, needed) = (in_hours(plan, fit), in_hours(plan, needed));
            msg!("plan.cut", stop = stop, instead = instead, fit = fit, needed = needed)
        }
        None => msg!("plan.move", stop = stop, instead = instead),
    };
    let text = if plan.hourly && !row.confirmed { msg!("hours.common", text = text) } else { text };
    Words::new(text, Some(short), true)
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
        let count = |runs: &Runs, from: usize| {
            (from.max(day * per_day)..(day + 1) * per_day).filter(|slot| holds(runs, *slot)).count()
        };
        let needed = count(&row.usual, 0);
        let short = (count(&row.on, 0) < needed).then(|| (count(&row.on, made), needed));
        let date = horizon.date(day, zone);
        let same = |last: &Group| last.stop == stop && last.on == on && last.short == short;
        match groups.last_mut() {
            Some(last) if same(last) && last.to.succ_opt() == Some(date) => last.to = date,
            _ => groups.push(Group { from: date, to: date, stop, on, short }),
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
        // Only what speaks against the plan is worth a line.
        let message = match other.helps() == first.helps() {
            true if other.planned > other.practice => msg!("hours.worse"),
            true => continue,
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
        let caps: Vec<String> = plan.tight.iter().map(|tight| tight.message().text(lang)).collect();
        let caps = caps.join(lang.comma());
        let words = if caps.is_empty() { msg!("hours.overage_any") } else { msg!("hours.overage", caps = caps) };
        out.push(words.text(lang));
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
    let hundredths = cuofeng_aqi::round_half_even(grams, 10);
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
}
