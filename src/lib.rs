//! Cuofeng 错峰: from an air-quality forecast to warning periods, off-peak plans and proven notices.
//!
//! This package is the command line; the crates below `crates/` are the product, in the order in which data flows.
//! `docs/ARCHITECTURE.md` shows them.
#![forbid(unsafe_code)]

pub mod cli;

cuofeng_base::catalogue!(
    ["backup", "cap", "cli", "feeds", "hand", "held", "outbox", "plan", "rules", "sms", "tables", "villages"],
    on[cuofeng_service, cuofeng_console]
);
