//! Cuofeng 错峰: from an air-quality forecast to warning periods, off-peak plans and proven notices.
//!
//! Data flows one way: feed → forecast → rules → warning → plan → notice → outbox → channel → receipt → ledger. The
//! middle (forecast to notice) is pure: values and `now` in, values out. `tests/architecture.rs` keeps every module
//! from reaching to its right.
#![forbid(unsafe_code)]
// A test that skips because a sample is absent says so.
#![cfg_attr(test, allow(clippy::print_stderr))]

pub mod acknowledgement;
pub mod app;
pub mod aqi;
pub mod backup;
mod boundary;
pub mod cap;
pub mod caught;
pub mod channel;
pub mod cli;
pub mod command;
pub mod config;
pub mod console;
pub mod embedded;
pub mod escalation;
pub mod fault;
pub mod feed;
pub mod file;
pub mod fire;
pub mod forecast;
pub mod grid;
pub mod ledger;
pub mod link;
pub mod notice;
pub mod order;
pub mod outbox;
pub mod plan;
pub mod problem;
pub mod receipt;
pub mod region;
pub mod replay;
pub mod roster;
pub mod rules;
pub mod schedule;
pub mod setting;
pub mod site;
pub mod sound;
pub mod store;
pub mod text;
pub mod time;
pub mod warning;
pub mod word;
