//! What a drain costs the database, counted in `SQLite`'s own steps and not in time: a letter costs the same, however many
//! wait behind it and however many have left before it.
#![allow(clippy::print_stdout)]

mod fill;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_app::clock::Clock;
use cuofeng_base::word::{ChannelName, Form, Limit};
use cuofeng_channel::{Channel, Letter, Outcome, SendFuture, Words};
use cuofeng_notice::merged::Merging;
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use cuofeng_store::held::Why;
use cuofeng_store::outbox::withheld;
use cuofeng_store::outbox::worker::{self, Channels};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// How many steps of the database's machine lie between two counts.
const STRIDE: i32 = 10;

/// How many letters are on their way at a time.
const WIDTH: usize = 50;

fn morning() -> DateTime<Utc> {
    "2026-09-12T00:00:00Z".parse().expect("a time")
}

/// A far side that answers at once.
struct Prompt {
    says: fn(&Letter) -> Outcome,
    limits: Vec<Limit>,
}

impl Channel for Prompt {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        WIDTH
    }

    fn limits(&self) -> &[Limit] {
        &self.limits
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(std::future::ready((self.says)(letter)))
    }
}

fn takes(_: &Letter) -> Outcome {
    Outcome::Accepted(Words::said("250 taken"))
}

fn busy(_: &Letter) -> Outcome {
    Outcome::Transient(Words::said("451 later"))
}

/// The statements that are looked at are those of one test alone.
static STATEMENTS: RwLock<()> = RwLock::const_new(());

/// The steps that a database's connections have taken, counted from now on.
#[derive(Clone, Default)]
struct Steps(Arc<AtomicU64>);

impl Steps {
    /// Counts on every connection of the pool; it keeps them.
    async fn of(store: &Store) -> Self {
        let (steps, mut all) = (Self::default(), Vec::new());
        for _ in 0..store.pool().options().get_max_connections() {
            all.push(store.pool().acquire().await.expect("a connection"));
        }
        for connection in &mut all {
            let count = Arc::clone(&steps.0);
            let mut handle = connection.lock_handle().await.expect("its handle");
            handle.set_progress_handler(STRIDE, move || {
                count.fetch_add(1, Ordering::Relaxed);
                true
            });
        }
        steps
    }

    /// Those since the last call.
    fn taken(&self) -> u64 {
        self.0.swap(0, Ordering::SeqCst) * u64::from(STRIDE.unsigned_abs())
    }
}

/// A site whose every form goes by one channel.
struct Desk {
    site: Site,
    store: Store,
    name: ChannelName,
    limits: Vec<Limit>,
    steps: Steps,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn with(name: ChannelName, limits: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let root = fill::mail_site(dir.path(), 25, "");
        let mut site = Site::read(&root).0.expect("a site");
        for form in Form::ALL {
            site.config.routes.set(form, vec![name]);
        }
        let store = Store::open(&Site::database(&root)).await.expect("a database");
        let steps = Steps::of(&store).await;
        let limits = limits.iter().map(|limit| Limit::parse(limit).expect("a limit")).collect();
        Self { site, store, name, limits, steps, _dir: dir }
    }

    /// Letters to these recipients about one thing more.
    async fn write(&self, kind: &str, numbers: std::ops::Range<usize>, form: Form) {
        fill::more(&self.store, &self.site.config, (kind, numbers), &[form], morning()).await;
    }

    /// The steps that one drain takes, and how many letters the far side took.
    async fn drain(&self, says: fn(&Letter) -> Outcome, minutes: i64) -> (u64, usize) {
        let channel: Arc<dyn Channel> = Arc::new(Prompt { says, limits: self.limits.clone() });
        let channels = Channels::from([(self.name, channel)]);
        let config = &self.site.config;
        let merging = Merging { texts: &self.site.texts, office: &config.name, phone: &config.phone };
        let time = move || morning() + chrono::Duration::minutes(minutes);
        let stop = CancellationToken::new();
        self.steps.taken();
        let drained = worker::drain(&self.store, &channels, &time, (&stop, Some(&merging))).await.expect("a drain");
        (self.steps.taken(), drained.sent)
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.store.pool()).await.expect("a count")
    }
}

/// What a channel carries in a case: its form, its limits, whether every third recipient is told of two things at once,
/// and whether every letter is refused for now before it is counted.
struct Case {
    name: ChannelName,
    form: Form,
    limits: &'static [&'static str],
    merged: bool,
    again: bool,
}

const fn case(name: ChannelName, form: Form) -> Case {
    Case { name, form, limits: &[], merged: false, again: false }
}

const LIMITS: &[&str] = &["100000/day", "50000/hour", "20/address/day"];

const CASES: [Case; 12] = [
    case(ChannelName::Email, Form::Email),
    Case { merged: true, ..case(ChannelName::Email, Form::Email) },
    Case { merged: true, again: true, ..case(ChannelName::Email, Form::Email) },
    Case { limits: LIMITS, ..case(ChannelName::Email, Form::Email) },
    case(ChannelName::SmsHttp, Form::Sms),
    Case { merged: true, ..case(ChannelName::SmsHttp, Form::Sms) },
    Case { merged: true, again: true, limits: LIMITS, ..case(ChannelName::SmsHttp, Form::Sms) },
    Case { merged: true, ..case(ChannelName::Folder, Form::Email) },
    Case { merged: true, ..case(ChannelName::Folder, Form::Sms) },
    case(ChannelName::Folder, Form::Speech),
    case(ChannelName::Mqtt, Form::Speech),
    Case { again: true, merged: true, ..case(ChannelName::SpeakerHttp, Form::Speech) },
];

impl Case {
    /// Puts letters to these recipients into the outbox; gives how many.
    async fn write(&self, desk: &Desk, kind: &str, numbers: std::ops::Range<usize>) -> usize {
        let (first, third) = (numbers.start, numbers.start + numbers.len() / 3);
        desk.write(kind, numbers.clone(), self.form).await;
        if !self.merged {
            return numbers.len();
        }
        desk.write(&format!("{kind}-too"), first..third, self.form).await;
        numbers.len() + third - first
    }

    /// What draining them costs.
    async fn cost(&self, desk: &Desk, letters: usize) -> u64 {
        if self.again {
            assert_eq!(desk.drain(busy, 0).await.1, 0);
        }
        let (steps, sent) = desk.drain(takes, 5).await;
        assert_eq!(sent, letters, "{}", self.title());
        steps
    }

    fn title(&self) -> String {
        let [merged, again] = [(self.merged, ", some merged"), (self.again, ", tried again")]
            .map(|(is, words)| if is { words } else { "" });
        format!("{} by {}{merged}{again}, limits {:?}", self.form.name(), self.name.name(), self.limits)
    }
}

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
        "n.audience = 'village' and n.recipient = ?2",
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
