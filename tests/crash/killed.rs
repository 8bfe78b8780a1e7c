//! The service, killed while it sends.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cuofeng_store::Store;

/// One service is killed at a time: how far it gets between two kills is a matter of the machine's time.
pub async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    ALONE.lock().await
}

/// How often it is killed: `CUOFENG_KILLS`, else `usual`.
pub fn kills(usual: usize) -> usize {
    std::env::var("CUOFENG_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

pub fn service(site: &Path, die_at: Option<&str>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuofeng"));
    command.args(["run", "--site"]).arg(site).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_remove("CUOFENG_LOG").env_remove("CUOFENG_DIE_AT");
    if let Some(place) = die_at {
        command.env("CUOFENG_DIE_AT", place);
    }
    command.spawn().expect("the service")
}

pub async fn states(store: &Store) -> BTreeMap<String, (String, String)> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select key, channel, state from outbox").fetch_all(store.pool()).await.expect("the outbox");
    rows.into_iter().map(|(key, channel, state)| (key, (channel, state))).collect()
}

/// The letters that went in another's message, with that one's key.
pub async fn carried(store: &Store) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select o.key, c.key from outbox o join outbox c on c.id = o.carried_by")
            .fetch_all(store.pool())
            .await
            .expect("the outbox");
    rows.into_iter().collect()
}

/// How many letters wait, or have failed and still have their next way before them.
pub async fn waiting(store: &Store) -> i64 {
    sqlx::query_scalar(
        "select (select count(*) from outbox where state in ('queued', 'leased', 'sending'))
             + (select count(*) from track t where t.settled is null
                 and (select state from outbox where notice = t.notice order by id desc limit 1) in ('failed', 'dead'))",
    )
    .fetch_one(store.pool())
    .await
    .expect("the outbox")
}

/// Waits until the service has died by itself, or `until` says so; then it is killed.
pub async fn kill(child: Child, until: impl AsyncFnMut() -> bool) {
    kill_within(Duration::from_mins(2), child, until).await;
}

async fn kill_within(limit: Duration, mut child: Child, mut until: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() && !until().await {
        assert!(begun.elapsed() < limit, "the service neither ends nor goes on");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _ = child.kill();
    child.wait().expect("a child");
}

/// Kills the service again and again, each time at another moment after `arrived` says that something more has come, or
/// at a place in the program; then lets it finish. Gives how many letters were left to the end.
pub async fn again_and_again(site: &Path, store: &Store, kills: usize, arrived: impl Fn() -> usize) -> i64 {
    often(site, store, kills, arrived).await;
    finish(site, store).await
}

/// A backup is taken every so many kills, while the service sends and is killed.
const BACKUP_EVERY: usize = 50;

/// Kills the service again and again, with a backup now and then.
pub async fn often(site: &Path, store: &Store, kills: usize, arrived: impl Fn() -> usize) {
    let every = BACKUP_EVERY.min(kills);
    for round in 0..kills {
        let file = site.with_file_name(format!("backup-{}-{round}.zip", arrived()));
        let mut taken = None;
        // A moment that no pattern of the program's falls in step with.
        let moment = Duration::from_micros((round as u64 * 7919) % 60_000);
        let place = ["committing", "committed", "sent"][round % 3];
        let die_at = (round % 2 == 0).then(|| format!("{place}:{}", 1 + round * 13 % 17));
        let (had, begun) = (arrived(), Instant::now());
        let child = service(site, die_at.as_deref());
        let mut since = None;
        let until = async || {
            if taken.is_none() && (round + 1) % every == 0 && arrived() > had {
                taken = Some(backup(site, &file));
            }
            if die_at.is_some() {
                return begun.elapsed() > Duration::from_secs(3) && waiting(store).await == 0;
            }
            if since.is_none() && arrived() > had {
                since = Some(Instant::now());
            }
            since.is_some_and(|since| since.elapsed() >= moment)
                || begun.elapsed() > Duration::from_secs(3) && waiting(store).await == 0
        };
        kill(child, until).await;
        if let Some(backup) = taken {
            whole(backup, &file);
        }
    }
}

/// A backup as it begins.
pub fn backup(site: &Path, to: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuofeng"));
    command.args(["backup", "--to"]).arg(to).arg("--site").arg(site).stdout(Stdio::null());
    command.env_remove("CUOFENG_DIE_AT").spawn().expect("the program")
}

/// Waits for a backup, which must be whole.
pub fn whole(mut backup: Child, file: &Path) {
    assert!(backup.wait().expect("a child").success(), "a backup is made whatever becomes of the service");
    let archive = cuofeng_office::backup::read(file).expect("a whole archive");
    assert!(archive.manifest.counts.letters > 0);
}

/// Lets the service finish; gives how many letters were left to it.
pub async fn finish(site: &Path, store: &Store) -> i64 {
    let left = waiting(store).await;
    let last = service(site, None);
    kill_within(Duration::from_mins(10), last, async || waiting(store).await == 0).await;
    left
}

/// Letters that were being sent when the program ended, by what is on record of their steps.
pub async fn cut(store: &Store, channel: &str) -> Vec<String> {
    let mut keys: Vec<String> = sqlx::query_scalar(
        "select o.key from outbox o join transition t on t.outbox = o.id
         where o.channel = ? and t.state = 'sending' and not exists (
             select 1 from transition n where n.outbox = t.outbox and n.number = t.number + 1
                 and n.state in ('accepted', 'failed', 'queued'))",
    )
    .bind(channel)
    .fetch_all(store.pool())
    .await
    .expect("the outbox");
    keys.sort();
    keys
}
