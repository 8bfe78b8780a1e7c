//! What the database keeps, and what an older one becomes.

use chrono::{DateTime, Duration, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::*;
use cuofeng_air::forecast::{Column, Columns, MISSING, Observations, Outlook, Range, Run, Variable};
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Period};
use cuofeng_feed::Aside;
use cuofeng_sql::MIGRATIONS;
use cuofeng_town::order::{Entry, Order, Tier};

fn now() -> DateTime<Utc> {
    "2026-07-15T00:20:00Z".parse().expect("a time")
}

async fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("x.db")).await.expect("a database")
}

fn o3(first: i64, values: &[i32]) -> Columns {
    Columns::from([(Variable::O3, Column { first: Hour(first), values: values.to_vec() })])
}

fn run(feed: &str, issued_at: DateTime<Utc>, columns: Columns) -> Run {
    Run { feed: feed.into(), region: "r".into(), issued_at, columns, days: Vec::new(), archive: false }
}

#[tokio::test]
async fn a_database_of_the_first_schema_keeps_every_forecast() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    MIGRATIONS.run_to(1, &pool).await.expect("the first schema");
    let bytes = |values: &[i32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    sqlx::query("insert into forecast_run (id, feed, region, issued_at, pulled_at) values (7, 'f', 'r', ?, ?)")
        .bind(seconds(now()))
        .bind(seconds(now()))
        .execute(&pool)
        .await
        .expect("a run");
    for (variable, first, values) in
        [("o3", 495_600_i64, vec![80_500, MISSING, -7]), ("mixing_height", 495_601, vec![1])]
    {
        sqlx::query("insert into forecast_series (run, variable, first_hour, milli) values (7, ?, ?, ?)")
            .bind(variable)
            .bind(first)
            .bind(bytes(&values))
            .execute(&pool)
            .await
            .expect("a series");
    }
    sqlx::query("insert into feed_state (feed, pulled_at, error) values ('f', ?, null)")
        .bind(seconds(now()))
        .execute(&pool)
        .await
        .expect("a state");
    pool.close().await;
    let store = store(&folder).await;
    let runs = store.runs("r", now() - Duration::days(1), now()).await.expect("runs");
    let mut columns = o3(495_600, &[80_500, MISSING, -7]);
    columns.insert(Variable::MixingHeight, Column { first: Hour(495_601), values: vec![1] });
    assert_eq!(runs, [run("f", now(), columns)]);
    assert_eq!(store.feed_state("f").await.expect("a state").succeeded_at, Some(now()));
}

#[tokio::test]
async fn letters_on_record_keep_the_place_of_their_code_and_lose_those_that_words_from_outside_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(false);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    MIGRATIONS.run_to(41, &pool).await.expect("the schema before");
    let slot = '\u{e000}';
    let cases = [
        (
            format!("请打开 https://a.example.com/n/{slot} 。谢谢"),
            "请打开 https://a.example.com/n/ 。谢谢",
            "〈〉 。谢谢",
        ),
        (
            format!("因（{slot}http://b.example.com/?{slot} http://b.example.com/n/{slot}），打开 https://a/n/{slot}"),
            "因（http://b.example.com/? http://b.example.com/n/），打开 https://a/n/",
            "打开 https://a/n/〈〉",
        ),
        (format!("{slot}没有链接\u{f8ff}{slot}"), "没有链接", ""),
        ("照旧\u{f8ff}".to_owned(), "照旧\u{f8ff}", ""),
    ];
    for (number, (body, ..)) in (1_i64..).zip(&cases) {
        for (table, key) in [
            ("letter_text (outbox, ", number.to_string()),
            ("draft_part (form, address, not_before, notice, ", format!("'', '', 0, '{number}'")),
            ("reserve (place, backup, form, address, notice, ", format!("0, 0, '', '', '{number}'")),
        ] {
            let sql = format!("insert into {table} subject, body) values ({key}, ?, ?)");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(format!("题{slot}"))
                .bind(body)
                .execute(&pool)
                .await
                .expect("words");
        }
    }
    sqlx::query("insert into gist values ('1', 't', 'p', 'a', 'r', ?)")
        .bind(format!("https://a/n/{slot}"))
        .execute(&pool)
        .await
        .expect("a gist");
    pool.close().await;
    let store = store(&folder).await;
    for table in ["letter_text order by outbox", "draft_part order by notice", "reserve order by notice"] {
        let sql = format!("select subject, body, places from {table}");
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(store.pool()).await.expect("words");
        assert_eq!(rows.len(), cases.len());
        for ((subject, body, places), (_, text, filled)) in rows.into_iter().zip(&cases) {
            let words = placed(body, &places, table).expect("places");
            assert_eq!((subject.as_str(), words.text()), ("题", *text), "{table}");
            assert_eq!(words.places().count(), usize::from(!filled.is_empty()), "{table}: {text}");
            assert!(words.filled(|_| "〈〉".into()).ends_with(filled), "{table}: {text}");
        }
    }
    let link: String = sqlx::query_scalar("select link from gist").fetch_one(store.pool()).await.expect("a gist");
    assert_eq!(link, "https://a/n/");
    let again = sqlx::query("update letter_text set body = ''").execute(store.pool()).await;
    assert!(again.is_err(), "words are never changed");
}

