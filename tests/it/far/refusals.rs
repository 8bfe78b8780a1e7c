//! Servers that refuse the sender at a recipient's step: the channel pauses and goes on slowly, no letter is burnt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cuofeng_base::word::Form;
use cuofeng_rules::AtDeadline;
use cuofeng_store::episodes::{self, NewRevision};

use super::{Office, states};
use crate::fill;
use crate::recorder::Recorder;

#[tokio::test]
async fn a_server_that_limits_the_sender_burns_no_letter_and_gets_the_rest_slowly() {
    // Where it says so, and what.
    for (step, words) in [
        ("RCPT", "550 Connection frequency limited"),
        (".", "554 DT:SPM 163 smtp10"),
        ("RCPT", "452 4.7.28 rate limit exceeded"),
        ("MAIL", "550 5.7.1 daily quota exceeded"),
        ("RCPT", "550 发信频率过高，请稍后再试"),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let open = Arc::clone(&taken);
        // It takes three, then none until somebody has waited.
        let server = Recorder::in_gbk(move |line, _| {
            let begun = usize::from(line.starts_with("MAIL"));
            let count = open.fetch_add(begun, Ordering::SeqCst) + begun;
            (line.starts_with(step) && (4..1000).contains(&count)).then_some((words, false))
        });
        let office = Office::with(12, server.port, "connections = 1").await;
        office.deliver().await;
        assert_eq!(
            office.states().await,
            states(&[("accepted", 3), ("queued", 9)]),
            "{words}: {:?}",
            office.said().await
        );
        let paused = cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses");
        assert!(paused.len() == 1 && paused[0].slow, "{words}: {paused:?}");
        let told = office.told().await;
        assert!(told.len() == 1 && told[0].contains("对方限制本办发信"), "{words}: {told:?}");
        assert_eq!(office.after(5).await.sent, 0, "{words}");
        taken.store(1000, Ordering::SeqCst);
        // One, and no more than a few a minute after that.
        let first = office.after(26).await.sent;
        assert!((1..=6).contains(&first), "{words}: {first}");
        let mut rounds = 0;
        while office.states().await.contains_key("queued") {
            office.after(1).await;
            rounds += 1;
            assert!(rounds < 20, "{words}: {:?}", office.states().await);
        }
        assert!(rounds >= 1, "{words}: not all at once");
        assert_eq!(server.ids().len(), 12, "{words}");
        assert!(server.ids().values().all(|times| *times == 1), "{words}: {:?}", server.ids());
    }
}

#[tokio::test]
async fn two_letters_refused_in_a_row_with_the_same_strange_words_are_the_senders_case() {
    // By several connections they come back in one batch.
    for (connections, count) in [(1, 8), (4, 8), (4, 3), (4, 2)] {
        let server = Recorder::odd(|line, _| line.starts_with("RCPT").then_some(("554 Transaction failed", false)));
        let office = Office::with(count, server.port, &format!("connections = {connections}")).await;
        let all = states(&[("queued", i64::try_from(count).expect("a count"))]);
        office.deliver().await;
        assert_eq!(office.states().await, all, "{connections}: {:?}", office.said().await);
        assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses")[0].slow);
        // Tried one by one every half hour, none is lost.
        for _ in 0..3 {
            office.after(31).await;
            assert_eq!(office.states().await, all, "{connections}: {:?}", office.said().await);
        }
    }
}

#[tokio::test]
async fn a_letter_that_alone_is_refused_fails_and_the_others_arrive() {
    for words in ["554 Transaction failed", "550 5.1.1 user unknown"] {
        let server = Recorder::odd(move |line, _| line.contains("someone1@").then_some((words, false)));
        let office = Office::with(6, server.port, "connections = 1").await;
        office.deliver().await;
        for _ in 0..8 {
            office.after(31).await;
        }
        assert_eq!(
            office.states().await,
            states(&[("accepted", 5), ("failed", 1)]),
            "{words}: {:?}",
            office.said().await
        );
        assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty(), "{words}");
    }
}

