//! The service by a clock that the tests move, and once by the real one.

mod office;

use cuofeng_store::ledger::{self, Event};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_app::clock::{Clock, Hand};
use cuofeng_app::deadman::Deadman;
use cuofeng_app::service::Service;
use office::{example, exercised, folder, letters, run, text};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Backups that were missed are not made up for.
const NO_BACKUP: &str = "backup = { missed = \"skip\" }\n";

fn at(text: &str) -> DateTime<Utc> {
    text.parse::<DateTime<chrono::FixedOffset>>().expect("a time").with_timezone(&Utc)
}

/// The example site with this `[schedule]`; reminders, due every ten minutes elsewhere, come with the other jobs, and
/// backups, which have tests of their own, when the night comes.
fn site_with(dir: &Path, schedule: &str) -> PathBuf {
    let site = example(dir);
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    std::fs::write(path, format!("{head}[schedule]\n{schedule}\nremind = {{ at = \"0 8,20 * * *\" }}\n{NO_BACKUP}"))
        .expect("a site file");
    site
}

struct Office {
    app: App,
    service: Service,
    hand: Hand,
    stop: CancellationToken,
}

async fn begin(site: &Path, now: &str) -> Office {
    let (clock, hand) = Clock::by_hand(at(now));
    let app = App::start(site, clock).await.expect("a site");
    let service = Service::new(&app);
    Office { app, service, hand, stop: CancellationToken::new() }
}

impl Office {
    /// Looks; gives the runs that ended: `evaluate 08:00`.
    async fn look(&mut self) -> Vec<String> {
        let ended = self.service.look(&mut self.app, &self.stop).await.expect("a look");
        let zone = &self.app.site.config.zone;
        let words = |at| zone.local(at).format("%H:%M").to_string();
        // Reminders have tests of their own.
        let ended = ended.iter().filter(|f| f.job.name() != "remind");
        ended.map(|f| format!("{} {}", f.job.name(), words(f.due_at))).collect()
    }

