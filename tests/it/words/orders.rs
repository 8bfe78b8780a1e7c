//! Orders, and who is told late.

use super::{mail_of, sms_of};
use crate::office::{self, MORNING, call, folder, ruled, run};

#[test]
fn an_order_of_another_matter_is_no_reason_and_its_end_frees_nobody_from_what_still_stands() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
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
        "2026-09-16T00:00:00+08:00",
        "--issuer",
        "区人民政府",
        "--document",
        "区府办〔2026〕12号",
        "--measures",
        "停止喷涂作业，增加道路洒水。",
        "--for",
        "行业=auto_paint",
        "--deadline",
        "2026-09-12T18:00:00+08:00",
        "--by",
        "邓永亮",
    ];
    assert!(call(&site, &add, "12T07:00").status.success());
    assert!(call(&site, &["order", "relay", "1", "--by", "罗代泉"], "12T07:10").status.success());
    assert!(call(&site, &["once"], "12T07:15").status.success());
    let order = sms_of(&site, &["order-1-", ".raise.enterprise-E038"]);
    assert!(order.contains("时间9月12日12时至15日24时"), "{order}");
    assert!(order.contains("，9月12日18:00前落实：停止喷涂作业"), "{order}");
    assert!(run(&MORNING, &site).status.success());
    let tip = mail_of(&site, &["ozone-", ".raise.enterprise-E038"]);
    assert!(!tip.contains("上级指令") && !tip.contains("区府办"), "{tip}");
    assert!(tip.contains("以上预报和 AQI 为参考值") && tip.contains("臭氧将超标"), "{tip}");
    assert!(call(&site, &["order", "lift", "1", "--by", "罗代泉"], "12T09:00").status.success());
    assert!(call(&site, &["once"], "12T09:05").status.success());
    let lifted = mail_of(&site, &["order-1-", ".lift.enterprise-E038"]);
    assert!(lifted.contains("不必再按它执行。另有提示或指令仍有效的，请照其执行。"), "{lifted}");
    assert!(!lifted.contains("可恢复"), "{lifted}");
    let end = ["warnings", "lift", office::EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T09:10").status.success());
    assert!(call(&site, &["once"], "12T09:11").status.success());
    let lifted = mail_of(&site, &["ozone-", ".lift.enterprise-E038"]);
    assert!(lifted.contains("可恢复平时的作业安排"), "{lifted}");
}

#[test]
fn who_is_told_late_hears_of_told_days_alone_and_of_no_change_before_the_first_word() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let append = |table: &str, row: &str| {
        let path = site.join(table);
        let old = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(path, format!("{}\n{row}\n", old.trim_end())).expect("a table");
    };
    let newcomer = |id: &str, mobile: &str| {
        append(
            "enterprises.csv",
            &format!("{id},新开汽修厂,auto_paint,500199001204,,样例丙,{mobile},{}@example.com,,,,,", id.to_lowercase()),
        );
        append(
            "processes.csv",
            &format!("P{id},{id},喷漆房喷涂,spray,interruptible,6,,,1,1,2.8,0,2.0,24,30,50,06-22,09-18"),
        );
    };
    assert!(run(&MORNING, &site).status.success());
    assert!(call(&site, &["once"], "12T20:00").status.success());
    newcomer("E901", "10000009901");
    assert!(call(&site, &["once"], "13T08:00").status.success());
    let joined = mail_of(&site, &[".r1.raise.enterprise-E901"]);
    assert!(joined.contains("9月13日") && !joined.contains("9月12日 "), "{joined}");
    assert!(call(&site, &["once"], "13T20:00").status.success());
    newcomer("E902", "10000009902");
    assert!(call(&site, &["once"], "14T08:00").status.success());
    let first = mail_of(&site, &[".r2.", "enterprise-E902"]);
    assert!(!first.contains("延长到") && !first.contains("有变"), "{first}");
    let own = mail_of(&site, &[".r2.update.enterprise-E901"]);
    assert!(own.contains("9月13日08:00的提示有变：延长到"), "{own}");
    let others = mail_of(&site, &[".r2.update.enterprise-E038"]);
    assert!(others.contains("9月12日08:00的提示有变：延长到"), "{others}");
    assert!(!others.contains("可排约"), "what fits stands beside its own day: {others}");
}
