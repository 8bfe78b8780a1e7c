//! How many files and connections the process may have open, and how they are shared.
//!
//! In: the limit that the system sets. Out: the limit raised as far as it goes, and how many of it the pages may have.
//! Can't happen: visitors of the pages taking what the database, feeds, decisions and channels need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than this program ever needs.
const ENOUGH: u64 = 16_384;

/// Raises the limit as far as the system lets a process raise it by itself. Gives what it is now.
#[must_use]
pub fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let (now, wanted) = (current.unwrap_or(ENOUGH), maximum.unwrap_or(ENOUGH).min(ENOUGH));
    if now >= wanted {
        return now;
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    if raised.is_err() {
        tracing::warn!(limit = now, "the limit of open files can't be raised");
    }
    if raised.is_ok() { wanted } else { now }
}

/// How many of the connections that a site wants for its pages they may have: at most half of everything.
#[must_use]
pub fn share(limit: u64, wanted: u32) -> u32 {
    let share = wanted.min(u32::try_from(limit / 2).unwrap_or(wanted));
    if share < wanted {
        tracing::warn!(
            limit,
            wanted,
            share,
            "fewer connections to the pages than the site file says: half of the limit"
        );
    }
    share
}
