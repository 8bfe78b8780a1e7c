//! What is in force, whatever feeds and people say in whatever order.

use chrono::Duration;
use proptest::prelude::*;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::*;
use crate::basis::{self, Told};
use crate::episodes::{self, NewRevision};
use cuofeng_air::forecast::{Column, Columns, Variable};
use cuofeng_base::time::{Hour, Period};
use cuofeng_rules::warning::Act;
use cuofeng_rules::warning::{EpisodeId, Span};
use cuofeng_sql::MIGRATIONS;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + Duration::days(20_000) + Duration::minutes(minute)
}

/// The run of one issue time that says this.
fn run(says: i32) -> Run {
    let columns = Columns::from([(Variable::O3, Column { first: Hour(480_010), values: vec![says] })]);
    Run { feed: "f".into(), region: "r".into(), issued_at: at(0), columns, days: Vec::new(), archive: false }
}

fn says(run: &Run) -> i32 {
    run.columns[&Variable::O3].values[0]
}

/// What happens to a run.
#[derive(Debug, Clone)]
enum Event {
    /// The feed gives these, the last being the newest.
    Feed(Vec<i32>),
    /// It gives this from its archive.
    Archive(i32),
    /// A person gives this.
    Person(i32),
    /// A person takes what is in force out of it.
    Withdraw,
}
use Event::{Archive, Feed, Person, Withdraw};

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("x.db")).await.expect("a database");
    (folder, store)
}

async fn happen(store: &Store, event: &Event, now: DateTime<Utc>) {
    let in_force = store.versions("r", at(0), at(0)).await.expect("versions");
    let in_force = in_force.into_iter().find(|version| version.ended_at.is_none());
    let mut tx = store.begin().await.expect("a transaction");
    match event {
        Feed(given) => {
            let runs: Vec<Run> = given.iter().map(|says| run(*says)).collect();
            forecasts::keep_given(&mut tx, &runs, now).await.expect("kept");
        }
        Archive(says) => {
            forecasts::keep(&mut tx, &Run { archive: true, ..run(*says) }, now).await.expect("kept");
        }
        Person(says) => {
            let word = Word { by: "某某", source: "粘贴" };
            forecasts::keep_word(&mut tx, &run(*says), 0, word, now).await.expect("kept");
        }
        Withdraw => {
            if let Some(version) = in_force {
                withdraw(&mut tx, &version, ("某某", "错了"), now).await.expect("withdrawn");
            }
        }
    }
    tx.commit().await.expect("on record");
}

#[tokio::test]
async fn the_newest_received_is_in_force_and_a_person_s_word_stands_until_the_feed_says_something_new() {
    // What happens; what is in force then; how many versions there are.
    let cases: [(&str, &[Event], Option<i32>, usize); 14] = [
        ("the same twice is nothing", &[Feed(vec![1]), Feed(vec![1])], Some(1), 1),
        ("a correction", &[Feed(vec![1]), Feed(vec![2])], Some(2), 2),
        ("taken back by its publisher", &[Feed(vec![1]), Feed(vec![2]), Feed(vec![1])], Some(1), 3),
        ("half a file, then the file again", &[Feed(vec![1]), Feed(vec![7]), Feed(vec![1]), Feed(vec![1])], Some(1), 3),
        ("two files of one hour, the later one last", &[Feed(vec![1, 2])], Some(2), 2),
        ("both are read again", &[Feed(vec![1, 2]), Feed(vec![1, 2])], Some(2), 2),
        ("a third beside them", &[Feed(vec![1, 2]), Feed(vec![1, 2, 3])], Some(3), 3),
        (
            "the old file beside the new one is touched",
            &[Feed(vec![1]), Feed(vec![1, 2]), Feed(vec![2, 1])],
            Some(2),
            2,
        ),
        ("pasted; the old file is read again", &[Feed(vec![1]), Person(2), Feed(vec![1])], Some(2), 2),
        ("pasted; then the feed says the same", &[Feed(vec![1]), Person(2), Feed(vec![2])], Some(2), 2),
        ("pasted; then the feed says something new", &[Feed(vec![1]), Person(2), Feed(vec![3])], Some(3), 3),
        ("withdrawn; the file is saved again", &[Feed(vec![1]), Withdraw, Feed(vec![1])], None, 1),
        ("withdrawn; then corrected", &[Feed(vec![1]), Withdraw, Feed(vec![2])], Some(2), 2),
        ("an archive says less than what was issued", &[Feed(vec![1]), Archive(2)], Some(1), 1),
    ];
    for (what, events, in_force, count) in cases {
        let (_folder, store) = store().await;
        for (minute, event) in (1..).zip(events) {
            happen(&store, event, at(minute)).await;
        }
        let runs = store.runs("r", at(0), at(0)).await.expect("runs");
        assert_eq!(runs.iter().map(says).collect::<Vec<_>>(), in_force.into_iter().collect::<Vec<_>>(), "{what}");
        assert_eq!(store.versions("r", at(0), at(0)).await.expect("versions").len(), count, "{what}");
    }
}

