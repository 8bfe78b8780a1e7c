//! What silenced warnings, sent twice or gave power away, done to the real program on loopback. What takes long is
//! ignored here and run by `scripts/attack`.

#[path = "attack/backup.rs"]
mod backup;
#[path = "attack/engine.rs"]
mod engine;
mod fill;
#[path = "attack/forgotten.rs"]
mod forgotten;
#[path = "attack/large.rs"]
mod large;
#[path = "attack/listener.rs"]
mod listener;
#[path = "attack/modes.rs"]
mod modes;
#[path = "attack/nightly.rs"]
mod nightly;
mod office;
#[path = "attack/reading.rs"]
mod reading;
mod recorder;
#[path = "attack/service.rs"]
mod service;
mod village;
#[path = "attack/words.rs"]
mod words;
