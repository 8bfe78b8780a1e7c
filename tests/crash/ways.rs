//! The service is killed again and again while messages are refused and go on by mail: every next way is taken once,
//! nothing is lost or doubled, what may have been is listed, and duty staff are told once of those whom no way reached.
//!
//! `CUOFENG_KILLS` says how often.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_notice::{Notice, Reserve};
use cuofeng_office::site::Site;
use cuofeng_store::ledger::{self, Event};
use cuofeng_store::{Store, episodes};

use crate::far_side::{Answer, FarSide};
use crate::fill;
use crate::killed::{alone, cut, finish, kill, kills, service, waiting};
use crate::recorder::Recorder;

/// Mails at once; the gateway takes one at a time.
const CONNECTIONS: usize = 4;

/// Places in the program at which it ends by itself, and how often it passes them before at most: there are as many next
/// ways to take as messages were refused since the last kill.
const PLACES: [(&str, usize); 5] = [("taking", 4), ("committing", 17), ("taken", 4), ("committed", 17), ("sent", 17)];

/// The gateway refuses every second number for good.
fn refused(number: usize) -> bool {
    number % 2 == 1
}

/// The mail server knows nobody of some of them.
fn lost(number: usize) -> bool {
    number % 10 == 3
}

/// A message to a recipient whom a mail reaches next.
fn message(id: &cuofeng_rules::warning::EpisodeId, number: usize) -> Notice {
    let both = fill::notice(id, number, &[Form::Sms, Form::Email], Utc::now());
    let reserve = both.parts.iter().map(|part| Reserve { backup: false, part: part.clone() }).collect();
    Notice { parts: both.parts[..1].to_vec(), reserve, ..both }
}

/// A site with somebody on duty, and its outbox full of such messages.
async fn full(dir: &Path, gateway: &FarSide, server: &Recorder, count: usize) -> (PathBuf, Store) {
    let site = fill::mail_site(dir, server.port, &format!("connections = {CONNECTIONS}"));
    let staff = "name,role,duty,mobile,email\n样例甲,releaser,yes,,duty@example.com\n";
    std::fs::write(site.join("staff.csv"), staff).expect("a table");
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    let section = format!(
        "sms = \"sms_http\"\n\n[channel.sms_http]\nurl = \"{}/?key={{key}}&to={{mobile}}&text={{text}}\"\n\
         code = \"word 0\"\nok = [\"0\"]\n",
        gateway.url
    );
    std::fs::write(&file, text + &section).expect("the site file");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    let id = fill::episode(&store, Utc::now()).await;
    for numbers in (0..count).collect::<Vec<_>>().chunks(500) {
        let notices: Vec<Notice> = numbers.iter().map(|number| message(&id, *number)).collect();
        let mut tx = store.begin().await.expect("a transaction");
        episodes::write_notices(&mut tx, &notices, &id, 1, Utc::now()).await.expect("notices");
        cuofeng_outbox::enqueue(&mut tx, &notices, &config.routes, Utc::now()).await.expect("letters");
        tx.commit().await.expect("a commit");
    }
    (site, store)
}

async fn steps(store: &Store) -> i64 {
    sqlx::query_scalar("select count(*) from transition").fetch_one(store.pool()).await.expect("the record")
}

/// Kills the service at a place in it; a moment after it did something, which is at first to go on where messages were
/// refused; a moment after some more messages were refused.
async fn kill_often(site: &Path, store: &Store, kills: usize, asked: impl Fn() -> usize) {
    for round in 0..kills {
        let moment = Duration::from_micros((round as u64 * 7919) % 60_000);
        let (place, most) = PLACES[round / 2 % PLACES.len()];
        let die_at = (round % 2 == 1).then(|| format!("{place}:{}", 1 + round * 13 % most));
        let (had, stepped, begun) = (asked(), steps(store).await, Instant::now());
        let mut since = None;
        let until = async || {
            if begun.elapsed() > Duration::from_secs(3) && waiting(store).await == 0 {
                return true;
            }
            if die_at.is_some() {
                // There was less to go on with than that.
                return asked() >= had + 50;
            }
            let due = if round % 4 == 0 { asked() >= had + 12 } else { steps(store).await > stepped };
            if since.is_none() && due {
                since = Some(Instant::now());
            }
            since.is_some_and(|since| since.elapsed() >= moment)
        };
        kill(service(site, die_at.as_deref()), until).await;
    }
}

