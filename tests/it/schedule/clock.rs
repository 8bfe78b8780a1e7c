//! A clock that is wrong, and set right.

use cuofeng_store::ledger::{self, Event};
use std::time::Duration;

use super::{Office, at, begin, count, site_with};
use crate::office::{folder, letters};

#[tokio::test]
async fn a_clock_set_forward_and_back_is_in_the_ledger_and_every_hour_has_its_runs_when_it_comes() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    office.hand.set(at("2026-09-12T18:00:05+08:00"));
    assert_eq!(office.look().await, ["pull 18:00", "evaluate 18:00", "deliver 18:00"]);
    office.hand.set(at("2026-09-12T16:00:05+08:00"));
    assert_eq!(office.look().await, [""; 0]);
    for hour in [17, 18, 19] {
        office.hand.step(Duration::from_hours(1));
        assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} {hour}:00")));
    }
    let record = office.record("evaluate").await;
    assert_eq!(record.len(), 12, "08:00 to 19:00: {record:?}");
    let jumps = ledger::all(&office.app.store, Event::ClockJumped).await.expect("the ledger");
    assert_eq!(jumps.iter().map(|(_, detail)| detail.as_str()).collect::<Vec<_>>(), ["+36000 s", "-7200 s"]);
}

/// What waits by the clock as it is, of a kind that the clock alone can bring back.
struct Waiting {
    retried: i64,
    chosen: i64,
    ended: i64,
    sending: i64,
}

/// Leaves the outbox, a channel and a feed as an hour of work with a bad far side leaves them.
async fn trouble(office: &Office) -> Waiting {
    let (pool, now) = (office.app.store.pool(), office.app.clock.now().timestamp());
    let ids: Vec<i64> = sqlx::query_scalar(
        "select o.id from outbox o join notice n on n.key = o.notice join episode e on e.id = n.episode
         where o.state = 'delivered' and e.state = 'open' and o.expires_at > ? and n.purpose = 'raise' order by o.id limit 4",
    )
    .bind(now)
    .fetch_all(pool)
    .await
    .expect("letters");
    let [retried, chosen, ended, sending] = ids[..] else { panic!("{ids:?}") };
    let put = async |id: i64, state: &str, wait: i64, reason: &str, at: i64| {
        sqlx::query("update outbox set state = ?2, not_before = ?3, leased_until = ?4 where id = ?1")
            .bind(id)
            .bind(state)
            .bind(now + wait)
            .bind(now + 900)
            .execute(pool)
            .await
            .expect("a letter");
        sqlx::query(
            "insert into transition (outbox, number, at, state, attempt, reason)
             select ?1, max(number) + 1, ?2, ?3, 1, ?4 from transition where outbox = ?1",
        )
        .bind(id)
        .bind(at)
        .bind(state)
        .bind(reason)
        .execute(pool)
        .await
        .expect("a note");
    };
    put(retried, "queued", 3600, "450 try later", now).await;
    put(ended, "expired", 0, "its period has ended", now).await;
    put(sending, "sending", 0, "", now).await;
    // An hour that was chosen for it: its only note says when it was written.
    sqlx::query("delete from transition where outbox = ? and number > 1")
        .bind(chosen)
        .execute(pool)
        .await
        .expect("notes");
    sqlx::query("update outbox set state = 'queued', not_before = ?2 where id = ?1")
        .bind(chosen)
        .bind(now + 7200)
        .execute(pool)
        .await
        .expect("a letter");
    let mut tx = office.app.store.begin().await.expect("a transaction");
    let why = (cuofeng_outbox::pause::PROGRAM, "535 no");
    cuofeng_outbox::pause::begin(&mut tx, cuofeng_base::word::ChannelName::Folder, why, office.app.clock.now())
        .await
        .expect("a pause");
    tx.commit().await.expect("on record");
    sqlx::query("update feed_state set not_before = pulled_at + 86400").execute(pool).await.expect("a feed");
    Waiting { retried, chosen, ended, sending }
}