#[tokio::test]
async fn what_was_withdrawn_stays_so_though_its_feed_changes_and_changes_back() {
    let (_folder, store) = store().await;
    for (minute, event) in (1..).zip([Feed(vec![1]), Withdraw, Feed(vec![2]), Feed(vec![1])]) {
        happen(&store, &event, at(minute)).await;
    }
    let runs = store.runs("r", at(0), at(0)).await.expect("runs");
    assert_eq!(runs.iter().map(says).collect::<Vec<_>>(), [2], "a person's word on what it says holds");
}

#[tokio::test]
async fn a_replay_knows_at_each_instant_what_the_site_knew_then() {
    let (_folder, store) = store().await;
    for (minute, event) in [(10, Feed(vec![1])), (20, Feed(vec![2])), (30, Withdraw), (40, Feed(vec![3]))] {
        happen(&store, &event, at(minute)).await;
    }
    let versions = store.versions("r", at(0), at(0)).await.expect("versions");
    for (minute, known) in
        [(9, None), (10, Some(1)), (19, Some(1)), (20, Some(2)), (30, None), (39, None), (40, Some(3)), (99, Some(3))]
    {
        let then: Vec<i32> = known_at(&versions, at(minute)).map(says).collect();
        assert_eq!(then, known.into_iter().collect::<Vec<_>>(), "minute {minute}");
    }
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [1, 2, 3]);
    let withdrawn = Withdrawn { at: at(30), by: "某某".into(), reason: "错了".into() };
    assert_eq!(versions[1].withdrawn, Some(withdrawn));
    assert!(versions[0].digest.len() == 32 && versions[0].digest != versions[1].digest);
}

#[tokio::test]
async fn a_run_from_before_there_were_versions_is_known_and_can_be_corrected() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    MIGRATIONS.run_to(61, &pool).await.expect("the schema before");
    sqlx::query(
        "insert into forecast_run (id, feed, region, issued_at, pulled_at, packed) values (7, 'f', 'r', ?, ?, ?)",
    )
    .bind(seconds(at(0)))
    .bind(seconds(at(1)))
    .bind(super::super::packed::pack(&run(1).columns))
    .execute(&pool)
    .await
    .expect("a run");
    pool.close().await;
    let store = Store::open(&path).await.expect("a database");
    assert_eq!(store.runs("r", at(0), at(0)).await.expect("runs"), [run(1)]);
    happen(&store, &Feed(vec![1]), at(2)).await;
    let versions = store.versions("r", at(0), at(0)).await.expect("versions");
    assert_eq!((versions.len(), versions[0].number, versions[0].digest.len()), (1, 7, 32), "the same is nothing");
    happen(&store, &Feed(vec![2]), at(3)).await;
    assert_eq!(store.runs("r", at(0), at(0)).await.expect("runs"), [run(2)]);
}