#[tokio::test]
async fn a_code_that_a_message_bore_before_each_recipient_had_one_still_answers_its_notice() {
    use cuofeng_rules::acknowledgement::{Meant, earlier_code, meant, read};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(false);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    MIGRATIONS.run_to(80, &pool).await.expect("the schema before");
    let (day, at) = (86_400, seconds(now()));
    let code = earlier_code("ozone-r-20260715-1", 1);
    for (number, recipient, mobile) in
        [(1_i64, "E1", "10000000001"), (2, "E2", "10000000002"), (3, "E3", "10000000002")]
    {
        let key = format!("ozone-r-20260715-1.r1.raise.enterprise-{recipient}");
        sqlx::query(
            "insert into notice (key, episode, revision, purpose, audience, recipient, name, made_at, expires_at)
             values (?, 'ozone-r-20260715-1', 1, 'raise', 'enterprise', ?, ?, ?, ?)",
        )
        .bind(&key)
        .bind(recipient)
        .bind(recipient)
        .bind(at)
        .bind(at + day)
        .execute(&pool)
        .await
        .expect("a notice");
        sqlx::query(
            "insert into outbox (id, key, notice, purpose, form, channel, address, priority, state, attempt, not_before,
             expires_at) values (?, ?, ?, 'raise', 'sms', 'aliyun', ?, 1, 'delivered', 1, ?, ?)",
        )
        .bind(number)
        .bind(format!("{key}.sms"))
        .bind(&key)
        .bind(mobile)
        .bind(at)
        .bind(at + day)
        .execute(&pool)
        .await
        .expect("a letter");
        sqlx::query("insert into letter_text (outbox, subject, body) values (?, '', ?)")
            .bind(number)
            .bind(format!("回复1知晓、2已执行、3加原因（编号{code}）"))
            .execute(&pool)
            .await
            .expect("words");
    }
    pool.close().await;
    let store = store(&folder).await;
    let answered = async |mobile: &str, said: &str| {
        let told = store.told_to(mobile, now() + Duration::hours(1)).await.expect("notices");
        let open: Vec<_> = told.iter().map(crate::replies::Told::open).collect();
        match meant(read(&format!("{said}{code}")), &open) {
            Meant::Notices(keys, _) => {
                keys.iter().filter_map(|key| key.rsplit('-').next().map(str::to_owned)).collect()
            }
            Meant::Person(why) => vec![why.word().to_owned()],
        }
    };
    assert_eq!(answered("10000000001", "1").await, ["E1"]);
    assert_eq!(answered("10000000002", "2").await, ["E2", "E3"], "one code on both messages answers both");
    assert_eq!(answered("10000000002", "3停不下来 ").await, ["ambiguous"], "one of them alone may be meant");
}

#[tokio::test]
async fn runs_on_record_before_there_were_several_jobs_are_on_record_of_each_and_not_due_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    MIGRATIONS.run_to(3, &pool).await.expect("the third schema");
    for (job, due_at, state, reason) in [
        ("cycle", now() - Duration::hours(24), "skipped", "a later run was due already"),
        ("cycle", now() - Duration::hours(12), "done", ""),
        ("demo", now(), "done", ""),
    ] {
        sqlx::query("insert into run (job, due_at, state, started_at, reason) values (?, ?, ?, 0, ?)")
            .bind(job)
            .bind(seconds(due_at))
            .bind(state)
            .bind(reason)
            .execute(&pool)
            .await
            .expect("a run");
    }
    pool.close().await;
    let store = store(&folder).await;
    let rows: Vec<(String, i64, String, String)> =
        sqlx::query_as("select job, (due_at - ?) / 3600, state, reason from run order by job, due_at")
            .bind(seconds(now()))
            .fetch_all(store.pool())
            .await
            .expect("the record");
    let row =
        |job: &str, hours, state: &str, reason: &str| (job.to_owned(), hours, state.to_owned(), reason.to_owned());
    let of = |job| [row(job, -24, "skipped", "later-due"), row(job, -12, "done", "")];
    let mut expected = of("deliver").to_vec();
    expected.push(row("demo", 0, "done", ""));
    expected.extend(of("evaluate"));
    expected.extend(of("pull"));
    assert_eq!(rows, expected);
    let settled: Vec<(String, i64)> = sqlx::query_as("select job, (until - ?) / 3600 from run_settled order by job")
        .bind(seconds(now()))
        .fetch_all(store.pool())
        .await
        .expect("what is settled");
    assert_eq!(settled, [("deliver".into(), -12), ("evaluate".into(), -12), ("pull".into(), -12)]);
    store.tidy().await.expect("tidied");
}