    /// The record of a job, oldest first: `08:00 done`, `09:00 skipped later-due`.
    async fn record(&self, job: &str) -> Vec<String> {
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("select due_at, state, reason from run where job = ? order by due_at")
                .bind(job)
                .fetch_all(self.app.store.pool())
                .await
                .expect("the record");
        let zone = &self.app.site.config.zone;
        let clock = |s| zone.local(DateTime::from_timestamp(s, 0).expect("a time")).format("%H:%M").to_string();
        rows.into_iter()
            .map(|(due, state, why)| format!("{} {state} {why}", clock(due)).trim_end().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_running_service_works_in_the_mode_that_a_person_has_set_since() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    exercised(&site);
    let mut office = begin(&site, "2026-09-12T05:50:00+08:00").await;
    office.look().await;
    let warned = || letters(&site).into_iter().filter(|(name, _)| name.starts_with("ozone")).collect::<Vec<_>>();
    assert_eq!(warned(), [], "nothing is to be told yet");
    let set =
        ["mode", "set", "exercise", "--by", "罗代泉", "--reason", "季度演练", "--now", "2026-09-12T07:52:00+08:00"];
    let done = run(&set, &site);
    assert!(done.status.success(), "{}", text(&done));
    for minute in ["07:55", "08:00", "08:01"] {
        office.hand.set(at(&format!("2026-09-12T{minute}:00+08:00")));
        office.look().await;
    }
    assert!(!warned().is_empty(), "the drill tells its list");
    for (name, words) in warned() {
        assert!(name.contains("E038") && words.contains("演练"), "{name}: {words}");
    }
}

#[tokio::test]
async fn jobs_run_once_when_due_in_their_order_and_missed_ones_are_on_record() {
    let dir = folder();
    let site = site_with(
        dir.path(),
        "cycle = \"0 8,20 * * *\"\npull = { at = \"0 * * * *\" }\ndeliver = { missed = \"grace:60\" }",
    );
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    let all = ["pull 08:00", "evaluate 08:00", "deliver 08:00", "report 07:30", "housekeeping 03:30"];
    assert_eq!(office.look().await, all);
    let told = letters(&site).len();
    assert!(told >= 30, "{told}");
    office.hand.step(Duration::from_mins(1));
    assert_eq!(office.look().await, [""; 0]);
    office.hand.step(Duration::from_hours(1));
    assert_eq!(office.look().await, ["pull 09:00"]);
    // Stopped for thirteen hours; another process goes on.
    drop(office);
    let mut office = begin(&site, "2026-09-12T22:10:00+08:00").await;
    assert_eq!(office.look().await, ["pull 22:00", "evaluate 20:00"]);
    assert_eq!(office.record("evaluate").await, ["08:00 done", "20:00 done"]);
    assert_eq!(office.record("deliver").await, ["08:00 done", "20:00 skipped too-late"]);
    let pulls = office.record("pull").await;
    assert_eq!(pulls.len(), 15);
    assert_eq!(pulls[2], "10:00 skipped later-due");
    assert_eq!(pulls[14], "22:00 done");
}

#[tokio::test]
async fn the_day_before_is_written_down_once_with_what_was_decided_and_sent() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let told = letters(&site).into_keys().filter(|name| !name.contains(".ics")).count();
    let path = site.join("out/reports/2026-09-12.txt");
    assert!(!path.exists(), "the day is not over");
    office.hand.set(at("2026-09-13T07:30:05+08:00"));
    assert!(office.look().await.contains(&"report 07:30".to_owned()));
    let report = std::fs::read_to_string(&path).expect("a report");
    assert!(report.starts_with("武平镇生态环境办公室9月12日工作日报"), "{report}");
    assert!(report.contains("臭氧错峰生产提示") && report.contains("9月12日08:00"), "{report}");
    // Every letter of the day is counted, in whatever state; those of the folder are files.
    let sent = report.lines().filter_map(|line| line.strip_suffix("份")?.rsplit('　').next()?.parse::<usize>().ok());
    assert!(sent.sum::<usize>() >= told, "{told}: {report}");
    std::fs::write(&path, "noted").expect("a file");
    office.hand.set(at("2026-09-13T07:40:05+08:00"));
    office.look().await;
    drop(office);
    let mut office = begin(&site, "2026-09-13T12:00:05+08:00").await;
    office.look().await;
    assert_eq!(std::fs::read_to_string(&path).expect("a report"), "noted", "a report that is there stays");
}

#[tokio::test]
async fn a_clock_set_forward_and_back_is_in_the_ledger_and_every_hour_has_its_runs_when_it_comes() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    office.hand.set(at("2026-09-12T18:00:05+08:00"));
    assert_eq!(office.look().await, ["pull 18:00", "evaluate 18:00", "deliver 18:00"]);
    office.hand.set(at("2026-09-12T16:00:05+08:00"));
    assert_eq!(office.look().await, [""; 0]);
    for hour in [17, 18, 19] {
        office.hand.step(Duration::from_hours(1));
        assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} {hour}:00")));
    }
    let record = office.record("evaluate").await;
    assert_eq!(record.len(), 12, "08:00 to 19:00: {record:?}");
    let jumps = ledger::all(&office.app.store, Event::ClockJumped).await.expect("the ledger");
    assert_eq!(jumps.iter().map(|(_, detail)| detail.as_str()).collect::<Vec<_>>(), ["+36000 s", "-7200 s"]);
}

/// What waits by the clock as it is, of a kind that the clock alone can bring back.
struct Waiting {
    retried: i64,
    chosen: i64,
    ended: i64,
    sending: i64,
}

/// Leaves the outbox, a channel and a feed as an hour of work with a bad far side leaves them.
async fn trouble(office: &Office) -> Waiting {
    let (pool, now) = (office.app.store.pool(), office.app.clock.now().timestamp());
    let ids: Vec<i64> = sqlx::query_scalar(
        "select o.id from outbox o join notice n on n.key = o.notice join episode e on e.id = n.episode
         where o.state = 'delivered' and e.state = 'open' and o.expires_at > ? and n.purpose = 'raise' order by o.id limit 4",
    )
    .bind(now)
    .fetch_all(pool)
    .await
    .expect("letters");
    let [retried, chosen, ended, sending] = ids[..] else { panic!("{ids:?}") };
    let put = async |id: i64, state: &str, wait: i64, reason: &str, at: i64| {
        sqlx::query("update outbox set state = ?2, not_before = ?3, leased_until = ?4 where id = ?1")
            .bind(id)
            .bind(state)
            .bind(now + wait)
            .bind(now + 900)
            .execute(pool)
            .await
            .expect("a letter");
        sqlx::query(
            "insert into transition (outbox, number, at, state, attempt, reason)
             select ?1, max(number) + 1, ?2, ?3, 1, ?4 from transition where outbox = ?1",
        )
        .bind(id)
        .bind(at)
        .bind(state)
        .bind(reason)
        .execute(pool)
        .await
        .expect("a note");
    };
    put(retried, "queued", 3600, "450 try later", now).await;
    put(ended, "expired", 0, "its period has ended", now).await;
    put(sending, "sending", 0, "", now).await;
    // An hour that was chosen for it: its only note says when it was written.
    sqlx::query("delete from transition where outbox = ? and number > 1")
        .bind(chosen)
        .execute(pool)
        .await
        .expect("notes");
    sqlx::query("update outbox set state = 'queued', not_before = ?2 where id = ?1")
        .bind(chosen)
        .bind(now + 7200)
        .execute(pool)
        .await
        .expect("a letter");
    let mut tx = office.app.store.begin().await.expect("a transaction");
    let why = (cuofeng_store::outbox::pause::PROGRAM, "535 no");
    cuofeng_store::outbox::pause::begin(&mut tx, cuofeng_base::word::ChannelName::Folder, why, office.app.clock.now())
        .await
        .expect("a pause");
    tx.commit().await.expect("on record");
    sqlx::query("update feed_state set not_before = pulled_at + 86400").execute(pool).await.expect("a feed");
    Waiting { retried, chosen, ended, sending }
}

