//! What changes is said in the first line.

use std::fmt::Write as _;

use super::{mail, mail_of, site_in, sms_of};
use crate::office::{self, MORNING, call, example, folder, letters, mails, ruled, run, text};

#[test]
fn what_changes_is_said_in_the_first_line() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    assert!(run(&MORNING, &site).status.success());
    for time in ["12T20:00", "13T08:00", "13T20:00", "14T08:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let sent = letters(&site);
    let (_, sms) =
        sent.iter().find(|(n, _)| n.contains(".update.enterprise-E038") && n.contains(".sms.")).expect("a change");
    assert!(
        sms.contains("臭氧错峰生产提示有变：延长到9月16日；9月14日18—19时不再可做。现为9月14日至16日每日10—17时"),
        "{sms}"
    );
    let told = mails(&site);
    assert!(told.contains("的提示有变：延长到9月16日；9月14日18—19时不再可做。请以本次为准。"), "{told}");
}

/// A forecast whose afternoons reach a figure, day by day of September.
fn run_of(issued: &str, peaks: &[(u32, u32)]) -> String {
    let mut rows = String::new();
    for (day, peak) in peaks {
        for hour in 0..24 {
            let ozone = if (10..20).contains(&hour) { *peak } else { 40 };
            writeln!(rows, "2026-09-{issued}:00+08:00,2026-09-{day}T{hour:02}:00:00+08:00,wuping,{ozone},1.0,60")
                .expect("a row");
        }
    }
    rows
}

#[test]
fn a_lift_that_the_next_run_undoes_is_called_that_in_the_first_line_of_every_letter() {
    let dir = folder();
    let village = "\n[[rule.tell]]\nto = \"villages\"\nforms = [\"speech\"]\ntemplate = \"straw/village\"\n";
    let site = ruled(dir.path(), &(office::by_itself() + village));
    let table = site.join("feeds/recording.csv");
    let mut rows = "issued,time,region,o3,wind,humidity\n".to_owned();
    for (time, issued, peak) in
        [("14T08:00", "14T07:00", 230), ("14T20:00", "14T19:00", 60), ("15T08:00", "15T07:00", 230)]
    {
        rows += &run_of(issued, &[(14, 60), (15, peak), (16, 60), (17, 60)]);
        std::fs::write(&table, &rows).expect("a forecast");
        office::rested(&table);
        let once = call(&site, &["once"], time);
        assert!(once.status.success(), "{time}: {}", text(&once));
    }
    // The loudspeaker has its own hours.
    assert!(call(&site, &["once"], "15T12:30").status.success());
    let sent = letters(&site);
    let again = |part: &str, form: &str| {
        let found = sent.iter().find(|(name, _)| {
            name.contains("20260915-1.r1.raise") && name.contains(part) && name.contains(form) && !name.contains(".ics")
        });
        let (name, words) = found.unwrap_or_else(|| panic!("{part} {form}: {:?}", sent.keys()));
        (name.clone(), words.clone())
    };
    let (name, _) = again(".enterprise-E038", ".eml");
    let read = mail(&site.join("out").join(name));
    let first = read.lines().find(|line| line.starts_with("　　")).expect("a sentence");
    assert!(read.lines().next().is_some_and(|subject| subject.contains("昨晚的解除作废")), "{read}");
    assert!(first.contains("昨晚的解除作废，提示继续有效。") && first.contains("9月14日20:00"), "{read}");
    assert!(!read.contains("恢复，"), "{read}");
    let (_, sms) = again(".enterprise-E038", ".sms.");
    assert!(sms.contains("臭氧错峰生产提示有变：昨晚的解除作废，提示继续有效。现为9月15日10—17时"), "{sms}");
    let (_, aloud) = again(".village-", ".speech.");
    assert!(aloud.contains("昨晚的解除作废"), "{aloud}");
    let group = text(&run(&["notices", "group", "ozone-wuping-20260915-1"], &site));
    assert!(group.lines().nth(1).is_some_and(|line| line.starts_with("昨晚的解除作废，提示继续有效，")), "{group}");
}

#[test]
fn the_end_of_a_reminder_of_what_is_forbidden_all_the_year_frees_nobody() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T12:30"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let end = ["warnings", "lift", "straw-wuping-20260916-1", "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "17T13:00").status.success());
    assert!(call(&site, &["once"], "17T14:30").status.success());
    let group = text(&run(&["notices", "group", "straw-wuping-20260916-1"], &site));
    assert!(group.contains("恢复日常巡查；露天焚烧全年禁止不变。") && !group.contains("平时的安排"), "{group}");
    let keeper = sms_of(&site, &["straw-wuping-20260916-1", ".lift.keeper-500199001201-c"]);
    assert!(keeper.contains("，恢复日常巡查，禁烧要求不变。咨询"), "{keeper}");
    let duty = mail_of(&site, &["straw-wuping-20260916-1", ".lift.duty-"]);
    assert!(duty.lines().next().is_some_and(|subject| subject.contains("禁烧要求不变")), "{duty}");
    let sent = letters(&site);
    let aloud = sent.iter().find(|(name, _)| name.contains(".lift.village-500199001201")).expect("a text").1;
    assert!(aloud.contains("这几天的禁烧提醒取消了，但是露天烧秸秆照样不准。"), "{aloud}");
    for words in sent.values() {
        assert!(!words.contains("加密"), "{words}");
    }
}

#[test]
fn hours_that_were_told_as_free_and_are_not_any_more_are_said_with_the_change() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let second = |id: &str| format!("ozone-wuping-20260912-1.r2.update.enterprise-{id}.");
    let mail = |id: &str| mail_of(&site, &[&second(id)]);
    let sms = |id: &str| sms_of(&site, &[&second(id)]);
    // Told on the 13th and 14th: 06:00 to 09:00 and from 18:00 on; by the plan of the 14th from 19:00 on.
    assert!(sms("E036").contains("有变：延长到9月16日；9月14日18—19时不再可做。现为"), "{}", sms("E036"));
    assert!(mail("E036").contains("的提示有变：延长到9月16日；9月14日18—19时不再可做。"), "{}", mail("E036"));
    // Of several processes the one that loses hours is named; where two parts have no room for that, some are lost.
    assert!(mail("E034").contains("延长到9月16日；喷漆房喷涂9月14日18—19时不再可做。"), "{}", mail("E034"));
    assert!(sms("E034").contains("延长到9月16日；已告知的钟点也有变。现为"), "{}", sms("E034"));
    // Who loses none hears of none.
    assert!(!mail("E026").contains("不再可做"), "{}", mail("E026"));
}

#[test]
fn a_reminder_names_its_notice_and_its_own_period() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let sent = letters(&site);
    let reminder = |part: &str| {
        let found = sent.iter().find(|(name, _)| name.contains(part) && name.contains(".reminder.sms"));
        found.unwrap_or_else(|| panic!("{part}")).1.clone()
    };
    let first = reminder("ozone-wuping-20260912-1.r1.raise.enterprise-E038");
    assert!(first.contains("请签收9月12日08:00的臭氧错峰生产提示（9月13日、14日每日10—17时）"), "{first}");
    let cadre = reminder(".keeper-500199001201-c");
    assert!(cadre.contains("付家洁：请签收") && !cadre.contains("青杠村还没有签收"), "{cadre}");
}
