//! Warning periods and the people who end, stop and try them, as an office meets them.

use crate::office::{
    EPISODE, MORNING, by_itself, call, exercised, folder, letters, mails, ruled as site, run, text, to_enterprises,
    warnings,
};

#[test]
fn a_person_lifts_or_takes_back_and_exactly_those_who_were_told_are_told() {
    for (word, said) in [("lift", "已取消，可恢复平时作业"), ("cancel", "已撤回，可恢复平时作业")]
    {
        let dir = folder();
        let site = site(dir.path(), &by_itself());
        assert!(run(&MORNING, &site).status.success());
        let told = to_enterprises(&site, "raise");
        let end = ["warnings", word, EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
        let done = call(&site, &end, "12T09:00");
        assert!(done.status.success(), "{}", text(&done));
        assert!(call(&site, &["once"], "12T09:01").status.success());
        assert_eq!(to_enterprises(&site, word), told, "{word}");
        let sent = letters(&site);
        let marked =
            |(name, _): &(&String, &String)| name.contains(&format!(".{word}.enterprise-")) && name.contains(".sms");
        let (_, sms) = sent.iter().find(marked).expect("an SMS");
        assert!(sms.contains(said), "{sms}");
        let again = call(&site, &end, "12T09:02");
        assert_eq!(again.status.code(), Some(1), "{}", text(&again));
    }
}

#[test]
fn stop_holds_what_is_unsent_until_a_releaser_resumes() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "名单有误"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    assert_eq!(letters(&site).len(), 0, "nothing leaves");
    assert_eq!(warnings(&site)["stopped"]["reason"], "名单有误");
    let drafter = call(&site, &["resume", "--by", "邓永亮"], "12T08:30");
    assert_eq!(drafter.status.code(), Some(1), "a drafter stops and does not resume: {}", text(&drafter));
    assert!(call(&site, &["resume", "--by", "田天禄"], "12T08:30").status.success());
    assert!(call(&site, &["once"], "12T08:31").status.success());
    assert!(to_enterprises(&site, "raise") > 0);
}

#[test]
fn what_was_held_back_is_shown_with_its_reason() {
    let dir = folder();
    let site = site(dir.path(), &by_itself().replace("lead_hours = 1", "lead_hours = 1\nahead_hours = 0"));
    let once = call(&site, &["once"], "12T07:00");
    assert!(text(&once).contains("还远"), "{}", text(&once));
}

#[test]
fn an_exercise_reaches_the_list_alone_is_marked_and_never_mixes_with_what_is_real() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    let no_list = run(&["mode", "set", "exercise", "--by", "罗代泉", "--reason", "季度演练"], &site);
    assert_eq!(no_list.status.code(), Some(1), "{}", text(&no_list));
    exercised(&site);
    let now = ["--now", "2026-09-12T07:50:00+08:00"];
    let exercise = ["mode", "set", "exercise", "--by", "罗代泉", "--reason", "季度演练", now[0], now[1]];
    assert!(run(&exercise, &site).status.success());
    assert!(run(&MORNING, &site).status.success());
    let out = letters(&site);
    assert_eq!(out.len(), 1, "{:?}", out.keys());
    let (name, sms) = out.iter().next().expect("one letter");
    assert!(name.contains("E038.sms") && sms.contains("（演练）"), "{name}: {sms}");
    // Back to live, the same forecast begins a real episode of its own.
    let live = ["mode", "set", "live", "--by", "罗代泉", "--reason", "演练结束", "--now", "2026-09-12T08:10:00+08:00"];
    assert!(run(&live, &site).status.success());
    assert!(call(&site, &["once"], "12T08:15").status.success());
    assert!(to_enterprises(&site, "raise") > 1);
    let real = letters(&site).into_iter().filter(|(name, _)| name.starts_with("ozone-wuping-20260912-2"));
    assert!(real.into_iter().all(|(_, text)| !text.contains("演练")));
    assert!(text(&run(&["mode", "show"], &site)).contains("正式"));
}

#[test]
fn a_dry_run_works_everything_out_sends_nothing_and_writes_no_episode() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    let set = ["mode", "set", "dry-run", "--by", "罗代泉", "--reason", "试用", "--now", "2026-09-12T07:50:00+08:00"];
    assert!(run(&set, &site).status.success());
    let once = run(&MORNING, &site);
    assert!(once.status.success() && text(&once).contains("臭氧错峰生产提示"), "{}", text(&once));
    assert_eq!(letters(&site).len(), 0);
    assert_eq!(warnings(&site)["episodes"], serde_json::json!([]));
}

#[test]
fn told_periods_that_end_while_the_forecast_is_stale_are_told_to_staff_and_lift_nothing() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    assert!(run(&MORNING, &site).status.success());
    assert!(to_enterprises(&site, "raise") > 0);
    std::fs::remove_file(site.join("feeds/recording.csv")).expect("a recording");
    call(&site, &["once"], "14T16:30");
    assert!(!mails(&site).contains("提示已到期，情况不明"), "not before the told end");
    for _ in 0..2 {
        call(&site, &["once"], "14T17:10");
    }
    let told =
        letters(&site).keys().filter(|name| name.starts_with("ending-wuping-") && name.contains(".email.")).count();
    assert_eq!(told, 2, "each member of staff on duty once: {}", mails(&site));
    assert!(mails(&site).contains("不能确认是否好转"));
    assert_eq!(to_enterprises(&site, "lift"), 0, "a missing forecast lifts nothing");
}

#[test]
fn what_a_person_has_ended_is_not_told_again_by_itself_until_a_person_allows_it() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    assert!(call(&site, &["once"], "12T08:00").status.success());
    let first = to_enterprises(&site, "raise");
    assert!(first > 0);
    let lifted = call(&site, &["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "转雨"], "12T09:00");
    assert!(lifted.status.success(), "{}", text(&lifted));
    let next = call(&site, &["once"], "12T09:05");
    assert!(text(&next).contains("罗代泉 已结束"), "{}", text(&next));
    assert_eq!(to_enterprises(&site, "raise"), first, "five minutes later nobody is told of the same hours");
    let again = |by: &str| call(&site, &["warnings", "again", EPISODE, "--by", by, "--reason", "雨没有下"], "12T09:10");
    assert_eq!(again("邓永亮").status.code(), Some(1), "who may only draft may not");
    assert!(again("罗代泉").status.success());
    assert_eq!(again("罗代泉").status.code(), Some(1), "once is enough");
    assert!(call(&site, &["once"], "12T09:15").status.success());
    assert_eq!(to_enterprises(&site, "raise"), 2 * first, "now it is, as a new one");
}
