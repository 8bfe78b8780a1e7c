//! Drafts, as the people of an office meet them: who releases them, in which words, until when.

use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use cuofeng_office::site::Site;
use cuofeng_store::Store;

use crate::office::{
    EPISODE, MORNING, RULE, by_itself, call, cuofeng, folder, letters, mails, ruled as site, run, text, to_enterprises,
    warnings,
};

#[test]
fn a_draft_tells_only_those_who_may_release_it_until_another_person_does() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    let once = run(&MORNING, &site);
    assert!(text(&once).contains("拟稿待放行"), "{}", text(&once));
    assert_eq!(to_enterprises(&site, "raise"), 0, "no enterprise is told of a draft");
    let asked = mails(&site);
    assert!(
        asked.contains("等您放行") && asked.contains("staff02@example.com"),
        "the releaser on duty is asked: {asked}"
    );
    assert!(!asked.contains("staff04@example.com"), "the drafter on duty may not release: {asked}");
    let waiting = warnings(&site);
    assert_eq!(
        (&waiting["episodes"][0]["told"], &waiting["episodes"][0]["draft"]["by"]),
        (&0.into(), &"cuofeng".into())
    );
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("等待放行") && shown.contains("喷涂"), "the texts are shown: {shown}");
    assert!(shown.contains("　程序　") && !shown.contains("　cuofeng　"), "who drafted it: {shown}");
    // Judged again, nothing new is drafted and nobody is asked twice.
    let before = letters(&site).len();
    let again = call(&site, &["once"], "12T08:30");
    assert!(text(&again).contains("草稿已在等待放行"), "{}", text(&again));
    assert_eq!(letters(&site).len(), before);
    let nobody = call(&site, &["warnings", "approve", EPISODE, "--by", "刘光禾"], "12T08:40");
    assert_eq!(nobody.status.code(), Some(1), "a viewer may not: {}", text(&nobody));
    let done = call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:40");
    assert!(done.status.success(), "{}", text(&done));
    assert!(call(&site, &["once"], "12T08:45").status.success());
    let told = to_enterprises(&site, "raise");
    assert!(told > 0, "released notices go out");
    let twice = call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:50");
    assert_eq!(twice.status.code(), Some(1), "a draft is released once: {}", text(&twice));
    assert!(call(&site, &["once"], "12T08:55").status.success());
    assert_eq!(to_enterprises(&site, "raise"), told, "and nobody is told twice");
}

#[test]
fn the_words_that_go_out_are_the_words_that_were_released() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    assert!(run(&MORNING, &site).status.success());
    let drafted = text(&run(&["warnings", "show", EPISODE], &site));
    // A template changed between draft and release changes nothing of what was read.
    std::fs::create_dir_all(site.join("templates/zh/ozone")).expect("folders");
    std::fs::write(site.join("templates/zh/ozone/enterprise.sms.txt"), "别的话{{ office }}").expect("a template");
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:20").status.success());
    assert!(call(&site, &["once"], "12T08:21").status.success());
    let sent = letters(&site);
    let (name, sms) =
        sent.iter().find(|(name, _)| name.contains(".raise.enterprise-") && name.contains(".sms")).expect("an SMS");
    let body = sms.lines().find(|line| line.starts_with('【')).expect("its words");
    assert!(drafted.contains(body) && !sms.contains("别的话"), "{name}: {sms}");
}

#[test]
fn hours_that_have_become_useless_are_cut_away_and_a_useless_draft_is_refused() {
    let dir = folder();
    let site = site(dir.path(), &RULE.replace("deadline_hours = 2", "deadline_hours = 48"));
    assert!(run(&MORNING, &site).status.success());
    // The deadline is the last moment at which the whole of it is of use: 09:00 for 10:00.
    let deadline = warnings(&site)["episodes"][0]["draft"]["deadline"].clone();
    assert_eq!(deadline, "2026-09-12T09:00:00+08:00");
    let late = call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T12:30");
    assert!(late.status.success(), "{}", text(&late));
    assert!(call(&site, &["once"], "12T12:31").status.success());
    let sent = letters(&site);
    let (_, sms) =
        sent.iter().find(|(name, _)| name.contains(".raise.enterprise-") && name.contains(".sms")).expect("an SMS");
    assert!(sms.contains("9月12日14—17时") && !sms.contains("9月12日10"), "{sms}");
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("被新稿代替") && shown.contains("已去掉过去的和来不及的小时"), "both are kept: {shown}");
}