#[tokio::test]
async fn older_runs_are_thinned_to_the_first_of_each_local_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let mut tx = store.begin().await.expect("a transaction");
    // 20:00, 04:00 and 10:00 in UTC+8 of 1, 2 and 2 July; then one that is recent.
    let times = [
        "2026-07-01T12:00:00Z",
        "2026-07-01T20:00:00Z",
        "2026-07-02T02:00:00Z",
        "2026-07-14T12:00:00Z",
        "2026-07-14T13:00:00Z",
    ];
    let times: Vec<DateTime<Utc>> = times.iter().map(|t| t.parse().expect("a time")).collect();
    for issued in &times {
        for version in [1, 2] {
            let run = run("f", *issued, o3(1, &[version]));
            let kept = forecasts::keep(&mut tx, &run, now()).await.expect("kept").map(|fresh| fresh.version);
            assert_eq!(kept, u32::try_from(version).ok());
        }
    }
    // An archive of 2 July, issued at its midnight, and weather alone before the day's first run of the air.
    let midnight = "2026-07-01T16:00:00Z".parse().expect("a time");
    let archive = Run { archive: true, ..run("f", midnight, o3(1, &[3])) };
    let wind = Columns::from([(Variable::Wind, Column { first: Hour(1), values: vec![1] })]);
    for extra in [archive, run("f", midnight + Duration::hours(1), wind)] {
        assert!(forecasts::keep(&mut tx, &extra, now()).await.expect("kept").is_some());
    }
    let thinned = forecasts::thin(&mut tx, "f", now() - Duration::days(5), 8 * 3600).await.expect("thinned");
    assert_eq!(thinned, 2, "a run with both its versions");
    tx.commit().await.expect("committed");
    let left: Vec<DateTime<Utc>> =
        store.runs("r", times[0], now()).await.expect("runs").iter().map(|r| r.issued_at).collect();
    let extra = [midnight, midnight + Duration::hours(1)];
    assert_eq!(left, [times[0], extra[0], extra[1], times[1], times[3], times[4]]);
}

#[tokio::test]
async fn a_later_observation_replaces_an_earlier_one_and_a_missing_one_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let observe = async |feed: &str, first: i64, values: &[i32]| {
        let observed = Observations { feed: feed.into(), region: "r".into(), columns: o3(first, values) };
        let mut tx = store.begin().await.expect("a transaction");
        let changed = forecasts::observe(&mut tx, &observed).await.expect("kept");
        tx.commit().await.expect("committed");
        changed
    };
    assert_eq!(observe("a", 46, &[1, 2, 3, 4]).await, 2, "two days of UTC");
    assert_eq!(observe("a", 47, &[MISSING, 9]).await, 1);
    assert_eq!(observe("a", 47, &[MISSING, 9]).await, 0, "nothing new");
    observe("b", 46, &[7]).await;
    let feeds = ["b".to_owned(), "a".to_owned()];
    let all = store.observations("r", &feeds, Hour(45), Hour(51)).await.expect("observations");
    assert_eq!(all[0].feed, "b", "in the order of preference");
    assert_eq!(all[1].columns[&Variable::O3].values, [MISSING, 1, 2, 9, 4, MISSING]);
}

