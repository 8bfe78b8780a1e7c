//! The site kept whole: its lock, its backups, its identity, what holds everything back.
//!
//! In: a site folder and its database. Out: the right to work on it, or why not. Can't happen: two workers on one site; a
//! copy that sends in the original's name.

pub mod backup;
pub mod came;
pub mod good;
pub mod held;
pub mod hold;
pub mod lock;
pub mod standing;
