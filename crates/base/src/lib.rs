//! The ground that everything stands on: texts, problems with their places, files, time, and the small words.
//!
//! In: nothing of the product. Out: what every other crate speaks with. Can't happen: a sentence outside the catalogues; a
//! problem without a place; a file written in part.
#![forbid(unsafe_code)]

pub mod boundary;
pub mod caught;
pub mod command;
pub mod fault;
pub mod file;
pub mod problem;
pub mod setting;
pub mod text;
pub mod time;
pub mod word;

crate::catalogue!(["base", "fault"], on []);
