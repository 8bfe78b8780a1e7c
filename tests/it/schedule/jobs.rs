//! Jobs and their record.

use std::time::Duration;

use serde_json::Value;

use super::{Office, at, begin, site_with};
use crate::office::{exercised, folder, letters, run, text};

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
