//! What is done where no answer comes: `[escalation]`.
//!
//! In: the table. Out: [`Policy`]. Can't happen: steps so close that nobody could answer between them.

use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use crate::msg;
use crate::time::ClockWindow;

/// `[escalation]`, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Minutes between two steps, 10–1440.
    pub step_minutes: u32,
    /// Clock hours in which a tip's reminder may go out.
    pub day: ClockWindow,
    /// Reminders and changes together that one address gets on a local day, 1–20.
    pub per_day: u32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EscalationSection {
    step_minutes: Option<Spanned<u32>>,
    day: Option<ClockWindow>,
    per_day: Option<Spanned<u32>>,
}

impl Reader {
    pub(super) fn escalation(&mut self, section: EscalationSection) -> Policy {
        Policy {
            step_minutes: self.number(section.step_minutes, 60, 10..=1440),
            day: section.day.unwrap_or(ClockWindow { from: 8, to: 20 }),
            per_day: self.number(section.per_day, 3, 1..=20),
        }
    }

    /// A number in a range, or the usual one.
    pub(super) fn number(
        &mut self,
        value: Option<Spanned<u32>>,
        usual: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        let Some(value) = value else { return usual };
        if !range.contains(value.get_ref()) {
            let what = msg!("config.range", from = *range.start(), to = *range.end());
            self.problem(value.span(), what, msg!("config.range_advice"));
        }
        value.into_inner()
    }
}
