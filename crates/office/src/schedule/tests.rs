//! Every policy case by case, the bugs of peers, and random stops, starts and clock changes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::Job;

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn plan(line: &str, missed: Missed) -> Plan {
    let cron = crate::config::cron(line).expect("a cron line");
    Plan { job: Job::Evaluate, cron, line: line.to_owned(), missed, deadline_minutes: 30 }
}

/// A time of the 15th, or of another day: `08:00`, `14 23:00`.
fn at(text: &str) -> DateTime<Utc> {
    let (day, clock) = text.split_once(' ').unwrap_or(("15", text));
    format!("2026-07-{day}T{clock}:00+08:00")
        .parse::<DateTime<chrono::FixedOffset>>()
        .expect("a time")
        .with_timezone(&Utc)
}

fn words(decisions: &[Decision]) -> Vec<String> {
    let clock = |at: &DateTime<Utc>| zone().local(*at).format("%H:%M").to_string();
    let word = |decision: &Decision| match decision {
        Decision::Run(at) => format!("{} run", clock(at)),
        Decision::Skip(at, reason) => format!("{} {}", clock(at), reason.stored()),
        Decision::Fail(at, reason) => format!("{} failed {}", clock(at), reason.stored()),
    };
    decisions.iter().map(word).collect()
}

/// Record of a job that was looked after from the 14th to `until`.
fn record(until: &str, open: &[(&str, bool)]) -> Record {
    let open = open.iter().map(|(due_at, begun)| Open { due_at: at(due_at), begun: *begun });
    Record { settled: vec![Stretch { since: at("14 00:00"), until: at(until) }], open: open.collect() }
}

#[test]
fn each_policy_decides_on_missed_and_interrupted_runs() {
    use Missed::{Grace, Latest, Skip};
    // policy, looked after until, left open (begun), now, decisions; the job is due every hour
    type Case<'a> = (Missed, &'a str, &'a [(&'a str, bool)], &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 16] = [
        (Latest, "08:00", &[], "08:59", &[]),
        (Latest, "08:00", &[], "09:00", &["09:00 run"]),
        (Latest, "08:00", &[], "11:40", &["09:00 later-due", "10:00 later-due", "11:00 run"]),
        (Latest, "08:10", &[("08:00", true)], "08:30", &["08:00 run"]),
        (Latest, "08:10", &[("08:00", true)], "09:30", &["08:00 failed interrupted", "09:00 run"]),
        (Latest, "08:10", &[("08:00", false)], "09:30", &["08:00 later-due", "09:00 run"]),
        (Grace(120), "08:00", &[], "11:40", &["09:00 too-late", "10:00 run", "11:00 run"]),
        (Grace(120), "08:00", &[], "11:00", &["09:00 run", "10:00 run", "11:00 run"]),
        (
            Grace(120),
            "09:30",
            &[("08:00", false), ("09:00", true)],
            "10:30",
            &["08:00 too-late", "09:00 run", "10:00 run"],
        ),
        (Grace(30), "09:10", &[("09:00", true)], "09:31", &["09:00 failed interrupted"]),
        (Skip, "08:00", &[], "09:01", &["09:00 run"]),
        (Skip, "08:00", &[], "09:06", &["09:00 not-now"]),
        (Skip, "08:00", &[], "11:01", &["09:00 not-now", "10:00 not-now", "11:00 run"]),
        (Skip, "09:00", &[("09:00", true)], "09:30", &["09:00 failed interrupted"]),
        // The clock was set back: what is on record is not due, what was begun in the future waits.
        (Latest, "11:00", &[], "09:30", &[]),
        (Latest, "11:00", &[("11:00", true)], "09:30", &[]),
    ];
    for (missed, until, open, now, expected) in cases {
        let settled = settle(&plan("0 * * * *", missed), &zone(), &record(until, open), at(now));
        assert_eq!(words(&settled.decisions), expected, "{missed:?} {until} {open:?} {now}");
    }
}

#[test]
fn a_cron_line_means_the_sites_clock() {
    let settled = settle(&plan("0 8,20 * * *", Missed::Latest), &zone(), &record("14 08:00", &[]), at("08:00"));
    assert_eq!(words(&settled.decisions), ["20:00 later-due", "08:00 run"]);
}

#[test]
fn a_job_that_never_ran_is_due_at_once_and_owes_nothing_from_before() {
    let settled = settle(&plan("0 8,20 * * *", Missed::Latest), &zone(), &Record::default(), at("14:00"));
    assert_eq!(words(&settled.decisions), ["08:00 run"]);
}

#[test]
fn a_changed_line_does_not_make_past_times_due() {
    let settled = settle(&plan("30 * * * *", Missed::Latest), &zone(), &record("12:10", &[]), at("12:11"));
    assert_eq!(settled.decisions, []);
}

