//! Warning periods and the people who stand behind them, as an office meets them.

mod office;

use std::path::Path;
use std::process::Output;

use office::{MORNING, RULE, folder, letters, mails, ruled as site, run, text};
use serde_json::Value;

const EPISODE: &str = "ozone-wuping-20260912-1";

fn at(time: &str) -> [String; 2] {
    ["--now".to_owned(), format!("2026-09-{time}:00+08:00")]
}

fn call(site: &Path, words: &[&str], time: &str) -> Output {
    let now = at(time);
    let words: Vec<&str> = words.iter().copied().chain(now.iter().map(String::as_str)).collect();
    run(&words, site)
}

fn to_enterprises(site: &Path, purpose: &str) -> usize {
    letters(site).keys().filter(|name| name.contains(&format!(".{purpose}.enterprise-"))).count()
}

fn list(site: &Path) -> Value {
    serde_json::from_slice(&run(&["warnings", "list", "--json"], site).stdout).expect("one JSON object")
}

#[test]
fn a_draft_tells_only_those_who_may_release_it_until_another_person_does() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    let once = run(&MORNING, &site);
    assert!(text(&once).contains("拟稿待放行"), "{}", text(&once));
    assert_eq!(to_enterprises(&site, "raise"), 0, "no enterprise is told of a draft");
    let asked = mails(&site);
    assert!(
        asked.contains("等待放行") && asked.contains("staff02@example.com"),
        "the releaser on duty is asked: {asked}"
    );
    assert!(!asked.contains("staff04@example.com"), "the drafter on duty may not release: {asked}");
    let waiting = list(&site);
    assert_eq!(
        (&waiting["episodes"][0]["told"], &waiting["episodes"][0]["draft"]["by"]),
        (&0.into(), &"cuofeng".into())
    );
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("等待放行") && shown.contains("喷涂"), "the texts are shown: {shown}");
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
    let deadline = list(&site)["episodes"][0]["draft"]["deadline"].clone();
    assert_eq!(deadline, "2026-09-12T09:00:00+08:00");
    let late = call(&site, &["warnings", "approve", EPISODE, "--by", "罗代泉"], "12T12:30");
    assert!(late.status.success(), "{}", text(&late));
    assert!(call(&site, &["once"], "12T12:31").status.success());
    let sent = letters(&site);
    let (_, sms) =
        sent.iter().find(|(name, _)| name.contains(".raise.enterprise-") && name.contains(".sms")).expect("an SMS");
    assert!(sms.contains("9月12日14:00—17:00") && !sms.contains("9月12日10:00"), "{sms}");
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
    assert_eq!(list(&site)["episodes"], serde_json::json!([]));
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
    assert!(sms.contains("12:00—16:00"), "{sms}");
    let shown = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(shown.contains("被新稿代替") && shown.contains("第 1 稿") && shown.contains("第 2 稿"), "{shown}");
}