async fn count(office: &Office, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(office.app.store.pool()).await.expect("a count")
}

#[tokio::test]
async fn a_clock_that_was_eight_hours_ahead_leaves_nothing_behind_once_it_is_set_right() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let waiting = trouble(&office).await;
    let told = || letters(&site).into_keys().filter(|name| name.starts_with("clock-site")).count();
    // A minute later by the machine; by the wall eight hours less a minute earlier.
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    let now = office.app.clock.now();
    let ended = office.look().await;
    assert_eq!(ended, [""; 0], "no hour has come in this minute: {ended:?}");
    assert_eq!(count(&office, "select count(*) from run where due_at > unixepoch('2026-09-12T00:01:05Z')").await, 0);
    let (id, state): (i64, String) = sqlx::query_as("select id, state from outbox where id = ?")
        .bind(waiting.retried)
        .fetch_one(office.app.store.pool())
        .await
        .expect("a letter");
    assert_eq!((id, state.as_str()), (waiting.retried, "delivered"), "it left within the look");
    let wait = |id: i64| {
        let pool = office.app.store.pool().clone();
        async move {
            let row: (String, i64, i64) =
                sqlx::query_as("select state, not_before, leased_until from outbox where id = ?")
                    .bind(id)
                    .fetch_one(&pool)
                    .await
                    .expect("a letter");
            row
        }
    };
    let chosen = wait(waiting.chosen).await;
    assert_eq!((chosen.0.as_str(), chosen.1), ("queued", at("2026-09-12T18:00:05+08:00").timestamp()), "its own hour");
    assert_eq!(wait(waiting.ended).await.0, "delivered", "its period has not ended");
    let sending = wait(waiting.sending).await;
    assert_eq!((sending.0.as_str(), sending.2), ("sending", now.timestamp() + 900), "whoever holds it may still send");
    assert_eq!(count(&office, "select count(*) from channel_pause where lifted_at is null").await, 0);
    assert_eq!(count(&office, "select count(*) from feed_state where not_before > 0").await, 0);
    assert_eq!(
        count(&office, "select count(*) from begun where minute > unixepoch('2026-09-12T00:01:05Z') / 60").await,
        0
    );
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert!(right.len() == 1 && right[0].1.contains("8小时0分钟") && right[0].1.contains("判定"), "{right:?}");
    let once = told();
    assert!(once > 0, "duty staff are told");
    for hour in [9, 10] {
        office.hand.set(at(&format!("2026-09-12T{hour:02}:00:05+08:00")));
        assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} {hour:02}:00")));
    }
    assert_eq!(told(), once, "once");
    let record = office.record("evaluate").await;
    assert_eq!(record[record.len() - 2..], ["09:00 done", "10:00 done"], "{record:?}");
}

