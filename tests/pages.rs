//! The pages that people open from a letter, as a browser, a mail scanner and a stranger meet them.

mod desk;
mod office;

use std::path::{Path, PathBuf};
use std::time::Duration;

use desk::Desk;
use office::{EPISODE, MORNING, RULE, folder, letters, ruled, run, text};

/// The example site whose ozone rule wants a person's consent and whose recipients can reach its pages.
fn site(dir: &Path, at_deadline: &str) -> PathBuf {
    let deadline = format!("deadline_hours = 1\nat_deadline = \"{at_deadline}\"");
    let site = ruled(dir, &RULE.replace("deadline_hours = 2", &deadline));
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    std::fs::write(site.join("cuofeng.toml"), file + "\n[console]\naddress = \"https://office.example.com/cf/\"\n")
        .expect("the site file");
    site
}

/// The codes in the texts that asked for a release: of the releaser's SMS, and of the mail.
fn codes(site: &Path) -> Vec<String> {
    let sms: Vec<String> = letters(site)
        .into_iter()
        .filter(|(n, _)| n.contains(".draft.") && n.ends_with(".sms.txt"))
        .map(|l| l.1)
        .collect();
    let mails = office::mails(site);
    let of = |text: &str| {
        let after = text.split("https://office.example.com/cf/n/").skip(1);
        after.map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()).collect()
    };
    let mut codes: Vec<String> = of(&sms.concat());
    codes.extend::<Vec<String>>(of(&mails));
    codes
}

fn told(site: &Path) -> bool {
    assert!(run(&["once", "--now", "2026-09-12T08:20:00+08:00"], site).status.success());
    letters(site).keys().any(|name| name.contains(".raise.enterprise-"))
}

#[tokio::test]
async fn a_releaser_reads_a_draft_on_a_telephone_and_releases_it() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    assert!(run(&MORNING, &site).status.success());
    let codes = codes(&site);
    assert_eq!(codes.len(), 2, "one in the SMS, one in the mail: {codes:?}");
    assert_ne!(codes[0], codes[1], "each letter has its own");
    let desk = Desk::open(&site).await;
    // A mail scanner opens every link, more than once.
    for _ in 0..3 {
        let (status, page) = desk.get(&codes[1]).await;
        assert_eq!(status, 200);
        for said in ["请放行：臭氧错峰生产提示", "喷涂", "100****", "到期后作废"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains('\u{e000}'), "{page}");
    }
    assert!(!told(&site), "looking at it releases nothing");
    let (_, refused) = desk.post(&codes[0], "action=reject&number=1&reason=").await;
    assert!(refused.contains("请写明理由"), "{refused}");
    let (status, done) = desk.post(&codes[0], "action=approve&number=1").await;
    assert!(status == 200 && done.contains("已放行"), "{done}");
    let (_, again) = desk.post(&codes[1], "action=reject&number=1&reason=x").await;
    assert!(again.contains("已放行") && again.contains("罗代泉"), "a settled draft says so: {again}");
    assert!(told(&site), "and it goes out");
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(history.contains("已放行，罗代泉"), "under the name of the one whose link it was: {history}");
}

#[tokio::test]
async fn a_forged_foreign_or_expired_code_says_and_does_nothing() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    assert!(run(&MORNING, &site).status.success());
    let code = codes(&site).remove(0);
    let desk = Desk::open(&site).await;
    let (number, proof) = code.split_once('-').expect("two parts");
    let forged = format!("{number}-{}", proof.chars().rev().collect::<String>());
    let foreign = format!("{number}1-{proof}");
    let (_, nothing) = desk.get("nothing").await;
    for wrong in [forged.as_str(), &foreign, "..%2f..", "1-0000000000000000", &code.to_uppercase()] {
        let shown = desk.get(wrong).await;
        assert_eq!(shown, (404, nothing.clone()), "{wrong}: the same page whatever is wrong");
        assert_eq!(desk.post(wrong, "action=approve&number=1").await, (404, nothing.clone()), "{wrong}");
    }
    let (status, _) = desk.post(&code, "action=approve&number=2").await;
    assert_eq!(status, 200, "another revision than the one shown is not released");
    assert!(!told(&site));
    desk.hand.step(Duration::from_hours(24 * 9));
    assert_eq!(desk.get(&code).await, (404, nothing), "what has ended opens nothing");
}

