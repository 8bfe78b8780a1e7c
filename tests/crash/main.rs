//! The service killed again and again, and far sides, disks and databases that fail it: nothing is lost, nothing is doubled,
//! and what may have been is listed. A process of its own, since these fill the machine.
//!
//! `CUOFENG_KILLS` says how often; 300 takes some minutes.

mod faults;
mod killed;
mod outbox;
#[cfg(feature = "smpp")]
mod smpp;
mod speaker;
mod ways;

// The peers of the other stories; each binary uses its part of them.
#[allow(dead_code)]
#[path = "../it/far_side.rs"]
mod far_side;
#[allow(dead_code)]
#[path = "../it/fill.rs"]
mod fill;
#[allow(dead_code)]
#[path = "../it/office.rs"]
mod office;
#[cfg(feature = "smpp")]
#[allow(dead_code)]
#[path = "../it/operator.rs"]
mod operator;
#[allow(dead_code)]
#[path = "../it/recorder/mod.rs"]
mod recorder;
#[allow(dead_code)]
#[path = "../it/village.rs"]
mod village;