#[tokio::test]
async fn what_a_clock_ahead_dated_can_be_answered_and_is_asked_for_in_time_once_it_is_set_right() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let (pool, store) = (office.app.store.pool().clone(), office.app.store.clone());
    let mobile: String = sqlx::query_scalar(
        "select o.address from outbox o join notice n on n.key = o.notice
         where o.form = 'sms' and n.ask_hours is not null and o.state = 'delivered' limit 1",
    )
    .fetch_one(&pool)
    .await
    .expect("a mobile");
    let refused = "update outbox set refused_at = unixepoch('2026-09-12T07:59:00Z') where id = 1";
    sqlx::query(refused).execute(&pool).await.expect("a letter");
    let lifted = "insert into channel_pause (channel, since, by, reason, try_at, lifted_at, lifted_by, slow) values
        ('email', unixepoch('2026-09-12T07:59:00Z'), 'cuofeng', '', null, unixepoch('2026-09-12T08:00:00Z'), 'cuofeng', 1)";
    sqlx::query(lifted).execute(&pool).await.expect("a pause");
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    let now = office.app.clock.now();
    office.look().await;
    assert!(!store.told_to(&mobile, now).await.expect("notices").is_empty(), "it can be answered");
    let asked = store.asked(now).await.expect("notices");
    assert!(!asked.is_empty() && asked.iter().all(|one| one.asked_at <= now), "{asked:?}");
    for query in [
        "select count(*) from notice where made_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from outbox where refused_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from channel_pause where lifted_at > unixepoch('2026-09-12T00:01:05Z')",
        "select count(*) from channel_pause p, outbox o where o.id = 1 and p.lifted_at < o.refused_at",
    ] {
        assert_eq!(count(&office, query).await, 0, "{query}");
    }
}

#[tokio::test]
async fn a_letter_that_a_clock_ahead_ended_goes_out_beside_a_draft_that_waits_and_not_once_it_is_answered() {
    for answered in [false, true] {
        let dir = folder();
        let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
        let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
        office.look().await;
        let waiting = trouble(&office).await;
        let pool = office.app.store.pool().clone();
        sqlx::query(
            "insert into revision (episode, number, action, decided_at, spans, reason, made_by, waits, deadline, at_deadline)
             select r.episode, r.number + 1, 'update', r.decided_at, r.spans, '', 'cuofeng', 1, r.decided_at + 864000, 'drop'
             from outbox o join notice n on n.key = o.notice
                 join revision r on r.episode = n.episode and r.number = n.revision where o.id = ?",
        )
        .bind(waiting.ended)
        .execute(&pool)
        .await
        .expect("a draft");
        if answered {
            sqlx::query(
                "insert into answer (notice, at, said, reason, via, by)
                 select n.key, n.made_at, 'known', '', 'link', '' from outbox o join notice n on n.key = o.notice where o.id = ?",
            )
            .bind(waiting.ended)
            .execute(&pool)
            .await
            .expect("an answer");
        }
        office.hand.step(Duration::from_mins(1));
        office.hand.set(at("2026-09-12T08:01:05+08:00"));
        office.look().await;
        let state: String = sqlx::query_scalar("select state from outbox where id = ?")
            .bind(waiting.ended)
            .fetch_one(&pool)
            .await
            .expect("a letter");
        assert_eq!(state, if answered { "expired" } else { "delivered" }, "{answered}");
    }
}

#[tokio::test]
async fn jobs_go_on_and_the_jump_is_on_record_once_where_the_alarm_about_it_can_not_be_told() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T16:00:05+08:00").await;
    office.look().await;
    let refuse = "create trigger no_alarm before insert on episode when new.kind = 'clock'
        begin select raise(abort, 'no'); end";
    sqlx::query(refuse).execute(office.app.store.pool()).await.expect("a trigger");
    office.hand.step(Duration::from_mins(1));
    office.hand.set(at("2026-09-12T08:01:05+08:00"));
    office.look().await;
    office.hand.set(at("2026-09-12T09:00:05+08:00"));
    assert_eq!(office.look().await, ["pull", "evaluate", "deliver"].map(|job| format!("{job} 09:00")));
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert_eq!(right.len(), 1, "{right:?}");
}

#[tokio::test]
async fn a_clock_set_right_while_the_service_was_stopped_is_seen_by_what_is_on_record() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    // In the evening, by a clock that says it is the next morning: the day is reported before it is over.
    let mut office = begin(&site, "2026-09-13T07:40:05+08:00").await;
    office.look().await;
    let report = site.join("out/reports/2026-09-12.txt");
    assert!(report.exists());
    drop(office);
    let mut office = begin(&site, "2026-09-12T23:45:05+08:00").await;
    office.look().await;
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert!(right.len() == 1 && right[0].1.contains("7小时55分钟"), "{right:?}");
    assert!(letters(&site).into_keys().any(|name| name.starts_with("clock-site")));
    assert!(!report.exists(), "the day is not over");
    office.hand.set(at("2026-09-13T07:30:05+08:00"));
    assert_eq!(office.look().await, ["report 07:30", "housekeeping 03:30"]);
    assert!(report.exists(), "and is written down when it is");
    assert_eq!(ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger").len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_by_minutes_takes_nothing_back() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    office.hand.set(at("2026-09-12T07:58:00+08:00"));
    office.look().await;
    office.hand.step(Duration::from_mins(3));
    assert_eq!(office.look().await, [""; 0], "08:00 was run, two minutes early");
    let right = ledger::all(&office.app.store, Event::ClockSetRight).await.expect("the ledger");
    assert_eq!(right, []);
}

