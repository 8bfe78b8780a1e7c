//! Planning instances: the problem as two files, and its answer as one.
//!
//! In: the text of `instance.json` and of `processes.csv`. Out: a checked [`Instance`], or what is wrong at which line
//! and column; an answer's file, through whatever it is written to. Can't happen: a figure taken from a cell that is no
//! number; a process of a region the instance doesn't list; a misspelt column passed over.

mod answer;
mod outline;
mod table;
#[cfg(test)]
mod tests;

use crate::{Blocked, Impossible, Problem};
use cuofeng_base::msg;
use cuofeng_base::problem;
use cuofeng_base::text::Message;

/// Name of the file with slots, weights, prices and caps.
pub const OUTLINE: &str = "instance.json";
/// Name of the file with the processes.
pub const TABLE: &str = "processes.csv";

/// Findings after which reading stops.
const MOST: usize = 50;

/// An instance as read.
#[derive(Debug)]
pub struct Instance {
    /// The problem; its processes are named by their ids.
    pub problem: Problem,
    /// Names of the regions, in the problem's order.
    pub regions: Vec<String>,
    /// Row of each process in its table, as a spreadsheet counts.
    rows: Vec<u32>,
}

impl Instance {
    /// Reads the texts of both files.
    pub fn read(outline: &str, table: &str) -> Result<Self, Vec<problem::Problem>> {
        let (frame, regions) = outline::read(outline).map_err(|fault| vec![fault])?;
        let mut problem = Problem::new(frame).map_err(|wrong| vec![outline::fault(outline, &wrong)])?;
        let rows = table::read(table, &mut problem, &regions)?;
        Ok(Self { problem, regions, rows })
    }

    /// A process that can't be scheduled, as a finding at its row: the rule in the way, the day and its open hours.
    #[must_use]
    pub fn finding(&self, found: &Impossible) -> problem::Problem {
        let frame = self.problem.frame();
        let hour = |slot: usize| {
            let minutes = slot * 24 * 60 / frame.slots_per_day.max(1);
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        };
        let open: Vec<String> = found.open.iter().map(|r| format!("{}—{}", hour(r.start), hour(r.end))).collect();
        let hours = if open.is_empty() { msg!("impossible.none") } else { msg!("time.plain", text = open.join(", ")) };
        let what = msg!(
            "impossible.process",
            process = &found.name,
            day = found.day + 1,
            needed = found.needed,
            open = found.allowed,
            hours = hours,
        );
        let row = self.rows.get(found.process).map_or(1, |&row| row as usize);
        let (column, advice) = advice(found.blocked);
        problem::Problem::cell(TABLE, row, column, "", what, advice)
    }
}

/// The column in the way and what may be done about it.
fn advice(blocked: Blocked) -> (&'static str, Message) {
    match blocked {
        Blocked::Allowed => ("allowed", msg!("impossible.allowed")),
        Blocked::MustOff => ("must_off", msg!("impossible.must_off")),
        Blocked::MustOn => ("must_on", msg!("impossible.must_on")),
        Blocked::MinOn => ("min_on", msg!("impossible.min_on")),
        Blocked::Duration => ("duration", msg!("impossible.duration")),
        Blocked::MinOff => ("min_off", msg!("impossible.min_off")),
        Blocked::Horizon => ("", msg!("impossible.horizon")),
        Blocked::State => ("state", msg!("impossible.state")),
    }
}
