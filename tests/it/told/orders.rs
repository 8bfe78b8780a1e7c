//! Official orders, as an office enters, passes on and ends them.

use crate::office::{self, EPISODE, MORNING, RULE, by_itself, call, folder, letters, mails, ruled as site, run, text};

#[test]
fn an_official_order_is_told_whatever_the_forecast_and_its_lift_is_the_orders() {
    let dir = folder();
    let rule = by_itself()
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
    let cap = site.join(format!("out/cap/order-1-wuping-20260912-1.r1.{}.xml", office::identity(&site)));
    let cap = std::fs::read_to_string(cap).expect("a CAP message");
    assert!(cap.contains("<scope>Public</scope>") && cap.contains("区府办〔2026〕12号"), "{cap}");
    assert!(call(&site, &["order", "lift", "1", "--by", "罗代泉"], "13T08:00").status.success());
    call(&site, &["once"], "13T08:05");
    assert_eq!(count(".lift."), raised, "its end is told to exactly those who were told");
    assert!(mails(&site).contains("已解除"));
}

#[test]
fn an_order_that_a_rule_tells_already_is_not_passed_on_a_second_time() {
    let dir = folder();
    let rule = by_itself().replace("season = ", "orders = [\"臭氧\"]\nseason = ");
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
    let rule = by_itself().replace("season = ", "orders = [\"臭氧\"]\nseason = ");
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
