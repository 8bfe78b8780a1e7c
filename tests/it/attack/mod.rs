//! What silenced warnings, sent twice or gave power away, done to the real program on loopback. What takes long is
//! ignored here and run by `scripts/attack`.

mod backup;
mod engine;
mod forgotten;
mod large;
mod listener;
mod modes;
mod nightly;
mod reading;
mod service;
mod words;