#[tokio::test]
async fn an_order_is_entered_once_lifted_once_and_replaced_by_a_later_alert() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let period = Period::new(now(), now() + Duration::days(2)).expect("a period");
    let order = |alert: &str| Order {
        region: "r".into(),
        subject: "臭氧".into(),
        code: Some("1032".into()),
        tier: Tier::Yellow,
        period,
        issuer: "某某市气象台".into(),
        document: "某某市发布臭氧黄色预警".into(),
        issued_at: now(),
        entry: Entry::Feed { feed: "q".into(), alert: alert.into() },
        lifted_at: None,
        details: cuofeng_town::order::Details::default(),
    };
    let mut tx = store.begin().await.expect("a transaction");
    let first = orders::keep(&mut tx, &order("1"), now()).await.expect("kept").expect("a number");
    assert_eq!(orders::keep(&mut tx, &order("1"), now()).await.expect("kept already"), None);
    orders::keep(&mut tx, &order("2"), now()).await.expect("kept").expect("a number");
    assert_eq!(orders::supersede(&mut tx, "q", "1", now() + Duration::hours(3)).await.expect("replaced"), 1);
    assert!(!orders::lift(&mut tx, first, now(), "staff").await.expect("lifted already"));
    tx.commit().await.expect("committed");
    let found = store.orders("r", &period).await.expect("orders");
    let ends: Vec<_> = found.iter().map(|n| n.order.in_force().map(|p| p.end - now())).collect();
    assert_eq!(ends, [Some(Duration::hours(3)), Some(Duration::days(2))]);
    assert_eq!(found[1].order, order("2"));
}

/// A doubtful line of a bulletin.
fn doubtful(line: &str, issued_at: Option<DateTime<Utc>>, day: &str) -> Aside {
    let mut outlook = Outlook::new(day.parse().expect("a day"));
    outlook.aqi = Range::new(85, 115);
    let (feed, region, source) = ("b".to_owned(), "r".to_owned(), "x.txt".to_owned());
    let why = cuofeng_base::msg!("feed.number");
    Aside { feed, region, source, issued_at, line: line.to_owned(), understood: vec![outlook], why }
}

/// A bulletin was corrected, and corrected back: its line was on record as dropped, and never waited again. One that a
/// person dropped stays dropped.
#[tokio::test]
async fn a_line_that_a_correction_dropped_waits_again_when_it_comes_back_and_one_that_a_person_dropped_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    for (line, by_hand) in [("716日,AQI85-115", false), ("717日,AQI85-115", true)] {
        let aside = doubtful(line, Some(now()), "2026-07-16");
        let mut tx = store.begin().await.expect("a transaction");
        assert!(bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept"));
        tx.commit().await.expect("committed");
        let number = store.waiting_lines().await.expect("lines").last().expect("it waits").number;
        let mut tx = store.begin().await.expect("a transaction");
        if by_hand {
            assert!(bulletins::settle(&mut tx, number, "dropped", "staff", now()).await.expect("settled"));
        } else {
            bulletins::outdate(&mut tx, ("b", "r", now()), &[], now()).await.expect("outdated");
        }
        tx.commit().await.expect("committed");
        assert!(store.waiting_lines().await.expect("lines").is_empty(), "{line}");
        let mut tx = store.begin().await.expect("a transaction");
        let again = bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept");
        tx.commit().await.expect("committed");
        assert_eq!(again, !by_hand, "{line}");
        let waits: Vec<i64> = store.waiting_lines().await.expect("lines").iter().map(|line| line.number).collect();
        assert_eq!(waits, if by_hand { vec![] } else { vec![number] }, "{line}");
        let mut tx = store.begin().await.expect("a transaction");
        bulletins::outdate(&mut tx, ("b", "r", now()), &[], now()).await.expect("outdated");
        tx.commit().await.expect("committed");
    }
}

/// `明天空气质量为轻度污染` in a bulletin without a date was one line for ever: tomorrow's was never shown.
#[tokio::test]
async fn the_same_words_without_an_issue_time_wait_once_for_each_day_that_they_speak_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let mut tx = store.begin().await.expect("a transaction");
    for (day, new) in [("2026-07-16", true), ("2026-07-16", false), ("2026-07-17", true), ("2026-07-16", false)] {
        let aside = doubtful("明天空气质量为轻度污染", None, day);
        assert_eq!(bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept"), new, "{day}");
    }
    tx.commit().await.expect("committed");
    assert_eq!(store.waiting_lines().await.expect("lines").len(), 2);
}