#[tokio::test]
async fn a_clock_that_was_eight_hours_ahead_leaves_nothing_behind_once_it_is_set_right() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let waiting = trouble(&office).await;
    let told = || letters(&site).into_keys().filter(|name| name.starts_with("clock-site")).count();
    // A minute later by the machine; by the wall eight hours less a minute earlier.
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    let now = office.app.clock.now();
    let ended = office.look().await;
    assert_eq!(ended, [""; 0], "no hour has come in this minute: {ended:?}");
    assert_eq!(count(&office, "select count(*) from run where due_at > unixepoch('2026-09-12T00:01:05Z')").await, 0);
    let (id, state): (i64, String) = sqlx::query_as("select id, state from outbox where id = ?")
        .bind(waiting.retried)
        .fetch_one(office.app.store.pool())
        .await
        .expect("a letter");
    assert_eq!((id, state.as_str()), (waiting.retried, "delivered"), "it left within the look");
    let wait = |id: i64| {
        let pool = office.app.store.pool().clone();
        async move {
            let row: (String, i64, i64) =
                sqlx::query_as("select state, not_before, leased_until from outbox where id = ?")
                    .bind(id)
                    .fetch_one(&pool)
                    .await
                    .expect("a letter");
            row
        }
    };
    let chosen = wait(waiting.chosen).await;
    assert_eq!((chosen.0.as_str(), chosen.1), ("queued", at("2026-09-12T18:00:05+08:00").timestamp()), "its own hour");
    assert_eq!(wait(waiting.ended).await.0, "delivered", "its period has not ended");
    let sending = wait(waiting.sending).await;
    assert_eq!((sending.0.as_str(), sending.2), ("sending", now.timestamp() + 900), "whoever holds it may still send");
    assert_eq!(count(&office, "select count(*) from channel_pause where lifted_at is null").await, 0);
    assert_eq!(count(&office, "select count(*) from feed_state where not_before > 0").await, 0);
    assert_eq!(
        count(&office, "select count(*) from begun where minute > unixepoch('2026-09-12T00:01:05Z') / 60").await,
        0
    );
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert!(right.len() == 1 && right[0].1.contains("8小时0分钟") && right[0].1.contains("判定"), "{right:?}");
    let once = told();
    assert!(once > 0, "duty staff are told");
    for hour in [9, 10] {
        office.hand.set(at(&format!("2026-09-12T{hour:02}:00:05+08:00")));
        assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} {hour:02}:00")));
    }
    assert_eq!(told(), once, "once");
    let record = office.record("evaluate").await;
    assert_eq!(record[record.len() - 2..], ["09:00 done", "10:00 done"], "{record:?}");
}

#[tokio::test]
async fn what_a_clock_ahead_dated_can_be_answered_and_is_asked_for_in_time_once_it_is_set_right() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let (pool, store) = (office.app.store.pool().clone(), office.app.store.clone());
    let mobile: String = sqlx::query_scalar(
        "select o.address from outbox o join notice n on n.key = o.notice
         where o.form = 'sms' and n.ask_hours is not null and o.state = 'delivered' limit 1",
    )
    .fetch_one(&pool)
    .await
    .expect("a mobile");
    let refused = "update outbox set refused_at = unixepoch('2026-09-12T07:59:00Z') where id = 1";
    sqlx::query(refused).execute(&pool).await.expect("a letter");
    let lifted = "insert into channel_pause (channel, since, by, reason, try_at, lifted_at, lifted_by, slow) values
        ('email', unixepoch('2026-09-12T07:59:00Z'), 'cuofeng', '', null, unixepoch('2026-09-12T08:00:00Z'), 'cuofeng', 1)";
    sqlx::query(lifted).execute(&pool).await.expect("a pause");
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    let now = office.app.clock.now();
    office.look().await;
    assert!(!store.told_to(&mobile, now).await.expect("notices").is_empty(), "it can be answered");
    let asked = store.asked(now).await.expect("notices");
    assert!(!asked.is_empty() && asked.iter().all(|one| one.asked_at <= now), "{asked:?}");
    for query in [
        "select count(*) from notice where made_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from outbox where refused_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from channel_pause where lifted_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from channel_pause p, outbox o where o.id = 1 and p.lifted_at < o.refused_at",
    ] {
        assert_eq!(count(&office, query).await, 0, "{query}");
    }
}