#[tokio::test]
async fn a_run_that_a_crash_interrupted_is_due_again_and_failed_where_a_later_one_is() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 * * * *\"");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let crash = async |office: &Office| {
        sqlx::query("update run set state = 'running', finished_at = null where job = 'evaluate' and state = 'done'")
            .execute(office.app.store.pool())
            .await
            .expect("the record");
    };
    crash(&office).await;
    office.hand.step(Duration::from_mins(5));
    assert_eq!(office.look().await, ["evaluate 08:00"]);
    crash(&office).await;
    office.hand.step(Duration::from_hours(1));
    assert_eq!(office.look().await, ["pull 09:00", "evaluate 09:00", "deliver 09:00"]);
    assert_eq!(office.record("evaluate").await, ["08:00 failed interrupted", "09:00 done"]);
}

#[tokio::test]
async fn silence_is_told_once_by_the_second_path_and_lifted_when_runs_succeed() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"\nevaluate = { deadline_minutes = 45 }");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let (clock, hand) = Clock::by_hand(at("2026-09-12T19:50:00+08:00"));
    let mut deadman = Deadman::begin(&site, clock).await.expect("a watch");
    let told =
        |purpose: &str| letters(&site).keys().filter(|n| n.starts_with("silence-site") && n.contains(purpose)).count();
    let stop = CancellationToken::new();
    // 20:00 passes, and no job is looked after: the service hangs.
    for (minutes, raised) in [(0, 0), (25, 0), (14, 0), (2, 4), (20, 4), (20, 4)] {
        hand.step(Duration::from_mins(minutes));
        deadman.look(&stop).await.expect("a look");
        assert_eq!(told(".raise."), raised, "two members of staff by two forms, after {minutes} more minutes");
    }
    let (_, sms) = letters(&site).into_iter().find(|(n, _)| n.contains("silence") && n.contains(".sms")).expect("one");
    for (letter, said) in [(sms, "请登录处理"), (office::mails(&site), "cuofeng runs")] {
        assert!(letter.contains("“取预报”应于9月12日20:00开始") && letter.contains(said), "{letter}");
    }
    // A restart is no success.
    let (clock, hand) = Clock::by_hand(at("2026-09-12T21:30:00+08:00"));
    let mut deadman = Deadman::begin(&site, clock).await.expect("a watch");
    deadman.look(&stop).await.expect("a look");
    assert_eq!(told(".lift."), 0);
    office.hand.set(at("2026-09-12T21:31:00+08:00"));
    assert_eq!(office.look().await, ["pull 20:00", "evaluate 20:00", "deliver 20:00"]);
    hand.step(Duration::from_mins(2));
    deadman.look(&stop).await.expect("a look");
    deadman.look(&stop).await.expect("a look");
    assert_eq!((told(".raise."), told(".lift.")), (4, 4));
}

#[tokio::test]
async fn a_pull_that_brings_nothing_is_a_failed_run_and_does_not_keep_the_others_from_theirs() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    std::fs::write(site.join("feeds/recording.csv"), "nonsense\n").expect("a file");
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    assert_eq!(office.look().await.len(), 5);
    let pull = office.record("pull").await;
    assert!(pull[0].starts_with("08:00 failed ") && pull[0].contains("recording"), "{pull:?}");
    assert_eq!(office.record("evaluate").await, ["08:00 done"]);
    let runs = run(&["runs", "--now", "2026-09-12T08:30:00+08:00"], &site);
    assert_eq!(runs.status.code(), Some(1), "{}", text(&runs));
    assert!(text(&runs).contains("逾期"), "{}", text(&runs));
}

fn heartbeat(site: &Path) -> Value {
    let file = std::fs::read_to_string(site.join("state/heartbeat.json")).expect("a heartbeat");
    serde_json::from_str(&file).expect("one JSON object")
}

