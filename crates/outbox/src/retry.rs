//! When a letter is tried again.
//!
//! In: how often it was tried, and its key. Out: a pause. Can't happen: all letters of an hour coming back at the same
//! second (each has its own share of the pause, the same one every time it is worked out).

use chrono::{DateTime, Duration, Utc};
use sha2::Digest;

/// How often a letter is tried before it is dead: some seven hours with the pauses below.
pub(super) const TRIES: i64 = 12;

/// The longest pause, in seconds.
const LONGEST: i64 = 3600;

/// From when the letter may be tried again after `tries` tries: 1, 2, 4, … minutes up to an hour, a quarter more or less.
#[must_use]
pub(super) fn again(key: &str, tries: i64, now: DateTime<Utc>) -> DateTime<Utc> {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(6);
    let pause = (60_i64 << doublings).min(LONGEST);
    let digest = sha2::Sha256::digest(format!("{key} {tries}").as_bytes());
    let share = i64::from(digest.first().copied().unwrap_or(0)) % 51;
    now + Duration::seconds(pause * (75 + share) / 100)
}

/// The longest pause, a quarter more.
#[must_use]
pub(super) fn longest() -> Duration {
    Duration::seconds(LONGEST * 125 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_differ_by_a_quarter_at_most() {
        let now = DateTime::UNIX_EPOCH;
        for (tries, minutes) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (12, 60)] {
            let pauses: Vec<i64> =
                (0..400).map(|n| (again(&format!("k{n}"), tries, now) - now).num_seconds()).collect();
            assert!(pauses.iter().all(|s| (minutes * 45..=minutes * 75).contains(s)), "{tries}: {pauses:?}");
            let distinct: std::collections::BTreeSet<i64> = pauses.iter().copied().collect();
            assert!(distinct.len() > 20, "{tries}: {distinct:?}");
        }
        assert_eq!(again("k", 3, now), again("k", 3, now));
    }
}
