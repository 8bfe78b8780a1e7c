//! Forecast runs, observations, and the one series per region that rules look at.
//!
//! In: runs as feeds read them (issued at, hourly columns, daily outlooks) and observations. Out: a [`Series`] in
//! which every hour of every variable is the observation, else the last forecast that covered the hour, else the
//! current run, and says which (decision 5 in `docs/decisions.md`); a daily outlook becomes hours by a [`Profile`] and says so.
//! Can't happen: a missing hour that reads as a number; a value without an origin.

pub mod bias;
pub mod errors;
pub mod merge;
pub mod outlook;
pub mod profile;
pub mod run;
pub mod score;
pub mod series;
pub mod value;
pub mod variable;

pub use outlook::{Outlook, Range};
pub use profile::{Profile, ProfileError, Profiles, Take};
pub use run::{Column, Columns, MISSING, Observations, Run};
pub use series::{Origin, Series};
pub use value::Remarks;
pub use variable::Variable;
