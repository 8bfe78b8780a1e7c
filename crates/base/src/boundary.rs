//! Places where a test may end the process, to see what a crash there leaves.
//!
//! In: `CUOFENG_DIE_AT=NAME:N`. Out: an end without a farewell where this place is passed the N-th time. Can't happen: any
//! of it in what is shipped.

/// A place where a test may end the process: `CUOFENG_DIE_AT=NAME:N` at the N-th time.
#[cfg(debug_assertions)]
pub fn boundary(name: &str) {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, PoisonError};

    static PASSED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());
    let Some(wanted) = std::env::var_os("CUOFENG_DIE_AT") else { return };
    let wanted = wanted.to_string_lossy();
    let Some((place, count)) = wanted.split_once(':') else { return };
    let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let times = passed.entry(name.to_owned()).or_default();
    *times += 1;
    if place == name && count.parse() == Ok(*times) {
        std::process::abort();
    }
}

/// Nothing, in what is shipped.
#[cfg(not(debug_assertions))]
pub const fn boundary(_name: &str) {}
