//! The off-peak production plan as an optimisation problem, and its solver.
//!
//! In: a checked [`Problem`] and a [`Setting`]. Out: an [`Answer`]: one schedule per process, what it costs, and a
//! proved bound below which no plan can be, with the prices on the caps from which the bound follows. Regions don't
//! bear on one another, so each is solved by itself: prices are found by climbing the Lagrangian bound, each process
//! responds to them by an exact programme, and the plan built from that is swept and searched. Can't happen: a plan
//! that breaks a process's rules; a bound above the cheapest plan; an answer that depends on the number of threads.
//!
//! How good it is is judged from outside: by trying every plan of tiny problems (`tests`), and by the exact solver HiGHS
//! on hundreds of small instances (`tests/oracle/plan.py`, by scipy). HiGHS is no part of the program, not even as a
//! feature: its crate needs cmake, libclang and a quarter of an hour to build, and on a township's problem it is 12 %
//! from its bound after 100 seconds.
#![forbid(unsafe_code)]

mod again;
mod answer;
mod draft;
mod dual;
mod effort;
mod frame;
mod impossible;
pub mod instance;
mod problem;
mod process;
mod programme;
mod random;
mod region;
mod search;
mod slots;
mod strict;
mod sweep;
#[cfg(test)]
mod tests;
mod work;
mod wrong;

pub use again::{Again, again};
pub use answer::{Answer, Parts, Price};
pub use effort::Effort;
pub use frame::{Cap, Frame, Limited};
pub use impossible::{Blocked, Impossible};
pub use problem::Problem;
pub use process::{Kind, Process};
pub use slots::SlotSet;
pub use work::{Order, Setting, cost};
pub use wrong::{Of, Wrong};

cuofeng_base::catalogue!(["solver"], on[cuofeng_base]);

/// Solves a problem.
pub fn solve(problem: &Problem, setting: Setting) -> Result<Answer, Box<Impossible>> {
    if let Some(impossible) = impossible::find(problem) {
        return Err(Box::new(impossible));
    }
    if setting.order == Order::Strict {
        return Ok(strict::solve(problem, setting));
    }
    Ok(work::weighed(problem, setting))
}
