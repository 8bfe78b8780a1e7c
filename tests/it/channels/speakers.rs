//! Loudspeakers by MQTT and HTTP, against Debian's mosquitto and a loudspeaker written with another client.

use std::time::Duration;

use chrono::Utc;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;
use cuofeng_console::Console;
use cuofeng_notice::Audience;
use cuofeng_office::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::far_side::{Answer, FarSide};
use crate::fill;
use crate::village::{Village, until};

#[tokio::test]
async fn a_text_is_played_once_though_the_broker_ends_in_the_middle_and_words_come_twice_and_late() {
    let village = Village::new().await;
    std::fs::write(village.path().join("hold"), "").expect("a file");
    let broker = village.broker();
    let speaker = village.speaker("twice", 0);
    village.text(3600).await;
    village.once(Utc::now());
    until("playing", || village.played() == 1);
    assert_eq!(village.state().await.0, "accepted");
    broker.end();
    let again = village.broker();
    std::fs::remove_file(village.path().join("hold")).expect("a file");
    let said = village.becomes("delivered").await;
    assert!(said.contains("秒"), "{said}");
    // Whatever came after the end, and came twice, has changed nothing.
    village.once(Utc::now());
    assert_eq!((village.state().await.0.as_str(), village.played()), ("delivered", 1));
    drop((speaker, again));
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_named_and_delays_nothing() {
    let village = Village::new().await;
    let _broker = village.broker();
    let _speaker = village.speaker("plain", 3600);
    village.text(3600).await;
    let said = village.becomes("delivered").await;
    assert!(said.contains("喇叭的时钟快 60 分") || said.contains("喇叭的时钟快 59 分"), "{said}");
    assert_eq!(village.played(), 1);
}

#[tokio::test]
async fn a_loudspeaker_that_takes_an_order_and_never_plays_it_is_told_of_as_unknown() {
    let village = Village::new().await;
    let _broker = village.broker();
    let _speaker = village.speaker("silent", 0);
    village.text(3600).await;
    for _ in 0..3 {
        village.once(Utc::now());
    }
    assert_eq!(village.state().await.0, "accepted");
    village.once(Utc::now() + chrono::Duration::minutes(30));
    assert_eq!(village.state().await, ("unknown".to_owned(), "喇叭收到后没有说播完，是否播过不清楚".to_owned()));
    assert_eq!(village.played(), 0);
}

#[tokio::test]
async fn one_that_comes_back_after_the_end_plays_nothing() {
    let village = Village::new().await;
    let _broker = village.broker();
    // It was there once, so the broker keeps orders for it.
    drop(village.speaker("plain", 0));
    village.text(3).await;
    village.once(Utc::now());
    assert_eq!(village.state().await.0, "accepted", "the broker has it");
    std::thread::sleep(Duration::from_secs(4));
    let _speaker = village.speaker("plain", 0);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(village.played(), 0, "the broker has thrown it away");
    village.once(Utc::now() + chrono::Duration::minutes(30));
    assert_eq!(village.state().await, ("unknown".to_owned(), "喇叭没有任何回音，是否播过不清楚".to_owned()));
}

#[tokio::test]
async fn without_a_broker_a_text_waits_and_is_not_sent_after_its_time() {
    let village = Village::new().await;
    village.text(20).await;
    village.once(Utc::now());
    assert_eq!(village.state().await.0, "queued", "no broker: it waits");
    let broker = village.broker();
    let _speaker = village.speaker("plain", 0);
    village.once(Utc::now() + chrono::Duration::seconds(60));
    assert_eq!((village.state().await.0.as_str(), village.played()), ("expired", 0));
    drop(broker);
}

#[tokio::test]
async fn a_loudspeaker_by_http_is_asked_once_and_its_own_word_alone_says_that_it_played() {
    let device = FarSide::start(|_| Answer::ok("{\"code\":0}"));
    let http = format!(
        "[channel.speaker_http]\nurl = \"{}/play?to={{address}}&order={{order}}&text={{text}}&within={{within}}\"\n\
         code = \"/code\"\nok = [\"0\"]\npush_secret_file = \"push.txt\"\npush_from = [\"127.0.0.1\"]\n\
         [deliver]\nspeech = \"speaker_http\"\n",
        device.url
    );
    let village = Village::with(&http, 0).await;
    std::fs::write(village.site.join("push.txt"), "long-and-secret\n").expect("a secret");
    village.text(3600).await;
    for _ in 0..2 {
        village.once(Utc::now());
    }
    assert_eq!(village.state().await.0, "accepted");
    let asked: Vec<_> = device.asked().into_iter().filter(|asked| asked.target.starts_with("/play")).collect();
    let [only] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(only.parameter("to"), Some("speaker-01"));
    assert!(only.parameter("text").is_some_and(|text| text.starts_with("%E6%9D%91%E6%B0%91")), "{only:?}");
    let within: u32 = only.parameter("within").and_then(|w| w.parse().ok()).expect("seconds");
    assert!((3500..=3600).contains(&within), "{within}");
    let order = only.parameter("order").expect("an order").to_owned();

    let _ = rustls::crypto::ring::default_provider().install_default();
    let (clock, _hand) = Clock::by_hand(Utc::now());
    let pages = Console::listen(village.site.clone(), clock, Lang::Zh, "127.0.0.1:0".parse().expect("an address"));
    let pages = pages.await.expect("a free port");
    let (address, stop) = (pages.address().expect("an address"), CancellationToken::new());
    tokio::spawn(pages.serve(stop.clone()));
    let client = reqwest::Client::new();
    let push = async |secret: &str, body: String| {
        let url = format!("http://{address}/push/speaker_http/{secret}/report");
        client.post(url).body(body).send().await.expect("an answer").status().as_u16()
    };
    let word = |order: &str| format!("{{\"order\":\"{order}\",\"state\":\"played\",\"seconds\":31}}");
    assert_eq!(push("guessed", word(&order)).await, 404);
    assert_eq!(push("long-and-secret", "{}".to_owned()).await, 404);
    assert_eq!(push("long-and-secret", word("other.1")).await, 200);
    assert_eq!(village.state().await.0, "accepted", "nobody's word, or another's, says nothing");
    for _ in 0..2 {
        assert_eq!(push("long-and-secret", word(&order)).await, 200);
    }
    assert_eq!(village.state().await, ("delivered".to_owned(), "喇叭已播完，31 秒".to_owned()));
    stop.cancel();
}

#[tokio::test]
async fn a_revision_that_tells_others_leaves_a_village_its_rounds_and_one_that_tells_it_takes_them() {
    let village = Village::new().await;
    let (id, now) = (village.text(3600).await.to_string(), Utc::now());
    let mut told = fill::notice(&fill::episode_id(now), 1, &[Form::Sms], now);
    let mut tx = village.store.begin().await.expect("a transaction");
    let taken = cuofeng_outbox::replaced::withdraw(&mut tx, (&id, 2), &[told.clone()], now).await.expect("a look");
    assert_eq!(taken, 0, "an enterprise's hours moved; the village's text stands");
    (told.audience, told.recipient) = (Audience::Village, "500199001201".to_owned());
    let taken = cuofeng_outbox::replaced::withdraw(&mut tx, (&id, 2), &[told], now).await.expect("a look");
    tx.commit().await.expect("a commit");
    assert_eq!(taken, 1);
    let (state, why) = village.state().await;
    assert_eq!((state.as_str(), why.as_str()), ("expired", "replaced by revision 2"));
}
