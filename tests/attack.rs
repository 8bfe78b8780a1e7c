//! What silenced warnings, sent twice or gave power away, done to the real program on loopback. What takes long is
//! ignored here and run by `scripts/attack`.

mod fill;
#[path = "attack/listener.rs"]
mod listener;
mod office;
mod recorder;
#[path = "attack/service.rs"]
mod service;
#[path = "attack/words.rs"]
mod words;
