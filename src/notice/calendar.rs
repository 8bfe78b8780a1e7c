//! An enterprise's plan as a calendar file (RFC 5545), for phones and mail programs.
//!
//! In: a plan, the episode, the revision's number, whether the plan is taken back. Out: the file's text: one event a day
//! and process, in UTC. Can't happen: the same day of a process under another UID in a later revision; a text that
//! breaks out of its line (it is escaped and folded).

use chrono::{DateTime, Utc};

use super::Line;
use crate::msg;
use crate::plan::horizon::holds;
use crate::plan::{Outcome, Plan, Row};
use crate::text::Lang;
use crate::time::Zone;

/// What a calendar file speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    /// The episode.
    pub episode: &'a str,
    /// Number of the revision: the events' sequence.
    pub revision: u32,
    /// Whether what was told is taken back.
    pub cancelled: bool,
    /// The office, as the organiser's name in the description.
    pub office: &'a str,
    /// The site's zone.
    pub zone: &'a Zone,
    /// Language of the words.
    pub lang: Lang,
}

/// The file; nothing where the enterprise is asked to stop nothing. `lines` are those of its notice, in the order of its
/// rows.
#[must_use]
pub fn calendar(plan: &Plan, enterprise: &str, lines: &[Line], calendar: &Calendar<'_>) -> Option<String> {
    let mut events = String::new();
    for (row, line) in plan.rows_of(enterprise).zip(lines) {
        if !matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop) {
            continue;
        }
        for day in 0..plan.horizon.days() {
            if let Some(event) = event(plan, row, line, day, calendar) {
                events.push_str(&event);
            }
        }
    }
    if events.is_empty() {
        return None;
    }
    let method = if calendar.cancelled { "CANCEL" } else { "PUBLISH" };
    let mut out = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cuofeng//NONSGML plan//ZH"] {
        content(&mut out, line);
    }
    content(&mut out, &format!("METHOD:{method}"));
    out.push_str(&events);
    content(&mut out, "END:VCALENDAR");
    Some(out)
}

/// The event of a process on a day: from the first to the last hour closed to it.
fn event(plan: &Plan, row: &Row, line: &Line, day: usize, calendar: &Calendar<'_>) -> Option<String> {
    let per_day = plan.horizon.per_day();
    let slots = || (day * per_day..(day + 1) * per_day).filter(|slot| holds(&row.stop, *slot));
    let (first, last) = (slots().next()?, slots().next_back()?);
    let stamp = DateTime::from_timestamp(plan.made_at, 0)?;
    let date = plan.horizon.date(day, calendar.zone).format("%Y%m%d");
    let summary = msg!("calendar.summary", process = &row.name).text(calendar.lang);
    let description = format!("{}\n{}", line.text, calendar.office);
    let mut out = String::new();
    content(&mut out, "BEGIN:VEVENT");
    // The enterprise, process and day: what stays the same from revision to revision.
    let uid = format!("{}-{}-{}-{date}@cuofeng", calendar.episode, row.enterprise, row.process);
    for (name, value) in [
        ("UID", uid),
        ("DTSTAMP", utc(stamp)),
        ("SEQUENCE", calendar.revision.to_string()),
        ("DTSTART", utc(plan.horizon.start_of(first))),
        ("DTEND", utc(plan.horizon.start_of(last + 1))),
        ("SUMMARY", escaped(&summary)),
        ("DESCRIPTION", escaped(&description)),
        ("STATUS", if calendar.cancelled { "CANCELLED" } else { "CONFIRMED" }.to_owned()),
        ("TRANSP", "TRANSPARENT".to_owned()),
    ] {
        content(&mut out, &format!("{name}:{value}"));
    }
    content(&mut out, "END:VEVENT");
    Some(out)
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded to 75 octets, never inside a character (RFC 5545, 3.1).
fn content(out: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