#[tokio::test]
async fn a_letter_whose_host_alone_refuses_the_sender_fails_once_the_others_have_passed_again_and_again() {
    let server = Recorder::odd(|line, _| line.contains("someone1@").then_some(("554 5.7.1 refused by policy", false)));
    let office = Office::with(4, server.port, "connections = 1").await;
    office.deliver().await;
    for round in 0..5 {
        let (store, config, now) = (&office.app.store, &office.app.site.config, office.app.clock.now());
        let kind = format!("more{round}");
        fill::more(store, config, (&kind, 10 + round..11 + round), &[Form::Email], now).await;
        office.after(31).await;
        office.after(11).await;
    }
    let stand = office.states().await;
    assert_eq!((stand.get("failed"), stand.get("queued")), (Some(&1), None), "{stand:?} {:?}", office.said().await);
    assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty());
}

#[tokio::test]
async fn two_wrong_addresses_in_a_row_are_two_wrong_addresses() {
    for words in ["550 User not found", "550 5.1.1 no such user", "552 5.2.2 mailbox full"] {
        let wrong = |line: &str| line.starts_with("RCPT") && (line.contains("someone1@") || line.contains("someone2@"));
        let server = Recorder::odd(move |line, _| wrong(line).then_some((words, false)));
        let office = Office::with(4, server.port, "connections = 1").await;
        office.deliver().await;
        assert_eq!(office.states().await, states(&[("accepted", 2), ("failed", 2)]), "{words}");
        assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty(), "{words}");
    }
}

#[tokio::test]
async fn a_list_that_makes_strangers_wait_holds_up_its_own_letter_alone() {
    let server = Recorder::odd(|line, _| {
        line.contains("someone1@").then_some(("451 4.7.1 Greylisting in action, please come back later", false))
    });
    let office = Office::with(3, server.port, "connections = 1").await;
    office.deliver().await;
    assert_eq!(office.states().await, states(&[("accepted", 2), ("queued", 1)]));
    assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty());
}

#[tokio::test]
async fn a_letter_that_has_become_useless_is_not_revived_by_the_next_one_that_is_refused() {
    let enterprise = "where episode like 'sample%' and audience = 'enterprise'";
    let cases = [
        ("nothing", String::new(), "queued"),
        ("its episode has ended", "update episode set state = 'lifted' where kind = 'sample'".to_owned(), "failed"),
        (
            "its episode has ended, and it says so",
            "update episode set state = 'lifted' where kind = 'sample'; update notice set purpose = 'lift'".to_owned(),
            "queued",
        ),
        (
            "it is answered",
            format!(
                "insert into answer (notice, at, said, reason, via, by)
                 select key, made_at, 'known', '', 'link', '' from notice {enterprise}"
            ),
            "failed",
        ),
        (
            "its recipient is told no more",
            format!("insert into removed select episode, audience, recipient, name, made_at from notice {enterprise}"),
            "failed",
        ),
        ("its time is over", "update outbox set expires_at = not_before + 10".to_owned(), "failed"),
        (
            "another channel took its form over",
            "insert into outbox (key, notice, purpose, form, channel, address, priority, state, not_before, expires_at, mode)
             select key || 'x', notice, purpose, form, 'folder', address, priority, 'delivered', not_before, expires_at, mode
             from outbox where channel = 'email'".to_owned(),
            "failed",
        ),
        // The words of long ago are not compared.
        ("long ago", "update transition set at = at - 3601".to_owned(), "failed"),
    ];
    for (what, change, wanted) in cases {
        let server = Recorder::odd(|line, _| line.starts_with("RCPT").then_some(("554 Transaction failed", false)));
        let office = Office::with(1, server.port, "connections = 1").await;
        office.deliver().await;
        assert_eq!(office.states().await, states(&[("failed", 1)]), "{what}");
        for statement in change.split("; ").filter(|statement| !statement.is_empty()) {
            sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(office.app.store.pool()).await.expect(what);
        }
        let (store, config) = (&office.app.store, &office.app.site.config);
        fill::more(store, config, ("other", 5..6), &[Form::Email], office.app.clock.now()).await;
        office.after(1).await;
        assert_eq!(office.state_of("someone0@example.com").await, wanted, "{what}: {:?}", office.said().await);
    }
}