#[test]
fn a_stop_longer_than_the_look_back_is_on_record_too() {
    let record = Record { settled: vec![Stretch { since: at("01 00:00"), until: at("02 08:00") }], open: Vec::new() };
    let settled = settle(&plan("0 8 * * *", Missed::Latest), &zone(), &record, at("08:30"));
    let since = at("02 08:00").timestamp();
    assert_eq!(settled.decisions[0], Decision::Skip(at("08 08:00"), Reason::Stopped(at("02 08:00"))));
    assert_eq!(words(&settled.decisions)[0], format!("08:00 stopped:{since}"));
    assert_eq!(settled.decisions.len(), 8, "one for the stop, seven days one by one");
    assert_eq!(settled.decisions[7], Decision::Run(at("08:00")));
}

#[test]
fn a_clock_that_was_years_ahead_does_not_keep_the_job_from_running() {
    let plan = plan("0 * * * *", Missed::Latest);
    let ahead: DateTime<Utc> = "2036-01-01T00:00:00Z".parse().expect("a time");
    let wrong = settle(&plan, &zone(), &record("08:00", &[]), ahead);
    let back = Record { settled: wrong.settled, open: Vec::new() };
    // What lies before the stop was recorded as one entry; times after the return are due again as they come.
    let right = settle(
        &plan,
        &zone(),
        &Record {
            settled: vec![
                Stretch { since: at("14 00:00"), until: at("08:00") },
                Stretch { since: ahead, until: ahead + Duration::hours(1) },
            ],
            ..back
        },
        at("09:00"),
    );
    assert_eq!(words(&right.decisions), ["09:00 run"]);
    assert_eq!(right.settled.len(), 2, "the future stays settled");
}

#[test]
fn quartz_239_what_is_to_be_skipped_is_not_fired_all_at_once() {
    let settled = settle(&plan("* * * * *", Missed::Skip), &zone(), &record("08:00", &[]), at("09:00"));
    let runs = settled.decisions.iter().filter(|d| matches!(d, Decision::Run(_))).count();
    assert_eq!((runs, settled.decisions.len()), (1, 60));
}

#[test]
fn quartznet_1109_the_edge_of_the_grace_is_inside() {
    let plan = plan("0 8 * * *", Missed::Grace(60));
    for (now, expected) in [("09:00", "08:00 run"), ("09:01", "08:00 too-late")] {
        let settled = settle(&plan, &zone(), &record("07:00", &[]), at(now));
        assert_eq!(words(&settled.decisions), [expected], "{now}");
    }
}

#[test]
fn openclaw_42640_a_run_that_is_done_is_not_made_again_after_a_restart() {
    let plan = plan("0 8 * * *", Missed::Latest);
    let first = settle(&plan, &zone(), &record("07:00", &[]), at("08:00"));
    assert_eq!(words(&first.decisions), ["08:00 run"]);
    for now in ["08:00", "08:01", "14:00"] {
        let again = Record { settled: first.settled.clone(), open: Vec::new() };
        assert_eq!(settle(&plan, &zone(), &again, at(now)).decisions, [], "{now}");
    }
}

#[test]
fn dolphinscheduler_12231_what_was_missed_while_stopped_is_not_lost() {
    let settled = settle(&plan("0 8,20 * * *", Missed::Grace(1440)), &zone(), &record("14 07:00", &[]), at("07:59"));
    assert_eq!(words(&settled.decisions), ["08:00 run", "20:00 run"]);
}

#[test]
fn a_job_is_overdue_when_nothing_came_by_its_deadline() {
    // policy, last done, last skipped, awake since, now, overdue
    type Case<'a> = (Missed, Option<&'a str>, Option<&'a str>, Option<&'a str>, &'a str, Option<&'a str>);
    let cases: [Case<'_>; 9] = [
        (Missed::Latest, Some("14 20:00"), None, None, "08:29", None),
        (Missed::Latest, Some("14 20:00"), None, None, "08:30", Some("08:00")),
        (Missed::Latest, Some("08:00"), None, None, "19:00", None),
        (Missed::Latest, None, None, None, "10:00", Some("08:00")),
        (Missed::Latest, Some("14 20:00"), None, Some("10:00"), "10:29", None),
        (Missed::Latest, Some("14 20:00"), None, Some("10:00"), "10:30", Some("08:00")),
        (Missed::Grace(60), Some("14 20:00"), Some("08:00"), None, "10:00", Some("08:00")),
        (Missed::Skip, Some("14 20:00"), Some("08:00"), None, "10:00", None),
        (Missed::Skip, Some("14 20:00"), None, None, "10:00", Some("08:00")),
    ];
    for (missed, done, skipped, awake, now, expected) in cases {
        let success = Success { done: done.map(at), skipped: skipped.map(at) };
        let found = overdue(&plan("0 8,20 * * *", missed), &zone(), success, awake.map(at), at(now));
        assert_eq!(found, expected.map(at), "{missed:?} {done:?} {skipped:?} {awake:?} {now}");
    }
}

