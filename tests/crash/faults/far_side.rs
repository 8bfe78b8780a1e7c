//! The far side misbehaves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cuofeng_app::App;
use cuofeng_base::word::ChannelName;
use cuofeng_channel::{AskFuture, Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::clock::Clock;
use cuofeng_outbox::drained::{Channels, Drained};
use cuofeng_outbox::worker;
use tokio_util::sync::CancellationToken;

use super::{Office, all, morning};
use crate::recorder::Recorder;

#[tokio::test]
async fn a_server_that_never_greets_holds_up_nobody_for_long_and_its_letters_are_tried_again() {
    let server = Recorder::odd(|line, connection| (line.is_empty() && connection <= 2).then_some(("", false)));
    let office = Office::with(40, server.port, "timeout_seconds = 1\nconnections = 2").await;
    let begun = Instant::now();
    assert_eq!(office.deliver().await.later, 40);
    assert!(begun.elapsed() < Duration::from_secs(5), "two letters waited; the others knew: {:?}", begun.elapsed());
    assert_eq!(office.states().await, all("queued", 40));
    // Another process knows nothing of it; the server answers now.
    let (site, store) = (office.app.site.root.clone(), office.app.store.clone());
    store.close().await;
    let Office { app, dir, .. } = office;
    drop(app);
    let (clock, hand) = Clock::by_hand(morning() + chrono::Duration::minutes(2));
    let office = Office { app: App::start(&site, clock).await.expect("a site"), hand, dir };
    assert_eq!(office.deliver().await.sent, 40);
    assert!(server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn an_answer_that_never_comes_after_the_text_leaves_the_letter_unknown_and_it_is_not_sent_again() {
    for closes in [false, true] {
        let server = Recorder::odd(move |line, _| (line == ".").then_some(("", closes)));
        let office = Office::with(3, server.port, "timeout_seconds = 1\nconnections = 3").await;
        assert_eq!(office.deliver().await.trouble, 3, "{closes}");
        assert_eq!(office.states().await, all("unknown", 3), "{closes}");
        assert_eq!(office.after(10).await, Drained::default(), "{closes}");
        assert_eq!(server.ids().len(), 3, "the server had them: {closes}");
        assert!(server.ids().values().all(|times| *times == 1), "{closes}");
        let waits = cuofeng_outbox::settle::unsettled(&office.app.store).await.expect("a count");
        assert_eq!(waits, 3, "a person has to find out: {closes}");
    }
}

#[tokio::test]
async fn an_unknown_letter_is_sent_once_more_with_its_message_id_where_the_site_says_so_and_only_once() {
    let server = Recorder::odd(|line, _| (line == ".").then_some(("", true)));
    let office = Office::with(1, server.port, "resend_unknown = true").await;
    assert_eq!(office.deliver().await.trouble, 1);
    assert_eq!(server.ids().values().copied().collect::<Vec<_>>(), [1]);
    for minutes in [5, 1, 30, 60] {
        office.after(minutes).await;
    }
    assert_eq!(server.ids().values().copied().collect::<Vec<_>>(), [2]);
    assert_eq!(office.states().await, all("unknown", 1));
}

#[tokio::test]
async fn a_server_that_says_later_gets_each_letter_once_later() {
    let begun = std::sync::Mutex::new(BTreeMap::<String, u32>::new());
    let server = Recorder::odd(move |line, _| {
        let mut seen = begun.lock().expect("a lock");
        let times = seen.entry(line.to_owned()).or_default();
        *times += u32::from(line.starts_with("RCPT"));
        (line.starts_with("RCPT") && *times == 1).then_some(("451 4.7.1 greylisted, try again later", false))
    });
    let office = Office::with(20, server.port, "").await;
    assert_eq!(office.deliver().await.later, 20);
    assert_eq!(office.deliver().await, Drained::default(), "not before the pause is over");
    assert_eq!(office.after(2).await.sent, 20);
    assert!(server.ids().len() == 20 && server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn one_recipient_that_is_refused_stops_nobody_else_and_costs_no_connection() {
    let server = Recorder::odd(|line, _| line.contains("someone3@").then_some(("550 5.1.1 no such user", false)));
    let office = Office::with(10, server.port, "connections = 1").await;
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.trouble), (9, 1));
    assert_eq!(server.connections(), 1);
    let (key, said): (String, String) = sqlx::query_as(
        "select o.key, r.words from outbox o join receipt r on r.outbox = o.id where o.state = 'failed'",
    )
    .fetch_one(office.app.store.pool())
    .await
    .expect("one that failed");
    assert!(key.contains("E000003") && said.contains("550") && said.contains("no such user"), "{key}: {said}");
    assert_eq!(office.after(60).await, Drained::default());
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_opened_anew_and_nothing_is_lost_or_doubled() {
    // The second mail on any connection meets 421, or a connection that is simply gone.
    for words in ["421 4.4.2 idle too long", ""] {
        let mails = std::sync::Mutex::new(BTreeMap::<u64, u32>::new());
        let server = Recorder::odd(move |line, connection| {
            let mut mails = mails.lock().expect("a lock");
            let count = mails.entry(connection).or_default();
            *count += u32::from(line.starts_with("MAIL"));
            (line.starts_with("MAIL") && *count == 2).then_some((words, true))
        });
        let office = Office::with(12, server.port, "connections = 2").await;
        assert_eq!(office.deliver().await.sent, 12, "{words}");
        assert!(server.ids().len() == 12 && server.ids().values().all(|times| *times == 1), "{words}");
        assert!(server.connections() > 2);
    }
}

#[tokio::test]
async fn a_server_that_refuses_everything_pauses_the_channel_and_costs_no_letter_its_tries() {
    let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let door = std::sync::Arc::clone(&open);
    let server = Recorder::odd(move |line, _| {
        let shut = line.starts_with("MAIL") && !door.load(std::sync::atomic::Ordering::SeqCst);
        shut.then_some(("550 5.7.1 sender not allowed", false))
    });
    let office = Office::with(50, server.port, "connections = 2").await;
    assert!(office.deliver().await.later <= 2);
    assert_eq!(office.states().await, all("queued", 50));
    let paused = cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses");
    assert!(paused.len() == 1 && paused[0].reason.contains("sender not allowed"), "{paused:?}");
    let tries: i64 =
        sqlx::query_scalar("select sum(tries) from outbox").fetch_one(office.app.store.pool()).await.expect("a sum");
    assert_eq!(tries, 0);
    assert_eq!(office.after(29).await, Drained::default(), "nobody knocks in between");
    let connections = server.connections();
    assert_eq!(office.after(2).await.later, 1, "one letter is tried");
    assert_eq!(server.connections(), connections + 1);
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(office.after(31).await.sent, 50, "the one that passes opens the channel for all");
    assert!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").is_empty());
    assert!(server.ids().values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_letter_whose_period_ends_while_others_are_sent_is_never_sent() {
    let server = Recorder::start();
    let office = Office::with(5, server.port, "").await;
    sqlx::query("update outbox set expires_at = ? where key like '%E000002%'")
        .bind((morning() + chrono::Duration::minutes(1)).timestamp())
        .execute(office.app.store.pool())
        .await
        .expect("an update");
    let drained = office.after(1).await;
    assert_eq!((drained.sent, drained.expired), (4, 1));
    assert_eq!(office.states().await.get("expired"), Some(&1));
}

#[tokio::test]
async fn limits_are_counted_by_what_was_begun_and_one_address_that_had_its_share_stops_nobody_else() {
    let server = Recorder::odd(|line, _| line.contains("someone0@").then_some(("451 4.2.1 busy", false)));
    let office = Office::with(12, server.port, "connections = 3\nlimits = [\"5/minute\", \"1/address/hour\"]").await;
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.later), (4, 1), "five were begun");
    assert_eq!(office.deliver().await, Drained::default(), "no more within the minute");
    // The one that was begun and not taken has had its share until the hour is over.
    let drained = office.after(2).await;
    assert_eq!((drained.sent, drained.later), (5, 0), "those that were never tried come first");
    let drained = office.after(1).await;
    assert_eq!((drained.sent, drained.later), (2, 1));
    assert!(server.ids().len() == 11 && server.ids().values().all(|times| *times == 1));
    assert_eq!(office.after(60).await.later, 1, "tried again in the next hour");
}

/// A mail channel with a fault in it: it fails on some letters before they leave, on others when they may have left.
struct Faulty;

impl Channel for Faulty {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        4
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let ready = made(|| {
                assert!(!letter.key.contains("E000001"), "a name with \u{1b}[31m in it");
                Ok(())
            });
            tokio::task::yield_now().await;
            match ready {
                Err(outcome) => outcome,
                Ok(()) if letter.key.contains("E000002") => panic!("an answer that nobody expected"),
                Ok(()) => Outcome::Accepted(Words::said("250 taken")),
            }
        })
    }

    fn ask<'a>(&'a self, _: &'a Letter, _: &'a str) -> AskFuture<'a> {
        panic!("a question that can't be asked")
    }
}

