//! Every statement goes by the index meant for it.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::Clock;
use cuofeng_office::site::Site;
use cuofeng_outbox::withheld;
use cuofeng_store::Store;
use cuofeng_store::held::Why;
use tokio_util::sync::CancellationToken;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::{CASES, Desk, STATEMENTS, morning};
use crate::fill;

/// Every statement that is executed, as sqlx logs it.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl Statements {
    /// Those since the last call that read or write tables.
    fn taken(&self) -> BTreeSet<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let works =
            |s: &String| ["select", "with", "insert", "update", "delete"].iter().any(|verb| s.starts_with(verb));
        all.into_iter().filter(works).collect()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut logged = Logged::default();
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut logged);
            // A short one is its own summary.
            let whole = if logged.statement.is_empty() { logged.summary } else { logged.statement };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(whole.trim().to_owned());
        }
    }
}

#[derive(Default)]
struct Logged {
    summary: String,
    statement: String,
}

impl Visit for Logged {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// How the database would go about a statement, a line a step.
async fn plan(store: &Store, statement: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explain).fetch_all(store.pool()).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    rows.into_iter().map(|(.., detail)| detail).collect()
}

/// What may be gone through from end to end: lists that are given, and indexes of what is open and not of what was.
const SHORT: [&str; 20] = [
    " VIRTUAL TABLE ",
    "SCAN CONSTANT ROW",
    "SCAN (subquery-",
    // Rows that a statement has picked before.
    "SCAN due",
    "SCAN live",
    "SCAN j",
    "SCAN s",
    "SCAN x",
    "SCAN mode",
    // Tables of one row, and of one for each time that everything was held.
    "SCAN identity",
    "SCAN mark",
    "SCAN hold",
    "SCAN lost",
    // What is queued while everything is held: what was written since the last drain.
    " INDEX outbox_ending",
    " INDEX one_pause",
    " INDEX one_hold",
    " INDEX outbox_unknown",
    " INDEX play_report_open",
    " INDEX episode_open",
    " INDEX revision_waiting",
];

/// The same, of what is rare.
const RARE: [&str; 3] = [" INDEX track_open", " INDEX track_exhausted", " INDEX answer_unable"];

/// Words of a statement, and steps that it must take.
const MEANT: [(&str, &[&str]); 6] = [
    (
        "with due (id)",
        &[
            "SEARCH o USING INDEX outbox_waiting (channel=? AND priority=? AND not_before<?)",
            "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
    (
        "cross join gist pg",
        &[
            "SEARCH o USING INDEX outbox_to_one (address=? AND expires_at>?)",
            "SEARCH o USING INDEX outbox_carried (carried_by=?)",
        ],
    ),
    ("select distinct value as address", &["SEARCH o USING INDEX outbox_to_one (address=? AND expires_at>?)"]),
    (
        "n.audience = 'village' and n.recipient = $2",
        &[
            "SEARCH n USING COVERING INDEX notice_to (episode=? AND audience=? AND recipient=?)",
            "SEARCH o USING INDEX sqlite_autoindex_outbox_2 (notice=?)",
        ],
    ),
    ("from begun", &["SEARCH begun USING PRIMARY KEY (channel=? AND minute>?)"]),
    ("update outbox set state = 'sending'", &["SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)"]),
];

#[tokio::test]
async fn every_statement_of_a_drain_goes_by_the_index_meant_for_it_measured_or_not() {
    let _alone = STATEMENTS.write().await;
    let statements = Statements::default();
    let only = tracing_subscriber::filter::Targets::new().with_target("sqlx::query", tracing::Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(statements.clone().with_filter(only));
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let mut all = BTreeSet::new();
    for case in CASES {
        let desk = Desk::with(case.name, case.limits).await;
        let letters = case.write(&desk, "sample", 0..60).await;
        statements.taken();
        case.cost(&desk, letters).await;
        all.extend(statements.taken());
    }
    let dir = tempfile::tempdir().expect("a folder");
    let root = fill::mail_site(dir.path(), 25, "");
    let app = App::start(&root, Clock::by_hand(morning()).0).await.expect("a site");
    fill::fill(&app.store, &app.site.config, 900, &[Form::Email, Form::Sms], morning()).await;
    statements.taken();
    app.deliver(morning(), &CancellationToken::new()).await.expect("a drain");
    all.extend(statements.taken());
    // While the program holds everything each drain lists what was written meanwhile.
    let mut tx = app.store.begin().await.expect("a transaction");
    withheld::begin(&mut tx, Why::Restored, morning()).await.expect("held");
    tx.commit().await.expect("written");
    fill::more(&app.store, &app.site.config, ("held", 0..60), &[Form::Email], morning()).await;
    statements.taken();
    app.deliver(morning(), &CancellationToken::new()).await.expect("a drain");
    let of_hold = statements.taken();
    assert!(of_hold.iter().any(|statement| statement.starts_with("update outbox set state = 'unknown'")));
    all.extend(of_hold);
    let database = Site::database(&root);
    let fresh = Store::open(&dir.path().join("fresh.db")).await.expect("a database");
    sqlx::query("pragma optimize = 0x10002").execute(app.store.pool()).await.expect("measured");
    let measured: i64 =
        sqlx::query_scalar("select count(*) from sqlite_stat1").fetch_one(app.store.pool()).await.expect("a count");
    assert!(measured > 10, "{measured}");
    let measured = Store::open(&database).await.expect("a database");
    let mut wrong = Vec::new();
    for (store, title) in [(&fresh, "fresh"), (&measured, "measured")] {
        for statement in &all {
            let steps = plan(store, statement).await;
            for step in &steps {
                let short = SHORT.iter().chain(&RARE).any(|short| step.contains(short));
                if step.contains("AUTOMATIC") || step.starts_with("SCAN") && !short {
                    wrong.push(format!("{title}: {step}\nof {statement}"));
                }
            }
            let meant = MEANT.iter().filter(|(words, _)| statement.contains(words)).flat_map(|(_, meant)| *meant);
            for missing in meant.filter(|step| !steps.iter().any(|taken| taken == *step)) {
                wrong.push(format!("{title}: not {missing}\nbut {steps:#?}\nof {statement}"));
            }
        }
    }
    for (words, _) in MEANT {
        assert!(all.iter().any(|statement| statement.contains(words)), "no statement with {words}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
