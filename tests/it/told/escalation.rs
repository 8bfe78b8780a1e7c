//! From no answer to the list of those who are called, through the database and under a clock that is set by hand: with
//! answers, lifts, revisions and restarts at every step.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use cuofeng_app::App;
use cuofeng_office::clock::{Clock, Hand};
use cuofeng_rules::acknowledgement;
use tokio_util::sync::CancellationToken;

use crate::office::{example, run, text};

const OWN: &str = "10000000161";

const BACKUP: &str = "10000000162";

const ORDER: &str = "order-1-wuping-20260912-1";

const TIP: &str = "ozone-wuping-20260912-1";

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-09-{text}:00+08:00").parse().expect("a time")
}

/// An office with one enterprise, its service running.
struct Office {
    #[allow(dead_code)]
    dir: tempfile::TempDir,
    site: PathBuf,
    app: Option<App>,
    hand: Hand,
    clock: Clock,
}

/// A letter that asks again: to whom (by address), in which state.
type Again = (String, String);

impl Office {
    async fn open(begin: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let site = example(dir.path());
        let head = "id,name,sector,village,contact,mobile,backup_contact,backup_mobile\n";
        let row = format!("E1,喷漆一厂,auto_paint,500199001204,甲,{OWN},乙,{BACKUP}\n");
        std::fs::write(site.join("enterprises.csv"), format!("{head}{row}")).expect("a table");
        let processes = std::fs::read_to_string(site.join("processes.csv")).expect("a table");
        let head = processes.lines().next().expect("a head").to_owned();
        std::fs::write(site.join("processes.csv"), head + "\n").expect("a table");
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, source + more).expect("the site file");
        let (clock, hand) = Clock::by_hand(at(begin));
        let mut office = Self { dir, site, app: None, hand, clock };
        office.restart().await;
        office
    }

    /// The service ends, and another begins with what is on disk.
    async fn restart(&mut self) {
        drop(self.app.take());
        self.app = Some(Box::pin(App::start(&self.site, self.clock.clone())).await.expect("a site"));
    }

    fn call(&self, args: &[&str]) {
        let now = self.clock.now().to_rfc3339();
        let output = run(&[args, &["--now", &now]].concat(), &self.site);
        assert!(output.status.success(), "{args:?}: {}", text(&output));
    }

    /// An order of the county's, passed on to the enterprise.
    async fn order(&mut self) {
        let add = [
            "order",
            "add",
            "--subject",
            "重污染天气",
            "--tier",
            "黄色",
            "--from",
            "2026-09-12T12:00:00+08:00",
            "--to",
            "2026-09-14T00:00:00+08:00",
            "--issuer",
            "区人民政府",
            "--document",
            "区府办〔2026〕12号",
            "--measures",
            "停止喷涂作业。",
            "--for",
            "行业=auto_paint",
            "--by",
            "邓永亮",
        ];
        self.call(&add);
        self.call(&["order", "relay", "1", "--by", "罗代泉"]);
        self.look().await;
    }

    async fn look(&mut self) {
        let now = self.clock.now();
        let app = self.app.as_mut().expect("a service");
        Box::pin(app.cycle(now, false, &CancellationToken::new())).await.expect("a cycle");
    }

    /// Goes on, half an hour at a time.
    async fn until(&mut self, end: &str) {
        while self.clock.now() < at(end) {
            self.hand.step(std::time::Duration::from_mins(30));
            self.look().await;
        }
    }

    fn store(&self) -> &cuofeng_store::Store {
        &self.app.as_ref().expect("a service").store
    }

    /// The notice of an episode that asks last.
    async fn asks(&self, episode: &str) -> String {
        sqlx::query_scalar(
            "select n.key from notice n join outbox o on o.notice = n.key
             where n.ask_hours is not null and n.audience = 'enterprise' and n.episode = ?
             order by n.made_at desc limit 1",
        )
        .bind(episode)
        .fetch_one(self.store().pool())
        .await
        .expect("a notice")
    }

    /// Steps on record for an episode, in their order: which, and when.
    async fn steps_of(&self, episode: &str) -> Vec<(String, DateTime<Utc>)> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select rung, at from escalation where notice like ? order by at")
                .bind(format!("{episode}.%"))
                .fetch_all(self.store().pool())
                .await
                .expect("steps");
        rows.into_iter().map(|(rung, at)| (rung, DateTime::from_timestamp(at, 0).expect("a time"))).collect()
    }

    async fn steps(&self) -> Vec<(String, DateTime<Utc>)> {
        self.steps_of(ORDER).await
    }

    /// Letters that ask again about an episode.
    async fn again_of(&self, episode: &str) -> Vec<Again> {
        sqlx::query_as(
            "select o.address, o.state from outbox o join notice n on n.key = o.notice
             where n.about like ? order by o.id",
        )
        .bind(format!("{episode}.%"))
        .fetch_all(self.store().pool())
        .await
        .expect("letters")
    }

    async fn again(&self) -> Vec<Again> {
        self.again_of(ORDER).await
    }

    /// Whom the office is to call.
    fn calls(&self) -> Vec<String> {
        let now = self.clock.now().to_rfc3339();
        let listed = run(&["escalation", "list", "--csv", "--now", &now], &self.site);
        text(&listed).lines().skip(1).map(str::to_owned).collect()
    }
}

