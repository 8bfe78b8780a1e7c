//! Which hour a table means by a time of day.

use serde::Deserialize;

/// What the label of an hour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HourLabel {
    /// `10:00` is 10 to 11.
    #[default]
    Start,
    /// `10:00` is 9 to 10.
    End,
}
