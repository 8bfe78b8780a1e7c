//! Which backups stay.
//!
//! In: the names in a folder, of how many days they are wanted, and the one that was just proved. Out: the names to be removed. Can't
//! happen: one removed for a newer one that nobody has proved; another site's, or one that a person named, removed; many of
//! one day in the way of the days before.

use chrono::{DateTime, FixedOffset};

/// How many of those made before an upgrade stay.
const UPGRADES: usize = 3;

/// The name of a backup that the program makes by itself, at a local time; with the schema that it was taken from where
/// that is to be upgraded. `site` tells sites that share a folder apart.
#[must_use]
pub fn name(site: &str, at: DateTime<FixedOffset>, schema: Option<i64>) -> String {
    let schema = schema.map_or_else(String::new, |version| format!("-schema{version}"));
    format!("cuofeng-{site}-{}{schema}.zip", at.format("%Y%m%d-%H%M%S"))
}

/// When a site's own backup was made as its name has it, and whether that was before an upgrade.
fn read<'a>(site: &str, name: &'a str) -> Option<(&'a str, bool)> {
    let rest = name.strip_prefix("cuofeng-")?.strip_prefix(site)?.strip_prefix('-')?.strip_suffix(".zip")?;
    let (stamp, kind) = rest.split_at_checked(15)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (day, time) = stamp.split_once('-')?;
    let whole = day.len() == 8 && digits(day) && digits(time);
    let upgrade = kind.strip_prefix("-schema").is_some_and(digits);
    (whole && (kind.is_empty() || upgrade)).then_some((stamp, upgrade))
}

/// What is to be removed, now that `proved` was: of the nightly ones and those by hand all but those of the newest `keep`
/// local days, of those before upgrades all but the newest three.
#[must_use]
pub fn superfluous<'a>(site: &str, names: &'a [String], keep: usize, proved: &str) -> Vec<&'a str> {
    let of = |upgrade: bool| {
        let mut own: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| read(site, name).is_some_and(|(_, before_upgrade)| before_upgrade == upgrade))
            .collect();
        // By a clock that was wrong once others may seem newer.
        own.sort_unstable_by_key(|name| std::cmp::Reverse((*name == proved, read(site, name).map(|(at, _)| at))));
        own
    };
    if read(site, proved).is_none() {
        return Vec::new();
    }
    let day = |name: &str| read(site, name).and_then(|(at, _)| at.get(..8)).map(str::to_owned);
    let all = of(false);
    let mut days: Vec<_> = all.iter().map(|name| day(name)).collect();
    // The proved one stands first, and others of its day may follow later.
    let mut seen = std::collections::HashSet::new();
    days.retain(|day| seen.insert(day.clone()));
    days.truncate(keep);
    let nightly = all.into_iter().filter(move |name| !days.contains(&day(name)));
    nightly.chain(of(true).into_iter().skip(UPGRADES)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_says_whose_it_is_when_it_was_made_and_from_which_schema() {
        let at: DateTime<FixedOffset> = "2026-09-12T02:15:00+08:00".parse().expect("a time");
        assert_eq!(name("0f3a", at, None), "cuofeng-0f3a-20260912-021500.zip");
        assert_eq!(name("0f3a", at, Some(41)), "cuofeng-0f3a-20260912-021500-schema41.zip");
    }

    #[test]
    fn the_newest_stay_and_what_is_not_the_programs_own_is_left_alone() {
        let night = |day: u32| format!("cuofeng-a-202609{day:02}-021500.zip");
        let upgrade = |day: u32| format!("cuofeng-a-202609{day:02}-080000-schema41.zip");
        let by_hand =
            |day: u32| (0..14).map(|n| format!("cuofeng-a-202609{day:02}-10{n:02}00.zip")).collect::<Vec<String>>();
        let nights = |days: std::ops::RangeInclusive<u32>| days.map(night).collect::<Vec<_>>();
        let others: Vec<String> = [
            "cuofeng-b-20200101-021500.zip",
            "cuofeng-a-20200101-021500.zip.part",
            "cuofeng-a-2020-01-01.zip",
            "cuofeng-a-20200101-021500-mine.zip",
            "cuofeng-a-20200101-021500-schema.zip",
            "before-the-big-change.zip",
            "cuofeng-aa-20200101-021500.zip",
        ]
        .map(str::to_owned)
        .to_vec();
        for (names, keep, proved, removed) in [
            (nights(1..=14), 14, night(14), vec![]),
            (nights(1..=15), 14, night(15), nights(1..=1)),
            (nights(1..=20), 14, night(20), nights(1..=6)),
            (nights(1..=3), 2, night(3), nights(1..=1)),
            (others.clone(), 2, night(3), vec![]),
            ([others.clone(), nights(1..=3)].concat(), 2, night(3), nights(1..=1)),
            // The clock was ahead by days: what was proved now stays although others seem newer.
            (nights(1..=5), 2, night(1), nights(2..=4)),
            // Many by hand in one day push no night out, and go with their day.
            ([nights(1..=14), by_hand(14)].concat(), 14, night(14), vec![]),
            ([nights(1..=15), by_hand(15)].concat(), 14, "cuofeng-a-20260915-100300.zip".to_owned(), nights(1..=1)),
            ([by_hand(1), nights(2..=3)].concat(), 2, night(3), by_hand(1)),
            // A person's own file was proved: that says nothing of the nightly ones.
            (nights(1..=20), 14, "mine.zip".to_owned(), vec![]),
            ((1..=5).map(upgrade).collect(), 14, night(30), (1..=2).map(upgrade).collect()),
            ([nights(1..=3), vec![upgrade(1)]].concat(), 2, upgrade(1), nights(1..=1)),
        ] {
            let mut found: Vec<String> =
                superfluous("a", &names, keep, &proved).into_iter().map(str::to_owned).collect();
            found.sort();
            assert_eq!(found, removed, "{names:?}, {keep} kept, {proved} proved");
        }
    }

    proptest! {
        #[test]
        fn what_was_proved_stays_and_as_many_as_are_wanted(days in prop::collection::btree_set(1_u32..29, 1..28), keep in 2_usize..20, at in 0_usize..28) {
            let names: Vec<String> = days.iter().map(|day| format!("cuofeng-a-202602{day:02}-021500.zip")).collect();
            let proved = &names[at % names.len()];
            let removed = superfluous("a", &names, keep, proved);
            prop_assert!(!removed.contains(&proved.as_str()));
            prop_assert_eq!(names.len() - removed.len(), names.len().min(keep));
        }
    }
}
