//! Who is in the town: enterprises and their processes, villages, staff, and the orders of those above.
//!
//! In: the office's tables; orders that staff enter or an alert feed carries. Out: people with their addresses, what they
//! run, and what is ordered of them. Can't happen: a mobile that is none; an order without a document.
#![forbid(unsafe_code)]

pub mod order;
pub mod roster;

cuofeng_base::catalogue!(["columns", "town"], on [cuofeng_air, cuofeng_grid]);