#[tokio::test]
async fn a_draft_that_is_held_back_waits_beyond_its_deadline_for_a_person() {
    let dir = folder();
    let site = site(dir.path(), "release");
    assert!(run(&MORNING, &site).status.success());
    let code = codes(&site).remove(0);
    let desk = Desk::open(&site).await;
    let (_, held) =
        desk.post(&code, "action=hold&number=1&reason=%E7%AD%89%E5%8C%BA%E9%87%8C%E7%9A%84%E9%80%9A%E7%9F%A5").await;
    assert!(held.contains("已暂缓"), "{held}");
    assert!(run(&["once", "--now", "2026-09-12T09:30:00+08:00"], &site).status.success());
    let sent = |site: &Path| letters(site).keys().any(|name| name.contains(".raise.enterprise-"));
    assert!(!sent(&site), "its default at the deadline was to go out; held back it does not");
    let listed = text(&run(&["warnings", "list"], &site));
    assert!(listed.contains("罗代泉") && listed.contains("暂缓：等区里的通知"), "{listed}");
    // Nothing is left of it once its hours are past and no forecast brings new ones.
    assert!(run(&["once", "--now", "2026-09-30T09:30:00+08:00"], &site).status.success());
    assert!(!sent(&site));
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(!history.contains("〔等待放行〕"), "and it does not wait for ever: {history}");
}

#[tokio::test]
async fn without_an_address_that_others_can_reach_no_text_carries_a_link() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    let file = file.split("[console]").next().expect("a part").to_owned();
    std::fs::write(site.join("cuofeng.toml"), file).expect("the site file");
    assert!(run(&MORNING, &site).status.success());
    let all: String = letters(&site).into_values().collect::<String>() + &office::mails(&site);
    assert!(all.contains("等待放行") && !all.contains("https://") && !all.contains('\u{e000}'), "{all}");
}

/// The site whose ozone notices ask for an answer, told; with the codes of the enterprises' short messages.
fn asking(dir: &Path) -> (PathBuf, Vec<String>) {
    let site = site(dir, "drop");
    let path = site.join("rules/ozone.toml");
    let rule = std::fs::read_to_string(&path).expect("the rule");
    let asks = rule
        .replace("release = \"approval\"\n", "release = \"auto\"\n")
        .replace("template = \"ozone/enterprise\"\n", "template = \"ozone/enterprise\"\nask_hours = 2\n");
    let asks = asks.replace("deadline_hours = 1\n", "").replace("at_deadline = \"drop\"\n", "");
    std::fs::write(&path, asks).expect("the rule");
    assert!(run(&MORNING, &site).status.success());
    let sms = letters(&site);
    let code_of = |(name, body): (&String, &String)| {
        let rest = body.split("https://office.example.com/cf/n/").nth(1)?;
        let code: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        (name.contains(".enterprise-") && name.ends_with(".sms.txt")).then_some(code)
    };
    let codes: Vec<String> = sms.iter().filter_map(code_of).collect();
    assert!(codes.len() > 1, "{sms:?}");
    (site, codes)
}