#[tokio::test]
async fn what_was_decided_with_a_version_is_unfounded_once_it_ends_and_until_it_is_decided_anew() {
    let (_folder, store) = store().await;
    happen(&store, &Feed(vec![1]), at(1)).await;
    let number = store.numbered_runs("r", at(0), at(0)).await.expect("runs")[0].number;
    let id = EpisodeId { kind: "ozone".into(), region: "r".into(), day: at(0).date_naive(), ordinal: 1 };
    let mut tx = store.begin().await.expect("a transaction");
    episodes::open(&mut tx, &id, "rule", 0).await.expect("open");
    let spans = [Span::own(Period::hours(Hour(480_010), 3).expect("hours"), 0)];
    let new = NewRevision {
        episode: &id,
        number: 1,
        action: Act::Raise,
        spans: &spans,
        reason: "",
        by: "cuofeng",
        waits: None,
        now: at(2),
    };
    episodes::revise(&mut tx, &new).await.expect("a revision");
    basis::keep(&mut tx, &id.to_string(), 1, &[number]).await.expect("what it rests on");
    tx.commit().await.expect("on record");
    let unfounded = async || store.open_episode("ozone", "r").await.expect("read").expect("open").unfounded;
    assert!(!unfounded().await);
    happen(&store, &Feed(vec![2]), at(3)).await;
    assert!(unfounded().await, "its version was replaced");
    let decided = store.decided_with(&[number]).await.expect("decisions");
    assert_eq!((decided.len(), decided[0].action, decided[0].told), (1, Act::Raise, Told::Yes));
    let now = store.numbered_runs("r", at(0), at(0)).await.expect("runs")[0].number;
    let mut tx = store.begin().await.expect("a transaction");
    basis::found(&mut tx, &id.to_string(), &[now], at(4)).await.expect("decided anew");
    tx.commit().await.expect("on record");
    assert!(!unfounded().await, "decided on again");
    assert_eq!(store.decided_with(&[number]).await.expect("decisions").len(), 1, "what was decided stays known");
    happen(&store, &Withdraw, at(5)).await;
    assert!(unfounded().await, "withdrawn");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_a_feed_says_last_is_in_force_and_at_most_one_version_is(
        events in prop::collection::vec(prop_oneof![
            4 => prop::collection::vec(1_i32..4, 1..3).prop_map(Feed),
            1 => (1_i32..4).prop_map(Person),
            1 => Just(Withdraw),
        ], 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (_folder, store) = store().await;
            // Until a person speaks, or the feed gives several at a time, there is nothing but what it says.
            let mut plain = true;
            let mut before: Vec<Version> = Vec::new();
            for (minute, event) in (1..).zip(&events) {
                happen(&store, event, at(minute)).await;
                let versions = store.versions("r", at(0), at(0)).await.expect("versions");
                let in_force: Vec<i32> =
                    versions.iter().filter(|v| v.ended_at.is_none()).map(|v| says(&v.run)).collect();
                prop_assert!(in_force.len() <= 1, "{event:?}");
                plain &= matches!(event, Feed(given) if given.len() == 1);
                match event {
                    Feed(given) if plain => prop_assert_eq!(&in_force, given),
                    Feed(_) | Archive(_) => {}
                    Person(says) => prop_assert_eq!(in_force, vec![*says]),
                    Withdraw => prop_assert!(in_force.is_empty()),
                }
                // Nothing on record is changed but by what ended it.
                for old in &before {
                    let now = versions.iter().find(|v| v.number == old.number);
                    let now = now.ok_or_else(|| TestCaseError::fail("a version is gone"))?;
                    prop_assert_eq!((&now.run, now.received_at, &now.by), (&old.run, old.received_at, &old.by));
                    prop_assert!(old.ended_at.is_none() || now.ended_at == old.ended_at);
                }
                before = versions;
            }
            Ok(())
        })?;
    }
}
