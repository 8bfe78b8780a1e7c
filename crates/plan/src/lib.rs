//! The off-peak plan: which hours each process is asked to leave and which to use, and why.
//!
//! In: a warning's told periods, the roster, the forecast, weights, prices and caps, the plan already told. Out: a
//! [`Plan`] that is kept whole with the revision it is told in. Can't happen: a move into the told period or into hours
//! the process may not run; hours for a process that can't be moved.
#![forbid(unsafe_code)]

pub mod asked;
mod burden;
mod case;
pub mod compare;
pub mod fair;
mod given;
pub mod horizon;
mod make;
mod peak;
pub mod planning;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod weights;

pub use asked::{Asked, Part, asked};
pub use given::{Given, Said, Word};
pub use horizon::Horizon;
pub use make::plan;
pub use planning::Planning;
pub use schedule::{Outcome, Plan, Row, Way, Worth};
pub use weights::Weights;

cuofeng_base::catalogue!(["plan"], on [cuofeng_rules, cuofeng_solver]);