#[tokio::test]
async fn a_sign_of_life_is_given_after_each_run_and_to_the_address_while_all_is_well() {
    use std::io::{Read, Write};
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/ping", server.local_addr().expect("an address"));
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.expect("a connection");
            let mut got = String::new();
            let mut buffer = [0; 4096];
            while !got.ends_with("\"state\":\"done\"}") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => got.push_str(&String::from_utf8_lossy(&buffer[..count])),
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = sender.send(got);
        }
    });
    let dir = folder();
    let site = site_with(dir.path(), &format!("cycle = \"0 8,20 * * *\"\nheartbeat_url = \"{url}\""));
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let sign = heartbeat(&site);
    let expected = serde_json::json!({
        "schema": "cuofeng.heartbeat/1", "job": "housekeeping", "state": "done", "reason": null,
        "due_at": "2026-09-12T03:30:00+08:00", "finished_at": "2026-09-12T08:00:05+08:00",
        "next_due": "2026-09-13T03:30:00+08:00", "expected_by": "2026-09-12T20:30:00+08:00",
    });
    assert_eq!(sign, expected);
    let posts: Vec<String> = received.try_iter().collect();
    assert_eq!(posts.len(), 6);
    assert!(posts[0].starts_with("POST /ping ") && posts[0].contains("\"job\":\"pull\""), "{}", posts[0]);
    // A failing job takes the sign away from the address; the file says which.
    std::fs::write(site.join("feeds/recording.csv"), "nonsense\n").expect("a file");
    office.hand.step(Duration::from_hours(12));
    office.look().await;
    assert_eq!(received.try_iter().count(), 0);
    assert_eq!(heartbeat(&site)["job"], "deliver");
}

#[tokio::test]
async fn the_list_of_runs_is_a_check_for_a_monitor() {
    let dir = folder();
    let site = site_with(dir.path(), "cycle = \"0 8,20 * * *\"");
    let never = run(&["runs", "--json", "--now", "2026-09-12T08:00:00+08:00"], &site);
    assert_eq!(never.status.code(), Some(1), "a service that never ran is late: {}", text(&never));
    let mut office = begin(&site, "2026-09-12T08:00:05+08:00").await;
    office.look().await;
    let fine = run(&["runs", "--json", "--now", "2026-09-12T19:00:00+08:00"], &site);
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine));
    let value: Value = serde_json::from_slice(&fine.stdout).expect("one JSON object");
    assert_eq!(value["schema"], "cuofeng.runs/1");
    let expected = serde_json::json!({
        "job": "evaluate", "at": "0 8,20 * * *", "deadline_minutes": 30, "overdue": null,
        "next_due": "2026-09-12T20:00:00+08:00",
        "runs": [{"due_at": "2026-09-12T08:00:00+08:00", "state": "done", "reason": null,
                  "finished_at": "2026-09-12T08:00:05+08:00"}],
    });
    assert_eq!(value["jobs"][1], expected);
    let late = run(&["runs", "--now", "2026-09-12T20:30:00+08:00"], &site);
    assert_eq!(late.status.code(), Some(1));
    assert!(text(&late).contains("判定：逾期！应于 9月12日20:00 开始"), "{}", text(&late));
}

#[tokio::test]
async fn a_schedule_that_can_not_be_meant_is_pointed_at() {
    let dir = folder();
    for (schedule, words) in [
        ("cycle = \"0 8 * * *\"\npull = { at = \"60 * * * *\" }", "“分”这一段的“60”不对，应在 0—59 之内"),
        ("cycle = \"0 8 * * *\"\npull = { missed = \"grace\" }", "“grace”不是错过之后的做法"),
        ("cycle = \"0 8 * * *\"\npull = { missed = \"grace:0\" }", "“grace:0”不是错过之后的做法"),
        ("cycle = \"0 8 * * *\"\nevaluate = { deadline_minutes = 0 }", "期限不合理"),
        ("cycle = \"0 8 * * *\"\nheartbeat_url = \"http://example.com\"", "不是可用的地址"),
        ("cycle = \"0 8 * * *\"\ntidy = { at = \"0 8 * * *\" }", "不认识“tidy”这一项"),
    ] {
        let site = site_with(dir.path(), schedule);
        let check = run(&["check"], &site);
        assert_eq!(check.status.code(), Some(1), "{schedule}");
        assert!(text(&check).contains(words), "{schedule}: {}", text(&check));
    }
}

#[cfg(target_os = "linux")]
mod real_clock;
