//! Rules: files, what they refuse, replays.

mod files;
mod loud;
mod replay;