/// The whole ladder of an order that nobody answers: two hours, then a step an hour.
const LADDER: [(&str, &str); 5] = [
    ("reminder", "12T10:00"),
    ("backup", "12T11:00"),
    ("grid", "12T12:00"),
    ("cadre", "12T13:00"),
    ("phone", "12T14:00"),
];

fn taken_before(end: DateTime<Utc>) -> Vec<(String, DateTime<Utc>)> {
    LADDER.into_iter().map(|(rung, when)| (rung.to_owned(), at(when))).filter(|(_, when)| *when < end).collect()
}

/// Moments before, between and behind the steps.
fn moments() -> Vec<DateTime<Utc>> {
    (0..7).map(|step| at("12T09:20") + Duration::hours(step)).collect()
}

/// Runs an order's ladder and does something at a moment; gives the office at three in the afternoon.
async fn with(moment: DateTime<Utc>, event: impl AsyncFn(&mut Office)) -> Office {
    let mut office = Office::open("12T08:00", "").await;
    office.order().await;
    while office.clock.now() + Duration::minutes(30) < moment {
        office.hand.step(std::time::Duration::from_mins(30));
        office.look().await;
    }
    let rest = (moment - office.clock.now()).to_std().expect("ahead");
    office.hand.step(rest);
    event(&mut office).await;
    let rest = std::time::Duration::from_mins(30).checked_sub(rest).expect("shorter");
    office.hand.step(rest);
    office.look().await;
    office.until("12T15:30").await;
    office
}

#[tokio::test]
async fn nobody_is_reminded_of_a_notice_that_may_never_have_arrived() {
    let mut office = Office::open("12T10:00", "").await;
    office.order().await;
    sqlx::query("update outbox set state = 'unknown' where notice = ?")
        .bind(office.asks(ORDER).await)
        .execute(office.store().pool())
        .await
        .expect("letters of unknown fate");
    office.until("13T00:00").await;
    let steps: Vec<String> = office.steps().await.into_iter().map(|(rung, _)| rung).collect();
    assert_eq!(steps, ["phone"], "the office calls, and no letter asks for an answer to what nobody may have read");
}

#[tokio::test]
async fn nobody_answers_an_order_and_every_step_is_taken_once_up_to_the_list_of_calls() {
    let mut office = Office::open("12T08:00", "").await;
    office.order().await;
    office.until("12T20:00").await;
    assert_eq!(office.steps().await, taken_before(at("12T20:00")));
    let mut whom: BTreeMap<String, usize> = BTreeMap::new();
    for (address, state) in office.again().await {
        assert_eq!(state, "delivered");
        *whom.entry(address).or_default() += 1;
    }
    // Own number, backup, the village's grid worker and cadre, each once.
    assert_eq!(whom.keys().map(String::as_str).collect::<Vec<_>>(), [OWN, BACKUP, "10000000237", "10000000238"]);
    assert!(whom.values().all(|count| *count == 1), "{whom:?}");
    let calls = office.calls();
    assert!(calls.len() == 1 && calls[0].contains("喷漆一厂") && calls[0].contains(OWN), "{calls:?}");
}

#[tokio::test]
async fn an_answer_at_any_moment_ends_it_at_once_however_it_comes() {
    for (number, moment) in moments().into_iter().enumerate() {
        let office = with(moment, async |office: &mut Office| {
            let notice = office.asks(ORDER).await;
            match number % 3 {
                0 => office.call(&["ack", "add", &notice, "--said", "known", "--by", "罗代泉"]),
                // Two notices are open to this number: the code says which is meant.
                1 => {
                    let said = format!("1 {}", acknowledgement::code(ORDER, 1, "E1"));
                    office.call(&["reply", "add", "--from", OWN, "--by", "罗代泉", &said]);
                }
                _ => {
                    office.call(&["ack", "add", &notice, "--said", "unable", "--reason", "停不下来", "--by", "罗代泉"]);
                }
            }
        })
        .await;
        assert_eq!(office.steps().await, taken_before(moment), "answered at {moment}");
        assert!(office.calls().is_empty(), "{:?}", office.calls());
    }
}

