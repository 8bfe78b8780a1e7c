//! Feeds: what is asked, what becomes of the answer, what staff see.

mod china;
mod commands;
mod open;
mod sources;