#[test]
fn a_draft_turned_down_tells_nobody_and_its_reason_is_kept() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    assert!(run(&MORNING, &site).status.success());
    let no = ["warnings", "reject", EPISODE, "--by", "田天禄", "--reason", "区里已统一通知"];
    assert!(call(&site, &no, "12T08:10").status.success());
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("已退回") && shown.contains("田天禄"), "{shown}");
    assert_eq!(to_enterprises(&site, "raise"), 0);
    assert_eq!(warnings(&site)["episodes"], serde_json::json!([]));
}

#[test]
fn at_its_deadline_a_draft_does_what_the_rule_says() {
    for (default, told) in [("drop", false), ("release", true)] {
        let dir = folder();
        let rule = RULE.replace("deadline_hours = 2", &format!("deadline_hours = 1\nat_deadline = \"{default}\""));
        let site = site(dir.path(), &rule);
        assert!(run(&MORNING, &site).status.success());
        // No new forecast comes; the draft's hour does.
        let later = call(&site, &["once"], "12T09:00");
        assert_eq!(to_enterprises(&site, "raise") > 0, told, "{default}: {}", text(&later));
        let shown = text(&run(&["warnings", "show", EPISODE], &site));
        assert!(shown.contains("到期无人处理") || told && shown.contains("已放行"), "{default}: {shown}");
    }
}

#[test]
fn an_edited_draft_needs_another_person_and_both_drafts_are_kept() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    assert!(run(&MORNING, &site).status.success());
    let edit = [
        "warnings",
        "edit",
        EPISODE,
        "--from",
        "2026-09-12T12:00:00+08:00",
        "--to",
        "2026-09-12T16:00:00+08:00",
        "--by",
        "罗代泉",
    ];
    let edited = call(&site, &edit, "12T08:10");
    assert!(edited.status.success(), "{}", text(&edited));
    let own = call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:11");
    assert!(own.status.code() == Some(1) && text(&own).contains("拟稿人"), "{}", text(&own));
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:12").status.success());
    assert!(call(&site, &["once"], "12T08:13").status.success());
    let sent = letters(&site);
    let (_, sms) =
        sent.iter().find(|(name, _)| name.contains(".raise.enterprise-") && name.contains(".sms")).expect("an SMS");
    assert!(sms.contains("9月12日12—16时"), "{sms}");
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("被新稿代替") && shown.contains("第 1 稿") && shown.contains("第 2 稿"), "{shown}");
}

#[test]
fn a_draft_reaches_who_is_on_duty_by_the_dated_roster_and_later_who_stands_in() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    // 王晓福 (admin) is on duty that weekend, 田天禄 stands in; the marks in the table of staff do not count then.
    let duty = "开始,结束,值班人,代班人\n2026-09-12,2026-09-13,王晓福,田天禄\n";
    std::fs::write(site.join("duty.csv"), duty).expect("a roster");
    assert!(run(&MORNING, &site).status.success());
    let asked = |who: &str| mails(&site).contains(who);
    assert!(asked("staff01@example.com"), "who is on duty is asked at once");
    assert!(!asked("staff02@example.com") && !asked("staff03@example.com"), "{}", mails(&site));
    // The draft waits from 08:00 to 09:00, an hour before its first hour; half of that has gone at 08:30.
    assert!(call(&site, &["once"], "12T08:29").status.success());
    assert!(!asked("staff03@example.com"), "not before half of the time has gone");
    assert!(call(&site, &["once"], "12T08:31").status.success());
    assert!(asked("staff03@example.com"), "who stands in is asked then: {}", mails(&site));
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:40").status.success());
}

#[test]
fn who_stands_in_is_not_asked_about_what_is_settled() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    std::fs::write(site.join("duty.csv"), "from,to,name,deputy\n2026-09-12,2026-09-13,王晓福,田天禄\n")
        .expect("a roster");
    assert!(run(&MORNING, &site).status.success());
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "王晓福"], "12T08:20").status.success());
    assert!(call(&site, &["once"], "12T08:50").status.success());
    assert!(!mails(&site).contains("staff03@example.com"), "{}", mails(&site));
}

