//! What a library or the system says went wrong, in the words of the catalogue.
//!
//! In: an error of the system, of a TOML file, of a line of the schedule, of a call. Out: what is wrong and what to do, in
//! the reader's language, with the original behind it. Can't happen: an error whose own words are lost; one that a
//! Chinese reader gets in English alone.

mod call;
mod cron;
mod system;
mod toml;

pub use call::call;
pub use cron::cron;
pub use system::{system, system_advice};
pub use toml::{slip, toml};