/// What was confirmed of a line stayed in force where the bulletin's correction changed that line alone.
#[tokio::test]
async fn a_correction_takes_back_what_was_confirmed_of_its_region_and_issue_and_of_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let aside = doubtful("716日,AQI85-115", Some(now()), "2026-07-16");
    let mut tx = store.begin().await.expect("a transaction");
    bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept");
    tx.commit().await.expect("committed");
    let number = store.waiting_lines().await.expect("lines")[0].number;
    let mut tx = store.begin().await.expect("a transaction");
    bulletins::settle(&mut tx, number, "confirmed", "staff", now()).await.expect("settled");
    let part = Run { days: aside.understood.clone(), ..run("b", now(), Columns::new()) };
    let word = forecasts::Word { by: "staff", source: "x.txt" };
    forecasts::keep_word(&mut tx, &part, number, word, now()).await.expect("kept").expect("new");
    tx.commit().await.expect("committed");
    let waiting = store.waiting_anew().await.expect("regions");
    let mut tx = store.begin().await.expect("a transaction");
    anew::settle(&mut tx, &waiting).await.expect("decided");
    tx.commit().await.expect("committed");
    for (of, lines, ends) in [
        (("other", "r", now()), &[][..], false),
        (("b", "other", now()), &[], false),
        (("b", "r", now() - Duration::hours(1)), &[], false),
        (("b", "r", now()), &["716日,AQI85-115"], false),
        (("b", "r", now()), &["716日,AQI95-125"], true),
    ] {
        let mut tx = store.begin().await.expect("a transaction");
        bulletins::outdate(&mut tx, of, lines, now()).await.expect("outdated");
        tx.commit().await.expect("committed");
        let held = store.runs("r", now(), now()).await.expect("runs");
        assert_eq!(held.is_empty(), ends, "{of:?} {lines:?}");
        assert_eq!(store.waiting_anew().await.expect("regions").len(), usize::from(ends), "decided on anew at once");
    }
}

#[tokio::test]
async fn a_line_waits_once_and_is_settled_once_and_becomes_part_of_its_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    let mut outlook = Outlook::new("2026-07-16".parse().expect("a day"));
    outlook.aqi = Range::new(85, 115);
    for issued_at in [Some(now()), None] {
        let aside = Aside {
            feed: "b".into(),
            region: "r".into(),
            source: "x.txt".into(),
            issued_at,
            line: "716日,AQI85-115".into(),
            understood: vec![outlook.clone()],
            why: cuofeng_base::msg!("feed.number"),
        };
        let mut tx = store.begin().await.expect("a transaction");
        assert!(bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept"));
        assert!(!bulletins::keep(&mut tx, &aside, Lang::Zh, now()).await.expect("kept already"));
        tx.commit().await.expect("committed");
    }
    let waiting = store.waiting_lines().await.expect("lines");
    assert_eq!(waiting.len(), 2);
    assert_eq!(waiting[0].understood, [outlook.clone()]);
    let mut tx = store.begin().await.expect("a transaction");
    let number = waiting[0].number;
    assert!(bulletins::settle(&mut tx, number, "confirmed", "staff", now()).await.expect("settled"));
    assert!(!bulletins::settle(&mut tx, number, "dropped", "staff", now()).await.expect("settled already"));
    let part = Run { days: vec![outlook], ..run("b", now(), Columns::new()) };
    forecasts::keep(&mut tx, &run("b", now(), Columns::new()), now()).await.expect("the pulled part");
    let word = forecasts::Word { by: "staff", source: "x.txt" };
    assert!(forecasts::keep_word(&mut tx, &part, number, word, now()).await.expect("the confirmed part").is_some());
    tx.commit().await.expect("committed");
    assert_eq!(store.runs("r", now(), now()).await.expect("runs")[1], part);
    assert_eq!(store.waiting_lines().await.expect("lines").len(), 1);
}

#[tokio::test]
async fn a_word_that_nobody_knows_is_an_error_that_names_table_column_and_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder).await;
    for statement in [
        "insert into episode (id, kind, region, rule, rule_set, first_day, ordinal, state, mode, identity)
         values ('e', 'ozone', 'r', 'rule', 0, '2026-07-14', 1, 'open', 'live', '')",
        "insert into revision (episode, number, action, decided_at, spans, reason, made_by, waits)
         values ('e', 1, 'postpone', 0, '[]', '', 'cuofeng', 0)",
        "insert into ledger (at, actor, event, subject, detail) values (0, 'somebody', 'reported', 'e', '')",
    ] {
        sqlx::query(statement).execute(store.pool()).await.expect(statement);
    }
    let read = store.revisions("e").await.expect_err("no act of that name").to_string();
    assert!(read.contains("revision.action") && read.contains("postpone"), "{read}");
    let read = store.history("e").await.expect_err("no act of that name").to_string();
    assert!(read.contains("revision.action") && read.contains("postpone"), "{read}");
    let read = ledger::latest(&store, ledger::Event::Reported, "e").await.expect_err("nobody's word").to_string();
    assert!(read.contains("ledger.actor") && read.contains("somebody"), "{read}");
}
