//! One way after another: when a notice goes on to its recipient's next way, and when it does not.
//!
//! ```text
//! failed, dead ──────────────────────────▶ the next way, at once
//! queued, unknown, accepted ──N minutes──▶ the next way; what still waits is taken out of the queue
//! delivered, answered, replaced, over ───▶ no other way
//! ```
//! In: the letters of a notice by its ways so far, what has become of it otherwise, now. Out: stay, go on, or done, with
//! the reason. Can't happen: another way for what was delivered, answered, replaced by a newer notice, or is over; a
//! letter in hand overtaken; one called late that a hold kept back, or that went by a channel which never says what
//! arrived (a mail that no far side has refused is taken to have arrived).

use chrono::{DateTime, Duration, Utc};

use super::State;
use cuofeng_base::words;

/// A letter by one of the ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Where it stands.
    pub state: State,
    /// Whether its channel says what arrived.
    pub reports: bool,
    /// When it was begun first.
    pub begun: Option<DateTime<Utc>>,
    /// From when it may be sent.
    pub not_before: DateTime<Utc>,
}

words! {
    /// Why no other way is looked for.
    pub enum Done {
        /// A letter arrived.
        Delivered = "delivered" as "onward.delivered",
        /// The recipient has answered.
        Answered = "answered" as "onward.answered",
        /// A newer notice of the episode went to the recipient.
        Replaced = "replaced" as "onward.replaced",
        /// What it speaks of has ended, or was taken back.
        Over = "over" as "onward.over",
        /// There is no way left.
        Exhausted = "exhausted" as "onward.none",
        /// The program held everything: nobody knows what became of its letters.
        Held = "held" as "onward.held",
    }
}

/// Why the next way is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was refused for good, or tried as often as allowed.
    Failed,
    /// It has not arrived within the site's minutes.
    Late,
}

/// What to do about a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing yet.
    Stay,
    /// Nothing any more.
    Done(Done),
    /// Its next way.
    Go(Why),
}

/// What to do about a notice whose letters so far are given, oldest first.
///
/// `ended` is what has become of it otherwise; `free_since` when the last hold of the whole outbox was lifted.
#[must_use]
pub fn next(
    ways: &[Way],
    ended: Option<Done>,
    (after, free_since): (Duration, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Next {
    if let Some(done) = ended {
        return Next::Done(done);
    }
    if ways.iter().any(|way| way.state == State::Delivered) {
        return Next::Done(Done::Delivered);
    }
    let Some(last) = ways.last() else { return Next::Stay };
    let since = last.begun.unwrap_or(last.not_before);
    let late = free_since.map_or(since, |free| since.max(free)) + after <= now;
    match last.state {
        State::Failed | State::Dead => Next::Go(Why::Failed),
        State::Expired => Next::Done(Done::Over),
        State::Queued if last.not_before > now && last.begun.is_none() => Next::Stay,
        State::Queued | State::Unknown if late => Next::Go(Why::Late),
        State::Accepted if late && last.reports => Next::Go(Why::Late),
        _ => Next::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    #[test]
    fn the_next_way_is_taken_when_one_fails_or_is_late_and_at_no_other_time() {
        let after = Duration::minutes(30);
        let way = |state, reports, begun: Option<i64>| Way { state, reports, begun: begun.map(at), not_before: at(10) };
        let go = |why| Next::Go(why);
        // State, whether the channel reports, minute in which it was begun, minute of the last hold's end, now, what to do.
        let cases = [
            (State::Failed, false, Some(10), None, 10, go(Why::Failed)),
            (State::Dead, true, Some(10), None, 11, go(Why::Failed)),
            (State::Delivered, true, Some(10), None, 99, Next::Done(Done::Delivered)),
            (State::Expired, true, None, None, 99, Next::Done(Done::Over)),
            // In hand: what the far side says comes first.
            (State::Sending, true, Some(10), None, 99, Next::Stay),
            (State::Leased, true, None, None, 99, Next::Stay),
            // Late by the minute, from the first try on.
            (State::Accepted, true, Some(12), None, 41, Next::Stay),
            (State::Accepted, true, Some(12), None, 42, go(Why::Late)),
            (State::Unknown, false, Some(12), None, 41, Next::Stay),
            (State::Unknown, false, Some(12), None, 42, go(Why::Late)),
            (State::Queued, true, Some(12), None, 42, go(Why::Late)),
            // A mail that was taken is taken to have arrived.
            (State::Accepted, false, Some(12), None, 999, Next::Stay),
            // Not due yet, in quiet hours: nothing is late.
            (State::Queued, true, None, None, 9, Next::Stay),
            (State::Queued, true, None, None, 39, Next::Stay),
            (State::Queued, true, None, None, 40, go(Why::Late)),
            // Held back by a person: the time counts from the end of that.
            (State::Queued, true, None, Some(100), 129, Next::Stay),
            (State::Queued, true, None, Some(100), 130, go(Why::Late)),
        ];
        for (state, reports, begun, free, now, expected) in cases {
            let found = next(&[way(state, reports, begun)], None, (after, free.map(at)), at(now));
            assert_eq!(found, expected, "{state:?} {reports} {begun:?} {free:?} {now}");
        }
    }

    #[test]
    fn nothing_more_goes_out_once_it_arrived_late_or_nobody_waits_for_it() {
        let after = Duration::minutes(30);
        let way = |state| Way { state, reports: true, begun: Some(at(0)), not_before: at(0) };
        // The first arrives after all while the second fails: no third.
        let ways = [way(State::Delivered), way(State::Failed)];
        assert_eq!(next(&ways, None, (after, None), at(99)), Next::Done(Done::Delivered));
        for done in [Done::Answered, Done::Replaced, Done::Over] {
            assert_eq!(next(&[way(State::Failed)], Some(done), (after, None), at(1)), Next::Done(done));
        }
        assert_eq!(next(&[], None, (after, None), at(99)), Next::Stay, "a draft that waits");
    }
}