#[tokio::test]
async fn a_raise_that_a_newer_revision_replaced_is_not_revived_and_a_draft_that_waits_replaces_nothing() {
    for (waits, wanted) in [(false, "failed"), (true, "queued")] {
        let server = Recorder::odd(|line, _| line.starts_with("RCPT").then_some(("554 Transaction failed", false)));
        let office = Office::with(1, server.port, "connections = 1").await;
        office.deliver().await;
        let (store, config, now) = (&office.app.store, &office.app.site.config, office.app.clock.now());
        let id = fill::episode_id(now);
        let mut tx = store.begin().await.expect("a transaction");
        let deadline = now + chrono::Duration::hours(1);
        let second = NewRevision {
            episode: &id,
            number: 2,
            action: cuofeng_rules::warning::Act::Update,
            spans: &[],
            reason: "a sample",
            by: "cuofeng",
            waits: waits.then_some((deadline, AtDeadline::Drop)),
            now,
        };
        episodes::revise(&mut tx, &second).await.expect("a revision");
        let mut newer = fill::notice(&id, 0, &[Form::Email], now);
        (newer.key, newer.parts) = (newer.key.replace(".r1.", ".r2."), Vec::new());
        episodes::write_notices(&mut tx, &[newer], &id, 2, now).await.expect("a notice");
        tx.commit().await.expect("a commit");
        fill::more(store, config, ("other", 5..6), &[Form::Email], now).await;
        office.after(1).await;
        assert_eq!(office.state_of("someone0@example.com").await, wanted, "{waits}: {:?}", office.said().await);
    }
}

#[tokio::test]
async fn a_short_message_beside_a_mail_is_no_other_way_that_was_taken_for_it() {
    let server = Recorder::odd(|line, _| line.starts_with("RCPT").then_some(("554 Transaction failed", false)));
    let office = Office::with(0, server.port, "connections = 1").await;
    let (store, config, now) = (&office.app.store, &office.app.site.config, office.app.clock.now());
    fill::more(store, config, ("both", 0..3), &[Form::Email, Form::Sms], now).await;
    office.deliver().await;
    assert_eq!(office.states().await, states(&[("queued", 3)]), "{:?}", office.said().await);
}

#[tokio::test]
async fn two_letters_to_one_address_in_a_row_say_nothing_of_the_sender() {
    let server = Recorder::odd(|line, _| line.contains("someone0@").then_some(("554 Transaction failed", false)));
    let office = Office::with(1, server.port, "connections = 1").await;
    let (store, config, now) = (&office.app.store, &office.app.site.config, office.app.clock.now());
    fill::more(store, config, ("other", 0..1), &[Form::Email], now).await;
    office.deliver().await;
    assert_eq!(office.states().await, states(&[("failed", 2)]), "{:?}", office.said().await);
    assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty());
}

#[tokio::test]
async fn a_recipient_who_blocks_the_office_slows_the_others_once_and_at_no_later_notice() {
    let server = Recorder::odd(|line, _| line.contains("someone1@").then_some(("554 5.7.1 refused by policy", false)));
    let office = Office::with(4, server.port, "connections = 1").await;
    office.deliver().await;
    let (store, config) = (&office.app.store, &office.app.site.config);
    for round in 0..5 {
        let kind = format!("more{round}");
        fill::more(store, config, (&kind, 10 + round..11 + round), &[Form::Email], office.app.clock.now()).await;
        office.after(31).await;
        office.after(11).await;
    }
    assert_eq!(office.state_of("someone1@example.com").await, "failed", "{:?}", office.said().await);
    office.hand.step(std::time::Duration::from_hours(25));
    fill::more(store, config, ("later", 0..4), &[Form::Email], office.app.clock.now()).await;
    office.deliver().await;
    let stand = office.states().await;
    assert_eq!((stand.get("failed"), stand.get("queued")), (Some(&2), None), "{stand:?} {:?}", office.said().await);
    assert!(cuofeng_outbox::pause::pauses(store).await.expect("pauses").is_empty());
}
