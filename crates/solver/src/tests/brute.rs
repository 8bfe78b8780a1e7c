//! The problem's rules read once more, from its description, by trying every schedule.

use crate::frame::{Frame, Limited};
use crate::process::{Kind, Process};

/// Every schedule that keeps the rules.
pub(super) fn schedules(process: &Process, slots: usize, day: usize) -> Vec<Vec<bool>> {
    (0u32..1 << slots)
        .map(|n| (0..slots).map(|s| n >> s & 1 == 1).collect::<Vec<bool>>())
        .filter(|on| keeps(process, on, day))
        .collect()
}

fn keeps(process: &Process, on: &[bool], day: usize) -> bool {
    if matches!(process.kind, Kind::Fixed) {
        return on.iter().enumerate().all(|(s, &is)| is == process.usual.has(s));
    }
    let must = |s| process.must_on.as_ref().is_some_and(|m| m.has(s));
    let must_not = |s| process.must_off.as_ref().is_some_and(|m| m.has(s));
    let slot_fits = |(s, &is): (usize, &bool)| {
        if is { (process.allowed.has(s) || must(s)) && !must_not(s) } else { !must(s) }
    };
    on.iter().enumerate().all(slot_fits)
        && match process.kind {
            Kind::Interruptible { slots_per_day, min_on, min_off } => {
                let run = |d: &[bool]| d.iter().filter(|&&o| o).count();
                let full = on.chunks(day).enumerate().all(|(n, d)| run(d) == needed(process, n, slots_per_day));
                full && runs_fit(process, on, min_on.into(), min_off.into())
            }
            Kind::Batch { per_day, .. } => starts(process, on).is_some_and(|starts| {
                let begun = |d| starts.iter().filter(|&&s| s / day == d).count();
                (0..on.len() / day).all(|d| begun(d) == needed(process, d, per_day))
            }),
            Kind::Fixed => true,
        }
}

fn needed(process: &Process, day: usize, each: u16) -> usize {
    process.daily.as_ref().map_or(each, |daily| daily[day]).into()
}

/// Whether no run or pause is too short, what came before the horizon included.
fn runs_fit(process: &Process, on: &[bool], min_on: usize, min_off: usize) -> bool {
    let state = process.state.filter(|&n| n != 0);
    let mut is = state.is_some_and(|n| n > 0);
    let mut length = state.map_or(usize::MAX / 2, |n| usize::try_from(n.unsigned_abs()).expect("a count"));
    for &now in on {
        if now == is {
            length += 1;
        } else {
            if length < if is { min_on } else { min_off } {
                return false;
            }
            (is, length) = (now, 1);
        }
    }
    true
}

/// Slots of the starts; none if a run is no whole number of batches.
pub(super) fn starts(process: &Process, on: &[bool]) -> Option<Vec<usize>> {
    let before = process.state.is_some_and(|n| n > 0);
    let Kind::Batch { duration, .. } = process.kind else {
        let begins = |&s: &usize| on[s] && if s == 0 { !before } else { !on[s - 1] };
        return Some((0..on.len()).filter(begins).collect());
    };
    let duration = usize::from(duration);
    let ran = process.state.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let left = (duration - ran % duration) % duration;
    if on.len() < left || !on[..left].iter().all(|&o| o) {
        return None;
    }
    let (mut starts, mut at) = (Vec::new(), left);
    while at < on.len() {
        if !on[at] {
            at += 1;
            continue;
        }
        if at + duration > on.len() || !on[at..at + duration].iter().all(|&o| o) {
            return None;
        }
        starts.push(at);
        at += duration;
    }
    Some(starts)
}

/// What a schedule costs by itself.
pub(super) fn cost(frame: &Frame, process: &Process, on: &[bool]) -> f64 {
    let mut hourly = 0.0;
    for (slot, &is) in on.iter().enumerate() {
        if is {
            let voc = process.voc * process.reactivity * frame.voc_weight[slot];
            hourly += frame.ozone * (voc + process.nox * frame.nox_weight[slot]);
            hourly += process.power * frame.price[slot];
            hourly += if process.usual.has(slot) { 0.0 } else { process.disruption };
            hourly += if frame.night.as_ref().is_some_and(|n| n.has(slot)) { process.night_premium } else { 0.0 };
        }
        if slot < process.told_slots && process.told.as_ref().is_some_and(|t| t.has(slot) != is) {
            hourly += process.disruption;
        }
    }
    let starts = starts(process, on).map_or(0, |s| s.len());
    frame.step_hours * hourly + process.start_cost * f64::from(u32::try_from(starts).expect("few"))
}

/// What is above the caps with these schedules.
pub(super) fn over(frame: &Frame, processes: &[Process], plan: &[&Vec<bool>]) -> f64 {
    let mut over = 0.0;
    for cap in &frame.caps {
        for slot in 0..frame.slots {
            let Some(limit) = cap.limit[slot] else { continue };
            let load = |(process, on): (&Process, &&Vec<bool>)| match cap.limited {
                _ if process.region != cap.region => 0.0,
                Limited::Starts => {
                    if starts(process, on).is_some_and(|s| s.contains(&slot)) {
                        1.0
                    } else {
                        0.0
                    }
                }
                _ if !on[slot] => 0.0,
                Limited::Voc => process.voc,
                Limited::Nox => process.nox,
                Limited::Power => process.power,
            };
            over += (processes.iter().zip(plan).map(load).sum::<f64>() - limit).max(0.0);
        }
    }
    over
}

/// The least objective over all plans.
pub(super) fn least(frame: &Frame, processes: &[Process]) -> f64 {
    let choices: Vec<_> = processes.iter().map(|p| schedules(p, frame.slots, frame.slots_per_day)).collect();
    let costs: Vec<Vec<f64>> =
        processes.iter().zip(&choices).map(|(p, all)| all.iter().map(|on| cost(frame, p, on)).collect()).collect();
    let mut at = vec![0; choices.len()];
    let mut least = f64::INFINITY;
    loop {
        let plan: Vec<&Vec<bool>> = at.iter().zip(&choices).map(|(&n, all)| &all[n]).collect();
        let own: f64 = at.iter().zip(&costs).map(|(&n, all)| all[n]).sum();
        least = least.min(own + frame.overage * over(frame, processes, &plan));
        let Some(place) = (0..at.len()).find(|&p| at[p] + 1 < choices[p].len()) else { return least };
        at[..place].fill(0);
        at[place] += 1;
    }
}
