use super::*;
use cuofeng_base::time::ClockWindow;

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-09-{text}:00+08:00").parse().expect("a time")
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn policy() -> Policy {
    Policy { step_minutes: 60, day: ClockWindow { from: 8, to: 20 }, per_day: 2 }
}

fn case(depth: Depth) -> Case {
    Case {
        deadline: at("12T12:00"),
        until: at("14T00:00"),
        depth,
        answered: false,
        asked_before: false,
        over: false,
        taken: Vec::new(),
        missing: Vec::new(),
    }
}

/// Steps the clock by ten minutes until nothing is left to do; `event` may change the case before each step.
fn walk(mut case: Case, event: impl Fn(&mut Case, DateTime<Utc>)) -> Vec<(Rung, DateTime<Utc>)> {
    let mut now = at("12T08:00");
    while now < at("15T00:00") {
        event(&mut case, now);
        let taken = case.taken.clone();
        let day = zone().day(now);
        let sent = |rung: Rung| {
            let same = taken.iter().filter(|(r, t)| *r == rung && zone().day(*t) == day);
            u32::try_from(same.count()).expect("few")
        };
        // Asked twice, it says the same: a restart between two steps changes nothing.
        let step = next(&case, &policy(), &zone(), &sent, now);
        assert_eq!(step, next(&case.clone(), &policy(), &zone(), &sent, now));
        if let Step::Take(rung, _) = step {
            assert!(!case.answered && !case.over && now < case.until, "{rung:?} at {now}");
            assert!(case.taken.iter().all(|(r, _)| *r != rung), "{rung:?} twice");
            case.taken.push((rung, now));
        }
        now += Duration::minutes(10);
    }
    case.taken
}

#[test]
fn without_an_answer_an_order_goes_up_the_whole_ladder_to_the_phone_list() {
    let steps = walk(case(Depth::Order), |_, _| {});
    let expected: Vec<(Rung, DateTime<Utc>)> =
        Rung::ALL.into_iter().zip(["12T12:00", "12T13:00", "12T14:00", "12T15:00", "12T16:00"].map(at)).collect();
    assert_eq!(steps, expected);
}

#[test]
fn a_step_without_anybody_is_passed_over() {
    let mut lonely = case(Depth::Order);
    lonely.missing = vec![Rung::Backup, Rung::GridWorker];
    let rungs: Vec<Rung> = walk(lonely, |_, _| {}).into_iter().map(|(rung, _)| rung).collect();
    assert_eq!(rungs, [Rung::Reminder, Rung::Cadre, Rung::Phone]);
}

#[test]
fn a_tip_is_reminded_of_once_and_by_day() {
    assert_eq!(walk(case(Depth::Tip), |_, _| {}), [(Rung::Reminder, at("12T12:00"))]);
    let evening = Case { deadline: at("12T20:00"), ..case(Depth::Tip) };
    assert_eq!(walk(evening, |_, _| {}), [(Rung::Reminder, at("13T08:00"))]);
    let over_by_morning = Case { deadline: at("12T20:00"), until: at("13T08:00"), ..case(Depth::Tip) };
    assert_eq!(walk(over_by_morning, |_, _| {}), []);
}

#[test]
fn an_answer_a_lift_or_a_revision_stops_it_at_every_step() {
    for stop in 0..30 {
        let stops_at = at("12T11:30") + Duration::minutes(10 * stop);
        let whole = walk(case(Depth::Order), |_, _| {});
        let expected: Vec<(Rung, DateTime<Utc>)> = whole.into_iter().filter(|(_, t)| *t < stops_at).collect();
        let answered = walk(case(Depth::Order), |case, now| case.answered = now >= stops_at);
        let lifted = walk(case(Depth::Order), |case, now| case.over = now >= stops_at);
        let ended = walk(Case { until: stops_at, ..case(Depth::Order) }, |_, _| {});
        assert_eq!(answered, expected, "answered at {stops_at}");
        assert_eq!(lifted, expected, "lifted at {stops_at}");
        assert_eq!(ended, expected, "ended at {stops_at}");
    }
}

#[test]
fn the_daily_cap_holds_and_the_phone_list_knows_none() {
    let full = |_: Rung| 2;
    let step = next(&case(Depth::Order), &policy(), &zone(), &full, at("12T12:00"));
    assert!(matches!(step, Step::Wait(until, _) if until == at("13T00:00")), "{step:?}");
    let last_day = next(&case(Depth::Order), &policy(), &zone(), &full, at("13T12:00"));
    assert!(matches!(last_day, Step::Rest(_)), "{last_day:?}");
    let mut late = case(Depth::Order);
    late.taken = vec![(Rung::Cadre, at("12T15:00"))];
    let step = next(&late, &policy(), &zone(), &full, at("12T16:00"));
    assert!(matches!(step, Step::Take(Rung::Phone, _)), "{step:?}");
}

#[test]
fn a_clock_set_back_an_hour_repeats_nothing() {
    let mut case = case(Depth::Order);
    case.taken = vec![(Rung::Reminder, at("12T12:00"))];
    let step = next(&case, &policy(), &zone(), &|_| 0, at("12T11:10"));
    assert!(matches!(step, Step::Wait(until, _) if until == at("12T13:00")), "{step:?}");
}

#[test]
fn who_was_reminded_of_as_much_before_is_reminded_again_of_an_order_alone() {
    let known = |depth| Case { asked_before: true, ..case(depth) };
    assert_eq!(walk(known(Depth::Tip), |_, _| {}), []);
    assert_eq!(walk(known(Depth::Order), |_, _| {}).len(), Rung::ALL.len());
}
