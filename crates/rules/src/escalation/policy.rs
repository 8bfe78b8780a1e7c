//! What is done where no answer comes: `[escalation]`.
//!
//! In: the table. Out: [`Policy`]. Can't happen: steps so close that nobody could answer between them.

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::setting::SiteText;
use cuofeng_base::time::ClockWindow;

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

/// `[escalation]` as TOML sees it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct EscalationSection {
    step_minutes: Option<Spanned<u32>>,
    day: Option<ClockWindow>,
    per_day: Option<Spanned<u32>>,
}

/// Checks `[escalation]`.
pub fn read(site: &mut SiteText, section: EscalationSection) -> Policy {
    Policy {
        step_minutes: site.number(section.step_minutes, 60, 10..=1440),
        day: section.day.unwrap_or(ClockWindow { from: 8, to: 20 }),
        per_day: site.number(section.per_day, 3, 1..=20),
    }
}
