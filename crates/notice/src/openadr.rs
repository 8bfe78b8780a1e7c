//! A warning and the hours of its plan as OpenADR 3.1 events, for the demand-response server (VTN) of others.
//!
//! In: the periods told, the plan, the program that the server's operator has given. Out: event requests as JSON: one
//! for the warning (`ALERT_AIR_QUALITY`, an interval a told period, for the region), and one for every process whose
//! hours are asked for (`SIMPLE`, an interval a stretch of hours, for the enterprise and the process). Can't happen: a
//! name that a server refuses (it is an error that says which); an interval in hours that were past when the plan was
//! made; a level 3, which is an emergency: an office asks, it doesn't shut down.
//!
//! Payload types are those of the specification's event enumerations (OpenADR 3 Definitions, table 1): the alert's
//! payload is a text for people; `SIMPLE` is 0 for normal operations, 1 for a moderate and 2 for a high load shed.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, Zone};
use cuofeng_plan::horizon::{Horizon, holds};
use cuofeng_plan::{Outcome, Plan, Row};

/// What events speak of.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The program's identifier at the server.
    pub program: &'a str,
    /// The episode.
    pub episode: &'a str,
    /// Number of the revision that was told last.
    pub revision: u32,
    /// The office.
    pub office: &'a str,
    /// What the rule is called.
    pub title: &'a str,
    /// The region's identifier.
    pub region: &'a str,
    /// The periods told.
    pub periods: &'a [Period],
    /// The plan told.
    pub plan: &'a Plan,
    /// The site's zone.
    pub zone: &'a Zone,
    /// Language of the texts.
    pub lang: Lang,
}

/// An identifier that OpenADR does not take: 1 to 128 of `A-Z a-z 0-9 _ -`, and not `null`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("OpenADR takes no identifier `{0}`")]
pub struct Unfit(pub String);

/// Level of a `SIMPLE` signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// It runs: normal operations.
    Normal = 0,
    /// Its load is to be less.
    Less = 1,
    /// It stops.
    Stop = 2,
}

/// The event requests: that of the warning first, then one a process in the plan's order.
pub fn events(telling: &Telling<'_>) -> Result<Vec<Value>, Unfit> {
    let plan = telling.plan;
    let mut events = vec![warning(telling)?];
    for row in &plan.rows {
        let stretches = stretches(plan, row);
        if stretches.is_empty() {
            continue;
        }
        let interval = |(id, (level, run)): (usize, &(Level, (usize, usize)))| {
            interval(id, &plan.horizon.period(*run), "SIMPLE", &json!(*level as u8))
        };
        let intervals: Vec<Value> = stretches.iter().enumerate().map(interval).collect();
        let name = format!("{}.r{}.{}", telling.episode, telling.revision, row.process);
        events.push(event(telling, &name, &[&row.enterprise, &row.process], &intervals)?);
    }
    Ok(events)
}

fn warning(telling: &Telling<'_>) -> Result<Value, Unfit> {
    let alert = |period: &Period| {
        let words = telling.zone.period_words(period, telling.lang);
        msg!("openadr.alert", office = telling.office, title = telling.title, period = words).text(telling.lang)
    };
    let interval = |(id, period): (usize, &Period)| interval(id, period, "ALERT_AIR_QUALITY", &json!(alert(period)));
    let intervals: Vec<Value> = telling.periods.iter().enumerate().map(interval).collect();
    event(telling, &format!("{}.r{}", telling.episode, telling.revision), &[telling.region], &intervals)
}

fn event(telling: &Telling<'_>, name: &str, targets: &[&str], intervals: &[Value]) -> Result<Value, Unfit> {
    for identifier in targets.iter().chain([&telling.program]) {
        let fits = identifier.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !fits || !(1..=128).contains(&identifier.len()) || identifier.eq_ignore_ascii_case("null") {
            return Err(Unfit((*identifier).to_owned()));
        }
    }
    Ok(json!({"objectType": "EVENT", "programID": telling.program, "eventName": name, "targets": targets,
        "intervals": intervals}))
}

fn interval(id: usize, period: &Period, kind: &str, value: &Value) -> Value {
    json!({"id": id, "intervalPeriod": {"start": instant(period.start), "duration": duration(period)},
        "payloads": [{"type": kind, "values": [value]}]})
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As ISO 8601 writes it: `PT7H30M`.
fn duration(period: &Period) -> String {
    let minutes = (period.end - period.start).num_minutes();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

/// What is asked of a process, stretch by stretch, on the days on which anything is.
fn stretches(plan: &Plan, row: &Row) -> Vec<(Level, (usize, usize))> {
    let horizon = &plan.horizon;
    let made = DateTime::from_timestamp(plan.made_at, 0).map_or(0, |at| horizon.slot_from(at));
    let mut out: Vec<(Level, (usize, usize))> = Vec::new();
    for slot in (made..horizon.slots()).filter(|slot| asked_on(row, horizon, horizon.day_of(*slot))) {
        let Some(level) = level(row, slot) else { continue };
        match out.last_mut() {
            Some((last, (_, to))) if *last == level && *to == slot => *to += 1,
            _ => out.push((level, (slot, slot + 1))),
        }
    }
    out
}

fn asked_on(row: &Row, horizon: &Horizon, day: usize) -> bool {
    let mut slots = day * horizon.per_day()..(day + 1) * horizon.per_day();
    slots.any(|slot| holds(&row.stop, slot) || holds(&row.less, slot))
}

/// What is asked in a slot: a process with hours of its own is told them, the others only when to stop.
fn level(row: &Row, slot: usize) -> Option<Level> {
    match row.outcome {
        Outcome::Own if holds(&row.on, slot) => Some(Level::Normal),
        Outcome::Own | Outcome::Common | Outcome::Stop => holds(&row.stop, slot).then_some(Level::Stop),
        Outcome::Reduce => holds(&row.less, slot).then_some(Level::Less),
        Outcome::Keep | Outcome::Little | Outcome::Care | Outcome::Cannot(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_iso_8601_has_them() {
        let start = DateTime::from_timestamp(0, 0).expect("a time");
        for (minutes, written) in [(30, "PT30M"), (60, "PT1H"), (450, "PT7H30M"), (2880, "PT48H")] {
            let period = Period { start, end: start + chrono::Duration::minutes(minutes) };
            assert_eq!(duration(&period), written);
        }
    }
}
