//! The library and the program, a module a story. What is killed again and again, runs out of disk or counts what the
//! whole process does has a process of its own: `tests/crash`, `tests/work`.

mod desk;
mod far_side;
mod fill;
mod office;
#[cfg(feature = "smpp")]
mod operator;
mod providers;
mod recorder;
mod source;
mod village;

mod architecture;
mod attack;
mod bulletins;
mod catalogues;
mod channels;
mod circles;
mod dependencies;
mod documents;
mod far;
mod feeds;
mod handed;
mod outside;
mod plan;
mod portable;
mod program;
mod rosters;
mod rules;
mod schedule;
mod tables;
mod told;
mod truth;
mod versions;
mod words;
mod words_of_a_kind;