#[test]
fn words_of_a_draft_can_be_changed_both_versions_are_kept_and_another_person_releases_them() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    assert!(run(&MORNING, &site).status.success());
    let reword = |old: &str, new: &str| {
        call(&site, &["warnings", "edit", EPISODE, "--replace", old, new, "--by", "罗代泉"], "12T08:10")
    };
    let nowhere = reword("没有这句话", "别的");
    assert_eq!(nowhere.status.code(), Some(1), "{}", text(&nowhere));
    let colour = reword("喷涂", "黄色预警");
    assert!(colour.status.code() == Some(1) && text(&colour).contains("上级指令"), "{}", text(&colour));
    let done = reword("喷涂", "车身喷涂");
    assert!(done.status.success(), "{}", text(&done));
    let late = call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T09:20");
    assert!(
        late.status.code() == Some(1) && text(&late).contains("人改过"),
        "no words are lost unseen: {}",
        text(&late)
    );
    let own = call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:20");
    assert_eq!(own.status.code(), Some(1), "who changed the words does not release them: {}", text(&own));
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:20").status.success());
    assert!(call(&site, &["once"], "12T08:21").status.success());
    let sent = mails(&site);
    assert!(sent.contains("车身喷涂"), "{sent}");
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(history.contains("被新稿代替") && history.contains("罗代泉 修改文字"), "{history}");
    let letters: Vec<String> = letters(&site).into_keys().filter(|name| name.contains(".raise.enterprise-")).collect();
    assert!(letters.iter().all(|name| name.contains(".r2.")), "only the second version went out: {letters:?}");
}

#[test]
fn a_draft_that_only_changes_hours_remains_one_in_other_words_and_is_told_to_those_alone_whose_hours_change() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    assert!(run(&MORNING, &site).status.success());
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:20").status.success());
    assert!(call(&site, &["once"], "12T08:21").status.success());
    assert!(to_enterprises(&site, "raise") > 2, "more than one enterprise is told of the period");
    let cannot = ["plan", "cannot", "P20", "--by", "罗代泉", "--reason", "赶订单"];
    assert!(call(&site, &cannot, "12T08:30").status.success());
    let draft = || warnings(&site)["episodes"][0]["draft"].clone();
    assert_eq!((&draft()["number"], &draft()["action"]), (&2.into(), &"replan".into()));
    let reword = ["warnings", "edit", EPISODE, "--replace", "喷烤漆房喷涂", "喷烤漆房面漆喷涂", "--by", "罗代泉"];
    let done = call(&site, &reword, "12T08:35");
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!((&draft()["number"], &draft()["action"]), (&3.into(), &"replan".into()), "other words, the same matter");
    let done = call(&site, &["warnings", "approve", EPISODE, "--by", "田天禄"], "12T08:40");
    assert!(done.status.success(), "{}", text(&done));
    assert!(call(&site, &["once"], "12T08:41").status.success());
    let told: Vec<String> = letters(&site).into_keys().filter(|name| name.contains(".update.enterprise-")).collect();
    assert!(!told.is_empty() && told.iter().all(|name| name.contains(".r3.update.enterprise-E038.")), "{told:?}");
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(history.contains("改钟点"), "{history}");
}