/// Where every letter stands: its notice, form, key and state.
async fn letters(store: &Store) -> BTreeMap<String, Vec<(String, String, String)>> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("select notice, form, key, state from outbox order by id")
            .fetch_all(store.pool())
            .await
            .expect("the outbox");
    let mut all: BTreeMap<String, Vec<(String, String, String)>> = BTreeMap::new();
    for (notice, form, key, state) in rows {
        all.entry(notice).or_default().push((form, key, state));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_next_way_is_taken_once_and_nothing_is_lost_or_doubled() {
    let _alone = alone().await;
    let kills = kills(12);
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = FarSide::start(|asked| {
        std::thread::sleep(Duration::from_millis(2));
        let number: usize = asked.parameter("to").and_then(|to| to[1..].parse().ok()).expect("a mobile");
        Answer::ok(if refused(number) { "9" } else { "0" })
    });
    let server = Recorder::odd(|line, _| {
        let number = line.strip_prefix("RCPT TO:<someone")?.split('@').next()?.parse().ok()?;
        lost(number).then_some(("550 5.1.1 no such user", false))
    });
    server.takes(Duration::from_millis(3));
    let count = 240.max(kills * 20);
    let (site, store) = full(dir.path(), &gateway, &server, count).await;
    kill_often(&site, &store, kills, || gateway.asked().len()).await;
    let left = finish(&site, &store).await;
    // Duty staff are told when nothing is left to go on with.
    let told = "select count(*) from outbox where notice like 'ways-%' and state in ('accepted', 'unknown')";
    let told = async || sqlx::query_scalar::<_, i64>(told).fetch_one(store.pool()).await.expect("the outbox") > 0;
    kill(service(&site, None), told).await;

    let (letters, mails) = (letters(&store).await, server.ids());
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for one in gateway.asked() {
        *asked.entry(one.parameter("key").expect("a key").to_owned()).or_default() += 1;
    }
    let ways = ledger::all(&store, Event::NextWay).await.expect("the ledger");
    let (mut taken, mut none_left, mut unknown, mut arrived) = (0, 0, Vec::new(), 0);
    for number in 0..count {
        let (notice, own) = letters.iter().find(|(n, _)| n.ends_with(&format!("E{number:06}"))).expect("a notice");
        let ((_, key, state), next) = (&own[0], own.get(1));
        let times = asked.get(key).copied().unwrap_or(0);
        let listed = if state == "unknown" { usize::from(times > 0) } else { 1 };
        assert_eq!(times, listed, "{key} is {state}");
        assert!(own.len() <= 2, "{own:?}");
        assert_eq!(ways.iter().filter(|(of, _)| of == notice).count(), own.len() - 1, "{key}");
        match (state.as_str(), next) {
            ("accepted", None) => assert!(!refused(number), "{key}"),
            ("unknown", None) => {
                unknown.push(key.clone());
                arrived += times;
            }
            ("failed", Some((form, key, state))) => {
                assert!(refused(number) && form == "email", "{key}");
                taken += 1;
                let times = mails.get(key).copied().unwrap_or(0);
                match state.as_str() {
                    "accepted" => assert_eq!((times, lost(number)), (1, false), "{key}"),
                    "failed" => assert_eq!((times, lost(number)), (0, true), "{key}"),
                    "unknown" => {
                        assert!(times <= 1, "{key} was sent {times} times");
                        unknown.push(key.clone());
                        arrived += times;
                    }
                    other => panic!("{key} is {other}"),
                }
                none_left += usize::from(state == "failed");
            }
            other => panic!("{key} is {other:?}"),
        }
    }
    let exhausted: i64 = sqlx::query_scalar("select count(*) from track where settled = 'exhausted'")
        .fetch_one(store.pool())
        .await
        .expect("the tracks");
    assert_eq!(usize::try_from(exhausted).expect("few"), none_left);
    let told: Vec<&(String, String, String)> =
        letters.iter().filter(|(notice, _)| notice.starts_with("ways-")).flat_map(|(_, own)| own).collect();
    let [(_, key, state)] = told.as_slice() else { panic!("told {told:?}") };
    let times = mails.get(key).copied().unwrap_or(0);
    assert!(times == 1 || times == 0 && state == "unknown", "{key} was sent {times} times");
    assert!(unknown.len() <= kills * (CONNECTIONS + 1), "{} unknown after {kills} kills", unknown.len());
    let mut cut = cut(&store, "email").await;
    cut.extend(self::cut(&store, "sms_http").await);
    cut.retain(|key| key.contains("enterprise-"));
    cut.sort();
    unknown.sort();
    assert_eq!(cut, unknown, "the list is exact");
    println!(
        "{kills} kills, {left} left to the end; {taken} next ways, {none_left} of them refused too; {} listed as unknown, \
         of which {arrived} had arrived",
        unknown.len()
    );
    store.close().await;
}