#[test]
fn a_person_lifts_or_takes_back_and_exactly_those_who_were_told_are_told() {
    for (word, said) in [("lift", "提前结束"), ("cancel", "有误，现予撤回")] {
        let dir = folder();
        let site = site(dir.path(), &RULE.replace("approval", "auto"));
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
    let site = site(dir.path(), &RULE.replace("approval", "auto"));
    assert!(call(&site, &["stop", "--by", "邓永亮", "--reason", "名单有误"], "12T07:30").status.success());
    assert!(run(&MORNING, &site).status.success());
    assert_eq!(letters(&site).len(), 0, "nothing leaves");
    assert_eq!(list(&site)["stopped"]["reason"], "名单有误");
    let drafter = call(&site, &["resume", "--by", "邓永亮"], "12T08:30");
    assert_eq!(drafter.status.code(), Some(1), "a drafter stops and does not resume: {}", text(&drafter));
    assert!(call(&site, &["resume", "--by", "田天禄"], "12T08:30").status.success());
    assert!(call(&site, &["once"], "12T08:31").status.success());
    assert!(to_enterprises(&site, "raise") > 0);
}

#[test]
fn what_was_held_back_is_shown_with_its_reason() {
    let dir = folder();
    let site = site(
        dir.path(),
        &RULE.replace("approval", "auto").replace("lead_hours = 1", "lead_hours = 1\nahead_hours = 0"),
    );
    let once = call(&site, &["once"], "12T07:00");
    assert!(text(&once).contains("还远"), "{}", text(&once));
}

#[test]
fn an_official_order_is_told_whatever_the_forecast_and_its_lift_is_the_orders() {
    let dir = folder();
    let rule = RULE
        .replace("approval", "auto")
        .replace("kind = \"ozone\"", "kind = \"ozone\"\norders = [\"臭氧\"]")
        .replace("高于 160", "高于 999");
    let site = site(dir.path(), &rule);
    let add = [
        "order",
        "add",
        "--subject",
        "臭氧",
        "--tier",
        "黄色",
        "--from",
        "2026-09-12T10:00:00+08:00",
        "--to",
        "2026-09-13T17:00:00+08:00",
        "--issuer",
        "某某区指挥部",
        "--document",
        "某指〔2026〕1号",
        "--by",
        "邓永亮",
    ];
    let added = run(&add, &site);
    assert!(added.status.success(), "{}", text(&added));
    let once = run(&MORNING, &site);
    assert!(text(&once).contains("按上级指令"), "{}", text(&once));
    let sent = letters(&site);
    let (_, mail) =
        sent.iter().find(|(name, _)| name.contains(".raise.enterprise-") && name.contains(".eml")).expect("a mail");
    assert!(!mail.is_empty() && mails(&site).contains("某指〔2026〕1号"), "the order is named");
    assert!(run(&["order", "lift", "1", "--by", "邓永亮"], &site).status.success());
}

#[test]
fn an_exercise_reaches_the_list_alone_is_marked_and_never_mixes_with_what_is_real() {
    let dir = folder();
    let site = site(dir.path(), &RULE.replace("approval", "auto"));
    let no_list = run(&["mode", "set", "exercise", "--by", "罗代泉", "--reason", "季度演练"], &site);
    assert_eq!(no_list.status.code(), Some(1), "{}", text(&no_list));
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    // One enterprise's contact takes part.
    let table = std::fs::read_to_string(site.join("enterprises.csv")).expect("a table");
    let row = table.lines().find(|line| line.starts_with("E038,")).expect("an enterprise");
    let mobile = row.split(',').find(|cell| cell.len() == 11 && cell.starts_with("100")).expect("a mobile");
    std::fs::write(&file, format!("{source}\n[exercise]\nto = [\"{mobile}\"]\n")).expect("the site file");
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
    let site = site(dir.path(), &RULE.replace("approval", "auto"));
    let set = ["mode", "set", "dry-run", "--by", "罗代泉", "--reason", "试用", "--now", "2026-09-12T07:50:00+08:00"];
    assert!(run(&set, &site).status.success());
    let once = run(&MORNING, &site);
    assert!(once.status.success() && text(&once).contains("臭氧错峰生产提示"), "{}", text(&once));
    assert_eq!(letters(&site).len(), 0);
    assert_eq!(list(&site)["episodes"], serde_json::json!([]));
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
    let draft = || list(&site)["episodes"][0]["draft"].clone();
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
fn an_official_order_is_passed_on_without_a_rule_copied_to_departments_and_its_end_is_told() {
    let dir = folder();
    let site = site(dir.path(), RULE);
    std::fs::write(
        site.join("departments.csv"),
        "名称,事项,邮箱\n区生态环境局,重污染天气,copy@example.com\n区气象局,暴雨,rain@example.com\n",
    )
    .expect("a table");
    let document = dir.path().join("第12号.pdf");
    std::fs::write(&document, b"%PDF-1.4").expect("a document");
    let document = document.to_string_lossy().into_owned();
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
        "停止喷涂作业，增加道路洒水。",
        "--hours",
        "10-17",
        "--for",
        "行业=auto_paint",
        "--for",
        "村=青杠村",
        "--deadline",
        "2026-09-12T18:00:00+08:00",
        "--file",
        &document,
        "--by",
        "邓永亮",
    ];
    let added = call(&site, &add, "12T09:00");
    assert!(added.status.success(), "{}", text(&added));
    for (by, why) in [("邓永亮", "没有这个权限"), ("刘光禾", "没有这个权限")] {
        let refused = call(&site, &["order", "relay", "1", "--by", by], "12T09:10");
        assert!(refused.status.code() == Some(1) && text(&refused).contains(why), "{by}: {}", text(&refused));
    }
    assert!(call(&site, &["order", "relay", "1", "--by", "罗代泉"], "12T09:10").status.success());
    let twice = call(&site, &["order", "relay", "1", "--by", "罗代泉"], "12T09:11");
    assert_eq!(twice.status.code(), Some(1), "{}", text(&twice));
    assert!(call(&site, &["once"], "12T09:15").status.success());
    let told = mails(&site);
    for said in [
        "区府办〔2026〕12号",
        "停止喷涂作业",
        "9月12日12:00—17:00；9月13日10:00—17:00",
        "18:00前落实",
        "copy@example.com",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("rain@example.com"), "a department hears of its own subjects");
    let count =
        |purpose: &str| letters(&site).keys().filter(|n| n.starts_with("order-1-") && n.contains(purpose)).count();
    let raised = count(".raise.");
    let spoken = letters(&site).into_iter().find(|(name, _)| name.starts_with("order-1-") && name.contains("village"));
    assert!(spoken.is_some_and(|(_, words)| words.contains("青杠村的村民朋友们") && words.contains("停止喷涂作业")));
    call(&site, &["once"], "12T20:00");
    assert_eq!(count("") - count(".reminder."), raised, "nobody is told again of the same order");
    assert!(count(".reminder.") > 0, "who has not answered is asked once more");
    let listed = text(&run(&["order", "list", "--now", "2026-09-12T20:00:00+08:00"], &site));
    assert!(listed.contains("已由 罗代泉 转发") && listed.contains("orders/"), "{listed}");
    let cap = std::fs::read_to_string(site.join("out/cap/order-1-wuping-20260912-1.r1.xml")).expect("a CAP message");
    assert!(cap.contains("<scope>Public</scope>") && cap.contains("区府办〔2026〕12号"), "{cap}");
    assert!(call(&site, &["order", "lift", "1", "--by", "罗代泉"], "13T08:00").status.success());
    call(&site, &["once"], "13T08:05");
    assert_eq!(count(".lift."), raised, "its end is told to exactly those who were told");
    assert!(mails(&site).contains("已解除"));
}

#[test]
fn an_order_that_a_rule_tells_already_is_not_passed_on_a_second_time() {
    let dir = folder();
    let rule = RULE.replace("season = ", "orders = [\"臭氧\"]\nseason = ").replace("\"approval\"", "\"auto\"");
    let site = site(dir.path(), &rule);
    std::fs::write(site.join("departments.csv"), "名称,事项,邮箱\n区生态环境局,臭氧,copy@example.com\n")
        .expect("a table");
    let add = [
        "order",
        "add",
        "--subject",
        "臭氧污染",
        "--tier",
        "黄色",
        "--from",
        "2026-09-12T12:00:00+08:00",
        "--to",
        "2026-09-14T00:00:00+08:00",
        "--issuer",
        "区人民政府",
        "--document",
        "13号",
        "--measures",
        "停止喷涂。",
        "--for",
        "企业",
        "--by",
        "邓永亮",
    ];
    assert!(call(&site, &add, "12T07:00").status.success());
    assert!(run(&MORNING, &site).status.success());
    let refused = call(&site, &["order", "relay", "1", "--by", "罗代泉"], "12T09:10");
    assert!(refused.status.code() == Some(1) && text(&refused).contains("臭氧错峰生产提示"), "{}", text(&refused));
    // The rule tells it, and its departments are copied in all the same; of its end, too.
    let copies = || letters(&site).into_keys().filter(|name| name.contains(".department-")).collect::<Vec<_>>();
    assert!(copies().len() == 1 && mails(&site).contains("copy@example.com"), "{:?}", copies());
    assert!(call(&site, &["order", "lift", "1", "--by", "罗代泉"], "12T20:00").status.success());
    assert!(
        call(&site, &["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "指令已解除"], "12T20:05")
            .status
            .success()
    );
    assert!(call(&site, &["once"], "12T20:06").status.success());
    assert!(copies().iter().any(|name| name.contains(".lift.")), "{:?}", copies());
}

#[test]
fn an_order_for_hours_that_were_told_already_is_copied_to_departments() {
    let dir = folder();
    let rule = RULE.replace("season = ", "orders = [\"臭氧\"]\nseason = ").replace("\"approval\"", "\"auto\"");
    let site = site(dir.path(), &rule);
    std::fs::write(site.join("departments.csv"), "名称,事项,邮箱\n区生态环境局,臭氧,copy@example.com\n")
        .expect("a table");
    assert!(run(&MORNING, &site).status.success());
    let copies = || letters(&site).into_keys().filter(|name| name.contains(".department-")).collect::<Vec<_>>();
    assert!(copies().is_empty(), "no order yet: {:?}", copies());
    let days = ["--from", "2026-09-12T10:00:00+08:00", "--to", "2026-09-16T17:00:00+08:00"];
    let words = ["order", "add", "--subject", "臭氧污染", "--tier", "黄色", "--issuer", "区人民政府"];
    let rest = ["--document", "13号", "--measures", "停止喷涂。", "--for", "企业", "--by", "邓永亮"];
    assert!(call(&site, &[&words[..], &days, &rest].concat(), "12T08:30").status.success());
    let once = call(&site, &["once"], "12T08:35");
    assert!(once.status.success());
    assert_eq!(copies().len(), 1, "{:?}", copies());
}

#[test]
fn words_that_nobody_has_released_never_go_out_by_themselves() {
    let dir = folder();
    let site = site(dir.path(), &RULE.replace("release = \"approval\"", "release = \"auto\""));
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

#[test]
fn told_periods_that_end_while_the_forecast_is_stale_are_told_to_staff_and_lift_nothing() {
    let dir = folder();
    let site = site(dir.path(), &RULE.replace("release = \"approval\"", "release = \"auto\""));
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
    let rule = RULE.replace("\"approval\"", "\"auto\"");
    let site = site(dir.path(), &rule);
    let raised = |site: &Path| letters(site).keys().filter(|name| name.contains(".raise.enterprise-")).count();
    assert!(call(&site, &["once"], "12T08:00").status.success());
    let first = raised(&site);
    assert!(first > 0);
    let episode = "ozone-wuping-20260912-1";
    let lifted = call(&site, &["warnings", "lift", episode, "--by", "罗代泉", "--reason", "转雨"], "12T09:00");
    assert!(lifted.status.success(), "{}", text(&lifted));
    let next = call(&site, &["once"], "12T09:05");
    assert!(text(&next).contains("罗代泉 已结束"), "{}", text(&next));
    assert_eq!(raised(&site), first, "five minutes later nobody is told of the same hours");
    let again = |by: &str| call(&site, &["warnings", "again", episode, "--by", by, "--reason", "雨没有下"], "12T09:10");
    assert_eq!(again("邓永亮").status.code(), Some(1), "who may only draft may not");
    assert!(again("罗代泉").status.success());
    assert_eq!(again("罗代泉").status.code(), Some(1), "once is enough");
    assert!(call(&site, &["once"], "12T09:15").status.success());
    assert_eq!(raised(&site), 2 * first, "now it is, as a new one");
}
