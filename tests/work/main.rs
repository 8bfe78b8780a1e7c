//! What a drain costs the database, counted in `SQLite`'s own steps and not in time: a letter costs the same, however many
//! wait behind it and however many have left before it.
#![allow(clippy::print_stdout)]

#[allow(dead_code)] // Its part of a peer of the other tests.
#[path = "../it/fill.rs"]
mod fill;
mod statements;
mod steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use cuofeng_base::word::{ChannelName, Form, Limit};
use cuofeng_channel::{Channel, Letter, Outcome, SendFuture, Words};
use cuofeng_notice::merged::Merging;
use cuofeng_office::site::Site;
use cuofeng_outbox::drained::Channels;
use cuofeng_outbox::worker;
use cuofeng_store::Store;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

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
