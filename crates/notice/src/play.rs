//! When a village's text is played: in its allowed hours, and never after what it speaks of has ended.
//!
//! In: allowed clock hours, from when, until when, how long one playing takes. Out: the rounds, each with the instants
//! between which it must begin. Can't happen: a round that would still sound outside the allowed hours or after the
//! end; a round cut short to fit.

use chrono::{DateTime, Duration, Utc};

use cuofeng_base::time::{ClockHours, Period, Zone};
use cuofeng_base::word::Terms;

/// The rounds between `from` and `until`: each period runs from the earliest beginning to just after the latest.
#[must_use]
pub fn rounds(
    hours: ClockHours,
    zone: &Zone,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    terms: &Terms,
    reading: u32,
) -> Vec<Period> {
    let length = Duration::seconds(i64::from(terms.seconds(reading)));
    let days = zone.day(from).iter_days().take_while(|day| zone.at(*day, 0) < until);
    let allowed = days.flat_map(|day| hours.ranges().into_iter().map(move |(first, last)| (day, first, last)));
    allowed
        .filter_map(|(day, first, last)| {
            let end = zone.at(day, last).min(until) - length;
            Period::new(zone.at(day, first).max(from), end)
        })
        .take(usize::try_from(terms.rounds).unwrap_or(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Allowed hours, from when, until when, seconds of a reading, rounds as earliest and latest beginning.
    type Case = (&'static str, &'static str, &'static str, u32, &'static [(&'static str, &'static str)]);

    #[test]
    fn rounds_keep_to_the_allowed_hours_and_end_before_the_end() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let terms = Terms { rounds: 3, repeats: 2, gap_seconds: 20 };
        let at = |text: &str| format!("2026-09-{text}:00+08:00").parse::<DateTime<Utc>>().expect("a time");
        // allowed hours, from, until, seconds of a reading, rounds as earliest and latest beginning
        let cases: [Case; 7] = [
            (
                "07-12;14-20",
                "12T20:00",
                "15T00:00",
                50,
                &[("13T07:00", "13T11:58"), ("13T14:00", "13T19:58"), ("14T07:00", "14T11:58")],
            ),
            ("07-12;14-20", "12T11:30", "12T15:00", 50, &[("12T11:30", "12T11:58"), ("12T14:00", "12T14:58")]),
            ("07-12;14-20", "12T11:58", "12T14:00", 50, &[]),
            ("07-12;14-20", "12T20:00", "13T07:00", 50, &[]),
            ("07-12", "12T11:00", "12T11:02", 50, &[]),
            ("07-12", "12T11:00", "12T11:03", 50, &[("12T11:00", "12T11:01")]),
            ("20-06", "12T21:00", "13T05:00", 50, &[("12T21:00", "12T23:58"), ("13T00:00", "13T04:58")]),
        ];
        for (hours, from, until, reading, expected) in cases {
            let hours = ClockHours::parse(hours).expect("hours");
            let found = rounds(hours, &zone, (at(from), at(until)), &terms, reading);
            let expected: Vec<Period> =
                expected.iter().map(|(start, end)| Period { start: at(start), end: at(end) }).collect();
            assert_eq!(found, expected, "{hours} {from} {until}");
        }
    }
}
