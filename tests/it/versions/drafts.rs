//! Drafts that rest on what was withdrawn or corrected.

use super::{CLEAN, DIRTY, NEXT_CLEAN, NEXT_DIRTY, in_force, once, publish, site};
use crate::office::{self, call, folder, text};

#[test]
fn a_draft_that_rests_on_a_withdrawn_forecast_cannot_be_released_and_goes() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    let number = in_force(&site, "11T18:00")[0].to_string();
    let withdraw = ["forecast", "withdraw", &number, "--by", "邓永亮", "--reason", "登错了城市"];
    let words = text(&call(&site, &withdraw, "11T18:05"));
    assert!(words.contains("草稿等待放行"), "{words}");
    let approve = ["warnings", "approve", "ozone-wuping-20260911-1", "--by", "罗代泉"];
    let approved = call(&site, &approve, "11T18:06");
    assert!(approved.status.code() == Some(1) && text(&approved).contains("已更正或撤回"), "{}", text(&approved));
    call(&site, &["once"], "11T18:10");
    assert_eq!(office::to_enterprises(&site, "raise"), 0);
    assert_ne!(call(&site, &approve, "11T18:11").status.code(), Some(0), "nothing waits any more");
}

#[test]
fn a_draft_that_rests_on_what_was_corrected_is_written_anew_where_its_hours_stay() {
    let dir = folder();
    let site = site(dir.path(), office::RULE);
    publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
    once(&site, "11T18:00");
    publish(&site, "0911.txt", &[&DIRTY.replace("115-145", "119-149"), NEXT_CLEAN]);
    let words = once(&site, "11T18:10");
    assert!(words.contains("9月12日10:00—17:00"), "the same hours, for other reasons: {words}");
    assert!(once(&site, "11T18:20").contains("草稿"), "once only");
    let approve = ["warnings", "approve", "ozone-wuping-20260911-1", "--by", "罗代泉"];
    let approved = call(&site, &approve, "11T18:30");
    assert!(approved.status.success(), "what is in force can be released: {}", text(&approved));
    call(&site, &["once"], "11T18:40");
    assert!(office::to_enterprises(&site, "raise") > 0);
    let mails = office::mails(&site);
    assert!(mails.contains("119~149（") && !mails.contains("115~145（"), "with the figures of now: {mails}");
}

#[test]
fn at_its_deadline_a_draft_that_rests_on_what_was_corrected_is_not_sent() {
    for (then, sent) in [(CLEAN, false), (DIRTY, true)] {
        let dir = folder();
        let release = "deadline_hours = 1\nat_deadline = \"release\"";
        let site = site(dir.path(), &office::RULE.replace("deadline_hours = 2", release));
        publish(&site, "0911.txt", &[DIRTY, NEXT_CLEAN]);
        once(&site, "11T18:00");
        // Corrected, and read in the call that finds the deadline behind it.
        publish(&site, "0911.txt", &[then, NEXT_CLEAN]);
        once(&site, "11T19:10");
        assert_eq!(office::to_enterprises(&site, "raise") > 0, sent, "{then}");
    }
}

#[test]
fn a_second_correction_of_another_run_that_a_revision_rests_on_is_seen() {
    let dir = folder();
    let site = site(dir.path(), &office::by_itself());
    let earlier = |day: &str| {
        publish(&site, "0911-15.txt", &[day]);
        let file = site.join("feeds/bulletins/0911-15.txt");
        let words = std::fs::read_to_string(&file).expect("a bulletin").replace("11日17时", "11日15时");
        std::fs::write(&file, words).expect("a bulletin");
    };
    earlier(NEXT_DIRTY);
    once(&site, "11T16:00");
    publish(&site, "0911.txt", &[DIRTY]);
    assert!(once(&site, "11T22:30").contains("9月12日"), "told by two bulletins");
    publish(&site, "0911.txt", &[&DIRTY.replace("115-145", "119-149")]);
    once(&site, "11T22:40");
    // The other one stands under what was decided anew, too.
    earlier(NEXT_CLEAN);
    let words = once(&site, "11T22:50");
    assert!(words.contains("已更正或撤回，按现在的预报重新判断"), "{words}");
}