#[tokio::test]
async fn a_channel_that_panics_has_an_outcome_for_each_letter_and_staff_hear_of_it() {
    let office = Office::with(40, 25, "").await;
    let (store, stop) = (&office.app.store, CancellationToken::new());
    let faulty: Arc<dyn Channel> = Arc::new(Faulty);
    let channels = Channels::from([(ChannelName::Email, faulty)]);
    for minutes in [0, 5] {
        let time = move || morning() + chrono::Duration::minutes(minutes);
        let drained = worker::drain(store, &channels, &time, (&stop, None)).await.expect("a drain");
        assert_eq!((drained.sent, drained.trouble), if minutes == 0 { (38, 2) } else { (0, 0) });
    }
    let states = [("accepted", 38), ("failed", 1), ("unknown", 1)].map(|(state, count)| (state.to_owned(), count));
    assert_eq!(office.states().await, BTreeMap::from(states));
    let said: Vec<(String, String)> = sqlx::query_as(
        "select o.state, t.reason from outbox o join transition t on t.outbox = o.id and t.state = o.state
         where o.state in ('failed', 'unknown') order by o.state",
    )
    .fetch_all(store.pool())
    .await
    .expect("what is on record");
    assert!(said[0].1.contains("never left") && said[0].1.contains("in it"), "{said:?}");
    assert!(!said[0].1.contains('\u{1b}'), "{said:?}");
    assert!(said[1].1.contains("may have left") && said[1].1.contains("nobody expected"), "{said:?}");
    office.after(6).await;
    let told: Vec<String> = store.open_kinds().await.expect("episodes").into_iter().map(|(kind, _)| kind).collect();
    for trouble in [Trouble::Letters, Trouble::Ways] {
        assert!(told.contains(&trouble.kind().to_owned()), "{trouble:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_name_with_a_line_break_makes_a_mail_like_any_other() {
    let server = Recorder::start();
    let office = Office::with(20, server.port, "").await;
    sqlx::query("update notice set name = ? where key like '%E000003%'")
        .bind("某某厂\r\n分厂")
        .execute(office.app.store.pool())
        .await
        .expect("a name");
    let drained = office.deliver().await;
    assert_eq!((drained.sent, drained.trouble), (20, 0), "{:?}", office.states().await);
    assert!(server.mails().iter().any(|mail| mail.text.contains("=?utf-8?b?")), "and its name in one line");
}