/// What was answered so far, in the order of the notices.
fn said(site: &Path) -> Vec<String> {
    let list = run(&["ack", "list", "--json", "--now", "2026-09-12T08:30:00+08:00"], site);
    let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("one JSON object");
    let asked = list["asked"].as_array().expect("a list").clone();
    asked.iter().filter_map(|one| one["said"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_recipient_answers_on_the_page_of_the_notice_and_only_by_its_buttons() {
    let dir = folder();
    let (site, codes) = asking(dir.path());
    let desk = Desk::open(&site).await;
    let said = || said(&site);
    for _ in 0..2 {
        let (status, page) = desk.get(&codes[0]).await;
        assert_eq!(status, 200, "{page}");
        for shown in ["已知晓", "已执行", "无法执行", "本页"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains('\u{e000}'), "{page}");
    }
    assert!(said().is_empty(), "looking at it answers nothing");
    let (_, why) = desk.post(&codes[0], "action=unable&reason=+").await;
    assert!(why.contains("请写明原因"), "{why}");
    assert_eq!(desk.post(&codes[0], "action=approve&number=1").await.0, 404, "nothing else can be asked for");
    assert!(said().is_empty());
    let (status, done) = desk.post(&codes[0], "action=unable&reason=%E7%AA%91%E7%82%89").await;
    assert!(status == 200 && done.contains("无法执行"), "{done}");
    assert_eq!(said(), ["unable"]);
    let (_, again) = desk.get(&codes[0]).await;
    assert!(again.contains("已签收：无法执行"), "{again}");
    desk.post(&codes[0], "action=done").await;
    assert_eq!(said(), ["done"], "the last word holds, for this recipient alone");
    desk.hand.step(Duration::from_hours(24 * 9));
    assert_eq!(desk.get(&codes[0]).await.0, 404, "what has ended opens nothing");
}

#[tokio::test]
async fn a_forged_foreign_or_used_up_code_answers_nothing_and_says_nothing() {
    let (dir, elsewhere) = (folder(), folder());
    let (site, codes) = asking(dir.path());
    let (_, others) = asking(elsewhere.path());
    let desk = Desk::open(&site).await;
    let (_, nothing) = desk.get("nothing").await;
    let (number, proof) = codes[0].split_once('-').expect("two parts");
    let (other_number, other_proof) = codes[1].split_once('-').expect("two parts");
    let swapped = [format!("{number}-{other_proof}"), format!("{other_number}-{proof}")];
    let mut guesses: Vec<String> = (0..50).map(|n| format!("{number}-{n:0>16}")).collect();
    guesses.extend(swapped);
    // Another site's code for the letter of the same number.
    guesses.extend(others.iter().filter(|code| !codes.contains(code)).cloned());
    assert!(guesses.len() > 52, "each site has keys of its own");
    for wrong in &guesses {
        assert_eq!(desk.get(wrong).await, (404, nothing.clone()), "{wrong}");
        assert_eq!(desk.post(wrong, "action=known").await, (404, nothing.clone()), "{wrong}");
    }
    // Scanners and previews: every verb but POST, as often as they like.
    for _ in 0..3 {
        let url = desk.url(&codes[0]);
        assert!(desk.client.head(&url).send().await.expect("an answer").status().is_success());
        assert_eq!(desk.client.put(&url).send().await.expect("an answer").status().as_u16(), 405);
        assert_eq!(desk.client.delete(&url).send().await.expect("an answer").status().as_u16(), 405);
        assert_eq!(desk.get(&codes[0]).await.0, 200);
    }
    assert!(said(&site).is_empty(), "nobody has answered");
    assert_eq!(desk.post(&codes[1], "action=known").await.0, 200);
    assert_eq!(said(&site), ["known"], "the letter's own recipient and no other");
    // Once its notice is lifted, the code answers nothing any more, however often it is used.
    let lift =
        ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "转雨", "--now", "2026-09-12T08:20:00+08:00"];
    let lifted = run(&lift, &site);
    assert!(lifted.status.success(), "{}", text(&lifted));
    for _ in 0..2 {
        let (status, page) = desk.post(&codes[0], "action=done").await;
        assert!(status == 200 && page.contains("已被替换或解除"), "{page}");
    }
    assert_eq!(said(&site), ["known"]);
}

#[tokio::test]
async fn duty_staff_decide_on_an_enterprise_that_can_not_by_the_buttons_of_its_page() {
    let dir = folder();
    let (site, codes) = asking(dir.path());
    let desk = Desk::open(&site).await;
    let reason = "%E5%AE%A2%E6%88%B7%E6%80%A5%E7%94%A8"; // 客户急用
    assert_eq!(desk.post(&codes[0], &format!("action=unable&reason={reason}")).await.0, 200);
    assert!(run(&["once", "--now", "2026-09-12T08:15:00+08:00"], &site).status.success());
    let alarm = letters(&site).into_iter().find(|(name, _)| name.starts_with("unable-") && name.ends_with(".sms.txt"));
    let (_, words) = alarm.expect("an alarm");
    assert!(words.contains("客户急用"), "{words}");
    let rest = words.split("https://office.example.com/cf/n/").nth(1).expect("a link");
    let code: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let waiting = || {
        let list = run(&["ack", "unable", "--json", "--now", "2026-09-12T08:20:00+08:00"], &site);
        let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("one JSON object");
        list["answers"].as_array().expect("a list").clone()
    };
    let number = waiting()[0]["number"].to_string();
    for _ in 0..2 {
        let (status, page) = desk.get(&code).await;
        assert!(status == 200 && page.contains("客户急用") && page.contains("不同意"), "{page}");
    }
    assert_eq!(waiting().len(), 1, "looking at it decides nothing");
    let (_, why) = desk.post(&code, &format!("action=refuse&letter={number}&reason=")).await;
    assert!(why.contains("请写明理由"), "{why}");
    let (_, other) = desk.post(&code, "action=grant&letter=999&reason=").await;
    assert!(other.contains("已有决定"), "another answer's number: {other}");
    assert_eq!(waiting().len(), 1);
    let (_, done) = desk.post(&code, &format!("action=grant&letter={number}&reason=")).await;
    assert!(done.contains("已同意"), "{done}");
    assert!(waiting().is_empty());
    let (_, again) = desk.get(&code).await;
    assert!(again.contains("已有决定"), "{again}");
}
