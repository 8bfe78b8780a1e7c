//! Days in a text that opens with none for certain.
//!
//! In: a text in normalised form and the day that stands for the year. Out: the days that can be made out in it, for a
//! person to see. Can't happen: such a day used without being shown.

use chrono::{Datelike, NaiveDate};

use super::day::{AND, LONGEST, Written, mention, written};
use super::heading::opened;
use super::{Rest, TO};

/// The days that can be made out where [`super::heading::heading`] found none: for showing only.
pub(in crate::bulletin) fn days(text: &str, anchor: NaiveDate) -> Vec<NaiveDate> {
    let text = opened(text);
    let whole = written(&mut Rest(text), None).filter(|first| first.month.is_some());
    if let Some(whole) = whole.and_then(|first| first.resolve(anchor)) {
        return vec![whole];
    }
    let Some(start) = mention(text) else { return Vec::new() };
    let before = text.get(..text.len() - start.len()).unwrap_or("");
    if before.ends_with('月') {
        let month = before.trim_end_matches('月').rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
        let from = before.trim_end_matches('月').len() - month.len();
        let whole = written(&mut Rest(text.get(from..).unwrap_or("")), None).and_then(|day| day.resolve(anchor));
        return whole.into_iter().collect();
    }
    let mut rest = Rest(start);
    let Some(first) = glued(rest.digits(), anchor) else { return Vec::new() };
    rest.any(&["日", "号"]);
    let range = rest.any(&TO);
    if !range && !rest.any(&AND) {
        return vec![first];
    }
    match written(&mut rest, Some(first.month())).filter(|last| last.marked).and_then(|last| last.resolve(first)) {
        Some(last) if range && last > first && (last - first).num_days() <= LONGEST => {
            first.iter_days().take_while(|day| *day <= last).collect()
        }
        Some(last) if last > first => vec![first, last],
        _ => vec![first],
    }
}

/// `814` as 14 August, where only one reading is a day, or only one lies in the bulletin's days; `19` as the next 19th.
fn glued(digits: &str, anchor: NaiveDate) -> Option<NaiveDate> {
    let ahead = |day: &NaiveDate| (0..=LONGEST).contains(&(*day - anchor).num_days());
    if digits.len() < 3 {
        let day: u32 = digits.parse().ok()?;
        return anchor.iter_days().take(16).find(|d| d.day() == day);
    }
    let readings: Vec<NaiveDate> = (1..digits.len().min(3))
        .filter_map(|at| {
            let (month, day) = (digits.get(..at)?, digits.get(at..)?);
            let (month, day) = (month.parse::<u32>().ok()?, day.parse::<u32>().ok().filter(|_| day.len() <= 2)?);
            Written { year: None, month: Some(month), day, marked: true }.resolve(anchor)
        })
        .collect();
    match readings.as_slice() {
        [only] => Some(*only),
        several => {
            let mut inside = several.iter().copied().filter(ahead);
            inside.next().filter(|_| inside.next().is_none())
        }
    }
}