#[tokio::test]
async fn a_letter_that_a_clock_ahead_ended_goes_out_beside_a_draft_that_waits_and_not_once_it_is_answered() {
    for answered in [false, true] {
        let dir = folder();
        let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
        let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
        office.look().await;
        let waiting = trouble(&office).await;
        let pool = office.app.store.pool().clone();
        sqlx::query(
            "insert into revision (episode, number, action, decided_at, spans, reason, made_by, waits, deadline, at_deadline)
             select r.episode, r.number + 1, 'update', r.decided_at, r.spans, '', 'cuofeng', 1, r.decided_at + 864000, 'drop'
             from outbox o join notice n on n.key = o.notice
                 join revision r on r.episode = n.episode and r.number = n.revision where o.id = ?",
        )
        .bind(waiting.ended)
        .execute(&pool)
        .await
        .expect("a draft");
        if answered {
            sqlx::query(
                "insert into answer (notice, at, said, reason, via, by)
                 select n.key, n.made_at, 'known', '', 'link', '' from outbox o join notice n on n.key = o.notice where o.id = ?",
            )
            .bind(waiting.ended)
            .execute(&pool)
            .await
            .expect("an answer");
        }
        office.hand.step(Duration::from_mins(1));
        office.hand.set(at("2026-09-12T08:01:05+08:00"));
        office.look().await;
        let state: String = sqlx::query_scalar("select state from outbox where id = ?")
            .bind(waiting.ended)
            .fetch_one(&pool)
            .await
            .expect("a letter");
        assert_eq!(state, if answered { "expired" } else { "delivered" }, "{answered}");
    }
}

#[tokio::test]
async fn jobs_go_on_and_the_jump_is_on_record_once_where_the_alarm_about_it_can_not_be_told() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let refuse = "create trigger no_alarm before insert on episode when new.kind = 'clock'
        begin select raise(abort, 'no'); end";
    sqlx::query(refuse).execute(office.app.store.pool()).await.expect("a trigger");
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    office.look().await;
    office.hand.set(at("2026-09-12T09:00:05+08:00"));
    assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} 09:00")));
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert_eq!(right.len(), 1, "{right:?}");
}

#[tokio::test]
async fn a_clock_set_right_while_the_service_was_stopped_is_seen_by_what_is_on_record() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    // In the evening, by a clock that says it is the next morning: the day is reported before it is over.
    let mut office = begin(&site, "2026-09-13T07:40:05+08:00").await;
    office.look().await;
    let report = site.join("out/reports/2026-09-12.txt");
    assert!(report.exists());
    drop(office);
    let mut office = begin(&site, "2026-09-12T23:45:05+08:00").await;
    office.look().await;
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert!(right.len() == 1 && right[0].1.contains("7小时55分钟"), "{right:?}");
    assert!(letters(&site).into_keys().any(|name| name.starts_with("clock-site")));
    assert!(!report.exists(), "the day is not over");
    office.hand.set(at("2026-09-13T07:30:05+08:00"));
    assert_eq!(office.look().await, ["report 07:30", "housekeeping 03:30"]);
    assert!(report.exists(), "and is written down when it is");
    assert_eq!(ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger").len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_by_minutes_takes_nothing_back() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    office.hand.set(at("2026-09-12T07:58:00+08:00"));
    office.look().await;
    office.hand.step(Duration::from_mins(3));
    assert_eq!(office.look().await, [""; 0], "08:00 was run, two minutes early");
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert_eq!(right, []);
}