#[test]
fn a_clock_that_is_set_is_told_from_time_that_goes_by() {
    let moment = |wall: &str, steady| Moment { wall: at(wall), steady: std::time::Duration::from_secs(steady) };
    assert_eq!(jump(moment("08:00", 0), moment("08:01", 61)), None);
    assert_eq!(jump(moment("08:00", 0), moment("18:01", 60)), Some(Duration::hours(10)));
    assert_eq!(jump(moment("08:00", 0), moment("06:01", 60)), Some(Duration::hours(-2)));
}

#[test]
fn a_reason_is_read_back_as_it_was_stored() {
    use Reason::{Deadline, Interrupted, LaterDue, NotNow, Said, Stopped, TooLate};
    for reason in
        [LaterDue, TooLate, NotNow, Interrupted, Stopped(at("08:00")), Deadline(30), Said("deadline: no".into())]
    {
        assert_eq!(Reason::read(&reason.stored()), reason);
    }
}

/// What happens to the service.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// It looks after so many minutes, and finishes what it begins.
    Look(i64),
    /// It looks after so many minutes and dies in the middle of its first run.
    Crash(i64),
    /// The clock is set by so many minutes, then it looks.
    Set(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1_i64..90).prop_map(Event::Look),
        2 => (60_i64..4000).prop_map(Event::Look),
        2 => (1_i64..300).prop_map(Event::Crash),
        1 => (-4000_i64..4000).prop_map(Event::Set),
        1 => (-30_000_i64..30_000).prop_map(Event::Set),
    ]
}

#[derive(Debug, Clone, PartialEq)]
enum Row {
    Due,
    Running,
    Ended(&'static str),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_due_time_is_on_record_once_whatever_happens(
        events in prop::collection::vec(event(), 1..40),
        missed in prop_oneof![Just(Missed::Latest), Just(Missed::Skip), Just(Missed::Grace(180))],
        line in prop_oneof![Just("0 * * * *"), Just("0 8,20 * * *"), Just("20,50 6-22 * * 1-5")],
    ) {
        let (plan, zone) = (plan(line, missed), zone());
        let mut now = at("07:10");
        let mut rows: BTreeMap<DateTime<Utc>, Row> = BTreeMap::new();
        let mut ran: Vec<DateTime<Utc>> = Vec::new();
        let mut settled: Vec<Stretch> = Vec::new();
        // Times before a first look: nothing was promised. Times of a long stop: one entry for all.
        let (mut free, mut latest): (Vec<Stretch>, Option<DateTime<Utc>>) = (Vec::new(), None);
        for event in events {
            let (minutes, crash) = match event {
                Event::Look(minutes) | Event::Set(minutes) => (minutes, false),
                Event::Crash(minutes) => (minutes, true),
            };
            now += Duration::minutes(minutes);
            if settled.first().is_none_or(|s| now <= s.since) {
                free.push(Stretch { since: now - FIRST_LOOK_BACK, until: now });
            }
            let open = rows.iter().filter_map(|(at, row)| match row {
                Row::Due => Some(Open { due_at: *at, begun: false }),
                Row::Running => Some(Open { due_at: *at, begun: true }),
                Row::Ended(_) => None,
            });
            let record = Record { settled, open: open.collect() };
            let result = settle(&plan, &zone, &record, now);
            settled = result.settled;
            let mut to_run = Vec::new();
            for decision in result.decisions {
                let (due_at, row) = match decision {
                    Decision::Run(at) => { to_run.push(at); (at, Row::Due) }
                    Decision::Skip(at, Reason::Stopped(since)) => {
                        free.push(Stretch { since, until: at });
                        (at, Row::Ended("skipped"))
                    }
                    Decision::Skip(at, _) => (at, Row::Ended("skipped")),
                    Decision::Fail(at, _) => (at, Row::Ended("failed")),
                };
                prop_assert!(due_at <= now, "not due yet");
                let before = rows.insert(due_at, row);
                prop_assert!(!matches!(before, Some(Row::Ended(_))), "{due_at} decided again after {before:?}");
            }
            for (index, due_at) in to_run.into_iter().enumerate() {
                if crash {
                    if index == 0 { rows.insert(due_at, Row::Running); }
                    break;
                }
                ran.push(due_at);
                rows.insert(due_at, Row::Ended("done"));
            }
            latest = latest.max(Some(now));
        }
        let count = ran.len();
        ran.sort_unstable();
        ran.dedup();
        prop_assert_eq!(ran.len(), count, "a due time ran twice");
        let first = settled.first().expect("a look").since;
        let end = latest.expect("a look");
        let due = plan.cron.iter_after(first.with_timezone(&zone.tz())).map(|t| t.with_timezone(&Utc));
        for due_at in due.take_while(|t| *t <= end) {
            let looked_after = settled.iter().any(|s| s.since < due_at && due_at <= s.until);
            let excused = free.iter().any(|s| s.since < due_at && due_at <= s.until);
            prop_assert_eq!(rows.contains_key(&due_at) || excused, looked_after || excused, "{}", due_at);
        }
    }
}
