//! What a drain costs, in steps.

use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::Clock;
use tokio_util::sync::CancellationToken;

use super::{CASES, Desk, STATEMENTS, Steps, morning};
use crate::fill;

/// Whether `more` costs at most so many thousandths of `less`; the words say what was compared.
fn within(title: &str, (less, more): (u64, u64), thousandths: u64, wrong: &mut Vec<String>) {
    let line = format!("{title}: {less} steps, then {more}, {:.3} times", ratio(less, more));
    println!("{line}");
    if more * 1000 > less * thousandths {
        wrong.push(line);
    }
}

#[expect(clippy::cast_precision_loss)]
fn ratio(less: u64, more: u64) -> f64 {
    more as f64 / less as f64
}

#[tokio::test]
async fn twice_as_many_letters_cost_twice_the_work_by_every_channel() {
    let _others = STATEMENTS.read().await;
    let mut wrong = Vec::new();
    for case in CASES {
        let mut costs = [0, 0];
        for (cost, count) in costs.iter_mut().zip([300, 600]) {
            let desk = Desk::with(case.name, case.limits).await;
            let letters = case.write(&desk, "sample", 0..count).await;
            *cost = case.cost(&desk, letters).await;
            let carried = desk.count("select count(*) from outbox where carried_by is not null").await;
            let merges = case.merged && case.form != Form::Speech;
            assert_eq!(carried, if merges { i64::try_from(count / 3).expect("few") } else { 0 }, "{}", case.title());
        }
        within(&case.title(), costs.into(), 2100, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What lies in the outbox beside the letters that leave: what is done to letters after a number.
const BESIDE: [&str; 4] = [
    // They have left.
    "update outbox set state = 'accepted', attempt = 1 where id > ?",
    "update outbox set state = 'failed', attempt = 1 where id > ?",
    // They wait until tomorrow, and go first then.
    "update outbox set not_before = not_before + 36000, expires_at = expires_at + 86400, priority = 1 where id > ?",
    // They wait for a person.
    "update outbox set channel = 'by_hand' where id > ?",
];

#[tokio::test]
async fn what_has_left_and_what_waits_for_another_time_costs_the_letters_that_leave_nothing() {
    let _others = STATEMENTS.read().await;
    let mut wrong = Vec::new();
    for case in CASES.into_iter().filter(|case| case.merged || !case.limits.is_empty() || case.form == Form::Speech) {
        let mut costs = [0, 0];
        for (cost, others) in costs.iter_mut().zip([150, 300]) {
            let desk = Desk::with(case.name, case.limits).await;
            for (number, change) in BESIDE.into_iter().enumerate() {
                let before = desk.count("select coalesce(max(id), 0) from outbox").await;
                // To the same people, in part.
                case.write(&desk, &format!("other-{number}"), 50..50 + others).await;
                sqlx::query(change).bind(before).execute(desk.store.pool()).await.expect("a change");
            }
            sqlx::query(
                "insert into transition (outbox, number, at, state, attempt, reason)
                 select id, 2, not_before - 7200, 'sending', 1, '' from outbox where attempt = 1",
            )
            .execute(desk.store.pool())
            .await
            .expect("their steps");
            let letters = case.write(&desk, "sample", 0..120).await;
            *cost = case.cost(&desk, letters).await;
        }
        within(&format!("{}, others beside", case.title()), costs.into(), 1050, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What lies in an outbox in which nothing is due.
const IDLE: [(&str, &str); 5] = [
    ("left", "update outbox set state = 'accepted', attempt = 1"),
    ("failed", "update outbox set state = 'failed', attempt = 1"),
    ("waiting until tomorrow", "update outbox set not_before = not_before + 36000"),
    (
        "played, and the loudspeakers silent since",
        "update outbox set state = 'delivered', attempt = 1, channel = 'mqtt', form = 'speech'",
    ),
    (
        "reached by no way, long ago",
        "update outbox set state = 'failed', attempt = 1, expires_at = expires_at - 9999999",
    ),
];

/// How many letters lie in it, and how many then.
const IN_IT: [usize; 2] = [400, 2000];

#[tokio::test]
async fn a_drain_that_has_nothing_to_do_does_next_to_nothing_whatever_lies_in_the_outbox() {
    let _others = STATEMENTS.read().await;
    let mut wrong = Vec::new();
    for (what, change) in IDLE {
        let mut costs = [0, 0];
        for (cost, count) in costs.iter_mut().zip(IN_IT) {
            let dir = tempfile::tempdir().expect("a folder");
            let root = fill::mail_site(dir.path(), 25, "");
            let app = App::start(&root, Clock::by_hand(morning()).0).await.expect("a site");
            fill::fill(&app.store, &app.site.config, count, &[Form::Email, Form::Sms], morning()).await;
            sqlx::query(change).execute(app.store.pool()).await.expect("a change");
            let (steps, stop) = (Steps::of(&app.store).await, CancellationToken::new());
            app.deliver(morning(), &stop).await.expect("a drain");
            // What it tells duty staff of is told by now.
            steps.taken();
            app.deliver(morning(), &stop).await.expect("a drain");
            *cost = steps.taken();
        }
        // A statement that looks at a letter takes several steps for it; what varies by itself is some hundred a drain.
        let [less, more] = costs;
        let line = format!("nothing due, {what}: {less} steps, then {more}");
        println!("{line}");
        if more > less + u64::try_from(IN_IT[1] - IN_IT[0]).expect("few") {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