#[tokio::test]
async fn the_orders_lift_at_any_moment_ends_it_at_once() {
    for moment in moments() {
        let office = with(moment, async |office: &mut Office| {
            office.call(&["order", "lift", "1", "--by", "罗代泉"]);
        })
        .await;
        assert_eq!(office.steps().await, taken_before(moment), "lifted at {moment}");
        assert!(
            office.again().await.iter().all(|(_, state)| state == "delivered"),
            "nothing waits: {:?}",
            office.again().await
        );
        assert!(office.calls().is_empty(), "{:?}", office.calls());
    }
}

#[tokio::test]
async fn what_was_told_in_error_asks_nobody_any_more() {
    for moment in moments() {
        let office = with(moment, async |office: &mut Office| {
            office.call(&["warnings", "cancel", ORDER, "--by", "罗代泉", "--reason", "发错了"]);
        })
        .await;
        assert_eq!(office.steps().await, taken_before(moment), "cancelled at {moment}");
        assert!(office.calls().is_empty(), "nor of the same order told anew: {:?}", office.calls());
    }
}

#[tokio::test]
async fn a_restart_at_any_moment_changes_nothing_and_repeats_nothing() {
    for moment in moments() {
        let office = with(moment, async |office: &mut Office| {
            office.restart().await;
            office.look().await;
            office.restart().await;
        })
        .await;
        assert_eq!(office.steps().await, taken_before(at("12T15:30")), "restarted at {moment}");
        assert_eq!(office.again().await.len(), 4, "{:?}", office.again().await);
    }
}

#[tokio::test]
async fn while_everything_is_held_no_step_is_taken_and_none_is_lost() {
    let mut office = Office::open("12T08:00", "").await;
    office.order().await;
    office.until("12T09:30").await;
    office.call(&["stop", "--by", "罗代泉", "--reason", "核对"]);
    office.until("12T12:30").await;
    assert!(office.steps().await.is_empty(), "{:?}", office.steps().await);
    office.call(&["resume", "--by", "罗代泉"]);
    office.until("12T13:00").await;
    assert_eq!(office.steps().await, [("reminder".to_owned(), at("12T13:00"))]);
}

#[tokio::test]
async fn a_tip_is_reminded_of_once_and_by_day() {
    let mut office = Office::open("12T20:00", "").await;
    office.look().await;
    office.until("13T20:00").await;
    // Told at eight in the evening, due at midnight: reminded when the day begins.
    assert_eq!(office.steps_of(TIP).await, [("reminder".to_owned(), at("13T08:00"))]);
    assert!(office.calls().is_empty(), "a tip is not called about");
}

#[tokio::test]
async fn a_revision_that_changes_the_days_asks_anew_and_the_old_notice_takes_no_answer_any_more() {
    let mut office = Office::open("12T08:00", "").await;
    office.look().await;
    office.until("12T09:00").await;
    let first = office.asks(TIP).await;
    office.call(&["ack", "add", &first, "--said", "done", "--by", "罗代泉"]);
    office.until("14T07:30").await;
    assert!(office.steps_of(TIP).await.is_empty(), "it was answered: {:?}", office.steps_of(TIP).await);
    // The forecast moves; whoever answered the old hours has not answered the new ones.
    office.until("14T13:30").await;
    let second = office.asks(TIP).await;
    assert_ne!(second, first);
    let now = office.clock.now().to_rfc3339();
    let old = run(&["ack", "add", &first, "--said", "done", "--by", "罗代泉", "--now", &now], &office.site);
    assert_eq!(old.status.code(), Some(1), "{}", text(&old));
    // Other days, the same clock hours: whoever answered those is not reminded of them again.
    assert!(office.steps_of(TIP).await.is_empty(), "{:?}", office.steps_of(TIP).await);
}

#[tokio::test]
async fn an_address_gets_no_more_on_a_day_than_the_cap_allows() {
    let mut office = Office::open("12T08:00", "\n[escalation]\nper_day = 1\n").await;
    // A tip and an order ask the same enterprise on the same day; their reminders share its one letter.
    office.look().await;
    office.order().await;
    office.until("12T23:00").await;
    let today = |letters: &[Again], address: &str| letters.iter().filter(|(to, _)| to == address).count();
    let letters = [office.again().await, office.again_of(TIP).await].concat();
    assert_eq!(today(&letters, OWN), 1, "{letters:?}");
    assert!(letters.iter().all(|(to, _)| today(&letters, to) == 1), "{letters:?}");
    let rungs: Vec<String> = office.steps().await.into_iter().map(|(rung, _)| rung).collect();
    assert!(rungs.contains(&"phone".to_owned()), "the order's ladder went on past it: {rungs:?}");
}