#[test]
fn words_that_nobody_has_released_never_go_out_by_themselves() {
    let dir = folder();
    let site = site(dir.path(), &by_itself());
    // The site has begun, without a forecast yet; later its template is changed.
    call(&site, &["once"], "01T08:00");
    assert!(run(&["warnings", "wording"], &site).status.success(), "what a site begins with is taken for released");
    std::fs::create_dir_all(site.join("templates/zh/ozone")).expect("folders");
    let template = "{{ office }}：新的说法，{{ periods }}。{{ phone }}";
    std::fs::write(site.join("templates/zh/ozone/enterprise.sms.txt"), template).expect("a template");
    let listed = run(&["warnings", "wording"], &site);
    assert!(listed.status.code() == Some(1) && text(&listed).contains("ozone/enterprise.sms.txt"), "{}", text(&listed));
    let once = run(&MORNING, &site);
    assert!(text(&once).contains("还没有人放行过"), "{}", text(&once));
    assert_eq!(to_enterprises(&site, "raise"), 0, "a rule that sends by itself drafts first");
    assert!(call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T08:20").status.success());
    assert!(run(&["warnings", "wording"], &site).status.success(), "a release counts");
    assert!(call(&site, &["once"], "12T08:21").status.success());
    assert!(to_enterprises(&site, "raise") > 0);
}

#[test]
fn at_a_deadline_only_words_go_out_that_were_released_before() {
    for (read_before, sent) in [(true, true), (false, false)] {
        let dir = folder();
        let site =
            site(dir.path(), &RULE.replace("deadline_hours = 2", "deadline_hours = 1\nat_deadline = \"release\""));
        call(&site, &["once"], "01T08:00");
        if !read_before {
            std::fs::create_dir_all(site.join("templates/zh/ozone")).expect("folders");
            std::fs::write(site.join("templates/zh/ozone/enterprise.sms.txt"), "{{ office }}新的说法")
                .expect("a template");
        }
        assert!(run(&MORNING, &site).status.success());
        assert!(call(&site, &["once"], "12T09:01").status.success());
        assert_eq!(to_enterprises(&site, "raise") > 0, sent, "released before: {read_before}");
    }
}

/// Runs commands at one moment: each has read the draft before any may write.
async fn at_once(site: &Path, commands: &[&[&str]]) -> Vec<Output> {
    let store = Store::open(&Site::database(site)).await.expect("a database");
    let hold = store.begin().await.expect("the writers' lock");
    let begin = |words: &&[&str]| {
        let mut program = cuofeng();
        program.args(*words).args(["--now", "2026-09-12T08:20:00+08:00", "--site"]).arg(site);
        program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    };
    let running: Vec<Child> = commands.iter().map(begin).collect();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    hold.rollback().await.expect("the lock given back");
    store.close().await;
    running.into_iter().map(|child| child.wait_with_output().expect("an end")).collect()
}

#[tokio::test]
async fn of_two_who_settle_a_draft_at_the_same_moment_the_second_hears_who_was_first() {
    let approve = |by| vec!["warnings", "approve", EPISODE, "--by", by];
    let reject = |by| vec!["warnings", "reject", EPISODE, "--reason", "区里已统一通知", "--by", by];
    let edit = |by| {
        let hours = ["--from", "2026-09-12T12:00:00+08:00", "--to", "2026-09-12T16:00:00+08:00"];
        [&["warnings", "edit", EPISODE, "--by", by][..], &hours].concat()
    };
    let hold = |by| vec!["warnings", "hold", EPISODE, "--reason", "等区里的通知", "--by", by];
    let (one, other) = ("罗代泉", "田天禄");
    let pairs = [
        [approve(one), approve(other)],
        [approve(one), reject(other)],
        [reject(one), approve(other)],
        [reject(one), reject(other)],
        [approve(one), hold(other)],
        [edit(one), approve(other)],
        [edit(one), edit(other)],
    ];
    for pair in &pairs {
        let dir = folder();
        let site = site(dir.path(), RULE);
        assert!(run(&MORNING, &site).status.success());
        let done = at_once(&site, &[&pair[0], &pair[1]]).await;
        let said = |of: usize| text(&done[of]);
        let shown = text(&run(&["warnings", "show", EPISODE], &site));
        let released = shown.contains("已放行");
        if pair[1][1] == "hold" {
            // Who holds back first leaves it to be settled.
            let late = done[1].status.code() == Some(1) && said(1).contains("罗代泉 已先处理");
            assert!(done[0].status.success() && (done[1].status.success() || late), "{} {}", said(0), said(1));
        } else {
            let first = usize::from(!done[0].status.success());
            assert!(done[first].status.success(), "{pair:?}: {} {}", said(0), said(1));
            let what = match pair[first][1] {
                "approve" => "已放行",
                "reject" => "已退回",
                _ => "被新稿代替",
            };
            let who = format!("{} 已先处理", [one, other][first]);
            let late = said(1 - first);
            assert_eq!(done[1 - first].status.code(), Some(1), "{late}");
            assert!(late.contains(&who) && late.contains(what), "{late}");
            assert_eq!(released, what == "已放行", "{shown}");
        }
        assert!(call(&site, &["once"], "12T08:21").status.success());
        assert_eq!(to_enterprises(&site, "raise") > 0, released, "told once or not at all");
    }
}
