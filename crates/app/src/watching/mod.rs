//! Duty staff told what goes wrong, and what the day before brought.
//!
//! In: a trouble, or that it is over. Out: alarms opened once and lifted; the daily report. Can't happen: a trouble that
//! nobody was told of.

pub mod alarm;
pub mod daily;
pub mod lines;
