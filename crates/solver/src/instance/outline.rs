//! `instance.json`: slots, weights, prices, regions and caps.
//!
//! In: its text. Out: a [`Frame`] and the regions' names, or what is wrong and where. Can't happen: slots that don't
//! fill whole days; a cap of an unknown kind or region.

use std::ops::Range;

use serde::Deserialize;

use super::OUTLINE;
use crate::{Cap, Frame, Limited, Of, Wrong};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;

#[derive(Deserialize)]
struct Outline {
    step_minutes: u32,
    slots: usize,
    slots_per_day: usize,
    regions: Vec<String>,
    weights: Weights,
    price: Vec<f64>,
    objective: Objective,
    #[serde(default)]
    caps: Vec<Limit>,
}

#[derive(Deserialize)]
struct Weights {
    voc: Vec<f64>,
    nox: Vec<f64>,
}

#[derive(Deserialize)]
struct Objective {
    ozone: f64,
    overage: f64,
}

#[derive(Deserialize)]
struct Limit {
    kind: String,
    region: String,
    #[serde(rename = "limit")]
    values: Vec<Option<f64>>,
}

/// Reads the file's text.
pub(super) fn read(text: &str) -> Result<(Frame, Vec<String>), Problem> {
    let outline = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| of_json(text, &error))?;
    frame(outline).map_err(|wrong| fault(text, &wrong))
}

fn frame(outline: Outline) -> Result<(Frame, Vec<String>), Wrong> {
    let minutes = usize::try_from(outline.step_minutes).unwrap_or(0);
    if minutes.saturating_mul(outline.slots_per_day) != 24 * 60 {
        return Err(Wrong { of: Of::Frame, field: "slots_per_day", should: msg!("should.whole_day") });
    }
    let mut caps = Vec::with_capacity(outline.caps.len());
    for (number, cap) in outline.caps.into_iter().enumerate() {
        let wrong = |field, should| Wrong { of: Of::Cap(number), field, should };
        let limited = Limited::ALL.into_iter().find(|l| l.word() == cap.kind);
        let limited = limited.ok_or_else(|| wrong("kind", msg!("should.limited")))?;
        let region = outline.regions.iter().position(|r| *r == cap.region);
        let region = region.ok_or_else(|| wrong("region", msg!("should.region")))?;
        caps.push(Cap { limited, region, limit: cap.values });
    }
    let frame = Frame {
        step_hours: f64::from(outline.step_minutes) / 60.0,
        slots: outline.slots,
        slots_per_day: outline.slots_per_day,
        regions: outline.regions.len(),
        voc_weight: outline.weights.voc,
        nox_weight: outline.weights.nox,
        price: outline.price,
        night: None,
        ozone: outline.objective.ozone,
        overage: outline.objective.overage,
        caps,
    };
    Ok((frame, outline.regions))
}

/// A fault of the form, at its line and column.
fn of_json(text: &str, error: &serde_json::Error) -> Problem {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = text.floor_char_boundary((line + error.column().saturating_sub(1)).min(text.len()));
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    let (what, advice) = match words.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(key) => (msg!("config.missing_key", key = key), msg!("instance.missing_advice")),
        None => (msg!("instance.json", error = words), msg!("instance.json_advice")),
    };
    Problem::span(OUTLINE, &text.into(), at..at, what, advice)
}

/// A wrong figure of the frame, at its key.
pub(super) fn fault(text: &str, wrong: &Wrong) -> Problem {
    let what = match &wrong.of {
        Of::Cap(number) => msg!("instance.cap", number = number + 1, field = wrong.field),
        _ => msg!("instance.field", field = wrong.field),
    };
    let advice = msg!("instance.write", should = wrong.should.clone());
    match key(text, wrong) {
        Some(range) => Problem::span(OUTLINE, &text.into(), range, what, advice),
        None => Problem::file(OUTLINE, what, advice),
    }
}

/// Where the key of a field stands.
fn key(text: &str, wrong: &Wrong) -> Option<Range<usize>> {
    let (path, turn) = match wrong.of {
        Of::Cap(number) => (vec!["caps", wrong.field], number),
        _ => (wrong.field.split('.').collect(), 0),
    };
    let mut range = 0..0;
    for (depth, name) in path.iter().enumerate() {
        let turns = if depth + 1 == path.len() { turn } else { 0 };
        for _ in 0..=turns {
            range = next_key(text, name, range.end)?;
        }
    }
    Some(range)
}

/// The next place after `from` where `name` is a key.
fn next_key(text: &str, name: &str, from: usize) -> Option<Range<usize>> {
    let quoted = format!("\"{name}\"");
    let rest = text.get(from..)?;
    let is_key = |at: &usize| rest[at + quoted.len()..].trim_start().starts_with(':');
    let at = rest.match_indices(&quoted).map(|(at, _)| at).find(is_key)? + from;
    Some(at..at + quoted.len())
}
